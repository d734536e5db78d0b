//! Packs exports beside the worker that makes pictures.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use engines::Budget;
use store::ids::Ids;
use tokio::task::JoinHandle;
use worker::{Stop, jobs::export::Exporter};

use super::{Making, Opened};
use crate::{clock::SystemClock, settings};

/// Days that an archive is kept.
const KEEP_DAYS: u32 = 7;

/// Starts packing; it ends once a stop is asked.
pub(super) fn start(
    opened: &Opened,
    scratch: PathBuf,
    making: Making,
    stop: &Stop,
) -> anyhow::Result<JoinHandle<()>> {
    let slots = making.jobs();
    let exporter = Exporter {
        store: opened.store.clone(),
        blobs: Arc::clone(&opened.blobs),
        clock: Arc::new(SystemClock),
        ids: Ids::new(Arc::new(SystemClock)),
        cores: Arc::new(Budget::new(slots as u64)),
        signer: opened.signer.clone(),
        scratch,
        keep_ms: i64::from(keep_days()?) * 24 * 3_600_000,
        slots,
    };
    let stop = stop.clone();
    Ok(tokio::spawn(async move { exporter.run(&stop).await }))
}

fn keep_days() -> anyhow::Result<u32> {
    let Some(text) = settings::read("EXPORT_KEEP_DAYS") else {
        return Ok(KEEP_DAYS);
    };
    let days = text
        .trim()
        .parse::<u32>()
        .ok()
        .filter(|days| (1..=3650).contains(days));
    days.with_context(|| format!("EXPORT_KEEP_DAYS is `{text}`; give a number from 1 to 3650"))
}
