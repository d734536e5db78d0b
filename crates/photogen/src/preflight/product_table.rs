//! Reading `products.csv`: what offices really save, row by row, with every trouble at its line.

use std::{borrow::Cow, fs, io, path::Path};

use domain::{
    category::Category,
    intake::{clean, parse_view},
    product::{Side, View},
};

use super::problem::{Problem, ProblemKind, Severity};

/// Larger is no product table.
const BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Longer cells are an unclosed quote or the wrong column.
const CELL_CHARS_MAX: usize = 300;

/// The view a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SaidView {
    pub(crate) view: View,
    pub(crate) side: Option<Side>,
    pub(crate) number: Option<u32>,
}

/// One row that says something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// From 1, as an editor counts.
    pub(crate) line: u64,
    pub(crate) sku: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) colour: Option<String>,
    pub(crate) view: Option<SaidView>,
    /// File names with the view their column says.
    pub(crate) files: Vec<(String, Option<SaidView>)>,
}

/// A table's rows and its troubles.
#[derive(Debug, Default)]
pub(crate) struct ProductTable {
    pub(crate) rows: Vec<Row>,
    pub(crate) problems: Vec<Problem>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Sku,
    Name,
    Category,
    Colour,
    View,
    File,
    FileOf(View, Option<Side>),
}

fn column(header: &str) -> Option<Column> {
    Some(match header.to_lowercase().replace(['_', '-'], " ").as_str() {
        "sku" => Column::Sku,
        "name" | "title" => Column::Name,
        "category" => Column::Category,
        "colour" | "color" => Column::Colour,
        "view" => Column::View,
        "file" | "filename" | "file name" | "photo" | "image" => Column::File,
        "front" => Column::FileOf(View::Front, None),
        "back" => Column::FileOf(View::Back, None),
        "side" => Column::FileOf(View::Side, None),
        "left" => Column::FileOf(View::Side, Some(Side::Left)),
        "right" => Column::FileOf(View::Side, Some(Side::Right)),
        "detail" | "details" => Column::FileOf(View::Detail, None),
        _ => return None,
    })
}

/// Reads the table; a table that cannot be used is one problem and no rows.
pub(crate) fn read(path: &Path) -> ProductTable {
    match bytes(path) {
        Ok(bytes) => parse(path, &bytes),
        Err(error) => unusable(path, &format!("the product table cannot be read: {error}")),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a file"));
    }
    if metadata.len() > BYTES_MAX {
        return Err(io::Error::other("larger than 32 MiB"));
    }
    fs::read(path)
}

fn unusable(path: &Path, message: &str) -> ProductTable {
    let problem = Problem::new(Severity::Error, ProblemKind::TableUnusable, path, message);
    ProductTable {
        rows: Vec::new(),
        problems: vec![problem],
    }
}

/// Parses a table's bytes. `path` only names it in problems.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> ProductTable {
    let (text, encoding_note) = text(bytes);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let body = without_separator_line(&text);
    let lines = Lines::new(&text, text.len() - body.len());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(body))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(body.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return unusable(path, &format!("the first line cannot be read: {error}")),
    };
    let columns: Vec<Option<Column>> = header.iter().map(|name| column(&clean(name))).collect();
    let keyed =
        |column: &Option<Column>| matches!(column, Some(Column::Sku | Column::File | Column::FileOf(..)));
    if !columns.iter().any(keyed) {
        return unusable(
            path,
            "the first line has no `sku` and no `file` column; name the columns there",
        );
    }
    let mut table = ProductTable::default();
    table
        .problems
        .extend(header_notes(path, &header, &columns, encoding_note));
    let mut parser = RowParser {
        path,
        columns: &columns,
        table,
    };
    for record in reader.records() {
        match record {
            Ok(record) => parser.record(&record, lines.of(record.position())),
            Err(error) => {
                let message = format!("the row cannot be read: {error}");
                parser.problem(Severity::Error, lines.of(error.position()), &message);
            }
        }
    }
    parser.table
}

fn header_notes(
    path: &Path,
    header: &csv::StringRecord,
    columns: &[Option<Column>],
    encoding_note: Option<&str>,
) -> Vec<Problem> {
    let note =
        |message: String| Problem::new(Severity::Note, ProblemKind::TableRow, path, message).at_line(1);
    let mut notes: Vec<Problem> = encoding_note
        .map(|text| note(text.to_owned()))
        .into_iter()
        .collect();
    let unknown: Vec<&str> = header
        .iter()
        .zip(columns)
        .filter(|(name, column)| column.is_none() && !name.is_empty())
        .map(|(name, _)| name)
        .take(12)
        .collect();
    if !unknown.is_empty() {
        notes.push(note(format!("columns not used: {}", unknown.join(", "))));
    }
    notes
}

