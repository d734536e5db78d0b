//! Reference persons: photos, consent, and what is refused without it.

use axum::http::Method;
use domain::{
    clock::Clock as _,
    ids::{ModelId, WorkspaceId},
};
use serde_json::json;
use testkit::database::TestDatabase;
use web::{api::models::FACES, auth::sealed::Seals};

use crate::app::TestApp;

testkit::on_both_databases! {
    a_person_without_consent_is_not_shown,
    a_reference_photo_shows_one_face_and_what_says_whose_is_kept_sealed_while_consent_holds,
    the_photos_of_a_person_are_compared_while_the_consent_holds,
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

async fn a_reference_photo_shows_one_face_and_what_says_whose_is_kept_sealed_while_consent_holds(
    database: TestDatabase,
) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = anna
        .post("/api/models", &json!({ "name": "Mara" }))
        .await
        .expect(201);
    let path = format!("/api/models/{}", made.text("/id"));
    let photos = format!("{path}/photos");
    let refused = anna.file("POST", &photos, b"nobody here").await.expect(422);
    assert_eq!(refused.text("/errors/0/field"), "file");
    assert!(refused.text("/detail").contains("no face was found"));
    // Where nobody can look, the photo is taken and nothing is claimed of it.
    let dark = anna.file("POST", &photos, b"dark").await.expect(201);
    assert_eq!(dark.body["photos"][0]["face"], json!(null));
    let seen = anna.file("POST", &photos, b"Mara").await.expect(201);
    assert_eq!(
        seen.body["photos"][1]["face"],
        json!({ "side": 200, "yaw": "front", "faces": 1 })
    );
    assert!(!seen.body.to_string().contains("numbers of a face"));
    // Without consent nothing that says whose face it is is kept.
    let workspace = WorkspaceId(anna.workspace.clone());
    let model = ModelId(made.text("/id"));
    let source = app.store.model(&workspace, &model).await.unwrap().unwrap().photos[1]
        .source
        .clone();
    let sealed = async || app.store.sealed_face(&source, app.clock.now_ms()).await.unwrap();
    assert_eq!(sealed().await, None);
    let consent = format!("{path}/consent");
    anna.put(
        &consent,
        &json!({ "scope": "shop", "expiresMs": app.clock.now_ms() + 60_000 }),
    )
    .await
    .expect(200);
    let kept = async {
        loop {
            if let Some(kept) = sealed().await {
                return kept;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let kept = tokio::time::timeout(std::time::Duration::from_secs(10), kept)
        .await
        .unwrap();
    assert!(!kept.contains("numbers"));
    let seals = Seals::new(b"a secret of thirty-two bytes, or so", &[], FACES).unwrap();
    assert_eq!(seals.open(&source, &kept).as_deref(), Some("numbers of a face"));
    assert_eq!(seals.open("photos/other", &kept), None);
    // It is not used once the consent has ended, and gone when it is taken back.
    app.pass_ms(60_000);
    assert_eq!(sealed().await, None);
    web::upkeep::once(&app.app).await.unwrap();
    let renewed = store::models::Consent {
        scope: "shop".to_owned(),
        given_ms: app.clock.now_ms(),
        expires_ms: None,
    };
    let set = app
        .store
        .set_consent(&workspace, &model, Some(&renewed), app.clock.now_ms());
    assert!(set.await.unwrap());
    assert_eq!(sealed().await, None, "the sweep has forgotten it");
}

async fn the_photos_of_a_person_are_compared_while_the_consent_holds(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = anna
        .post("/api/models", &json!({ "name": "Mara" }))
        .await
        .expect(201);
    let path = format!("/api/models/{}", made.text("/id"));
    let consent = format!("{path}/consent");
    let until = json!({ "scope": "shop", "expiresMs": app.clock.now_ms() + 60_000 });
    anna.put(&consent, &until).await.expect(200);
    for photo in ["gone", "Mara in front", "Mara from the side", "stranger", "dark"] {
        anna.file("POST", &format!("{path}/photos"), photo.as_bytes())
            .await
            .expect(201);
    }
    anna.delete(&format!("{path}/photos/1")).await.expect(200);
    let similarity = async || anna.get(&format!("{path}/similarity")).await.expect(200).body;
    let told = similarity().await;
    assert_eq!(
        told,
        json!({
            "threshold": 0.5,
            "sure": 0.74,
            "photos": [2, 3, 4, 5],
            "similarity": [
                [1.0, 0.83, 0.12, null],
                [0.83, 1.0, 0.12, null],
                [0.12, 0.12, 1.0, null],
                [null, null, null, null],
            ],
            "odd": [4],
        })
    );
    app.pass_ms(60_000);
    let told = similarity().await;
    assert_eq!(told["odd"], json!([]));
    assert_eq!(told["similarity"], json!(vec![vec![json!(null); 4]; 4]));
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
