//! `photogen openapi`: the API's description, for clients and checks.

use std::{io::Write as _, process::ExitCode};

/// Print the description of the API that `photogen serve` serves: OpenAPI 3.1, JSON.
#[derive(clap::Args)]
pub(crate) struct Args {}

/// Prints it. A reader that has seen enough is no error.
pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    let text = serde_json::to_string_pretty(&web::openapi())?;
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
