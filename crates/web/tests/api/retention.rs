//! Retention: who sets it, what it takes, and that only what nobody took goes.

use domain::{clock::Clock as _, ids::WorkspaceId};
use serde_json::{Value, json};
use store::{blobs::Blobs as _, sweep::Swept};
use testkit::database::TestDatabase;
use web::upkeep;

use crate::{
    app::TestApp,
    studio::{End, SENT_BACK},
    sweep::{blobs, pass},
};

testkit::on_both_databases! {
    everybody_reads_it_and_owners_set_it_within_its_limits,
    rejected_pictures_lose_their_files_and_keep_everything_else,
    a_rejected_picture_that_an_export_packs_waits_for_it,
}

const PATH: &str = "/api/workspace/retention";
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const EMAIL: &str = "anna@example.com";

async fn everybody_reads_it_and_owners_set_it_within_its_limits(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register(EMAIL).await;
    let ben = app.register_member(&anna, "ben@example.com", "editor").await;
    let zoe = app.register("zoe@example.com").await;
    let forever = json!({ "candidates": null, "rejected": null, "biometric": null });
    assert_eq!(anna.get(PATH).await.expect(200).body, forever);

    let asked = json!({ "candidates": 1, "rejected": 30, "biometric": 3650 });
    ben.put(PATH, &asked).await.expect(403);
    assert_eq!(anna.put(PATH, &asked).await.expect(200).body, asked);
    assert_eq!(ben.get(PATH).await.expect(200).body, asked);
    assert_eq!(zoe.get(PATH).await.expect(200).body, forever);
    for (action, status) in [("read", 403), ("manage", 200)] {
        let key = json!({ "name": action, "scopes": [action] });
        let key = anna.post("/api/keys", &key).await.expect(201).text("/key");
        anna.with_token(&key).put(PATH, &asked).await.expect(status);
    }

    for field in ["candidates", "rejected", "biometric"] {
        for wrong in [
            json!(0),
            json!(-1),
            json!(99_999),
            json!(3651),
            json!(1.5),
            json!("banana"),
            json!("30"),
            json!([30]),
        ] {
            let answer = anna.put(PATH, &json!({ field: wrong })).await.expect(400);
            assert_eq!(answer.text("/code"), "invalid_retention", "{wrong}");
            assert_eq!(answer.text("/errors/0/field"), field, "{wrong}");
            assert!(answer.text("/errors/0/message").contains("1 to 3650"), "{wrong}");
        }
    }
    anna.put(PATH, &json!({ "forever": 1 })).await.expect(422);
    assert_eq!(
        anna.get(PATH).await.expect(200).body,
        asked,
        "nothing was changed"
    );

    // What is left out is kept for ever.
    let some = anna.put(PATH, &json!({ "rejected": 7 })).await.expect(200);
    assert_eq!(
        some.body,
        json!({ "candidates": null, "rejected": 7, "biometric": null })
    );
    let audit = anna.get("/api/audit").await.expect(200);
    let entry = &audit.body["items"][0];
    assert_eq!(
        (&entry["action"], &entry["actor"], &entry["detail"]),
        (&json!("retention.set"), &json!(anna.id), &some.body)
    );
    let audit = zoe.get("/api/audit").await.expect(200);
    assert!(!audit.body.to_string().contains("retention"), "{:#}", audit.body);
}

/// Orders so many pictures, each ending as told; their ids.
async fn pictures(app: &TestApp, client: &crate::app::Client<'_>, ends: &[End]) -> Vec<String> {
    let mut products = Vec::new();
    for _ in ends {
        let sku = format!("TS-{}", app.ids.next());
        products.push(client.product(&sku, None, &["front"]).await);
    }
    client
        .shoot(&json!({ "productIds": products, "poses": ["FRONT"] }))
        .await;
    let mut made = Vec::new();
    for end in ends {
        let lease = app.claim().await.unwrap();
        app.end(&lease, *end).await;
        made.push(lease.generation.0);
    }
    made
}

