//! Exports that are put where the operator says they may be: told file by file, tried again, gone on with, never elsewhere.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicI64},
};

use domain::delivery::ExportManifest;
use sha2::{Digest as _, Sha256};
use store::{
    exports::{DeliveryEnd, Destination, Parcel, report_key},
    targets::{Target, Targets},
};
use worker::Stop;

use crate::{
    bench::FastClock,
    exports::World,
    failing::{Call, Fault, away},
    s3_server::{self, BUCKET},
    server::{Server, Trouble},
};

const SHOP: Destination<'_> = Destination {
    target: "shop",
    whole: false,
};

/// A world whose workspace may put exports into a bucket, and the bucket's files.
async fn with_bucket() -> (World, Server, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("s3");
    let server = s3_server::start(&root).await;
    let mut world = World::new().await;
    world.exporter.targets = targets(&s3_server::address(&server, "/in"), &["w"]);
    (world, server, root.join(BUCKET).join("in"), folder)
}

fn targets(address: &str, workspaces: &[&str]) -> Arc<Targets> {
    let target = Target {
        name: "shop".to_owned(),
        address: address.to_owned(),
        workspaces: workspaces.iter().map(|id| (*id).to_owned()).collect(),
    };
    let clock = Arc::new(FastClock(AtomicI64::new(0)));
    Arc::new(Targets::new(vec![target], "memory:", clock).unwrap())
}

/// The files of an export, for another to plan.
async fn parcels(world: &World, id: &str) -> Vec<Parcel> {
    let store = &world.environment.store;
    let told = store.parcels(&world.workspace, id, None, 9).await.unwrap();
    let parcels = told.into_iter().map(|file| Parcel {
        path: file.path,
        bytes: file.bytes as u64,
        sha256: file.sha256,
    });
    parcels.collect()
}

