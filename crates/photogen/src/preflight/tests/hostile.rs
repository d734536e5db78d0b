//! Folders as nobody should send them.

use std::fs;

use domain::size::Size;

use super::{Folder, lines, photo, problems};
use crate::preflight::{Options, Severity, run};

/// Every hostile file costs one error line of the expected kind, and the good photo beside it survives.
fn check(name: &str, kind: &str, make: impl FnOnce(&Folder)) {
    let folder = Folder::new().with(&["good.jpg"]);
    make(&folder);
    let preflight = folder.run();
    let errors: Vec<String> = preflight
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| {
            assert!(!problem.message.contains('\n') && !problem.path.contains('\n'));
            format!(
                "{} {}",
                problem.path.rsplit('/').next().unwrap(),
                serde_json::to_value(problem.kind).unwrap()
            )
        })
        .collect();
    assert_eq!(errors, [format!("{name} \"{kind}\"")], "{:?}", preflight.problems);
    assert!(
        lines(&preflight, folder.dir.path())
            .iter()
            .any(|line| line == "good front 1 good.jpg")
    );
}

/// A PNG whose header promises 60,000 x 60,000 pixels.
fn bomb() -> Vec<u8> {
    let mut png = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
    let mut ihdr = b"IHDR".to_vec();
    ihdr.extend(60_000u32.to_be_bytes());
    ihdr.extend(60_000u32.to_be_bytes());
    ihdr.extend([8, 2, 0, 0, 0]);
    png.extend(13u32.to_be_bytes());
    png.extend(&ihdr);
    png.extend(crc32(&ihdr).to_be_bytes());
    png
}

/// CRC-32 of PNG (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[test]
fn a_bomb_is_too_large() {
    check("bomb.png", "too_large", |folder| {
        folder.bytes("bomb.png", &bomb());
    });
}

#[test]
fn a_truncated_jpeg_is_damaged() {
    check("cut.jpg", "damaged", |folder| {
        folder.picture("cut.jpg", &photo(600, 600, 77));
        let whole = fs::read(folder.path("cut.jpg")).unwrap();
        folder.bytes("cut.jpg", &whole[..whole.len() / 2]);
    });
}

#[test]
fn text_named_png_is_no_picture() {
    check("text.png", "not_a_picture", |folder| {
        folder.bytes("text.png", b"dear customer");
    });
}

#[test]
fn a_zero_byte_file_is_empty() {
    check("zero.jpg", "empty", |folder| folder.bytes("zero.jpg", b""));
}

#[cfg(unix)]
#[test]
fn a_directory_loop_is_not_followed() {
    check("loop", "directory_loop", |folder| {
        fs::create_dir(folder.path("sub")).unwrap();
        std::os::unix::fs::symlink(folder.dir.path(), folder.path("sub/loop")).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_broken_link_leads_to_nothing() {
    check("gone.jpg", "broken_link", |folder| {
        std::os::unix::fs::symlink("nowhere.jpg", folder.path("gone.jpg")).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_devices_are_not_opened() {
    check("pipe.jpg", "not_a_file", |folder| {
        let made = std::process::Command::new("mkfifo")
            .arg(folder.path("pipe.jpg"))
            .status();
        assert!(made.unwrap().success());
    });
    check("socket.png", "not_a_file", |folder| {
        std::os::unix::net::UnixListener::bind(folder.path("socket.png")).unwrap();
    });
    check("device.png", "not_a_file", |folder| {
        std::os::unix::fs::symlink("/dev/zero", folder.path("device.png")).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_unreadable() {
    use std::os::unix::fs::PermissionsExt as _;
    let probe = tempfile::NamedTempFile::new().unwrap();
    fs::set_permissions(probe.path(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(probe.path()).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    check("secret.jpg", "unreadable", |folder| {
        folder.picture("secret.jpg", &photo(300, 300, 1));
        fs::set_permissions(folder.path("secret.jpg"), fs::Permissions::from_mode(0o000)).unwrap();
    });
}

#[cfg(unix)]
#[test]
fn strange_names_stay_on_one_line() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    check("a\\nb\\u{1b}[2J.png", "not_a_picture", |folder| {
        folder.bytes("a\nb\u{1b}[2J.png", b"text");
    });
    check("bad\\xff.png", "name_not_unicode", |folder| {
        fs::write(folder.dir.path().join(OsStr::from_bytes(b"bad\xff.png")), b"text").unwrap();
    });
}

#[test]
fn a_file_that_vanishes_after_it_was_listed_is_unreadable() {
    let folder = Folder::new().with(&["a.jpg", "b.jpg"]);
    let options = Options {
        threads: 1,
        ..Options::new(Size::default(), None, 1 << 30)
    };
    let gone = folder.path("b.jpg");
    let preflight = run(&[folder.dir.path().to_owned()], &options, &|done, _| {
        if done == 1 {
            fs::remove_file(&gone).unwrap();
        }
    });
    assert_eq!(problems(&preflight)[0], "b.jpg unreadable");
    assert_eq!(preflight.usable(), 1);
}

#[test]
fn a_folder_named_like_a_photo_is_a_folder() {
    let folder = Folder::new().with(&["set.jpg/A1.png"]);
    assert_eq!(
        lines(&folder.run(), folder.dir.path()),
        ["A1 front 1 set.jpg/A1.png"]
    );
}
