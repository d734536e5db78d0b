//! `photogen verify`: finished files held to a channel's rules, and what they say of how they were made.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use domain::profile::{Check, Facts, Outcome, ProfileName, Provenance, Role, judge, passes};
use imaging::{
    channel,
    codec::{self, Limits},
    provenance::{c2pa, read_back},
};
use serde_json::json;

use crate::signing;

/// Measure finished files: a channel's rules, and whether what they say of themselves still holds. Exits 1 when a file does not
/// pass or was changed after it was signed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Finished pictures.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Channels to hold them to, a list; `photogen profiles` tells them. Without one only the signature is looked at.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    profile: Vec<ProfileName>,
    /// The files are no main pictures: their ground and fill are free.
    #[arg(long)]
    additional: bool,
    /// One JSON object a file and profile, one a line.
    #[arg(long)]
    json: bool,
}

/// A file and what was found.
struct Report {
    seen: c2pa::Seen,
    source_type: Option<String>,
    facts: Result<Facts, String>,
}

/// Measures and prints. Exit code 2: a file could not be read at all.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let anchors = signing::anchors()?;
    let role = if args.additional {
        Role::Additional
    } else {
        Role::Main
    };
    let (mut failed, mut unread) = (false, false);
    for file in &args.files {
        let bytes = match codec::read(file, &Limits::default()) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("error: {}: {error}", file.display());
                unread = true;
                continue;
            }
        };
        let report = Report {
            seen: c2pa::check(&bytes, anchors.as_deref()),
            source_type: read_back(&bytes).digital_source_type,
            facts: channel::measure(&bytes, &Limits::default(), anchors.as_deref())
                .map_err(|error| error.to_string()),
        };
        failed |= report.seen.state == Provenance::Broken;
        let judged: Vec<(&ProfileName, Option<Vec<Check>>)> = args
            .profile
            .iter()
            .map(|name| {
                let checks = report
                    .facts
                    .as_ref()
                    .ok()
                    .map(|facts| judge(name.profile(), role, facts));
                (name, checks)
            })
            .collect();
        failed |= judged
            .iter()
            .any(|(_, checks)| !checks.as_ref().is_some_and(|checks| passes(checks)));
        if args.json {
            print_json(file, &report, &judged);
        } else {
            print(file, &report, &judged);
        }
    }
    Ok(match (unread, failed) {
        (true, _) => ExitCode::from(crate::BAD_INPUT),
        (false, failed) => ExitCode::from(u8::from(failed)),
    })
}

fn print_json(file: &Path, report: &Report, judged: &[(&ProfileName, Option<Vec<Check>>)]) {
    let line = |profile: Option<&ProfileName>, checks: Option<&Vec<Check>>| {
        let line = json!({
            "file": file,
            "profile": profile,
            "passes": profile.map(|_| checks.is_some_and(|checks| passes(checks))),
            "checks": checks,
            "facts": report.facts.as_ref().ok(),
            "error": report.facts.as_ref().err(),
            "digital_source_type": report.source_type,
            "provenance": report.seen,
        });
        println!("{line}");
    };
    if judged.is_empty() {
        line(None, None);
    }
    for (profile, checks) in judged {
        line(Some(profile), checks.as_ref());
    }
}

fn print(file: &Path, report: &Report, judged: &[(&ProfileName, Option<Vec<Check>>)]) {
    match &report.facts {
        Ok(facts) => println!(
            "{}: {}x{} {}, {} bit, {:.1} kB",
            file.display(),
            facts.width,
            facts.height,
            facts.format,
            facts.bits,
            facts.bytes as f64 / 1000.0
        ),
        Err(error) => println!("{}: its pixels cannot be measured: {error}", file.display()),
    }
    println!("  made        {}", made(report));
    for problem in &report.seen.problems {
        println!("              {problem}");
    }
    for (profile, checks) in judged {
        let passed = checks.as_ref().is_some_and(|checks| passes(checks));
        println!(
            "  {:<11} {}",
            profile.as_str(),
            if passed { "passes" } else { "DOES NOT PASS" }
        );
        for check in checks.iter().flatten() {
            let outcome = match check.outcome {
                Outcome::Passed => "ok",
                Outcome::Failed => "FAILED",
                Outcome::Advised => "advised",
                Outcome::Unmeasured => "UNKNOWN",
            };
            println!(
                "    {outcome:<8} {:<11} {:<28} wanted: {}",
                check.name, check.found, check.wanted
            );
        }
    }
}

/// Who made what, in one line.
fn made(report: &Report) -> String {
    let source = report
        .source_type
        .as_deref()
        .and_then(|uri| uri.rsplit('/').next());
    let source = source.unwrap_or("it does not say how it was made");
    let seen = &report.seen;
    let by = seen.signer.as_deref().unwrap_or("nobody known");
    let signed = match seen.state {
        Provenance::None => return format!("{source}; not signed"),
        Provenance::Valid => format!("signed by {by}, whom nobody here vouches for"),
        Provenance::Trusted => format!("signed by {by}, trusted"),
        Provenance::Broken => "BROKEN: changed after it was signed".to_owned(),
    };
    let actions = if seen.actions.is_empty() {
        String::new()
    } else {
        format!("; {}", seen.actions.join(", "))
    };
    let from = if seen.ingredients.is_empty() {
        String::new()
    } else {
        format!("; from {}", seen.ingredients.join(", "))
    };
    format!("{source}; {signed}{actions}{from}")
}
