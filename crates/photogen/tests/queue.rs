//! `photogen bench queue` takes jobs and pictures through a queue: none is lost, each ends once, and the books agree.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use serde_json::Value;
use testkit::database::{Engine, TestDatabase};

fn measure(database: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["bench", "queue", "--database", database, "--json"])
        .args(["--jobs", "250", "--batch", "60", "--workers", "3"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    for rate in ["enqueue_per_s", "process_per_s", "order_per_s", "end_per_s"] {
        assert!(told[rate].as_f64().unwrap() > 0.0, "{rate}: {told}");
    }
}

#[test]
fn a_queue_on_sqlite_is_measured() {
    measure("sqlite");
}

#[test]
fn a_queue_on_postgresql_is_measured() {
    // Where the tests have a PostgreSQL, its programs are here too; this one starts its own.
    if TestDatabase::new(Engine::Postgres).is_some() {
        measure("postgres");
    }
}
