//! Engines' servers: how they are doing, what vendors tell, and jobs that nobody wants any more.

use domain::{
    clock::Clock as _,
    engine::{EngineChoice, EngineName, Health, HealthTold, RecentFault},
    ids::{ShootId, WorkspaceId},
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome},
};
use serde_json::{Value, json};
use store::{
    attempts::{Closing, StartedAttempt},
    blobs::Blobs as _,
    engines::Unwanted,
    generations::AttemptEnd,
    queue::Lease,
};
use testkit::database::TestDatabase;
use web::{
    upkeep,
    vendors::{Message, Refusal, Vendors},
};

use crate::app::{Client, TestApp};

testkit::on_both_databases! {
    a_vendor_s_message_makes_the_picture_that_waits_due_and_is_taken_once,
    a_forged_message_changes_nothing_and_one_about_nothing_is_answered,
    a_cancelled_shoot_has_the_vendor_told_and_sends_nothing_more,
    a_vendor_s_file_is_kept_for_who_takes_it_up_and_no_longer,
    health_is_told_by_the_process_that_calls,
}

/// Vendors of one engine, `dresser`, who sign with the word `good`.
pub struct Signed;

impl Vendors for Signed {
    fn check(&self, engine: &EngineName, message: &Message<'_>, _: i64) -> Result<String, Refusal> {
        if engine.0 != "dresser" {
            return Err(Refusal::NotExpected);
        }
        if message.signatures != "good" {
            return Err(Refusal::Unsigned("the signature is not the vendor's".to_owned()));
        }
        let body: Value = serde_json::from_slice(message.body).map_err(|_| Refusal::Unknown)?;
        body["id"].as_str().map(str::to_owned).ok_or(Refusal::Unknown)
    }

    fn wake(&self, _: &EngineName, _: &str) {}
}

/// A picture that `dresser` has in work.
async fn in_work(app: &TestApp, anna: &Client<'_>) -> (String, Lease, StartedAttempt) {
    let product = anna.product("TS-1", None, &["front"]).await;
    let shoot = json!({ "productIds": [product], "poses": ["FRONT"], "engine": "dresser" });
    let shoot = anna.shoot(&shoot).await;
    let lease = app.claim().await.unwrap();
    let asked = Attempt {
        engine: EngineChoice::of("dresser"),
        seed: 7,
        strength: None,
        hint: None,
        price: MicroUsd(200_000),
    };
    let now_ms = app.clock.now_ms();
    let left = app.store.work(&lease).await.unwrap().left;
    let attempt = app
        .store
        .begin_attempt(&app.ids, &lease, &asked, &left, now_ms)
        .await
        .unwrap();
    (shoot, lease, attempt)
}

/// The vendor takes the order, and cannot be asked how it stands: it is asked again in a quarter of an hour.
async fn pending(app: &TestApp, lease: &Lease, attempt: &StartedAttempt) {
    let now_ms = app.clock.now_ms();
    app.store.mark_sent(attempt, now_ms).await.unwrap();
    app.store.mark_accepted(attempt, "job-1", now_ms).await.unwrap();
    let end = AttemptEnd::Retry {
        message: "no route".to_owned(),
        run_at_ms: now_ms + 900_000,
    };
    let closing = Closing::of(AttemptOutcome::Pending);
    app.store
        .end_attempt(&app.ids, lease, attempt, &closing, &end, now_ms)
        .await
        .unwrap();
}

async fn say(app: &TestApp, event: &str, signature: &str, body: &Value) -> u16 {
    let headers = [
        ("webhook-id", event),
        ("webhook-timestamp", "1"),
        ("webhook-signature", signature),
    ];
    let path = "/api/engines/dresser/webhook";
    let said = app
        .nobody()
        .call(axum::http::Method::POST, path, Some(body), &headers)
        .await;
    said.status.as_u16()
}

async fn a_vendor_s_message_makes_the_picture_that_waits_due_and_is_taken_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, lease, attempt) = in_work(&app, &anna).await;
    // Before the row knows of the job, it changes nothing and is no error.
    assert_eq!(say(&app, "msg-0", "good", &json!({ "id": "job-1" })).await, 200);
    pending(&app, &lease, &attempt).await;
    assert!(app.claim().await.is_none());
    assert_eq!(say(&app, "msg-1", "good", &json!({ "id": "job-1" })).await, 200);
    let again = app.claim().await.unwrap();
    assert_eq!(again.generation, lease.generation);
    let work = app.store.work(&again).await.unwrap();
    assert_eq!(work.left.job.as_deref(), Some("job-1"));
    assert_eq!(say(&app, "msg-1", "good", &json!({ "id": "job-1" })).await, 200);
    assert!(app.claim().await.is_none(), "one message, one look");
}

async fn a_forged_message_changes_nothing_and_one_about_nothing_is_answered(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, lease, attempt) = in_work(&app, &anna).await;
    pending(&app, &lease, &attempt).await;
    assert_eq!(say(&app, "msg-1", "forged", &json!({ "id": "job-1" })).await, 401);
    assert_eq!(
        say(&app, "msg-2", "good", &json!({ "id": "somebody else's" })).await,
        200
    );
    assert_eq!(say(&app, "msg-3", "good", &json!({})).await, 422);
    assert!(app.claim().await.is_none());
    // A forged message does not use up the id of the true one.
    assert_eq!(say(&app, "msg-1", "good", &json!({ "id": "job-1" })).await, 200);
    assert!(app.claim().await.is_some());
    let nobody = app.nobody();
    nobody
        .post("/api/engines/studio/webhook", &json!({}))
        .await
        .expect(404);
}

