//! Step 8, second half: narrow gaps that show the ground, where the ringing of JPEG along two close edges hides how
//! even it is.

use super::{
    raster::{Field, Mask, components, gaussian, morphology},
    scene::Scene,
};

/// Ringing moves single pixels of ground by up to this much (Lab); their mean stays.
pub(super) const RINGING: f32 = 6.0;

/// Mean difference from the ground (Lab) above which a gap is not the ground's colour ...
const MEAN_MAX: f32 = 1.2;

/// ... and the same where the network sees a gap too: the cloth's colour bleeds into narrow ones.
const MEAN_MAX_SEEN: f32 = 4.0;

/// The network sees a gap where its answer is below this.
const SEEN: f32 = 0.6;

/// Smallest gap, in square units.
const AREA_MIN: f32 = 50.0;

/// Least difference from the ground (Lab) of what lies across the edge of a gap. Cloth of the ground's colour fades
/// into its own shading; ground ends at an edge ...
const EDGE: f32 = 15.0;

/// ... on this share of its rim, if it opens to the ground ...
const EDGE_SHARE_OPEN: f32 = 0.4;

/// ... and on this, if it is enclosed.
const EDGE_SHARE_ENCLOSED: f32 = 0.75;

/// How far across the edge to look, in units.
const ACROSS: f32 = 4.0;

/// Gaps that open to the ground, whatever the network says, and enclosed ones that the network sees too: an enclosed
/// part that it is sure of is a print. Only where the ground is exactly even and the garment has another colour;
/// elsewhere colour says too little.
pub(super) fn gaps(scene: &Scene<'_>, strong: &Mask, ground: &Mask) -> Mask {
    if !scene.flat || scene.near {
        return strong.same_size(|_| 0);
    }
    let can_be = scene
        .m
        .same_size(|i| u8::from(scene.d.e.data[i] < RINGING && !strong.is(i)));
    let evened = evened(scene, &can_be.or(ground));
    let open = scene.m.same_size(|i| {
        let seen = scene.m.data[i] < SEEN;
        let limit = if seen { MEAN_MAX_SEEN } else { MEAN_MAX };
        can_be.data[i] & (1 - ground.data[i]) & u8::from(evened.data[i] < limit)
    });
    let parts = components::parts(&morphology::open(&open, scene.unit()));
    let m = parts.sums(|i| scene.m.data[i]);
    let rims = rims(scene, &parts, ground, strong);
    let area_min = AREA_MIN * scene.unit() * scene.unit();
    parts.keep(|part| {
        let size = parts.size[part] as f32;
        let seen = m[part] as f32 / size < SEEN;
        let opens = rims[part].ground > 0;
        // What opens to the ground and is seen as ground is the outline's own fringe, which the cut decides.
        let edge_share = if opens {
            EDGE_SHARE_OPEN
        } else {
            EDGE_SHARE_ENCLOSED
        };
        size >= area_min && opens != seen && rims[part].is_edge(edge_share)
    })
}

/// Length of the mean difference from the ground around each pixel, over what can be ground.
pub(super) fn evened(scene: &Scene<'_>, can_be: &Mask) -> Field {
    let d = &scene.d;
    let weighted = can_be.same_size(|i| {
        if can_be.is(i) {
            [d.l.data[i], d.a.data[i], d.b.data[i], 1.0]
        } else {
            [0.0; 4]
        }
    });
    let sums = gaussian::blur(&weighted, 2.0 * scene.unit());
    sums.same_size(|i| {
        let [l, a, b, weight] = sums.data[i];
        (l * l + a * a + b * b).sqrt() / weight.max(1e-3)
    })
}

/// What the pixels a little way off a part are, in the four directions.
#[derive(Clone, Default)]
pub(super) struct Rim {
    /// Product that is told from the ground by its colour.
    pub(super) sharp: u32,
    /// Product that is not.
    pub(super) dull: u32,
    /// Ground found before.
    pub(super) ground: u32,
}

impl Rim {
    pub(super) fn is_edge(&self, share: f32) -> bool {
        self.sharp as f32 >= share * (self.sharp + self.dull) as f32
    }
}

pub(super) fn rims(scene: &Scene<'_>, parts: &components::Parts, ground: &Mask, strong: &Mask) -> Vec<Rim> {
    let (width, height) = (ground.width, ground.height);
    let reach = (ACROSS * scene.unit()).round().max(1.0) as usize;
    let mut rims = vec![Rim::default(); parts.size.len()];
    for (i, &part) in parts.label.data.iter().enumerate().filter(|(_, part)| **part > 0) {
        let (x, y) = (i % width, i / width);
        let across = [
            (x >= reach).then(|| i - reach),
            (x + reach < width).then(|| i + reach),
            (y >= reach).then(|| i - reach * width),
            (y + reach < height).then(|| i + reach * width),
        ];
        let rim = &mut rims[part as usize];
        for j in across
            .into_iter()
            .flatten()
            .filter(|&j| parts.label.data[j] != part)
        {
            if ground.is(j) {
                rim.ground += 1;
            } else if strong.is(j) || scene.d.e.data[j] > EDGE {
                rim.sharp += 1;
            } else {
                rim.dull += 1;
            }
        }
    }
    rims
}
