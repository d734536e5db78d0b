//! The first sheet of an XLSX workbook, row by row: values as they were saved, and nothing computed.

use std::{
    fs::File,
    io::BufReader,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use calamine::{DataRef, Reader as _, Xlsx, XlsxCellReader};
use domain::intake::product_table::{COLUMNS_MAX, ProductTable, parse_rows, unusable};

use super::archive::Archive;

/// The most bytes that a workbook's parts may have when they are unpacked.
const UNPACKED_MAX: u64 = 256 << 20;

/// Reads a workbook. `name` only names it in problems.
pub(crate) fn read(name: &Path, file: &Path) -> ProductTable {
    let read = catch_unwind(AssertUnwindSafe(|| rows(name, file)));
    match read {
        Ok(Ok(table)) => table,
        Ok(Err(message)) => unusable(name, &format!("the workbook cannot be read: {message}")),
        Err(_) => unusable(name, "the workbook is damaged; save it again, or as CSV"),
    }
}

fn rows(name: &Path, file: &Path) -> Result<ProductTable, String> {
    // The reader keeps a workbook's texts in memory, so how many there are is measured first.
    let mut archive = Archive::open(file, UNPACKED_MAX)?;
    if !archive.holds_at_most(UNPACKED_MAX) {
        return Err(format!("it unpacks to more than {} MB", UNPACKED_MAX >> 20));
    }
    drop(archive);
    let file = File::open(file).map_err(|error| error.to_string())?;
    let mut workbook = Xlsx::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let sheets = workbook.sheet_names();
    let sheet = sheets.first().cloned().ok_or("it has no sheet")?;
    let cells = workbook
        .worksheet_cells_reader(&sheet)
        .map_err(|error| error.to_string())?;
    Ok(parse_rows(
        name,
        Rows {
            cells,
            held: None,
            ended: false,
        },
    ))
}

/// Cells gathered into rows. Only what is there is held: a sheet may claim a million columns.
struct Rows<'a> {
    cells: XlsxCellReader<'a, BufReader<File>>,
    held: Option<(u32, u32, String)>,
    /// The reader says once that there is no more, and must not be asked again.
    ended: bool,
}

impl Rows<'_> {
    fn next_cell(&mut self) -> Result<Option<(u32, u32, String)>, String> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        if self.ended {
            return Ok(None);
        }
        let cell = self.cells.next_cell().map_err(|error| error.to_string());
        self.ended = !matches!(cell, Ok(Some(_)));
        let cell = cell?;
        Ok(cell.map(|cell| {
            let (row, column) = cell.get_position();
            (row, column, text(cell.get_value()))
        }))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<(u64, Vec<String>), String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut cells: Vec<String> = Vec::new();
        let mut current = None;
        loop {
            let (row, column, text) = match self.next_cell() {
                Ok(Some(cell)) => cell,
                Ok(None) => break,
                Err(message) => return Some(Err(message)),
            };
            if *current.get_or_insert(row) != row {
                self.held = Some((row, column, text));
                break;
            }
            // What stands further to the right is one cell more: it is not read, and told.
            let column = (column as usize).min(COLUMNS_MAX);
            if column < COLUMNS_MAX || !text.trim().is_empty() {
                if cells.len() <= column {
                    cells.resize(column + 1, String::new());
                }
                cells[column] = text;
            }
        }
        current.map(|row| Ok((u64::from(row) + 1, cells)))
    }
}

/// A value as people read it in the sheet: 12345 and not 12345.0.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
