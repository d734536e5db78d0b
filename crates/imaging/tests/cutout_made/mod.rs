//! Made photos with a known outline, and a stand-in for the network.

use image::Rgba;
use imaging::{
    Picture,
    vision::{CutoutCard, Cutter, Infer, VisionError},
};

/// A card for [`Blurred`].
pub(crate) const CARD: CutoutCard = CutoutCard {
    side: 160,
    mean: [0.0; 3],
    std: [1.0; 3],
    output: 0,
};

/// Sees what differs from the first pixel by more than 4 %, blurred as a small network would: soft, shadows included.
pub(crate) struct Blurred;

impl Infer for Blurred {
    fn infer(&self, input: Vec<f32>, side: usize, _output: usize) -> Result<Vec<f32>, VisionError> {
        let area = side * side;
        let differs = |i: usize| (0..3).any(|c| (input[c * area + i] - input[c * area]).abs() > 0.04);
        let seen: Vec<f32> = (0..area).map(|i| f32::from(u8::from(differs(i)))).collect();
        let mean = |i: usize| {
            let (x, y) = (i % side, i / side);
            let rows = y.saturating_sub(2)..=(y + 2).min(side - 1);
            let around: Vec<f32> = rows
                .flat_map(|ny| (x.saturating_sub(2)..=(x + 2).min(side - 1)).map(move |nx| ny * side + nx))
                .map(|j| seen[j])
                .collect();
            around.iter().sum::<f32>() / around.len() as f32
        };
        Ok((0..area).map(mean).collect())
    }
}

pub(crate) fn cutter() -> Cutter {
    Cutter::new(Box::new(Blurred), CARD)
}

/// Draws a picture from linear coordinates: `paint(x, y)` gives colour and coverage over the ground; nine samples a pixel.
pub(crate) fn drawn(
    side: u32,
    ground: impl Fn(f32, f32) -> [f32; 3],
    product: [f32; 3],
    inside: impl Fn(f32, f32) -> bool,
) -> (Picture, Vec<f32>) {
    let mut truth = Vec::new();
    let picture = Picture::from_fn(side, side, |x, y| {
        let samples = (0..9).map(|k| {
            (
                x as f32 + (k % 3) as f32 / 3.0 + 0.17,
                y as f32 + (k / 3) as f32 / 3.0 + 0.17,
            )
        });
        let coverage = samples.filter(|&(x, y)| inside(x, y)).count() as f32 / 9.0;
        truth.push(coverage);
        // A weave of one pixel, as cloth has.
        let weave = if (x + y) % 2 == 0 { 0.015 } else { -0.015 };
        let under = ground(x as f32 + 0.5, y as f32 + 0.5);
        let mixed = [0, 1, 2].map(|c| (product[c] + weave) * coverage + under[c] * (1.0 - coverage));
        let [r, g, b] = mixed.map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u16 * 257);
        Rgba([r, g, b, u16::MAX])
    });
    (picture, truth)
}
