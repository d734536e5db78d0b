//! What is removed for good: nothing that anything live still names, and in the end everything else.

use domain::{
    clock::Clock as _,
    ids::{ModelId, ProductId, WorkspaceId},
};
use futures_util::StreamExt as _;
use serde_json::json;
use store::{blobs::Blobs as _, catalogue::ProductFilter, shoots::GenerationFilter, sweep::CONSENT_GRACE_MS};
use testkit::{Random, database::TestDatabase};
use web::upkeep;

use crate::{
    app::{Person, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    whatever_happens_nothing_that_is_named_is_removed_and_in_the_end_all_else_is,
    a_file_that_is_kept_again_while_it_is_doomed_stays,
    the_photos_of_a_person_go_when_the_consent_has_long_ended,
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const UNDO_MS: i64 = 30 * DAY_MS;
/// Where blobs lie.
const FOLDERS: [&str; 6] = [
    "photos",
    "uploads",
    "pictures",
    "candidates",
    "heatmaps",
    "thumbnails",
];

/// What a test has made.
#[derive(Default)]
struct Made {
    products: Vec<String>,
    models: Vec<String>,
    uploads: Vec<String>,
}

fn below(random: &mut Random, high: usize) -> usize {
    (random.next_u64() >> 32) as usize % high
}

fn pick<'a>(random: &mut Random, from: &'a [String]) -> Option<&'a String> {
    (!from.is_empty()).then(|| &from[below(random, from.len())])
}

/// Lets time pass, and signs in again, for sessions end meanwhile.
pub async fn pass(anna: &mut Person<'_>, email: &str, ms: i64) {
    let app = anna.client.app;
    app.pass_ms(ms);
    anna.client = app.sign_in(email).await;
}

pub async fn blobs(app: &TestApp, folder: &str) -> Vec<String> {
    let mut keys: Vec<String> = app
        .blobs
        .list(folder)
        .map(|blob| blob.unwrap().key)
        .collect()
        .await;
    keys.sort();
    keys
}

/// One random thing that somebody does. Refusals are fine: the thing may be gone.
async fn step(anna: &mut Person<'_>, email: &str, made: &mut Made, random: &mut Random) -> String {
    let app = anna.client.app;
    // Few contents, so that products, persons and uploads share files.
    let content = format!("content {}", below(random, 4));
    let what = below(random, 12);
    match what {
        0 | 1 => {
            let sku = format!("S{}", made.products.len());
            let id = anna
                .post("/api/products", &json!({ "sku": sku }))
                .await
                .expect(201)
                .text("/id");
            let path = format!("/api/products/{id}/photos/front");
            anna.file("PUT", &path, content.as_bytes()).await.expect(200);
            made.products.push(id);
        }
        2 => {
            let name = format!("M{}", made.models.len());
            let id = anna
                .post("/api/models", &json!({ "name": name }))
                .await
                .expect(201)
                .text("/id");
            let photos = format!("/api/models/{id}/photos");
            anna.file("POST", &photos, content.as_bytes()).await.expect(201);
            made.models.push(id);
        }
        3 => {
            // A table stays in its parts.
            let name = ["a.jpg", "a.csv"][below(random, 2)];
            let answer = anna.form("/api/uploads", &[(name, content.as_bytes())]).await;
            made.uploads.push(answer.expect(201).text("/id"));
        }
        4 => {
            if let (Some(product), Some(upload)) =
                (pick(random, &made.products).cloned(), pick(random, &made.uploads))
            {
                let path = format!("/api/products/{product}/photos/back?upload={upload}");
                anna.file("PUT", &path, b"").await;
            }
        }
        5 => {
            if let Some(product) = pick(random, &made.products) {
                let path = format!("/api/products/{product}/photos/front");
                anna.file("PUT", &path, content.as_bytes()).await;
            }
        }
        6 | 7 => {
            let (kind, of) = if what == 6 {
                ("products", &made.products)
            } else {
                ("models", &made.models)
            };
            if let Some(id) = pick(random, of) {
                anna.delete(&format!("/api/{kind}/{id}")).await;
            }
        }
        8 => {
            let (kind, of) = if below(random, 2) == 0 {
                ("products", &made.products)
            } else {
                ("models", &made.models)
            };
            if let Some(id) = pick(random, of) {
                anna.post(&format!("/api/{kind}/{id}/restoration"), &json!({}))
                    .await;
            }
        }
        9 => {
            if let Some(product) = pick(random, &made.products) {
                let order = json!({ "productIds": [product], "poses": ["FRONT"] });
                anna.post("/api/generate", &order).await;
                let end = if below(random, 2) == 0 {
                    End::Done
                } else {
                    End::Rejected
                };
                app.work(end).await;
            }
        }
        10 => {
            let ms = below(random, 20 * 24) as i64 * HOUR_MS;
            pass(anna, email, ms).await;
        }
        _ => {
            upkeep::once(&app.app).await.unwrap();
        }
    }
    format!("{what} {content}")
}

