//! What holds for every storage.

use std::{ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{TryStreamExt, future::join_all};
use store::blobs::{BlobError, Listed};

use crate::storages::Storage;

const HOSTILE: &[&str] = &[
    "",
    "/",
    "/etc/passwd",
    "a/",
    "a//b",
    ".",
    "..",
    "../x",
    "a/../../x",
    "a/./b",
    "a\\..\\b",
    "C:\\x",
    "a\0b",
    "a\nb",
    "a\u{7f}",
    " a",
    "a ",
    "a/ b",
    "what?",
    "a&b",
    "a#b",
    "a%2fb",
    "a+b",
    "<a>",
];

const ODD: &[&str] = &[
    "ä ö/ü.bin",
    "日本/写真.bin",
    "it's (1),2=3~x@y!$*;.bin",
    "two  spaces.bin",
    "a.b.c/.hidden",
    "-dash/_low",
    "[x]{y}^`|\".bin",
    "no-ending",
];

pub(crate) async fn a_blob_comes_back(Storage { blobs, .. }: &Storage) {
    blobs.put("A12/notes.json", "{}".into()).await.unwrap();
    blobs.put("A12/deep/er/notes.bin", "other".into()).await.unwrap();
    assert_eq!(blobs.get("A12/notes.json").await.unwrap(), "{}");
    assert_eq!(blobs.get("A12/deep/er/notes.bin").await.unwrap(), "other");
    assert_eq!(blobs.size("A12/deep/er/notes.bin").await.unwrap(), Some(5));
}

pub(crate) async fn a_put_replaces(Storage { blobs, .. }: &Storage) {
    for text in ["a longer first text", "second", "third"] {
        blobs.put("a.bin", text.into()).await.unwrap();
        assert_eq!(blobs.get("a.bin").await.unwrap(), text);
        assert_eq!(blobs.size("a.bin").await.unwrap(), Some(text.len() as u64));
    }
}

pub(crate) async fn an_empty_blob_is_a_blob_or_refused(storage: &Storage) {
    let blobs = &storage.blobs;
    let put = blobs.put("empty.bin", Bytes::new()).await;
    if !storage.takes_empty {
        assert!(matches!(put, Err(BlobError::Refused { .. })), "{put:?}");
        return;
    }
    put.unwrap();
    assert_eq!(blobs.get("empty.bin").await.unwrap(), "");
    assert_eq!(blobs.size("empty.bin").await.unwrap(), Some(0));
    let reading = blobs.read("empty.bin", Some(0..10)).await.unwrap();
    assert_eq!((reading.size, reading.range), (0, 0..0));
}

pub(crate) async fn what_is_absent_is_said_to_be(storage: &Storage) {
    let blobs = &storage.blobs;
    blobs.put("a/b.bin", "here".into()).await.unwrap();
    let folder = storage.knows_folders.then_some("a");
    for key in ["none", "a/b", "a/b.bin.bin", "a/b.bin/c", "a/none.webp"]
        .into_iter()
        .chain(folder)
    {
        for range in [None, Some(0..1), Some(5..5), Some(7..9)] {
            let found = blobs.read(key, range.clone()).await;
            assert!(
                matches!(&found, Err(BlobError::NotFound(named)) if named == key),
                "{key} {range:?}: {found:?}"
            );
        }
        assert!(
            matches!(blobs.get(key).await, Err(BlobError::NotFound(_))),
            "{key}"
        );
        assert_eq!(blobs.size(key).await.unwrap(), None, "{key}");
    }
}

pub(crate) async fn removing_twice_is_no_error(Storage { blobs, .. }: &Storage) {
    blobs.put("a/b.bin", "here".into()).await.unwrap();
    for _ in 0..2 {
        blobs.remove("a/b.bin").await.unwrap();
        assert_eq!(blobs.size("a/b.bin").await.unwrap(), None);
    }
    blobs.remove("never/was.webp").await.unwrap();
    assert!(listed(blobs.list("")).await.is_empty());
}

pub(crate) async fn ranges_are_cut_to_what_there_is(Storage { blobs, .. }: &Storage) {
    let text = "0123456789";
    blobs.put("digits.bin", text.into()).await.unwrap();
    let backwards = Range { start: 7, end: 3 };
    for (range, expected, told) in [
        (None, text, 0..10),
        (Some(0..1), "0", 0..1),
        (Some(0..10), text, 0..10),
        (Some(9..10), "9", 9..10),
        (Some(3..7), "3456", 3..7),
        (Some(6..u64::MAX), "6789", 6..10),
        (Some(0..100), text, 0..10),
        (Some(9..100), "9", 9..10),
        (Some(4..4), "", 0..0),
        (Some(10..11), "", 0..0),
        (Some(50..60), "", 0..0),
        (Some(u64::MAX - 1..u64::MAX), "", 0..0),
        (Some(backwards), "", 0..0),
    ] {
        let reading = blobs.read("digits.bin", range.clone()).await.unwrap();
        assert_eq!(reading.size, 10, "{range:?}");
        if expected.is_empty() {
            assert!(reading.range.is_empty(), "{range:?}");
        } else {
            assert_eq!(reading.range, told, "{range:?}");
        }
        assert_eq!(reading.all().await.unwrap(), expected, "{range:?}");
    }
}

pub(crate) async fn a_big_file_goes_in_parts(Storage { blobs, folder, .. }: &Storage) {
    let bytes = pattern((20 << 20) + 123);
    let file = folder.path().join("big");
    std::fs::write(&file, &bytes).unwrap();
    blobs
        .put("exports/big.zip", "an earlier one".into())
        .await
        .unwrap();
    blobs.put_file("exports/big.zip", &file).await.unwrap();
    assert_eq!(
        blobs.size("exports/big.zip").await.unwrap(),
        Some(bytes.len() as u64)
    );
    let reading = blobs.read("exports/big.zip", None).await.unwrap();
    assert!(reading.all().await.unwrap() == bytes, "the bytes differ");
    let range = 8_388_000..8_389_000;
    let reading = blobs.read("exports/big.zip", Some(range.clone())).await.unwrap();
    assert!(reading.all().await.unwrap() == bytes[8_388_000..8_389_000]);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), bytes.len() as u64);
}

