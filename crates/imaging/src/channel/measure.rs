//! The facts of a finished file, from its bytes alone: never from the recipe it was made by.

use std::collections::HashMap;

use domain::{
    background::Background,
    profile::{Border, Facts},
};
use image::Rgba;

use crate::{
    Picture,
    codec::{self, DecodeError, Limits},
    provenance::read_back,
};

/// How far a channel of a pixel is from the ground, in 8-bit steps, before it is taken for the product. Compression of edges
/// stays below it.
const DIFFERS: u8 = 12;
/// The share of the border that must be near one colour for it to be a ground.
const GROUND_SHARE: f64 = 0.6;
/// What is near.
const NEAR: u8 = 4;

/// Measures a file. What its signature is worth is left to who can read it.
///
/// # Errors
/// [`DecodeError`] for what is no picture, or none that we read.
pub fn measure(bytes: &[u8], limits: &Limits) -> Result<Facts, DecodeError> {
    let photo = codec::decode(bytes, limits)?;
    let described = read_back(bytes);
    let picture = &photo.pixels;
    let border = border(picture);
    let (width, height) = picture.dimensions();
    Ok(Facts {
        width,
        height,
        format: photo.info.format.to_owned(),
        bits: photo.info.bits,
        bytes: bytes.len() as u64,
        fill: subject(picture).map(|[_, _, across, down]| {
            let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole);
            share(across, width).max(share(down, height)) * 100.0
        }),
        border: Some(border),
        icc: described.icc,
        srgb: photo.info.converted_from.is_none(),
        digital_source_type: described.digital_source_type,
        ..Facts::default()
    })
}

/// The outermost pixels, a hundredth of the shorter side deep. What is not opaque has no colour of the ground.
pub fn border(picture: &Picture) -> Border {
    let mut counts: HashMap<[u8; 4], u64> = HashMap::new();
    for pixel in ring(picture) {
        *counts.entry(pixel).or_default() += 1;
    }
    let total: u64 = counts.values().sum();
    // Of two that are equally common the smaller colour, so that the answer is one.
    let commonest = counts
        .iter()
        .filter(|(colour, _)| colour[3] == u8::MAX)
        .max_by_key(|(colour, count)| (**count, std::cmp::Reverse(**colour)));
    let Some((&[red, green, blue, _], &exact)) = commonest else {
        return Border {
            colour: Background::default(),
            exact_share: 0.0,
            deviation: u8::MAX,
        };
    };
    let colour = Background {
        rgb: [red, green, blue],
    };
    Border {
        colour,
        exact_share: exact as f64 / total as f64,
        deviation: counts
            .keys()
            .map(|pixel| distance(*pixel, colour))
            .max()
            .unwrap_or(0),
    }
}

/// The box around what is not the ground: left, top, width, height. None where the border is no flat ground, or nothing is on it.
pub fn subject(picture: &Picture) -> Option<[u32; 4]> {
    let ground = ground(picture)?;
    let (width, height) = picture.dimensions();
    let (mut rows, mut columns) = (vec![0_u32; height as usize], vec![0_u32; width as usize]);
    for (row, line) in picture.as_raw().chunks_exact(width as usize * 4).enumerate() {
        for (column, pixel) in line.chunks_exact(4).enumerate() {
            if distance(narrow([pixel[0], pixel[1], pixel[2], pixel[3]]), ground) > DIFFERS {
                rows[row] += 1;
                columns[column] += 1;
            }
        }
    }
    let (top, bottom) = extent(&rows, width)?;
    let (left, right) = extent(&columns, height)?;
    Some([left, top, right - left + 1, bottom - top + 1])
}

/// The colour that the border is nearly all of.
pub(super) fn ground(picture: &Picture) -> Option<Background> {
    let colour = border(picture).colour;
    let (mut near, mut total) = (0_u64, 0_u64);
    for pixel in ring(picture) {
        total += 1;
        near += u64::from(distance(pixel, colour) <= NEAR);
    }
    (near as f64 >= total as f64 * GROUND_SHARE).then_some(colour)
}

/// The first and last line that hold more than a speck.
fn extent(counts: &[u32], across: u32) -> Option<(u32, u32)> {
    let speck = (across / 1000).max(1);
    let first = counts.iter().position(|count| *count > speck)?;
    let last = counts.iter().rposition(|count| *count > speck)?;
    Some((first as u32, last as u32))
}

fn ring(picture: &Picture) -> impl Iterator<Item = [u8; 4]> {
    let (width, height) = picture.dimensions();
    let depth = (width.min(height) / 100).max(2).min(width.min(height));
    (0..height).flat_map(move |y| {
        let is_whole = y < depth || y + depth >= height;
        let inner = if is_whole {
            0
        } else {
            width.saturating_sub(2 * depth)
        };
        (0..width - inner).map(move |index| {
            let x = if index < depth || inner == 0 {
                index
            } else {
                index + inner
            };
            let Rgba(pixel) = *picture.get_pixel(x, y);
            narrow(pixel)
        })
    })
}

fn narrow(pixel: [u16; 4]) -> [u8; 4] {
    pixel.map(|value| ((u32::from(value) * 255 + 32_767) / 65_535) as u8)
}

/// The largest difference of a channel; what is not opaque differs wholly.
fn distance(pixel: [u8; 4], ground: Background) -> u8 {
    let [red, green, blue] = ground.rgb;
    if pixel[3] != u8::MAX {
        return u8::MAX;
    }
    pixel[0]
        .abs_diff(red)
        .max(pixel[1].abs_diff(green))
        .max(pixel[2].abs_diff(blue))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_white(left: u32, top: u32, width: u32, height: u32) -> Picture {
        Picture::from_fn(200, 300, |x, y| {
            let inside = (left..left + width).contains(&x) && (top..top + height).contains(&y);
            let value = if inside { 0x4040 } else { u16::MAX };
            Rgba([value, value, value, u16::MAX])
        })
    }

    #[test]
    fn the_subject_is_found_to_the_pixel() {
        assert_eq!(subject(&on_white(20, 30, 100, 200)), Some([20, 30, 100, 200]));
        assert_eq!(subject(&on_white(0, 0, 0, 0)), None);
        let busy = Picture::from_fn(200, 200, |x, y| {
            Rgba([(x * 300) as u16, (y * 300) as u16, 0, u16::MAX])
        });
        assert_eq!(subject(&busy), None);
    }

    #[test]
    fn one_pixel_of_another_colour_at_the_border_is_seen() {
        let mut picture = on_white(50, 50, 50, 50);
        let border_before = border(&picture);
        assert_eq!((border_before.exact_share, border_before.deviation), (1.0, 0));
        picture.put_pixel(199, 150, Rgba([254 * 257, u16::MAX, u16::MAX, u16::MAX]));
        let border_after = border(&picture);
        assert!(border_after.exact_share < 1.0);
        assert_eq!(
            (border_after.colour, border_after.deviation),
            (Background::WHITE, 1)
        );
    }
}
