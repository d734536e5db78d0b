//! Orientation, ink and profiles: every way a file stores colour ends as upright sRGB.
#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::io::Cursor;

use domain::{format::Format, size::Size};
use imaging::{
    Picture,
    codec::{self, Limits, Photo},
    finish::{Spec, finish},
    locks::ciede2000::ciede2000,
};
use moxcms::ColorProfile;

mod codec_made;
use codec_made::{
    cmyk, cmyk_jpeg, exif, jpeg_with,
    light::{decoded, encoded, lab, srgb_of_lab},
    png_of,
};

fn decode(bytes: &[u8]) -> Photo {
    codec::decode(bytes, &Limits::default()).unwrap()
}

/// Which stored pixel is seen at (x, y), by the EXIF standard's table (tag 0x0112), in a 5 x 3 picture.
fn seen(orientation: u16, x: u32, y: u32) -> (u32, u32) {
    const W: u32 = 5;
    const H: u32 = 3;
    match orientation {
        2 => (W - 1 - x, y),
        3 => (W - 1 - x, H - 1 - y),
        4 => (x, H - 1 - y),
        5 => (y, x),
        6 => (y, H - 1 - x),
        7 => (W - 1 - y, H - 1 - x),
        8 => (W - 1 - y, x),
        _ => (x, y),
    }
}

#[test]
fn all_eight_orientations_are_turned_upright() {
    let stored: Vec<u8> = (0..45).map(|index| index * 5).collect();
    for orientation in 0..=9 {
        let block = exif(orientation);
        let photo = decode(&png_of(5, 3, png::ColorType::Rgb, &stored, None, Some(&block)));
        let turned = (5..=8).contains(&orientation);
        let size = if turned { (3, 5) } else { (5, 3) };
        assert_eq!(photo.pixels.dimensions(), size, "orientation {orientation}");
        for (x, y, pixel) in photo.pixels.enumerate_pixels() {
            let (from_x, from_y) = seen(orientation, x, y);
            let at = ((from_y * 5 + from_x) * 3) as usize;
            assert_eq!(
                pixel.0[0] / 257,
                u16::from(stored[at]),
                "orientation {orientation} at {x},{y}"
            );
        }
    }
}

#[test]
fn jpeg_webp_and_tiff_carry_orientation_too() {
    let block = exif(6);
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x17\0\0\x0f\0\0".to_vec();
    webp.extend(&codec_made::webp(24, 16, true)[12..]);
    webp.extend(b"EXIF");
    webp.extend((block.len() as u32).to_le_bytes());
    webp.extend(&block);
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    let mut tiff = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    let mut image = encoder
        .new_image::<tiff::encoder::colortype::RGB8>(24, 16)
        .unwrap();
    image
        .encoder()
        .write_tag(tiff::tags::Tag::Orientation, 6_u16)
        .unwrap();
    image.write_data(&codec_made::ramp(24, 16)).unwrap();
    for bytes in [
        jpeg_with(24, 16, false, None, Some(&block)),
        webp,
        tiff.into_inner(),
    ] {
        let photo = decode(&bytes);
        assert_eq!(photo.pixels.dimensions(), (16, 24), "{}", photo.info.format);
        let [red, green, ..] = photo.pixels.get_pixel(15, 0).0;
        assert!(
            red < 20 * 257 && green < 20 * 257,
            "{}: the stored corner is top right",
            photo.info.format
        );
    }
}

#[test]
fn ink_without_a_profile_becomes_light() {
    for ycck in [false, true] {
        let photo = decode(&cmyk_jpeg(64, 32, ycck, None));
        assert!(
            photo
                .info
                .notes
                .iter()
                .any(|note| note.contains("CMYK without an ICC profile"))
        );
        for (pixel, ink) in photo.pixels.pixels().zip(cmyk(64, 32).chunks_exact(4)) {
            let paper = 255.0 - f32::from(ink[3]);
            for (value, &ink) in pixel.0.iter().zip(&ink[..3]) {
                let light = (255.0 - f32::from(ink)) * paper / 255.0;
                let off = (f32::from(*value) / 257.0 - light).abs();
                assert!(off < 8.0, "ycck {ycck}: {off} off {light}");
            }
        }
    }
}

