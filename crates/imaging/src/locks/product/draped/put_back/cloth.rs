//! Cloth told from print, in the reference and in the candidate.

pub(super) use super::super::print::distance;
use super::super::{
    laid::Laid,
    master::Master,
    print::{APART, median},
};
use crate::locks::{colour::Lab, plane::Plane};

/// The cloth's colour is averaged over this sigma, frame pixels: a print is bridged from both sides.
pub(super) const SIGMA: f32 = 10.0;
/// How much the colour of all cloth counts where there is none near.
const PRIOR: f32 = 0.01;

/// Where cloth is, and its colour.
pub(super) struct Cloth {
    /// The reference's own colour of cloth, also under its prints.
    pub(super) colour: Lab,
    /// 1 where the reference shows cloth, else 0.
    pub(super) reference: Plane,
    /// 1 where the candidate shows cloth of that colour, else 0.
    pub(super) candidate: Plane,
}

impl Cloth {
    pub(super) fn of(master: &Master, laid: &Laid) -> Option<Self> {
        let middle = median(&laid.reference, &master.core)?;
        let mut reference = master.mask.clone();
        for (index, value) in reference.data.iter_mut().enumerate() {
            let is_cloth = *value > 0.5 && distance(laid.reference.at(index), middle) <= APART;
            *value = f32::from(u8::from(is_cloth));
        }
        let inner = reference.eroded(1);
        let colour = bridged(&laid.reference, &inner, middle);
        let mut candidate = laid.inside.clone();
        for (index, value) in candidate.data.iter_mut().enumerate() {
            let open = *value > 0.5 && laid.hidden.data[index] < 0.5;
            let is_cloth = open && distance(laid.balanced.at(index), colour.at(index)) <= APART;
            *value = f32::from(u8::from(is_cloth));
        }
        Some(Self {
            colour,
            reference,
            candidate,
        })
    }
}

/// The mean colour around, over these pixels alone.
fn bridged(lab: &Lab, over: &Plane, middle: [f32; 3]) -> Lab {
    let weight = over.blurred(SIGMA).map(|w| w + PRIOR);
    let channel = |plane: &Plane, middle: f32| {
        let sum = plane.with(over, |v, o| v * o).blurred(SIGMA);
        sum.with(&weight, |s, w| (s + PRIOR * middle) / w)
    };
    Lab {
        l: channel(&lab.l, middle[0]),
        a: channel(&lab.a, middle[1]),
        b: channel(&lab.b, middle[2]),
    }
}
