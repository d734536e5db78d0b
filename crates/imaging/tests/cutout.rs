//! Cutting made products out of made grounds: the outline is known, so the error is.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cutout_made;

use cutout_made::{CARD, cutter, drawn};
use image::Rgba;
use imaging::{
    Picture,
    vision::{Cutout, CutoutCard, Cutter, Infer, Quality, VisionError},
};

const SIDE: u32 = 400;

/// A light ground that darkens to one corner, with a soft shadow below and right of a disc.
fn shaded_ground(radius: f32) -> impl Fn(f32, f32) -> [f32; 3] {
    move |x, y| {
        let distance = (x - 206.0).hypot(y - 212.0) - radius;
        let shadow = 0.18 * (1.0 - (distance / 18.0).clamp(0.0, 1.0)).powi(2);
        let light = 0.93 - 0.03 * (x + y) / 800.0 - shadow;
        [light, light, light * 0.99]
    }
}

fn alpha(cutout: &Cutout) -> Vec<f32> {
    cutout
        .pixels
        .pixels()
        .map(|pixel| pixel.0[3] as f32 / 65535.0)
        .collect()
}

fn mean_error(found: &[f32], truth: &[f32]) -> f32 {
    found.iter().zip(truth).map(|(f, t)| (f - t).abs()).sum::<f32>() / truth.len() as f32
}

#[test]
fn a_disc_comes_off_its_gradient_and_its_shadow() {
    for product in [[0.75, 0.2, 0.15], [0.15, 0.25, 0.6], [0.2, 0.2, 0.2]] {
        let disc = |x: f32, y: f32| (x - 200.0).hypot(y - 200.0) < 110.0;
        let (photo, truth) = drawn(SIDE, shaded_ground(110.0), product, disc);
        let cutout = cutter().cut(&photo).unwrap();
        let error = mean_error(&alpha(&cutout), &truth);
        assert!(error < 0.004, "{product:?}: mean alpha error {error}");
        let off = alpha(&cutout)
            .iter()
            .zip(&truth)
            .filter(|(f, t)| (*f - *t).abs() > 0.5)
            .count();
        assert!(
            off < 160,
            "{product:?}: {off} pixels on the wrong side of an outline of 690"
        );
        assert_ne!(cutout.gate.quality, Quality::Reject);
        assert!(cutout.gate.iou > 0.7 && !cutout.gate.touches_frame);
    }
}

#[test]
fn covered_pixels_are_the_photo_and_clear_ones_are_empty() {
    let disc = |x: f32, y: f32| (x - 200.0).hypot(y - 200.0) < 110.0;
    let (photo, _) = drawn(SIDE, shaded_ground(110.0), [0.1, 0.4, 0.2], disc);
    let cutout = cutter().cut(&photo).unwrap();
    for (seen, cut) in photo.pixels().zip(cutout.pixels.pixels()) {
        match cut.0[3] {
            u16::MAX => assert_eq!(seen, cut),
            0 => assert_eq!(cut, &Rgba([0; 4])),
            _ => {}
        }
    }
    let [x, y, width, height] = cutout.bounds;
    for (found, wanted) in [(x, 90), (y, 90), (width, 220), (height, 220)] {
        assert!(found.abs_diff(wanted) <= 4, "{:?}", cutout.bounds);
    }
}

#[test]
fn partly_covered_pixels_lose_the_old_ground() {
    let disc = |x: f32, y: f32| (x - 200.0).hypot(y - 200.0) < 110.0;
    let (photo, _) = drawn(SIDE, |_, _| [0.95; 3], [0.1, 0.1, 0.3], disc);
    let cutout = cutter().cut(&photo).unwrap();
    let soft = cutout
        .pixels
        .pixels()
        .filter(|pixel| (6000..60000).contains(&pixel.0[3]));
    let reds: Vec<f32> = soft.map(|pixel| pixel.0[0] as f32 / 65535.0).collect();
    assert!(reds.len() > 300, "{} soft pixels", reds.len());
    let mean = reds.iter().sum::<f32>() / reds.len() as f32;
    assert!(
        (mean - 0.1).abs() < 0.06,
        "mean red {mean}: the rim keeps the ground"
    );
}

#[test]
fn the_hole_of_a_ring_stays_open() {
    let ring = |x: f32, y: f32| (50.0..130.0).contains(&(x - 200.0).hypot(y - 200.0));
    let (photo, truth) = drawn(SIDE, |_, _| [0.92; 3], [0.2, 0.35, 0.6], ring);
    let cutout = cutter().cut(&photo).unwrap();
    assert_eq!(cutout.pixels.get_pixel(200, 200).0[3], 0);
    assert!(mean_error(&alpha(&cutout), &truth) < 0.004);
}

