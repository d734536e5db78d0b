//! Tables, archives and photos in one call.

use std::{
    fmt::Write as _,
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
    hostile_archives_lose_themselves_alone,
    a_workbook_is_a_table,
    five_thousand_rows,
    an_import_goes_on_after_a_restart,
    an_import_is_cancelled,
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
    let project = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201)
        .text("/id");
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
    let counted: i64 = done["counts"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_i64().unwrap())
        .sum();
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

#[expect(clippy::too_many_lines, reason = "one row an archive")]
async fn hostile_archives_lose_themselves_alone(database: TestDatabase) {
    let app = TestApp::with(&database, |config| config.upload_bytes_max = 1 << 20).await;
    let anna = app.register("anna@example.com").await;
    let good: (&str, &[u8]) = ("GOOD_front.jpg", b"good");
    let big = vec![b'x'; 2 << 20];
    let slip = zip(&[
        ("../../etc/passwd.jpg", b"x"),
        ("C:\\windows\\a.jpg", b"x"),
        ("/abs.jpg", b"x"),
        ("IN_front.jpg", b"in"),
    ]);
    let mut cut = photos();
    cut.truncate(cut.len() / 2);
    // A byte of a stored file is turned, so that its sum is wrong.
    let mut turned = zip(&[(
        "T_front.jpg",
        &(0..200).map(|n| (n * 7 % 251) as u8).collect::<Vec<u8>>(),
    )]);
    turned[60] ^= 0xff;
    // The flag that says a file is encrypted, in both lists.
    let mut locked = zip(&[("L_front.jpg", b"locked")]);
    for signature in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
        let at = locked.windows(4).position(|four| four == signature).unwrap();
        locked[at + if signature[2] == 3 { 6 } else { 8 }] |= 1;
    }
    // An end that lists more files than there can be.
    let mut many = zip(&[("M_front.jpg", b"m")]);
    let end = many.len() - 22;
    many[end + 12..end + 16].copy_from_slice(&(u32::MAX - 1).to_le_bytes());
    let files: &[(&str, &[u8])] = &[
        good,
        ("slip.zip", &slip),
        ("cut.zip", &cut),
        ("turned.zip", &turned),
        ("locked.zip", &locked),
        ("many.zip", &many),
        ("big.zip", &zip(&[("BIG_front.jpg", &big)])),
        ("BIG2_front.jpg", &big),
        ("none.zip", &zip(&[])),
        ("not.zip", b"PK not really"),
        ("old.rar", b"Rar!"),
        ("empty.csv", b""),
        ("wrong.csv", b"price,stock\n1,2\n"),
        ("latin.csv", b"sku;name\nL1;Sch\xf6n\n"),
        ("fake.xlsx", b"no workbook"),
    ];
    let done = import(&anna, "", files).await;
    assert_eq!(done["state"], "done", "{done}");
    let rows = rows(&anna, &done).await;
    for (file, outcome) in [
        ("GOOD_front.jpg", "created"),
        ("IN_front.jpg", "created"),
        ("../../etc/passwd.jpg", "refused"),
        ("C:\\windows\\a.jpg", "refused"),
        ("/abs.jpg", "refused"),
        ("cut.zip", "unreadable"),
        ("T_front.jpg", "unreadable"),
        ("L_front.jpg", "refused"),
        ("many.zip", "unreadable"),
        ("BIG2_front.jpg", "refused"),
        ("none.zip", "missing"),
        ("not.zip", "unreadable"),
        ("old.rar", "refused"),
        ("empty.csv", "unreadable"),
        ("wrong.csv", "unreadable"),
        ("fake.xlsx", "unreadable"),
    ] {
        let row = rows.iter().find(|row| row["file"] == file);
        let row = row.unwrap_or_else(|| panic!("{file}: {rows:#?}"));
        assert_eq!(row["outcome"], outcome, "{row}");
        assert!(
            outcome == "created" || !row["message"].as_str().unwrap().is_empty(),
            "{row}"
        );
    }
    assert!(
        rows.iter()
            .any(|row| row["file"] == "latin.csv" && row["message"].to_string().contains("accents"))
    );
    assert!(skus(&anna).await.contains(&"GOOD".to_owned()));
    // A bomb is refused by what its list says.
    let zeros = vec![0; 20 << 20];
    let bomb = import(
        &anna,
        "",
        &[
            ("bomb.zip", &zip(&[("B_front.jpg", &zeros)])),
            ("OK_front.jpg", b"ok"),
        ],
    )
    .await;
    let report = report(&anna, &bomb).await;
    assert_eq!(
        report,
        ["- B_front.jpg - refused", "OK OK_front.jpg front created"]
    );
    // What is no import at all.
    anna.form("/api/products/import", &[]).await.expect(422);
    anna.form("/api/products/import?project_id=nobody", &[good])
        .await
        .expect(422);
    anna.form("/api/products/import", &[("=upload", b"no-such-upload")])
        .await
        .expect(404);
    anna.post("/api/products/import", &json!({ "files": [] }))
        .await
        .expect(422);
}

