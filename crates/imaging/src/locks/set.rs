//! The set lock: which of one product's pictures does not belong with the others?
//!
//! Every picture is described by a few numbers a person would compare across a product page: the ground, the light on the
//! product, its colour, how much of the picture it fills, and whose face it shows. A picture is measured by how far each
//! number lies from the median of the others, in steps that an eye notices; the farthest is the outlier, and is named.
//!
//! A back may differ from a front for good reasons, so an outlier is a doubt, never a rejection; only another person fails.

use domain::verdict::{Outcome, Verdict};
use serde_json::{Value, json};

use super::{Lock, ciede2000::ciede2000, colour::Linear};
use crate::{Picture, vision::face::Embedding};

/// The register's line.
pub const LOCK: Lock = Lock {
    name: "set",
    asks: "which of one product's pictures does not belong with the others?",
    needs: "all pictures of the product, whole views",
};

/// Longer side at which pictures are described, in pixels.
const FRAME: u32 = 192;
/// CIEDE2000 from the ground's median from which a pixel is product.
const PRODUCT: f64 = 6.0;
/// Share of the frame below which there is no product to describe.
const PRODUCT_MIN: f64 = 0.01;
/// Fewer pictures have no outlier: of two that differ, neither is the odd one.
pub const PICTURES_MIN: usize = 3;
/// The score a set needs to pass: every trait within one step.
const THRESHOLD: f64 = 0.5;

/// One picture of a product: a whole view, front, back or side, not a close-up.
pub struct Member<'a> {
    /// What the outlier is called.
    pub name: &'a str,
    /// The picture.
    pub picture: &'a Picture,
    /// The face it shows, where one was found.
    pub face: Option<&'a Embedding>,
}

/// What is compared across a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trait {
    Ground,
    Light,
    Colour,
    Crop,
    Face,
}

impl Trait {
    const ALL: [Self; 5] = [Self::Ground, Self::Light, Self::Colour, Self::Crop, Self::Face];

    fn name(self) -> &'static str {
        match self {
            Self::Ground => "ground",
            Self::Light => "light",
            Self::Colour => "colour",
            Self::Crop => "crop",
            Self::Face => "face",
        }
    }

    fn differs(self) -> &'static str {
        match self {
            Self::Ground => "stands on another ground than",
            Self::Light => "is lighter or darker than",
            Self::Colour => "shows another colour than",
            Self::Crop => "is cropped otherwise than",
            Self::Face => "shows another face than",
        }
    }
}

/// The numbers of one picture.
struct Traits {
    /// Median of the border, L*a*b*.
    ground: [f64; 3],
    /// Median of the product, L*a*b*.
    product: [f64; 3],
    /// Share of the height that the product spans, 0..=1.
    span: f64,
}

