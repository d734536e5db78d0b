//! Small copies: of few files at a time, and all of a file from one look at it.

use std::sync::atomic::Ordering;

use futures_util::future::join_all;
use testkit::database::TestDatabase;

use crate::app::TestApp;

testkit::on_both_databases! { a_page_of_new_photos_is_read_few_at_a_time_and_each_once }

/// Photos of the page.
const PHOTOS: usize = 6;

async fn a_page_of_new_photos_is_read_few_at_a_time_and_each_once(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = app.register("anna@example.com").await;
    let mut addresses = Vec::new();
    for number in 0..PHOTOS {
        let id = anna.product(&format!("TS-{number}"), None, &[]).await;
        let path = format!("/api/products/{id}/photos/front?name={number}.jpg");
        let photo = format!("large photo {number}");
        let made = anna.file("PUT", &path, photo.as_bytes()).await.expect(200);
        addresses.push(made.text("/photos/0/thumbnailUrl"));
    }
    let nobody = app.nobody();
    for (side, expected) in [
        (160, "106 x 160"),
        (320, "213 x 320"),
        (480, "320 x 480"),
        (960, "640 x 960"),
    ] {
        let asked: Vec<String> = addresses
            .iter()
            .map(|address| format!("{address}?side={side}"))
            .collect();
        for copy in join_all(asked.iter().map(|path| nobody.get(path))).await {
            assert_eq!(copy.expect(200).body, expected);
        }
    }
    assert_eq!(app.copied.files.load(Ordering::SeqCst), PHOTOS);
    let most = app.copied.most.load(Ordering::SeqCst);
    assert!(most <= 2, "{most} of {PHOTOS} at once");
}
