//! Resizing against a plain reference, and what must not change at all.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::f64::consts::PI;

use domain::{background::Background, format::Format, size::Size};
use image::Rgba;
use imaging::{
    Picture,
    codec::{self, Limits},
    finish::{FinishError, Fit, Spec, finish, pipeline},
    provenance::read_back,
};

fn png16(picture: &Picture, size: (u32, u32), fit: Fit) -> Picture {
    let spec = Spec {
        size: Some(Size {
            width: size.0,
            height: size.1,
        }),
        fit,
        format: Format::Png16,
        ..Spec::default()
    };
    let made = finish(picture, &spec).unwrap();
    codec::decode(&made.bytes, &Limits::default()).unwrap().pixels
}

fn decoded(value: u16) -> f64 {
    let value = f64::from(value) / 65_535.0;
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

fn lanczos3(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
    if x.abs() < 3.0 {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

/// One line resampled by the definition: the filter widens when shrinking, weights sum to one.
fn resampled(line: &[f64], length: usize) -> Vec<f64> {
    let scale = line.len() as f64 / length as f64;
    let width = scale.max(1.0);
    (0..length)
        .map(|index| {
            let centre = (index as f64 + 0.5) * scale;
            let weights: Vec<f64> = (0..line.len())
                .map(|from| lanczos3((from as f64 + 0.5 - centre) / width))
                .collect();
            let total: f64 = weights.iter().sum();
            weights
                .iter()
                .zip(line)
                .map(|(weight, value)| weight * value)
                .sum::<f64>()
                / total
        })
        .collect()
}

/// Both directions, one channel of linear light.
fn reference(picture: &Picture, channel: usize, to: (u32, u32)) -> Vec<f64> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let light: Vec<f64> = picture.pixels().map(|pixel| decoded(pixel.0[channel])).collect();
    let across: Vec<Vec<f64>> = light
        .chunks(width)
        .map(|row| resampled(row, to.0 as usize))
        .collect();
    let mut made = vec![0.0; (to.0 * to.1) as usize];
    for x in 0..to.0 as usize {
        let column: Vec<f64> = (0..height).map(|y| across[y][x]).collect();
        for (y, value) in resampled(&column, to.1 as usize).into_iter().enumerate() {
            made[y * to.0 as usize + x] = value;
        }
    }
    made
}

/// Smooth with an edge, away from the ends of the range, so that nothing clips.
fn scene(width: u32, height: u32) -> Picture {
    Picture::from_fn(width, height, |x, y| {
        let wave = |fast: f64| ((f64::from(x) * fast).sin() * (f64::from(y) * 0.31).cos() * 9000.0) as i32;
        let edge = if x * 2 > width { 8000 } else { 0 };
        Rgba([
            (32_000 + wave(0.21) + edge) as u16,
            (36_000 + wave(0.57)) as u16,
            (30_000 + edge) as u16,
            u16::MAX,
        ])
    })
}

#[test]
fn resizing_is_lanczos3_in_linear_light() {
    for (from, to) in [
        ((160, 120), (96, 72)),
        ((96, 96), (230, 230)),
        ((200, 100), (128, 64)),
    ] {
        let picture = scene(from.0, from.1);
        let made = png16(&picture, to, Fit::Contain);
        assert_eq!(made.dimensions(), to);
        for channel in 0..3 {
            let wanted = reference(&picture, channel, to);
            let worst = made
                .pixels()
                .zip(&wanted)
                .map(|(pixel, wanted)| (decoded(pixel.0[channel]) - wanted).abs() * 65_535.0)
                .fold(0.0, f64::max);
            assert!(worst < 4.0, "{from:?} to {to:?}: {worst} of 65535");
        }
    }
}

#[test]
fn a_picture_of_the_right_size_is_not_touched() {
    let mut state = 1_u32;
    let picture = Picture::from_fn(128, 80, |_, _| {
        Rgba([0; 4].map(|_: u16| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as u16
        }))
    });
    for fit in [Fit::Contain, Fit::Cover, Fit::Inside] {
        assert_eq!(png16(&picture, (128, 80), fit), picture, "{fit}");
    }
}

#[test]
fn flat_colours_stay_exactly_what_they_are() {
    for value in 0..=255_u16 {
        let colour = Rgba([value * 257, (255 - value) * 257, value / 3 * 257, u16::MAX]);
        for (from, to) in [((90, 70), (64, 64)), ((17, 13), (100, 77))] {
            let made = png16(&Picture::from_pixel(from.0, from.1, colour), to, Fit::Cover);
            assert!(
                made.pixels().all(|pixel| *pixel == colour),
                "{colour:?} {from:?} {to:?}"
            );
        }
    }
}

#[test]
fn a_gradient_keeps_more_levels_than_eight_bits_have() {
    let ramp = |x: u32| (20_000 + x * 5) as u16;
    let picture = Picture::from_fn(2000, 128, |x, _| Rgba([ramp(x), ramp(x), ramp(x), u16::MAX]));
    let made = png16(&picture, (1000, 64), Fit::Inside);
    let levels: std::collections::BTreeSet<u16> =
        made.rows().next().unwrap().map(|pixel| pixel.0[0]).collect();
    assert!(levels.len() > 900, "{} levels of 1000", levels.len());
}

#[test]
fn hidden_colours_do_not_bleed_through_transparency() {
    let picture = Picture::from_fn(120, 120, |x, _| {
        if x < 60 {
            Rgba([65_535, 0, 0, 65_535])
        } else {
            Rgba([0, 65_535, 0, 0])
        }
    });
    let made = png16(&picture, (70, 70), Fit::Contain);
    for pixel in made.pixels().filter(|pixel| pixel.0[3] > 300) {
        assert!(pixel.0[0] > 65_000 && pixel.0[1] == 0, "{pixel:?}");
    }
}

#[test]
fn half_coverage_mixes_light_not_codes() {
    let picture = Picture::from_pixel(64, 64, Rgba([0, 0, 0, 0x8000]));
    let spec = Spec {
        background: Some(Background::WHITE),
        format: Format::Png16,
        ..Spec::default()
    };
    let made = finish(&picture, &spec).unwrap();
    let mixed = codec::decode(&made.bytes, &Limits::default()).unwrap().pixels;
    // Half the light is sRGB 188, not 128.
    assert_eq!(mixed.get_pixel(5, 5).0[0] / 257, 187);
}

#[test]
fn the_steps_are_the_pipeline_and_are_timed() {
    let names: Vec<_> = pipeline().iter().map(|step| step.name).collect();
    let wanted = [
        "background",
        "resize",
        "sharpen",
        "canvas",
        "dither",
        "describe",
        "encode",
        "verify",
    ];
    assert_eq!(names, wanted);
    let made = finish(&scene(64, 64), &Spec::default()).unwrap();
    assert_eq!(
        made.steps.iter().map(|step| step.name).collect::<Vec<_>>(),
        wanted
    );
    assert!(made.steps.iter().all(|step| step.ms >= 0.0));
}

#[test]
fn what_cannot_be_finished_says_why() {
    let long = Picture::new(16_384, 1);
    let error = finish(&long, &Spec::default()).unwrap_err();
    assert!(
        matches!(error, FinishError::TooLarge { side_max: 16_383, .. }),
        "{error}"
    );
    let zero = Spec {
        dpi: 0,
        ..Spec::default()
    };
    assert!(
        finish(&scene(64, 64), &zero)
            .unwrap_err()
            .to_string()
            .contains("DPI")
    );
    assert!(finish(&Picture::new(0, 0), &Spec::default()).is_err());
}

#[test]
fn reading_back_broken_files_never_panics() {
    let picture = scene(64, 64);
    let mut state = 7_u64;
    for format in Format::ALL {
        let spec = Spec {
            format,
            ..Spec::default()
        };
        let whole = finish(&picture, &spec).unwrap().bytes;
        for _ in 0..400 {
            let mut broken = whole.clone();
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (state >> 33) as usize % broken.len().min(1200);
            broken[at] ^= (state >> 20) as u8 | 1;
            if state & 0x100 != 0 {
                broken.truncate((state >> 12) as usize % broken.len());
            }
            let _outcome = read_back(&broken);
        }
        assert_eq!(read_back(&whole).dpi, Some(300), "{format}");
    }
}
