//! `photogen profiles`, `verify`, `export` and `doctor --init-signing` from outside.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, SystemTime},
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
    command(arguments, folder).output().unwrap()
}

fn command(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("PHOTOGEN_HOME", folder.join("home"))
        .env_remove("C2PA_CERTIFICATE")
        .env_remove("C2PA_KEY")
        .env_remove("C2PA_TRUST");
    command
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A garment on white, 400 x 400.
fn picture(format: Format) -> Vec<u8> {
    picture_of(0x2000, format)
}

/// The same, of another darkness.
fn picture_of(dark: u16, format: Format) -> Vec<u8> {
    let picture = Picture::from_fn(400, 400, |x, y| {
        let inside = (150..250).contains(&x) && (60..340).contains(&y);
        let value = if inside { dark + (x * 40) as u16 } else { u16::MAX };
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
    let pictures = [("FRONT", 0x2000), ("BACK", 0x3000)].map(|(pose, dark)| {
        let bytes = picture_of(dark, Format::Png);
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

/// The file of an archive.
fn packed(folder: &Path, archive: &str, path: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(fs::File::open(folder.join(archive)).unwrap()).unwrap();
    let mut file = Vec::new();
    std::io::copy(&mut zip.by_name(path).unwrap(), &mut file).unwrap();
    file
}

#[test]
fn a_certificate_of_ones_own_is_made_once_and_its_key_kept_close() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = |words: &[&str]| photogen(&[&["doctor"], words].concat(), folder.path());
    let made = doctor(&["--init-signing", "Aster Fashion"]);
    assert!(made.status.success(), "{made:?}");
    let signing = folder.path().join("home/signing");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&signing), mode(&signing.join("key.pem"))), (0o700, 0o600));
    }
    let key = fs::read(signing.join("key.pem")).unwrap();
    assert_eq!(
        doctor(&["--init-signing"]).status.code(),
        Some(2),
        "it does not write over a key"
    );
    assert_eq!(fs::read(signing.join("key.pem")).unwrap(), key);
    let finding = |output: &Output| {
        let found = lines(output)
            .into_iter()
            .find(|line| line["what"] == "signing (C2PA)");
        found.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(finding(&doctor(&["--json"])), "good");
    fs::write(signing.join("key.pem"), "no key").unwrap();
    assert_eq!(finding(&doctor(&["--json"])), "broken");
}

#[test]
fn finished_files_are_trusted_here_valid_elsewhere_and_broken_by_a_byte() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    photogen(&["doctor", "--init-signing", "Aster Fashion"], folder.path());
    fs::write(folder.path().join("in.png"), picture(Format::Png)).unwrap();
    for name in ["a.webp", "a.png", "a.jpg", "a.tif", "a.avif"] {
        let path = folder.path().join(name);
        let finished = photogen(&["finish", "in.png", name], folder.path());
        assert!(finished.status.success(), "{finished:?}");
        let state = |folder: &Path| {
            let said = photogen(&["verify", path.to_str().unwrap(), "--json"], folder);
            (
                said.status.code(),
                lines(&said)[0]["provenance"]["state"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            )
        };
        assert_eq!(state(folder.path()), (Some(0), "trusted".to_owned()), "{name}");
        assert_eq!(state(elsewhere.path()), (Some(0), "valid".to_owned()), "{name}");
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 9;
        bytes[last] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(state(folder.path()), (Some(1), "broken".to_owned()), "{name}");
        let told = photogen(&["verify", name], folder.path());
        assert!(
            String::from_utf8_lossy(&told.stdout).contains("BROKEN"),
            "{told:?}"
        );
    }
}

#[test]
fn a_bought_certificate_signs_and_its_root_is_trusted_where_it_is_set() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    photogen(&["doctor", "--init-signing", "Bought"], folder.path());
    let signing = folder.path().join("home/signing");
    fs::write(elsewhere.path().join("in.png"), picture(Format::Png)).unwrap();
    let run = |words: &[&str], settings: &[(&str, &str)]| {
        let mut command = command(words, elsewhere.path());
        for (name, file) in settings {
            command.env(name, signing.join(file));
        }
        command.output().unwrap()
    };
    let (chain, key) = (
        ("C2PA_CERTIFICATE_FILE", "chain.pem"),
        ("C2PA_KEY_FILE", "key.pem"),
    );
    let half = run(&["finish", "in.png", "a.webp"], &[chain]);
    assert_eq!(half.status.code(), Some(2), "{half:?}");
    let finished = run(&["finish", "in.png", "a.webp"], &[chain, key]);
    assert!(finished.status.success(), "{finished:?}");
    let said = run(&["verify", "a.webp"], &[]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("valid, by Bought with PhotoGen"), "{said}");
    let said = run(&["verify", "a.webp"], &[("C2PA_TRUST_FILE", "root.pem")]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("trusted, by Bought with PhotoGen"), "{said}");
}

#[test]
fn a_signed_export_is_the_same_twice_though_signatures_are_not() {
    let folder = tempfile::tempdir().unwrap();
    photogen(&["doctor", "--init-signing"], folder.path());
    catalogue(folder.path());
    let export = |name: &str| {
        let packed = photogen(&["export", ".", "--profile", "web", "-o", name], folder.path());
        assert!(packed.status.success(), "{packed:?}");
        fs::read(folder.path().join(name)).unwrap()
    };
    assert!(export("one.zip") == export("two.zip"), "the same bytes");
    let kept = packed(folder.path(), "one.zip", "web/A1/A1_front_1.webp");
    fs::write(folder.path().join("a.webp"), &kept).unwrap();
    let said = photogen(&["verify", "--profile", "web", "a.webp", "--json"], folder.path());
    assert!(said.status.success(), "{said:?}");
    assert_eq!(lines(&said)[0]["facts"]["provenance"], "trusted");
    // Signed anew it is another file.
    fs::remove_dir_all(folder.path().join(".photogen/exports")).unwrap();
    export("three.zip");
    assert!(packed(folder.path(), "three.zip", "web/A1/A1_front_1.webp") != kept);
}

/// A file that is gone or another than was put is put again, and nothing else.
#[test]
fn a_delivery_goes_on_where_it_broke_off() {
    let folder = tempfile::tempdir().unwrap();
    catalogue(folder.path());
    let deliver = |more: &[&str]| {
        let words = [
            &["export", ".", "--profile", "web", "--to", "shop", "--json"],
            more,
        ]
        .concat();
        let put = photogen(&words, folder.path());
        let said = lines(&put);
        (
            put.status.code(),
            said[0]["delivered"].clone(),
            said[0]["there_already"].clone(),
        )
    };
    let count = |put: u64, stood: u64| (Some(0), Value::from(put), Value::from(stood));
    assert_eq!(deliver(&[]), count(5, 0));
    assert_eq!(deliver(&[]), count(0, 5));
    let shop = folder.path().join("shop");
    fs::remove_file(shop.join("web/A1/A1_front_1.webp")).unwrap();
    fs::write(shop.join("manifest.csv"), "cut").unwrap();
    assert_eq!(deliver(&[]), count(2, 3));
    assert!(!shop.join(".photogen-unfinished").exists());
    assert_eq!(deliver(&["-o", "all.zip", "--zip"]), count(1, 0));
    assert!(
        fs::read(shop.join("all.zip")).unwrap() == fs::read(folder.path().join("all.zip")).unwrap(),
        "the same archive"
    );
}

#[test]
fn a_delivery_does_not_go_over_what_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    catalogue(folder.path());
    let before = fs::read(folder.path().join("manifest.json")).unwrap();
    for words in [
        &["export", ".", "--profile", "web", "--to", "."][..],
        &["export", ".", "--profile", "web"],
        &["export", ".", "--profile", "web", "--to", "shop", "--zip"],
        &[
            "export",
            ".",
            "--profile",
            "web",
            "--to",
            "s3://me:hunter2@bucket?place=moon",
        ],
        &["export", ".", "--shoot", "1", "--profile", "web", "-o", "a.zip"],
        &["export", "--shoot", "1", "--profile", "web", "-o", "a.zip"],
    ] {
        let refused = photogen(words, folder.path());
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {refused:?}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!told.contains("hunter2"), "{told}");
    }
    assert!(fs::read(folder.path().join("manifest.json")).unwrap() == before);
}

