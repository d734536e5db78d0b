//! The first guess: try every place, a ladder of scales and a few angles on thumbnails.

use super::map::Map;
use crate::locks::{colour::Lab, plane::Plane};

/// Each scale of the ladder is this much larger than the one before.
const SCALE_STEP: f32 = 1.07;
/// Difference of colours that counts half, in L*a*b* units.
const COLOUR_HALF: f32 = 20.0;
/// Share of the thumbnail that may lie outside the searched picture.
const OUTSIDE_MAX: f32 = 0.12;

/// What is looked for: a thumbnail and how much each of its pixels counts.
pub(super) struct Template {
    pub(super) lab: Lab,
    pub(super) weight: Plane,
}

/// Where to look for it: a ladder of sizes (share of the searched picture's longer side) and angles in degrees.
pub(super) struct Range {
    /// Longer side of the thumbnail that is looked for, in pixels.
    pub(super) thumb: usize,
    pub(super) share_min: f32,
    pub(super) share_max: f32,
    pub(super) angles: &'static [f32],
}

/// A place where the template may lie. The map leads from template pixels to a searched picture of longer
/// side 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    pub(super) score: f32,
    pub(super) map: Map,
    pub(super) share: f32,
}

/// The best guesses, best first, none beside a better one. `searched(long_side)` gives the searched picture at a size.
pub(super) fn search(
    template: &Template,
    searched: impl Fn(usize) -> Lab,
    range: &Range,
    keep: usize,
) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let mut share = range.share_max;
    while share >= range.share_min {
        let picture = searched((range.thumb as f32 / share).round() as usize);
        let picture = Padded::new(&picture, range.thumb);
        for &angle in range.angles {
            guesses.extend(best_places(template, &picture, angle, share));
        }
        share /= SCALE_STEP;
    }
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
    [(0.0, 0.0), (w, h), (w, 0.0), (0.0, h)]
        .into_iter()
        .all(|(x, y)| {
            let ((ax, ay), (bx, by)) = (one.map.apply(x, y), two.map.apply(x, y));
            (ax - bx).hypot(ay - by) < 0.08 * one.share.max(two.share)
        })
}

struct Probe {
    dx: isize,
    dy: isize,
    lab: [f32; 3],
    weight: f32,
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
            if weight > 0.0 {
                let (dx, dy) = turn.apply(
                    x as f32 + 0.5 - width as f32 / 2.0,
                    y as f32 + 0.5 - height as f32 / 2.0,
                );
                probes.push(Probe {
                    dx: dx.floor() as isize,
                    dy: dy.floor() as isize,
                    lab: template.lab.at(index),
                    weight,
                });
            }
        }
    }
    let total: f32 = probes.iter().map(|probe| probe.weight).sum();
    for probe in &mut probes {
        probe.weight /= total;
    }
    probes
}

/// The three best places of one size and angle.
fn best_places(template: &Template, picture: &Padded, angle: f32, share: f32) -> Vec<Guess> {
    let (tw, th) = (template.lab.width() as f32, template.lab.height() as f32);
    let (pw, ph) = picture.size;
    let columns = centres(pw, tw);
    let rows = centres(ph, th);
    let probes = probes(template, angle);
    let mut found: Vec<Guess> = Vec::new();
    for row in rows {
        for (score, column) in row_scores(&probes, picture, columns.clone(), row)
            .into_iter()
            .zip(columns.clone())
        {
            if found.len() < 3 || score > found[2].score {
                let long = pw.max(ph);
                let map = Map::around(
                    (tw / 2.0, th / 2.0),
                    1.0,
                    angle,
                    (column as f32 + 0.5, row as f32 + 0.5),
                );
                found.push(Guess {
                    score,
                    map: map.resized(1.0, 1.0 / long),
                    share,
                });
                found.sort_by(|one, two| two.score.total_cmp(&one.score));
                found.truncate(3);
            }
        }
    }
    found
}

/// Whole-pixel middles that keep the template in the picture, up to [`OUTSIDE_MAX`].
fn centres(picture: f32, template: f32) -> std::ops::Range<isize> {
    let slack = template * (0.5 - OUTSIDE_MAX);
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
    fn new(picture: &Lab, margin: usize) -> Self {
        let (w, h) = (picture.width(), picture.height());
        let padded = |plane: &Plane| {
            let mut out = Plane::new(w + 2 * margin, h + 2 * margin, 0.0);
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

    fn row(&self, channel: usize, x: isize, y: isize, length: usize) -> &[f32] {
        let plane = &self.planes[channel];
        let at = (y + self.margin) as usize * plane.width + (x + self.margin) as usize;
        &plane.data[at..at + length]
    }
}

/// Correlation over the three channels plus half the closeness of colours, for each middle of one row.
fn row_scores(probes: &[Probe], picture: &Padded, columns: std::ops::Range<isize>, row: isize) -> Vec<f32> {
    let mut sums = vec![Sums::default(); columns.len()];
    for probe in probes {
        let [l, a, b] = [0, 1, 2]
            .map(|channel| picture.row(channel, columns.start + probe.dx, row + probe.dy, columns.len()));
        for (((sums, l), a), b) in sums.iter_mut().zip(l).zip(a).zip(b) {
            sums.add(probe, [*l, *a, *b]);
        }
    }
    let own = Own::of(probes);
    sums.iter().map(|sums| sums.score(&own)).collect()
}

/// Weighted sums over the probes at one middle.
#[derive(Clone, Default)]
struct Sums {
    mean: [f32; 3],
    squares: f32,
    apart: f32,
    close: f32,
}

impl Sums {
    fn add(&mut self, probe: &Probe, seen: [f32; 3]) {
        let (mut squares, mut apart) = (0.0, 0.0);
        for ((mean, v), own) in self.mean.iter_mut().zip(seen).zip(probe.lab) {
            let d = v - own;
            *mean += probe.weight * v;
            squares += v * v;
            apart += d * d;
        }
        self.squares += probe.weight * squares;
        self.apart += probe.weight * apart;
        self.close += probe.weight / (1.0 + apart * (1.0 / (COLOUR_HALF * COLOUR_HALF)));
    }

    fn score(&self, own: &Own) -> f32 {
        let product = |other: &[f32; 3]| self.mean.iter().zip(other).map(|(a, b)| a * b).sum::<f32>();
        let variance = self.squares - product(&self.mean);
        // The cross term follows from (t - v)^2 = t^2 - 2 t v + v^2.
        let cross = (own.squares + self.squares - self.apart) / 2.0;
        let covariance = cross - product(&own.mean);
        covariance / (own.variance * variance.max(0.0) + 4.0).sqrt() + 0.5 * self.close
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
