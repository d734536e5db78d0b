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
use imaging::{
    Picture,
    provenance::{Seal, source_type},
};
use sha2::{Digest as _, Sha256};
use store::{
    blobs::local::LocalBlobs,
    exports::{Export, Selection, report_key},
    ids::Ids,
};
use worker::{Environment, Stop, jobs::export::Exporter};

use crate::bench::{FastClock, SetUp};

#[expect(clippy::unnecessary_wraps, reason = "an engine's answer")]
pub(crate) fn garment() -> Result<Reply, EngineError> {
    let pixels = Picture::from_fn(320, 320, |x, y| {
        let inside = (120..200).contains(&x) && (60..260).contains(&y);
        let value = if inside { 0x3000 } else { u16::MAX };
        image::Rgba([value, value, value, u16::MAX])
    });
    Ok(Reply::Done(Box::new(Candidate {
        pixels,
        notes: vec![],
        needs_review: false,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        recipe: serde_json::json!({ "model": "m" }),
        inputs: vec![],
        people: vec![],
        as_made: None,
        parent: None,
    })))
}

/// A catalogue of two pictures and something that packs it.
pub(crate) struct World {
    pub(crate) environment: Arc<Environment>,
    pub(crate) exporter: Exporter,
    folder: tempfile::TempDir,
    workspace: WorkspaceId,
}

impl World {
    async fn new() -> Self {
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
        store
            .add_export(&id, &self.workspace, &request, 0, "anna", 0)
            .await
            .unwrap();
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
    assert!(world.folder.path().join(&file).exists());
    for _ in 0..100 {
        world.exporter.run_one(&Stop::default()).await.unwrap();
    }
    assert_eq!(world.export(&id).await.state, "expired");
    assert!(!world.folder.path().join(&file).exists());
    assert!(!world.folder.path().join(report_key(&file)).exists());
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
