//! What people decide on pictures: one by one, many at once, two by two, taken back, and done again.

use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::{
    app::{Answer, Client, TestApp},
    studio::{End, SENT_BACK},
};

testkit::on_both_databases! {
    a_picture_is_approved_rejected_and_taken_back,
    a_picture_that_a_lock_sent_back_is_taken_anyway_with_a_note,
    a_picture_that_was_sent_back_is_not_taken_on_credit,
    who_decides_may_take_a_picture_anyway_and_not_order_another,
    two_people_approve_where_the_project_asks_for_it,
    many_are_decided_on_at_once,
    a_picture_is_done_again_in_place_of_the_old_one,
}

/// A shoot of pictures that ended as told; their ids.
async fn pictures(client: &Client<'_>, project: Option<&str>, ends: &[End]) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in ends {
        let sku = format!("TS-{}", client.app.ids.next());
        ids.push(client.product(&sku, project, &["front"]).await);
    }
    let body = json!({ "productIds": ids, "projectId": project, "poses": ["FRONT"] });
    let shoot = client.shoot(&body).await;
    let mut made = Vec::new();
    for end in ends {
        let lease = client.app.claim().await.unwrap();
        client.app.end(&lease, *end).await;
        made.push(lease.generation.0);
    }
    assert_eq!(client.pictures(&shoot).await.len(), ends.len());
    made
}

async fn review(client: &Client<'_>, id: &str, body: Value) -> Answer {
    client.post(&format!("/api/generations/{id}/review"), &body).await
}

async fn a_picture_is_approved_rejected_and_taken_back(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = pictures(&anna, None, &[End::Doubtful, End::Failed]).await;
    for (body, field) in [
        (json!({ "decision": "like" }), "decision"),
        (json!({ "decision": "approve", "anyway": true }), "note"),
        (json!({ "decision": "reject", "note": "x".repeat(2001) }), "note"),
        (json!({ "decision": "reject", "reason": "a\nb" }), "reason"),
    ] {
        let answer = review(&anna, &made[0], body).await.expect(422);
        assert_eq!(answer.text("/errors/0/field"), field);
    }
    let told = review(&anna, &made[0], json!({ "decision": "approve" }))
        .await
        .expect(200);
    assert_eq!(told.text("/review"), "approved");
    let body = json!({ "decision": "reject", "reason": "colour", "note": "too red" });
    assert_eq!(
        review(&anna, &made[0], body).await.expect(200).text("/review"),
        "rejected"
    );
    let told = review(&anna, &made[0], json!({ "decision": "undo" }))
        .await
        .expect(200);
    assert_eq!(told.body["review"], json!(null));
    let detail = anna.get(&format!("/api/generate/{}", made[0])).await.expect(200);
    let decisions: Vec<&Value> = detail.body["reviews"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["decision"])
        .collect();
    assert_eq!(decisions, ["approved", "rejected", "undone"]);
    assert_eq!(detail.body["reviews"][1]["note"], "too red");
    assert_eq!(detail.body["reviews"][1]["authorId"], json!(anna.id));
    assert_eq!(detail.body["attempts"][0]["verdicts"][0]["outcome"], "doubtful");
    // What was not made cannot be decided on.
    review(&anna, &made[1], json!({ "decision": "approve" }))
        .await
        .expect(409);
}

async fn a_picture_that_a_lock_sent_back_is_taken_anyway_with_a_note(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = pictures(&anna, None, &[End::Rejected]).await;
    let refused = review(&anna, &made[0], json!({ "decision": "approve" }))
        .await
        .expect(409);
    assert!(refused.text("/detail").contains("lock"));
    let body = json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    let left = anna.credits().await;
    assert_eq!(
        review(&anna, &made[0], body.clone())
            .await
            .expect(200)
            .text("/review"),
        "approved"
    );
    // It is a delivered picture now, with a file and a recipe that say so, and it is paid for.
    let detail = async || anna.get(&format!("/api/generate/{}", made[0])).await.expect(200);
    let taken = detail().await;
    assert_eq!(taken.body["reviews"][0]["anyway"], true);
    assert_eq!(
        (
            &taken.body["status"],
            &taken.body["acceptedAnyway"],
            &taken.body["reason"]
        ),
        (&json!("COMPLETED"), &json!(true), &json!(null))
    );
    let recipe = &taken.body["recipe"];
    assert_eq!(
        (&recipe["engine"], &recipe["accepted_anyway"]["by"]),
        (&json!("studio"), &json!(anna.id))
    );
    assert_eq!(recipe["accepted_anyway"]["reason"], SENT_BACK);
    let file = anna.get(&taken.text("/file/url")).await.expect(200);
    assert_eq!(file.body, json!(12345));
    assert_eq!(anna.credits().await, left - 1);
    let audit = anna.get("/api/audit").await.expect(200);
    assert_eq!(audit.text("/items/0/action"), "generation.approved_anyway");
    // Taken back, it is a rejected one and costs nothing; taken again, it costs again.
    review(&anna, &made[0], json!({ "decision": "undo" }))
        .await
        .expect(200);
    let back = detail().await;
    assert_eq!(
        (back.text("/status"), back.text("/reason")),
        ("REJECTED".to_owned(), SENT_BACK.to_owned())
    );
    assert_eq!((&back.body["file"], anna.credits().await), (&json!(null), left));
    review(&anna, &made[0], body).await.expect(200);
    assert_eq!(anna.credits().await, left - 1);
    let workspace = domain::ids::WorkspaceId(anna.workspace.clone());
    assert_eq!(app.store.balance(&workspace).await.unwrap().open_holds, 0);
}

