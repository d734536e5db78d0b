//! Brings a backup back to an empty folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use store::{Store, backup};

use super::{DATABASE, SECRET, sums, told};
use crate::serve::Storage;

const AFTER_HELP: &str = "\
Every file is compared with the backup's list before the first is copied. An older backup is brought to this version.

Examples:
  photogen restore /mnt/backup/photogen --data /srv/photogen
  photogen restore /mnt/backup/photogen --check";

/// Bring a backup back to an empty folder, or only check it
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The folder that `photogen backup` wrote
    #[arg(value_name = "FOLDER")]
    from: PathBuf,
    /// Check the backup and write nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    storage: Storage,
}

/// Checks, copies, and opens what was copied.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = args.storage.folder();
    if !args.check {
        args.storage.check_addresses()?;
        if args.storage.is_shared() || args.storage.files_url().is_some() {
            bail!("a backup is restored to a data folder; unset DATABASE_URL and STORAGE_URL");
        }
        check_empty(&data)?;
    }
    let sums = sums::read(&args.from)?;
    let bytes = check_sums(&args.from, &sums)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if let Some(damage) = runtime.block_on(backup::damage(&args.from.join(DATABASE)))? {
        bail!("the backup's database is damaged: {damage}");
    }
    if args.check {
        println!("{} is whole: {}", args.from.display(), told(sums.len(), bytes));
        return Ok(ExitCode::SUCCESS);
    }
    for name in sums.keys() {
        copy(&args.from.join(name), &data.join(name))?;
    }
    runtime.block_on(async {
        let store = Store::open(&data.join(DATABASE)).await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    println!(
        "restored {} to {}; start it with\n  photogen serve --data {}",
        told(sums.len(), bytes),
        data.display(),
        data.display()
    );
    if !sums.contains_key(SECRET) {
        println!(
            "the service's JWT_SECRET is not in the backup: set it as it was, or everybody signs in again"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn check_empty(data: &Path) -> anyhow::Result<()> {
    let is_empty = fs::read_dir(data).map_or(true, |mut entries| entries.next().is_none());
    if is_empty {
        return Ok(());
    }
    bail!(
        "{} is not empty, and nothing there is overwritten; name a new folder with --data",
        data.display()
    )
}

/// Compares every file with its hash; the bytes of all.
fn check_sums(folder: &Path, sums: &sums::Sums) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for (name, expected) in sums {
        let path = folder.join(name);
        let (found, size) = sums::sum(&path)
            .with_context(|| format!("the backup is not whole: cannot read {}", path.display()))?;
        if found != *expected {
            bail!(
                "the backup is damaged: {} is not what was written",
                path.display()
            );
        }
        bytes += size;
    }
    if !sums.contains_key(DATABASE) {
        bail!("{} has no database in its list", folder.display());
    }
    Ok(bytes)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = to
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::copy(from, to))
        .and_then(|_| fs::File::open(to)?.sync_all());
    copied.with_context(|| format!("cannot copy to {}", to.display()))
}
