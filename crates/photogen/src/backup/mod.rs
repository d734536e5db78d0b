//! `photogen backup` and `photogen restore`: all of an embedded service in one folder that can be checked without us.
//!
//! The database is copied first and the files after it: a file is written before the row that names it, and what is deleted is
//! swept only days later, so every file that the copied rows name is there to be copied.

mod make;
mod restore;
mod sums;

use std::path::Path;

pub(crate) use make::{Args, run};
pub(crate) use restore::{Args as RestoreArgs, run as run_restore};

/// The database's file, in the data folder and in a backup.
const DATABASE: &str = "photogen.db";
/// The folder of blobs, in both.
const FILES: &str = "files";
/// What signs tokens and seals secrets; kept only where the environment does not give it.
const SECRET: &str = "jwt-secret";
/// One line a file, as `sha256sum --check` reads it. Written last: a folder without it is no backup.
const SUMS: &str = "SHA256SUMS";

/// `12 files, 3.4 MB`.
fn told(files: usize, bytes: u64) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun}, {:.1} MB", bytes as f64 / 1e6)
}

/// The way from a folder to a file in it, with `/` between the parts.
fn relative(folder: &Path, file: &Path) -> Option<String> {
    let parts = file.strip_prefix(folder).ok()?.components();
    let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}
