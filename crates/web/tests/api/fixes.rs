//! What a report named is put right, by the API and on its page.

use std::fmt::Write as _;

use serde_json::{Value, json};
use testkit::database::TestDatabase;

use crate::{
    app::{Client, TestApp},
    browser::Browser,
    imports::{ended, report, skus, zip},
};

testkit::on_both_databases! {
    rows_and_photos_are_put_right,
    a_page_puts_right_what_it_shows,
    a_quote_that_is_never_closed_stays_until_the_table_is_sent_again,
    a_heading_without_rows_is_nothing_to_import,
    a_name_that_says_no_sku_makes_no_product,
    fixes_that_say_nothing_are_refused,
}

const TABLE: &[u8] =
    b"sku,name,view,file\nA1,One,upside down,1.jpg\n,No key,,\nA3,Three,back,gone.jpg\nA9,Nine,,\n";

/// Uploads of a table, an archive and a photo.
async fn uploads(client: &Client<'_>) -> Vec<String> {
    let archive = zip(&[
        ("1.jpg", b"one"),
        ("in/IMG_3.jpg", b"three back"),
        ("A4_b.jpg", b"four"),
        ("A5_front.jpg", b"bad"),
    ]);
    let mut ids = Vec::new();
    for (name, bytes) in [("products.csv", TABLE), ("photos.zip", &archive)] {
        let sent = client.form("/api/uploads", &[(name, bytes)]).await.expect(201);
        ids.push(sent.text("/id"));
    }
    ids
}

async fn trial(client: &Client<'_>, body: &Value) -> Value {
    let sent = client
        .post("/api/products/import?dry_run=true", body)
        .await
        .expect(202);
    ended(client, &sent.text("/importId")).await
}

async fn rows_and_photos_are_put_right(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let uploads = uploads(&anna).await;
    let before = trial(&anna, &json!({ "uploads": uploads })).await;
    assert_eq!(
        report(&anna, &before).await,
        [
            "- products.csv:3 - refused",
            "A1 products.csv:2 - ambiguous",
            "A1 1.jpg front created",
            "A3 products.csv:4 - missing",
            "A4_b A4_b.jpg front ambiguous",
            "A5 A5_front.jpg front unreadable",
            "A9 products.csv:5 - missing",
            "IMG_3 in/IMG_3.jpg front created",
        ],
        "{before}"
    );
    let fixes = json!([
        { "file": "products.csv", "line": 2, "view": "left" },
        { "file": "products.csv", "line": 3, "sku": "A2" },
        { "file": "products.csv", "line": 4, "photo": "in/IMG_3.jpg" },
        { "file": "products.csv", "line": 5, "leaveOut": true },
        { "file": "A4_b.jpg", "sku": "A4", "view": "back" },
        { "file": "A5_front.jpg", "leaveOut": true },
        { "file": "not there.jpg", "sku": "X" },
    ]);
    let body = json!({ "uploads": uploads, "fixes": fixes });
    let wanted = [
        "A1 products.csv:2 - created",
        "A1 1.jpg side created",
        "A2 products.csv:3 - missing",
        "A3 products.csv:4 - created",
        "A3 in/IMG_3.jpg back created",
        "A4 A4_b.jpg back created",
    ];
    let after = trial(&anna, &body).await;
    assert_eq!(report(&anna, &after).await, wanted, "{after}");
    assert_eq!(skus(&anna).await, Vec::<String>::new());
    let sent = anna.post("/api/products/import", &body).await.expect(202);
    let done = ended(&anna, &sent.text("/importId")).await;
    assert_eq!(report(&anna, &done).await, wanted, "{done}");
    assert_eq!(skus(&anna).await, ["A1", "A2", "A3", "A4"]);
    let page = anna.get("/api/products?q=A3").await.expect(200);
    assert_eq!(page.text("/items/0/name"), "Three");
    assert_eq!(page.text("/items/0/photos/0/view"), "back");
}

