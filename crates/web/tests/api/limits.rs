//! How often, how much, and once only.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use domain::ids::WorkspaceId;
use futures_util::stream;
use serde_json::json;
use testkit::database::TestDatabase;
use tokio::sync::oneshot;

use crate::{
    app::{Answer, Client, TestApp},
    browser::Browser,
};

testkit::on_both_databases! {
    sixty_calls_at_a_limit_of_five,
    a_call_sent_twice_is_done_once,
    a_key_whose_call_broke_is_free_at_once,
    an_order_that_lacked_credits_is_taken_with_its_key_once_they_are_there,
    a_call_that_takes_long_keeps_its_key,
    a_key_of_one_workspace_orders_nothing_in_another,
    a_role_counts_at_once_though_who_gave_it_went_away,
    a_vendor_s_call_leaves_no_key_and_old_keys_are_forgotten,
    every_answer_is_guarded,
}

async fn sixty_calls_at_a_limit_of_five(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.calls_per_minute = 5).await;
    let anna = app.register("anna@example.com").await;
    let mut let_through = 0;
    for call in 0..60 {
        let answer = anna.get("/api/auth/profile").await;
        match answer.status.as_u16() {
            200 => let_through += 1,
            429 => {
                assert_eq!(answer.headers["retry-after"], "12", "one token in 12 seconds");
                assert_eq!(answer.headers["ratelimit-policy"], "\"minute\";q=5;w=60");
            }
            other => panic!("{call}: {other}"),
        }
    }
    assert_eq!(let_through, 5);
    app.pass_ms(12_000);
    anna.get("/api/auth/profile").await.expect(200);
    anna.get("/api/auth/profile").await.expect(429);
    // Somebody else has a bucket of their own.
    app.pass_ms(60_000);
    let ben = app.register("ben@example.com").await;
    ben.get("/api/auth/profile").await.expect(200);
}

async fn a_call_sent_twice_is_done_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let make = async |name: &str, key: &str| {
        let body = json!({ "name": name, "scopes": ["read"] });
        anna.call(
            Method::POST,
            "/api/keys",
            Some(&body),
            &[("idempotency-key", key)],
        )
        .await
    };
    let first = make("shop", "one").await.expect(201);
    let again = make("shop", "one").await.expect(201);
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = make("other", "one").await.expect(422);
    assert_eq!(other.text("/code"), "idempotency_key_reused");
    // What was refused stays refused, word for word.
    let refused = make("", "two").await.expect(422);
    assert_eq!(make("", "two").await.expect(422).body, refused.body);
    // Somebody else's key of the same name is another.
    let ben = app.register("ben@example.com").await;
    let body = json!({ "name": "shop", "scopes": ["read"] });
    ben.call(
        Method::POST,
        "/api/keys",
        Some(&body),
        &[("idempotency-key", "one")],
    )
    .await
    .expect(201);
    let keys = anna.get("/api/keys").await.expect(200);
    assert_eq!(keys.body.as_array().unwrap().len(), 1);
    // At once: one is done, the other told to wait or given the same.
    let (a, b) = tokio::join!(make("both", "three"), make("both", "three"));
    let statuses = [a.status.as_u16(), b.status.as_u16()];
    assert!(
        statuses.contains(&201) && statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    let keys = anna.get("/api/keys").await.expect(200);
    assert_eq!(keys.body.as_array().unwrap().len(), 2);
}

async fn order(client: &Client<'_>, product: &str) -> Answer {
    let body = json!({ "productId": product, "poses": ["FRONT"] });
    let key = [("idempotency-key", "mine")];
    client
        .call(Method::POST, "/api/generate", Some(&body), &key)
        .await
}

async fn a_key_whose_call_broke_is_free_at_once(database: TestDatabase) {
    fn broken() -> Option<String> {
        panic!("this call breaks")
    }
    let mut app = TestApp::with(&database, |config| config.traceparent = broken).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    order(&anna, &product).await.expect(500);
    let token = anna.token.clone().unwrap();
    app.change(|config| config.traceparent = || None);
    let anna = app.nobody().with_token(&token);
    order(&anna, &product).await.expect(202);
}

async fn an_order_that_lacked_credits_is_taken_with_its_key_once_they_are_there(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 0).await;
    let anna = app.register("anna@example.com").await;
    let product = anna.product("TS-1", None, &["front"]).await;
    order(&anna, &product).await.expect(402);
    let workspace = WorkspaceId(anna.workspace.clone());
    app.store.grant(&app.ids, &workspace, 1, 0).await.unwrap();
    order(&anna, &product).await.expect(202);
}

