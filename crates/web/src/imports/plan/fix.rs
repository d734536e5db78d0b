//! What people have put right, in place of what photos and tables say.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use domain::intake::{group::Table, problem::shown, product_table::ProductTable};

use super::{super::sent::Fix, Gathered, PhotoFrom};

/// What the table of fixes is called.
const FIXES: &str = "fixes";

impl Gathered {
    /// Puts right what people have put right.
    pub(super) fn fix(&mut self) {
        let fixes = std::mem::take(&mut self.fixes);
        let here = names(&self.photos);
        for (fix, number) in fixes.iter().zip(1..) {
            match fix.line {
                Some(line) => {
                    let named = self
                        .tables
                        .iter_mut()
                        .filter(|(table, _)| shown(&table.path) == fix.file);
                    for (table, content) in named {
                        fix_line(content, &table.path, line, fix, &here);
                    }
                }
                None if fix.leave_out => self.leave_out(&fix.file),
                None => {
                    let cells = [
                        ("file", Some(&fix.file)),
                        ("sku", fix.sku.as_ref()),
                        ("view", fix.view.as_ref()),
                    ];
                    self.said.correct(Path::new(FIXES), number, &given(&cells));
                }
            }
        }
    }

    /// Leaves a photo out. Where one of the same path was sent beside an archive, it takes the place of the archive's; so does a table
    /// of the same name, and no other table is left out.
    fn leave_out(&mut self, file: &str) {
        let name = Path::new(file).file_name();
        let mut tables = self.tables.iter().map(|(table, _)| table);
        if tables.any(|table| table.named && table.path.file_name() == name) {
            self.tables
                .retain(|(table, _)| table.named || shown(&table.path) != file);
        }
        let is_packed = |from: &PhotoFrom| matches!(from, PhotoFrom::Archive(..));
        let (packed, sent): (Vec<_>, Vec<_>) = self
            .photos
            .iter()
            .filter(|(path, _)| shown(path) == file)
            .partition(|(_, from)| is_packed(from));
        let both = !packed.is_empty() && !sent.is_empty();
        self.photos
            .retain(|(path, from)| shown(path) != file || (both && !is_packed(from)));
    }

    /// A table that names a photo first decides what it is.
    pub(super) fn fixed_first(&mut self) {
        self.said_first = !self.said.rows.is_empty();
        if self.said_first {
            let table = Table {
                path: PathBuf::from(FIXES),
                named: true,
            };
            self.tables.insert(0, (table, std::mem::take(&mut self.said)));
        }
    }
}

fn given<'a>(cells: &[(&'a str, Option<&'a String>)]) -> Vec<(&'a str, &'a str)> {
    cells
        .iter()
        .filter_map(|&(name, cell)| Some((name, cell?.as_str())))
        .collect()
}

/// Every way in which a cell may name a photo, in lower case.
fn names(photos: &[(PathBuf, PhotoFrom)]) -> HashSet<String> {
    let of = |path: &PathBuf| {
        [path.file_name(), path.file_stem(), Some(path.as_os_str())]
            .into_iter()
            .flatten()
            .map(|name| name.to_string_lossy().to_lowercase())
            .collect::<Vec<_>>()
    };
    photos.iter().flat_map(|(path, _)| of(path)).collect()
}

fn fix_line(content: &mut ProductTable, path: &Path, line: u64, fix: &Fix, here: &HashSet<String>) {
    if fix.leave_out {
        content.leave_out(line);
        return;
    }
    let row = content.rows.iter_mut().find(|row| row.line == line);
    let missing = row.and_then(|row| {
        row.files
            .iter_mut()
            .find(|(file, _)| !here.contains(&file.to_lowercase()))
    });
    // Of several photos that a line names, only the one that is not there is another.
    let photo = match (missing, &fix.photo) {
        (Some((file, _)), Some(photo)) => {
            file.clone_from(photo);
            None
        }
        (_, photo) => photo.as_ref(),
    };
    let cells = [
        ("sku", fix.sku.as_ref()),
        ("view", fix.view.as_ref()),
        ("file", photo),
    ];
    content.correct(path, line, &given(&cells));
}