async fn a_workbook_is_a_table(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let sheet = r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
        <dimension ref="A1:XFD1048576"/><sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>SKU</t></is></c><c r="C1" t="inlineStr"><is><t>Name</t></is></c></row>
        <row r="2"><c r="A2"><v>4711</v></c><c r="C2" t="str"><f>1+1</f><v>Skirt</v></c><c r="XFD2"><v>1</v></c></row>
        <row r="1048576"><c r="A1048576" t="inlineStr"><is><t>LAST</t></is></c></row>
        </sheetData></worksheet>"#;
    let workbook = zip(&[
        ("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#),
        ("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ]);
    let done = import(
        &anna,
        "",
        &[("products.xlsx", &workbook), ("4711_front.jpg", b"front")],
    )
    .await;
    let report = report(&anna, &done).await;
    assert!(
        report.contains(&"4711 products.xlsx:2 - created".to_owned()),
        "{report:?}"
    );
    assert!(
        report.contains(&"LAST products.xlsx:1048576 - missing".to_owned()),
        "{report:?}"
    );
    let page = anna.get("/api/products?q=4711").await.expect(200);
    assert_eq!(page.text("/items/0/name"), "Skirt");
    assert_eq!(page.text("/items/0/photos/0/view"), "front");
}

/// 5,000 rows, one of them with a fault.
fn large_table() -> Vec<u8> {
    let mut table = "sku,name,colour\n".to_owned();
    for number in 0..5000 {
        let _ = writeln!(table, "SKU-{number:05},Product {number},blue");
    }
    table.push_str("SKU-00007,Product 7,green\n");
    table.into_bytes()
}

async fn five_thousand_rows(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let done = import(&anna, "", &[("list.csv", &large_table())]).await;
    assert_eq!(
        (&done["state"], &done["total"]),
        (&json!("done"), &json!(5001)),
        "{done}"
    );
    assert_eq!(
        (&done["counts"]["created"], &done["counts"]["duplicate"]),
        (&json!(5000), &json!(1))
    );
    let found = anna.get("/api/products?q=SKU-04999").await.expect(200);
    assert_eq!(found.text("/items/0/name"), "Product 4999");
}

async fn an_import_goes_on_after_a_restart(database: TestDatabase) {
    let mut app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let (token, workspace) = (
        anna.token.clone().unwrap(),
        domain::ids::WorkspaceId(anna.workspace.clone()),
    );
    // As a process leaves it that was killed after the files had arrived.
    let id = app.ids.next();
    let folder = app.scratch.path().join("imports").join(&id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("0"), large_table()).unwrap();
    let source = json!([{ "name": "list.csv", "place": { "file": "0" } }]).to_string();
    let import = app
        .store
        .add_import(&id, &workspace, None, false, &source, "anna", 0)
        .await
        .unwrap();
    // Some of it was done by then: what is written is not written again.
    let item = store::imports::Item {
        product: None,
        rows: vec![store::imports::NewRow::default()],
    };
    assert_eq!(
        app.store
            .write_import(&app.ids, &import, 0, std::slice::from_ref(&item), 0)
            .await
            .unwrap(),
        Some(1)
    );
    assert_eq!(
        app.store
            .write_import(&app.ids, &import, 0, &[item], 0)
            .await
            .unwrap(),
        None
    );
    // Another lost its files.
    let lost = app.ids.next();
    app.store
        .add_import(&lost, &workspace, None, false, "[]", "anna", 0)
        .await
        .unwrap();
    app.restart();
    web::take_up(&app.app).await.unwrap();
    let anna = app.nobody().with_token(&token);
    let done = ended(&anna, &id).await;
    assert_eq!(
        (&done["state"], &done["done"]),
        (&json!("done"), &json!(5001)),
        "{done}"
    );
    assert_eq!(rows(&anna, &done).await.len(), 5001);
    gone(&app, &id).await;
    if !app.store.is_shared() {
        assert_eq!(ended(&anna, &lost).await["state"], "failed");
    }
}

async fn an_import_is_cancelled(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let sent = anna
        .form("/api/products/import", &[("list.csv", &large_table())])
        .await
        .expect(202);
    let cancel = format!("/api/imports/{}/cancellation", sent.text("/importId"));
    anna.post(&cancel, &json!({})).await.expect(200);
    anna.post(&cancel, &json!({})).await.expect(409);
    let import = ended(&anna, &sent.text("/importId")).await;
    assert_eq!(import["state"], "cancelled");
    let counted: i64 = import["counts"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_i64().unwrap())
        .sum();
    assert_eq!(
        Some(counted),
        import["done"].as_i64(),
        "what was done is in the report"
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
    let mine = anna
        .post("/api/projects", &json!({ "name": "Spring" }))
        .await
        .expect(201)
        .text("/id");
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
