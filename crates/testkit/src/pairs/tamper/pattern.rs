//! Patterned cloth whose pattern has another size, or is blurred away.

use super::super::{
    mask::{Bounds, Mask},
    plane::{Plane, Value as _, mix},
    subject::{Cut, Subject},
};
use crate::Random;

/// Share of the garment's longer side over which light and shade are kept.
const SHADE: f32 = 0.08;

/// The pattern of the garment's largest free rectangle, another size, laid over the whole garment.
pub(super) fn rescaled(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let factor: f32 = random.between(1.35, 1.6);
    let factor = if random.chance(0.5) { factor } else { 1.0 / factor };
    if !subject.sketch.is_patterned() {
        return None;
    }
    let place = largest_rectangle(&subject.sketch.core)?;
    let scale = cut.width() as f32 / subject.sketch.core.width as f32;
    let [left, top, width, height] =
        [place.left, place.top, place.width, place.height].map(|v| v as f32 * scale);
    let weight = &cut.alpha;
    let shade = cut.colours.blurred_within(weight, SHADE * cut.side());
    let pattern = cut
        .colours
        .zip(&shade, |colour, shade| colour.plus(shade.times(-1.0)));
    let core = subject.sketch.inside.shrunk(1).soft(cut.width(), cut.height());
    let centre = (left + width / 2.0, top + height / 2.0);
    let colours = Plane::from_fn(cut.width(), cut.height(), |x, y| {
        let u = centre.0 + (x as f32 - centre.0) / factor;
        let v = centre.1 + (y as f32 - centre.1) / factor;
        let other = pattern.sample(folded(u, left, width), folded(v, top, height));
        let laid = shade.at(x, y).plus(other).map(|v| v.clamp(0.0, 255.0));
        mix(cut.colours.at(x, y), laid, core.at(x, y))
    });
    Some(Cut {
        colours,
        alpha: cut.alpha,
    })
}

/// Back and forth between two mirrors.
fn folded(at: f32, start: f32, length: f32) -> f32 {
    let t = (at - start).rem_euclid(2.0 * length);
    start + t.min(2.0 * length - t)
}

pub(super) fn smoothed(random: &mut Random, subject: &Subject, cut: Cut) -> Option<Cut> {
    let share = random.between(0.8, 1.0);
    if !subject.sketch.is_patterned() {
        return None;
    }
    let reach = random.between(0.012, 0.03);
    let smooth = cut.colours.blurred_within(&cut.alpha, reach * cut.side());
    Some(Cut {
        colours: cut
            .colours
            .zip(&smooth, |colour, smooth| mix(colour, smooth, share)),
        alpha: cut.alpha,
    })
}

/// The upright rectangle of most area inside a mask, at least a twelfth of the frame wide and high.
fn largest_rectangle(mask: &Mask) -> Option<Bounds> {
    let mut heights = vec![0; mask.width];
    let mut best: Option<Bounds> = None;
    for y in 0..mask.height {
        for (x, height) in heights.iter_mut().enumerate() {
            *height = if mask.at(x, y) { *height + 1 } else { 0 };
        }
        for left in 0..mask.width {
            let mut lowest = usize::MAX;
            for (over, height) in heights[left..].iter().enumerate() {
                lowest = lowest.min(*height);
                if lowest == 0 {
                    break;
                }
                let width = over + 1;
                if best.is_none_or(|best| width * lowest > best.width * best.height) {
                    best = Some(Bounds {
                        left,
                        top: y + 1 - lowest,
                        width,
                        height: lowest,
                    });
                }
            }
        }
    }
    best.filter(|best| best.width * 12 > mask.width && best.height * 12 > mask.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_rectangle_of_an_angle_is_its_longer_arm() {
        let angle = Mask::from_fn(40, 40, |x, y| (5..15).contains(&x) || (y >= 34 && x >= 5));
        let found = largest_rectangle(&angle).unwrap();
        assert_eq!((found.left, found.top, found.width, found.height), (5, 0, 10, 40));
    }

    #[test]
    fn folding_goes_back_and_forth() {
        let path = [9.0, 10.0, 19.0, 20.0, 21.0, 30.0, 31.0].map(|at| folded(at, 10.0, 10.0));
        assert_eq!(path, [11.0, 10.0, 19.0, 20.0, 19.0, 10.0, 11.0]);
    }
}
