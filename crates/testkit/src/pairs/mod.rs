//! Pairs to measure a product lock by: a garment's photo, and a picture that shows the garment faithfully or with
//! exactly one fault.
//!
//! A picture is the garment laid into a scene as a photographer might: smaller, turned, in light mild perspective, its
//! cloth bent softly and folded, its light and white balance a little off, an arm or hair before it, on any ground,
//! through a camera and a JPEG. A tampered picture is that and one thing more: see [`Kind`]. A tamper is measured in
//! the picture and given up where a person would not see it, so a label is what a person would say.
//!
//! A garment's id, a kind and a seed decide every pixel.

mod camera;
mod chance;
mod effect;
mod ground;
mod light;
mod mask;
mod occluder;
mod parts;
mod plane;
mod scene;
mod sheet;
mod subject;
mod tamper;
mod warp;

#[cfg(test)]
mod tests;

use image::{GrayImage, RgbImage};

use self::{chance::hash, scene::Scene, subject::Subject};
pub use self::{effect::Effect, sheet::sheet};
use crate::Random;

/// Times that chance is tried again when a tamper cannot be seen, say behind an arm.
const TRIES: u64 = 6;

/// A garment's photo and where the garment is in it; both of one size.
pub struct Reference {
    /// Names the garment: decides its half and its chances.
    pub id: String,
    /// The photo, or better the cut-out's own colours, which hold no ground at the rim.
    pub photo: RgbImage,
    /// Coverage, 0 (ground) to 255 (garment).
    pub alpha: GrayImage,
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The garment, in any scene.
    Faithful,
    /// The garment, as a studio shows it: straight, clean, on paper.
    Studio,
    /// All of it another colour, CIEDE2000 8 to 25 off.
    Recoloured,
    /// A sleeve, the hem, the collar or one side another colour, CIEDE2000 8 to 25 off.
    PartRecoloured,
    /// Half the chroma.
    Desaturated,
    /// The print gone.
    PrintErased,
    /// The print mirrored.
    PrintMirrored,
    /// The print melted or shuffled.
    PrintGarbled,
    /// The pattern 1.35 to 1.6 times as large or as small.
    PatternRescaled,
    /// The pattern blurred away.
    PatternSmoothed,
    /// Another garment's cloth in this one's outline.
    Swapped,
    /// Another garment.
    OtherGarment,
    /// The hem or the sleeves cut short.
    Shortened,
    /// Buttons, a badge or the like gone.
    DetailsRemoved,
}

impl Kind {
    /// All of them, faithful ones first.
    pub const ALL: [Self; 14] = [
        Self::Faithful,
        Self::Studio,
        Self::Recoloured,
        Self::PartRecoloured,
        Self::Desaturated,
        Self::PrintErased,
        Self::PrintMirrored,
        Self::PrintGarbled,
        Self::PatternRescaled,
        Self::PatternSmoothed,
        Self::Swapped,
        Self::OtherGarment,
        Self::Shortened,
        Self::DetailsRemoved,
    ];

    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Faithful => "faithful",
            Self::Studio => "studio",
            Self::Recoloured => "recoloured",
            Self::PartRecoloured => "part-recoloured",
            Self::Desaturated => "desaturated",
            Self::PrintErased => "print-erased",
            Self::PrintMirrored => "print-mirrored",
            Self::PrintGarbled => "print-garbled",
            Self::PatternRescaled => "pattern-rescaled",
            Self::PatternSmoothed => "pattern-smoothed",
            Self::Swapped => "swapped",
            Self::OtherGarment => "other-garment",
            Self::Shortened => "shortened",
            Self::DetailsRemoved => "details-removed",
        }
    }

    /// The picture shows the product of the photo.
    pub fn is_faithful(self) -> bool {
        matches!(self, Self::Faithful | Self::Studio)
    }
}

/// Two halves of all garments: thresholds are fitted on one and reported on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// To fit on.
    Fit,
    /// Held back, to report on.
    Held,
}

impl Half {
    /// The half that a garment belongs to, whatever else is measured.
    pub fn of(id: &str) -> Self {
        // The low bits of this hash follow the last letters; the high ones are mixed.
        if (hash(&["half", id]) >> 40) & 1 == 0 {
            Self::Fit
        } else {
            Self::Held
        }
    }
}

/// A picture and the truth about it.
pub struct Pair {
    /// Which of the generator's garments it is compared with.
    pub garment: usize,
    /// What was done, and so whether it is faithful.
    pub kind: Kind,
    /// The seed it was made of.
    pub seed: u64,
    /// The picture, about one megapixel.
    pub candidate: RgbImage,
    /// How much the tamper changed; nothing for faithful pictures.
    pub effect: Effect,
}

/// Clean or full of chances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Studio,
    Scene,
}

/// Garments, and what they may be photographed in front of.
pub struct Generator {
    subjects: Vec<Option<Subject>>,
    scenes: Vec<RgbImage>,
}

impl Generator {
    /// Prepares the garments. `scenes` are real photos to use as grounds, and may be none.
    pub fn new<'a>(references: impl IntoIterator<Item = &'a Reference>, scenes: Vec<RgbImage>) -> Self {
        Self {
            subjects: references.into_iter().map(Subject::new).collect(),
            scenes,
        }
    }

    /// A picture of this kind for the garment of this index, or none where the kind does not apply to the garment or
    /// would not be seen. Other garments are taken from the same half.
    pub fn pair(&self, garment: usize, kind: Kind, seed: u64) -> Option<Pair> {
        let subject = self.subjects.get(garment)?.as_ref()?;
        let half = Half::of(&subject.id);
        let others: Vec<&Subject> = self
            .subjects
            .iter()
            .flatten()
            .filter(|other| other.id != subject.id && Half::of(&other.id) == half)
            .collect();
        let start = hash(&[&subject.id, kind.name(), &seed.to_string()]);
        for attempt in 0..TRIES {
            let mut random = Random::new(start.wrapping_add(attempt));
            let Some(tampered) = tamper::apply(&mut random, kind, subject, &others) else {
                continue;
            };
            let style = match kind {
                Kind::Faithful => Style::Scene,
                Kind::Studio => Style::Studio,
                _ if random.chance(0.2) => Style::Studio,
                _ => Style::Scene,
            };
            let scene = Scene::draw(&mut random, style, &tampered, subject.sketch.cloth, &self.scenes);
            let picture = scene.with(&tampered);
            let effect = match kind {
                Kind::Faithful | Kind::Studio => Effect::default(),
                _ => {
                    let cut = subject.cut().resized(tampered.width(), tampered.height());
                    Effect::between(&scene.with(&cut), &picture, &scene.covers(&cut))
                }
            };
            if tamper::is_visible(kind, &effect) {
                return Some(Pair {
                    garment,
                    kind,
                    seed,
                    candidate: camera::photograph(&mut random, style, &picture),
                    effect,
                });
            }
        }
        None
    }
}
