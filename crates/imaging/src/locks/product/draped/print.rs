//! Prints of the reference: islands of another colour on the cloth.

use crate::locks::{colour::Lab, plane::Plane};

/// Distance from the cloth's colour from which a pixel is print (see [`distance`]).
pub(super) const APART: f32 = 14.0;
/// How much lightness counts in it: folds change it, dyes change hue.
const LIGHTNESS: f32 = 0.7;
/// Shares of the garment's area a print has.
const AREA: std::ops::RangeInclusive<f32> = 0.0015..=0.6;
/// Share of the garment that prints may take as boxes: what covers more is a pattern. Chosen by eye: the largest chest
/// print of 40 shop photos takes 31 %.
const PATTERN: f32 = 0.4;
/// Boxes closer than this are one print, in frame pixels.
const MEET: i32 = 9;
/// Prints kept, largest first.
const PRINTS_MAX: usize = 6;
/// How far a print may have shifted, in frame pixels, and the step of the search.
const SHIFT: i32 = 5;
/// Every so many pixels of a print are compared, both ways.
const STEP: usize = 2;
/// Weight of colour against lightness.
const COLOUR: f32 = 1.5;

/// A print's box in the frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) low: i32,
    area: i32,
}

impl Print {
    /// Pixels that are printed.
    pub(super) fn area(&self) -> f32 {
        self.area as f32
    }

    /// Pixels of its box.
    pub(super) fn box_area(&self) -> f32 {
        ((self.right - self.left) * (self.low - self.top)) as f32
    }

    /// In the print's box or no further than that from it.
    pub(super) fn is_near(&self, x: i32, y: i32, by: i32) -> bool {
        x >= self.left - by && x < self.right + by && y >= self.top - by && y < self.low + by
    }
}

/// These prints are a pattern of a garment of `whole` pixels.
pub(super) fn are_pattern(prints: &[Print], whole: f32) -> bool {
    prints.iter().map(Print::box_area).sum::<f32>() >= PATTERN * whole
}

/// The prints of a garment; its outline and what touches it are none.
pub(super) fn prints(lab: &Lab, mask: &Plane, core: &Plane) -> Vec<Print> {
    let Some(cloth) = median(lab, core) else {
        return Vec::new();
    };
    let mut other = core.clone();
    for (index, value) in other.data.iter_mut().enumerate() {
        let is_print = *value > 0.5 && distance(lab.at(index), cloth) > APART;
        *value = f32::from(u8::from(is_print));
    }
    let inner = mask.eroded(9);
    let whole = mask.sum() as f32;
    let kept = components(&other.dilated(2), &other, &inner)
        .into_iter()
        .filter(|(print, at_rim)| {
            AREA.contains(&(print.area as f32 / whole)) && (*at_rim as f32) < 0.08 * print.area as f32
        })
        .map(|(print, _)| print);
    let mut joined = joined(kept.collect());
    joined.sort_by_key(|print| -print.area);
    joined.truncate(PRINTS_MAX);
    joined
}

/// Of two colours (L*a*b* units), lightness counting less.
pub(super) fn distance(one: [f32; 3], two: [f32; 3]) -> f32 {
    let (l, a, b) = (LIGHTNESS * (one[0] - two[0]), one[1] - two[1], one[2] - two[2]);
    (l * l + a * a + b * b).sqrt()
}

/// Islands of `joined`, with the pixels of `own` in each and how many of those lie outside of `inner`.
pub(super) fn components(joined: &Plane, own: &Plane, inner: &Plane) -> Vec<(Print, i32)> {
    let islands = joined.islands().into_iter();
    islands
        .filter_map(|island| component(&island, own, inner))
        .collect()
}

fn component(island: &[usize], own: &Plane, inner: &Plane) -> Option<(Print, i32)> {
    let mut print = Print {
        left: i32::MAX,
        top: i32::MAX,
        right: 0,
        low: 0,
        area: 0,
    };
    let mut at_rim = 0;
    for &index in island.iter().filter(|&&index| own.data[index] > 0.5) {
        let (x, y) = ((index % own.width) as i32, (index / own.width) as i32);
        print.left = print.left.min(x);
        print.right = print.right.max(x + 1);
        print.top = print.top.min(y);
        print.low = print.low.max(y + 1);
        print.area += 1;
        at_rim += i32::from(inner.data[index] < 0.5);
    }
    (print.area > 0).then_some((print, at_rim))
}

