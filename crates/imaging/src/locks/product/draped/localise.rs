//! Where the garment is in a picture: by its key points, and by its colours and shape on a thumbnail.

use super::{
    affine::Affine,
    field::Field,
    key_points::key_points,
    master::{LOCAL_SIGMA, Master, SIDE, evened},
    matching::movement,
    refine::{correlation, over_surroundings, straightened},
};
use crate::locks::{
    colour::{Lab, Linear},
    plane::{Plane, length},
    product::{
        repeats::peaks,
        search::{Range, THUMBS, Template, search},
    },
};

/// Longer side at which a candidate is searched for key points, in pixels.
const PICTURE_SIDE: f32 = 640.0;
/// Key points kept of a candidate.
const POINTS_MAX: usize = 1200;
/// With this many agreeing key points the thumbnail is not searched: so many agree by chance in no other garment.
const SURE: usize = 12;
/// Guesses of the thumbnail search that are tried.
const GUESSES: usize = 4;
/// What one agreeing key point adds to a place's value, and how many count.
const POINT_VALUE: f32 = 0.02;
const POINTS_COUNTED: usize = 20;

/// What lies this far around the garment (shares of its longer side, from and to) shall not have its colours, and how
/// much that counts, as in the recipe.
const AROUND: [f32; 2] = [0.03, 0.07];
const AROUND_COUNTS: f32 = 0.6;

/// Repeats of the cloth are looked for up to this share of the garment's longer side; so many are tried; and one of
/// them must be better by this much.
const REPEAT_REACH: f32 = 0.15;
const REPEATS_TRIED: usize = 4;
const REPEAT_GAIN: f32 = 0.03;

/// The best place.
pub(super) struct Place {
    /// From frame pixels to pixels of the searched picture.
    pub(super) map: Affine,
    /// Agreeing key points at that place; 0 when the thumbnail found it.
    pub(super) agreeing: usize,
    /// How well structure and colour agree there, about 0..=1.8.
    pub(super) value: f32,
}

/// The candidate at search size.
pub(super) struct Searched {
    pub(super) image: Linear,
    pub(super) lab: Lab,
}

impl Searched {
    pub(super) fn new(image: &Linear) -> Self {
        let image = image.scaled((PICTURE_SIDE / image.long_side() as f32).min(1.0));
        Self {
            lab: Lab::of(&image.rgb),
            image,
        }
    }
}

/// The best of all hypotheses, `flat` (frame to searched picture) among them; it is asked only if needed.
pub(super) fn localised(
    master: &Master,
    searched: &Searched,
    flat: impl FnOnce() -> Option<Affine>,
) -> Option<Place> {
    let points = key_points(&evened(&searched.lab.l, LOCAL_SIGMA), None, 1.0, POINTS_MAX);
    let found = movement(&master.points, &points, SIDE);
    let agreeing = found.as_ref().map_or(0, |movement| movement.agreeing);
    let mut places: Vec<(Affine, usize)> = found
        .map(|movement| (movement.map, movement.agreeing))
        .into_iter()
        .collect();
    if agreeing < SURE {
        places.extend(flat().map(|map| (map, 0)));
        places.extend(
            guessed(master, searched)
                .iter()
                .map(|map| (straightened(master, &searched.lab.l, map), 0)),
        );
    }
    let valued = |(map, agreeing): (Affine, usize)| Place {
        value: master.half.value(&searched.lab, &map) + POINT_VALUE * agreeing.min(POINTS_COUNTED) as f32,
        map,
        agreeing,
    };
    let best = |places: Vec<(Affine, usize)>| {
        let valued = places.into_iter().map(valued);
        valued.max_by(|one, two| one.value.total_cmp(&two.value))
    };
    let first = best(places)?;
    // Stripes and checks fit again one repeat further: the outline tells which repeat it is.
    let repeats = repeats(master, &searched.lab.l, &first.map);
    let again = best(repeats.into_iter().map(|map| (map, first.agreeing)).collect());
    Some(
        again
            .filter(|again| again.value > first.value + REPEAT_GAIN)
            .unwrap_or(first),
    )
}

/// The place moved to where structure correlates again.
fn repeats(master: &Master, lightness: &Plane, map: &Affine) -> Vec<Affine> {
    let (width, height) = (master.width() / 4, master.height() / 4);
    let quarter = |plane: &Plane| plane.resized(width, height);
    let weight = quarter(&master.core);
    // The surroundings say nothing about the cloth's repeats.
    let own = evened(&quarter(&master.lab.l), LOCAL_SIGMA / 4.0);
    let reach = (REPEAT_REACH * SIDE / 4.0) as usize;
    let seen = Field::of(
        &map.shifted(-(reach as f32) * 4.0, -(reach as f32) * 4.0)
            .resized(0.25, 1.0),
        (width + 2 * reach, height + 2 * reach),
    )
    .look(lightness);
    let found = peaks(&own, &weight, &evened(&seen, LOCAL_SIGMA / 4.0), reach);
    let moved = found.into_iter().filter(|(dx, dy)| dx.abs() + dy.abs() >= 2.0);
    moved
        .map(|(dx, dy)| map.shifted(4.0 * dx, 4.0 * dy))
        .take(REPEATS_TRIED)
        .collect()
}

