//! The product lock through its front door: faithful pictures pass, tampered ones fail, and what cannot be
//! checked is not called passed.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod garments;
mod kinds;
mod lab;
mod photos;
mod put_back;
mod studio;
mod tamper;

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use garments::{Cloth, shirt};
use image::Rgba;
use imaging::{
    Picture, locks,
    locks::product::{Reference, check, examine},
    vision::{Cutout, Quality},
};
use studio::{PLAIN, Place, packshot};

/// Four garments as different as a shop's.
fn drawn() -> Vec<Cutout> {
    vec![
        shirt(Cloth::Print, [0.25, 0.3, 0.62], 1),
        shirt(Cloth::Blots, [0.2, 0.4, 0.3], 2),
        shirt(Cloth::Plain, [0.7, 0.35, 0.3], 3),
        shirt(Cloth::Stripes, [0.9, 0.9, 0.88], 4),
    ]
}

fn judged(cutouts: &[Cutout], index: usize, cases: &[kinds::Case]) -> Vec<String> {
    let reference = Reference::new(&cutouts[index]);
    let wrong = |case: &kinds::Case| {
        let verdict = check(&reference, &case.pixels, case.framing);
        let right = if case.faithful {
            // A close-up of plain cloth may fit anywhere on it: then a person looks, but it is not rejected.
            let looked_at = case.framing == Framing::CloseUp && verdict.outcome != Outcome::Failed;
            verdict.outcome == Outcome::Passed || looked_at
        } else {
            // A close-up whose place is not found cannot be judged: it must not pass.
            let unplaced = case.framing == Framing::CloseUp && verdict.outcome == Outcome::Unverifiable;
            verdict.outcome == Outcome::Failed || unplaced
        };
        (!right).then(|| {
            format!(
                "garment {index}, {}: {:?} {}",
                case.kind, verdict.outcome, verdict.evidence
            )
        })
    };
    cases.iter().filter_map(wrong).collect()
}

