//! Reference and candidate laid over each other, in one light, with what can be compared.

use super::{
    field::Field,
    light::{balanced, relit},
    master::Master,
    occlusion::{bare, covered},
    print::median,
    refine::Refined,
};
use crate::locks::{colour::Lab, plane::Plane};

/// Both pictures in the frame.
pub(super) struct Laid {
    /// The reference, as sharp as the candidate.
    pub(super) reference: Lab,
    /// The candidate as it is.
    pub(super) raw: Lab,
    /// The candidate in the reference's light.
    pub(super) lit: Lab,
    /// And in its white balance, as far as a camera errs.
    pub(super) balanced: Lab,
    /// 1 where the garment is compared: not its rim, not behind an arm, inside the picture.
    pub(super) ok: Plane,
    /// 1 where the candidate shows the ground around the garment, and the reference cloth; not compared otherwise.
    pub(super) bare: Plane,
    /// 1 where the garment is hidden by skin, else 0.
    pub(super) hidden: Plane,
    /// 1 where the candidate has pixels, else 0.
    pub(super) inside: Plane,
    /// Share of the garment's core that is compared.
    pub(super) seen: f32,
}

impl Laid {
    /// `scale` is candidate pixels per frame pixel.
    pub(super) fn new(master: &Master, candidate: &Lab, refined: &Refined, scale: f32) -> Self {
        let field: &Field = &refined.field;
        let raw = field.look_in_colour(candidate);
        let inside = field.inside((candidate.width(), candidate.height()));
        let reference = as_sharp(&master.lab, &master.mask, scale);
        let shifted = shift_towards(&reference, &raw, &master.core);
        let hidden = covered(&shifted, &raw, &master.mask, &inside);
        let open = inside.with(&hidden, |i, h| i * (1.0 - h));
        let open = master.core.with(&open, |c, o| c * o);
        let bare = bare(&shifted, &raw, &master.mask, &open);
        let ok = open.with(&bare, |o, b| o * (1.0 - b));
        let lit = relit(&reference.l, &raw, &ok);
        let balanced = balanced(&reference, &lit, &ok);
        Self {
            seen: (open.sum() / master.core.sum().max(1.0)) as f32,
            reference,
            raw,
            lit,
            balanced,
            ok,
            bare,
            hidden,
            inside,
        }
    }
}

/// The reference blurred as much as a candidate with fewer pixels is.
pub(super) fn as_sharp(lab: &Lab, mask: &Plane, scale: f32) -> Lab {
    let sigma = 0.5 * ((1.0 / scale).powi(2) - 1.0).max(0.0).sqrt();
    if sigma < 0.3 {
        return lab.clone();
    }
    let weight = mask.blurred(sigma).map(|w| w + 1e-4);
    lab.map(|plane| {
        plane
            .with(mask, |v, m| v * m)
            .blurred(sigma)
            .with(&weight, |v, w| v / w)
    })
}

/// The reference moved by the difference of the medians, so that light does not turn cloth into skin.
fn shift_towards(reference: &Lab, raw: &Lab, core: &Plane) -> Lab {
    let (Some(one), Some(two)) = (median(reference, core), median(raw, core)) else {
        return reference.clone();
    };
    let by = |c: usize| (two[c] - one[c]).clamp(-6.0, 6.0);
    Lab {
        l: reference.l.map(|v| v + by(0)),
        a: reference.a.map(|v| v + by(1)),
        b: reference.b.map(|v| v + by(2)),
    }
}
