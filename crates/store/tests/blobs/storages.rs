//! Every storage, ready to be tested, and the suite run on each.

use std::sync::Arc;

use store::blobs::{Blobs, Within, open};
use tempfile::TempDir;

use crate::{clock::TestClock, cloudinary_server, s3_server};

/// A storage with nothing in it; it ends with the test.
pub(crate) struct Storage {
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) folder: TempDir,
    /// Cloudinary takes no empty files.
    pub(crate) takes_empty: bool,
    /// The S3 server of these tests keeps blobs as files and answers 500 when asked for a folder; S3 has no folders.
    pub(crate) knows_folders: bool,
}

fn opened(folder: TempDir, address: &str) -> Storage {
    Storage {
        blobs: open(address, Arc::new(TestClock::default())).unwrap(),
        folder,
        takes_empty: !address.starts_with("cloudinary:"),
        knows_folders: !address.starts_with("s3:"),
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn memory() -> Storage {
    opened(folder(), "memory:")
}

async fn within_memory() -> Storage {
    let storage = opened(folder(), "memory:");
    for key in ["within", "without/7.bin", "with/in", "with/inside/8.bin"] {
        storage.blobs.put(key, "not to be seen".into()).await.unwrap();
    }
    Storage {
        blobs: Arc::new(Within::new("with/in", Arc::clone(&storage.blobs)).unwrap()),
        ..storage
    }
}

async fn local() -> Storage {
    let folder = folder();
    let address = folder.path().join("blobs").display().to_string();
    opened(folder, &address)
}

async fn s3() -> Storage {
    let folder = folder();
    let server = s3_server::start(&folder.path().join("s3")).await;
    opened(folder, &s3_server::address(&server, ""))
}

async fn s3_folder() -> Storage {
    let folder = folder();
    let server = s3_server::start(&folder.path().join("s3")).await;
    opened(folder, &s3_server::address(&server, "/of/ours"))
}

async fn cloudinary() -> Storage {
    let server = cloudinary_server::start(Arc::new(TestClock::default())).await;
    opened(folder(), &server.address("/shop", ""))
}

async fn cloudinary_sha256() -> Storage {
    let server = cloudinary_server::start(Arc::new(TestClock::default())).await;
    opened(folder(), &server.address("", "&signature_algorithm=sha256"))
}

macro_rules! on_every_storage {
    ($($case:ident)*) => {
        on_every_storage!(@storages [$($case)*] memory within_memory local s3 s3_folder cloudinary cloudinary_sha256);
    };
    (@storages $cases:tt $($storage:ident)*) => {
        $(on_every_storage!(@cases $storage $cases);)*
    };
    (@cases $storage:ident [$($case:ident)*]) => {
        mod $storage {
            $(
                #[tokio::test]
                async fn $case() {
                    let storage = super::$storage().await;
                    crate::suite::$case(&storage).await;
                }
            )*
        }
    };
}

on_every_storage! {
    a_blob_comes_back
    a_put_replaces
    an_empty_blob_is_a_blob_or_refused
    what_is_absent_is_said_to_be
    removing_twice_is_no_error
    ranges_are_cut_to_what_there_is
    a_big_file_goes_in_parts
    a_small_file_is_put
    a_missing_file_is_an_error_of_the_file
    hostile_keys_are_refused
    odd_keys_are_kept
    writers_of_one_key_leave_one_whole
    listings_tell_of_a_folder
    pictures_keep_every_byte
}
