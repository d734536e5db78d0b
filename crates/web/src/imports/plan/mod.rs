//! From what was sent to a list of products, each with its rows and files: the same list every time, so that an import goes on
//! where it stopped. Blocks: called on threads for such work.

mod build;
mod fix;
mod gather;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use domain::{
    intake::group::group,
    product::{Side, View},
};
use store::imports::{ItemProduct, NewRow};

use self::{build::Builder, gather::Gathered};
use super::{
    archive::{Archive, Trouble, Unpacked},
    sent::Sent,
};
use crate::photos::Kept;

/// What is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most bytes of a photo.
    pub(crate) photo_bytes: u64,
    /// The most bytes of everything that comes out of an archive.
    pub(crate) unpacked_bytes: u64,
}

/// Everything that an import will do.
pub(crate) struct Plan {
    archives: Vec<Mutex<Archive>>,
    /// Products in the order of their SKUs, after what belongs to none.
    pub(crate) items: Vec<Planned>,
}

/// A product to be, with its rows and files; or what belongs to none.
#[derive(Default)]
pub(crate) struct Planned {
    pub(crate) product: Option<ItemProduct>,
    pub(crate) rows: Vec<PlannedRow>,
}

/// A line of the report to be.
pub(crate) struct PlannedRow {
    pub(crate) row: NewRow,
    pub(crate) photo: Option<PlannedPhoto>,
}

/// A photo that is to be looked at.
#[derive(Clone)]
pub(crate) struct PlannedPhoto {
    pub(crate) view: View,
    pub(crate) side: Option<Side>,
    pub(crate) from: PhotoFrom,
}

/// Where a photo's bytes are.
#[derive(Clone)]
pub(crate) enum PhotoFrom {
    /// In an archive: which one, and its place there.
    Archive(usize, usize),
    /// In a file of the import's folder.
    File(PathBuf),
    /// It is kept already.
    Kept(Kept),
}

impl Plan {
    /// Rows and files that it has.
    pub(crate) fn total(&self) -> i64 {
        self.items.iter().map(|item| item.rows.len() as i64).sum()
    }

    /// Takes a photo out of its archive.
    pub(crate) fn unpack(
        &self,
        archive: usize,
        index: usize,
        to: &Path,
        bytes_max: u64,
    ) -> Result<Unpacked, Trouble> {
        let mut archive = self.archives[archive]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        archive.unpack(index, to, bytes_max)
    }
}

/// Reads tables and lists, and understands every name.
pub(crate) fn plan(folder: &Path, sent: &[Sent], limits: Limits) -> Plan {
    let mut gathered = Gathered::default();
    for one in sent {
        gathered.sent(folder, one, limits);
    }
    gathered.fix();
    gathered.photos.sort_by(|(a, _), (b, _)| a.cmp(b));
    let paths: Vec<PathBuf> = gathered.photos.iter().map(|(path, _)| path.clone()).collect();
    gathered.tables.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    gathered.fixed_first();
    let grouped = group(&paths, &gathered.tables, Path::new(""));
    Builder::new(&gathered, &paths, &grouped).build(gathered.archives_taken())
}
