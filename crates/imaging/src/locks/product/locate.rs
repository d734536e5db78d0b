//! Finds one picture in another: guesses on thumbnails, then fits from coarse to fine.

use super::{
    align::{correlation, normalised, refined},
    map::Map,
    repeats::repeats,
    search::{Range, THUMBS, Template, search},
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::Plane,
};

/// Longer side of the frame in which pictures are compared, in pixels.
pub(super) const FRAME: f32 = 360.0;
/// Guesses that are worth a fit.
const GUESSES: usize = 8;
/// Longer side of the frame of the first fits, in pixels.
const FIRST: f32 = 96.0;
/// Longer side of the frame in which places are told apart, in pixels.
const MIDDLE: f32 = 192.0;
/// Places are the same when no corner is this share of the frame's longer side away.
const SAME: f32 = 0.02;
/// A place this much worse than the best (correlation plus weighted colour) is out of the question.
const RIVAL_MARGIN: f32 = 0.3;

/// What is looked for, in what, on which ground.
pub(super) struct Hunt<'a> {
    /// The picture that is looked for.
    pub(super) template: &'a Linear,
    /// How much each of its pixels counts, at any size.
    pub(super) weight: fn(&Linear) -> Plane,
    /// The picture it is looked for in.
    pub(super) searched: &'a Linear,
    /// What lies behind both where they are empty (linear RGB).
    pub(super) ground: [f32; 3],
    /// Sizes and angles to try.
    pub(super) range: Range,
    /// Places to bring back at most. Cloth that repeats itself fits nearly as well one stripe further, so a part of a
    /// garment wants several; an outline leaves one.
    pub(super) places: usize,
}

/// Where it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// From pixels of the template to pixels of the searched picture.
    pub(super) map: Map,
    /// Correlation of structure at the finest level, -1..=1.
    pub(super) fit: f32,
    /// Longer side of the frame that both pictures have pixels for.
    pub(super) frame: f32,
}

impl Hunt<'_> {
    /// The best places, best first; none when there is none to try.
    pub(super) fn run(&self) -> Vec<Found> {
        let (template, searched) = (Pyramid::new(self.template), Pyramid::new(self.searched));
        let guesses = self.guesses(&template, &searched);
        self.fitted_to(&template, &searched, guesses)
    }

    /// The place near this one (a map as in [`Found`]).
    pub(super) fn near(&self, map: Map) -> Option<Found> {
        let (template, searched) = (Pyramid::new(self.template), Pyramid::new(self.searched));
        let map = map.resized(
            1.0 / self.template.long_side() as f32,
            1.0 / self.searched.long_side() as f32,
        );
        self.fitted_to(&template, &searched, vec![map]).into_iter().next()
    }

    /// The best places near guesses (maps between pictures of longer side 1), best first.
    fn fitted_to(&self, template: &Pyramid<'_>, searched: &Pyramid<'_>, guesses: Vec<Map>) -> Vec<Found> {
        let template_long = self.template.long_side() as f32;
        let searched_long = self.searched.long_side() as f32;
        let first = self.level(template, FIRST);
        let colours = first.image.over(self.ground);
        let valued = |fitted: Fitted| Valued {
            value: fitted.structure + 0.6 * self.colour((&colours, &first.weight), searched, fitted.map),
            map: fitted.map,
        };
        // Maps here lead from a template of longer side 1 to a searched picture of longer side 1.
        let mut places: Vec<Valued> = guesses
            .into_iter()
            .map(|map| valued(self.fitted(&first, searched, map, FIRST, 15)))
            .collect();
        places = self.distinct(places, self.places);
        if self.places > 1 {
            let shifted: Vec<Map> = places
                .iter()
                .take(2)
                .flat_map(|place| self.shifted(&first, searched, place.map))
                .collect();
            let fitted = |map| valued(self.fitted(&first, searched, map, FIRST, 15));
            places.extend(shifted.into_iter().map(fitted));
            places = self.distinct(places, self.places);
        }
        let last = |place: Valued| {
            let frame = FRAME
                .min(template_long)
                .min(place.map.scale() * searched_long)
                .max(48.0);
            let fitted = |map: Map, frame: f32, rounds: usize| {
                self.fitted(&self.level(template, frame), searched, map, frame, rounds)
            };
            let middle = fitted(place.map, frame.min(MIDDLE), 25);
            let last = fitted(middle.map, frame, 30);
            Found {
                map: last.map.resized(template_long, searched_long),
                fit: last.structure,
                frame,
            }
        };
        places.into_iter().map(last).collect()
    }

    /// The best of these places, best first, each once.
    fn distinct(&self, mut places: Vec<Valued>, keep: usize) -> Vec<Valued> {
        places.sort_by(|one, two| two.value.total_cmp(&one.value));
        let long = self.template.long_side() as f32;
        let (w, h) = (
            self.template.width() as f32 / long,
            self.template.height() as f32 / long,
        );
        let same = |one: &Map, two: &Map| {
            [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)]
                .into_iter()
                .all(|(x, y)| {
                    let ((ax, ay), (bx, by)) = (one.apply(x, y), two.apply(x, y));
                    (ax - bx).hypot(ay - by) < SAME * one.scale()
                })
        };
        let mut kept: Vec<Valued> = Vec::new();
        for place in places {
            let rival = kept
                .first()
                .is_none_or(|best| place.value > best.value - RIVAL_MARGIN);
            if kept.len() < keep && rival && !kept.iter().any(|better| same(&better.map, &place.map)) {
                kept.push(place);
            }
        }
        kept
    }

    /// Places beside this one where the structure correlates well again, as one stripe further.
    fn shifted(&self, own: &Level, searched: &Pyramid<'_>, map: Map) -> Vec<Map> {
        let moving = searched.at(FIRST / map.scale());
        let (own_long, other_long) = (own.image.long_side() as f32, moving.long_side() as f32);
        let other = normalised(&moving.lightness_over(self.ground));
        let map = map.resized(own_long, other_long);
        repeats(&own.lightness, &own.weight, &other, map)
            .into_iter()
            .map(|(dx, dy)| map.after_shift(dx, dy).resized(1.0 / own_long, 1.0 / other_long))
            .collect()
    }

    fn guesses(&self, template: &Pyramid<'_>, searched: &Pyramid<'_>) -> Vec<Map> {
        let template = |size: usize| {
            let small = template.at(size as f32);
            Template {
                lab: small.over(self.ground),
                weight: (self.weight)(&small),
                around: None,
            }
        };
        let searched = searched.at(256.0).over(self.ground);
        search(&THUMBS.map(template), &searched, &self.range, GUESSES)
            .into_iter()
            .map(|guess| guess.map)
            .collect()
    }

    /// The template as it is fitted in a frame.
    fn level(&self, template: &Pyramid<'_>, frame: f32) -> Level {
        let image = template.at(frame);
        Level {
            lightness: normalised(&image.lightness_over(self.ground)),
            weight: (self.weight)(&image),
            image,
        }
    }

    /// Fits in the level's frame, where one pixel of the one is one pixel of the other.
    fn fitted(&self, own: &Level, searched: &Pyramid<'_>, start: Map, frame: f32, rounds: usize) -> Fitted {
        let moving = searched.at(frame / start.scale());
        let (own_long, other_long) = (own.image.long_side() as f32, moving.long_side() as f32);
        let other = normalised(&moving.lightness_over(self.ground));
        let start = start.resized(own_long, other_long);
        let map = refined(&own.lightness, &own.weight, &other, start, rounds);
        Fitted {
            structure: correlation(&own.lightness, &own.weight, &other, map),
            map: map.resized(1.0 / own_long, 1.0 / other_long),
        }
    }

    /// Share of the colour that agrees, 0..=1, in the frame of the first fits.
    fn colour(&self, (own, weight): (&Lab, &Plane), searched: &Pyramid<'_>, map: Map) -> f32 {
        let moving = searched.at(FIRST / map.scale());
        let own_long = own.width().max(own.height()) as f32;
        let map = map.resized(own_long, moving.long_side() as f32);
        closeness(own, weight, &moving.over(self.ground), map)
    }
}

