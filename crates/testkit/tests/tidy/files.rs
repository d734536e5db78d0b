//! Rules about whole files: each Rust file opens by saying what it is, so that a reader can tell where he is from any
//! tab; and no tracked file is large, because photos and weights are fetched, never carried.

use std::fs;

const BYTES_MAX: u64 = 512 * 1024;

#[test]
fn every_rust_file_opens_with_a_sentence_about_itself() {
    let opens = |text: &str| {
        text.strip_prefix("//! ")
            .and_then(|rest| rest.lines().next())
            .is_some_and(|line| line.contains(' '))
    };
    let complaints: Vec<String> = crate::sources()
        .iter()
        .filter(|source| source.is("rs") && !opens(&source.text))
        .map(|source| {
            format!(
                "{} must start with a `//!` sentence that says what it is",
                source.path
            )
        })
        .collect();
    crate::demand_none(&complaints);
}

#[test]
fn no_file_is_large() {
    let large = |path: &std::path::PathBuf| {
        let bytes = fs::metadata(path).map_or(0, |found| found.len());
        (bytes > BYTES_MAX).then(|| format!("{} has {bytes} bytes; {BYTES_MAX} are the most", path.display()))
    };
    let complaints: Vec<String> = crate::paths().iter().filter_map(large).collect();
    crate::demand_none(&complaints);
}
