//! The desk, where pictures are decided on.

use axum::{body::Body, http::Request};
use serde_json::json;
use testkit::database::TestDatabase;

use super::filled;
use crate::{app::TestApp, browser::Browser, studio::End};

testkit::on_both_databases! {
    a_doubted_picture_shows_where_its_product_differs,
    a_desk_opens_with_the_first_picture_that_nobody_decided_on,
    a_desk_s_decisions_are_saved_and_another_s_are_not_overruled_in_silence,
    a_picture_that_could_not_be_made_is_asked_for_again_on_its_page,
    a_picture_is_decided_on_in_its_own_shoot_alone,
    pictures_that_could_not_be_made_are_a_click_away_from_their_shoot,
}

async fn a_doubted_picture_shows_where_its_product_differs(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, _, passed_shoot, passed] = filled(&app, "anna@example.com").await;
    let api = app.sign_in("anna@example.com").await;
    let shoot = api
        .shoot(&json!({ "productIds": [product], "poses": ["FRONT"] }))
        .await;
    assert_eq!(app.work(End::Doubtful).await, 1);
    let picture = api.pictures(&shoot).await[0]["id"].as_str().unwrap().to_owned();

    let path = format!("/pictures/{picture}/heatmap?try=1");
    let seen = anna.send("GET", &path, &[]).await;
    assert_eq!((seen.status.as_u16(), seen.text.as_str()), (200, "warm"));
    let page = anna.page(&format!("/review/{shoot}/{picture}")).await;
    assert!(page.contains(&path) && page.contains("yellow a little"), "{page}");
    let details = anna.page(&format!("/review/{shoot}/details?ids={picture}")).await;
    let details: serde_json::Value = serde_json::from_str(&details).unwrap();
    assert_eq!(details[0]["tries"][0]["heatmap"], json!(path));
    let told = api.get(&format!("/api/generate/{picture}")).await.expect(200);
    assert!(told.text("/attempts/0/heatmapUrl").starts_with("/api/media/"));

    // One that passed has none.
    let page = anna.page(&format!("/review/{passed_shoot}/{passed}")).await;
    assert!(!page.contains("/heatmap"), "{page}");
    let told = api.get(&format!("/api/generate/{passed}")).await.expect(200);
    assert_eq!(told.body["attempts"][0]["heatmapUrl"], json!(null));
    for none in [
        format!("/pictures/{passed}/heatmap"),
        format!("/pictures/{picture}/heatmap?try=2"),
        format!("/pictures/{picture}/heatmap?try=0"),
    ] {
        assert_eq!(anna.send("GET", &none, &[]).await.status, 404, "{none}");
    }
    let zoe = Browser::register(&app, "zoe@example.com").await;
    assert_eq!(zoe.send("GET", &path, &[]).await.status, 404);
}

async fn a_desk_opens_with_the_first_picture_that_nobody_decided_on(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, _, _, shoot, _] = filled(&app, "anna@example.com").await;
    let index = anna.page(&format!("/review/{shoot}/index")).await;
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    for id in index["id"].as_array().unwrap() {
        let id = id.as_str().unwrap();
        let page = anna.page(&format!("/review/{shoot}?show=all")).await;
        assert!(page.contains(&format!("data-first=\"{id}\"")), "{id}: {page}");
        // What its script asks for first is on its way with the page.
        let details = format!("/review/{shoot}/details?ids={id}");
        assert!(page.contains(&format!("href=\"{details}\"")), "{details}: {page}");
        let told: serde_json::Value = serde_json::from_str(&anna.page(&details).await).unwrap();
        assert_eq!(told[0]["id"], json!(id));
        let form = [("decision", "reject"), ("reason", "print")];
        let path = format!("/review/{shoot}/{id}");
        assert_eq!(anna.send("POST", &path, &form).await.status, 303);
    }
    let page = anna.page(&format!("/review/{shoot}")).await;
    assert!(!page.contains("data-first"), "{page}");
}

async fn a_desk_s_decisions_are_saved_and_another_s_are_not_overruled_in_silence(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [.., shoot, picture] = filled(&app, "anna@example.com").await;
    let ben = app.register("ben@example.com").await;
    let form = [("email", "ben@example.com"), ("role", "reviewer")];
    assert_eq!(
        anna.send("POST", "/settings/members", &form).await.location,
        "/settings/members?done=invited"
    );
    ben.put(
        "/api/auth/invitations",
        &json!({ "token": app.mailed_token("ben@example.com") }),
    )
    .await
    .expect(200);
    let owners = anna.page("/settings/members").await;
    assert!(owners.contains("ben@example.com"));
    let decide = async |entries: serde_json::Value| {
        let request = Request::builder()
            .method("POST")
            .uri(format!("/review/{shoot}/decisions"))
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &anna.cookie)
            .body(Body::from(json!({ "entries": entries }).to_string()))
            .unwrap();
        app.send(request).await.expect(200).body
    };
    let entry = |seq: u32, decision: &str, seen: Option<&str>, over: bool| json!({ "seq": seq, "id": picture, "decision": decision, "seen": seen, "over": over });
    let saved = decide(json!([entry(1, "approve", None, false)])).await;
    assert_eq!(
        (&saved[0]["state"], &saved[0]["review"]),
        (&json!("saved"), &json!("approved"))
    );
    let unknown = decide(json!([{ "seq": 2, "id": "nobody-s", "decision": "approve", "seen": null }])).await;
    assert_eq!(unknown[0]["state"], "refused");
    let owner = app.sign_in("anna@example.com").await;
    let profile = owner.get("/api/auth/profile").await.expect(200);
    let workspace = profile.text("/workspaceId");
    ben.put(&format!("/api/auth/workspaces/{workspace}"), &json!({}))
        .await
        .expect(200);
    let review = format!("/api/generations/{picture}/review");
    ben.post(&review, &json!({ "decision": "reject", "reason": "print" }))
        .await
        .expect(200);
    let conflict = decide(json!([entry(3, "approve", Some("approved"), false)])).await;
    assert_eq!(
        (&conflict[0]["state"], &conflict[0]["review"]),
        (&json!("conflict"), &json!("rejected"))
    );
    let overruled = decide(json!([entry(4, "approve", Some("rejected"), true)])).await;
    assert_eq!(overruled[0]["review"], "approved");
}

