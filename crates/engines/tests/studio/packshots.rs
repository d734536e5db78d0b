//! Whole garments: straight, centred, filled as asked, on an exact ground, in their own colour.

use domain::product::View;
use imaging::vision::Quality;
use testkit::{Garment, Kind, Print};

use crate::bench::{Bench, CLEAN, TestGate, box_of, garment};

#[test]
fn a_leaning_garment_is_straightened_to_a_quarter_degree() {
    for kind in [Kind::Shirt, Kind::Dress] {
        for tilt in [-6.0, 1.5, 4.0] {
            let leaning = Garment {
                kind,
                tilt_deg: tilt,
                ..garment(400)
            };
            let made = Bench::with_front(&leaning).size("500").made("FRONT", 1);
            let found = made.recipe["straighten"]["tilt_deg"].as_f64().unwrap();
            assert!(
                (found - f64::from(tilt)).abs() <= 0.25,
                "{kind:?} {tilt}: {found}"
            );
        }
    }
}

#[test]
fn a_straight_garment_and_a_hopelessly_leaning_one_are_left_alone() {
    for tilt in [0.0, 11.0] {
        let leaning = Garment {
            tilt_deg: tilt,
            ..garment(400)
        };
        let made = Bench::with_front(&leaning).size("500").made("FRONT", 1);
        assert_eq!(made.recipe["straighten"]["tilt_deg"], 0.0, "{tilt}");
    }
}

#[test]
fn the_garment_fills_its_share_of_the_limiting_side_and_stands_in_the_middle() {
    let sides = |words: &str, size: &str, kind| {
        let shape = Garment { kind, ..garment(800) };
        let mut bench = Bench::with_front(&shape).size(size).shadow(false);
        bench.product.category = domain::category::Category::from_words(words);
        let made = bench.made("FRONT", 1);
        let (width, height) = made.pixels.dimensions();
        let [left, top, right, bottom] = box_of(&made.pixels, [255; 3]);
        let centre = (f64::midpoint(left, right) - f64::from(width) / 2.0).abs();
        assert!(centre < 1.5, "{words}: {centre} pixels off the middle");
        let middle = (f64::midpoint(top, bottom) - f64::from(height) / 2.0).abs();
        assert!(middle < 1.5, "{words}: {middle} pixels off the middle");
        (
            (right - left) / f64::from(width),
            (bottom - top) / f64::from(height),
        )
    };
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 0.004, "{found} != {wanted}");
    let shirt = sides("shirt", "1000", Kind::Shirt);
    near(shirt.0.max(shirt.1), 0.86);
    near(sides("jacket", "800x1200", Kind::Shirt).0, 0.88);
    near(sides("dress", "1000", Kind::Dress).1, 0.90);
    near(sides("crop top", "1000x1400", Kind::Shirt).0, 0.84);
    // Unknown words: the shape decides. Trousers are long, so the height limits.
    near(sides("gizmo", "1000", Kind::Trousers).1, 0.90);
}

#[test]
fn the_frame_is_the_background_in_every_bit() {
    for (text, rgb) in [
        ("white", [255, 255, 255]),
        ("light-gray", [242, 242, 242]),
        ("#2b4a3f", [0x2b, 0x4a, 0x3f]),
    ] {
        let made = Bench::with_front(&garment(700))
            .background(text)
            .size("900x1100")
            .made("FRONT", 1);
        let rim = (900.0f32 * 0.012) as u32;
        let exact = rgb.map(|value: u8| u16::from(value) * 257);
        for (x, y, pixel) in made.pixels.enumerate_pixels() {
            if x < rim || y < rim || x >= 900 - rim || y >= 1100 - rim {
                assert_eq!(pixel.0[..3], exact, "{text} at {x}, {y}");
            }
            assert_eq!(pixel[3], u16::MAX);
        }
    }
}

#[test]
fn a_shadow_lies_under_the_garment_softly_and_only_when_asked() {
    let bench = Bench::with_front(&garment(700)).size("900");
    let darkest_ground = |bench: &Bench| {
        let picture = bench.made("FRONT", 1).pixels;
        let [left, _, right, bottom] = box_of(&picture, [255; 3]);
        let below = (bottom as u32 + 2..900).flat_map(|y| (left as u32..right as u32).map(move |x| (x, y)));
        below
            .map(|(x, y)| picture.get_pixel(x, y)[1] / 257)
            .min()
            .unwrap()
    };
    let with = darkest_ground(&bench);
    // Ambient .10 and contact .16 take at most 26 % of the light, which is 223 of 255 encoded.
    assert!((223..253).contains(&with), "{with}");
    assert_eq!(darkest_ground(&bench.clone().shadow(false)), 255);
    let doubtful = TestGate {
        quality: Quality::Review,
        ..CLEAN
    };
    let bench = Bench::new()
        .photo(View::Front, None, &garment(700), doubtful)
        .size("900");
    assert_eq!(darkest_ground(&bench), 255);
}

