//! What a service stands on: its settings, database, books, files, disk and clock, each with what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use domain::clock::Clock as _;
use store::{
    Store,
    blobs::{self, Blobs, local::LocalBlobs},
    condition::Migrations,
};
use sysinfo::Disks;

use super::{Finding, State};
use crate::{
    clock::SystemClock,
    serve::{self, Storage},
    settings,
};

/// A database that does not answer for so long will not.
const PATIENCE: Duration = Duration::from_secs(10);
/// Less free space than this is soon none: a few dozen pictures with their candidates.
const FREE_MIN: u64 = 1 << 30;
/// Clocks that differ by more are not set by the network.
const CLOCKS_MAX_MS: i64 = 5_000;
/// The folder of the file that is tried.
const TRIAL: &str = "doctor";
const WRITE: &str =
    "cannot be written; check the address, the key's rights (put, get, delete, list) and the space there";

/// Opens the database that is there without changing it, once for all who look into it; none where no service has run yet.
pub(super) async fn open(storage: &Storage) -> anyhow::Result<Option<Store>> {
    if storage.is_new() {
        return Ok(None);
    }
    let opened = tokio::time::timeout(PATIENCE, storage.store_as_it_is()).await;
    opened
        .context("it did not answer in 10 s; is the server up, and its address right?")?
        .map(Some)
}

/// Every check. Writes one small file into the storage and takes it away again; all else stays as it is.
pub(super) async fn findings(storage: &Storage, opened: &anyhow::Result<Option<Store>>) -> Vec<Finding> {
    let mut findings = vec![told("settings", values(storage)), payments()];
    match opened {
        Ok(Some(store)) => findings.extend(database(store, storage).await),
        Ok(None) => {
            let rows = storage.rows_file().unwrap_or_default();
            let says = format!("there is no {} yet; photogen serve makes it", rows.display());
            findings.push(finding("database", State::Absent, says));
        }
        Err(error) => {
            let says = format!("{}; {}", in_words(error), storage.where_rows_are());
            findings.push(finding("database", State::Broken, says));
        }
    }
    findings.push(files(&storage.files_address()).await);
    findings.push(told("disk", disk(&storage.folder())));
    findings
}

fn finding(what: &str, state: State, says: String) -> Finding {
    Finding {
        what: what.to_owned(),
        state,
        says,
    }
}

fn told(what: &str, checked: anyhow::Result<String>) -> Finding {
    match checked {
        Ok(says) => finding(what, State::Good, says),
        Err(error) => finding(what, State::Broken, in_words(&error)),
    }
}

/// An error and its causes, each said once: libraries repeat theirs.
fn in_words(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        match said.last() {
            Some(before) if before.ends_with(&cause) => {}
            _ => said.push(cause),
        }
    }
    said.join(": ")
}

/// Read as `photogen serve` reads them.
fn values(storage: &Storage) -> anyhow::Result<String> {
    serve::check_settings(storage)?;
    Ok("photogen serve takes them".to_owned())
}

fn payments() -> Finding {
    let set = |name| settings::read(name).is_some();
    let (state, says) = match (set("STRIPE_SECRET_KEY"), set("STRIPE_WEBHOOK_SECRET")) {
        (true, true) => (
            State::Good,
            "by Stripe, with its webhooks; Stripe itself is not asked",
        ),
        (true, false) => (
            State::Broken,
            "STRIPE_WEBHOOK_SECRET is not set, so payments are seen within the hour only; make an endpoint in Stripe and set its secret",
        ),
        (false, _) => (
            State::Absent,
            "STRIPE_SECRET_KEY is not set: orders are invoices that an admin marks as paid",
        ),
    };
    finding("payments", state, says.to_owned())
}

async fn database(store: &Store, storage: &Storage) -> Vec<Finding> {
    let mut findings = vec![told("database", whole(store).await)];
    if findings[0].state == State::Good {
        findings.push(told("credits", books(store).await));
        findings.push(told("clock", clock(store, storage).await));
    }
    findings
}

async fn whole(store: &Store) -> anyhow::Result<String> {
    let began = Instant::now();
    store.ping().await?;
    let took = began.elapsed();
    if let Some(damage) = store.damage().await? {
        anyhow::bail!(
            "the file is damaged ({damage}); stop the service and bring back a backup with photogen restore"
        );
    }
    let Migrations { missing, unknown } = store.migrations().await?;
    ensure!(
        unknown == 0,
        "it is of a later version, {unknown} steps ahead of this program, which will not serve from it; run the later program, or \
         bring back a backup from before with photogen restore"
    );
    ensure!(
        missing == 0,
        "it is of an earlier version, {missing} steps behind; run photogen migrate (photogen serve does so itself)"
    );
    store.can_write().await.context(
        "it can be read and not written; give its files to the user that serves, or that user the rights",
    )?;
    Ok(format!(
        "answers in {:.1} ms, whole, of this version",
        took.as_secs_f64() * 1000.0
    ))
}