/// A CMYK profile (ICC v2, lut8) of two steps an ink: paper white, cyan as given, anything with black is black.
fn ink_profile(cyan_lab: [u8; 3]) -> Vec<u8> {
    let mut lut = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for one in [1, 0, 0, 0, 1, 0, 0, 0, 1] {
        lut.extend(i32::to_be_bytes(one << 16));
    }
    (0..4).for_each(|_| lut.extend(0..=255_u8));
    for node in 0..16 {
        lut.extend(match node {
            0 => [255, 128, 128],
            8 => cyan_lab,
            black if black & 1 == 1 => [0, 128, 128],
            _ => [128, 128, 128],
        });
    }
    (0..3).for_each(|_| lut.extend(0..=255_u8));
    let mut bytes = vec![0; 128];
    bytes[8] = 2;
    bytes[12..24].copy_from_slice(b"prtrCMYKLab ");
    bytes[36..40].copy_from_slice(b"acsp");
    for (at, value) in [(68, 0xf6d6_u32), (72, 0x10000), (76, 0xd32d)] {
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
    bytes.extend(1_u32.to_be_bytes());
    bytes.extend(b"A2B0");
    bytes.extend([144_u32, lut.len() as u32].map(u32::to_be_bytes).concat());
    bytes.extend(lut);
    let length = bytes.len() as u32;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    bytes
}

#[test]
fn ink_with_a_profile_goes_through_it() {
    // Lab 60, -20, -30 is #319dc4 or so: not what plain arithmetic makes of cyan.
    let profile = ink_profile([153, 108, 98]);
    let photo = decode(&cmyk_jpeg(64, 32, false, Some(&profile)));
    assert!(photo.info.converted_from.is_some(), "{:?}", photo.info.notes);
    let wanted = srgb_of_lab([60.0, -20.0, -30.0]);
    // Top right: full cyan and the tenth of yellow, no black.
    let [red, green, blue, _] = photo
        .pixels
        .get_pixel(63, 0)
        .0
        .map(|value| f64::from(value) / 257.0);
    for (got, wanted) in [red, green, blue].into_iter().zip(wanted) {
        assert!(
            (got - wanted).abs() < 20.0,
            "{red} {green} {blue} instead of {wanted}"
        );
    }
    assert!(red > 30.0, "plain arithmetic would give no red at all");
}

/// Muted colours, inside sRGB in every wide-gamut space.
fn muted() -> Vec<u8> {
    let steps = [90_u8, 110, 128, 150, 170];
    let mut rgb = Vec::new();
    for red in steps {
        for green in steps {
            for blue in steps {
                rgb.extend([red, green, blue]);
            }
        }
    }
    rgb
}

/// Both spaces are D65, so one matrix of linear light leads to sRGB.
fn check_wide(profile: &ColorProfile, curve: fn(f64) -> f64, matrix: [[f64; 3]; 3], name: &str) {
    let icc = profile.encode().unwrap();
    let stored = muted();
    let photo = decode(&png_of(25, 5, png::ColorType::Rgb, &stored, Some(&icc), None));
    assert!(photo.info.converted_from.is_some(), "{name}");
    let mut worst: f64 = 0.0;
    for (pixel, stored) in photo.pixels.pixels().zip(stored.chunks_exact(3)) {
        let light: Vec<f64> = stored
            .iter()
            .map(|&value| curve(f64::from(value) / 255.0))
            .collect();
        let wanted = matrix.map(|row| {
            encoded(
                row.iter()
                    .zip(&light)
                    .map(|(m, v)| m * v)
                    .sum::<f64>()
                    .clamp(0.0, 1.0),
            )
        });
        let got = [0, 1, 2].map(|channel| f64::from(pixel.0[channel]) / 65_535.0);
        let distance: f64 = lab(wanted)
            .iter()
            .zip(lab(got))
            .map(|(a, b)| (a - b).powi(2))
            .sum();
        worst = worst.max(distance.sqrt());
    }
    println!("{name}: worst dE76 {worst:.3}");
    assert!(worst < 0.5, "{name}: dE76 {worst}");
}

#[test]
fn wide_gamut_becomes_srgb() {
    let p3 = [
        [1.2249401, -0.2249402, 0.0],
        [-0.0420569, 1.0420571, 0.0],
        [-0.0196376, -0.0786507, 1.0982884],
    ];
    check_wide(&ColorProfile::new_display_p3(), decoded, p3, "Display P3");
    let adobe = [
        [1.3983557, -0.3983557, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, -0.042929, 1.042929],
    ];
    check_wide(
        &ColorProfile::new_adobe_rgb(),
        |value| value.powf(2.19921875),
        adobe,
        "Adobe RGB",
    );
}

/// A Display P3 photo of flat patches, read, made twice as large, written and read again: the colours that its pixels had.
#[test]
fn wide_gamut_survives_finishing() {
    const PATCH: u32 = 16;
    const ACROSS: u32 = 25;
    let muted = muted();
    let patches = muted.len() as u32 / 3;
    let (width, height) = (ACROSS * PATCH, patches / ACROSS * PATCH);
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (y / PATCH * ACROSS + x / PATCH) as usize))
        .flat_map(|patch| [muted[patch * 3], muted[patch * 3 + 1], muted[patch * 3 + 2]])
        .collect();
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let file = png_of(width, height, png::ColorType::Rgb, &pixels, Some(&icc), None);
    let photo = decode(&file);
    let middle_of = |picture: &Picture, patch: u32, scale: u32| {
        let middle = |place: u32| (place * PATCH + PATCH / 2) * scale;
        let pixel = picture
            .get_pixel(middle(patch % ACROSS), middle(patch / ACROSS))
            .0;
        lab([0, 1, 2].map(|channel| f64::from(pixel[channel]) / 65_535.0))
    };
    for (format, mean_max, worst_max) in [
        (Format::Png16, 0.01, 0.05),
        (Format::Tiff, 0.01, 0.05),
        (Format::Png, 0.25, 0.5),
        (Format::WebpLossless, 0.25, 0.5),
        (Format::Jpeg, 0.5, 1.0),
        (Format::Webp, 0.5, 1.5),
    ] {
        let spec = Spec {
            size: Some(Size::new(width * 2, height * 2).unwrap()),
            format,
            ..Spec::default()
        };
        let again = decode(&finish(&photo.pixels, &spec).unwrap().bytes);
        let distances: Vec<f64> = (0..patches)
            .map(|patch| {
                ciede2000(
                    middle_of(&photo.pixels, patch, 1),
                    middle_of(&again.pixels, patch, 2),
                )
            })
            .collect();
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        let worst = distances.iter().copied().fold(0.0, f64::max);
        println!("{format}: mean dE2000 {mean:.3}, worst {worst:.3}");
        assert!(
            mean <= mean_max && worst <= worst_max,
            "{format}: dE2000 {mean}, {worst}"
        );
    }
}

