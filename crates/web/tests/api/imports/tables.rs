//! Tables as people send them: workbooks too, and what is wrong with them.

use serde_json::Value;
use testkit::database::TestDatabase;

use super::{import, report, rows, skus, zip};
use crate::app::{Client, TestApp};

testkit::on_both_databases! {
    a_workbook_is_a_table,
    what_a_table_hides_is_told_by_its_trial_and_its_import,
}

/// A workbook whose one sheet has these rows, and says it is as large as sheets can be.
fn workbook(rows: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
        <dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>"#
    );
    zip(&[
        ("[Content_Types].xml", br#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#),
        ("_rels/.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

async fn a_workbook_is_a_table(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let workbook = workbook(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>SKU</t></is></c><c r="C1" t="inlineStr"><is><t>Name</t></is></c></row>
        <row r="2"><c r="A2"><v>4711</v></c><c r="C2" t="str"><f>1+1</f><v>Skirt</v></c></row>
        <row r="1048576"><c r="A1048576" t="inlineStr"><is><t>LAST</t></is></c></row>"#,
    );
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

/// Imports, and gives each row of the report as its file and line, its outcome and its message.
async fn told(
    client: &Client<'_>,
    query: &str,
    files: &[(&str, &[u8])],
) -> Vec<(String, String, Option<String>)> {
    let done = import(client, query, files).await;
    let rows = rows(client, &done).await;
    assert_eq!(done["total"].as_u64(), Some(rows.len() as u64), "{done}");
    let text = |row: &Value, field: &str| row[field].as_str().map(ToOwned::to_owned);
    let one = |row: &Value| {
        let place = format!("{}:{}", text(row, "file").unwrap(), row["line"]);
        (place, text(row, "outcome").unwrap(), text(row, "message"))
    };
    rows.iter().map(one).collect()
}

async fn what_a_table_hides_is_told_by_its_trial_and_its_import(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let far = workbook(
        r#"<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>
        <row r="2"><c r="A2" t="inlineStr"><is><t>F1</t></is></c></row>
        <row r="3"><c r="XFD3"><v>1</v></c></row>
        <row r="4"><c r="B4" t="inlineStr"><is><t>No key</t></is></c></row>"#,
    );
    let files: &[(&str, &[u8])] = &[
        ("empty.csv", b""),
        ("far.xlsx", &far),
        ("heading.csv", b"sku,name\n\n"),
        ("open.csv", b"sku,name\nO1,x\nO2,\"open\nO3,x\n"),
        ("swallowed.csv", b"sku,name\nS1,\"open\nS2,\"x\"\n\"S3\nS4\",x\n"),
        ("twice.csv", b"sku,name,SKU\nT1,x,T2\n"),
        ("unseen.csv", "sku,name\nT1\u{200b},x\n".as_bytes()),
    ];
    let trial = told(&anna, "dry_run=true", files).await;
    for (place, outcome, says) in [
        ("empty.csv:null", "unreadable", "its first line names the columns"),
        ("far.xlsx:2", "created", ""),
        ("far.xlsx:3", "refused", "no SKU and no file"),
        ("far.xlsx:4", "refused", "no SKU and no file"),
        ("heading.csv:null", "unreadable", "a heading and no rows"),
        ("open.csv:2", "created", ""),
        ("open.csv:3", "refused", "opens on line 3 is never closed"),
        ("swallowed.csv:2", "ambiguous", "opens on line 2"),
        ("swallowed.csv:4", "refused", "the SKU has a line break"),
        ("twice.csv:1", "ambiguous", "columns 1 (`sku`) and 3 (`SKU`)"),
        ("twice.csv:2", "created", ""),
        ("unseen.csv:2", "refused", "the SKU holds `U+200B`"),
    ] {
        let row = trial.iter().find(|row| row.0 == place);
        let (_, was, message) = row.unwrap_or_else(|| panic!("{place}: {trial:#?}"));
        let message = message.as_deref().unwrap_or_default();
        assert_eq!(was, outcome, "{place}: {message}");
        assert!(message.contains(says), "{place}: {message}");
    }
    assert_eq!(trial.len(), 12, "{trial:#?}");
    assert_eq!(skus(&anna).await, Vec::<String>::new());
    assert_eq!(told(&anna, "dry_run=false", files).await, trial);
    assert_eq!(skus(&anna).await, ["F1", "O1", "S1", "T1"]);
}
