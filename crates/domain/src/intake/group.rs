//! From photos and tables to products: whose photo is it, which view, and what does the product's row say.
//!
//! The rule, in order. A row that names a file decides that file's SKU and view. Every other photo is read from its
//! name. Then rows and photos meet by SKU, whatever the case, and the row gives name, category, colour and spelling.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Doubt, PhotoName, clean, folders, parse_file_name, parse_view,
    problem::{Problem, ProblemKind, Severity, shown},
    product_table::{ProductTable, Row, SaidView},
    sku_key,
};
use crate::{
    category::Category,
    product::{Side, View},
};

/// A product table and the photos it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The file.
    pub path: PathBuf,
    /// It was named by itself: it speaks of every photo, not only of those beside and below it.
    pub named: bool,
}

/// What a photo was understood to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// The product it belongs to.
    pub sku: String,
    /// The view it shows.
    pub view: View,
    /// Which way a side is turned.
    pub side: Option<Side>,
    /// The number its name or row gives it.
    pub number: u32,
    /// Neither its name nor a row says a SKU: it belongs to no product.
    pub is_nameless: bool,
    /// Nothing said the view; front was assumed.
    assumed_front: bool,
    /// A word of the SKU, which its name gave, that may say more.
    doubt: Option<Doubt>,
}

/// What the rows say about one product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The SKU as it is spelt.
    pub sku: Option<String>,
    /// The name for people.
    pub name: Option<String>,
    /// The category in the shop's words.
    pub category: Option<String>,
    /// The colour's name.
    pub colour: Option<String>,
}

impl Words {
    /// The category they mean.
    pub fn category(&self) -> Category {
        self.category
            .as_deref()
            .map(Category::from_words)
            .unwrap_or_default()
    }

    /// Takes what is not said yet. What the row says otherwise comes back.
    fn add(&mut self, row: &Row) -> Vec<String> {
        let mut differing = Vec::new();
        for (what, slot, said) in [
            ("name", &mut self.name, &row.name),
            ("category", &mut self.category, &row.category),
            ("colour", &mut self.colour, &row.colour),
        ] {
            match (&slot, said) {
                (Some(before), Some(now)) if before != now => differing.push(format!("{what} `{before}`")),
                (None, Some(_)) => slot.clone_from(said),
                _ => {}
            }
        }
        if self.sku.is_none() {
            self.sku.clone_from(&row.sku);
        }
        differing
    }
}

/// Photos as understood, in their order, and the words of products by SKU key.
pub struct Grouped {
    /// What each photo was understood to be.
    pub photos: Vec<Understood>,
    /// What rows say of products that have photos.
    pub words: BTreeMap<String, Words>,
    /// What rows say of products of which no photo was found.
    pub words_alone: BTreeMap<String, Words>,
    /// The SKU's key of rows that name a file and no SKU, by table and line.
    pub keys_by_file: HashMap<(PathBuf, u64), String>,
    /// Rows and names to look at.
    pub problems: Vec<Problem>,
}

/// Reads every photo's name and lets the tables overrule it. `here` is the folder that relative paths start from: its name may
/// say a SKU or a view.
pub fn group(photos: &[PathBuf], tables: &[(Table, ProductTable)], here: &Path) -> Grouped {
    let mut grouped = Grouped {
        photos: photos.iter().map(|path| from_name(path, here)).collect(),
        words: BTreeMap::new(),
        words_alone: BTreeMap::new(),
        keys_by_file: HashMap::new(),
        problems: Vec::new(),
    };
    let mut named_at: HashMap<usize, (PathBuf, u64)> = HashMap::new();
    for (table, content) in tables {
        let index = FileIndex::new(photos, table);
        for row in &content.rows {
            grouped.row_with_files(row, table, &index, &mut named_at);
        }
    }
    let by_table: HashSet<usize> = named_at.into_keys().collect();
    let apart = folders::tell_apart(photos, &mut grouped.photos, &by_table);
    grouped.problems.extend(apart);
    grouped.problems.extend(numbered(photos, &grouped.photos));
    for (table, content) in tables {
        let scope = FileIndex::new(photos, table).photos;
        let by_sku = grouped.by_sku(&scope);
        for row in &content.rows {
            grouped.row_of_sku(row, table, &by_sku);
        }
    }
    let doubtful = doubtful(photos, &grouped, &by_table);
    grouped.problems.extend(doubtful);
    grouped.problems.extend(nameless(photos, &grouped.photos));
    grouped
}

