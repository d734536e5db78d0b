//! One picture put to every judge.

use domain::{pose::Framing, verdict::Outcome};
use image::RgbImage;
use imaging::{Picture, locks::product};

use super::{
    super::cpu,
    garments::{self, Garment},
    rivals,
};

/// What a picture is ranked by that could not be judged: the middle of the scale.
const UNDECIDED: f64 = 0.5;

/// What every judge said of one picture.
pub(super) struct Trial {
    /// The sort of picture, by the generator's or the manifest's name.
    pub(super) kind: &'static str,
    /// The product it is held against.
    pub(super) garment: String,
    /// It shows the product.
    pub(super) is_faithful: bool,
    /// Of the product lock.
    pub(super) outcome: Outcome,
    /// The part that the product lock finds worst.
    pub(super) part: String,
    /// What each judge ranks it by, the product lock first, then [`rivals::ALL`].
    pub(super) ranks: Vec<f64>,
    /// Milliseconds that the product lock took.
    pub(super) ms: f64,
}

impl Trial {
    pub(super) fn of(
        kind: &'static str,
        is_faithful: bool,
        garment: &Garment,
        candidate: &Picture,
        small: &RgbImage,
    ) -> Self {
        let (verdict, ms) = cpu::timed(|| product::check(&garment.reference, candidate, Framing::Full));
        let rank = match verdict.outcome {
            Outcome::Unverifiable | Outcome::NotApplicable => UNDECIDED,
            Outcome::Failed => verdict.score.unwrap_or(0.0),
            Outcome::Passed | Outcome::Doubtful => verdict.score.unwrap_or(UNDECIDED),
        };
        let rivals = rivals::ALL
            .iter()
            .map(|rival| (rival.judge)(&garment.photo, small));
        Self {
            kind,
            garment: garments::id(&garment.path),
            is_faithful,
            outcome: verdict.outcome,
            part: verdict.evidence["worst"]["part"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            ranks: std::iter::once(rank).chain(rivals).collect(),
            ms,
        }
    }
}
