//! Shoots on their way: progress, pause, resume, cancel, priority, and what is told while it happens.

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use serde_json::json;
use testkit::database::TestDatabase;

use crate::{
    app::{Client, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    a_shoot_tells_how_far_it_is,
    a_paused_shoot_waits_and_goes_on,
    a_cancelled_shoot_gives_credits_back,
    what_comes_first_is_made_first,
    events_are_told_without_a_gap_from_any_number,
}

async fn ordered(client: &Client<'_>, products: usize) -> String {
    let mut ids = Vec::new();
    for number in 0..products {
        let sku = format!("TS-{}-{number}", client.app.ids.next());
        ids.push(client.product(&sku, None, &["front"]).await);
    }
    client
        .shoot(&json!({ "productIds": ids, "poses": ["FRONT"] }))
        .await
}

async fn a_shoot_tells_how_far_it_is(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let shoot = ordered(&anna, 4).await;
    let path = format!("/api/shoots/{shoot}");
    let fresh = anna.get(&path).await.expect(200);
    assert_eq!(fresh.body["progress"]["leftMs"], json!(null));
    for (pass_ms, end) in [(0, End::Done), (5_000, End::Doubtful), (5_000, End::Rejected)] {
        let lease = app.claim().await.unwrap();
        app.pass_ms(pass_ms);
        app.end(&lease, end).await;
    }
    let told = anna.get(&path).await.expect(200);
    let progress = &told.body["progress"];
    assert_eq!(
        progress["byStatus"],
        json!({ "PENDING": 1, "COMPLETED": 2, "REJECTED": 1 })
    );
    assert_eq!((&progress["ordered"], &progress["ended"]), (&json!(4), &json!(3)));
    assert_eq!(progress["toReview"], 1);
    assert!((progress["costUsd"].as_f64().unwrap() - 0.39).abs() < 1e-9);
    assert_eq!(progress["leftMs"], 10_000 / 3);
    assert_eq!(told.text("/state"), "running");
    app.work(End::Failed).await;
    let done = anna.get(&path).await.expect(200);
    assert_eq!(done.text("/state"), "done");
    assert!(done.body["finishedMs"].is_i64());
    // Rejected and failed pictures gave their credits back.
    assert_eq!(anna.credits().await, 8);
    for (query, found) in [("state=done", 1), ("state=running", 0), ("projectId=none", 0)] {
        let page = anna.get(&format!("/api/shoots?{query}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), found, "{query}");
    }
    anna.get("/api/shoots?state=lost").await.expect(422);
    for (query, found) in [
        ("status=completed", 2),
        ("needsReview=true", 1),
        ("review=none", 4),
        ("review=approved", 0),
    ] {
        let page = anna.get(&format!("/api/generate?{query}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), found, "{query}");
    }
}

async fn a_paused_shoot_waits_and_goes_on(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let shoot = ordered(&anna, 3).await;
    let act = async |word: &str| {
        anna.post(&format!("/api/shoots/{shoot}/{word}"), &json!({}))
            .await
    };
    let held = app.claim().await.unwrap();
    assert_eq!(act("resume").await.expect(409).text("/code"), "not_paused");
    assert_eq!(act("pause").await.expect(200).text("/state"), "paused");
    assert_eq!(act("pause").await.expect(409).text("/code"), "not_running");
    assert!(app.claim().await.is_none());
    // What a worker has is finished.
    app.end(&held, End::Done).await;
    assert_eq!(act("resume").await.expect(200).text("/state"), "running");
    assert_eq!(app.work(End::Done).await, 2);
    assert_eq!(act("pause").await.expect(409).text("/code"), "not_running");
}

async fn a_cancelled_shoot_gives_credits_back(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let shoot = ordered(&anna, 4).await;
    assert_eq!(anna.credits().await, 6);
    app.end(&app.claim().await.unwrap(), End::Done).await;
    let held = app.claim().await.unwrap();
    let path = format!("/api/shoots/{shoot}/cancellation");
    let told = anna.post(&path, &json!({})).await.expect(200);
    assert_eq!(told.text("/state"), "cancelled");
    assert_eq!(
        told.body["progress"]["byStatus"],
        json!({ "COMPLETED": 1, "CANCELLED": 3 })
    );
    assert_eq!(
        anna.post(&path, &json!({})).await.expect(409).text("/code"),
        "ended"
    );
    assert!(app.claim().await.is_none());
    assert_eq!(anna.credits().await, 9);
    // The worker that held one learns that it is not its any more.
    let lost = app.store.heartbeat(&held, 60_000, 1_795_000_000_000).await;
    assert!(matches!(lost, Err(store::StoreError::LeaseLost)));
    anna.post(&format!("/api/shoots/{shoot}/resume"), &json!({}))
        .await
        .expect(409);
}

async fn what_comes_first_is_made_first(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let first = ordered(&anna, 1).await;
    let second = ordered(&anna, 1).await;
    let path = format!("/api/shoots/{second}/priority");
    anna.put(&path, &json!({ "priority": 11 })).await.expect(422);
    anna.put(&path, &json!({ "priority": 5 })).await.expect(200);
    let lease = app.claim().await.unwrap();
    assert_eq!(
        anna.pictures(&second).await[0]["id"],
        json!(lease.generation.as_str())
    );
    let lease = app.claim().await.unwrap();
    assert_eq!(
        anna.pictures(&first).await[0]["id"],
        json!(lease.generation.as_str())
    );
}

/// The numbers and kinds of a stream's events, until there are so many.
async fn told(client: &Client<'_>, path: &str, last_seen: Option<&str>, count: usize) -> Vec<(i64, String)> {
    let token = client.token.as_deref().unwrap();
    let mut request = Request::get(path).header("authorization", format!("Bearer {token}"));
    if let Some(seen) = last_seen {
        request = request.header("last-event-id", seen);
    }
    let response = client.app.open(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let (mut body, mut text) = (response.into_body(), String::new());
    let read = async {
        loop {
            let events = events(&text);
            if events.len() >= count {
                return events;
            }
            let frame = body.frame().await.expect("the stream goes on").unwrap();
            text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), read).await;
    waited.expect("events within 20 seconds")
}

fn events(text: &str) -> Vec<(i64, String)> {
    let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name));
        line.map(|value| value.trim_start_matches([':', ' ']).to_owned())
    };
    whole
        .split("\n\n")
        .filter_map(|event| Some((field(event, "id")?.parse().ok()?, field(event, "event")?)))
        .collect()
}

async fn events_are_told_without_a_gap_from_any_number(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 300).await;
    let anna = app.register("anna@example.com").await;
    let shoot = ordered(&anna, 210).await;
    let path = format!("/api/shoots/{shoot}/events");
    app.end(&app.claim().await.unwrap(), End::Done).await;
    // 210 pictures end while somebody listens; shoot.submitted comes first and shoot.done last.
    let (early, (), late) = tokio::join!(
        told(&anna, &path, None, 212),
        async {
            app.work(End::Done).await;
        },
        told(&anna, &path, Some("100"), 112),
    );
    let numbers: Vec<i64> = early.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=212).collect::<Vec<i64>>());
    assert_eq!(early[0].1, "shoot.submitted");
    assert_eq!(early[211].1, "shoot.done");
    assert!(early[1..211].iter().all(|(_, kind)| kind == "generation.ended"));
    let numbers: Vec<i64> = late.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (101..=212).collect::<Vec<i64>>());
    let after = told(&anna, &format!("{path}?after=211"), None, 1).await;
    assert_eq!(after, [(212, "shoot.done".to_owned())]);
    let answer = anna
        .call(axum::http::Method::GET, &path, None, &[("last-event-id", "x")])
        .await;
    answer.expect(422);
}
