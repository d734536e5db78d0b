//! What was put to a place: a line a file, so that the same command goes on where it broke off.

use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::Path,
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    sha256: String,
}

/// The journal of one place.
pub(super) struct Journal {
    known: HashMap<String, String>,
    file: File,
}

impl Journal {
    /// Opens the journal of a place in a folder of state. The place is told by its hash: its address may hold a key.
    pub(super) fn open(state: &Path, place: &str) -> anyhow::Result<Self> {
        let folder = state.join("deliveries");
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join(format!("{}.jsonl", hex::encode(Sha256::digest(place))));
        let text = fs::read_to_string(&path).unwrap_or_default();
        // The last line of a program that was killed may be half.
        let known = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let known = known.map(|line| (line.path, line.sha256)).collect();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(Self { known, file })
    }

    /// This very file was put there.
    pub(super) fn knows(&self, path: &str, sha256: &str) -> bool {
        self.known.get(path).is_some_and(|known| known == sha256)
    }

    /// Writes down that a file is there.
    pub(super) fn tell(&mut self, path: String, sha256: String) -> anyhow::Result<()> {
        let line = Line { path, sha256 };
        let text = serde_json::to_string(&line)? + "\n";
        self.file
            .write_all(text.as_bytes())
            .context("cannot write down what was put")?;
        self.known.insert(line.path, line.sha256);
        Ok(())
    }
}
