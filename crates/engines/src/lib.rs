//! Image engines: each turns a [`Shot`] into a candidate picture, or says why it will not.

use std::sync::Arc;

pub use domain::{engine::Health, shot::Shot};
use domain::{
    engine::{Dialect, EngineCard},
    product::PhotoRef,
};
use imaging::{Picture, vision::Cutout};
use jiff::civil::Date;
use sharing::Sharing;
use thiserror::Error;
use vendor::{Comfyui, Fashn, OpenAi, Replicate, Stability, VendorEngine};

pub use budget::Budget;

mod budget;
pub mod cards;
pub mod insightface;
pub mod sharing;
pub mod studio;
pub mod transport;
pub mod vendor;

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
    /// The SHA-256 of each photo of the product it was made from, the one it should look like first.
    pub inputs: Vec<String>,
    /// The SHA-256 of each photo of a person it was made from.
    pub people: Vec<String>,
    /// The picture as a vendor made it, before it was set on the asked ground.
    pub as_made: Option<Picture>,
    /// The vendor's file, where it holds a signed statement (C2PA): what is delivered names it as its parent.
    pub parent: Option<Vec<u8>>,
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
    /// The order was sent and no answer came: the vendor may have made and billed a picture that nobody will see.
    #[error("maybe billed: {0}")]
    Lost(String),
    /// The vendor has the job and could not be asked how it stands: ask again by its id.
    #[error("{0}")]
    Pending(String),
}

impl EngineError {
    /// The name used in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Broken(_) => "broken",
            Self::Misconfigured(_) => "misconfigured",
            Self::Retry(_) => "retry",
            Self::Lost(_) => "lost",
            Self::Pending(_) => "pending",
        }
    }

    /// With the engine's name in front.
    fn named(self, name: &str) -> Self {
        let told = |message: String| format!("{name}: {message}");
        match self {
            Self::Broken(message) => Self::Broken(told(message)),
            Self::Misconfigured(message) => Self::Misconfigured(told(message)),
            Self::Retry(message) => Self::Retry(told(message)),
            Self::Lost(message) => Self::Lost(told(message)),
            Self::Pending(message) => Self::Pending(told(message)),
        }
    }
}

impl From<vendor::Fault> for EngineError {
    fn from(fault: vendor::Fault) -> Self {
        match fault {
            vendor::Fault::Retry { message, .. } | vendor::Fault::Ended(message) => Self::Retry(message),
            vendor::Fault::Misconfigured(message) => Self::Misconfigured(message),
            vendor::Fault::Broken(message) => Self::Broken(message),
            vendor::Fault::Gone(message) => Self::Lost(message),
        }
    }
}

/// Hears how far a call has come, so that what a vendor may have billed is never forgotten.
pub trait CallLog: Send + Sync {
    /// The order goes out when this returns; an error stops it.
    fn sending(&self) -> Result<(), EngineError> {
        Ok(())
    }

    /// The vendor has answered that it is made: from here on it is billed, whatever the answer is worth.
    fn answered(&self) {}

    /// The vendor has taken it, under this id.
    fn accepted(&self, id: &str) {
        let _ = id;
    }

    /// The vendor's file is here. Heard before anything is done with it.
    fn received(&self, file: &[u8]) {
        let _ = file;
    }
}

/// Hears nothing.
pub struct Unheard;

impl CallLog for Unheard {}

/// What an earlier try left, to be taken up instead of ordering anew.
#[derive(Clone, Copy, Debug)]
pub enum Resume<'a> {
    /// The vendor's id of a job that it has.
    Job(&'a str),
    /// The vendor's file.
    File(&'a [u8]),
}

/// One call of an engine: what differs from try to try of the same shot.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Who hears how far it has come.
    pub log: &'a dyn CallLog,
    /// Turns at the processor, one for each thread that works on pixels. Held while pixels are worked on, never while a
    /// vendor is waited for.
    pub cores: &'a Budget,
    /// What an earlier try of the same order left.
    pub resume: Option<Resume<'a>>,
    /// The day, for the end of models.
    pub today: Date,
    /// Another seed than the shot's.
    pub seed: Option<u64>,
    /// How much of its usual freedom to leave the first picture an engine is given, 0 (none) to 1, where it can be told so;
    /// `None`: all of it.
    pub strength: Option<f32>,
    /// What was wrong with the last try.
    pub hint: Option<&'a str>,
}

