//! Products, each with its rows and files, and what is to say of each.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Mutex,
};

use domain::{
    intake::{
        group::{Grouped, Table, Understood, Words},
        problem::{Problem, ProblemKind, Severity, shown},
        product_table::ProductTable,
        sku_key,
    },
    product::check_sku,
};
use store::imports::{ItemProduct, NewRow, Outcome};

use super::{super::archive::Archive, Gathered, PhotoFrom, Plan, Planned, PlannedPhoto, PlannedRow};

/// The longest SKU and category.
const SKU_CHARS_MAX: usize = 100;
/// The longest name and colour.
const WORDS_CHARS_MAX: usize = 200;

/// What alone puts a table right whose rows are not read.
const SEND_ANOTHER: &str = "add a corrected table of the same name";

/// Joins rows, photos and problems to products.
pub(super) struct Builder<'a> {
    gathered: &'a Gathered,
    paths: &'a [PathBuf],
    grouped: &'a Grouped,
    by_line: HashMap<(&'a str, u64), Vec<&'a Problem>>,
    by_photo: HashMap<&'a str, Vec<&'a Problem>>,
    items: BTreeMap<String, Planned>,
    alone: Planned,
}

impl<'a> Builder<'a> {
    pub(super) fn new(gathered: &'a Gathered, paths: &'a [PathBuf], grouped: &'a Grouped) -> Self {
        let mut by_line: HashMap<_, Vec<_>> = HashMap::new();
        let mut by_photo: HashMap<_, Vec<_>> = HashMap::new();
        let tables = gathered.tables.iter().flat_map(|(_, content)| &content.problems);
        let of_rows = tables.filter(|problem| !is_of_table(problem));
        for problem in of_rows.chain(&grouped.problems) {
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

    pub(super) fn build(mut self, archives: Vec<Mutex<Archive>>) -> Plan {
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
            if new.outcome == Some(Outcome::Refused) && key.is_some() {
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
        for line in other_lines(content, &lines) {
            let mut row = self.row(&name, line);
            row.outcome.get_or_insert(Outcome::Ambiguous);
            self.alone.rows.push(PlannedRow { row, photo: None });
        }
        for problem in content.problems.iter().filter(|problem| is_of_table(problem)) {
            self.alone.rows.push(PlannedRow {
                row: of_table(&name, problem),
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
            let said = &self.grouped.photos[photo];
            let planned = self.photo(path, from, said);
            if said.is_nameless {
                self.alone.rows.push(planned);
            } else {
                let item = self.items.entry(sku_key(&said.sku)).or_default();
                item.rows.push(planned);
            }
        }
    }

    fn photo(&self, path: &Path, from: &PhotoFrom, said: &Understood) -> PlannedRow {
        let name = shown(path);
        let problems = self.by_photo.get(&*name).map(Vec::as_slice).unwrap_or_default();
        let outcome = problems.iter().filter_map(|problem| outcome(problem)).max();
        let message: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        PlannedRow {
            row: NewRow {
                is_file: true,
                sku: (!said.is_nameless).then(|| said.sku.clone()),
                file: Some(name),
                outcome,
                message: (!message.is_empty()).then(|| message.join("; ")),
                view: Some(said.view),
                ..NewRow::default()
            },
            photo: (!said.is_nameless).then(|| PlannedPhoto {
                view: said.view,
                side: said.side,
                from: from.clone(),
            }),
        }
    }
}

/// Lines with problems and without a row. A heading over no rows is none: the table is told as a whole.
fn other_lines(content: &ProductTable, lines: &HashSet<u64>) -> BTreeSet<u64> {
    let problems = &content.problems;
    if problems
        .iter()
        .any(|problem| problem.kind == ProblemKind::TableUnusable)
    {
        return BTreeSet::new();
    }
    let of_rows = problems.iter().filter(|problem| !is_of_table(problem));
    of_rows
        .filter_map(|problem| problem.line)
        .filter(|line| !lines.contains(line))
        .collect()
}

/// Whether a problem is one of a whole table, or of all that follows in it: nothing that is said of a row puts it right.
fn is_of_table(problem: &Problem) -> bool {
    problem.line.is_none() || problem.kind == ProblemKind::RowsUnread
}

fn of_table(table: &str, problem: &Problem) -> NewRow {
    let (outcome, message) = match problem.line {
        Some(_) => (Outcome::Refused, format!("{}; {SEND_ANOTHER}", problem.message)),
        None => (Outcome::Unreadable, problem.message.clone()),
    };
    NewRow {
        is_file: true,
        file: Some(table.to_owned()),
        line: problem.line,
        outcome: Some(outcome),
        message: Some(message),
        ..NewRow::default()
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
    check_sku(&sku).map_err(|error| error.to_string())?;
    Ok(ItemProduct {
        sku,
        name: words.name,
        category,
        colour: words.colour,
    })
}
