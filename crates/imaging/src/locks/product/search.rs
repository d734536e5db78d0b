//! The first guess: try every place, a ladder of scales and a few angles on thumbnails.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use super::map::Map;
use crate::locks::{
    colour::Lab,
    plane::{Plane, vectorised},
};

/// Each scale of the ladder is this much larger than the one before.
const SCALE_STEP: f32 = 1.07;
/// Difference of colours that counts half, in L*a*b* units.
const COLOUR_HALF: f32 = 20.0;
/// How much the colours of the garment around it speak against a place.
const AROUND: f32 = 0.6;
/// Contrast (variance over L*a*b*) that counts as flat: below it, correlation fades.
const FLAT: f32 = 0.5;
/// Middles that are scored together.
const BLOCK: usize = 8;
/// Share of the thumbnail that may lie outside the searched picture.
const OUTSIDE_MAX: f32 = 0.12;

/// Longer sides of the two thumbnails, in pixels: a coarse one to try every place with, and one to look again.
pub(super) const THUMBS: [usize; 2] = [16, 32];
/// Coarse guesses that are looked at again on the second thumbnail.
const COARSE_GUESSES: usize = 24;

/// What is looked for: a thumbnail and how much each of its pixels counts.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) lab: Lab,
    pub(super) weight: Plane,
    /// Shares of what lies around it, if that shall not have its colours: the template's own there are the nearest of
    /// the garment. A plain garment fits anywhere on its own cloth otherwise.
    pub(super) around: Option<Plane>,
}

/// Where to look for it: a ladder of sizes (share of the searched picture's longer side) and angles in degrees.
pub(super) struct Range {
    pub(super) share_min: f32,
    pub(super) share_max: f32,
    pub(super) angles: &'static [f32],
}

/// A place where the template may lie. The map leads from a template of longer side 1 to a searched picture of
/// longer side 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    pub(super) score: f32,
    pub(super) map: Map,
    share: f32,
    angle: f32,
}

/// The best guesses, best first, none beside a better one; what is looked for is given at the sizes of [`THUMBS`].
pub(super) fn search(
    [coarse, fine]: &[Template; 2],
    searched: &Lab,
    range: &Range,
    keep: usize,
) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let mut share = range.share_max;
    while share >= range.share_min {
        let picture = Padded::new(searched, THUMBS[0] as f32 / share, THUMBS[0]);
        for &angle in range.angles {
            let (columns, rows) = (
                centres(picture.size.0, &coarse.lab.l, 0),
                centres(picture.size.1, &coarse.lab.l, 1),
            );
            guesses.extend(best_places(coarse, &picture, (angle, share), &columns, &rows));
        }
        share /= SCALE_STEP;
    }
    let mut best = distinct(guesses, COARSE_GUESSES, coarse);
    best.sort_by(|one, two| one.share.total_cmp(&two.share));
    let again = best
        .chunk_by(|one, two| one.share == two.share)
        .flat_map(|same| {
            let picture = Padded::new(searched, THUMBS[1] as f32 / same[0].share, THUMBS[1]);
            let again = |guess| looked_at_again(fine, &picture, guess);
            same.iter().filter_map(again).collect::<Vec<_>>()
        })
        .collect();
    distinct(again, keep, fine)
}

/// The best place near a coarse guess, on the second thumbnail.
fn looked_at_again(template: &Template, picture: &Padded, guess: &Guess) -> Option<Guess> {
    let long = picture.size.0.max(picture.size.1);
    let (w, h) = (template.lab.width() as f32, template.lab.height() as f32);
    let (x, y) = guess.map.apply(w / w.max(h) / 2.0, h / w.max(h) / 2.0);
    let around = |middle: f32, side: f32| {
        let middle = (middle * long).round().clamp(0.0, side - 1.0) as isize;
        (middle - 2).max(0)..(middle + 3).min(side as isize)
    };
    let (columns, rows) = (around(x, picture.size.0), around(y, picture.size.1));
    best_places(template, picture, (guess.angle, guess.share), &columns, &rows)
        .into_iter()
        .next()
}

fn distinct(mut guesses: Vec<Guess>, keep: usize, template: &Template) -> Vec<Guess> {
    guesses.sort_by(|one, two| two.score.total_cmp(&one.score));
    let mut kept: Vec<Guess> = Vec::new();
    for guess in guesses {
        if kept.len() < keep && kept.iter().all(|better| !beside(template, better, &guess)) {
            kept.push(guess);
        }
    }
    kept
}

