//! The worker of a service: asleep until there is something to make. Models are loaded then, not before.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use domain::shot::Shot;
use engines::{Budget, Kit, SharedEngine};
use store::{Store, blobs::Blobs, ids::Ids};
use tokio::sync::Notify;
use worker::{Ended, Environment, Listener, Naming, Stop, run_until_idle};

use super::{Opened, photos};
use crate::{
    clock::SystemClock,
    cut_outs, settings,
    shoot::{
        identity::Identity,
        judge::{Locks, People},
    },
};

/// How often the queue is looked at when nobody says that there is something in it.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait after something that pictures need could not be had.
const MENDING: Duration = Duration::from_secs(30);
/// The most pictures that wait for vendors at once.
const WAITING_MAX: usize = 64;

/// Makes what is ordered.
pub(crate) struct Worker {
    store: Store,
    blobs: Arc<dyn Blobs>,
    jobs: usize,
    wake: Arc<Notify>,
}

impl Worker {
    pub(crate) fn new(opened: &Opened, jobs: Option<u16>, wake: Arc<Notify>) -> Self {
        Self {
            store: opened.store.clone(),
            blobs: Arc::clone(&opened.blobs),
            jobs: jobs.map_or_else(|| available_parallelism().map_or(1, usize::from), usize::from),
            wake,
        }
    }

    /// Works until a stop is asked.
    pub(crate) async fn run(self, stop: Stop) {
        let mut ready: Option<Arc<Environment>> = None;
        while !stop.is_asked() {
            match self.store.next_due().await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    let _ = tokio::time::timeout(LOOK, self.wake.notified()).await;
                    continue;
                }
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be looked at");
                    tokio::time::sleep(LOOK).await;
                    continue;
                }
            }
            if let Err(error) = self.work(&mut ready, &stop).await {
                tracing::error!("pictures cannot be made now: {error:#}");
                eprintln!("pictures cannot be made now, and wait: {error:#}");
                let _ = tokio::time::timeout(MENDING, self.wake.notified()).await;
            }
        }
    }

    async fn work(&self, ready: &mut Option<Arc<Environment>>, stop: &Stop) -> anyhow::Result<()> {
        let environment = match ready {
            Some(environment) => environment,
            None => ready.insert(Arc::new(self.environment().await?)),
        };
        Ok(run_until_idle(environment, stop).await?)
    }

    /// Loads the models and opens every engine that is set up.
    async fn environment(&self) -> anyhow::Result<Environment> {
        let read = photos::from_blobs(Arc::clone(&self.blobs));
        let (kit, engines) = tokio::task::spawn_blocking(move || {
            let kit = cut_outs::kit(read)?;
            let engines = open_all(&kit)?;
            anyhow::Ok((kit, engines))
        })
        .await??;
        let remote = engines
            .iter()
            .map(|engine| engine.card())
            .filter(|card| !card.local);
        let waiting: usize = remote.map(|card| card.limits.concurrency as usize).sum();
        let cores = Arc::new(Budget::new(self.jobs as u64));
        let ids = Ids::new(Arc::new(SystemClock));
        let people = Box::new(Known {
            kit: kit.clone(),
            faces: Mutex::default(),
        });
        Ok(Environment {
            worker: ids.next(),
            store: self.store.clone(),
            blobs: Arc::clone(&self.blobs),
            naming: Naming::Content,
            engines,
            judge: Arc::new(Locks::new(kit, people, Arc::clone(&cores))),
            clock: Arc::new(SystemClock),
            ids,
            listener: Arc::new(Told),
            slots: self.jobs + waiting.min(WAITING_MAX),
            cores,
            signer: None,
        })
    }
}

fn open_all(kit: &Kit) -> anyhow::Result<Vec<SharedEngine>> {
    let cards = crate::engines::cards()?;
    let set_up = cards
        .engines
        .iter()
        .filter(|card| engines::transport::is_set_up(card, &settings::read).is_ok());
    let mut opened = Vec::new();
    for card in set_up {
        match engines::open(card, kit) {
            Ok(engine) => opened.push(engine),
            Err(error) => tracing::warn!(engine = %card.name, %error, "not opened"),
        }
    }
    Ok(opened)
}

/// What became of pictures is in their events.
struct Told;

impl Listener for Told {
    fn ended(&self, ended: &Ended<'_>) {
        tracing::info!(
            sku = ended.shot.product.sku,
            pose = %ended.shot.pose,
            ms = ended.elapsed_ms,
            reason = ended.end.reason(),
            "picture"
        );
    }
}

/// The persons of shots, each looked at once.
struct Known {
    kit: Kit,
    faces: Mutex<HashMap<Vec<String>, Arc<Identity>>>,
}

impl People for Known {
    fn of(&self, shot: &Shot) -> Option<Arc<Identity>> {
        if shot.person.is_empty() {
            return None;
        }
        let key: Vec<String> = shot.person.iter().map(|photo| photo.sha256.clone()).collect();
        let known = |faces: &HashMap<_, Arc<Identity>>| faces.get(&key).cloned();
        if let Some(identity) = known(&self.faces.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Some(identity);
        }
        // A fault of the face service now is no fault of the next picture's: it is not remembered.
        match Identity::open(&shot.person, &self.kit.photos) {
            Ok((identity, _)) => {
                let identity = Arc::new(identity);
                let mut faces = self.faces.lock().unwrap_or_else(PoisonError::into_inner);
                faces.insert(key, Arc::clone(&identity));
                Some(identity)
            }
            Err(error) => Some(Arc::new(Identity::Unknown(format!("{error:#}")))),
        }
    }
}
