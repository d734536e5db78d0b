//! Brand presets: kept, checked, and taken by orders.

use axum::http::Method;
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    an_order_takes_what_it_does_not_say,
    a_preset_is_checked_as_an_order_is,
    a_preset_is_changed_and_deleted,
}

async fn an_order_takes_what_it_does_not_say(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    anna.product("TS-1", None, &["front", "back"]).await;
    let products = anna.get("/api/products").await.expect(200);
    let product = products.text("/items/0/id");
    let settings = json!({ "poses": ["FRONT", "BACK"], "background": "CUSTOM_HEX", "backgroundHex": "#eeeeee",
        "resolution": "RES_1000", "outputFormat": "PNG", "strictMode": true, "noShadow": true, "prompt": "soft light" });
    let preset = anna
        .post(
            "/api/brand-presets",
            &json!({ "name": "Web shop", "settings": settings }),
        )
        .await
        .expect(201);
    assert_eq!(preset.body["settings"], settings);
    let preset = preset.text("/id");
    let order = async |more: serde_json::Value| {
        let mut body = json!({ "productIds": [product], "brandPreset": preset });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = anna.post("/api/generate", &body).await.expect(202);
        anna.get(&format!("/api/shoots/{}", made.text("/shootId")))
            .await
            .expect(200)
            .body
    };
    let shoot = order(json!({})).await;
    let brief = &shoot["brief"];
    assert_eq!(brief["poses"], json!(["FRONT", "BACK"]), "{shoot}");
    assert_eq!(brief["background"].as_str().unwrap().to_lowercase(), "#eeeeee");
    assert_eq!(brief["format"], "png");
    assert_eq!(
        (&brief["strict"], &brief["shadow"]),
        (&json!(true), &json!(false))
    );
    let shoot = order(json!({ "poses": ["FRONT"], "background": "white", "strictMode": false })).await;
    let brief = &shoot["brief"];
    assert_eq!(brief["poses"], json!(["FRONT"]));
    assert_eq!(brief["background"].as_str().unwrap().to_lowercase(), "#ffffff");
    assert_eq!(
        (&brief["strict"], &brief["prompt"]),
        (&json!(false), &json!("soft light"))
    );

    // Nobody else's, and none that is not there.
    let eve = app.register("eve@example.com").await;
    eve.product("X", None, &["front"]).await;
    let theirs = eve.get("/api/products").await.expect(200).text("/items/0/id");
    for named in [json!(preset), json!("nothing"), json!(7)] {
        let refused = eve
            .post(
                "/api/generate",
                &json!({ "productIds": [theirs], "brandPreset": named }),
            )
            .await
            .expect(422);
        assert!(
            refused.body.to_string().contains("brandPreset"),
            "{}",
            refused.body
        );
    }
    let no_pose = anna
        .post("/api/generate", &json!({ "productIds": [product] }))
        .await
        .expect(422);
    assert!(
        no_pose.body.to_string().contains("name at least one pose"),
        "{}",
        no_pose.body
    );
}

async fn a_preset_is_checked_as_an_order_is(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    for (settings, field) in [
        (json!({ "poses": ["SIDEWAYS"] }), "settings.poses[0]"),
        (json!({ "background": "CUSTOM_HEX" }), "settings.backgroundHex"),
        (
            json!({ "profile": "amazon", "background": "#123456" }),
            "settings.background",
        ),
        (json!({ "enginePreset": "SLOW" }), "settings.enginePreset"),
        (json!({ "retries": 11 }), "settings.retries"),
        (json!({ "modelId": "nobody" }), "settings.modelId"),
        (json!({ "colour": "red" }), "settings"),
    ] {
        let body = json!({ "name": "Web shop", "settings": settings });
        let refused = anna.post("/api/brand-presets", &body).await.expect(422);
        assert!(
            refused.body.to_string().contains(field),
            "{field}: {}",
            refused.body
        );
    }
    let nameless = json!({ "name": " ", "settings": {} });
    anna.post("/api/brand-presets", &nameless).await.expect(422);
    assert_eq!(anna.get("/api/brand-presets").await.expect(200).body, json!([]));
}

async fn a_preset_is_changed_and_deleted(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let make = async |name: &str| {
        anna.post("/api/brand-presets", &json!({ "name": name, "settings": {} }))
            .await
    };
    let web = make("Web shop").await.expect(201);
    make("Print").await.expect(201);
    make("Web shop").await.expect(409);
    let path = format!("/api/brand-presets/{}", web.text("/id"));
    let change = async |name: &str, version: &str| {
        let body = json!({ "name": name, "settings": { "resolution": "RES_2000" } });
        anna.call(Method::PUT, &path, Some(&body), &[("if-match", version)])
            .await
    };
    let changed = change("Web", "\"1\"").await.expect(200);
    assert_eq!(
        (&changed.body["version"], &changed.body["name"]),
        (&json!(2), &json!("Web"))
    );
    change("Web shop", "\"1\"").await.expect(412);
    change("Print", "\"2\"").await.expect(409);
    let listed = anna.get("/api/brand-presets").await.expect(200);
    assert_eq!(
        (listed.text("/0/name"), listed.text("/1/name")),
        ("Print".to_owned(), "Web".to_owned())
    );
    anna.call(Method::DELETE, &path, None, &[]).await.expect(200);
    anna.call(Method::DELETE, &path, None, &[]).await.expect(404);
    anna.get(&path).await.expect(404);
}
