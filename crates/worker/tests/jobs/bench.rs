//! A metered workspace, a fake engine and fake locks.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};

use domain::{
    brief::{Brief, COST_MAX},
    category::Category,
    clock::Clock,
    engine::{EngineCard, EngineChoice, EngineName, Voice},
    ids::WorkspaceId,
    manifest::Entry,
    money::MicroUsd,
    product::{PhotoRef, Product, View},
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::{Budget, Call, Candidate, Engine, EngineError, Reply};
use imaging::{
    Picture,
    provenance::{Seal, source_type},
};
use store::{
    Store,
    blobs::{Blobs, local::LocalBlobs},
    ids::Ids,
    shoots::{Order, Origin, Submission},
    thresholds::Judged,
};
use worker::{Ended, Environment, Findings, Judge, Listener, Naming, Stop, run_until_idle};

use crate::workspace::workspace;

/// Credits for one picture.
const PRICE: i64 = 2;

/// An engine that nothing can be changed about.
pub(crate) fn fake() -> EngineCard {
    EngineCard {
        name: EngineName("fake".into()),
        on_model: true,
        price_credits: PRICE,
        ..EngineCard::default()
    }
}

/// An engine that reads words, takes a seed, and charges ten cents a picture.
pub(crate) fn paid(name: &str) -> EngineCard {
    let model = r#"{ "id": "m", "sizes": { "rule": "like_input" }, "price_usd": { "medium": 0.10 } }"#;
    EngineCard {
        name: EngineName(name.into()),
        voice: Voice::Instruction,
        seed_max: Some(u64::MAX),
        models: vec![serde_json::from_str(model).unwrap()],
        ..fake()
    }
}

/// What an engine answers to the call of this number.
pub(crate) type Answer = fn(u32, &Call<'_>) -> Result<Reply, EngineError>;

/// Answers by the number of the call.
struct Fake {
    card: EngineCard,
    calls: AtomicU32,
    answer: Answer,
}

impl Engine for Fake {
    fn card(&self) -> &EngineCard {
        &self.card
    }

    fn revision(&self) -> String {
        "1".into()
    }

    fn start(&self, _: &Shot, call: &Call<'_>) -> Result<Reply, EngineError> {
        (self.answer)(self.calls.fetch_add(1, Ordering::Relaxed) + 1, call)
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "an engine's answer, as the fake engine hands it on"
)]
pub(crate) fn picture() -> Result<Reply, EngineError> {
    let white = Picture::from_pixel(64, 64, image::Rgba([65535; 4]));
    Ok(Reply::Done(Box::new(candidate(white))))
}

/// Pixels, as an engine hands them over.
pub(crate) fn candidate(pixels: Picture) -> Candidate {
    Candidate {
        pixels,
        notes: vec![],
        needs_review: false,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        recipe: serde_json::json!({}),
        inputs: vec!["hash".into()],
        people: Vec::new(),
        as_made: None,
        parent: None,
    }
}

pub(crate) struct Always(pub(crate) Outcome);

impl Judge for Always {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        let evidence = serde_json::json!({ "reason": "the sleeve is another colour" });
        let verdict = Verdict {
            lock: "product".into(),
            score: Some(0.1),
            threshold: 0.5,
            outcome: self.0,
            evidence,
        };
        vec![verdict].into()
    }
}

/// A clock that only goes on when it is read, a second each time: backoff needs no waiting.
pub(crate) struct FastClock(pub(crate) AtomicI64);

impl Clock for FastClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn ended(&self, ended: &Ended<'_>) {
        self.0.lock().unwrap().push(format!(
            "{}: {}",
            ended.shot.product.sku,
            ended.end.reason().unwrap_or("done")
        ));
    }
}

pub(crate) struct Ran {
    /// Vendors' files that are left.
    pub(crate) received: usize,
    /// The files of the first picture's attempts that were kept, each with its path.
    pub(crate) candidates: Vec<(String, Vec<u8>)>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) heard: Vec<String>,
    pub(crate) calls: u32,
    pub(crate) available: i64,
    pub(crate) file: Option<Vec<u8>>,
    pub(crate) judged: Vec<Judged>,
}

