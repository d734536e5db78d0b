//! `report.html`: what was delivered and what each channel says of it, for people.

use askama::Template;
use domain::{
    delivery::{ExportManifest, ExportedFile},
    profile::Outcome,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    manifest: &'a ExportManifest,
    passing: usize,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    file: &'a ExportedFile,
    channel: String,
    source: &'a str,
    provenance: String,
    unmet: Vec<String>,
}

/// The page. Pictures are shown from the archive's own files.
pub fn html(manifest: &ExportManifest) -> String {
    let page = Page {
        manifest,
        passing: manifest.files.iter().filter(|file| file.passes).count(),
        rows: manifest.files.iter().map(row).collect(),
    };
    // A template of plain text and escaped values renders.
    page.render().unwrap_or_default()
}

fn row(file: &ExportedFile) -> Row<'_> {
    let unmet = file.checks.iter().filter_map(|check| {
        let word = match check.outcome {
            Outcome::Passed => return None,
            Outcome::Failed => "not met",
            Outcome::Advised => "recommended",
            Outcome::Unmeasured => "not measured",
        };
        Some(format!(
            "{} {word}: {} (wanted {})",
            check.name, check.found, check.wanted
        ))
    });
    Row {
        channel: file
            .profile
            .as_ref()
            .map_or_else(|| "as made".to_owned(), ToString::to_string),
        source: file.digital_source_type.rsplit('/').next().unwrap_or_default(),
        provenance: format!("{:?}", file.provenance).to_lowercase(),
        unmet: unmet.chain(file.notes.iter().cloned()).collect(),
        file,
    }
}
