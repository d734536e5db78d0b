//! Words that mean unfinished work, or that bind the tree to one machine or one package index: neither may be
//! committed, because the first is a promise nobody tracks and the second fails on every other machine.

use crate::Source;

/// Marks of unfinished work, split so that this file does not hold them.
const UNFINISHED: &[[&str; 2]] = &[
    ["TO", "DO"],
    ["FIX", "ME"],
    ["X", "XX"],
    ["to", "do!("],
    ["unimple", "mented!("],
    ["not imple", "mented"],
    ["lorem", " ipsum"],
];

/// Hosts of package indexes: clients are configured by whoever runs them, never by the tree.
const HOSTS: &[[&str; 2]] = &[
    ["pypi.", "org"],
    ["python", "hosted.org"],
    ["registry.npm", "js.org"],
    ["npm", "js.com"],
    ["static.crates", ".io"],
    ["index.crates", ".io"],
    ["proxy.gol", "ang.org"],
];

/// Folders of somebody's machine.
const MACHINE: &[[&str; 2]] = &[["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"], ["/Us", "ers/"]];

#[test]
fn nothing_is_marked_unfinished() {
    complain(UNFINISHED, |source| !source.is("lock"), is_word);
}

#[test]
fn no_package_index_is_named() {
    complain(HOSTS, |_| true, |_, _| true);
}

#[test]
fn no_machine_path_is_named() {
    complain(
        MACHINE,
        |_| true,
        |before, _| !before.is_some_and(|c| c.is_alphanumeric() || "._-/}".contains(c)),
    );
}

fn complain(
    words: &[[&str; 2]],
    applies: impl Fn(&Source) -> bool,
    counts: impl Fn(Option<char>, Option<char>) -> bool,
) {
    let mut complaints = Vec::new();
    for source in crate::sources().iter().filter(|source| applies(source)) {
        for (number, line) in source.text.lines().enumerate() {
            for word in words.iter().map(|halves| halves.concat()) {
                let whole = line.match_indices(&word).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    counts(before, line[at + word.len()..].chars().next())
                });
                if whole {
                    complaints.push(format!("{}:{}: `{word}`", source.path, number + 1));
                }
            }
        }
    }
    crate::demand_none(&complaints);
}

/// Not a part of a longer word (`XXXL` is a size).
fn is_word(before: Option<char>, after: Option<char>) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !letter(before) && !letter(after)
}
