//! What was sent, laid out: tables read, archives listed, and what is not taken.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use domain::intake::{
    group::Table,
    names::{
        TABLE_NAME, has_extension, is_archive, is_beside_the_point, is_photo, is_unread_photo, unread_format,
    },
    problem::one_line,
    product_table::{self, ProductTable},
};
use store::imports::{NewRow, Outcome};

use super::{
    super::{
        archive::{Archive, Trouble},
        sent::{Fix, Place, Sent},
        workbook,
    },
    Limits, PhotoFrom,
};
use crate::photos::Kept;

/// A workbook's name beside photos.
const WORKBOOK_NAME: &str = "products.xlsx";

/// What lies on the table, before it is understood.
#[derive(Default)]
pub(super) struct Gathered {
    archives: std::cell::RefCell<Vec<Mutex<Archive>>>,
    pub(super) photos: Vec<(PathBuf, PhotoFrom)>,
    pub(super) tables: Vec<(Table, ProductTable)>,
    /// Files that are not taken.
    pub(super) refused: Vec<NewRow>,
    /// What a person puts right.
    pub(super) fixes: Vec<Fix>,
    /// What the fixes say of photos: a table like others, but for the report.
    pub(super) said: ProductTable,
    /// It stands before the other tables.
    pub(super) said_first: bool,
}

impl Gathered {
    pub(super) fn archives_taken(&self) -> Vec<Mutex<Archive>> {
        std::mem::take(&mut self.archives.borrow_mut())
    }

    fn refuse(&mut self, name: &str, outcome: Outcome, message: impl Into<String>) {
        self.refused.push(NewRow {
            is_file: true,
            file: Some(one_line(name)),
            outcome: Some(outcome),
            message: Some(message.into()),
            ..NewRow::default()
        });
    }

    pub(super) fn sent(&mut self, folder: &Path, sent: &Sent, limits: Limits) {
        let path = PathBuf::from(&sent.name);
        let file = match &sent.place {
            Place::Fix(fix) => return self.fixes.push(fix.clone()),
            Place::Refused(why) => return self.refuse(&sent.name, Outcome::Refused, why),
            Place::Kept(photo) => {
                let kept = Kept::from(photo.clone());
                return self.photos.push((path, PhotoFrom::Kept(kept)));
            }
            Place::File(name) => folder.join(name),
        };
        if has_extension(&path, &["csv"]) {
            let table = match std::fs::read(&file) {
                Ok(bytes) => product_table::parse(&path, bytes),
                Err(error) => product_table::unusable(&path, &error.to_string()),
            };
            self.tables.push((Table { path, named: true }, table));
        } else if has_extension(&path, &["xlsx"]) {
            let table = workbook::read(&path, &file);
            self.tables.push((Table { path, named: true }, table));
        } else if has_extension(&path, &["zip"]) {
            self.archive(&sent.name, &file, folder, limits);
        } else if is_archive(&path) {
            self.refuse(
                &sent.name,
                Outcome::Refused,
                "archives are read as ZIP; pack it as one",
            );
        } else {
            self.photo(path, PhotoFrom::File(file));
        }
    }

    fn archive(&mut self, name: &str, file: &Path, folder: &Path, limits: Limits) {
        let mut archive = match Archive::open(file, limits.unpacked_bytes) {
            Ok(archive) => archive,
            Err(why) => return self.refuse(name, Outcome::Unreadable, why),
        };
        let entries = archive.entries();
        if entries.is_empty() {
            self.refuse(name, Outcome::Missing, "there is no file in it");
        }
        let number = self.archives.borrow().len();
        for entry in entries {
            match entry.path {
                Ok(path) if is_beside_the_point(&path) => {}
                Ok(path) if is_table(&path) => self.table_inside(path, &mut archive, entry.index, folder),
                Ok(_) if entry.bytes > limits.photo_bytes => {
                    let most = limits.photo_bytes >> 20;
                    let why = format!("a file may have {most} MB; save it smaller, or as JPEG");
                    self.refuse(&entry.name, Outcome::Refused, why);
                }
                Ok(path) => self.photo(path, PhotoFrom::Archive(number, entry.index)),
                Err(why) => self.refuse(&entry.name, Outcome::Refused, why),
            }
        }
        self.archives.borrow_mut().push(Mutex::new(archive));
    }

    /// A table beside photos speaks of those beside and below it.
    fn table_inside(&mut self, path: PathBuf, archive: &mut Archive, index: usize, folder: &Path) {
        let table = if has_extension(&path, &["csv"]) {
            match archive.bytes(index, product_table::BYTES_MAX) {
                Ok(bytes) => product_table::parse(&path, bytes),
                Err(why) => product_table::unusable(&path, &why),
            }
        } else {
            let file = folder.join(format!("workbook-{index}"));
            let _ = std::fs::remove_file(&file);
            let table = match archive.unpack(index, &file, product_table::BYTES_MAX) {
                Ok(_) => workbook::read(&path, &file),
                Err(Trouble::Entry(why)) => product_table::unusable(&path, &why),
                Err(Trouble::Disk(error)) => product_table::unusable(&path, &error.to_string()),
            };
            let _ = std::fs::remove_file(&file);
            table
        };
        self.tables.push((Table { path, named: false }, table));
    }

    fn photo(&mut self, path: PathBuf, from: PhotoFrom) {
        let name = path.to_string_lossy().into_owned();
        if is_unread_photo(&path) {
            self.refuse(&name, Outcome::Refused, unread_format(&path));
        } else if is_photo(&path) {
            self.photos.push((path, from));
        } else if is_archive(&path) {
            let why = "an archive inside an archive is not opened; send its files directly";
            self.refuse(&name, Outcome::Refused, why);
        } else if has_extension(&path, &["csv", "xlsx"]) {
            let why = "of the tables inside an archive only products.csv and products.xlsx are read; send it beside the archive";
            self.refuse(&name, Outcome::Refused, why);
        } else {
            let why = "by its name it is no photo; nothing was taken from it";
            self.refuse(&name, Outcome::Refused, why);
        }
    }
}

fn is_table(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case(TABLE_NAME) || name.eq_ignore_ascii_case(WORKBOOK_NAME))
}