async fn a_call_that_takes_long_keeps_its_key(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.key_renewal = Duration::from_millis(5)).await;
    let anna = app.register("anna@example.com").await;
    let send = async |body: Body| {
        let path = "/api/uploads?name=TS-1_front.jpg";
        let key = [("idempotency-key", "mine")];
        anna.raw(Method::POST, path, &key, body).await
    };
    let (begin, begun) = oneshot::channel();
    let (go_on, goes_on) = oneshot::channel();
    let slow = stream::once(async move {
        begin.send(()).unwrap();
        goes_on.await.unwrap();
        Ok::<_, std::io::Error>("a photo")
    });
    let (first, ()) = tokio::join!(send(Body::from_stream(slow)), async {
        begun.await.unwrap();
        // Twice as long as one of which nothing is heard keeps it.
        for _ in 0..24 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            app.pass_ms(10_000);
            let meanwhile = send(Body::from("a photo")).await.expect(409);
            assert_eq!(meanwhile.text("/code"), "in_progress");
        }
        go_on.send(()).unwrap();
    });
    let again = send(Body::from("a photo")).await.expect(201);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, first.expect(201).body);
}

async fn a_key_of_one_workspace_orders_nothing_in_another(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let owner = app.register("owner@example.com").await;
    let ben = app
        .register_member(&owner.client, "ben@example.com", "editor")
        .await;
    let enter = async |workspace: &str| {
        let path = format!("/api/auth/workspaces/{workspace}");
        ben.put(&path, &json!({})).await.expect(200);
    };
    enter(&ben.workspace).await;
    let product = ben.product("TS-1", None, &["front"]).await;
    enter(&owner.workspace).await;
    let here = ben.product("TS-1", None, &["front"]).await;
    order(&ben, &here).await.expect(202);
    enter(&ben.workspace).await;
    let other = order(&ben, &product).await.expect(422);
    assert_eq!(other.text("/code"), "idempotency_key_reused");
    // Nor when the answer is forgotten, and the shoot still bears the key.
    app.pass_ms(25 * 3_600_000);
    let later = app.sign_in("ben@example.com").await;
    let path = format!("/api/auth/workspaces/{}", ben.workspace);
    later.put(&path, &json!({})).await.expect(200);
    order(&later, &product).await.expect(409);
}

async fn a_role_counts_at_once_though_who_gave_it_went_away(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let owner = app.sign_in("anna@example.com").await;
    let ben = app.register_member(&owner, "ben@example.com", "editor").await;
    // The clock stands: what is remembered of him now is remembered until it is forgotten.
    ben.get("/api/billing/history").await.expect(403);
    let (begin, begun) = oneshot::channel();
    let (go_on, goes_on) = oneshot::channel();
    let form = stream::once(async move {
        begin.send(()).unwrap();
        goes_on.await.unwrap();
        Ok::<_, std::io::Error>("role=owner")
    });
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/settings/members/{}?key=once", ben.id))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", &anna.cookie)
        .body(Body::from_stream(form))
        .unwrap();
    tokio::select! {
        answer = app.open(request) => panic!("its form is not here yet: {}", answer.status()),
        begun = begun => begun.unwrap(),
    }
    go_on.send(()).unwrap();
    for _ in 0..500 {
        if ben.get("/api/billing/history").await.status == StatusCode::OK {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("an owner is still taken for an editor");
}

async fn every_answer_is_guarded(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    for path in ["/healthz", "/api/auth/profile", "/nothing"] {
        let answer = app.nobody().get(path).await;
        for header in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "x-request-id",
            "cache-control",
        ] {
            assert!(answer.headers.contains_key(header), "{path}: {header}");
        }
    }
    app.nobody().get("/readyz").await.expect(200);
    let huge = json!({ "email": "x".repeat(3 << 20), "password": "y" });
    let answer = app.nobody().post("/api/auth/login", &huge).await.expect(413);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let api = app.nobody().get("/api/openapi.json").await.expect(200);
    assert_eq!(api.text("/openapi"), "3.1.0");
    app.nobody().get("/api/docs/").await.expect(200);
}

async fn a_vendor_s_call_leaves_no_key_and_old_keys_are_forgotten(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let call = async |path: &str, body: serde_json::Value| {
        let key = [("idempotency-key", "mine")];
        app.nobody().call(Method::POST, path, Some(&body), &key).await
    };
    for path in ["/api/billing/webhook", "/api/engines/replicate/webhook"] {
        let first = call(path, json!({ "id": 1 })).await;
        let other = call(path, json!({ "id": 2 })).await;
        assert_eq!(first.status, other.status, "{path}: {}", other.body);
        assert_ne!(other.body["code"], "idempotency_key_reused", "{path}");
    }
    let anna = app.register("anna@example.com").await;
    let make = async |anna: &Client<'_>, name: &str| {
        let body = json!({ "name": name });
        anna.call(
            Method::POST,
            "/api/projects",
            Some(&body),
            &[("idempotency-key", "mine")],
        )
        .await
    };
    make(&anna, "Spring").await.expect(201);
    web::upkeep::once(&app.app).await.unwrap();
    make(&anna, "Autumn").await.expect(422);
    app.pass_ms(25 * 3_600_000);
    web::upkeep::once(&app.app).await.unwrap();
    let anna = app.sign_in("anna@example.com").await;
    make(&anna, "Autumn").await.expect(201);
}
