//! Faces are forgotten in time: after the last use of their model, where its workspace says so.

use std::sync::Arc;

use domain::{ids::ModelId, product::View, retry::AttemptOutcome};
use serde_json::json;
use store::{
    attempts::Closing,
    blobs::Memory,
    catalogue::PhotoFile,
    models::{Consent, SeenFace},
    retention::Retention,
    shoots::{Origin, Request},
};
use testkit::database::TestDatabase;

use crate::{
    bench::{Bench, brief, completed, product},
    clock::TestClock,
    retention::{DAY_MS, NOW_MS},
};

testkit::on_both_databases! { faces_are_forgotten_after_the_last_use_of_their_model }

/// A person with one photo, whose face is known.
async fn known(bench: &Bench, name: &str, now_ms: i64) -> (ModelId, String) {
    let Bench {
        store,
        ids,
        workspace,
    } = bench;
    let model = store.add_model(ids, workspace, name, now_ms).await.unwrap();
    let source = format!("photos/{workspace}/{name}");
    let file = PhotoFile {
        name: name.to_owned(),
        media_type: "image/jpeg".to_owned(),
        bytes: 1,
        width: 1000,
        height: 1000,
    };
    store
        .add_model_photo(workspace, &model, &source, name, &file, now_ms)
        .await
        .unwrap();
    let consent = Consent {
        scope: "web shop".to_owned(),
        given_ms: now_ms,
        expires_ms: None,
    };
    assert!(
        store
            .set_consent(workspace, &model, Some(&consent), now_ms)
            .await
            .unwrap()
    );
    let told = json!({ "side": 200 });
    let seen = SeenFace {
        told: &told,
        sealed: "sealed numbers",
    };
    store
        .set_model_face(workspace, &model, 1, &seen, now_ms)
        .await
        .unwrap();
    (model, source)
}

async fn faces_are_forgotten_after_the_last_use_of_their_model(database: TestDatabase) {
    let bench = Bench::of(&database, "w", Some(100)).await;
    let other = Bench::of(&database, "other", None).await;
    let (used, used_source) = known(&bench, "used", NOW_MS).await;
    let (_, unused_source) = known(&bench, "unused", NOW_MS).await;
    let (_, other_source) = known(&other, "other", NOW_MS).await;
    let retention = Retention {
        biometric: Some(30),
        ..Retention::default()
    };
    let Bench {
        store,
        ids,
        workspace,
    } = &bench;
    store
        .set_retention(ids, workspace, &retention, "anna", NOW_MS)
        .await
        .unwrap();
    assert_eq!(store.retention(workspace).await.unwrap(), retention);
    assert_eq!(
        store.retention(&other.workspace).await.unwrap(),
        Retention::default()
    );

    let shirt = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &shirt, true).await.unwrap();
    bench.drain(&completed()).await;
    let found = store.product_by_sku(workspace, "A").await.unwrap().unwrap();
    let request = Request {
        model: Some(used.clone()),
        ..Request::default()
    };
    let products = [found.id];
    let origin = Origin::Catalogue {
        products: &products,
        request: &request,
    };
    bench
        .submit_from(origin, &brief("front"), &shirt, true)
        .await
        .unwrap();

    let blobs = Memory::new(Arc::new(TestClock(1.into())));
    // What is known of the used, the unused and the other's face so many days later.
    let known_after = async |days: i64| {
        let now_ms = NOW_MS + days * DAY_MS;
        store.sweep(ids, &blobs, now_ms).await.unwrap();
        let mut known = Vec::new();
        for source in [&used_source, &unused_source, &other_source] {
            known.push(store.sealed_face(source, now_ms).await.unwrap().is_some());
        }
        known
    };
    assert_eq!(known_after(29).await, [true, true, true]);
    let due = store.retention_due(workspace, &retention, NOW_MS + 30 * DAY_MS);
    assert_eq!(due.await.unwrap().biometric, 1);
    assert_eq!(known_after(30).await, [true, false, true]);
    assert_eq!(known_after(40).await, [true, false, true], "its shoot still runs");
    let lease = bench.claim().await.unwrap();
    let attempt = bench.begin(&lease).await.unwrap();
    let closing = Closing::of(AttemptOutcome::Done);
    let ended_ms = NOW_MS + 40 * DAY_MS;
    store
        .end_attempt(ids, &lease, &attempt, &closing, &completed(), ended_ms)
        .await
        .unwrap();
    assert_eq!(known_after(69).await, [true, false, true]);
    assert_eq!(known_after(70).await, [false, false, true]);
    assert_eq!(known_after(700).await, [false, false, true]);

    let model = store.model(workspace, &used).await.unwrap().unwrap();
    assert_eq!(model.photos.len(), 1, "the photo stays");
    let entries = store.audit_entries(Some(workspace), None, 10).await.unwrap();
    let forgotten = entries
        .iter()
        .filter(|entry| entry.action == "model.face_forgotten");
    assert_eq!(forgotten.count(), 2);
}
