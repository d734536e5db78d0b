//! Cards: what can be fetched, from where, and how to know that it arrived whole.

use std::collections::HashSet;

use anyhow::{Context, ensure};
use imaging::vision::{
    CutoutCard,
    face::{DetectCard, EmbedCard, LandmarksCard},
};
use serde::{Deserialize, Serialize};

use super::source::Source;

/// One thing to fetch: a model file, or a set of sample photos.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    /// The name commands take.
    pub(crate) name: String,
    /// What it is for: `cutout`, `face_detect`, `face_landmarks`, `face_embed`, `text_detect`, `text_read`, `photos`.
    pub(crate) kind: String,
    /// The one taken when only the kind is asked for.
    #[serde(default)]
    pub(crate) default: bool,
    /// One line for people.
    pub(crate) about: String,
    /// SPDX expression, as the publisher states it.
    pub(crate) licence: String,
    /// How a cut-out model wants its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<CutoutCard>,
    /// How a face detector is fed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) face_detect: Option<DetectCard>,
    /// How a network that puts points on a face is fed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) face_landmarks: Option<LandmarksCard>,
    /// How a face embedder is fed, and what its cosines mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) face_embed: Option<EmbedCard>,
    /// A `products.csv` written beside sample photos.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) table: Option<String>,
    /// The files, each pinned by its hash.
    pub(crate) files: Vec<FileCard>,
    /// Tried in order. Empty when only the owner can give the file.
    #[serde(default)]
    pub(crate) sources: Vec<Source>,
}

/// One pinned file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileCard {
    /// Its name once here.
    pub(crate) file: String,
    /// Its path below a package source's `folder`, where that differs from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// Its size.
    pub(crate) bytes: u64,
    /// Lower-case hex SHA-256.
    pub(crate) sha256: String,
}

impl FileCard {
    /// The path below a source's folder.
    pub(crate) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.file)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    #[serde(default)]
    card: Vec<Card>,
}

/// Reads a `models.toml`. Errors name the card and the field that is wrong.
pub(crate) fn parse(text: &str) -> anyhow::Result<Vec<Card>> {
    let sheet: Sheet = toml::from_str(text)?;
    let mut names = HashSet::new();
    for card in &sheet.card {
        check(card).with_context(|| format!("card `{}`", card.name))?;
        ensure!(names.insert(&card.name), "two cards are called `{}`", card.name);
    }
    Ok(sheet.card)
}

fn check(card: &Card) -> anyhow::Result<()> {
    ensure!(
        is_plain(&card.name),
        "its name may hold letters, digits, `-`, `_` and `.` only"
    );
    ensure!(!card.files.is_empty(), "it lists no [[card.files]]");
    check_input(card)?;
    let model = card.kind != "photos";
    ensure!(
        !model || card.files.len() == 1,
        "a model is one file; it lists {}",
        card.files.len()
    );
    for file in &card.files {
        ensure!(
            is_plain(&file.file),
            "`{}` must be a file name without folders",
            file.file
        );
        ensure!(
            is_sha256(&file.sha256),
            "the sha256 of `{}` must be 64 hex digits",
            file.file
        );
    }
    let addressed = card
        .sources
        .iter()
        .any(|source| matches!(source, Source::Address(_)));
    ensure!(
        !addressed || card.files.len() == 1,
        "a url source delivers one file"
    );
    Ok(())
}

/// Each kind of model needs its own table, and numbers that can be used.
fn check_input(card: &Card) -> anyhow::Result<()> {
    let needed = [
        ("cutout", "input", card.input.is_some()),
        ("face_detect", "face_detect", card.face_detect.is_some()),
        ("face_landmarks", "face_landmarks", card.face_landmarks.is_some()),
        ("face_embed", "face_embed", card.face_embed.is_some()),
    ];
    for (kind, table, is_there) in needed {
        ensure!(
            card.kind != kind || is_there,
            "a {kind} model needs a [card.{table}]"
        );
    }
    if let Some(embed) = &card.face_embed {
        ensure!(
            embed.limits.are_sound(),
            "its limits must be 0 < review <= pass <= 1"
        );
        ensure!(
            (8..=1024).contains(&embed.side),
            "the side of its input must be 8 to 1024"
        );
    }
    Ok(())
}

fn is_plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(letter)
}

/// 64 lower-case hex digits.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