pub(crate) async fn a_small_file_is_put(Storage { blobs, folder, .. }: &Storage) {
    for text in ["small", "smaller"] {
        let file = folder.path().join("small");
        std::fs::write(&file, text).unwrap();
        blobs.put_file("a/small.bin", &file).await.unwrap();
        assert_eq!(blobs.get("a/small.bin").await.unwrap(), text);
    }
}

pub(crate) async fn a_missing_file_is_an_error_of_the_file(Storage { blobs, folder, .. }: &Storage) {
    let put = blobs.put_file("a.bin", &folder.path().join("none")).await;
    assert!(matches!(put, Err(BlobError::Io { doing: "read", .. })), "{put:?}");
    assert_eq!(blobs.size("a.bin").await.unwrap(), None);
}

pub(crate) async fn hostile_keys_are_refused(Storage { blobs, .. }: &Storage) {
    let long = "x".repeat(300);
    let second = std::time::Duration::from_secs(1);
    for key in HOSTILE.iter().copied().chain([long.as_str()]) {
        let results = [
            blobs.put(key, "x".into()).await,
            blobs.put_file(key, Path::new("Cargo.toml")).await,
            blobs.get(key).await.map(drop),
            blobs.read(key, Some(0..1)).await.map(drop),
            blobs.size(key).await.map(drop),
            blobs.remove(key).await,
            blobs.presign(key, second, None).await.map(drop),
        ];
        for result in results {
            assert!(
                matches!(&result, Err(BlobError::BadKey(named)) if named == key),
                "{key:?}: {result:?}"
            );
        }
        if !key.is_empty() {
            let listed = blobs.list(key).try_collect::<Vec<_>>().await;
            assert!(matches!(listed, Err(BlobError::BadKey(_))), "{key:?}: {listed:?}");
        }
    }
    assert!(listed(blobs.list("")).await.is_empty());
}

