//! The worker of a service: asleep until there is something to make. Models are loaded then, not before.

use std::{sync::Arc, time::Duration};

use domain::clock::Clock;
use engines::{Budget, Kit, SharedEngine, sharing::Sharing, vendor::webhook::PUBLIC_URL};
use imaging::provenance::Seal;
use store::{Store, blobs::Blobs, ids::Ids};
use tokio::sync::Notify;
use worker::{Ended, Environment, Listener, Naming, Stop, run_until_idle, sharing::Shared};

use super::{Making, Opened, people::Known, photos, sets::Sets, telemetry, vendors::Working};
use crate::{cut_outs, settings, shoot::judge::Locks};

/// How often the queue is looked at when nobody says that there is something in it.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait after something that pictures need could not be had.
const MENDING: Duration = Duration::from_secs(30);
/// The most pictures that wait for vendors at once: a thread each, of the 512 that the runtime has for work that blocks.
const WAITING_MAX: usize = 256;

/// Makes what is ordered.
pub(crate) struct Worker {
    store: Store,
    clock: Arc<dyn Clock>,
    blobs: Arc<dyn Blobs>,
    /// Who signs delivered files.
    signer: Option<Arc<dyn Seal>>,
    making: Making,
    wake: Arc<Notify>,
    /// Where vendors reach the service, if they can.
    public_url: Option<String>,
    /// Where the engines are found by those who are told of their jobs.
    working: Working,
    /// What opens what is known of faces, the newest first.
    secrets: Vec<Vec<u8>>,
    /// Turns at the processor.
    cores: Arc<Budget>,
    /// A picture ended.
    ended: Arc<Notify>,
}

impl Worker {
    pub(crate) fn new(
        opened: &Opened,
        making: Making,
        wake: Arc<Notify>,
        public_url: Option<String>,
        working: Working,
        secrets: Vec<Vec<u8>>,
    ) -> Self {
        Self {
            store: opened.store.clone(),
            clock: Arc::clone(&opened.clock),
            blobs: Arc::clone(&opened.blobs),
            signer: opened.signer.clone(),
            making,
            wake,
            public_url,
            working,
            secrets,
            cores: Arc::new(Budget::new(making.jobs() as u64)),
            ended: Arc::default(),
        }
    }

    /// Works until a stop is asked.
    pub(crate) async fn run(self, stop: Stop) {
        let mut ready: Option<Arc<Environment>> = None;
        let comparing = tokio::spawn(self.sets().run(stop.clone()));
        let listening = tokio::spawn(wake_at_jobs(self.store.clone(), Arc::clone(&self.wake)));
        while !stop.is_asked() {
            match self.store.next_due().await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    if self.is_to_call_off().await {
                        self.try_work(&mut ready, &stop).await;
                    }
                    let _ = tokio::time::timeout(LOOK, self.wake.notified()).await;
                    continue;
                }
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be looked at");
                    tokio::time::sleep(LOOK).await;
                    continue;
                }
            }
            self.try_work(&mut ready, &stop).await;
        }
        listening.abort();
        self.ended.notify_one();
        let _ = comparing.await;
    }

    fn sets(&self) -> Sets {
        Sets {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            blobs: Arc::clone(&self.blobs),
            ids: Ids::new(Arc::clone(&self.clock)),
            cores: Arc::clone(&self.cores),
            ended: Arc::clone(&self.ended),
        }
    }

    /// Works, and waits for a while where that cannot be done.
    async fn try_work(&self, ready: &mut Option<Arc<Environment>>, stop: &Stop) {
        if let Err(error) = self.work(ready, stop).await {
            tracing::error!("pictures cannot be made now: {error:#}");
            eprintln!("pictures cannot be made now, and wait: {error:#}");
            let _ = tokio::time::timeout(MENDING, self.wake.notified()).await;
        }
    }

    /// A vendor has a job that nobody wants any more.
    async fn is_to_call_off(&self) -> bool {
        let unwanted = self.store.unwanted(self.clock.now_ms()).await;
        unwanted.is_ok_and(|unwanted| !unwanted.is_empty())
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
        let ids = Ids::new(Arc::clone(&self.clock));
        let worker = ids.next();
        let shared = self.store.is_shared();
        let sharing = shared.then(|| Shared::start(self.store.clone(), worker.clone()) as Arc<dyn Sharing>);
        let read = photos::from_blobs(Arc::clone(&self.blobs));
        let public_url = self.public_url.clone();
        let memory = self.making.memory.bytes();
        let (kit, engines) = tokio::task::spawn_blocking(move || {
            let kit = Kit {
                setting: Arc::new(move |name| match (name, &public_url) {
                    (PUBLIC_URL, Some(url)) => Some(url.clone()),
                    _ => settings::read(name),
                }),
                sharing,
                ..cut_outs::kit(read, memory)?
            };
            let engines = open_all(&kit)?;
            anyhow::Ok((kit, engines))
        })
        .await??;
        self.working.set(engines.clone());
        let remote = engines
            .iter()
            .map(|engine| engine.card())
            .filter(|card| !card.local);
        let waiting: usize = remote.map(|card| card.limits.concurrency as usize).sum();
        let cores = Arc::clone(&self.cores);
        let (store, clock) = (self.store.clone(), Arc::clone(&self.clock));
        let people = Box::new(Known::new(kit.clone(), store, clock, &self.secrets));
        Ok(Environment {
            worker,
            store: self.store.clone(),
            blobs: Arc::clone(&self.blobs),
            naming: Naming::Content,
            engines,
            judge: Arc::new(Locks::new(kit, people, Arc::clone(&cores))),
            clock: Arc::clone(&self.clock),
            ids,
            listener: Arc::new(Told(Arc::clone(&self.ended))),
            lease: self.making.lease(),
            slots: self.making.jobs() + waiting.min(WAITING_MAX),
            cores,
            signer: self.signer.clone(),
        })
    }
}

/// Wakes the worker at once when a server puts jobs in the queue. While that cannot be heard, it looks now and then.
async fn wake_at_jobs(store: Store, wake: Arc<Notify>) {
    loop {
        match hear(&store, &wake).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "the queue is not listened to for now"),
        }
        tokio::time::sleep(MENDING).await;
    }
}

/// Hears until the connection breaks; at once over where there is nothing to hear.
async fn hear(store: &Store, wake: &Notify) -> store::Result<()> {
    let Some(mut wakes) = store.wakes().await? else {
        return Ok(());
    };
    loop {
        wakes.next().await?;
        wake.notify_one();
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
struct Told(Arc<Notify>);

impl Listener for Told {
    fn ended(&self, ended: &Ended<'_>) {
        tracing::info!(
            sku = ended.shot.product.sku,
            pose = %ended.shot.pose,
            ms = ended.elapsed_ms,
            reason = ended.end.reason(),
            "picture"
        );
        self.0.notify_one();
    }

    fn traced(&self, span: &tracing::Span, traceparent: &str) {
        telemetry::go_on(span, traceparent);
    }
}
