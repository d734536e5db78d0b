//! Products and their photos, and the addresses that photos are read at.

use axum::http::Method;
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    a_sku_is_one_product_s_in_any_letter_case,
    an_edit_from_an_old_version_changes_nothing,
    photos_take_the_place_of_their_view_and_details_stand_beside_each_other,
    a_file_that_is_no_photo_is_refused,
    files_are_read_in_ranges_by_addresses_that_end,
}

async fn a_sku_is_one_product_s_in_any_letter_case(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let body = json!({ "sku": "TS-1", "name": "Tee", "category": "T-Shirts", "colour": "red", "attributes": { "size": "M" } });
    let made = anna.post("/api/products", &body).await.expect(201);
    assert_eq!(made.body["attributes"]["size"], "M");
    assert_eq!(
        anna.post("/api/products", &json!({ "sku": "ts-1" }))
            .await
            .expect(409)
            .text("/code"),
        "taken"
    );
    let other = anna.product("TS-2", None, &[]).await;
    let rename = anna
        .put(&format!("/api/products/{other}"), &json!({ "sku": "Ts-1" }))
        .await;
    rename.expect(409);
    let path = format!("/api/products/{}", made.text("/id"));
    anna.delete(&path).await.expect(200);
    let third = anna.product("TS-1", None, &[]).await;
    anna.post(&format!("{path}/restoration"), &json!({}))
        .await
        .expect(409);
    anna.delete(&format!("/api/products/{third}")).await.expect(200);
    anna.post(&format!("{path}/restoration"), &json!({}))
        .await
        .expect(200);
    for (text, found) in [("TEE", 1), ("ts-", 2), ("nothing", 0)] {
        let page = anna.get(&format!("/api/products?q={text}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), found, "{text}");
    }
    // The letters of an escape are no NUL.
    let body = json!({ "sku": "TS-3", "attributes": { "note": "print \\u0000 as it is" } });
    let made = anna.post("/api/products", &body).await.expect(201);
    assert_eq!(made.body["attributes"], body["attributes"]);
    for body in [
        json!({ "sku": "" }),
        json!({ "sku": "X", "attributes": [1] }),
        json!({ "sku": "X", "attributes": { "a": "\u{0}" } }),
        json!({ "sku": "X", "attributes": { "a": [{ "\u{0}": 1 }] } }),
        json!({ "sku": "X", "attributes": { "a": "x".repeat(17_000) } }),
        json!({ "sku": "X", "projectId": "none" }),
        json!({ "sku": "X", "price": 1 }),
    ] {
        anna.post("/api/products", &body).await.expect(422);
    }
    for (sku, unseen) in [
        ("TS-\u{202e}4", "`U+202E`"),
        ("TS-4\u{3164}", "`U+3164`"),
        ("TS-4\u{e0041}", "`U+E0041`"),
    ] {
        let body = json!({ "sku": sku });
        let refused = anna.post("/api/products", &body).await.expect(422);
        assert_eq!(refused.text("/errors/0/field"), "sku");
        assert!(refused.text("/detail").contains(unseen), "{}", refused.body);
    }
    let list = anna.post("/api/products", &json!(["X"])).await.expect(422);
    assert_eq!(list.text("/detail"), "send a JSON object, not a list");
}

async fn an_edit_from_an_old_version_changes_nothing(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.product("TS-1", None, &[]).await;
    let path = format!("/api/products/{id}");
    let edit = async |colour: &str, version: &str| {
        let body = json!({ "sku": "TS-1", "colour": colour });
        anna.call(Method::PUT, &path, Some(&body), &[("if-match", version)])
            .await
    };
    edit("red", "\"1\"").await.expect(200);
    edit("blue", "\"1\"").await.expect(412);
    assert_eq!(anna.get(&path).await.expect(200).text("/colour"), "red");
}

async fn photos_take_the_place_of_their_view_and_details_stand_beside_each_other(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.product("TS-1", None, &["front"]).await;
    let put = async |view: &str, bytes: &[u8]| {
        let path = format!("/api/products/{id}/photos/{view}");
        anna.file("PUT", &path, bytes).await.expect(200)
    };
    let before = put("front", b"one").await;
    let after = put("front", b"two").await;
    assert_eq!(after.body["photos"].as_array().unwrap().len(), 1);
    assert_ne!(before.text("/photos/0/sha256"), after.text("/photos/0/sha256"));
    put("detail", b"button").await;
    put("detail", b"button").await;
    let after = put("detail", b"collar").await;
    let photos = after.body["photos"].as_array().unwrap();
    let numbers: Vec<_> = photos
        .iter()
        .map(|photo| (&photo["view"], &photo["number"]))
        .collect();
    assert_eq!(
        numbers,
        [
            (&json!("front"), &json!(1)),
            (&json!("detail"), &json!(1)),
            (&json!("detail"), &json!(2))
        ]
    );
    let side = format!("/api/products/{id}/photos/side?side=left");
    let after = anna.file("PUT", &side, b"left").await.expect(200);
    assert!(after.body["photos"].to_string().contains("\"side\":\"left\""));
    anna.file("PUT", &format!("/api/products/{id}/photos/side?side=up"), b"x")
        .await
        .expect(422);
    anna.file("PUT", &format!("/api/products/{id}/photos/top"), b"x")
        .await
        .expect(422);
    for number in 0..21 {
        put("detail", format!("detail {number}").as_bytes()).await;
        if number == 19 {
            break;
        }
    }
    let full = anna
        .file("PUT", &format!("/api/products/{id}/photos/detail"), b"one more")
        .await;
    full.expect(409);
    anna.delete(&format!("/api/products/{id}/photos/detail/1"))
        .await
        .expect(200);
    anna.delete(&format!("/api/products/{id}/photos/detail/1"))
        .await
        .expect(404);
    anna.delete(&format!("/api/products/{id}/photos/detail/x"))
        .await
        .expect(404);
}

async fn a_file_that_is_no_photo_is_refused(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.upload_bytes_max = 2 << 20).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.product("TS-1", None, &[]).await;
    let path = format!("/api/products/{id}/photos/front");
    let bad = anna.file("PUT", &path, b"bad: a program").await.expect(422);
    assert_eq!(bad.text("/detail"), "file: this is no picture");
    anna.file("PUT", &path, b"").await.expect(422);
    let large = vec![b'x'; (2 << 20) + 1];
    anna.file("PUT", &path, &large).await.expect(413);
    let product = anna.get(&format!("/api/products/{id}")).await.expect(200);
    assert_eq!(product.body["photos"], json!([]));
    // Larger than what a body of JSON may have.
    let large = vec![b'x'; (2 << 20) - 1];
    anna.file("PUT", &path, &large).await.expect(200);
}

async fn files_are_read_in_ranges_by_addresses_that_end(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let id = anna.product("TS-1", None, &[]).await;
    let path = format!("/api/products/{id}/photos/front?name=t%C3%A9%20%22shirt%22.jpg");
    let made = anna.file("PUT", &path, b"0123456789").await.expect(200);
    let url = made.text("/photos/0/url");
    let nobody = app.nobody();
    let get = async |headers: &[(&str, &str)]| nobody.call(Method::GET, &url, None, headers).await;
    let whole = get(&[]).await.expect(200);
    assert_eq!(whole.headers["content-type"], "image/jpeg");
    assert_eq!(whole.headers["content-length"], "10");
    assert_eq!(whole.headers["accept-ranges"], "bytes");
    assert_eq!(
        whole.headers["content-disposition"],
        "inline; filename=\"t_ _shirt_.jpg\"; filename*=UTF-8''t%C3%A9%20%22shirt%22.jpg"
    );
    assert!(
        whole.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    let tag = whole.headers["etag"].to_str().unwrap().to_owned();
    get(&[("if-none-match", &tag)]).await.expect(304);
    for (range, status, told) in [
        ("bytes=2-4", 206, Some("bytes 2-4/10")),
        ("bytes=8-", 206, Some("bytes 8-9/10")),
        ("bytes=-3", 206, Some("bytes 7-9/10")),
        ("bytes=10-", 416, Some("bytes */10")),
    ] {
        let answer = get(&[("range", range)]).await.expect(status);
        assert_eq!(
            answer.headers.get("content-range").map(|v| v.to_str().unwrap()),
            told,
            "{range}"
        );
    }
    assert_eq!(get(&[("range", "bytes=2-4")]).await.body, json!(234));
    let small = nobody.get(&made.text("/photos/0/thumbnailUrl")).await.expect(200);
    assert_eq!(small.headers["content-type"], "image/webp");
    assert_eq!(small.body, "320 x 480");
    let smaller = format!("{}?side=160", made.text("/photos/0/thumbnailUrl"));
    let smaller = nobody.get(&smaller).await.expect(200);
    assert_eq!(smaller.body, "106 x 160");
    assert_ne!(small.headers["etag"], smaller.headers["etag"]);
    let none = format!("{}?side=161", made.text("/photos/0/thumbnailUrl"));
    nobody.get(&none).await.expect(422);
    nobody.get(&format!("{url}?side=480")).await.expect(422);
    // Another key under this signature, another signature, an address of yesterday.
    let (text, signature) = url.rsplit_once('.').unwrap();
    for forged in [
        format!("{}A.{signature}", &text[..text.len() - 1]),
        format!("{text}.{}", signature.chars().rev().collect::<String>()),
        format!("{text}."),
        text.to_owned(),
    ] {
        nobody.get(&forged).await.expect(404);
    }
    app.pass_ms(2 * 3_600_000);
    nobody.get(&url).await.expect(404);
}
