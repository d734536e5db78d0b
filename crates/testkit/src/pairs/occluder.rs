//! What may hide a little of a garment: an arm with its hand, or hair.

use super::{
    chance::Noise,
    plane::{Plane, mix, smoothstep},
    warp::Warp,
};
use crate::Random;

/// At most this share of the garment may be hidden.
const HIDDEN_MAX: f32 = 0.14;

/// Skin of many people, sRGB.
const SKIN: [[f32; 3]; 6] = [
    [244.0, 212.0, 192.0],
    [232.0, 190.0, 164.0],
    [216.0, 168.0, 138.0],
    [182.0, 128.0, 98.0],
    [134.0, 88.0, 64.0],
    [92.0, 60.0, 46.0],
];

/// Hair, sRGB.
const HAIR: [[f32; 3]; 4] = [
    [28.0, 24.0, 24.0],
    [66.0, 44.0, 32.0],
    [116.0, 78.0, 48.0],
    [190.0, 152.0, 100.0],
];

/// Something in front of the garment.
pub(super) struct Layer {
    colours: Plane<[f32; 3]>,
    cover: Plane<f32>,
}

impl Layer {
    pub(super) fn over(&self, scene: &mut Plane<[f32; 3]>) {
        for ((under, colour), cover) in scene
            .data
            .iter_mut()
            .zip(&self.colours.data)
            .zip(&self.cover.data)
        {
            *under = mix(*under, *colour, *cover);
        }
    }

    fn hides(&self, garment: &Plane<f32>) -> f32 {
        let hidden: f32 = self
            .cover
            .data
            .iter()
            .zip(&garment.data)
            .map(|(a, b)| a * b)
            .sum();
        hidden / garment.data.iter().sum::<f32>().max(1.0)
    }
}

/// An arm (more often) or hair in front of a garment whose coverage of the picture is given; mostly none.
pub(super) fn draw(random: &mut Random, garment: &Plane<f32>, warp: &Warp) -> Option<Layer> {
    let kind = random.between(0.0, 1.0);
    if kind > 0.4 {
        return None;
    }
    let seed = random.next_u64();
    // Drawn again, reaching less far, until little enough is hidden.
    [1.0, 0.75, 0.5, 0.3, 0.15].into_iter().find_map(|reach| {
        let mut random = Random::new(seed);
        let layer = if kind < 0.28 {
            arm(&mut random, garment, warp, reach)
        } else {
            hair(&mut random, garment, warp, reach)
        };
        (layer.hides(garment) <= HIDDEN_MAX).then_some(layer)
    })
}

/// A straight limb from `a` to `b`, `radius.0` wide at `a` and `radius.1` at `b`.
struct Limb {
    a: (f32, f32),
    b: (f32, f32),
    radius: (f32, f32),
}

impl Limb {
    /// Pixels outside the limb's rim (negative inside), and how far off its middle line, -1..=1, with the side's sign.
    fn distance(&self, x: f32, y: f32) -> (f32, f32) {
        let (dx, dy) = (self.b.0 - self.a.0, self.b.1 - self.a.1);
        let (px, py) = (x - self.a.0, y - self.a.1);
        let t = ((px * dx + py * dy) / (dx * dx + dy * dy).max(1.0)).clamp(0.0, 1.0);
        let radius = self.radius.0 + (self.radius.1 - self.radius.0) * t;
        let away = (px - t * dx).hypot(py - t * dy);
        let side = (px * dy - py * dx).signum();
        (away - radius, (away / radius).min(1.0) * side)
    }
}

