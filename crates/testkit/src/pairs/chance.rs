//! Chances drawn from a seed, and seeds made of names.

use crate::Random;

impl Random {
    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// A whole number in `0..count`; 0 if there is none.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (self.next_u64() % count.max(1) as u64) as usize
    }

    /// -1 or 1.
    pub(super) fn sign(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    /// About normal, mean 0 and standard deviation 1: the sum of four even chances of 16 bits.
    pub(super) fn normal(&mut self) -> f32 {
        let bits = self.next_u64();
        let sum: u64 = (0..4).map(|i| (bits >> (16 * i)) & 0xffff).sum();
        (sum as f32 / 65535.0 - 2.0) * 3.0_f32.sqrt()
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// FNV-1a, 64 bits: the same number for the same words on every machine.
pub(super) fn hash(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Smooth noise of about -1..=1 whose features are `grain` pixels wide, in two octaves.
#[derive(Clone, Debug)]
pub(super) struct Noise {
    seed: u64,
    grain: f32,
}

impl Noise {
    pub(super) fn new(random: &mut Random, grain: f32) -> Self {
        Self {
            seed: random.next_u64(),
            grain,
        }
    }

    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let coarse = self.octave(x / self.grain, y / self.grain, 0);
        let fine = self.octave(2.0 * x / self.grain, 2.0 * y / self.grain, 1);
        0.7 * coarse + 0.3 * fine
    }

    fn octave(&self, x: f32, y: f32, octave: u64) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (u, v) = (ease(x - left), ease(y - top));
        let corner = |i: i64, j: i64| {
            let (x, y) = ((left as i64 + i) as u64, (top as i64 + j) as u64);
            let key = self.seed
                ^ x.wrapping_mul(0x9e37_79b9)
                ^ y.wrapping_mul(0xc2b2_ae3d_27d4_eb4f)
                ^ octave << 60;
            Random::new(key).between(-1.0, 1.0)
        };
        let above = corner(0, 0) * (1.0 - u) + corner(1, 0) * u;
        let below = corner(0, 1) * (1.0 - u) + corner(1, 1) * u;
        above * (1.0 - v) + below * v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut random = Random::new(5);
        let drawn: Vec<f32> = (0..20_000).map(|_| random.normal()).collect();
        let mean = drawn.iter().sum::<f32>() / 20_000.0;
        let variance = drawn.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }

    #[test]
    fn words_are_kept_apart() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&["a"]), hash(&["a"]));
    }
}
