//! Poses as data: what a picture shows and what it takes to make it truthfully.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::product::View;

/// How much of the product is in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The whole garment with air around it.
    Full,
    /// Part of the garment, edge to edge.
    CloseUp,
}

/// One pose: a row of [`POSES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pose {
    /// The name used everywhere, upper case.
    pub name: &'static str,
    /// The photo a truthful picture of this pose starts from.
    pub view: View,
    /// The word a photo's file name carries to be the one for this pose: `SKU_left.jpg`.
    pub photo_word: &'static str,
    /// Only a person can hold this pose.
    pub needs_person: bool,
    /// A face belongs in the picture, so an identity lock applies.
    pub shows_face: bool,
    /// How much of the product is in the frame.
    pub framing: Framing,
    /// How many pictures the pose may yield for one product.
    pub takes: u32,
    /// Part of `--poses all`.
    pub in_all: bool,
    /// The words an image model gets, from the viewer's side.
    pub phrase: &'static str,
}

const PACKSHOT: Pose = Pose {
    name: "FRONT",
    view: View::Front,
    photo_word: "front",
    needs_person: false,
    shows_face: true,
    framing: Framing::Full,
    takes: 1,
    in_all: true,
    phrase: "facing the camera straight on, full length",
};

/// Every pose. The nine of a catalogue first, then those only offered on request.
pub const POSES: &[Pose] = &[
    PACKSHOT,
    Pose {
        name: "BACK",
        view: View::Back,
        photo_word: "back",
        shows_face: false,
        phrase: "seen from behind, full length",
        ..PACKSHOT
    },
    Pose {
        name: "LEFT",
        view: View::Side,
        photo_word: "left",
        phrase: "in profile, turned towards the left edge of the picture",
        ..PACKSHOT
    },
    Pose {
        name: "RIGHT",
        view: View::Side,
        photo_word: "right",
        phrase: "in profile, turned towards the right edge of the picture",
        ..PACKSHOT
    },
    Pose {
        name: "FORTY_FIVE_DEGREE",
        view: View::Side,
        photo_word: "45",
        phrase: "turned forty-five degrees to the camera",
        ..PACKSHOT
    },
    Pose {
        name: "WALKING",
        needs_person: true,
        phrase: "walking towards the camera",
        ..PACKSHOT
    },
    Pose {
        name: "SEATED",
        needs_person: true,
        phrase: "seated on a plain cube",
        ..PACKSHOT
    },
    Pose {
        name: "HAND_ON_HIP",
        needs_person: true,
        phrase: "standing with one hand on the hip",
        ..PACKSHOT
    },
    Pose {
        name: "DETAIL_CLOSE_UP",
        shows_face: false,
        framing: Framing::CloseUp,
        takes: 3,
        phrase: "a close-up of the most telling detail: print, collar or fabric",
        ..PACKSHOT
    },
    Pose {
        name: "SLIGHT_TURN_LEFT",
        in_all: false,
        phrase: "turned about ten degrees to the viewer's left",
        ..PACKSHOT
    },
    Pose {
        name: "SLIGHT_TURN_RIGHT",
        in_all: false,
        phrase: "turned about ten degrees to the viewer's right",
        ..PACKSHOT
    },
];

/// The name of a pose of [`POSES`]: always valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PoseName(usize);

/// The text is not a pose.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a pose: use all, or some of {list}", list = pose_list())]
pub struct PoseError(String);

impl PoseName {
    /// The poses of `--poses all`, in catalogue order.
    pub fn all() -> impl Iterator<Item = Self> {
        POSES
            .iter()
            .enumerate()
            .filter(|(_, pose)| pose.in_all)
            .map(|(index, _)| Self(index))
    }

    /// The row behind the name.
    pub fn pose(self) -> &'static Pose {
        &POSES[self.0]
    }

    /// The name, upper case.
    pub fn as_str(self) -> &'static str {
        self.pose().name
    }

    /// The name as it stands in file names, lower case.
    pub fn slug(self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

impl FromStr for PoseName {
    type Err = PoseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_uppercase().replace('-', "_");
        POSES
            .iter()
            .position(|pose| pose.name == name)
            .map(Self)
            .ok_or_else(|| PoseError(text.to_owned()))
    }
}

impl fmt::Display for PoseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for PoseName {
    type Error = PoseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PoseName> for String {
    fn from(name: PoseName) -> Self {
        name.as_str().to_owned()
    }
}

/// Parses `all` or a comma-separated list, keeping catalogue order and dropping repeats.
pub fn parse_list(text: &str) -> Result<Vec<PoseName>, PoseError> {
    let mut names: Vec<PoseName> = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        if word.eq_ignore_ascii_case("all") {
            names.extend(PoseName::all());
        } else {
            names.push(word.parse()?);
        }
    }
    if names.is_empty() {
        return Err(PoseError(text.to_owned()));
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn pose_list() -> String {
    POSES
        .iter()
        .map(|pose| pose.name.to_ascii_lowercase())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_the_nine_of_a_catalogue() {
        assert_eq!(parse_list("all").unwrap().len(), 9);
    }

    #[test]
    fn lists_are_forgiving_about_case_dashes_and_repeats() {
        let names = parse_list("back, front,forty-five-degree,FRONT").unwrap();
        let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
        assert_eq!(names, ["FRONT", "BACK", "FORTY_FIVE_DEGREE"]);
    }

    #[test]
    fn an_unknown_pose_names_the_known_ones() {
        let error = parse_list("front,upside-down").unwrap_err().to_string();
        assert!(
            error.contains("upside-down") && error.contains("hand_on_hip"),
            "{error}"
        );
        assert!(parse_list(" , ").is_err());
    }
}
