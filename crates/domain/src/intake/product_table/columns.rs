//! What the first line of a table names: the columns that are known, and what is to say of the others.

use std::path::Path;

use crate::{
    intake::{
        clean,
        problem::{Problem, ProblemKind, Severity},
    },
    product::{Side, View},
};

/// The most columns that one problem names, or that have one each.
pub(super) const TOLD_MAX: usize = 12;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Sku,
    Name,
    Category,
    Colour,
    View,
    File,
    FileOf(View, Option<Side>),
}

impl Column {
    fn names_photos(self) -> bool {
        matches!(self, Self::File | Self::FileOf(..))
    }

    /// For people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sku => "SKU",
            Self::Name => "name",
            Self::Category => "category",
            Self::Colour => "colour",
            Self::View => "view",
            Self::File | Self::FileOf(..) => "file",
        }
    }
}

pub(super) fn column(header: &str) -> Option<Column> {
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

/// The columns to read, and what is to say of the first line. `None` where no column tells products or photos from each other.
pub(super) fn heading(
    path: &Path,
    header: &[&str],
    encoding_note: Option<&str>,
) -> Option<(Vec<Option<Column>>, Vec<Problem>)> {
    let mut columns: Vec<Option<Column>> = header.iter().map(|name| column(&clean(name))).collect();
    let is_key = |column: &Column| *column == Column::Sku || column.names_photos();
    if !columns.iter().flatten().any(is_key) {
        return None;
    }
    let told =
        |severity, message: String| Problem::new(severity, ProblemKind::TableRow, path, message).at_line(1);
    // Its list of names ends where the line does, so it comes last.
    let unknown = unknown(header, &columns);
    let note = encoding_note.map(|note| told(Severity::Note, note.to_owned()));
    let twice = first_of_each(header, &mut columns).into_iter();
    let twice = twice.map(|message| told(Severity::Warning, message));
    let problems = note
        .into_iter()
        .chain(twice)
        .chain(unknown.map(|note| told(Severity::Note, note)))
        .collect();
    Some((columns, problems))
}

fn unknown(header: &[&str], columns: &[Option<Column>]) -> Option<String> {
    let unknown: Vec<&str> = header
        .iter()
        .zip(columns)
        .filter(|(name, column)| column.is_none() && !name.is_empty())
        .map(|(name, _)| *name)
        .take(TOLD_MAX)
        .collect();
    (!unknown.is_empty()).then(|| format!("columns not used: {}", unknown.join(", ")))
}

/// Leaves the first of the columns that say the same, and tells of the others. Of those that name photos, each is read.
fn first_of_each(header: &[&str], columns: &mut [Option<Column>]) -> Vec<String> {
    let mut told = Vec::new();
    // As few as there are kinds, however many columns a line has.
    let mut firsts: Vec<(Column, usize)> = Vec::new();
    for (at, here) in columns.iter_mut().enumerate() {
        let Some(column) = here.filter(|column| !column.names_photos()) else {
            continue;
        };
        let Some(&(_, first)) = firsts.iter().find(|(other, _)| *other == column) else {
            firsts.push((column, at));
            continue;
        };
        *here = None;
        if told.len() < TOLD_MAX {
            told.push(format!(
                "columns {} (`{}`) and {} (`{}`) both say the {}: the first is used; take the other out",
                first + 1,
                header[first],
                at + 1,
                header[at],
                column.word()
            ));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_columns_that_say_the_same_the_first_is_used() {
        let bytes = b"sku,colour,SKU,Color,file,photo\nA1,red,B1,blue,1.jpg,2.jpg\n,,B2,,3.jpg,\n";
        let table = super::super::parse(Path::new("products.csv"), bytes.to_vec());
        assert_eq!(table.problems.len(), 2, "{:?}", table.problems);
        let both = ["1 (`sku`) and 3 (`SKU`)", "2 (`colour`) and 4 (`Color`)"];
        for (problem, columns) in table.problems.iter().zip(both) {
            assert_eq!(problem.line, Some(1));
            assert!(problem.message.contains(columns), "{problem:?}");
        }
        let first = &table.rows[0];
        assert_eq!(first.sku.as_deref(), Some("A1"));
        assert_eq!(first.colour.as_deref(), Some("red"));
        assert_eq!(first.files.len(), 2, "every column of photos is read");
        assert_eq!(table.rows[1].sku, None);
    }

    #[test]
    fn of_thousands_of_columns_a_few_are_told() {
        let header = format!("{}{}\n", ",".repeat(8_000), "sku,".repeat(8_000));
        let table = super::super::parse(Path::new("products.csv"), header.into_bytes());
        // And that there are no rows.
        assert_eq!(table.problems.len(), TOLD_MAX + 1);
    }
}
