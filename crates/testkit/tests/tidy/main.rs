//! Tidy: what is wrong in the tree whatever the code does. Each rule is one file; its doc says why it is a rule.
//!
//! Size is a habit, not a gate: the longest functions and files are only printed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod edges;
mod files;
mod licences;
mod links;
mod longest;
mod words;

use std::{fs, path::PathBuf, process::Command};

/// A text file of the repository.
struct Source {
    /// Its path from the root.
    path: String,
    /// What it says.
    text: String,
}

impl Source {
    fn is(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, found)| found == extension)
    }
}

/// Every file of the repository that is tracked or about to be, as git lists them.
fn paths() -> Vec<PathBuf> {
    let root = testkit::repository();
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .expect("git is needed to know which files are the repository's");
    assert!(
        listed.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let listed = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    listed
        .lines()
        .map(|line| root.join(line))
        .filter(|path| path.is_file())
        .collect()
}

/// Every text file of the repository.
fn sources() -> Vec<Source> {
    let root = testkit::repository();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        let path = path.strip_prefix(&root).ok()?.to_string_lossy().into_owned();
        Some(Source { path, text })
    };
    paths().into_iter().filter_map(read).collect()
}

/// Fails with every complaint at once.
fn demand_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
