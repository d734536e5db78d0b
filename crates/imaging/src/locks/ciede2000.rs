//! CIEDE2000, the colour difference of CIE 142-2001, with unit parametric factors.

/// The difference of two CIE L*a*b* colours. About 1 is just noticeable side by side.
///
/// Written after G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
/// supplementary test data, and mathematical observations" (2005), equations 2 to 22.
pub fn ciede2000(one: [f64; 3], two: [f64; 3]) -> f64 {
    let ([l1, a1, b1], [l2, a2, b2]) = (one, two);
    let chroma_mean = f64::midpoint(a1.hypot(b1), a2.hypot(b2));
    let g = 0.5 * (1.0 - power_seven_ratio(chroma_mean).sqrt());
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let (h1, h2) = (hue_degrees(a1, b1), hue_degrees(a2, b2));

    let (dl, dc) = (l2 - l1, c2 - c1);
    let turn = if c1 * c2 == 0.0 { 0.0 } else { wrapped(h2 - h1) };
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();

    let l = f64::midpoint(l1, l2);
    let c = f64::midpoint(c1, c2);
    let (sl, sc, sh) = (
        lightness_weight(l),
        1.0 + 0.045 * c,
        hue_weight(c1 * c2, c, h1, h2),
    );
    let rt = rotation(c, mean_hue(c1 * c2, h1, h2));
    let (l_term, c_term, h_term) = (dl / sl, dc / sc, dh / sh);
    (l_term * l_term + c_term * c_term + h_term * h_term + rt * c_term * h_term)
        .max(0.0)
        .sqrt()
}

fn power_seven_ratio(c: f64) -> f64 {
    let c7 = c.powi(7);
    c7 / (c7 + 25.0_f64.powi(7))
}

fn hue_degrees(a: f64, b: f64) -> f64 {
    if a == 0.0 && b == 0.0 {
        return 0.0;
    }
    b.atan2(a).to_degrees().rem_euclid(360.0)
}

/// A difference of hues, in -180..=180.
fn wrapped(turn: f64) -> f64 {
    if turn > 180.0 {
        turn - 360.0
    } else if turn < -180.0 {
        turn + 360.0
    } else {
        turn
    }
}

fn mean_hue(chroma_product: f64, h1: f64, h2: f64) -> f64 {
    if chroma_product == 0.0 {
        h1 + h2
    } else if (h1 - h2).abs() <= 180.0 {
        f64::midpoint(h1, h2)
    } else if h1 + h2 < 360.0 {
        (h1 + h2 + 360.0) / 2.0
    } else {
        (h1 + h2 - 360.0) / 2.0
    }
}

fn lightness_weight(l: f64) -> f64 {
    let from_middle = (l - 50.0).powi(2);
    1.0 + 0.015 * from_middle / (20.0 + from_middle).sqrt()
}

fn hue_weight(chroma_product: f64, c: f64, h1: f64, h2: f64) -> f64 {
    let h = mean_hue(chroma_product, h1, h2);
    let cosine = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cosine(h - 30.0) + 0.24 * cosine(2.0 * h) + 0.32 * cosine(3.0 * h + 6.0)
        - 0.20 * cosine(4.0 * h - 63.0);
    1.0 + 0.015 * c * t
}

fn rotation(c: f64, h: f64) -> f64 {
    let angle = 30.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    -(2.0 * angle).to_radians().sin() * 2.0 * power_seven_ratio(c).sqrt()
}

#[cfg(test)]
mod tests {
    use super::ciede2000;

    /// The 34 pairs of Sharma, Wu and Dalal's table 1: two colours and their difference.
    #[rustfmt::skip]
    const PAIRS: [[f64; 7]; 34] = [
        [50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425],
        [50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615],
        [50.0, 2.8361, -74.0200, 50.0, 0.0, -82.7485, 3.4412],
        [50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0000],
        [50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669],
        [50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0009, 7.1792],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0010, 7.1792],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0011, 7.2195],
        [50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0012, 7.2195],
        [50.0, -0.0010, 2.4900, 50.0, 0.0009, -2.4900, 4.8045],
        [50.0, -0.0010, 2.4900, 50.0, 0.0010, -2.4900, 4.8045],
        [50.0, -0.0010, 2.4900, 50.0, 0.0011, -2.4900, 4.7461],
        [50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065],
        [50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492],
        [50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977],
        [50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030],
        [50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535],
        [50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0000],
        [50.0, 2.5, 0.0, 50.0, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ];

    #[test]
    fn agrees_with_the_published_pairs_both_ways() {
        for [l1, a1, b1, l2, a2, b2, expected] in PAIRS {
            let (one, two) = ([l1, a1, b1], [l2, a2, b2]);
            for found in [ciede2000(one, two), ciede2000(two, one)] {
                assert!(
                    (found - expected).abs() < 5e-5,
                    "{one:?} {two:?}: {found}, not {expected}"
                );
            }
        }
    }
}
