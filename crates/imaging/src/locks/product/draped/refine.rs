//! From a straight map to one that bends as cloth does, and no further: what a smooth map cannot explain is a fault.

use super::{
    affine::{Affine, Tie},
    field::Field,
    flow::flow,
    master::{LOCAL_SIGMA, Master, evened},
    print::median,
};
use crate::locks::{
    colour::Lab,
    plane::{Plane, length},
};

/// Gray levels per local spread of lightness.
const GAIN: f32 = 44.0;
/// Edges steeper than this (gray levels a pixel) count no more.
const EDGE_MAX: f32 = 20.0;
/// How far around the garment the flow counts, in frame pixels.
const REACH: usize = 8;
/// Misfit that counts half, frame pixels: of a straight map, and of a bent one.
const HALF_STRAIGHT: f32 = 5.0;
const HALF_BENT: f32 = 8.0;
/// Share of the mean confidence that pulls plain areas to the straight map.
const PRIOR: f32 = 0.15;
/// The ground is looked at this far around the garment, frame pixels; a difference of lightness from it that tells the
/// garment by itself.
const RING: [usize; 2] = [4, 14];
const TELLING: f32 = 25.0;
/// Sigmas over which the two bent rounds are smoothed, in frame pixels.
const SMOOTH: [f32; 2] = [24.0, 15.0];

/// The bent map and what it could not explain.
pub(super) struct Refined {
    pub(super) field: Field,
    /// Distance between the free flow and the smooth one, frame pixels.
    pub(super) rough: Plane,
    /// How much the flow counts there.
    pub(super) trust: Plane,
}

/// Bends a straight map (frame to candidate pixels) until the candidate's lightness lies over the reference's; its hue,
/// too, where it stands on a ground of its own lightness.
pub(super) fn refined(master: &Master, candidate: &Lab, start: &Affine) -> Refined {
    let size = (master.width(), master.height());
    let field = Field::of(start, size);
    let hue = hue_from_ground(master, candidate, &field);
    let (own, other) = (with_hue(&master.lab, hue), with_hue(candidate, hue));
    let see = |field: &Field, half: bool| Seen::new((master, &own), &other, field, half);
    let seen = see(&field, true);
    let straight = seen.straight();
    let field = field.shifted(&straight.0, &straight.1);
    let seen = see(&field, true);
    let (u, v) = seen.bent(SMOOTH[0]);
    let field = field.shifted(&u, &v);
    let seen = see(&field, false);
    let (u, v) = seen.bent(SMOOTH[1]);
    let rough = {
        let (du, dv) = (seen.u.with(&u, |f, s| f - s), seen.v.with(&v, |f, s| f - s));
        du.with(&dv, length)
    };
    Refined {
        field: field.shifted(&u, &v),
        rough,
        trust: seen.trust,
    }
}

/// A straight map drawn to where the candidate's lightness lies over the reference's. Coarse guesses are off by so much
/// that thin garments, a trouser leg say, do not cover themselves.
pub(super) fn straightened(master: &Master, lightness: &Plane, start: &Affine) -> Affine {
    let field = Field::of(start, (master.width(), master.height()));
    start.after(&Seen::new((master, &master.lab.l), lightness, &field, true).straight_map())
}

/// How a* and b* are added to lightness so that the garment stands out from the ground around it: not at all where its
/// lightness alone tells it.
fn hue_from_ground(master: &Master, candidate: &Lab, field: &Field) -> [f32; 2] {
    let ring = master
        .mask
        .dilated(RING[1])
        .with(&master.mask.dilated(RING[0]), |far, near| far - near);
    let seen = field.look_in_colour(candidate);
    let (Some(cloth), Some(ground)) = (median(&seen, &master.core), median(&seen, &ring)) else {
        return [0.0; 2];
    };
    let [dl, da, db] = [0, 1, 2].map(|channel| cloth[channel] - ground[channel]);
    let missing = (1.0 - dl.abs() / TELLING).max(0.0);
    let share = missing.copysign(dl) / length(da, db).max(TELLING / 4.0);
    [share * da, share * db]
}