#[test]
fn white_on_white_is_flagged() {
    let disc = |x: f32, y: f32| (x - 200.0).hypot(y - 200.0) < 110.0 && (x - 200.0).hypot(y - 200.0) > 20.0;
    let (mut photo, _) = drawn(SIDE, |_, _| [0.96; 3], [0.965, 0.965, 0.96], disc);
    // A dark print, so that there is something to find.
    for y in 150..250 {
        for x in 160..240 {
            photo.put_pixel(x, y, Rgba([9000, 9000, 20000, u16::MAX]));
        }
    }
    let seen = Fixed(|x: f32, y: f32| f32::from(u8::from((x - 0.5).hypot(y - 0.5) < 0.26)));
    let cutout = Cutter::new(Box::new(seen), CARD).cut(&photo).unwrap();
    assert_ne!(cutout.gate.quality, Quality::Clean);
    assert!(!cutout.gate.reasons.is_empty());
}

#[test]
fn a_blank_photo_has_no_product() {
    let blank = Picture::from_pixel(SIDE, SIDE, Rgba([60000, 60000, 60000, u16::MAX]));
    assert!(matches!(cutter().cut(&blank), Err(VisionError::NoProduct)));
}

#[test]
fn a_tiny_photo_is_refused_with_its_size() {
    let tiny = Picture::from_pixel(20, 300, Rgba([0, 0, 0, u16::MAX]));
    let error = cutter().cut(&tiny).unwrap_err();
    assert!(error.to_string().contains("20x300"), "{error}");
}

#[test]
fn the_same_photo_gives_the_same_pixels() {
    let square = |x: f32, y: f32| (90.0..310.0).contains(&x) && (70.0..330.0).contains(&y);
    let (photo, _) = drawn(SIDE, shaded_ground(120.0), [0.5, 0.5, 0.52], square);
    let (first, second) = (cutter().cut(&photo).unwrap(), cutter().cut(&photo).unwrap());
    assert_eq!(first.pixels, second.pixels);
    assert_eq!(first.gate, second.gate);
}

#[test]
fn a_photo_isolated_already_keeps_its_own_alpha() {
    let mut photo = Picture::from_pixel(200, 100, Rgba([1, 2, 3, 0]));
    for y in 20..80 {
        for x in 50..150 {
            photo.put_pixel(
                x,
                y,
                Rgba([40000, 100, 100, if x == 50 { 30000 } else { u16::MAX }]),
            );
        }
    }
    let cutout = cutter().cut(&photo).unwrap();
    assert_eq!(cutout.pixels, photo);
    assert_eq!(
        (cutout.bounds, cutout.gate.quality),
        ([50, 20, 100, 60], Quality::Clean)
    );
}

#[test]
fn a_large_photo_keeps_an_edge_of_its_own_sharpness() {
    let disc = |x: f32, y: f32| (x - 1500.0).hypot(y - 1500.0) < 900.0;
    let (photo, truth) = drawn(3000, |_, _| [0.93; 3], [0.6, 0.2, 0.2], disc);
    let cutout = cutter().cut(&photo).unwrap();
    assert_eq!(cutout.pixels.dimensions(), (3000, 3000));
    let soft = cutout
        .pixels
        .pixels()
        .filter(|pixel| !matches!(pixel.0[3], 0 | u16::MAX))
        .count() as f32;
    let outline = 2.0 * std::f32::consts::PI * 900.0;
    assert!(
        soft / outline < 2.5,
        "{} soft pixels per outline pixel",
        soft / outline
    );
    assert!(mean_error(&alpha(&cutout), &truth) < 0.001);
}

#[test]
fn a_missing_model_says_what_to_do() {
    let error = Cutter::load("nowhere/none.onnx".as_ref(), &CutoutCard::U2NETP)
        .err()
        .unwrap();
    assert!(matches!(error, VisionError::Model { .. }));
    assert!(error.to_string().contains("models pull"), "{error}");
}

/// White with a little gray, as shops use it: isolated already, so even.
const EVEN_GROUND: f32 = 0.957;

fn in_block(x: f32, y: f32) -> bool {
    (100.0..300.0).contains(&x) && (100.0..300.0).contains(&y)
}

/// Between sleeve and body: closed at the top, 24 pixels wide at the hem.
fn in_wedge(x: f32, y: f32) -> bool {
    (140.0..300.0).contains(&y) && (x - 200.0).abs() < (y - 140.0) * 0.075
}

