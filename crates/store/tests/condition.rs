//! What the database tells of its own condition.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{sync::Arc, time::UNIX_EPOCH};

use domain::clock::{Clock, EpochMs};
use sqlx::{AnyConnection, Connection as _};
use store::{Store, condition::Migrations};
use testkit::database::TestDatabase;

testkit::on_both_databases! {
    a_database_without_tables_lacks_every_migration_and_one_of_this_version_none,
    one_of_a_later_version_is_told_and_not_opened,
    its_clock_is_about_this_machine_s,
    who_shares_a_server_goes_by_its_clock_and_who_has_a_file_by_the_machine_s,
}

async fn a_database_without_tables_lacks_every_migration_and_one_of_this_version_none(
    database: TestDatabase,
) {
    if let Some(file) = Store::file_of(&database.url) {
        std::fs::write(file, b"").unwrap();
    }
    let empty = Store::connect(&database.url, 2, false).await.unwrap();
    let all = empty.migrations().await.unwrap();
    assert!(all.missing > 5 && all.unknown == 0, "{all:?}");
    empty.close().await;
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    assert!(store.migrations().await.unwrap().agree());
    assert_eq!(store.damage().await.unwrap(), None);
}

/// After a rollback of the program.
async fn one_of_a_later_version_is_told_and_not_opened(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    let mut later = AnyConnection::connect(&database.url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         SELECT version + 9000, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&mut later)
    .await
    .unwrap();
    later.close().await.unwrap();
    let told = store.migrations().await.unwrap();
    assert_eq!(
        told,
        Migrations {
            missing: 0,
            unknown: 1
        }
    );
    assert!(!told.agree());
    store.close().await;
    assert!(Store::connect(&database.url, 2, true).await.is_err());
}

async fn its_clock_is_about_this_machine_s(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    // A file made now says when now is.
    let made = tempfile::tempfile()
        .unwrap()
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    let here = made.duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    match store.clock().await.unwrap() {
        Some(there) => assert!((there - here).abs() < 60_000, "{there} {here}"),
        None => assert!(database.url.starts_with("sqlite:")),
    }
}

/// The clock of a machine that was never set.
struct Unset;

impl Clock for Unset {
    fn now_ms(&self) -> EpochMs {
        0
    }
}

async fn who_shares_a_server_goes_by_its_clock_and_who_has_a_file_by_the_machine_s(database: TestDatabase) {
    let store = Store::connect(&database.url, 2, true).await.unwrap();
    let shared = store.shared_clock(Arc::new(Unset)).await.unwrap();
    let here = shared.now_ms();
    match store.clock().await.unwrap() {
        Some(there) => assert!((there - here).abs() < 10_000, "{there} {here}"),
        None => assert_eq!(here, 0),
    }
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photogen.db");
    Store::open(&path).await.unwrap().close().await;
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let url = format!("sqlite:{}", path.display());
    let told = match Store::connect(&url, 2, false).await {
        Ok(store) => store.damage().await,
        Err(error) => Err(error),
    };
    assert!(!matches!(told, Ok(None)), "{told:?}");
}
