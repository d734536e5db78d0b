//! What follows from what was seen: every outcome, from sightings made by hand.

use domain::{pose::PoseName, verdict::Outcome};
use imaging::{
    locks::identity::{self, ReferenceError, References},
    vision::face::{Embedding, Face, Frame, Limits, Sighting},
};

const LIMITS: Limits = Limits {
    pass: 0.74,
    review: 0.50,
};

/// A face of 100 px whose cosine with `face(1.0)` is this.
fn face(cosine: f32) -> Face {
    Face {
        frame: frame(100.0),
        confidence: 0.99,
        cut_off: false,
        embedding: Embedding::new(&[cosine, (1.0 - cosine * cosine).sqrt()]).unwrap(),
        shape: None,
    }
}

fn frame(side: f32) -> Frame {
    Frame {
        left: 40.0,
        top: 30.0,
        width: side,
        height: 1.3 * side,
    }
}

fn alone(face: Face) -> Sighting {
    Sighting {
        face: Some(face),
        others: Vec::new(),
    }
}

fn nobody() -> Sighting {
    Sighting {
        face: None,
        others: Vec::new(),
    }
}

fn references(photos: &[Sighting]) -> Result<References, ReferenceError> {
    let named = photos
        .iter()
        .enumerate()
        .map(|(number, seen)| (format!("{number}.jpg"), seen.clone()));
    References::new(named.collect())
}

