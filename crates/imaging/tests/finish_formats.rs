//! Every format: what goes in comes out, and the file says what it is.
#![expect(clippy::unwrap_used, reason = "a test helper")]

use domain::{background::Background, format::Format, size::Size};
use imaging::{
    Picture,
    codec::{self, Limits},
    finish::{Spec, finish},
    provenance::{read_back, source_type},
};

/// A ramp on a white ground with a half-transparent and an empty band, 8-bit values.
fn packshot(width: u32, height: u32, transparent: bool) -> Picture {
    Picture::from_fn(width, height, |x, y| {
        let inside = x > width / 5 && x < width * 4 / 5 && y > height / 5 && y < height * 4 / 5;
        let colour = [x * 255 / width, y * 255 / height, (x + y) % 256].map(|value| value as u16 * 257);
        match (inside, transparent) {
            (true, true) if y % 16 == 0 => image::Rgba([colour[0], colour[1], colour[2], 0x8000]),
            (true, _) => image::Rgba([colour[0], colour[1], colour[2], u16::MAX]),
            (false, true) => image::Rgba([0; 4]),
            (false, false) => image::Rgba([u16::MAX; 4]),
        }
    })
}

fn decode(bytes: &[u8]) -> Picture {
    codec::decode(bytes, &Limits::default()).unwrap().pixels
}

#[test]
fn every_format_says_what_it_is() {
    for transparent in [false, true] {
        let picture = packshot(96, 64, transparent);
        for format in Format::ALL {
            let spec = Spec {
                format,
                dpi: 240,
                digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
                ..Spec::default()
            };
            let made = finish(&picture, &spec).unwrap_or_else(|error| panic!("{format}: {error}"));
            let said = read_back(&made.bytes);
            assert_eq!(said.dpi, Some(240), "{format}");
            assert!(said.icc, "{format}");
            assert_eq!(
                said.digital_source_type.as_deref(),
                Some(source_type::TRAINED_ALGORITHMIC_MEDIA)
            );
            assert_eq!((made.width, made.height), (96, 64));
            if let Ok(folder) = std::env::var("KEEP_FINISHED") {
                let kind = if transparent { "alpha" } else { "opaque" };
                let path = format!("{folder}/{}-{kind}.{}", format.name(), format.extension());
                std::fs::write(path, &made.bytes).unwrap();
            }
        }
    }
}

#[test]
fn lossless_formats_keep_every_value() {
    for transparent in [false, true] {
        let picture = packshot(96, 64, transparent);
        for format in [Format::Png, Format::Png16, Format::Tiff, Format::WebpLossless] {
            let spec = Spec {
                format,
                ..Spec::default()
            };
            let made = finish(&picture, &spec).unwrap();
            let back = decode(&made.bytes);
            // Half of 8-bit alpha does not exist: 8-bit files round it.
            let step = if matches!(format, Format::Png16 | Format::Tiff) {
                0
            } else {
                128
            };
            let worst = picture
                .as_raw()
                .iter()
                .zip(back.as_raw())
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(worst <= Some(step), "{format}: {worst:?}");
        }
    }
}

#[test]
fn sixteen_bits_stay_sixteen_bits() {
    let picture = Picture::from_fn(4096, 4, |x, _| {
        image::Rgba([(x * 16) as u16, (x * 16 + 5) as u16, 3, u16::MAX])
    });
    for format in [Format::Png16, Format::Tiff] {
        let spec = Spec {
            format,
            ..Spec::default()
        };
        assert_eq!(
            decode(&finish(&picture, &spec).unwrap().bytes),
            picture,
            "{format}"
        );
    }
}

#[test]
fn a_white_frame_is_white_in_every_format_we_can_decode() {
    let picture = packshot(300, 200, true);
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Avif) {
        let spec = Spec {
            size: Size::new(256, 256),
            background: Some(Background::WHITE),
            format,
            ..Spec::default()
        };
        let made = finish(&picture, &spec).unwrap();
        assert_eq!(made.background_deviation, Some(0), "{format}");
        let back = decode(&made.bytes);
        assert_eq!(back.dimensions(), (256, 256));
        for at in 0..256 {
            for (x, y) in [(at, 0), (at, 255), (0, at), (255, at)] {
                assert_eq!(back.get_pixel(x, y).0, [u16::MAX; 4], "{format} at {x},{y}");
            }
        }
    }
}

#[test]
fn any_ground_is_exact_in_lossless_formats_and_its_shift_is_told_in_lossy_ones() {
    let picture = packshot(300, 200, true);
    for hex in ["#f2f2f2", "#2b4a3f", "#010203", "#ff00ff", "#0a0000", "#d9c2b0"] {
        let ground: Background = hex.parse().unwrap();
        for format in Format::ALL.into_iter().filter(|format| *format != Format::Avif) {
            let spec = Spec {
                size: Size::new(200, 200),
                background: Some(ground),
                format,
                ..Spec::default()
            };
            let made = finish(&picture, &spec).unwrap();
            let corner = decode(&made.bytes).get_pixel(0, 0).0;
            let shift = corner
                .iter()
                .zip(ground.rgb)
                .map(|(value, asked)| (value / 257).abs_diff(u16::from(asked)));
            let shift = shift.max().unwrap();
            let told = u16::from(made.background_deviation.unwrap());
            assert!(shift <= told, "{format} {hex}: shifted by {shift}, told {told}");
            let allowed = match format {
                Format::Webp => 4,
                Format::Jpeg => 2,
                _ => 0,
            };
            assert!(told <= allowed, "{format} {hex}: {told}");
        }
    }
}
