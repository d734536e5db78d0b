//! The other program of a comparison: a script that prints one JSON object.

use std::{ffi::OsStr, path::Path, process::Command};

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// Runs a script with node, in the folder with its node_modules.
pub(super) fn node<'a>(
    script: &Path,
    modules: &Path,
    words: impl Iterator<Item = &'a OsStr>,
) -> anyhow::Result<Value> {
    let mut node = Command::new("node");
    node.current_dir(modules).arg(script.canonicalize()?).args(words);
    answer(&mut node, script)
}

/// Runs a script with python3.
pub(super) fn python<'a>(script: &Path, words: impl Iterator<Item = &'a OsStr>) -> anyhow::Result<Value> {
    let mut python = Command::new("python3");
    python.arg(script).args(words);
    answer(&mut python, script)
}

fn answer(command: &mut Command, script: &Path) -> anyhow::Result<Value> {
    let output = command
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} failed: {}",
        script.display(),
        said.trim()
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} did not print one JSON object", script.display()))
}
