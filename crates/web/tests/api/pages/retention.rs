//! The page of retention.

use testkit::database::TestDatabase;

use super::filled;
use crate::{app::TestApp, browser::Browser};

testkit::on_both_databases! { retention_is_counted_set_and_told_of }

async fn retention_is_counted_set_and_told_of(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let email = "anna@example.com";
    let anna = Browser::register(&app, email).await;
    let [.., shoot, picture] = filled(&app, email).await;
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "reject")]).await;
    app.pass_ms(8 * 24 * 3_600_000);
    let form = [("email", email), ("password", "a long password")];
    let cookie = anna.send("POST", "/login", &form).await.cookie;
    let anna = Browser { app: &app, cookie };

    // Nothing goes before it is set; what would go is counted.
    let page = anna.page("/settings/retention").await;
    assert!(page.contains("placeholder=\"for ever\""), "{page}");
    let page = anna
        .page("/settings/retention?candidates=7&rejected=7&biometric=")
        .await;
    assert!(page.contains("The files of 1 picture would go now."), "{page}");
    assert!(page.contains("name=\"rejected\" type=\"number\" min=\"1\" max=\"3650\""));
    let page = anna.page("/settings/retention?rejected=9").await;
    assert!(!page.contains("of 1 picture"), "{page}");

    for wrong in ["0", "-1", "99999", "banana"] {
        let seen = anna
            .send("POST", "/settings/retention", &[("rejected", wrong)])
            .await;
        assert_eq!(seen.status, 422, "{wrong}");
        assert!(
            seen.text.contains(&format!("value=\"{wrong}\"")) && seen.text.contains("from 1 to 3650"),
            "{}",
            seen.text
        );
    }
    let seen = anna
        .send(
            "POST",
            "/settings/retention",
            &[("rejected", "7"), ("biometric", "")],
        )
        .await;
    assert_eq!(
        seen.location, "/settings/retention?done=retention",
        "{}",
        seen.text
    );
    let page = anna.page(&seen.location).await;
    assert!(page.contains("value=\"7\"") && page.contains("What is older goes within the hour"));

    web::upkeep::once(&app.app).await.unwrap();
    let page = anna.page(&format!("/shoots/{shoot}")).await;
    assert!(
        page.contains("data-state=\"removed\"") && page.contains("file removed"),
        "{page}"
    );
    assert!(
        !anna
            .page(&format!("/review/{shoot}?show=all"))
            .await
            .contains(&picture)
    );
    let page = anna.page(&review).await;
    assert!(
        page.contains("only for some time") && !page.contains("/full?"),
        "{page}"
    );
    let seen = anna.send("GET", &format!("/pictures/{picture}/thumb"), &[]).await;
    assert_eq!(seen.status, 404);
    let seen = anna.send("POST", &review, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422, "{}", seen.text);
    assert!(seen.text.contains("nothing to approve"), "{}", seen.text);
}
