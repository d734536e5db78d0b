//! Islands of a map of chances: where pixels beside each other are likely enough.

use super::Region;
use crate::locks::plane;

/// An upright box around one, and the mean chance of its pixels.
pub(super) struct Island {
    pub(super) region: Region,
    pub(super) mean: f32,
}

/// Every island of a map of rows of `width` chances.
pub(super) fn islands(map: &[f32], width: usize, least: f32) -> Vec<Island> {
    let open = map.iter().map(|chance| *chance > least).collect();
    let found = plane::islands(open, width).into_iter();
    found.map(|pixels| Island::of(&pixels, map, width)).collect()
}

impl Island {
    fn of(pixels: &[usize], map: &[f32], width: usize) -> Self {
        let (mut left, mut top, mut right, mut low) = (width, usize::MAX, 0, 0);
        for index in pixels {
            let (x, y) = (index % width, index / width);
            (left, top) = (left.min(x), top.min(y));
            (right, low) = (right.max(x + 1), low.max(y + 1));
        }
        let total: f32 = pixels.iter().map(|index| map[*index]).sum();
        Self {
            region: [left, top, right - left, low - top].map(|v| v as f32),
            mean: total / pixels.len() as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_are_two_islands() {
        let mut map = vec![0.1_f32; 80];
        for index in [11, 12, 13, 22, 55, 56] {
            map[index] = 0.9;
        }
        let found = islands(&map, 10, 0.3);
        let regions: Vec<Region> = found.iter().map(|island| island.region).collect();
        assert_eq!(regions, [[1.0, 1.0, 3.0, 2.0], [5.0, 5.0, 2.0, 1.0]]);
        assert!((found[0].mean - 0.9).abs() < 1e-6);
    }
}
