//! Connected parts of a mask, and filling from seeds.

use super::{Mask, Plane};

/// The parts of a mask, each with its pixels.
pub(in crate::vision) struct Parts {
    /// Part number of each pixel, from 1; 0 outside the mask.
    pub(in crate::vision) label: Plane<u32>,
    /// Pixels of each part, by number; `size[0]` is unused.
    pub(in crate::vision) size: Vec<u32>,
}

impl Parts {
    /// The pixels of the parts whose number passes.
    pub(in crate::vision) fn keep(&self, mut test: impl FnMut(usize) -> bool) -> Mask {
        let kept: Vec<u8> = (0..self.size.len())
            .map(|part| u8::from(part > 0 && test(part)))
            .collect();
        self.label.same_size(|i| kept[self.label.data[i] as usize])
    }

    /// The sum over each part of a value per pixel.
    pub(in crate::vision) fn sums(&self, mut value: impl FnMut(usize) -> f32) -> Vec<f64> {
        let mut sums = vec![0.0; self.size.len()];
        for (i, &part) in self.label.data.iter().enumerate() {
            if part > 0 {
                sums[part as usize] += f64::from(value(i));
            }
        }
        sums
    }

    /// Left, top, right, bottom of each part, all within it.
    pub(in crate::vision) fn boxes(&self) -> Vec<[usize; 4]> {
        let mut boxes = vec![[usize::MAX, usize::MAX, 0, 0]; self.size.len()];
        for (i, &part) in self.label.data.iter().enumerate() {
            if part > 0 {
                let (x, y) = (i % self.label.width, i / self.label.width);
                let [left, top, right, low] = boxes[part as usize];
                boxes[part as usize] = [left.min(x), top.min(y), right.max(x), low.max(y)];
            }
        }
        boxes
    }

    /// The largest value in each part; 0 where all are below.
    pub(in crate::vision) fn maxima(&self, mut value: impl FnMut(usize) -> f32) -> Vec<f32> {
        let mut maxima = vec![0.0_f32; self.size.len()];
        for (i, &part) in self.label.data.iter().enumerate() {
            if part > 0 {
                maxima[part as usize] = maxima[part as usize].max(value(i));
            }
        }
        maxima
    }
}

/// Splits a mask into parts that touch at sides or corners.
pub(in crate::vision) fn parts(mask: &Mask) -> Parts {
    let (width, height) = (mask.width, mask.height);
    let mut label = Plane::filled(width, height, 0_u32);
    let mut size = vec![0_u32];
    let mut stack = Vec::new();
    for start in 0..mask.data.len() {
        if !mask.is(start) || label.data[start] != 0 {
            continue;
        }
        let part = size.len() as u32;
        size.push(0);
        label.data[start] = part;
        stack.push(start);
        while let Some(i) = stack.pop() {
            size[part as usize] += 1;
            let (x, y) = (i % width, i / width);
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let j = ny * width + nx;
                    if mask.is(j) && label.data[j] == 0 {
                        label.data[j] = part;
                        stack.push(j);
                    }
                }
            }
        }
    }
    Parts { label, size }
}

/// The seeds, and everything reachable from them over sides through `open` pixels.
pub(in crate::vision) fn flood(seeds: &Mask, open: &Mask) -> Mask {
    let (width, height) = (open.width, open.height);
    let mut filled = seeds.clone();
    let mut stack: Vec<usize> = (0..seeds.data.len()).filter(|&i| seeds.is(i)).collect();
    while let Some(i) = stack.pop() {
        let (x, y) = (i % width, i / width);
        let mut visit = |j: usize| {
            if open.is(j) && !filled.is(j) {
                filled.data[j] = 1;
                stack.push(j);
            }
        };
        if x > 0 {
            visit(i - 1);
        }
        if x + 1 < width {
            visit(i + 1);
        }
        if y > 0 {
            visit(i - width);
        }
        if y + 1 < height {
            visit(i + width);
        }
    }
    filled
}

/// Everything reachable from the frame through `open` pixels.
pub(in crate::vision) fn flood_from_frame(open: &Mask) -> Mask {
    let mut seeds = Plane::filled(open.width, open.height, 0_u8);
    for i in open.border(1) {
        seeds.data[i] = open.data[i];
    }
    flood(&seeds, open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(rows: &[&str]) -> Mask {
        let data = rows
            .iter()
            .flat_map(|r| r.bytes().map(|b| u8::from(b == b'#')))
            .collect();
        Plane {
            width: rows[0].len(),
            height: rows.len(),
            data,
        }
    }

    #[test]
    fn corners_join_parts() {
        let found = parts(&drawn(&["#..#", ".#..", "...#"]));
        assert_eq!(found.size[1..], [2, 1, 1]);
        assert_eq!(
            found.keep(|p| found.size[p] == 2),
            drawn(&["#...", ".#..", "...."])
        );
    }

    #[test]
    fn corners_do_not_let_the_flood_through() {
        let open = drawn(&["##.", "#.#", ".##"]);
        let seeds = drawn(&["#..", "...", "..."]);
        assert_eq!(flood(&seeds, &open), drawn(&["##.", "#..", "..."]));
        assert_eq!(
            flood_from_frame(&drawn(&["....", ".##.", ".##.", "...."])).count(),
            0
        );
    }
}
