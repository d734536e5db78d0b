//! Prints the longest functions and files, for the reader: past some length there is an idea inside that wants a name
//! of its own. Nothing fails here, because a limit is met by splitting at the wrong place.

use std::io::Write;

use crate::Source;

const SHOWN: usize = 8;

#[test]
fn the_longest_are_shown() {
    let sources: Vec<Source> = crate::sources()
        .into_iter()
        .filter(|source| source.is("rs"))
        .collect();
    let files = sources
        .iter()
        .map(|source| (source.text.lines().count(), source.path.clone()));
    let functions = sources.iter().flat_map(functions);
    // Past the harness's capture: it is meant to be read in a green run.
    let _ = writeln!(
        std::io::stderr(),
        "{}{}",
        table("files", files),
        table("functions", functions)
    );
}

fn table(what: &str, rows: impl Iterator<Item = (usize, String)>) -> String {
    let mut rows: Vec<(usize, String)> = rows.collect();
    rows.sort_by(|a, b| b.cmp(a));
    let lines: Vec<String> = rows
        .iter()
        .take(SHOWN)
        .map(|(lines, name)| format!("{lines:5}  {name}\n"))
        .collect();
    format!(
        "longest {what}, in lines (median {}):\n{}",
        rows.get(rows.len() / 2).map_or(0, |row| row.0),
        lines.concat()
    )
}

/// Length and name of every function, read off rustfmt's layout: it ends at the brace under its first column.
fn functions(source: &Source) -> Vec<(usize, String)> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[start..].iter().position(|line| **line == end) {
            found.push((length + 1, format!("{}:{} {name}", source.path, start + 1)));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let words = [
        "pub",
        "pub(crate)",
        "pub(super)",
        "async",
        "const",
        "unsafe",
        "extern",
    ];
    let is_item = before.split_whitespace().all(|word| words.contains(&word));
    (is_item && !line.trim_end().ends_with(';')).then(|| after.split(['(', '<']).next().unwrap_or(after))
}

#[test]
fn a_function_is_measured_from_its_signature_to_its_brace() {
    let text = "impl A {\n    pub(crate) fn one(&self) {\n        if x {\n        }\n    }\n}\nfn two() {}\n";
    let source = Source {
        path: "a.rs".to_owned(),
        text: text.to_owned(),
    };
    assert_eq!(functions(&source), [(4, "a.rs:2 one".to_owned())]);
}