pub(crate) async fn odd_keys_are_kept(Storage { blobs, .. }: &Storage) {
    for key in ODD {
        blobs.put(key, (*key).into()).await.unwrap();
    }
    for key in ODD {
        assert_eq!(blobs.get(key).await.unwrap(), *key);
        assert_eq!(blobs.size(key).await.unwrap(), Some(key.len() as u64), "{key}");
    }
    let mut expected: Vec<_> = ODD.iter().map(|key| (*key).to_owned()).collect();
    expected.sort();
    assert_eq!(listed(blobs.list("")).await, expected);
    for key in ODD {
        blobs.remove(key).await.unwrap();
    }
    assert!(listed(blobs.list("")).await.is_empty());
}

pub(crate) async fn writers_of_one_key_leave_one_whole(Storage { blobs, .. }: &Storage) {
    const LENGTH: usize = 1 << 20;
    let whole = |bytes: &Bytes| bytes.len() == LENGTH && bytes.iter().all(|byte| *byte == bytes[0]);
    let of = |number: u8| Bytes::from(vec![number; LENGTH]);
    blobs.put("one.bin", of(0)).await.unwrap();
    let tasks = (1..=8).map(|number| {
        let (blobs, bytes) = (Arc::clone(blobs), of(number));
        tokio::spawn(async move {
            blobs.put("one.bin", bytes).await.unwrap();
            blobs.get("one.bin").await.unwrap()
        })
    });
    for read in join_all(tasks).await {
        assert!(whole(&read.unwrap()), "a reader saw a part");
    }
    assert!(whole(&blobs.get("one.bin").await.unwrap()));
    assert_eq!(listed(blobs.list("")).await, ["one.bin"]);
}

pub(crate) async fn listings_tell_of_a_folder(Storage { blobs, .. }: &Storage) {
    let keys = [
        "a/1.bin",
        "a/b/2.bin",
        "a/b/c/3.json",
        "a/front.png",
        "ab/4.bin",
        "b.bin",
        "z/a/5.bin",
    ];
    for key in keys {
        let bytes = if key == "a/front.png" {
            PNG.into()
        } else {
            key.into()
        };
        blobs.put(key, bytes).await.unwrap();
    }
    for (folder, expected) in [
        ("", keys.to_vec()),
        ("a", vec!["a/1.bin", "a/b/2.bin", "a/b/c/3.json", "a/front.png"]),
        ("a/b", vec!["a/b/2.bin", "a/b/c/3.json"]),
        ("a/b/c", vec!["a/b/c/3.json"]),
        ("z", vec!["z/a/5.bin"]),
        ("none", vec![]),
        ("b.bin", vec![]),
    ] {
        assert_eq!(listed(blobs.list(folder)).await, expected, "{folder}");
    }
    let found: Vec<Listed> = blobs.list("ab").try_collect().await.unwrap();
    let size = found[0].size;
    assert_eq!((found.len(), size), (1, 8));
    assert!(found[0].modified_ms > 1_700_000_000_000, "{found:?}");
}

pub(crate) async fn pictures_keep_every_byte(Storage { blobs, .. }: &Storage) {
    let other = [PNG, b"with another end"].concat();
    blobs.put("A/front.png", PNG.into()).await.unwrap();
    blobs.put("A/front.PNG.png", other.clone().into()).await.unwrap();
    blobs.put("A/front", "no picture".into()).await.unwrap();
    assert_eq!(blobs.get("A/front.png").await.unwrap(), PNG);
    assert_eq!(blobs.get("A/front.PNG.png").await.unwrap(), other);
    let reading = blobs.read("A/front.png", Some(1..4)).await.unwrap();
    assert_eq!(reading.all().await.unwrap(), "PNG");
    blobs.remove("A/front.png").await.unwrap();
    assert_eq!(blobs.size("A/front.png").await.unwrap(), None);
    assert_eq!(blobs.get("A/front").await.unwrap(), "no picture");
}

/// The beginning of a PNG, which is what storages look at.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR";

/// The keys, sorted.
async fn listed(found: impl futures_util::Stream<Item = Result<Listed, BlobError>>) -> Vec<String> {
    let mut keys: Vec<_> = found.map_ok(|listed| listed.key).try_collect().await.unwrap();
    keys.sort();
    keys
}

/// Bytes that do not repeat with any part's size.
pub(crate) fn pattern(length: usize) -> Bytes {
    (0..length)
        .map(|at| (at % 251) as u8 ^ (at >> 16) as u8)
        .collect()
}
