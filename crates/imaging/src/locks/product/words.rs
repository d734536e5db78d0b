//! The verdict in one sentence.

use domain::verdict::Outcome;

use super::{
    judge::{Part, PartName},
    measure::{Measures, Region},
};

/// Structure, and mean colour difference, at which it is as likely another garment as a fault of the same one; and how
/// far from there the chances are 3 to 1.
const OTHER_SSIM: f32 = 0.45;
const OTHER_SSIM_STEP: f32 = 0.08;
const OTHER_COLOUR: f32 = 15.0;
const OTHER_COLOUR_STEP: f32 = 2.0;

/// How likely the two show one product at all, faults aside, 0..=1. Only as sure as a first look.
pub(super) fn same_product(measures: &Measures) -> f64 {
    let chance = |above: f32, step: f32| 1.0 / (1.0 + (-f64::from(above / step) * 3.0_f64.ln()).exp());
    let structure = chance(measures.ssim - OTHER_SSIM, OTHER_SSIM_STEP);
    structure.min(chance(OTHER_COLOUR - measures.colour_mean, OTHER_COLOUR_STEP))
}

/// Why the outcome is what it is.
pub(super) fn reason(measures: &Measures, worst: &Part, outcome: Outcome, mirrored: bool) -> String {
    let numbers = format!(
        "masked SSIM {:.3}, colour off by dE {:.1} on average and {:.1} at worst",
        measures.ssim, measures.colour_mean, measures.panel.value
    );
    if outcome == Outcome::Passed {
        return format!("the same garment: {numbers}");
    }
    if mirrored {
        return format!("the garment is mirrored: {numbers}");
    }
    if same_product(measures) < 0.5 {
        return format!("another garment, or not laid over the reference: {numbers}");
    }
    let place = place(worst.worst.region, measures.garment);
    let fault = match worst.name {
        PartName::Colour => format!(
            "the colour is off by dE {:.1} on average (at most {:.1})",
            worst.value, worst.pass
        ),
        PartName::Panel => format!(
            "the colour is off by dE {:.1} {place} (at most {:.1})",
            worst.value, worst.pass
        ),
        PartName::Structure => detail(measures, &place),
        PartName::Silhouette => {
            format!("cloth is missing {place}: the ground shows where the garment should be")
        }
    };
    format!("{fault}: {numbers}")
}

fn detail(measures: &Measures, place: &str) -> String {
    let [reference, candidate] = measures.contrast;
    if candidate < 0.5 * reference {
        format!("detail is missing {place}")
    } else if reference < 0.5 * candidate {
        format!("detail was added {place}")
    } else {
        format!("detail differs {place}")
    }
}

/// Where on the garment a region lies, as the viewer sees it.
pub(super) fn place(region: Region, garment: Region) -> String {
    let share = |axis: usize| {
        let middle = region[axis] + region[axis + 2] / 2.0;
        (middle - garment[axis]) / garment[axis + 2].max(1.0)
    };
    let across = match share(0) {
        x if x < 0.34 => "left",
        x if x > 0.66 => "right",
        _ => "centre",
    };
    let down = match share(1) {
        y if y < 0.34 => "top",
        y if y > 0.66 => "bottom",
        _ => "middle",
    };
    format!("at the {down} {across}")
}
