//! Projects: made, found, changed by one at a time, deleted and brought back.

use axum::http::Method;
use serde_json::json;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! {
    projects_are_listed_in_pages_and_found_by_text,
    an_edit_from_an_old_version_changes_nothing,
    a_deleted_project_comes_back_with_its_products_for_30_days,
}

async fn projects_are_listed_in_pages_and_found_by_text(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    for number in 1..=5 {
        let body = json!({ "name": format!("Spring {number}") });
        anna.post("/api/projects", &body).await.expect(201);
    }
    let body = json!({ "name": "100% wool_blend", "description": "all of it" });
    anna.post("/api/projects", &body).await.expect(201);
    let (mut seen, mut path) = (Vec::new(), "/api/projects?limit=4".to_owned());
    loop {
        let page = anna.get(&path).await.expect(200);
        let items = page.body["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["nextCursor"].as_str() else {
            break;
        };
        path = format!("/api/projects?limit=4&cursor={cursor}");
    }
    assert_eq!(
        seen,
        [
            "100% wool_blend",
            "Spring 5",
            "Spring 4",
            "Spring 3",
            "Spring 2",
            "Spring 1"
        ]
    );
    for (text, found) in [
        ("SPRING", 5),
        ("100%25", 1),
        ("%25", 1),
        ("_", 1),
        ("!", 0),
        ("wool", 1),
    ] {
        let page = anna.get(&format!("/api/projects?q={text}")).await.expect(200);
        assert_eq!(page.body["items"].as_array().unwrap().len(), found, "{text}");
    }
    for (path, field) in [
        ("/api/projects?limit=0", "limit"),
        ("/api/projects?limit=201", "limit"),
        ("/api/projects?limit=many", "query"),
        ("/api/projects?cursor=%21", "cursor"),
    ] {
        let answer = anna.get(path).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field);
    }
    for body in [
        json!({ "name": " " }),
        json!({ "name": "a\nb" }),
        json!({ "name": "x".repeat(201) }),
        json!({ "name": "a", "description": "\u{0}" }),
        json!({}),
    ] {
        anna.post("/api/projects", &body).await.expect(422);
    }
}

async fn an_edit_from_an_old_version_changes_nothing(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201);
    assert_eq!(made.headers["etag"], "\"1\"");
    let path = format!("/api/projects/{}", made.text("/id"));
    let edit = async |name: &str, version: &str| {
        let body = json!({ "name": name });
        anna.call(Method::PUT, &path, Some(&body), &[("if-match", version)])
            .await
    };
    assert_eq!(edit("Summer", "\"1\"").await.expect(200).headers["etag"], "\"2\"");
    assert_eq!(edit("Autumn", "\"1\"").await.expect(412).text("/code"), "changed");
    edit("Autumn", "none").await.expect(412);
    assert_eq!(anna.get(&path).await.expect(200).text("/name"), "Summer");
    edit("Winter", "*").await.expect(200);
}

async fn a_deleted_project_comes_back_with_its_products_for_30_days(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201);
    let (id, path) = (made.text("/id"), format!("/api/projects/{}", made.text("/id")));
    let shirt = anna.product("TS-1", Some(&id), &[]).await;
    let trousers = anna.product("TR-1", Some(&id), &[]).await;
    anna.delete(&format!("/api/products/{trousers}"))
        .await
        .expect(200);
    app.pass_ms(1000);
    anna.delete(&path).await.expect(200);
    anna.delete(&path).await.expect(404);
    anna.get(&path).await.expect(404);
    anna.get(&format!("/api/products/{shirt}")).await.expect(404);
    let deleted = anna.get("/api/projects?deleted=true").await.expect(200);
    assert_eq!(deleted.text("/items/0/id"), id);
    // The SKU is free meanwhile, and bars the way back while another has it.
    let other = anna.product("ts-1", None, &[]).await;
    let restore = format!("{path}/restoration");
    assert_eq!(
        anna.post(&restore, &json!({})).await.expect(409).text("/code"),
        "taken"
    );
    anna.get(&path).await.expect(404);
    anna.delete(&format!("/api/products/{other}")).await.expect(200);
    anna.post(&restore, &json!({})).await.expect(200);
    // Asked twice, it is there all the same.
    anna.post(&restore, &json!({})).await.expect(200);
    assert_eq!(
        anna.get(&format!("/api/products/{shirt}"))
            .await
            .expect(200)
            .text("/sku"),
        "TS-1"
    );
    // What was deleted for itself stays so.
    anna.get(&format!("/api/products/{trousers}")).await.expect(404);
    anna.delete(&path).await.expect(200);
    app.pass_ms(30 * 24 * 3_600_000 + 1);
    let again = app.sign_in("anna@example.com").await;
    again.post(&restore, &json!({})).await.expect(404);
}
