//! `photogen profiles`, `verify`, `export` and `doctor --init-signing` from outside.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use domain::{
    brief::Brief,
    format::Format,
    generation::Status,
    manifest::{Counts, DeliveredFile, Entry, MANIFEST_VERSION, Manifest},
};
use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::source_type,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Runs the program in a folder that is its home too.
fn photogen(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_photogen"))
        .args(arguments)
        .current_dir(folder)
        .env("PHOTOGEN_HOME", folder.join("home"))
        .env_remove("C2PA_CERTIFICATE")
        .env_remove("C2PA_KEY")
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A garment on white, 400 x 400.
fn picture(format: Format) -> Vec<u8> {
    let picture = Picture::from_fn(400, 400, |x, y| {
        let inside = (150..250).contains(&x) && (60..340).contains(&y);
        let value = if inside {
            0x2000 + (x * 40) as u16
        } else {
            u16::MAX
        };
        image::Rgba([value, value, value, u16::MAX])
    });
    let spec = Spec {
        format,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        ..Spec::default()
    };
    finish(&picture, &spec).unwrap().bytes
}

/// A catalogue of two pictures, one of them a front.
fn catalogue(folder: &Path) {
    let bytes = picture(Format::Png);
    let pictures = ["FRONT", "BACK"].map(|pose| {
        let path = format!("A1/A1_{}.png", pose.to_lowercase());
        fs::create_dir_all(folder.join("A1")).unwrap();
        fs::write(folder.join(&path), &bytes).unwrap();
        Entry {
            sku: "A1".to_owned(),
            name: Some("Shirt".to_owned()),
            pose: pose.parse().unwrap(),
            take: 1,
            status: Status::Completed,
            reason: None,
            needs_review: pose == "BACK",
            notes: Vec::new(),
            engine: "openai".to_owned(),
            seed: "1".to_owned(),
            recipe: serde_json::json!({ "model": "m" }),
            inputs: Vec::new(),
            verdicts: Vec::new(),
            file: Some(DeliveredFile {
                path,
                bytes: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(&bytes)),
                width: 400,
                height: 400,
                format: Format::Png,
                digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA.to_owned(),
                background_deviation: Some(0),
            }),
            attempts: Vec::new(),
            channels: Vec::new(),
        }
    });
    let manifest = Manifest {
        version: MANIFEST_VERSION,
        generator: "photogen".to_owned(),
        brief: Brief::default(),
        counts: Counts::of(&pictures),
        pictures: pictures.to_vec(),
    };
    fs::write(
        folder.join("manifest.json"),
        serde_json::to_vec(&manifest).unwrap(),
    )
    .unwrap();
}

#[test]
fn profiles_are_listed_with_their_sources() {
    let folder = tempfile::tempdir().unwrap();
    let listed = photogen(&["profiles", "--json"], folder.path());
    assert!(listed.status.success());
    let profiles = lines(&listed);
    assert_eq!(profiles.len(), 11);
    assert!(
        profiles
            .iter()
            .all(|profile| profile["sources"][0]["date"].is_string())
    );
    let one = photogen(&["profiles", "zalando"], folder.path());
    assert!(String::from_utf8_lossy(&one.stdout).contains("partner.zalando.com"));
}

#[test]
fn verify_says_what_a_channel_would() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), picture(Format::Png)).unwrap();
    let said = photogen(
        &["verify", "--profile", "amazon,ebay", "a.png", "--json"],
        folder.path(),
    );
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    let lines = lines(&said);
    assert_eq!(lines.len(), 2);
    let failed = |line: &Value| -> Vec<String> {
        let checks = line["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| check["outcome"] == "failed")
            .map(|check| check["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(failed(&lines[0]), ["pixels", "fill"]);
    assert_eq!(failed(&lines[1]), ["pixels"]);
    assert_eq!(lines[0]["facts"]["fill"], 70.0);
    let missing = photogen(&["verify", "none.png"], folder.path());
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn signed_files_are_trusted_here_and_broken_by_a_byte() {
    let folder = tempfile::tempdir().unwrap();
    let made = photogen(&["doctor", "--init-signing"], folder.path());
    assert!(made.status.success(), "{made:?}");
    let again = photogen(&["doctor", "--init-signing"], folder.path());
    assert_eq!(again.status.code(), Some(2), "it does not write over a key");
    catalogue(folder.path());
    let packed = photogen(
        &[
            "export",
            ".",
            "--profile",
            "web",
            "-o",
            "out.zip",
            "--disclose",
            "--json",
        ],
        folder.path(),
    );
    assert!(packed.status.success(), "{packed:?}");
    let mut zip = zip::ZipArchive::new(fs::File::open(folder.path().join("out.zip")).unwrap()).unwrap();
    let mut file = Vec::new();
    std::io::copy(&mut zip.by_name("web/A1/A1_front_1.webp").unwrap(), &mut file).unwrap();
    fs::write(folder.path().join("a.webp"), &file).unwrap();
    let said = photogen(&["verify", "--profile", "web", "a.webp", "--json"], folder.path());
    assert!(said.status.success(), "{said:?}");
    let seen = &lines(&said)[0]["provenance"];
    assert_eq!(seen["state"], "trusted", "{seen}");
    assert_eq!(seen["generator"], "PhotoGen");
    let middle = file.len() / 2;
    file[middle] ^= 1;
    fs::write(folder.path().join("b.webp"), &file).unwrap();
    let said = photogen(&["verify", "b.webp"], folder.path());
    assert_eq!(said.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("BROKEN"),
        "{said:?}"
    );
}

#[test]
fn an_export_is_the_same_twice_and_names_what_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    catalogue(folder.path());
    for name in ["one.zip", "two.zip"] {
        let packed = photogen(
            &["export", ".", "--profile", "amazon,web", "-o", name, "--json"],
            folder.path(),
        );
        assert!(packed.status.success(), "{packed:?}");
        assert_eq!(lines(&packed)[0]["files"], 4);
    }
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(read("one.zip") == read("two.zip"), "the same bytes");
    let reviewed = photogen(
        &[
            "export",
            ".",
            "--profile",
            "web",
            "-o",
            "three.zip",
            "--reviewed-only",
            "--json",
        ],
        folder.path(),
    );
    assert_eq!(lines(&reviewed)[0]["files"], 1);
    let refused = photogen(
        &[
            "export",
            ".",
            "--profile",
            "web",
            "-o",
            "x.zip",
            "--naming",
            "{pose}",
        ],
        folder.path(),
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(!folder.path().join("x.zip.part").exists());
}
