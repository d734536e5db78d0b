//! The kernel of SSIM: one strip of columns, top to bottom, in one pass.
//!
//! Every source row is read once, filtered across into a ring of the last [`SLOTS`] rows that stays in the first-level
//! cache, and two rows at a time are filtered down and turned into similarities. Four fields suffice: the means of both
//! pictures, of the sum of their squares, and of the square of their difference. Written by the difference,
//!
//! `SSIM = (1 - (mx - my)^2 / (mx^2 + my^2 + C1)) * (1 - var(x - y) / (var(x) + var(y) + C2))`,
//!
//! flat areas, where single precision would cancel, have nothing to cancel.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the processor's vectors"
)]

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::samples::Channel;

/// The window reaches this many pixels to each side.
pub(super) const RADIUS: usize = 5;
/// Columns of a strip: with 64 the ring takes 12 KiB, and all that is in use stays in a first-level cache of 32.
pub(super) const STRIP: usize = 64;

const SIGMA: f64 = 1.5;
const K1: f32 = 0.01;
const K2: f32 = 0.03;
const TAPS: usize = 2 * RADIUS + 1;
const SLOTS: usize = TAPS + 1;
const FIELDS: usize = 4;

/// A row of source pixels with what the window needs beyond the strip.
pub(super) type Wide = [f32; STRIP + 2 * RADIUS];
/// A row of a strip.
pub(super) type Row = [f32; STRIP];

/// The columns from `left` on, of which those past the picture's edge are mirrored nonsense, and a range of rows.
pub(super) struct Strip<'a, F> {
    pub(super) one: Channel<'a>,
    pub(super) two: Channel<'a>,
    pub(super) left: usize,
    pub(super) rows: Range<usize>,
    /// Gets each row's number and its similarities.
    pub(super) row: F,
}

impl<F: FnMut(usize, &Row)> WithSimd for Strip<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let taps = taps(simd);
        let formula = Formula::new(simd, &self.one);
        let mut source = [[0.0; STRIP + 2 * RADIUS]; FIELDS];
        let mut ring = vec![[[0.0; STRIP]; FIELDS]; SLOTS];
        let mut down = [[[0.0; STRIP]; FIELDS]; 2];
        let mut similarities = [0.0; STRIP];
        for step in 0..self.rows.len() + TAPS {
            self.load(self.rows.start + step, &mut source);
            for (from, into) in source.iter().zip(&mut ring[step % SLOTS]) {
                across(simd, &taps, from, into);
            }
            if step < TAPS || (step - TAPS) % 2 == 1 {
                continue;
            }
            let [first, second] = &mut down;
            for (field, (first, second)) in first.iter_mut().zip(second).enumerate() {
                down_two(simd, &taps, &ring, step + 1, field, [first, second]);
            }
            for (which, fields) in down.iter().enumerate() {
                let row = self.rows.start + step - TAPS + which;
                if row < self.rows.end {
                    formula.apply(simd, fields, &mut similarities);
                    (self.row)(row, &similarities);
                }
            }
        }
    }
}

impl<F> Strip<'_, F> {
    /// Both pictures' row `RADIUS` above `y`, the sum of squares, and the square of the difference.
    #[inline(always)]
    fn load(&self, y: usize, [x, z, squares, apart]: &mut [Wide; FIELDS]) {
        let y = y as isize - RADIUS as isize;
        let left = self.left as isize - RADIUS as isize;
        self.one.load(y, left, x);
        self.two.load(y, left, z);
        for i in 0..x.len() {
            squares[i] = x[i] * x[i] + z[i] * z[i];
            apart[i] = (x[i] - z[i]) * (x[i] - z[i]);
        }
    }
}

