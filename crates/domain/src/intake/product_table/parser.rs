//! The rows of a table as they come, each taken or told of at its line.

use std::path::Path;

use super::{
    ProductTable, ROWS_MAX, Row, SaidView,
    columns::{Column, TOLD_MAX, heading},
    unusable,
};
use crate::{
    category::Category,
    intake::{
        clean, parse_view,
        problem::{Problem, ProblemKind, Severity},
    },
};

/// More are no table that somebody puts right, but one that fills the memory: two for each row that is read.
pub(super) const PROBLEMS_MAX: usize = 2 * ROWS_MAX;

/// Longer cells are an unclosed quote or the wrong column.
pub(super) const CELL_CHARS_MAX: usize = 300;

const NO_COLUMNS: &str = "the first line has no `sku` and no `file` column; name the columns there";

/// Makes a table of rows as they come.
pub(super) struct RowParser<'a> {
    pub(super) path: &'a Path,
    pub(super) columns: Vec<Option<Column>>,
    pub(super) table: ProductTable,
}

impl<'a> RowParser<'a> {
    /// For a table with these columns.
    pub(super) fn new<'h>(
        path: &'a Path,
        header: impl Iterator<Item = &'h str>,
        encoding_note: Option<&str>,
    ) -> Result<Self, ProductTable> {
        let header: Vec<&str> = header.collect();
        let Some((columns, problems)) = heading(path, &header, encoding_note) else {
            return Err(unusable(path, NO_COLUMNS));
        };
        let table = ProductTable {
            rows: Vec::new(),
            problems,
        };
        Ok(Self { path, columns, table })
    }

    /// The table; one that names columns and nothing else is told.
    pub(super) fn end(mut self) -> ProductTable {
        let says_no_more = self.table.problems.iter().all(|problem| problem.line == Some(1));
        if self.table.rows.is_empty() && says_no_more {
            let (severity, kind) = (Severity::Warning, ProblemKind::TableUnusable);
            let problem = Problem::new(severity, kind, self.path, "the table has a heading and no rows");
            self.table.problems.push(problem);
        }
        self.table
    }

    /// No more rows are taken; the first time this is a problem.
    pub(super) fn is_full(&mut self) -> bool {
        let ProductTable { rows, problems } = &self.table;
        let (line, message) = if rows.len() >= ROWS_MAX {
            let line = rows.last().map_or(1, |row| row.line + 1);
            (
                line,
                format!("only the first {ROWS_MAX} rows are read; split the table"),
            )
        } else if problems.len() >= PROBLEMS_MAX {
            let line = problems.last().and_then(|problem| problem.line).unwrap_or(1);
            let message =
                format!("{PROBLEMS_MAX} problems are told, and nothing below is read; put these right first");
            (line, message)
        } else {
            return false;
        };
        self.unread(line, &message);
        true
    }

    pub(super) fn unread(&mut self, line: u64, message: &str) {
        let (severity, kind) = (Severity::Error, ProblemKind::RowsUnread);
        let problem = Problem::new(severity, kind, self.path, message).at_line(line);
        self.table.problems.push(problem);
    }

    pub(super) fn problem(&mut self, severity: Severity, line: u64, message: &str) {
        let problem = Problem::new(severity, ProblemKind::TableRow, self.path, message).at_line(line);
        self.table.problems.push(problem);
    }

    /// A row whose cells may stand in quotes, and so go on over the end of a line: mostly because a quote is not closed, and then the
    /// rows below are in the cell.
    pub(super) fn quoted_record(&mut self, record: &csv::StringRecord, line: u64) {
        let (mut cell_line, mut has_sku, mut told) = (line, true, 0);
        for (index, cell) in record.iter().enumerate() {
            let column = self.columns.get(index).copied().flatten();
            if let Some(column) = column.filter(|_| cell.trim().contains('\n')) {
                let severity = match column {
                    Column::Sku => Severity::Error,
                    _ => Severity::Warning,
                };
                let message = format!(
                    "the {} has a line break: close the quote that opens on line {cell_line}, or take the line break out",
                    column.word()
                );
                if told < TOLD_MAX {
                    self.problem(severity, line, &message);
                    told += 1;
                }
                has_sku &= column != Column::Sku;
            }
            cell_line += cell.matches('\n').count() as u64;
        }
        if has_sku {
            self.record(record.iter().map(str::trim), line);
        }
    }

    pub(super) fn record<'c>(&mut self, record: impl Iterator<Item = &'c str> + Clone, line: u64) {
        if record.clone().all(str::is_empty) {
            return;
        }
        if record.clone().any(|cell| cell.chars().count() > CELL_CHARS_MAX) {
            let message = format!(
                "a cell is longer than {CELL_CHARS_MAX} characters: a quote is not closed, or it is not meant for this table"
            );
            return self.problem(Severity::Error, line, &message);
        }
        if record
            .clone()
            .skip(self.columns.len())
            .any(|cell| !cell.is_empty())
        {
            let message = "cells beyond the columns that the first line names are not used";
            self.problem(Severity::Warning, line, message);
        }
        let mut row = Row {
            line,
            ..Row::default()
        };
        for (index, cell) in record.take(self.columns.len()).enumerate() {
            let cell = clean(cell);
            if let Some(column) = self.columns[index].filter(|_| !cell.is_empty()) {
                self.cell(&mut row, column, cell);
            }
        }
        self.keep(row);
    }

    pub(super) fn keep(&mut self, row: Row) {
        if row.sku.is_none() && row.files.is_empty() {
            return self.problem(
                Severity::Error,
                row.line,
                "no SKU and no file: the row says of which product it speaks",
            );
        }
        self.table.rows.push(row);
    }

    pub(super) fn cell(&mut self, row: &mut Row, column: Column, cell: String) {
        match column {
            Column::Sku => row.sku = Some(cell),
            Column::Name => row.name = Some(cell),
            Column::Colour => row.colour = Some(cell),
            Column::Category => {
                if Category::from_words(&cell) == Category::Unknown {
                    let message = format!("category `{cell}` is not known; the garment is measured instead");
                    self.problem(Severity::Note, row.line, &message);
                }
                row.category = Some(cell);
            }
            Column::View => {
                row.view = parse_view(&cell).map(|(view, side, number)| SaidView { view, side, number });
                if row.view.is_none() {
                    let message =
                        format!("`{cell}` is not a view: use front, back, side, left, right, 45 or detail");
                    self.problem(Severity::Error, row.line, &message);
                }
            }
            Column::File => row.files.push((cell, None)),
            Column::FileOf(view, side) => {
                row.files.extend(
                    cell.split('|')
                        .map(str::trim)
                        .filter(|file| !file.is_empty())
                        .zip(1..)
                        .map(|(file, number)| {
                            (
                                file.to_owned(),
                                Some(SaidView {
                                    view,
                                    side,
                                    number: Some(number),
                                }),
                            )
                        }),
                );
            }
        }
    }
}
