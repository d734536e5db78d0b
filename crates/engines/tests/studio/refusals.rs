//! What the studio will not make, and what it says instead.

use domain::product::{Side, View};
use engines::{EngineError, Reply};
use imaging::vision::Quality;

use crate::bench::{Bench, CLEAN, TestGate, call, garment};

#[test]
fn enlargement_is_silent_to_one_and_a_half_noted_to_two_and_then_refused() {
    // The drawn shirt's longer box side is about 0.6 of the photo; .86 of the canvas.
    let photo = 500.0;
    let probe = Bench::with_front(&garment(500)).size("500").made("FRONT", 1);
    let unit = probe.recipe["place"]["scale"].as_f64().unwrap();
    let size = |scale: f64| format!("{:.0}", photo * scale / unit);
    let bench = Bench::with_front(&garment(500));
    let scale_of = |made: &engines::Candidate| made.recipe["place"]["scale"].as_f64().unwrap();

    let silent = bench.clone().size(&size(1.49)).made("FRONT", 1);
    assert!(silent.notes.is_empty(), "{:?}", silent.notes);
    let noted = bench.clone().size(&size(1.52)).made("FRONT", 1);
    assert!(noted.notes[0].contains("enlarged 1.52x"), "{:?}", noted.notes);
    let held = bench.clone().size(&size(2.15)).made("FRONT", 1);
    assert_eq!(scale_of(&held), 2.0);
    assert!(held.notes[0].contains("7 % smaller"), "{:?}", held.notes);
    let reason = bench.clone().size(&size(2.6)).refused("FRONT", 1);
    assert!(reason.contains("2.60x"), "{reason}");
    let mut smaller = bench.clone().size(&size(2.6));
    smaller.brief.size_at_most = true;
    let smaller = smaller.made("FRONT", 1);
    let honest = reason
        .split("from this photo is ")
        .nth(1)
        .unwrap()
        .split(':')
        .next()
        .unwrap();
    let largest = bench.clone().size(honest).made("FRONT", 1);
    assert!(
        (1.98..=2.0).contains(&scale_of(&largest)),
        "{}",
        scale_of(&largest)
    );
    assert!(
        smaller.pixels == largest.pixels,
        "where it may be smaller it is the largest honest one"
    );
    assert!(
        smaller.notes.iter().any(|note| note.starts_with(honest)),
        "{:?}",
        smaller.notes
    );
}

#[test]
fn what_needs_a_person_or_another_photo_is_refused_with_the_way_out() {
    let bench = Bench::with_front(&garment(400)).size("500");
    for (pose, words) in [
        ("WALKING", "person"),
        ("SEATED", "person"),
        ("HAND_ON_HIP", "person"),
        ("BACK", "A1_back.jpg"),
        ("LEFT", "A1_left.jpg"),
        ("RIGHT", "A1_right.jpg"),
        ("FORTY_FIVE_DEGREE", "A1_45.jpg"),
    ] {
        let reason = bench.refused(pose, 1);
        assert!(reason.contains(words), "{pose}: {reason}");
    }
}

#[test]
fn a_named_side_photo_serves_its_own_pose_only() {
    let bench = Bench::with_front(&garment(400))
        .photo(View::Side, Some(Side::Right), &garment(410), CLEAN)
        .size("500");
    assert!(bench.made("RIGHT", 1).notes.is_empty());
    assert!(bench.refused("LEFT", 1).contains("never invents or mirrors"));
}

#[test]
fn an_unnamed_side_photo_is_used_once_and_says_so() {
    let bench = Bench::with_front(&garment(400))
        .photo(View::Side, None, &garment(410), CLEAN)
        .size("500");
    let left = bench.made("LEFT", 1);
    assert!(
        left.needs_review && left.notes[0].contains("filed as LEFT"),
        "{:?}",
        left.notes
    );
    assert!(bench.refused("RIGHT", 1).contains("A1_right.jpg"));
    assert!(bench.refused("FORTY_FIVE_DEGREE", 1).contains("A1_45.jpg"));
}

#[test]
fn an_unusable_cut_out_is_refused_with_the_reasons_of_its_gate() {
    let reject = TestGate {
        quality: Quality::Reject,
        ..CLEAN
    };
    let bench = Bench::new()
        .photo(View::Front, None, &garment(400), reject)
        .size("500");
    assert!(bench.refused("FRONT", 1).contains("the outline is weak"));
    assert!(
        bench
            .refused("DETAIL_CLOSE_UP", 1)
            .contains("the outline is weak")
    );
}

#[test]
fn a_rejected_back_does_not_spoil_the_front() {
    let reject = TestGate {
        quality: Quality::Reject,
        ..CLEAN
    };
    let bench = Bench::with_front(&garment(400))
        .photo(View::Back, None, &garment(410), reject)
        .size("500");
    assert!(matches!(bench.start("FRONT", 1), Reply::Done(_)));
    assert!(bench.refused("BACK", 1).contains("cannot be cut out"));
}

#[test]
fn a_pair_too_small_for_the_size_is_refused_and_a_small_back_does_not_shrink_the_front() {
    let pair = Bench::with_front(&garment(400)).photo(View::Back, None, &garment(410), CLEAN);
    for pose in ["FRONT", "BACK"] {
        let reason = pair.clone().size("4000").refused(pose, 1);
        assert!(reason.contains("largest honest size"), "{pose}: {reason}");
    }
    let scale_of = |bench: &Bench| bench.made("FRONT", 1).recipe["place"]["scale"].as_f64().unwrap();
    let alone = Bench::with_front(&garment(1200)).size("1500");
    let with_back = alone.clone().photo(View::Back, None, &garment(400), CLEAN);
    assert!(with_back.refused("BACK", 1).contains("largest honest size"));
    assert_eq!(scale_of(&with_back), scale_of(&alone));
}

#[test]
fn a_photo_that_changed_since_planning_is_an_error_that_says_so() {
    let mut bench = Bench::with_front(&garment(400)).size("500");
    bench.overwrite_files();
    for pose in ["FRONT", "DETAIL_CLOSE_UP"] {
        let error = bench.engine().start(&bench.shot(pose, 1), &call()).unwrap_err();
        assert!(matches!(error, EngineError::Broken(_)));
        assert!(
            error.to_string().contains("changed since the shoot was planned"),
            "{error}"
        );
    }
}
