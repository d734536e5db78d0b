//! Ordering pictures: what is refused costs nothing and leaves nothing behind.

use axum::http::Method;
use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::app::{Client, TestApp};

testkit::on_both_databases! {
    an_order_in_the_old_words_is_taken,
    what_is_wrong_is_named_and_nothing_is_queued,
    too_few_credits_order_nothing,
    a_dry_run_tells_the_plan_and_writes_nothing,
    a_pilot_takes_the_first_products,
    one_key_makes_one_shoot,
    how_often_a_picture_is_tried_is_the_order_s_word_and_else_the_service_s,
    what_an_engine_cannot_make_is_refused_or_skipped_with_its_reason,
}

/// Nothing was ordered: no shoot, no picture, no credits spent.
async fn nothing_was_ordered(app: &TestApp, client: &Client<'_>, credits: i64) {
    let shoots = client.get("/api/shoots").await.expect(200);
    assert_eq!(shoots.body["items"], json!([]));
    let pictures = client.get("/api/generate").await.expect(200);
    assert_eq!(pictures.body["items"], json!([]));
    assert!(app.claim().await.is_none());
    assert_eq!(client.credits().await, credits);
}

async fn an_order_in_the_old_words_is_taken(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 100).await;
    let anna = app.register("anna@example.com").await;
    let project = anna.project("Spring").await;
    let product = anna.product("TS-1", Some(&project), &["front"]).await;
    let model = anna.model("Mara").await;
    let body = json!({
        "projectId": project, "prompt": "on a sunny day", "poses": ["WALKING", "FRONT", "WALKING"],
        "background": "CUSTOM_HEX", "backgroundHex": "#ffeedd", "resolution": "RES_2000",
        "outputFormat": "PNG", "enginePreset": "BALANCED", "strictMode": true, "modelId": model,
        "productId": product, "seed": 42, "name": "First", "priority": 3,
    });
    let told = anna.post("/api/generate", &body).await.expect(202);
    assert_eq!(told.body["pictures"], 2);
    assert_eq!(told.body["credits"], 6);
    assert_eq!(told.body["engines"], json!(["dresser", "keyless"]));
    assert!(told.text("/warnings/0").contains("KEYLESS_API_KEY"));
    assert!((told.body["costUsd"].as_f64().unwrap() - 0.4).abs() < 1e-9);
    let shoot = anna
        .get(&format!("/api/shoots/{}", told.text("/shootId")))
        .await
        .expect(200);
    assert_eq!(shoot.text("/name"), "First");
    assert_eq!(shoot.body["priority"], 3);
    assert_eq!(shoot.body["progress"]["byStatus"], json!({ "PENDING": 2 }));
    let brief = &shoot.body["brief"];
    assert_eq!((&brief["seed"], &brief["strict"]), (&json!(42), &json!(true)));
    assert_eq!(brief["poses"], json!(["FRONT", "WALKING"]));
    let pictures = anna.pictures(&told.text("/shootId")).await;
    assert_eq!(pictures.len(), 2);
    assert_eq!(anna.credits().await, 94);
    let detail = anna
        .get(&format!("/api/generate/{}", pictures[0]["id"].as_str().unwrap()))
        .await;
    let detail = detail.expect(200);
    assert_eq!(detail.text("/status"), "PENDING");
    assert_eq!(detail.body["attempts"], json!([]));
    anna.get("/api/generate/none").await.expect(404);
}

async fn what_is_wrong_is_named_and_nothing_is_queued(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    let empty = anna.project("Empty").await;
    let with = |more: Value| {
        let mut body = json!({ "productId": product, "poses": ["FRONT"] });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    for (more, field) in [
        (json!({ "poses": ["FRONT", "BANANA"] }), "poses[1]"),
        (json!({ "poses": [] }), "poses"),
        (json!({ "poses": "FRONT" }), "poses"),
        (json!({ "resolution": "RES_1" }), "resolution"),
        (json!({ "resolution": "99999999999x2" }), "resolution"),
        (json!({ "outputFormat": "GIF" }), "outputFormat"),
        (json!({ "background": "CUSTOM_HEX" }), "backgroundHex"),
        (
            json!({ "background": "CUSTOM_HEX", "backgroundHex": "red" }),
            "backgroundHex",
        ),
        (json!({ "background": "plaid" }), "background"),
        (json!({ "enginePreset": "MAGIC" }), "enginePreset"),
        (json!({ "engine": "magic" }), "engine"),
        (json!({ "engine": "keyless" }), "engine"),
        (json!({ "engine": "dresser:none" }), "engine"),
        (json!({ "quality": "best" }), "quality"),
        (json!({ "costMaxUsd": -1 }), "costMaxUsd"),
        (json!({ "costMaxUsd": 0.1, "engine": "dresser" }), "costMaxUsd"),
        (json!({ "seed": -1 }), "seed"),
        (json!({ "pilot": 0 }), "pilot"),
        (json!({ "priority": 11 }), "priority"),
        (json!({ "prompt": "x".repeat(4001) }), "prompt"),
        (json!({ "productIds": ["no such"] }), "productIds[0]"),
        (json!({ "productId": null, "projectId": empty }), "projectId"),
        (json!({ "productId": null }), "productIds"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let answer = anna.post("/api/generate", &with(more.clone())).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field, "{more}");
    }
    let two = with(json!({ "poses": ["BANANA"], "outputFormat": "GIF" }));
    let answer = anna.post("/api/generate", &two).await.expect(422);
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 2);
    nothing_was_ordered(&app, &anna, 10).await;
}

