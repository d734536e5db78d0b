//! Step: 16 bits to 8 by a pattern, so that a slow change of tone comes out as one on the whole, and not in steps. Only where it is
//! asked for and the file holds 8 bits.
//!
//! A value between two codes becomes the one or the other as often as it is near to it. What is a code already stays it: grounds are
//! exact. The pattern is one for all three colours, so that grey stays grey.
#![expect(clippy::unnecessary_wraps, reason = "every step has the same shape")]

use std::borrow::Cow;

use image::Rgba;

use super::{
    FinishError, Work,
    encode::is_eight_bits,
    light::narrowed,
    pixels::{Opaque, Pixels},
};
use crate::Picture;

/// The largest 16-bit value.
const FULL: u32 = u16::MAX as u32;

pub(super) fn run(work: &mut Work<'_>) -> Result<(), FinishError> {
    if !work.spec.dither || !is_eight_bits(work.spec.format) {
        return Ok(());
    }
    work.pixels = match &work.pixels {
        Pixels::Rgb8(_) => return Ok(()),
        Pixels::Rgb16(opaque) => Pixels::Rgb8(Cow::Owned(dithered_opaque(opaque))),
        Pixels::Rgba(picture) => Pixels::Rgba(Cow::Owned(dithered_picture(picture))),
    };
    Ok(())
}

fn dithered_opaque(opaque: &Opaque<u16>) -> Opaque<u8> {
    let row_length = opaque.width as usize * 3;
    let mut samples = Vec::with_capacity(opaque.samples.len());
    for (y, row) in opaque.samples.chunks_exact(row_length).enumerate() {
        for (x, pixel) in row.chunks_exact(3).enumerate() {
            let threshold = threshold(x as u32, y as u32);
            samples.extend(pixel.iter().map(|&value| dithered(value, threshold)));
        }
    }
    Opaque {
        width: opaque.width,
        height: opaque.height,
        samples,
    }
}

fn dithered_picture(picture: &Picture) -> Picture {
    let mut made = picture.clone();
    for (x, y, Rgba([red, green, blue, alpha])) in made.enumerate_pixels_mut() {
        let threshold = threshold(x, y);
        for value in [red, green, blue] {
            *value = u16::from(dithered(*value, threshold)) * 257;
        }
        *alpha = u16::from(narrowed(*alpha)) * 257;
    }
    made
}

/// The 8-bit code below a value, or the one above where what it lacks to that is less than the threshold.
fn dithered(value: u16, threshold: u32) -> u8 {
    ((u32::from(value) * 255 + threshold) / FULL) as u8
}

/// Below [`FULL`], evenly spread among neighbours: interleaved gradient noise (Jimenez 2014).
fn threshold(x: u32, y: u32) -> u32 {
    let slope = x as f32 * 0.067_110_56 + y as f32 * 0.005_837_15;
    ((52.982_918 * slope.fract()).fract() * FULL as f32) as u32
}
