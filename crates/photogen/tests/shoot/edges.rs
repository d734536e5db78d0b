//! What a catalogue manager meets on a bad day: doubts, photos that are too small, old copies, a broken state.

use std::{fs, path::Path};

use domain::{generation::Status, verdict::Outcome};
use testkit::{Garment, Print};

use crate::bench::{Bench, text};

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn strict_delivers_nothing_that_wants_a_look() {
    let Some(bench) = Bench::new() else { return };
    let words = ["--poses", "front", "--slight-turn"];
    bench.shoot(&words);
    let lenient = bench.manifest().counts;
    assert!(
        lenient.to_review > 0,
        "a computed turn goes to review: {lenient:?}"
    );
    let output = bench.shoot(&[&words[..], &["--strict"]].concat());
    let strict = bench.manifest();
    assert_eq!(strict.counts.to_review, 0);
    assert!(strict.counts.rejected >= lenient.to_review, "{:?}", strict.counts);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let mut rejected = strict
        .pictures
        .iter()
        .filter(|entry| entry.status == Status::Rejected);
    assert!(rejected.any(|entry| entry.reason.as_deref().unwrap().contains("(strict)")));
}

#[test]
fn a_picture_that_does_not_belong_with_the_others_of_its_product_goes_to_review() {
    let Some(bench) = Bench::new() else { return };
    fs::remove_dir_all(bench.photos()).unwrap();
    fs::create_dir(bench.photos()).unwrap();
    let shirt = |colour| Garment {
        side: 512,
        colour,
        print: Print::Plain,
        ..Garment::default()
    };
    for name in ["X_front.png", "X_back.png", "X_right.png"] {
        bench.photo(name, &shirt([120, 30, 60]));
    }
    bench.photo("X_left.png", &shirt([20, 110, 70]));
    let words = ["--poses", "front,back,left,right"];
    let said = text(&bench.shoot(&words));
    let manifest = bench.manifest();
    assert_eq!(manifest.counts.completed, 4, "{said}");
    for entry in &manifest.pictures {
        let is_odd = entry.pose.as_str() == "LEFT";
        let verdict = entry
            .verdicts
            .iter()
            .find(|verdict| verdict.lock == "set")
            .unwrap();
        assert_eq!(
            verdict.outcome == Outcome::Doubtful,
            is_odd,
            "{}",
            verdict.evidence
        );
        let told = entry
            .notes
            .iter()
            .filter(|note| note.starts_with("set lock: LEFT shows another colour"));
        assert_eq!(told.count(), usize::from(is_odd), "{:?}", entry.notes);
        assert!(entry.needs_review || !is_odd);
    }
    bench.shoot(&words);
    assert_eq!(bench.manifest(), manifest, "a second run finds nothing new");
}

#[test]
fn a_size_the_photos_cannot_give_is_no_success() {
    let Some(bench) = Bench::new() else { return };
    let words = ["--size", "4000", "--poses", "front,back"];
    for _ in 0..2 {
        let output = bench.shoot(&words);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("Plan: up to 4 pictures of 3 products."), "{said}");
        assert!(
            said.contains("Done in") && said.contains("0 pictures (0 to look at)"),
            "{said}"
        );
        assert!(said.contains("No picture of "), "{said}");
    }
    let manifest = bench.manifest();
    let mut reasons = manifest
        .pictures
        .iter()
        .filter_map(|entry| entry.reason.as_deref());
    assert!(reasons.any(|reason| reason.contains("largest honest size")));
}

#[test]
fn one_picture_is_not_called_pictures() {
    let Some(bench) = Bench::new() else { return };
    let said = text(&bench.shoot(&["--poses", "back"]));
    assert!(said.contains("Plan: up to 1 picture of 3 products."), "{said}");
    assert!(said.contains(": 1 picture ("), "{said}");
}

#[test]
fn small_copies_of_old_photos_and_pictures_are_swept_and_foreign_files_stay() {
    let Some(bench) = Bench::new() else { return };
    bench.shoot(&["--poses", "front"]);
    let folders = ["thumbs", "sources"].map(|name| bench.out().join(name));
    let before = folders.each_ref().map(|folder| names(folder));
    // A front picture is scaled with its back photo, so that one has a copy too.
    assert_eq!(before.each_ref().map(Vec::len), [3, 4]);
    for folder in &folders {
        fs::write(folder.join("TEE2_front_00000000.jpg"), "a file of the owner").unwrap();
    }
    let other = Garment {
        side: 512,
        print: Print::Stripes([20, 160, 60]),
        ..Garment::default()
    };
    bench.photo("TEE2.png", &other);
    bench.shoot(&["--poses", "front"]);
    for (folder, before) in folders.iter().zip(before) {
        let after = names(folder);
        assert_eq!(after.len(), before.len() + 1, "{after:?}");
        assert!(after.contains(&"TEE2_front_00000000.jpg".to_owned()));
        let gone: Vec<_> = before.iter().filter(|name| !after.contains(name)).collect();
        assert!(gone.len() == 1 && gone[0].starts_with("TEE2_front_"), "{gone:?}");
    }
}

#[test]
fn a_folder_of_mixed_settings_says_so_in_its_headline() {
    let Some(bench) = Bench::new() else { return };
    bench.shoot(&["--poses", "front"]);
    bench.shoot(&["--poses", "back", "--format", "jpeg"]);
    let page = fs::read_to_string(bench.out().join("index.html")).unwrap();
    let headline = "400x400 jpeg, ground #ffffff, studio engine; 3 pictures made earlier with other settings";
    assert!(page.contains(headline));
}

#[test]
fn a_broken_state_is_one_message_that_says_the_way_out() {
    let Some(bench) = Bench::new() else { return };
    let state = bench.out().join(".photogen");
    fs::create_dir_all(&state).unwrap();
    let broken = "this was a database once ".repeat(400);
    fs::write(state.join("state.db"), &broken).unwrap();
    let output = bench.shoot(&["--poses", "front"]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{said}");
    assert!(
        errors[0].contains("state.db is damaged") && errors[0].contains("mv "),
        "{said}"
    );
    assert!(!said.contains("(code"), "no words of the database: {said}");
    assert_eq!(fs::read_to_string(state.join("state.db")).unwrap(), broken);

    for name in names(&state).iter().filter(|name| name.starts_with("state.db")) {
        fs::rename(state.join(name), bench.folder.path().join(name)).unwrap();
    }
    let output = bench.shoot(&["--poses", "front"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
