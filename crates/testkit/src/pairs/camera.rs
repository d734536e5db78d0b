//! What a camera and a file add: softness, sensor noise, JPEG.

use image::{ImageBuffer, RgbImage, codecs::jpeg::JpegEncoder};

use super::{Style, plane::Plane};
use crate::Random;

/// Turns colours (0..=255) into the picture as it would be received.
pub(super) fn photograph(random: &mut Random, style: Style, scene: &Plane<[f32; 3]>) -> RgbImage {
    let studio = style == Style::Studio;
    let blur = if studio { 0.0 } else { random.between(0.0, 0.8) };
    let noise = if studio {
        random.between(0.0, 0.6)
    } else {
        random.between(0.6, 3.5)
    };
    let quality = if studio {
        92 + random.below(4)
    } else {
        80 + random.below(16)
    };
    let soft = scene.blurred(blur);
    let picture: RgbImage = ImageBuffer::from_fn(scene.width as u32, scene.height as u32, |x, y| {
        let colour = soft.at(x as usize, y as usize);
        image::Rgb(colour.map(|v| (v + noise * random.normal()).round().clamp(0.0, 255.0) as u8))
    });
    through_jpeg(&picture, quality as u8).unwrap_or(picture)
}

fn through_jpeg(picture: &RgbImage, quality: u8) -> Option<RgbImage> {
    let mut bytes = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .ok()?;
    Some(image::load_from_memory(&bytes).ok()?.into_rgb8())
}