async fn too_few_credits_order_nothing(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 2).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front", "back"]).await;
    let body = json!({ "productId": product, "poses": ["FRONT", "BACK", "DETAIL_CLOSE_UP"] });
    let refused = anna.post("/api/generate", &body).await.expect(402);
    assert_eq!(refused.text("/code"), "not_enough_credits");
    nothing_was_ordered(&app, &anna, 2).await;
    anna.shoot(&json!({ "productId": product, "poses": ["FRONT", "BACK"] }))
        .await;
    assert_eq!(anna.credits().await, 0);
}

async fn a_dry_run_tells_the_plan_and_writes_nothing(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 1).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front", "back"]).await;
    let body = json!({ "productId": product, "poses": ["FRONT", "BACK", "LEFT", "WALKING"], "dryRun": true });
    let told = anna.post("/api/generate", &body).await.expect(200);
    assert_eq!(told.body["shootId"], json!(null));
    assert_eq!(told.body["pictures"], 2);
    assert_eq!(told.body["credits"], 2);
    assert_eq!(told.body["costUsd"], 0.0);
    assert_eq!(told.body["skipped"].as_array().unwrap().len(), 2);
    nothing_was_ordered(&app, &anna, 1).await;
    // What is left out of many products for one reason is one line.
    let second = anna.product("TS-2", None, &["front"]).await;
    let third = anna.product("TS-3", None, &["front"]).await;
    let body = json!({ "productIds": [product, second, third], "poses": ["FRONT", "BACK"], "dryRun": true });
    let told = anna.post("/api/generate", &body).await.expect(200);
    let skipped = told.body["skipped"].as_array().unwrap();
    assert_eq!(skipped.len(), 1);
    let expected = "no back photo of {sku}, and studio never invents a view; add {sku}_back.jpg";
    assert_eq!(
        (
            &skipped[0]["pose"],
            &skipped[0]["reason"],
            &skipped[0]["count"],
            &skipped[0]["example"]
        ),
        (&json!("BACK"), &json!(expected), &json!(2), &json!("TS-2"))
    );
}

async fn a_pilot_takes_the_first_products(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let project = anna.project("Spring").await;
    let first = anna.product("A", Some(&project), &["front"]).await;
    for sku in ["B", "C"] {
        anna.product(sku, Some(&project), &["front"]).await;
    }
    let body = json!({ "projectId": project, "poses": ["FRONT"], "pilot": 1 });
    let pictures = anna.pictures(&anna.shoot(&body).await).await;
    assert_eq!(pictures.len(), 1);
    assert_eq!(pictures[0]["productId"], json!(first));
    let all = json!({ "projectId": project, "poses": ["FRONT"] });
    assert_eq!(anna.pictures(&anna.shoot(&all).await).await.len(), 3);
}

async fn one_key_makes_one_shoot(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    let body = json!({ "productId": product, "poses": ["FRONT"] });
    let order = async |body: &Value| {
        anna.call(
            Method::POST,
            "/api/generate",
            Some(body),
            &[("idempotency-key", "k1")],
        )
        .await
    };
    let (first, second, third) = tokio::join!(order(&body), order(&body), order(&body));
    let answers = [first, second, third];
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert!(!made.is_empty());
    for answer in &answers {
        assert!([202, 409].contains(&answer.status.as_u16()), "{:#}", answer.body);
    }
    let again = order(&body).await.expect(202);
    assert_eq!(again.text("/shootId"), made[0].text("/shootId"));
    let other = json!({ "productId": product, "poses": ["FRONT"], "seed": 9 });
    order(&other).await.expect(422);
    let shoots = anna.get("/api/shoots").await.expect(200);
    assert_eq!(shoots.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(anna.credits().await, 9);
}

async fn how_often_a_picture_is_tried_is_the_order_s_word_and_else_the_service_s(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.retries_max = 1).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    for (body, retries) in [
        (json!({ "productId": product, "poses": ["FRONT"] }), 1),
        (
            json!({ "productId": product, "poses": ["FRONT"], "retries": 5 }),
            5,
        ),
    ] {
        anna.shoot(&body).await;
        let lease = app.claim().await.unwrap();
        let work = app.store.work(&lease).await.unwrap();
        assert_eq!(work.shot.brief.retries_max, retries, "{body}");
    }
}

async fn what_an_engine_cannot_make_is_refused_or_skipped_with_its_reason(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    let model = anna.model("Mara").await;
    // The studio dresses nobody, and shows no view that was not photographed.
    let body = json!({ "productId": product, "poses": ["FRONT"], "modelId": model });
    let refused = anna.post("/api/generate", &body).await.expect(422);
    assert_eq!(refused.text("/errors/0/field"), "modelId");
    let body = json!({ "productId": product, "poses": ["BACK"] });
    let refused = anna.post("/api/generate", &body).await.expect(422);
    assert!(
        refused.text("/detail").contains("TS-1_back.jpg"),
        "{:#}",
        refused.body
    );
    nothing_was_ordered(&app, &anna, 10).await;
    let body = json!({ "productId": product, "poses": ["FRONT", "BACK"] });
    let pictures = anna.pictures(&anna.shoot(&body).await).await;
    let skipped = pictures.iter().find(|one| one["status"] == "SKIPPED").unwrap();
    assert!(skipped["reason"].as_str().unwrap().contains("TS-1_back.jpg"));
    assert_eq!(anna.credits().await, 9);
}
