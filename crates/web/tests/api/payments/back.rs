//! Money that goes back, by refunds and by disputes, and takes its credits along.

use serde_json::{Value, json};
use testkit::database::TestDatabase;

use super::{books_agree, buy, credits, order_many, order_pictures, selling, tell, tell_all};
use crate::{app::TestApp, studio::End};

testkit::on_both_databases! {
    money_that_goes_back_takes_its_credits_along_down_to_nothing,
    an_inquiry_takes_credits_once_it_is_a_dispute,
    what_went_back_is_taken_before_the_next_order,
    what_went_back_is_taken_before_a_picture_is_done_again_or_taken_anyway,
}

/// What was taken back of the last purchase, and what was spent by then: as an operator sees it.
async fn taken_and_missing(app: &TestApp) -> (Value, Value) {
    let root = app.register_admin("root@example.com").await;
    let told = root.get("/api/admin/purchases").await.expect(200);
    let purchase = &told.body["items"][0];
    (purchase["takenBack"].clone(), purchase["missing"].clone())
}

async fn money_that_goes_back_takes_its_credits_along_down_to_nothing(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let session = buy(&anna, &server, "starter").await;
    server.refund(&session, 500);
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 10 + 50 - 25);
    let refund = server.refund(&session, 499).unwrap();
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 10);
    server.refund_fails(&refund);
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 10 + 50 - 25);
    // All but three of them are spent when the rest is disputed.
    order_many(&anna, 32).await;
    assert_eq!(credits(&anna).await, 3);
    let dispute = server.dispute(&session).unwrap();
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 0);
    assert_eq!(taken_and_missing(&app).await, (json!(28), json!(22)));
    server.close_dispute(&dispute, true);
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 3);
    books_agree(&app).await;
}

async fn an_inquiry_takes_credits_once_it_is_a_dispute(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    // Either event is enough.
    for (email, kind) in [
        ("anna@example.com", "charge.dispute.updated"),
        ("berta@example.com", "charge.dispute.funds_withdrawn"),
    ] {
        let person = app.register(email).await;
        let session = buy(&person, &server, "starter").await;
        let inquiry = server.inquire(&session).unwrap();
        tell_all(&app, &server).await;
        assert_eq!(credits(&person).await, 60, "{kind}");
        server.escalate(&inquiry);
        let told = server.events();
        let event = told.iter().rfind(|event| event.body.contains(kind)).unwrap();
        tell(&app, event).await.expect(200);
        assert_eq!(credits(&person).await, 10, "{kind}");
        server.close_dispute(&inquiry, true);
        let other = buy(&person, &server, "starter").await;
        let inquiry = server.inquire(&other).unwrap();
        server.close_inquiry(&inquiry);
        tell_all(&app, &server).await;
        assert_eq!(credits(&person).await, 10 + 2 * 50, "{kind}");
    }
    books_agree(&app).await;
}

async fn what_went_back_is_taken_before_the_next_order(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let session = buy(&anna, &server, "starter").await;
    tell_all(&app, &server).await;
    let shoot = order_many(&anna, 40).await;
    assert_eq!(credits(&anna).await, 20);
    // All 50 go back while 40 of the 60 are held: 30 are missing.
    server.refund(&session, 999);
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 0);
    anna.post(&format!("/api/shoots/{shoot}/cancellation"), &json!({}))
        .await
        .expect(200);
    assert_eq!(credits(&anna).await, 40);
    order_pictures(&anna, "NEXT", None).await.expect(202);
    assert_eq!(credits(&anna).await, 10 - 1);
    assert_eq!(taken_and_missing(&app).await, (json!(50), json!(0)));
    books_agree(&app).await;
}

async fn what_went_back_is_taken_before_a_picture_is_done_again_or_taken_anyway(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anyway = json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    for (email, end, decision, left) in [
        ("anna@example.com", End::Done, json!({ "decision": "redo" }), 8),
        ("berta@example.com", End::Rejected, anyway, 9),
    ] {
        let person = app.register(email).await;
        let session = buy(&person, &server, "starter").await;
        tell_all(&app, &server).await;
        let shoot = order_many(&person, 40).await;
        let lease = app.claim().await.unwrap();
        app.end(&lease, end).await;
        // All 50 go back while 39 are held, which come back after it.
        server.refund(&session, 999);
        tell_all(&app, &server).await;
        assert_eq!(credits(&person).await, 0, "{email}");
        person
            .post(&format!("/api/shoots/{shoot}/cancellation"), &json!({}))
            .await
            .expect(200);
        let review = format!("/api/generations/{}/review", lease.generation);
        person.post(&review, &decision).await.expect(200);
        assert_eq!(credits(&person).await, left, "{email}");
        app.work(End::Done).await;
    }
    books_agree(&app).await;
}
