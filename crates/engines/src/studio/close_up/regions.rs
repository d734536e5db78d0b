//! The regions of a garment worth a close-up, the most telling first.

use serde::Serialize;

use super::{
    islands::Islands,
    study::Study,
    window::{Sums, Window},
};

/// The least window side that gives a listing picture, and the largest that still is a close-up, as shares of
/// the photo's long side: on a 1 MP photo the least is 350 pixels.
const SIDE_MIN: f32 = 0.345;
const SIDE_MAX: f32 = 0.48;
/// Share of a window that must be garment.
const COVERAGE_MIN: f32 = 0.90;
/// Share of the smaller of two windows that both may show before one is dropped.
const SHARED_MAX: f32 = 0.50;
/// Least mean fine texture, in L units, of cloth that is worth showing: below it a crop is a flat colour.
const TEXTURE_MIN: f32 = 0.9;
/// Least mean structure of a region that is not plain cloth.
const STRUCTURE_MIN: f32 = 0.5;

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
    /// Mean structure in the window.
    pub(super) structure: f32,
    /// Mean fine texture in the window, in L units.
    pub(super) texture: f32,
}

/// At most three regions, no two of them much the same, no print cut.
pub(super) fn regions(study: &Study) -> Vec<Region> {
    let solid = Sums::of(&study.solid);
    let structure = Sums::of(&study.structure);
    let search = Search {
        study,
        islands: Islands::find(study, &solid, &structure),
        saliency: Sums::of(&study.saliency),
        saliency_squared: Sums::of(&study.saliency.map(|value| value * value)),
        texture: Sums::of(&study.texture),
        structure: &structure,
        solid: &solid,
    };
    search.choose()
}

/// A window shows much of what another one shows.
fn repeats(window: &Window, chosen: &[Window]) -> bool {
    chosen
        .iter()
        .any(|other| other.overlap(window) > SHARED_MAX * other.area().min(window.area()))
}

struct Search<'a> {
    study: &'a Study,
    islands: Islands<'a>,
    solid: &'a Sums,
    structure: &'a Sums,
    saliency: Sums,
    saliency_squared: Sums,
    texture: Sums,
}

