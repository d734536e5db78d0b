//! What is special to S3: faults between two machines, keys, signed addresses.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use store::blobs::{BlobError, Blobs, open};
use tempfile::TempDir;

use crate::{
    clock::TestClock,
    s3_server,
    server::{Server, Trouble},
    suite::pattern,
};

async fn started() -> (TempDir, Server, Arc<dyn Blobs>) {
    let folder = tempfile::tempdir().unwrap();
    let server = s3_server::start(&folder.path().join("s3")).await;
    let blobs = at(&s3_server::address(&server, ""));
    (folder, server, blobs)
}

fn at(address: &str) -> Arc<dyn Blobs> {
    open(address, Arc::new(TestClock::default())).unwrap()
}

#[tokio::test]
async fn an_error_in_passing_is_met_by_asking_again() {
    let (_folder, server, blobs) = started().await;
    let twice = [Trouble::Error500, Trouble::Error500];
    server.misbehave(twice);
    blobs.put("a.bin", "text".into()).await.unwrap();
    assert_eq!(server.asked().len(), 3);
    server.misbehave(twice);
    assert_eq!(blobs.get("a.bin").await.unwrap(), "text");
    server.misbehave(twice);
    assert_eq!(blobs.size("a.bin").await.unwrap(), Some(4));
    server.misbehave(twice);
    blobs.remove("a.bin").await.unwrap();
    assert_eq!(blobs.size("a.bin").await.unwrap(), None);
}

#[tokio::test]
async fn asking_again_has_an_end() {
    let (_folder, server, blobs) = started().await;
    server.always(Trouble::Error500);
    let put = blobs.put("a.bin", "text".into()).await;
    assert!(put.as_ref().is_err_and(BlobError::is_passing), "{put:?}");
    assert_eq!(server.asked().len(), 6);
}

#[tokio::test]
async fn a_put_whose_reply_is_lost_is_made_again() {
    let (_folder, server, blobs) = started().await;
    server.misbehave([Trouble::LosesReply]);
    blobs.put("a.bin", "text".into()).await.unwrap();
    assert_eq!(server.asked().len(), 2);
    assert_eq!(blobs.get("a.bin").await.unwrap(), "text");
    server.misbehave([Trouble::LosesReply]);
    blobs.remove("a.bin").await.unwrap();
    assert_eq!(blobs.size("a.bin").await.unwrap(), None);
}

