//! `photogen shoot`: a folder of product photos becomes a finished catalogue.

mod args;
pub(crate) mod channels;
mod events;
pub(crate) mod folder;
pub(crate) mod identity;
pub(crate) mod judge;
mod order;
mod person;
mod progress;
mod report;
pub(crate) mod sets;

use std::{collections::HashSet, process::ExitCode, sync::Arc};

use anyhow::bail;
use domain::{
    brief::Brief,
    clock::{Clock as _, day},
    engine::{EngineCard, EngineChoice},
    generation::Status,
    ids::WorkspaceId,
    manifest::Manifest,
    plan::{Asked, PlannedGeneration, plan},
    pose::PoseName,
    product::{PhotoRef, Product},
    retry::chain,
};
use engines::{Budget, Kit, SharedEngine, cards::Cards};
use imaging::provenance::Seal;
use store::shoots::{ATTEMPTS_MAX, Origin, Submission, Submitted};
use worker::{Environment, Naming, Stop, run_until_idle};

pub(crate) use args::{Args, retries_of_settings};

use crate::{
    clock::SystemClock,
    cut_outs,
    preflight::{self, Preflight, Severity},
    settings, signing,
};

use self::{
    channels::Channels, events::Events, folder::Folder, identity::Identity, order::orders, progress::Progress,
};

/// The most pictures that wait for vendors at once.
const WAITING_MAX: usize = 64;

