//! The text of a table as offices save it: its encoding, line ends, separator, and lines as editors count them.

/// The text, and what to tell when the bytes were not UTF-8. Plain UTF-8 is not copied.
pub(super) fn text(mut bytes: Vec<u8>) -> (String, Option<&'static str>) {
    match &*bytes {
        [0xef, 0xbb, 0xbf, ..] => {
            bytes.drain(..3);
            text(bytes)
        }
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), None),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), None),
        _ => String::from_utf8(bytes).map_or_else(
            |error| {
                let text = error.as_bytes().iter().map(|&byte| windows_1252(byte)).collect();
                (
                    text,
                    Some("not UTF-8; read as Windows-1252 (Latin-1): look at accents"),
                )
            },
            |text| (text, None),
        ),
    }
}

/// Lines that end in `\n` alone, made in place.
pub(super) fn with_plain_line_ends(text: String) -> String {
    let mut bytes = text.into_bytes();
    let mut kept = 0;
    for at in 0..bytes.len() {
        let byte = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => continue,
            b'\r' => b'\n',
            byte => byte,
        };
        bytes[kept] = byte;
        kept += 1;
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).unwrap_or_default()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|&pair| unit(pair));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
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
pub(super) fn without_separator_line(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if first.trim().to_ascii_lowercase().starts_with("sep=") => rest,
        _ => text,
    }
}

/// Line numbers as an editor counts them. The reader's own leave out empty lines before a row.
pub(super) struct Lines {
    /// Where lines end, in bytes.
    ends: Vec<usize>,
    /// Where the reader's first byte stands in the text.
    offset: usize,
}

impl Lines {
    pub(super) fn new(text: &str, offset: usize) -> Self {
        Self {
            ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            offset,
        }
    }

    /// The line that a byte of the reader's stands on.
    pub(super) fn at(&self, byte: usize) -> u64 {
        self.ends.partition_point(|&end| end < self.offset + byte) as u64 + 1
    }

    /// The line a row starts at: the reader's position is where it began to look for one.
    pub(super) fn of(&self, position: Option<&csv::Position>) -> u64 {
        let mut at = self.offset + position.map_or(0, |position| position.byte() as usize);
        let mut before = self.ends.partition_point(|&end| end < at);
        while self.ends.get(before) == Some(&at) {
            before += 1;
            at += 1;
        }
        before as u64 + 1
    }
}

/// More cells than a row of a spreadsheet has: columns end with XFD in Excel and in OpenDocument.
const CELLS_MAX: usize = 16_384;

/// The row from which on nothing can be read, in bytes, and why.
#[derive(Clone, Copy)]
pub(super) struct Unreadable {
    pub(super) row: usize,
    why: Why,
}

#[derive(Clone, Copy)]
enum Why {
    /// A quote opens at this byte. The reader would take all that follows for one cell.
    Unclosed(usize),
    /// It has more than [`CELLS_MAX`] cells. The reader would take sixteen bytes and more for each.
    Wide,
}

impl Unreadable {
    /// For people.
    pub(super) fn message(self, lines: &Lines) -> String {
        match self.why {
            Why::Unclosed(quote) => format!(
                "the quote that opens on line {} is never closed, and nothing from this row on is read; close it",
                lines.at(quote)
            ),
            Why::Wide => format!(
                "the row has more than {CELLS_MAX} cells, and nothing from this row on is read; take out those that are not used"
            ),
        }
    }
}

/// Where a cell stands, as the reader sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Start,
    Plain,
    Quoted,
    /// At a quote inside quotes: the end of them, or half of a pair.
    AtQuote,
}

/// The first row with too many cells, or else that of a quote which is still open at the end of the text.
pub(super) fn unreadable(text: &str, delimiter: u8) -> Option<Unreadable> {
    let (mut cell, mut row, mut quote, mut cells) = (Cell::Start, 0, 0, 1);
    for (at, byte) in text.bytes().enumerate() {
        cell = match (cell, byte) {
            (Cell::Start, b'"') => {
                quote = at;
                Cell::Quoted
            }
            (Cell::Quoted, b'"') => Cell::AtQuote,
            (Cell::Quoted, _) | (Cell::AtQuote, b'"') => Cell::Quoted,
            (_, b'\n') => {
                row = at + 1;
                cells = 1;
                Cell::Start
            }
            (_, byte) if byte == delimiter => {
                cells += 1;
                Cell::Start
            }
            _ => Cell::Plain,
        };
        if cells > CELLS_MAX {
            let why = Why::Wide;
            return Some(Unreadable { row, why });
        }
    }
    let why = Why::Unclosed(quote);
    (cell == Cell::Quoted).then_some(Unreadable { row, why })
}

