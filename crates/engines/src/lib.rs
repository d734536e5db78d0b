//! Image engines: each turns a [`Shot`] into a candidate picture, or says why it will not.

use std::sync::Arc;

pub use domain::shot::Shot;
use domain::{engine::EngineCard, product::PhotoRef};
use imaging::{Picture, vision::Cutout};
use thiserror::Error;

pub mod insightface;
pub mod studio;

/// A picture an engine made, before locks and finishing.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The pixels, opaque, at the brief's size unless a note says otherwise.
    pub pixels: Picture,
    /// Sentences for the person who reviews it ("enlarged 1.6x", "check the cut-out: …").
    pub notes: Vec<String>,
    /// A person should look before it is delivered.
    pub needs_review: bool,
    /// The IPTC DigitalSourceType term that is true of these pixels.
    pub digital_source_type: &'static str,
    /// Everything needed to make the same pixels again: model hashes, crop, angle, scale.
    pub recipe: serde_json::Value,
    /// The SHA-256 of each input file it was made from.
    pub inputs: Vec<String>,
}

/// What an engine answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The picture.
    Done(Box<Candidate>),
    /// It will not make this one, and says why and what would help. Nothing is charged.
    Refused(String),
}

/// Why an engine could not answer.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The input or the engine is broken in a way that trying again will not change.
    #[error("{0}")]
    Broken(String),
    /// Something has to be set up first.
    #[error("{0}")]
    Misconfigured(String),
    /// A passing fault: try again.
    #[error("{0}")]
    Retry(String),
}

/// An image engine.
pub trait Engine: Send + Sync {
    /// What it can do and what it costs.
    fn card(&self) -> &'static EngineCard;

    /// What decides its pixels beside the shot: its own version and the hashes of its models. When this text
    /// changes, pictures made before are made again.
    fn revision(&self) -> String;

    /// Makes one picture. The same shot gives the same pixels where the card says so.
    fn start(&self, shot: &Shot) -> Result<Reply, EngineError>;
}

/// An engine shared by the workers.
pub type SharedEngine = Arc<dyn Engine>;

/// Reads the bytes of a photo from wherever photos are kept.
pub type ReadPhoto = Arc<dyn Fn(&PhotoRef) -> Result<Vec<u8>, EngineError> + Send + Sync>;

/// Cuts products out of photos. The binary hands in the shared, cached one.
pub trait CutOuts: Send + Sync {
    /// The cut-out of a photo file with this lower-case hex SHA-256; `None` when no product stands out in it.
    fn cut_out(&self, sha256: &str, bytes: &[u8]) -> Result<Option<Arc<Cutout>>, EngineError>;
}

/// What engines are built from. Each takes what it needs.
#[derive(Clone)]
pub struct Kit {
    /// Reads photos.
    pub photos: ReadPhoto,
    /// Cuts products out.
    pub cut_outs: Arc<dyn CutOuts>,
    /// Lower-case hex SHA-256 of the cut-out model, for recipes.
    pub model_sha256: String,
}

/// An engine that can be chosen: its card, and how to open it.
pub struct Entry {
    /// What it can do and what it costs.
    pub card: &'static EngineCard,
    /// Opens it from a kit.
    pub open: fn(&Kit) -> Result<SharedEngine, EngineError>,
}

/// Every engine, the default first. One line each.
pub const ALL: &[Entry] = &[Entry {
    card: &studio::CARD,
    open: |kit| Ok(studio::Studio::open(kit)),
}];

/// The engine of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.card.name == name)
}
