//! Step: Lanczos with three lobes, in linear light.
//!
//! Everything happens row by row: a row of the source is brought to linear light, mixed along, and kept in a ring as long as output
//! rows need it; those are mixed of the ring and go back to sRGB while they are in the cache, to 8 bits where no file holds more. No
//! plane of light is ever held.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

mod taps;

use std::borrow::Cow;

use self::taps::Taps;
use super::{
    FinishError, Work,
    geometry::Geometry,
    light::{Tables, is_opaque},
    pixels::{Opaque, Pixels},
};
use crate::{Picture, locks::plane::vectorised};

/// The largest value of light, and of alpha.
const FULL: f32 = u16::MAX as f32;
/// Values that are mixed of rows at once: what the registers hold.
const BLOCK: usize = 32;

/// A pixel's light, 0 to [`FULL`], and its alpha. With four numbers a pixel is a vector of every processor.
type Light = [f32; 4];

/// Only for pictures that are to have another size: the others stay as they are, value for value.
pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    if !work.geometry.resizes {
        return Ok(());
    }
    let Pixels::Rgba(picture) = &work.pixels else {
        return Ok(());
    };
    let tables = Tables::get();
    work.pixels = if !is_opaque(picture) {
        translucent(picture, &work.geometry)
    } else if work.eight_bits {
        let narrow = |code| tables.narrow_srgb(code);
        Pixels::Rgb8(Cow::Owned(opaque(picture, &work.geometry, narrow)))
    } else {
        let wide = |code| tables.srgb(code);
        Pixels::Rgb16(Cow::Owned(opaque(picture, &work.geometry, wide)))
    };
    Ok(())
}

fn opaque<T: Copy + Default>(
    picture: &Picture,
    geometry: &Geometry,
    to_srgb: impl Fn(u16) -> T,
) -> Opaque<T> {
    let tables = Tables::get();
    let (width, height) = geometry.placed;
    let row_length = width as usize * 3;
    let mut samples = vec![T::default(); row_length * height as usize];
    let light = |pixel: &[u16]| {
        let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(|value| f32::from(tables.linear(value)));
        [red, green, blue, FULL]
    };
    each_row(picture, geometry, light, |y, row| {
        let out = samples[y * row_length..][..row_length].chunks_exact_mut(3);
        for (out, codes) in out.zip(row) {
            for (value, code) in out.iter_mut().zip(codes) {
                *value = to_srgb(*code);
            }
        }
    });
    Opaque {
        width,
        height,
        samples,
    }
}

/// Colours are multiplied by alpha, and divided by it afterwards; the filter's overshoot above alpha is cut.
fn translucent(picture: &Picture, geometry: &Geometry) -> Pixels<'static> {
    let tables = Tables::get();
    let (width, height) = geometry.placed;
    let mut made = Picture::new(width, height);
    let samples: &mut [u16] = made.as_mut();
    let row_length = width as usize * 4;
    let light = |pixel: &[u16]| {
        let alpha = f32::from(pixel[3]);
        let [red, green, blue] =
            [pixel[0], pixel[1], pixel[2]].map(|value| f32::from(tables.linear(value)) * (alpha / FULL));
        [red, green, blue, alpha]
    };
    each_row(picture, geometry, light, |y, row| {
        let out = samples[y * row_length..][..row_length].chunks_exact_mut(4);
        for (out, &[red, green, blue, alpha]) in out.zip(row) {
            let [red, green, blue] = [red, green, blue].map(|value| tables.srgb(divided(value, alpha)));
            out.copy_from_slice(&[red, green, blue, alpha]);
        }
    });
    Pixels::Rgba(Cow::Owned(made))
}

/// Undoes the multiplication by alpha.
fn divided(value: u16, alpha: u16) -> u16 {
    const FULL: u32 = u16::MAX as u32;
    let straight = (u32::from(value) * FULL + u32::from(alpha) / 2).checked_div(u32::from(alpha));
    straight.unwrap_or(0).min(FULL) as u16
}