struct RowParser<'a> {
    path: &'a Path,
    columns: &'a [Option<Column>],
    table: ProductTable,
}

impl RowParser<'_> {
    fn problem(&mut self, severity: Severity, line: u64, message: &str) {
        let problem = Problem::new(severity, ProblemKind::TableRow, self.path, message).at_line(line);
        self.table.problems.push(problem);
    }

    fn record(&mut self, record: &csv::StringRecord, line: u64) {
        if record.iter().all(str::is_empty) {
            return;
        }
        if record.iter().any(|cell| cell.chars().count() > CELL_CHARS_MAX) {
            let message = format!(
                "a cell is longer than {CELL_CHARS_MAX} characters: a quote is not closed, or it is not meant for this table"
            );
            return self.problem(Severity::Error, line, &message);
        }
        if record
            .iter()
            .skip(self.columns.len())
            .any(|cell| !cell.is_empty())
        {
            let message = format!(
                "{} cells, and the first line names {} columns",
                record.len(),
                self.columns.len()
            );
            self.problem(Severity::Warning, line, &message);
        }
        let mut row = Row {
            line,
            ..Row::default()
        };
        let columns = self.columns;
        for (column, cell) in columns.iter().zip(record) {
            let cell = clean(cell);
            if let Some(column) = column.filter(|_| !cell.is_empty()) {
                self.cell(&mut row, column, cell);
            }
        }
        if row.sku.is_none() && row.files.is_empty() {
            return self.problem(
                Severity::Error,
                line,
                "no SKU and no file: the row says of which product it speaks",
            );
        }
        self.table.rows.push(row);
    }

    fn cell(&mut self, row: &mut Row, column: Column, cell: String) {
        match column {
            Column::Sku => first(&mut row.sku, cell),
            Column::Name => first(&mut row.name, cell),
            Column::Colour => first(&mut row.colour, cell),
            Column::Category => {
                if Category::from_words(&cell) == Category::Unknown {
                    let message = format!("category `{cell}` is not known; the garment is measured instead");
                    self.problem(Severity::Note, row.line, &message);
                }
                first(&mut row.category, cell);
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

fn first(slot: &mut Option<String>, cell: String) {
    slot.get_or_insert(cell);
}

/// The text, and what to tell when the bytes were not UTF-8.
fn text(bytes: &[u8]) -> (Cow<'_, str>, Option<&'static str>) {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => text(rest),
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), None),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), None),
        _ => {
            let Ok(text) = std::str::from_utf8(bytes) else {
                let text = bytes.iter().map(|&byte| windows_1252(byte)).collect();
                return (
                    Cow::Owned(text),
                    Some("not UTF-8; read as Windows-1252 (Latin-1): look at accents"),
                );
            };
            (Cow::Borrowed(text), None)
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| unit(pair));
    Cow::Owned(
        char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
    )
}

/// Windows-1252, the superset of Latin-1 that offices save. Source: the WHATWG Encoding index of the same name.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// Spreadsheets may write `sep=;` first.
fn without_separator_line(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim().to_ascii_lowercase().starts_with("sep=") => rest,
        _ => text,
    }
}

/// Line numbers as an editor counts them. The reader's own leave out empty lines before a row.
struct Lines {
    /// Where lines end, in bytes.
    ends: Vec<usize>,
    /// Where the reader's first byte stands in the text.
    offset: usize,
}

impl Lines {
    fn new(text: &str, offset: usize) -> Self {
        Self {
            ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            offset,
        }
    }

    /// The line a row starts at: the reader's position is where it began to look for one.
    fn of(&self, position: Option<&csv::Position>) -> u64 {
        let mut at = self.offset + position.map_or(0, |position| position.byte() as usize);
        let mut before = self.ends.partition_point(|&end| end < at);
        while self.ends.get(before) == Some(&at) {
            before += 1;
            at += 1;
        }
        before as u64 + 1
    }
}

