//! `photogen serve` as a developer meets it: the binary, HTTP, and pictures that come out of it, on SQLite and on PostgreSQL.
#![expect(unreachable_pub, reason = "a test program exports nothing")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod browser;
mod delivery;
mod hostile;
mod mail;
mod service;
mod small;
mod tour;
mod traces;
mod vendors;

use std::time::Duration;

use serde_json::{Value, json};
use testkit::database::{Engine, TestDatabase};

use service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_picture_that_is_reviewed_on_sqlite() {
    shoot_and_review(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_becomes_a_picture_that_is_reviewed_on_postgres() {
    shoot_and_review(Engine::Postgres).await;
}

async fn shoot_and_review(engine: Engine) {
    let Some(database) = TestDatabase::new(engine) else {
        return;
    };
    let Some(service) = Service::with(&database, engine, &[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let product = anna.product("TEE1", &service::shirt()).await;
    let plan = anna
        .post(
            "/api/generate",
            &json!({ "productIds": [product], "poses": ["FRONT", "BACK"], "dryRun": true }),
        )
        .await;
    assert_eq!(
        (plan.0, &plan.1["pictures"], &plan.1["skipped"][0]["count"]),
        (200, &json!(1), &json!(1)),
        "{}",
        plan.1
    );
    let order = json!({ "productIds": [product], "poses": ["FRONT"], "resolution": "RES_1000", "background": "LIGHT_GRAY" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    let shoot = ordered["shootId"].as_str().unwrap().to_owned();
    let events = anna.events_until(&shoot, "shoot.done").await;
    assert_eq!(events.first().unwrap(), "shoot.submitted");
    let (_, pictures) = anna.get(&format!("/api/generate?shootId={shoot}")).await;
    let picture = &pictures["items"][0];
    assert_eq!(picture["status"], "COMPLETED", "{picture}");
    let (status, bytes) = anna.bytes(picture["file"]["url"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    let pixels = image::load_from_memory(&bytes).unwrap().to_rgb8();
    assert_eq!(pixels.dimensions(), (1000, 1000));
    let (status, small) = anna
        .bytes(picture["file"]["thumbnailUrl"].as_str().unwrap())
        .await;
    assert_eq!(status, 200);
    assert!(image::load_from_memory(&small).unwrap().width() <= 480);
    let id = picture["id"].as_str().unwrap();
    let (_, detail) = anna.get(&format!("/api/generate/{id}")).await;
    assert!(
        detail["recipe"].is_object() && detail["attempts"][0]["verdicts"].is_array(),
        "{detail}"
    );
    let (status, _) = anna
        .post(
            &format!("/api/generations/{id}/review"),
            &json!({ "decision": "approve" }),
        )
        .await;
    assert_eq!(status, 200);
    let (_, redone) = anna
        .post(&format!("/api/generations/{id}/redo"), &json!({}))
        .await;
    assert_eq!(redone["replaces"], id, "{redone}");
    anna.events_until(&shoot, "shoot.done").await;
    service.end_gently();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_photo_is_gone_says_so_in_plain_words() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let product = anna.product("TEE1", &service::shirt()).await;
    std::fs::remove_dir_all(service.folder().join("files/photos")).unwrap();
    let order = json!({ "productIds": [product], "poses": ["FRONT"], "resolution": "RES_1000" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    let shoot = ordered["shootId"].as_str().unwrap();
    anna.events_until(shoot, "shoot.done").await;
    let (_, pictures) = anna.get(&format!("/api/generate?shootId={shoot}")).await;
    let picture = &pictures["items"][0];
    let reason = picture["reason"].as_str().unwrap();
    assert!(reason.contains("its photo is gone: upload it again"), "{picture}");
    let (_, page) = anna.get(&format!("/shoots/{shoot}")).await;
    let page = page.as_str().unwrap();
    assert!(page.contains("Its photo is gone: upload it again"), "{page}");
    for told in [reason, page] {
        assert!(!told.contains("blob") && !told.contains("photos/"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_goes_on_where_it_was() {
    let Some(mut service) = Service::on_sqlite(&[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let mut products = Vec::new();
    for sku in ["A", "B", "C"] {
        products.push(anna.product(sku, &service::shirt()).await);
    }
    let order = json!({ "productIds": products, "poses": ["FRONT"], "resolution": "RES_1000" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    let shoot = ordered["shootId"].as_str().unwrap().to_owned();
    let processing = async || {
        let (_, told) = anna.get(&format!("/api/shoots/{shoot}")).await;
        told["progress"]["byStatus"]["PROCESSING"].as_i64().unwrap_or(0) > 0
            || told["progress"]["ended"] == json!(3)
    };
    while !processing().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service.kill_and_start_again();
    let anna = anna.at(&service);
    let events = anna.events_until(&shoot, "shoot.done").await;
    let ends = events.iter().filter(|kind| *kind == "generation.ended").count();
    assert_eq!(ends, 3, "{events:?}");
    let (_, told) = anna.get(&format!("/api/shoots/{shoot}")).await;
    assert_eq!(told["progress"]["byStatus"], json!({ "COMPLETED": 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_do_not_share_a_folder_and_a_wrong_address_is_said() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let second = service.try_another(&[]);
    assert!(second.contains("another photogen serves from"), "{second}");
    let wrong = service.try_another(&["--database-url", "mysql://root:secret@here/x"]);
    assert!(
        wrong.contains("postgres://") && !wrong.contains("secret"),
        "{wrong}"
    );
    let (status, told): (u16, Value) = service.nobody().get("/readyz").await;
    assert_eq!((status, told), (200, json!("ready")));
}
