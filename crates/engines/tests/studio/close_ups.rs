//! Close-ups: whole prints, the photo's own pixels, honest sizes.

use domain::product::View;
use engines::{Candidate, Reply};
use imaging::Picture;
use testkit::{Garment, Print};

use crate::bench::{Bench, CLEAN, garment};

const BADGE: [u8; 3] = [230, 190, 40];

fn badged() -> Garment {
    Garment {
        print: Print::Badge(BADGE),
        ..garment(800)
    }
}

fn takes(bench: &Bench) -> Vec<Candidate> {
    let made = |take| match bench.start("DETAIL_CLOSE_UP", take) {
        Reply::Done(candidate) => Some(*candidate),
        Reply::Refused(reason) => {
            assert!(reason.contains("worth a close-up"), "{reason}");
            None
        }
    };
    (1..=3).filter_map(made).collect()
}

/// Pixels that are clearly the badge's colour rather than the cloth's.
fn badge_pixels(picture: &Picture) -> f64 {
    let yellow = picture
        .pixels()
        .filter(|pixel| pixel[0] > 180 * 257 && pixel[2] < 100 * 257);
    yellow.count() as f64
}

#[test]
fn a_print_is_whole_or_absent() {
    let bench = Bench::with_front(&badged());
    let whole = badge_pixels(&badged().photo());
    let made = takes(&bench);
    let shares: Vec<f64> = made
        .iter()
        .map(|candidate| {
            let factor = candidate.recipe["crop"]["scale"].as_f64().unwrap();
            badge_pixels(&candidate.pixels) / (whole * factor * factor)
        })
        .collect();
    assert!(
        (0.97..1.03).contains(&shares[0]),
        "the first shows the print: {shares:?}"
    );
    for share in shares {
        assert!(
            share < 0.002 || (0.97..1.03).contains(&share),
            "a print is cut: {share}"
        );
    }
}

#[test]
fn no_close_up_is_enlarged_more_than_half_again_or_padded() {
    let drawn = Bench::with_front(&badged());
    for size in ["300", "1200x1800"] {
        let bench = drawn.clone().size(size);
        for candidate in takes(&bench) {
            let asked = bench.brief.size;
            let scale = candidate.recipe["crop"]["scale"].as_f64().unwrap();
            assert!(scale <= 1.5, "{scale}");
            let (width, height) = candidate.pixels.dimensions();
            assert!(width <= asked.width && height <= asked.height);
            let shape = f64::from(width) / f64::from(height);
            let wanted = f64::from(asked.width) / f64::from(asked.height);
            assert!((shape / wanted - 1.0).abs() < 0.01, "{width}x{height}");
            if width < asked.width {
                let note = candidate.notes.join(" ");
                assert!(note.contains("instead of"), "{note}");
            }
        }
    }
}

#[test]
fn a_close_up_at_native_size_is_the_photo_pixel_for_pixel() {
    let bench = Bench::with_front(&badged());
    let probe = takes(&bench).remove(0);
    let native = probe.recipe["crop"]["width"].as_f64().unwrap();
    let bench = bench.size(&format!("{native}"));
    let made = takes(&bench).remove(0);
    assert_eq!(made.recipe["crop"]["scale"], 1.0);
    let corner = &made.recipe["crop"]["left_top_upright"];
    let at = |index: usize| (corner[index].as_f64().unwrap() + 400.0) as u32;
    let (left, top) = (at(0), at(1));
    let photo = badged().photo();
    let mask = badged().mask();
    for (x, y, pixel) in made.pixels.enumerate_pixels() {
        if mask.get_pixel(left + x, top + y)[3] == u16::MAX {
            assert_eq!(
                pixel.0[..3],
                photo.get_pixel(left + x, top + y).0[..3],
                "{x}, {y}"
            );
        }
    }
}

#[test]
fn the_product_s_own_detail_photos_come_first_and_are_not_cut_out() {
    let detail = Picture::from_fn(640, 480, |x, y| {
        let wave = 20_000 + ((x * 37 + y * 91) % 97) as u16 * 200;
        image::Rgba([wave, 30_000, 10_000, u16::MAX])
    });
    let bench = Bench::with_front(&badged())
        .picture(View::Detail, None, detail, CLEAN)
        .size("400");
    let first = bench.made("DETAIL_CLOSE_UP", 1);
    assert!(first.notes[0].contains("own detail photo"), "{:?}", first.notes);
    assert_eq!(first.pixels.dimensions(), (400, 400));
    let ground = first.pixels.pixels().filter(|pixel| pixel[2] > 20_000).count();
    assert_eq!(ground, 0, "no background mixed into the rim");
    let second = bench.made("DETAIL_CLOSE_UP", 2);
    assert_eq!(second.recipe["close_up"]["kind"], "feature");
}

#[test]
fn plain_cloth_is_no_close_up() {
    let plain = Garment {
        noise: 0.0,
        ..garment(1000)
    };
    let made = takes(&Bench::with_front(&plain));
    for candidate in made {
        assert_ne!(
            candidate.recipe["close_up"]["kind"], "fabric",
            "{:?}",
            candidate.notes
        );
    }
}
