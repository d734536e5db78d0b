//! Names of delivered files by a pattern: `{sku}_{pose}_{n}`.
//!
//! `{sku}`, `{pose}`, `{take}`, `{profile}`, `{slot}`; `{n}` counts a product's pictures from 1, `{nn}` with two digits. What is
//! made of them can be written on every system: no separators, control characters or names that Windows keeps for itself.

use std::collections::HashSet;

use thiserror::Error;

use super::Profile;
use crate::{
    pose::PoseName,
    unseen::{self, is_unseen},
};

/// The most bytes of a name without its ending: systems allow 255 with it.
const BYTES_MAX: usize = 200;

/// What a pattern may have in braces.
const WORDS: [&str; 7] = ["sku", "pose", "take", "profile", "slot", "n", "nn"];

/// They, for people.
pub fn words() -> String {
    WORDS.join(", ")
}

/// The pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// What stands in braces is not what may.
    #[error(
        "`{0}` is not a pattern of names: use {{sku}}, {{pose}}, {{take}}, {{profile}}, {{slot}}, {{n}} and {{nn}}, with {{sku}} among them"
    )]
    Words(String),
    /// It holds what no name may.
    #[error("the name of a file cannot hold `{0}`; take it out of the pattern")]
    Forbidden(String),
}

/// What a name is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The product.
    pub sku: &'a str,
    /// The pose.
    pub pose: PoseName,
    /// 1 for the first picture of the pose.
    pub take: u32,
    /// 1 for the product's main picture.
    pub number: usize,
}

/// Fails unless every placeholder is known, the SKU is among them, and nothing between them leads elsewhere or is not seen.
pub fn check(pattern: &str) -> Result<(), PatternError> {
    if let Some(what) = forbidden(pattern) {
        return Err(PatternError::Forbidden(what));
    }
    let wrong = || Err(PatternError::Words(pattern.to_owned()));
    let mut rest = pattern;
    let mut has_sku = false;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((word, after)) = after.split_once('}') else {
            return wrong();
        };
        has_sku |= word == "sku";
        if !WORDS.contains(&word) {
            return wrong();
        }
        rest = after;
    }
    if has_sku && !rest.contains('}') {
        Ok(())
    } else {
        wrong()
    }
}

/// What no name may hold, as people read it.
fn forbidden(pattern: &str) -> Option<String> {
    let leads = ["/", "\\", ".."]
        .into_iter()
        .find(|leads| pattern.contains(leads));
    leads.map(str::to_owned).or_else(|| unseen::first(pattern))
}

/// A name without its ending, safe on every system; not yet unique: see [`Unique`].
pub fn name(pattern: &str, profile: &Profile, parts: &Parts<'_>) -> String {
    let slot = profile
        .slots
        .get(parts.number - 1)
        .cloned()
        .unwrap_or_else(|| format!("{:02}", parts.number));
    let filled = pattern
        .replace("{sku}", &safe(parts.sku))
        .replace("{pose}", &parts.pose.as_str().to_lowercase())
        .replace("{take}", &parts.take.to_string())
        .replace("{profile}", &profile.name)
        .replace("{slot}", &slot)
        .replace("{nn}", &format!("{:02}", parts.number))
        .replace("{n}", &parts.number.to_string());
    safe(&filled)
}

/// A name that every system can write: what none allows becomes `-`.
pub fn safe(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '#' => '-',
            c if is_unseen(c) => '-',
            c => c,
        })
        .collect();
    while name.len() > BYTES_MAX {
        name.pop();
    }
    let name = name.trim().trim_matches('.').trim();
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    if name.is_empty() {
        "unnamed".to_owned()
    } else if is_reserved(&stem) {
        format!("_{name}")
    } else {
        name.to_owned()
    }
}

/// Names of devices on Windows, with any ending.
fn is_reserved(stem: &str) -> bool {
    matches!(stem.trim_end(), "CON" | "PRN" | "AUX" | "NUL")
        || ["COM", "LPT"].iter().any(|device| {
            stem.strip_prefix(device).is_some_and(|number| {
                matches!(
                    number.trim_end(),
                    "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
                )
            })
        })
}

/// Makes names that differ on systems which do not tell upper from lower case.
#[derive(Debug, Default)]
pub struct Unique(HashSet<String>);

impl Unique {
    /// The path, or with a number before its ending where it is taken.
    pub fn path(&mut self, folder: &str, stem: &str, extension: &str) -> String {
        let mut number = 1_u32;
        loop {
            let path = if number == 1 {
                format!("{folder}{stem}.{extension}")
            } else {
                format!("{folder}{stem}~{number}.{extension}")
            };
            if self.0.insert(path.to_lowercase()) {
                return path;
            }
            number += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::find, *};

    fn named(profile: &str, pattern: &str, sku: &str, number: usize) -> String {
        let parts = Parts {
            sku,
            pose: "FRONT".parse().unwrap(),
            take: 1,
            number,
        };
        name(pattern, find(profile).unwrap(), &parts)
    }

    #[test]
    fn names_follow_the_pattern() {
        assert_eq!(named("zalando", "{sku}_{pose}_{n}", "A1", 2), "A1_front_2");
        assert_eq!(named("amazon", "{sku}.{slot}", "A1", 1), "A1.MAIN");
        assert_eq!(named("amazon", "{sku}.{slot}", "A1", 3), "A1.PT02");
        assert_eq!(named("web", "{profile}-{sku}-{nn}", "A1", 3), "web-A1-03");
    }

    #[test]
    fn names_can_be_written_everywhere() {
        for (text, safe_text) in [
            ("../../etc/passwd", "-..-etc-passwd"),
            ("a\\b:c", "a-b-c"),
            ("CON", "_CON"),
            ("com1.front", "_com1.front"),
            ("COM0", "COM0"),
            ("name. ", "name"),
            ("", "unnamed"),
            ("a\u{202e}gpj", "a-gpj"),
            ("Ärmel", "Ärmel"),
        ] {
            assert_eq!(safe(text), safe_text, "{text:?}");
        }
        assert!(safe(&"é".repeat(300)).len() <= BYTES_MAX);
    }

    #[test]
    fn names_are_unique_without_regard_to_case() {
        let mut unique = Unique::default();
        assert_eq!(unique.path("web/", "a", "jpg"), "web/a.jpg");
        assert_eq!(unique.path("web/", "A", "jpg"), "web/A~2.jpg");
        assert_eq!(unique.path("web/", "a", "jpg"), "web/a~3.jpg");
    }

    #[test]
    fn patterns_are_checked() {
        for good in ["{sku}", "{sku}_{pose}_{n}", "{sku}.{slot}", "x-{nn}-{sku}"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "{pose}", "{sku", "{sku}}", "{sku}{price}"] {
            assert!(matches!(check(bad), Err(PatternError::Words(_))), "{bad}");
        }
        for (bad, what) in [
            ("{sku}\0", "U+0000"),
            ("{sku}\n", "U+000A"),
            ("{sku}\u{202e}gpj", "U+202E"),
            ("x/{sku}", "/"),
            ("{sku}\\{pose}", "\\"),
            ("{sku}..{n}", ".."),
        ] {
            let refused = Err(PatternError::Forbidden(what.to_owned()));
            assert_eq!(check(bad), refused, "{bad:?}");
        }
    }
}