fn outcome(seen: &Sighting) -> (Outcome, String) {
    let references = references(&[alone(face(1.0))]).unwrap();
    let verdict = identity::check(&references, seen, LIMITS);
    assert_eq!(verdict.score.is_some(), verdict.outcome != Outcome::Unverifiable);
    (
        verdict.outcome,
        verdict.evidence["reason"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn the_cosine_decides_between_the_two_bars() {
    for (cosine, expected) in [
        (0.95, Outcome::Passed),
        (0.75, Outcome::Passed),
        (0.73, Outcome::Doubtful),
        (0.51, Outcome::Doubtful),
        (0.49, Outcome::Failed),
        (-0.2, Outcome::Failed),
    ] {
        assert_eq!(outcome(&alone(face(cosine))).0, expected, "{cosine}");
    }
}

/// A face and a reference beside `face(1.0)`, with these cosines to it, the face as near to the one as to the other.
fn between(alike: f32, agree: f32) -> (Face, [Sighting; 2]) {
    let of = |numbers: [f32; 3]| Face {
        embedding: Embedding::new(&numbers).unwrap(),
        ..face(1.0)
    };
    let other = (1.0 - agree * agree).sqrt();
    let across = alike * (1.0 - agree) / other;
    let rest = (1.0 - alike * alike - across * across).sqrt();
    let references = [[1.0, 0.0, 0.0], [agree, other, 0.0]];
    (
        of([alike, across, rest]),
        references.map(|numbers| alone(of(numbers))),
    )
}

#[test]
fn references_that_are_not_surely_one_person_lift_no_score_above_the_nearest() {
    let judged = |alike, agree| {
        let (face, photos) = between(alike, agree);
        let verdict = identity::check(&references(&photos).unwrap(), &alone(face), LIMITS);
        (verdict.outcome, verdict.score.unwrap())
    };
    let (outcome, score) = judged(0.73, 0.80);
    assert!(outcome == Outcome::Passed && score > 0.74, "{score}");
    let (outcome, score) = judged(0.73, 0.70);
    assert!(
        outcome == Outcome::Doubtful && (score - 0.73).abs() < 1e-3,
        "{score}"
    );
}

#[test]
fn what_cannot_be_judged_is_unverifiable_and_says_why() {
    let small = Face {
        frame: frame(63.0),
        ..face(1.0)
    };
    let cut_off = Face {
        cut_off: true,
        ..face(1.0)
    };
    let foreign = Face {
        embedding: Embedding::new(&[1.0, 0.0, 0.0]).unwrap(),
        ..face(1.0)
    };
    for (seen, says) in [
        (nobody(), "no face was found"),
        (alone(small), "63 px wide; 64 are needed"),
        (alone(cut_off), "edge cuts through the face"),
        (alone(foreign), "different models"),
    ] {
        let (outcome, reason) = outcome(&seen);
        assert_eq!(outcome, Outcome::Unverifiable, "{reason}");
        assert!(reason.contains(says), "{reason}");
    }
}

#[test]
fn a_find_that_may_be_no_face_never_fails() {
    let unsure = |cosine| {
        alone(Face {
            confidence: 0.8,
            ..face(cosine)
        })
    };
    let references = references(&[alone(face(1.0))]).unwrap();
    let outcome = |cosine| identity::check(&references, &unsure(cosine), LIMITS).outcome;
    assert_eq!(outcome(0.1), Outcome::Unverifiable);
    assert_eq!(outcome(0.9), Outcome::Passed);
}

#[test]
fn the_score_is_half_mean_and_half_best() {
    // Two references 60 degrees apart, a candidate on one of them: 30 degrees from their mean.
    let references = references(&[alone(face(1.0)), alone(face(0.5))]).unwrap();
    let verdict = identity::check(&references, &alone(face(1.0)), LIMITS);
    let number = |name: &str| verdict.evidence[name].as_f64().unwrap();
    assert!((number("mean") - 0.8660).abs() < 1e-3);
    assert!((number("best") - 1.0).abs() < 1e-3);
    assert!((verdict.score.unwrap() - 0.9330).abs() < 1e-3);
    assert_eq!(verdict.evidence["references"], 2);
}

#[test]
fn other_faces_are_reported_and_not_judged() {
    let seen = Sighting {
        face: Some(face(1.0)),
        others: vec![frame(80.0), frame(20.0)],
    };
    let references = references(&[alone(face(1.0))]).unwrap();
    let verdict = identity::check(&references, &seen, LIMITS);
    assert_eq!(verdict.outcome, Outcome::Passed);
    assert_eq!(verdict.evidence["face"]["others"].as_array().unwrap().len(), 2);
    assert!(
        verdict.evidence["reason"]
            .as_str()
            .unwrap()
            .contains("the largest of 3 faces")
    );
}

#[test]
fn evidence_holds_no_embedding() {
    let long = |first: f32| Face {
        embedding: Embedding::new(&(0..512).map(|i| first + i as f32).collect::<Vec<_>>()).unwrap(),
        ..face(1.0)
    };
    let references = references(&[alone(long(1.0))]).unwrap();
    let verdict = identity::check(&references, &alone(long(2.0)), LIMITS);
    let text = verdict.evidence.to_string() + &format!("{references:?}");
    assert!(text.matches(|c: char| c.is_ascii_digit()).count() < 120, "{text}");
}

#[test]
fn a_photo_that_is_no_reference_is_named() {
    let seen = |face: Face, others: &[f32]| Sighting {
        face: Some(face),
        others: others.iter().map(|&side| frame(side)).collect(),
    };
    let small = Face {
        frame: frame(50.0),
        ..face(1.0)
    };
    let cut_off = Face {
        cut_off: true,
        ..face(1.0)
    };
    let good = alone(face(1.0));
    for (second, says) in [
        (nobody(), "1.jpg: no face was found"),
        (seen(face(1.0), &[90.0, 20.0]), "1.jpg: 2 faces were found"),
        (alone(small), "1.jpg: the face is 50 px wide; 64 are needed"),
        (alone(cut_off), "1.jpg: the picture's edge cuts through"),
        (alone(face(0.1)), "1.jpg and 0.jpg show two different people"),
    ] {
        let message = references(&[good.clone(), second]).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
    assert_eq!(references(&[]).unwrap_err(), ReferenceError::None);
    let with_background = seen(face(0.9), &[20.0]);
    assert_eq!(references(&[good, with_background]).unwrap().len(), 2);
}

#[test]
fn the_pose_says_whether_a_face_belongs() {
    let applies = |pose: &str, shows_person| {
        let pose: PoseName = pose.parse().unwrap();
        let verdict = identity::not_applicable(pose.pose(), shows_person);
        verdict.map(|verdict| verdict.outcome)
    };
    assert_eq!(applies("front", true), None);
    assert_eq!(applies("walking", true), None);
    for (pose, shows_person) in [("back", true), ("detail_close_up", true), ("front", false)] {
        assert_eq!(
            applies(pose, shows_person),
            Some(Outcome::NotApplicable),
            "{pose}"
        );
    }
}
