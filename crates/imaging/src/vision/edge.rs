//! Step 11, first half: what lies on each side of the outline, so that a pixel on it can be told apart.

use super::{
    raster::{Field, Mask, Plane, distance, gaussian, morphology},
    working::Working,
};

/// Pixels nearer to the outline than this, in units, are mixtures: they teach nothing about either side (STUDIO 1.11).
const MIXED: f32 = 2.5;

/// Widths over which a side's colour is averaged, in units; the next fills what the one before does not reach.
const SIGMAS: [f32; 4] = [1.6, 3.2, 6.4, 13.0];

/// Least weight at which an average counts.
const WEIGHT_MIN: f32 = 0.02;

/// Parts an opening by this many units loses are thin: all of it may be mixture.
const THIN: f32 = 2.0;

/// Signed distances are known up to this many units.
pub(super) const DISTANCE_MAX: f32 = 8.0;

/// The outline and both its sides, at working size.
pub(super) struct Edge {
    /// The product.
    pub(super) mask: Mask,
    /// Smoothed signed distance to the outline in working pixels, positive inside.
    pub(super) distance: Field,
    /// The product's colour near the outline.
    pub(super) product: Plane<[f32; 3]>,
    /// The ground's colour near the outline, with the shadow that falls there.
    pub(super) ground: Plane<[f32; 3]>,
    /// 1 on thin parts and just around them.
    pub(super) thin: Field,
    /// The recipe's unit in working pixels.
    pub(super) unit: f32,
}

impl Edge {
    /// Measures both sides of a mask's outline.
    pub(super) fn new(mask: Mask, working: &Working) -> Self {
        // Edges are mixed over pixels, however small the photo.
        let (rgb, unit) = (&working.rgb, working.unit.max(1.0));
        let sharp = distance::signed(&mask, DISTANCE_MAX * unit);
        let product = side_colour(rgb, &sharp.mask(|d| d > MIXED * unit), unit);
        let ground = side_colour(rgb, &sharp.mask(|d| d < -MIXED * unit), unit);
        let thin_mask = morphology::dilate(&mask.minus(&morphology::open(&mask, THIN * unit)), 1.5 * unit);
        let product = with_thin_parts(product, rgb, &ground, &thin_mask, unit);
        let distance = gaussian::blur(&sharp, 0.8 * unit);
        let thin = thin_mask.same_size(|i| thin_mask.data[i] as f32);
        Self {
            mask,
            distance,
            product,
            ground,
            thin,
            unit,
        }
    }
}

/// The colour of the chosen pixels carried to their neighbourhood; the nearest known scale wins.
fn side_colour(rgb: &Plane<[f32; 3]>, chosen: &Mask, unit: f32) -> Plane<[f32; 3]> {
    let weighted = rgb.same_size(|i| {
        let [r, g, b] = rgb.data[i];
        if chosen.is(i) { [r, g, b, 1.0] } else { [0.0; 4] }
    });
    let mut out = rgb.clone();
    let mut open = Plane::filled(rgb.width, rgb.height, 1_u8);
    for sigma in SIGMAS {
        let means = gaussian::blur(&weighted, sigma * unit);
        for (i, &[r, g, b, weight]) in means.data.iter().enumerate() {
            if open.is(i) && weight >= WEIGHT_MIN {
                out.data[i] = [r / weight, g / weight, b / weight];
                open.data[i] = 0;
            }
        }
    }
    out
}

/// On thin parts the product's colour is the pixel nearby that differs most from the ground.
fn with_thin_parts(
    mut product: Plane<[f32; 3]>,
    rgb: &Plane<[f32; 3]>,
    ground: &Plane<[f32; 3]>,
    thin: &Mask,
    unit: f32,
) -> Plane<[f32; 3]> {
    let reach = (2.0 * unit).round().max(1.0) as usize;
    for i in (0..thin.data.len()).filter(|&i| thin.is(i)) {
        let (x, y) = (i % rgb.width, i / rgb.width);
        let rows = y.saturating_sub(reach)..=(y + reach).min(rgb.height - 1);
        let around = rows.flat_map(|ny| {
            let columns = x.saturating_sub(reach)..=(x + reach).min(rgb.width - 1);
            columns.map(move |nx| ny * rgb.width + nx)
        });
        let far = |j: usize| squared_difference(rgb.data[j], ground.data[i]);
        if let Some(best) = around.max_by(|&j, &k| far(j).total_cmp(&far(k))) {
            product.data[i] = rgb.data[best];
        }
    }
    product
}

pub(super) fn squared_difference(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