fn from_name(path: &Path, here: &Path) -> Understood {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let PhotoName {
        sku,
        view,
        side,
        number,
        doubt,
    } = parse_file_name(&stem);
    let folder = folder_name(path, here);
    let (sku, from_folder) = match (sku, view) {
        (Some(sku), None) => (sku, folder.as_deref().and_then(parse_view)),
        (Some(sku), _) => (sku, None),
        (None, _) => (
            folder
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| clean(&stem)),
            None,
        ),
    };
    let said = view
        .map(|view| (view, side))
        .or(from_folder.map(|(view, side, _)| (view, side)));
    let (view, side) = said.unwrap_or((View::Front, None));
    Understood {
        is_nameless: !sku.chars().any(char::is_alphanumeric),
        sku,
        view,
        side,
        number,
        assumed_front: said.is_none(),
        doubt,
    }
}

/// Photos of no product.
fn nameless(photos: &[PathBuf], understood: &[Understood]) -> Vec<Problem> {
    let nameless = photos.iter().zip(understood).filter(|(_, said)| said.is_nameless);
    let paths: BTreeSet<&PathBuf> = nameless.map(|(path, _)| path).collect();
    let message = "by its name it is no photo of a product; name it after its SKU";
    let told = |path: &PathBuf| Problem::new(Severity::Error, ProblemKind::NoSku, path, message);
    paths.into_iter().map(told).collect()
}

/// Names with a word that may say a view or mark a copy, unless a row names the file or its SKU.
fn doubtful(photos: &[PathBuf], grouped: &Grouped, by_table: &HashSet<usize>) -> Vec<Problem> {
    let photos = photos.iter().zip(&grouped.photos).enumerate();
    let asked = photos.filter_map(|(index, (path, said))| {
        let doubt = said.doubt.as_ref().filter(|_| !by_table.contains(&index))?;
        let words = grouped.words.get(&sku_key(&said.sku));
        if words.is_some_and(|words| words.sku.is_some()) {
            return None;
        }
        let taken = format!("taken for the {} photo of SKU `{}`", said.view, said.sku);
        let message = match doubt {
            Doubt::View(word) => format!(
                "{taken}; if `{word}` says the view, end the name in _front, _back, _side or _detail, or add a row \
                 with its file, sku and view to products.csv"
            ),
            Doubt::Copy(mark) => format!(
                "{taken}; if `{mark}` only marks a copy, move it out of the folder, or add a row with its file, sku \
                 and view to products.csv"
            ),
        };
        Some(Problem::new(Severity::Warning, ProblemKind::DoubtfulName, path, message))
    });
    asked.collect()
}

/// Names that differ only in a number at the end are different SKUs, and many shops mean different photos.
fn numbered(photos: &[PathBuf], understood: &[Understood]) -> Vec<Problem> {
    let mut by_base: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (photo, said) in understood
        .iter()
        .enumerate()
        .filter(|(_, said)| said.assumed_front && !said.is_nameless)
    {
        let base = said.sku.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = said.sku.len() - base.len();
        let base = base
            .strip_suffix(['_', '-', ' '])
            .filter(|base| !base.is_empty() && (1..=2).contains(&digits));
        by_base.entry(base.unwrap_or(&said.sku)).or_default().push(photo);
    }
    let several = by_base.into_iter().filter(|(_, members)| members.len() > 1);
    several
        .filter(|(_, members)| members.iter().any(|&photo| understood[photo].sku != understood[members[0]].sku))
        .map(|(base, members)| {
            let skus: Vec<&str> = members.iter().take(3).map(|&photo| understood[photo].sku.as_str()).collect();
            let message = format!(
                "{} were read as SKUs of their own; if they are photos of one product, say the view: {base}_front, \
                 {base}_back, {base}_detail_2",
                skus.join(", ")
            );
            Problem::new(Severity::Note, ProblemKind::NumberedSku, &photos[members[0]], message)
        })
        .collect()
}