/// Gives every row of the resized picture in turn, in linear light at 16 bits.
fn each_row(
    picture: &Picture,
    geometry: &Geometry,
    light: impl Fn(&[u16]) -> Light,
    mut row: impl FnMut(usize, &[[u16; 4]]),
) {
    let [left, top, width, height] = geometry.source;
    let (columns, rows) = (picture.width() as usize, picture.height() as usize);
    let (across_to, down_to) = (geometry.placed.0 as usize, geometry.placed.1 as usize);
    let across = Taps::new((left, width), columns, across_to);
    let down = Taps::new((top, height), rows, down_to);
    let mut lit: Vec<Light> = vec![[0.0; 4]; columns];
    let mut ring: Vec<Vec<Light>> = vec![vec![[0.0; 4]; across_to]; down.each];
    let mut made = vec![[0; 4]; across_to];
    // Rows are wanted in order, so what falls out of the ring is behind.
    let mut next = 0;
    for (y, weights) in down.weights.chunks_exact(down.each).enumerate() {
        let wanted = down.first[y]..down.first[y] + down.each;
        for source in next.max(wanted.start)..wanted.end {
            let pixels = picture.as_raw()[source * columns * 4..][..columns * 4].chunks_exact(4);
            for (lit, pixel) in lit.iter_mut().zip(pixels) {
                *lit = light(pixel);
            }
            let slot = source % ring.len();
            vectorised(|| mix_along(&lit, &across, &mut ring[slot]));
        }
        next = next.max(wanted.end);
        let held: Vec<&[f32]> = wanted
            .map(|source| ring[source % ring.len()].as_flattened())
            .collect();
        vectorised(|| mix_rows(&held, weights, made.as_flattened_mut()));
        row(y, &made);
    }
}

/// Each pixel of a row out of its neighbours.
#[inline(always)]
fn mix_along(from: &[Light], taps: &Taps, out: &mut [Light]) {
    match taps.each {
        // Enlarging has these lengths: what is known is unrolled.
        6 => mix_known::<6>(from, taps, out),
        7 => mix_known::<7>(from, taps, out),
        each => {
            for ((out, &first), weights) in out
                .iter_mut()
                .zip(&taps.first)
                .zip(taps.weights.chunks_exact(each))
            {
                *out = mix_pixels(&from[first..first + each], weights);
            }
        }
    }
}

#[inline(always)]
fn mix_known<const EACH: usize>(from: &[Light], taps: &Taps, out: &mut [Light]) {
    let (weights, _) = taps.weights.as_chunks::<EACH>();
    for ((out, &first), weights) in out.iter_mut().zip(&taps.first).zip(weights) {
        if let Some((pixels, _)) = from[first..].split_first_chunk::<EACH>() {
            *out = mix_pixels(pixels, weights);
        }
    }
}

#[inline(always)]
fn mix_pixels(pixels: &[Light], weights: &[f32]) -> Light {
    let mut sums = [0.0; 4];
    for (pixel, weight) in pixels.iter().zip(weights) {
        for (sum, light) in sums.iter_mut().zip(pixel) {
            *sum += light * weight;
        }
    }
    sums
}

/// One row of 16-bit codes out of several rows of its length.
#[inline(always)]
fn mix_rows(rows: &[&[f32]], weights: &[f32], out: &mut [u16]) {
    let whole = out.len() / BLOCK * BLOCK;
    let (blocks, rest) = out.split_at_mut(whole);
    for (block, out) in blocks.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
        let mut sums = [0.0; BLOCK];
        for (row, &weight) in rows.iter().zip(weights) {
            if let Some((from, _)) = row[block * BLOCK..].split_first_chunk::<BLOCK>() {
                for (sum, &light) in sums.iter_mut().zip(from) {
                    *sum += light * weight;
                }
            }
        }
        *out = sums.map(code);
    }
    for (at, out) in rest.iter_mut().enumerate() {
        let mut sum = 0.0;
        for (row, &weight) in rows.iter().zip(weights) {
            sum += row[whole + at] * weight;
        }
        *out = code(sum);
    }
}

/// The nearest 16-bit code, without the conversion that guards against numbers we do not have: beside 2^23 a float's last digit is
/// one.
#[inline(always)]
fn code(light: f32) -> u16 {
    const BESIDE: f32 = 8_388_608.0;
    (light.clamp(0.0, FULL) + BESIDE).to_bits() as u16
}
