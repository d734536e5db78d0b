//! Settings from the environment: `NAME`, or a file that `NAME_FILE` names, as secret stores put them.

mod check;
mod page;
mod table;
mod words;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::PathBuf,
};

use anyhow::anyhow;

pub(crate) use check::{check, is_web_address};
pub(crate) use page::{Args, run};
pub(crate) use words::parse;

/// A variable of the environment; an empty one is not set.
pub(crate) fn set(name: impl AsRef<OsStr>) -> Option<OsString> {
    env::var_os(name).filter(|value| !is_empty(value))
}

fn is_empty(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// The value of a setting; one whose file cannot be read is not set, and that is said.
pub(crate) fn read(name: &str) -> Option<String> {
    try_read(name).unwrap_or_else(|error| {
        eprintln!("warning: {error}");
        None
    })
}

/// The value of a setting; a file's last line end is not part of it. The error names the setting and the file.
pub(crate) fn try_read(name: &str) -> anyhow::Result<Option<String>> {
    if let Some(value) = set(name).and_then(|value| value.into_string().ok()) {
        return Ok(Some(value));
    }
    let Some(path) = set(format!("{name}_FILE")).map(PathBuf::from) else {
        return Ok(None);
    };
    let text = fs::read_to_string(&path)
        .map_err(|error| anyhow!("{name}_FILE: cannot read {}: {error}", path.display()))?;
    Ok(Some(text.trim_end().to_owned()).filter(|text| !text.is_empty()))
}
