//! Caps on what a project or a key may spend.

use serde_json::json;
use testkit::database::TestDatabase;

use super::{books_agree, order_pictures};
use crate::{app::TestApp, studio::End};

testkit::on_both_databases! {
    a_cap_stops_an_order_and_nothing_else,
    a_cap_stops_who_does_again_or_takes_anyway,
}

async fn a_cap_stops_an_order_and_nothing_else(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let project = anna.project("Spring").await;
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
    let anna = app.sign_in("anna@example.com").await;
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
    let project = anna.project("Spring").await;
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
