//! Calls to other systems: signed, tried again with the same id, never lost with the event they tell of, never where only this
//! server reaches.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::database::TestDatabase;
use web::webhooks::Sender;

use crate::{
    app::{Client, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    an_event_is_told_signed_to_those_who_asked_for_it,
    a_call_that_fails_is_made_again_with_the_same_id,
    a_receiver_that_fails_for_three_days_is_called_no_more,
    redirects_are_not_followed_and_long_answers_not_read,
    a_call_is_made_again_by_hand,
    servers_share_the_calls_and_take_over_from_the_dead,
    addresses_of_this_network_are_refused,
    a_webhook_is_changed_and_removed,
    secrets_lie_sealed_and_those_of_an_earlier_version_are_sealed_by_the_upkeep,
    the_loop_makes_what_falls_due_and_ends_when_it_is_told_to,
}

/// A system that is called, and answers as it is told.
#[derive(Clone)]
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    /// Answers these in turn, then 200.
    async fn start(answers: &[u16]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hooks", listener.local_addr().unwrap()),
            got: Arc::default(),
            answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())),
        };
        let router = Router::new().fallback(any(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    fn ids(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter()
            .map(|(headers, _)| text(headers, "webhook-id").to_owned())
            .collect()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.got.lock().unwrap().push((headers, body));
    let answer = receiver.answers.lock().unwrap().pop().unwrap_or(200);
    match answer {
        // Says nothing.
        408 => std::future::pending().await,
        302 => (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")]).into_response(),
        // Never ends; whoever reads on and on hangs.
        206 => axum::body::Body::from_stream(futures_util::stream::repeat(
            Ok::<_, std::convert::Infallible>(vec![b'x'; 4096]),
        ))
        .into_response(),
        status => StatusCode::from_u16(status).unwrap().into_response(),
    }
}

/// HMAC-SHA256 written out (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|one| one ^ byte);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize();
    outer.to_vec()
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
        let signed = format!(
            "{}.{}.{body}",
            text(headers, "webhook-id"),
            text(headers, "webhook-timestamp")
        );
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key.len(), 32);
        let expected = STANDARD.encode(hmac(&key, signed.as_bytes()));
        assert_eq!(text(headers, "webhook-signature"), format!("v1,{expected}"));
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

async fn a_call_that_fails_is_made_again_with_the_same_id(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[500, 503]).await;
    let (id, _) = webhook(&anna, &receiver.url, &["shoot.done"]).await;
    shot(&anna).await;
    let sender = Sender::new(app.app.clone()).unwrap();
    assert_eq!(sender.send_due().await, 1);
    let told = &log(&anna, &id).await[0];
    assert_eq!(
        (&told["state"], &told["statusCode"]),
        (&json!("waiting"), &json!(500))
    );
    assert_eq!(told["nextMs"], json!(1_795_000_005_000_i64));
    assert_eq!(sender.send_due().await, 0);
    app.pass_ms(5_000);
    assert_eq!(sender.send_due().await, 1);
    app.pass_ms(300_000);
    assert_eq!(sender.send_due().await, 1);
    let told = &log(&anna, &id).await[0];
    assert_eq!((&told["state"], &told["tries"]), (&json!("delivered"), &json!(3)));
    let ids = receiver.ids();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|one| *one == ids[0] && json!(one) == told["id"]));
    // Nobody listens at all.
    let (gone, _) = webhook(&anna, "http://127.0.0.1:9/", &["shoot.done"]).await;
    shot(&anna).await;
    sender.send_due().await;
    let told = &log(&anna, &gone).await[0];
    assert_eq!(told["statusCode"], json!(null));
    assert!(told["reason"].as_str().unwrap().len() > 5);
}

async fn a_receiver_that_fails_for_three_days_is_called_no_more(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[500; 40]).await;
    let (id, _) = webhook(&anna, &receiver.url, &["shoot.done"]).await;
    shot(&anna).await;
    let sender = Sender::new(app.app.clone()).unwrap();
    let mut hours = 0;
    while sender.send_due().await > 0 || hours < 73 {
        app.pass_ms(3_600_000);
        hours += 1;
    }
    let anna = app.sign_in("anna@example.com").await;
    let told = anna.get(&format!("/api/webhooks/{id}")).await.expect(200);
    assert_eq!(told.body["enabled"], false);
    assert!(told.text("/disabledWhy").contains("3 days"));
    assert_eq!(log(&anna, &id).await[0]["state"], "failed");
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "webhook.disabled");
    assert_eq!(audit.text("/items/0/subject"), id);
    // Nothing is written for it any more, until somebody switches it on again.
    let before = receiver.ids().len();
    shot(&anna).await;
    assert_eq!(sender.send_due().await, 0);
    assert_eq!(
        anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
            .await
            .expect(409)
            .text("/code"),
        "disabled"
    );
    receiver.answers.lock().unwrap().clear();
    let on = json!({ "url": receiver.url, "events": ["shoot.done"], "enabled": true });
    let on = anna.put(&format!("/api/webhooks/{id}"), &on).await.expect(200);
    assert_eq!(
        (&on.body["failingMs"], &on.body["disabledWhy"]),
        (&json!(null), &json!(null))
    );
    anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
        .await
        .expect(202);
    assert_eq!(sender.send_due().await, 1);
    assert_eq!(receiver.ids().len(), before + 1);
}

