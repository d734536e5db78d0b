//! Settings from the environment: `NAME`, or a file that `NAME_FILE` names, as secret stores put them.

use std::{env, fs};

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
