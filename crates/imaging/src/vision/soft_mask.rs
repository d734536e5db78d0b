//! Step 1: the network's soft mask, 0..=1 per working pixel.
//!
//! The photo is laid centred on a square of its own border colour, 8 % larger than its long side. Without the
//! margin a product that touches the frame comes out almost empty; without the square 3:4 photos are squashed.

use super::{
    CutoutCard, Infer, VisionError,
    raster::{Field, Plane, sample},
    working::{Working, reduce},
};

/// Side of the square over the long side of the photo (STUDIO 1.1).
const MARGIN: f32 = 1.08;

/// Below this spread the network's answer is noise, and there is no product.
const SPREAD_MIN: f32 = 0.05;

/// Runs the network on the working picture.
pub(super) fn soft_mask(
    working: &Working,
    card: &CutoutCard,
    network: &dyn Infer,
) -> Result<Field, VisionError> {
    let (rgb, side) = (&working.rgb, card.side as usize);
    let scale = (side as f32 / (MARGIN * working.side)).min(1.0);
    let fit = |length: usize| ((length as f32 * scale).round() as usize).clamp(1, side);
    let small = reduce(rgb.width, rgb.height, fit(rgb.width), fit(rgb.height), |x, y| {
        rgb.row(y)[x]
    });
    let (left, top) = ((side - small.width) / 2, (side - small.height) / 2);
    let square = padded(&small, side, left, top);
    let mut mask = network.infer(planes(&square, card), side, card.output)?;
    stretch(&mut mask)?;
    let mask = Plane {
        width: side,
        height: side,
        data: mask,
    };
    let (across, down) = (
        small.width as f32 / rgb.width as f32,
        small.height as f32 / rgb.height as f32,
    );
    let position = |at: usize, step: f32, start: usize| (at as f32 + 0.5) * step - 0.5 + start as f32;
    Ok(rgb.same_size(|i| {
        let (x, y) = (i % rgb.width, i / rgb.width);
        sample::bilinear(&mask, position(x, across, left), position(y, down, top))
    }))
}

/// The small photo on a square of the median colour of its frame.
fn padded(small: &Plane<[f32; 3]>, side: usize, left: usize, top: usize) -> Plane<[f32; 3]> {
    let mut square = Plane::filled(side, side, border_colour(small));
    for y in 0..small.height {
        square.row_mut(top + y)[left..left + small.width].copy_from_slice(small.row(y));
    }
    square
}

fn border_colour(rgb: &Plane<[f32; 3]>) -> [f32; 3] {
    let frame: Vec<[f32; 3]> = rgb.border(2).map(|i| rgb.data[i]).collect();
    [0, 1, 2].map(|c| {
        let mut values: Vec<f32> = frame.iter().map(|colour| colour[c]).collect();
        super::raster::percentile(&mut values, 0.5)
    })
}

fn planes(square: &Plane<[f32; 3]>, card: &CutoutCard) -> Vec<f32> {
    let channel = |c: usize| {
        square
            .data
            .iter()
            .map(move |v| (v[c] - card.mean[c]) / card.std[c])
    };
    (0..3).flat_map(channel).collect()
}

/// Moves the least value to 0 and the largest to 1.
fn stretch(mask: &mut [f32]) -> Result<(), VisionError> {
    let low = mask.iter().copied().fold(f32::INFINITY, f32::min);
    let high = mask.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !(high - low).is_finite() || high - low < SPREAD_MIN {
        return Err(VisionError::NoProduct);
    }
    for value in mask {
        *value = (*value - low) / (high - low);
    }
    Ok(())
}
