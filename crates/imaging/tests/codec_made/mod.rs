//! Small pictures in every format we read, made here so that the tests need no files.
#![expect(
    dead_code,
    clippy::unwrap_used,
    reason = "test inputs; each test target uses some of them"
)]

pub(crate) mod light;

use std::io::Cursor;

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// A smooth coloured ramp, RGB 8 bit.
pub(crate) fn ramp(width: u32, height: u32) -> Vec<u8> {
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let (across, down) = (x * 255 / width.max(1), y * 255 / height.max(1));
            rgb.extend([across as u8, down as u8, u32::midpoint(across, down) as u8]);
        }
    }
    rgb
}

/// A JPEG of the ramp, quality 95.
pub(crate) fn jpeg(width: u32, height: u32, progressive: bool) -> Vec<u8> {
    jpeg_with(width, height, progressive, None, None)
}

/// A JPEG of the ramp with an ICC profile or an EXIF block (TIFF bytes).
pub(crate) fn jpeg_with(
    width: u32,
    height: u32,
    progressive: bool,
    icc: Option<&[u8]>,
    exif: Option<&[u8]>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 95);
    encoder.set_progressive(progressive);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    if let Some(icc) = icc {
        encoder.add_icc_profile(icc).unwrap();
    }
    if let Some(exif) = exif {
        encoder.add_exif_metadata(exif).unwrap();
    }
    let pixels = ramp(width, height);
    encoder
        .encode(&pixels, width as u16, height as u16, ColorType::Rgb)
        .unwrap();
    bytes
}

/// A CMYK or YCCK JPEG with Adobe's marker: cyan ink grows across, black ink grows down.
pub(crate) fn cmyk_jpeg(width: u32, height: u32, ycck: bool, icc: Option<&[u8]>) -> Vec<u8> {
    let ink = cmyk(width, height);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 100);
    if let Some(icc) = icc {
        encoder.add_icc_profile(icc).unwrap();
    }
    let kind = if ycck {
        ColorType::CmykAsYcck
    } else {
        ColorType::Cmyk
    };
    encoder.encode(&ink, width as u16, height as u16, kind).unwrap();
    bytes
}

/// Ink, 0 = none: cyan across, black down, a tenth of yellow.
pub(crate) fn cmyk(width: u32, height: u32) -> Vec<u8> {
    let mut ink = Vec::new();
    for y in 0..height {
        for x in 0..width {
            ink.extend([(x * 255 / width) as u8, 0, 25, (y * 200 / height) as u8]);
        }
    }
    ink
}

/// A PNG of the ramp, 8 or 16 bits, with alpha.
pub(crate) fn png(width: u32, height: u32, bits: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(if bits == 16 {
        png::BitDepth::Sixteen
    } else {
        png::BitDepth::Eight
    });
    let mut writer = encoder.write_header().unwrap();
    let mut samples = Vec::new();
    for (index, rgb) in ramp(width, height).chunks_exact(3).enumerate() {
        for &sample in rgb.iter().chain([&(255 - (index % 7) as u8)]) {
            match bits {
                16 => samples.extend((u16::from(sample) * 257).to_be_bytes()),
                _ => samples.push(sample),
            }
        }
    }
    writer.write_image_data(&samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// An 8-bit PNG of given samples, with an ICC profile or an EXIF block (TIFF bytes).
pub(crate) fn png_of(
    width: u32,
    height: u32,
    colour: png::ColorType,
    samples: &[u8],
    icc: Option<&[u8]>,
    exif: Option<&[u8]>,
) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.color_type = colour;
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = icc.map(Into::into);
    info.exif_metadata = exif.map(Into::into);
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::with_info(&mut bytes, info)
        .unwrap()
        .write_header()
        .unwrap();
    writer.write_image_data(samples).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Two pixels of a palette: red, and a half-transparent blue. 1 bit a pixel.
pub(crate) fn palette_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
    encoder.set_trns(vec![255, 128]);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0b0100_0000]).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A WebP of the ramp, lossy at quality 90 or lossless.
pub(crate) fn webp(width: u32, height: u32, lossless: bool) -> Vec<u8> {
    let pixels = ramp(width, height);
    webp::Encoder::from_rgb(&pixels, width, height)
        .encode_simple(lossless, 90.0)
        .unwrap()
        .to_vec()
}

/// An uncompressed 8-bit RGB TIFF of the ramp.
pub(crate) fn tiff(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    tiff::encoder::TiffEncoder::new(&mut bytes)
        .unwrap()
        .write_image::<tiff::encoder::colortype::RGB8>(width, height, &ramp(width, height))
        .unwrap();
    bytes.into_inner()
}

/// EXIF (TIFF) bytes that hold one orientation.
pub(crate) fn exif(orientation: u16) -> Vec<u8> {
    let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    bytes.extend(orientation.to_be_bytes());
    bytes.extend([0; 6]);
    bytes
}

/// The CRC of PNG chunks (ISO 3309).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut crc, &byte| {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    })
}
