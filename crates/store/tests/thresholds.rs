//! Thresholds: versions, scopes, and what holds now.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "world/workspace.rs"]
mod workspace;

use domain::{ids::WorkspaceId, threshold::Threshold};
use store::{Store, thresholds::Scope};
use testkit::database::TestDatabase;

use workspace::workspace;

testkit::on_both_databases! {
    the_last_version_counts_and_every_version_is_kept,
    a_project_s_threshold_comes_before_its_workspace_s,
}

async fn store(database: &TestDatabase) -> (Store, WorkspaceId, WorkspaceId) {
    let store = Store::connect(&database.url, 4, true).await.unwrap();
    let one = workspace(&store, "one", false).await;
    let other = workspace(&store, "other", false).await;
    (store, one, other)
}

fn at(value: &str) -> Threshold {
    value.parse().unwrap()
}

async fn the_last_version_counts_and_every_version_is_kept(database: TestDatabase) {
    let (store, one, other) = store(&database).await;
    let scope = Scope::workspace(&one);
    assert!(store.thresholds(scope).await.unwrap().is_empty());
    for (number, value) in [Some(at("0.7")), Some(at("0.9")), None, Some(at("0.8"))]
        .into_iter()
        .enumerate()
    {
        let version = store.set_threshold(scope, "product", value, 5).await.unwrap();
        assert_eq!(version, number as i64 + 1);
        let held = store.thresholds(scope).await.unwrap();
        assert_eq!(held.get("product").copied(), value);
    }
    let versions = store.threshold_versions(scope).await.unwrap();
    let values: Vec<_> = versions.iter().map(|version| version.value).collect();
    assert_eq!(values, [Some(at("0.7")), Some(at("0.9")), None, Some(at("0.8"))]);
    assert!(
        store
            .thresholds(Scope::workspace(&other))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn a_project_s_threshold_comes_before_its_workspace_s(database: TestDatabase) {
    let (store, one, _) = store(&database).await;
    let whole = Scope::workspace(&one);
    let project = Scope {
        project: Some("summer"),
        ..whole
    };
    store
        .set_threshold(whole, "product", Some(at("0.7")), 1)
        .await
        .unwrap();
    store
        .set_threshold(whole, "identity", Some(at("0.6")), 1)
        .await
        .unwrap();
    store
        .set_threshold(project, "product", Some(at("0.9")), 2)
        .await
        .unwrap();
    let held = store.thresholds(project).await.unwrap();
    assert_eq!(
        (held.get("product").copied(), held.get("identity").copied()),
        (Some(at("0.9")), Some(at("0.6")))
    );
    assert_eq!(
        store.thresholds(whole).await.unwrap().get("product").copied(),
        Some(at("0.7"))
    );
    store.set_threshold(project, "product", None, 3).await.unwrap();
    assert_eq!(
        store.thresholds(project).await.unwrap().get("product").copied(),
        Some(at("0.7"))
    );
}
