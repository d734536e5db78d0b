//! Composite-back: a print that an engine got wrong is put back from the photo, and nothing else is touched.

use domain::{
    pose::Framing,
    verdict::{Outcome, Verdict},
};
use image::Rgba;
use imaging::{
    Picture,
    locks::product::{Composited, Reference, check, composite_back, is_mended},
    vision::Cutout,
};

use crate::{
    garments::{Cloth, shirt},
    studio::{PLAIN, packshot},
    tamper,
};

const SIZE: [u32; 2] = [760, 860];
/// Picture pixels per cut-out pixel, and where the cut-out begins.
const SCALE: f32 = 1.2;
const LEFT: f32 = 46.0;
const TOP: f32 = 50.0;

fn printed() -> Cutout {
    shirt(Cloth::Print, [0.25, 0.3, 0.62], 1)
}

/// Where a picture pixel lies in the cut-out: the cloth is bent softly, as on a body.
fn bent(x: f32, y: f32) -> (f32, f32) {
    (
        (x - LEFT) / SCALE + 5.0 * (y / 130.0).sin(),
        (y - TOP) / SCALE + 4.0 * (x / 150.0).sin(),
    )
}

fn seen(cutout: &Cutout, x: f32, y: f32) -> [f32; 4] {
    let (u, v) = bent(x, y);
    let (left, top) = ((u - 0.5).floor(), (v - 0.5).floor());
    let mut sum = [0.0; 4];
    for (i, j) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        let weight = (1.0 - (u - 0.5 - left - i).abs()) * (1.0 - (v - 0.5 - top - j).abs());
        let (column, row) = (left + i, top + j);
        let (width, height) = cutout.pixels.dimensions();
        if column >= 0.0 && row >= 0.0 && column < width as f32 && row < height as f32 {
            let pixel = cutout.pixels.get_pixel(column as u32, row as u32);
            let alpha = weight * f32::from(pixel[3]) / 65535.0;
            for (sum, value) in sum.iter_mut().zip(&pixel.0) {
                *sum += alpha * f32::from(*value);
            }
            sum[3] += alpha - alpha * f32::from(pixel[3]);
        }
    }
    sum
}

/// The garment as an engine shows it: bent, darker to the right, before a wall.
fn scene(cutout: &Cutout) -> Picture {
    Picture::from_fn(SIZE[0], SIZE[1], |x, y| {
        let [r, g, b, alpha] = seen(cutout, x as f32 + 0.5, y as f32 + 0.5);
        let light = 1.05 - 0.3 * x as f32 / SIZE[0] as f32;
        let wall = 47_000.0 + 5_000.0 * (y as f32 / 90.0).sin();
        let channel = |v: f32| (v * light + (1.0 - alpha) * wall).clamp(0.0, 65535.0) as u16;
        Rgba([channel(r), channel(g), channel(b), u16::MAX])
    })
}

/// An arm of the colour of skin that comes in from the right, over a corner of the print.
fn is_arm(x: u32, y: u32) -> bool {
    x > 470 && (310..352).contains(&y)
}

fn behind_an_arm(mut picture: Picture) -> Picture {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if is_arm(x, y) {
            *pixel = Rgba([52_000, 38_000, 30_000, u16::MAX]);
        }
    }
    picture
}

fn composited(cutout: &Cutout, picture: &Picture) -> Result<Composited, &'static str> {
    let reference = Reference::new(cutout);
    let before = check(&reference, picture, Framing::Full);
    composite_back(&reference, cutout, picture, Framing::Full, &before)
}

/// What the road takes: the picture with prints put back, if the lock then likes it better.
fn taken(cutout: &Cutout, picture: &Picture) -> Option<Composited> {
    let made = composited(cutout, picture).ok()?;
    let (before, after) = (judged(cutout, picture), judged(cutout, &made.pixels));
    is_mended(&before, &after).then_some(made)
}

fn judged(cutout: &Cutout, picture: &Picture) -> Verdict {
    check(&Reference::new(cutout), picture, Framing::Full)
}

/// Mean difference over the print, 8-bit steps.
fn apart(one: &Picture, two: &Picture) -> f64 {
    let mut sum = 0.0;
    let mut count = 0.0;
    for (x, y, pixel) in one.enumerate_pixels() {
        if (250..510).contains(&x) && (220..430).contains(&y) {
            let other = two.get_pixel(x, y);
            for (a, b) in pixel.0.iter().zip(&other.0).take(3) {
                sum += f64::from(a.abs_diff(*b)) / 257.0;
                count += 1.0;
            }
        }
    }
    sum / count
}

