//! Prints of the reference put back onto a candidate: which, where, in what light.
//!
//! 1. The garment is laid over the candidate by everything but its prints, which say nothing either of whether it is this
//!    garment. See `fit`.
//! 2. Cloth is told from print in both pictures. See `cloth`.
//! 3. Cloth says how the light differs; prints that differ say nothing. See `shade`.
//! 4. Each print is looked at: is it wrong, is it in view, does the cloth around it fit. See `site`.
//! 5. The reference's own pixels are painted through the map, feathered. See `paint`.
//!
//! What comes of it the lock judges again, and `is_mended` says whether it is taken. `examples/put_back` measures it:
//! docs/BENCHMARKS.md.

mod cloth;
mod fit;
mod light;
mod paint;
mod shade;
mod site;

use super::{master::Master, print::are_pattern};
use crate::locks::{plane::Plane, product::measure::Region};

use self::{cloth::Cloth, shade::Shade, site::Site};
pub(in crate::locks::product) use self::{fit::Fit, paint::View};

/// What is painted, per frame pixel.
pub(in crate::locks::product) struct Patch {
    /// How much of the reference is seen, 0..=1.
    alpha: Plane,
    /// The reference's light times this is the candidate's.
    shade: Shade,
    /// The boxes that hold all of it, frame pixels.
    regions: Vec<Region>,
}

/// The garment has prints, and is not patterned all over: a pattern's every error would show at its edge.
pub(in crate::locks::product) fn has_prints(master: &Master) -> bool {
    !master.prints.is_empty() && !are_pattern(&master.prints, master.mask.sum() as f32)
}

impl Patch {
    /// The prints that are wrong and can be put back unseen, and how many.
    pub(in crate::locks::product) fn of(master: &Master, fit: &Fit) -> Result<(Self, usize), &'static str> {
        let cloth = Cloth::of(master, fit.laid()).ok_or("its cloth is hidden")?;
        let shade = Shade::of(fit, &cloth, &master.prints);
        let (mut sites, mut why) = (Vec::new(), "it has no print");
        for print in &master.prints {
            match Site::of(print, master, fit, &cloth, &shade) {
                Ok(site) => sites.push(site),
                Err(reason) => why = reason,
            }
        }
        let alpha = sites
            .iter()
            .map(|site| site.alpha.clone())
            .reduce(|all, one| all.with(&one, f32::max))
            .ok_or(why)?;
        let regions = sites.iter().map(|site| site.region).collect();
        let patch = Self {
            alpha,
            shade,
            regions,
        };
        Ok((patch, sites.len()))
    }
}