async fn a_picture_that_was_sent_back_is_not_taken_on_credit(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 1).await;
    let anna = app.register("anna@example.com").await;
    let made = pictures(&anna, None, &[End::Rejected]).await;
    // The credit that came back is spent on another picture.
    pictures(&anna, None, &[End::Done]).await;
    let body = json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    review(&anna, &made[0], body).await.expect(402);
    let detail = anna.get(&format!("/api/generate/{}", made[0])).await.expect(200);
    assert_eq!(
        (detail.text("/status"), &detail.body["reviews"]),
        ("REJECTED".to_owned(), &json!([]))
    );
}

async fn who_decides_may_take_a_picture_anyway_and_not_order_another(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let ben = app.reviewer_of(&anna).await;
    let made = pictures(&anna, None, &[End::Rejected, End::Rejected, End::Rejected]).await;
    let key = json!({ "name": "desk", "scopes": ["review"] });
    let key = anna.post("/api/keys", &key).await.expect(201);
    let desk = app.nobody().with_token(&key.text("/key"));
    let anyway = || json!({ "decision": "approve", "anyway": true, "note": "the print is right" });
    for (caller, id) in [(&ben, &made[0]), (&desk, &made[1])] {
        let redo = json!({ "decision": "redo" });
        review(caller, id, redo).await.expect(403);
        review(caller, id, anyway()).await.expect(200);
    }
    assert_eq!(anna.credits().await, 10 - 2);
    let cap = format!("/api/billing/caps/key/{}", key.text("/id"));
    anna.put(&cap, &json!({ "credits": 1 })).await.expect(200);
    let refused = review(&desk, &made[2], anyway()).await.expect(402);
    assert_eq!(refused.text("/code"), "spend_cap");
}

async fn two_people_approve_where_the_project_asks_for_it(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let body = json!({ "name": "Careful", "secondReview": true });
    let project = anna.post("/api/projects", &body).await.expect(201).text("/id");
    let ben = app.register_member(&anna, "ben@example.com", "reviewer").await;
    let made = pictures(&anna, Some(&project), &[End::Done]).await;
    let approve = || json!({ "decision": "approve" });
    for _ in 0..2 {
        let told = review(&anna, &made[0], approve()).await.expect(200);
        assert_eq!(told.body["secondNeeded"], true);
        assert_eq!(told.body["review"], json!(null));
    }
    assert_eq!(
        review(&ben, &made[0], approve())
            .await
            .expect(200)
            .text("/review"),
        "approved"
    );
    // A rejection between starts the count anew.
    review(&anna, &made[0], json!({ "decision": "reject" }))
        .await
        .expect(200);
    assert_eq!(
        review(&ben, &made[0], approve()).await.expect(200).body["secondNeeded"],
        true
    );
    assert_eq!(
        review(&anna, &made[0], approve())
            .await
            .expect(200)
            .text("/review"),
        "approved"
    );
}

async fn many_are_decided_on_at_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let made = pictures(&anna, None, &[End::Done, End::Doubtful, End::Rejected]).await;
    let body = json!({ "ids": [made[0], made[1], made[2], "none"], "decision": "approve" });
    let told = anna.post("/api/reviews", &body).await.expect(200);
    assert_eq!(told.body["decided"].as_array().unwrap().len(), 2);
    assert_eq!(told.text("/refused/0/code"), "refused");
    assert_eq!(told.text("/refused/1/code"), "not_found");
    for body in [
        json!({ "ids": [], "decision": "approve" }),
        json!({ "ids": vec!["a"; 501], "decision": "approve" }),
        json!({ "ids": ["a"], "decision": "like" }),
    ] {
        anna.post("/api/reviews", &body).await.expect(422);
    }
}

async fn a_picture_is_done_again_in_place_of_the_old_one(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.credits_at_start = 3).await;
    let anna = app.register("anna@example.com").await;
    let ben = app.register_member(&anna, "ben@example.com", "reviewer").await;
    let made = pictures(&anna, None, &[End::Done]).await;
    let old = anna.get(&format!("/api/generate/{}", made[0])).await.expect(200);
    let redo = async |id: &str| {
        anna.post(&format!("/api/generations/{id}/redo"), &json!({}))
            .await
    };
    let new = redo(&made[0]).await.expect(202);
    assert_eq!(new.text("/replaces"), made[0]);
    assert_eq!(new.text("/status"), "PENDING");
    let detail = anna
        .get(&format!("/api/generate/{}", new.text("/id")))
        .await
        .expect(200);
    assert_ne!(detail.text("/seed"), old.text("/seed"));
    let shoot = anna
        .get(&format!("/api/shoots/{}", new.text("/shootId")))
        .await
        .expect(200);
    assert_eq!(shoot.text("/state"), "running");
    assert_eq!(shoot.body["progress"]["byStatus"], json!({ "PENDING": 1 }));
    assert_eq!(redo(&made[0]).await.expect(409).text("/code"), "refused");
    assert_eq!(redo(&new.text("/id")).await.expect(409).text("/code"), "refused");
    // What was replaced is decided on no more.
    review(&anna, &made[0], json!({ "decision": "approve" }))
        .await
        .expect(409);
    app.work(End::Done).await;
    // A review may ask for it too, by who may spend credits.
    let again = json!({ "decision": "redo", "reason": "fit" });
    review(&ben, &new.text("/id"), again.clone()).await.expect(403);
    let told = review(&anna, &new.text("/id"), again.clone()).await.expect(200);
    assert_eq!(told.text("/review"), "rejected");
    assert_eq!(anna.credits().await, 0);
    app.work(End::Done).await;
    let third = told.text("/redoneAs");
    review(&anna, &third, again).await.expect(402);
    let third = anna.get(&format!("/api/generate/{third}")).await.expect(200);
    assert_eq!(third.body["review"], json!(null));
    assert_eq!(third.body["reviews"], json!([]));
}
