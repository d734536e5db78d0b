//! Reading `products.csv`, or the rows of a workbook: what offices really save, row by row, with every trouble at its line.

mod columns;
mod correct;
mod parser;
mod text;

use std::path::Path;

use super::problem::{Problem, ProblemKind, Severity};
use crate::product::{Side, View};
use parser::RowParser;
use text::{Lines, delimiter, text, unreadable, with_plain_line_ends, without_separator_line};

/// Larger is no product table.
pub const BYTES_MAX: u64 = 32 * 1024 * 1024;

/// More rows are no product table of one import.
pub const ROWS_MAX: usize = 200_000;

/// Columns of a workbook that are read.
pub const COLUMNS_MAX: usize = 256;

/// The view a cell says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaidView {
    /// The view.
    pub view: View,
    /// Which way a side is turned.
    pub side: Option<Side>,
    /// The number after it.
    pub number: Option<u32>,
}

/// One row that says something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// From 1, as an editor counts.
    pub line: u64,
    /// The SKU.
    pub sku: Option<String>,
    /// The name for people.
    pub name: Option<String>,
    /// The category in the shop's words.
    pub category: Option<String>,
    /// The colour's name.
    pub colour: Option<String>,
    /// The view its photo shows.
    pub view: Option<SaidView>,
    /// File names with the view their column says.
    pub files: Vec<(String, Option<SaidView>)>,
}

/// A table's rows and its troubles.
#[derive(Debug, Default)]
pub struct ProductTable {
    /// Rows that say something.
    pub rows: Vec<Row>,
    /// What is wrong, in the order of lines.
    pub problems: Vec<Problem>,
}

/// A table that cannot be used: one problem and no rows.
pub fn unusable(path: &Path, message: &str) -> ProductTable {
    let problem = Problem::new(Severity::Error, ProblemKind::TableUnusable, path, message);
    ProductTable {
        rows: Vec::new(),
        problems: vec![problem],
    }
}

/// Parses a CSV table's bytes. `path` only names it in problems. A table that cannot be used is one problem and no rows.
pub fn parse(path: &Path, bytes: Vec<u8>) -> ProductTable {
    let (text, encoding_note) = text(bytes);
    let text = with_plain_line_ends(text);
    let body = without_separator_line(&text);
    if body.trim().is_empty() {
        return unusable(path, EMPTY);
    }
    let lines = Lines::new(&text, text.len() - body.len());
    let delimiter = delimiter(body);
    let unreadable = unreadable(body, delimiter);
    let readable = unreadable.map_or(body, |from| &body[..from.row]);
    let unread = unreadable.map(|from| (lines.at(from.row), from.message(&lines)));
    if let Some((_, message)) = &unread
        && readable.trim().is_empty()
    {
        return unusable(path, message);
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(readable.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return unusable(path, &format!("the first line cannot be read: {error}")),
    };
    let mut parser = match RowParser::new(path, header.iter().map(str::trim), encoding_note) {
        Ok(parser) => parser,
        Err(unusable) => return unusable,
    };
    for record in reader.records() {
        match record {
            Ok(record) => parser.quoted_record(&record, lines.of(record.position())),
            Err(error) => {
                let message = format!("the row cannot be read: {error}");
                parser.problem(Severity::Error, lines.of(error.position()), &message);
            }
        }
        if parser.is_full() {
            break;
        }
    }
    if let Some((row, message)) = unread {
        parser.unread(row, &message);
    }
    parser.end()
}

/// Parses the rows of a workbook, each with its number in the sheet. The first row that is not empty names the columns; what stands
/// beyond the most that are read is one more cell.
pub fn parse_rows(
    path: &Path,
    rows: impl Iterator<Item = Result<(u64, Vec<String>), String>>,
) -> ProductTable {
    let mut parser: Option<RowParser<'_>> = None;
    for row in rows {
        let (line, cells) = match row {
            Ok(row) => row,
            Err(message) => return unusable(path, &format!("the workbook cannot be read: {message}")),
        };
        let cells = cells.iter().map(|cell| cell.trim());
        match &mut parser {
            Some(parser) => parser.record(cells, line),
            None if cells.clone().all(str::is_empty) => {}
            None => match RowParser::new(path, cells.take(COLUMNS_MAX), None) {
                Ok(new) => parser = Some(new),
                Err(unusable) => return unusable,
            },
        }
        if parser.as_mut().is_some_and(RowParser::is_full) {
            break;
        }
    }
    match parser {
        Some(parser) => parser.end(),
        None => unusable(path, EMPTY),
    }
}

const EMPTY: &str = "the table is empty: its first line names the columns, `sku` or `file` among them, and each line below is a product";

#[cfg(test)]
mod tests {
    use super::{
        columns::TOLD_MAX,
        parser::{CELL_CHARS_MAX, PROBLEMS_MAX},
        *,
    };

    fn table(bytes: &[u8]) -> ProductTable {
        parse(Path::new("products.csv"), bytes.to_vec())
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
                (6, Severity::Warning),
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
    }

    #[test]
    fn a_cell_as_long_as_no_word_costs_its_row() {
        let long = format!("sku,name\nA1,{}\nA2,x\n", "x".repeat(CELL_CHARS_MAX + 1));
        let table = table(long.as_bytes());
        assert_eq!((table.rows.len(), table.problems[0].line), (1, Some(2)));
    }

    #[test]
    fn a_table_of_problems_alone_ends_somewhere() {
        let rows = table(format!("sku,name\n{}", ",x\n".repeat(PROBLEMS_MAX + 9)).as_bytes());
        assert_eq!(rows.problems.len(), PROBLEMS_MAX + 1);
        let last = rows.problems.last().unwrap();
        assert_eq!(last.line, Some(1 + PROBLEMS_MAX as u64), "{last:?}");
        assert!(last.message.contains("nothing below is read"), "{last:?}");
        let row = format!("{}A1\n", "\"a\nb\",".repeat(1000));
        let cells = table(format!("{}sku\n{row}", "file,".repeat(1000)).as_bytes());
        assert_eq!(cells.problems.len(), TOLD_MAX, "and so does one row");
        assert_eq!(cells.rows[0].files.len(), 1000);
    }

    #[test]
    fn what_a_table_lacks_is_named() {
        let tables: [(&[u8], &str); 5] = [
            (b" \r\n", "the table is empty"),
            (b"sep=;\n", "the table is empty"),
            (b"\"sku,name\nA1,x\n", "opens on line 1 is never closed"),
            (b"price\n1\n", "no `sku` and no `file` column"),
            (b"sku,name\n,,\n\n", "a heading and no rows"),
        ];
        for (bytes, says) in tables {
            let table = table(bytes);
            let [problem] = &table.problems[..] else {
                panic!("{says}: {:?}", table.problems);
            };
            assert!(problem.message.contains(says), "{says}: {problem:?}");
            assert_eq!((problem.kind, problem.line), (ProblemKind::TableUnusable, None));
            assert!(table.rows.is_empty());
        }
    }
}
