//! Buying credits: checkouts, what the provider tells and how often, refunds, disputes, invoices by hand, spend caps.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::Method;
use payments::stripe::{Settings, Stripe};
use serde_json::{Value, json};
use store::purchases::Undecided;
use testkit::{
    database::TestDatabase,
    stripe::{Event, StripeServer, WEBHOOK_SECRET, signed},
};
use tokio::task::JoinSet;
use web::payments::Payments;

use crate::{
    app::{Answer, Client, Person, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    a_package_is_bought_and_told_twice_it_is_given_once,
    what_is_not_signed_or_unknown_changes_nothing,
    money_that_goes_back_takes_its_credits_along_down_to_nothing,
    an_inquiry_takes_credits_once_it_is_a_dispute,
    what_went_back_is_taken_before_the_next_order,
    what_went_back_is_taken_before_a_picture_is_done_again_or_taken_anyway,
    events_in_any_order_and_several_times_leave_the_ledger_exact,
    a_missed_webhook_is_made_up_for,
    what_is_decided_late_is_found_without_its_webhook,
    who_was_asked_about_longest_ago_is_asked_about_first,
    a_list_that_fails_costs_the_others_nothing,
    who_the_provider_does_not_know_any_more_buys_all_the_same,
    without_a_provider_orders_are_invoices,
    a_provider_that_is_away_costs_nothing,
    an_operator_sells_other_packages,
    a_cap_stops_an_order_and_nothing_else,
    a_cap_stops_who_does_again_or_takes_anyway,
    the_statement_is_filtered_and_saved_as_a_table,
}

const WEBHOOK: &str = "/api/billing/webhook";

/// A service that takes money at a server that stands in for Stripe.
async fn selling(database: &TestDatabase) -> (TestApp, StripeServer) {
    let server = StripeServer::start(None).unwrap();
    let payments = Payments {
        stripe: Some(
            Stripe::new(Settings {
                secret_key: "sk_test_any".to_owned(),
                base_url: server.url.clone(),
                automatic_tax: false,
            })
            .unwrap(),
        ),
        webhook_secrets: vec!["whsec_before".to_owned(), WEBHOOK_SECRET.to_owned()],
    };
    let app = TestApp::with(database, |config| config.payments = payments).await;
    (app, server)
}

/// Orders a package: the purchase and the provider's session.
async fn order(client: &Client<'_>, package: &str) -> (String, String) {
    let path = format!("/api/billing/checkout/{package}");
    let made = client.post(&path, &json!({})).await.expect(201);
    let session = made.text("/payUrl").rsplit('/').next().unwrap().to_owned();
    (made.text("/id"), session)
}

async fn tell(app: &TestApp, event: &Event) -> Answer {
    let now_s = domain::clock::Clock::now_ms(&*app.clock) / 1000;
    let signature = signed(WEBHOOK_SECRET, now_s as u64, &event.body);
    tell_signed(app, &event.body, &signature).await
}

async fn tell_signed(app: &TestApp, body: &str, signature: &str) -> Answer {
    let headers = [
        ("stripe-signature", signature),
        ("content-type", "application/json"),
    ];
    app.nobody()
        .raw(Method::POST, WEBHOOK, &headers, body.to_owned())
        .await
}

async fn tell_all(app: &TestApp, server: &StripeServer) {
    for event in server.events() {
        tell(app, &event).await.expect(200);
    }
}

async fn credits(client: &Client<'_>) -> i64 {
    let balance = client.get("/api/billing/balance").await.expect(200);
    balance.body["available"].as_i64().unwrap()
}

/// Orders so many pictures of a credit each; their shoot.
async fn order_many(client: &Client<'_>, pictures: usize) -> String {
    let mut products = Vec::new();
    for number in 0..pictures {
        products.push(client.product(&format!("T{number}"), None, &["front"]).await);
    }
    client
        .shoot(&json!({ "productIds": products, "poses": ["FRONT"] }))
        .await
}

async fn state(client: &Client<'_>, purchase: &str) -> String {
    let path = format!("/api/billing/purchases/{purchase}");
    client.get(&path).await.expect(200).text("/state")
}

async fn books_agree(app: &TestApp) {
    let broken = app.store.contradictions(false).await.unwrap();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn a_package_is_bought_and_told_twice_it_is_given_once(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let sold = anna.get("/api/billing/packages").await.expect(200);
    assert_eq!(
        (
            sold.text("/0/id"),
            sold.text("/0/price"),
            sold.body.as_array().unwrap().len()
        ),
        ("starter".to_owned(), "9.99 USD".to_owned(), 3)
    );
    let (purchase, session) = order(&anna, "starter").await;
    assert_eq!(state(&anna, &purchase).await, "open");
    assert_eq!(credits(&anna).await, 10);
    server.pay(&session);
    let event = &server.events()[0];
    tell(&app, event).await.expect(200);
    tell(&app, event).await.expect(200);
    assert_eq!(credits(&anna).await, 60);
    let paid = anna
        .get(&format!("/api/billing/purchases/{purchase}"))
        .await
        .expect(200);
    assert_eq!(
        (paid.text("/state"), &paid.body["payUrl"], &paid.body["paidMinor"]),
        ("paid".to_owned(), &json!(null), &json!(999))
    );
    let history = anna.get("/api/billing/history").await.expect(200);
    assert_eq!(
        (
            history.text("/items/0/kind"),
            history.text("/items/0/purchaseId"),
            history.text("/items/0/note")
        ),
        ("purchase".to_owned(), purchase.clone(), "Starter".to_owned())
    );
    let invoice = anna
        .get(&format!("/api/billing/purchases/{purchase}/invoice"))
        .await
        .expect(303);
    assert!(
        invoice.headers["location"]
            .to_str()
            .unwrap()
            .starts_with(&server.url)
    );
    // The provider knows her from now on.
    order(&anna, "pro").await;
    let asked = anna.get("/api/billing/purchases?limit=1").await.expect(200);
    assert_eq!(
        (asked.text("/items/0/name"), asked.text("/items/0/state")),
        ("Pro".to_owned(), "open".to_owned())
    );
    let berta = app.register("berta@example.com").await;
    berta
        .get(&format!("/api/billing/purchases/{purchase}"))
        .await
        .expect(404);
    books_agree(&app).await;
}

async fn what_is_not_signed_or_unknown_changes_nothing(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, session) = order(&anna, "starter").await;
    server.pay(&session);
    let body = &server.events()[0].body;
    let now_s = (domain::clock::Clock::now_ms(&*app.clock) / 1000) as u64;
    for signature in [
        String::new(),
        "nonsense".to_owned(),
        signed("whsec_of_another", now_s, body),
        signed(WEBHOOK_SECRET, now_s - 301, body),
        signed(WEBHOOK_SECRET, now_s, &body.replace("999", "998")),
    ] {
        tell_signed(&app, body, &signature).await.expect(400);
    }
    let odd = [
        json!({ "id": "evt_a", "type": "product.created", "data": { "object": { "object": "product" } } }),
        json!({ "id": "evt_b", "type": "checkout.session.completed", "data": { "object": { "object": "checkout.session",
            "mode": "payment", "id": "cs_of_others", "status": "complete", "payment_status": "paid", "currency": "usd" } } }),
        json!({ "id": "evt_c", "type": "checkout.session.completed", "data": { "object": { "object": "checkout.session",
            "mode": "payment", "id": session, "status": "complete", "payment_status": "paid", "currency": "usd",
            "amount_subtotal": 1, "amount_total": 1 } } }),
        // A discount that nobody here gave.
        json!({ "id": "evt_d", "type": "checkout.session.completed", "data": { "object": { "object": "checkout.session",
            "mode": "payment", "id": session, "status": "complete", "payment_status": "no_payment_required", "currency": "usd",
            "amount_subtotal": 999, "amount_total": 0 } } }),
        json!({ "id": "evt_e", "type": "charge.refunded", "data": { "object": { "object": "charge", "payment_intent": "pi_of_others",
            "amount_refunded": 999 } } }),
    ];
    for event in odd {
        let body = event.to_string();
        tell_signed(&app, &body, &signed("whsec_before", now_s, &body))
            .await
            .expect(200);
    }
    assert_eq!(credits(&anna).await, 10);
    tell_signed(&app, "{}", &signed(WEBHOOK_SECRET, now_s, "{}"))
        .await
        .expect(400);
}

async fn money_that_goes_back_takes_its_credits_along_down_to_nothing(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, session) = order(&anna, "starter").await;
    server.pay(&session);
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
    let root = app.register_admin("root@example.com").await;
    let told = root.get("/api/admin/purchases").await.expect(200);
    assert_eq!(
        (
            &told.body["items"][0]["takenBack"],
            &told.body["items"][0]["missing"]
        ),
        (&json!(28), &json!(22))
    );
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
        let (_, session) = order(&person, "starter").await;
        server.pay(&session);
        let inquiry = server.inquire(&session).unwrap();
        tell_all(&app, &server).await;
        assert_eq!(credits(&person).await, 60, "{kind}");
        server.escalate(&inquiry);
        let told = server.events();
        let event = told.iter().rfind(|event| event.body.contains(kind)).unwrap();
        tell(&app, event).await.expect(200);
        assert_eq!(credits(&person).await, 10, "{kind}");
        server.close_dispute(&inquiry, true);
        let (_, other) = order(&person, "starter").await;
        server.pay(&other);
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
    let (_, session) = order(&anna, "starter").await;
    server.pay(&session);
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
    let root = app.register_admin("root@example.com").await;
    let told = root.get("/api/admin/purchases").await.expect(200);
    let purchase = &told.body["items"][0];
    assert_eq!(
        (&purchase["takenBack"], &purchase["missing"]),
        (&json!(50), &json!(0))
    );
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
        let (_, session) = order(&person, "starter").await;
        server.pay(&session);
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

/// How many purchases are played. `PAYMENT_PURCHASES=3000` makes it more than 10,000 events.
fn purchases() -> usize {
    std::env::var("PAYMENT_PURCHASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60)
}

/// What was played of one person.
#[derive(Clone, Copy, Default)]
struct Played {
    bought: i64,
    back: i64,
    spent: i64,
}

async fn events_in_any_order_and_several_times_leave_the_ledger_exact(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let app = Arc::new(app);
    let mut random = fastrand::Rng::with_seed(7);
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(app.register(&format!("p{number}@example.com")).await);
    }
    let mut played = [Played::default(); 4];
    // Of each purchase, the credits that go back.
    let mut back: BTreeMap<String, i64> = BTreeMap::new();
    // The last of them has spent nearly all before more is told than that it was paid, and then all goes back.
    let (first, session) = order(&people[3], "starter").await;
    server.pay(&session);
    tell_all(&app, &server).await;
    played[3].spent = 55;
    order_many(&people[3], 55).await;
    server.refund(&session, 500);
    server.refund(&session, 499);
    let (second, session) = order(&people[3], "starter").await;
    server.pay(&session);
    let inquiry = server.inquire(&session).unwrap();
    server.escalate(&inquiry);
    server.close_dispute(&inquiry, false);
    for purchase in [first, second] {
        played[3].bought += 50;
        played[3].back += 50;
        back.insert(purchase, 50);
    }
    for number in 0..purchases() {
        let who = number % 3;
        let (purchase, session) = order(&people[who], "starter").await;
        let (bought, gone) = play(&server, &session, &mut random);
        played[who].bought += bought;
        played[who].back += gone;
        back.insert(purchase, gone);
    }
    // Each event once, and about half of them again.
    let once = server.events();
    let mut told: Vec<Event> = once.iter().filter(|_| random.bool()).cloned().collect();
    told.extend(once.iter().cloned());
    random.shuffle(&mut told);
    let wanted = told.len();
    // Six at a time, on the runtime's threads.
    let mut all = JoinSet::new();
    for part in told.chunks(wanted.div_ceil(6)) {
        let (app, part) = (Arc::clone(&app), part.to_vec());
        all.spawn(async move {
            for event in &part {
                tell(&app, event).await.expect(200);
            }
            part.len()
        });
    }
    let answered: usize = all.join_all().await.into_iter().sum();
    assert_eq!(answered, wanted);
    for one in app.store.purchases(None, None, u32::MAX).await.unwrap() {
        assert_eq!(one.taken_back + one.missing, back[&one.id], "{one:?}");
    }
    // What is missing is taken as far as there is credit, and no further.
    let now_ms = domain::clock::Clock::now_ms(&*app.clock);
    app.store.take_missing(&app.ids, None, now_ms).await.unwrap();
    for (person, played) in people.iter().zip(played) {
        let due = 10 + played.bought - played.spent - played.back;
        let workspace = domain::ids::WorkspaceId(person.workspace.clone());
        let bought = app.store.purchases(Some(&workspace), None, u32::MAX).await;
        let missing: i64 = bought.unwrap().iter().map(|one| one.missing).sum();
        assert_eq!(
            (credits(person).await, missing),
            (due.max(0), (-due).max(0)),
            "{wanted} events"
        );
    }
    assert_eq!(credits(&people[3]).await, 0);
    books_agree(&app).await;
}

/// What happens to one payment: the credits that it bought, and those of them that go back.
fn play(server: &StripeServer, session: &str, random: &mut fastrand::Rng) -> (i64, i64) {
    let paid = match random.u8(0..6) {
        0 => {
            server.expire(session);
            false
        }
        1 => {
            server.pay_later(session);
            server.money(session, false);
            false
        }
        2 => {
            server.pay_later(session);
            server.money(session, true);
            true
        }
        _ => {
            server.pay(session);
            true
        }
    };
    if !paid {
        return (0, 0);
    }
    let back = match random.u8(0..11) {
        0 => {
            server.refund(session, 999);
            50
        }
        1 => {
            server.refund(session, 300);
            server.refund(session, 300);
            30
        }
        2 => {
            let refund = server.refund(session, 999).unwrap();
            server.refund_fails(&refund);
            0
        }
        case @ 3..=4 => {
            let dispute = server.dispute(session).unwrap();
            server.close_dispute(&dispute, case == 3);
            if case == 3 { 0 } else { 50 }
        }
        5 => {
            let inquiry = server.inquire(session).unwrap();
            server.close_inquiry(&inquiry);
            0
        }
        case @ 6..=7 => {
            let inquiry = server.inquire(session).unwrap();
            server.escalate(&inquiry);
            server.close_dispute(&inquiry, case == 6);
            if case == 6 { 0 } else { 50 }
        }
        _ => 0,
    };
    (50, back)
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
    let (_, second) = order(&anna, "pro").await;
    server.pay(&second);
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
    let (_, paid) = order(&anna, "pro").await;
    server.pay(&paid);
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
    let body = json!({ "email": "root@example.com", "password": "a long password" });
    let root = app.nobody().post("/api/auth/login", &body).await.expect(200);
    let root = app.nobody().with_token(&root.text("/accessToken"));
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
    let (_, session) = order(&anna, "starter").await;
    server.pay(&session);
    let (_, disputed) = order(&anna, "pro").await;
    server.pay(&disputed);
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

async fn who_the_provider_does_not_know_any_more_buys_all_the_same(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    let (_, session) = order(&anna, "starter").await;
    server.pay(&session);
    tell_all(&app, &server).await;
    let workspace = domain::ids::WorkspaceId(anna.workspace.clone());
    let customer = async || app.store.customer(&workspace).await.unwrap();
    assert!(customer().await.is_some());
    server.forget_customers();
    let (_, second) = order(&anna, "starter").await;
    assert_eq!(customer().await, None);
    server.pay(&second);
    tell_all(&app, &server).await;
    assert_eq!(customer().await, Some(format!("cus_of_{second}")));
    assert_eq!(credits(&anna).await, 10 + 2 * 50);
    order(&anna, "pro").await;
}

async fn without_a_provider_orders_are_invoices(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = anna
        .post("/api/billing/checkout/pro", &json!({}))
        .await
        .expect(201);
    assert_eq!(
        (made.text("/provider"), made.text("/state"), &made.body["payUrl"]),
        ("invoice".to_owned(), "pending".to_owned(), &json!(null))
    );
    let paid = format!("/api/admin/purchases/{}/payment", made.text("/id"));
    anna.post(&paid, &json!({})).await.expect(403);
    let root = app.register_admin("root@example.com").await;
    for _ in 0..2 {
        root.post(&paid, &json!({})).await.expect(200);
    }
    assert_eq!(credits(&anna).await, 210);
    let written = anna.get("/api/audit").await.expect(200);
    assert_eq!(written.text("/items/0/action"), "purchase.paid");
    root.post("/api/admin/purchases/none/payment", &json!({}))
        .await
        .expect(404);
    tell_signed(&app, "{}", "t=1,v1=00").await.expect(404);
    books_agree(&app).await;
}

async fn a_provider_that_is_away_costs_nothing(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    server.fail_next(402, 1);
    let refused = anna
        .post("/api/billing/checkout/starter", &json!({}))
        .await
        .expect(503);
    assert!(refused.text("/detail").contains("stands as failed"));
    let asked = anna.get("/api/billing/purchases").await.expect(200);
    assert_eq!(asked.text("/items/0/state"), "failed");
    // One that stumbles is asked again, with the same key.
    server.fail_next(500, 1);
    order(&anna, "starter").await;
    anna.post("/api/billing/checkout/none", &json!({}))
        .await
        .expect(404);
    // A purchase is told as it was while nobody answers.
    let (purchase, session) = order(&anna, "pro").await;
    server.pay(&session);
    server.fail_next(400, 1);
    assert_eq!(state(&anna, &purchase).await, "open");
    assert_eq!(state(&anna, &purchase).await, "paid");
}

async fn an_operator_sells_other_packages(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let season = json!({ "id": "season", "name": "Season", "credits": 45_000, "priceMinor": 250_000, "currency": "eur" });
    let set = root
        .put("/api/admin/config", &json!({ "packages": [season] }))
        .await
        .expect(200);
    assert_eq!(set.body["packages"], json!([season]));
    assert_eq!(set.body["packagesHistory"][0]["setBy"], json!(root.id));
    let mut wrong = season.clone();
    wrong["credits"] = json!(0);
    let refused = root
        .put("/api/admin/config", &json!({ "packages": [wrong] }))
        .await
        .expect(422);
    assert_eq!(refused.text("/errors/0/field"), "packages");
    let mut odd = season.clone();
    odd["currency"] = json!("kwd");
    odd["priceMinor"] = json!(5_124);
    let refused = root
        .put("/api/admin/config", &json!({ "packages": [odd] }))
        .await
        .expect(422);
    assert!(
        refused.text("/errors/0/message").contains("a multiple of 10"),
        "{:#}",
        refused.body
    );
    root.put("/api/admin/config", &json!({ "packages": [{ "id": "x" }] }))
        .await
        .expect(422);
    let sold = root.get("/api/billing/packages").await.expect(200);
    assert_eq!(
        (sold.body.as_array().unwrap().len(), sold.text("/0/price")),
        (1, "2500.00 EUR".to_owned())
    );
    odd["priceMinor"] = json!(5_120);
    root.put("/api/admin/config", &json!({ "packages": [odd] }))
        .await
        .expect(200);
    let sold = root.get("/api/billing/packages").await.expect(200);
    assert_eq!(sold.text("/0/price"), "5.120 KWD");
}

async fn order_pictures(person: &Person<'_>, sku: &str, project: Option<&str>) -> Answer {
    let product = person.product(sku, project, &["front"]).await;
    let mut order = json!({ "productId": product, "poses": ["FRONT"] });
    if let Some(project) = project {
        order["projectId"] = json!(project);
    }
    person.post("/api/generate", &order).await
}

async fn a_cap_stops_an_order_and_nothing_else(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let project = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201)
        .text("/id");
    let cap = format!("/api/billing/caps/project/{project}");
    anna.put(&cap, &json!({ "credits": 2 })).await.expect(200);
    order_pictures(&anna, "A", Some(&project)).await.expect(202);
    order_pictures(&anna, "B", Some(&project)).await.expect(202);
    let refused = order_pictures(&anna, "C", Some(&project)).await.expect(402);
    assert_eq!(refused.text("/code"), "spend_cap");
    order_pictures(&anna, "D", None).await.expect(202);
    // What comes back counts no more.
    let lease = app.claim().await.unwrap();
    app.end(&lease, End::Failed).await;
    order_pictures(&anna, "E", Some(&project)).await.expect(202);
    let told = anna.get("/api/billing/caps").await.expect(200);
    assert_eq!(
        told.body,
        json!([{ "of": "project", "id": project, "name": "Spring", "credits": 2, "spent": 2 }])
    );
    app.pass_ms(31 * 24 * 3_600_000);
    let anna = app
        .nobody()
        .post(
            "/api/auth/login",
            &json!({ "email": "anna@example.com", "password": "a long password" }),
        )
        .await
        .expect(200);
    let anna = app.nobody().with_token(&anna.text("/accessToken"));
    let told = anna.get("/api/billing/caps").await.expect(200);
    assert_eq!(told.body[0]["spent"], json!(0));
    anna.put(&cap, &json!({ "credits": null })).await.expect(200);
    assert_eq!(anna.get("/api/billing/caps").await.expect(200).body, json!([]));
    anna.put(&cap, &json!({ "credits": -1 })).await.expect(422);
    anna.put("/api/billing/caps/planet/x", &json!({ "credits": 1 }))
        .await
        .expect(404);
    anna.put("/api/billing/caps/key/none", &json!({ "credits": 1 }))
        .await
        .expect(404);
    let key = anna
        .post(
            "/api/keys",
            &json!({ "name": "shop", "scopes": ["shoot", "manage", "edit", "read"] }),
        )
        .await
        .expect(201);
    anna.put(
        &format!("/api/billing/caps/key/{}", key.text("/id")),
        &json!({ "credits": 0 }),
    )
    .await
    .expect(200);
    let shop = app.nobody().with_token(&key.text("/key"));
    let product = shop.product("K", None, &["front"]).await;
    let order = json!({ "productId": product, "poses": ["FRONT"] });
    assert_eq!(
        shop.post("/api/generate", &order).await.expect(402).text("/code"),
        "spend_cap"
    );
    // A key does not free itself.
    shop.put(
        &format!("/api/billing/caps/key/{}", key.text("/id")),
        &json!({ "credits": null }),
    )
    .await
    .expect(403);
    books_agree(&app).await;
}

async fn a_cap_stops_who_does_again_or_takes_anyway(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let project = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201)
        .text("/id");
    let mut made = Vec::new();
    for (sku, end) in [("A", End::Done), ("B", End::Rejected)] {
        order_pictures(&anna, sku, Some(&project)).await.expect(202);
        let lease = app.claim().await.unwrap();
        app.end(&lease, end).await;
        made.push(lease.generation.0);
    }
    let key = json!({ "name": "shop", "scopes": ["shoot", "review", "read"] });
    let key = anna.post("/api/keys", &key).await.expect(201);
    let cap = format!("/api/billing/caps/key/{}", key.text("/id"));
    anna.put(&cap, &json!({ "credits": 0 })).await.expect(200);
    let shop = app.nobody().with_token(&key.text("/key"));
    // Anna ordered them; it is the key that asks now.
    let redo = format!("/api/generations/{}/redo", made[0]);
    let reviews = made
        .iter()
        .map(|id| format!("/api/generations/{id}/review"))
        .collect::<Vec<_>>();
    let anyway = json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    for (path, body) in [
        (&redo, &json!({})),
        (&reviews[0], &json!({ "decision": "redo" })),
        (&reviews[1], &anyway),
    ] {
        let refused = shop.post(path, body).await.expect(402);
        assert_eq!(refused.text("/code"), "spend_cap", "{path}");
    }
    let mut many = anyway.clone();
    many["ids"] = json!([made[1]]);
    let told = shop.post("/api/reviews", &many).await.expect(200);
    assert_eq!(told.text("/refused/0/code"), "spend_cap");
    assert_eq!(anna.credits().await, 10 - 1);
    // With room for one, it takes one, which counts for it.
    let spent = async || anna.get("/api/billing/caps").await.expect(200).body[0]["spent"].clone();
    anna.put(&cap, &json!({ "credits": 1 })).await.expect(200);
    shop.post(&reviews[1], &anyway).await.expect(200);
    assert_eq!(spent().await, json!(1));
    shop.post(&redo, &json!({})).await.expect(402);
    shop.post(&reviews[1], &json!({ "decision": "undo" }))
        .await
        .expect(200);
    assert_eq!(spent().await, json!(0));
    shop.post(&redo, &json!({})).await.expect(202);
    assert_eq!(spent().await, json!(1));
    // The cap of the project counts them all, whoever asks.
    let of_project = format!("/api/billing/caps/project/{project}");
    anna.put(&of_project, &json!({ "credits": 2 })).await.expect(200);
    let refused = anna.post(&reviews[1], &anyway).await.expect(402);
    assert_eq!(refused.text("/code"), "spend_cap");
    anna.put(&of_project, &json!({ "credits": 3 })).await.expect(200);
    anna.post(&reviews[1], &anyway).await.expect(200);
    books_agree(&app).await;
}

