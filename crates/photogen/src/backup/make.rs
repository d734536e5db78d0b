//! Makes a backup, or brings one up to date.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use store::{Store, backup};

use super::{
    DATABASE, FILES, SECRET, SUMS, relative,
    sums::{self, Sums},
    told,
};
use crate::serve::Storage;

const AFTER_HELP: &str = "\
The service may run meanwhile. The folder is whole when the command has ended; a second backup into the same folder copies only
what is new and removes what is gone. It holds the key that signs people's sessions: keep it as safe as the service.

Examples:
  photogen backup /mnt/backup/photogen
  (cd /mnt/backup/photogen && sha256sum --check --quiet SHA256SUMS)
  photogen restore /mnt/backup/photogen --data /srv/photogen";

/// Copy the database and every file to a folder, while the service runs
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The folder to copy to
    #[arg(value_name = "FOLDER")]
    to: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

/// Copies, and says what.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = args.storage.folder();
    check(&args.storage, &data, &args.to)?;
    fs::create_dir_all(&args.to).with_context(|| format!("cannot make {}", args.to.display()))?;
    let known = sums::read(&args.to).unwrap_or_default();
    // Until all is copied it is no backup.
    remove(&args.to.join(SUMS))?;
    let mut copy = Copy {
        from: data.clone(),
        to: args.to.clone(),
        known,
        sums: Sums::new(),
        new: (0, 0),
    };
    copy.database()?;
    copy.folder(&data.join(FILES))?;
    if data.join(SECRET).is_file() {
        copy.file(&data.join(SECRET))?;
        keep_private(&args.to.join(SECRET))?;
    }
    let gone = copy.remove_gone(&args.to.join(FILES))?;
    sums::write(&args.to, &copy.sums)?;
    println!(
        "backed up to {}: the database and {} ({} new; {gone} gone)",
        args.to.display(),
        told(copy.sums.len() - 1, copy.size()?),
        told(copy.new.0, copy.new.1),
    );
    Ok(ExitCode::SUCCESS)
}

fn check(storage: &Storage, data: &Path, to: &Path) -> anyhow::Result<()> {
    storage.check_addresses()?;
    if storage.is_shared() || storage.files_url().is_some() {
        bail!(
            "`photogen backup` copies SQLite and the files of one data folder. Back PostgreSQL up with its own tools (pg_dump, \
             or a base backup with its log) and let S3 keep versions: docs/BACKUP.md"
        );
    }
    if !data.join(DATABASE).is_file() {
        bail!(
            "there is no {DATABASE} in {}; name the service's folder with --data",
            data.display()
        );
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if absolute(to).starts_with(absolute(data)) {
        bail!("a backup inside the data folder is lost with it; name a folder elsewhere");
    }
    Ok(())
}

/// One backup that is being made.
struct Copy {
    from: PathBuf,
    to: PathBuf,
    /// What an earlier backup has.
    known: Sums,
    sums: Sums,
    /// Files and bytes that were copied.
    new: (usize, u64),
}

impl Copy {
    /// The database at one moment, checked before it takes the place of an earlier copy.
    fn database(&mut self) -> anyhow::Result<()> {
        let aside = self.to.join(format!("{DATABASE}.new"));
        remove(&aside)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let damage = runtime.block_on(async {
            let store = Store::open(&self.from.join(DATABASE)).await?;
            let copied = store.copy_to(&aside).await;
            store.close().await;
            copied?;
            backup::damage(&aside).await
        })?;
        if let Some(damage) = damage {
            bail!("the service's database is damaged, and an earlier backup was left as it is: {damage}");
        }
        fs::File::open(&aside)?.sync_all()?;
        let place = self.to.join(DATABASE);
        fs::rename(&aside, &place).with_context(|| format!("cannot write {}", place.display()))?;
        self.sums.insert(DATABASE.to_owned(), sums::sum(&place)?.0);
        Ok(())
    }

    /// Every file below a folder, those aside that are being written.
    fn folder(&mut self, folder: &Path) -> anyhow::Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.folder(&entry.path())?;
            } else {
                self.file(&entry.path())?;
            }
        }
        Ok(())
    }

    /// One file, unless the earlier backup has it.
    fn file(&mut self, file: &Path) -> anyhow::Result<()> {
        let name = relative(&self.from, file)
            .with_context(|| format!("the name of {} is not plain text", file.display()))?;
        let place = self.to.join(&name);
        if let Some(sum) = self.known.get(&name).filter(|_| is_as_new(file, &place)) {
            self.sums.insert(name, sum.clone());
            return Ok(());
        }
        let aside = self.to.join(".copying");
        let copied = place
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::copy(file, &aside));
        match copied {
            Ok(_) => {}
            // Swept between the look and the copy: no row of the copied database names it.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !file.exists() => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("cannot copy {}", file.display())),
        }
        fs::File::open(&aside)?.sync_all()?;
        let (sum, size) = sums::sum(&aside)?;
        fs::rename(&aside, &place).with_context(|| format!("cannot write {}", place.display()))?;
        self.sums.insert(name, sum);
        self.new = (self.new.0 + 1, self.new.1 + size);
        if self.new.0.is_multiple_of(1_000) {
            let _ = writeln!(io::stderr(), "copied {}", told(self.new.0, self.new.1));
        }
        Ok(())
    }

    /// Removes what the service no longer has.
    fn remove_gone(&self, folder: &Path) -> anyhow::Result<usize> {
        let gone: Vec<&String> = self
            .known
            .keys()
            .filter(|name| !self.sums.contains_key(*name))
            .collect();
        for name in &gone {
            remove(&self.to.join(name))?;
        }
        remove(&folder.join(".copying"))?;
        Ok(gone.len())
    }

    fn size(&self) -> anyhow::Result<u64> {
        let others = self.sums.keys().filter(|name| *name != DATABASE);
        let sizes = others.map(|name| Ok(fs::metadata(self.to.join(name))?.len()));
        sizes.sum()
    }
}

/// The copy has the file's size and was written after it.
fn is_as_new(file: &Path, copy: &Path) -> bool {
    let of = |path: &Path| {
        let found = fs::metadata(path).ok()?;
        Some((found.len(), found.modified().ok()?))
    };
    matches!((of(file), of(copy)), (Some((size, at)), Some((copied, then))) if size == copied && then >= at)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Only its owner reads it.
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "elsewhere a file has no mode")
)]
fn keep_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let _ = path;
    Ok(())
}
