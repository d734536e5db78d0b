//! From arguments to photo files: files, folders (all the way down) and globs, in a fixed order.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use domain::intake::{
    group::Table,
    names::{TABLE_NAME, has_extension, is_photo, is_system_folder},
    problem::{Problem, ProblemKind, Severity, shown},
};

/// What marks a folder as the output of a shoot.
const OUTPUT_MARK: &str = ".photogen";

/// Folders inside folders before it must be a mistake.
const DEPTH_MAX: usize = 40;

/// What the arguments led to.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Files whose names say they are photos, sorted by path.
    pub(crate) photos: Vec<PathBuf>,
    /// Product tables, sorted by path.
    pub(crate) tables: Vec<Table>,
    /// Files that are no photos by name.
    pub(crate) ignored: usize,
    /// What could not be followed.
    pub(crate) problems: Vec<Problem>,
}

/// Follows the arguments. `out` is never entered.
pub(crate) fn walk(arguments: &[PathBuf], out: Option<&Path>) -> Walked {
    let mut walker = Walker {
        out: out.and_then(|out| fs::canonicalize(out).ok()),
        ..Walker::default()
    };
    for argument in arguments {
        walker.argument(argument);
    }
    let mut found = walker.found;
    found.photos.sort();
    found.tables.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[derive(Default)]
struct Walker {
    found: Walked,
    out: Option<PathBuf>,
    /// Resolved paths already taken, so that a file reached twice is one photo.
    seen: HashSet<PathBuf>,
}

impl Walker {
    fn argument(&mut self, argument: &Path) {
        match fs::symlink_metadata(argument) {
            Ok(_) => return self.named(argument),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return self.folder_unreadable(argument.parent().unwrap_or(argument), &error);
            }
            Err(_) => {}
        }
        let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
        let Some(pattern) = pattern else {
            return self.error(ProblemKind::NotFound, argument, "no such file or folder");
        };
        match glob::glob_with(
            pattern,
            glob::MatchOptions {
                require_literal_leading_dot: true,
                ..Default::default()
            },
        ) {
            Ok(paths) => self.globbed(argument, paths),
            Err(error) => self.error(
                ProblemKind::NotFound,
                argument,
                &format!("not a pattern: {error}"),
            ),
        }
    }

    fn globbed(&mut self, argument: &Path, paths: glob::Paths) {
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) => self.named(&path),
                Err(error) => self.folder_unreadable(error.path(), error.error()),
            }
        }
        if !any {
            self.error(ProblemKind::NotFound, argument, "the pattern matches no file");
        }
    }

    /// A file or folder the user named, by itself or through a pattern.
    fn named(&mut self, path: &Path) {
        if path.is_dir() {
            let mut above = Vec::new();
            return self.folder(path, &mut above);
        }
        if has_extension(path, &["csv"]) {
            return self.table(path, true);
        }
        self.file(path);
        if let Some(folder) = path.parent() {
            let beside = folder.join(TABLE_NAME);
            if beside.is_file() {
                self.table(&beside, false);
            }
        }
    }

    fn folder(&mut self, folder: &Path, above: &mut Vec<PathBuf>) {
        let resolved = match fs::canonicalize(folder) {
            Ok(resolved) => resolved,
            Err(error) => return self.folder_unreadable(folder, &error),
        };
        if above.contains(&resolved) {
            let target = shown(&resolved);
            let message = format!("this link leads back to {target}, which holds it; it is not followed");
            return self.error(ProblemKind::DirectoryLoop, folder, &message);
        }
        if above.len() >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} folders deep; it is not followed");
            return self.error(ProblemKind::TooDeep, folder, &message);
        }
        if self.is_output(folder, &resolved, above) || !self.seen.insert(resolved.clone()) {
            return;
        }
        match entries(folder) {
            Ok(entries) => {
                above.push(resolved);
                for entry in entries {
                    self.entry(&entry, above);
                }
                above.pop();
            }
            Err(error) => self.folder_unreadable(folder, &error),
        }
    }

    /// The output folder of this shoot, or of an earlier one: its pictures are not photos.
    fn is_output(&mut self, folder: &Path, resolved: &Path, above: &[PathBuf]) -> bool {
        let own = self.out.as_deref() == Some(resolved);
        let message = match (own, above.is_empty()) {
            (true, true) => "the --out folder holds finished pictures, not photos; it is left out",
            (true, false) => return true,
            (false, _) if folder.join(OUTPUT_MARK).is_dir() => {
                "the pictures of an earlier shoot; they are not photos and are left out"
            }
            (false, _) => return false,
        };
        let problem = Problem::new(Severity::Note, ProblemKind::EarlierOutput, folder, message);
        self.found.problems.push(problem);
        true
    }

    fn entry(&mut self, path: &Path, above: &mut Vec<PathBuf>) {
        let name = path.file_name().unwrap_or_default();
        if name.as_encoded_bytes().starts_with(b".") {
            return;
        }
        if path.is_dir() {
            if !is_system_folder(name) {
                self.folder(path, above);
            }
        } else if name.eq_ignore_ascii_case(TABLE_NAME) {
            self.table(path, false);
        } else {
            self.file(path);
        }
    }

    fn file(&mut self, path: &Path) {
        let photo = is_photo(path);
        let resolved = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(resolved) {
            return;
        }
        if photo {
            self.found.photos.push(path.to_owned());
        } else {
            self.found.ignored += 1;
        }
    }

    fn table(&mut self, path: &Path, named: bool) {
        let resolved = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(resolved) {
            self.found.tables.push(Table {
                path: path.to_owned(),
                named,
            });
        }
    }

    fn folder_unreadable(&mut self, folder: &Path, error: &io::Error) {
        let what = match error.kind() {
            io::ErrorKind::PermissionDenied => "; give your user the right to open it (chmod u+rx)",
            _ => "",
        };
        self.error(
            ProblemKind::FolderUnreadable,
            folder,
            &format!("the folder cannot be listed: {error}{what}"),
        );
    }

    fn error(&mut self, kind: ProblemKind, path: &Path, message: &str) {
        self.found
            .problems
            .push(Problem::new(Severity::Error, kind, path, message));
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
