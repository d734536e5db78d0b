//! Imports whose server is gone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "world/workspace.rs"]
mod workspace;

use store::{Store, imports::IMPORT_LOST_MS};
use testkit::database::TestDatabase;

use workspace::workspace;

testkit::on_both_databases! { an_import_that_no_server_works_on_is_ended }

async fn an_import_that_no_server_works_on_is_ended(database: TestDatabase) {
    let store = Store::connect(&database.url, 4, true).await.unwrap();
    let workspace = workspace(&store, "w", false).await;
    for id in ["lost", "kept", "of-before"] {
        store
            .add_import(id, &workspace, None, false, "[]", "anna", 1)
            .await
            .unwrap();
    }
    store
        .keep_imports(&["lost".to_owned(), "kept".to_owned()], 1)
        .await
        .unwrap();
    let then = 2 + IMPORT_LOST_MS;
    store.keep_imports(&["kept".to_owned()], then).await.unwrap();
    assert_eq!(store.end_lost_imports("gone", then).await.unwrap(), 1);
    let running: Vec<String> = store
        .running_imports()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(running, ["kept", "of-before"]);
    // A server of before may work for a day.
    assert_eq!(
        store.end_lost_imports("gone", 2 + 24 * 3_600_000).await.unwrap(),
        2
    );
}
