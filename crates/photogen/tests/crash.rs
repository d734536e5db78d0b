//! The service is killed in the middle of shoots, and its books must agree afterwards. `PHOTOGEN_CRASH_ROUNDS` makes it long.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use testkit::database::{Engine, TestDatabase};

/// Shoots of a short run.
const ROUNDS: &str = "2";

fn crash(database: &str, killed: &str) {
    let rounds = std::env::var("PHOTOGEN_CRASH_ROUNDS").unwrap_or_else(|_| ROUNDS.into());
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["bench", "crash", "--database", database, "--kill", killed])
        .args(["--rounds", &rounds, "--pictures", "24"])
        .output()
        .unwrap();
    // The seed stands in what is printed.
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_service_on_sqlite_is_killed_and_its_books_agree() {
    crash("sqlite", "server");
}

#[test]
fn a_server_a_worker_and_postgresql_are_killed_and_the_books_agree() {
    // Where the tests have a PostgreSQL, its programs are here too; this one starts its own.
    if TestDatabase::new(Engine::Postgres).is_some() {
        crash("postgres", "server,worker,postgres");
    }
}
