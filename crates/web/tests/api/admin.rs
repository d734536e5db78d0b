//! What who runs the platform sees and sets, what owners set for themselves, and what is written down of it.

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request},
};
use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::{
    app::{Client, TestApp},
    studio::End,
};

testkit::on_both_databases! {
    metrics_tell_yield_cost_and_rejections,
    people_are_found_and_shut_out,
    presets_and_default_thresholds_are_set_with_history,
    a_workspace_sets_its_thresholds_and_tries_others_first,
    credits_are_granted_and_every_change_is_told,
    a_grant_whose_server_died_before_its_answer_is_given_once,
    a_picture_taken_anyway_is_written_down,
    prometheus_reads_with_the_token_or_from_this_machine,
}

async fn ordered(client: &Client<'_>, ends: &[End]) -> Vec<String> {
    let mut products = Vec::new();
    for _ in ends {
        products.push(client.product(&client.app.ids.next(), None, &["front"]).await);
    }
    client
        .shoot(&json!({ "productIds": products, "poses": ["FRONT"] }))
        .await;
    let mut made = Vec::new();
    for end in ends {
        let lease = client.app.claim().await.unwrap();
        client.app.end(&lease, *end).await;
        made.push(lease.generation.0);
    }
    made
}

async fn metrics_tell_yield_cost_and_rejections(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    let empty = root.get("/api/admin/metrics").await.expect(200);
    assert_eq!(
        (&empty.body["yield"], &empty.body["users"]),
        (&json!(null), &json!(2))
    );
    ordered(&anna, &[End::Done, End::Done, End::Rejected, End::Failed]).await;
    anna.shoot(&json!({ "productId": anna.product("W", None, &["front"]).await, "poses": ["FRONT"] }))
        .await;
    app.pass_ms(60_000);
    let told = root.get("/api/admin/metrics?days=7").await.expect(200);
    assert_eq!(
        told.body["generations"],
        json!({ "COMPLETED": 2, "FAILED": 1, "PENDING": 1, "REJECTED": 1 })
    );
    assert_eq!(told.body["yield"], 0.5);
    assert!((told.body["costPerAcceptedUsd"].as_f64().unwrap() - 0.26).abs() < 1e-9);
    assert_eq!(
        told.body["locks"],
        json!([{ "lock": "product", "judged": 4, "rejectionRate": 0.5 }])
    );
    assert_eq!(told.text("/engines/0/engine"), "studio");
    assert_eq!(
        told.body["queue"],
        json!({ "due": 1, "later": 0, "running": 0, "paused": 0, "oldestMs": 60_000 })
    );
    root.get("/api/admin/metrics?days=0").await.expect(422);
    let failed = root.get("/api/admin/generations?status=failed").await.expect(200);
    assert_eq!(failed.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(failed.text("/items/0/workspaceId"), anna.workspace);
    let none = root
        .get(&format!("/api/admin/generations?workspaceId={}", root.workspace))
        .await
        .expect(200);
    assert_eq!(none.body["items"], json!([]));
    let engines = root.get("/api/admin/engines").await.expect(200);
    let ready: Vec<&Value> = engines
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ready"])
        .collect();
    assert_eq!(ready, [true, true, false]);
}

async fn people_are_found_and_shut_out(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    for number in 0..4 {
        app.register(&format!("user{number}@example.com")).await;
    }
    let page = root.get("/api/admin/users?limit=4").await.expect(200);
    let next = page.text("/nextCursor");
    let rest = root
        .get(&format!("/api/admin/users?limit=4&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 2);
    assert!(!page.body.to_string().contains("argon2"));
    let found = root.get("/api/admin/users?q=ANNA").await.expect(200);
    assert_eq!(found.text("/items/0/id"), anna.id);
    let path = format!("/api/admin/users/{}/status", anna.id);
    root.put(&path, &json!({ "status": "gone" })).await.expect(422);
    root.put(&path, &json!({ "status": "disabled" }))
        .await
        .expect(200);
    anna.get("/api/auth/profile").await.expect(401);
    let login = json!({ "email": "anna@example.com", "password": "a long password" });
    assert!(
        app.nobody()
            .post("/api/auth/login", &login)
            .await
            .status
            .is_client_error()
    );
    root.put(&path, &json!({ "status": "active" })).await.expect(200);
    app.nobody().post("/api/auth/login", &login).await.expect(200);
    root.put("/api/admin/users/none/status", &json!({ "status": "active" }))
        .await
        .expect(404);
    // Nobody locks everybody out.
    let own = format!("/api/admin/users/{}/status", root.id);
    root.put(&own, &json!({ "status": "disabled" })).await.expect(409);
    root.get("/api/auth/profile").await.expect(200);
    let audit = root.get("/api/admin/audit").await.expect(200);
    let actions: Vec<&Value> = audit.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["action"])
        .collect();
    assert_eq!(actions, ["user.enabled", "user.disabled"]);
    assert_eq!(audit.text("/items/0/actor"), root.id);
}

async fn presets_and_default_thresholds_are_set_with_history(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    let before = root.get("/api/admin/config").await.expect(200);
    assert_eq!(before.body["presets"].as_array().unwrap().len(), 2);
    assert_eq!(before.body["version"], 0);
    for (body, field) in [
        (json!({ "presets": [] }), "presets"),
        (
            json!({ "presets": [{ "name": "FAST", "summary": "", "engine": { "name": "magic" } }] }),
            "presets[0]",
        ),
        (json!({ "presets": [{ "name": "FAST" }] }), "presets[0]"),
        (json!({ "thresholds": { "product": 1.5 } }), "thresholds.product"),
        (json!({ "thresholds": { "luck": 0.5 } }), "thresholds.luck"),
    ] {
        let answer = root.put("/api/admin/config", &body).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field, "{:#}", answer.body);
    }
    let mut preset = before.body["presets"][0].clone();
    preset["name"] = json!("HOUSE");
    let body = json!({ "presets": [preset], "thresholds": { "product": 0.7 } });
    let set = root
        .call(
            Method::PUT,
            "/api/admin/config",
            Some(&body),
            &[("if-match", "\"0\"")],
        )
        .await
        .expect(200);
    assert_eq!(set.text("/presetsHistory/0/setBy"), root.id);
    root.call(
        Method::PUT,
        "/api/admin/config",
        Some(&body),
        &[("if-match", "\"0\"")],
    )
    .await
    .expect(412);
    // It holds at once: for orders, and for locks of workspaces without a word of their own.
    let product = anna.product("TS-1", None, &["front"]).await;
    let order = |preset: &str| json!({ "productId": product, "poses": ["FRONT"], "enginePreset": preset, "dryRun": true });
    anna.post("/api/generate", &order("HOUSE")).await.expect(200);
    anna.post("/api/generate", &order("LOCAL")).await.expect(422);
    let told = anna.get("/api/thresholds").await.expect(200);
    assert_eq!(told.body["thresholds"], json!({ "product": 0.7 }));
    let again = json!({ "thresholds": {} });
    let set = root.put("/api/admin/config", &again).await.expect(200);
    assert_eq!(set.body["thresholdsHistory"].as_array().unwrap().len(), 2);
    assert_eq!(set.body["presetsHistory"].as_array().unwrap().len(), 1);
}

async fn a_workspace_sets_its_thresholds_and_tries_others_first(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    ordered(&anna, &[End::Done, End::Doubtful, End::Rejected]).await;
    for value in [json!("banana"), json!(1.5), json!(-0.1), json!([1]), json!("")] {
        let body = json!({ "lock": "product", "value": value });
        assert_eq!(
            anna.put("/api/thresholds", &body).await.expect(400).text("/code"),
            "invalid_threshold"
        );
    }
    anna.put("/api/thresholds", &json!({ "lock": "luck", "value": 0.5 }))
        .await
        .expect(422);
    anna.get("/api/thresholds/preview?lock=product&threshold=banana")
        .await
        .expect(400);
    anna.get("/api/thresholds/preview?lock=luck&threshold=0.5")
        .await
        .expect(422);
    anna.get("/api/thresholds/preview?lock=product&threshold=0.5&last=0")
        .await
        .expect(422);
    let preview = anna
        .get("/api/thresholds/preview?lock=product&threshold=0.45")
        .await
        .expect(200);
    assert_eq!(
        preview.body["was"],
        json!({ "passed": 1, "doubtful": 1, "failed": 1 })
    );
    assert_eq!(preview.body["wouldBe"], json!({ "passed": 2, "failed": 1 }));
    assert_eq!(preview.body["changed"][0]["score"], 0.5);
    let last = anna
        .get("/api/thresholds/preview?lock=product&threshold=0.95&last=1")
        .await
        .expect(200);
    assert_eq!(last.body["judged"], 1);
    let told = anna
        .put("/api/thresholds", &json!({ "lock": "product", "value": 0.45 }))
        .await
        .expect(200);
    assert_eq!(told.body["thresholds"], json!({ "product": 0.45 }));
    let project = anna.project("Careful").await;
    let own = json!({ "lock": "product", "value": 0.9, "projectId": project });
    assert_eq!(
        anna.put("/api/thresholds", &own).await.expect(200).body["thresholds"],
        json!({ "product": 0.9 })
    );
    anna.get("/api/thresholds?projectId=none").await.expect(404);
    app.pass_ms(1);
    let back = anna
        .put("/api/thresholds", &json!({ "lock": "product", "value": null }))
        .await
        .expect(200);
    assert_eq!(back.body["thresholds"], json!({}));
    let versions: Vec<&Value> = back.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["value"])
        .collect();
    assert_eq!(versions, [&json!(null), &json!(0.45)]);
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "threshold.set");
}

