//! Where cloth repeats itself: shifts at which structure correlates again.

use super::map::Map;
use crate::locks::plane::Plane;

/// Shifts are tried up to this share of the template's longer side, each way.
const REACH: f32 = 0.25;
/// Every so many pixels of the template are looked at, both ways.
const STEP: usize = 2;
/// A shift whose correlation is less than this share of the best is no repeat.
const REPEAT_MIN: f32 = 0.5;
/// Repeats brought back at most.
const REPEATS_MAX: usize = 10;

/// Places closer than this, in template pixels, are one.
const BESIDE: f32 = 4.0;

/// Shifts in template pixels at which the moving picture, seen through the map, correlates with the template: local
/// maxima, best first.
pub(super) fn repeats(template: &Plane, weight: &Plane, moving: &Plane, map: Map) -> Vec<(f32, f32)> {
    let reach = (REACH * template.width.max(template.height) as f32) as usize;
    let seen = padded(moving, map, (template.width, template.height), reach as isize);
    peaks(template, weight, &seen, reach)
}

/// The same for a picture that already lies over the template, with a margin of `reach` pixels around.
pub(super) fn peaks(template: &Plane, weight: &Plane, seen: &Plane, reach: usize) -> Vec<(f32, f32)> {
    let side = 2 * reach + 1;
    let mut surface = Plane::new(side, side, 0.0);
    for (index, value) in surface.data.iter_mut().enumerate() {
        *value = correlation_at(template, weight, seen, (index % side, index / side));
    }
    let best = surface.data.iter().copied().fold(0.0, f32::max);
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let value = surface.at(x, y);
            if value >= REPEAT_MIN * best && is_peak(&surface, x, y) {
                found.push((value, x, y));
            }
        }
    }
    let shift = |at: usize| at as f32 - reach as f32;
    // Along a stripe every place fits alike: of equals the nearest comes first, and stands for those beside it.
    let order = |&(value, x, y): &(f32, usize, usize)| ((value * -1000.0).round(), shift(x).hypot(shift(y)));
    found.sort_by(|one, two| {
        let (one, two) = (order(one), order(two));
        one.0.total_cmp(&two.0).then(one.1.total_cmp(&two.1))
    });
    let mut kept: Vec<(f32, f32)> = Vec::new();
    for place in found.into_iter().map(|(_, x, y)| (shift(x), shift(y))) {
        let beside = |other: &(f32, f32)| (other.0 - place.0).hypot(other.1 - place.1) < BESIDE;
        if kept.len() < REPEATS_MAX && !kept.iter().any(beside) {
            kept.push(place);
        }
    }
    kept
}

/// The moving picture in the template's frame, with a margin of `reach` pixels.
fn padded(moving: &Plane, map: Map, (width, height): (usize, usize), reach: isize) -> Plane {
    let margin = 2 * reach as usize;
    let mut out = Plane::new(width + margin, height + margin, 0.0);
    for (index, value) in out.data.iter_mut().enumerate() {
        let (x, y) = (
            (index % (width + margin)) as f32,
            (index / (width + margin)) as f32,
        );
        let (u, v) = map.apply(x - reach as f32 + 0.5, y - reach as f32 + 0.5);
        *value = moving.sample(u, v);
    }
    out
}

fn correlation_at(template: &Plane, weight: &Plane, seen: &Plane, (left, top): (usize, usize)) -> f32 {
    let (mut n, mut t1, mut m1, mut tt, mut mm, mut tm) = (0.0_f32, 0.0, 0.0, 0.0, 0.0, 0.0);
    for y in (0..template.height).step_by(STEP) {
        let own = &template.data[y * template.width..][..template.width];
        let weights = &weight.data[y * template.width..][..template.width];
        let other = &seen.data[(y + top) * seen.width + left..][..template.width];
        for ((&t, &w), &m) in own.iter().zip(weights).zip(other).step_by(STEP) {
            n += w;
            t1 += w * t;
            m1 += w * m;
            tt += w * t * t;
            mm += w * m * m;
            tm += w * t * m;
        }
    }
    let variances = (tt * n - t1 * t1) * (mm * n - m1 * m1);
    (tm * n - t1 * m1) / (variances.max(0.0).sqrt() + 1e-3)
}

/// No neighbour within two pixels is better.
fn is_peak(surface: &Plane, x: usize, y: usize) -> bool {
    let value = surface.at(x, y);
    let near = |at: usize, last: usize| at.saturating_sub(2)..=(at + 2).min(last - 1);
    near(y, surface.height).all(|j| near(x, surface.width).all(|i| surface.at(i, j) <= value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_repeat_at_their_period() {
        let stripes = |height: usize, from: f32| Plane {
            width: 60,
            height,
            data: (0..60 * height)
                .map(|i| (((i / 60) as f32 + from) / 8.0 * std::f32::consts::TAU).sin())
                .collect(),
        };
        let weight = Plane::new(60, 60, 1.0);
        let found = repeats(
            &stripes(60, 30.0),
            &weight,
            &stripes(120, 0.0),
            Map {
                y0: 30.0,
                ..Map::IDENTITY
            },
        );
        for shift in [-8.0, 0.0, 8.0] {
            assert!(
                found.iter().any(|&(_, dy)| (dy - shift).abs() <= 1.0),
                "{shift} is not among {found:?}"
            );
        }
        assert!(
            found
                .iter()
                .all(|&(_, dy)| (dy / 8.0 - (dy / 8.0).round()).abs() < 0.2),
            "{found:?}"
        );
    }
}
