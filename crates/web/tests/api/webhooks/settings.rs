//! Webhooks as they are set: where they may lead, who changes them, how their secrets lie.

use serde_json::json;
use testkit::database::TestDatabase;
use web::webhooks::Sender;

use super::{Receiver, assert_signed, log, service, shot, webhook};
use crate::app::TestApp;

testkit::on_both_databases! {
    addresses_of_this_network_are_refused,
    a_webhook_is_changed_and_removed,
    secrets_lie_sealed_and_those_of_an_earlier_version_are_sealed_by_the_upkeep,
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
        assert_signed(&headers, &body, &secret);
        web::upkeep::once(&app.app).await.unwrap();
    }
}
