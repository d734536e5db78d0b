//! The files for channels: every delivered picture as each channel of `--profile` wants it, in `OUT/<profile>/<sku>/`.
//!
//! Beside each file a record is kept under `.photogen/channels`: with the same picture and rules it is not made again.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{
    delivery::{Pictured, Planned, plan},
    generation::Status,
    manifest::{ChannelFile, Entry},
    profile::ProfileName,
};
use worker::delivery::{Opened, Rendered, Terms, key};

use super::folder::STATE_FOLDER;

/// For whom, and how.
pub(crate) struct Channels {
    /// For whom; nobody: nothing is made.
    pub(crate) profiles: Vec<ProfileName>,
    /// Signature and disclosure.
    pub(crate) terms: Terms,
    /// Pictures worked on at once.
    pub(crate) threads: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Made {
    /// Files that were rendered.
    pub(crate) rendered: usize,
    /// Files that were there.
    pub(crate) kept: usize,
    /// Files that their channel would not take, and pictures that gave no file.
    pub(crate) failing: usize,
    /// One line each.
    pub(crate) remarks: Vec<String>,
}

/// One picture's files.
type OfPicture<'a> = (usize, Vec<&'a Planned>);

impl Channels {
    /// Renders what is missing, writes what was made into the entries, and removes files that no picture has any more.
    pub(crate) fn render(
        &self,
        pictures: &mut [Entry],
        out: &Path,
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> Made {
        if self.profiles.is_empty() {
            return Made::default();
        }
        let delivered: Vec<usize> = (0..pictures.len())
            .filter(|&index| pictures[index].status == Status::Completed && pictures[index].file.is_some())
            .collect();
        let told: Vec<Pictured<'_>> = delivered
            .iter()
            .map(|&index| Pictured {
                sku: &pictures[index].sku,
                pose: pictures[index].pose,
                take: pictures[index].take,
            })
            .collect();
        let (planned, remarks) = plan(&told, &self.profiles, None);
        let mut made = Made {
            remarks,
            ..Made::default()
        };
        let work: Vec<OfPicture<'_>> = delivered
            .iter()
            .enumerate()
            .map(|(place, &index)| {
                (
                    index,
                    planned
                        .iter()
                        .filter(|planned| planned.picture == place)
                        .collect(),
                )
            })
            .collect();
        let results = self.run(&work, pictures, out, is_stopped);
        for (index, files) in results {
            for (file, was_kept) in files {
                made.kept += usize::from(was_kept);
                made.rendered += usize::from(!was_kept && file.path.is_some());
                made.failing += usize::from(!file.passes);
                pictures[index].channels.push(file);
            }
        }
        if !is_stopped() {
            self.sweep(&planned, out, &mut made.remarks);
        }
        made
    }

    /// Every picture on the next free thread; one that was opened is rendered for all its channels.
    fn run(
        &self,
        work: &[OfPicture<'_>],
        pictures: &[Entry],
        out: &Path,
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(usize, Vec<(ChannelFile, bool)>)> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(work.len()));
        std::thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| {
                    while let Some((index, planned)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if is_stopped() {
                            return;
                        }
                        let files = self.picture(&pictures[*index], planned, out);
                        done.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((*index, files));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done
    }

    fn picture(&self, entry: &Entry, planned: &[&Planned], out: &Path) -> Vec<(ChannelFile, bool)> {
        let Some(source) = &entry.file else {
            return Vec::new();
        };
        let mut opened: Option<Result<Opened, String>> = None;
        let mut files = Vec::new();
        for planned in planned {
            let key = key(&source.sha256, entry, planned.profile, planned.role, &self.terms);
            let record = standing(out, &planned.path, &key);
            let was_kept = record.is_some();
            let made = match record {
                Some(record) => Ok(record),
                None => opened
                    .get_or_insert_with(|| open(out, &source.path))
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|opened| opened.render(entry, planned.profile, planned.role, &self.terms))
                    .and_then(|(rendered, bytes)| {
                        write(out, &planned.path, &rendered, &bytes).map(|()| rendered)
                    }),
            };
            if let Some(file) = channel_file(planned, made) {
                files.push((file, was_kept));
            }
        }
        files
    }

    /// Removes files of these channels that we wrote and that no picture has any more.
    fn sweep(&self, planned: &[Planned], out: &Path, remarks: &mut Vec<String>) {
        let wanted: HashSet<&str> = planned.iter().map(|planned| planned.path.as_str()).collect();
        for profile in &self.profiles {
            let records = records(out).join(profile.as_str());
            for record in walkdir::WalkDir::new(&records).into_iter().filter_map(Result::ok) {
                let Some(path) = record
                    .path()
                    .strip_prefix(self::records(out))
                    .ok()
                    .and_then(Path::to_str)
                    .and_then(|path| path.strip_suffix(".json"))
                    .map(|path| path.replace(std::path::MAIN_SEPARATOR, "/"))
                    .filter(|path| record.file_type().is_file() && !wanted.contains(path.as_str()))
                else {
                    continue;
                };
                let removed = fs::remove_file(out.join(&path)).or_else(|error| match error.kind() {
                    std::io::ErrorKind::NotFound => Ok(()),
                    _ => Err(error),
                });
                match removed.and_then(|()| fs::remove_file(record.path())) {
                    Ok(()) => {}
                    Err(error) => remarks.push(format!(
                        "cannot remove {path}, which no picture has any more: {error}"
                    )),
                }
            }
        }
    }
}

fn channel_file(planned: &Planned, made: Result<Rendered, String>) -> Option<ChannelFile> {
    let profile = planned.profile.name.parse().ok()?;
    Some(match made {
        Ok(rendered) => ChannelFile {
            profile,
            path: Some(planned.path.clone()),
            passes: rendered.passes(),
            notes: rendered.sentences(),
            bytes: rendered.bytes,
            sha256: rendered.sha256,
            width: rendered.width,
            height: rendered.height,
        },
        Err(why) => ChannelFile {
            profile,
            path: None,
            passes: false,
            notes: vec![why],
            bytes: 0,
            sha256: String::new(),
            width: 0,
            height: 0,
        },
    })
}

fn open(out: &Path, path: &str) -> Result<Opened, String> {
    let bytes = fs::read(out.join(path)).map_err(|error| format!("cannot read {path}: {error}"))?;
    Opened::open(bytes)
}

fn records(out: &Path) -> PathBuf {
    out.join(STATE_FOLDER).join("channels")
}

fn record(out: &Path, path: &str) -> PathBuf {
    records(out).join(format!("{path}.json"))
}

/// What is known of a file that is there and was made of the same.
pub(crate) fn standing(out: &Path, path: &str, key: &str) -> Option<Rendered> {
    let rendered: Rendered = serde_json::from_slice(&fs::read(record(out, path)).ok()?).ok()?;
    let stands = fs::metadata(out.join(path)).is_ok_and(|file| file.len() == rendered.bytes);
    (rendered.key == key && stands).then_some(rendered)
}

/// The file whole, then its record.
pub(crate) fn write(out: &Path, path: &str, rendered: &Rendered, bytes: &[u8]) -> Result<(), String> {
    let record = record(out, path);
    let said = serde_json::to_vec(rendered).map_err(|error| error.to_string())?;
    // An earlier file's record must not vouch for this one.
    let _ = fs::remove_file(&record);
    put(&out.join(path), bytes)
        .and_then(|()| put(&record, &said))
        .map_err(|error| format!("cannot write {path}: {error}"))
}

fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut aside = PathBuf::from(path);
    aside.as_mut_os_string().push(".part");
    fs::write(&aside, bytes)?;
    fs::rename(&aside, path)
}
