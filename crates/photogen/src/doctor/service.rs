//! What a service stands on: its settings, database, books, files, disk and clock, each with what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use domain::clock::Clock as _;
use store::{Store, blobs, condition::Migrations};
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
/// Clocks that differ by more make leases and tokens end at the wrong time.
const CLOCKS_MAX_MS: i64 = 5_000;

/// Every check. Opens the database without changing it, writes one small file into the storage and takes it away again.
pub(super) async fn findings(storage: &Storage) -> Vec<Finding> {
    let mut findings = vec![told("settings", values(storage)), payments()];
    let folder = storage.folder();
    if storage.is_new() {
        let says = format!(
            "no service has run in {} yet; photogen serve makes it",
            folder.display()
        );
        findings.push(finding("database", State::Absent, says));
    } else {
        findings.extend(database(storage).await);
    }
    if storage.files_url().is_some() || folder.is_dir() {
        findings.push(told("files", files(&storage.files_address()).await));
    }
    findings.push(told("disk", disk(&folder)));
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
    settings::check()?;
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

async fn database(storage: &Storage) -> Vec<Finding> {
    let opened = tokio::time::timeout(PATIENCE, storage.store_as_it_is()).await;
    let opened = opened
        .context("it did not answer in 10 s; is the server up, and its address right?")
        .and_then(|opened| opened);
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            let says = format!("{}; {}", in_words(&error), storage.where_rows_are());
            return vec![finding("database", State::Broken, says)];
        }
    };
    let mut findings = vec![told("database", whole(&store).await)];
    if findings[0].state == State::Good {
        findings.push(told("credits", books(&store).await));
        findings.push(told("clock", clock(&store, storage).await));
    }
    store.close().await;
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
            "this machine is {:.1} s off the database's; set both by the network (systemd-timesyncd, chrony)",
            apart_ms as f64 / 1000.0
        );
        return Ok(format!("{apart_ms} ms off the database's"));
    }
    let written = fs::metadata(storage.folder().join("photogen.db"))?.modified()?;
    let written_ms = written.duration_since(UNIX_EPOCH)?.as_millis() as i64;
    ensure!(
        written_ms - now_ms <= CLOCKS_MAX_MS,
        "the database was written {} s from now: this machine's clock went back; set it by the network (systemd-timesyncd, chrony)",
        (written_ms - now_ms) / 1000
    );
    Ok("not behind what the database says".to_owned())
}

/// Written, read and taken away again, as every picture is.
async fn files(address: &str) -> anyhow::Result<String> {
    let blobs = blobs::open(address, Arc::new(SystemClock)).context("the address of the files")?;
    let key = format!("doctor/{}", SystemClock.now_ms());
    let began = Instant::now();
    let bytes: Vec<u8> = key.bytes().cycle().take(4096).collect();
    let write =
        "cannot be written; check the address, the key's rights (put, get, delete, list) and the space there";
    blobs.put(&key, bytes.clone().into()).await.context(write)?;
    let read = blobs.get(&key).await.context("cannot be read back")?;
    ensure!(read == bytes, "what was written reads back as something else");
    blobs
        .remove(&key)
        .await
        .context("cannot be removed; check the key's rights")?;
    if !address.contains("://") {
        // Of a folder, what the file made; others of its kind may be in it.
        let _ = fs::remove_dir(Path::new(address).join("doctor"));
    }
    let left = blobs.size(&key).await.context("cannot be asked for")?;
    ensure!(
        left.is_none(),
        "what was removed is still there; turn versioning or locks off for this folder"
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
