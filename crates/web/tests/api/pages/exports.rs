//! The pages of exports: ordered, watched, put somewhere, stopped.

use std::sync::Arc;

use domain::clock::Clock as _;
use serde_json::json;
use store::{
    blobs::Blobs as _,
    exports::{DeliveryEnd, ExportEnd, Parcel, report_key},
    targets::{Target, Targets},
};
use testkit::database::TestDatabase;

use super::filled;
use crate::{
    app::{TestApp, TestClock},
    browser::Browser,
};

testkit::on_both_databases! {
    an_export_is_ordered_watched_and_told_of,
    an_export_is_put_somewhere_and_stopped,
}

/// Chosen on the page, put there file by file, told of; and one that is stopped.
async fn an_export_is_put_somewhere_and_stopped(database: TestDatabase) {
    let app = TestApp::with(&database, |config| {
        let shop = Target {
            name: "shop".to_owned(),
            address: "/nowhere/{workspace}".to_owned(),
            workspaces: vec![],
        };
        let clock = Arc::new(TestClock::default());
        config.targets = Arc::new(Targets::new(vec![shop], "memory:", clock).unwrap());
    })
    .await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, _, _, shoot, picture] = filled(&app, "anna@example.com").await;
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "approve")]).await;
    assert!(
        anna.page("/exports")
            .await
            .contains("<option value=\"shop\">shop</option>")
    );
    let wrong = [("profile", "web"), ("target", "/etc"), ("as", "files")];
    let refused = anna.send("POST", "/exports", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Use shop"), "{}", refused.text);
    let order = [("profile", "web"), ("target", "shop"), ("as", "files")];
    let sent = anna.send("POST", "/exports", &order).await;
    assert_eq!(sent.status, 303, "{}", sent.text);

    // The worker, by hand.
    let id = sent.location.rsplit('/').next().unwrap();
    app.store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    let parcel = |path: &str| Parcel {
        path: path.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
    };
    let parcels = [parcel("web/a.webp"), parcel("web/b.webp")];
    assert!(app.store.plan_parcels(id, "t", &parcels).await.unwrap());
    let end = DeliveryEnd::Failed("the shop is full".to_owned());
    assert!(app.store.end_parcel(id, "t", "web/b.webp", &end).await.unwrap());
    let end = DeliveryEnd::Delivered(7);
    assert!(app.store.end_parcel(id, "t", "web/a.webp", &end).await.unwrap());
    assert!(
        anna.page(&sent.location)
            .await
            .contains("1 of 2 files is delivered")
    );
    let end = ExportEnd::Done {
        file: "exports/w/a.zip".to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        expires_ms: app.clock.now_ms() + 60_000,
    };
    assert!(app.store.end_export(id, "t", &end, 5).await.unwrap());
    let page = anna.page(&sent.location).await;
    for said in ["What is not at shop", "web/b.webp", "The shop is full"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("/cancellation"), "it has ended");

    let sent = anna.send("POST", "/exports", &order).await;
    let cancellation = format!("{}/cancellation", sent.location);
    assert!(anna.page(&sent.location).await.contains(&cancellation));
    for _ in 0..2 {
        let stopped = anna.send("POST", &cancellation, &[]).await;
        assert_eq!(stopped.status, 303, "{}", stopped.text);
        assert_eq!(stopped.location, sent.location);
    }
    assert!(anna.page(&sent.location).await.contains("It was stopped"));
    assert!(app.store.claim_export("t", i64::MAX, 0).await.unwrap().is_none());
}

