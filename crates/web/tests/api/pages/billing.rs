//! The page of credits, and the operator's of what is sold.

use testkit::database::TestDatabase;

use crate::{app::TestApp, browser::Browser};

testkit::on_both_databases! { credits_are_ordered_by_hand_and_packages_changed }

async fn credits_are_ordered_by_hand_and_packages_changed(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    app.register_admin("anna@example.com").await;
    let anna = Browser::sign_in(&app, "anna@example.com").await;
    let page = anna.page("/billing").await;
    assert!(
        page.contains("9.99 USD") && page.contains("10 credits are left"),
        "{page}"
    );
    let bought = anna
        .send("POST", "/billing/checkout", &[("package", "pro")])
        .await;
    assert!(
        bought.location.starts_with("/billing?purchase="),
        "{}",
        bought.location
    );
    let page = anna.page(&bought.location).await;
    assert!(page.contains("You get an invoice"), "{page}");
    let id = bought
        .location
        .trim_start_matches("/billing?purchase=")
        .trim_end_matches("&go");
    assert!(anna.page("/admin/purchases").await.contains(id));
    let settled = anna.send("POST", &format!("/admin/purchases/{id}"), &[]).await;
    assert_eq!(settled.location, "/admin/purchases?done=saved");
    assert!(
        anna.page(&bought.location)
            .await
            .contains("The credits are there")
    );
    let wrong = [
        ("id0", "x"),
        ("name0", "X"),
        ("credits0", "0"),
        ("price0", "100"),
        ("currency0", "usd"),
    ];
    let refused = anna.send("POST", "/admin/purchases", &wrong).await;
    assert_eq!(refused.status, 422);
    let told = refused.text.matches("needs 1 to 10,000,000 credits").count();
    assert_eq!(told, 1, "{}", refused.text);
    let right = [
        ("id0", "big"),
        ("name0", "Big"),
        ("credits0", "9"),
        ("price0", "100"),
        ("currency0", "EUR"),
    ];
    assert_eq!(anna.send("POST", "/admin/purchases", &right).await.status, 303);
    let page = anna.page("/billing").await;
    assert!(page.contains("1.00 EUR") && !page.contains("Starter"), "{page}");
    assert_eq!(
        anna.send("POST", "/billing/checkout", &[("package", "pro")])
            .await
            .status,
        422
    );
}
