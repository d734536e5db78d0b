//! `photogen verify`: finished files held to channels' rules, and what they say of how they were made.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use credentials::Verifier;
use domain::profile::{Check, Facts, Outcome, ProfileName, Provenance, Role, judge, passes};
use imaging::{
    channel,
    codec::{self, Limits},
    provenance::{Seen, read_back},
};
use serde_json::json;

use crate::signing;

/// Measure finished files, hold them to channels' rules, and say who made what: signed or not, by whom, and whether that still
/// holds. Exits 1 when a file does not pass or was changed after it was signed.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Finished pictures.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Channels to hold them to, a list; `photogen profiles` tells them. Without one they are only measured.
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
    seen: Seen,
    source_type: Option<String>,
    facts: Result<Facts, String>,
}

/// Measures and prints. Exit code 2: a file could not be read at all.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let verifier = signing::verifier()?;
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
        let report = Report::of(&bytes, &verifier);
        failed |= report.is_bad();
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

impl Report {
    fn of(bytes: &[u8], verifier: &Verifier) -> Self {
        let seen = verifier.check(bytes);
        let facts = channel::measure(bytes, &Limits::default()).map(|facts| Facts {
            provenance: seen.state,
            ..facts
        });
        Self {
            seen,
            source_type: read_back(bytes).digital_source_type,
            facts: facts.map_err(|error| error.to_string()),
        }
    }

    /// Changed after it was signed, or nothing can be said of it.
    fn is_bad(&self) -> bool {
        match self.seen.state {
            Provenance::Broken => true,
            Provenance::None => self.facts.is_err(),
            Provenance::Valid | Provenance::Trusted => false,
        }
    }
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
    print_provenance(report);
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

/// Who made what, and whether that holds.
fn print_provenance(report: &Report) {
    let source = report
        .source_type
        .as_deref()
        .and_then(|uri| uri.rsplit('/').next());
    println!("  made        {}", source.unwrap_or("it does not say how"));
    let seen = &report.seen;
    println!("  signed      {}", signed(seen));
    for action in &seen.actions {
        println!("  done        {action}");
    }
    for ingredient in &seen.ingredients {
        println!("  from        {ingredient}");
    }
    for problem in &seen.problems {
        println!("  problem     {problem}");
    }
}

fn signed(seen: &Seen) -> String {
    let by = seen.signer.as_deref().unwrap_or("somebody without a name");
    let with = seen.generator.as_deref().unwrap_or("an unnamed program");
    match seen.state {
        Provenance::None => "no".to_owned(),
        Provenance::Valid => format!("valid, by {by} with {with}, whom nobody here vouches for (C2PA_TRUST)"),
        Provenance::Trusted => format!("trusted, by {by} with {with}"),
        Provenance::Broken => {
            "BROKEN: the file was changed after it was signed, or never rightly signed".to_owned()
        }
    }
}
