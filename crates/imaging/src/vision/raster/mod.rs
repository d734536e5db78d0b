//! Small operations on single planes of pixels: the vocabulary the recipe is written in.

pub(super) mod components;
pub(super) mod distance;
pub(super) mod gaussian;
pub(super) mod morphology;
pub(super) mod sample;

/// One value per pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane<T> {
    /// Columns.
    pub(super) width: usize,
    /// Rows.
    pub(super) height: usize,
    /// `height` rows of `width` values.
    pub(super) data: Vec<T>,
}

/// A plane of numbers.
pub(super) type Field = Plane<f32>;

/// A plane of 0 and 1; bytes rather than bits, because bytes run sixteen at a time.
pub(super) type Mask = Plane<u8>;

impl<T: Copy> Plane<T> {
    pub(super) fn filled(width: usize, height: usize, value: T) -> Self {
        Self {
            width,
            height,
            data: vec![value; width * height],
        }
    }

    /// A plane of the same size made pixel by pixel from the index.
    pub(super) fn same_size<U>(&self, value: impl FnMut(usize) -> U) -> Plane<U> {
        Plane {
            width: self.width,
            height: self.height,
            data: (0..self.data.len()).map(value).collect(),
        }
    }

    pub(super) fn row(&self, y: usize) -> &[T] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    pub(super) fn row_mut(&mut self, y: usize) -> &mut [T] {
        &mut self.data[y * self.width..(y + 1) * self.width]
    }

    /// The indices of the pixels at most `thickness` from the frame.
    pub(super) fn border(&self, thickness: usize) -> impl Iterator<Item = usize> + '_ {
        let (width, height) = (self.width, self.height);
        let edge = move |at: usize, side: usize| at < thickness || at + thickness >= side;
        (0..self.data.len()).filter(move |i| edge(i % width, width) || edge(i / width, height))
    }
}

impl Field {
    /// Where the value passes the test.
    pub(super) fn mask(&self, test: impl Fn(f32) -> bool) -> Mask {
        Plane {
            width: self.width,
            height: self.height,
            data: self.data.iter().map(|&v| u8::from(test(v))).collect(),
        }
    }
}

impl Mask {
    pub(super) fn is(&self, i: usize) -> bool {
        self.data[i] != 0
    }

    pub(super) fn count(&self) -> usize {
        self.data.iter().map(|&v| v as usize).sum()
    }

    pub(super) fn not(&self) -> Mask {
        self.same_size(|i| 1 - self.data[i])
    }

    pub(super) fn and(&self, other: &Mask) -> Mask {
        self.same_size(|i| self.data[i] & other.data[i])
    }

    pub(super) fn or(&self, other: &Mask) -> Mask {
        self.same_size(|i| self.data[i] | other.data[i])
    }

    /// In this mask and not in the other.
    pub(super) fn minus(&self, other: &Mask) -> Mask {
        self.same_size(|i| self.data[i] & (1 - other.data[i]))
    }
}

/// The value below which `share` (0..=1) of the values lie; NaN-free input; 0 for none.
pub(super) fn percentile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((values.len() - 1) as f32 * share).round() as usize;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}

/// 0 below `low`, 1 above `high`, a cubic between.
pub(super) fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