#[test]
fn a_gray_profile_is_followed() {
    let stored: Vec<u8> = (0..=255).collect();
    let icc = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let photo = decode(&png_of(
        256,
        1,
        png::ColorType::Grayscale,
        &stored,
        Some(&icc),
        None,
    ));
    assert!(photo.info.converted_from.is_some(), "{:?}", photo.info.notes);
    for (pixel, stored) in photo.pixels.pixels().zip(stored) {
        let wanted = encoded(f64::from(stored) / 255.0) * 255.0;
        let got = f64::from(pixel.0[0]) / 257.0;
        assert!((got - wanted).abs() < 0.6, "{stored}: {got} instead of {wanted}");
        assert!(pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2]);
    }
}

#[test]
fn an_srgb_profile_changes_nothing_and_a_bad_one_is_noted() {
    let stored = muted();
    let plain = decode(&png_of(25, 5, png::ColorType::Rgb, &stored, None, None));
    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let same = decode(&png_of(25, 5, png::ColorType::Rgb, &stored, Some(&srgb), None));
    assert_eq!(same.pixels, plain.pixels);
    assert_eq!(same.info.converted_from, None);
    assert!(same.info.notes.is_empty());
    let gray = ColorProfile::new_gray_with_gamma(2.2).encode().unwrap();
    for bad in [&b"not a profile at all"[..], &srgb[..200], &gray] {
        let photo = decode(&jpeg_with(16, 16, false, Some(bad), None));
        assert_eq!(photo.info.converted_from, None);
        assert!(
            photo.info.notes[0].contains("profile was ignored"),
            "{:?}",
            photo.info.notes
        );
    }
}

