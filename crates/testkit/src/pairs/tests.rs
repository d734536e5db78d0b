//! What holds for every pair, on drawn garments.

use image::{GrayImage, RgbImage};

use super::{Generator, Half, Kind, Pair, Reference, subject::lab_of, subject::median};
use crate::{Garment, Print, lab::ciede2000};

fn reference(id: &str, garment: &Garment) -> Reference {
    let (photo, mask) = (garment.photo(), garment.mask());
    Reference {
        id: id.to_owned(),
        photo: RgbImage::from_fn(photo.width(), photo.height(), |x, y| {
            let [r, g, b, _] = photo.get_pixel(x, y).0.map(|v| (v / 257) as u8);
            image::Rgb([r, g, b])
        }),
        alpha: GrayImage::from_fn(mask.width(), mask.height(), |x, y| {
            image::Luma([(mask.get_pixel(x, y).0[3] / 257) as u8])
        }),
    }
}

fn drawn(colour: [u8; 3], print: Print) -> Garment {
    Garment {
        colour,
        print,
        side: 384,
        ..Garment::default()
    }
}

/// A plain blue shirt, a gray one with a badge, a striped one, a red dress.
fn generator() -> Generator {
    let dress = Garment {
        kind: crate::Kind::Dress,
        ..drawn([190, 40, 50], Print::Plain)
    };
    let references = [
        reference("plain", &drawn([52, 92, 168], Print::Plain)),
        reference("badge", &drawn([120, 120, 118], Print::Badge([230, 60, 40]))),
        reference("stripes", &drawn([30, 34, 60], Print::Stripes([235, 235, 230]))),
        reference("dress", &dress),
    ];
    Generator::new(&references, Vec::new())
}

const PLAIN: usize = 0;
const BADGE: usize = 1;
const STRIPES: usize = 2;

/// The first pair of this kind that any of a few seeds gives.
fn any(generator: &Generator, garment: usize, kind: Kind) -> Option<Pair> {
    (0..2).find_map(|seed| generator.pair(garment, kind, seed))
}

#[test]
fn a_seed_decides_every_pixel() {
    let generator = generator();
    let picture = |seed| {
        generator
            .pair(PLAIN, Kind::Recoloured, seed)
            .map(|pair| pair.candidate)
    };
    assert!(picture(3).is_some());
    assert_eq!(picture(3), picture(3));
    assert_ne!(picture(3), picture(4));
}

#[test]
fn a_faithful_picture_keeps_the_cloth_within_the_light() {
    let generator = generator();
    let cloth = lab_of([52.0, 92.0, 168.0]);
    for seed in 0..3 {
        let pair = generator.pair(PLAIN, Kind::Faithful, seed).unwrap();
        assert_eq!(pair.effect, super::Effect::default());
        // The cloth is what is bluest: at least 8 % of any faithful picture.
        let mut lab: Vec<[f32; 3]> = pair
            .candidate
            .pixels()
            .step_by(13)
            .map(|pixel| lab_of(pixel.0.map(f32::from)))
            .collect();
        lab.sort_by(|p, q| p[2].total_cmp(&q[2]));
        lab.truncate(lab.len() * 6 / 100);
        let seen = [0, 1, 2].map(|i| median(lab.iter().map(|colour| colour[i]).collect()));
        // 12 % of light and a 10 % gradient are 9 steps of L*, 3 % of white balance about as many of chroma.
        let apart = ciede2000(seen, cloth);
        assert!(apart < 12.0, "seed {seed}: {seen:?} is {apart} from {cloth:?}");
    }
}

#[test]
fn every_tamper_that_applies_is_seen() {
    let generator = generator();
    let applying = [
        (PLAIN, Kind::Recoloured),
        (PLAIN, Kind::PartRecoloured),
        (PLAIN, Kind::Desaturated),
        (PLAIN, Kind::OtherGarment),
        (PLAIN, Kind::Swapped),
        (PLAIN, Kind::Shortened),
        (BADGE, Kind::PrintErased),
        (STRIPES, Kind::PatternRescaled),
        (STRIPES, Kind::PatternSmoothed),
    ];
    for (garment, kind) in applying {
        // A half may hold one garment only, and then there is nothing to show instead.
        let Some(pair) = any(&generator, garment, kind) else {
            assert!(matches!(kind, Kind::Swapped | Kind::OtherGarment), "no {kind:?}");
            continue;
        };
        assert!(
            super::tamper::is_visible(kind, &pair.effect),
            "{kind:?} {:?}",
            pair.effect
        );
        assert!(!kind.is_faithful() && pair.kind == kind && pair.garment == garment);
    }
}

#[test]
fn a_recoloured_part_leaves_the_rest() {
    let pair = any(&generator(), PLAIN, Kind::PartRecoloured).unwrap();
    assert!(pair.effect.changed_share < 0.7, "{:?}", pair.effect);
}

#[test]
fn what_does_not_apply_gives_no_pair() {
    let generator = generator();
    let refused = [
        (PLAIN, Kind::PrintErased),
        (PLAIN, Kind::PrintMirrored),
        (PLAIN, Kind::PatternRescaled),
        (PLAIN, Kind::DetailsRemoved),
        // A square is its own mirror image.
        (BADGE, Kind::PrintMirrored),
        (BADGE, Kind::Desaturated),
        (9, Kind::Faithful),
    ];
    for (garment, kind) in refused {
        assert!(generator.pair(garment, kind, 1).is_none(), "{garment} {kind:?}");
    }
}

#[test]
fn garments_fall_into_two_halves_of_about_one_size() {
    let fit = (0..1000)
        .filter(|i| Half::of(&format!("{i:05}_00")) == Half::Fit)
        .count();
    assert!((440..560).contains(&fit), "{fit} of 1000");
}
