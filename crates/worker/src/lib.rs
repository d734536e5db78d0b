//! The worker: claims jobs by lease, runs them on a bounded number of threads, and ends each in one transaction.

use std::{sync::Arc, time::Duration};

use domain::{clock::Clock, manifest::DeliveredFile, shot::Shot, verdict::Verdict};
use engines::{Budget, Candidate, SharedEngine};
use imaging::{Picture, locks::product::Heat, provenance::Seal};
use store::{Store, blobs::Blobs, generations::AttemptEnd, ids::Ids};

mod attend;
pub mod delivery;
pub mod jobs;
mod patience;
mod run;
pub mod sharing;
mod together;

pub use run::{RunError, Stop, run_until_idle};

/// How long a job is held, where nobody says.
pub const LEASE: Duration = Duration::from_mins(1);

/// What a worker works with.
pub struct Environment {
    /// Rows.
    pub store: Store,
    /// Delivered files.
    pub blobs: Arc<dyn Blobs>,
    /// What they are called.
    pub naming: Naming,
    /// The engines it may call, found by name.
    pub engines: Vec<SharedEngine>,
    /// The locks every candidate goes through.
    pub judge: Arc<dyn Judge>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Who is told when a picture ends.
    pub listener: Arc<dyn Listener>,
    /// This process, among all workers: a new id each time it starts.
    pub worker: String,
    /// How long a job is held without being heard of: it is renewed at a third of this, and a worker that dies delays its
    /// picture by no more.
    pub lease: Duration,
    /// Jobs run at once, each on a thread of its own: as many as work on pixels, and those that wait for vendors.
    pub slots: usize,
    /// Turns at the processor, one for each thread that may work on pixels.
    pub cores: Arc<Budget>,
    /// Who signs delivered files; nobody where none is set up.
    pub signer: Option<Arc<dyn Seal>>,
}

/// What files are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By SKU and pose, as people look for them in a folder; what is not for them lies under `.photogen`.
    Catalogue,
    /// By workspace and content: equal files are one, and nothing is ever written over.
    Content,
}

/// Where pictures that were sent back are kept in a folder.
pub const CANDIDATES: &str = ".photogen/candidates";

/// Measures candidates.
pub trait Judge: Send + Sync {
    /// What every lock finds of a candidate. Works on pixels in turns of its own, and may wait for a service between them.
    fn judge(&self, shot: &Shot, candidate: &Candidate) -> Findings;

    /// The candidate with its prints put back from the product's photo, where the product lock (`verdict`) found them
    /// wrong and it is sure where they belong.
    fn composite_back(&self, shot: &Shot, candidate: &Candidate, verdict: &Verdict) -> Option<PutBack> {
        let _ = (shot, candidate, verdict);
        None
    }
}

/// What the locks found of a candidate.
#[derive(Default)]
pub struct Findings {
    /// Every lock's verdict.
    pub verdicts: Vec<Verdict>,
    /// Where the product differs from its photo, if the product lock could compare them.
    pub heat: Option<Heat>,
}

impl From<Vec<Verdict>> for Findings {
    fn from(verdicts: Vec<Verdict>) -> Self {
        Self { verdicts, heat: None }
    }
}

/// A candidate with prints put back.
#[derive(Debug)]
pub struct PutBack {
    /// The picture, nothing else changed.
    pub pixels: Picture,
    /// Prints put back.
    pub prints: usize,
    /// Share of the picture that changed.
    pub share: f64,
}

/// One picture's end, as it is told to a listener.
#[derive(Debug)]
pub struct Ended<'a> {
    /// What was asked.
    pub shot: &'a Shot,
    /// How it ended.
    pub end: &'a AttemptEnd,
    /// What the locks measured.
    pub verdicts: &'a [Verdict],
    /// How long it took.
    pub elapsed_ms: i64,
}

impl Environment {
    /// [`Environment::lease`] in milliseconds.
    fn lease_ms(&self) -> i64 {
        self.lease.as_millis() as i64
    }
}

impl Ended<'_> {
    /// The delivered file, if it was delivered.
    pub fn file(&self) -> Option<&DeliveredFile> {
        match self.end {
            AttemptEnd::Completed(delivered) => Some(&delivered.file),
            _ => None,
        }
    }
}

/// Hears how each picture ends, after it is durable.
pub trait Listener: Send + Sync {
    /// A picture ended, or is put back to be tried again.
    fn ended(&self, ended: &Ended<'_>);

    /// A picture's work goes on with the trace of the call that ordered it (W3C traceparent).
    fn traced(&self, span: &tracing::Span, traceparent: &str) {
        let _ = (span, traceparent);
    }
}