/// The delimiter that stands most often in the first line, outside quotes.
pub(super) fn delimiter(text: &str) -> u8 {
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
    use std::path::Path;

    use super::{
        super::{ProductTable, parse},
        CELLS_MAX,
    };
    use crate::intake::problem::{ProblemKind, Severity};

    fn table(bytes: &[u8]) -> ProductTable {
        parse(Path::new("products.csv"), bytes.to_vec())
    }

    /// What is wrong, and at which line.
    fn told(table: &ProductTable) -> Vec<(u64, Severity)> {
        let problems = table.problems.iter();
        problems
            .map(|problem| (problem.line.unwrap(), problem.severity))
            .collect()
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_row_and_no_row_before() {
        let tables: [(&[u8], u64, u64, &[&str]); 4] = [
            (b"sku,name\nA1,x\nA2,\"open\nA3,x\n", 3, 3, &["A1"]),
            (b"sep=;\r\nsku;name\r\n\r\nA1;\"open\r\n", 4, 4, &[]),
            (b"sku,colour,name\nA1,\"two\nlines\",\"open\nA2,x,y", 2, 3, &[]),
            (b"sku,name\nA1,\"said \"\"so\nA2,x\n", 2, 2, &[]),
        ];
        for (bytes, row, quote, skus) in tables {
            let table = table(bytes);
            assert_eq!(told(&table), [(row, Severity::Error)], "{:?}", table.problems);
            let says = format!("opens on line {quote} is never closed");
            assert!(table.problems[0].message.contains(&says), "{:?}", table.problems);
            let kept: Vec<_> = table.rows.iter().filter_map(|row| row.sku.as_deref()).collect();
            assert_eq!(kept, skus);
        }
        // A quote inside a cell, or in pairs, is a letter.
        let whole = table(b"sku,name\nA1,27\" wide\nA2,\"27\"\"\"\nA3,\"\"\"\"\n");
        assert!(told(&whole).is_empty(), "{:?}", whole.problems);
        assert_eq!(whole.rows.len(), 3);
    }

    #[test]
    fn a_row_with_more_cells_than_spreadsheets_have_is_where_reading_ends() {
        let kept = |delimiters: usize| {
            let wide = ",".repeat(delimiters);
            let table = table(format!("sku,name\nA1,x\n{wide}\nA2,x\n").as_bytes());
            let skus: Vec<_> = table.rows.iter().filter_map(|row| row.sku.clone()).collect();
            (skus.concat(), told(&table))
        };
        assert_eq!(kept(CELLS_MAX - 1), ("A1A2".to_owned(), vec![]));
        assert_eq!(kept(CELLS_MAX), ("A1".to_owned(), vec![(3, Severity::Error)]));
        let heading = table(format!("sku{}\nA1\n", ",".repeat(CELLS_MAX)).as_bytes());
        let [problem] = &heading.problems[..] else {
            panic!("{:?}", heading.problems);
        };
        assert_eq!(problem.kind, ProblemKind::TableUnusable);
        assert!(problem.message.contains("more than 16384 cells"), "{problem:?}");
    }

    #[test]
    fn a_cell_that_swallowed_rows_is_told_with_the_line_of_its_quote() {
        let table = table(
            b"sku,text,name\n\
              A1,\"two\nlines\",\"open\n\
              A2,x,\"Two\"\n\
              \"A3\nA4,y\",,Three\n\
              A5,,Five\n",
        );
        assert_eq!(told(&table)[1..], [(2, Severity::Warning), (5, Severity::Error)]);
        assert!(table.problems[1].message.contains("the name has a line break"));
        assert!(table.problems[1].message.contains("opens on line 3"));
        assert!(table.problems[2].message.contains("the SKU has a line break"));
        let skus: Vec<_> = table.rows.iter().filter_map(|row| row.sku.as_deref()).collect();
        assert_eq!(skus, ["A1", "A5"]);
    }
}
