//! A folder as nobody should send it, through the program itself: one line a file, and the good photo goes on.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use testkit::Garment;

fn shoot(arguments: &[&Path], out: &Path, json: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
    command
        .arg("shoot")
        .args(arguments)
        .arg("--out")
        .arg(out)
        .arg("--dry-run");
    if json {
        command.arg("--json");
    }
    command.output().unwrap()
}

fn photo(path: &Path) {
    let garment = Garment {
        side: 800,
        ..Garment::default()
    };
    let picture = image::DynamicImage::ImageRgba16(garment.photo()).to_rgb8();
    picture.save(path).unwrap();
}

/// A PNG of valid chunks whose header promises 60,000 x 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut png = Vec::new();
    let small = image::RgbImage::new(1, 1);
    small
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .unwrap();
    png[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

/// CRC-32 of PNG (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let step = |crc: u32| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

/// Every hostile file, with a word of the one line it must cost.
const LINES: &[(&str, &str)] = &[
    ("bomb.png", "too large: 60000x60000"),
    ("cut.jpg", "damaged"),
    ("text.png", "not a picture: it is text"),
    ("zero.jpg", "empty (0 bytes)"),
    ("loop", "leads back"),
    ("gone.jpg", "a link to nothing"),
    ("pipe.jpg", "a pipe, socket or device"),
    ("socket.png", "a pipe, socket or device"),
    ("device.png", "a pipe, socket or device"),
    ("new\\nline\\u{1b}[31m.png", "not a picture"),
    ("bad\\xff.png", "not Unicode"),
    ("blank.png", "no product found"),
    ("phone.heic", "HEIC is not read"),
];

fn hostile_folder(folder: &Path) {
    photo(&folder.join("good_front.jpg"));
    let whole = fs::read(folder.join("good_front.jpg")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
    write("bomb.png", &bomb());
    write("cut.jpg", &whole[..whole.len() / 2]);
    write("text.png", b"dear customer");
    write("zero.jpg", b"");
    write("new\nline\u{1b}[31m.png", b"text");
    write("phone.heic", b"\0\0\0\x18ftypheic");
    fs::write(folder.join(OsStr::from_bytes(b"bad\xff.png")), b"text").unwrap();
    symlink(folder, folder.join("loop")).unwrap();
    symlink("nowhere.jpg", folder.join("gone.jpg")).unwrap();
    symlink("/dev/zero", folder.join("device.png")).unwrap();
    UnixListener::bind(folder.join("socket.png")).unwrap();
    let made = Command::new("mkfifo")
        .arg(folder.join("pipe.jpg"))
        .status()
        .unwrap();
    assert!(made.success());
    image::RgbImage::from_pixel(400, 600, image::Rgb([244, 244, 244]))
        .save(folder.join("blank.png"))
        .unwrap();
}

#[test]
fn every_hostile_file_costs_one_line_and_the_good_photo_is_planned() {
    let folder = tempfile::tempdir().unwrap();
    hostile_folder(folder.path());
    let out = folder.path().join("out");

    let text = shoot(&[folder.path()], &out, false);
    assert_eq!(text.status.code(), Some(1), "some photos could not be used");
    let table = String::from_utf8(text.stdout).unwrap();
    assert!(!table.contains('\u{1b}'), "nothing a terminal would obey");

    let json = shoot(&[folder.path()], &out, true);
    let events: Vec<Value> = json
        .stdout
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let checked = events.iter().find(|event| event["event"] == "checked").unwrap();
    let errors: Vec<&Value> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|problem| problem["severity"] == "error")
        .collect();
    for (name, words) in LINES {
        let of_file: Vec<&&Value> = errors
            .iter()
            .filter(|error| error["path"].as_str().unwrap().ends_with(&format!("/{name}")))
            .collect();
        assert_eq!(of_file.len(), 1, "{name}: {errors:?}");
        let message = of_file[0]["message"].as_str().unwrap();
        assert!(
            message.contains(words) && !message.contains('\n'),
            "{name}: {message}"
        );
        assert!(
            table.contains(&format!("  {name}: ")),
            "{name} has a line in\n{table}"
        );
    }
    assert_eq!(errors.len(), LINES.len());
    let planned = events.iter().find(|event| event["event"] == "planned").unwrap();
    assert!(planned["pictures"].as_u64().unwrap() >= 1, "{planned}");
    assert!(!out.exists(), "a dry run writes nothing");
}

#[test]
fn a_table_beside_the_photos_overrules_their_names() {
    let folder = tempfile::tempdir().unwrap();
    photo(&folder.path().join("IMG_0001.jpg"));
    fs::write(
        folder.path().join("products.csv"),
        "\u{feff}SKU;Name;Category;Color;View;File\r\nA-1;\"Hemd; blau\";Shirt;blau;back;img_0001.jpg\r\nB-2;;;;up;\r\n",
    )
    .unwrap();
    let run = shoot(&[folder.path()], &folder.path().join("out"), true);
    let first = run.stdout.split(|&byte| byte == b'\n').next().unwrap();
    let checked: Value = serde_json::from_slice(first).unwrap();
    let product = &checked["products"][0];
    assert_eq!(product["sku"], "A-1");
    assert_eq!(product["name"], "Hemd; blau");
    assert_eq!(product["category"], "top");
    assert_eq!(product["colour"], "blau");
    assert_eq!(product["photos"][0]["view"], "back");
    let lines: Vec<_> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|problem| problem["line"].as_u64())
        .collect();
    assert_eq!(
        lines,
        [3, 3],
        "the wrong view and the missing photo, both at their line"
    );
}