/// An export of what is there already, whose worker died before it sent a file; and its files.
async fn left_by_the_dead(world: &World) -> (String, Vec<Parcel>) {
    let store = &world.environment.store;
    let first = world.order_to(&["web"], Some(SHOP)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let parcels = parcels(world, &first).await;
    let id = world.order_to(&["web"], Some(SHOP)).await;
    store.claim_export("dead", 5, 4).await.unwrap().unwrap();
    assert!(store.plan_parcels(&id, "dead", &parcels).await.unwrap());
    (id, parcels)
}

fn sha256(path: &Path) -> String {
    hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
}

/// Every file that the manifest there tells of is there, as it tells.
fn stands(there: &Path) -> ExportManifest {
    let text = std::fs::read(there.join("manifest.json")).unwrap();
    let manifest: ExportManifest = serde_json::from_slice(&text).unwrap();
    for file in &manifest.files {
        assert_eq!(sha256(&there.join(&file.path)), file.sha256, "{}", file.path);
    }
    for paper in ["manifest.csv", "report.html"] {
        assert!(there.join(paper).is_file(), "{paper}");
    }
    manifest
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_put_into_a_bucket_and_each_is_told_of() {
    let (world, _server, there, _folder) = with_bucket().await;
    let id = world.order_to(&["web", "meta"], Some(SHOP)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!(
        (export.state.as_str(), export.to_deliver, export.delivered),
        ("done", 7, 7),
        "{export:?}"
    );
    assert_eq!(stands(&there).files.len(), 4);
    let told = world
        .environment
        .store
        .parcels(&world.workspace, &id, None, 100)
        .await
        .unwrap();
    assert_eq!(told.len(), 7);
    for file in &told {
        assert_eq!(file.state, "delivered", "{file:?}");
        assert_eq!(sha256(&there.join(&file.path)), file.sha256, "{}", file.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_archive_is_put_whole() {
    let (world, _server, there, _folder) = with_bucket().await;
    let whole = Destination { whole: true, ..SHOP };
    let id = world.order_to(&["web"], Some(whole)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!((export.to_deliver, export.delivered), (1, 1), "{export:?}");
    let put = there.join(format!("photogen-export-{id}.zip"));
    assert_eq!(sha256(&put), export.sha256.unwrap());
    assert!(!there.join("manifest.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_refuses_is_told_of_and_the_archive_stays() {
    let (mut world, server, there, _folder) = with_bucket().await;
    let address = s3_server::address(&server, "/in").replace(s3_server::KEY, "SOMEBODY");
    world.exporter.targets = targets(&address, &["w"]);
    let id = world.order_to(&["web"], Some(SHOP)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!(
        (export.state.as_str(), export.delivered),
        ("done", 0),
        "{export:?}"
    );
    assert!(export.file.is_some(), "it can be downloaded");
    let left = world.environment.store.undelivered_parcels(&id).await.unwrap();
    assert_eq!(left.len(), 5);
    assert!(left.iter().all(|(_, reason)| reason.is_some()), "{left:?}");
    assert!(!there.exists());
}

/// An outage longer than a request's own patience: the export waits, and then sends only what is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_comes_back_gets_what_is_missing() {
    let (world, server, there, _folder) = with_bucket().await;
    let id = world.order_to(&["web"], Some(SHOP)).await;
    server.always(Trouble::Error500);
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!(
        (export.state.as_str(), export.delivered),
        ("running", 0),
        "{export:?}"
    );
    assert!(
        !there.join("manifest.json").exists(),
        "it would tell of files that are not there"
    );
    server.always(Trouble::None);
    let packed = export.file.unwrap();
    let export = world.ended(&id).await;
    assert_eq!((export.to_deliver, export.delivered), (5, 5), "{export:?}");
    assert_eq!(export.file, Some(packed), "nothing was packed twice");
    stands(&there);
}

/// Whoever takes up the export of a worker that died sends nothing that is there.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_not_sent_again() {
    let (world, server, there, _folder) = with_bucket().await;
    let store = &world.environment.store;
    let (id, parcels) = left_by_the_dead(&world).await;
    let picture = parcels
        .iter()
        .find(|parcel| parcel.path.starts_with("web/"))
        .unwrap();
    let end = DeliveryEnd::Delivered(4);
    assert!(
        !store
            .end_parcel(&id, "another", &picture.path, &end)
            .await
            .unwrap()
    );
    assert!(store.end_parcel(&id, "dead", &picture.path, &end).await.unwrap());
    assert!(
        !store.end_parcel(&id, "dead", &picture.path, &end).await.unwrap(),
        "once"
    );
    server.asked();
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!((export.to_deliver, export.delivered), (5, 5), "{export:?}");
    let asked = server.asked();
    let puts = asked.iter().filter(|asked| asked.starts_with("PUT"));
    assert_eq!(puts.count(), 4, "{asked:?}");
    stands(&there);
}

/// What tells of the files is put last. Where it alone failed in passing, the next try puts it.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_in_passing_is_tried_again_also_what_is_put_last() {
    let (world, _server, there, _folder) = with_bucket().await;
    let store = &world.environment.store;
    let (id, parcels) = left_by_the_dead(&world).await;
    std::fs::remove_file(there.join("manifest.json")).unwrap();
    for parcel in &parcels {
        let end = if parcel.path == "manifest.json" {
            DeliveryEnd::Failed("it was away".to_owned())
        } else {
            DeliveryEnd::Delivered(4)
        };
        assert!(store.end_parcel(&id, "dead", &parcel.path, &end).await.unwrap());
    }
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!((export.to_deliver, export.delivered), (5, 5), "{export:?}");
    stands(&there);
}

/// Our own storage breaks off wherever an export is packed and delivered from: the archive stays, and what is not there is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_own_storage_stumbles_keeps_its_archive() {
    for (folder, whole, of_all) in [("renders", false, 5), ("exports", false, 1), ("exports", true, 1)] {
        let (mut world, server, there, _folder) = with_bucket().await;
        let to = Destination { whole, ..SHOP };
        let id = world.order_to(&["web"], Some(to)).await;
        server.always(Trouble::Error500);
        world.exporter.run_one(&Stop::default()).await.unwrap();
        assert_eq!(world.export(&id).await.state, "running", "the bucket is away");
        server.always(Trouble::None);
        world.exporter.blobs = Fault::of(Call::Read, away)
            .under(folder)
            .around(world.exporter.blobs);
        let export = world.ended(&id).await;
        assert_eq!(
            (export.state.as_str(), export.delivered, export.tries),
            ("done", 0, 5),
            "{folder}: {export:?}"
        );
        assert!(export.file.is_some() && export.expires_ms.is_some(), "{export:?}");
        assert!(export.to_deliver >= of_all, "{folder}: {export:?}");
        let left = world.environment.store.undelivered_parcels(&id).await.unwrap();
        assert_eq!(left.len() as i64, export.to_deliver);
        assert!(left.iter().all(|(_, reason)| reason.is_some()), "{left:?}");
        assert!(!there.join("manifest.json").exists());
        let aside = std::fs::read_dir(&world.exporter.scratch).unwrap();
        assert_eq!(aside.count(), 0, "nothing stays aside");
    }
}

/// Where the list of the files cannot be read either, that is what is told of.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_list_cannot_be_read_tells_of_that() {
    let (mut world, _server, there, _folder) = with_bucket().await;
    world.exporter.blobs = Fault::of(Call::Read, away)
        .under("exports")
        .around(world.exporter.blobs);
    let id = world.order_to(&["web"], Some(SHOP)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.ended(&id).await;
    assert_eq!(
        (export.state.as_str(), export.to_deliver, export.delivered),
        ("done", 1, 0),
        "{export:?}"
    );
    let told = world
        .environment
        .store
        .parcels(&world.workspace, &id, None, 9)
        .await
        .unwrap();
    assert_eq!(
        (told[0].path.as_str(), told[0].state.as_str()),
        ("manifest.json", "failed")
    );
    assert!(
        told[0].reason.as_ref().unwrap().contains("own storage"),
        "{told:?}"
    );
    assert!(!there.exists());
}

/// A file that our own storage has no more costs itself alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_lost_here_is_told_of_and_the_others_go() {
    let (world, server, there, _folder) = with_bucket().await;
    let id = world.order_to(&["web", "meta"], Some(SHOP)).await;
    server.always(Trouble::Error500);
    world.exporter.run_one(&Stop::default()).await.unwrap();
    server.always(Trouble::None);
    let manifest = report_key(&world.export(&id).await.file.unwrap());
    let manifest: ExportManifest =
        serde_json::from_slice(&world.exporter.blobs.get(&manifest).await.unwrap()).unwrap();
    let meta = manifest.files.iter().find(|file| file.path.starts_with("meta/"));
    let meta = meta.unwrap();
    let lost = format!("renders/w/{}.{}", meta.sha256, meta.format.extension());
    world.exporter.blobs.remove(&lost).await.unwrap();
    let export = world.ended(&id).await;
    assert_eq!(export.state, "done", "{export:?}");
    let left = world.environment.store.undelivered_parcels(&id).await.unwrap();
    assert!(
        left.iter()
            .all(|(path, _)| path.starts_with("meta/") || !path.contains('/')),
        "{left:?}"
    );
    let mut reasons = left.iter().filter_map(|(_, reason)| reason.as_deref());
    assert!(!reasons.any(|why| why.contains("renders/")), "{left:?}");
    let web = manifest.files.iter().filter(|file| file.path.starts_with("web/"));
    for file in web {
        assert_eq!(sha256(&there.join(&file.path)), file.sha256, "{}", file.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_was_taken_from_the_workspace_gets_nothing() {
    let (mut world, server, _there, _folder) = with_bucket().await;
    world.exporter.targets = targets(&s3_server::address(&server, "/in"), &["another"]);
    let id = world.order_to(&["web"], Some(SHOP)).await;
    world.exporter.run_one(&Stop::default()).await.unwrap();
    let export = world.export(&id).await;
    assert_eq!(
        (export.state.as_str(), export.delivered),
        ("done", 0),
        "{export:?}"
    );
    let left = world.environment.store.undelivered_parcels(&id).await.unwrap();
    assert!(
        left[0].1.as_ref().unwrap().contains("no target `shop`"),
        "{left:?}"
    );
    assert!(server.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_is_called_off_stops() {
    let (world, server, there, _folder) = with_bucket().await;
    let id = world.order_to(&["web"], Some(SHOP)).await;
    let calling_off = {
        let (store, workspace, id) = (
            world.environment.store.clone(),
            world.workspace.clone(),
            id.clone(),
        );
        tokio::spawn(async move {
            while store.export(&workspace, &id).await.unwrap().unwrap().to_deliver == 0 {
                tokio::task::yield_now().await;
            }
            assert!(store.cancel_export(&workspace, &id, 9).await.unwrap());
        })
    };
    server.always(Trouble::Slow(std::time::Duration::from_millis(300)));
    world.exporter.run_one(&Stop::default()).await.unwrap();
    calling_off.await.unwrap();
    let export = world.export(&id).await;
    assert_eq!(export.state, "cancelled");
    assert!(export.delivered < export.to_deliver, "{export:?}");
    assert!(!there.join("manifest.json").exists());
}