/// Sends a form of a page, with files; where it leads.
async fn send(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)], files: &[(&str, &str)]) -> String {
    let mut body = String::new();
    let about = fields
        .iter()
        .map(|(name, text)| (format!("name=\"{name}\""), *text))
        .chain(
            files
                .iter()
                .map(|(name, text)| (format!("name=\"file\"; filename=\"{name}\""), *text)),
        );
    for (about, text) in about {
        let _ = write!(
            body,
            "--edge\r\nContent-Disposition: form-data; {about}\r\n\r\n{text}\r\n"
        );
    }
    body += "--edge--\r\n";
    let kind = "multipart/form-data; boundary=edge";
    let seen = browser.ask("POST", path, kind, body).await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    seen.location
}

async fn a_page_puts_right_what_it_shows(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let browser = Browser::sign_in(&app, "anna@example.com").await;
    let before = trial(&anna, &json!({ "uploads": uploads(&anna).await })).await;
    let path = format!("/imports/{}", before["id"].as_str().unwrap());
    let page = browser.page(&path).await;
    // Rows by number: the first has no key, the fifth a doubtful name; who changes nothing sends what the page showed.
    let number = |file: &str| {
        let at = page.find(&format!(">{file} <span")).unwrap();
        let name = page[at..].find("name=\"sku-").unwrap() + at + 10;
        page[name..].split('"').next().unwrap().to_owned()
    };
    let (doubtful, broken) = (number("A4_b.jpg"), number("A5_front.jpg"));
    let fields = [
        (format!("sku-{doubtful}"), "A4"),
        (format!("view-{doubtful}"), "back"),
        (format!("sku-{broken}"), "A5"),
        (format!("view-{broken}"), "front"),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let to = send(
        &browser,
        &format!("{path}/fixes"),
        &fields,
        &[("A5_front.jpg", "a whole photo")],
    )
    .await;
    let second = ended(&anna, to.rsplit('/').next().unwrap()).await;
    assert_eq!(second["dryRun"], true);
    let told = report(&anna, &second).await;
    for wanted in ["A4 A4_b.jpg back created", "A5 A5_front.jpg front created"] {
        assert!(told.iter().any(|line| line == wanted), "{wanted}: {told:?}");
    }
    assert_eq!(
        told.iter().filter(|line| line.contains("A5_front.jpg")).count(),
        1,
        "{told:?}"
    );

    // What was put right stays so in the next round, and in the import itself.
    let page = browser.page(&to).await;
    assert!(page.contains("products.csv"), "{page}");
    let to = send(&browser, &format!("{to}/fixes?show=all"), &[], &[]).await;
    let third = ended(&anna, to.rsplit('/').next().unwrap()).await;
    assert_eq!(report(&anna, &third).await, told);
    let to = send(&browser, &format!("{to}/confirmation"), &[], &[]).await;
    let done = ended(&anna, to.rsplit('/').next().unwrap()).await;
    assert_eq!(report(&anna, &done).await, told);
    assert!(skus(&anna).await.contains(&"A4".to_owned()));
}

async fn a_quote_that_is_never_closed_stays_until_the_table_is_sent_again(database: TestDatabase) {
    const OPEN: &[u8] = b"sku,name\nO1,x\nO2,\"open\nO3,x\n";
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let browser = Browser::sign_in(&app, "anna@example.com").await;
    let archive = zip(&[("products.csv", OPEN)]);
    let files: [(&str, &[u8]); 2] = [("products.csv", OPEN), ("products.zip", &archive)];
    for (name, bytes) in files {
        let sent = anna.form("/api/uploads", &[(name, bytes)]).await.expect(201);
        let uploads = [sent.text("/id")];
        // Whatever is said of its line, the rest of the table is still missing.
        let fixes = [
            json!([]),
            json!([{ "file": "products.csv", "line": 3, "leaveOut": true }]),
            json!([{ "file": "products.csv", "line": 3, "sku": "O2" }]),
            json!([{ "file": "products.csv", "leaveOut": true }]),
        ];
        let mut last = String::new();
        for fixes in fixes {
            let seen = trial(&anna, &json!({ "uploads": uploads, "fixes": fixes })).await;
            assert_eq!(
                report(&anna, &seen).await,
                ["- products.csv:3 - refused", "O1 products.csv:2 - created"],
                "{name} {fixes}"
            );
            seen["id"].as_str().unwrap().clone_into(&mut last);
        }
        let path = format!("/imports/{last}");
        let page = browser.page(&path).await;
        assert!(page.contains("add a corrected table of the same name"), "{page}");
        assert!(!page.contains("name=\"sku-"), "its fields are offered: {page}");
        let to = send(
            &browser,
            &format!("{path}/fixes"),
            &[("out-1", "yes")],
            &[("products.csv", "sku,name\nO1,x\nO2,closed\nO3,x\n")],
        )
        .await;
        let whole = ended(&anna, to.rsplit('/').next().unwrap()).await;
        let wanted = ["O1 products.csv:2", "O2 products.csv:3", "O3 products.csv:4"];
        let wanted = wanted.map(|row| format!("{row} - created"));
        assert_eq!(report(&anna, &whole).await, wanted, "{name}");
    }
}

async fn a_heading_without_rows_is_nothing_to_import(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let browser = Browser::sign_in(&app, "anna@example.com").await;
    // A note on the heading makes no row of it either.
    let heading: &[u8] = b"sku,name,price\n\n";
    let sent = anna
        .form("/api/uploads", &[("heading.csv", heading)])
        .await
        .expect(201);
    let seen = trial(&anna, &json!({ "uploads": [sent.text("/id")] })).await;
    assert_eq!(report(&anna, &seen).await, ["- heading.csv - unreadable"]);
    let page = browser
        .page(&format!("/imports/{}", seen["id"].as_str().unwrap()))
        .await;
    assert!(page.contains("a heading and no rows"), "{page}");
    assert!(
        !page.contains("/confirmation"),
        "there is something to import: {page}"
    );
}

async fn a_name_that_says_no_sku_makes_no_product(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let archive = zip(&[("_.jpg", b"four"), ("A1_front.jpg", b"five")]);
    let files: [(&str, &[u8]); 4] = [
        ("..", b"one"),
        ("...jpg", b"two"),
        ("-.jpg", b"three"),
        ("photos.zip", &archive),
    ];
    let mut uploads = Vec::new();
    for (name, bytes) in files {
        let sent = anna.form("/api/uploads", &[(name, bytes)]).await.expect(201);
        uploads.push(sent.text("/id"));
    }
    let seen = trial(&anna, &json!({ "uploads": uploads })).await;
    let mut told = report(&anna, &seen).await;
    told.sort();
    assert_eq!(
        told,
        [
            "- -.jpg front refused",
            "- .. front refused",
            "- ...jpg front refused",
            "- _.jpg front refused",
            "A1 A1_front.jpg front created",
        ]
    );
    // Who looks at it may say which product it shows.
    let body = json!({ "uploads": uploads, "fixes": [{ "file": "..", "sku": "B2" }] });
    let sent = anna.post("/api/products/import", &body).await.expect(202);
    let done = ended(&anna, &sent.text("/importId")).await;
    assert!(
        report(&anna, &done)
            .await
            .contains(&"B2 .. front created".to_owned())
    );
    assert_eq!(skus(&anna).await, ["A1", "B2"]);
}

async fn fixes_that_say_nothing_are_refused(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let uploads = uploads(&anna).await;
    for (fix, says) in [
        (json!({ "file": "", "sku": "A" }), "file of the report"),
        (json!({ "file": "1.jpg", "view": "inside out" }), "no view"),
        (
            json!({ "file": "1.jpg", "sku": "x".repeat(501) }),
            "no text is longer",
        ),
        (json!({ "file": "1.jpg", "colour": "red" }), "colour"),
    ] {
        let body = json!({ "uploads": uploads, "fixes": [fix] });
        let refused = anna.post("/api/products/import", &body).await.expect(422);
        assert!(refused.body.to_string().contains(says), "{}", refused.body);
    }
    let none = anna
        .post(
            "/api/products/import",
            &json!({ "uploads": [], "fixes": [{ "file": "1.jpg" }] }),
        )
        .await;
    none.expect(422);
}
