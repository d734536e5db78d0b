//! Pictures of a catalogue's folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use domain::{
    delivery::Planned,
    generation::Status,
    manifest::{Entry, Manifest},
};
use worker::delivery::{Opened, Rendered, Terms, key};

use super::{Stock, kept};
use crate::shoot::{
    channels::{standing, write},
    folder::STATE_FOLDER,
};

/// A folder that `photogen shoot` made.
pub(super) struct Folder {
    root: PathBuf,
    /// All that are finished: what was rendered of them is kept.
    finished: Vec<Entry>,
    chosen: Vec<Entry>,
}

impl Folder {
    pub(super) fn open(root: &Path, reviewed_only: bool) -> anyhow::Result<Self> {
        let mut finished = read(root)?.pictures;
        finished.retain(|entry| entry.status == Status::Completed && entry.file.is_some());
        let mut chosen = finished.clone();
        chosen.retain(|entry| !(reviewed_only && entry.needs_review));
        Ok(Self {
            root: root.to_owned(),
            finished,
            chosen,
        })
    }
}

fn read(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join("manifest.json");
    let text = fs::read(&path).with_context(|| {
        format!(
            "cannot read {}: name the folder that photogen shoot was given as --out",
            path.display()
        )
    })?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no manifest of a catalogue", path.display()))
}

impl Stock for Folder {
    fn pictures(&self) -> &[Entry] {
        &self.chosen
    }

    fn rendered(
        &self,
        entry: &Entry,
        planned: &Planned,
        terms: &Terms,
    ) -> Result<(Rendered, Vec<u8>), String> {
        let folder = self.root.as_path();
        let source = entry.file.as_ref().ok_or("the picture has no file")?;
        let key = key(&source.sha256, entry, planned.profile, planned.role, terms);
        let of_export = kept::path(&key, planned.profile.format.extension());
        let kept = entry
            .channels
            .iter()
            .filter(|file| file.profile.as_str() == planned.profile.name)
            .filter_map(|file| file.path.as_deref())
            .chain([of_export.as_str()])
            .find_map(|path| Some((path, standing(folder, path, &key)?)));
        let open =
            |path: &str| fs::read(folder.join(path)).map_err(|error| format!("cannot read {path}: {error}"));
        if let Some((path, rendered)) = kept {
            return Ok((rendered, open(path)?));
        }
        let (rendered, bytes) =
            Opened::open(open(&source.path)?)?.render(entry, planned.profile, planned.role, terms)?;
        // Signed again it would be another file.
        if terms.signer.is_some() {
            write(folder, &of_export, &rendered, &bytes)?;
        }
        Ok((rendered, bytes))
    }

    fn state(&self) -> PathBuf {
        self.root.join(STATE_FOLDER)
    }

    fn tidy(&self, terms: &Terms) {
        kept::sweep(&self.root, &self.finished, terms);
    }
}
