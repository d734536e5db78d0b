//! Exports: ordered, told of, downloaded in ranges, and gone when they expire.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use store::{
    blobs::Blobs as _,
    exports::{DeliveryEnd, ExportEnd, Parcel},
    targets::{Target, Targets},
};
use testkit::database::TestDatabase;

use crate::{
    app::{Person, TestApp},
    studio::End,
};

/// A minute after the tests' clock begins.
const EXPIRES_MS: i64 = 1_795_000_000_000 + 60_000;

testkit::on_both_databases! {
    approved_pictures_are_packed_and_read_in_ranges,
    what_cannot_be_packed_is_refused,
    a_profile_decides_what_the_call_does_not,
    an_export_is_called_off,
    an_export_goes_only_where_the_operator_says,
}

async fn approved_pictures_are_packed_and_read_in_ranges(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let products = [
        anna.product("A1", None, &["front"]).await,
        anna.product("A2", None, &["front"]).await,
    ];
    let shoot = anna
        .shoot(&json!({ "productIds": products, "poses": ["FRONT"], "name": "x" }))
        .await;
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
        expires_ms: EXPIRES_MS,
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

    app.pass_ms(60_001);
    let gone = anna.get(&format!("/api/exports/{id}")).await.expect(200);
    assert_eq!(
        (&gone.body["state"], &gone.body["download"]),
        (&json!("expired"), &json!(null))
    );
    assert_eq!(app.store.expire_exports(EXPIRES_MS + 1).await.unwrap(), 1);
}

async fn what_cannot_be_packed_is_refused(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let other = app.register("bert@example.com").await;
    let product = other.product("B1", None, &["front"]).await;
    let shoot = other
        .shoot(&json!({ "productId": product, "poses": ["FRONT"], "name": "x" }))
        .await;
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
        (json!({ "profiles": ["web"], "naming": "../{sku}" }), "`/`"),
        (json!({ "profiles": ["web"], "naming": "{sku}..{n}" }), "`..`"),
        (json!({ "profiles": ["web"], "naming": "{sku}\u{0}" }), "`U+0000`"),
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
    let product = anna.product("A1", None, &["front"]).await;
    let order = |more: serde_json::Value| {
        let mut order =
            json!({ "productId": product, "poses": ["FRONT"], "name": "x", "profile": "zalando" });
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

/// A finished picture.
async fn picture(anna: &Person<'_>, app: &TestApp) -> Value {
    let product = anna.product("A1", None, &["front"]).await;
    let shoot = anna
        .shoot(&json!({ "productId": product, "poses": ["FRONT"], "name": "x" }))
        .await;
    app.work(End::Done).await;
    anna.pictures(&shoot).await[0]["id"].clone()
}

async fn an_export_is_called_off(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let order = json!({ "profiles": ["web"], "generationIds": [picture(&anna, &app).await] });
    let id = anna.post("/api/exports", &order).await.expect(202).text("/id");
    assert!(app.store.claim_export("t", i64::MAX, 0).await.unwrap().is_some());
    let cancellation = format!("/api/exports/{id}/cancellation");
    let stopped = anna.post(&cancellation, &json!({})).await.expect(200);
    assert_eq!(
        (&stopped.body["state"], &stopped.body["download"]),
        (&json!("cancelled"), &json!(null))
    );
    assert!(
        !app.store.keep_export(&id, "t", i64::MAX).await.unwrap(),
        "its worker is told"
    );
    anna.post(&cancellation, &json!({})).await.expect(409);
    assert!(app.store.claim_export("u", i64::MAX, 0).await.unwrap().is_none());
}

async fn an_export_goes_only_where_the_operator_says(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        let target = |name: &str, workspaces: &[&str]| Target {
            name: name.to_owned(),
            address: format!("/nowhere/{name}/{{workspace}}"),
            workspaces: workspaces.iter().map(|id| (*id).to_owned()).collect(),
        };
        let all = vec![target("shop", &[]), target("theirs", &["another"])];
        let targets = Targets::new(all, "memory:", Arc::new(crate::app::TestClock::default()));
        config.targets = Arc::new(targets.unwrap());
    })
    .await;
    let anna = app.register("anna@example.com").await;
    let named = anna.get("/api/exports/targets").await.expect(200);
    assert_eq!(named.body, json!([{ "name": "shop" }]));
    let picture = picture(&anna, &app).await;
    for other in ["theirs", "s3://bucket/folder", "/etc", ""] {
        let order = json!({ "profiles": ["web"], "generationIds": [picture], "deliverTo": other });
        let refused = anna.post("/api/exports", &order).await.expect(422);
        assert!(refused.body.to_string().contains("deliverTo"), "{}", refused.body);
    }
    let order = json!({ "profiles": ["web"], "generationIds": [picture], "deliverTo": "shop", "deliverAs": "archive" });
    let put = anna.post("/api/exports", &order).await.expect(202);
    assert_eq!(
        put.body["delivery"],
        json!({ "target": "shop", "deliverAs": "archive", "files": 0, "delivered": 0 })
    );

    // The worker, by hand.
    let id = put.text("/id");
    app.store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    let parcels = ["a.jpg", "b.jpg"].map(|path| Parcel {
        path: path.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
    });
    for _ in 0..2 {
        assert!(
            app.store.plan_parcels(&id, "t", &parcels).await.unwrap(),
            "twice is once"
        );
    }
    let ends = [
        ("a.jpg", DeliveryEnd::Delivered(7)),
        ("b.jpg", DeliveryEnd::Failed("it is full".to_owned())),
    ];
    for (path, end) in &ends {
        assert!(app.store.end_parcel(&id, "t", path, end).await.unwrap());
    }
    let told = anna.get(&format!("/api/exports/{id}")).await.expect(200);
    assert_eq!(
        (
            &told.body["delivery"]["files"],
            &told.body["delivery"]["delivered"]
        ),
        (&json!(2), &json!(1))
    );
    let files = format!("/api/exports/{id}/deliveries?limit=1");
    let first = anna.get(&files).await.expect(200);
    assert_eq!(first.body["items"][0]["state"], "delivered");
    let next = first.text("/nextCursor");
    let second = anna.get(&format!("{files}&cursor={next}")).await.expect(200);
    assert_eq!(
        (
            &second.body["items"][0]["state"],
            &second.body["items"][0]["reason"]
        ),
        (&json!("failed"), &json!("it is full"))
    );
    assert_eq!(second.body["nextCursor"], json!(null));
    let bert = app.register("bert@example.com").await;
    bert.get(&files).await.expect(404);
}
