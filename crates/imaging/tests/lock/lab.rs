//! sRGB to CIE L*a*b* and back, for tampering with colours by a known amount.

/// L*a*b* of a stored 16-bit sRGB colour.
pub(crate) fn lab([r, g, b]: [u16; 3]) -> [f64; 3] {
    let [r, g, b] = [r, g, b].map(|v| decode(f64::from(v) / 65535.0));
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

/// The nearest stored 16-bit sRGB colour.
pub(crate) fn stored([l, a, b]: [f64; 3]) -> [u16; 3] {
    let y = (l + 16.0) / 116.0;
    let f = |t: f64| {
        if t > 0.206893 {
            t.powi(3)
        } else {
            (t - 16.0 / 116.0) / 7.787
        }
    };
    let (x, y, z) = (0.95047 * f(y + a / 500.0), f(y), 1.08883 * f(y - b / 200.0));
    [
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    ]
    .map(|v| (encode(v.clamp(0.0, 1.0)) * 65535.0).round() as u16)
}

fn decode(v: f64) -> f64 {
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

fn encode(v: f64) -> f64 {
    if v <= 0.0031308 {
        12.92 * v
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    }
}
