//! Dithering and sharpening: what they do where they are asked for, and what they leave alone.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use domain::{background::Background, format::Format, size::Size};
use image::Rgba;
use imaging::{
    Picture,
    codec::{self, Limits},
    finish::{Fit, Spec, finish, finish_all},
};

fn made(picture: &Picture, spec: &Spec) -> Picture {
    let finished = finish(picture, spec).unwrap();
    codec::decode(&finished.bytes, &Limits::default()).unwrap().pixels
}

/// Grey that grows by a fifth of an 8-bit code over a block of 16 pixels.
fn slow_ramp() -> Picture {
    Picture::from_fn(512, 64, |x, _| {
        let value = (40_000.0 + f64::from(x) * 257.0 / 80.0) as u16;
        Rgba([value, value, value, u16::MAX])
    })
}

/// How far the mean of the worst block of 16 x 16 pixels is from what it was, in 8-bit codes.
fn worst_block(before: &Picture, after: &Picture) -> f64 {
    let mean = |picture: &Picture, left: u32, top: u32| {
        let places = (0..256).map(|at| (left + at % 16, top + at / 16));
        places
            .map(|(x, y)| f64::from(picture.get_pixel(x, y).0[0]))
            .sum::<f64>()
            / 256.0
            / 257.0
    };
    let blocks =
        (0..before.width() / 16).flat_map(|x| (0..before.height() / 16).map(move |y| (x * 16, y * 16)));
    blocks
        .map(|(x, y)| (mean(before, x, y) - mean(after, x, y)).abs())
        .fold(0.0, f64::max)
}

#[test]
fn dithered_tones_are_right_on_the_whole_and_rounded_ones_go_in_steps() {
    let ramp = slow_ramp();
    for format in [Format::Png, Format::WebpLossless] {
        let plain = Spec {
            format,
            ..Spec::default()
        };
        let dithered = Spec {
            dither: true,
            ..plain.clone()
        };
        let (rounded, spread) = (made(&ramp, &plain), made(&ramp, &dithered));
        assert!(worst_block(&ramp, &rounded) > 0.3, "{format}: rounded");
        let worst = worst_block(&ramp, &spread);
        assert!(worst < 0.1, "{format}: {worst}");
        let is_gray = |pixel: &Rgba<u16>| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2];
        assert!(spread.pixels().all(is_gray), "{format}: grey stays grey");
    }
}

#[test]
fn dithering_leaves_codes_alone_and_formats_of_sixteen_bits() {
    let picture = Picture::from_fn(256, 64, |x, y| {
        let [x, y] = [x, y].map(|place| place as u16 * 257);
        Rgba([x, y, 255 * 257 - x, u16::MAX])
    });
    let dithered = |format| Spec {
        format,
        dither: true,
        ..Spec::default()
    };
    assert_eq!(made(&picture, &dithered(Format::Png)), picture);
    let ramp = slow_ramp();
    assert_eq!(made(&ramp, &dithered(Format::Png16)), ramp);
}

#[test]
fn dithering_is_each_file_s_own_and_happens_after_a_resize() {
    let size = Size::new(700, 88);
    let spec = |format, dither| Spec {
        size,
        fit: Fit::Cover,
        format,
        dither,
        ..Spec::default()
    };
    let specs = [
        spec(Format::Png, false),
        spec(Format::Png, true),
        spec(Format::Png16, true),
    ];
    let files = finish_all(&slow_ramp(), &specs).unwrap();
    let [plain, spread, wide] = [0, 1, 2].map(|at: usize| {
        codec::decode(&files[at].bytes, &Limits::default())
            .unwrap()
            .pixels
    });
    assert!(worst_block(&wide, &plain) > 0.3);
    assert!(worst_block(&wide, &spread) < 0.1);
}

/// A soft edge on a ground, to be made twice as large.
fn soft_edge() -> Picture {
    Picture::from_fn(128, 96, |x, _| {
        let dark = 1.0 / (1.0 + (-(f64::from(x) - 64.0) / 1.5).exp());
        let value = (f64::from(0xf4 * 257) - dark * 40_000.0).round() as u16;
        Rgba([value, value, value, u16::MAX])
    })
}

fn doubled(sharpen: Option<u8>) -> Spec {
    Spec {
        size: Size::new(320, 192),
        background: Some(Background { rgb: [0xf4; 3] }),
        format: Format::Png16,
        sharpen,
        ..Spec::default()
    }
}

#[test]
fn sharpening_makes_an_enlarged_edge_steeper_without_a_halo() {
    let (plain, sharp) = (
        made(&soft_edge(), &doubled(None)),
        made(&soft_edge(), &doubled(Some(100))),
    );
    let row = |picture: &Picture| -> Vec<i32> {
        // Between the margins.
        (32..288)
            .map(|x| i32::from(picture.get_pixel(x, 96).0[0]))
            .collect()
    };
    let steepest = |row: &[i32]| row.windows(2).map(|pair| (pair[0] - pair[1]).abs()).max();
    let (before, after) = (row(&plain), row(&sharp));
    assert!(steepest(&after) > steepest(&before), "{after:?}");
    assert_ne!(before, after);
    assert_eq!(
        after.iter().max(),
        before.iter().max(),
        "nothing is lighter than the lightest"
    );
    assert_eq!(after.iter().min(), before.iter().min());
    let ground = 0xf4 * 257;
    for (before, after) in before.iter().zip(&after).filter(|(before, _)| **before == ground) {
        assert_eq!(before, after, "the ground is exact");
    }
}

#[test]
fn nothing_is_sharpened_that_is_not_enlarged() {
    for size in [None, Size::new(100, 75)] {
        let [plain, sharp] = [None, Some(100)].map(|sharpen| {
            let spec = Spec {
                size,
                ..doubled(sharpen)
            };
            finish(&soft_edge(), &spec).unwrap()
        });
        assert_eq!(plain.bytes, sharp.bytes);
        assert!(
            sharp.notes.iter().any(|note| note.contains("not enlarged")),
            "{:?}",
            sharp.notes
        );
    }
    let error = finish(&soft_edge(), &doubled(Some(0))).unwrap_err();
    assert!(error.to_string().contains("sharpening by 0 %"), "{error}");
}
