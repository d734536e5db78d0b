//! The files a vendor sends: the product it was shown in another place, and every way to spoil that.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, imageops};

use super::{Behaviour, Order};

/// The file that goes out for an order.
pub(super) fn file(order: &Order, behaviour: &Behaviour) -> Vec<u8> {
    match behaviour {
        Behaviour::HtmlAsPng => b"<!doctype html><html><body>no</body></html>".to_vec(),
        Behaviour::OnePixel => png(&RgbImage::from_pixel(1, 1, Rgb([255; 3]))),
        Behaviour::HalfPng => {
            let whole = png(&made(order));
            whole[..whole.len() / 2].to_vec()
        }
        Behaviour::Garbled => png(&melted(&made(order))),
        Behaviour::Recoloured => png(&turned(&made(order))),
        Behaviour::WrongPerson => png(&with_somebody(&made(order))),
        Behaviour::Animated => animated(&png(&made(order))),
        Behaviour::NoSize => without_size(&png(&made(order))),
        Behaviour::TenPages => pages(&made(order), 10),
        _ => png(&made(order)),
    }
}

/// The photo it was sent, in the middle of the size asked for, on a ground that is nearly white.
fn made(order: &Order) -> RgbImage {
    let photo = order
        .product()
        .and_then(|bytes| image::load_from_memory(bytes).ok());
    let own = photo
        .as_ref()
        .map_or((1024, 1024), |photo| (photo.width(), photo.height()));
    let (width, height) = order.size.unwrap_or(own);
    let (width, height) = (width.clamp(1, 4096), height.clamp(1, 4096));
    let mut canvas = RgbImage::from_pixel(width, height, Rgb([251, 251, 250]));
    let Some(photo) = photo else {
        return canvas;
    };
    let photo = photo
        .resize(width, height, imageops::FilterType::CatmullRom)
        .into_rgb8();
    let (x, y) = ((width - photo.width()) / 2, (height - photo.height()) / 2);
    imageops::overlay(&mut canvas, &photo, i64::from(x), i64::from(y));
    canvas
}

/// The middle of the picture pushed to and fro, as engines melt letters: cloth without a print stays cloth.
fn melted(picture: &RgbImage) -> RgbImage {
    let mut melted = picture.clone();
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    for (x, y, pixel) in melted.enumerate_pixels_mut() {
        let (u, v) = (f64::from(x) / width - 0.5, f64::from(y) / height - 0.5);
        let fade = (1.0 - (u / 0.2).powi(4)).clamp(0.0, 1.0) * (1.0 - (v / 0.25).powi(4)).clamp(0.0, 1.0);
        let push = 0.014 * fade * width * (v * 90.0).sin() * (u * 60.0).cos();
        let from = (f64::from(x) + push).clamp(0.0, width - 1.0) as u32;
        *pixel = *picture.get_pixel(from, y);
    }
    melted
}

/// Red becomes green, green blue, blue red.
fn turned(picture: &RgbImage) -> RgbImage {
    let mut turned = picture.clone();
    for pixel in turned.pixels_mut() {
        pixel.0.rotate_right(1);
    }
    turned
}

/// A head of nobody who was asked for, over the garment.
fn with_somebody(picture: &RgbImage) -> RgbImage {
    let mut with = picture.clone();
    let (width, height) = (f64::from(with.width()), f64::from(with.height()));
    let (centre, radius) = ((width / 2.0, height * 0.14), (width * 0.07, height * 0.09));
    let inside = |x: f64, y: f64, (cx, cy): (f64, f64), (rx, ry): (f64, f64)| {
        ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) <= 1.0
    };
    for (x, y, pixel) in with.enumerate_pixels_mut() {
        let (x, y) = (f64::from(x), f64::from(y));
        let eye = |side: f64| (centre.0 + side * radius.0 * 0.4, centre.1 - radius.1 * 0.1);
        let small = (radius.0 * 0.14, radius.1 * 0.08);
        if inside(x, y, eye(-1.0), small) || inside(x, y, eye(1.0), small) {
            *pixel = Rgb([40, 30, 25]);
        } else if inside(x, y, centre, radius) {
            *pixel = Rgb([198, 152, 126]);
        }
    }
    with
}

pub(super) fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let written = DynamicImage::ImageRgb8(picture.clone()).write_to(&mut bytes, ImageFormat::Png);
    written.map(|()| bytes.into_inner()).unwrap_or_default()
}

/// Where a PNG's first chunk ends: 8 bytes of signature, then IHDR with its 13 bytes, 4 of length, name and checksum each.
const HEADER_END: usize = 8 + 12 + 13;

/// The same picture as the first of two of an animated PNG: `acTL` says so before the pixels.
fn animated(png: &[u8]) -> Vec<u8> {
    let mut bytes = png[..HEADER_END].to_vec();
    bytes.extend(chunk(*b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]));
    bytes.extend(&png[HEADER_END..]);
    bytes
}

/// A PNG that says it is 0 pixels wide and as high as a number can be.
fn without_size(png: &[u8]) -> Vec<u8> {
    let mut header = png[16..16 + 13].to_vec();
    header[..4].fill(0);
    header[4..8].fill(0xff);
    let mut bytes = png[..8].to_vec();
    bytes.extend(chunk(*b"IHDR", &header));
    bytes.extend(&png[HEADER_END..]);
    bytes
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), data].concat();
    let length = data.len() as u32;
    [
        &length.to_be_bytes(),
        named.as_slice(),
        &crc(&named).to_be_bytes(),
    ]
    .concat()
}

/// The checksum of PNG (ISO 3309), bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// A TIFF whose pages all show the same pixels: each page is a directory of its own that points at the one strip.
fn pages(picture: &RgbImage, count: u32) -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let pixels = picture.as_raw();
    let bits_at = 8 + pixels.len() as u32;
    let first = bits_at + 6;
    let directory = 2 + 10 * 12 + 4;
    let mut bytes = [b"II*\0".as_slice(), &first.to_le_bytes(), pixels].concat();
    bytes.extend([8_u16, 8, 8].iter().flat_map(|bits| bits.to_le_bytes()));
    for page in 0..count {
        let fields: [(u16, u16, u32, u32); 10] = [
            (256, LONG, 1, picture.width()),
            (257, LONG, 1, picture.height()),
            (258, SHORT, 3, bits_at),
            (259, SHORT, 1, 1),
            (262, SHORT, 1, 2),
            (273, LONG, 1, 8),
            (277, SHORT, 1, 3),
            (278, LONG, 1, picture.height()),
            (279, LONG, 1, pixels.len() as u32),
            (284, SHORT, 1, 1),
        ];
        bytes.extend(10_u16.to_le_bytes());
        for (tag, kind, number, value) in fields {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(number.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        let next = if page + 1 == count {
            0
        } else {
            first + (page + 1) * directory
        };
        bytes.extend(next.to_le_bytes());
    }
    bytes
}
