//! The archive on the disk: written beside its place and renamed into it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use domain::delivery::ExportManifest;
use worker::delivery::{Disk, Packed, Packer};

use super::aside;

/// An archive that is being written. Dropped before its end it leaves nothing.
pub(super) struct Archive {
    packer: Option<Packer<Disk>>,
    path: PathBuf,
}

impl Archive {
    pub(super) fn begin(path: &Path) -> anyhow::Result<Self> {
        let file = Disk::create(&aside(path)).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            packer: Some(Packer::new(file)),
            path: path.to_owned(),
        })
    }

    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        if let Some(packer) = &mut self.packer {
            packer.add(name, bytes.len() as u64, bytes)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, manifest: &ExportManifest) -> anyhow::Result<Packed> {
        let packer = self.packer.take().context("the archive was ended before")?;
        let (packed, to) = packer.finish(manifest)?;
        to.finish()?;
        fs::rename(aside(&self.path), &self.path)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(packed)
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // After the renaming there is none.
        let _ = fs::remove_file(aside(&self.path));
    }
}
