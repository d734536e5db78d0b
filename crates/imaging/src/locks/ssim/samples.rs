//! One channel of a picture, read row by row as single-precision numbers around zero.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use super::kernel::Wide;

/// Row-major samples of one channel.
#[derive(Clone, Copy, Debug)]
pub(super) enum Samples<'a> {
    /// 0..=255
    Eight(&'a [u8]),
    /// One of three that lie side by side, 0..=255: taken out as it is read, for a copy costs as much as half the work.
    OfThree(&'a [[u8; 3]], usize),
    /// 0..=1
    Unit(&'a [f32]),
}

/// One channel of a picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel<'a> {
    pub(super) samples: Samples<'a>,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Channel<'_> {
    /// The largest sample.
    pub(super) fn range(&self) -> f32 {
        match self.samples {
            Samples::Eight(_) | Samples::OfThree(..) => 255.0,
            Samples::Unit(_) => 1.0,
        }
    }

    /// What every sample is lowered by, so that squares stay small.
    pub(super) fn middle(&self) -> f32 {
        match self.samples {
            Samples::Eight(_) | Samples::OfThree(..) => 128.0,
            Samples::Unit(_) => 0.5,
        }
    }

    /// The row `y` from column `left` on; borders are mirrored (d c b a | a b c d | d c b a).
    #[inline(always)]
    pub(super) fn load(&self, y: isize, left: isize, into: &mut Wide) {
        let start = mirrored(y, self.height) * self.width;
        match self.samples {
            Samples::Eight(samples) => {
                let row = &samples[start..start + self.width];
                fill(row, left, into, |value| f32::from(value) - 128.0);
            }
            Samples::OfThree(pixels, channel) => {
                let row = &pixels[start..start + self.width];
                match channel {
                    0 => fill(row, left, into, |[red, _, _]| f32::from(red) - 128.0),
                    1 => fill(row, left, into, |[_, green, _]| f32::from(green) - 128.0),
                    _ => fill(row, left, into, |[_, _, blue]| f32::from(blue) - 128.0),
                }
            }
            Samples::Unit(samples) => fill(&samples[start..start + self.width], left, into, |value| {
                value - 0.5
            }),
        }
    }
}

#[inline(always)]
fn fill<T: Copy>(row: &[T], left: isize, into: &mut Wide, number: impl Fn(T) -> f32) {
    let inside = usize::try_from(left)
        .ok()
        .and_then(|left| row.get(left..left + into.len()));
    if let Some(inside) = inside {
        for (into, &value) in into.iter_mut().zip(inside) {
            *into = number(value);
        }
    } else {
        for (i, into) in into.iter_mut().enumerate() {
            *into = number(row[mirrored(left + i as isize, row.len())]);
        }
    }
}

fn mirrored(index: isize, length: usize) -> usize {
    let length = length as isize;
    let folded = index.rem_euclid(2 * length);
    folded.min(2 * length - 1 - folded) as usize
}
