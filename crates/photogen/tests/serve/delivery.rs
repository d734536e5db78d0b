//! What is approved goes out: by the API to where the operator says, and from the command line beside the running service.

use std::{fs, path::Path, process::Output, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::database::{Engine, TestDatabase};

use crate::service::{Person, Service, shirt};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_goes_out_on_sqlite() {
    goes_out(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_goes_out_on_postgres() {
    goes_out(Engine::Postgres).await;
}

async fn goes_out(engine: Engine) {
    let Some(database) = TestDatabase::new(engine) else {
        return;
    };
    let shop = tempfile::tempdir().unwrap();
    let address = shop.path().join("{workspace}").display().to_string();
    let targets = format!("[[target]]\nname = \"shop\"\naddress = \"{address}\"\n");
    let Some(service) = Service::with(&database, engine, &[("EXPORT_TARGETS", &targets)]) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let (shoot, pictures) = shot(&anna).await;
    let first = pictures[0]["id"].as_str().unwrap();
    let approved = anna
        .post(
            &format!("/api/generations/{first}/review"),
            &json!({ "decision": "approve" }),
        )
        .await;
    assert_eq!(approved.0, 200);
    let order = json!({ "profiles": ["amazon", "web"], "shootId": shoot, "deliverTo": "shop" });
    let export = exported(&anna, &order).await;
    assert_eq!(
        export["delivery"],
        json!({ "target": "shop", "deliverAs": "files", "files": 5, "delivered": 5 }),
        "{export}"
    );
    let (_, me) = anna.get("/api/auth/profile").await;
    let there = shop.path().join(me["workspaceId"].as_str().unwrap());
    assert_eq!(delivered(&there), 2);

    // The same from the command line: the same archive, to the byte.
    let out = tempfile::tempdir().unwrap();
    let zip = out.path().join("a.zip");
    let run = |more: &[&str]| {
        let words = [&["export", "--profile", "amazon,web", "--json"], more].concat();
        service.beside(&words).output().unwrap()
    };
    let packed = run(&["--shoot", &shoot, "-o", zip.to_str().unwrap()]);
    assert_eq!(said(&packed)["files"], 2, "{packed:?}");
    let sha256 = hex::encode(Sha256::digest(fs::read(&zip).unwrap()));
    assert_eq!(export["sha256"], json!(sha256));
    let chosen = pictures[1]["id"].as_str().unwrap();
    let folder = out.path().join("shop");
    let to = folder.to_str().unwrap();
    let put = run(&["--shoot", &shoot, "--picture", chosen, "--to", to]);
    assert_eq!(said(&put)["delivered"], 5, "{put:?}");
    assert_eq!(delivered(&folder), 2);
    for (words, why) in [
        (&["--shoot", "none", "--to", to][..], "there is no shoot `none`"),
        (
            &["--shoot", &shoot, "--picture", "none", "--to", to],
            "`none` is no finished picture",
        ),
    ] {
        let refused = run(words);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains(why), "{told}");
    }
    service.end_gently();
}

/// A shoot of two products, and its pictures.
async fn shot(anna: &Person) -> (String, Vec<Value>) {
    let mut products = Vec::new();
    for sku in ["A", "B"] {
        products.push(anna.product(sku, &shirt()).await);
    }
    let order = json!({ "productIds": products, "poses": ["FRONT"], "resolution": "RES_1000" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    let shoot = ordered["shootId"].as_str().unwrap().to_owned();
    anna.events_until(&shoot, "shoot.done").await;
    let (_, pictures) = anna.get(&format!("/api/generate?shootId={shoot}")).await;
    (shoot, pictures["items"].as_array().unwrap().clone())
}

async fn exported(anna: &Person, order: &Value) -> Value {
    let (status, ordered) = anna.post("/api/exports", order).await;
    assert_eq!(status, 202, "{ordered}");
    let path = format!("/api/exports/{}", ordered["id"].as_str().unwrap());
    loop {
        let (_, export) = anna.get(&path).await;
        match export["state"].as_str().unwrap() {
            "done" => return export,
            "waiting" | "running" => tokio::time::sleep(Duration::from_millis(100)).await,
            other => panic!("{other}: {export}"),
        }
    }
}

/// How many files the manifest there tells of; each is there as it tells.
fn delivered(there: &Path) -> usize {
    let manifest: Value = serde_json::from_slice(&fs::read(there.join("manifest.json")).unwrap()).unwrap();
    let files = manifest["files"].as_array().unwrap();
    for file in files {
        let bytes = fs::read(there.join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(file["sha256"], json!(hex::encode(Sha256::digest(bytes))));
    }
    files.len()
}

fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}