/// A forearm from beside the garment and the hand it ends in.
fn arm(random: &mut Random, garment: &Plane<f32>, warp: &Warp, reach: f32) -> Layer {
    let (centre, (w, h)) = (warp.centre(), warp.size());
    let size = w.min(h).max(0.45 * w.max(h));
    let side = random.sign();
    let skin = random.one_of(&SKIN);
    let wrist_at = 0.5 - 0.42 * reach * random.between(0.5, 1.0);
    let elbow = (
        centre.0 + side * (0.5 * w + size * random.between(0.35, 0.6)),
        centre.1 + random.between(-0.25, 0.55) * h,
    );
    let wrist = (
        centre.0 + side * wrist_at * w,
        centre.1 + random.between(-0.2, 0.35) * h,
    );
    let (dx, dy) = (wrist.0 - elbow.0, wrist.1 - elbow.1);
    let length = dx.hypot(dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let thick = size * random.between(0.045, 0.062);
    let reach_out = |from: (f32, f32), forward: f32, aside: f32| {
        (
            from.0 + ux * forward - uy * aside,
            from.1 + uy * forward + ux * aside,
        )
    };
    let mut limbs = vec![
        // The upper arm leaves the picture; nobody sees where it ends.
        Limb {
            a: reach_out(elbow, -2000.0, 0.0),
            b: elbow,
            radius: (thick * 1.35, thick * 1.35),
        },
        Limb {
            a: elbow,
            b: wrist,
            radius: (thick * 1.35, thick * 0.8),
        },
        Limb {
            a: wrist,
            b: reach_out(wrist, 1.5 * thick, 0.0),
            radius: (thick * 0.85, thick * 1.05),
        },
    ];
    for finger in 0..4 {
        let aside = (finger as f32 - 1.5) * 0.52 * thick;
        let root = reach_out(wrist, 1.9 * thick, aside);
        let long = if finger == 0 || finger == 3 { 1.5 } else { 1.9 };
        limbs.push(Limb {
            a: root,
            b: reach_out(root, long * thick, aside * 0.25),
            radius: (thick * 0.28, thick * 0.22),
        });
    }
    limbs.push(Limb {
        a: reach_out(wrist, 0.5 * thick, 0.7 * thick * side),
        b: reach_out(wrist, 1.9 * thick, 1.7 * thick * side),
        radius: (thick * 0.32, thick * 0.25),
    });
    let grain = Noise::new(random, 14.0);
    painted(garment, |x, y| {
        let nearest = limbs
            .iter()
            .map(|limb| limb.distance(x, y))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let (away, off) = nearest.unwrap_or((f32::INFINITY, 0.0));
        let round = (1.0 - off * off).max(0.0).sqrt();
        let shade = (0.72 + 0.30 * round + 0.08 * off) * (1.0 + 0.03 * grain.at(x, y));
        (skin.map(|v| v * shade), smoothstep(0.8, -0.8, away))
    })
}

/// Locks falling from above over one shoulder.
fn hair(random: &mut Random, garment: &Plane<f32>, warp: &Warp, reach: f32) -> Layer {
    let (centre, (w, h)) = (warp.centre(), warp.size());
    let side = random.sign();
    let colour = random.one_of(&HAIR);
    let root = centre.0 + side * random.between(0.08, 0.25) * w;
    let tip_y = centre.1 - 0.5 * h + reach * random.between(0.2, 0.45) * h;
    let top = centre.1 - 0.62 * h;
    let wide = reach * random.between(0.05, 0.10) * w;
    let sway = random.between(-0.06, 0.06) * w;
    let strands = Noise::new(random, 2.6);
    let tips = Noise::new(random, 7.0);
    painted(garment, |x, y| {
        let t = (y - top) / (tip_y - top).max(1.0);
        let middle = root + sway * (t * 3.0).sin();
        let across = (x - middle) / wide;
        // Strands run along the lock: the noise varies across it and hardly along it.
        let strand = strands.at(x - sway * (t * 3.0).sin(), y * 0.04);
        let end = 1.0 + 0.16 * tips.at(x, 0.0) - 0.35 * across * across;
        let cover = smoothstep(1.0, 0.72, across.abs() + 0.15 * strand) * smoothstep(end, end - 0.12, t);
        let shine = 1.0 + 0.28 * strand + 0.25 * (-(6.0 * (t - 0.35)).powi(2)).exp();
        (colour.map(|v| v * shine), cover)
    })
}

fn painted(garment: &Plane<f32>, paint: impl Fn(f32, f32) -> ([f32; 3], f32)) -> Layer {
    let mut cover = garment.map(|_| 0.0);
    let colours = Plane::from_fn(garment.width, garment.height, |x, y| {
        let (colour, covered) = paint(x as f32, y as f32);
        cover.data[y * garment.width + x] = covered;
        colour
    });
    Layer { colours, cover }
}