/// What an export keeps goes once no picture of the catalogue can want it; nothing else does, whatever its age.
#[test]
#[expect(clippy::disallowed_methods, reason = "files have the system's time")]
fn what_exports_keep_goes_only_when_no_picture_wants_it() {
    let folder = tempfile::tempdir().unwrap();
    photogen(&["doctor", "--init-signing"], folder.path());
    catalogue(folder.path());
    let export = |more: &[&str]| {
        let words = [&["export", ".", "-o", "a.zip"], more].concat();
        let packed = photogen(&words, folder.path());
        assert_eq!(
            packed.status.code().map(|code| code < 2),
            Some(true),
            "{packed:?}"
        );
    };
    let kept = || {
        let files = fs::read_dir(folder.path().join(".photogen/exports")).unwrap();
        files.map(|file| file.unwrap().path()).collect::<BTreeSet<_>>()
    };
    let age = || {
        let long_ago = SystemTime::now() - Duration::from_hours(72);
        for path in kept() {
            fs::File::options()
                .append(true)
                .open(path)
                .unwrap()
                .set_modified(long_ago)
                .unwrap();
        }
    };
    export(&["--profile", "web,amazon"]);
    export(&["--profile", "web", "--disclose"]);
    let all = kept();
    assert_eq!(all.len(), 6, "{all:?}");
    age();
    export(&["--profile", "meta", "--reviewed-only"]);
    assert!(kept().is_superset(&all), "every picture still stands");
    // The back is gone from the catalogue.
    let path = folder.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["pictures"].as_array_mut().unwrap().pop();
    fs::write(&path, manifest.to_string()).unwrap();
    age();
    export(&["--profile", "web"]);
    let left = kept();
    assert_eq!(
        left.len(),
        4,
        "the front's for web, amazon, web disclosed, and meta: {left:?}"
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
