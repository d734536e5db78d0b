//! The cut as a diffusion: each undecided pixel becomes the weighted mean of its neighbours and its own leaning.
//!
//! Source: L. Grady, Random walks for image segmentation, IEEE PAMI 28(11), 2006, with a prior per pixel. Chroma
//! counts a third: the cut snaps to the edge in lightness, and JPEG's coarse chroma stops mattering.

use super::{
    raster::{Field, Mask, Plane},
    scene::Scene,
};

/// Lab distance between neighbours at which they hold to each other by 1/e (STUDIO 1.9).
const REACH: f32 = 2.0;
/// Weight of chroma in that distance.
const CHROMA: f32 = 0.35;
/// Least hold between neighbours.
const HOLD_MIN: f32 = 1e-4;
/// Rounds of conjugate gradients, and the residual to stop at, relative to the first.
const ROUNDS: usize = 200;
const RESIDUAL: f32 = 1e-4;

/// What is known before the walk.
pub(super) struct Problem {
    /// Surely 0.
    pub(super) ground: Mask,
    /// Surely 1.
    pub(super) product: Mask,
    /// What the others lean to, 0..=1.
    pub(super) target: Field,
    /// How hard, beside a hold of at most 1 to each of four neighbours.
    pub(super) pull: Field,
}

/// Probability of product at every pixel, 0..=1.
pub(super) fn solve(scene: &Scene<'_>, problem: &Problem) -> Field {
    let system = System::new(scene, problem);
    let mut out = problem.product.same_size(|i| problem.product.data[i] as f32);
    for (&i, value) in system.pixels.iter().zip(system.conjugate_gradients()) {
        out.data[i as usize] = value;
    }
    out
}

/// The undecided pixels and their equations: `diagonal * x - sum(hold * neighbour) = right`.
struct System {
    /// Plane index of each unknown.
    pixels: Vec<u32>,
    /// East and south neighbour of each unknown as unknown number, or itself with hold 0.
    links: Vec<[(u32, f32); 2]>,
    diagonal: Vec<f32>,
    right: Vec<f32>,
    start: Vec<f32>,
}

impl System {
    fn new(scene: &Scene<'_>, problem: &Problem) -> Self {
        let number = numbers(problem);
        let (width, height) = (number.width, number.height);
        let count = number.data.iter().filter(|&&n| n != DECIDED).count();
        let mut system = Self {
            pixels: Vec::with_capacity(count),
            links: Vec::with_capacity(count),
            diagonal: vec![0.0; count],
            right: vec![0.0; count],
            start: Vec::with_capacity(count),
        };
        for i in 0..number.data.len() {
            if number.data[i] != DECIDED {
                system.pixels.push(i as u32);
                system.start.push(problem.target.data[i]);
                system.links.push([(number.data[i], 0.0); 2]);
            }
        }
        for i in 0..number.data.len() {
            let (x, y) = (i % width, i / width);
            let east = (x + 1 < width).then_some((0, i + 1));
            let south = (y + 1 < height).then_some((1, i + width));
            for (side, j) in [east, south].into_iter().flatten() {
                system.link(scene, problem, &number, (i, j), side);
            }
            if number.data[i] != DECIDED {
                let n = number.data[i] as usize;
                system.diagonal[n] += problem.pull.data[i];
                system.right[n] += problem.pull.data[i] * problem.target.data[i];
            }
        }
        system
    }

    /// Enters the hold between two neighbours.
    fn link(
        &mut self,
        scene: &Scene<'_>,
        problem: &Problem,
        number: &Plane<u32>,
        (i, j): (usize, usize),
        side: usize,
    ) {
        let (from, to) = (number.data[i], number.data[j]);
        if from == DECIDED && to == DECIDED {
            return;
        }
        let hold = hold(scene, i, j);
        for (n, other) in [(from, j), (to, i)] {
            if n != DECIDED {
                self.diagonal[n as usize] += hold;
                if number.data[other] == DECIDED {
                    self.right[n as usize] += hold * problem.product.data[other] as f32;
                }
            }
        }
        if from != DECIDED && to != DECIDED {
            self.links[from as usize][side] = (to, hold);
        }
    }

    fn conjugate_gradients(&self) -> Vec<f32> {
        let mut x = self.start.clone();
        let mut product = vec![0.0; x.len()];
        self.apply(&x, &mut product);
        let mut residual: Vec<f32> = self.right.iter().zip(&product).map(|(r, p)| r - p).collect();
        let mut step: Vec<f32> = residual.iter().zip(&self.diagonal).map(|(r, d)| r / d).collect();
        let mut energy = dot(&residual, &step);
        let stop = energy * f64::from(RESIDUAL * RESIDUAL);
        for _ in 0..ROUNDS {
            if energy <= stop || energy <= f64::MIN_POSITIVE {
                break;
            }
            self.apply(&step, &mut product);
            let length = (energy / dot(&step, &product)) as f32;
            for ((x, s), (r, p)) in x.iter_mut().zip(&step).zip(residual.iter_mut().zip(&product)) {
                *x += length * s;
                *r -= length * p;
            }
            let before = energy;
            energy = residual
                .iter()
                .zip(&self.diagonal)
                .map(|(r, d)| f64::from(r * r / d))
                .sum();
            let keep = (energy / before) as f32;
            for (s, (r, d)) in step.iter_mut().zip(residual.iter().zip(&self.diagonal)) {
                *s = r / d + keep * *s;
            }
        }
        x
    }

    fn apply(&self, x: &[f32], out: &mut [f32]) {
        for ((o, d), v) in out.iter_mut().zip(&self.diagonal).zip(x) {
            *o = d * v;
        }
        for (n, links) in self.links.iter().enumerate() {
            for &(to, hold) in links {
                out[n] -= hold * x[to as usize];
                out[to as usize] -= hold * x[n];
            }
        }
    }
}

const DECIDED: u32 = u32::MAX;

/// Numbers the undecided pixels row by row.
fn numbers(problem: &Problem) -> Plane<u32> {
    let mut next = 0;
    problem.ground.same_size(|i| {
        if problem.ground.is(i) || problem.product.is(i) {
            return DECIDED;
        }
        next += 1;
        next - 1
    })
}

fn hold(scene: &Scene<'_>, i: usize, j: usize) -> f32 {
    let d = &scene.d;
    let l = d.l.data[i] - d.l.data[j];
    let (a, b) = (
        CHROMA * (d.a.data[i] - d.a.data[j]),
        CHROMA * (d.b.data[i] - d.b.data[j]),
    );
    (-(l * l + a * a + b * b) / (REACH * REACH)).exp() + HOLD_MIN
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum()
}
