//! Retention in any history of pictures: what goes is what the rule says, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{clock::Clock, ids::GenerationId, product::View, retry::AttemptOutcome};
use futures_util::StreamExt as _;
use proptest::prelude::*;
use serde_json::json;
use store::{
    Store, StoreError,
    attempts::Closing,
    blobs::{Blobs as _, Memory},
    exports::NewExport,
    generations::AttemptEnd,
    queue::Lease,
    retention::{Due, Retention},
    reviews::{Decision, NewReview, delivered_key},
    shoots::Generation,
    sweep::Swept,
};
use testkit::database::{Engine, TestDatabase};

use crate::{
    bench::{Bench, CLOCK, brief, delivered, file, product},
    clock::TestClock,
    histories::play_many,
};

const HOUR_MS: i64 = 3_600_000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
pub(crate) const NOW_MS: i64 = 1_795_478_400_000;

/// One step of a random history.
#[derive(Clone, Debug)]
enum Step {
    /// A picture is made: so many tries are sent back, and the one after them is delivered or there is none.
    Make(u8, bool),
    /// Somebody decides on one of the pictures.
    Decide(usize, Decision),
    /// One is made again.
    Redo(usize),
    /// An export of one of them is ordered.
    Order(usize),
    /// Every export is called off.
    CallOff,
    /// Candidates and rejected pictures are kept so many days.
    Keep(Option<i64>, Option<i64>),
    Sweep,
    /// Days pass.
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let days = || prop::sample::select(vec![None, Some(1_i64), Some(3), Some(10)]);
    let decision = prop::sample::select(vec![Decision::Approved, Decision::Rejected, Decision::Undone]);
    let step = prop_oneof![
        6 => (0..3_u8, any::<bool>()).prop_map(|(tries, delivered)| Step::Make(tries, delivered)),
        6 => (0..8_usize, decision).prop_map(|(at, decision)| Step::Decide(at, decision)),
        1 => (0..8_usize).prop_map(Step::Redo),
        1 => (0..8_usize).prop_map(Step::Order),
        1 => Just(Step::CallOff),
        3 => (days(), days()).prop_map(|(candidates, rejected)| Step::Keep(candidates, rejected)),
        5 => Just(Step::Sweep),
        5 => prop::sample::select(vec![1, 2, 5]).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..40)
}

/// A picture, as the rule sees it.
struct Picture {
    id: GenerationId,
    ended_ms: i64,
    decided_ms: i64,
    review: Option<Decision>,
    /// It was made again.
    superseded: bool,
    /// A try was delivered at once.
    done: bool,
    /// The file that was delivered, or taken anyway.
    file: Option<String>,
    /// The files of tries that were sent back, in order.
    candidates: Vec<String>,
}

impl Picture {
    fn is_taken(&self) -> bool {
        !self.done && self.file.is_some()
    }

    fn is_rejected(&self) -> bool {
        self.review != Some(Decision::Approved)
            && (self.review == Some(Decision::Rejected) || self.superseded || !(self.done || self.is_taken()))
    }

    /// What the rule says goes.
    fn age(&mut self, retention: Retention, now_ms: i64) {
        let is_past =
            |days: Option<i64>, since_ms: i64| days.is_some_and(|days| since_ms <= now_ms - days * DAY_MS);
        if self.is_rejected() && is_past(retention.rejected, self.ended_ms.max(self.decided_ms)) {
            self.file = None;
            self.candidates.clear();
        }
        if is_past(retention.candidates, self.ended_ms) {
            let last = if self.done { None } else { self.candidates.pop() };
            self.candidates = last.into_iter().collect();
        }
    }
}