async fn redirects_are_not_followed_and_long_answers_not_read(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[302, 206, 410]).await;
    let (id, _) = webhook(&anna, &receiver.url, &[]).await;
    let sender = Sender::new(app.app.clone()).unwrap();
    let ping = async || {
        let made = anna
            .post(&format!("/api/webhooks/{id}/ping"), &json!({}))
            .await
            .expect(202);
        assert_eq!(sender.send_due().await, 1);
        let told = log(&anna, &id).await;
        told.into_iter().find(|one| one["id"] == made.body["id"]).unwrap()
    };
    let told = ping().await;
    assert_eq!(
        (&told["statusCode"], &told["state"]),
        (&json!(302), &json!("waiting"))
    );
    assert_eq!(receiver.ids().len(), 1, "nobody went elsewhere");
    assert_eq!(ping().await["state"], "delivered");
    // Gone is gone.
    ping().await;
    assert_eq!(
        anna.get(&format!("/api/webhooks/{id}")).await.expect(200).body["enabled"],
        false
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

async fn addresses_of_this_network_are_refused(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    for url in [
        "http://shop.example.com/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://me:pw@shop.example.com/",
        "shop",
        "",
    ] {
        let answer = anna
            .post("/api/webhooks", &json!({ "url": url }))
            .await
            .expect(422);
        assert_eq!(answer.text("/errors/0/field"), "url", "{url}");
    }
    let body = json!({ "url": "https://shop.example.com", "events": ["shoot.done", "moon.full"] });
    let answer = anna.post("/api/webhooks", &body).await.expect(422);
    assert_eq!(answer.text("/errors/0/field"), "events[1]");
    // One that was allowed when it was set is not called either.
    let workspace = domain::ids::WorkspaceId(anna.workspace.clone());
    let text = store::webhooks::WebhookText {
        url: "http://127.0.0.1:1/",
        events: &[],
        enabled: true,
    };
    let id = app
        .store
        .add_webhook(&app.ids, &workspace, text, "whsec_AAAA", 0)
        .await
        .unwrap();
    anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
        .await
        .expect(202);
    Sender::new(app.app.clone()).unwrap().send_due().await;
    let told = &log(&anna, &id).await[0];
    assert_eq!(
        (&told["state"], &told["statusCode"]),
        (&json!("waiting"), &json!(null))
    );
}

async fn a_webhook_is_changed_and_removed(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[]).await;
    let (id, secret) = webhook(&anna, &receiver.url, &["shoot.done"]).await;
    let path = format!("/api/webhooks/{id}");
    let body = json!({ "url": receiver.url, "events": ["shoot.submitted"] });
    let changed = anna
        .call(
            axum::http::Method::PUT,
            &path,
            Some(&body),
            &[("if-match", "\"1\"")],
        )
        .await;
    assert_eq!(changed.expect(200).headers["etag"], "\"2\"");
    let changed = anna
        .call(
            axum::http::Method::PUT,
            &path,
            Some(&body),
            &[("if-match", "\"1\"")],
        )
        .await;
    changed.expect(412);
    let renewed = anna.post(&format!("{path}/secret"), &json!({})).await.expect(200);
    assert_ne!(renewed.text("/secret"), secret);
    shot(&anna).await;
    assert_eq!(anna.delete(&path).await.expect(200).body, json!({ "done": true }));
    anna.delete(&path).await.expect(404);
    assert_eq!(Sender::new(app.app.clone()).unwrap().send_due().await, 0);
    for _ in 0..20 {
        webhook(&anna, &receiver.url, &[]).await;
    }
    anna.post("/api/webhooks", &json!({ "url": receiver.url }))
        .await
        .expect(409);
}

async fn secrets_lie_sealed_and_those_of_an_earlier_version_are_sealed_by_the_upkeep(database: TestDatabase) {
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[]).await;
    let (id, secret) = webhook(&anna, &receiver.url, &[]).await;
    let stored = async || app.store.webhook_secrets().await.unwrap().remove(0).2;
    let sealed = stored().await;
    assert!(!sealed.contains(secret.strip_prefix("whsec_").unwrap()));
    // As an earlier version wrote it: it still signs, and is sealed at the next upkeep.
    app.store
        .reseal_webhook_secret(&id, &sealed, &secret)
        .await
        .unwrap();
    let sender = Sender::new(app.app.clone()).unwrap();
    for lies_open in [true, false] {
        assert_eq!(stored().await == secret, lies_open);
        anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
            .await
            .expect(202);
        assert_eq!(sender.send_due().await, 1);
        let (headers, body) = receiver.got.lock().unwrap().pop().unwrap();
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!(
            "{}.{}.{body}",
            text(&headers, "webhook-id"),
            text(&headers, "webhook-timestamp")
        );
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
        assert_eq!(text(&headers, "webhook-signature"), expected);
        web::upkeep::once(&app.app).await.unwrap();
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_says_nothing_is_waited_for_ten_seconds() {
    let database = TestDatabase::new(testkit::database::Engine::Sqlite).unwrap();
    let app = service(&database).await;
    let anna = app.register("anna@example.com").await;
    let receiver = Receiver::start(&[408]).await;
    let (id, _) = webhook(&anna, &receiver.url, &[]).await;
    anna.post(&format!("/api/webhooks/{id}/ping"), &json!({}))
        .await
        .expect(202);
    let began = std::time::Instant::now();
    assert_eq!(Sender::new(app.app.clone()).unwrap().send_due().await, 1);
    let took = began.elapsed().as_secs_f64();
    assert!((9.9..15.0).contains(&took), "{took}");
    let tried = &log(&anna, &id).await[0];
    assert_eq!((&tried["state"], &tried["tries"]), (&json!("waiting"), &json!(1)));
    assert!(
        tried["reason"].as_str().unwrap().contains("10 seconds"),
        "{tried}"
    );
}
