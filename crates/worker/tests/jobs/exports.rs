//! Exports: rendered once, packed whole, the same again, and taken up after a crash.

use std::{
    collections::HashMap,
    io::{Cursor, Read as _},
    sync::{Arc, atomic::AtomicI64},
};

use domain::{
    delivery::{ExportManifest, ExportRequest},
    ids::WorkspaceId,
};
use engines::{Budget, Candidate, EngineError, Reply};
use futures_util::StreamExt as _;
use imaging::{Picture, provenance::Seal};
use sha2::{Digest as _, Sha256};
use store::{
    blobs::local::LocalBlobs,
    exports::{Destination, Export, ExportEnd, NewExport, Selection, report_key},
    ids::Ids,
    targets::Targets,
};
use worker::{Environment, Stop, jobs::export::Exporter};

use crate::bench::{FastClock, SetUp, candidate};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

#[expect(clippy::unnecessary_wraps, reason = "an engine's answer")]
pub(crate) fn garment() -> Result<Reply, EngineError> {
    let pixels = Picture::from_fn(320, 320, |x, y| {
        let inside = (120..200).contains(&x) && (60..260).contains(&y);
        let value = if inside { 0x3000 } else { u16::MAX };
        image::Rgba([value, value, value, u16::MAX])
    });
    Ok(Reply::Done(Box::new(Candidate {
        recipe: serde_json::json!({ "model": "m" }),
        inputs: vec![],
        ..candidate(pixels)
    })))
}

