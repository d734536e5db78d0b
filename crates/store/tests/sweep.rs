//! The sweep in any history of exports: nothing goes that one of them needs, and in the end everything goes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "world/clock.rs"]
mod clock;
#[path = "world/histories.rs"]
mod histories;
#[path = "world/workspace.rs"]
mod workspace;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{clock::Clock, ids::WorkspaceId};
use futures_util::{StreamExt as _, stream::BoxStream};
use proptest::prelude::*;
use store::{
    Store,
    blobs::{self, Blobs, Listed, Memory, Reading},
    exports::{Export, ExportEnd, NewExport, report_key},
    ids::Ids,
};
use testkit::database::{Engine, TestDatabase};

use clock::TestClock;
use histories::play_many;
use workspace::workspace;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const LEASE_MS: i64 = 5 * MINUTE_MS;
const KEPT_MS: i64 = 7 * DAY_MS;

#[derive(Clone, Debug)]
enum Step {
    /// Somebody orders an export.
    Order,
    /// A worker that has none takes the next.
    Claim,
    /// It renders a file, or finds it rendered; a sweep may come in between.
    Render(u8, bool),
    /// It stores the archive of what it rendered; a sweep may come before the row says so.
    Pack(bool),
    /// It ends its export.
    End,
    /// It stops and puts its export back.
    PutBack,
    /// It dies.
    Die,
    /// Somebody calls one of the exports off.
    CallOff(usize),
    /// Archives that were kept long enough are forgotten.
    Expire,
    Sweep,
    /// Minutes pass.
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let passes = prop::sample::select(vec![1, 30, 61, 25 * 60, 3 * 24 * 60, 8 * 24 * 60, 91 * 24 * 60]);
    let step = prop_oneof![
        3 => Just(Step::Order),
        4 => Just(Step::Claim),
        6 => (0..3_u8, any::<bool>()).prop_map(|(file, swept)| Step::Render(file, swept)),
        3 => any::<bool>().prop_map(Step::Pack),
        3 => Just(Step::End),
        1 => Just(Step::PutBack),
        1 => Just(Step::Die),
        1 => (0..4_usize).prop_map(Step::CallOff),
        2 => Just(Step::Expire),
        5 => Just(Step::Sweep),
        5 => passes.prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the worker has in hand.
struct Held {
    id: String,
    token: String,
    archive: Option<String>,
}

struct World {
    store: Store,
    clock: Arc<TestClock>,
    blobs: Memory,
    ids: Ids,
    workspace: WorkspaceId,
    /// Every export, and what was rendered for it.
    exports: BTreeMap<String, BTreeSet<String>>,
    held: Option<Held>,
}

impl World {
    async fn new(database: &TestDatabase) -> Self {
        let store = Store::connect(&database.url, 4, true).await.unwrap();
        let workspace = workspace(&store, "w", false).await;
        let clock = Arc::new(TestClock::default());
        Self {
            store,
            blobs: Memory::new(Arc::clone(&clock) as _),
            ids: Ids::new(Arc::clone(&clock) as _),
            clock,
            workspace,
            exports: BTreeMap::new(),
            held: None,
        }
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Order => self.order().await,
            Step::Claim => self.claim().await,
            Step::Render(file, swept) => self.render(*file, *swept).await,
            Step::Pack(swept) => self.pack(*swept).await,
            Step::End => self.end().await,
            Step::PutBack => {
                if let Some(held) = self.held.take() {
                    self.store.put_back_export(&held.id, &held.token).await.unwrap();
                }
            }
            Step::Die => self.held = None,
            Step::CallOff(index) => {
                if let Some(id) = self.exports.keys().nth(*index) {
                    let now_ms = self.clock.now_ms();
                    self.store
                        .cancel_export(&self.workspace, id, now_ms)
                        .await
                        .unwrap();
                }
            }
            Step::Expire => {
                self.store.expire_exports(self.clock.now_ms()).await.unwrap();
            }
            Step::Sweep => self.sweep().await,
            Step::Pass(minutes) => self.pass(*minutes).await,
        }
    }

    async fn order(&mut self) {
        let id = self.ids.next();
        let new = NewExport {
            id: &id,
            request: "{}",
            total: 0,
            to: None,
            created_by: "anna",
        };
        let now_ms = self.clock.now_ms();
        self.store
            .add_export(&self.workspace, &new, now_ms)
            .await
            .unwrap();
        self.exports.insert(id, BTreeSet::new());
    }

    /// An archive that an earlier worker told of is taken if it is there.
    async fn claim(&mut self) {
        if self.held.is_some() {
            return;
        }
        let (token, now_ms) = (self.ids.next(), self.clock.now_ms());
        let claimed = self
            .store
            .claim_export(&token, now_ms + LEASE_MS, now_ms)
            .await
            .unwrap();
        let Some(Export { id, file, .. }) = claimed else {
            return;
        };
        let archive = match file {
            Some(file) if self.is_there(&file).await => Some(file),
            _ => None,
        };
        self.held = Some(Held { id, token, archive });
    }

    async fn render(&mut self, file: u8, swept: bool) {
        let Some(Held { id, .. }) = &self.held else { return };
        let (id, key) = (id.clone(), format!("renders/w/{file}.png"));
        self.store.spare(&key).await.unwrap();
        if swept {
            self.sweep().await;
        }
        if !self.is_there(&key).await {
            self.blobs.put(&key, vec![file].into()).await.unwrap();
        }
        if self.state(&id).await == "running" {
            self.exports.get_mut(&id).unwrap().insert(key);
        }
    }

    /// The same files are the same archive, so several exports may name one.
    async fn pack(&mut self, swept: bool) {
        let Some(Held {
            id,
            token,
            archive: None,
        }) = &self.held
        else {
            return;
        };
        let (id, token) = (id.clone(), token.clone());
        let names: Vec<&str> = self.exports[&id]
            .iter()
            .filter_map(|key| key.get(10..11))
            .collect();
        if names.is_empty() {
            return;
        }
        let file = format!("exports/w/{}.zip", names.concat());
        for key in [report_key(&file), file.clone()] {
            self.store.spare(&key).await.unwrap();
            self.blobs.put(&key, vec![0].into()).await.unwrap();
        }
        if swept {
            self.sweep().await;
        }
        let is_told = self
            .store
            .tell_archive(&id, &token, &file, 1, "hash")
            .await
            .unwrap();
        self.held = is_told.then_some(Held {
            id,
            token,
            archive: Some(file),
        });
    }

    async fn end(&mut self) {
        let Some(held) = self.held.take() else { return };
        let now_ms = self.clock.now_ms();
        let end = match held.archive {
            Some(file) => ExportEnd::Done {
                file,
                bytes: 1,
                sha256: "hash".to_owned(),
                expires_ms: now_ms + KEPT_MS,
            },
            None => ExportEnd::Failed("there is nothing".to_owned()),
        };
        self.store
            .end_export(&held.id, &held.token, &end, now_ms)
            .await
            .unwrap();
    }

    /// A worker that lives keeps what it holds.
    async fn pass(&mut self, minutes: i64) {
        self.clock.0.fetch_add(minutes * MINUTE_MS, Ordering::Relaxed);
        if let Some(Held { id, token, .. }) = &self.held {
            let until_ms = self.clock.now_ms() + LEASE_MS;
            if !self.store.keep_export(id, token, until_ms).await.unwrap() {
                self.held = None;
            }
        }
    }

    async fn sweep(&self) {
        let now_ms = self.clock.now_ms();
        self.store.sweep(&self.ids, &self.blobs, now_ms).await.unwrap();
    }

    async fn is_there(&self, key: &str) -> bool {
        self.blobs.size(key).await.unwrap().is_some()
    }

    async fn export(&self, id: &str) -> Export {
        self.store.export(&self.workspace, id).await.unwrap().unwrap()
    }

    async fn state(&self, id: &str) -> String {
        self.export(id).await.state
    }

    /// What every export needs is there.
    async fn check(&self) {
        for (id, rendered) in &self.exports {
            let export = self.export(id).await;
            let mut needed: Vec<String> = Vec::new();
            if matches!(export.state.as_str(), "waiting" | "running") {
                needed.extend(rendered.iter().cloned());
            }
            let held = self
                .held
                .as_ref()
                .filter(|held| held.id == *id && export.state == "running");
            let told = export.file.filter(|_| export.state == "done");
            for archive in told.into_iter().chain(held.and_then(|held| held.archive.clone())) {
                needed.extend([report_key(&archive), archive]);
            }
            for key in needed {
                assert!(self.is_there(&key).await, "a {} export needs {key}", export.state);
            }
        }
    }

    /// Every export ends, its time passes, and nothing is left.
    async fn end_of_time(&mut self) {
        self.held = None;
        for id in self.exports.keys() {
            self.store
                .cancel_export(&self.workspace, id, self.clock.now_ms())
                .await
                .unwrap();
        }
        self.pass(92 * 24 * 60).await;
        self.store.expire_exports(self.clock.now_ms()).await.unwrap();
        self.sweep().await;
        self.pass(61).await;
        self.sweep().await;
        let left: Vec<_> = self.blobs.list("").collect().await;
        assert!(left.is_empty(), "{left:?}");
    }
}

async fn play(database: &TestDatabase, steps: &[Step]) {
    let mut world = World::new(database).await;
    for step in steps {
        world.step(step).await;
        world.check().await;
    }
    world.end_of_time().await;
}

/// Of what is made for exports there is no small copy: none is asked for when it goes.
#[tokio::test]
async fn what_was_rendered_goes_alone() {
    const ANOTHERS: &str = "thumbnails/480/renders/w/0.png";
    let database = TestDatabase::new(Engine::Sqlite).unwrap();
    let mut world = World::new(&database).await;
    for key in ["renders/w/0.png", "exports/w/0.zip", ANOTHERS] {
        world.blobs.put(key, vec![0].into()).await.unwrap();
    }
    world.pass(91 * 24 * 60).await;
    world.sweep().await;
    world.pass(61).await;
    world.sweep().await;
    let left: Vec<_> = world.blobs.list("").collect().await;
    let left: Vec<String> = left.into_iter().map(|blob| blob.unwrap().key).collect();
    assert_eq!(left, [ANOTHERS]);
}

/// A photo, and a small copy of it.
const PHOTO: &str = "photos/w/0.png";
const COPY: &str = "thumbnails/480/photos/w/0.png";

/// A storage in which somebody who has read the photo writes its copy when it has just gone.
#[derive(Debug)]
struct CopiedLate(Memory);

#[async_trait]
impl Blobs for CopiedLate {
    async fn put(&self, key: &str, bytes: Bytes) -> blobs::Result<()> {
        self.0.put(key, bytes).await
    }

