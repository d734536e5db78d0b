//! The regions of a garment worth a close-up, the most telling first.

use serde::Serialize;

use super::{
    prints::Prints,
    study::Study,
    window::{Sums, Window},
};

/// Window sides as shares of the photo's long side.
const SIDE_MIN: f32 = 0.25;
const SIDE_MAX: f32 = 0.45;
/// Share of a window that must be garment.
const COVERAGE_MIN: f32 = 0.90;
/// Share of the smaller of two windows that both may show before one is dropped.
const SHARED_MAX: f32 = 0.60;
/// Air around a print, as a factor on its box.
const PRINT_AIR: f32 = 1.24;

/// What a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A print, a logo, or what stands out most.
    Feature,
    /// Collar, neckline or waistband.
    Top,
    /// Cloth and its texture.
    Fabric,
    /// Hem or cuffs.
    Hem,
}

impl Kind {
    /// The words a note uses.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Feature => "the print or feature that stands out most",
            Self::Top => "collar, neckline or waistband",
            Self::Fabric => "the fabric",
            Self::Hem => "the hem",
        }
    }
}

/// A region to show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Region {
    pub(super) kind: Kind,
    pub(super) window: Window,
}

/// At most three regions, no two of them much the same, no print cut.
pub(super) fn regions(study: &Study) -> Vec<Region> {
    let search = Search::new(study);
    let candidates = [
        (Kind::Feature, search.feature()),
        (Kind::Top, search.top()),
        (Kind::Fabric, search.fabric()),
        (Kind::Hem, search.hem()),
    ];
    let mut chosen: Vec<Region> = Vec::new();
    for (kind, window) in candidates {
        let Some(window) = window else { continue };
        let repeats = chosen.iter().any(|region| {
            let smaller = region.window.area().min(window.area());
            region.window.overlap(&window) > SHARED_MAX * smaller
        });
        if !repeats && chosen.len() < 3 {
            chosen.push(Region { kind, window });
        }
    }
    chosen
}

struct Search<'a> {
    study: &'a Study,
    prints: Prints,
    solid: Sums,
    saliency: Sums,
    saliency_squared: Sums,
    texture: Sums,
}

impl<'a> Search<'a> {
    fn new(study: &'a Study) -> Self {
        Self {
            study,
            prints: Prints::of(study),
            solid: Sums::of(&study.solid),
            saliency: Sums::of(&study.saliency),
            saliency_squared: Sums::of(&study.saliency.map(|value| value * value)),
            texture: Sums::of(&study.texture),
        }
    }

    /// The side of a window that shows this share of the garment's width.
    fn side(&self, share: f32) -> f32 {
        let long = self.study.long_side;
        (share * self.study.garment[2]).clamp(SIDE_MIN * long, SIDE_MAX * long)
    }

    /// A whole print if there is one, else the window where most stands out.
    fn feature(&self) -> Option<Window> {
        self.print_window().or_else(|| self.salient_window())
    }

    fn print_window(&self) -> Option<Window> {
        let [_, _, width, height] = self.study.garment;
        let print = self.prints.list.first()?;
        let mut bounds = print.bounds;
        let fits = |window: &Window| window.width < 0.75 * width && window.height < 0.75 * height;
        if !fits(&bounds) {
            return None;
        }
        // A window that cuts a neighbouring print grows to hold it too, or is given up.
        for _ in 0..4 {
            let window = self.around(&bounds);
            match self.prints.cut_by(&window) {
                None => return (self.solid.mean(&window) > 0.6).then_some(window),
                Some(other) => bounds = bounds.union(&other.bounds),
            }
            if bounds.width > 0.85 * width || bounds.height > 0.85 * height {
                return None;
            }
        }
        None
    }

    fn around(&self, bounds: &Window) -> Window {
        let window = bounds.scaled(PRINT_AIR).widened_to(self.study.aspect);
        let least = SIDE_MIN * self.study.long_side;
        window
            .scaled((least / window.side()).max(1.0))
            .inside(&self.study.solid)
    }

