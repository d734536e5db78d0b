//! `manifest.csv`: one row a file, for spreadsheets.

use super::{ExportManifest, ExportedFile};
use crate::profile::Outcome;

const COLUMNS: [&str; 19] = [
    "path",
    "profile",
    "sku",
    "name",
    "pose",
    "take",
    "number",
    "alt",
    "width",
    "height",
    "format",
    "bytes",
    "sha256",
    "digital_source_type",
    "provenance",
    "passes",
    "failed_checks",
    "scores",
    "disclosure",
];

/// The table, as UTF-8. No cell is a formula to a spreadsheet.
pub fn csv(manifest: &ExportManifest) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(COLUMNS);
    for file in &manifest.files {
        let _ = writer.write_record(row(file).iter().map(|cell| safe_cell(cell)));
    }
    writer.into_inner().unwrap_or_default()
}

fn row(file: &ExportedFile) -> [String; 19] {
    let failed = file
        .checks
        .iter()
        .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Unmeasured))
        .map(|check| format!("{}: {} (wanted {})", check.name, check.found, check.wanted));
    let scores = file.verdicts.iter().map(|verdict| match verdict.score {
        Some(score) => format!("{} {score:.4} {}", verdict.lock, verdict.outcome.name()),
        None => format!("{} {}", verdict.lock, verdict.outcome.name()),
    });
    [
        file.path.clone(),
        file.profile
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        file.sku.clone(),
        file.name.clone().unwrap_or_default(),
        file.pose.to_string(),
        file.take.to_string(),
        file.number.to_string(),
        file.alt.clone(),
        file.width.to_string(),
        file.height.to_string(),
        file.format.to_string(),
        file.bytes.to_string(),
        file.sha256.clone(),
        file.digital_source_type.clone(),
        format!("{:?}", file.provenance).to_lowercase(),
        if file.passes { "yes" } else { "no" }.to_owned(),
        failed.collect::<Vec<_>>().join("; "),
        scores.collect::<Vec<_>>().join("; "),
        file.disclosure.clone().unwrap_or_default(),
    ]
}

/// The text as a spreadsheet shows it, never as a formula that it runs: an apostrophe goes before what would start one.
fn safe_cell(text: &str) -> String {
    if text.trim_start().starts_with(['=', '+', '-', '@', '|']) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::safe_cell;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            (" @SUM(A1)", "' @SUM(A1)"),
            ("-2", "'-2"),
            ("\t=1", "'\t=1"),
            ("A-1", "A-1"),
            ("", ""),
        ] {
            assert_eq!(safe_cell(text), safe);
        }
    }
}
