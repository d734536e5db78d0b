//! Addresses of storages: what opens, what does not, and what is said then.

use std::sync::Arc;

use store::blobs::{BlobError, open};

use crate::clock::TestClock;

fn opened(address: &str) -> Result<String, BlobError> {
    open(address, Arc::new(TestClock::new())).map(|blobs| format!("{blobs:?}"))
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
            "`gs:` is no storage there is; take a folder, or memory:",
        ),
        (
            "https://key:hushhush@bucket.example.com",
            "`https:` is no storage there is",
        ),
        ("file://host/x", "a folder is written file:///"),
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
    let blobs = open(&folder.path().display().to_string(), Arc::new(TestClock::new())).unwrap();
    let put = blobs.put(".unfinished/x", "x".into()).await;
    assert!(matches!(put, Err(BlobError::BadKey(_))), "{put:?}");
}