async fn the_statement_is_filtered_and_saved_as_a_table(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let root = app.register_admin("root@example.com").await;
    let grant = json!({ "credits": 5, "note": "=cmd()" });
    root.post(
        &format!("/api/admin/workspaces/{}/grants", anna.workspace),
        &grant,
    )
    .await
    .expect(201);
    order_pictures(&anna, "A", None).await.expect(202);
    let kinds = async |query: &str| {
        let told = anna
            .get(&format!("/api/billing/history{query}"))
            .await
            .expect(200);
        let items = told.body["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["kind"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("").await, ["hold", "grant", "grant"]);
    assert_eq!(kinds("?kind=grant").await, ["grant", "grant"]);
    let now_ms = domain::clock::Clock::now_ms(&*app.clock);
    assert_eq!(
        kinds(&format!("?fromMs={}", now_ms + 1)).await,
        Vec::<String>::new()
    );
    anna.get("/api/billing/history?kind=gift").await.expect(422);
    let table = anna.get("/api/billing/history.csv?kind=grant").await.expect(200);
    let Value::String(table) = table.body else {
        panic!("no table")
    };
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (3, "created,kind,amount,note,generation_id,purchase_id,id")
    );
    assert!(lines[1].contains(",grant,5,\"'=cmd()\","), "{table}");
}