#[test]
fn the_cloth_keeps_its_colour_and_the_recipe_says_how_well() {
    let striped = Garment {
        print: Print::Stripes([240, 230, 210]),
        tilt_deg: 3.0,
        ..garment(700)
    };
    let made = Bench::with_front(&striped)
        .size("1000")
        .background("#2b4a3f")
        .made("FRONT", 1);
    let colour = &made.recipe["delta_e_2000"];
    assert!(colour["patches"].as_u64().unwrap() > 100, "{colour}");
    assert!(colour["median"].as_f64().unwrap() < 0.5, "{colour}");
    assert!(colour["p95"].as_f64().unwrap() < 1.5, "{colour}");
    assert!(!made.needs_review, "{:?}", made.notes);
}

#[test]
fn front_and_back_of_one_garment_stand_equally_tall() {
    let far = Garment {
        side: 640,
        ..garment(640)
    };
    let near = garment(900);
    let bench = Bench::with_front(&far)
        .photo(View::Back, None, &near, CLEAN)
        .size("800")
        .shadow(false);
    let height = |pose: &str| {
        let [_, top, _, bottom] = box_of(&bench.made(pose, 1).pixels, [255; 3]);
        bottom - top
    };
    let (front, back) = (height("FRONT"), height("BACK"));
    assert!((front / back - 1.0).abs() < 0.01, "{front} and {back}");
}

#[test]
fn a_doubtful_outline_a_cut_off_garment_or_an_unsuited_ground_go_to_review() {
    let gates = [
        (
            TestGate {
                quality: Quality::Review,
                ..CLEAN
            },
            "white",
            "check the cut-out",
        ),
        (
            TestGate {
                touches_frame: true,
                ..CLEAN
            },
            "white",
            "cuts the garment off",
        ),
        (
            TestGate {
                light_ground_only: true,
                ..CLEAN
            },
            "#2b4a3f",
            "light gray suits",
        ),
        (
            TestGate {
                filled_gaps: 0.004,
                ..CLEAN
            },
            "light-gray",
            "a gap inside the garment",
        ),
    ];
    for (gate, background, words) in gates {
        let bench = Bench::new()
            .photo(View::Front, None, &garment(600), gate)
            .size("700");
        let made = bench.background(background).made("FRONT", 1);
        assert!(
            made.needs_review && made.notes.join(" ").contains(words),
            "{:?}",
            made.notes
        );
    }
    let gap = TestGate {
        filled_gaps: 0.004,
        ..CLEAN
    };
    let bench = Bench::new()
        .photo(View::Front, None, &garment(600), gap)
        .size("700");
    assert!(!bench.background("white").made("FRONT", 1).needs_review);
    let light = TestGate {
        light_ground_only: true,
        ..CLEAN
    };
    let bench = Bench::new()
        .photo(View::Front, None, &garment(600), light)
        .size("700");
    assert!(!bench.background("light-gray").made("FRONT", 1).needs_review);
}

#[test]
fn a_slight_turn_is_labelled_reviewed_and_leans_the_way_it_is_called() {
    let striped = Garment {
        print: Print::Stripes([240, 230, 210]),
        kind: Kind::Dress,
        ..garment(600)
    };
    let bench = Bench::with_front(&striped).size("700").shadow(false);
    let front = bench.made("FRONT", 1);
    for (pose, sign) in [("SLIGHT_TURN_LEFT", -1.0), ("SLIGHT_TURN_RIGHT", 1.0)] {
        let turned = bench.made(pose, 1);
        assert!(turned.needs_review && turned.notes[0].contains("computed from the front photo"));
        assert_eq!(turned.recipe["turn_deg"], sign * 10.0);
        assert!(turned.pixels != front.pixels);
        let [left, _, right, _] = box_of(&turned.pixels, [255; 3]);
        let [flat_left, _, flat_right, _] = box_of(&front.pixels, [255; 3]);
        assert!(
            right - left <= flat_right - flat_left + 2.0,
            "a turned garment is no wider"
        );
    }
}
