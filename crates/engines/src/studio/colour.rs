//! Colour arithmetic: sRGB light, CIE L*a*b* (D65) and the CIEDE2000 difference.

use std::sync::LazyLock;

/// L* in 0..=100, a* and b* about -128..=127, D65 white.
pub(crate) type Lab = [f32; 3];

/// Linear light 0..=1 for each 16-bit sRGB value, at 4096 steps and exact ends.
static LINEAR: LazyLock<Vec<f32>> = LazyLock::new(|| {
    (0..=4096)
        .map(|step| linear(f64::from(step) / 4096.0) as f32)
        .collect()
});

/// sRGB to linear light, both 0..=1 (IEC 61966-2-1).
pub(crate) fn linear(encoded: f64) -> f64 {
    if encoded <= 0.04045 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

/// Linear light to sRGB, both 0..=1 (IEC 61966-2-1).
pub(crate) fn encoded(linear: f64) -> f64 {
    if linear <= 0.0031308 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    }
}

/// Linear light of a 16-bit sRGB value, by table (error under 1e-6).
pub(crate) fn linear_u16(value: f32) -> f32 {
    let position = (value * (4096.0 / 65535.0)).clamp(0.0, 4096.0);
    let step = (position as usize).min(4095);
    let part = position - step as f32;
    LINEAR[step] * (1.0 - part) + LINEAR[step + 1] * part
}

/// Lab of 16-bit sRGB values (may lie between integers).
pub(crate) fn lab(rgb: [f32; 3]) -> Lab {
    let [r, g, b] = rgb.map(linear_u16);
    let x = (0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47;
    let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b;
    let z = (0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|t| {
        if t > 0.008_856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000 with unit weights (Sharma, Wu and Dalal, 2005). About 1 is just seen side by side.
pub(crate) fn delta_e_2000(first: Lab, second: Lab) -> f64 {
    let [l1, a1, b1] = first.map(f64::from);
    let [l2, a2, b2] = second.map(f64::from);
    let chroma_mean = f64::midpoint(a1.hypot(b1), a2.hypot(b2));
    let seventh = chroma_mean.powi(7);
    let stretch = 1.5 - 0.5 * (seventh / (seventh + 25f64.powi(7))).sqrt();
    let (a1, a2) = (a1 * stretch, a2 * stretch);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let hue_step = hue_difference(h1, h2, c1 * c2);
    let dl = l2 - l1;
    let dc = c2 - c1;
    let dh = 2.0 * (c1 * c2).sqrt() * (hue_step / 2.0).to_radians().sin();
    let l = f64::midpoint(l1, l2);
    let c = f64::midpoint(c1, c2);
    let h = hue_mean(h1, h2, c1 * c2);
    let t = 1.0 - 0.17 * (h - 30.0).to_radians().cos()
        + 0.24 * (2.0 * h).to_radians().cos()
        + 0.32 * (3.0 * h + 6.0).to_radians().cos()
        - 0.20 * (4.0 * h - 63.0).to_radians().cos();
    let s_l = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let s_c = 1.0 + 0.045 * c;
    let s_h = 1.0 + 0.015 * c * t;
    let seventh = c.powi(7);
    let turn = (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    let r_t = -2.0 * (seventh / (seventh + 25f64.powi(7))).sqrt() * turn;
    let (dl, dc, dh) = (dl / s_l, dc / s_c, dh / s_h);
    (dl * dl + dc * dc + dh * dh + r_t * dc * dh).max(0.0).sqrt()
}

/// Degrees in 0..360, 0 for gray.
fn hue(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 {
        0.0
    } else {
        b.atan2(a).to_degrees().rem_euclid(360.0)
    }
}

fn hue_difference(h1: f64, h2: f64, chroma_product: f64) -> f64 {
    let step = h2 - h1;
    if chroma_product == 0.0 {
        0.0
    } else if step > 180.0 {
        step - 360.0
    } else if step < -180.0 {
        step + 360.0
    } else {
        step
    }
}

fn hue_mean(h1: f64, h2: f64, chroma_product: f64) -> f64 {
    let sum = h1 + h2;
    if chroma_product == 0.0 {
        sum
    } else if (h1 - h2).abs() <= 180.0 {
        sum / 2.0
    } else if sum < 360.0 {
        sum / 2.0 + 180.0
    } else {
        sum / 2.0 - 180.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_match_the_published_table() {
        // Rows 1, 7, 12, 17, 25, 33 of Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", table 1.
        for (first, second, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
        ] {
            let found = delta_e_2000(first, second);
            assert!((found - expected).abs() < 2e-4, "{found} != {expected}");
        }
    }

    #[test]
    fn white_black_and_red_have_their_lab_values() {
        for (rgb, expected) in [
            ([65535.0, 65535.0, 65535.0], [100.0, 0.0, 0.0]),
            ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ([65535.0, 0.0, 0.0], [53.24, 80.09, 67.2]),
        ] {
            for (found, expected) in lab(rgb).into_iter().zip(expected) {
                assert!((found - expected).abs() < 0.05, "{found} != {expected}");
            }
        }
    }

    #[test]
    fn encoding_undoes_linear_light() {
        for value in 0..=255 {
            let share = f64::from(value) / 255.0;
            assert!((encoded(linear(share)) - share).abs() < 1e-9);
        }
    }
}