/// Prints that nearly touch, as one.
fn joined(mut prints: Vec<Print>) -> Vec<Print> {
    let mut done: Vec<Print> = Vec::new();
    while let Some(mut print) = prints.pop() {
        let meets = |other: &Print| {
            other.left - MEET <= print.right
                && print.left - MEET <= other.right
                && other.top - MEET <= print.low
                && print.top - MEET <= other.low
        };
        match done.iter().position(meets) {
            None => done.push(print),
            Some(at) => {
                let other = done.swap_remove(at);
                print.left = print.left.min(other.left);
                print.right = print.right.max(other.right);
                print.top = print.top.min(other.top);
                print.low = print.low.max(other.low);
                print.area += other.area;
                // The larger box may meet others now.
                prints.push(print);
            }
        }
    }
    done
}

/// Median per channel over a mask.
pub(super) fn median(lab: &Lab, mask: &Plane) -> Option<[f32; 3]> {
    let channel = |plane: &Plane| {
        let kept = plane.data.iter().zip(&mask.data).filter(|(_, m)| **m > 0.5);
        let mut values: Vec<f32> = kept.map(|(v, _)| *v).collect();
        let middle = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
    };
    Some([channel(&lab.l)?, channel(&lab.a)?, channel(&lab.b)?])
}

/// How well a candidate shows a print, as correlations (-1..=1) at the best shift.
pub(super) struct Likeness {
    pub(super) straight: f32,
    /// Of its mirror image.
    pub(super) mirrored: f32,
    /// Of the print itself and its own mirror image.
    pub(super) symmetry: f32,
}

impl Likeness {
    /// Nothing where less than half of the print can be compared.
    pub(super) fn of(print: &Print, reference: &Lab, candidate: &Lab, ok: &Plane) -> Option<Self> {
        Some(Self {
            straight: best(print, reference, candidate, ok, false)?,
            mirrored: best(print, reference, candidate, ok, true)?,
            symmetry: best(print, reference, reference, ok, true)?,
        })
    }
}

fn best(print: &Print, reference: &Lab, candidate: &Lab, ok: &Plane, mirrored: bool) -> Option<f32> {
    let shifts = (-SHIFT..=SHIFT).step_by(STEP);
    let all = shifts
        .clone()
        .flat_map(|dy| shifts.clone().map(move |dx| (dx, dy)));
    all.filter_map(|shift| correlation(print, reference, candidate, ok, shift, mirrored))
        .max_by(f32::total_cmp)
}

fn correlation(
    print: &Print,
    reference: &Lab,
    candidate: &Lab,
    ok: &Plane,
    (dx, dy): (i32, i32),
    mirrored: bool,
) -> Option<f32> {
    let (width, height) = (ok.width as i32, ok.height as i32);
    let mut n = 0.0_f32;
    let mut cells = 0;
    let (mut sums, mut squares, mut cross) = ([[0.0_f32; 3]; 2], [0.0_f32; 2], 0.0_f32);
    for y in (print.top..print.low).step_by(STEP) {
        for x in (print.left..print.right).step_by(STEP) {
            cells += 1;
            let from = if mirrored {
                print.left + print.right - 1 - x
            } else {
                x
            };
            let (u, v) = (x + dx, y + dy);
            if u < 0 || v < 0 || u >= width || v >= height {
                continue;
            }
            let (own, other) = ((y * width + from) as usize, (v * width + u) as usize);
            if ok.data[other] < 0.5 {
                continue;
            }
            n += 1.0;
            let weighted = |[l, a, b]: [f32; 3]| [l, COLOUR * a, COLOUR * b];
            let (one, two) = (weighted(reference.at(own)), weighted(candidate.at(other)));
            for c in 0..3 {
                sums[0][c] += one[c];
                sums[1][c] += two[c];
                squares[0] += one[c] * one[c];
                squares[1] += two[c] * two[c];
                cross += one[c] * two[c];
            }
        }
    }
    if n < 0.5 * cells as f32 || n < 30.0 {
        return None;
    }
    let product = |one: [f32; 3], two: [f32; 3]| one.iter().zip(two).map(|(a, b)| a * b).sum::<f32>() / n;
    let covariance = cross - product(sums[0], sums[1]);
    let spread = |side: usize| (squares[side] - product(sums[side], sums[side])).max(0.0) + 4.0 * n;
    Some(covariance / (spread(0) * spread(1)).sqrt())
}