/// What JPEG leaves along a strong edge: single pixels off by 2 % either way, their mean the ground's.
fn ringing(x: f32, y: f32) -> f32 {
    if (x as u32 / 2 + y as u32 / 2).is_multiple_of(2) {
        0.02
    } else {
        -0.02
    }
}

/// Cuts with a network that takes the whole block for product, gaps and all.
fn cut_seen_whole(photo: &Picture) -> Cutout {
    let inside = |v: f32| (0.26..0.74).contains(&v);
    let whole = Fixed(move |x: f32, y: f32| f32::from(u8::from(inside(x) && inside(y))));
    Cutter::new(Box::new(whole), CARD).cut(photo).unwrap()
}

#[test]
fn a_wedge_of_ground_between_sleeve_and_body_is_opened_to_its_tip() {
    let ground = |x: f32, y: f32| {
        let near = in_wedge(x, y) && y < 270.0;
        [EVEN_GROUND + if near { ringing(x, y) } else { 0.0 }; 3]
    };
    let (photo, truth) = drawn(SIDE, ground, [0.12; 3], |x, y| in_block(x, y) && !in_wedge(x, y));
    let cutout = cut_seen_whole(&photo);
    let filled = |(pixel, truth): &(&Rgba<u16>, &f32)| **truth == 0.0 && pixel.0[3] > 32768;
    let filled = cutout.pixels.pixels().zip(&truth).filter(filled).count();
    assert!(filled < 60, "{filled} of 1920 pixels of the wedge are filled");
}

#[test]
fn white_cloth_that_reaches_the_hem_is_kept() {
    // A pale godet: nearly the ground's colour, shaded as cloth is.
    let ground = |x: f32, y: f32| {
        let shade = if in_wedge(x, y) { 0.03 } else { 0.0 };
        [EVEN_GROUND - shade + if in_wedge(x, y) { ringing(x, y) } else { 0.0 }; 3]
    };
    let (photo, _) = drawn(SIDE, ground, [0.12; 3], |x, y| in_block(x, y) && !in_wedge(x, y));
    let cutout = cut_seen_whole(&photo);
    for y in (170..290).step_by(10) {
        assert_eq!(cutout.pixels.get_pixel(200, y).0[3], u16::MAX, "row {y}");
    }
    assert_eq!(cutout.gate.filled_gaps, 0.0);
}

/// A dark block with square places of the ground's own colour, and a network that takes all of it for product.
fn with_places(ground: f32, centres: &[(f32, f32)]) -> Cutout {
    let place = |x: f32, y: f32| {
        centres
            .iter()
            .any(|(cx, cy)| (x - cx).abs() < 12.0 && (y - cy).abs() < 12.0)
    };
    let ground = |x: f32, y: f32| [ground + if place(x, y) { ringing(x, y) } else { 0.0 }; 3];
    let (photo, _) = drawn(SIDE, ground, [0.12; 3], |x, y| in_block(x, y) && !place(x, y));
    cut_seen_whole(&photo)
}

#[test]
fn a_place_of_the_grounds_colour_is_kept_and_told() {
    let cutout = with_places(EVEN_GROUND, &[(200.0, 200.0)]);
    assert_eq!(cutout.pixels.get_pixel(200, 200).0[3], u16::MAX);
    assert_eq!(cutout.gate.quality, Quality::Clean);
    let wanted = 24.0 * 24.0 / 40_000.0;
    let found = cutout.gate.filled_gaps;
    assert!((0.3 * wanted..=wanted).contains(&found), "{found} of {wanted}");
    assert!(
        cutout.gate.reasons.join(" ").contains("use white"),
        "{:?}",
        cutout.gate.reasons
    );
}

#[test]
fn a_print_in_the_grounds_colour_is_no_gap() {
    let print: Vec<(f32, f32)> = (0..9)
        .map(|i| (140.0 + 50.0 * (i % 3) as f32, 140.0 + 50.0 * (i / 3) as f32))
        .collect();
    let cutout = with_places(EVEN_GROUND, &print);
    assert_eq!(cutout.gate.filled_gaps, 0.0, "{:?}", cutout.gate);
}

/// A network that always sees the same, by position 0..=1.
struct Fixed<F>(F);

impl<F: Fn(f32, f32) -> f32 + Send + Sync> Infer for Fixed<F> {
    fn infer(&self, _: Vec<f32>, side: usize, _: usize) -> Result<Vec<f32>, VisionError> {
        let at = |i: usize| (i as f32 + 0.5) / side as f32;
        Ok((0..side * side)
            .map(|i| (self.0)(at(i % side), at(i / side)))
            .collect())
    }
}
