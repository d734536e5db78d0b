//! Garments made wrong on purpose, one fault at a time.

use image::Rgba;
use imaging::{locks::ciede2000::ciede2000, vision::Cutout};

use crate::lab::{lab, stored};

/// The cut-out with every pixel's colour changed where `change` says so; x and y are shares of the bounds.
fn repainted(cutout: &Cutout, change: impl Fn(f64, f64, [u16; 3]) -> [u16; 3]) -> Cutout {
    let mut out = cutout.clone();
    let [left, top, width, height] = cutout.bounds.map(f64::from);
    for (x, y, pixel) in out.pixels.enumerate_pixels_mut() {
        if pixel[3] > 0 {
            let (u, v) = ((f64::from(x) - left) / width, (f64::from(y) - top) / height);
            let [r, g, b] = change(u, v, [pixel[0], pixel[1], pixel[2]]);
            *pixel = Rgba([r, g, b, pixel[3]]);
        }
    }
    out
}

/// The median colour of the garment, per L*a*b* channel.
pub(crate) fn median(cutout: &Cutout) -> [f64; 3] {
    let opaque = cutout.pixels.pixels().filter(|p| p[3] > 60000).step_by(7);
    let labs: Vec<[f64; 3]> = opaque.map(|p| lab([p[0], p[1], p[2]])).collect();
    std::array::from_fn(|channel| {
        let mut values: Vec<f64> = labs.iter().map(|lab| lab[channel]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    })
}

/// A shift in L*a*b* that moves the median colour by `delta_e` (CIEDE2000) towards a hue.
fn shift(cutout: &Cutout, delta_e: f64, hue_degrees: f64) -> [f64; 3] {
    let from = median(cutout);
    let lighter = if from[0] < 50.0 { 0.5 } else { -0.5 };
    let (sin, cos) = hue_degrees.to_radians().sin_cos();
    let at = |k: f64| [from[0] + lighter * k, from[1] + cos * k, from[2] + sin * k];
    let (mut low, mut high) = (0.0, 150.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        // What can be stored, not what was asked for: saturated colours clip.
        let reached = lab(stored(at(middle)));
        if ciede2000(from, reached) < delta_e {
            low = middle;
        } else {
            high = middle;
        }
    }
    [lighter * high, cos * high, sin * high]
}

/// The whole garment in another colour.
pub(crate) fn recoloured(cutout: &Cutout, delta_e: f64, hue_degrees: f64) -> Cutout {
    part_recoloured(cutout, delta_e, hue_degrees, |_, _| true)
}

/// A part of the garment in another colour; the part is chosen by shares of the bounds.
pub(crate) fn part_recoloured(
    cutout: &Cutout,
    delta_e: f64,
    hue_degrees: f64,
    part: impl Fn(f64, f64) -> bool,
) -> Cutout {
    let shift = shift(cutout, delta_e, hue_degrees);
    repainted(cutout, |u, v, rgb| {
        if !part(u, v) {
            return rgb;
        }
        let from = lab(rgb);
        stored(std::array::from_fn(|i| from[i] + shift[i]))
    })
}

/// Shares of the bounds where prints sit: left, top, right, bottom.
const CHEST: [f64; 4] = [0.28, 0.2, 0.72, 0.58];

fn in_chest(u: f64, v: f64) -> bool {
    u >= CHEST[0] && v >= CHEST[1] && u < CHEST[2] && v < CHEST[3]
}

/// The chest painted over in the colour around it.
pub(crate) fn print_erased(cutout: &Cutout) -> Cutout {
    let [left, top, width, height] = cutout.bounds.map(f64::from);
    let at = |u: f64, v: f64| {
        let x = (left + u * width) as u32;
        let y = (top + v * height) as u32;
        let p = cutout.pixels.get_pixel(x, y);
        [p[0], p[1], p[2]].map(f64::from)
    };
    repainted(cutout, |u, v, rgb| {
        if !in_chest(u, v) {
            return rgb;
        }
        // Across, from the cloth left of the chest to the cloth right of it.
        let share = (u - CHEST[0]) / (CHEST[2] - CHEST[0]);
        let (one, two) = (at(CHEST[0] - 0.01, v), at(CHEST[2] + 0.01, v));
        std::array::from_fn(|i| (one[i] * (1.0 - share) + two[i] * share) as u16)
    })
}

/// The chest seen in a mirror.
pub(crate) fn print_mirrored(cutout: &Cutout) -> Cutout {
    let [left, _, width, _] = cutout.bounds;
    let low = left + (CHEST[0] * f64::from(width)) as u32;
    let high = left + (CHEST[2] * f64::from(width)) as u32;
    let mut out = cutout.clone();
    for y in cutout.bounds[1]..cutout.bounds[1] + cutout.bounds[3] {
        let v = f64::from(y - cutout.bounds[1]) / f64::from(cutout.bounds[3]);
        if (CHEST[1]..CHEST[3]).contains(&v) {
            for x in low..=high {
                let from = cutout.pixels.get_pixel(low + high - x, y);
                let alpha = cutout.pixels.get_pixel(x, y)[3].min(from[3]);
                out.pixels
                    .put_pixel(x, y, Rgba([from[0], from[1], from[2], alpha]));
            }
        }
    }
    out
}

/// The whole garment seen in a mirror.
pub(crate) fn mirrored(cutout: &Cutout) -> Cutout {
    let mut out = cutout.clone();
    out.pixels = image::imageops::flip_horizontal(&cutout.pixels);
    out.bounds[0] = cutout.pixels.width() - cutout.bounds[0] - cutout.bounds[2];
    out
}

/// Everything below a share of the height is gone.
pub(crate) fn shortened(cutout: &Cutout, share: f64) -> Cutout {
    let mut out = cutout.clone();
    let keep = (f64::from(cutout.bounds[3]) * (1.0 - share)) as u32;
    for (_, y, pixel) in out.pixels.enumerate_pixels_mut() {
        if y >= cutout.bounds[1] + keep {
            *pixel = Rgba([0; 4]);
        }
    }
    out.bounds[3] = keep;
    out
}

/// Another garment's cloth in this garment's outline.
pub(crate) fn swapped(cutout: &Cutout, other: &Cutout) -> Cutout {
    let [left, top, width, height] = other.bounds.map(f64::from);
    let fallback = stored(median(other));
    repainted(cutout, |u, v, _| {
        let x = (left + u.clamp(0.0, 0.999) * width) as u32;
        let y = (top + v.clamp(0.0, 0.999) * height) as u32;
        let p = other.pixels.get_pixel(x, y);
        if p[3] > 60000 {
            [p[0], p[1], p[2]]
        } else {
            fallback
        }
    })
}

/// Mean CIEDE2000 between two cut-outs of one size where both are opaque: how visible a tamper is.
pub(crate) fn visible(one: &Cutout, two: &Cutout) -> f64 {
    let pairs = one.pixels.pixels().zip(two.pixels.pixels()).step_by(5);
    let apart: Vec<f64> = pairs
        .filter(|(p, q)| p[3] > 60000 && q[3] > 60000)
        .map(|(p, q)| ciede2000(lab([p[0], p[1], p[2]]), lab([q[0], q[1], q[2]])))
        .collect();
    apart.iter().sum::<f64>() / apart.len().max(1) as f64
}
