//! Buying credits: checkouts, what the provider tells and how often, invoices by hand, the statement.

mod back;
mod caps;
mod missed;
mod shuffled;

use axum::http::Method;
use payments::stripe::{Settings, Stripe};
use serde_json::{Value, json};
use store::purchases::SHOWN_MAX;
use testkit::{
    database::TestDatabase,
    stripe::{Event, StripeServer, WEBHOOK_SECRET, signed},
};
use web::payments::Payments;

use crate::app::{Answer, Client, TestApp};

testkit::on_both_databases! {
    a_package_is_bought_and_told_twice_it_is_given_once,
    what_is_not_signed_or_unknown_changes_nothing,
    who_the_provider_does_not_know_any_more_buys_all_the_same,
    without_a_provider_orders_are_invoices,
    buyers_are_named_as_far_back_as_purchases_are_shown,
    a_provider_that_is_away_costs_nothing,
    an_operator_sells_other_packages,
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

/// Orders a package and pays for it, of which nobody was told yet: the provider's session.
async fn buy(client: &Client<'_>, server: &StripeServer, package: &str) -> String {
    let (_, session) = order(client, package).await;
    server.pay(&session);
    session
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

async fn order_pictures(client: &Client<'_>, sku: &str, project: Option<&str>) -> Answer {
    let product = client.product(sku, project, &["front"]).await;
    let mut order = json!({ "productId": product, "poses": ["FRONT"] });
    if let Some(project) = project {
        order["projectId"] = json!(project);
    }
    client.post("/api/generate", &order).await
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
    let session = buy(&anna, &server, "starter").await;
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

async fn who_the_provider_does_not_know_any_more_buys_all_the_same(database: TestDatabase) {
    let (app, server) = selling(&database).await;
    let anna = app.register("anna@example.com").await;
    buy(&anna, &server, "starter").await;
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

async fn buyers_are_named_as_far_back_as_purchases_are_shown(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let first = app.register("first@example.com").await;
    let anna = app.register("anna@example.com").await;
    let buy = async |client: &Client<'_>| {
        let made = client.post("/api/billing/checkout/pro", &json!({})).await;
        made.expect(201);
    };
    let named = async || {
        let buyers = app.store.buyers().await.unwrap();
        let mut named: Vec<String> = buyers.into_iter().map(|(_, name)| name).collect();
        named.sort();
        named
    };
    buy(&first).await;
    for _ in 1..SHOWN_MAX {
        buy(&anna).await;
    }
    assert_eq!(named().await, ["anna's workspace", "first's workspace"]);
    buy(&anna).await;
    assert_eq!(named().await, ["anna's workspace"]);
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
        (3, "\u{feff}created,kind,amount,note,generation_id,purchase_id,id")
    );
    assert!(lines[1].contains(",grant,5,\"'=cmd()\","), "{table}");
}
