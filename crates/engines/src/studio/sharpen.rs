//! Gives back the edge an enlargement softened.

use imaging::Picture;

use super::plane::Plane;

/// Share of the detail that is added again.
const AMOUNT: f32 = 0.3;
/// Gaussian sigma in canvas pixels per unit of enlargement.
const SIGMA: f32 = 0.8;

/// Unsharp mask on the fully covered pixels of an enlarged cut-out: the outline and the ground stay as they are.
pub(crate) fn sharpen(placed: &mut Picture, factor: f64) {
    if factor <= 1.05 {
        return;
    }
    let sigma = SIGMA * factor as f32;
    let (width, height) = (placed.width() as usize, placed.height() as usize);
    let solid: Vec<bool> = placed.pixels().map(|pixel| pixel[3] == u16::MAX).collect();
    let inside = Plane {
        width,
        height,
        values: solid.iter().map(|&solid| f32::from(solid)).collect(),
    };
    let weight = inside.blurred(sigma);
    for channel in 0..3 {
        let value = Plane {
            width,
            height,
            values: placed
                .pixels()
                .zip(&solid)
                .map(|(pixel, &solid)| if solid { f32::from(pixel[channel]) } else { 0.0 })
                .collect(),
        };
        let smooth = value.blurred(sigma);
        for (index, pixel) in placed.pixels_mut().enumerate().filter(|(index, _)| solid[*index]) {
            let here = f32::from(pixel[channel]);
            let around = smooth.values[index] / weight.values[index].max(1e-3);
            pixel[channel] = (here + AMOUNT * (here - around)).round().clamp(0.0, 65535.0) as u16;
        }
    }
}