async fn credits_are_granted_and_every_change_is_told(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    let path = format!("/api/admin/workspaces/{}/grants", anna.workspace);
    for body in [
        json!({ "credits": 0, "note": "x" }),
        json!({ "credits": -5, "note": "x" }),
        json!({ "credits": 5, "note": "" }),
    ] {
        root.post(&path, &body).await.expect(422);
    }
    anna.post(&path, &json!({ "credits": 5, "note": "mine" }))
        .await
        .expect(403);
    root.post(&path, &json!({ "credits": 5, "note": "sorry" }))
        .await
        .expect(201);
    root.post(
        "/api/admin/workspaces/none/grants",
        &json!({ "credits": 5, "note": "x" }),
    )
    .await
    .expect(404);
    ordered(&anna, &[End::Done, End::Rejected]).await;
    let balance = anna.get("/api/billing/balance").await.expect(200);
    assert_eq!(balance.body, json!({ "available": 14, "openHolds": 0 }));
    let history = anna.get("/api/billing/history").await.expect(200);
    let items = history.body["items"].as_array().unwrap();
    let sum: i64 = items.iter().map(|one| one["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, 14);
    let mut kinds: Vec<&str> = items.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["grant", "grant", "hold", "hold", "release", "settle"]);
    assert!(items.iter().any(|one| one["note"] == "sorry"));
    let page = anna.get("/api/billing/history?limit=4").await.expect(200);
    let rest = anna
        .get(&format!(
            "/api/billing/history?cursor={}",
            page.text("/nextCursor")
        ))
        .await
        .expect(200);
    assert_eq!(rest.body["items"].as_array().unwrap().len(), 2);
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "credits.granted");
    assert_eq!(audit.text("/items/0/actor"), root.id);
}