    fn salient_window(&self) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let side = self.side(0.42);
        let score = |window: &Window| {
            let (x, y) = window.centre();
            let off = ((x - left - 0.5 * width) / (0.30 * width)).powi(2)
                + ((y - top - 0.42 * height) / (0.40 * height)).powi(2);
            self.saliency.mean(window) * (-0.5 * off).exp()
        };
        self.search(side, COVERAGE_MIN, score)
    }

    /// Collar or waistband: on the axis, a tenth above the top, lowered until enough of it is garment.
    fn top(&self) -> Option<Window> {
        let side = self.side(0.46);
        let x = self.top_axis();
        let [_, top, _, height] = self.study.garment;
        let mut window = Window::centred(x, 0.0, side, self.study.aspect);
        window.top = top - 0.10 * window.height;
        while window.top < top + 0.5 * height {
            if self.solid.mean(&window) >= 0.55 {
                return self.whole_prints(window);
            }
            window.top += 4.0;
        }
        None
    }

    /// The middle of the garment's uppermost tenth.
    fn top_axis(&self) -> f32 {
        let [left, top, width, height] = self.study.garment;
        let strip = |share: f32| Window {
            left,
            top,
            width: width * share,
            height: 0.1 * height,
        };
        let whole = self.solid.sum(&strip(1.0));
        let middle = (0..=100)
            .map(|step| step as f32 / 100.0)
            .find(|&share| self.solid.sum(&strip(share)) >= 0.5 * whole);
        left + width * middle.unwrap_or(0.5)
    }

    /// The window if it cuts no print; else shortened to end above the print, or grown to hold it.
    fn whole_prints(&self, window: Window) -> Option<Window> {
        let Some(print) = self.prints.cut_by(&window) else {
            return Some(window);
        };
        let long = self.study.long_side;
        let height = print.bounds.top - 0.01 * long - window.top;
        let (x, _) = window.centre();
        if height > 0.0 {
            let mut short = Window::centred(x, 0.0, height * self.study.aspect.sqrt(), self.study.aspect);
            short.top = window.top;
            let enough = short.side() >= 0.8 * SIDE_MIN * long && self.solid.mean(&short) >= 0.5;
            if enough && self.prints.cut_by(&short).is_none() {
                return Some(short);
            }
        }
        None
    }

    /// Cloth with texture and nothing else; smaller windows where a large one does not fit.
    fn fabric(&self) -> Option<Window> {
        let long = self.study.long_side;
        let side = (0.30 * long).min(0.45 * self.study.garment[2]);
        [1.0, 0.8, 0.65].into_iter().find_map(|factor| {
            let side = side * factor;
            if side < 0.18 * long {
                return None;
            }
            let score = |window: &Window| {
                let mean = self.saliency.mean(window);
                let square = self.saliency_squared.mean(window);
                let spread = (square - mean * mean).max(0.0).sqrt();
                let fine = self.texture.mean(window);
                if fine < TEXTURE_MIN || self.prints.cut_by(window).is_some() {
                    return f32::MIN;
                }
                -(mean + 2.0 * spread - fine.min(4.0))
            };
            self.search(side, 0.995, score)
        })
    }

    /// The hem or a trouser leg's end: below the middle, lowered as far as enough of it is garment.
    fn hem(&self) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let side = self.side(0.46);
        let mut best: Option<Window> = None;
        for step in 0..=8 {
            let x = left + width * (0.3 + 0.05 * step as f32);
            let mut window = Window::centred(x, 0.0, side, self.study.aspect);
            window.top = top + height - 0.90 * window.height;
            let better = best.is_none_or(|best| self.solid.mean(&window) > self.solid.mean(&best));
            if better && self.solid.mean(&window) >= 0.55 && self.prints.cut_by(&window).is_none() {
                best = Some(window);
            }
        }
        best
    }

    /// The best-scoring window with enough garment in it. Scores of `f32::MIN` are never chosen.
    fn search(&self, side: f32, coverage: f32, score: impl Fn(&Window) -> f32) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let step = (side / 24.0).max(2.0);
        let columns = (width / step) as usize;
        let rows = (height / step) as usize;
        let mut best: Option<(f32, Window)> = None;
        for row in 0..=rows {
            for column in 0..=columns {
                let (x, y) = (left + column as f32 * step, top + row as f32 * step);
                let window = Window::centred(x, y, side, self.study.aspect);
                if self.solid.mean(&window) < coverage {
                    continue;
                }
                let score = score(&window);
                if score > best.map_or(f32::MIN, |(best, _)| best) {
                    best = Some((score, window));
                }
            }
        }
        best.map(|(_, window)| window)
    }
}

/// Mean fine texture, in L units, below which cloth looks like a flat colour.
const TEXTURE_MIN: f32 = 0.35;