fn beside(template: &Template, one: &Guess, two: &Guess) -> bool {
    let (w, h) = (template.lab.width() as f32, template.lab.height() as f32);
    let (w, h) = (w / w.max(h), h / w.max(h));
    [(0.0, 0.0), (w, h), (w, 0.0), (0.0, h)]
        .into_iter()
        .all(|(x, y)| {
            let ((ax, ay), (bx, by)) = (one.map.apply(x, y), two.map.apply(x, y));
            (ax - bx).hypot(ay - by) < 0.06 * one.share.max(two.share)
        })
}

struct Probe {
    dx: isize,
    dy: isize,
    lab: [f32; 3],
    weight: f32,
    /// How much it counts that the colours are close; below 0 around the garment.
    closeness: f32,
}

/// Every second pixel of the template that counts, as a turned, whole-pixel offset from its middle. The weights
/// sum to 1.
fn probes(template: &Template, angle: f32) -> Vec<Probe> {
    let (width, height) = (template.lab.width(), template.lab.height());
    let turn = Map::around((0.0, 0.0), 1.0, angle, (0.0, 0.0));
    let mut probes = Vec::new();
    for y in (0..height).step_by(2) {
        for x in (y / 2 % 2..width).step_by(2) {
            let index = y * width + x;
            let weight = template.weight.data[index];
            let around = template.around.as_ref().map_or(0.0, |plane| plane.data[index]);
            if weight > 0.0 || around > 0.0 {
                let (dx, dy) = turn.apply(
                    x as f32 + 0.5 - width as f32 / 2.0,
                    y as f32 + 0.5 - height as f32 / 2.0,
                );
                probes.push(Probe {
                    dx: (dx + middle(width)).floor() as isize,
                    dy: (dy + middle(height)).floor() as isize,
                    lab: template.lab.at(index),
                    weight,
                    closeness: around,
                });
            }
        }
    }
    let total: f32 = probes.iter().map(|probe| probe.weight).sum();
    let around: f32 = probes.iter().map(|probe| probe.closeness).sum();
    for probe in &mut probes {
        probe.weight /= total;
        probe.closeness = probe.weight - AROUND * probe.closeness / around.max(1e-6);
    }
    probes
}

/// Where the middle of so many pixels lies within its own pixel.
fn middle(side: usize) -> f32 {
    if side.is_multiple_of(2) { 0.0 } else { 0.5 }
}

/// The three best places of one angle and size, among these middles.
fn best_places(
    template: &Template,
    picture: &Padded,
    (angle, share): (f32, f32),
    columns: &std::ops::Range<isize>,
    rows: &std::ops::Range<isize>,
) -> Vec<Guess> {
    let (width, height) = (template.lab.width(), template.lab.height());
    let probes = probes(template, angle);
    let own = Own::of(&probes);
    let mut found: Vec<(f32, isize, isize)> = Vec::new();
    for row in rows.clone() {
        for (score, column) in row_scores(&probes, &own, picture, columns, row)
            .into_iter()
            .zip(columns.clone())
        {
            if found.len() < 3 || score > found[2].0 {
                found.push((score, column, row));
                found.sort_by(|one, two| two.0.total_cmp(&one.0));
                found.truncate(3);
            }
        }
    }
    let (own_long, long) = (width.max(height) as f32, picture.size.0.max(picture.size.1));
    let guess = |(score, column, row): (f32, isize, isize)| {
        let centre = (width as f32 / 2.0, height as f32 / 2.0);
        let target = (column as f32 + middle(width), row as f32 + middle(height));
        Guess {
            score,
            map: Map::around(centre, 1.0, angle, target).resized(1.0 / own_long, 1.0 / long),
            share,
            angle,
        }
    };
    found.into_iter().map(guess).collect()
}

/// Whole-pixel middles that keep the template in the picture, up to [`OUTSIDE_MAX`].
fn centres(picture: f32, template: &Plane, axis: usize) -> std::ops::Range<isize> {
    let slack = [template.width, template.height][axis] as f32 * (0.5 - OUTSIDE_MAX);
    let (low, high) = (slack.floor(), (picture - slack).ceil());
    if high <= low {
        let middle = (picture / 2.0).floor();
        return middle as isize..middle as isize + 1;
    }
    low as isize..high as isize
}

/// Rows with their ends repeated, so that every probe lands somewhere.
struct Padded {
    planes: [Plane; 3],
    margin: isize,
    /// Width and height without the margin.
    size: (f32, f32),
}

