//! A file's measured facts against a profile: one check a demand, with what was found and what is wanted.

use serde::{Deserialize, Serialize};

use super::{Profile, Rules};
use crate::background::Background;

/// Whether a picture is the first of its product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The first picture: the strictest rules.
    #[default]
    Main,
    /// Any other.
    Additional,
}

/// What was measured of a finished file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The format by content: `jpeg`, `png`, `webp`, `tiff`.
    pub format: String,
    /// Bits a channel.
    pub bits: u8,
    /// Of the file.
    pub bytes: u64,
    /// The border; none where the pixels could not be read.
    pub border: Option<Border>,
    /// Percent of the longer side that the product fills; none where it does not stand on a flat ground.
    pub fill: Option<f64>,
    /// A colour profile is embedded.
    pub icc: bool,
    /// The colours are sRGB.
    pub srgb: bool,
    /// The IPTC digital source type, a full URI.
    pub digital_source_type: Option<String>,
    /// What its C2PA manifest is worth.
    pub provenance: Provenance,
}

/// The outermost pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Border {
    /// Their commonest colour.
    pub colour: Background,
    /// The share of them that has exactly that colour.
    pub exact_share: f64,
    /// The largest difference of a channel from it, in 8-bit steps.
    pub deviation: u8,
}

/// What a file's C2PA manifest is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// There is none.
    #[default]
    None,
    /// Signed, whole, and by somebody whom nobody here knows.
    Valid,
    /// Signed, whole, and by somebody we trust.
    Trusted,
    /// The file or its manifest was changed after it was signed, or the signature is not right.
    Broken,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it is wanted.
    Passed,
    /// Not as the channel demands.
    Failed,
    /// Not as the channel recommends.
    Advised,
    /// It could not be measured, and the channel demands it.
    Unmeasured,
}

/// One demand on a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at: `pixels`, `ratio`, `format`, …
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// What is wanted.
    pub wanted: String,
}

/// Nothing the channel demands is missing.
pub fn passes(checks: &[Check]) -> bool {
    checks
        .iter()
        .all(|check| matches!(check.outcome, Outcome::Passed | Outcome::Advised))
}

/// Holds a file to a profile.
pub fn judge(profile: &Profile, role: Role, facts: &Facts) -> Vec<Check> {
    let strict = role == Role::Main || profile.all_alike;
    let mut checks = demands(&profile.rules, facts, strict, Outcome::Failed);
    let advice = demands(&profile.advice, facts, strict, Outcome::Advised);
    checks.extend(
        advice
            .into_iter()
            .filter(|check| check.outcome == Outcome::Advised),
    );
    if facts.provenance == Provenance::Broken {
        checks.push(Check {
            name: "provenance".to_owned(),
            outcome: Outcome::Failed,
            found: "broken: the file was changed after it was signed".to_owned(),
            wanted: "a whole file".to_owned(),
        });
    }
    checks
}

fn demands(rules: &Rules, facts: &Facts, strict: bool, otherwise: Outcome) -> Vec<Check> {
    let mut list = List {
        checks: Vec::new(),
        otherwise,
    };
    pixels(rules, facts, &mut list);
    file(rules, facts, &mut list);
    colour(rules, facts, &mut list);
    if strict {
        place(rules, facts, &mut list);
    }
    list.checks
}

struct List {
    checks: Vec<Check>,
    otherwise: Outcome,
}

impl List {
    fn add(&mut self, name: &str, holds: bool, found: impl ToString, wanted: impl Into<String>) {
        self.push(
            name,
            if holds { Outcome::Passed } else { self.otherwise },
            found,
            wanted,
        );
    }

    fn unmeasured(&mut self, name: &str, why: &str, wanted: impl Into<String>) {
        let outcome = match self.otherwise {
            Outcome::Failed => Outcome::Unmeasured,
            otherwise => otherwise,
        };
        self.push(name, outcome, why, wanted);
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over what they just measured"
    )]
    fn push(&mut self, name: &str, outcome: Outcome, found: impl ToString, wanted: impl Into<String>) {
        self.checks.push(Check {
            name: name.to_owned(),
            outcome,
            found: found.to_string(),
            wanted: wanted.into(),
        });
    }
}