/// What a judge may hold on to.
pub(crate) struct Around<'a> {
    pub(crate) store: &'a Store,
    pub(crate) folder: &'a Path,
    pub(crate) clock: &'a Arc<FastClock>,
}

/// Shoots the FRONT of each SKU with a fake engine in a metered workspace of 100 credits.
pub(crate) async fn shoot(skus: &[&str], answer: Answer, outcome: Outcome, strict: bool) -> Ran {
    let set_up = SetUp {
        skus,
        strict,
        ..SetUp::new(answer)
    };
    set_up.shoot(|_| Arc::new(Always(outcome))).await
}

/// What a shoot is done with.
struct World {
    environment: Arc<Environment>,
    folder: tempfile::TempDir,
    heard: Arc<Heard>,
    engines: Vec<Arc<Fake>>,
    workspace: WorkspaceId,
}

/// Puts another storage around one.
pub(crate) type Storage = fn(Arc<dyn Blobs>) -> Arc<dyn Blobs>;

/// What is shot, and by whom.
pub(crate) struct SetUp<'a> {
    pub(crate) skus: &'a [&'a str],
    /// The brief's engine first; each asks the same answer.
    pub(crate) cards: Vec<EngineCard>,
    pub(crate) answer: Answer,
    pub(crate) strict: bool,
    pub(crate) slots: usize,
    pub(crate) attempts_max: u32,
    pub(crate) cost_max: MicroUsd,
    pub(crate) signer: Option<Arc<dyn Seal>>,
    /// Stands around the folder's blobs.
    pub(crate) storage: Option<Storage>,
    /// A database elsewhere.
    pub(crate) database: Option<String>,
    pub(crate) naming: Naming,
}