struct World {
    bench: Bench,
    blobs: Memory,
    now_ms: i64,
    retention: Retention,
    pictures: Vec<Picture>,
    /// Exports that are open, each with the picture that it packs.
    exports: BTreeMap<String, GenerationId>,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        Self {
            bench: Bench::new(database, Some(10_000)).await,
            blobs: Memory::new(Arc::new(TestClock(1.into()))),
            now_ms: NOW_MS,
            retention: Retention::default(),
            pictures: Vec::new(),
            exports: BTreeMap::new(),
        }
    }

    fn store(&self) -> &Store {
        &self.bench.store
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Make(tries, is_delivered) => {
                let sku = format!("S{}", self.pictures.len());
                let products = [product(&sku, &[View::Front])];
                self.bench.submit(&brief("front"), &products, true).await.unwrap();
                self.make(*tries, *is_delivered).await;
            }
            Step::Decide(at, decision) => self.decide(*at, *decision).await,
            Step::Redo(at) => self.redo(*at).await,
            Step::Order(at) => self.order(*at).await,
            Step::CallOff => {
                for id in std::mem::take(&mut self.exports).into_keys() {
                    let cancelled = self
                        .store()
                        .cancel_export(&self.bench.workspace, &id, self.now_ms);
                    assert!(cancelled.await.unwrap());
                }
            }
            Step::Keep(candidates, rejected) => {
                self.retention.candidates = *candidates;
                self.retention.rejected = *rejected;
                let Bench {
                    store,
                    ids,
                    workspace,
                } = &self.bench;
                store
                    .set_retention(ids, workspace, &self.retention, "anna", self.now_ms)
                    .await
                    .unwrap();
            }
            Step::Sweep => self.sweep().await,
            Step::Pass(days) => self.now_ms += days * DAY_MS,
        }
    }

    /// Makes the one picture that waits.
    async fn make(&mut self, tries: u8, is_delivered: bool) {
        let mut lease = self.bench.claim().await.unwrap();
        let id = lease.generation.clone();
        let mut candidates = Vec::new();
        // What was not delivered was sent back.
        let tries = if is_delivered { tries } else { tries.max(1) };
        for number in 1..=tries {
            let path = format!("candidates/w/{id}-{number}.webp");
            self.put(&path).await;
            let closing = Closing {
                candidate: Some(file(&path)),
                made: Some(delivered(&path)),
                ..Closing::of(AttemptOutcome::Rejected)
            };
            let is_last = number == tries && !is_delivered;
            let end = if is_last {
                AttemptEnd::Rejected("the print is gone".into())
            } else {
                AttemptEnd::Retry {
                    message: "the print is gone".into(),
                    run_at_ms: 0,
                }
            };
            self.end(&lease, &closing, &end).await;
            candidates.push(path);
            if !is_last {
                lease = self.bench.claim().await.unwrap();
            }
        }
        let path = is_delivered.then(|| format!("pictures/w/{id}.webp"));
        if let Some(path) = &path {
            self.put(path).await;
            let end = AttemptEnd::Completed(delivered(path));
            self.end(&lease, &Closing::of(AttemptOutcome::Done), &end).await;
        }
        self.pictures.push(Picture {
            id,
            ended_ms: self.now_ms,
            decided_ms: 0,
            review: None,
            superseded: false,
            done: is_delivered,
            file: path,
            candidates,
        });
    }

    async fn end(&self, lease: &Lease, closing: &Closing, end: &AttemptEnd) {
        let attempt = self.bench.begin(lease).await.unwrap();
        self.store()
            .end_attempt(&self.bench.ids, lease, &attempt, closing, end, self.now_ms)
            .await
            .unwrap();
    }

    async fn put(&self, path: &str) {
        self.blobs.put(path, "picture".into()).await.unwrap();
    }

    async fn generation(&self, id: &GenerationId) -> Generation {
        let found = self.store().generation(&self.bench.workspace, id).await;
        found.unwrap().unwrap()
    }

    /// Approves, also what was sent back, rejects, or takes back: where that can be done.
    async fn decide(&mut self, at: usize, decision: Decision) {
        let Some(picture) = self.pictures.get(at) else {
            return;
        };
        let generation = self.generation(&picture.id).await;
        let is_there = picture.done || picture.is_taken();
        let taken = picture.candidates.last().map(|path| delivered_key(path));
        let is_refused = picture.superseded
            || match decision {
                Decision::Approved if picture.done => picture.file.is_none(),
                Decision::Approved => picture.file.is_none() && taken.is_none(),
                Decision::Rejected => generation.status.name() != "COMPLETED",
                Decision::Redo | Decision::Undone => false,
            };
        if let (Decision::Approved, false, false, Some(path)) = (decision, is_there, is_refused, &taken) {
            self.put(path).await;
        }
        let new = NewReview {
            decision,
            anyway: decision == Decision::Approved,
            reason: None,
            note: None,
            author: "anna",
        };
        let Bench {
            store,
            ids,
            workspace,
        } = &self.bench;
        match store.review(ids, workspace, &generation, &new, self.now_ms).await {
            Ok(_) => assert!(!is_refused, "{decision:?}"),
            Err(StoreError::Refused(why)) => {
                assert!(is_refused, "{decision:?}: {why}");
                return;
            }
            Err(error) => panic!("{error}"),
        }
        let (now_ms, picture) = (self.now_ms, &mut self.pictures[at]);
        picture.decided_ms = now_ms;
        match decision {
            Decision::Approved if !is_there => picture.file = taken,
            Decision::Undone if picture.is_taken() => picture.file = None,
            _ => {}
        }
        picture.review = (decision != Decision::Undone).then_some(decision);
    }

    async fn redo(&mut self, at: usize) {
        let Some(picture) = self.pictures.get(at).filter(|picture| !picture.superseded) else {
            return;
        };
        let generation = self.generation(&picture.id).await;
        let Bench {
            store,
            ids,
            workspace,
        } = &self.bench;
        store
            .redo(ids, workspace, &generation, "anna", CLOCK.now_ms())
            .await
            .unwrap();
        self.pictures[at].superseded = true;
        self.make(0, true).await;
    }

    async fn order(&mut self, at: usize) {
        let Some(picture) = self.pictures.get(at) else {
            return;
        };
        let (id, packed) = (self.bench.ids.next(), picture.id.clone());
        let request = json!({ "profiles": ["web"], "generations": [packed] }).to_string();
        let new = NewExport {
            id: &id,
            request: &request,
            total: 1,
            to: None,
            created_by: "anna",
        };
        self.store()
            .add_export(&self.bench.workspace, &new, self.now_ms)
            .await
            .unwrap();
        self.exports.insert(id, packed);
    }

    /// Sweeps, and what rows name then is what the rule says. A second time changes nothing more.
    async fn sweep(&mut self) {
        let packed: BTreeSet<&GenerationId> = self.exports.values().collect();
        for picture in &mut self.pictures {
            if !packed.contains(&picture.id) {
                picture.age(self.retention, self.now_ms);
            }
        }
        let (store, ids) = (&self.bench.store, &self.bench.ids);
        store.sweep(ids, &self.blobs, self.now_ms).await.unwrap();
        let named: BTreeSet<String> = store
            .picture_files()
            .await
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(named, self.named());
        for path in &named {
            assert!(self.blobs.size(path).await.unwrap().is_some(), "{path} is gone");
        }
        let due = store
            .retention_due(&self.bench.workspace, &self.retention, self.now_ms)
            .await
            .unwrap();
        assert_eq!(due, Due::default());
        let again = store.sweep(ids, &self.blobs, self.now_ms).await.unwrap();
        assert_eq!(again, Swept::default());
    }

    fn named(&self) -> BTreeSet<String> {
        let files = self
            .pictures
            .iter()
            .flat_map(|picture| picture.file.iter().chain(&picture.candidates));
        files.cloned().collect()
    }

    /// Hours later nothing lies there but what is named.
    async fn end_of_time(&mut self) {
        for _ in 0..2 {
            self.now_ms += 2 * HOUR_MS;
            self.sweep().await;
        }
        let left: BTreeSet<String> = self.blobs.list("").map(|blob| blob.unwrap().key).collect().await;
        assert_eq!(left, self.named());
        let contradictions = self.store().contradictions(true).await.unwrap();
        assert_eq!(contradictions, [""; 0]);
    }
}

async fn play(database: &TestDatabase, steps: &[Step]) {
    let mut world = World::new(database).await;
    for step in steps {
        world.step(step).await;
    }
    world.end_of_time().await;
}

#[test]
fn what_is_older_goes_and_nothing_else_in_every_history_on_sqlite() {
    play_many(Engine::Sqlite, 48, &steps(), play);
}

#[test]
fn what_is_older_goes_and_nothing_else_in_every_history_on_postgres() {
    play_many(Engine::Postgres, 8, &steps(), play);
}
