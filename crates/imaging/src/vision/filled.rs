//! Old ground inside the outline: a gap between sleeve and body, a keyhole or the loop of a strap that the cut filled.
//!
//! Colour alone cannot tell such a gap from cloth of the ground's colour, so the gap stays and a person is told. What
//! speaks for a gap: its mean is exactly the ground's, an edge ends it on part of its rim, and it is one of few. The
//! white parts of a print come in many pieces.

use super::{
    edge::Edge,
    gaps::{self, RINGING},
    raster::{components, morphology},
    scene::Scene,
};

/// Mixed pixels beside the outline are not looked at, in units.
const RIM: f32 = 3.0;

/// Narrower gaps than twice this are not seen at the size of a catalogue picture, in units.
const HALF_WIDTH_MIN: f32 = 2.0;

/// Mean difference from an exactly even ground (Lab): ringing against pure white darkens its mean a little.
const EVEN_MAX: f32 = 1.1;

/// The same for other grounds, whose own unevenness is allowed up to here (Lab).
const UNEVEN_MAX: f32 = 2.0;

/// Evened differences (Lab) below this are looked at together.
const ALIKE: f32 = 3.0;

/// Smallest gap that counts, as a share of the product.
const SHARE_MIN: f64 = 3e-4;

/// More places than this are a print.
const PLACES_MAX: usize = 4;

/// Share of a gap's rim that is an edge.
const EDGE_SHARE: f32 = 0.2;

/// Share of the product, 0..=1, that is probably old ground in filled gaps.
pub(super) fn filled_gaps(scene: &Scene<'_>, edge: &Edge) -> f32 {
    let limit = if scene.flat {
        EVEN_MAX
    } else {
        scene.tolerance.min(UNEVEN_MAX)
    };
    let inside = edge
        .mask
        .same_size(|i| u8::from(edge.distance.data[i] > RIM * edge.unit && scene.d.e.data[i] < RINGING));
    let product = edge.mask.count() as f64;
    if (inside.count() as f64) < SHARE_MIN * product {
        return 0.0;
    }
    let evened = gaps::evened(scene, &inside);
    let alike = inside.same_size(|i| inside.data[i] & u8::from(evened.data[i] < ALIKE));
    let parts = components::parts(&morphology::open(&alike, HALF_WIDTH_MIN * scene.unit()));
    let large = |part: &usize| f64::from(parts.size[*part]) >= SHARE_MIN * product;
    let places: Vec<usize> = (1..parts.size.len()).filter(large).collect();
    if places.is_empty() || places.len() > PLACES_MAX {
        return 0.0;
    }
    let means = parts.sums(|i| evened.data[i]);
    let rims = gaps::rims(scene, &parts, &edge.mask.not(), &edge.mask.same_size(|_| 0));
    let is_gap = |part: &&usize| {
        means[**part] < f64::from(limit) * f64::from(parts.size[**part]) && rims[**part].is_edge(EDGE_SHARE)
    };
    let filled: u32 = places.iter().filter(is_gap).map(|&part| parts.size[part]).sum();
    (f64::from(filled) / product) as f32
}
