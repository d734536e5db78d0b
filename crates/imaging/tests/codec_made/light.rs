//! Colours as numbers, by the standards' own formulas and not by the code that is tested.

/// CIE Lab (D50) to 8-bit sRGB: ICC PCS, Bradford-adapted sRGB matrix.
pub(crate) fn srgb_of_lab([l, a, b]: [f64; 3]) -> [f64; 3] {
    let f = |t: f64| {
        if t > 6.0 / 29.0 {
            t.powi(3)
        } else {
            3.0 * (6.0_f64 / 29.0).powi(2) * (t - 4.0 / 29.0)
        }
    };
    let middle = (l + 16.0) / 116.0;
    let (x, y, z) = (
        0.9642 * f(middle + a / 500.0),
        f(middle),
        0.8249 * f(middle - b / 200.0),
    );
    [
        3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
        -0.9787684 * x + 1.9161415 * y + 0.033454 * z,
        0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
    ]
    .map(|light| encoded(light.clamp(0.0, 1.0)) * 255.0)
}

pub(crate) fn encoded(light: f64) -> f64 {
    if light <= 0.0031308 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

pub(crate) fn decoded(value: f64) -> f64 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// Lab (D65) of 0..=1 sRGB, for a distance.
pub(crate) fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let [r, g, b] = rgb.map(decoded);
    let f = |t: f64| {
        if t > 0.008856 {
            t.cbrt()
        } else {
            7.787 * t + 16.0 / 116.0
        }
    };
    let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
    let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}
