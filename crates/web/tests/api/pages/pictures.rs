//! Small copies of pictures on the pages.

use serde_json::json;
use testkit::database::TestDatabase;

use super::{filled, paths};
use crate::{app::TestApp, browser::Browser};

testkit::on_both_databases! { browsers_choose_among_small_copies_that_are_as_wide_as_they_are_told }

/// What an attribute of an `img` says.
fn attribute<'a>(image: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = image.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}

async fn browsers_choose_among_small_copies_that_are_as_wide_as_they_are_told(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let ids = filled(&app, "anna@example.com").await;
    let [.., shoot, picture] = &ids;
    let whole = format!("/review/{shoot}/{picture}");
    let mut copies = 0;
    for path in paths(&ids) {
        let page = anna.page(&path).await;
        if path == whole {
            // It shows the picture itself.
            continue;
        }
        for image in page.split("<img").skip(1) {
            let image = image.split('>').next().unwrap().replace("&amp;", "&");
            if image.starts_with(" alt=\"\"")
                && image.contains(" data-")
                && attribute(&image, " src").is_none()
            {
                // The desk's script fills it.
                continue;
            }
            for name in [" src", " alt", " width", " height", " sizes"] {
                assert!(
                    attribute(&image, name).is_some(),
                    "{path}: no{name} in <img{image}>"
                );
            }
            assert!(image.contains(" loading=\"lazy\""), "{path}: <img{image}>");
            let srcset = attribute(&image, "srcset").expect(&image);
            for candidate in srcset.split(", ") {
                let (address, width) = candidate.split_once(' ').unwrap();
                let seen = anna.send("GET", address, &[]).await;
                assert_eq!(seen.status, 200, "{path}: {candidate}");
                let (columns, _) = seen.text.split_once(" x ").unwrap();
                assert_eq!(format!("{columns}w"), width, "{path}: {address}");
                copies += 1;
            }
        }
    }
    assert!(copies > 50, "only {copies} small copies are shown");

    // The desk's script is told the same of all pictures, once a shape.
    let index = anna.page(&format!("/review/{shoot}/index")).await;
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let square = json!([[160, 160], [320, 320], [480, 480], [960, 960]]);
    assert_eq!(
        (&index["copies"], &index["shape"]),
        (&json!([square]), &json!([0, 0]))
    );
    for side in ["0", "161", "2000", "-160", "large"] {
        let path = format!("/pictures/{picture}/thumb?side={side}");
        assert_eq!(anna.send("GET", &path, &[]).await.status, 422, "{side}");
    }
}
