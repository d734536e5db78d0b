//! Vendors that call back: who checks their messages and wakes who waits is handed in by the binary.

use domain::engine::EngineName;

/// A vendor's message as it came.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// `webhook-id`: the same when a message is sent again.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signatures: &'a str,
    /// The body, before anything has read it.
    pub body: &'a [u8],
}

/// Why a message is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No vendor of this engine calls here.
    NotExpected,
    /// It is not the vendor's, or not of now.
    Unsigned(String),
    /// It is the vendor's and names no job.
    Unknown,
}

/// The engines of this process, as far as their vendors call them.
pub trait Vendors: Send + Sync {
    /// The job that a message is about, when it is really the vendor's.
    fn check(&self, engine: &EngineName, message: &Message<'_>, now_s: i64) -> Result<String, Refusal>;

    /// Whoever waits in this process for this job asks after it now.
    fn wake(&self, engine: &EngineName, provider_job: &str);
}

/// No vendor calls.
pub struct NoVendors;

impl Vendors for NoVendors {
    fn check(&self, _: &EngineName, _: &Message<'_>, _: i64) -> Result<String, Refusal> {
        Err(Refusal::NotExpected)
    }

    fn wake(&self, _: &EngineName, _: &str) {}
}
