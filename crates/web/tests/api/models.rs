//! Reference persons: photos, consent, and what is refused without it.

use axum::http::Method;
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    a_person_without_consent_is_not_shown,
    a_person_has_at_most_8_photos,
    a_person_is_renamed_deleted_and_brought_back,
}

async fn a_person_without_consent_is_not_shown(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 100).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    let made = anna
        .post("/api/models", &json!({ "name": "Mara" }))
        .await
        .expect(201);
    let path = format!("/api/models/{}", made.text("/id"));
    let order = json!({ "productId": product, "modelId": made.text("/id"), "poses": ["WALKING"], "engine": "dresser" });
    let refused = async |word: &str| {
        let answer = anna.post("/api/generate", &order).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), "modelId");
        assert!(answer.text("/detail").contains(word), "{:#}", answer.body);
        assert!(anna.get(&path).await.expect(200).text("/refusal").contains(word));
    };
    refused("no consent").await;
    let consent = format!("{path}/consent");
    let ends_ms = 1_795_000_000_000_i64 + 60_000;
    for body in [
        json!({ "scope": " " }),
        json!({ "scope": "shop", "expiresMs": 5 }),
        json!({}),
    ] {
        anna.put(&consent, &body).await.expect(422);
    }
    anna.put(&consent, &json!({ "scope": "shop", "expiresMs": ends_ms }))
        .await
        .expect(200);
    refused("no photo").await;
    anna.file("POST", &format!("{path}/photos"), b"Mara")
        .await
        .expect(201);
    assert_eq!(anna.get(&path).await.expect(200).body["refusal"], json!(null));
    anna.post("/api/generate", &order).await.expect(202);
    app.pass_ms(60_000);
    refused("expired").await;
    anna.put(&consent, &json!({ "scope": "shop" })).await.expect(200);
    anna.post("/api/generate", &order).await.expect(202);
    anna.delete(&consent).await.expect(200);
    refused("no consent").await;
    assert_eq!(anna.credits().await, 100 - 2 * 3);
}

async fn a_person_has_at_most_8_photos(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.model("Mara").await;
    let path = format!("/api/models/{id}/photos");
    for number in 2..=8 {
        anna.file("POST", &path, format!("photo {number}").as_bytes())
            .await
            .expect(201);
    }
    anna.file("POST", &path, b"photo 8").await.expect(201);
    anna.file("POST", &path, b"photo 9").await.expect(409);
    anna.file("POST", &path, b"bad").await.expect(422);
    anna.delete(&format!("{path}/8")).await.expect(200);
    anna.delete(&format!("{path}/8")).await.expect(404);
    anna.file("POST", &path, b"photo 9").await.expect(201);
}

async fn a_person_is_renamed_deleted_and_brought_back(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.model("Mara").await;
    let path = format!("/api/models/{id}");
    let tag = anna.get(&path).await.expect(200).headers["etag"]
        .to_str()
        .unwrap()
        .to_owned();
    let rename = async |name: &str, tag: &str| {
        anna.call(
            Method::PUT,
            &path,
            Some(&json!({ "name": name })),
            &[("if-match", tag)],
        )
        .await
    };
    rename("Mira", &tag).await.expect(200);
    rename("Mona", &tag).await.expect(412);
    assert_eq!(
        anna.get("/api/models?q=mir")
            .await
            .expect(200)
            .text("/items/0/name"),
        "Mira"
    );
    anna.delete(&path).await.expect(200);
    anna.get(&path).await.expect(404);
    let order = json!({ "productIds": [], "modelId": id, "poses": ["WALKING"] });
    anna.post("/api/generate", &order).await.expect(422);
    let deleted = anna.get("/api/models?deleted=true").await.expect(200);
    assert_eq!(deleted.text("/items/0/id"), id);
    anna.post(&format!("{path}/restoration"), &json!({}))
        .await
        .expect(200);
    anna.get(&path).await.expect(200);
}
