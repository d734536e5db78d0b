//! Step 4: pixels that can only be product, whatever the network says.

use super::{
    raster::{Mask, Plane, components, gaussian, morphology},
    scene::Scene,
};

/// Darker than the ground by more than this no shadow is.
const DARK: f32 = 48.0;

/// Nor is a smooth shadow darker than this, on any ground.
const DARK_SMOOTH: f32 = 85.0;

/// Pixels that can only be product, and those among them that a deep smooth shadow could still explain.
pub(super) struct Strong {
    pub(super) mask: Mask,
    /// Strong for darkness alone, and smooth.
    pub(super) doubtful: Mask,
}

impl Strong {
    pub(super) fn new(scene: &Scene<'_>) -> Self {
        let mask = strong(scene);
        let d = &scene.d;
        let doubtful = mask.same_size(|i| {
            let shadow =
                d.c.data[i] < scene.chroma_tolerance(i) + 1.5 && d.dark(i) > 0.0 && d.dark(i) < DARK_SMOOTH;
            mask.data[i] & u8::from(shadow && scene.smooth(i))
        });
        Self { mask, doubtful }
    }

    /// What is left when the ground with its shadows is known.
    pub(super) fn beside(&self, ground: &Mask) -> Mask {
        self.mask.minus(ground)
    }
}

/// Pixels that can only be product.
fn strong(scene: &Scene<'_>) -> Mask {
    let bright = brighter_than_ground(scene);
    let d = &scene.d;
    let chroma = if scene.flat { 3.0 } else { 5.5 };
    let evident =
        |i: usize| d.c.data[i] > scene.chroma_tolerance(i) + chroma || d.dark(i) > DARK || bright.is(i);
    let evident = morphology::open_square2(&scene.m.same_size(|i| u8::from(evident(i))));
    without_specks(scene, &evident)
}

/// A shadow is never brighter than the ground.
fn brighter_than_ground(scene: &Scene<'_>) -> Mask {
    let l = &scene.d.l;
    if scene.flat {
        let smooth = gaussian::blur(l, 1.5 * scene.unit());
        return morphology::open(&smooth.mask(|l| l > 1.0), 5.0 * scene.unit());
    }
    let limit = (2.0 * scene.tolerance).max(4.0);
    scene
        .m
        .same_size(|i| u8::from(l.data[i] > limit && scene.m.data[i] > 0.5))
}

/// Keeps parts that the network has seen or that are large; drops slivers along the frame.
fn without_specks(scene: &Scene<'_>, evident: &Mask) -> Mask {
    let unit = scene.unit();
    let parts = components::parts(evident);
    let seen = parts.maxima(|i| scene.m.data[i]);
    let boxes = parts.boxes();
    let (width, height) = (evident.width, evident.height);
    let large = 0.002 * (width * height) as f32;
    parts.keep(|part| {
        let size = parts.size[part] as f32;
        let [left, top, right, low] = boxes[part];
        let on_frame = left == 0 || top == 0 || right + 1 == width || low + 1 == height;
        let thin = (right - left + 1).min(low - top + 1) as f32;
        let sliver = on_frame && thin < 0.02 * scene.working.side;
        size >= 6.0 * unit * unit && (seen[part] > 0.5 || size > large) && !sliver
    })
}

/// The only pixels that may be covered at all: near something the network or the colours point at.
pub(super) fn zone(scene: &Scene<'_>, strong: &Mask) -> Mask {
    let near: Plane<u8> = scene
        .m
        .same_size(|i| u8::from(scene.m.data[i] > 0.02) | strong.data[i]);
    morphology::dilate(&near, 14.0 * scene.unit())
}