/// Every row of the chest pushed to and fro, as an engine melts letters.
fn melted(cutout: &Cutout) -> Cutout {
    let mut out = cutout.clone();
    for y in 140..330 {
        for x in 170..390_u32 {
            let push = 14.0 * (f64::from(y) / 7.0).sin() * (f64::from(x) / 11.0).cos();
            let from = (f64::from(x) + push) as u32;
            out.pixels.put_pixel(x, y, *cutout.pixels.get_pixel(from, y));
        }
    }
    out
}

fn wrong_prints(cutout: &Cutout) -> [(&'static str, Cutout); 3] {
    [
        ("erased", tamper::print_erased(cutout)),
        ("mirrored", tamper::print_mirrored(cutout)),
        ("melted", melted(cutout)),
    ]
}

#[test]
fn a_wrong_print_is_put_back_in_the_pictures_own_light() {
    let cutout = printed();
    let right = scene(&cutout);
    for (name, wrong) in wrong_prints(&cutout) {
        let picture = scene(&wrong);
        let before = judged(&cutout, &picture);
        assert_ne!(before.outcome, Outcome::Passed, "{name}: {}", before.evidence);
        let made = composited(&cutout, &picture)
            .unwrap_or_else(|why| panic!("{name}: nothing put back: {why}: {}", before.evidence));
        let after = judged(&cutout, &made.pixels);
        let (was, is) = (apart(&picture, &right), apart(&made.pixels, &right));
        assert_eq!(after.outcome, Outcome::Passed, "{name}: {}", after.evidence);
        assert!(is_mended(&before, &after), "{name}");
        // Where the print is gone, the outline alone tells its place: a pixel or two, which letters show.
        assert!(is < 0.6 * was, "{name}: {is:.1} of 255 off, was {was:.1}");
        assert_eq!(made.prints, 1, "{name}");
        assert!((0.02..0.25).contains(&made.share), "{name}: {}", made.share);
    }
}

#[test]
fn a_wrong_print_on_a_packshot_is_put_back() {
    let cutout = printed();
    for (name, wrong) in wrong_prints(&cutout) {
        let picture = packshot(&wrong, PLAIN);
        let before = judged(&cutout, &picture);
        assert_eq!(before.outcome, Outcome::Failed, "{name}: {}", before.evidence);
        let made = composited(&cutout, &picture)
            .unwrap_or_else(|why| panic!("{name}: nothing put back: {why}: {}", before.evidence));
        let after = judged(&cutout, &made.pixels);
        assert!(is_mended(&before, &after), "{name}: {}", after.evidence);
    }
}

#[test]
fn what_needs_no_print_gets_none() {
    let cutout = printed();
    assert!(
        composited(&cutout, &scene(&cutout)).is_err(),
        "the print is right"
    );
    let plain = shirt(Cloth::Plain, [0.7, 0.35, 0.3], 3);
    assert!(
        composited(&plain, &scene(&plain)).is_err(),
        "a right pocket is left alone"
    );
    let stripes = shirt(Cloth::Stripes, [0.9, 0.9, 0.88], 4);
    assert!(
        composited(&stripes, &scene(&plain)).is_err(),
        "a pattern is no print"
    );
}

#[test]
fn another_garment_gets_none() {
    let cutout = printed();
    for other in [
        shirt(Cloth::Stripes, [0.9, 0.9, 0.88], 4),
        shirt(Cloth::Blots, [0.2, 0.4, 0.3], 2),
        shirt(Cloth::Print, [0.8, 0.3, 0.3], 9),
    ] {
        assert!(composited(&cutout, &scene(&other)).is_err());
    }
}

#[test]
fn a_recoloured_garment_is_not_excused_by_its_print() {
    let cutout = printed();
    for wrong in [
        tamper::recoloured(&cutout, 12.0, 90.0),
        tamper::recoloured(&tamper::print_erased(&cutout), 12.0, 90.0),
        tamper::part_recoloured(&tamper::print_erased(&cutout), 15.0, 90.0, |u, v| {
            u < 0.25 && v < 0.5
        }),
    ] {
        let picture = scene(&wrong);
        assert!(taken(&cutout, &picture).is_none());
        assert_ne!(judged(&cutout, &picture).outcome, Outcome::Passed);
    }
}

#[test]
fn a_close_up_gets_none() {
    let cutout = printed();
    let reference = Reference::new(&cutout);
    let picture = scene(&tamper::print_erased(&cutout));
    let before = check(&reference, &picture, Framing::Full);
    assert!(composite_back(&reference, &cutout, &picture, Framing::CloseUp, &before).is_err());
}

#[test]
fn a_print_behind_an_arm_is_left_as_it_is() {
    let cutout = printed();
    for (name, wrong) in wrong_prints(&cutout) {
        let picture = behind_an_arm(scene(&wrong));
        assert!(
            composited(&cutout, &picture).is_err(),
            "{name}: an arm lies over the print"
        );
    }
}
