//! From a picture of the catalogue to the files that channels take. The command line and the service's exports share it.

mod carry;
mod disk;
mod hashing;
mod pack;
mod renders;
mod report;

pub use carry::{NotThere, carry, carry_file};
pub use disk::Disk;
pub use pack::{PackError, Packed, Packer, Paper, papers};
pub use renders::{Renders, RendersError};
pub use report::html;

use domain::{
    delivery::{ExportedFile, Planned, alt_text},
    format::Format,
    manifest::Entry,
    pose::Framing,
    profile::{Check, Outcome, Profile, ProfileName, Provenance, Role},
};
use imaging::{
    Picture,
    channel::{Source, render},
    codec::{self, Limits},
    provenance::{
        About, Seal,
        source_type::{
            COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA, TRAINED_ALGORITHMIC_MEDIA, after_finishing, term,
        },
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How files for channels are made.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Say of generated pictures that they are.
    pub disclose: bool,
    /// Who signs; nobody where none is set up.
    pub signer: Option<std::sync::Arc<dyn Seal>>,
}

/// What is known of a file that was rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// Of everything that decides its pixels and words: equal means the same picture.
    pub key: String,
    /// Of the file.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The IPTC term in the file.
    pub digital_source_type: String,
    /// What its signature is worth.
    pub provenance: Provenance,
    /// What the channel says of it.
    pub checks: Vec<Check>,
    /// What people should know.
    pub notes: Vec<String>,
}

impl Rendered {
    /// The channel takes it.
    pub fn passes(&self) -> bool {
        domain::profile::passes(&self.checks)
    }

    /// What it does not meet, then what people should know: one sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let unmet = self
            .checks
            .iter()
            .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Unmeasured))
            .map(|check| format!("{}: {}, and it wants {}", check.name, check.found, check.wanted));
        unmet.chain(self.notes.iter().cloned()).collect()
    }

    /// As it stands in a delivery's manifest.
    pub fn exported(
        &self,
        entry: &Entry,
        planned: &Planned,
        terms: &Terms,
        source_sha256: &str,
    ) -> ExportedFile {
        ExportedFile {
            path: planned.path.clone(),
            profile: profile_name(planned.profile),
            format: planned.profile.format,
            number: planned.number,
            alt: alt_text(entry.name.as_deref(), &entry.sku, colour(entry), entry.pose),
            disclosure: disclosure(entry, planned.profile, terms),
            passes: self.passes(),
            ..as_made(entry, self, source_sha256)
        }
    }
}

/// What is the same of a picture in every channel.
fn as_made(entry: &Entry, file: &Rendered, source_sha256: &str) -> ExportedFile {
    ExportedFile {
        path: String::new(),
        profile: None,
        sku: entry.sku.clone(),
        name: entry.name.clone(),
        pose: entry.pose,
        take: entry.take,
        number: 1,
        alt: String::new(),
        disclosure: None,
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        width: file.width,
        height: file.height,
        format: Format::default(),
        digital_source_type: file.digital_source_type.clone(),
        provenance: file.provenance,
        passes: true,
        checks: file.checks.clone(),
        notes: file.notes.clone(),
        verdicts: entry.verdicts.clone(),
        recipe: entry.recipe.clone(),
        source_sha256: source_sha256.to_owned(),
    }
}

fn profile_name(profile: &Profile) -> Option<ProfileName> {
    profile.name.parse().ok()
}

/// The colour that the product table gives, where the recipe kept it.
fn colour(entry: &Entry) -> Option<&str> {
    entry.recipe["colour"].as_str()
}

/// The hash of everything that decides a rendered file but its signature's chance.
pub fn key(source_sha256: &str, entry: &Entry, profile: &Profile, role: Role, terms: &Terms) -> String {
    let said = serde_json::json!({
        "source": source_sha256,
        "profile": profile,
        "role": role,
        "whole": is_whole(entry),
        "about": format!("{:?}", about(entry, profile, terms)),
        "signed_under": terms.signer.as_ref().map(|signer| signer.root().to_owned()),
        "imaging": imaging::REVISION,
    });
    hex::encode(Sha256::digest(said.to_string()))
}

/// A picture that was opened, to be rendered for any number of channels.
pub struct Opened {
    bytes: Vec<u8>,
    sha256: String,
    picture: Picture,
}

impl Opened {
    /// Opens a picture's file.
    ///
    /// # Errors
    /// In words, for a file that is damaged or of a format that cannot be read back.
    pub fn open(bytes: Vec<u8>) -> Result<Self, String> {
        let photo = codec::decode(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
        Ok(Self {
            sha256: hex::encode(Sha256::digest(&bytes)),
            picture: photo.pixels,
            bytes,
        })
    }

    /// Its file's hash.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The file for a channel, and what is known of it.
    ///
    /// # Errors
    /// In words, where no file can be made at all.
    pub fn render(
        &self,
        entry: &Entry,
        profile: &Profile,
        role: Role,
        terms: &Terms,
    ) -> Result<(Rendered, Vec<u8>), String> {
        let about = about(entry, profile, terms);
        let made_as = entry.file.as_ref().map_or("", |file| &file.digital_source_type);
        let source = Source {
            picture: &self.picture,
            file: &self.bytes,
            is_whole: is_whole(entry),
            role,
            digital_source_type: made_as,
            about: &about,
        };
        let made = render(&source, profile, terms.signer.as_deref()).map_err(|error| error.to_string())?;
        let rendered = Rendered {
            key: key(&self.sha256, entry, profile, role, terms),
            bytes: made.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&made.bytes)),
            width: made.facts.width,
            height: made.facts.height,
            digital_source_type: after_finishing(Some(made_as)).to_owned(),
            provenance: made.facts.provenance,
            checks: made.checks,
            notes: made.notes,
        };
        Ok((rendered, made.bytes))
    }
}

fn is_whole(entry: &Entry) -> bool {
    entry.pose.pose().framing == Framing::Full
}

/// A model made it, or a part of it.
fn is_generated(entry: &Entry) -> bool {
    let made_as = entry
        .file
        .as_ref()
        .and_then(|file| term(&file.digital_source_type));
    matches!(
        made_as,
        Some(TRAINED_ALGORITHMIC_MEDIA | COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA)
    )
}

fn disclosure(entry: &Entry, profile: &Profile, terms: &Terms) -> Option<String> {
    (terms.disclose && is_generated(entry)).then(|| profile.disclosure.clone())
}

fn about(entry: &Entry, profile: &Profile, terms: &Terms) -> About {
    if !is_generated(entry) {
        return About::default();
    }
    About {
        ai_system: Some(entry.engine.clone()),
        ai_system_version: entry.recipe["model"].as_str().map(str::to_owned),
        ai_prompt: None,
        description: disclosure(entry, profile, terms),
    }
}