fn folder_name(path: &Path, here: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let whole = here.join(folder);
    let name = folder.file_name().or_else(|| whole.file_name())?;
    Some(clean(&name.to_string_lossy()))
}

impl Grouped {
    /// A row that names files decides their SKU and view.
    fn row_with_files(
        &mut self,
        row: &Row,
        table: &Table,
        index: &FileIndex,
        named_at: &mut HashMap<usize, (PathBuf, u64)>,
    ) {
        for (file, said) in &row.files {
            let photo = match index.find(file) {
                Ok(photo) => photo,
                Err((kind, message)) => {
                    self.row_problem(Severity::Error, kind, row, table, &message);
                    continue;
                }
            };
            if let Some((other, line)) = named_at.get(&photo) {
                let message = format!("`{file}` is already named at line {line} of {}", shown(other));
                self.row_problem(Severity::Error, ProblemKind::RowRepeated, row, table, &message);
                continue;
            }
            named_at.insert(photo, (table.path.clone(), row.line));
            self.overrule(photo, row.sku.as_ref(), said.or(row.view));
            if self.photos[photo].is_nameless {
                let message = "the name of its photo says no SKU; write one into the row";
                self.row_problem(Severity::Error, ProblemKind::TableRow, row, table, message);
            } else if row.sku.is_none() {
                let key = sku_key(&self.photos[photo].sku);
                self.keys_by_file
                    .insert((table.path.clone(), row.line), key.clone());
                self.add_words(key, row, table);
            }
        }
        if let Some(sku) = row.sku.as_ref().filter(|_| !row.files.is_empty()) {
            self.add_words(sku_key(sku), row, table);
        }
    }

    fn overrule(&mut self, photo: usize, sku: Option<&String>, said: Option<SaidView>) {
        let understood = &mut self.photos[photo];
        if let Some(sku) = sku {
            understood.sku.clone_from(sku);
            understood.is_nameless = false;
        }
        if let Some(said) = said {
            understood.view = said.view;
            understood.side = said.side;
            understood.number = said.number.unwrap_or(understood.number);
            understood.assumed_front = false;
        }
    }

    fn by_sku(&self, scope: &[usize]) -> HashMap<String, Vec<usize>> {
        let mut by_sku: HashMap<String, Vec<usize>> = HashMap::new();
        for &photo in scope.iter().filter(|&&photo| !self.photos[photo].is_nameless) {
            by_sku
                .entry(sku_key(&self.photos[photo].sku))
                .or_default()
                .push(photo);
        }
        by_sku
    }

    /// A row with a SKU gives its words to the photos of that SKU.
    fn row_of_sku(&mut self, row: &Row, table: &Table, by_sku: &HashMap<String, Vec<usize>>) {
        let Some(sku) = row.sku.as_ref().filter(|_| row.files.is_empty()) else {
            return;
        };
        let Some(photos) = by_sku.get(&sku_key(sku)) else {
            let message = format!("no photo of {sku}; name one {sku}_front.jpg, or add a `file` column");
            self.row_problem(
                Severity::Warning,
                ProblemKind::RowWithoutPhoto,
                row,
                table,
                &message,
            );
            return self.add_words_alone(sku_key(sku), row, table);
        };
        self.add_words(sku_key(sku), row, table);
        if row.view.is_none() {
            return;
        }
        let open: Vec<usize> = photos
            .iter()
            .copied()
            .filter(|&photo| self.photos[photo].assumed_front)
            .collect();
        if let [only] = open[..] {
            self.overrule(only, None, row.view);
        } else if !photos
            .iter()
            .any(|&photo| Some(self.photos[photo].view) == row.view.map(|said| said.view))
        {
            let message = format!("which photo of {sku} this view is for is not clear; add a `file` column");
            self.row_problem(Severity::Warning, ProblemKind::RowAmbiguous, row, table, &message);
        }
    }

    /// The first row that says a word wins; a row that says another is a problem.
    fn add_words(&mut self, key: String, row: &Row, table: &Table) {
        let differing = self.words.entry(key).or_default().add(row);
        self.tell_differing(&differing, row, table);
    }

