//! `photogen backup` of a service that runs, and `photogen restore` of what it wrote.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::service::{self, Service};

fn photogen(command: &str, folder: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_photogen"))
        .arg(command)
        .arg(folder)
        .args(more)
        .env_remove("DATABASE_URL")
        .env_remove("STORAGE_URL")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    format!("{out}{err}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_service_is_a_service_again() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let product = anna.product("TEE1", &service::shirt()).await;
    let data = service.folder().to_str().unwrap().to_owned();
    let aside = tempfile::tempdir().unwrap();
    let to = aside.path().join("backup");
    let made = photogen("backup", &to, &["--data", &data]);
    assert!(made.status.success(), "{}", said(&made));

    let sums = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(&to)
        .status();
    assert!(sums.unwrap().success(), "the list is for sha256sum too");

    // What came later is in the next one, which copies nothing twice.
    anna.product("TEE2", &service::shirt()).await;
    let again = photogen("backup", &to, &["--data", &data]);
    assert!(
        said(&again).contains("(0 files, 0.0 MB new; 0 gone)"),
        "{}",
        said(&again)
    );

    let restored = tempfile::tempdir().unwrap();
    let brought = photogen("restore", &to, &["--data", restored.path().to_str().unwrap()]);
    assert!(brought.status.success(), "{}", said(&brought));
    let twin = Service::start_in(restored, None, &[]).unwrap();
    let anna_there = anna.at(&twin);
    let (status, products) = anna_there.get("/api/products").await;
    assert_eq!(status, 200, "who signed in before is signed in: {products}");
    let skus: Vec<&Value> = products["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["sku"])
        .collect();
    assert_eq!(skus.len(), 2, "{products}");
    let (_, found) = anna_there.get(&format!("/api/products/{product}")).await;
    let url = found["photos"][0]["file"]["url"]
        .as_str()
        .or_else(|| found["photos"][0]["url"].as_str());
    let (status, bytes) = anna_there
        .bytes(url.unwrap_or_else(|| panic!("no photo: {found}")))
        .await;
    assert_eq!((status, bytes), (200, service::shirt()));
    let body = json!({ "email": "anna@example.com", "password": "a long password" });
    assert_eq!(twin.nobody().post("/api/auth/login", &body).await.0, 200);
    service.end_gently();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_unfinished_backup_is_not_restored() {
    let Some(service) = Service::on_sqlite(&[]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    anna.product("TEE1", &service::shirt()).await;
    let data = service.folder().to_str().unwrap().to_owned();
    let aside = tempfile::tempdir().unwrap();
    let to = aside.path().join("backup");
    let inside = photogen("backup", &service.folder().join("backup"), &["--data", &data]);
    assert!(
        said(&inside).contains("name a folder elsewhere"),
        "{}",
        said(&inside)
    );
    assert!(photogen("backup", &to, &["--data", &data]).status.success());

    let full = photogen("restore", &to, &["--data", &data]);
    assert!(said(&full).contains("is not empty"), "{}", said(&full));
    assert!(photogen("restore", &to, &["--check"]).status.success());

    let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
    let photo = sums
        .lines()
        .find_map(|line| line.split_once("  files/"))
        .unwrap()
        .1;
    let photo = to.join("files").join(photo);
    let good = fs::read(&photo).unwrap();
    let mut bad = good.clone();
    bad[100] ^= 1;
    fs::write(&photo, &bad).unwrap();
    let empty = aside.path().join("empty");
    let into = ["--data", empty.to_str().unwrap()];
    let refused = photogen("restore", &to, &into);
    assert!(
        said(&refused).contains("the backup is damaged"),
        "{}",
        said(&refused)
    );
    assert!(!empty.exists(), "nothing is half restored");

    fs::write(&photo, &good).unwrap();
    fs::write(to.join("SHA256SUMS"), sums.replace("  files/", "  ../files/")).unwrap();
    assert!(said(&photogen("restore", &to, &into)).contains("none of ours"));
    fs::remove_file(to.join("SHA256SUMS")).unwrap();
    let unfinished = photogen("restore", &to, &into);
    assert!(
        said(&unfinished).contains("is no whole backup"),
        "{}",
        said(&unfinished)
    );
}
