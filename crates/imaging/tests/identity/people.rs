//! The sample people, three pictures each of four: who passes for whom.

use std::{fmt::Write as _, fs};

use domain::verdict::{Outcome, Verdict};
use imaging::{
    Picture,
    codec::{Limits as Size, decode},
    locks::identity::{self, ReferenceError, References},
    vision::face::{Face, FaceEmbedder, LocalFaces, Model, Sighting},
};
use serde::Deserialize;

use crate::tamper::{blended, delivered, set_in, squeezed, twisted};

/// One picture of a person.
struct Photo {
    person: usize,
    name: String,
    pixels: Picture,
    seen: Sighting,
}

impl Photo {
    fn face(&self) -> &Face {
        self.seen.face.as_ref().unwrap()
    }
}

/// The card of this kind in the list that comes with the program, with the file in PhotoGen's home.
fn model<C: for<'a> Deserialize<'a>>(kind: &str) -> Option<Model<C>> {
    let text = fs::read_to_string(testkit::repository().join("models/models.toml")).unwrap();
    let sheet: toml::Table = toml::from_str(&text).unwrap();
    let cards = sheet["card"].as_array().unwrap();
    let card = cards
        .iter()
        .find(|card| card["kind"].as_str() == Some(kind))
        .unwrap();
    let path = testkit::model(card["files"][0]["file"].as_str().unwrap())?;
    let card = card[kind].clone().try_into().unwrap();
    Some(Model { path, card })
}

fn faces() -> Option<LocalFaces> {
    let (detect, landmarks) = (model("face_detect")?, model("face_landmarks")?);
    Some(LocalFaces::load(&detect, &landmarks, &model("face_embed")?).unwrap())
}

/// Who looks, and the pictures; none, said aloud, where they were never pulled.
fn people() -> Option<(LocalFaces, Vec<Photo>)> {
    let (folder, faces) = (testkit::sample_people()?, faces()?);
    let mut photos = Vec::new();
    for person in 1..=4 {
        for kind in ["selfie.jpg", "posture.jpg", "avatar.png"] {
            let name = format!("{person}_{kind}");
            let bytes = fs::read(folder.join(&name)).unwrap();
            let pixels = decode(&bytes, &Size::default()).unwrap().pixels;
            let seen = faces.look(&pixels).unwrap();
            photos.push(Photo {
                person,
                name,
                pixels,
                seen,
            });
        }
    }
    Some((faces, photos))
}

fn references(photos: &[&Photo]) -> Result<References, ReferenceError> {
    References::new(
        photos
            .iter()
            .map(|photo| (photo.name.clone(), photo.seen.clone()))
            .collect(),
    )
}

fn judge(faces: &LocalFaces, references: &[&Photo], picture: &Picture) -> Verdict {
    let seen = faces.look(picture).unwrap();
    identity::check(&self::references(references).unwrap(), &seen, faces.limits())
}

#[test]
fn one_person_is_always_nearer_than_two_and_no_stranger_passes() {
    let Some((faces, photos)) = people() else { return };
    let (mut same, mut different, mut passed) = (Vec::new(), Vec::new(), 0);
    for candidate in &photos {
        let mut row = String::new();
        for reference in &photos {
            let Ok(references) = references(&[reference]) else {
                assert_eq!(reference.name, "1_posture.jpg", "the one face under 64 px");
                row += "     -";
                continue;
            };
            let verdict = identity::check(&references, &candidate.seen, faces.limits());
            let Some(score) = verdict.score else {
                assert_eq!(candidate.name, "1_posture.jpg");
                assert_eq!(verdict.outcome, Outcome::Unverifiable);
                row += "     -";
                continue;
            };
            write!(row, "  {score:.2}").unwrap();
            if candidate.name == reference.name {
                assert_eq!(verdict.outcome, Outcome::Passed);
            } else if candidate.person == reference.person {
                assert!(
                    matches!(verdict.outcome, Outcome::Passed | Outcome::Doubtful),
                    "{} and {}: {verdict:?}",
                    candidate.name,
                    reference.name
                );
                same.push(score);
                passed += usize::from(verdict.outcome == Outcome::Passed);
            } else {
                assert_eq!(
                    verdict.outcome,
                    Outcome::Failed,
                    "{} and {}",
                    candidate.name,
                    reference.name
                );
                different.push(score);
            }
        }
        println!("{:<14}{row}", candidate.name);
    }
    println!("{passed} of {} pairs of one person pass", same.len());
    assert!(passed >= 6, "a lock that passes nobody is no help");
    let nearest = |scores: &[f64], pick: fn(f64, f64) -> f64| scores.iter().copied().reduce(pick).unwrap();
    let (same, different) = (nearest(&same, f64::min), nearest(&different, f64::max));
    println!("lowest same {same:.3}, highest different {different:.3}");
    assert!(same > different + 0.1, "{same} {different}");
}

#[test]
fn two_references_know_their_person_and_no_other() {
    let Some((faces, photos)) = people() else { return };
    for person in 1..=4 {
        let of = |kind: &str| {
            photos
                .iter()
                .find(|photo| photo.name == format!("{person}_{kind}"))
                .unwrap()
        };
        let references = references(&[of("selfie.jpg"), of("avatar.png")]).unwrap();
        for candidate in &photos {
            let outcome = identity::check(&references, &candidate.seen, faces.limits()).outcome;
            if candidate.name == "1_posture.jpg" {
                assert_eq!(outcome, Outcome::Unverifiable);
            } else if candidate.person == person {
                assert!(
                    matches!(outcome, Outcome::Passed | Outcome::Doubtful),
                    "{}",
                    candidate.name
                );
            } else {
                assert_eq!(outcome, Outcome::Failed, "{person} {}", candidate.name);
            }
        }
    }
}