/// What the thumbnail search looks for: the garment alone, at both sizes.
pub(super) fn thumbs(reference: &Linear) -> [Template; 2] {
    THUMBS.map(|size| {
        let small = reference.scaled(size as f32 / reference.long_side() as f32);
        let weight = small.alpha.map(|v| f32::from(u8::from(v >= 0.5)));
        let near = (AROUND[0] * size as f32).round() as usize;
        let far = (AROUND[1] * size as f32).round() as usize;
        Template {
            around: Some(ring(&weight, near, far.max(near + 1))),
            lab: continued(&small.over([0.5; 3]), &weight, AROUND[1] * size as f32),
            weight,
        }
    })
}

fn guessed(master: &Master, searched: &Searched) -> Vec<Affine> {
    let picture = searched
        .image
        .scaled(256.0 / searched.image.long_side() as f32)
        .over([1.0; 3]);
    let range = Range {
        share_min: 0.25,
        share_max: 1.3,
        angles: &[-8.0, 0.0, 8.0],
    };
    let (own, other) = (
        master.width().max(master.height()) as f32,
        searched.image.long_side() as f32,
    );
    search(&master.thumbs, &picture, &range, GUESSES)
        .into_iter()
        .map(|guess| Affine::from(guess.map.resized(own, other)))
        .collect()
}

/// The garment at half of its size, on which places are valued.
#[derive(Clone, Debug)]
pub(super) struct Half {
    lab: Lab,
    alpha: Plane,
    mask: Plane,
    /// 1 around the garment, where its colours are continued.
    around: Plane,
}

impl Half {
    /// From the garment in its frame: colours, coverage and outline.
    pub(super) fn of(lab: &Lab, alpha: &Plane, mask: &Plane) -> Self {
        let small = |plane: &Plane| plane.resized(plane.width / 2, plane.height / 2);
        let mask = small(mask).map(|m| f32::from(u8::from(m > 0.5)));
        let [near, far] = AROUND.map(|share| (share * SIDE / 2.0) as usize);
        Self {
            lab: continued(&lab.map(small), &mask, far as f32),
            alpha: small(alpha),
            around: ring(&mask, near, far),
            mask,
        }
    }

    /// How well structure and colour agree at a place (frame to picture), about 0..=1.6.
    fn value(&self, picture: &Lab, map: &Affine) -> f32 {
        let field = Field::of(&map.resized(0.5, 1.0), (self.mask.width, self.mask.height));
        let seen = field.look_in_colour(picture);
        let inside = field.inside((picture.width(), picture.height()));
        let mask = self.mask.with(&inside, |m, i| m * i);
        let whole = self.mask.sum().max(1.0);
        let mean = |plane: &Plane| (plane.with(&mask, |v, m| v * m).sum() / whole) as f32;
        let stood = over_surroundings(&self.lab.l, (&self.mask, &self.alpha), &seen.l, 0.5);
        let alike = |radius| mean(&correlation(&stood, &seen.l, radius));
        let structure = f32::midpoint(alike(4), alike(9));
        let lighter = median_within(&self.lab.l.with(&seen.l, |own, other| own - other), &mask);
        let mut close = inside;
        for (index, value) in close.data.iter_mut().enumerate() {
            let ([l, a, b], [ol, oa, ob]) = (self.lab.at(index), seen.at(index));
            let d = length(a - oa, b - ob) + 0.5 * (l - ol - lighter).abs();
            *value *= (-(d / 15.0).powi(2)).exp();
        }
        let around = close.with(&self.around, |close, around| close * around).sum();
        let around = (around / self.around.sum().max(1.0)) as f32;
        structure + 0.6 * mean(&close) - AROUND_COUNTS * around
    }
}

/// 1 between these distances outside of a mask, else 0.
fn ring(mask: &Plane, near: usize, far: usize) -> Plane {
    mask.dilated(far)
        .with(&mask.dilated(near), |far, near| far - near)
}

/// The colours within a mask, continued outside of it over about that distance.
fn continued(lab: &Lab, mask: &Plane, reach: f32) -> Lab {
    let weight = mask.blurred(reach).map(|w| w + 1e-6);
    lab.map(|plane| {
        let sum = plane.with(mask, |v, m| v * m).blurred(reach);
        let spread = sum.with(&weight, |s, w| s / w);
        let kept = plane.with(mask, |v, m| v * m);
        let filled = spread.with(mask, |v, m| v * (1.0 - m));
        kept.with(&filled, |k, f| k + f)
    })
}

/// 0 of nothing.
fn median_within(values: &Plane, mask: &Plane) -> f32 {
    let kept = values.data.iter().zip(&mask.data).filter(|(_, m)| **m > 0.5);
    let mut values: Vec<f32> = kept.map(|(v, _)| *v).collect();
    let at = values.len() / 2;
    if values.is_empty() {
        return 0.0;
    }
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}
