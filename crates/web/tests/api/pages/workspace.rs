//! A page that was left open while another tab changed the workspace.

use testkit::database::TestDatabase;

use super::{action, filled, paths};
use crate::{app::TestApp, browser::Browser};

testkit::on_both_databases! {
    every_form_of_a_page_names_its_workspace,
    a_form_is_sent_to_the_workspace_of_its_page_or_not_at_all,
}

async fn every_form_of_a_page_names_its_workspace(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let ids = filled(&app, "anna@example.com").await;
    let of_persons = ["/workspace", "/look", "/logout"].map(|path| format!("action=\"{path}\""));
    let mut named = 0;
    for path in paths(&ids) {
        let page = anna.page(&path).await;
        for form in page.split("<form ").skip(1) {
            let form = form.split('>').next().unwrap_or_default();
            if !form.contains("method=\"post\"") || of_persons.iter().any(|action| form.contains(action)) {
                continue;
            }
            assert!(form.contains("workspace="), "{path}: {form}");
            named += 1;
        }
    }
    assert!(named > 20, "only {named} forms");
}

async fn enter(ben: &Browser<'_>, workspace: &str) {
    let seen = ben.send("POST", "/workspace", &[("workspace", workspace)]).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
}

async fn a_form_is_sent_to_the_workspace_of_its_page_or_not_at_all(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let own = app
        .register_member(&anna.client, "ben@example.com", "editor")
        .await
        .workspace;
    let ben = Browser::sign_in(&app, "ben@example.com").await;
    enter(&ben, &own).await;
    let plain = "application/x-www-form-urlencoded";
    let file = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"products.csv\"\r\n\r\nsku,name\nA2,Tee\n\r\n--edge--\r\n";
    let mut forms = Vec::new();
    for (page, kind, body) in [
        ("/products", plain, "sku=COAT-77&name=Tee"),
        ("/settings/retention", plain, "rejected=30&biometric="),
        ("/imports", "multipart/form-data; boundary=edge", file),
    ] {
        let action = action(&ben.page(page).await, &format!("{page}?"));
        forms.push((action, kind, body.to_owned()));
    }
    let rows = async || {
        let paths = ["/api/products", "/api/workspace/retention", "/api/imports"];
        let mut rows = Vec::new();
        for path in paths {
            rows.push(anna.get(path).await.expect(200).body);
        }
        rows
    };
    let before = rows().await;

    enter(&ben, &anna.workspace).await;
    for (action, kind, body) in &forms {
        let seen = ben.ask("POST", action, kind, body.clone()).await;
        assert_eq!(seen.status, 409, "{action}: {}", seen.text);
        assert!(
            seen.text.contains("Nothing was saved. Change back to ")
                && seen
                    .text
                    .contains(&format!("name=\"workspace\" value=\"{own}\">Change back to ")),
            "{}",
            seen.text
        );
    }
    let upload = format!("/api/uploads?name=products.csv&workspace={own}");
    let seen = ben.ask("POST", &upload, "text/csv", "sku\nA3\n".to_owned()).await;
    assert_eq!(seen.status, 409, "{}", seen.text);
    assert_eq!(rows().await, before);

    enter(&ben, &own).await;
    assert!(!ben.page("/products").await.contains("COAT-77"));
    for (action, kind, body) in forms {
        let seen = ben.ask("POST", &action, kind, body).await;
        assert_eq!(seen.status, 303, "{action}: {}", seen.text);
    }
    assert!(ben.page("/products").await.contains("COAT-77"));
    assert_eq!(rows().await, before);
}
