//! The page of a person.

use testkit::database::TestDatabase;

use super::filled;
use crate::{app::TestApp, browser::Browser};

testkit::on_both_databases! { the_photos_of_a_person_are_compared_on_their_page }

async fn the_photos_of_a_person_are_compared_on_their_page(database: TestDatabase) {
    let app = TestApp::new(&database).await;
    let anna = Browser::register(&app, "anna@example.com").await;
    let [_, _, model, ..] = filled(&app, "anna@example.com").await;
    let path = format!("/models/{model}");
    let page = anna.page(&path).await;
    assert!(
        !page.contains("Similarity of the photos"),
        "one photo is like none"
    );
    let api = app.sign_in("anna@example.com").await;
    let photos = format!("/api/models/{model}/photos");
    for photo in ["Jonas from the side", "dark"] {
        api.file("POST", &photos, photo.as_bytes()).await.expect(201);
    }
    // The first photo came before the consent, and is looked at again by and by.
    api.delete(&format!("{photos}/1")).await.expect(200);
    let page = anna.page(&path).await;
    assert!(page.contains("The photos are not compared"), "{page}");
    for photo in ["Jonas in front", "stranger"] {
        api.file("POST", &photos, photo.as_bytes()).await.expect(201);
    }
    let page = anna.page(&path).await;
    for said in [
        "Photo 5 looks like another person: remove it or check it.",
        "Below 0.50 two photos look like two people",
        "<td data-unlike>0.12 <span>unlike</span></td>",
        "<td>0.83</td>",
        "<td>–</td>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    api.delete(&format!("{photos}/5")).await.expect(200);
    assert!(anna.page(&path).await.contains("look like one person"));
}
