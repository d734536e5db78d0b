//! API keys.

use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    a_key_does_what_its_scopes_say_until_it_ends,
}

async fn a_key_does_what_its_scopes_say_until_it_ends(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    for (body, field) in [
        (json!({ "name": "", "scopes": ["read"] }), "name"),
        (json!({ "name": "shop", "scopes": [] }), "scopes"),
        (json!({ "name": "shop", "scopes": ["read", "all"] }), "scopes[1]"),
        (
            json!({ "name": "shop", "scopes": ["read"], "expiresMs": 5 }),
            "expiresMs",
        ),
    ] {
        let answer = anna.post("/api/keys", &body).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field);
    }
    let ends_ms = 1_795_000_000_000_i64 + 3_600_000;
    let body = json!({ "name": "shop", "scopes": ["read", "manage"], "expiresMs": ends_ms });
    let made = anna.post("/api/keys", &body).await.expect(201);
    let shop = anna.with_token(&made.text("/key"));
    shop.get("/api/members").await.expect(200);
    let listed = shop.get("/api/keys").await.expect(200);
    assert!(listed.body.to_string().contains(&listed.text("/0/prefix")));
    assert!(!listed.body.to_string().contains(&made.text("/key")));
    assert!(listed.body[0]["usedMs"].is_i64());
    // A key is no person, and makes no keys.
    shop.get("/api/auth/profile").await.expect(403);
    shop.post("/api/keys", &json!({ "name": "more", "scopes": ["read"] }))
        .await
        .expect(403);
    let eve = app.register("eve@example.com").await;
    let path = format!("/api/keys/{}", made.text("/id"));
    eve.delete(&path).await.expect(404);
    app.pass_ms(3_600_001);
    shop.get("/api/members").await.expect(401);
    let body = json!({ "name": "shop", "scopes": ["read"] });
    let anna = app.sign_in("anna@example.com").await;
    let made = anna.post("/api/keys", &body).await.expect(201);
    let shop = anna.with_token(&made.text("/key"));
    shop.get("/api/keys").await.expect(403);
    anna.delete(&format!("/api/keys/{}", made.text("/id")))
        .await
        .expect(200);
    shop.get("/api/members").await.expect(401);
}