    async fn put_file(&self, key: &str, file: &Path) -> blobs::Result<()> {
        self.0.put_file(key, file).await
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> blobs::Result<Reading> {
        self.0.read(key, range).await
    }

    async fn size(&self, key: &str) -> blobs::Result<Option<u64>> {
        self.0.size(key).await
    }

    async fn remove(&self, key: &str) -> blobs::Result<()> {
        self.0.remove(key).await?;
        if key == PHOTO {
            self.0.put(COPY, vec![0].into()).await?;
        }
        Ok(())
    }

    fn list(&self, folder: &str) -> BoxStream<'static, blobs::Result<Listed>> {
        self.0.list(folder)
    }

    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> blobs::Result<Option<String>> {
        self.0.presign(key, valid_for, file_name).await
    }
}

#[tokio::test]
async fn a_copy_that_is_written_while_its_photo_goes_is_not_left() {
    let database = TestDatabase::new(Engine::Sqlite).unwrap();
    let mut world = World::new(&database).await;
    let storage = CopiedLate(Memory::new(Arc::clone(&world.clock) as _));
    storage.put(PHOTO, vec![0].into()).await.unwrap();
    world.pass(3 * 24 * 60).await;
    for _ in 0..2 {
        let now_ms = world.clock.now_ms();
        world.store.sweep(&world.ids, &storage, now_ms).await.unwrap();
        world.pass(61).await;
    }
    for key in [PHOTO, COPY] {
        assert_eq!(storage.size(key).await.unwrap(), None, "{key}");
    }
}

#[test]
fn no_history_loses_what_an_export_needs_on_sqlite() {
    play_many(Engine::Sqlite, 64, &steps(), play);
}

#[test]
fn no_history_loses_what_an_export_needs_on_postgres() {
    play_many(Engine::Postgres, 8, &steps(), play);
}
