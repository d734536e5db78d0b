//! A picture as the face networks want it: 8-bit RGB, see-through parts laid on white.

use fast_image_resize::{
    FilterType, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::U8x3,
};

use super::{Frame, align::Similarity};
use crate::Picture;

/// Finest grid of samples under one made pixel, a side.
const OVERSAMPLE_MAX: usize = 8;

/// Pixels, row by row.
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    data: Vec<U8x3>,
}

/// A small square picture, red, green and blue in 0..=255, row by row.
pub(super) type Patch = Vec<[f32; 3]>;

impl Pixels {
    pub(super) fn new(picture: &Picture) -> Self {
        let data = picture.as_raw().chunks_exact(4);
        let data = data.map(|pixel| {
            let alpha = u32::from(pixel[3]);
            let laid = |value: u16| {
                // v * a + white * (1 - a), both of 0..=65535, then to 0..=255.
                let shown = (u32::from(value) * alpha + 65_535 * (65_535 - alpha)) / 65_535;
                ((shown + 128) / 257) as u8
            };
            if alpha == 65_535 {
                U8x3::new([pixel[0], pixel[1], pixel[2]].map(|v| ((u32::from(v) + 128) / 257) as u8))
            } else {
                U8x3::new([laid(pixel[0]), laid(pixel[1]), laid(pixel[2])])
            }
        });
        Self {
            width: picture.width(),
            height: picture.height(),
            data: data.collect(),
        }
    }

    /// A window of the picture at another size, smoothed as it shrinks; empty where that cannot be made.
    pub(super) fn shrunk(&self, window: &Frame, width: u32, height: u32) -> Vec<[u8; 3]> {
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
            .crop(
                f64::from(window.left),
                f64::from(window.top),
                f64::from(window.width),
                f64::from(window.height),
            );
        let mut made = vec![U8x3::default(); width as usize * height as usize];
        let done = TypedImageRef::new(self.width, self.height, self.data.as_slice()).is_ok_and(|from| {
            TypedImage::from_pixels_slice(width, height, &mut made)
                .is_ok_and(|mut to| Resizer::new().resize_typed(&from, &mut to, &options).is_ok())
        });
        if done {
            made.into_iter().map(|pixel| pixel.0).collect()
        } else {
            Vec::new()
        }
    }

    /// The square patch of `side` pixels whose places `to_picture` lays onto the picture. Beyond the picture its edge
    /// goes on. Where the patch is coarser than the picture, a made pixel is the mean of a grid of samples.
    pub(super) fn patch(&self, to_picture: &Similarity, side: usize) -> Patch {
        let grid = (to_picture.scale().ceil() as usize).clamp(1, OVERSAMPLE_MAX);
        let share = 1.0 / (grid * grid) as f32;
        let offset = |at: usize, sub: usize| at as f32 + (sub as f32 + 0.5) / grid as f32;
        let mut patch = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let mut sum = [0.0_f32; 3];
                for (i, j) in (0..grid).flat_map(|j| (0..grid).map(move |i| (i, j))) {
                    let colour = self.at(to_picture.apply([offset(x, i), offset(y, j)]));
                    sum = [0, 1, 2].map(|channel| sum[channel] + colour[channel]);
                }
                patch.push(sum.map(|value| value * share));
            }
        }
        patch
    }

    /// The colour at a place, linear between pixel middles.
    fn at(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        let (last_x, last_y) = (self.width as usize - 1, self.height as usize - 1);
        let (x, y) = (
            (x - 0.5).clamp(0.0, last_x as f32),
            (y - 0.5).clamp(0.0, last_y as f32),
        );
        let (left, top) = (x as usize, y as usize);
        let (right, low) = ((left + 1).min(last_x), (top + 1).min(last_y));
        let (across, down) = (x - left as f32, y - top as f32);
        let pixel = |x: usize, y: usize| self.data[y * self.width as usize + x].0;
        let (a, b, c, d) = (
            pixel(left, top),
            pixel(right, top),
            pixel(left, low),
            pixel(right, low),
        );
        [0, 1, 2].map(|i| {
            let above = f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * across;
            let below = f32::from(c[i]) + (f32::from(d[i]) - f32::from(c[i])) * across;
            above + (below - above) * down
        })
    }
}

/// Lightness of a colour, ITU-R BT.601.
pub(super) fn gray([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}