#[test]
fn references_of_two_people_are_refused() {
    let Some((_, photos)) = people() else { return };
    let message = references(&[&photos[0], &photos[3]]).unwrap_err().to_string();
    assert_eq!(
        message,
        "2_selfie.jpg and 1_selfie.jpg show two different people; give photos of one person"
    );
    assert_eq!(
        references(&[&photos[1]]).unwrap_err().to_string(),
        "1_posture.jpg: the face is 52 px wide; 64 are needed"
    );
}

#[test]
fn no_blend_of_two_people_passes_for_one_of_them() {
    let Some((faces, photos)) = people() else { return };
    let usable: Vec<&Photo> = photos
        .iter()
        .filter(|photo| photo.name != "1_posture.jpg")
        .collect();
    let (mut highest, mut sent_to_review) = (0.0_f64, 0);
    for photo in &usable {
        let others = usable.iter().filter(|other| other.person != photo.person);
        for other in others.filter(|other| other.name.contains("selfie") || other.name.contains("avatar")) {
            let blend = blended(&photo.pixels, photo.face(), &other.pixels, other.face());
            let seen = faces.look(&blend).unwrap();
            for reference in usable.iter().filter(|reference| reference.person == photo.person) {
                let references = references(&[reference]).unwrap();
                let verdict = identity::check(&references, &seen, faces.limits());
                assert_ne!(
                    verdict.outcome,
                    Outcome::Passed,
                    "{} with {} against {}: {}",
                    photo.name,
                    other.name,
                    reference.name,
                    verdict.evidence
                );
                highest = highest.max(verdict.score.unwrap_or(0.0));
                sent_to_review += usize::from(verdict.outcome == Outcome::Doubtful);
            }
        }
    }
    println!("highest score of a blend {highest:.3}; {sent_to_review} to review, the rest failed");
}

#[test]
fn no_squeezed_or_twisted_face_passes() {
    let Some((faces, photos)) = people() else { return };
    for photo in photos.iter().filter(|photo| !photo.name.contains("posture")) {
        let squeezes = [0.8, 0.85, 1.2, 1.3].map(|share| (share, squeezed(&photo.pixels, share)));
        let twists = [1.2, 1.6].map(|radians| (radians, twisted(&photo.pixels, photo.face(), radians)));
        for (by, picture) in squeezes.into_iter().chain(twists) {
            let verdict = judge(&faces, &[photo], &picture);
            assert_ne!(
                verdict.outcome,
                Outcome::Passed,
                "{} {by}: {}",
                photo.name,
                verdict.evidence
            );
        }
    }
}

#[test]
fn light_size_and_jpeg_change_nobody() {
    let Some((faces, photos)) = people() else { return };
    for photo in photos.iter().filter(|photo| !photo.name.contains("posture")) {
        for (share, quality, light) in [(0.8, 60, 1.0), (1.0, 80, 0.85), (1.3, 90, 1.12)] {
            let picture = delivered(&photo.pixels, share, quality, light);
            let verdict = judge(&faces, &[photo], &picture);
            assert_eq!(
                verdict.outcome,
                Outcome::Passed,
                "{}: {}",
                photo.name,
                verdict.evidence
            );
        }
    }
}

#[test]
fn a_face_of_64_px_in_a_full_body_shot_is_found_and_a_smaller_one_is_not_judged() {
    let Some((faces, photos)) = people() else { return };
    for photo in photos.iter().filter(|photo| photo.name.contains("avatar")) {
        let share = |side: f32| side / photo.face().frame.short_side();
        let large = faces
            .look(&set_in(&photo.pixels, share(70.0), 1024, 1536))
            .unwrap()
            .face;
        let side = large.unwrap().frame.short_side();
        assert!((62.0..80.0).contains(&side), "{}: {side}", photo.name);
        let verdict = judge(&faces, &[photo], &set_in(&photo.pixels, share(70.0), 1024, 1536));
        assert!(
            matches!(verdict.outcome, Outcome::Passed | Outcome::Doubtful),
            "{}: {}",
            photo.name,
            verdict.evidence
        );
        let verdict = judge(&faces, &[photo], &set_in(&photo.pixels, share(48.0), 1024, 1536));
        assert_eq!(
            verdict.outcome,
            Outcome::Unverifiable,
            "{}: {}",
            photo.name,
            verdict.evidence
        );
    }
}

#[test]
fn no_portrait_passes_for_another() {
    let (Some(folder), Some(faces)) = (testkit::portraits(), faces()) else {
        return;
    };
    let mut seen = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let Ok(photo) = decode(&bytes, &Size::default()) else {
            continue;
        };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        seen.push((name, faces.look(&photo.pixels).unwrap()));
    }
    seen.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(seen.len() >= 9);
    let (mut to_review, mut highest) = (0, 0.0_f64);
    for (number, reference) in seen.iter().enumerate() {
        let references = References::new(vec![reference.clone()]).unwrap();
        for candidate in &seen[..number] {
            let verdict = identity::check(&references, &candidate.1, faces.limits());
            assert_ne!(
                verdict.outcome,
                Outcome::Passed,
                "{} {}",
                reference.0,
                candidate.0
            );
            to_review += usize::from(verdict.outcome == Outcome::Doubtful);
            highest = highest.max(verdict.score.unwrap());
        }
    }
    println!(
        "{} portraits: {to_review} pairs to review, highest {highest:.3}",
        seen.len()
    );
}
