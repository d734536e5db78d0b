//! sRGB pixels on their way to a file.

use std::borrow::Cow;

use crate::Picture;

/// Pixels; alpha is held only where there may be any, and 16 bits only where a file holds them.
pub(super) enum Pixels<'a> {
    /// Straight alpha.
    Rgba(Cow<'a, Picture>),
    /// Every one is opaque.
    Rgb16(Cow<'a, Opaque<u16>>),
    /// Every one is opaque, and no file holds more than 8 bits of it.
    Rgb8(Cow<'a, Opaque<u8>>),
}

/// Opaque pixels, row-major.
#[derive(Clone)]
pub(super) struct Opaque<T> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) samples: Vec<T>,
}

impl<T: Copy> Opaque<T> {
    /// On a larger canvas of one colour, its top left corner at a place.
    pub(super) fn on(&self, ground: [T; 3], size: (u32, u32), at: (u32, u32)) -> Self {
        let mut samples = ground.repeat(size.0 as usize * size.1 as usize);
        let length = self.width as usize * 3;
        for (row, from) in self.samples.chunks_exact(length).enumerate() {
            let start = ((at.1 as usize + row) * size.0 as usize + at.0 as usize) * 3;
            samples[start..start + length].copy_from_slice(from);
        }
        Self {
            width: size.0,
            height: size.1,
            samples,
        }
    }

    fn picture(&self, widened: impl Fn(T) -> u16) -> Picture {
        let mut picture = Picture::new(self.width, self.height);
        for (image::Rgba(pixel), rgb) in picture.pixels_mut().zip(self.samples.chunks_exact(3)) {
            *pixel = [widened(rgb[0]), widened(rgb[1]), widened(rgb[2]), u16::MAX];
        }
        picture
    }
}

impl Pixels<'_> {
    pub(super) fn dimensions(&self) -> (u32, u32) {
        match self {
            Self::Rgba(picture) => picture.dimensions(),
            Self::Rgb16(opaque) => (opaque.width, opaque.height),
            Self::Rgb8(opaque) => (opaque.width, opaque.height),
        }
    }

    /// The same, to be read by several.
    pub(super) fn borrowed(&self) -> Pixels<'_> {
        match self {
            Self::Rgba(picture) => Pixels::Rgba(Cow::Borrowed(picture.as_ref())),
            Self::Rgb16(opaque) => Pixels::Rgb16(Cow::Borrowed(opaque.as_ref())),
            Self::Rgb8(opaque) => Pixels::Rgb8(Cow::Borrowed(opaque.as_ref())),
        }
    }

    /// As a picture with alpha, 16 bits.
    pub(super) fn picture(&self) -> Cow<'_, Picture> {
        match self {
            Self::Rgba(picture) => Cow::Borrowed(picture.as_ref()),
            Self::Rgb16(opaque) => Cow::Owned(opaque.picture(|value| value)),
            Self::Rgb8(opaque) => Cow::Owned(opaque.picture(|value| u16::from(value) * 257)),
        }
    }
}