async fn a_picture_that_could_not_be_made_is_asked_for_again_on_its_page(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, ..] = filled(&app, "anna@example.com").await;
    let api = app.sign_in("anna@example.com").await;
    let shoot = api
        .shoot(&json!({ "productIds": [product], "poses": ["FRONT"] }))
        .await;
    assert_eq!(app.work(End::Failed).await, 1);
    let picture = api.pictures(&shoot).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/review/{shoot}/{picture}");
    let page = anna.page(&path).await;
    assert!(page.contains("value=\"redo\""), "{page}");
    assert!(!page.contains("value=\"approve\"") && !page.contains("value=\"reject\""));
    let seen = anna.send("POST", &path, &[("decision", "redo")]).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    assert_eq!(app.work(End::Done).await, 1);
}

async fn a_picture_is_decided_on_in_its_own_shoot_alone(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, _, shoot, picture] = filled(&app, "anna@example.com").await;
    let api = app.sign_in("anna@example.com").await;
    let other = api
        .shoot(&json!({ "productIds": [product], "poses": ["FRONT"] }))
        .await;
    let approve = [("decision", "approve")];
    let elsewhere = format!("/review/{other}/{picture}");
    assert_eq!(anna.send("GET", &elsewhere, &[]).await.status, 404);
    assert_eq!(anna.send("POST", &elsewhere, &approve).await.status, 404);
    let told = api.get(&format!("/api/generate/{picture}")).await.expect(200);
    assert_eq!(told.body["review"], json!(null));
    let here = format!("/review/{shoot}/{picture}");
    assert_eq!(anna.send("POST", &here, &approve).await.status, 303);
}

async fn pictures_that_could_not_be_made_are_a_click_away_from_their_shoot(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, product, ..] = filled(&app, "anna@example.com").await;
    let api = app.sign_in("anna@example.com").await;
    let order = json!({ "productIds": [product], "poses": ["FRONT", "BACK"] });
    let shoot = api.shoot(&order).await;
    assert_eq!(app.work(End::Failed).await, 2);

    let page = anna.page(&format!("/shoots/{shoot}")).await;
    for picture in api.pictures(&shoot).await {
        let path = format!("/review/{shoot}/{}", picture["id"].as_str().unwrap());
        assert!(page.contains(&format!("href=\"{path}\"")), "{path}: {page}");
        let alone = anna.page(&path).await;
        for said in [
            "The vendor says it is done and sends no picture",
            "value=\"redo\"",
            "width=\"1000\" height=\"1500\"",
        ] {
            assert!(alone.contains(said), "{said}: {alone}");
        }
    }
    assert!(
        page.contains("could not be made") && !page.contains("failed a check"),
        "{page}"
    );
    let list = format!("/shoots/{shoot}/unmade");
    let home = anna.page("/").await;
    let (before, _) = home.split_once(&format!("href=\"{list}\"")).expect(&home);
    let (_, need) = before.rsplit_once("<h3>").expect(&home);
    assert!(
        need.starts_with("2 pictures of ") && need.contains("could not be made"),
        "{home}"
    );
    let (_, link) = page.split_once(&format!("<a href=\"{list}\">")).expect(&page);
    assert!(link.starts_with("Look at 2"), "{page}");

    let shown = anna.page(&list).await;
    assert_eq!(
        shown
            .matches("The vendor says it is done and sends no picture")
            .count(),
        2,
        "{shown}"
    );
    let to_product = format!("href=\"/products/{product}\"");
    assert_eq!(shown.matches(&to_product).count(), 2, "{shown}");
    let (_, form) = shown
        .split_once("method=\"post\" action=\"/review/")
        .expect(&shown);
    let action = format!("/review/{}", form.split('"').next().unwrap());
    let press = [("from", "unmade"), ("decision", "redo")];
    for _ in 0..2 {
        // Pressed again it leads to the same page.
        let seen = anna.send("POST", &action, &press).await;
        assert_eq!(seen.location, format!("{list}?again"), "{}", seen.text);
    }
    let asked = anna.page(&format!("{list}?again")).await;
    let link = format!("<a href=\"/shoots/{shoot}\">Asked for again: look at the shoot</a>");
    assert!(asked.contains(&link), "{asked}");
    let rest = anna.page(&list).await;
    assert_eq!(rest.matches("value=\"redo\"").count(), 1, "{rest}");
    assert_eq!(app.work(End::Done).await, 1);
    let zoe = Browser::register(&app, "zoe@example.com").await;
    assert_eq!(zoe.send("GET", &list, &[]).await.status, 404);
}
