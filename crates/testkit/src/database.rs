//! A database for one test: a SQLite file of its own, or a fresh database in the PostgreSQL of `bin/postgres start`.

use std::{
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::found::say_once;

/// Where the tests' PostgreSQL is: what `bin/postgres start` prints.
pub const POSTGRES_VARIABLE: &str = "PHOTOGEN_TEST_POSTGRES";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// An empty database that goes with its test.
#[derive(Debug)]
pub struct TestDatabase {
    /// Its address.
    pub url: String,
    /// What it is.
    pub engine: Engine,
    _folder: tempfile::TempDir,
}

impl TestDatabase {
    /// An empty database. `None`, said so, where there is no PostgreSQL.
    ///
    /// # Panics
    /// When the database cannot be made.
    pub fn new(engine: Engine) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("state.db").display()),
            Engine::Postgres => fresh_postgres()?,
        };
        Some(Self {
            url,
            engine,
            _folder: folder,
        })
    }
}

fn fresh_postgres() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let Ok(server) = std::env::var(POSTGRES_VARIABLE) else {
        say_once(&format!(
            "no PostgreSQL (export {POSTGRES_VARIABLE}=$(bin/postgres start))"
        ));
        return None;
    };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    let sql = format!("DROP DATABASE IF EXISTS {name}");
    let create = format!("CREATE DATABASE {name} STRATEGY file_copy");
    let made = Command::new("psql")
        .args(["-q", "-d", &server, "-c", &sql, "-c", &create])
        .output()
        .expect("psql, PostgreSQL's client, runs");
    assert!(
        made.status.success(),
        "a database for the test: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    let (address, _) = server.rsplit_once('/').expect("an address ends with a database");
    Some(format!("{address}/{name}"))
}

/// Runs each of these async tests, which take a [`TestDatabase`], on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(database) = $crate::database::TestDatabase::new($crate::database::Engine::Sqlite) {
                    super::$test(database).await;
                }
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(database) = $crate::database::TestDatabase::new($crate::database::Engine::Postgres) {
                    super::$test(database).await;
                }
            })+
        }
    };
}
