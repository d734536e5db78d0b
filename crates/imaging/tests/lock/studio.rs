//! Pictures of a cut-out as a studio makes them: turned, scaled, placed on a ground, with a soft shadow.

use image::Rgba;
use imaging::{Picture, vision::Cutout};

/// How a cut-out is placed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Width and height of the picture.
    pub(crate) size: [u32; 2],
    /// Share of the picture's limiting side that the garment fills.
    pub(crate) fill: f32,
    /// Degrees, clockwise.
    pub(crate) angle: f32,
    /// The ground.
    pub(crate) ground: [u8; 3],
    /// A soft shadow below.
    pub(crate) shadow: bool,
}

pub(crate) const PLAIN: Place = Place {
    size: [720, 720],
    fill: 0.86,
    angle: 0.0,
    ground: [255; 3],
    shadow: true,
};

/// The garment, whole, in the middle.
pub(crate) fn packshot(cutout: &Cutout, place: Place) -> Picture {
    let [left, top, width, height] = cutout.bounds.map(|v| v as f32);
    let [w, h] = place.size.map(|v| v as f32);
    let (sin, cos) = place.angle.to_radians().sin_cos();
    let (turned_w, turned_h) = (
        width * cos.abs() + height * sin.abs(),
        width * sin.abs() + height * cos.abs(),
    );
    let scale = place.fill * (w / turned_w).min(h / turned_h);
    let source = |x: f32, y: f32| {
        let (dx, dy) = ((x - w / 2.0) / scale, (y - h / 2.0) / scale);
        (
            left + width / 2.0 + cos * dx + sin * dy,
            top + height / 2.0 - sin * dx + cos * dy,
        )
    };
    composed(cutout, place, scale, source)
}

/// Part of the cut-out (left, top, width, height in its pixels), enlarged, edge to edge.
pub(crate) fn close_up(cutout: &Cutout, part: [f32; 4], enlarged: f32, ground: [u8; 3]) -> Picture {
    let place = Place {
        size: [(part[2] * enlarged) as u32, (part[3] * enlarged) as u32],
        ground,
        shadow: false,
        ..PLAIN
    };
    composed(cutout, place, enlarged, |x, y| {
        (part[0] + x / enlarged, part[1] + y / enlarged)
    })
}

fn composed(cutout: &Cutout, place: Place, scale: f32, source: impl Fn(f32, f32) -> (f32, f32)) -> Picture {
    let [w, h] = place.size;
    let shade = shade(cutout, place, &source);
    let steps = (1.0 / scale).ceil().max(1.0) as u32;
    Picture::from_fn(w, h, |x, y| {
        let mut sum = [0.0_f32; 4];
        for j in 0..steps {
            for i in 0..steps {
                let (u, v) = source(
                    x as f32 + (i as f32 + 0.5) / steps as f32,
                    y as f32 + (j as f32 + 0.5) / steps as f32,
                );
                let seen = bicubic(&cutout.pixels, u, v);
                sum = std::array::from_fn(|c| sum[c] + seen[c] / (steps * steps) as f32);
            }
        }
        let alpha = sum[3].clamp(0.0, 1.0);
        let dark = 1.0 - shade(x, y);
        let channel = |c: usize| {
            let ground = f32::from(place.ground[c]) / 255.0 * dark;
            ((sum[c] + (1.0 - alpha) * ground).clamp(0.0, 1.0) * 65535.0).round() as u16
        };
        Rgba([channel(0), channel(1), channel(2), u16::MAX])
    })
}

/// How much darker the ground is at a pixel: the outline moved down a little, at an eighth of the size, blurred.
fn shade(
    cutout: &Cutout,
    place: Place,
    source: &impl Fn(f32, f32) -> (f32, f32),
) -> impl Fn(u32, u32) -> f32 {
    let (w, h) = ((place.size[0] / 8 + 1) as usize, (place.size[1] / 8 + 1) as usize);
    let mut dark = vec![0.0_f32; w * h];
    if place.shadow {
        for (index, value) in dark.iter_mut().enumerate() {
            let (x, y) = ((index % w * 8) as f32, (index / w * 8) as f32);
            let (u, v) = source(x + 4.0, y + 4.0 - 0.014 * place.size[1] as f32);
            *value = 0.12 * bicubic(&cutout.pixels, u, v)[3];
        }
        for _ in 0..4 {
            let from = dark.clone();
            let at = |x: usize, y: usize| from[y.min(h - 1) * w + x.min(w - 1)];
            for (index, value) in dark.iter_mut().enumerate() {
                let (x, y) = (index % w, index / w);
                let (l, t) = (x.saturating_sub(1), y.saturating_sub(1));
                *value = (at(l, t)
                    + at(x, t)
                    + at(x + 1, t)
                    + at(l, y)
                    + at(x, y)
                    + at(x + 1, y)
                    + at(l, y + 1)
                    + at(x, y + 1)
                    + at(x + 1, y + 1))
                    / 9.0;
            }
        }
    }
    let margin = (0.012 * place.size[0] as f32) as u32;
    move |x, y| {
        let border = x.min(y).min(place.size[0] - 1 - x).min(place.size[1] - 1 - y);
        if border < margin {
            0.0
        } else {
            dark[(y / 8) as usize * w + (x / 8) as usize]
        }
    }
}

/// Catmull-Rom, colours multiplied by coverage, 0..=1; empty outside.
fn bicubic(picture: &Picture, x: f32, y: f32) -> [f32; 4] {
    let (u, v) = (x - 0.5, y - 0.5);
    let (i, j) = (u.floor() as i64, v.floor() as i64);
    let (across, down) = (catmull_rom(u - i as f32), catmull_rom(v - j as f32));
    let mut sum = [0.0; 4];
    for (dy, wy) in down.into_iter().enumerate() {
        for (dx, wx) in across.into_iter().enumerate() {
            let (px, py) = (i - 1 + dx as i64, j - 1 + dy as i64);
            if px >= 0 && py >= 0 && px < i64::from(picture.width()) && py < i64::from(picture.height()) {
                let p = picture.get_pixel(px as u32, py as u32);
                let alpha = f32::from(p[3]) / 65535.0;
                let weight = wx * wy;
                for c in 0..3 {
                    sum[c] += weight * alpha * f32::from(p[c]) / 65535.0;
                }
                sum[3] += weight * alpha;
            }
        }
    }
    sum
}

fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t + t2 - 0.5 * t3,
        1.0 - 2.5 * t2 + 1.5 * t3,
        0.5 * t + 2.0 * t2 - 1.5 * t3,
        -0.5 * t2 + 0.5 * t3,
    ]
}

/// The picture after a trip through an 8-bit JPEG file.
pub(crate) fn jpeg(picture: &Picture, quality: u8) -> Picture {
    let rgb = image::DynamicImage::ImageRgba16(picture.clone()).to_rgb8();
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality)
        .encode_image(&rgb)
        .unwrap();
    image::load_from_memory(&file).unwrap().to_rgba16()
}
