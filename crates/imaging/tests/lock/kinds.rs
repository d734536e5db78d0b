//! The kinds of pictures a garment is judged in: faithful ones and tampered ones, each with a name.

use domain::pose::Framing;
use imaging::{Picture, vision::Cutout};

use crate::{
    studio::{PLAIN, Place, close_up, jpeg, packshot},
    tamper,
};

/// A picture, what it is, and whether it shows the garment as it is.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) faithful: bool,
    pub(crate) framing: Framing,
    pub(crate) pixels: Picture,
}

/// A tamper of a print that changes less than this (mean CIEDE2000 over the garment) leaves it as it was.
const VISIBLE_MIN: f64 = 0.5;

/// Every kind of picture of the garment at `index`.
pub(crate) fn pictures(cutouts: &[Cutout], index: usize) -> Vec<Case> {
    let mut cases = faithful(&cutouts[index], index);
    cases.extend(tampered(&cutouts[index], index));
    cases.extend(crosswise(cutouts, index));
    cases
}

/// What the studio makes: whole and close.
pub(crate) fn faithful(cutout: &Cutout, index: usize) -> Vec<Case> {
    let case = |kind, pixels| Case {
        kind,
        faithful: true,
        framing: Framing::Full,
        pixels,
    };
    let turned = |angle: f32, ground, fill, size| Place {
        size,
        fill,
        angle,
        ground,
        shadow: true,
    };
    let side = if index.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut cases = vec![
        case("white", packshot(cutout, PLAIN)),
        case(
            "turned 8",
            packshot(cutout, turned(8.0 * side, [242; 3], 0.86, [800, 800])),
        ),
        case(
            "dark, small",
            packshot(cutout, turned(-4.0 * side, [43, 74, 63], 0.6, [640, 800])),
        ),
        case(
            "jpeg 85",
            jpeg(
                &packshot(cutout, turned(3.0 * side, [255; 3], 0.88, [600, 720])),
                85,
            ),
        ),
        case(
            "no shadow, large",
            packshot(
                cutout,
                Place {
                    size: [1200, 1200],
                    shadow: false,
                    ..PLAIN
                },
            ),
        ),
    ];
    let close = |kind, part, enlarged| Case {
        kind,
        faithful: true,
        framing: Framing::CloseUp,
        pixels: close_up(cutout, part, enlarged, [255; 3]),
    };
    let [x, y, w, h] = cutout.bounds.map(|v| v as f32);
    let cloth = (0.3 * w).clamp(0.16 * h, 0.25 * h);
    for (kind, part, share, enlarged) in [
        (
            "close: chest",
            [x + 0.26 * w, y + 0.2 * h, 0.48 * w, 0.48 * w],
            0.9,
            1.5,
        ),
        ("close: top", top(cutout), 0.55, 1.0),
        (
            "close: cloth",
            [x + 0.28 * w, y + 0.55 * h, cloth, cloth],
            0.99,
            1.25,
        ),
    ] {
        if covered(cutout, part) >= share {
            cases.push(close(kind, part, enlarged));
        }
    }
    cases
}

/// The square at the top middle, moved down until the garment covers enough of it.
fn top(cutout: &Cutout) -> [f32; 4] {
    let [x, y, w, h] = cutout.bounds.map(|v| v as f32);
    let side = (0.46 * w).max(0.2 * h);
    let at = |step: u32| {
        [
            x + (w - side) / 2.0,
            y + side * (0.1 * step as f32 - 0.1),
            side,
            side,
        ]
    };
    (0..10)
        .map(at)
        .find(|part| covered(cutout, *part) >= 0.55)
        .unwrap_or(at(10))
}

/// Share of a part that the garment covers.
fn covered(cutout: &Cutout, [x, y, w, h]: [f32; 4]) -> f32 {
    let solid = |i: u32, j: u32| {
        let (u, v) = (x + w * (i as f32 + 0.5) / 40.0, y + h * (j as f32 + 0.5) / 40.0);
        let within =
            u >= 0.0 && v >= 0.0 && (u as u32) < cutout.pixels.width() && (v as u32) < cutout.pixels.height();
        within && cutout.pixels.get_pixel(u as u32, v as u32)[3] > 32768
    };
    let count = (0..1600).filter(|n| solid(n % 40, n / 40)).count();
    count as f32 / 1600.0
}

/// One fault each, otherwise as the studio makes them.
pub(crate) fn tampered(cutout: &Cutout, index: usize) -> Vec<Case> {
    let place = Place {
        angle: 2.0,
        ground: [242; 3],
        ..PLAIN
    };
    let hue = 47.0 * index as f64;
    let case = |kind, wrong: &Cutout| Case {
        kind,
        faithful: false,
        framing: Framing::Full,
        pixels: packshot(wrong, place),
    };
    let sleeve = |u: f64, _: f64| u < 0.25;
    let mut cases = vec![
        case("x recolour 8", &tamper::recoloured(cutout, 8.0, hue)),
        case("x recolour 15", &tamper::recoloured(cutout, 15.0, hue + 90.0)),
        case("x sleeve 8", &tamper::part_recoloured(cutout, 8.0, hue, sleeve)),
        case("x hem 12 %", &tamper::shortened(cutout, 0.12)),
    ];
    for (kind, wrong) in [
        ("x print erased", tamper::print_erased(cutout)),
        ("x print mirrored", tamper::print_mirrored(cutout)),
        ("x mirrored", tamper::mirrored(cutout)),
    ] {
        if tamper::visible(cutout, &wrong) >= VISIBLE_MIN {
            cases.push(case(kind, &wrong));
        }
    }
    let [x, y, w, h] = cutout.bounds.map(|v| v as f32);
    let part = [x + 0.26 * w, y + 0.2 * h, 0.48 * w, 0.48 * w];
    for (kind, wrong) in [
        ("x close: recolour", tamper::recoloured(cutout, 8.0, hue)),
        ("x close: mirrored", tamper::print_mirrored(cutout)),
    ] {
        if tamper::visible(cutout, &wrong) >= VISIBLE_MIN {
            cases.push(Case {
                kind,
                faithful: false,
                framing: Framing::CloseUp,
                pixels: close_up(&wrong, part, 1.5, [255; 3]),
            });
        }
    }
    cases
}

/// Other garments: in this one's outline, and three as they are.
pub(crate) fn crosswise(cutouts: &[Cutout], index: usize) -> Vec<Case> {
    let other = |step: usize| &cutouts[(index + step) % cutouts.len()];
    let case = |kind, wrong: &Cutout| Case {
        kind,
        faithful: false,
        framing: Framing::Full,
        pixels: packshot(wrong, PLAIN),
    };
    let mut cases = vec![case(
        "x swapped cloth",
        &tamper::swapped(&cutouts[index], other(1)),
    )];
    for step in 1..=3.min(cutouts.len() - 1) {
        cases.push(case("x other garment", other(step)));
    }
    cases
}
