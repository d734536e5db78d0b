//! Whether two pictures hold the same colours in the same shares, wherever they lie.

use super::pair::Pair;
use crate::locks::plane::Plane;

/// Mean distance between the sorted values of L*, a* and b* (the earth mover's distance per channel, summed as a
/// length): 0 for the same cloth at another place.
pub(super) fn distance(pair: &Pair) -> f32 {
    let mask = pair
        .alpha
        .with(&pair.inside, |a, i| if a > 0.97 { i } else { 0.0 });
    let (one, two) = (&pair.reference, &pair.candidate);
    let apart = |one: &Plane, two: &Plane| {
        let (one, two) = (sorted(one, &mask), sorted(two, &mask));
        let total: f32 = one.iter().zip(&two).map(|(a, b)| (a - b).abs()).sum();
        total / one.len().max(1) as f32
    };
    let [l, a, b] = [(&one.l, &two.l), (&one.a, &two.a), (&one.b, &two.b)].map(|(o, t)| apart(o, t));
    (l * l + a * a + b * b).sqrt()
}

fn sorted(plane: &Plane, mask: &Plane) -> Vec<f32> {
    let kept = plane.data.iter().zip(&mask.data).filter(|(_, m)| **m > 0.5);
    let mut values: Vec<f32> = kept.map(|(v, _)| *v).collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}