    fn add_words_alone(&mut self, key: String, row: &Row, table: &Table) {
        let differing = self.words_alone.entry(key).or_default().add(row);
        self.tell_differing(&differing, row, table);
    }

    fn tell_differing(&mut self, differing: &[String], row: &Row, table: &Table) {
        if !differing.is_empty() {
            let message = format!("a row above says otherwise and is used: {}", differing.join(", "));
            self.row_problem(Severity::Warning, ProblemKind::RowRepeated, row, table, &message);
        }
    }

    fn row_problem(
        &mut self,
        severity: Severity,
        kind: ProblemKind,
        row: &Row,
        table: &Table,
        message: &str,
    ) {
        let problem = Problem::new(severity, kind, &table.path, message).at_line(row.line);
        self.problems.push(problem);
    }
}

/// The photos a table speaks of, by every way a cell may write them.
struct FileIndex {
    photos: Vec<usize>,
    by_path: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
    by_stem: HashMap<String, Vec<usize>>,
}

impl FileIndex {
    fn new(photos: &[PathBuf], table: &Table) -> Self {
        let folder = table.path.parent().unwrap_or(Path::new(""));
        let mut index = Self {
            photos: Vec::new(),
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            by_stem: HashMap::new(),
        };
        for (number, path) in photos.iter().enumerate() {
            let relative = path.strip_prefix(folder).ok();
            if relative.is_none() && !table.named {
                continue;
            }
            index.photos.push(number);
            let add = |map: &mut HashMap<String, Vec<usize>>, text: &str| {
                map.entry(file_key(text)).or_default().push(number);
            };
            add(&mut index.by_path, &relative.unwrap_or(path).to_string_lossy());
            add(
                &mut index.by_name,
                &path.file_name().unwrap_or_default().to_string_lossy(),
            );
            add(
                &mut index.by_stem,
                &path.file_stem().unwrap_or_default().to_string_lossy(),
            );
        }
        index
    }

    /// The one photo a cell names: by path from the table, else by name, else by name without extension.
    fn find(&self, cell: &str) -> Result<usize, (ProblemKind, String)> {
        let key = file_key(cell);
        let found = [&self.by_path, &self.by_name, &self.by_stem]
            .into_iter()
            .find_map(|map| map.get(&key));
        match found.map(Vec::as_slice) {
            Some([photo]) => Ok(*photo),
            Some(several) => {
                let message = format!("`{cell}` is the name of {} photos; write the path", several.len());
                Err((ProblemKind::RowAmbiguous, message))
            }
            None => Err((
                ProblemKind::RowWithoutPhoto,
                format!("no photo is called `{cell}`"),
            )),
        }
    }
}

fn file_key(text: &str) -> String {
    let slashes = text.replace('\\', "/");
    clean(slashes.trim_start_matches("./")).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::product_table::parse;

    fn nameless(photos: &[PathBuf], tables: &[(Table, ProductTable)]) -> (Vec<bool>, Vec<Problem>) {
        let grouped = group(photos, tables, Path::new(""));
        let each = grouped.photos.iter().map(|said| said.is_nameless).collect();
        (each, grouped.problems)
    }

    #[test]
    fn a_name_without_a_letter_or_digit_says_no_sku() {
        let names = ["..", "...jpg", "-.jpg", "(_).jpg", "A1/-.jpg", "裙.jpg", "7.jpg"];
        let photos: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        let (each, problems) = nameless(&photos, &[]);
        assert_eq!(each, [true, true, true, true, false, false, false]);
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.kind == ProblemKind::NoSku));
    }

    #[test]
    fn a_row_gives_a_photo_the_sku_that_its_name_lacks() {
        let photos = ["-.jpg", "_.jpg"].map(PathBuf::from);
        let path = PathBuf::from("products.csv");
        let content = parse(&path, b"sku,file\nB2,-.jpg\n,_.jpg\n".to_vec());
        let (each, problems) = nameless(&photos, &[(Table { path, named: true }, content)]);
        assert_eq!(each, [false, true]);
        let told: Vec<_> = problems
            .iter()
            .map(|problem| (problem.kind, problem.line))
            .collect();
        assert_eq!(
            told,
            [(ProblemKind::TableRow, Some(3)), (ProblemKind::NoSku, None)]
        );
    }
}
