//! What image models do to faces: blends of two people, squeezes, twists. And what they may do: light, size, JPEG.

use image::{DynamicImage, RgbaImage, codecs::jpeg::JpegEncoder, imageops::FilterType};
use imaging::{Picture, vision::face::Face};

fn rgba8(picture: &Picture) -> RgbaImage {
    DynamicImage::ImageRgba16(picture.clone()).into_rgba8()
}

fn back(pixels: RgbaImage) -> Picture {
    DynamicImage::ImageRgba8(pixels).into_rgba16()
}

/// The pixel at a place, linear between pixels, the edge going on.
fn at(picture: &Picture, [x, y]: [f32; 2]) -> [f32; 3] {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (x, y) = (x.clamp(0.0, width - 1.01), y.clamp(0.0, height - 1.01));
    let (left, top) = (x as u32, y as u32);
    let pixel = |x: u32, y: u32| {
        let found = picture.get_pixel(x.min(picture.width() - 1), y.min(picture.height() - 1));
        [0, 1, 2].map(|channel| f32::from(found[channel]))
    };
    let (across, down) = (x.fract(), y.fract());
    let mix = |a: [f32; 3], b: [f32; 3], share: f32| [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * share);
    let above = mix(pixel(left, top), pixel(left + 1, top), across);
    let below = mix(pixel(left, top + 1), pixel(left + 1, top + 1), across);
    mix(above, below, down)
}

fn moved(picture: &Picture, colour: impl Fn([f32; 2]) -> [f32; 3]) -> Picture {
    Picture::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b] = colour([x as f32, y as f32]).map(|v| v as u16);
        image::Rgba([r, g, b, u16::MAX])
    })
}

/// The mean of a picture and another laid over it so that the eyes and the mouth meet.
pub(crate) fn blended(picture: &Picture, face: &Face, other: &Picture, other_face: &Face) -> Picture {
    let middle = |face: &Face| {
        let five = face.shape.as_ref().unwrap().five();
        let eyes = [
            f32::midpoint(five[0][0], five[1][0]),
            f32::midpoint(five[0][1], five[1][1]),
        ];
        let mouth = [
            f32::midpoint(five[3][0], five[4][0]),
            f32::midpoint(five[3][1], five[4][1]),
        ];
        (eyes, [mouth[0] - eyes[0], mouth[1] - eyes[1]])
    };
    let ((eyes, [dx, dy]), (to, [ex, ey])) = (middle(face), middle(other_face));
    // The similarity that takes the line from eyes to mouth onto the other's, as a complex quotient.
    let length = dx * dx + dy * dy;
    let (a, b) = ((ex * dx + ey * dy) / length, (ey * dx - ex * dy) / length);
    moved(picture, |[x, y]| {
        let (u, v) = (x - eyes[0], y - eyes[1]);
        let theirs = at(other, [to[0] + a * u - b * v, to[1] + b * u + a * v]);
        let ours = at(picture, [x, y]);
        [0, 1, 2].map(|i| f32::midpoint(ours[i], theirs[i]))
    })
}

/// So many times as wide.
pub(crate) fn squeezed(picture: &Picture, share: f32) -> Picture {
    let width = (picture.width() as f32 * share) as u32;
    let pixels = DynamicImage::ImageRgba8(rgba8(picture));
    back(
        pixels
            .resize_exact(width, picture.height(), FilterType::CatmullRom)
            .into_rgba8(),
    )
}

/// Twisted around the nose by so many radians, less and less out to the face's own width.
pub(crate) fn twisted(picture: &Picture, face: &Face, radians: f32) -> Picture {
    let [cx, cy] = face.shape.as_ref().unwrap().five()[2];
    moved(picture, |[x, y]| {
        let (u, v) = (x - cx, y - cy);
        let share = (1.0 - u.hypot(v) / face.frame.width).max(0.0);
        let (sin, cos) = (radians * share * share).sin_cos();
        at(picture, [cx + u * cos - v * sin, cy + u * sin + v * cos])
    })
}

/// At a share of its size, through a JPEG, the light changed.
pub(crate) fn delivered(picture: &Picture, share: f32, quality: u8, light: f32) -> Picture {
    let side = |side: u32| (side as f32 * share) as u32;
    let pixels = DynamicImage::ImageRgba8(rgba8(picture))
        .resize_exact(
            side(picture.width()),
            side(picture.height()),
            FilterType::CatmullRom,
        )
        .into_rgb8();
    let lit = image::RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        image::Rgb(
            pixels
                .get_pixel(x, y)
                .0
                .map(|v| (f32::from(v) * light).min(255.0) as u8),
        )
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode_image(&lit)
        .unwrap();
    back(image::load_from_memory(&jpeg).unwrap().into_rgba8())
}

/// Shrunk to a share and set in the upper middle of a gray picture of this size.
pub(crate) fn set_in(picture: &Picture, share: f32, width: u32, height: u32) -> Picture {
    let side = |side: u32| (side as f32 * share) as u32;
    let small = DynamicImage::ImageRgba8(rgba8(picture))
        .resize_exact(
            side(picture.width()),
            side(picture.height()),
            FilterType::CatmullRom,
        )
        .into_rgba8();
    let mut ground = RgbaImage::from_pixel(width, height, image::Rgba([190, 190, 190, 255]));
    let left = i64::from((width - small.width()) / 2);
    image::imageops::overlay(&mut ground, &small, left, i64::from(height / 20));
    back(ground)
}