async fn a_grant_whose_server_died_before_its_answer_is_given_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let root = app.register_admin("root@example.com").await;
    let anna = app.register("anna@example.com").await;
    let berta = app.register("berta@example.com").await;
    let grant = async |workspace: &str, credits: u32| {
        let path = format!("/api/admin/workspaces/{workspace}/grants");
        let body = json!({ "credits": credits, "note": "sorry" });
        let key = [("idempotency-key", "g1")];
        let answer = root.call(Method::POST, &path, Some(&body), &key).await;
        // The answer that would be given again is lost with the server.
        app.store.forget_keys(i64::MAX).await.unwrap();
        answer
    };
    grant(&anna.workspace, 5).await.expect(201);
    grant(&anna.workspace, 5).await.expect(201);
    assert_eq!(anna.credits().await, 15);
    let other = grant(&anna.workspace, 6).await.expect(409);
    assert_eq!(other.text("/code"), "taken");
    grant(&berta.workspace, 5).await.expect(201);
    assert_eq!((anna.credits().await, berta.credits().await), (15, 15));
    let audit = anna.get("/api/audit").await.expect(200);
    let granted = audit.body["items"].as_array().unwrap().iter();
    assert_eq!(
        granted.filter(|one| one["action"] == "credits.granted").count(),
        1
    );
}

async fn a_picture_taken_anyway_is_written_down(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = ordered(&anna, &[End::Rejected]).await;
    let body = json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    anna.post(&format!("/api/generations/{}/review", made[0]), &body)
        .await
        .expect(200);
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "generation.approved_anyway");
    assert_eq!(audit.text("/items/0/subject"), made[0]);
    assert_eq!(audit.text("/items/0/detail/note"), "the print is right");
    let eve = app.register("eve@example.com").await;
    assert_eq!(eve.get("/api/audit").await.expect(200).body["items"], json!([]));
}

async fn prometheus_reads_with_the_token_or_from_this_machine(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        config.metrics_token = Some("a secret".to_owned());
    })
    .await;
    let anna = app.register("anna@example.com").await;
    ordered(&anna, &[End::Done]).await;
    anna.get("/api/projects/none").await.expect(404);
    app.nobody().get("/metrics").await.expect(404);
    app.nobody()
        .with_token("another")
        .get("/metrics")
        .await
        .expect(404);
    let told = app
        .nobody()
        .with_token("a secret")
        .get("/metrics")
        .await
        .expect(200);
    let text = told.body.as_str().unwrap();
    for line in [
        "photogen_http_request_duration_seconds_count{method=\"GET\",route=\"/api/projects/{id}\",status=\"404\"} 1",
        "photogen_http_request_duration_seconds_bucket{method=\"POST\",route=\"/api/products\",status=\"201\",le=\"+Inf\"} 1",
        "photogen_queue_jobs{state=\"due\"} 0",
        "photogen_generations{status=\"COMPLETED\"} 1",
        "photogen_engine_ready{engine=\"keyless\"} 0",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    assert!(!text.contains("none"), "routes, not paths, are told");
    let app = TestApp::new(&database).await;
    let from = async |peer: &str, headers: &[(&str, &str)]| {
        let mut request = Request::get("/metrics");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request
            .extensions_mut()
            .insert(ConnectInfo(peer.parse::<std::net::SocketAddr>().unwrap()));
        app.send(request).await.status.as_u16()
    };
    assert_eq!(from("127.0.0.1:5000", &[]).await, 200);
    assert_eq!(from("[::1]:5000", &[]).await, 200);
    assert_eq!(from("192.0.2.7:5000", &[]).await, 404);
    assert_eq!(
        from("127.0.0.1:5000", &[("x-forwarded-for", "192.0.2.7")]).await,
        404
    );
    app.nobody().get("/metrics").await.expect(404);
}