#[test]
fn faithful_pictures_pass() {
    let cutouts = drawn();
    for index in 0..cutouts.len() {
        let wrong = judged(&cutouts, index, &kinds::faithful(&cutouts[index], index));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn tampered_pictures_fail() {
    let cutouts = drawn();
    for index in 0..cutouts.len() {
        let wrong = judged(&cutouts, index, &kinds::tampered(&cutouts[index], index));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
fn other_garments_fail() {
    let cutouts = drawn();
    for index in 0..cutouts.len() {
        let wrong = judged(&cutouts, index, &kinds::crosswise(&cutouts, index));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// Parts of a striped garment as a studio crops them: any of them fits nearly as well one stripe further.
fn striped_parts(cutout: &Cutout) -> Vec<([f32; 4], f32)> {
    let [x, y, w, h] = cutout.bounds.map(|v| v as f32);
    [
        (0.3, 0.3, 1.0),
        (0.32, 0.42, 1.45),
        (0.36, 0.55, 1.8),
        (0.3, 0.2, 1.2),
    ]
    .map(|(left, top, enlarged)| ([x + left * w, y + top * h, 0.36 * w, 0.45 * w], enlarged))
    .to_vec()
}

fn stripes_are_placed(cutout: &Cutout) {
    let reference = Reference::new(cutout);
    let wrong = tamper::recoloured(cutout, 10.0, 60.0);
    let mut passed = 0;
    for (part, enlarged) in striped_parts(cutout) {
        let close = |cutout: &Cutout| studio::close_up(cutout, part, enlarged, [255; 3]);
        let verdict = check(&reference, &close(cutout), Framing::CloseUp);
        assert_ne!(verdict.outcome, Outcome::Failed, "{part:?}: {}", verdict.evidence);
        passed += usize::from(verdict.outcome == Outcome::Passed);
        let verdict = check(&reference, &close(&wrong), Framing::CloseUp);
        assert_eq!(verdict.outcome, Outcome::Failed, "{part:?}: {}", verdict.evidence);
    }
    assert!(passed >= 3, "{passed} of 4 passed");
}

#[test]
fn a_close_up_of_stripes_is_found_among_its_repeats() {
    stripes_are_placed(&shirt(Cloth::Stripes, [0.9, 0.9, 0.88], 4));
    if let Some(folder) = testkit::garment_photos() {
        stripes_are_placed(&photos::cutout(&folder.join("00151_00.jpg")));
    }
}

fn reason(verdict: &Verdict) -> String {
    verdict.evidence["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_verdict_names_the_part_and_the_place() {
    let cutout = shirt(Cloth::Print, [0.25, 0.3, 0.62], 1);
    let reference = Reference::new(&cutout);
    let judge = |wrong: &Cutout| check(&reference, &packshot(wrong, PLAIN), Framing::Full);
    let whole = judge(&tamper::recoloured(&cutout, 12.0, 90.0));
    assert_eq!(whole.evidence["worst"]["part"], "colour", "{}", whole.evidence);
    let sleeve = judge(&tamper::part_recoloured(&cutout, 12.0, 90.0, |u, v| {
        u < 0.25 && v < 0.5
    }));
    assert_eq!(sleeve.evidence["worst"]["part"], "panel", "{}", sleeve.evidence);
    assert!(reason(&sleeve).contains("top left"), "{}", reason(&sleeve));
    let [x, y, w, h]: [i64; 4] = serde_json::from_value(sleeve.evidence["worst"]["box"].clone()).unwrap();
    let (x, y) = (x + w / 2, y + h / 2);
    assert!(
        (40..240).contains(&x) && (50..300).contains(&y),
        "{x} {y}: not the left sleeve"
    );
    let mirrored = judge(&tamper::mirrored(&cutout));
    assert!(reason(&mirrored).contains("mirrored"), "{}", reason(&mirrored));
    let other = judge(&shirt(Cloth::Stripes, [0.9, 0.9, 0.88], 4));
    assert!(other.evidence["same_product"].as_f64().unwrap() < 0.5);
}

/// The garment in front of tiles, so that the draped road judges.
fn on_tiles(cutout: &Cutout) -> Picture {
    let place = Place {
        shadow: false,
        angle: 3.0,
        ..PLAIN
    };
    let mut picture = packshot(cutout, place);
    let ground = *picture.get_pixel(0, 0);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if *pixel == ground {
            let tone = if (x / 60 + y / 60) % 2 == 0 {
                40_000
            } else {
                52_000
            };
            *pixel = Rgba([tone, tone, tone, u16::MAX]);
        }
    }
    picture
}

/// With a white disc on the viewer's left below the print, of 1 % of the garment.
fn badged(cutout: &Cutout) -> Cutout {
    let mut out = cutout.clone();
    let [left, top, width, height] = cutout.bounds.map(f64::from);
    let middle = (left + 0.34 * width, top + 0.8 * height);
    for (x, y, pixel) in out.pixels.enumerate_pixels_mut() {
        if (f64::from(x) - middle.0).hypot(f64::from(y) - middle.1) < 0.035 * height {
            *pixel = Rgba([62_000, 62_000, 62_000, u16::MAX]);
        }
    }
    out
}

#[test]
fn a_badge_that_is_gone_is_a_fault_of_structure() {
    let bare = shirt(Cloth::Print, [0.25, 0.3, 0.62], 1);
    let badged = badged(&bare);
    let reference = Reference::new(&badged);
    let judge = |shown: &Cutout| check(&reference, &on_tiles(shown), Framing::Full);
    let right = judge(&badged);
    assert_eq!(right.evidence["road"], "draped");
    assert_eq!(right.outcome, Outcome::Passed, "{}", right.evidence);
    let wrong = judge(&bare);
    assert_eq!(wrong.outcome, Outcome::Failed, "{}", wrong.evidence);
    assert_eq!(wrong.evidence["worst"]["part"], "structure", "{}", wrong.evidence);
    assert!(reason(&wrong).contains("bottom left"), "{}", reason(&wrong));
    let parts = wrong.evidence["parts"].as_object().unwrap();
    let parts: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(
        parts,
        ["colour", "panel", "structure", "print", "pattern", "silhouette"]
    );
}

#[test]
fn what_cannot_be_checked_is_not_called_passed() {
    let cutout = shirt(Cloth::Print, [0.25, 0.3, 0.62], 1);
    let reference = Reference::new(&cutout);
    let check = |picture: &Picture, framing| check(&reference, picture, framing);

    let empty = Picture::from_pixel(800, 800, Rgba([u16::MAX; 4]));
    let verdict = check(&empty, Framing::Full);
    assert_eq!(verdict.outcome, Outcome::Failed, "{}", verdict.evidence);
    assert!(reason(&verdict).contains("no garment"), "{}", reason(&verdict));
    assert_ne!(check(&empty, Framing::CloseUp).outcome, Outcome::Passed);
    for size in [1, 3, 40] {
        let dot = Picture::from_pixel(size, size, Rgba([9000, 9000, 9000, u16::MAX]));
        for framing in [Framing::Full, Framing::CloseUp] {
            assert_ne!(check(&dot, framing).outcome, Outcome::Passed);
        }
    }

    let tiny = packshot(
        &cutout,
        Place {
            size: [150, 150],
            ..PLAIN
        },
    );
    let verdict = check(&tiny, Framing::Full);
    assert_eq!(verdict.outcome, Outcome::Unverifiable, "{}", verdict.evidence);
    assert!(reason(&verdict).contains("px"), "{}", reason(&verdict));

    let upside_down = image::imageops::rotate180(&packshot(&cutout, PLAIN));
    assert_eq!(check(&upside_down, Framing::Full).outcome, Outcome::Failed);
}

#[test]
fn a_cutout_that_is_not_usable_proves_nothing() {
    let good = shirt(Cloth::Blots, [0.2, 0.4, 0.3], 2);
    let picture = packshot(&good, PLAIN);
    let mut bad = good.clone();
    bad.gate.quality = Quality::Reject;
    bad.gate.reasons = vec!["the outline is lost".to_owned()];
    let verdict = check(&Reference::new(&bad), &picture, Framing::Full);
    assert_eq!(verdict.outcome, Outcome::Unverifiable);
    assert!(
        reason(&verdict).contains("the outline is lost"),
        "{}",
        reason(&verdict)
    );
    bad.bounds = [0; 4];
    assert_ne!(
        check(&Reference::new(&bad), &picture, Framing::Full).outcome,
        Outcome::Passed
    );
}

#[test]
fn the_heat_map_glows_where_the_fault_is() {
    let cutout = shirt(Cloth::Plain, [0.7, 0.35, 0.3], 3);
    let left_sleeve = tamper::part_recoloured(&cutout, 15.0, 200.0, |u, v| u < 0.25 && v < 0.5);
    let picture = packshot(&left_sleeve, PLAIN);
    let examined = examine(&Reference::new(&cutout), &picture, Framing::Full);
    let map = examined.heatmap(&picture);
    assert_eq!(map.dimensions(), picture.dimensions());
    let warmth = |columns: std::ops::Range<u32>| {
        let warm = |p: &Rgba<u16>| f64::from(p[0]) - f64::from(p[2]);
        let pixels = columns.flat_map(|x| (70..290).map(move |y| (x, y)));
        pixels.map(|(x, y)| warm(map.get_pixel(x, y))).sum::<f64>()
    };
    assert!(warmth(55..200) > 20.0 * warmth(520..660).max(1.0));
    // What is laid over the picture is clear elsewhere.
    let overlay = examined.heat.unwrap().overlay().unwrap();
    let overlay = image::load_from_memory(&overlay).unwrap().to_rgba8();
    assert_eq!(picture.dimensions(), (720, 720));
    assert_eq!(overlay.dimensions(), (480, 480));
    let cover = |columns: std::ops::Range<u32>| {
        let pixels = columns.flat_map(|x| (47..193).map(move |y| (x, y)));
        pixels
            .map(|(x, y)| f64::from(overlay.get_pixel(x, y)[3]))
            .sum::<f64>()
    };
    assert!(cover(37..133) > 20.0 * cover(347..440).max(1.0));
}

#[test]
fn every_lock_is_registered_once_and_says_what_it_asks() {
    let mut names: Vec<&str> = locks::ALL.iter().map(|lock| lock.name).collect();
    names.dedup();
    assert_eq!(names, ["product", "identity", "background", "no_op", "set"]);
    assert!(
        locks::ALL
            .iter()
            .all(|lock| lock.asks.ends_with('?') && !lock.needs.is_empty())
    );
}

/// The full rates are `cargo run -p imaging --example lock_rates`; here every fourteenth garment, some of its kinds.
#[test]
fn real_garments_are_told_apart() {
    let Some(folder) = testkit::garment_photos() else {
        return;
    };
    let list = photos::list(&folder);
    let cutouts: Vec<Cutout> = list.iter().step_by(14).map(|path| photos::cutout(path)).collect();
    for index in 0..cutouts.len() {
        let cases = kinds::pictures(&cutouts, index).into_iter();
        let some: Vec<_> = cases
            .filter(|case| {
                [
                    "turned 8",
                    "x recolour 8",
                    "x sleeve 8",
                    "x print mirrored",
                    "x other garment",
                ]
                .contains(&case.kind)
            })
            .collect();
        let wrong = judged(&cutouts, index, &some);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", list[index * 14].display());
    }
}
