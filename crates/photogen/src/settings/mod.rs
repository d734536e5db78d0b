//! Settings from the environment: `NAME`, or a file that `NAME_FILE` names, as secret stores put them.

mod check;
mod page;
mod table;

use std::{env, fs};

pub(crate) use check::check;
pub(crate) use page::{Args, run};

/// The value of a setting; a file's last line end is not part of it.
pub(crate) fn read(name: &str) -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    set(name).or_else(|| {
        let path = set(&format!("{name}_FILE"))?;
        match fs::read_to_string(&path) {
            Ok(text) => Some(text.trim_end().to_owned()).filter(|text| !text.is_empty()),
            Err(error) => {
                eprintln!("warning: {name}_FILE: cannot read {path}: {error}");
                None
            }
        }
    })
}
