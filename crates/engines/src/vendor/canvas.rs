//! The canvas under the first photo, for models that make pictures in that photo's shape: the photo stands whole in the
//! middle, and what it lacks of the asked shape is the brief's own ground.

use domain::{
    brief::Brief,
    engine::{ModelCard, Sizes},
    size::Size,
};
use image::{ImageBuffer, Pixel, imageops};

/// The shape a photo is brought into before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Canvas {
    /// Its shape, and its pixels where the model takes no others.
    shape: Size,
    /// The pixels are the model's own: the photo is scaled to them.
    is_exact: bool,
    /// The colour around the photo.
    pub(super) ground: [u8; 3],
}

impl Canvas {
    /// What a model's card asks for; `None` where photos go as they are.
    pub(super) fn of(model: &ModelCard, brief: &Brief) -> Option<Self> {
        model.canvas.then(|| Self {
            shape: model.sizes.nearest(brief.size).unwrap_or(brief.size),
            is_exact: matches!(model.sizes, Sizes::Fixed { .. }),
            ground: brief.background.rgb,
        })
    }

    /// The size of the canvas around a photo, in the photo's pixels.
    fn around(&self, (width, height): (u32, u32)) -> (u32, u32) {
        let ratio = f64::from(self.shape.width) / f64::from(self.shape.height);
        let (w, h) = (f64::from(width), f64::from(height));
        if w / h < ratio {
            ((h * ratio).round() as u32, height)
        } else {
            (width, (w / ratio).round() as u32)
        }
    }

    /// The photo in the middle of its canvas.
    pub(super) fn lay<P>(&self, photo: &ImageBuffer<P, Vec<u8>>, ground: P) -> ImageBuffer<P, Vec<u8>>
    where
        P: Pixel<Subpixel = u8>,
    {
        let (width, height) = self.around(photo.dimensions());
        let mut canvas = ImageBuffer::from_pixel(width, height, ground);
        let (x, y) = ((width - photo.width()) / 2, (height - photo.height()) / 2);
        imageops::replace(&mut canvas, photo, i64::from(x), i64::from(y));
        canvas
    }

    /// The pixels that the laid photo is sent in; `None` where the photo's own are as good.
    pub(super) fn exact(&self) -> Option<Size> {
        self.is_exact.then_some(self.shape)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn canvas(size: &str) -> Canvas {
        Canvas {
            shape: size.parse().unwrap(),
            is_exact: false,
            ground: [9; 3],
        }
    }

    #[test]
    fn the_photo_stands_whole_in_the_middle_of_the_asked_shape() {
        let photo = RgbImage::from_pixel(30, 30, Rgb([200; 3]));
        let tall = canvas("400x600").lay(&photo, Rgb([9; 3]));
        assert_eq!(tall.dimensions(), (30, 45));
        assert_eq!(tall.get_pixel(0, 0).0, [9; 3]);
        assert_eq!(tall.get_pixel(0, 7).0, [200; 3]);
        assert_eq!(tall.get_pixel(29, 36).0, [200; 3]);
        assert_eq!(tall.get_pixel(29, 37).0, [9; 3]);
        let wide = canvas("600x400").lay(&photo, Rgb([9; 3]));
        assert_eq!(wide.dimensions(), (45, 30));
    }
}
