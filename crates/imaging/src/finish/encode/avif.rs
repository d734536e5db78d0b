//! AVIF: 10 bits, 4:4:4, quality 95.

use ravif::{Encoder, MatrixCoefficients, PixelRange};

use super::Order;
use crate::provenance::with_profile_and_xmp;

/// 1 is slow and small, 10 is fast: 1.2 s against 4.7 s at 8 for a 1500 x 1500 packshot, at the same 48.6 dB
/// and a sixth more bytes (quality 90).
const SPEED: u8 = 10;
/// 50.4 dB there, near WebP at quality 100 in three quarters of its bytes.
const QUALITY: f32 = 95.0;

pub(super) fn encode(order: &Order<'_>) -> Result<Vec<u8>, String> {
    let (width, height) = order.dimensions;
    let quality = order.quality.map_or(QUALITY, f32::from);
    let encoder = Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(SPEED)
        .with_num_threads(Some(1))
        .with_exif(order.packets.exif.as_slice());
    let samples = order.wide();
    let pixels = samples.chunks_exact(if order.opaque { 3 } else { 4 });
    let planes = pixels.clone().map(|pixel| ycbcr([pixel[0], pixel[1], pixel[2]]));
    let alpha = (!order.opaque).then(|| pixels.map(|pixel| ten_bits(f32::from(pixel[3]))));
    let made = encoder
        .encode_raw_planes_10_bit(
            width as usize,
            height as usize,
            planes,
            alpha,
            PixelRange::Full,
            MatrixCoefficients::BT601,
        )
        .map_err(|error| error.to_string())?;
    with_profile_and_xmp(&made.avif_file, &order.packets.icc, order.packets.xmp.as_bytes())
        .ok_or_else(|| "its file is not laid out as expected".to_owned())
}

/// BT.601, full range, from 16 to 10 bits (ITU-T H.273, matrix 6).
fn ycbcr(rgb: [u16; 3]) -> [u16; 3] {
    const MIDDLE: f32 = 32_767.5;
    let [red, green, blue] = rgb.map(f32::from);
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    [
        ten_bits(luma),
        chroma((blue - luma) / 1.772 / MIDDLE),
        chroma((red - luma) / 1.402 / MIDDLE),
    ]
}

fn ten_bits(value: f32) -> u16 {
    (value * (1023.0 / 65_535.0)).round() as u16
}

/// -1..=1 around 512.
fn chroma(value: f32) -> u16 {
    (512.0 + value * 511.5).round().clamp(0.0, 1023.0) as u16
}