/// The delimiter that stands most often in the first line, outside quotes.
fn delimiter(text: &str) -> u8 {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let outside: String = line.split('"').step_by(2).collect();
    let count = |delimiter: &u8| outside.bytes().filter(|byte| byte == delimiter).count();
    // The last of equals wins, so the comma stands last.
    *b"|\t;,"
        .iter()
        .max_by_key(|delimiter| count(delimiter))
        .unwrap_or(&b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> ProductTable {
        parse(Path::new("products.csv"), bytes)
    }

    fn words(row: &Row) -> Vec<&str> {
        [&row.sku, &row.name, &row.category, &row.colour]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }

    #[test]
    fn every_way_offices_save_gives_the_same_rows() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(
                "SKU\tName\tColor\r\nA1\tSchöner Rock\tgrün\r\n"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            )
            .collect();
        for bytes in [
            "sku,name,colour\nA1,Schöner Rock,grün\n".as_bytes(),
            "\u{feff}SKU;Name;Color\r\nA1;Schöner Rock;grün\r\n".as_bytes(),
            "sep=;\r\nSku;NAME;Colour;\r\n\"A1\";\"Schöner Rock\";\"grün\"\r\n".as_bytes(),
            b"sku;name;colour\nA1;Sch\xf6ner Rock;gr\xfcn\n",
            "colour\tsku\tname\ngrün\t A1 \tSchöner Rock".as_bytes(),
            &utf16,
        ] {
            let table = table(bytes);
            assert_eq!(table.rows.len(), 1, "{:?}", table.problems);
            assert_eq!(words(&table.rows[0]), ["A1", "Schöner Rock", "grün"]);
        }
    }

    #[test]
    fn problems_are_named_by_line() {
        let table = table(
            b"sku,name,view,category,price\n\
              A1,One,front,Shirt,10\n\
              ,,,,\n\
              ,No key,back,,\n\
              A2,Two,upside down,shrt,12\n\
              A3,\"two\nlines\",,,\n\
              A4,Four,,,,,extra\n",
        );
        let lines: Vec<_> = table
            .problems
            .iter()
            .map(|p| (p.line.unwrap(), p.severity))
            .collect();
        assert_eq!(
            lines,
            [
                (1, Severity::Note),
                (4, Severity::Error),
                (5, Severity::Error),
                (5, Severity::Note),
                (8, Severity::Warning),
            ]
        );
        assert!(table.problems[0].message.contains("price"));
        assert!(table.problems[2].message.contains("upside down"));
        let skus: Vec<_> = table.rows.iter().filter_map(|row| row.sku.as_deref()).collect();
        assert_eq!(skus, ["A1", "A2", "A3", "A4"]);
        assert_eq!(table.rows[2].name.as_deref(), Some("two lines"));
    }

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        for end in ["\n", "\r\n", "\r"] {
            let rows = ["sep=,", "sku,view", "", "A,up", "", "", "B,front", "C,down", ""].join(end);
            let table = table(rows.as_bytes());
            let lines: Vec<_> = table.problems.iter().filter_map(|problem| problem.line).collect();
            assert_eq!(lines, [4, 8], "{end:?}");
            assert_eq!(table.rows[1].line, 7);
        }
    }

    #[test]
    fn files_come_from_a_file_column_or_from_view_columns() {
        let table =
            table(b"sku,photo,view,back,left,details\nA1,IMG_1.jpg,front,IMG_2.jpg,,IMG_3.jpg | IMG_4.jpg\n");
        let files: Vec<_> = table.rows[0]
            .files
            .iter()
            .map(|(file, said)| (file.as_str(), said.map(|said| (said.view, said.number))))
            .collect();
        assert_eq!(
            files,
            [
                ("IMG_1.jpg", None),
                ("IMG_2.jpg", Some((View::Back, Some(1)))),
                ("IMG_3.jpg", Some((View::Detail, Some(1)))),
                ("IMG_4.jpg", Some((View::Detail, Some(2)))),
            ]
        );
    }

    #[test]
    fn formulas_are_text() {
        let table = table(b"sku,name\n=1+1,\"=HYPERLINK(\"\"x\"\")\"\n-A,@b\n");
        assert_eq!(words(&table.rows[0]), ["=1+1", "=HYPERLINK(\"x\")"]);
        assert_eq!(words(&table.rows[1]), ["-A", "@b"]);
    }

    #[test]
    fn an_unusable_table_is_one_problem() {
        for bytes in [&b""[..], b"price,stock\n1,2\n", b"\x00\x01\x02\xff\xfe"] {
            let table = table(bytes);
            assert_eq!((table.rows.len(), table.problems.len()), (0, 1), "{bytes:?}");
            assert_eq!(table.problems[0].kind, ProblemKind::TableUnusable);
        }
        let unclosed = format!("sku,name\nA1,\"open\n{}", "B,x\n".repeat(200));
        let table = table(unclosed.as_bytes());
        assert!(
            table
                .problems
                .iter()
                .any(|p| p.line == Some(2) && p.message.contains("quote"))
        );
    }
}
