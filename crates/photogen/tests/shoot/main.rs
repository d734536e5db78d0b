//! `photogen shoot` as a person runs it: the binary, a folder of photos, a catalogue.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod edges;
mod vendors;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

use domain::generation::Status;

use bench::{Bench, text};

#[test]
fn a_folder_becomes_a_catalogue_and_every_pose_is_accounted_for() {
    let Some(bench) = Bench::new() else { return };
    let output = bench.shoot(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let manifest = bench.manifest();
    let status_of = |sku: &str, pose: &str| {
        let found = manifest
            .pictures
            .iter()
            .find(|e| e.sku == sku && e.pose.as_str() == pose && e.take == 1);
        let entry = found.unwrap_or_else(|| panic!("{sku} {pose} is not in the manifest"));
        (entry.status, entry.reason.clone().unwrap_or_default())
    };
    for (sku, pose) in [
        ("TEE1", "FRONT"),
        ("TEE1", "BACK"),
        ("TEE2", "FRONT"),
        ("DRESS", "FRONT"),
    ] {
        assert_eq!(status_of(sku, pose).0, Status::Completed, "{sku} {pose}");
    }
    for (pose, word) in [
        ("BACK", "TEE2_back.jpg"),
        ("LEFT", "TEE2_left.jpg"),
        ("SEATED", "person"),
    ] {
        let (status, reason) = status_of("TEE2", pose);
        assert!(
            status == Status::Skipped && reason.contains(word),
            "{pose}: {reason}"
        );
    }
    assert!(fs::metadata(bench.out().join("index.html")).unwrap().len() > 1000);
    for (entry, bytes) in bench.delivered() {
        let file = entry.file.unwrap();
        assert_eq!(file.bytes, bytes.len() as u64);
        let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!((picture.width(), picture.height()), (file.width, file.height));
        if entry.pose.as_str() == "FRONT" {
            assert_eq!((file.width, file.height), (400, 400));
            assert!(
                border(&picture).all(|pixel| pixel == [255, 255, 255]),
                "{} has no exact white border",
                entry.sku
            );
        }
    }
}

fn border(picture: &image::RgbImage) -> impl Iterator<Item = [u8; 3]> + '_ {
    let (width, height) = picture.dimensions();
    let rim = move |x: u32, y: u32| x < 4 || y < 4 || x >= width - 4 || y >= height - 4;
    picture
        .enumerate_pixels()
        .filter(move |(x, y, _)| rim(*x, *y))
        .map(|(_, _, pixel)| pixel.0)
}

#[test]
fn run_again_it_repeats_nothing_and_gives_the_same_manifest() {
    let Some(bench) = Bench::new() else { return };
    bench.shoot(&["--poses", "front"]);
    let first = fs::read(bench.out().join("manifest.json")).unwrap();
    let stamp = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let picture = bench.out().join("TEE1/TEE1_front.webp");
    let made = stamp(&picture);
    let again = bench.shoot(&["--poses", "front"]);
    assert!(
        text(&again).contains("3 already done and kept"),
        "{}",
        text(&again)
    );
    assert_eq!(stamp(&picture), made);
    assert!(
        fs::read(bench.out().join("manifest.json")).unwrap() == first,
        "the manifest is the same"
    );

    fs::remove_file(&picture).unwrap();
    bench.shoot(&["--poses", "front"]);
    assert!(picture.is_file(), "a lost picture is made again");
    assert_eq!(
        fs::read(bench.out().join("manifest.json")).unwrap(),
        first,
        "and is the same picture"
    );
}