fn with_hue(lab: &Lab, [of_a, of_b]: [f32; 2]) -> Plane {
    let hue = lab.a.with(&lab.b, |a, b| of_a * a + of_b * b);
    lab.l.with(&hue, |l, hue| l + hue)
}

/// What one look finds: the free flow and its trust, in frame pixels.
struct Seen {
    u: Plane,
    v: Plane,
    trust: Plane,
}

impl Seen {
    /// `own` is the reference's lightness as it is compared with the candidate's.
    fn new((master, own): (&Master, &Plane), lightness: &Plane, field: &Field, half: bool) -> Self {
        let candidate = field.look(lightness);
        let reference = over_surroundings(own, (&master.mask, &master.alpha), &candidate, 1.0);
        let (width, height) = (candidate.width, candidate.height);
        let size = if half {
            (width / 2, height / 2)
        } else {
            (width, height)
        };
        let level = |plane: &Plane| {
            if half {
                plane.resized(size.0, size.1)
            } else {
                plane.clone()
            }
        };
        let (one, two) = (gray(&level(&reference)), gray(&level(&candidate)));
        let (u, v) = flow(&one, &two);
        let near = level(&master.telling).dilated(if half { REACH / 2 } else { REACH });
        let trust = trust(&one, &two, &u, &v).with(&near, |t, n| t * n);
        let back = |plane: Plane, by: f32| {
            if half {
                plane.resized(width, height).map(|v| v * by)
            } else {
                plane
            }
        };
        Self {
            u: back(u, 2.0),
            v: back(v, 2.0),
            trust: back(trust, 1.0),
        }
    }

    /// The straight map closest to the flow, as a shift per pixel.
    fn straight(&self) -> (Plane, Plane) {
        let size = (self.u.width, self.u.height);
        let moved = Field::of(&self.straight_map(), size);
        let here = Field::of(&Affine::IDENTITY, size);
        (
            moved.x.with(&here.x, |m, h| m - h),
            moved.y.with(&here.y, |m, h| m - h),
        )
    }

    /// The straight map closest to the flow.
    fn straight_map(&self) -> Affine {
        let (width, height) = (self.u.width, self.u.height);
        let mut ties = Vec::new();
        for y in (2..height).step_by(4) {
            for x in (2..width).step_by(4) {
                let index = y * width + x;
                let weight = self.trust.data[index];
                if weight > 0.0 {
                    let from = (x as f32 + 0.5, y as f32 + 0.5);
                    let to = (from.0 + self.u.data[index], from.1 + self.v.data[index]);
                    ties.push(Tie { from, to, weight });
                }
            }
        }
        let own: Vec<f32> = ties.iter().map(|tie| tie.weight).collect();
        let total: f32 = own.iter().sum();
        let mut map = Affine::IDENTITY;
        for _ in 0..4 {
            let Some(fitted) = Affine::fitted(&ties, &Affine::IDENTITY, 0.02 * total * 100.0) else {
                break;
            };
            map = fitted;
            for (tie, own) in ties.iter_mut().zip(&own) {
                let (x, y) = map.apply(tie.from.0, tie.from.1);
                let misfit = (x - tie.to.0).hypot(y - tie.to.1) / HALF_STRAIGHT;
                tie.weight = own / (1.0 + misfit * misfit);
            }
        }
        map
    }

    /// The straight map plus what is left, smoothed, as a shift per pixel.
    fn bent(&self, sigma: f32) -> (Plane, Plane) {
        let (su, sv) = self.straight();
        let (width, height) = (su.width, su.height);
        let quarter = |plane: &Plane| plane.resized(width / 4, height / 4);
        let (du, dv) = (self.u.with(&su, |f, s| f - s), self.v.with(&sv, |f, s| f - s));
        let misfit = du.with(&dv, |u, v| 1.0 + (u * u + v * v) / (HALF_BENT * HALF_BENT));
        let weight = self.trust.with(&misfit, |t, m| t / m);
        let counted = self.trust.data.iter().filter(|t| **t > 0.0).count().max(1);
        let prior = PRIOR * (weight.sum() / counted as f64) as f32 + 1e-6;
        let total = quarter(&weight).blurred(sigma / 4.0).map(|w| w + prior);
        let smooth = |d: &Plane| {
            let sum = quarter(&d.with(&weight, |d, w| d * w)).blurred(sigma / 4.0);
            sum.with(&total, |s, t| s / t).resized(width, height)
        };
        (
            su.with(&smooth(&du), |s, d| s + d),
            sv.with(&smooth(&dv), |s, d| s + d),
        )
    }
}

