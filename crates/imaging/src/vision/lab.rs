//! Colours as the eye measures them: CIE L*a*b* under D65, from sRGB.

use std::sync::LazyLock;

use super::raster::Plane;

/// Table steps over 0..=1; linear between, error under 0.02 L.
const STEPS: usize = 4096;

/// sRGB decoding, IEC 61966-2-1.
static LINEAR: LazyLock<Vec<f32>> = LazyLock::new(|| {
    table(|v| {
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    })
});

/// The cube root of CIE 15, with its straight foot, over the square root of its argument: the table is fine
/// enough near black that way.
static ROOT: LazyLock<Vec<f32>> = LazyLock::new(|| {
    table(|s| {
        let t = s * s;
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    })
});

/// White of D65, 2 degrees, as the sRGB matrix gives it.
const WHITE: [f32; 3] = [0.95047, 1.0, 1.08883];

/// L 0..=100, a, b of one gamma-encoded sRGB colour, 0..=1 a channel.
pub(super) fn lab([red, green, blue]: [f32; 3]) -> [f32; 3] {
    let (r, g, b) = (
        look_up(&LINEAR, red),
        look_up(&LINEAR, green),
        look_up(&LINEAR, blue),
    );
    let x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / WHITE[0];
    let y = (0.2126729 * r + 0.7151522 * g + 0.072175 * b) / WHITE[1];
    let z = (0.0193339 * r + 0.119192 * g + 0.9503041 * b) / WHITE[2];
    let [fx, fy, fz] = [x, y, z].map(|t| look_up(&ROOT, t.max(0.0).sqrt()));
    [116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz)]
}

/// [`lab`] of every pixel.
pub(super) fn lab_plane(rgb: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    rgb.same_size(|i| lab(rgb.data[i]))
}

fn table(value: impl Fn(f32) -> f32) -> Vec<f32> {
    (0..=STEPS + 1).map(|i| value(i as f32 / STEPS as f32)).collect()
}

fn look_up(table: &[f32], at: f32) -> f32 {
    let position = at.clamp(0.0, 1.0) * STEPS as f32;
    let i = position as usize;
    table[i] + (table[i + 1] - table[i]) * (position - i as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        // Reference values: the sRGB primaries in CIE L*a*b* (D65).
        let rows = [
            ([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0], [53.24, 80.09, 67.20]),
            ([0.0, 0.0, 1.0], [32.30, 79.19, -107.86]),
            ([0.5, 0.5, 0.5], [53.39, 0.0, 0.0]),
        ];
        for (rgb, expected) in rows {
            let found = lab(rgb);
            for k in 0..3 {
                assert!((found[k] - expected[k]).abs() < 0.1, "{rgb:?}: {found:?}");
            }
        }
    }
}
