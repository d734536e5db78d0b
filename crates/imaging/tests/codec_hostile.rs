//! Files that are not what they say: each is one typed error, and never a panic.

use std::{fs, path::Path};

use imaging::codec::{self, DecodeError, Limits};
use tempfile::tempdir;

mod codec_made;
use codec_made::{jpeg, png, tiff, webp};

fn refuse(bytes: &[u8]) -> DecodeError {
    codec::decode(bytes, &Limits::default()).expect_err("a hostile file was accepted")
}

#[test]
fn missing_folders_and_empty_files_are_told_apart() {
    let folder = tempdir().unwrap();
    let limits = Limits::default();
    let missing = codec::read(&folder.path().join("no.jpg"), &limits).unwrap_err();
    assert!(matches!(missing, DecodeError::Unreadable { .. }), "{missing}");
    let directory = codec::read(folder.path(), &limits).unwrap_err();
    assert!(matches!(directory, DecodeError::Folder { .. }), "{directory}");
    let empty = folder.path().join("empty.png");
    fs::write(&empty, b"").unwrap();
    assert!(matches!(
        codec::read(&empty, &limits).unwrap_err(),
        DecodeError::Empty
    ));
    assert!(matches!(refuse(b""), DecodeError::Empty));
}

#[test]
fn a_file_past_the_limit_is_not_read() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("big.jpg");
    fs::File::create(&path)
        .unwrap()
        .set_len(300 * 1024 * 1024)
        .unwrap();
    let error = codec::read(&path, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("315 MB of file"), "{error}");
    let device = codec::read(Path::new("/dev/zero"), &Limits::default()).unwrap_err();
    assert!(matches!(device, DecodeError::NotAPicture(_)), "{device}");
}

#[test]
fn strangers_are_named() {
    for (bytes, name) in [
        (&b"sku,name\nA1,shirt\n"[..], "it is text"),
        (b"GIF89a\x01\0\x01\0", "a GIF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\0\0\0\x20ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "an AVIF picture"),
        (&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0], "unknown"),
        (b"\xff\xd8", "unknown"),
    ] {
        let error = refuse(bytes);
        assert!(matches!(error, DecodeError::NotAPicture(_)), "{error}");
        assert!(error.to_string().contains(name), "{error} should say {name}");
    }
}

#[test]
fn a_bomb_is_refused_from_its_header() {
    let mut bomb = png(8, 8, 16);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let crc = codec_made::crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut flat = jpeg(16, 16, false);
    let frame = flat.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    flat[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    for bytes in [bomb, flat] {
        let error = refuse(&bytes);
        assert!(matches!(error, DecodeError::TooLarge(_)), "{error}");
        assert!(error.to_string().contains("60000x60000"), "{error}");
    }
}

#[test]
fn every_cut_is_damage_and_no_cut_panics() {
    let files = [
        jpeg(67, 45, false),
        jpeg(67, 45, true),
        png(33, 21, 8),
        png(33, 21, 16),
        webp(67, 45, false),
        webp(67, 45, true),
    ];
    for whole in files {
        codec::decode(&whole, &Limits::default()).unwrap();
        // Past the last of the pixels nothing but a closing mark is missing: PNG reads, with a note.
        let tail = if whole.starts_with(b"\x89PNG") { 16 } else { 1 };
        for length in (12..=whole.len() - tail).step_by(7).chain([whole.len() - tail]) {
            let cut = &whole[..length];
            match codec::decode(cut, &Limits::default()) {
                Err(DecodeError::Damaged(_)) => {}
                Err(other) => panic!("{length} of {}: {other}", whole.len()),
                Ok(_) => panic!("{length} of {} was accepted", whole.len()),
            }
        }
    }
}

#[test]
fn a_piece_lost_in_the_middle_of_a_jpeg_is_damage() {
    for progressive in [false, true] {
        let whole = jpeg(400, 300, progressive);
        codec::decode(&whole, &Limits::default()).unwrap();
        let (mut tried, mut noticed) = (0, 0);
        for at in (700..whole.len() - 900).step_by(211) {
            let mut lost = whole.clone();
            lost.drain(at..at + 800);
            tried += 1;
            noticed += u32::from(codec::decode(&lost, &Limits::default()).is_err());
        }
        // The first scan of a progressive JPEG cannot be guarded.
        let wanted = if progressive { tried * 3 / 4 } else { tried };
        assert!(
            tried > 20 && noticed >= wanted,
            "progressive {progressive}: {noticed} of {tried}"
        );
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let limits = Limits {
        pixels_max: 1_000_000,
        ..Limits::default()
    };
    let files = [
        jpeg(67, 45, false),
        jpeg(67, 45, true),
        codec_made::cmyk_jpeg(32, 16, false, None),
        codec_made::cmyk_jpeg(32, 16, true, None),
        png(33, 21, 8),
        png(33, 21, 16),
        webp(67, 45, false),
        webp(67, 45, true),
        tiff(33, 21),
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for whole in &files {
        for _ in 0..1500 {
            let mut broken = whole.clone();
            for _ in 0..=(state % 3) {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 33) as usize % broken.len();
                broken[at] ^= 1 << (state >> 60 & 7);
            }
            if state & 0x10000 != 0 {
                broken.truncate((state >> 20) as usize % broken.len() + 1);
            }
            let _outcome = codec::decode(&broken, &limits);
        }
    }
}