/// The reference stood on what surrounds the garment in the candidate, blurred. All planes are of one size, `unit` of
/// their pixels a frame pixel; the outline is that of `mask`, its edge as soft as `alpha`.
pub(super) fn over_surroundings(
    reference: &Plane,
    (mask, alpha): (&Plane, &Plane),
    candidate: &Plane,
    unit: f32,
) -> Plane {
    let (width, height) = (candidate.width, candidate.height);
    let side = |length: usize| (length as f32 / unit / 4.0) as usize;
    let small = |plane: &Plane| plane.resized(side(width), side(height));
    let away = small(&mask.dilated((5.0 * unit).round() as usize)).map(|m| if m > 0.5 { 0.0 } else { 1.0 });
    let sum = small(candidate).with(&away, |c, a| c * a);
    let (near, total) = (sum.blurred(3.0), away.blurred(3.0));
    let (far, total_far) = (sum.blurred(12.0), away.blurred(12.0));
    let filled = near.with(&far, |n, f| n + 0.02 * f);
    let weight = total.with(&total_far, |n, f| n + 0.02 * f + 1e-6);
    let ground = filled.with(&weight, |f, w| f / w).resized(width, height);
    let mixed = reference.with(&ground, |r, g| r - g);
    mixed
        .with(alpha, |d, alpha| d * alpha)
        .with(&ground, |d, g| d + g)
}

/// Lightness with its local mean and spread evened out, 0..=255.
fn gray(lightness: &Plane) -> Plane {
    evened(lightness, LOCAL_SIGMA).map(|v| (128.0 + GAIN * v).clamp(0.0, 255.0))
}

/// Steepness of the reference's edges times how well the candidate, moved by the flow, correlates around them.
fn trust(one: &Plane, two: &Plane, u: &Plane, v: &Plane) -> Plane {
    let mut moved = two.clone();
    for (index, value) in moved.data.iter_mut().enumerate() {
        let (x, y) = ((index % two.width) as f32 + 0.5, (index / two.width) as f32 + 0.5);
        *value = two.sample(x + u.data[index], y + v.data[index]);
    }
    let alike = correlation(one, &moved, 5);
    let mut edge = Plane::new(one.width, one.height, 0.0);
    for y in 1..one.height.saturating_sub(1) {
        for x in 1..one.width - 1 {
            let gx = (one.at(x + 1, y) - one.at(x - 1, y)) / 2.0;
            let gy = (one.at(x, y + 1) - one.at(x, y - 1)) / 2.0;
            edge.data[y * one.width + x] = length(gx, gy).min(EDGE_MAX);
        }
    }
    edge.with(&alike, |e, c| e * c.max(0.0) * c.max(0.0))
}

/// Correlation of two planes around each pixel, over two box means of that radius; 1 where both are plain.
pub(super) fn correlation(one: &Plane, two: &Plane, radius: usize) -> Plane {
    let mean = |plane: &Plane| plane.box_mean(radius);
    let (m1, m2) = (mean(one), mean(two));
    let v1 = mean(&one.map(|v| v * v)).with(&m1, |s, m| s - m * m);
    let v2 = mean(&two.map(|v| v * v)).with(&m2, |s, m| s - m * m);
    let product = m1.with(&m2, |a, b| a * b);
    let covariance = mean(&one.with(two, |a, b| a * b)).with(&product, |s, p| s - p);
    let size = v1.with(&v2, |a, b| (a.max(0.0) * b.max(0.0)).sqrt() + 1.0);
    covariance.with(&size, |c, s| (c + 1.0) / s)
}
