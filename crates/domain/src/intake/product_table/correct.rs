//! Rows that a person has put right.

use std::path::Path;

use super::{
    ProductTable, Row,
    columns::{Column, column},
    parser::RowParser,
};
use crate::intake::{clean, problem::ProblemKind};

impl ProductTable {
    /// Takes the row of a line out, with what was wrong with it. `None` where it said nothing that could be used.
    pub fn leave_out(&mut self, line: u64) -> Option<Row> {
        self.problems
            .retain(|problem| problem.line != Some(line) || problem.kind != ProblemKind::TableRow);
        let at = self.rows.iter().position(|row| row.line == line)?;
        Some(self.rows.remove(at))
    }

    /// Puts cells in place of those of a line, each with the name of its column; an empty one says nothing. What was wrong with the
    /// line is forgotten, and what is wrong now is said. A line from which on nothing is read stays as it is. `path` only names the
    /// table in problems.
    pub fn correct(&mut self, path: &Path, line: u64, cells: &[(&str, &str)]) {
        if self.is_unread_from(line) {
            return;
        }
        let mut row = self.leave_out(line).unwrap_or_default();
        row.line = line;
        let mut parser = RowParser {
            path,
            columns: Vec::new(),
            table: std::mem::take(self),
        };
        for (name, cell) in cells {
            let Some(column) = column(name) else { continue };
            row.forget(column);
            let cell = clean(cell);
            if !cell.is_empty() {
                parser.cell(&mut row, column, cell);
            }
        }
        parser.keep(row);
        *self = parser.table;
        self.rows.sort_by_key(|row| row.line);
    }

    fn is_unread_from(&self, line: u64) -> bool {
        self.problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::RowsUnread && problem.line == Some(line))
    }
}

impl Row {
    fn forget(&mut self, column: Column) {
        match column {
            Column::Sku => self.sku = None,
            Column::Name => self.name = None,
            Column::Category => self.category = None,
            Column::Colour => self.colour = None,
            Column::View => self.view = None,
            Column::File | Column::FileOf(..) => self.files.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::View;

    fn table() -> ProductTable {
        let bytes = b"sku,name,view,file\nA1,One,upside down,1.jpg\n,No key,,\nA3,Three,back,3.jpg\n";
        super::super::parse(Path::new("products.csv"), bytes.to_vec())
    }

    #[test]
    fn a_line_is_put_right_and_the_rest_of_it_stays() {
        let mut table = table();
        assert_eq!(table.problems.len(), 2);
        table.correct(Path::new("products.csv"), 2, &[("view", "left side")]);
        table.correct(Path::new("products.csv"), 3, &[("sku", " A2 ")]);
        assert_eq!(table.problems, []);
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row.line, row.sku.as_deref(), row.name.as_deref()))
            .collect();
        assert_eq!(
            rows,
            [
                (2, Some("A1"), Some("One")),
                (3, Some("A2"), None),
                (4, Some("A3"), Some("Three")),
            ]
        );
        assert_eq!(table.rows[0].view.map(|said| said.view), Some(View::Side));
        assert_eq!(table.rows[0].files.len(), 1);
    }

    #[test]
    fn what_is_wrong_now_is_said() {
        let mut table = table();
        table.correct(Path::new("products.csv"), 2, &[("view", "inside out")]);
        table.correct(Path::new("products.csv"), 4, &[("sku", ""), ("file", "")]);
        let told: Vec<_> = table
            .problems
            .iter()
            .map(|problem| (problem.line, &*problem.message))
            .collect();
        assert!(
            told.iter()
                .any(|(line, message)| *line == Some(2) && message.contains("inside out")),
            "{told:?}"
        );
        assert!(
            told.iter()
                .any(|(line, message)| *line == Some(4) && message.contains("no SKU and no file")),
            "{told:?}"
        );
        assert!(table.rows.iter().all(|row| row.line != 4));
    }

    #[test]
    fn a_line_that_is_left_out_says_nothing() {
        let mut table = table();
        assert!(table.leave_out(3).is_none());
        assert_eq!(table.leave_out(4).and_then(|row| row.sku).as_deref(), Some("A3"));
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.problems.len(), 1, "{:?}", table.problems);
    }

    #[test]
    fn a_line_from_which_on_nothing_is_read_stays_wrong() {
        let bytes = b"sku,name\nA1,x\nA2,\"open\nA3,x\n";
        let mut table = super::super::parse(Path::new("products.csv"), bytes.to_vec());
        let told = table.problems.clone();
        assert_eq!((told.len(), told[0].kind), (1, ProblemKind::RowsUnread));
        table.correct(Path::new("products.csv"), 3, &[("sku", "A2")]);
        assert!(table.leave_out(3).is_none());
        assert_eq!(table.problems, told);
        assert_eq!(table.rows.len(), 1);
    }
}