impl Padded {
    /// The picture at a longer side, its border repeated over a margin (and a block more to the right).
    fn new(picture: &Lab, long_side: f32, margin: usize) -> Self {
        let factor = (long_side / picture.width().max(picture.height()) as f32).min(1.0);
        let side = |length: usize| ((length as f32 * factor).round() as usize).max(1);
        let (w, h) = (side(picture.width()), side(picture.height()));
        let padded = |plane: &Plane| {
            let plane = plane.resized(w, h);
            let mut out = Plane::new(w + 2 * margin + BLOCK, h + 2 * margin, 0.0);
            for y in 0..out.height {
                for x in 0..out.width {
                    let (i, j) = (
                        x.saturating_sub(margin).min(w - 1),
                        y.saturating_sub(margin).min(h - 1),
                    );
                    out.data[y * out.width + x] = plane.at(i, j);
                }
            }
            out
        };
        Self {
            planes: [padded(&picture.l), padded(&picture.a), padded(&picture.b)],
            margin: margin as isize,
            size: (w as f32, h as f32),
        }
    }

    #[inline(always)]
    fn block(&self, channel: usize, x: isize, y: isize) -> &[f32; BLOCK] {
        let plane = &self.planes[channel];
        let at = (y + self.margin) as usize * plane.width + (x + self.margin) as usize;
        plane.data[at..].first_chunk().unwrap_or(&[0.0; BLOCK])
    }
}

/// Correlation over the three channels plus half the closeness of colours, for each middle of one row.
fn row_scores(
    probes: &[Probe],
    own: &Own,
    picture: &Padded,
    columns: &std::ops::Range<isize>,
    row: isize,
) -> Vec<f32> {
    let mut scores = Vec::with_capacity(columns.len() + BLOCK);
    for first in columns.clone().step_by(BLOCK) {
        let mut sums = Sums::default();
        vectorised(|| {
            for probe in probes {
                let at = |channel: usize| picture.block(channel, first + probe.dx, row + probe.dy);
                sums.add(probe, [at(0), at(1), at(2)]);
            }
        });
        scores.extend((0..BLOCK).map(|lane| sums.score(own, lane)));
    }
    scores.truncate(columns.len());
    scores
}

/// Weighted sums over the probes, for [`BLOCK`] neighbouring middles at once.
#[derive(Default)]
struct Sums {
    mean: [[f32; BLOCK]; 3],
    squares: [f32; BLOCK],
    apart: [f32; BLOCK],
    close: [f32; BLOCK],
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, probe: &Probe, seen: [&[f32; BLOCK]; 3]) {
        let w = probe.weight;
        for lane in 0..BLOCK {
            let [l, a, b] = seen.map(|values| values[lane]);
            let (dl, da, db) = (l - probe.lab[0], a - probe.lab[1], b - probe.lab[2]);
            let apart = dl * dl + da * da + db * db;
            self.mean[0][lane] += w * l;
            self.mean[1][lane] += w * a;
            self.mean[2][lane] += w * b;
            self.squares[lane] += w * (l * l + a * a + b * b);
            self.apart[lane] += w * apart;
            self.close[lane] += probe.closeness / (1.0 + apart * (1.0 / (COLOUR_HALF * COLOUR_HALF)));
        }
    }

    fn score(&self, own: &Own, lane: usize) -> f32 {
        let mean = self.mean.map(|values| values[lane]);
        let product = |other: &[f32; 3]| mean.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let variance = (self.squares[lane] - product(&mean)).max(0.0);
        // The cross term follows from (t - v)^2 = t^2 - 2 t v + v^2.
        let cross = (own.squares + self.squares[lane] - self.apart[lane]) / 2.0;
        let covariance = cross - product(&own.mean);
        covariance / (own.variance * variance + FLAT * FLAT).sqrt() + 0.5 * self.close[lane]
    }
}

/// The probes' own sums.
struct Own {
    mean: [f32; 3],
    squares: f32,
    variance: f32,
}

impl Own {
    fn of(probes: &[Probe]) -> Self {
        let mean: [f32; 3] =
            std::array::from_fn(|channel| probes.iter().map(|p| p.weight * p.lab[channel]).sum());
        let squares: f32 = probes
            .iter()
            .map(|p| p.weight * p.lab.iter().map(|v| v * v).sum::<f32>())
            .sum();
        let variance = (squares - mean.iter().map(|m| m * m).sum::<f32>()).max(0.0);
        Self {
            mean,
            squares,
            variance,
        }
    }
}
