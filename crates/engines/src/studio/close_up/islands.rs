//! Prints, logos, bows and other single things on a garment: structure with calm cloth all around it.
//! A close-up shows one whole or not at all.

use super::{
    super::plane::Plane,
    study::Study,
    window::{Sums, Window},
};

/// Window sides that are tried, as shares of the photo's long side.
const SIDES: [f32; 8] = [0.22, 0.26, 0.31, 0.37, 0.44, 0.52, 0.61, 0.72];
/// Width of the calm border, as a share of the photo's long side.
const BORDER: f32 = 0.02;
/// Structure along each side, against the window's mean, below which the border is calm.
const CALM_MAX: f32 = 0.45;
/// What is looked for first: anything from a small logo up, in a window that is a true close-up.
const SMALL: Reach = Reach {
    structure_min: 0.18,
    garment_max: 0.75,
};
/// What is looked for when there is nothing small: a strong print that takes most of the garment.
const LARGE: Reach = Reach {
    structure_min: 0.9,
    garment_max: 0.9,
};
/// A thing is left out when it has less than this share of the first one's score.
const SCORE_MIN: f32 = 0.25;
/// Structure of the rest of the garment, against the window's, beyond which the cloth is patterned all over.
const BESIDE_MAX: f32 = 0.6;
/// Share of a window that must be garment.
const COVERAGE_MIN: f32 = 0.68;
/// Islands kept.
const COUNT_MAX: usize = 3;

/// Which windows are worth looking at.
#[derive(Clone, Copy)]
struct Reach {
    /// Least mean structure (see [`Study::structure`]).
    structure_min: f32,
    /// The largest share of the garment a window shows.
    garment_max: f32,
}

/// One thing on the garment, with a calm border around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Island {
    /// The window that shows it whole.
    pub(super) window: Window,
    /// The tight box around the thing itself.
    pub(super) core: Window,
}

/// The islands of a garment, the strongest first; none when it is plain or patterned all over.
pub(super) struct Islands<'a> {
    pub(super) list: Vec<Island>,
    structure: &'a Sums,
}

impl<'a> Islands<'a> {
    pub(super) fn find(study: &Study, solid: &Sums, structure: &'a Sums) -> Self {
        let mut islands = Self {
            list: Vec::new(),
            structure,
        };
        let mut least = 0.0;
        while islands.list.len() < COUNT_MAX {
            let Some((score, next)) = islands.strongest(study, solid, SMALL) else {
                break;
            };
            if score < least {
                break;
            }
            least = least.max(SCORE_MIN * score);
            islands.list.push(next);
        }
        if islands.list.is_empty() {
            let large = islands.strongest(study, solid, LARGE);
            islands.list.extend(large.map(|(_, island)| island));
        }
        islands
    }

    /// A window shows part of an island.
    pub(super) fn cut_by(&self, window: &Window) -> bool {
        self.list.iter().any(|island| {
            let whole = self.structure.sum(&island.core);
            let inside = self.structure.sum(&island.core.shared(window));
            (0.004..0.96).contains(&(inside / whole.max(1e-3)))
        })
    }

    /// The window with the most structure for its side among those with a calm border, clear of the islands
    /// already found.
    fn strongest(&self, study: &Study, solid: &Sums, reach: Reach) -> Option<(f32, Island)> {
        let mut best: Option<(f32, Window)> = None;
        for share in SIDES {
            let side = share * study.long_side;
            for window in study.windows(side) {
                let Some(score) = self.score(&window, reach, study, solid) else {
                    continue;
                };
                let clear = self
                    .list
                    .iter()
                    .all(|island| island.core.overlap(&window) < 0.02 * island.core.area());
                if clear && score > best.map_or(0.0, |(best, _)| best) {
                    best = Some((score, window));
                }
            }
        }
        best.map(|(score, window)| {
            let core = tight_box(&study.structure, &window);
            (score, Island { window, core })
        })
    }

    fn score(&self, window: &Window, reach: Reach, study: &Study, solid: &Sums) -> Option<f32> {
        let covered = solid.sum(window);
        if covered < COVERAGE_MIN * window.area() {
            return None;
        }
        let all = self.structure.sum(window);
        let mean = all / covered;
        let rest = study.garment_window();
        let beside = (self.structure.sum(&rest) - all) / (solid.sum(&rest) - covered).max(1.0);
        let fills_all = covered > reach.garment_max * solid.sum(&rest);
        if mean < reach.structure_min || fills_all || beside > BESIDE_MAX * mean {
            return None;
        }
        let sides = window.sides(BORDER * study.long_side);
        let along = sides.map(|side| self.structure.sum(&side) / solid.sum(&side).max(0.3 * side.area()));
        let unrest = along.into_iter().fold(0.0, f32::max) / (CALM_MAX * mean);
        (unrest < 1.0).then(|| all / window.side() * (1.0 - unrest))
    }
}

/// The smallest box around what stands out in a window: at least a third of its strongest structure.
fn tight_box(structure: &Plane, window: &Window) -> Window {
    let columns = window.left.max(0.0) as usize..(window.right().max(0.0) as usize).min(structure.width);
    let rows = window.top.max(0.0) as usize..(window.bottom().max(0.0) as usize).min(structure.height);
    let pixels = || rows.clone().flat_map(|y| columns.clone().map(move |x| (x, y)));
    let peak = pixels().map(|(x, y)| structure.at(x, y)).fold(0.0, f32::max);
    let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    for (x, y) in pixels().filter(|&(x, y)| structure.at(x, y) > 0.33 * peak) {
        let (x, y) = (x as f32, y as f32);
        bounds = [
            bounds[0].min(x),
            bounds[1].min(y),
            bounds[2].max(x + 1.0),
            bounds[3].max(y + 1.0),
        ];
    }
    let [left, top, right, bottom] = bounds;
    if right < left {
        return *window;
    }
    Window {
        left,
        top,
        width: right - left,
        height: bottom - top,
    }
}
