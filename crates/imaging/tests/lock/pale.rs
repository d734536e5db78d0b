//! Pale garments, as light as the shadow that they cast: the cut-out of the photo may keep a strip of it.

use domain::{pose::Framing, verdict::Outcome};
use image::{GrayImage, Luma, RgbImage, Rgba};
use imaging::{
    Picture,
    locks::product::{Reference, check},
    vision::Cutout,
};
use testkit::{
    Garment,
    pairs::{self, Generator, Kind},
};

use crate::{
    photos::whole,
    studio::{PLAIN, Place, jpeg, packshot},
    tamper,
};

/// Darker than this around a garment is its shadow's core, which the eye takes for such cloth.
const SHADOW: u16 = 190 * 257;

/// As light as its shadow, gray or yellow.
const COLOURS: [[u8; 3]; 2] = [[149, 167, 159], [187, 181, 67]];

fn drawn(colour: [u8; 3]) -> Garment {
    Garment {
        colour,
        ..Garment::default()
    }
}

/// The garment as its outline is known, or with the core of its shadow.
fn cutout(garment: &Garment, with_shadow: bool) -> Cutout {
    let (photo, mask) = (garment.photo(), garment.mask());
    whole(Picture::from_fn(garment.side, garment.side, |x, y| {
        let Rgba([r, g, b, _]) = *photo.get_pixel(x, y);
        let is_shadow = with_shadow && r.max(g).max(b) < SHADOW;
        let covered = mask.get_pixel(x, y).0[3];
        let alpha = if is_shadow { u16::MAX } else { covered };
        if alpha == 0 {
            Rgba([0; 4])
        } else {
            Rgba([r, g, b, alpha])
        }
    }))
}

/// On white, turned on gray, and as a JPEG.
fn packshots(cutout: &Cutout) -> [Picture; 3] {
    let turned = Place {
        angle: 3.0,
        ground: [242; 3],
        ..PLAIN
    };
    [
        packshot(cutout, PLAIN),
        packshot(cutout, turned),
        jpeg(&packshot(cutout, PLAIN), 85),
    ]
}

#[test]
fn a_strip_of_shadow_in_the_cutout_is_no_fault_of_the_picture() {
    for colour in COLOURS {
        let garment = drawn(colour);
        let right = cutout(&garment, false);
        for with_shadow in [false, true] {
            let reference = Reference::new(&cutout(&garment, with_shadow));
            for picture in packshots(&right) {
                let verdict = check(&reference, &picture, Framing::Full);
                assert_ne!(
                    verdict.outcome,
                    Outcome::Failed,
                    "{colour:?}, shadow {with_shadow}: {}",
                    verdict.evidence
                );
            }
        }
    }
}

#[test]
fn a_pale_garment_with_a_fault_fails_whatever_strip_its_cutout_has() {
    for colour in COLOURS {
        let garment = drawn(colour);
        let right = cutout(&garment, false);
        let wrong = [
            ("recoloured", tamper::recoloured(&right, 12.0, 200.0)),
            (
                "sleeve",
                tamper::part_recoloured(&right, 12.0, 200.0, |u, _| u < 0.2),
            ),
            ("hem", tamper::shortened(&right, 0.12)),
        ];
        for with_shadow in [false, true] {
            let reference = Reference::new(&cutout(&garment, with_shadow));
            for (kind, wrong) in &wrong {
                let verdict = check(&reference, &packshot(wrong, PLAIN), Framing::Full);
                assert_eq!(
                    verdict.outcome,
                    Outcome::Failed,
                    "{colour:?}, {kind}, shadow {with_shadow}: {}",
                    verdict.evidence
                );
            }
        }
    }
}

/// What the generator makes of light gray cloth: bent, folded, in other light, on any ground.
fn scenes(kind: Kind) -> Vec<Picture> {
    let garment = light_gray();
    let (photo, mask) = (garment.photo(), garment.mask());
    let eight = |value: u16| (value / 257) as u8;
    let source = pairs::Reference {
        id: "light gray".to_owned(),
        photo: RgbImage::from_fn(garment.side, garment.side, |x, y| {
            let Rgba([r, g, b, _]) = *photo.get_pixel(x, y);
            image::Rgb([r, g, b].map(eight))
        }),
        alpha: GrayImage::from_fn(garment.side, garment.side, |x, y| {
            Luma([eight(mask.get_pixel(x, y).0[3])])
        }),
    };
    let generator = Generator::new([&source], Vec::new());
    let pairs = (0..8).filter_map(|seed| generator.pair(0, kind, seed)).take(3);
    pairs
        .map(|pair| image::DynamicImage::ImageRgb8(pair.candidate).into_rgba16())
        .collect()
}

fn light_gray() -> Garment {
    Garment {
        side: 512,
        ..drawn([205, 205, 203])
    }
}

#[test]
fn light_gray_cloth_that_bends_in_other_light_is_not_rejected() {
    let reference = Reference::new(&cutout(&light_gray(), false));
    let pictures = scenes(Kind::Faithful);
    assert_eq!(pictures.len(), 3);
    for picture in pictures {
        let verdict = check(&reference, &picture, Framing::Full);
        assert_ne!(verdict.outcome, Outcome::Failed, "{}", verdict.evidence);
    }
}

#[test]
fn light_gray_cloth_of_another_colour_does_not_pass() {
    let reference = Reference::new(&cutout(&light_gray(), false));
    for kind in [Kind::Recoloured, Kind::PartRecoloured] {
        let pictures = scenes(kind);
        assert!(!pictures.is_empty(), "{kind:?}");
        for picture in pictures {
            let verdict = check(&reference, &picture, Framing::Full);
            assert_ne!(verdict.outcome, Outcome::Passed, "{kind:?}: {}", verdict.evidence);
        }
    }
}
