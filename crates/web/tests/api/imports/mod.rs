//! Tables, archives and photos in one call.

mod archives;
mod large;
mod tables;

use std::{
    io::{Cursor, Write as _},
    time::Duration,
};

use serde_json::{Value, json};
use testkit::database::TestDatabase;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::app::{Client, TestApp};

testkit::on_both_databases! {
    a_table_and_an_archive_become_products,
    a_dry_run_says_the_same_and_writes_nothing,
    every_row_and_file_is_reported,
    an_import_is_nobody_elses,
}

/// A ZIP archive of files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Sends an import and waits for its end.
async fn import(client: &Client<'_>, query: &str, files: &[(&str, &[u8])]) -> Value {
    let sent = client
        .form(&format!("/api/products/import?{query}"), files)
        .await
        .expect(202);
    ended(client, &sent.text("/importId")).await
}

pub async fn ended(client: &Client<'_>, id: &str) -> Value {
    for _ in 0..3000 {
        let import = client.get(&format!("/api/imports/{id}")).await.expect(200).body;
        if import["state"] != "running" {
            return import;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the import {id} does not end");
}

/// The files of an import go soon after its end.
async fn gone(app: &TestApp, import: &str) {
    let folder = app.scratch.path().join("imports").join(import);
    for _ in 0..500 {
        if !folder.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the files of {import} stay");
}

/// `sku file:line view outcome`, one line each.
pub async fn report(client: &Client<'_>, import: &Value) -> Vec<String> {
    let rows = rows(client, import).await;
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    rows.iter()
        .map(|row| {
            let line = row["line"]
                .as_i64()
                .map(|line| format!(":{line}"))
                .unwrap_or_default();
            let file = text(row, "file");
            format!(
                "{} {file}{line} {} {}",
                text(row, "sku"),
                text(row, "view"),
                text(row, "outcome")
            )
        })
        .collect()
}

async fn rows(client: &Client<'_>, import: &Value) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "/api/imports/{}/rows?limit=200{cursor}",
            import["id"].as_str().unwrap()
        );
        let page = client.get(&path).await.expect(200).body;
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// How many rows and files an import counted, whatever became of them.
fn counted(import: &Value) -> i64 {
    let counts = import["counts"].as_object().unwrap().values();
    counts.map(|count| count.as_i64().unwrap()).sum()
}

pub async fn skus(client: &Client<'_>) -> Vec<String> {
    let page = client.get("/api/products?limit=200").await.expect(200).body;
    let items = page["items"].as_array().unwrap();
    let mut skus: Vec<String> = items
        .iter()
        .map(|one| one["sku"].as_str().unwrap().to_owned())
        .collect();
    skus.sort();
    skus
}

const TABLE: &[u8] =
    b"sku;name;category;colour;file\nTS-1;Shirt;T-Shirts;blue;\nTS-2;Coat;coat;grey;IMG_7.jpg\n";

fn photos() -> Vec<u8> {
    zip(&[
        ("photos/ts-1_front.jpg", b"one front"),
        ("photos/TS-1_back.jpg", b"one back"),
        ("photos/IMG_7.jpg", b"two front"),
        ("photos/TS-3.jpg", b"three front"),
        ("__MACOSX/photos/._TS-3.jpg", b"bad"),
    ])
}

async fn a_table_and_an_archive_become_products(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let project = anna.project("Spring").await;
    let query = format!("project_id={project}");
    let files: &[(&str, &[u8])] = &[("table.csv", TABLE), ("photos.zip", &photos())];
    let done = import(&anna, &query, files).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(
        (&done["total"], &done["done"], &done["problems"]),
        (&json!(6), &json!(6), &json!(0))
    );
    assert_eq!(done["counts"]["created"], 6);
    assert_eq!(
        report(&anna, &done).await,
        [
            "TS-1 table.csv:2 - created",
            "TS-1 photos/ts-1_front.jpg front created",
            "TS-1 photos/TS-1_back.jpg back created",
            "TS-2 table.csv:3 - created",
            "TS-2 photos/IMG_7.jpg front created",
            "TS-3 photos/TS-3.jpg front created",
        ]
    );
    let page = anna
        .get(&format!("/api/products?projectId={project}&q=TS-1"))
        .await
        .expect(200);
    assert_eq!(page.text("/items/0/name"), "Shirt");
    assert_eq!(page.text("/items/0/category"), "top");
    assert_eq!(page.text("/items/0/photos/1/view"), "back");
    assert_eq!(page.text("/items/0/photos/1/name"), "TS-1_back.jpg");
    // The same again changes nothing; another colour and another picture change one product.
    let again = import(&anna, &query, files).await;
    assert_eq!(again["counts"]["unchanged"], 6, "{again}");
    let other: &[(&str, &[u8])] = &[
        ("t.csv", b"sku,colour\nts-1,red\n"),
        ("TS-1_back.jpg", b"a new back"),
    ];
    let other = import(&anna, "", other).await;
    assert_eq!(
        report(&anna, &other).await,
        ["TS-1 t.csv:2 - updated", "TS-1 TS-1_back.jpg back updated"]
            .map(|line| line.replace("TS-1 ", "ts-1 "))
    );
    let page = anna.get("/api/products?q=ts-1").await.expect(200);
    assert_eq!(
        (page.text("/items/0/colour"), page.text("/items/0/name")),
        ("red".to_owned(), "Shirt".to_owned())
    );
    assert_eq!(page.text("/items/0/sku"), "TS-1");
    gone(&app, done["id"].as_str().unwrap()).await;
    let listed = anna.get("/api/imports?limit=2").await.expect(200);
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
    assert!(listed.body["nextCursor"].is_string());
    // Uploads serve as well: a dry run first, then the import.
    let table = anna
        .form("/api/uploads", &[("more.csv", b"sku\nTS-9\n")])
        .await
        .expect(201)
        .text("/id");
    let photo = anna
        .form("/api/uploads", &[("TS-9_front.jpg", b"nine")])
        .await
        .expect(201)
        .text("/id");
    for dry_run in [true, false] {
        let path = format!("/api/products/import?dry_run={dry_run}");
        let sent = anna
            .post(&path, &json!({ "uploads": [table, photo] }))
            .await
            .expect(202);
        let done = ended(&anna, &sent.text("/importId")).await;
        assert_eq!(done["counts"]["created"], 2, "{done}");
    }
}

async fn a_dry_run_says_the_same_and_writes_nothing(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let files: &[(&str, &[u8])] = &[
        ("table.csv", TABLE),
        ("photos.zip", &photos()),
        ("bad.jpg", b"bad"),
    ];
    let dry = import(&anna, "dry_run=true", files).await;
    assert_eq!((&dry["state"], &dry["dryRun"]), (&json!("done"), &json!(true)));
    let said = rows(&anna, &dry).await;
    assert_eq!(skus(&anna).await, Vec::<String>::new());
    assert!(format!("{:?}", app.blobs).contains("0 blobs"), "{:?}", app.blobs);
    assert!(said.iter().all(|row| row["productId"].is_null()));
    let wet = import(&anna, "dry_run=false", files).await;
    assert_eq!(report(&anna, &dry).await, report(&anna, &wet).await);
    assert_eq!(dry["counts"], wet["counts"]);
    assert_eq!(skus(&anna).await, ["TS-1", "TS-2", "TS-3"]);
    for one in rows(&anna, &wet).await {
        assert_eq!(one["productId"].is_string(), one["file"] != "bad.jpg", "{one}");
    }
}

async fn every_row_and_file_is_reported(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let long = "x".repeat(101);
    let mut table = b"sku,name,file\nA,One,\nB,Two,lost.jpg\nC,=1+1,same.jpg\nA,One,\n,No key,\n,,A_front.jpg\nNOPHOTO,N,\n".to_vec();
    table.extend(format!("{long},Long,\n").bytes());
    let archive = zip(&[
        ("A_front.jpg", b"a front"),
        ("A_front_copy/A_front.jpg", b"another front"),
        ("A_detail_1.jpg", b"a detail"),
        ("A_detail_2.jpg", b"a detail"),
        ("x/same.jpg", b"same 1"),
        ("y/same.jpg", b"same 2"),
        ("broken.jpg", b"bad"),
        ("tiny.jpg", b"small"),
        ("empty.jpg", b""),
        ("D_b.jpg", b"d"),
        ("photo.heic", b"heic"),
        ("notes.txt", b"hello"),
        ("inner.zip", &zip(&[("a.jpg", b"x")])),
    ]);
    let done = import(&anna, "", &[("list.csv", &table), ("all.zip", &archive)]).await;
    assert_eq!(done["state"], "done", "{done}");
    let rows = rows(&anna, &done).await;
    let of = |file: &str, line: Option<i64>| {
        let found = rows
            .iter()
            .find(|row| row["file"] == file && row["line"].as_i64() == line);
        let row = found.unwrap_or_else(|| panic!("{file} {line:?}: {rows:#?}"));
        (
            row["outcome"].as_str().unwrap(),
            row["message"].as_str().unwrap_or_default(),
        )
    };
    for (line, outcome, says) in [
        (2, "created", ""),
        (3, "missing", "lost.jpg"),
        (4, "ambiguous", "write the path"),
        (5, "duplicate", "line 2"),
        (6, "refused", "no SKU and no file"),
        (7, "created", ""),
        (8, "missing", "NOPHOTO_front.jpg"),
        (9, "refused", "longer than 100"),
    ] {
        let (was, message) = of("list.csv", Some(line));
        assert_eq!(was, outcome, "{line}: {message}");
        assert!(message.contains(says), "{line}: {message}");
    }
    for (file, outcome, says) in [
        ("A_detail_2.jpg", "duplicate", "one of them is a copy"),
        ("broken.jpg", "unreadable", "no picture"),
        ("tiny.jpg", "too_small", "send the original"),
        ("empty.jpg", "unreadable", "empty"),
        ("D_b.jpg", "ambiguous", "`b` says the view"),
        ("photo.heic", "refused", "JPEG"),
        ("notes.txt", "refused", "no photo"),
        ("inner.zip", "refused", "send its files directly"),
    ] {
        let (was, message) = of(file, None);
        assert_eq!(was, outcome, "{file}: {message}");
        assert!(message.contains(says), "{file}: {message}");
    }
    let fronts = rows
        .iter()
        .filter(|row| row["sku"] == "A" && row["view"] == "front");
    let outcomes: Vec<&str> = fronts.map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "duplicate"]);
    let counted = counted(&done);
    assert_eq!(
        (Some(counted), rows.len() as i64),
        (done["total"].as_i64(), counted)
    );
    let path = format!(
        "/api/imports/{}/rows?outcome=too_small",
        done["id"].as_str().unwrap()
    );
    let some = anna.get(&path).await.expect(200);
    assert_eq!(some.body["items"].as_array().unwrap().len(), 1);
    anna.get(&path.replace("too_small", "odd")).await.expect(422);
    // A formula is text, and stays it.
    let page = anna.get("/api/products?q=C").await.expect(200);
    assert!(
        page.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["name"] == "=1+1")
    );
}

async fn an_import_is_nobody_elses(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let eve = app.register("eve@example.com").await;
    let done = import(&anna, "", &[("A_front.jpg", b"a")]).await;
    let path = format!("/api/imports/{}", done["id"].as_str().unwrap());
    eve.get(&path).await.expect(404);
    eve.get(&format!("{path}/rows")).await.expect(404);
    eve.post(&format!("{path}/cancellation"), &json!({}))
        .await
        .expect(404);
    assert_eq!(eve.get("/api/imports").await.expect(200).body["items"], json!([]));
    let mine = anna.project("Spring").await;
    eve.form(
        &format!("/api/products/import?project_id={mine}"),
        &[("A_front.jpg", b"a")],
    )
    .await
    .expect(422);
    let reviewer = app.reviewer_of(&anna).await;
    reviewer
        .form("/api/products/import", &[("A_front.jpg", b"a")])
        .await
        .expect(403);
    reviewer
        .post(&format!("{path}/cancellation"), &json!({}))
        .await
        .expect(403);
    reviewer.get(&path).await.expect(200);
}