fn pixels(rules: &Rules, facts: &Facts, list: &mut List) {
    let (width, height) = (facts.width, facts.height);
    let (long, short) = (width.max(height), width.min(height));
    let mut wanted = Vec::new();
    let mut holds = true;
    let mut demand = |met: bool, text: String| {
        holds &= met;
        wanted.push(text);
    };
    if let Some(min) = rules.long_side_min {
        demand(long >= min, format!("long side from {min}"));
    }
    if let Some(max) = rules.long_side_max {
        demand(long <= max, format!("long side to {max}"));
    }
    if let Some(min) = rules.short_side_min {
        demand(short >= min, format!("short side from {min}"));
    }
    if let Some(min) = rules.size_min {
        demand(
            width >= min.width && height >= min.height,
            format!("{min} or more"),
        );
    }
    if let Some(max) = rules.megapixels_max {
        let most = u64::from(max) * 1_000_000;
        demand(
            u64::from(width) * u64::from(height) <= most,
            format!("{max} megapixels or fewer"),
        );
    }
    if !wanted.is_empty() {
        list.add("pixels", holds, format!("{width}x{height}"), wanted.join(", "));
    }
    if let Some(ratio) = rules.ratio {
        let holds = ratio.holds(width, height, rules.ratio_tolerance.unwrap_or(0.005));
        let found = format!("1:{:.3}", f64::from(height) / f64::from(width.max(1)));
        list.add("ratio", holds, found, ratio.to_string());
    }
}

fn file(rules: &Rules, facts: &Facts, list: &mut List) {
    if let Some(formats) = &rules.formats {
        list.add(
            "format",
            formats.contains(&facts.format),
            &facts.format,
            formats.join(", "),
        );
    }
    if let Some(max) = rules.bytes_max {
        list.add(
            "bytes",
            facts.bytes <= max,
            facts.bytes,
            format!("{max} or fewer"),
        );
    }
    if let Some(min) = rules.bits_min {
        list.add("bits", facts.bits >= min, facts.bits, format!("{min} or more"));
    }
    if let Some(max) = rules.bits_max {
        list.add("bits", facts.bits <= max, facts.bits, format!("{max} or fewer"));
    }
    if rules.source_type == Some(true) {
        let found = facts
            .digital_source_type
            .as_deref()
            .and_then(|uri| uri.rsplit('/').next());
        list.add(
            "source_type",
            found.is_some(),
            found.unwrap_or("none"),
            "an IPTC digital source type",
        );
    }
}

fn colour(rules: &Rules, facts: &Facts, list: &mut List) {
    let found = match (facts.srgb, facts.icc) {
        (true, true) => "sRGB",
        (true, false) => "sRGB, no profile",
        (false, _) => "another profile",
    };
    if rules.srgb == Some(true) {
        list.add("colour", facts.srgb, found, "sRGB");
    }
    if rules.profile == Some(true) {
        list.add("colour", facts.icc, found, "a profile embedded");
    }
}

fn place(rules: &Rules, facts: &Facts, list: &mut List) {
    if let Some(wanted) = rules.border {
        match facts.border {
            Some(border) => {
                let exact = border.colour == wanted && border.exact_share >= 1.0;
                let found = if border.exact_share >= 1.0 {
                    border.colour.to_string()
                } else {
                    format!(
                        "{:.1} % {}, up to {} of 255 off",
                        border.exact_share * 100.0,
                        border.colour,
                        border.deviation
                    )
                };
                list.add("border", exact, found, format!("{wanted} everywhere"));
            }
            None => list.unmeasured(
                "border",
                "the pixels cannot be read",
                format!("{wanted} everywhere"),
            ),
        }
    }
    if rules.fill_min.is_none() && rules.fill_max.is_none() {
        return;
    }
    let (min, max) = (rules.fill_min.unwrap_or(0), rules.fill_max.unwrap_or(100));
    let wanted = format!("{min} to {max} %");
    match facts.fill {
        Some(fill) => {
            let holds = fill >= f64::from(min) && fill <= f64::from(max);
            list.add("fill", holds, format!("{fill:.1} %"), wanted);
        }
        None => list.unmeasured("fill", "the product does not stand on a flat ground", wanted),
    }
}
