//! `photogen check identity` and `photogen doctor`: what they say and how they exit when models or services are missing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// An empty home, a PATH without clients, and one gray picture.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        let gray = testkit::Picture::from_pixel(80, 80, image::Rgba([30_000, 30_000, 30_000, u16::MAX]));
        gray.save(world.picture()).unwrap();
        world
    }

    fn picture(&self) -> PathBuf {
        self.0.path().join("gray.png")
    }

    fn photogen(&self, args: &[&str], settings: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photogen"));
        command.args(args).envs(settings.iter().copied());
        command.env("PATH", "").env("NO_PROXY", "*");
        if settings.iter().all(|(name, _)| *name != "PHOTOGEN_HOME") {
            command.env("PHOTOGEN_HOME", self.0.path());
        }
        command.output().unwrap()
    }

    fn check(&self, settings: &[(&str, &str)]) -> Output {
        let picture = self.picture();
        let picture = picture.to_str().unwrap();
        let args = [
            "check",
            "identity",
            "--reference",
            picture,
            "--candidate",
            picture,
            "--json",
        ];
        self.photogen(&args, settings)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_a_model_the_picture_is_unverifiable_and_never_passes() {
    let world = World::new();
    let output = world.check(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["lock"], "identity");
    assert_eq!(verdict["outcome"], "unverifiable");
    assert_eq!(verdict["score"], Value::Null);
    let reason = verdict["reason"].as_str().unwrap();
    assert!(
        reason.contains("faceplugin-detect could not be fetched"),
        "{reason}"
    );
}

#[test]
fn a_face_service_that_is_out_judges_nothing() {
    let world = World::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = world.check(&[("INSIGHTFACE_URL", &format!("http://{nobody}"))]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = said(&output);
    assert!(
        said.contains("the face service cannot be reached; nothing was judged"),
        "{said}"
    );
}

#[test]
fn a_pose_without_a_face_needs_no_model() {
    let world = World::new();
    let picture = world.picture();
    let picture = picture.to_str().unwrap();
    let args = [
        "check",
        "identity",
        "--reference",
        picture,
        "--candidate",
        picture,
        "--pose",
        "back",
    ];
    let output = world.photogen(&args, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("not_applicable"));
}

#[test]
fn a_reference_without_a_face_is_bad_input_that_is_named() {
    let home = ["fr_detect.onnx", "fr_landmark.onnx", "fr_feature.onnx"]
        .into_iter()
        .try_fold((), |(), file| testkit::model(file).map(|_| ()))
        .and_then(|()| testkit::home());
    let Some(home) = home else { return };
    let world = World::new();
    let output = world.check(&[("PHOTOGEN_HOME", home.to_str().unwrap())]);
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("gray.png: no face was found"), "{said}");
}

#[test]
fn the_threshold_is_a_number_between_0_and_1() {
    let home = testkit::model("fr_feature.onnx").and_then(|_| testkit::home());
    let Some(home) = home else { return };
    let world = World::new();
    for wrong in ["banana", "0", "1.2", "-1", "NaN"] {
        let settings = [
            ("PHOTOGEN_HOME", home.to_str().unwrap()),
            ("FACE_SIMILARITY_THRESHOLD", wrong),
        ];
        let output = world.check(&settings);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(
            said(&output).contains("FACE_SIMILARITY_THRESHOLD"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn the_doctor_tells_absent_from_broken() {
    let world = World::new();
    let findings = |settings: &[(&str, &str)]| {
        let output = world.photogen(&["doctor", "--json"], settings);
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (output.status.code(), lines)
    };
    let state = |lines: &[Value], what: &str| {
        let line = lines.iter().find(|line| line["what"] == what).unwrap();
        line["state"].as_str().unwrap().to_owned()
    };
    let (code, lines) = findings(&[]);
    assert_eq!(code, Some(0));
    assert_eq!(state(&lines, "faceplugin-embed"), "absent");
    assert_eq!(state(&lines, "INSIGHTFACE_URL"), "absent");

    fs::create_dir_all(world.0.path().join("models")).unwrap();
    fs::write(world.0.path().join("models/fr_feature.onnx"), b"other bytes").unwrap();
    let (code, lines) = findings(&[]);
    assert_eq!(code, Some(1));
    assert_eq!(state(&lines, "faceplugin-embed"), "broken");

    fs::remove_dir_all(world.0.path().join("models")).unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, lines) = findings(&[("INSIGHTFACE_URL", &format!("http://{nobody}"))]);
    assert_eq!(code, Some(1));
    assert_eq!(state(&lines, "INSIGHTFACE_URL"), "broken");
}
