//! A decoded picture as its file stored it, before orientation and colour are resolved.

use super::{DecodeError, Limits};

/// The samples of one picture, row-major, interleaved.
pub(super) enum Samples {
    Bits8(Vec<u8>),
    Bits16(Vec<u16>),
}

impl Samples {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bits8(samples) => samples.len(),
            Self::Bits16(samples) => samples.len(),
        }
    }

    pub(super) fn bits(&self) -> u8 {
        match self {
            Self::Bits8(_) => 8,
            Self::Bits16(_) => 16,
        }
    }

    /// Copies `out.len()` samples from `start`, widened to 16 bits so that 8-bit v becomes v * 257.
    pub(super) fn widen(&self, start: usize, out: &mut [u16]) {
        match self {
            Self::Bits8(samples) => {
                for (wide, &narrow) in out.iter_mut().zip(&samples[start..]) {
                    *wide = u16::from(narrow) * 257;
                }
            }
            Self::Bits16(samples) => out.copy_from_slice(&samples[start..start + out.len()]),
        }
    }
}

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Channels {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// Ink: 0 is none, full scale is all of it.
    Cmyk,
}

impl Channels {
    /// Samples of colour a pixel, without alpha.
    pub(super) fn colours(self) -> usize {
        match self {
            Self::Gray | Self::GrayAlpha => 1,
            Self::Rgb | Self::Rgba => 3,
            Self::Cmyk => 4,
        }
    }

    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    /// Samples a pixel.
    pub(super) fn count(self) -> usize {
        self.colours() + usize::from(self.has_alpha())
    }
}

/// One picture as stored.
pub(super) struct Raw {
    /// `jpeg`, `png`, `webp` or `tiff`.
    pub(super) format: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) samples: Samples,
    pub(super) icc: Option<Vec<u8>>,
    /// The EXIF number, 1..=8; anything else is upright.
    pub(super) orientation: u32,
    pub(super) notes: Vec<String>,
}

impl Raw {
    /// Fails when there are fewer samples than the size needs, so that nothing later can index past them.
    pub(super) fn check(self) -> Result<Self, DecodeError> {
        let wanted = self.width as usize * self.height as usize * self.channels.count();
        if self.samples.len() == wanted && wanted > 0 {
            return Ok(self);
        }
        Err(DecodeError::Damaged(format!(
            "{} samples where {}x{} pixels need {wanted}",
            self.samples.len(),
            self.width,
            self.height
        )))
    }
}

/// Checks a header's size against the limits.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(DecodeError::Damaged("its header says zero pixels".to_owned()));
    }
    if width > limits.side_max || height > limits.side_max || pixels > limits.pixels_max {
        return Err(DecodeError::TooLarge(format!(
            "{width}x{height} pixels, and the limit is {} on a side and {} megapixels",
            limits.side_max,
            limits.pixels_max / 1_000_000
        )));
    }
    Ok(())
}
