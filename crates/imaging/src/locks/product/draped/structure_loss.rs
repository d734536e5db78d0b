//! Lines, prints, knit: how much of the reference's structure the candidate does not show, at three scales.

use super::laid::{Laid, as_sharp};
use crate::locks::{
    colour::Lab,
    plane::Plane,
    product::measure::{Worst, worst},
};

/// No map lies truer than this, in frame pixels, right and down alike.
const MISFIT: f32 = 0.5;
/// Sizes (pixels per frame pixel) at which a cloth's grain is measured.
const GRAIN_SIZES: [f32; 3] = [1.0, 0.7, 0.5];

/// How unlike itself cloth looks when it lies half a pixel off, per frame pixel: fine ribs do, plain cloth does not.
#[derive(Clone, Debug)]
pub(super) struct Grain {
    /// Loss at the three scales, fine to coarse.
    loss: [Plane; 3],
    /// Contrast that is not shared, the same way.
    apart: [Plane; 3],
}

impl Grain {
    /// Of a reference in the frame, for candidates of each of [`GRAIN_SIZES`].
    pub(super) fn all(reference: &Lab, mask: &Plane) -> [Self; GRAIN_SIZES.len()] {
        GRAIN_SIZES.map(|size| {
            let own = as_sharp(reference, mask, size);
            let moved = own.map(|plane| {
                let mut out = plane.clone();
                for (index, value) in out.data.iter_mut().enumerate() {
                    let (x, y) = (index % plane.width, index / plane.width);
                    *value = plane.sample(x as f32 + 0.5 + MISFIT, y as f32 + 0.5 + MISFIT);
                }
                out
            });
            let measured = Measured::all([&own, &moved], mask);
            Self {
                loss: measured.each_ref().map(|measured| measured.loss.clone()),
                apart: measured.map(|measured| measured.apart),
            }
        })
    }

    /// The one measured at the size next to this.
    pub(super) fn of_size(all: &[Self; GRAIN_SIZES.len()], size: f32) -> &Self {
        let next = GRAIN_SIZES.iter().zip(all);
        next.min_by(|(one, _), (two, _)| (*one - size).abs().total_cmp(&(*two - size).abs()))
            .map_or(&all[0], |(_, grain)| grain)
    }
}

/// One scale: blur before, window radius, contrast that counts as plain.
struct Scale {
    blur: f32,
    radius: usize,
    plain: f32,
}

/// At the full size, as it is.
const FINE: Scale = Scale {
    blur: 0.0,
    radius: 5,
    plain: 14.0,
};
/// At half of the size, as is the next.
const MIDDLE: Scale = Scale {
    blur: 0.8,
    radius: 4,
    plain: 10.0,
};
const COARSE: Scale = Scale {
    blur: 1.6,
    radius: 7,
    plain: 8.0,
};

/// What is measured of one scale.
struct Measured {
    /// 1 - similarity around each pixel, 0 (same) ..= 2 (inverted).
    loss: Plane,
    /// Contrast that the two do not share, L*a*b* units.
    apart: Plane,
    own: Plane,
    other: Plane,
    ok: Plane,
}

/// The numbers; "beyond" is what the cloth's grain does not explain.
pub(super) struct Structure {
    /// Mean loss, weighted by contrast, at the coarse scale.
    pub(super) coarse_weighted: f32,
    /// Mean loss at the middle scale.
    pub(super) middle_mean: f32,
    /// The region that lost most of its contrast.
    pub(super) lost: Worst,
    /// Mean loss, weighted by contrast, at the fine scale.
    pub(super) fine_beyond: f32,
    pub(super) middle_beyond: f32,
    /// The region with most contrast that is not shared.
    pub(super) apart_beyond: Worst,
    /// The same for details: at the fine scale, in a small region.
    pub(super) apart_small_beyond: Worst,
    /// Loss per frame pixel at the middle scale.
    pub(super) map: Plane,
}

impl Structure {
    pub(super) fn of(laid: &Laid, grain: &Grain) -> Self {
        let [fine, middle, coarse] = Measured::all([&laid.reference, &laid.lit], &laid.ok);
        let coarse_weighted = coarse.weighted();
        let middle_mean = mean(&middle.loss, &middle.ok);
        let lost = doubled(worst(&coarse.lost(), &coarse.ok, 4));
        let seen = middle.loss.with(&middle.ok, |v, o| v * o);
        let (fine, middle) = (fine.beyond(grain, 0), middle.beyond(grain, 1));
        let coarse = coarse.beyond(grain, 2);
        Self {
            coarse_weighted,
            middle_mean,
            lost,
            fine_beyond: fine.weighted(),
            middle_beyond: mean(&middle.loss, &middle.ok),
            apart_beyond: doubled(worst(&coarse.apart, &coarse.ok, 4)),
            apart_small_beyond: worst(&fine.apart, &fine.ok, 3),
            map: seen.resized(laid.ok.width, laid.ok.height),
        }
    }
}

