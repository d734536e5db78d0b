//! The ways in which a picture can show another product than the photo: one file a family. Each takes a garment and
//! gives its tampered double, or none where it does not apply.

mod colour;
mod cut;
mod details;
mod pattern;
mod print;
mod swap;

use super::{
    Effect, Kind,
    subject::{Cut, Subject},
};
use crate::Random;

/// The tampered double of a garment. `others` are garments that may be shown instead.
pub(super) fn apply(random: &mut Random, kind: Kind, subject: &Subject, others: &[&Subject]) -> Option<Cut> {
    let cut = subject.cut();
    match kind {
        Kind::Faithful | Kind::Studio => Some(cut),
        Kind::Recoloured => colour::whole(random, subject, cut),
        Kind::PartRecoloured => colour::part(random, subject, cut),
        Kind::Desaturated => colour::desaturated(subject, cut),
        Kind::PrintErased => print::erased(subject, cut),
        Kind::PrintMirrored => print::mirrored(subject, cut),
        Kind::PrintGarbled => print::garbled(random, subject, cut),
        Kind::PatternRescaled => pattern::rescaled(random, subject, cut),
        Kind::PatternSmoothed => pattern::smoothed(random, subject, cut),
        Kind::Swapped => swap::swapped(random, subject, cut, others),
        Kind::OtherGarment => swap::other(random, subject, others),
        Kind::Shortened => Some(cut::shortened(random, subject, cut)),
        Kind::DetailsRemoved => details::removed(random, subject, cut),
    }
}

/// A person who compares the pictures would see it, and the asked change is the one that is there.
pub(super) fn is_visible(kind: Kind, effect: &Effect) -> bool {
    match kind {
        Kind::Faithful | Kind::Studio => effect.changed == 0,
        Kind::Recoloured => (8.0..=25.0).contains(&effect.median) && effect.changed_share > 0.5,
        Kind::PartRecoloured => (8.0..=25.0).contains(&effect.median) && effect.changed_share > 0.02,
        Kind::Desaturated => effect.median >= 5.5 && effect.changed_share > 0.4,
        Kind::PrintErased | Kind::PrintMirrored | Kind::PrintGarbled => {
            effect.strong >= 350 && effect.strong_share > 0.006
        }
        Kind::PatternRescaled | Kind::PatternSmoothed => effect.strong_share > 0.15,
        Kind::Swapped | Kind::OtherGarment => effect.strong_share > 0.4,
        Kind::Shortened => effect.strong_share > 0.05,
        Kind::DetailsRemoved => effect.strong >= 120 && effect.median > 8.0,
    }
}