#[test]
fn png_palettes_gray_and_sixteen_bits_are_read_as_they_are() {
    let picture = decode(&codec_made::palette_png());
    assert_eq!(picture.pixels.get_pixel(0, 0).0, [65535, 0, 0, 65535]);
    assert_eq!(picture.pixels.get_pixel(1, 0).0, [0, 0, 65535, 128 * 257]);
    assert!(picture.info.has_alpha);
    let gray = decode(&png_of(
        4,
        1,
        png::ColorType::GrayscaleAlpha,
        &[0, 255, 10, 0, 200, 128, 255, 255],
        None,
        None,
    ));
    assert_eq!(
        gray.pixels.get_pixel(2, 0).0,
        [200 * 257, 200 * 257, 200 * 257, 128 * 257]
    );
    let wide = decode(&codec_made::png(16, 16, 16));
    assert_eq!(wide.info.bits, 16);
}

fn tiff_of<C: tiff::encoder::colortype::ColorType>(
    width: u32,
    height: u32,
    samples: &[C::Inner],
    extra: Option<u16>,
) -> Photo
where
    [C::Inner]: tiff::encoder::TiffValue,
{
    let mut file = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut file)
        .unwrap()
        .with_compression(tiff::encoder::Compression::Lzw);
    let mut image = encoder.new_image::<C>(width, height).unwrap();
    if let Some(extra) = extra {
        image
            .encoder()
            .write_tag(tiff::tags::Tag::ExtraSamples, extra)
            .unwrap();
    }
    image.write_data(samples).unwrap();
    decode(&file.into_inner())
}

#[test]
fn tiff_gray_colour_ink_and_multiplied_alpha_are_read() {
    use tiff::encoder::colortype::{CMYK8, Gray16, RGB16, RGBA8};
    let gray = tiff_of::<Gray16>(2, 1, &[1234, 65535], None);
    assert_eq!(gray.pixels.get_pixel(0, 0).0, [1234, 1234, 1234, 65535]);
    let colour = tiff_of::<RGB16>(1, 1, &[1, 2, 65535], None);
    assert_eq!(colour.pixels.get_pixel(0, 0).0, [1, 2, 65535, 65535]);
    let ink = tiff_of::<CMYK8>(2, 1, &[0, 255, 0, 0, 0, 0, 0, 255], None);
    assert_eq!(ink.pixels.get_pixel(0, 0).0, [65535, 0, 65535, 65535]);
    assert_eq!(ink.pixels.get_pixel(1, 0).0, [0, 0, 0, 65535]);
    let multiplied = tiff_of::<RGBA8>(1, 1, &[100, 50, 0, 128], Some(1));
    let [red, green, blue, alpha] = multiplied.pixels.get_pixel(0, 0).0;
    assert_eq!((red, green, blue, alpha), (51199, 25600, 0, 128 * 257));
    let straight = tiff_of::<RGBA8>(1, 1, &[100, 50, 0, 128], Some(2));
    assert_eq!(
        straight.pixels.get_pixel(0, 0).0,
        [100 * 257, 50 * 257, 0, 128 * 257]
    );
}

/// Bytes of TIFF's type UNDEFINED, as embedded profiles have it.
struct Undefined(Vec<u8>);

impl tiff::encoder::TiffValue for Undefined {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: tiff::tags::Type = tiff::tags::Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        self.0.as_slice().into()
    }
}

#[test]
fn jpeg_tiff_and_webp_profiles_are_followed_too() {
    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let mut tiff = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    let mut image = encoder
        .new_image::<tiff::encoder::colortype::RGB8>(16, 16)
        .unwrap();
    let tag = tiff::tags::Tag::Unknown(34675);
    image.encoder().write_tag(tag, Undefined(p3.clone())).unwrap();
    image.write_data(&codec_made::ramp(16, 16)).unwrap();
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x20\0\0\0\x0f\0\0\x0f\0\0ICCP".to_vec();
    webp.extend((p3.len() as u32).to_le_bytes());
    webp.extend(&p3);
    webp.extend(&codec_made::webp(16, 16, true)[12..]);
    let length = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&length.to_le_bytes());
    for bytes in [jpeg_with(16, 16, false, Some(&p3), None), tiff.into_inner(), webp] {
        let photo = decode(&bytes);
        let from = photo.info.converted_from.unwrap_or_default();
        assert!(
            from.contains("P3"),
            "{}: {from} {:?}",
            photo.info.format,
            photo.info.notes
        );
    }
}

#[test]
fn content_decides_the_format_whatever_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.png");
    std::fs::write(&path, codec_made::jpeg(20, 10, false)).unwrap();
    let limits = Limits::default();
    let photo = codec::decode(&codec::read(&path, &limits).unwrap(), &limits).unwrap();
    assert_eq!(photo.info.format, "jpeg");
    let _: &Picture = &photo.pixels;
}
