//! From what was sent to a list of products, each with its rows and files: the same list every time, so that an import goes on
//! where it stopped. Blocks: called on threads for such work.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use domain::{
    intake::{
        group::{Grouped, Table, Understood, Words, group},
        names::{
            TABLE_NAME, has_extension, is_archive, is_beside_the_point, is_photo, is_unread_photo,
            unread_format,
        },
        problem::{Problem, ProblemKind, Severity, one_line, shown},
        product_table::{self, ProductTable},
        sku_key,
    },
    product::{Side, View},
};
use store::imports::{ItemProduct, NewRow, Outcome};

use super::{
    archive::{Archive, Trouble, Unpacked},
    sent::{Fix, Place, Sent},
    workbook,
};
use crate::photos::Kept;

/// The longest SKU and category.
const SKU_CHARS_MAX: usize = 100;
/// The longest name and colour.
const WORDS_CHARS_MAX: usize = 200;
/// A workbook's name beside photos.
const WORKBOOK_NAME: &str = "products.xlsx";

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

/// What lies on the table, before it is understood.
#[derive(Default)]
struct Gathered {
    archives: std::cell::RefCell<Vec<Mutex<Archive>>>,
    photos: Vec<(PathBuf, PhotoFrom)>,
    tables: Vec<(Table, ProductTable)>,
    /// Files that are not taken.
    refused: Vec<NewRow>,
    /// What a person puts right.
    fixes: Vec<Fix>,
    /// What the fixes say of photos: a table like others, but for the report.
    said: ProductTable,
    /// It stands before the other tables.
    said_first: bool,
}

