//! What goes out to channels: which picture under which name, and what is written of it.

use serde::{Deserialize, Serialize};

use crate::{
    format::Format,
    pose::PoseName,
    profile::{Check, Profile, ProfileName, Provenance, Role, naming},
    verdict::Verdict,
};

mod table;

pub use table::csv;

/// The version of an export's `manifest.json`.
pub const EXPORT_VERSION: u32 = 1;

/// What identifies a picture among those that go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pictured<'a> {
    /// The product.
    pub sku: &'a str,
    /// The pose.
    pub pose: PoseName,
    /// 1 for the first picture of the pose.
    pub take: u32,
}

/// One file to deliver.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The picture's place among those that were given.
    pub picture: usize,
    /// For whom.
    pub profile: &'static Profile,
    /// `zalando/A1/A1_front_1.jpg`.
    pub path: String,
    /// The product's first picture there, or another.
    pub role: Role,
    /// Its place among the product's pictures, from 1.
    pub number: usize,
}

/// Which picture goes to which channel under which name, products in the order given. Also what people should know: products
/// with fewer pictures than a channel wants, and pictures that it does not take.
pub fn plan(
    pictures: &[Pictured<'_>],
    profiles: &[ProfileName],
    pattern: Option<&str>,
) -> (Vec<Planned>, Vec<String>) {
    let (mut planned, mut remarks) = (Vec::new(), Vec::new());
    let mut unique = naming::Unique::default();
    for profile in profiles.iter().map(ProfileName::profile) {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        let wanted = profile.advice.views_min.unwrap_or(0).max(profile.views_min);
        for of_product in by_product(pictures) {
            let sku = pictures[of_product[0]].sku;
            let mut ranked = of_product;
            ranked.sort_by_key(|&index| profile.rank(pictures[index].pose, pictures[index].take));
            if ranked.len() < wanted {
                few.push(format!("{sku} has {}", ranked.len()));
            }
            if ranked.len() > profile.views_max {
                many.push(format!("{sku} has {}", ranked.len()));
                ranked.truncate(profile.views_max);
            }
            let folder = format!("{}/{}/", profile.name, naming::safe(sku));
            for (place, picture) in ranked.into_iter().enumerate() {
                let Pictured { sku, pose, take } = pictures[picture];
                let number = place + 1;
                let parts = naming::Parts {
                    sku,
                    pose,
                    take,
                    number,
                };
                let stem = naming::name(pattern.unwrap_or(&profile.naming), profile, &parts);
                planned.push(Planned {
                    picture,
                    profile,
                    path: unique.path(&folder, &stem, profile.format.extension()),
                    role: if number == 1 { Role::Main } else { Role::Additional },
                    number,
                });
            }
        }
        let title = &profile.title;
        remarks.extend(told(
            &few,
            &format!("{title} wants {wanted} pictures of a product"),
        ));
        remarks.extend(told(
            &many,
            &format!(
                "{title} takes {} pictures of a product, the others stay here",
                profile.views_max
            ),
        ));
    }
    (planned, remarks)
}

/// One sentence for any number of products: the first few are named.
fn told(products: &[String], what: &str) -> Option<String> {
    const NAMED: usize = 3;
    let named = products
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match products.len() {
        0 => None,
        count if count <= NAMED => Some(format!("{what}: {named}")),
        count => Some(format!("{what}: {named} and {} more", count - NAMED)),
    }
}

/// The places of each product's pictures, products in the order they first come.
fn by_product(pictures: &[Pictured<'_>]) -> Vec<Vec<usize>> {
    let mut places: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut products: Vec<Vec<usize>> = Vec::new();
    for (index, picture) in pictures.iter().enumerate() {
        let place = *places.entry(picture.sku).or_insert_with(|| {
            products.push(Vec::new());
            products.len() - 1
        });
        products[place].push(index);
    }
    products
}

/// A sentence for who does not see the picture.
pub fn alt_text(name: Option<&str>, sku: &str, colour: Option<&str>, pose: PoseName) -> String {
    let what = name.filter(|name| !name.trim().is_empty()).unwrap_or(sku).trim();
    let colour = colour
        .map(str::trim)
        .filter(|colour| !colour.is_empty() && !what.to_lowercase().contains(&colour.to_lowercase()));
    let view = match pose.as_str() {
        "FRONT" => "seen from the front",
        "BACK" => "seen from the back",
        "LEFT" | "SLIGHT_TURN_LEFT" => "turned to the left",
        "RIGHT" | "SLIGHT_TURN_RIGHT" => "turned to the right",
        "FORTY_FIVE_DEGREE" => "seen at an angle",
        "WALKING" => "worn, walking",
        "SEATED" => "worn, seated",
        "HAND_ON_HIP" => "worn, a hand on the hip",
        _ => "a detail close up",
    };
    match colour {
        Some(colour) => format!("{what}, {colour}, {view}"),
        None => format!("{what}, {view}"),
    }
}

/// What an export was asked for. The pictures are named when it is ordered: what is approved later is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRequest {
    /// For whom.
    pub profiles: Vec<ProfileName>,
    /// Names of files instead of the channels' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub naming: Option<String>,
    /// Say of generated pictures that they are.
    #[serde(default)]
    pub disclose: bool,
    /// The pictures.
    pub generations: Vec<String>,
}

/// What a packed delivery holds, written beside the files as `manifest.json`. It holds no time: the same pictures give the same
/// bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportManifest {
    /// [`EXPORT_VERSION`].
    pub version: u32,
    /// The program and version that wrote it.
    pub generator: String,
    /// For whom it is.
    pub profiles: Vec<ProfileName>,
    /// Every file.
    pub files: Vec<ExportedFile>,
    /// What people should know of the whole.
    pub remarks: Vec<String>,
}

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportedFile {
    /// Path in the archive.
    pub path: String,
    /// For whom; none: as it was made.
    pub profile: Option<ProfileName>,
    /// The product.
    pub sku: String,
    /// Its name.
    pub name: Option<String>,
    /// The pose.
    pub pose: PoseName,
    /// Which picture of that pose.
    pub take: u32,
    /// Its place among the product's pictures there, from 1.
    pub number: usize,
    /// For who does not see it.
    pub alt: String,
    /// What to say of a generated picture, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<String>,
    /// Of the file.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `jpeg`, `webp`, … as `--format` takes it.
    pub format: Format,
    /// The IPTC term in the file.
    pub digital_source_type: String,
    /// What its signature is worth.
    pub provenance: Provenance,
    /// The channel takes it; always so without a channel.
    pub passes: bool,
    /// What the channel says of it.
    pub checks: Vec<Check>,
    /// What people should know.
    pub notes: Vec<String>,
    /// What the locks measured.
    pub verdicts: Vec<Verdict>,
    /// How to make it again.
    pub recipe: serde_json::Value,
    /// The SHA-256 of the picture it was rendered from.
    pub source_sha256: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictured(sku: &str, pose: &str, take: u32) -> Pictured<'static> {
        Pictured {
            sku: sku.to_owned().leak(),
            pose: pose.parse().unwrap(),
            take,
        }
    }

    #[test]
    fn pictures_are_ranked_named_and_counted_by_channel() {
        let pictures = [
            pictured("B/2", "DETAIL_CLOSE_UP", 1),
            pictured("B/2", "FRONT", 1),
            pictured("b-2", "FRONT", 1),
        ];
        let profiles = ["amazon".parse().unwrap(), "web".parse().unwrap()];
        let (planned, remarks) = plan(&pictures, &profiles, None);
        let paths: Vec<&str> = planned.iter().map(|planned| planned.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "amazon/B-2/B-2.MAIN.jpg",
                "amazon/B-2/B-2.PT01.jpg",
                "amazon/b-2/b-2.MAIN~2.jpg",
                "web/B-2/B-2_front_1.webp",
                "web/B-2/B-2_detail_close_up_2.webp",
                "web/b-2/b-2_front_1~2.webp",
            ]
        );
        assert_eq!((planned[0].picture, planned[0].role), (1, Role::Main));
        assert_eq!((planned[1].picture, planned[1].role), (0, Role::Additional));
        assert_eq!(
            remarks[0],
            "Amazon wants 6 pictures of a product: B/2 has 2, b-2 has 1"
        );
    }

    #[test]
    fn alt_text_says_what_is_seen_once() {
        let front = "FRONT".parse().unwrap();
        assert_eq!(
            alt_text(Some("Red shirt"), "A1", Some("red"), front),
            "Red shirt, seen from the front"
        );
        assert_eq!(
            alt_text(None, "A1", Some("navy"), front),
            "A1, navy, seen from the front"
        );
    }
}
