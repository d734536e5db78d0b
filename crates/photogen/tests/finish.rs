//! `photogen finish` from outside: what it writes, what it refuses, and with what exit code.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::{read_back, source_type},
};

fn photogen(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_photogen"))
        .arg("finish")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// A folder with `in.png`, 80 x 40: a block of colour, see-through around it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture::from_fn(80, 40, |x, y| {
        image::Rgba([
            0x4000,
            0x8000,
            0xc000,
            if (24..56).contains(&x) && (8..32).contains(&y) {
                u16::MAX
            } else {
                0
            },
        ])
    });
    let spec = Spec {
        format: domain::format::Format::Png,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        ..Spec::default()
    };
    fs::write(
        folder.path().join("in.png"),
        finish(&picture, &spec).unwrap().bytes,
    )
    .unwrap();
    folder
}

#[test]
fn it_writes_one_described_file_and_says_so() {
    let folder = folder();
    let done = photogen(
        &["in.png", "out.jpg", "--size", "100", "--dpi", "72", "--json"],
        folder.path(),
    );
    assert!(done.status.success(), "{done:?}");
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let bytes = fs::read(folder.path().join("out.jpg")).unwrap();
    assert_eq!(said["bytes"], bytes.len());
    assert_eq!((&said["width"], &said["height"]), (&100.into(), &100.into()));
    assert_eq!(said["background_deviation"], 0);
    let found = read_back(&bytes);
    assert_eq!(found.dpi, Some(72));
    // The input says that it was generated: finishing it does not hide that.
    let kept = found.digital_source_type.unwrap();
    assert_eq!(kept, source_type::TRAINED_ALGORITHMIC_MEDIA);
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "nothing else is left behind: {names:?}");
}

#[test]
fn bad_usage_and_bad_input_exit_2_with_the_way_out() {
    let folder = folder();
    let at = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let whole = fs::read(folder.path().join("in.png")).unwrap();
    at("text.png", b"sku,name\n1,shirt\n");
    at("empty.jpg", b"");
    at("cut.png", &whole[..whole.len() / 2]);
    fs::create_dir(folder.path().join("folder")).unwrap();
    for (arguments, message) in [
        (&["in.png", "in.png"][..], "is the input; write to another file"),
        (&["none.png", "out.png"], "cannot read none.png"),
        (&["folder", "out.png"], "is a folder; give a picture file"),
        (&["text.png", "out.png"], "text.png: not a picture: it is text"),
        (&["empty.jpg", "out.png"], "empty.jpg: the file is empty"),
        (&["cut.png", "out.png"], "cut.png: damaged"),
        (
            &["in.png", "out.gif"],
            "end it in .webp, .png, .jpg, .tif or .avif",
        ),
        (&["in.png", "out.png", "--format", "webp"], "name it .webp"),
        (&["in.png", "away/out.png"], "make it first"),
        (&["in.png", "folder"], "is a folder; give a file name in it"),
        (&["in.png", "out.png", "--size", "9"], "is not a size"),
        (
            &["in.png", "out.png", "--background", "red"],
            "is not a background",
        ),
        (
            &["in.png", "out.png", "--fit", "stretch"],
            "use contain, cover or inside",
        ),
        (
            &["in.png", "out.png", "--source-type", "magic"],
            "not a term of the IPTC vocabulary",
        ),
    ] {
        let done = photogen(arguments, folder.path());
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {said}");
        assert!(
            !folder.path().join("out.png").exists(),
            "{arguments:?} left a file"
        );
    }
    assert_eq!(fs::read(folder.path().join("in.png")).unwrap(), whole);
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(["finish", "in.png", "out.jpg"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert!(folder.path().join("out.jpg").exists());
}