/// The outer half of the normalised Gaussian, then its middle.
#[inline(always)]
fn taps<S: Simd>(simd: S) -> [S::f32s; RADIUS + 1] {
    let weight = |i: usize| (-((RADIUS - i) as f64).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let total = weight(RADIUS) + 2.0 * (0..RADIUS).map(weight).sum::<f64>();
    let mut taps = [simd.splat_f32s(0.0); RADIUS + 1];
    for (i, tap) in taps.iter_mut().enumerate() {
        *tap = simd.splat_f32s((weight(i) / total) as f32);
    }
    taps
}

#[inline(always)]
fn across<S: Simd>(simd: S, taps: &[S::f32s; RADIUS + 1], from: &Wide, into: &mut Row) {
    let into = S::as_mut_simd_f32s(into).0;
    let count = into.len();
    let mut shifted: [&[S::f32s]; TAPS] = [&[]; TAPS];
    for (k, shifted) in shifted.iter_mut().enumerate() {
        *shifted = &S::as_simd_f32s(&from[k..k + STRIP]).0[..count];
    }
    for (i, into) in into.iter_mut().enumerate() {
        let mut sum = simd.mul_f32s(taps[RADIUS], shifted[RADIUS][i]);
        for k in 0..RADIUS {
            let pair = simd.add_f32s(shifted[k][i], shifted[TAPS - 1 - k][i]);
            sum = simd.mul_add_e_f32s(taps[k], pair, sum);
        }
        *into = sum;
    }
}

/// Filters one field down for two rows, which share all but two of the rows they come from.
#[inline(always)]
fn down_two<S: Simd>(
    simd: S,
    taps: &[S::f32s; RADIUS + 1],
    ring: &[[Row; FIELDS]],
    oldest: usize,
    field: usize,
    [first, second]: [&mut Row; 2],
) {
    let (first, second) = (S::as_mut_simd_f32s(first).0, S::as_mut_simd_f32s(second).0);
    let count = first.len();
    let second = &mut second[..count];
    let mut rows: [&[S::f32s]; SLOTS] = [&[]; SLOTS];
    for (k, row) in rows.iter_mut().enumerate() {
        *row = &S::as_simd_f32s(&ring[(oldest + k) % SLOTS][field]).0[..count];
    }
    for i in 0..count {
        let mut upper = simd.mul_f32s(taps[RADIUS], rows[RADIUS][i]);
        let mut lower = simd.mul_f32s(taps[RADIUS], rows[RADIUS + 1][i]);
        for k in 0..RADIUS {
            let pair = simd.add_f32s(rows[k][i], rows[TAPS - 1 - k][i]);
            upper = simd.mul_add_e_f32s(taps[k], pair, upper);
            let pair = simd.add_f32s(rows[k + 1][i], rows[TAPS - k][i]);
            lower = simd.mul_add_e_f32s(taps[k], pair, lower);
        }
        first[i] = upper;
        second[i] = lower;
    }
}

/// The constants of the formula at the samples' range.
struct Formula<S: Simd> {
    c1: S::f32s,
    c2: S::f32s,
    /// What the samples were lowered by.
    middle: S::f32s,
}

impl<S: Simd> Formula<S> {
    #[inline(always)]
    fn new(simd: S, channel: &Channel<'_>) -> Self {
        let range = channel.range();
        Self {
            c1: simd.splat_f32s((K1 * range).powi(2)),
            c2: simd.splat_f32s((K2 * range).powi(2)),
            middle: simd.splat_f32s(channel.middle()),
        }
    }

    #[inline(always)]
    fn apply(&self, simd: S, fields: &[Row; FIELDS], into: &mut Row) {
        let into = S::as_mut_simd_f32s(into).0;
        let count = into.len();
        let mut views: [&[S::f32s]; FIELDS] = [&[]; FIELDS];
        for (view, field) in views.iter_mut().zip(fields) {
            *view = &S::as_simd_f32s(field).0[..count];
        }
        let [xs, ys, squares, aparts] = views;
        for i in 0..count {
            let squared = |v: S::f32s| simd.mul_f32s(v, v);
            let mean_apart = squared(simd.sub_f32s(xs[i], ys[i]));
            let (x, y) = (
                simd.add_f32s(xs[i], self.middle),
                simd.add_f32s(ys[i], self.middle),
            );
            let light = simd.add_f32s(simd.add_f32s(squared(x), squared(y)), self.c1);
            let means = simd.add_f32s(squared(xs[i]), squared(ys[i]));
            let spread = simd.add_f32s(simd.sub_f32s(squares[i], means), self.c2);
            let spread_apart = simd.sub_f32s(aparts[i], mean_apart);
            let alike = simd.mul_f32s(
                simd.sub_f32s(light, mean_apart),
                simd.sub_f32s(spread, spread_apart),
            );
            into[i] = simd.div_f32s(alike, simd.mul_f32s(light, spread));
        }
    }
}
