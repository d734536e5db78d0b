//! Calls to other systems: signed, tried again with the same id, never lost with the event they tell of, never where only this
//! server reaches.

mod failing;
mod receiver;
mod settings;

use serde_json::{Value, json};
use testkit::database::TestDatabase;
use web::webhooks::Sender;

use crate::{
    app::{Client, TestApp},
    studio::End,
};
use receiver::{Receiver, assert_signed, text};

testkit::on_both_databases! {
    an_event_is_told_signed_to_those_who_asked_for_it,
    a_call_is_made_again_by_hand,
    servers_share_the_calls_and_take_over_from_the_dead,
    the_loop_makes_what_falls_due_and_ends_when_it_is_told_to,
}

async fn service(database: &TestDatabase) -> TestApp {
    TestApp::with(database, |config| {
        config.webhooks_to_private_networks = true;
        config.credits_at_start = 100;
    })
    .await
}

/// A webhook; its id and secret.
async fn webhook(client: &Client<'_>, url: &str, events: &[&str]) -> (String, String) {
    let body = json!({ "url": url, "events": events });
    let made = client.post("/api/webhooks", &body).await.expect(201);
    (made.text("/id"), made.text("/secret"))
}

async fn shot(client: &Client<'_>) -> String {
    let sku = client.app.ids.next();
    let product = client.product(&sku, None, &["front"]).await;
    let shoot = client
        .shoot(&json!({ "productId": product, "poses": ["FRONT"] }))
        .await;
    client.app.work(End::Done).await;
    shoot
}

/// The calls of a webhook, as its log tells them.
async fn log(client: &Client<'_>, webhook: &str) -> Vec<Value> {
    let page = client
        .get(&format!("/api/webhooks/{webhook}/deliveries"))
        .await
        .expect(200);
    page.body["items"].as_array().unwrap().clone()
}

async fn an_event_is_told_signed_to_those_who_asked_for_it(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let eve = app.register("eve@example.com").await;
    let receiver = Receiver::start(&[]).await;
    let other = Receiver::start(&[]).await;
    let (id, secret) = webhook(&anna, &receiver.url, &["generation.ended", "shoot.done"]).await;
    webhook(&eve, &other.url, &[]).await;
    let listed = anna.get("/api/webhooks").await.expect(200);
    assert!(!listed.body.to_string().contains(&secret));
    let shoot = shot(&anna).await;
    let sender = Sender::new(app.app.clone()).unwrap();
    assert_eq!(sender.send_due().await, 2);
    assert_eq!(sender.send_due().await, 0);
    let got = receiver.got.lock().unwrap().clone();
    let mut kinds = Vec::new();
    for (headers, body) in &got {
        assert_signed(headers, body, &secret);
        assert_eq!(text(headers, "webhook-timestamp"), "1795000000");
        assert_eq!(text(headers, "content-type"), "application/json");
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["data"]["shootId"], json!(shoot));
        assert_eq!(body["timestamp"], "2026-11-18T11:06:40Z");
        kinds.push(body["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    assert_eq!(kinds, ["generation.ended", "shoot.done"]);
    assert!(other.got.lock().unwrap().is_empty());
    let told = log(&anna, &id).await;
    assert!(
        told.iter()
            .all(|one| one["state"] == "delivered" && one["statusCode"] == 200 && one["tries"] == 1)
    );
    assert_eq!(
        eve.get(&format!("/api/webhooks/{id}/deliveries")).await.status,
        404
    );
}

async fn a_call_is_made_again_by_hand(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[]).await;
    let (id, _) = webhook(&anna, &receiver.url, &["shoot.done"]).await;
    shot(&anna).await;
    let sender = Sender::new(app.app.clone()).unwrap();
    sender.send_due().await;
    let delivery = log(&anna, &id).await[0]["id"].as_str().unwrap().to_owned();
    let replay = format!("/api/webhooks/{id}/deliveries/{delivery}/replay");
    anna.post(&replay, &json!({})).await.expect(202);
    assert_eq!(sender.send_due().await, 1);
    assert_eq!(receiver.ids(), [delivery.clone(), delivery]);
    anna.post(&format!("/api/webhooks/{id}/deliveries/none/replay"), &json!({}))
        .await
        .expect(404);
    anna.get(&format!("/api/webhooks/{id}/deliveries?state=lost"))
        .await
        .expect(422);
}

async fn servers_share_the_calls_and_take_over_from_the_dead(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[]).await;
    let (id, _) = webhook(&anna, &receiver.url, &[]).await;
    for _ in 0..10 {
        anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
            .await
            .expect(202);
    }
    // A server takes one and dies.
    let now_ms = domain::clock::Clock::now_ms(&*app.clock);
    let lost = app
        .store
        .claim_delivery("dead", 60_000, now_ms)
        .await
        .unwrap()
        .unwrap();
    let one = Sender::new(app.app.clone()).unwrap();
    let (first, second) = tokio::join!(one.send_due(), one.send_due());
    assert_eq!(first + second, 9);
    app.pass_ms(60_001);
    assert_eq!(one.send_due().await, 1);
    let mut ids = receiver.ids();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert!(ids.contains(&lost.id));
    // What the dead one would write counts no more.
    let tried = store::webhooks::Tried {
        status_code: Some(500),
        reason: Some("late".to_owned()),
        took_ms: 1,
    };
    let late = app.store.end_delivery(&app.ids, &lost, &tried, now_ms).await;
    assert!(matches!(late, Err(store::StoreError::LeaseLost)));
}

async fn the_loop_makes_what_falls_due_and_ends_when_it_is_told_to(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[]).await;
    webhook(&anna, &receiver.url, &["shoot.done"]).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(web::webhooks::run(app.app.clone(), async move {
        let _ = stopped.await;
    }));
    for calls in 1..=2 {
        shot(&anna).await;
        let told = async {
            while receiver.ids().len() < calls {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), told)
            .await
            .unwrap();
    }
    drop(stop);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), running).await;
    ended.unwrap().unwrap().unwrap();
    shot(&anna).await;
    assert_eq!(receiver.ids().len(), 2, "nothing is sent after the end");
}
