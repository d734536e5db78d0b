//! Linear light of stored and of CIE L*a*b* colours, and back.

/// Linear sRGB of CIE L*a*b* (IEC 61966-2-1 primaries, D65 white).
pub(super) fn linear_of_lab([l, a, b]: [f32; 3]) -> [f32; 3] {
    let fy = (l + 16.0) / 116.0;
    let [x, y, z] = [
        0.95047 * expanded(fy + a / 500.0),
        expanded(fy),
        1.08883 * expanded(fy - b / 200.0),
    ];
    [
        3.240_454 * x - 1.537_139 * y - 0.498_531 * z,
        -0.969_266 * x + 1.876_011 * y + 0.041_556 * z,
        0.055_643 * x - 0.204_026 * y + 1.057_225 * z,
    ]
}

/// Luminance (CIE Y, 0..=1) of a lightness.
pub(super) fn luminance(lightness: f32) -> f32 {
    expanded((lightness + 16.0) / 116.0)
}

/// CIE's f, backwards.
fn expanded(f: f32) -> f32 {
    if f > 6.0 / 29.0 {
        f * f * f
    } else {
        (116.0 * f - 16.0) * 27.0 / 24389.0
    }
}

/// Linear light of a stored sample (IEC 61966-2-1).
pub(super) fn decoded(sample: u16) -> f32 {
    let v = f32::from(sample) / 65535.0;
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

/// The stored sample of linear light.
pub(super) fn encoded(light: f32) -> u16 {
    let light = light.clamp(0.0, 1.0);
    let v = if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    };
    (v * 65535.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::colour::lab_of_linear;

    #[test]
    fn colours_come_back() {
        for sample in [0, 257, 2_000, 30_000, u16::MAX] {
            assert!(encoded(decoded(sample)).abs_diff(sample) <= 1, "{sample}");
        }
        for colour in [[0.2, 0.5, 0.1], [0.9, 0.05, 0.4], [0.001, 0.002, 0.003]] {
            let back = linear_of_lab(lab_of_linear(colour));
            for (back, colour) in back.into_iter().zip(colour) {
                assert!((back - colour).abs() < 1e-3, "{back}, not {colour}");
            }
        }
    }
}
