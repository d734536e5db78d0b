//! C2PA in every format: valid to all, trusted to who knows the root, broken by any byte, and read by others than us.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, process::Command};

use credentials::{DevelopmentIdentity, Signer, check, development_identity};
use domain::{format::Format, profile::Provenance};
use image::Rgba;
use imaging::{
    Picture,
    finish::{Spec, finish},
    provenance::{About, Parent, Seal as _, Statement, read_back, source_type},
};

fn identity() -> (DevelopmentIdentity, Signer) {
    let made = development_identity("Test").unwrap();
    let signer = Signer::from_pem(&made.chain, &made.key).unwrap();
    (made, signer)
}

fn file(format: Format) -> Vec<u8> {
    let picture = Picture::from_fn(48, 32, |x, y| {
        Rgba([(x * 1300) as u16, (y * 2000) as u16, 0x4000, u16::MAX])
    });
    let spec = Spec {
        format,
        digital_source_type: source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
        about: About {
            ai_system: Some("openai:some-model".to_owned()),
            ai_system_version: Some("some-model".to_owned()),
            description: Some("Made with <AI> & care".to_owned()),
            ..About::default()
        },
        ..Spec::default()
    };
    finish(&picture, &spec).unwrap().bytes
}

fn signed(signer: &Signer, format: Format, parent: Option<Parent<'_>>) -> Vec<u8> {
    let statement = Statement {
        format,
        digital_source_type: source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
        actions: &["c2pa.edited"],
        parent,
    };
    signer.sign(&file(format), &statement).unwrap()
}

#[test]
fn every_format_is_signed_and_keeps_what_it_said() {
    let (made, signer) = identity();
    for format in Format::ALL {
        let bytes = signed(&signer, format, None);
        let unknown = check(&bytes, None);
        assert_eq!(unknown.state, Provenance::Valid, "{format}: {unknown:?}");
        let known = check(&bytes, Some(&made.root));
        assert_eq!(known.state, Provenance::Trusted, "{format}: {known:?}");
        assert_eq!(known.generator.as_deref(), Some("PhotoGen"));
        assert_eq!(known.signer.as_deref(), Some("Test"));
        assert!(known.actions[0].starts_with("c2pa.created"), "{known:?}");
        let said = read_back(&bytes);
        assert_eq!(
            said.digital_source_type.as_deref(),
            Some(source_type::COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA),
            "{format}"
        );
        assert_eq!(check(&file(format), None).state, Provenance::None, "{format}");
    }
}

#[test]
fn any_byte_changed_after_signing_breaks_it() {
    let (made, signer) = identity();
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let bytes = signed(&signer, format, None);
        // From behind the format's own first bytes: without those it is no picture at all.
        for at in (16..bytes.len()).step_by(bytes.len() / 60) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x01;
            let seen = check(&changed, Some(&made.root));
            assert_eq!(
                seen.state,
                Provenance::Broken,
                "{format}, byte {at} of {}",
                bytes.len()
            );
        }
    }
}

#[test]
fn what_it_was_made_from_keeps_its_own_manifest() {
    let (made, signer) = identity();
    let engine = signed(&signer, Format::Png, None);
    let parent = Parent {
        title: "the engine's picture",
        bytes: &engine,
    };
    let bytes = signed(&signer, Format::Jpeg, Some(parent));
    let seen = check(&bytes, Some(&made.root));
    assert_eq!(seen.state, Provenance::Trusted, "{seen:?}");
    assert_eq!(seen.ingredients, ["the engine's picture (with its own manifest)"]);
    assert!(seen.actions[0].starts_with("c2pa.opened"), "{seen:?}");
}

#[test]
fn exiftool_reads_what_we_say() {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        eprintln!("skipped: exiftool is not here");
        return;
    }
    let (_, signer) = identity();
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join(format!("{format}.{}", format.extension()));
        fs::write(&path, signed(&signer, format, None)).unwrap();
        let said = Command::new("exiftool")
            .args([
                "-G1",
                "-a",
                "-s",
                "-XMP:all",
                "-JUMBF:all",
                "-ResolutionUnit",
                "-XResolution",
            ])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            said.contains("compositeWithTrainedAlgorithmicMedia"),
            "{format}: {said}"
        );
        assert!(said.contains("openai:some-model"), "{format}: {said}");
        assert!(said.contains("Made with <AI> & care"), "{format}: {said}");
    }
}

/// The C2PA library of PyPI, `c2pa-python`, which links another build of the reference implementation.
#[test]
fn another_c2pa_reader_agrees() {
    const SCRIPT: &str = "
import json, sys, c2pa
reader = c2pa.Reader(sys.argv[2], open(sys.argv[1], 'rb'))
store = json.loads(reader.json())
print(store.get('validation_state'), store['manifests'][store['active_manifest']]['claim_generator_info'][0]['name'])
";
    let has = Command::new("python3").args(["-c", "import c2pa"]).output();
    if !has.is_ok_and(|has| has.status.success()) {
        eprintln!("skipped: c2pa-python is not here");
        return;
    }
    let (_, signer) = identity();
    let folder = tempfile::tempdir().unwrap();
    for (format, kind) in [
        (Format::Jpeg, "image/jpeg"),
        (Format::Png, "image/png"),
        (Format::Webp, "image/webp"),
        (Format::Tiff, "image/tiff"),
        (Format::Avif, "image/avif"),
    ] {
        let path = folder.path().join("signed");
        fs::write(&path, signed(&signer, format, None)).unwrap();
        let said = Command::new("python3")
            .args(["-c", SCRIPT])
            .arg(&path)
            .arg(kind)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        assert_eq!(
            words,
            "Valid PhotoGen",
            "{format}: {}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
}