#[test]
fn other_settings_replace_the_pictures_and_leave_no_leftovers() {
    let Some(bench) = Bench::new() else { return };
    bench.shoot(&["--poses", "front"]);
    let output = bench.shoot(&["--poses", "front", "--format", "jpeg", "--background", "#2b4a3f"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(bench.out().join("TEE1/TEE1_front.jpg").is_file());
    assert!(!bench.out().join("TEE1/TEE1_front.webp").exists());
    assert_eq!(bench.manifest().counts.completed, 3);
}

#[test]
fn killed_and_started_again_it_finishes_what_is_missing() {
    let Some(bench) = Bench::new() else { return };
    let undisturbed = Bench::new().unwrap();
    undisturbed.shoot(&["--poses", "front,back"]);
    let mut kept = None;
    for _ in 0..2 {
        let mut child = bench.command(&["--poses", "front,back", "--json", "--jobs", "1"]);
        let mut child = child
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let events = BufReader::new(child.stdout.take().unwrap()).lines();
        let made = events
            .map_while(Result::ok)
            .find(|line| line.contains("\"event\":\"picture\""));
        child.kill().unwrap();
        child.wait().unwrap();
        let made: serde_json::Value =
            serde_json::from_str(&made.expect("a picture is made before the kill")).unwrap();
        let file = bench.out().join(made["file"].as_str().unwrap());
        kept.get_or_insert((file.clone(), fs::metadata(file).unwrap().modified().unwrap()));
    }
    let output = bench.shoot(&["--poses", "front,back"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let (file, made) = kept.unwrap();
    assert_eq!(
        fs::metadata(file).unwrap().modified().unwrap(),
        made,
        "what was done is not done again"
    );
    let (resumed, whole) = (bench.delivered(), undisturbed.delivered());
    assert_eq!(resumed.len(), 4);
    assert!(
        resumed == whole,
        "the resumed catalogue is the undisturbed one, byte for byte"
    );
}

#[test]
fn two_at_once_in_one_folder_are_refused() {
    let Some(bench) = Bench::new() else { return };
    let mut first = bench
        .command(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !bench.out().join(".photogen/state.db").exists() && first.try_wait().unwrap().is_none() {
        sleep(Duration::from_millis(20));
    }
    let second = bench.shoot(&[]);
    assert_eq!(second.status.code(), Some(2));
    assert!(
        text(&second).contains("another photogen is working"),
        "{}",
        text(&second)
    );
    assert!(first.wait().unwrap().success());
}

#[test]
fn what_is_not_ours_is_never_overwritten() {
    let Some(bench) = Bench::new() else { return };
    let mut into_photos = Command::new(env!("CARGO_BIN_EXE_photogen"));
    let output = into_photos
        .arg("shoot")
        .arg(bench.photos())
        .arg("--out")
        .arg(bench.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output).contains("lies in the output folder"),
        "{}",
        text(&output)
    );

    fs::create_dir(bench.out()).unwrap();
    fs::write(bench.out().join("index.html"), "my site").unwrap();
    let output = bench.shoot(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("did not write"), "{}", text(&output));
    assert_eq!(fs::read(bench.out().join("index.html")).unwrap(), b"my site");
}

#[test]
fn a_dry_run_writes_nothing_and_says_the_plan() {
    let Some(bench) = Bench::new() else { return };
    let output = bench.shoot(&["--dry-run"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output);
    assert!(
        said.contains("3 products") && said.contains("WALKING skipped"),
        "{said}"
    );
    assert!(!bench.out().exists());
}

#[test]
fn json_is_one_object_a_line_and_nothing_else() {
    let Some(bench) = Bench::new() else { return };
    let output = bench.shoot(&["--json", "--poses", "front"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let events: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "checked",
            "planned",
            "submitted",
            "picture",
            "picture",
            "picture",
            "finished"
        ]
    );
}

#[test]
fn bad_words_are_refused_before_anything_is_read() {
    let Some(bench) = Bench::new() else { return };
    for (words, says) in [
        (["--poses", "upside_down"], "is not a pose"),
        (["--background", "mauve"], "#rrggbb"),
        (["--engine", "warp"], "use studio"),
        (["--format", "gif"], "webp"),
    ] {
        let output = bench.shoot(&words);
        assert!(
            output.status.code() == Some(2) && text(&output).contains(says),
            "{words:?}: {}",
            text(&output)
        );
        assert!(!bench.out().exists());
    }
}
