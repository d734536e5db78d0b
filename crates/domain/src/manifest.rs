//! The manifest: what a shoot delivered, for machines. Written beside the pictures as `manifest.json`.
//!
//! It holds no time and no machine path, so the same photos and brief give the same bytes.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Serialize};

use crate::{
    brief::Brief, engine::EngineChoice, generation::Status, pose::PoseName, product::View, verdict::Verdict,
};

/// The version of this format. Readers should refuse a larger number than they know.
pub const MANIFEST_VERSION: u32 = 1;

/// Everything one output folder holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// [`MANIFEST_VERSION`].
    pub version: u32,
    /// The program and version that wrote it, for example `photogen 0.1.0`.
    pub generator: String,
    /// The brief of the latest shoot into this folder.
    pub brief: Brief,
    /// How many pictures stand in each status.
    pub counts: Counts,
    /// One entry a picture, products in SKU order, poses in catalogue order, takes counting up.
    pub pictures: Vec<Entry>,
}

/// How many pictures stand in each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Made, checked and written.
    pub completed: usize,
    /// Of the completed: a person should look before they go out.
    pub to_review: usize,
    /// Could not be made: an error.
    pub failed: usize,
    /// Made, and a lock said no: not written.
    pub rejected: usize,
    /// Cannot truthfully be made from what there is.
    pub skipped: usize,
    /// Not made yet: the shoot was stopped before it got to them, or they were called off.
    pub unfinished: usize,
}

/// One picture: made, or why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The product's SKU, as the customer writes it.
    pub sku: String,
    /// The product's name, if known.
    pub name: Option<String>,
    /// The pose.
    pub pose: PoseName,
    /// 1 for the first picture of the pose.
    pub take: u32,
    /// How it stands.
    pub status: Status,
    /// Why it was skipped, rejected or failed, and what would help.
    pub reason: Option<String>,
    /// A person should look before it goes out.
    pub needs_review: bool,
    /// Sentences for that person.
    pub notes: Vec<String>,
    /// The engine that made it, or would have.
    pub engine: String,
    /// The 64-bit seed, decimal. Text, because many readers of JSON round numbers above 2^53.
    pub seed: String,
    /// Everything needed to make the same picture again; null when nothing was made.
    pub recipe: serde_json::Value,
    /// The photos of the product it was, or would be, made from.
    pub inputs: Vec<Input>,
    /// What the locks measured.
    pub verdicts: Vec<Verdict>,
    /// The delivered file; null when there is none.
    pub file: Option<DeliveredFile>,
    /// The tries that went out to a vendor or were sent back, in order; absent where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptEntry>,
    /// The files rendered for channels; absent where none was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelFile>,
}

/// A picture's file for a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelFile {
    /// The channel.
    pub profile: crate::profile::ProfileName,
    /// Path relative to the manifest; null where no file could be made.
    pub path: Option<String>,
    /// File size in bytes.
    pub bytes: u64,
    /// Lower-case hex SHA-256 of the file.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Whether the channel takes it, by the rules that it states.
    pub passes: bool,
    /// What it does not meet, and what people should know, one sentence each.
    pub notes: Vec<String>,
}

/// One try of a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptEntry {
    /// Who was asked, with the model where one was named.
    pub engine: EngineChoice,
    /// The seed, decimal.
    pub seed: String,
    /// `done`, `rejected` by a lock, `withheld` (strict, and nobody can vouch for it), `refused` by the vendor, `failed`,
    /// `fault` (in passing), `lost` (maybe billed, and nobody has the picture), `broken` (an answer that is no usable picture),
    /// `pending` (taken up by a later try).
    pub outcome: String,
    /// Why it was sent back, or what happened.
    pub reason: Option<String>,
    /// What the vendor charged by its price list, or may have charged, in US dollars; 0 also where the price is not known.
    pub cost_usd: f64,
    /// The picture that was sent back, kept so that people can see why; null when there is none.
    pub candidate: Option<DeliveredFile>,
}

/// A photo a picture was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// The side it shows.
    pub view: View,
    /// The photo's file name.
    pub name: String,
    /// Lower-case hex SHA-256 of its bytes.
    pub sha256: String,
    /// A small copy for people, relative to the manifest; null when none was written.
    pub preview: Option<String>,
}

/// A delivered file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveredFile {
    /// Path relative to the manifest, with `/` between folders.
    pub path: String,
    /// File size in bytes.
    pub bytes: u64,
    /// Lower-case hex SHA-256 of the file.
    pub sha256: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `webp`, `png16`, … as `--format` takes it.
    pub format: crate::format::Format,
    /// The IPTC DigitalSourceType term written into the file.
    pub digital_source_type: String,
    /// Largest difference, in 8-bit steps, between the asked background and what the file decodes to at its border:
    /// 0 is exact. Null where it was not measured (AVIF, and close-ups without border).
    pub background_deviation: Option<u8>,
}

impl Counts {
    /// Counts the entries.
    pub fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            match entry.status {
                Status::Completed => {
                    counts.completed += 1;
                    counts.to_review += usize::from(entry.needs_review);
                }
                Status::Failed => counts.failed += 1,
                Status::Rejected => counts.rejected += 1,
                Status::Skipped => counts.skipped += 1,
                Status::Pending | Status::Processing | Status::Cancelled => counts.unfinished += 1,
            }
        }
        counts
    }
}

/// The JSON Schema (draft 2020-12) of [`Manifest`] as it is written, kept in `docs/manifest.schema.json`.
pub fn schema() -> schemars::Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Manifest>()
}