async fn an_export_is_ordered_watched_and_told_of(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, _, _, shoot, picture] = filled(&app, "anna@example.com").await;
    let words = "sku, pose, take, profile, slot, n, nn";
    assert!(
        anna.page("/exports").await.contains(words),
        "what a name may hold"
    );
    let ordered = [("shoot", "all"), ("profile", "amazon"), ("profile", "web")];
    let refused = anna.send("POST", "/exports", &ordered).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("Nothing is approved yet"),
        "{}",
        refused.text
    );
    let review = format!("/review/{shoot}/{picture}");
    anna.send("POST", &review, &[("decision", "approve")]).await;
    let misnamed = [
        ("shoot", shoot.as_str()),
        ("profile", "web"),
        ("naming", "{pose}"),
    ];
    let refused = anna.send("POST", "/exports", &misnamed).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("value=\"{pose}\""), "what was typed stays");
    let sent = anna.send("POST", "/exports", &ordered).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    assert!(anna.page(&sent.location).await.contains("It waits for its turn"));

    // The worker, by hand.
    let id = sent.location.rsplit('/').next().unwrap();
    let held = app.store.claim_export("t", i64::MAX, 0).await.unwrap().unwrap();
    assert_eq!(held.id, id);
    app.store.tell_export(id, "t", [2, 1, 0], i64::MAX).await.unwrap();
    assert!(
        anna.page(&sent.location)
            .await
            .contains("1 of 2 files is rendered")
    );
    let file = "exports/w/a.zip";
    let packed = json!({
        "version": 1, "generator": "photogen", "profiles": ["amazon", "web"], "remarks": ["one picture is gone"],
        "files": [exported("amazon", false), exported("web", true)],
    });
    app.blobs.put(file, "a zip".into()).await.unwrap();
    app.blobs
        .put(&report_key(file), packed.to_string().into())
        .await
        .unwrap();
    let end = ExportEnd::Done {
        file: file.to_owned(),
        bytes: 5,
        sha256: "ab".repeat(32),
        expires_ms: app.clock.now_ms() + 60_000,
    };
    app.store.tell_export(id, "t", [2, 2, 1], i64::MAX).await.unwrap();
    assert!(app.store.end_export(id, "t", &end, 5).await.unwrap());
    let page = anna.page(&sent.location).await;
    for said in [
        "1 of 2 files meets",
        "1 of 1 files meets its rules",
        "0 of 1 files meet its rules",
        "</svg>1 file is enlarged beyond what its picture holds, 4.3 times.",
        "fill: 62 % (85 %)",
        "One picture is gone",
        "/api/media/",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(anna.page("/exports").await.contains("1 of 2 files meets"));
    let in_german = Browser {
        app: &app,
        cookie: format!("{}; photogen-look=.de", anna.cookie),
    };
    let page = in_german.page(&sent.location).await;
    for said in [
        "Füllung: 62 % (85 %)",
        "Eigener Shop oder Website",
        "über ihr Bild hinaus vergrößert, 4,3-fach",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // What people hardly see is told without a warning.
    let mild = packed
        .to_string()
        .replace("4.3x, which is seen: shoot it larger", "1.30x");
    app.blobs.put(&report_key(file), mild.into()).await.unwrap();
    let page = anna.page(&sent.location).await;
    let said = "<p class=\"dim\">1 file is enlarged beyond what its picture holds, 1.3 times.";
    assert!(page.contains(said), "{page}");
    let zoe = Browser::register(&app, "zoe@example.com").await;
    assert_eq!(zoe.send("GET", &sent.location, &[]).await.status, 404);
    app.pass_ms(60_001);
    let page = anna.page(&sent.location).await;
    assert!(page.contains("kept long enough") && !page.contains("/api/media/"));
}

/// A file of an archive, as its manifest tells of it.
fn exported(profile: &str, passes: bool) -> serde_json::Value {
    let (outcome, notes) = if passes {
        ("passed", json!(["enlarged 4.3x, which is seen: shoot it larger"]))
    } else {
        ("failed", json!([]))
    };
    json!({
        "path": format!("{profile}/TS-1.jpg"), "profile": profile, "sku": "TS-1", "name": null, "pose": "FRONT", "take": 1, "number": 1,
        "alt": "a shirt", "bytes": 9, "sha256": "ab", "width": 9, "height": 9, "format": "jpeg", "digital_source_type": "x",
        "provenance": "none", "passes": passes,
        "checks": [{ "name": "fill", "outcome": outcome, "found": "62 %", "wanted": "85 %" }],
        "notes": notes, "verdicts": [], "recipe": {}, "source_sha256": "cd",
    })
}