async fn a_cancelled_shoot_has_the_vendor_told_and_sends_nothing_more(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let credits = anna.credits().await;
    let unwanted = async || app.store.unwanted(app.clock.now_ms()).await.unwrap();
    let job = Unwanted {
        engine: "dresser".to_owned(),
        provider_job: "job-1".to_owned(),
    };
    // The vendor has the job.
    let (shoot, lease, attempt) = in_work(&app, &anna).await;
    pending(&app, &lease, &attempt).await;
    assert_eq!(unwanted().await, []);
    let cancel = async |shoot: &str| {
        let path = format!("/api/shoots/{shoot}/cancellation");
        anna.post(&path, &json!({})).await.expect(200);
    };
    cancel(&shoot).await;
    assert_eq!(unwanted().await, std::slice::from_ref(&job));
    app.store.told_unwanted(&job).await.unwrap();
    assert_eq!(unwanted().await, []);
    // The order is on its way.
    let product = anna.product("TS-2", None, &["front"]).await;
    let shoot = json!({ "productIds": [product], "poses": ["FRONT"], "engine": "dresser" });
    let shoot = anna.shoot(&shoot).await;
    let lease = app.claim().await.unwrap();
    let asked = app.store.work(&lease).await.unwrap();
    let asking = Attempt {
        engine: EngineChoice::of("dresser"),
        seed: 7,
        strength: None,
        hint: None,
        price: MicroUsd(200_000),
    };
    let now_ms = app.clock.now_ms();
    let begun = app
        .store
        .begin_attempt(&app.ids, &lease, &asking, &asked.left, now_ms);
    let attempt = begun.await.unwrap();
    cancel(&shoot).await;
    assert!(
        app.store.mark_sent(&attempt, now_ms).await.is_err(),
        "it does not go out"
    );
    assert_eq!(unwanted().await, []);
    // It had gone out, and the vendor's word that it is taken comes late.
    app.store.mark_accepted(&attempt, "job-1", now_ms).await.unwrap();
    assert_eq!(unwanted().await, [job]);
    assert_eq!(anna.credits().await, credits, "nothing is charged");
    app.pass_ms(3_600_001);
    assert_eq!(unwanted().await, [], "nobody is told for ever");
}

async fn a_vendor_s_file_is_kept_for_who_takes_it_up_and_no_longer(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let (shoot, lease, attempt) = in_work(&app, &anna).await;
    let key = format!("received/{}", attempt.id);
    app.blobs.put(&key, "a picture".into()).await.unwrap();
    app.store.mark_received(&attempt, &key).await.unwrap();
    pending(&app, &lease, &attempt).await;
    let is_there_after = async |ms: i64| {
        app.pass_ms(ms);
        upkeep::once(&app.app).await.unwrap();
        app.blobs.size(&key).await.unwrap().is_some()
    };
    assert!(is_there_after(3 * 24 * 3_600_000).await);
    assert!(is_there_after(2 * 3_600_000).await, "its job waits");
    let (workspace, shoot) = (WorkspaceId(anna.workspace.clone()), ShootId(shoot));
    let cancelled = app
        .store
        .cancel_shoot(&app.ids, &workspace, &shoot, app.clock.now_ms())
        .await;
    assert_eq!(cancelled.unwrap(), Some(1));
    assert!(is_there_after(1_000).await, "it is doomed first");
    assert!(!is_there_after(2 * 3_600_000).await);
}

async fn health_is_told_by_the_process_that_calls(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        config.metrics_token = Some("a secret".to_owned());
    })
    .await;
    let told_ms = app.clock.now_ms();
    let health = Health {
        rate_share: 0.5,
        faults: 5,
        rests_ms: Some(20_000),
        calls: [("done".to_owned(), 3), ("lost".to_owned(), 1)].into(),
        recent: vec![RecentFault {
            ago_ms: 1_000,
            message: "no route to host".to_owned(),
        }],
    };
    let told = HealthTold {
        engine: "dresser".to_owned(),
        worker: "w7".to_owned(),
        told_ms,
        health,
    };
    app.store.tell_health(&told).await.unwrap();
    app.store.tell_health(&told).await.unwrap();
    app.pass_ms(5_000);
    let root = app.register_admin("root@example.com").await;
    let engines = root.get("/api/admin/engines").await.expect(200);
    let dresser = &engines.body[1];
    assert_eq!(engines.body[0]["health"], json!([]));
    let rate = f64::from(domain::engine::Limits::default().requests_per_minute) / 2.0;
    assert_eq!(
        dresser["health"],
        json!([{
            "worker": "w7", "toldMs": told_ms, "breakerOpenMs": 15_000, "faults": 5, "allowedPerMinute": rate,
            "calls": { "done": 3, "lost": 1 }, "recent": [{ "atMs": told_ms - 1_000, "message": "no route to host" }],
        }])
    );
    let metrics = app
        .nobody()
        .with_token("a secret")
        .get("/metrics")
        .await
        .expect(200);
    let text = metrics.body.as_str().unwrap();
    for line in [
        "photogen_engine_breaker_open{engine=\"dresser\",worker=\"w7\"} 1".to_owned(),
        format!("photogen_engine_allowed_per_minute{{engine=\"dresser\",worker=\"w7\"}} {rate}"),
        "photogen_engine_calls_total{engine=\"dresser\",worker=\"w7\",outcome=\"lost\"} 1".to_owned(),
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    app.pass_ms(15_000);
    let metrics = app
        .nobody()
        .with_token("a secret")
        .get("/metrics")
        .await
        .expect(200);
    let closed = "photogen_engine_breaker_open{engine=\"dresser\",worker=\"w7\"} 0";
    assert!(metrics.body.as_str().unwrap().contains(closed));
}
