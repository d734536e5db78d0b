//! From measures to a score: each part is judged on its own and the worst decides.

use domain::verdict::Outcome;

use super::measure::{Measures, Worst};

/// The score a picture needs.
pub(super) const THRESHOLD: f64 = 0.5;
/// Below this a picture fails; between, a person looks.
const DOUBTFUL_FROM: f64 = 0.25;

/// What can be wrong with a garment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartName {
    /// Its colour as a whole.
    Colour,
    /// The colour of a region.
    Panel,
    /// Lines, prints, seams.
    Structure,
    /// Its outline: something is cut off.
    Silhouette,
}

impl PartName {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Panel => "panel",
            Self::Structure => "structure",
            Self::Silhouette => "silhouette",
        }
    }
}

/// One part's measure against its limits. Up to `pass` it is right, from `fail` on it is wrong.
///
/// The limits are set between what faithful studio pictures reach (turned, scaled, JPEG quality 85: colour 1.3,
/// panel 3.1, structure 0.3) and what tampers of a CIEDE2000 of 8 start at (colour and panel 7).
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) name: PartName,
    pub(super) value: f32,
    pub(super) pass: f32,
    pub(super) fail: f32,
    pub(super) worst: Worst,
}

impl Part {
    /// A logistic curve over the value's logarithm: near 1 without a fault, [`THRESHOLD`] at `pass`, [`DOUBTFUL_FROM`]
    /// at `fail`, then towards 0.
    pub(super) fn score(&self) -> f64 {
        let (value, pass, fail) = (f64::from(self.value), f64::from(self.pass), f64::from(self.fail));
        let odds_at = |score: f64| (1.0 - score) / score;
        let steepness = odds_at(DOUBTFUL_FROM).ln() / (fail / pass).ln();
        1.0 / (1.0 + (value.max(0.0) / pass).powf(steepness))
    }
}

/// Every part of a measured pair.
pub(super) fn parts(measures: &Measures) -> [Part; 4] {
    let whole = Worst {
        value: measures.colour_mean,
        region: measures.garment,
    };
    let lost = measures
        .against_ground
        .map_or(Worst::default(), |found| found.lost);
    let part = |name, worst: Worst, pass, fail| Part {
        name,
        value: worst.value,
        pass,
        fail,
        worst,
    };
    [
        part(PartName::Colour, whole, 3.0, 4.5),
        part(PartName::Panel, measures.panel, 4.0, 6.0),
        part(PartName::Structure, measures.structure, 0.40, 0.60),
        part(PartName::Silhouette, lost, 0.5, 0.7),
    ]
}

/// The part that decides. A colour that is off everywhere is named as such, not by its worst region.
pub(super) fn worst_of(parts: &[Part; 4]) -> &Part {
    let [colour, panel, ..] = parts;
    let lowest = parts
        .iter()
        .min_by(|one, two| one.score().total_cmp(&two.score()))
        .unwrap_or(colour);
    let everywhere = colour.value > 0.7 * panel.value && colour.score() < THRESHOLD;
    if lowest.name == PartName::Panel && everywhere {
        return colour;
    }
    lowest
}

/// The part to name. Where cloth is gone or its lines are others, colours differ too: then the cause is named.
pub(super) fn to_blame(parts: &[Part; 4]) -> &Part {
    let [_, _, structure, silhouette] = parts;
    let worst = worst_of(parts);
    let failed = |part: &Part| outcome(part.score()) == Outcome::Failed;
    match worst.name {
        PartName::Panel | PartName::Structure if failed(silhouette) => silhouette,
        PartName::Panel if failed(structure) => structure,
        _ => worst,
    }
}

/// What follows from a score.
pub(super) fn outcome(score: f64) -> Outcome {
    if score >= THRESHOLD {
        Outcome::Passed
    } else if score >= DOUBTFUL_FROM {
        Outcome::Doubtful
    } else {
        Outcome::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: PartName, value: f32) -> Part {
        let (pass, fail) = (1.0, 1.5);
        Part {
            name,
            value,
            pass,
            fail,
            worst: Worst::default(),
        }
    }

    #[test]
    fn a_score_falls_through_both_limits() {
        let score = |value| part(PartName::Panel, value).score();
        assert!((score(1.0) - THRESHOLD).abs() < 1e-6 && (score(1.5) - DOUBTFUL_FROM).abs() < 1e-6);
        assert!(score(0.0) > 0.999 && score(0.5) > 0.85 && score(10.0) < 0.01);
    }

    #[test]
    fn the_cause_is_named_and_not_the_colours_that_follow_from_it() {
        let blamed = |values: [f32; 4]| {
            let names = [
                PartName::Colour,
                PartName::Panel,
                PartName::Structure,
                PartName::Silhouette,
            ];
            to_blame(&std::array::from_fn(|i| part(names[i], values[i]))).name
        };
        assert_eq!(blamed([0.5, 9.0, 2.0, 2.0]), PartName::Silhouette);
        assert_eq!(blamed([0.5, 9.0, 2.0, 0.2]), PartName::Structure);
        assert_eq!(blamed([0.5, 9.0, 0.5, 0.2]), PartName::Panel);
        assert_eq!(blamed([8.0, 9.0, 2.0, 0.2]), PartName::Colour);
    }
}