/// A catalogue of two pictures and something that packs it.
pub(crate) struct World {
    pub(crate) environment: Arc<Environment>,
    pub(crate) exporter: Exporter,
    folder: tempfile::TempDir,
    pub(crate) workspace: WorkspaceId,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::signed_by(None).await
    }

    pub(crate) async fn signed_by(signer: Option<Arc<dyn Seal>>) -> Self {
        let set_up = SetUp {
            skus: &["=A/1", "B"],
            signer: signer.clone(),
            ..SetUp::new(|_, _| garment())
        };
        let (environment, folder) = set_up.run().await;
        let clock = Arc::new(FastClock(AtomicI64::new(1_000_000)));
        let exporter = Exporter {
            store: environment.store.clone(),
            blobs: Arc::new(LocalBlobs::open(folder.path(), &folder.path().join("unfinished")).unwrap()),
            ids: Ids::new(Arc::clone(&clock) as _),
            clock,
            cores: Arc::new(Budget::new(2)),
            signer,
            targets: Arc::new(
                Targets::new(vec![], "memory:", Arc::new(FastClock(AtomicI64::new(0)))).unwrap(),
            ),
            scratch: folder.path().join("outgoing"),
            keep_ms: 60_000,
            slots: 2,
        };
        Self {
            environment,
            exporter,
            folder,
            workspace: WorkspaceId("w".into()),
        }
    }

    pub(crate) async fn order(&self, profiles: &[&str]) -> String {
        self.order_to(profiles, None).await
    }

    pub(crate) async fn order_to(&self, profiles: &[&str], to: Option<Destination<'_>>) -> String {
        let generations = self
            .environment
            .store
            .finished_generations(&self.workspace)
            .await
            .unwrap();
        let request = ExportRequest {
            profiles: profiles.iter().map(|name| name.parse().unwrap()).collect(),
            naming: None,
            disclose: true,
            generations,
        };
        let id = self.exporter.ids.next();
        let request = serde_json::to_string(&request).unwrap();
        let store = &self.environment.store;
        let new = NewExport {
            id: &id,
            request: &request,
            total: 0,
            to,
            created_by: "anna",
        };
        store.add_export(&self.workspace, &new, 0).await.unwrap();
        id
    }

    pub(crate) async fn export(&self, id: &str) -> Export {
        self.environment
            .store
            .export(&self.workspace, id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Works until an export has ended.
    pub(crate) async fn ended(&self, id: &str) -> Export {
        while self.export(id).await.state == "running" {
            self.exporter.run_one(&Stop::default()).await.unwrap();
        }
        self.export(id).await
    }

    /// Two sweeps, an hour and more apart, of which the second ends at a time after now.
    async fn sweep(&self, after_ms: i64) {
        self.sweep_once(after_ms - HOUR_MS - 1).await;
        self.sweep_once(after_ms).await;
    }

    /// By the storage's clock, which is the system's.
    #[expect(clippy::disallowed_methods, reason = "files have the system's time")]
    async fn sweep_once(&self, after_ms: i64) {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now_ms = i64::try_from(since.unwrap().as_millis()).unwrap();
        self.environment
            .store
            .sweep(
                &self.exporter.ids,
                &*self.exporter.blobs,
                now_ms.saturating_add(after_ms),
            )
            .await
            .unwrap();
    }

    /// How many files `renders/` has.
    async fn renders(&self) -> usize {
        self.exporter.blobs.list("renders").count().await
    }

    pub(crate) async fn archive(&self, export: &Export) -> Vec<u8> {
        let file = export.file.as_ref().unwrap();
        self.exporter.blobs.get(file).await.unwrap().to_vec()
    }
}

pub(crate) fn entries(archive: &[u8]) -> HashMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut entry = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_holds_the_files_a_manifest_a_table_and_a_page() {
    let world = World::new().await;
    let id = world.order(&["web", "meta"]).await;
    assert!(world.exporter.run_one(&Stop::default()).await.unwrap());
    let export = world.export(&id).await;
    assert_eq!(
        (export.state.as_str(), export.total, export.done, export.failing),
        ("done", 4, 4, 0),
        "{export:?}"
    );
    let archive = world.archive(&export).await;
    assert_eq!(
        hex::encode(Sha256::digest(&archive)),
        *export.sha256.as_ref().unwrap()
    );
    let entries = entries(&archive);
    let manifest: ExportManifest = serde_json::from_slice(&entries["manifest.json"]).unwrap();
    assert_eq!(manifest.files.len(), 4);
    for file in &manifest.files {
        assert_eq!(
            hex::encode(Sha256::digest(&entries[&file.path])),
            file.sha256,
            "{}",
            file.path
        );
        assert!(file.passes, "{file:?}");
        assert!(file.disclosure.is_some(), "it was generated");
    }
    assert!(
        entries.contains_key("web/=A-1/=A-1_front_1.webp"),
        "{:?}",
        entries.keys()
    );
    let table = String::from_utf8(entries["manifest.csv"].clone()).unwrap();
    assert!(table.contains("'=A/1"), "a SKU is no formula: {table}");
    assert!(String::from_utf8_lossy(&entries["report.html"]).contains("4 of 4 files pass"));
    let told = report_key(export.file.as_ref().unwrap());
    let told = world.exporter.blobs.get(&told).await.unwrap();
    let told: ExportManifest = serde_json::from_slice(&told).unwrap();
    assert_eq!(told, manifest, "pages tell what stands in the archive");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pictures_are_the_same_archive() {
    let world = World::new().await;
    let (one, two) = (world.order(&["web"]).await, world.order(&["web"]).await);
    world.exporter.run_one(&Stop::default()).await.unwrap();
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let (one, two) = (world.export(&one).await, world.export(&two).await);
    assert_eq!(one.sha256, two.sha256);
    assert_eq!(one.file, two.file);
    assert!(
        !world.exporter.run_one(&Stop::default()).await.unwrap(),
        "nothing is left"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_worker_died_is_taken_up_and_given_up_after_five() {
    let world = World::new().await;
    let id = world.order(&["web"]).await;
    let store = &world.environment.store;
    for try_number in 1..=5 {
        let held = store
            .claim_export("dead", try_number * 10 + 5, try_number * 10)
            .await
            .unwrap();
        assert_eq!(held.unwrap().tries, try_number);
        assert!(
            !store.tell_export(&id, "another", [1, 1, 0], 0).await.unwrap(),
            "it is not theirs"
        );
    }
    assert!(!world.exporter.run_one(&Stop::default()).await.unwrap());
    let export = world.export(&id).await;
    assert_eq!(export.state, "failed");
    assert!(export.reason.unwrap().contains("5 times"));
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_go_when_they_were_kept_long_enough() {
    let world = World::new().await;
    let id = world.order(&["web"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let file = world.export(&id).await.file.unwrap();
    for _ in 0..100 {
        world.exporter.run_one(&Stop::default()).await.unwrap();
    }
    assert_eq!(world.export(&id).await.state, "expired");
    let is_there = |key: &str| world.folder.path().join(key).exists();
    assert!(
        is_there(&file),
        "it is doomed, and another export may still name it"
    );
    world.sweep(HOUR_MS * 2).await;
    assert!(!is_there(&file));
    assert!(!is_there(&report_key(&file)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_another_export_names_stays() {
    let world = World::new().await;
    let one = world.order(&["web"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let file = world.export(&one).await.file.unwrap();
    let store = &world.environment.store;
    store.expire_exports(i64::MAX).await.unwrap();
    let two = world.order(&["web"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    assert_eq!(world.export(&two).await.file.as_ref(), Some(&file));
    world.sweep(i64::MAX / 2).await;
    assert_eq!(
        world.exporter.blobs.size(&file).await.unwrap(),
        world.export(&two).await.bytes.map(|bytes| bytes as u64)
    );
}

/// What was rendered long ago goes, and never while an export that may pack it is open.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_rendered_goes_when_no_export_may_want_it() {
    let world = World::new().await;
    let id = world.order(&["web"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let first = world.export(&id).await;
    assert_eq!(
        world.renders().await,
        2,
        "one file, for the pictures are alike, and what is known of it"
    );
    // It is doomed before the export that wants it is ordered.
    world.sweep_once(100 * DAY_MS).await;
    let open = world.order(&["web"]).await;
    world.sweep(101 * DAY_MS).await;
    assert_eq!(world.renders().await, 2, "an export is open");
    world.exporter.run_one(&Stop::default()).await.unwrap();
    assert_eq!(world.export(&open).await.sha256, first.sha256, "the same archive");
    world.sweep(102 * DAY_MS).await;
    world.sweep(103 * DAY_MS).await;
    assert_eq!(world.renders().await, 0);
    let again = world.order(&["web"]).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    assert_eq!(world.export(&again).await.state, "done", "it is rendered again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_called_off_stops_where_it_is() {
    let world = World::new().await;
    let store = &world.environment.store;
    let waiting = world.order(&["web"]).await;
    assert!(store.cancel_export(&world.workspace, &waiting, 5).await.unwrap());
    assert!(!store.cancel_export(&world.workspace, &waiting, 5).await.unwrap());
    assert!(
        !world.exporter.run_one(&Stop::default()).await.unwrap(),
        "nobody packs it"
    );

    let running = world.order(&["web"]).await;
    let held = store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    assert_eq!(held.id, running);
    assert!(store.cancel_export(&world.workspace, &running, 5).await.unwrap());
    assert!(!store.tell_export(&running, "t", [1, 1, 0], 0).await.unwrap());
    assert!(!store.keep_export(&running, "t", 0).await.unwrap());
    assert!(
        !store
            .tell_archive(&running, "t", "exports/w/a.zip", 1, "a")
            .await
            .unwrap()
    );
    let end = ExportEnd::Failed("x".to_owned());
    assert!(!store.end_export(&running, "t", &end, 5).await.unwrap());
    assert_eq!(world.export(&running).await.state, "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_approved_pictures_go_out_unasked() {
    let world = World::new().await;
    let store = &world.environment.store;
    let approved = store
        .pictures_to_export(&world.workspace, &Selection::default())
        .await
        .unwrap();
    assert!(approved.is_empty(), "nobody approved any");
}
