//! What the provider told and nobody heard: it is asked.

use serde_json::json;
use store::purchases::Undecided;
use testkit::database::TestDatabase;

use super::{books_agree, buy, credits, order, selling, state, tell_all};
use crate::app::Client;

testkit::on_both_databases! {
    a_missed_webhook_is_made_up_for,
    what_is_decided_late_is_found_without_its_webhook,
    who_was_asked_about_longest_ago_is_asked_about_first,
    a_list_that_fails_costs_the_others_nothing,
}

const LOOK: &str = "/api/admin/purchases/reconciliation";

/// Looks at the provider. How many things it told.
async fn look(root: &Client<'_>) -> i64 {
    let told = root.post(LOOK, &json!({})).await.expect(200);
    told.body["told"].as_i64().unwrap()
}

async fn a_missed_webhook_is_made_up_for(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let (first, session) = order(&anna, "starter").await;
    server.pay(&session);
    // Who looks at the purchase makes the service ask.
    assert_eq!(state(&anna, &first).await, "paid");
    assert_eq!(credits(&anna).await, 60);
    buy(&anna, &server, "pro").await;
    server.refund(&session, 999);
    let root = app.register_admin("root@example.com").await;
    assert_eq!(look(&root).await, 3);
    look(&root).await;
    assert_eq!(credits(&anna).await, 10 + 200);
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 10 + 200);
    books_agree(&app).await;
}

async fn what_is_decided_late_is_found_without_its_webhook(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let root = app.register_admin("root@example.com").await;
    let (_, late) = order(&anna, "starter").await;
    server.pay_later(&late);
    let paid = buy(&anna, &server, "pro").await;
    let refund = server.refund_later(&paid, 2_999).unwrap();
    tell_all(&app, &server).await;
    assert_eq!(credits(&anna).await, 10);
    // Of what follows no webhook comes, and it is too long ago for the lists.
    server.money(&late, true);
    server.refund_fails(&refund);
    server.grow_old();
    assert_eq!(look(&root).await, 2);
    assert_eq!(credits(&anna).await, 10 + 50 + 200);
    let dispute = server.inquire(&paid).unwrap();
    tell_all(&app, &server).await;
    server.grow_old();
    server.escalate(&dispute);
    assert_eq!(look(&root).await, 1);
    assert_eq!(credits(&anna).await, 10 + 50);
    server.close_dispute(&dispute, true);
    assert_eq!(look(&root).await, 1);
    assert_eq!(credits(&anna).await, 10 + 50 + 200);
    assert_eq!(look(&root).await, 0);
    // Nobody asks for ever; its webhook still counts.
    let (_, last) = order(&anna, "starter").await;
    server.pay_later(&last);
    server.money(&last, true);
    server.grow_old();
    app.pass_ms(31 * 24 * 3_600_000);
    let root = app.sign_in("root@example.com").await;
    assert_eq!(look(&root).await, 0);
    tell_all(&app, &server).await;
    let workspace = domain::ids::WorkspaceId(anna.workspace.clone());
    let balance = app.store.balance(&workspace).await.unwrap();
    assert_eq!(balance.available, 10 + 2 * 50 + 200);
    books_agree(&app).await;
}

async fn who_was_asked_about_longest_ago_is_asked_about_first(database: TestDatabase) {
    let (app, _server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, first) = order(&anna, "starter").await;
    let (_, second) = order(&anna, "starter").await;
    let next = async || {
        let next = app.store.undecided(Undecided::Checkout, 0, 1).await.unwrap();
        app.store.asked(Undecided::Checkout, &next[0], 1).await.unwrap();
        next
    };
    assert_eq!(next().await, std::slice::from_ref(&first));
    assert_eq!(next().await, [second]);
    assert_eq!(next().await, [first]);
}

async fn a_list_that_fails_costs_the_others_nothing(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let root = app.register_admin("root@example.com").await;
    buy(&anna, &server, "starter").await;
    let disputed = buy(&anna, &server, "pro").await;
    server.dispute(&disputed);
    server.break_at("/v1/refunds", 403);
    let refused = root.post(LOOK, &json!({})).await.expect(503);
    assert!(
        refused.text("/detail").contains("status 403"),
        "{:#}",
        refused.body
    );
    // The list before it gave 50 and 200, the one after it took 200 back.
    assert_eq!(credits(&anna).await, 10 + 50);
    let told = anna.get("/api/billing/purchases").await.expect(200);
    assert_eq!(told.body["items"][0]["takenBack"], json!(200));
    server.mend();
    look(&root).await;
    server.lists_never_end();
    let refused = root.post(LOOK, &json!({})).await.expect(503);
    assert!(
        refused.text("/detail").contains("goes on after 10000"),
        "{:#}",
        refused.body
    );
    books_agree(&app).await;
}