impl Call<'_> {
    /// The first call of a shot on a day, heard by nobody, on a processor that nobody else uses.
    pub fn first(today: Date) -> Self {
        static UNSHARED: Budget = Budget::new(u64::MAX);
        Self {
            log: &Unheard,
            cores: &UNSHARED,
            resume: None,
            today,
            seed: None,
            strength: None,
            hint: None,
        }
    }
}

/// An image engine.
pub trait Engine: Send + Sync {
    /// What it can do and what it costs.
    fn card(&self) -> &EngineCard;

    /// What decides its pixels beside the shot: its own version and the hashes of its models. When this text
    /// changes, pictures made before are made again.
    fn revision(&self) -> String;

    /// How its server is doing, seen from here; `None` for engines on this machine.
    fn health(&self) -> Option<Health> {
        None
    }

    /// The vendor says that the job of this id has moved on: whoever waits for it here asks after it now.
    fn wake(&self, id: &str) {
        let _ = id;
    }

    /// Asks the vendor to call the job of this id off. `false` where it cannot, or the vendor does not say that it did. Blocks.
    fn call_off(&self, id: &str) -> Result<bool, EngineError> {
        let _ = id;
        Ok(false)
    }

    /// Makes one picture. The same shot gives the same pixels where the card says so.
    fn start(&self, shot: &Shot, call: &Call<'_>) -> Result<Reply, EngineError>;
}

/// An engine shared by the workers.
pub type SharedEngine = Arc<dyn Engine>;

/// Reads the bytes of a photo from wherever photos are kept.
pub type ReadPhoto = Arc<dyn Fn(&PhotoRef) -> Result<Vec<u8>, EngineError> + Send + Sync>;

/// Reads a setting by the name of its environment variable; `None` where it is not set.
pub type ReadSetting = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

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
    /// Settings by the name of their environment variable.
    pub setting: ReadSetting,
    /// Cuts products out.
    pub cut_outs: Arc<dyn CutOuts>,
    /// Lower-case hex SHA-256 of the cut-out model, for recipes.
    pub model_sha256: String,
    /// Whom vendors' allowances are shared through; `None` where this process is the only one that calls them.
    pub sharing: Option<Arc<dyn Sharing>>,
}

/// How an engine is opened from its card and a kit.
pub type Open = fn(&EngineCard, &Kit) -> Result<SharedEngine, EngineError>;

/// What speaks each dialect. One line each.
pub const ALL: &[(Dialect, Open)] = &[
    (Dialect::Studio, |card, kit| Ok(studio::Studio::open(card, kit))),
    (Dialect::Openai, |card, kit| {
        VendorEngine::open(card, kit, Box::new(OpenAi))
    }),
    (Dialect::OpenaiCompatible, |card, kit| {
        VendorEngine::open(card, kit, Box::new(OpenAi))
    }),
    (Dialect::Stability, |card, kit| {
        VendorEngine::open(card, kit, Box::new(Stability))
    }),
    (Dialect::Replicate, |card, kit| {
        VendorEngine::open(card, kit, Box::new(Replicate))
    }),
    (Dialect::Fashn, |card, kit| {
        VendorEngine::open(card, kit, Box::new(Fashn))
    }),
    (Dialect::Comfyui, |card, kit| {
        VendorEngine::open(card, kit, Box::new(Comfyui::open(kit)?))
    }),
];

/// Opens the engine of a card.
pub fn open(card: &EngineCard, kit: &Kit) -> Result<SharedEngine, EngineError> {
    let known = ALL.iter().find(|(dialect, _)| *dialect == card.dialect);
    let (_, open) = known.ok_or_else(|| {
        EngineError::Misconfigured(format!("{}: nothing here speaks {:?}", card.name, card.dialect))
    })?;
    open(card, kit)
}
