//! Addresses of storages: what opens, what does not, and what is said then.

use std::sync::Arc;

use store::blobs::{BlobError, open};

use crate::clock::TestClock;

fn opened(address: &str) -> Result<String, BlobError> {
    open(address, Arc::new(TestClock::default())).map(|blobs| format!("{blobs:?}"))
}

#[tokio::test]
async fn an_address_opens_its_storage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blobs: of ours");
    let path = path.display();
    for (address, printed) in [
        (path.to_string(), "LocalBlobs"),
        (
            format!("file://{}", path.to_string().replace(' ', "%20")),
            "LocalBlobs",
        ),
        ("memory:".to_owned(), "Memory(0 blobs)"),
        ("s3://photos?region=eu-central-1".to_owned(), "S3(photos)"),
        (
            "s3://k:s@photos/a/b?endpoint=http://127.0.0.1:9000".to_owned(),
            "a/b",
        ),
        (
            "s3://k:s@photos?endpoint=https://r2.example.com&region=auto&path_style=false".to_owned(),
            "S3(photos at",
        ),
        ("cloudinary://1:s@demo".to_owned(), "Cloudinary(demo)"),
        ("cloudinary://1:s@demo/shop/photos".to_owned(), "shop/photos"),
    ] {
        let found = opened(&address).unwrap();
        assert!(found.contains(printed), "{address}: {found}");
    }
}

#[tokio::test]
async fn a_wrong_address_says_what_to_write_and_no_secret() {
    for (address, said) in [
        ("", "the address of the storage is empty"),
        (
            "gs://bucket",
            "`gs:` is no storage there is; take a folder, memory:, s3://",
        ),
        (
            "https://key:hushhush@bucket.example.com",
            "`https:` is no storage there is",
        ),
        ("file://host/x", "a folder is written file:///"),
        ("s3://", "s3://KEY:SECRET@BUCKET/FOLDER"),
        ("s3://k:hushhush@", "s3://KEY:SECRET@BUCKET/FOLDER"),
        (
            "s3://k:hush/hush@bucket?region=x",
            "s3://KEY:SECRET@BUCKET/FOLDER",
        ),
        (
            "s3://:hushhush@bucket?region=x",
            "the key or the secret is missing",
        ),
        ("s3://key@bucket?region=x", "the key or the secret is missing"),
        (
            "s3://k:hushhush@bucket?regoin=x",
            "`regoin` is not an option; there are region, endpoint",
        ),
        (
            "s3://k:hushhush@bucket?endpoint=minio:9000",
            "`endpoint` must be the address of a server",
        ),
        (
            "s3://k:hushhush@bucket?region=x&path_style=maybe",
            "`path_style=maybe` must be true or false",
        ),
        (
            "s3://k:hushhush@bucket?region=x&timeout=0",
            "`timeout=0` must be seconds",
        ),
        (
            "s3://k:hushhush@bucket/a/../b+c?region=x",
            "`b+c` cannot be a folder",
        ),
        ("cloudinary://:hushhush@demo", "the key or the secret is missing"),
        ("cloudinary://key@demo", "the key or the secret is missing"),
        (
            "cloudinary://k:hushhush@demo?secure=true",
            "`secure` is not an option",
        ),
        (
            "cloudinary://k:hushhush@demo?signature_algorithm=md5",
            "sha1 or sha256",
        ),
    ] {
        let error = opened(address).unwrap_err();
        assert!(matches!(error, BlobError::BadAddress(_)), "{address}: {error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(said), "{address}: {text}");
        assert!(!text.contains("hush"), "{address}: {text}");
    }
}

#[tokio::test]
async fn keys_do_not_lead_among_unfinished_files() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().display().to_string();
    let blobs = open(&address, Arc::new(TestClock::default())).unwrap();
    let put = blobs.put(".unfinished/x", "x".into()).await;
    assert!(matches!(put, Err(BlobError::BadKey(_))), "{put:?}");
}