#[expect(
    clippy::too_many_lines,
    reason = "one story, from the first picture to the last file"
)]
async fn rejected_pictures_lose_their_files_and_keep_everything_else(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = app.register(EMAIL).await;
    let ends = [End::Done, End::Done, End::Rejected, End::Done];
    let [approved, rejected, sent_back, undecided] =
        <[String; 4]>::try_from(pictures(&app, &anna, &ends).await).unwrap();
    for (id, decision) in [(&approved, "approve"), (&rejected, "reject")] {
        let path = format!("/api/generations/{id}/review");
        anna.post(&path, &json!({ "decision": decision }))
            .await
            .expect(200);
    }
    let left = anna.credits().await;
    let zoe = app.register("zoe@example.com").await;
    let [other] = <[String; 1]>::try_from(pictures(&app, &zoe, &[End::Rejected]).await).unwrap();

    pass(&mut anna, EMAIL, 400 * DAY_MS).await;
    assert_eq!(
        upkeep::once(&app.app).await.unwrap(),
        Swept::default(),
        "nothing goes unasked"
    );
    let days = json!({ "candidates": 401, "rejected": 401, "biometric": 401 });
    anna.put(PATH, &days).await.expect(200);
    assert_eq!(
        upkeep::once(&app.app).await.unwrap(),
        Swept::default(),
        "nothing is as old"
    );
    let days = json!({ "candidates": 400, "rejected": 400, "biometric": 400 });
    anna.put(PATH, &days).await.expect(200);
    assert_eq!(upkeep::once(&app.app).await.unwrap().rows, 2);
    assert_eq!(
        upkeep::once(&app.app).await.unwrap(),
        Swept::default(),
        "once is enough"
    );

    let detail = async |id: &str| anna.get(&format!("/api/generate/{id}")).await.expect(200).body;
    for id in [&rejected, &sent_back] {
        let told = detail(id).await;
        assert_eq!(
            (
                &told["file"],
                &told["fileRemovedMs"],
                &told["attempts"][0]["candidateUrl"]
            ),
            (&json!(null), &json!(app.clock.now_ms()), &json!(null)),
            "{told:#}"
        );
        assert_eq!(told["attempts"][0]["verdicts"].as_array().unwrap().len(), 1);
    }
    assert_eq!(detail(&rejected).await["review"], "rejected");
    let told = detail(&sent_back).await;
    assert_eq!(
        (&told["status"], &told["reason"]),
        (&json!("REJECTED"), &json!(SENT_BACK))
    );
    for id in [&approved, &undecided] {
        let told = detail(id).await;
        assert_eq!(told["fileRemovedMs"], json!(null));
        anna.get(told["file"]["url"].as_str().unwrap()).await.expect(200);
    }
    assert_eq!(anna.credits().await, left);
    assert_eq!(
        app.store.contradictions(true).await.unwrap(),
        Vec::<String>::new()
    );
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "shoot.files_removed");
    assert_eq!(audit.body["items"][0]["detail"]["count"], 2);

    // What has no file cannot be taken any more, and can be made again.
    let workspace = WorkspaceId(anna.workspace.clone());
    let counts = app.store.counts(&workspace).await.unwrap();
    assert_eq!(counts.undecided, 1, "nobody is asked to decide on what is gone");
    for (id, body) in [
        (&rejected, json!({ "decision": "approve" })),
        (
            &sent_back,
            json!({ "decision": "approve", "anyway": true, "note": "it is fine" }),
        ),
    ] {
        let answer = anna
            .post(&format!("/api/generations/{id}/review"), &body)
            .await
            .expect(409);
        assert!(
            answer.text("/detail").contains("make it again"),
            "{:#}",
            answer.body
        );
    }
    let redo = format!("/api/generations/{rejected}/redo");
    anna.post(&redo, &json!({})).await.expect(202);

    pass(&mut anna, EMAIL, 2 * HOUR_MS).await;
    // Two pictures, and what showed where the one differs.
    assert_eq!(upkeep::once(&app.app).await.unwrap().blobs, 3);
    let mut kept = [approved, undecided];
    kept.sort();
    let key = |id: &String| format!("pictures/{}/{id}.webp", anna.workspace);
    assert_eq!(
        blobs(&app, "pictures").await,
        kept.iter().map(key).collect::<Vec<_>>()
    );
    assert_eq!(
        blobs(&app, "candidates").await,
        [format!("candidates/{}/{other}.webp", zoe.workspace)],
        "another workspace keeps what it has"
    );
}

async fn a_rejected_picture_that_an_export_packs_waits_for_it(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let mut anna = app.register(EMAIL).await;
    let made = pictures(&app, &anna, &[End::Done, End::Done]).await;
    let order = json!({ "profiles": ["web"], "generationIds": [made[0]] });
    let export = anna.post("/api/exports", &order).await.expect(202).text("/id");
    let many = json!({ "ids": made, "decision": "reject" });
    anna.post("/api/reviews", &many).await.expect(200);
    anna.put(PATH, &json!({ "rejected": 1 })).await.expect(200);
    pass(&mut anna, EMAIL, 2 * DAY_MS).await;
    let files = async || {
        let mut there = Vec::new();
        for id in &made {
            let told = anna.get(&format!("/api/generate/{id}")).await.expect(200);
            there.push(told.body["file"] != Value::Null);
        }
        there
    };
    assert_eq!(upkeep::once(&app.app).await.unwrap().rows, 1);
    assert_eq!(files().await, [true, false]);
    let cancel = format!("/api/exports/{export}/cancellation");
    anna.post(&cancel, &json!({})).await.expect(200);
    assert_eq!(upkeep::once(&app.app).await.unwrap().rows, 1);
    assert_eq!(files().await, [false, false]);
    let key = format!("pictures/{}/{}.webp", anna.workspace, made[0]);
    assert!(
        app.blobs.size(&key).await.unwrap().is_some(),
        "the sweep looks again in an hour"
    );
}