impl Search<'_> {
    fn choose(&self) -> Vec<Region> {
        let top = self.top();
        let feature = match self.islands.list.first() {
            Some(island) => Some(self.roomier(island.window)),
            None => self.busiest(top.as_slice()),
        };
        let mut chosen: Vec<Window> = feature.into_iter().collect();
        let mut found: Vec<_> = feature
            .map(|window| self.region(Kind::Feature, window))
            .into_iter()
            .collect();
        for kind in [Kind::Top, Kind::Fabric, Kind::Hem] {
            let window = match kind {
                Kind::Fabric => self.fabric(&chosen),
                Kind::Hem => self.hem(&chosen),
                Kind::Top | Kind::Feature => top.filter(|top| !repeats(top, &chosen)),
            };
            if let Some(window) = window {
                chosen.push(window);
                found.push(self.region(kind, window));
            }
        }
        found.truncate(3);
        found
    }

    fn region(&self, kind: Kind, window: Window) -> Region {
        Region {
            kind,
            window,
            structure: self.structure.mean(&window),
            texture: self.texture.mean(&window),
        }
    }

    /// The side of a window that shows this share of the garment's width: large enough for a listing picture,
    /// but hardly wider than the garment.
    fn side(&self, share: f32) -> f32 {
        let (long, width) = (self.study.long_side, self.study.garment[2]);
        let side = (share * width).clamp(SIDE_MIN * long, SIDE_MAX * long);
        side.min(width / self.study.aspect.sqrt())
    }

    /// The window with most going on in it.
    fn busiest(&self, chosen: &[Window]) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let score = |window: &Window| {
            let (x, y) = window.centre();
            let off = ((x - left - 0.5 * width) / (0.30 * width)).powi(2)
                + ((y - top - 0.42 * height) / (0.40 * height)).powi(2);
            let structure = self.structure.mean(window);
            if structure < STRUCTURE_MIN || repeats(window, chosen) {
                return f32::MIN;
            }
            structure * (-0.5 * off).exp()
        };
        [1.0, 0.8, 0.65]
            .into_iter()
            .find_map(|factor| self.search(factor * self.side(0.5), COVERAGE_MIN, score))
    }

    /// An island's window grown to the least side of a listing picture, if nothing is cut by that.
    fn roomier(&self, window: Window) -> Window {
        let least = SIDE_MIN * self.study.long_side;
        let grown = window
            .scaled((least / window.side()).max(1.0))
            .inside(&self.study.solid);
        if self.islands.cut_by(&grown) || self.solid.mean(&grown) < 0.7 {
            window
        } else {
            grown
        }
    }

    /// Collar or waistband: on the axis, a tenth above the top, lowered until enough of it is garment.
    fn top(&self) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let mut window = Window::centred(left + width / 2.0, 0.0, self.side(0.6), self.study.aspect);
        window.top = top - 0.10 * window.height;
        while window.top < top + 0.35 * height {
            if self.solid.mean(&window) >= 0.55 {
                return self.without_cut(window);
            }
            window.top += 4.0;
        }
        None
    }

    /// The window, or one that ends sooner and starts at the same height, so that no print is cut.
    fn without_cut(&self, window: Window) -> Option<Window> {
        let (x, _) = window.centre();
        (0..12)
            .map(|step| {
                let factor = 1.0 - 0.05 * step as f32;
                let mut shorter = Window::centred(x, 0.0, window.side() * factor, self.study.aspect);
                shorter.top = window.top;
                shorter
            })
            .find(|window| {
                window.side() >= 0.2 * self.study.long_side
                    && self.solid.mean(window) >= 0.5
                    && !self.islands.cut_by(window)
            })
    }

    /// Cloth with texture and nothing else; smaller windows where a large one does not fit.
    fn fabric(&self, chosen: &[Window]) -> Option<Window> {
        let long = self.study.long_side;
        let score = |window: &Window| {
            let mean = self.saliency.mean(window);
            let square = self.saliency_squared.mean(window);
            let spread = (square - mean * mean).max(0.0).sqrt();
            let fine = self.texture.mean(window);
            if fine < TEXTURE_MIN || self.islands.cut_by(window) || repeats(window, chosen) {
                return f32::MIN;
            }
            -(mean + 2.0 * spread - fine.min(4.0))
        };
        [0.345, 0.30, 0.25, 0.20]
            .into_iter()
            .find_map(|share| self.search(share * long, 0.995, score))
    }

    /// The hem or a trouser leg's end: at the bottom, where most of the window is garment.
    fn hem(&self, chosen: &[Window]) -> Option<Window> {
        let [left, top, width, height] = self.study.garment;
        let side = self.side(0.5);
        let mut best: Option<(f32, Window)> = None;
        for step in 0..=12 {
            let x = left + width * (0.2 + 0.05 * step as f32);
            let mut window = Window::centred(x, 0.0, side, self.study.aspect);
            window.top = top + height - 0.90 * window.height;
            let coverage = self.solid.mean(&window);
            let telling = self.structure.mean(&window) >= STRUCTURE_MIN
                && !self.islands.cut_by(&window)
                && !repeats(&window, chosen);
            if coverage >= 0.7 && telling && best.is_none_or(|(most, _)| coverage > most) {
                best = Some((coverage, window));
            }
        }
        best.map(|(_, window)| window)
    }

    /// The best-scoring window with enough garment in it. Scores of `f32::MIN` are never chosen.
    fn search(&self, side: f32, coverage: f32, score: impl Fn(&Window) -> f32) -> Option<Window> {
        let mut best: Option<(f32, Window)> = None;
        for window in self.study.windows(side) {
            if self.solid.mean(&window) < coverage {
                continue;
            }
            let score = score(&window);
            if score > best.map_or(f32::MIN, |(best, _)| best) {
                best = Some((score, window));
            }
        }
        best.map(|(_, window)| window)
    }
}