#[tokio::test]
async fn an_upload_in_parts_survives_every_single_fault() {
    let (folder, server, blobs) = started().await;
    let bytes = pattern(17 << 20);
    let file = folder.path().join("file");
    std::fs::write(&file, &bytes).unwrap();
    // Begin, three parts, completion.
    for trouble in [Trouble::Error500, Trouble::LosesReply] {
        for at in 0..5 {
            server.misbehave(std::iter::repeat_n(Trouble::None, at).chain([trouble]));
            let put = blobs.put_file("big.bin", &file).await;
            let asked = server.asked();
            assert!(put.is_ok(), "{trouble:?} at {at}: {put:?} {asked:#?}");
            // What was lost was the upload's end: nobody knows that it stands, so it is made anew.
            let whole = if matches!((trouble, at), (Trouble::LosesReply, 4)) {
                12
            } else {
                6
            };
            assert_eq!(asked.len(), whole, "{trouble:?} at {at}: {asked:#?}");
            assert!(
                blobs.get("big.bin").await.unwrap() == bytes,
                "{trouble:?} at {at}"
            );
            blobs.remove("big.bin").await.unwrap();
            server.asked();
        }
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on() {
    let (_folder, server, blobs) = started().await;
    let bytes = pattern(3 << 20);
    blobs.put("a.bin", bytes.clone()).await.unwrap();
    server.misbehave([Trouble::CutsReply]);
    assert!(blobs.get("a.bin").await.unwrap() == bytes);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_and_a_silent_one_is_not() {
    let (_folder, server, _) = started().await;
    let impatient = at(&format!("{}&timeout=1", s3_server::address(&server, "")));
    server.misbehave([Trouble::Slow(Duration::from_millis(300))]);
    impatient.put("a.bin", "text".into()).await.unwrap();
    assert_eq!(server.asked().len(), 1);
    server.misbehave([Trouble::Silent]);
    impatient.put("a.bin", "other".into()).await.unwrap();
    assert_eq!(server.asked().len(), 2);
    assert_eq!(impatient.get("a.bin").await.unwrap(), "other");
}

#[tokio::test]
async fn wrong_keys_and_buckets_are_refused_in_the_stores_words() {
    let (_folder, server, blobs) = started().await;
    blobs.put("a.bin", "text".into()).await.unwrap();
    let right = s3_server::address(&server, "");
    let wrong_secret = at(&right.replace("7MDENG", "7MDENH"));
    let wrong_key = at(&right.replace("AKIA", "BKIA"));
    for (blobs, word) in [
        (wrong_secret, "SignatureDoesNotMatch"),
        (wrong_key, "NotSignedUp"),
    ] {
        for result in [
            blobs.put("b.bin", "text".into()).await,
            blobs.get("a.bin").await.map(drop),
        ] {
            is_refused(&result, word);
            assert!(!format!("{result:?} {blobs:?}").contains("wJalr"), "{result:?}");
        }
    }
    // The server here makes a bucket of a put, and takes a get of none for a get of no blob.
    let wrong_bucket = at(&right.replace("@photos", "@pictures"));
    let listed = wrong_bucket.list("").try_collect::<Vec<_>>().await;
    is_refused(&listed, "there is no such bucket");
}

fn is_refused<T: std::fmt::Debug>(result: &Result<T, BlobError>, word: &str) {
    assert!(
        matches!(result, Err(BlobError::Refused { reason, .. }) if reason.contains(word)),
        "{word}: {result:?}"
    );
}

#[tokio::test]
async fn nobody_there_is_an_error_in_passing() {
    let blobs = at("s3://k:s@photos?endpoint=http://127.0.0.1:9&timeout=1");
    let put = blobs.put("a.bin", "text".into()).await;
    assert!(put.as_ref().is_err_and(BlobError::is_passing), "{put:?}");
}

#[tokio::test]
async fn a_signed_address_gives_the_blob_until_it_expires() {
    let (_folder, server, _) = started().await;
    let blobs = at(&s3_server::address(&server, "/of ours/ä"));
    let key = "exports/A12 (final), 2=3.zip";
    blobs.put(key, "text".into()).await.unwrap();
    let client = reqwest::Client::new();
    let minute = Duration::from_mins(1);

    let url = blobs.presign(key, minute, None).await.unwrap().unwrap();
    let reply = client.get(&url).send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), reply.text().await.unwrap().as_str()),
        (200, "text")
    );

    let named = blobs
        .presign(key, minute, Some("Müller \"A12\".zip"))
        .await
        .unwrap()
        .unwrap();
    assert!(
        named.contains("response-content-disposition=attachment%3B%20filename%3D%22M_ller%20_A12_.zip%22"),
        "{named}"
    );
    assert_eq!(client.get(&named).send().await.unwrap().status(), 200);

    let unsigned = url.split_once('?').unwrap().0;
    for url in [
        unsigned.to_owned(),
        url.replace("A12", "A13"),
        named.replace("M_ller", "Muller"),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
    ] {
        let status = client.get(&url).send().await.unwrap().status();
        assert_eq!(status, 403, "{url}");
    }

    // The server has the machine's own clock, which no test sets.
    let brief = blobs
        .presign(key, Duration::from_secs(1), None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(client.get(&brief).send().await.unwrap().status(), 200);
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if client.get(&brief).send().await.unwrap().status() == 403 {
            return;
        }
    }
    panic!("the address did not expire");
}