impl Gathered {
    fn archives_taken(&self) -> Vec<Mutex<Archive>> {
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

    fn sent(&mut self, folder: &Path, sent: &Sent, limits: Limits) {
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

/// What the table of fixes is called.
const FIXES: &str = "fixes";

impl Gathered {
    /// Puts right what people have put right.
    fn fix(&mut self) {
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

    /// Leaves a photo out. Where one of the same path was sent beside an archive, it takes the place of the archive's.
    fn leave_out(&mut self, file: &str) {
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
    fn fixed_first(&mut self) {
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

fn is_table(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case(TABLE_NAME) || name.eq_ignore_ascii_case(WORKBOOK_NAME))
}

/// Joins rows, photos and problems to products.
struct Builder<'a> {
    gathered: &'a Gathered,
    paths: &'a [PathBuf],
    grouped: &'a Grouped,
    by_line: HashMap<(&'a str, u64), Vec<&'a Problem>>,
    by_photo: HashMap<&'a str, Vec<&'a Problem>>,
    items: BTreeMap<String, Planned>,
    alone: Planned,
}

impl<'a> Builder<'a> {
    fn new(gathered: &'a Gathered, paths: &'a [PathBuf], grouped: &'a Grouped) -> Self {
        let mut by_line: HashMap<_, Vec<_>> = HashMap::new();
        let mut by_photo: HashMap<_, Vec<_>> = HashMap::new();
        let tables = gathered.tables.iter().flat_map(|(_, content)| &content.problems);
        for problem in tables.chain(&grouped.problems) {
            match problem.line {
                Some(line) => by_line.entry((&*problem.path, line)).or_default().push(problem),
                None => by_photo.entry(&*problem.path).or_default().push(problem),
            }
        }
        Self {
            gathered,
            paths,
            grouped,
            by_line,
            by_photo,
            items: BTreeMap::new(),
            alone: Planned::default(),
        }
    }

    fn build(mut self, archives: Vec<Mutex<Archive>>) -> Plan {
        let gathered = self.gathered;
        for (table, content) in gathered.tables.iter().skip(usize::from(gathered.said_first)) {
            self.table(table, content);
        }
        self.photos();
        for row in &gathered.refused {
            self.alone.rows.push(PlannedRow {
                row: row.clone(),
                photo: None,
            });
        }
        let mut items = vec![self.alone];
        for (key, mut item) in self.items {
            let words = self
                .grouped
                .words
                .get(&key)
                .or(self.grouped.words_alone.get(&key));
            let spelt = item.rows.iter().find_map(|line| line.row.sku.clone());
            let words = words.cloned().unwrap_or_default();
            let sku = words.sku.clone().or(spelt).unwrap_or(key);
            for line in &mut item.rows {
                line.row.sku = Some(sku.clone());
            }
            match product(sku, words) {
                Ok(product) => item.product = Some(product),
                Err(why) => {
                    for line in &mut item.rows {
                        line.row.outcome = Some(Outcome::Refused);
                        line.row.message = Some(why.clone());
                        line.photo = None;
                    }
                }
            }
            items.push(item);
        }
        items.retain(|item| !item.rows.is_empty());
        Plan { archives, items }
    }

    fn table(&mut self, table: &Table, content: &ProductTable) {
        let name = shown(&table.path);
        let mut lines: HashSet<u64> = HashSet::new();
        let mut first: HashMap<String, u64> = HashMap::new();
        for row in &content.rows {
            lines.insert(row.line);
            let key = match &row.sku {
                Some(sku) => Some(sku_key(sku)),
                None => self
                    .grouped
                    .keys_by_file
                    .get(&(table.path.clone(), row.line))
                    .cloned(),
            };
            let mut new = self.row(&name, row.line);
            new.sku.clone_from(&row.sku);
            // The row is used but for one cell.
            if new.outcome == Some(Outcome::Refused) {
                new.outcome = Some(Outcome::Ambiguous);
            }
            if row.files.is_empty()
                && new.outcome.is_none()
                && let Some(key) = &key
            {
                match first.get(key) {
                    Some(line) => {
                        new.outcome = Some(Outcome::Duplicate);
                        new.message = Some(format!(
                            "line {line} speaks of this SKU already; remove one of them"
                        ));
                    }
                    None => {
                        first.insert(key.clone(), row.line);
                    }
                }
            }
            let planned = PlannedRow {
                row: new,
                photo: None,
            };
            match key {
                Some(key) => self.items.entry(key).or_default().rows.push(planned),
                None => self.alone.rows.push(planned),
            }
        }
        let mut others: Vec<u64> = content
            .problems
            .iter()
            .filter_map(|problem| problem.line)
            .collect();
        others.sort_unstable();
        others.dedup();
        for line in others.into_iter().filter(|line| !lines.contains(line)) {
            let mut row = self.row(&name, line);
            row.outcome.get_or_insert(Outcome::Ambiguous);
            self.alone.rows.push(PlannedRow { row, photo: None });
        }
        for problem in content.problems.iter().filter(|problem| problem.line.is_none()) {
            self.alone.rows.push(PlannedRow {
                row: NewRow {
                    is_file: true,
                    file: Some(name.clone()),
                    outcome: Some(Outcome::Unreadable),
                    message: Some(problem.message.clone()),
                    ..NewRow::default()
                },
                photo: None,
            });
        }
    }

    /// A row with what is wrong at its line.
    fn row(&self, table: &str, line: u64) -> NewRow {
        let problems = self
            .by_line
            .get(&(table, line))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_lone = |problem: &&&Problem| {
            problem.kind == ProblemKind::RowWithoutPhoto && problem.severity == Severity::Warning
        };
        let lone = problems.iter().find(is_lone).filter(|_| !self.paths.is_empty());
        let others: Vec<&&Problem> = problems.iter().filter(|problem| !is_lone(problem)).collect();
        let outcome = others.iter().filter_map(|problem| outcome(problem)).max();
        let message: Vec<&str> = others.iter().map(|problem| problem.message.as_str()).collect();
        NewRow {
            file: Some(table.to_owned()),
            line: Some(line),
            outcome,
            message: (!message.is_empty()).then(|| message.join("; ")),
            without_photo: lone.map(|problem| problem.message.clone()),
            ..NewRow::default()
        }
    }

    fn photos(&mut self) {
        let mut order: Vec<usize> = (0..self.paths.len()).collect();
        order.sort_by_key(|&photo| {
            let said = &self.grouped.photos[photo];
            (said.view, said.side, said.number, &self.paths[photo])
        });
        for photo in order {
            let (path, from) = &self.gathered.photos[photo];
            let planned = self.photo(path, from, &self.grouped.photos[photo]);
            let key = sku_key(&self.grouped.photos[photo].sku);
            self.items.entry(key).or_default().rows.push(planned);
        }
    }

    fn photo(&self, path: &Path, from: &PhotoFrom, said: &Understood) -> PlannedRow {
        let name = shown(path);
        let problems = self.by_photo.get(&*name).map(Vec::as_slice).unwrap_or_default();
        let doubtful = problems
            .iter()
            .any(|problem| problem.severity == Severity::Warning);
        let message: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        PlannedRow {
            row: NewRow {
                is_file: true,
                sku: Some(said.sku.clone()),
                file: Some(name),
                outcome: doubtful.then_some(Outcome::Ambiguous),
                message: (!message.is_empty()).then(|| message.join("; ")),
                view: Some(said.view),
                ..NewRow::default()
            },
            photo: Some(PlannedPhoto {
                view: said.view,
                side: said.side,
                from: from.clone(),
            }),
        }
    }
}

/// What a problem of a row makes of it; none: it is worth a word only.
fn outcome(problem: &Problem) -> Option<Outcome> {
    match (problem.kind, problem.severity) {
        (_, Severity::Note) => None,
        (ProblemKind::RowWithoutPhoto, _) => Some(Outcome::Missing),
        (ProblemKind::RowRepeated, _) => Some(Outcome::Duplicate),
        (ProblemKind::RowAmbiguous, _) | (_, Severity::Warning) => Some(Outcome::Ambiguous),
        (_, Severity::Error) => Some(Outcome::Refused),
    }
}

/// The product that the words make; the sentence says which of them cannot be kept.
fn product(sku: String, words: Words) -> Result<ItemProduct, String> {
    let category = words.category.as_ref().map(|_| words.category());
    for (what, text, most) in [
        ("SKU", Some(&sku), SKU_CHARS_MAX),
        ("name", words.name.as_ref(), WORDS_CHARS_MAX),
        ("category", words.category.as_ref(), SKU_CHARS_MAX),
        ("colour", words.colour.as_ref(), WORDS_CHARS_MAX),
    ] {
        if text.is_some_and(|text| text.chars().count() > most) {
            return Err(format!("the {what} is longer than {most} characters; shorten it"));
        }
    }
    Ok(ItemProduct {
        sku,
        name: words.name,
        category,
        colour: words.colour,
    })
}