/// Compares all pictures of one product. `same_face` is the cosine from which two faces are one person's.
pub fn check(members: &[Member<'_>], same_face: f64) -> Verdict {
    let described: Vec<(usize, Traits)> = members
        .iter()
        .enumerate()
        .filter_map(|(index, member)| Some((index, Traits::of(member.picture)?)))
        .collect();
    if described.len() < PICTURES_MIN {
        let reason = format!(
            "{} pictures with a product in them are too few: 3 are needed",
            described.len()
        );
        return verdict(None, Outcome::NotApplicable, &reason, &Value::Null);
    }
    let worst = Trait::ALL
        .into_iter()
        .flat_map(|which| {
            let steps = steps(which, &described, members, same_face);
            steps.into_iter().map(move |(index, steps)| (which, index, steps))
        })
        .max_by(|one, other| one.2.total_cmp(&other.2));
    let Some((which, index, steps)) = worst else {
        return verdict(
            None,
            Outcome::NotApplicable,
            "there is nothing to compare",
            &Value::Null,
        );
    };
    let score = 1.0 / (1.0 + steps);
    if score >= THRESHOLD {
        let reason = format!("the {} pictures belong together", described.len());
        return verdict(Some(score), Outcome::Passed, &reason, &Value::Null);
    }
    let name = members[index].name;
    let reason = format!("{name} {} the other {}", which.differs(), described.len() - 1);
    let outcome = if which == Trait::Face {
        Outcome::Failed
    } else {
        Outcome::Doubtful
    };
    let outlier = json!({ "name": name, "part": which.name(), "steps": steps });
    verdict(Some(score), outcome, &reason, &outlier)
}

/// How many noticeable steps each picture lies from the median of the others.
fn steps(
    which: Trait,
    described: &[(usize, Traits)],
    members: &[Member<'_>],
    same_face: f64,
) -> Vec<(usize, f64)> {
    if which == Trait::Face {
        return face_steps(members, same_face);
    }
    (0..described.len())
        .map(|at| {
            let others = described.iter().enumerate().filter(|(other, _)| *other != at);
            let others: Vec<&Traits> = others.map(|(_, (_, traits))| traits).collect();
            let (index, own) = &described[at];
            (*index, own.steps(which, &others))
        })
        .collect()
}

impl Traits {
    /// Nothing when no product stands out from the ground.
    fn of(picture: &Picture) -> Option<Self> {
        if picture.width() < 16 || picture.height() < 16 {
            return None;
        }
        let bounds = [0, 0, picture.width(), picture.height()];
        let lab = Linear::of(picture, bounds, FRAME).over([1.0; 3]);
        let (width, height) = (lab.width(), lab.height());
        let at = |index: usize| lab.at(index).map(f64::from);
        let is_border = |index: usize| {
            let (x, y) = (index % width, index / width);
            x == 0 || y == 0 || x + 1 == width || y + 1 == height
        };
        let ground = median_colour((0..width * height).filter(|i| is_border(*i)).map(at))?;
        let product: Vec<usize> = (0..width * height)
            .filter(|index| ciede2000(at(*index), ground) >= PRODUCT)
            .collect();
        if (product.len() as f64) < PRODUCT_MIN * (width * height) as f64 {
            return None;
        }
        let rows = product.iter().map(|index| index / width);
        let (top, bottom) = (rows.clone().min()?, rows.max()?);
        Some(Self {
            ground,
            product: median_colour(product.iter().map(|index| at(*index)))?,
            span: (bottom + 1 - top) as f64 / height as f64,
        })
    }

    /// The distance to the median of others, in steps: dE 2 of ground, 12 of lightness, 8 of chroma, 0.15 of height.
    fn steps(&self, which: Trait, others: &[&Self]) -> f64 {
        let middle = |value: fn(&Self) -> f64| median(others.iter().map(|traits| value(traits)).collect());
        match which {
            Trait::Ground => {
                let middle = [
                    middle(|traits| traits.ground[0]),
                    middle(|traits| traits.ground[1]),
                    middle(|traits| traits.ground[2]),
                ];
                ciede2000(self.ground, middle) / 2.0
            }
            Trait::Light => (self.product[0] - middle(|traits| traits.product[0])).abs() / 12.0,
            Trait::Colour => {
                let a = self.product[1] - middle(|traits| traits.product[1]);
                let b = self.product[2] - middle(|traits| traits.product[2]);
                a.hypot(b) / 8.0
            }
            Trait::Crop => (self.span - middle(|traits| traits.span)).abs() / 0.15,
            Trait::Face => 0.0,
        }
    }
}

/// A face lies one step away when its best likeness among the others is exactly `same_face`.
fn face_steps(members: &[Member<'_>], same_face: f64) -> Vec<(usize, f64)> {
    let faces: Vec<(usize, &Embedding)> = members
        .iter()
        .enumerate()
        .filter_map(|(index, member)| Some((index, member.face?)))
        .collect();
    if faces.len() < PICTURES_MIN {
        return Vec::new();
    }
    faces
        .iter()
        .map(|(index, face)| {
            let others = faces.iter().filter(|(other, _)| other != index);
            let best = others
                .filter_map(|(_, other)| face.cosine(other))
                .fold(-1.0, f64::max);
            (*index, (1.0 - best) / (1.0 - same_face).max(1e-6))
        })
        .collect()
}

fn median_colour(colours: impl Iterator<Item = [f64; 3]>) -> Option<[f64; 3]> {
    let colours: Vec<[f64; 3]> = colours.collect();
    (!colours.is_empty()).then(|| {
        std::array::from_fn(|channel| median(colours.iter().map(|colour| colour[channel]).collect()))
    })
}

/// The middle value, the mean of the two middle ones of an even count; 0 of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

fn verdict(score: Option<f64>, outcome: Outcome, reason: &str, outlier: &Value) -> Verdict {
    Verdict {
        lock: LOCK.name.to_owned(),
        score,
        threshold: THRESHOLD,
        outcome,
        evidence: json!({ "reason": reason, "outlier": outlier }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packshot(ground: u16, cloth: [u16; 3], fill: f64) -> Picture {
        Picture::from_fn(200, 240, |x, y| {
            let (u, v) = (f64::from(x) / 200.0 - 0.5, f64::from(y) / 240.0 - 0.5);
            let rgb = if u.abs() < 0.3 * fill && v.abs() < 0.5 * fill {
                cloth
            } else {
                [ground; 3]
            };
            image::Rgba([rgb[0] * 257, rgb[1] * 257, rgb[2] * 257, u16::MAX])
        })
    }

    const RED: [u16; 3] = [170, 40, 50];

    /// A set of four: three alike, and this one.
    fn with(odd: &Picture, faces: [Option<&Embedding>; 4]) -> Verdict {
        let alike = [
            packshot(255, RED, 0.8),
            packshot(255, [166, 42, 52], 0.82),
            packshot(255, [174, 44, 50], 0.78),
        ];
        let pictures = [&alike[0], odd, &alike[1], &alike[2]];
        let members: Vec<Member<'_>> = ["front", "odd", "back", "left"]
            .into_iter()
            .zip(pictures)
            .zip(faces)
            .map(|((name, picture), face)| Member { name, picture, face })
            .collect();
        check(&members, 0.6)
    }

    fn outlier(verdict: &Verdict) -> (Outcome, &str, &str) {
        let outlier = &verdict.evidence["outlier"];
        let text = |key: &str| outlier[key].as_str().unwrap_or_default();
        (verdict.outcome, text("name"), text("part"))
    }

    #[test]
    fn the_odd_one_and_what_is_odd_about_it_are_named() {
        let check = |odd: &Picture| with(odd, [None; 4]);
        assert_eq!(check(&packshot(255, RED, 0.8)).outcome, Outcome::Passed);
        for (odd, part) in [
            (packshot(244, RED, 0.8), "ground"),
            (packshot(255, [228, 92, 94], 0.8), "light"),
            (packshot(255, [40, 110, 60], 0.8), "colour"),
            (packshot(255, RED, 0.5), "crop"),
        ] {
            assert_eq!(outlier(&check(&odd)), (Outcome::Doubtful, "odd", part));
        }
    }

    #[test]
    fn another_face_fails_and_missing_ones_say_nothing() {
        let same = packshot(255, RED, 0.8);
        let [one, near, other] =
            [[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]].map(|direction| Embedding::new(&direction).unwrap());
        let verdict = with(&same, [Some(&one), Some(&near), Some(&one), None]);
        assert_eq!(verdict.outcome, Outcome::Passed);
        let verdict = with(&same, [Some(&one), Some(&other), Some(&one), None]);
        assert_eq!(outlier(&verdict), (Outcome::Failed, "odd", "face"));
        let verdict = with(&same, [Some(&one), Some(&other), None, None]);
        assert_eq!(verdict.outcome, Outcome::Passed);
    }

    #[test]
    fn two_pictures_have_no_outlier() {
        let (one, two) = (packshot(255, RED, 0.8), packshot(200, [20, 20, 20], 0.4));
        let members = [("a", &one), ("b", &two)].map(|(name, picture)| Member {
            name,
            picture,
            face: None,
        });
        assert_eq!(check(&members, 0.6).outcome, Outcome::NotApplicable);
    }
}
