//! `photogen doctor` on what a service stands on.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use store::Store;

/// What it says of a data folder: the states by what was looked at, its words on both ways out, and whether it found nothing broken.
fn doctor(data: &Path, settings: &[(&str, &str)]) -> (BTreeMap<String, String>, String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["doctor", "--json", "--data"])
        .arg(data)
        .env_clear()
        .env("PHOTOGEN_HOME", data.join("home"))
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let states = lines
        .map(|line| [&line["what"], &line["state"]].map(|value| value.as_str().unwrap().to_owned()))
        .map(|[what, state]| (what, state))
        .collect();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    (states, text, output.status.success())
}

#[tokio::test]
async fn each_thing_that_a_service_stands_on_is_looked_at() {
    let data = tempfile::tempdir().unwrap();
    let (states, told, well) = doctor(data.path(), &[]);
    assert!(well, "{told}");
    for what in ["database", "files"] {
        assert_eq!(states[what], "absent", "{told}");
    }

    let rows = data.path().join("photogen.db");
    Store::open(&rows).await.unwrap().close().await;
    fs::create_dir(data.path().join("files")).unwrap();
    let (states, told, well) = doctor(data.path(), &[]);
    assert!(well, "{told}");
    for what in ["settings", "database", "credits", "clock", "files", "disk"] {
        assert_eq!(states[what], "good", "{told}");
    }

    let (states, told, well) = doctor(data.path(), &[("STRIPE_SECERT_KEY", "sk_test_1")]);
    assert!(
        !well && states["settings"] == "broken" && told.contains("STRIPE_SECRET_KEY"),
        "{told}"
    );
    let (states, told, well) = doctor(
        data.path(),
        &[("DATABASE_URL", "postgres://me:hidden@127.0.0.1:9/x")],
    );
    assert!(
        !well && states["database"] == "broken" && !told.contains("hidden"),
        "{told}"
    );

    // Written a day from now: the clock went back.
    let file = fs::File::options().write(true).open(&rows).unwrap();
    let tomorrow = file.metadata().unwrap().modified().unwrap() + std::time::Duration::from_hours(24);
    file.set_modified(tomorrow).unwrap();
    let (states, told, well) = doctor(data.path(), &[]);
    assert!(
        !well && states["clock"] == "broken" && told.contains("went back"),
        "{told}"
    );

    fs::write(&rows, b"no database").unwrap();
    let (states, told, well) = doctor(data.path(), &[]);
    assert!(!well && states["database"] == "broken", "{told}");
}

#[tokio::test]
async fn nothing_is_made_and_nothing_is_left_behind() {
    let data = tempfile::tempdir().unwrap();
    let rows = data.path().join("photogen.db");
    let elsewhere = data.path().join("elsewhere.db");
    let address = format!("sqlite:{}", elsewhere.display());
    let (states, told, _) = doctor(data.path(), &[("DATABASE_URL", address.as_str())]);
    assert_eq!(states["database"], "absent", "{told}");
    doctor(data.path(), &[]);
    assert_eq!(walk(data.path()), Vec::<PathBuf>::new());

    Store::open(&rows).await.unwrap().close().await;
    doctor(data.path(), &[]);
    assert_eq!(walk(data.path()), std::slice::from_ref(&rows));

    let files = data.path().join("files");
    fs::create_dir(&files).unwrap();
    let (states, told, _) = doctor(data.path(), &[]);
    assert_eq!(states["files"], "good", "{told}");
    assert_eq!(walk(data.path()), [files, rows]);
}

#[test]
fn what_is_missing_is_told_once() {
    let data = tempfile::tempdir().unwrap();
    let (states, told, well) = doctor(data.path(), &[("STRIPE_SECRET_KEY", "sk_test_1")]);
    assert!(!well && states["payments"] == "broken", "{told}");
    assert_eq!(
        told.matches("STRIPE_WEBHOOK_SECRET is not set").count(),
        1,
        "{told}"
    );
}

#[tokio::test]
async fn the_clock_is_held_against_the_file_that_the_address_names() {
    let data = tempfile::tempdir().unwrap();
    let rows = data.path().join("elsewhere.db");
    let address = format!("sqlite:{}", rows.display());
    Store::open(&rows).await.unwrap().close().await;
    let (states, told, well) = doctor(data.path(), &[("DATABASE_URL", address.as_str())]);
    assert!(well && states["clock"] == "good", "{told}");
}

