//! Receivers that fail, say nothing, lead elsewhere, or never end.

use serde_json::json;
use testkit::database::TestDatabase;
use web::webhooks::Sender;

use super::{Receiver, log, service, shot, webhook};

testkit::on_both_databases! {
    a_call_that_fails_is_made_again_with_the_same_id,
    a_receiver_that_fails_for_three_days_is_called_no_more,
    redirects_are_not_followed_and_long_answers_not_read,
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