fn doubled(worst: Worst) -> Worst {
    Worst {
        value: worst.value,
        region: worst.region.map(|v| 2.0 * v),
    }
}

impl Measured {
    /// At the three scales, fine to coarse.
    fn all(pair: [&Lab; 2], ok: &Plane) -> [Self; 3] {
        let half = |plane: &Plane| plane.resized(plane.width / 2, plane.height / 2);
        let ([one, two], half_ok) = (pair.map(|lab| lab.map(half)), half(ok));
        let at_half = |scale: &Scale| {
            let soft = |plane: &Plane| plane.blurred(scale.blur);
            Self::at([&one.map(soft), &two.map(soft)], &soft(&half_ok), scale)
        };
        [Self::at(pair, ok, &FINE), at_half(&MIDDLE), at_half(&COARSE)]
    }

    fn at([one, two]: [&Lab; 2], ok: &Plane, scale: &Scale) -> Self {
        let mut covariance = one.l.map(|_| 0.0);
        let (mut own, mut other) = (covariance.clone(), covariance.clone());
        for (x, y) in [(&one.l, &two.l), (&one.a, &two.a), (&one.b, &two.b)] {
            let mean = |plane: &Plane| plane.box_mean(scale.radius);
            let (mx, my) = (mean(x), mean(y));
            let add = |sum: &mut Plane, product: &Plane, means: (&Plane, &Plane)| {
                let square = means.0.with(means.1, |a, b| a * b);
                let spread = mean(product).with(&square, |p, m| p - m);
                for (s, v) in sum.data.iter_mut().zip(&spread.data) {
                    *s += v;
                }
            };
            add(&mut covariance, &x.with(y, |p, q| p * q), (&mx, &my));
            add(&mut own, &x.map(|p| p * p), (&mx, &mx));
            add(&mut other, &y.map(|p| p * p), (&my, &my));
        }
        let own = own.map(|v| v.max(0.0));
        let other = other.map(|v| v.max(0.0));
        let total = own.with(&other, |p, q| p + q);
        Self {
            loss: covariance.with(&total, |c, t| 1.0 - (2.0 * c + scale.plain) / (t + scale.plain)),
            apart: total.with(&covariance, |t, c| (t - 2.0 * c).max(0.0).sqrt()),
            own,
            other,
            ok: ok.map(|v| f32::from(u8::from(v > 0.7))),
        }
    }

    /// What the cloth's own grain does not explain.
    fn beyond(self, grain: &Grain, scale: usize) -> Self {
        let loss = self
            .loss
            .with(&grain.loss[scale], |v, own| (v - own.max(0.0)).max(0.0));
        let apart = self
            .apart
            .with(&grain.apart[scale], |v, own| (v * v - own * own).max(0.0).sqrt());
        Self { loss, apart, ..self }
    }

    fn weighted(&self) -> f32 {
        let (mut total, mut weights) = (0.0, 1e-6);
        for index in 0..self.ok.data.len() {
            if self.ok.data[index] > 0.5 {
                let weight = self.own.data[index].max(self.other.data[index]).sqrt();
                total += weight * self.loss.data[index];
                weights += weight;
            }
        }
        total / weights
    }

    /// Share of the reference's contrast that is gone, where it has any.
    fn lost(&self) -> Plane {
        self.own.with(&self.other, |own, other| {
            if own > 20.0 {
                (own - other).max(0.0) / (own + 12.0)
            } else {
                0.0
            }
        })
    }
}

fn mean(values: &Plane, ok: &Plane) -> f32 {
    (values.with(ok, |v, o| v * o).sum() / ok.sum().max(1.0)) as f32
}

/// Loss of the finest pattern's energy, log units: cloth that was smoothed.
pub(super) fn fine_energy_lost(laid: &Laid) -> f32 {
    let energy = |lab: &Lab| {
        let band = |plane: &Plane| {
            plane
                .blurred(0.8)
                .with(&plane.blurred(2.2), |n, w| (n - w).powi(2))
        };
        let total = [&lab.l, &lab.a, &lab.b].map(|plane| mean(&band(plane), &laid.ok));
        total.iter().sum::<f32>() + 0.15
    };
    (energy(&laid.reference) / energy(&laid.lit)).ln()
}
