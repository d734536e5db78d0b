//! Small copies of photos and pictures: which there are, how large each comes out, and where it is kept.

/// The longer sides that small copies have, in pixels, the smallest first.
pub const SIDES: [u32; 4] = [160, 320, 480, 960];

/// The longer side where none is asked for.
pub const SIDE_USUAL: u32 = 480;

/// Columns and rows of a copy whose longer side has at most so many pixels. Nothing is enlarged.
pub fn fitted(width: u32, height: u32, side: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= side {
        return (width, height);
    }
    let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(long)).max(1) as u32;
    (scaled(width), scaled(height))
}

/// The sides of a file's copies, each with its columns, up to the first that shows the file whole.
pub fn widths(width: u32, height: u32) -> Vec<(u32, u32)> {
    let long = width.max(height);
    let whole = SIDES.iter().position(|side| *side >= long);
    SIDES[..whole.map_or(SIDES.len(), |at| at + 1)]
        .iter()
        .map(|&side| (side, fitted(width, height, side).0))
        .collect()
}

/// The key of a blob's copy.
pub fn key(of: &str, side: u32) -> String {
    format!("thumbnails/{side}/{of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_keeps_the_proportions_and_enlarges_nothing() {
        for (file, side, copy) in [
            ((1000, 1500), 480, (320, 480)),
            ((1500, 1000), 160, (160, 106)),
            ((300, 200), 320, (300, 200)),
            ((9000, 2), 160, (160, 1)),
            ((u32::MAX, u32::MAX), 960, (960, 960)),
        ] {
            assert_eq!(fitted(file.0, file.1, side), copy, "{file:?} in {side}");
        }
    }

    #[test]
    fn the_last_copy_that_is_told_of_is_the_file_or_the_largest() {
        assert_eq!(
            widths(1000, 1500),
            [(160, 106), (320, 213), (480, 320), (960, 640)]
        );
        assert_eq!(widths(200, 300), [(160, 106), (320, 200)]);
        assert_eq!(widths(160, 80), [(160, 160)]);
    }

    #[test]
    fn the_usual_side_is_one_of_them() {
        assert!(SIDES.contains(&SIDE_USUAL) && SIDES.is_sorted());
    }
}
