//! Sets of pixels: grown, shrunk, closed, and taken apart into pieces.

use super::plane::{Plane, smoothstep};

pub(super) type Mask = Plane<bool>;

impl Plane<bool> {
    pub(super) fn count(&self) -> usize {
        self.data.iter().filter(|set| **set).count()
    }

    pub(super) fn inverted(&self) -> Self {
        self.map(|set| !set)
    }

    /// Grown by a square of this radius.
    pub(super) fn grown(&self, radius: usize) -> Self {
        let flipped = |mask: &Self| Self::from_fn(mask.height, mask.width, |x, y| mask.at(y, x));
        flipped(&flipped(&self.rows_grown(radius)).rows_grown(radius))
    }

    fn rows_grown(&self, radius: usize) -> Self {
        let mut out = self.clone();
        for (row, target) in self.data.chunks(self.width).zip(out.data.chunks_mut(self.width)) {
            for x in (0..row.len()).filter(|x| row[*x]) {
                target[x.saturating_sub(radius)..(x + radius + 1).min(row.len())].fill(true);
            }
        }
        out
    }

    /// Shrunk by a square of this radius; the frame's edge is outside.
    pub(super) fn shrunk(&self, radius: usize) -> Self {
        let mut outside = self.inverted().grown(radius);
        let (width, height) = (self.width, self.height);
        for (i, set) in outside.data.iter_mut().enumerate() {
            let (x, y) = (i % width, i / width);
            *set |= x < radius || y < radius || x + radius >= width || y + radius >= height;
        }
        outside.inverted()
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a && b)
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a || b)
    }

    /// Joined pieces, largest first.
    pub(super) fn pieces(&self) -> Vec<Piece> {
        let mut seen = vec![false; self.data.len()];
        let mut pieces = Vec::new();
        for start in 0..self.data.len() {
            if self.data[start] && !seen[start] {
                pieces.push(self.piece(start, &mut seen));
            }
        }
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.pixels.len()));
        pieces
    }

    fn piece(&self, start: usize, seen: &mut [bool]) -> Piece {
        let (mut pixels, mut open) = (Vec::new(), vec![start]);
        let (mut left, mut top, mut right, mut bottom) = (self.width, self.height, 0, 0);
        seen[start] = true;
        while let Some(i) = open.pop() {
            pixels.push(i);
            let (x, y) = (i % self.width, i / self.width);
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
            for y in y.saturating_sub(1)..=(y + 1).min(self.height - 1) {
                for x in x.saturating_sub(1)..=(x + 1).min(self.width - 1) {
                    let near = y * self.width + x;
                    if self.data[near] && !seen[near] {
                        seen[near] = true;
                        open.push(near);
                    }
                }
            }
        }
        Piece {
            pixels,
            bounds: Bounds {
                left,
                top,
                width: right + 1 - left,
                height: bottom + 1 - top,
            },
        }
    }

    /// With every hole that does not reach the frame's edge closed.
    pub(super) fn without_holes(&self) -> Self {
        let outside = self.inverted().pieces().into_iter().filter(|piece| {
            let b = piece.bounds;
            b.left == 0 || b.top == 0 || b.left + b.width == self.width || b.top + b.height == self.height
        });
        let mut out = self.map(|_| true);
        for piece in outside {
            for pixel in piece.pixels {
                out.data[pixel] = false;
            }
        }
        out
    }

    /// The upright box around everything set.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        let columns = |set: usize| set % self.width;
        let set: Vec<usize> = (0..self.data.len()).filter(|i| self.data[*i]).collect();
        let (first, last) = (set.first()?, set.last()?);
        let left = set.iter().map(|i| columns(*i)).min()?;
        let right = set.iter().map(|i| columns(*i)).max()?;
        let (top, bottom) = (first / self.width, last / self.width);
        Some(Bounds {
            left,
            top,
            width: right + 1 - left,
            height: bottom + 1 - top,
        })
    }

    /// As weights at another size, with a soft rim.
    pub(super) fn soft(&self, width: usize, height: usize) -> Plane<f32> {
        let weights = self.map(f32::from).blurred(0.8).resized(width, height);
        weights.map(|w| smoothstep(0.25, 0.75, w))
    }
}

/// A joined set of pixels.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) pixels: Vec<usize>,
    pub(super) bounds: Bounds,
}

/// An upright box, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_one_piece_and_its_hole_closes() {
        let ring = Mask::from_fn(20, 20, |x, y| {
            let d = (x as f32 - 9.0).hypot(y as f32 - 9.0);
            (4.0..7.0).contains(&d)
        });
        let dot = Mask::from_fn(20, 20, |x, y| x > 17 && y > 17);
        let pieces = ring.or(&dot).pieces();
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[1].pixels.len(), 4);
        assert!(!ring.at(9, 9) && ring.without_holes().at(9, 9));
        assert!(!ring.without_holes().at(0, 0));
    }

    #[test]
    fn growing_and_shrinking_move_the_rim() {
        let block = Mask::from_fn(20, 20, |x, y| (5..10).contains(&x) && (5..10).contains(&y));
        assert_eq!(block.grown(2).count(), 81);
        assert_eq!(block.shrunk(1).count(), 9);
    }
}
