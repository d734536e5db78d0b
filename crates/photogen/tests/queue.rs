//! `photogen bench queue` takes jobs and pictures through a queue: none is lost, each ends once, and the books agree. `photogen bench
//! fairness` lets a few wait among many.
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

fn few_among_many(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("fairness.svg");
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["bench", "fairness", "--database", database, "--json"])
        .args(["--queued", "1100", "--rounds", "2", "--svg"])
        .arg(&svg)
        .output()
        .unwrap();
    // It exits with 1 where the few were delayed by five seconds.
    assert!(
        output.status.success(),
        "{} {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["delay_s"].as_f64().unwrap() < 5.0, "{told}");
    for time in ["idle_s", "busy_s", "idle_answer_s", "busy_answer_s"] {
        let (median, worst) = (&told[time]["median"], &told[time]["worst"]);
        assert!(median.is_f64() && median.as_f64() <= worst.as_f64(), "{told}");
    }
    let svg = std::fs::read_to_string(&svg).unwrap();
    // A tick for each of the nine, twice.
    assert_eq!(svg.matches("class=\"mark\"").count(), 18);
    assert_eq!(svg.matches("class=\"line\"").count(), 1);
    assert!(svg.contains("slowest on an idle queue"));
}

#[test]
fn a_few_among_many_on_sqlite_are_measured() {
    few_among_many("sqlite");
}

#[test]
fn a_few_among_many_on_postgresql_are_measured() {
    if TestDatabase::new(Engine::Postgres).is_some() {
        few_among_many("postgres");
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
