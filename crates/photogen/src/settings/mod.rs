//! Settings from the environment: `NAME`, or a file that `NAME_FILE` names, as secret stores put them.

mod check;
mod page;
mod table;
mod words;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
};

pub(crate) use check::check;
pub(crate) use page::{Args, run};
pub(crate) use words::parse;

/// A variable of the environment; an empty one is not set.
pub(crate) fn set(name: impl AsRef<OsStr>) -> Option<OsString> {
    env::var_os(name).filter(|value| !is_empty(value))
}

fn is_empty(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// The value of a setting; a file's last line end is not part of it.
pub(crate) fn read(name: &str) -> Option<String> {
    let text = |name: &str| set(name)?.into_string().ok();
    text(name).or_else(|| {
        let path = text(&format!("{name}_FILE"))?;
        match fs::read_to_string(&path) {
            Ok(text) => Some(text.trim_end().to_owned()).filter(|text| !text.is_empty()),
            Err(error) => {
                eprintln!("warning: {name}_FILE: cannot read {path}: {error}");
                None
            }
        }
    })
}