/// Shoots, or with `--dry-run` says what would be shot. Exit code 0: everything that the photos can give is there; 1:
/// some photos could not be used, or some pictures failed or were rejected.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let events = Events::new(args.json);
    let cards = crate::engines::cards()?;
    let brief = args.brief(&cards)?;
    let slots = args.slots();
    let today = day(SystemClock.now_ms());
    let chosen = crate::engines::chosen(&cards, &brief.engine, today)?;
    let card = chosen.card;
    events.warn(chosen.warning.as_deref());
    let person = args
        .model
        .as_deref()
        .map(person::photos)
        .transpose()?
        .unwrap_or_default();
    let chosen_engines = chain_of(&cards, &brief, events);
    check_person(&person, &chosen_engines)?;
    folder::check_usable(&args.out)?;
    let checked = check_photos(args, &brief, slots, events);
    if checked.usable() == 0 {
        bail!("no photo can be used: name a folder with product photos, for example SKU123_front.jpg");
    }
    let photos_failed = checked
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    let asked = Asked {
        engines: &chosen_engines,
        has_person: !person.is_empty(),
        today,
    };
    let planned = plan(&brief, &checked.products, &asked);
    check_price(&planned, &brief)?;
    events.planned(&planned, &checked.products);
    folder::check_apart(&args.out, &checked.products)?;
    if args.dry_run {
        return Ok(exit_code(photos_failed));
    }

    let kit = cut_outs::kit(cut_outs::files(), args.memory.bytes())?;
    let identity = known_person(&person, &kit, events)?;
    check_identity(&brief, identity.as_deref())?;
    let folder = Folder::open(&args.out)?;
    let engines = open_chain(&chosen_engines, &kit)?;
    let signer = signing::signer()?;
    let channels = args.channels(signer.clone());
    let orders = orders(
        &planned,
        &checked.products,
        &brief,
        &person,
        &engines[0].revision(),
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (manifest, some_failed) = runtime.block_on(async {
        let state = folder.state().await?;
        let submission = Submission {
            workspace: &state.workspace,
            brief: &brief,
            origin: Origin::Folder(&checked.products),
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
        let cores = Arc::new(Budget::new(slots as u64));
        let progress = Arc::new(Progress::new(submitted.to_make, events, engines.clone()));
        let (workspace, judge) = (
            state.workspace.clone(),
            Arc::new(judge::Locks::new(
                kit,
                Box::new(judge::One(identity)),
                Arc::clone(&cores),
            )),
        );
        let environment = environment(state, engines, judge, &progress, slots, cores, signer);
        work(
            &folder,
            &workspace,
            environment,
            &progress,
            &submitted,
            &events,
            &channels,
        )
        .await
    })?;
    let unusable = unusable_photos(&planned, &checked.products, &manifest);
    events.unusable(unusable);
    Ok(exit_code(photos_failed || some_failed || unusable > 0))
}

/// Photos of a person are given only to an engine that puts products on one.
fn check_person(person: &[PhotoRef], engines: &[(EngineChoice, &EngineCard)]) -> anyhow::Result<()> {
    let takes = |card: &EngineCard| card.on_model && card.references.people;
    if person.is_empty() || engines.iter().any(|(_, card)| takes(card)) {
        return Ok(());
    }
    let first = engines[0].1;
    let cannot = if first.on_model {
        "dresses people of its own and cannot be shown one"
    } else {
        "does not put products on a person"
    };
    bail!(
        "{} {cannot}: leave out --model, or choose an engine that does (photogen engines)",
        first.name
    )
}

/// A strict shoot takes no picture whose person nobody can check.
fn check_identity(brief: &Brief, identity: Option<&Identity>) -> anyhow::Result<()> {
    if let (true, Some(Identity::Unknown(reason))) = (brief.strict, identity) {
        bail!(
            "--strict takes only pictures whose person was checked, and that cannot be done here: {reason}"
        );
    }
    Ok(())
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

fn check_photos(args: &Args, brief: &Brief, slots: usize, events: Events) -> Preflight {
    let options = preflight::Options {
        threads: slots,
        size_at_most: brief.size_at_most,
        ..preflight::Options::new(brief.size, Some(args.out.clone()), args.memory.bytes())
    };
    let bar = Events::checking();
    let checked = preflight::run(&args.photos, &options, &|done, total| bar.at(done, total));
    bar.end();
    events.checked(&checked);
    checked
}

/// The engine of a brief, and of those after it the ones that are set up here; what is not set up is said. The first is opened
/// before anything is ordered, and must be.
fn chain_of<'a>(cards: &'a Cards, brief: &Brief, events: Events) -> Vec<(EngineChoice, &'a EngineCard)> {
    let mut engines = Vec::new();
    for choice in chain(brief) {
        let Some(card) = cards.engine(&choice.name) else {
            continue;
        };
        match engines::transport::is_set_up(card, &settings::read) {
            Err(error) if !engines.is_empty() => {
                events.warn(Some(&format!(
                    "{} is not asked after the others: {error}",
                    choice.name
                )));
            }
            Err(error) => {
                events.warn(Some(&format!("this cannot be shot yet: {error}")));
                engines.push((choice.clone(), card));
            }
            Ok(()) => engines.push((choice.clone(), card)),
        }
    }
    engines
}

/// Refuses pictures of which one alone costs more than is allowed.
fn check_price(planned: &[PlannedGeneration], brief: &Brief) -> anyhow::Result<()> {
    let dearest = planned
        .iter()
        .filter_map(|picture| picture.price)
        .max()
        .unwrap_or_default();
    if dearest > brief.cost_max {
        bail!(
            "one picture costs about {dearest}, and --cost-max allows {}: raise it, or choose a lower --quality or \
             another engine",
            brief.cost_max
        );
    }
    Ok(())
}

/// Who the person is, so that every picture can be compared with the photos.
fn known_person(person: &[PhotoRef], kit: &Kit, events: Events) -> anyhow::Result<Option<Arc<Identity>>> {
    if person.is_empty() {
        return Ok(None);
    }
    let (identity, warnings) = Identity::open(person, &kit.photos)?;
    for warning in warnings {
        events.warn(Some(&warning));
    }
    Ok(Some(Arc::new(identity)))
}

/// Opens the engines of a chain, each once.
fn open_chain(chain: &[(EngineChoice, &EngineCard)], kit: &Kit) -> anyhow::Result<Vec<SharedEngine>> {
    let mut opened: Vec<SharedEngine> = Vec::new();
    for (choice, card) in chain {
        if !opened.iter().any(|engine| engine.card().name == choice.name) {
            opened.push(engines::open(card, kit)?);
        }
    }
    Ok(opened)
}

/// What the worker works with; its judge is put in by the caller.
fn environment(
    state: folder::State,
    engines: Vec<SharedEngine>,
    judge: Arc<dyn worker::Judge>,
    progress: &Arc<Progress>,
    slots: usize,
    cores: Arc<Budget>,
    signer: Option<Arc<dyn Seal>>,
) -> Environment {
    let remote = engines
        .iter()
        .map(|engine| engine.card())
        .filter(|card| !card.local);
    let waiting: usize = remote.map(|card| card.limits.concurrency as usize).sum();
    Environment {
        worker: state.ids.next(),
        store: state.store,
        blobs: Arc::new(state.blobs),
        naming: Naming::Catalogue,
        engines,
        judge,
        clock: Arc::new(SystemClock),
        ids: state.ids,
        listener: Arc::clone(progress) as _,
        lease: worker::LEASE,
        slots: slots + waiting.min(WAITING_MAX),
        cores,
        signer,
    }
}

/// Runs the queue empty and writes the report. The manifest, and whether a picture failed, was rejected or is left.
async fn work(
    folder: &Folder,
    workspace: &WorkspaceId,
    environment: Environment,
    progress: &Progress,
    submitted: &Submitted,
    events: &Events,
    channels: &Channels,
) -> anyhow::Result<(Manifest, bool)> {
    let environment = Arc::new(environment);
    let stop = Stop::default();
    let signal = tokio::spawn(stop_on_interrupt(stop.clone()));
    let ran = run_until_idle(&environment, &stop).await;
    progress.end();
    // Who stopped the pictures still wants to see them; only an interrupt from now on leaves small copies out.
    let was_stopped = stop.is_asked();
    let is_stopped = || stop.is_asked() && !was_stopped;
    let report = report::write(&environment, workspace, folder.out(), channels, &is_stopped).await;
    environment.store.close().await;
    signal.abort();
    ran?;
    let (failed, left) = progress.failed_and_left();
    let report = report?;
    events.finished(&report, folder.out(), progress.elapsed_ms(), left);
    let failing = report.channels.failing;
    Ok((
        report.manifest,
        failed + left + submitted.already_rejected + failing > 0,
    ))
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