impl SetUp<'_> {
    pub(crate) fn new(answer: Answer) -> Self {
        Self {
            skus: &["A"],
            cards: vec![fake()],
            answer,
            strict: false,
            slots: 2,
            attempts_max: 3,
            cost_max: COST_MAX,
            signer: None,
            storage: None,
            database: None,
            naming: Naming::Catalogue,
        }
    }

    async fn submit(&self, store: &Store, ids: &Ids, workspace: &WorkspaceId) {
        let mut chain = self.cards.iter().map(|card| EngineChoice::of(&card.name.0));
        let brief = Brief {
            engine: chain.next().unwrap(),
            fallbacks: chain.collect(),
            cost_max: self.cost_max,
            strict: self.strict,
            ..Brief::default()
        };
        let products: Vec<Product> = self.skus.iter().map(|sku| product(sku)).collect();
        let orders: Vec<Order> = products
            .iter()
            .enumerate()
            .map(|(index, product)| order(index, product, &brief))
            .collect();
        let submission = Submission {
            workspace,
            brief: &brief,
            origin: Origin::Folder(&products),
            orders: &orders,
            price_credits: PRICE,
            attempts_max: self.attempts_max,
        };
        store.submit(ids, &submission, &|_| true, 0).await.unwrap();
    }

    /// Shoots, and what it was done with.
    pub(crate) async fn run(self) -> (Arc<Environment>, tempfile::TempDir) {
        let (environment, folder) = self.order().await;
        run_until_idle(&environment, &Stop::default()).await.unwrap();
        (environment, folder)
    }

    /// Orders, and with what it can be shot.
    pub(crate) async fn order(self) -> (Arc<Environment>, tempfile::TempDir) {
        let world = self.set_up(|_| Arc::new(Always(Outcome::Passed))).await;
        (world.environment, world.folder)
    }

    async fn set_up(self, judge: impl FnOnce(&Around<'_>) -> Arc<dyn Judge>) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = match &self.database {
            Some(url) => Store::connect(url, 4, true).await.unwrap(),
            None => Store::open(&folder.path().join("state.db")).await.unwrap(),
        };
        let clock = Arc::new(FastClock(AtomicI64::new(0)));
        let ids = Ids::new(Arc::clone(&clock) as _);
        let workspace = workspace(&store, "w", true).await;
        store.grant(&ids, &workspace, 100, 0).await.unwrap();
        self.submit(&store, &ids, &workspace).await;
        let engines: Vec<Arc<Fake>> = self
            .cards
            .into_iter()
            .map(|card| {
                Arc::new(Fake {
                    card,
                    calls: AtomicU32::new(0),
                    answer: self.answer,
                })
            })
            .collect();
        let heard = Arc::new(Heard::default());
        let judge = judge(&Around {
            store: &store,
            folder: folder.path(),
            clock: &clock,
        });
        let blobs: Arc<dyn Blobs> =
            Arc::new(LocalBlobs::open(folder.path(), &folder.path().join("unfinished")).unwrap());
        let environment = Arc::new(Environment {
            store,
            blobs: self
                .storage
                .map_or_else(|| Arc::clone(&blobs), |around| around(Arc::clone(&blobs))),
            naming: self.naming,
            engines: engines.iter().map(|engine| Arc::clone(engine) as _).collect(),
            judge,
            clock,
            ids,
            listener: Arc::clone(&heard) as _,
            worker: "w1".into(),
            lease: worker::LEASE,
            slots: self.slots,
            cores: Arc::new(Budget::new(2)),
            signer: self.signer,
        });
        World {
            environment,
            folder,
            heard,
            engines,
            workspace,
        }
    }

    pub(crate) async fn shoot(self, judge: impl FnOnce(&Around<'_>) -> Arc<dyn Judge>) -> Ran {
        let World {
            environment,
            folder,
            heard,
            engines,
            workspace,
        } = self.set_up(judge).await;
        run_until_idle(&environment, &Stop::default()).await.unwrap();
        let balance = environment.store.balance(&workspace).await.unwrap();
        assert_eq!(balance.open_holds, 0, "every hold is settled or released");
        let entries = environment.store.entries(&workspace).await.unwrap();
        let file = match &entries[0].file {
            Some(file) => Some(environment.blobs.get(&file.path).await.unwrap().to_vec()),
            None => None,
        };
        let heard = heard.0.lock().unwrap().clone();
        let folder_holds = |name: &str| {
            let listed = std::fs::read_dir(folder.path().join(".photogen").join(name));
            listed.map_or(0, Iterator::count)
        };
        let kept = entries[0]
            .attempts
            .iter()
            .filter_map(|one| one.candidate.as_ref());
        let kept = kept.map(|file| {
            (
                file.path.clone(),
                std::fs::read(folder.path().join(&file.path)).unwrap(),
            )
        });
        Ran {
            candidates: kept.collect(),
            received: folder_holds("received"),
            entries,
            heard,
            calls: engines
                .iter()
                .map(|engine| engine.calls.load(Ordering::Relaxed))
                .sum(),
            available: balance.available,
            file,
            judged: environment
                .store
                .last_judged(&workspace, "product", 100)
                .await
                .unwrap(),
        }
    }
}

fn product(sku: &str) -> Product {
    let photo = PhotoRef {
        view: View::Front,
        side: None,
        number: 1,
        source: "a.jpg".into(),
        sha256: "hash".into(),
    };
    Product {
        sku: sku.into(),
        name: None,
        category: Category::Top,
        colour: None,
        photos: vec![photo],
    }
}

fn order(index: usize, product: &Product, brief: &Brief) -> Order {
    let shot = Shot {
        product: product.clone(),
        pose: "FRONT".parse().unwrap(),
        take: 1,
        seed: u64::MAX,
        person: Vec::new(),
        brief: brief.clone(),
    };
    Order {
        product: index,
        fingerprint: shot.fingerprint("1"),
        shot,
        skip: None,
    }
}
