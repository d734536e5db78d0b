//! Archives that are hostile.

use serde_json::json;
use testkit::database::TestDatabase;

use super::{import, photos, report, rows, skus, zip};
use crate::app::TestApp;

testkit::on_both_databases! {
    hostile_archives_lose_themselves_alone,
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
