//! `photogen shoot`: a folder of product photos becomes a finished catalogue.

mod args;
mod events;
pub(crate) mod folder;
mod judge;
mod order;
mod person;
mod progress;
mod report;

use std::{collections::HashSet, process::ExitCode, sync::Arc};

use anyhow::bail;
use domain::{
    clock::{Clock as _, day},
    generation::Status,
    manifest::Manifest,
    plan::{PlannedGeneration, plan},
    pose::PoseName,
    product::Product,
};
use engines::SharedEngine;
use store::shoots::{Submission, Submitted};
use worker::{Environment, Stop, run_until_idle};

pub(crate) use args::Args;

use crate::{
    clock::SystemClock,
    cut_outs,
    preflight::{self, Preflight, Severity},
};

use self::{events::Events, folder::Folder, order::orders, progress::Progress};

/// How often a picture is tried when its engine fails in passing.
const ATTEMPTS_MAX: u32 = 3;

/// Shoots, or with `--dry-run` says what would be shot. Exit code 0: everything that the photos can give is there; 1:
/// some photos could not be used, or some pictures failed or were rejected.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let events = Events::new(args.json);
    let cards = crate::engines::cards()?;
    let brief = args.brief(&cards)?;
    let slots = args.slots();
    let chosen = crate::engines::chosen(&cards, &brief.engine, day(SystemClock.now_ms()))?;
    let card = chosen.card;
    events.warn(chosen.warning.as_deref());
    let person = args
        .model
        .as_deref()
        .map(person::photos)
        .transpose()?
        .unwrap_or_default();
    if !person.is_empty() && !card.on_model {
        bail!(
            "{} does not put products on a person: leave out --model, or choose an engine that does (photogen engines)",
            card.name
        );
    }
    folder::check_usable(&args.out)?;
    let checked = check_photos(args, &brief, slots, events);
    if checked.usable() == 0 {
        bail!("no photo can be used: name a folder with product photos, for example SKU123_front.jpg");
    }
    let photos_failed = checked
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    let planned = plan(&brief, &checked.products, card);
    events.planned(&planned, &checked.products, chosen.price_usd(brief.quality));
    folder::check_apart(&args.out, &checked.products)?;
    if args.dry_run {
        return Ok(exit_code(photos_failed));
    }

    let folder = Folder::open(&args.out)?;
    let kit = cut_outs::kit()?;
    let engine = engines::open(card, &kit)?;
    let orders = orders(&planned, &checked.products, &brief, &person, &engine.revision());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (manifest, some_failed) = runtime.block_on(async {
        let state = folder.state().await?;
        let submission = Submission {
            workspace: &state.workspace,
            brief: &brief,
            products: &checked.products,
            orders: &orders,
            price_credits: card.price_credits,
            attempts_max: ATTEMPTS_MAX,
        };
        let standing = |delivered: &store::generations::Delivered| {
            state.blobs.size(&delivered.file.path) == Some(delivered.file.bytes)
        };
        let submitted = state
            .store
            .submit(&state.ids, &submission, &standing, SystemClock.now_ms())
            .await?;
        events.submitted(&submitted);
        work(&folder, state, engine, kit, &submitted, &events, slots).await
    })?;
    let unusable = unusable_photos(&planned, &checked.products, &manifest);
    events.unusable(unusable);
    Ok(exit_code(photos_failed || some_failed || unusable > 0))
}

/// Front and back pictures that were planned because their photo is there, and that the engine refused to make of it.
fn unusable_photos(planned: &[PlannedGeneration], products: &[Product], manifest: &Manifest) -> usize {
    let refused: HashSet<(&str, PoseName)> = manifest
        .pictures
        .iter()
        .filter(|entry| entry.status == Status::Skipped)
        .map(|entry| (entry.sku.as_str(), entry.pose))
        .collect();
    let own_photo = |picture: &&PlannedGeneration| {
        picture.skip.is_none() && matches!(picture.pose.as_str(), "FRONT" | "BACK")
    };
    planned
        .iter()
        .filter(own_photo)
        .filter(|picture| refused.contains(&(products[picture.product].sku.as_str(), picture.pose)))
        .count()
}

fn exit_code(some_failed: bool) -> ExitCode {
    ExitCode::from(u8::from(some_failed))
}

fn check_photos(args: &Args, brief: &domain::brief::Brief, slots: usize, events: Events) -> Preflight {
    let options = preflight::Options {
        threads: slots,
        ..preflight::Options::new(brief.size, Some(args.out.clone()))
    };
    let bar = Events::checking();
    let checked = preflight::run(&args.photos, &options, &|done, total| bar.at(done, total));
    bar.end();
    events.checked(&checked);
    checked
}

/// Runs the queue empty and writes the report. The manifest, and whether a picture failed, was rejected or is left.
async fn work(
    folder: &Folder,
    state: folder::State,
    engine: SharedEngine,
    kit: engines::Kit,
    submitted: &Submitted,
    events: &Events,
    slots: usize,
) -> anyhow::Result<(Manifest, bool)> {
    let progress = Arc::new(Progress::new(submitted.to_make, *events));
    let worker = state.ids.next();
    let environment = Arc::new(Environment {
        store: state.store,
        blobs: state.blobs,
        engines: vec![engine],
        judge: Arc::new(judge::Locks::new(kit)),
        clock: Arc::new(SystemClock),
        ids: state.ids,
        listener: Arc::clone(&progress) as _,
        worker,
        slots,
    });
    let stop = Stop::default();
    let signal = tokio::spawn(stop_on_interrupt(stop.clone()));
    let ran = run_until_idle(&environment, &stop).await;
    progress.end();
    // Who stopped the pictures still wants to see them; only an interrupt from now on leaves small copies out.
    let was_stopped = stop.is_asked();
    let is_stopped = || stop.is_asked() && !was_stopped;
    let report = report::write(&environment, &state.workspace, folder.out(), &is_stopped).await;
    environment.store.close().await;
    signal.abort();
    ran?;
    let (failed, left) = progress.failed_and_left();
    let report = report?;
    events.finished(&report, folder.out(), progress.elapsed_ms(), left);
    Ok((report.manifest, failed + left + submitted.already_rejected > 0))
}

/// The first interrupt finishes what is begun; the second ends the process.
async fn stop_on_interrupt(stop: Stop) {
    if tokio::signal::ctrl_c().await.is_ok() {
        eprintln!(
            "\nstopping after what is in work; press Ctrl-C again to stop now (nothing finished is lost)"
        );
        stop.ask();
    }
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(130);
    }
}