/// The names of all settings, as the program lists them.
fn names() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["settings", "--env"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix('#')?.strip_suffix('='))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn a_setting_that_is_empty_is_not_set() {
    let names = names();
    assert!(names.len() > 50, "{names:?}");
    let data = tempfile::tempdir().unwrap();
    let (without, told, well) = doctor(data.path(), &[]);
    assert!(well, "{told}");
    for value in ["", " "] {
        let empty: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), value)).collect();
        let (states, told, well) = doctor(data.path(), &empty);
        assert!(well, "{told}");
        assert_eq!(states, without, "{told}");
    }
}

#[test]
fn a_setting_that_is_wrong_is_named() {
    let data = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("PHOTOGEN_ADDR", "here"),
        ("PUBLIC_URL", "studio"),
        ("DATABASE_CONNECTIONS", "many"),
        ("DATABASE_CONNECTIONS", "0"),
        ("MEMORY_MB", "64"),
        ("LOG_LEVEL", "loud"),
        ("RATE_LIMIT_PER_MINUTE", "some"),
        ("SIGN_IN_LIMIT_PER_MINUTE", "some"),
        ("REGISTRATION", "shut"),
        ("TRUSTED_PROXIES", "10.0.0.7,proxy"),
        ("WEBHOOKS_TO_PRIVATE_NETWORKS", "perhaps"),
        ("CREDITS_AT_START", "none"),
        ("EXPORT_TARGETS", "a folder"),
        ("EXPORT_KEEP_DAYS", "0"),
        ("JWT_SECRET", "short"),
        ("JWT_SECRET_PREVIOUS", "short"),
        ("STRIPE_SECRET_KEY", "pk_live_1"),
        ("STRIPE_BASE_URL", "stripe"),
        ("OPENAI_BASE_URL", "ftp://openai"),
        ("GENERATION_MAX_RETRIES", "11"),
        ("GENERATION_MAX_RETRIES", "many"),
        ("FACE_SIMILARITY_THRESHOLD", "2"),
        ("INSIGHTFACE_URL", "faces"),
    ] {
        let (_, told, well) = doctor(data.path(), &[(name, value)]);
        assert!(!well && told.contains(name), "{name}: {told}");
    }
}

/// The port is held: a service that took the setting would say so.
#[test]
fn what_is_read_in_the_midst_of_work_is_checked_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    for (name, value) in [
        ("DATABASE_CONNECTIONS", "0"),
        ("EXPORT_KEEP_DAYS", "0"),
        ("JWT_SECRET_PREVIOUS", "short"),
        ("FACE_SIMILARITY_THRESHOLD", "2"),
        ("INSIGHTFACE_URL", "faces"),
        ("OPENAI_BASE_URL", "ftp://openai"),
        ("GENERATION_MAX_RETRIES", "11"),
    ] {
        let output = photogen(data.path(), &["serve", "--addr", &address], (name, value));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {told}");
        assert!(told.contains(name), "{name}: {told}");
    }
    assert_eq!(walk(data.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_setting_in_a_file_that_cannot_be_read_stops_the_start() {
    let data = tempfile::tempdir().unwrap();
    let missing = data.path().join("secret");
    let missing = missing.to_str().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    for name in ["DATABASE_URL_FILE", "JWT_SECRET_FILE", "OPENAI_API_KEY_FILE"] {
        let says = format!("{name}: cannot read {missing}: ");
        let (states, told, well) = doctor(data.path(), &[(name, missing)]);
        assert!(
            !well && states["settings"] == "broken" && told.contains(&says),
            "{told}"
        );
        let output = photogen(data.path(), &["serve", "--addr", &address], (name, missing));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.starts_with(&format!("error: {says}")) && told.lines().count() == 1,
            "{told}"
        );
    }
    let output = photogen(data.path(), &["migrate"], ("DATABASE_URL_FILE", missing));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(walk(data.path()), Vec::<PathBuf>::new(), "it began anew");
}

/// Another command on a data folder, with one setting.
fn photogen(data: &Path, words: &[&str], (name, value): (&str, &str)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
    command.args(words).arg("--data").arg(data);
    command
        .env_clear()
        .env("PHOTOGEN_HOME", data.join("home"))
        .env(name, value)
        .output()
        .unwrap()
}

/// Every file and folder, in order.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
