//! CIE L*a*b* and CIEDE2000, for pictures compared and changed by what an eye sees.

use std::f32::consts::TAU;

/// D65 white of the sRGB primaries (IEC 61966-2-1).
const WHITE: [f32; 3] = [0.950_47, 1.0, 1.088_83];

/// CIE L*a*b* of an sRGB encoded colour, each channel 0..=1.
pub fn lab(srgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = srgb.map(|v| {
        if v <= 0.040_45 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    });
    let xyz = [
        0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b,
        0.212_672_9 * r + 0.715_152_2 * g + 0.072_175 * b,
        0.019_333_9 * r + 0.119_192 * g + 0.950_304_1 * b,
    ];
    let f = |channel: usize| {
        let t = xyz[channel] / WHITE[channel];
        if t > 216.0 / 24389.0 {
            t.cbrt()
        } else {
            (24389.0 / 27.0 * t + 16.0) / 116.0
        }
    };
    let (x, y, z) = (f(0), f(1), f(2));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The sRGB encoded colour of a CIE L*a*b* one, each channel clipped to 0..=1.
pub(crate) fn srgb([l, a, b]: [f32; 3]) -> [f32; 3] {
    let y = (l + 16.0) / 116.0;
    let back = |t: f32| {
        if t > 6.0 / 29.0 {
            t.powi(3)
        } else {
            (116.0 * t - 16.0) * 27.0 / 24389.0
        }
    };
    let x = back(y + a / 500.0) * WHITE[0];
    let z = back(y - b / 200.0) * WHITE[2];
    let y = back(y);
    let linear = [
        3.240_454_2 * x - 1.537_138_5 * y - 0.498_531_4 * z,
        -0.969_266 * x + 1.876_010_8 * y + 0.041_556 * z,
        0.055_643_4 * x - 0.204_025_9 * y + 1.057_225_2 * z,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        if v <= 0.003_130_8 {
            v * 12.92
        } else {
            1.055 * v.powf(1.0 / 2.4) - 0.055
        }
    })
}

/// CIEDE2000 between two CIE L*a*b* colours (Sharma, Wu and Dalal, 2005), all weights 1.
pub(crate) fn ciede2000(p: [f32; 3], q: [f32; 3]) -> f32 {
    let mean_chroma = f32::midpoint(p[1].hypot(p[2]), q[1].hypot(q[2]));
    let seventh = |c: f32| (c.powi(7) / (c.powi(7) + 25.0_f32.powi(7))).sqrt();
    let stretch = 1.0 + 0.5 * (1.0 - seventh(mean_chroma));
    let (a1, a2) = (p[1] * stretch, q[1] * stretch);
    let (c1, c2) = (a1.hypot(p[2]), a2.hypot(q[2]));
    let hue = |a: f32, b: f32| {
        if a == 0.0 && b == 0.0 {
            0.0
        } else {
            b.atan2(a).rem_euclid(TAU)
        }
    };
    let (h1, h2) = (hue(a1, p[2]), hue(a2, q[2]));
    let mut turn = if c1 * c2 == 0.0 { 0.0 } else { h2 - h1 };
    if turn > TAU / 2.0 {
        turn -= TAU;
    } else if turn < -TAU / 2.0 {
        turn += TAU;
    }
    let h = if c1 * c2 == 0.0 {
        h1 + h2
    } else {
        (h1 + turn / 2.0).rem_euclid(TAU)
    };
    let (l, c) = (f32::midpoint(p[0], q[0]), f32::midpoint(c1, c2));
    let degrees = |d: f32| d.to_radians();
    let t = 1.0 - 0.17 * (h - degrees(30.0)).cos()
        + 0.24 * (2.0 * h).cos()
        + 0.32 * (3.0 * h + degrees(6.0)).cos()
        - 0.20 * (4.0 * h - degrees(63.0)).cos();
    let from_blue = (h.to_degrees() - 275.0) / 25.0;
    let rotation = -2.0 * seventh(c) * (degrees(60.0) * (-from_blue.powi(2)).exp()).sin();
    let off_gray = (l - 50.0).powi(2);
    let dl = (q[0] - p[0]) / (1.0 + 0.015 * off_gray / (20.0 + off_gray).sqrt());
    let dc = (c2 - c1) / (1.0 + 0.045 * c);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).sin() / (1.0 + 0.015 * c * t);
    (dl * dl + dc * dc + dh * dh + rotation * dc * dh).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ciede2000_agrees_with_the_published_pairs() {
        // Rows 1, 7, 16, 17, 19, 25 and 34 of table 1 in Sharma, Wu and Dalal.
        let pairs = [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [56.0, -27.0, -3.0], 31.9030),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
        ];
        for (p, q, published) in pairs {
            let found = ciede2000(p, q);
            assert!(
                (found - published).abs() < 2e-3,
                "{p:?} {q:?}: {found} not {published}"
            );
        }
    }

    #[test]
    fn colours_come_back() {
        for colour in [
            [0.0, 0.0, 0.0],
            [1.0, 1.0, 1.0],
            [0.8, 0.1, 0.2],
            [0.02, 0.5, 0.9],
        ] {
            let back = srgb(lab(colour));
            let off = (0..3).map(|i| (back[i] - colour[i]).abs()).fold(0.0, f32::max);
            assert!(off < 2e-3, "{colour:?} came back as {back:?}");
        }
    }
}
