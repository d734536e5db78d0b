//! What is special to Cloudinary: faults between two machines, accounts that change pictures, signed addresses.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::TryStreamExt;
use store::blobs::{BlobError, Blobs, open};

use crate::{
    clock::TestClock,
    cloudinary_server::{self, CloudinaryServer},
    server::Trouble,
    suite::PNG,
};

async fn started() -> (CloudinaryServer, Arc<dyn Blobs>) {
    let server = cloudinary_server::start(Arc::new(TestClock::default())).await;
    let blobs = at(&server, &server.address("/shop", ""));
    (server, blobs)
}

fn at(server: &CloudinaryServer, address: &str) -> Arc<dyn Blobs> {
    open(address, Arc::clone(&server.clock) as _).unwrap()
}

#[tokio::test]
async fn an_error_in_passing_or_a_lost_reply_is_met_by_asking_again() {
    let (server, blobs) = started().await;
    for trouble in [Trouble::Error500, Trouble::LosesReply] {
        server.server.misbehave([trouble, trouble]);
        blobs.put("a.bin", "text".into()).await.unwrap();
        assert_eq!(server.server.asked().len(), 3);
        server.server.misbehave([trouble]);
        assert_eq!(blobs.get("a.bin").await.unwrap(), "text");
        server.server.misbehave([trouble]);
        assert_eq!(blobs.size("a.bin").await.unwrap(), Some(4));
        server.server.misbehave([trouble]);
        blobs.remove("a.bin").await.unwrap();
        assert_eq!(blobs.size("a.bin").await.unwrap(), None);
        server.server.asked();
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_is_no_blob() {
    let (server, blobs) = started().await;
    blobs.put("a.bin", "a text in two halves".into()).await.unwrap();
    server.server.misbehave([Trouble::CutsReply]);
    let reading = blobs.read("a.bin", None).await.unwrap();
    let broken = reading.all().await;
    assert!(broken.as_ref().is_err_and(BlobError::is_passing), "{broken:?}");
    server.server.misbehave([Trouble::CutsReply]);
    assert_eq!(blobs.get("a.bin").await.unwrap(), "a text in two halves");
}

#[tokio::test]
async fn asking_again_has_an_end() {
    let (server, blobs) = started().await;
    server.server.always(Trouble::Error500);
    let put = blobs.put("a.bin", "text".into()).await;
    assert!(put.as_ref().is_err_and(BlobError::is_passing), "{put:?}");
    assert_eq!(server.server.asked().len(), 6);
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let (server, _) = started().await;
    let impatient = at(&server, &server.address("", "&timeout=1"));
    server
        .server
        .misbehave([Trouble::Slow(Duration::from_millis(300)), Trouble::Silent]);
    impatient.put("a.bin", "text".into()).await.unwrap();
    assert_eq!(server.server.asked().len(), 1);
    assert_eq!(impatient.get("a.bin").await.unwrap(), "text");
    assert_eq!(server.server.asked().len(), 2);
}

#[tokio::test]
async fn a_page_is_given_a_smaller_picture_that_keeps_its_notes() {
    let (server, blobs) = started().await;
    blobs.put("A/front.png", PNG.into()).await.unwrap();
    let url = blobs.picture_url("A/front.png", 400).unwrap();
    let (_, made) = url.split_once("--/").unwrap();
    assert_eq!(made, "c_limit,fl_keep_iptc,w_400/v1/shop/A/front.png.png");
    let client = reqwest::Client::new();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    let larger = url.replace("w_400", "w_4000");
    assert_eq!(client.get(&larger).send().await.unwrap().status(), 401);
    assert_eq!(blobs.picture_url("A/front.zip", 400), None);
    assert_eq!(blobs.picture_url("../front.png", 400), None);
    drop(server);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_and_not_told() {
    let (server, blobs) = started().await;
    blobs.put("a.bin", "text".into()).await.unwrap();
    let wrong = at(&server, &server.address("/shop", "").replace("abc%2F", "abd%2F"));
    let list = wrong.list("").try_collect::<Vec<_>>().await.map(drop);
    for result in [
        wrong.put("b.bin", "text".into()).await,
        wrong.get("a.bin").await.map(drop),
        wrong.size("a.bin").await.map(drop),
        wrong.remove("a.bin").await,
        list,
    ] {
        assert!(matches!(result, Err(BlobError::Refused { .. })), "{result:?}");
        assert!(!format!("{result:?} {wrong:?}").contains("abd"), "{result:?}");
    }
}

#[tokio::test]
async fn an_account_that_changes_pictures_is_refused() {
    let (server, blobs) = started().await;
    server.transform_incoming();
    let put = blobs.put("a.png", PNG.into()).await;
    assert!(
        matches!(&put, Err(BlobError::Refused { reason, .. }) if reason.contains("incoming")),
        "{put:?}"
    );
    let no_picture = blobs.put("b.png", "text".into()).await;
    assert!(
        matches!(&no_picture, Err(BlobError::Refused { reason, .. }) if reason.contains("Invalid image file")),
        "{no_picture:?}"
    );
}

#[tokio::test]
async fn a_signed_address_gives_the_blob_until_it_expires() {
    let (server, blobs) = started().await;
    let client = reqwest::Client::new();
    for key in ["exports/A12 (final).zip", "A/front.png"] {
        blobs.put(key, PNG.into()).await.unwrap();
        let minute = Duration::from_mins(1);
        let name = key.rsplit('/').next();
        for (name, saved) in [(None, false), (name, true)] {
            let url = blobs.presign(key, minute, name).await.unwrap().unwrap();
            let reply = client.get(&url).send().await.unwrap();
            assert_eq!(reply.status(), 200, "{url}");
            assert_eq!(reply.headers().contains_key("content-disposition"), saved);
            assert_eq!(reply.bytes().await.unwrap(), PNG);
            let longer = url
                .replace("expires%5Fat=1", "expires%5Fat=2")
                .replace("expires_at=1", "expires_at=2");
            assert_eq!(client.get(&longer).send().await.unwrap().status(), 401);
            server.clock.0.fetch_add(62_000, Ordering::Relaxed);
            assert_eq!(client.get(&url).send().await.unwrap().status(), 401);
        }
        assert_eq!(
            blobs.presign(key, minute, Some("another.zip")).await.unwrap(),
            None
        );
    }
}
