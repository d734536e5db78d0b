//! Packs exports beside the worker that makes pictures, and says where they may be put.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use domain::clock::Clock;
use engines::Budget;
use serde::Deserialize;
use store::{
    ids::Ids,
    targets::{Target, Targets},
};
use tokio::task::JoinHandle;
use worker::{Stop, jobs::export::Exporter};

use super::{Making, Opened, Storage};
use crate::settings;

/// Days that an archive is kept.
const KEEP_DAYS: u32 = 7;

/// What `EXPORT_TARGETS` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default)]
    target: Vec<Target>,
}

/// The places that the operator named in `EXPORT_TARGETS`.
pub(super) fn targets(storage: &Storage, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<Targets>> {
    let text = settings::read("EXPORT_TARGETS").unwrap_or_default();
    // The parser's own words would repeat the line, which may hold a key.
    let named: Named = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].lines().count().max(1));
        anyhow::anyhow!(
            "EXPORT_TARGETS cannot be read (line {line}): give [[target]] tables with a name, an address and, if not for all, \
             workspaces"
        )
    })?;
    let targets = Targets::new(named.target, &storage.files_address(), clock);
    Ok(Arc::new(targets.context("EXPORT_TARGETS")?))
}

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
        clock: Arc::clone(&opened.clock),
        ids: Ids::new(Arc::clone(&opened.clock)),
        cores: Arc::new(Budget::new(slots as u64)),
        signer: opened.signer.clone(),
        targets: Arc::clone(&opened.targets),
        scratch,
        keep_ms: i64::from(keep_days()?) * 24 * 3_600_000,
        slots,
    };
    let stop = stop.clone();
    Ok(tokio::spawn(async move { exporter.run(&stop).await }))
}

/// `EXPORT_KEEP_DAYS`, or what it is without.
pub(super) fn keep_days() -> anyhow::Result<u32> {
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