/// Every blob that something names which is there or comes back is there.
async fn check(anna: &Person<'_>, made: &Made, trail: &[String]) {
    let app = anna.app;
    let workspace = WorkspaceId(anna.workspace.clone());
    let now_ms = app.clock.now_ms();
    let comes_back = |deleted_ms: Option<i64>| deleted_ms.is_none_or(|at| at > now_ms - UNDO_MS);
    let mut named = Vec::new();
    for deleted in [false, true] {
        let filter = ProductFilter {
            deleted,
            ..ProductFilter::default()
        };
        let products = app.store.products(&workspace, &filter, 200).await.unwrap();
        for product in products.into_iter().filter(|one| comes_back(one.deleted_ms)) {
            assert!(!product.product.photos.is_empty(), "{trail:#?}");
            named.extend(product.product.photos.into_iter().map(|photo| photo.source));
        }
        let models = app
            .store
            .models(&workspace, None, None, deleted, 200)
            .await
            .unwrap();
        for model in models.into_iter().filter(|one| comes_back(one.deleted_ms)) {
            assert!(!model.photos.is_empty(), "{trail:#?}");
            named.extend(model.photos.into_iter().map(|photo| photo.source));
        }
    }
    for upload in &made.uploads {
        named.extend(app.store.upload_parts(&workspace, upload).await.unwrap());
        let upload = app.store.upload(&workspace, upload).await.unwrap();
        named.extend(upload.and_then(|upload| upload.source));
    }
    let filter = GenerationFilter::default();
    for picture in app.store.generations(&workspace, &filter, 200).await.unwrap() {
        let attempts = app.store.attempts_of(&workspace, &picture.id).await.unwrap();
        named.extend(attempts.into_iter().filter_map(|attempt| attempt.heatmap));
        named.extend(picture.delivered.map(|delivered| delivered.file.path));
    }
    for key in named {
        assert!(
            app.blobs.size(&key).await.unwrap().is_some(),
            "{key} is gone after {trail:#?}"
        );
    }
}

async fn whatever_happens_nothing_that_is_named_is_removed_and_in_the_end_all_else_is(
    database: TestDatabase,
) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 10_000).await;
    for seed in 0..6 {
        let email = format!("anna{seed}@example.com");
        let mut anna = app.register(&email).await;
        let (mut random, mut made, mut trail) = (Random::new(seed), Made::default(), Vec::new());
        for _ in 0..60 {
            trail.push(step(&mut anna, &email, &mut made, &mut random).await);
            check(&anna, &made, &trail).await;
        }
        let product = made.products[0].clone();
        for id in &made.products {
            anna.delete(&format!("/api/products/{id}")).await;
        }
        for id in &made.models {
            anna.delete(&format!("/api/models/{id}")).await;
        }
        for _ in 0..4 {
            pass(&mut anna, &email, 35 * DAY_MS).await;
            upkeep::once(&app.app).await.unwrap();
        }
        for folder in FOLDERS {
            assert_eq!(blobs(&app, folder).await, Vec::<String>::new(), "seed {seed}");
        }
        anna.post(&format!("/api/products/{product}/restoration"), &json!({}))
            .await
            .expect(404);
    }
}

async fn a_file_that_is_kept_again_while_it_is_doomed_stays(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let email = "anna@example.com";
    let mut anna = app.register(email).await;
    let workspace = WorkspaceId(anna.workspace.clone());
    let first = anna.product("A", None, &["front"]).await;
    anna.delete(&format!("/api/products/{first}")).await.expect(200);
    pass(&mut anna, email, 32 * DAY_MS).await;
    let swept = upkeep::once(&app.app).await.unwrap();
    assert_eq!((swept.rows, swept.blobs), (1, 0), "first it is doomed");
    // The same file comes again before it is removed.
    let second = anna.product("A", None, &["front"]).await;
    pass(&mut anna, email, 2 * HOUR_MS).await;
    assert_eq!(upkeep::once(&app.app).await.unwrap().blobs, 0);
    let product = app
        .store
        .product(&workspace, &ProductId(second))
        .await
        .unwrap()
        .unwrap();
    let source = &product.product.photos[0].source;
    assert!(app.blobs.size(source).await.unwrap().is_some());
}

async fn the_photos_of_a_person_go_when_the_consent_has_long_ended(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let email = "anna@example.com";
    let mut anna = app.register(email).await;
    let workspace = WorkspaceId(anna.workspace.clone());
    let model_id = ModelId(anna.model("Mara").await);
    let model = async || app.store.model(&workspace, &model_id).await.unwrap().unwrap();
    let consent = store::models::Consent {
        scope: "web shop".to_owned(),
        given_ms: app.clock.now_ms(),
        expires_ms: Some(app.clock.now_ms() + DAY_MS),
    };
    let set = app
        .store
        .set_consent(&workspace, &model_id, Some(&consent), app.clock.now_ms());
    assert!(set.await.unwrap());
    pass(&mut anna, email, CONSENT_GRACE_MS).await;
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(model().await.photos.len(), 1, "it can still be renewed");
    pass(&mut anna, email, DAY_MS).await;
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(model().await.photos.len(), 0);
    pass(&mut anna, email, 2 * HOUR_MS).await;
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(blobs(&app, "photos").await, Vec::<String>::new());
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "model.photos_removed");
}