/// A place and how well structure and colour agree there.
struct Valued {
    /// Between pictures of longer side 1.
    map: Map,
    value: f32,
}

/// A fit and how good it is.
struct Fitted {
    /// Between pictures of longer side 1.
    map: Map,
    /// Correlation, -1..=1.
    structure: f32,
}

/// The template in a frame: the same for every guess.
struct Level {
    image: Linear,
    /// Locally normalised.
    lightness: Plane,
    weight: Plane,
}

/// A picture at every half of its size, so that smaller ones are cheap to make.
struct Pyramid<'a> {
    whole: &'a Linear,
    /// From half of its size on.
    smaller: Vec<Linear>,
}

impl<'a> Pyramid<'a> {
    fn new(whole: &'a Linear) -> Self {
        let half = |image: &Linear| (image.long_side() > 64).then(|| image.scaled(0.5));
        let mut smaller: Vec<Linear> = Vec::new();
        while let Some(next) = half(smaller.last().unwrap_or(whole)) {
            smaller.push(next);
        }
        Self { whole, smaller }
    }

    /// The picture at that longer side (never enlarged), from the smallest level at least 1.6 times as large.
    fn at(&self, long_side: f32) -> Linear {
        let large_enough = |level: &&Linear| level.long_side() as f32 >= 1.6 * long_side;
        let mut levels = self.smaller.iter().rev();
        let from = levels.find(large_enough).unwrap_or(self.whole);
        from.scaled((long_side / from.long_side() as f32).min(1.0))
    }
}

/// How much of the colour agrees: the mean over the weight of exp(-(dE / 15)^2), which forgives light, and of
/// exp(-(dE / 4)^2), which tells one stripe from the next.
fn closeness(template: &Lab, weight: &Plane, moving: &Lab, map: Map) -> f32 {
    let width = template.width();
    let (mut total, mut count) = (0.0, 0.0);
    for (index, &w) in weight.data.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        let (x, y) = ((index % width) as f32 + 0.5, (index / width) as f32 + 0.5);
        let (u, v) = map.apply(x, y);
        let other = [&moving.l, &moving.a, &moving.b].map(|plane| plane.sample(u, v));
        let apart: f32 = template
            .at(index)
            .iter()
            .zip(other)
            .map(|(t, o)| (t - o).powi(2))
            .sum();
        total += w * ((-apart / 225.0).exp() + (-apart / 16.0).exp()) / 2.0;
        count += w;
    }
    total / f32::max(count, 1e-6)
}
