//! Imports that take their time: whole, taken up by another process, cancelled.

use std::fmt::Write as _;

use serde_json::json;
use testkit::database::TestDatabase;

use super::{counted, ended, gone, import, rows};
use crate::app::TestApp;

testkit::on_both_databases! {
    five_thousand_rows,
    an_import_goes_on_after_a_restart,
    an_import_is_cancelled,
}

/// 5,000 rows, one of them with a fault.
fn large_table() -> Vec<u8> {
    let mut table = "sku,name,colour\n".to_owned();
    for number in 0..5000 {
        let _ = writeln!(table, "SKU-{number:05},Product {number},blue");
    }
    table.push_str("SKU-00007,Product 7,green\n");
    table.into_bytes()
}

async fn five_thousand_rows(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let done = import(&anna, "", &[("list.csv", &large_table())]).await;
    assert_eq!(
        (&done["state"], &done["total"]),
        (&json!("done"), &json!(5001)),
        "{done}"
    );
    assert_eq!(
        (&done["counts"]["created"], &done["counts"]["duplicate"]),
        (&json!(5000), &json!(1))
    );
    let found = anna.get("/api/products?q=SKU-04999").await.expect(200);
    assert_eq!(found.text("/items/0/name"), "Product 4999");
}

async fn an_import_goes_on_after_a_restart(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let (token, workspace) = (
        anna.token.clone().unwrap(),
        domain::ids::WorkspaceId(anna.workspace.clone()),
    );
    // As a process leaves it that was killed after the files had arrived.
    let id = app.ids.next();
    let folder = app.scratch.path().join("imports").join(&id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0"), large_table()).unwrap();
    let source = json!([{ "name": "list.csv", "place": { "file": "0" } }]).to_string();
    let import = app
        .store
        .add_import(&id, &workspace, None, false, &source, "anna", 0)
        .await
        .unwrap();
    // Some of it was done by then: what is written is not written again.
    let item = store::imports::Item {
        product: None,
        rows: vec![store::imports::NewRow::default()],
    };
    assert_eq!(
        app.store
            .write_import(&app.ids, &import, 0, std::slice::from_ref(&item), 0)
            .await
            .unwrap(),
        Some(1)
    );
    assert_eq!(
        app.store
            .write_import(&app.ids, &import, 0, &[item], 0)
            .await
            .unwrap(),
        None
    );
    // Another lost its files.
    let lost = app.ids.next();
    app.store
        .add_import(&lost, &workspace, None, false, "[]", "anna", 0)
        .await
        .unwrap();
    app.restart();
    web::take_up(&app.app).await.unwrap();
    let anna = app.nobody().with_token(&token);
    let done = ended(&anna, &id).await;
    assert_eq!(
        (&done["state"], &done["done"]),
        (&json!("done"), &json!(5001)),
        "{done}"
    );
    assert_eq!(rows(&anna, &done).await.len(), 5001);
    gone(&app, &id).await;
    if !app.store.is_shared() {
        assert_eq!(ended(&anna, &lost).await["state"], "failed");
    }
}

async fn an_import_is_cancelled(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let sent = anna
        .form("/api/products/import", &[("list.csv", &large_table())])
        .await
        .expect(202);
    let cancel = format!("/api/imports/{}/cancellation", sent.text("/importId"));
    anna.post(&cancel, &json!({})).await.expect(200);
    anna.post(&cancel, &json!({})).await.expect(409);
    let import = ended(&anna, &sent.text("/importId")).await;
    assert_eq!(import["state"], "cancelled");
    assert_eq!(
        Some(counted(&import)),
        import["done"].as_i64(),
        "what was done is in the report"
    );
}