async fn books(store: &Store) -> anyhow::Result<String> {
    let wrong = store.contradictions(false).await?;
    ensure!(
        wrong.is_empty(),
        "{}; nobody loses by stopping: keep a backup and report it",
        wrong.join("; ")
    );
    Ok("every balance is the sum of its ledger, every picture in work has its hold".to_owned())
}

/// Against the server's clock; of a file, against the time it was last written.
async fn clock(store: &Store, storage: &Storage) -> anyhow::Result<String> {
    let now_ms = SystemClock.now_ms();
    if let Some(there_ms) = store.clock().await? {
        let apart_ms = now_ms - there_ms;
        ensure!(
            apart_ms.abs() <= CLOCKS_MAX_MS,
            "this machine is {:.1} s off the database's; pictures and credits go by the database's, but S3 and certificates refuse a clock \
             that is far off: set both by the network (systemd-timesyncd, chrony)",
            apart_ms as f64 / 1000.0
        );
        return Ok(format!("{apart_ms} ms off the database's"));
    }
    let rows = storage.rows_file().context("the server told no time")?;
    let written = fs::metadata(rows)?.modified()?;
    let written_ms = written.duration_since(UNIX_EPOCH)?.as_millis() as i64;
    ensure!(
        written_ms - now_ms <= CLOCKS_MAX_MS,
        "the database was written {} s from now: this machine's clock went back; set it by the network (systemd-timesyncd, chrony)",
        (written_ms - now_ms) / 1000
    );
    Ok("not behind what the database says".to_owned())
}

/// Written, read and taken away again, as every picture is. A folder that is not there yet is not made.
async fn files(address: &str) -> Finding {
    let Some(folder) = blobs::folder_of(address) else {
        return told("files", files_elsewhere(address).await);
    };
    if matches!(folder.try_exists(), Ok(false)) {
        let says = format!("there is no {} yet; photogen serve makes it", folder.display());
        return finding("files", State::Absent, says);
    }
    told("files", files_in(&folder).await)
}

async fn files_elsewhere(address: &str) -> anyhow::Result<String> {
    let blobs = blobs::open(address, Arc::new(SystemClock)).context("the address of the files")?;
    tried(&*blobs).await
}

/// With a place of its own for what is unfinished: that of a service is not made here, nor looked through.
async fn files_in(folder: &Path) -> anyhow::Result<String> {
    let aside = folder.join(format!(".doctor-{}", std::process::id()));
    let found = match LocalBlobs::open(folder, &aside) {
        Ok(blobs) => tried(&blobs).await,
        Err(error) => Err(error).context(WRITE),
    };
    let _ = fs::remove_dir_all(aside);
    // Empty, or another doctor's too.
    let _ = fs::remove_dir(folder.join(TRIAL));
    found
}

async fn tried(blobs: &dyn Blobs) -> anyhow::Result<String> {
    let key = format!("{TRIAL}/{}", SystemClock.now_ms());
    let began = Instant::now();
    let bytes: Vec<u8> = key.bytes().cycle().take(4096).collect();
    blobs.put(&key, bytes.clone().into()).await.context(WRITE)?;
    let read = blobs.get(&key).await;
    blobs
        .remove(&key)
        .await
        .context("cannot be removed; check the key's rights")?;
    let read = read.context("cannot be read back")?;
    ensure!(read == bytes, "what was written reads back as something else");
    let left = blobs.size(&key).await.context("cannot be asked for")?;
    ensure!(
        left.is_none(),
        "what was removed is still there; let nothing lock these files or answer in their place (versioning may stay on: its earlier \
         versions are not seen)"
    );
    Ok(format!(
        "written, read and removed in {:.0} ms",
        began.elapsed().as_secs_f64() * 1000.0
    ))
}

fn disk(folder: &Path) -> anyhow::Result<String> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(folder);
    let there: PathBuf = there.canonicalize().unwrap_or_else(|_| there.to_path_buf());
    let disks = Disks::new_with_refreshed_list().context("the disks cannot be listed")?;
    let disk = disks
        .iter()
        .filter(|disk| there.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    let Some(disk) = disk else {
        return Ok(format!("the space at {} is not known here", there.display()));
    };
    let free = disk.available_space();
    let gb = free as f64 / 1e9;
    ensure!(
        !disk.is_read_only(),
        "{} can only be read; mount it to be written",
        disk.mount_point().display()
    );
    ensure!(
        free >= FREE_MIN,
        "{gb:.1} GB are free at {}: make room, or choose another folder with --data",
        there.display()
    );
    Ok(format!("{gb:.1} GB are free at {}", there.display()))
}
