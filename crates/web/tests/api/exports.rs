//! Exports: ordered, told of, downloaded in ranges, and gone when they expire.

use axum::http::Method;
use serde_json::json;
use store::{blobs::Blobs as _, exports::ExportEnd};
use testkit::database::TestDatabase;

use crate::{app::TestApp, studio::End};

testkit::on_both_databases! {
    approved_pictures_are_packed_and_read_in_ranges,
    what_cannot_be_packed_is_refused,
    a_profile_decides_what_the_call_does_not,
}

async fn approved_pictures_are_packed_and_read_in_ranges(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    anna.product("A1", None, &["front"]).await;
    anna.product("A2", None, &["front"]).await;
    let shoot = anna.shoot(&json!({ "poses": ["FRONT"] , "name": "x" })).await;
    app.work(End::Done).await;
    let pictures = anna.pictures(&shoot).await;
    let picture = pictures[0]["id"].as_str().unwrap();
    let order = json!({ "profiles": ["amazon", "tiktok-shop", "amazon"] });
    anna.post("/api/exports", &order).await.expect(422);
    anna.post(
        &format!("/api/generations/{picture}/review"),
        &json!({ "decision": "approve" }),
    )
    .await
    .expect(200);
    let ordered = anna.post("/api/exports", &order).await.expect(202);
    assert_eq!(ordered.body["state"], "waiting");
    assert_eq!(ordered.body["profiles"], json!(["amazon", "tiktok_shop"]));
    assert_eq!(
        (&ordered.body["pictures"], &ordered.body["total"]),
        (&json!(1), &json!(2))
    );
    let id = ordered.text("/id");

    // The worker, by hand.
    let held = app.store.claim_export("t", 1_000_000, 0).await.unwrap().unwrap();
    assert_eq!(held.id, id);
    assert!(app.store.claim_export("u", 1_000_000, 0).await.unwrap().is_none());
    assert!(
        app.store
            .tell_export(&id, "t", [2, 1, 1], 1_000_000)
            .await
            .unwrap()
    );
    let told = anna.get(&format!("/api/exports/{id}")).await.expect(200);
    assert_eq!(
        (&told.body["state"], &told.body["done"], &told.body["failing"]),
        (&json!("running"), &json!(1), &json!(1))
    );
    app.blobs
        .put("exports/w/a.zip", "0123456789".into())
        .await
        .unwrap();
    let end = ExportEnd::Done {
        file: "exports/w/a.zip".to_owned(),
        bytes: 10,
        sha256: "ab".repeat(32),
        expires_ms: 10_000_000,
    };
    assert!(!app.store.end_export(&id, "another", &end, 5).await.unwrap());
    assert!(app.store.end_export(&id, "t", &end, 5).await.unwrap());
    let done = anna.get(&format!("/api/exports/{id}")).await.expect(200);
    let download = done.text("/download");
    let range = [("range", "bytes=4-")];
    let part = app
        .nobody()
        .raw(Method::GET, &download, &range, "")
        .await
        .expect(206);
    assert_eq!(part.headers["content-range"], "bytes 4-9/10");
    assert_eq!(part.headers["content-type"], "application/zip");
    let listed = anna.get("/api/exports").await.expect(200);
    assert_eq!(listed.body["items"][0]["id"], json!(id));

    app.pass_ms(10_000_001);
    let gone = anna.get(&format!("/api/exports/{id}")).await.expect(200);
    assert_eq!(
        (&gone.body["state"], &gone.body["download"]),
        (&json!("expired"), &json!(null))
    );
    let files = app.store.expire_exports(10_000_001).await.unwrap();
    assert_eq!(files, ["exports/w/a.zip"]);
}

async fn what_cannot_be_packed_is_refused(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let other = app.register("bert@example.com").await;
    other.product("B1", None, &["front"]).await;
    let shoot = other.shoot(&json!({ "poses": ["FRONT"], "name": "x" })).await;
    app.work(End::Done).await;
    let theirs = other.pictures(&shoot).await[0]["id"].clone();
    for (body, field) in [
        (json!({ "profiles": [] }), "profiles"),
        (json!({ "profiles": ["otto"] }), "profiles"),
        (json!({ "profiles": ["web"] }), "generationIds"),
        (
            json!({ "profiles": ["web"], "generationIds": [theirs] }),
            "generationIds",
        ),
        (json!({ "profiles": ["web"], "naming": "{pose}" }), "naming"),
        (json!({ "profiles": ["web"], "shootId": "x" }), "shootId"),
    ] {
        let refused = anna.post("/api/exports", &body).await.expect(422);
        assert!(
            refused.body.to_string().contains(field),
            "{body}: {}",
            refused.body
        );
    }
}

async fn a_profile_decides_what_the_call_does_not(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    anna.product("A1", None, &["front"]).await;
    let order = |more: serde_json::Value| {
        let mut order = json!({ "poses": ["FRONT"], "name": "x", "profile": "zalando" });
        order
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        order
    };
    let shoot = anna.shoot(&order(json!({}))).await;
    let lease = app.claim().await.unwrap();
    let work = app.store.work(&lease).await.unwrap();
    assert_eq!(work.shot.brief.size.to_string(), "2600x2600", "{shoot}");
    assert_eq!(work.shot.brief.format.name(), "webp-lossless");
    anna.post("/api/generate", &order(json!({ "backgroundHex": "#f4f1ec" })))
        .await
        .expect(422);
    anna.post("/api/generate", &order(json!({ "profile": "otto" })))
        .await
        .expect(422);
}
