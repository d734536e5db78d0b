//! A vendor's allowance where several processes use it: whose turn it is and how many pictures are in work is asked of somebody who
//! hears them all.

use std::{pin::Pin, time::Duration};

use domain::engine::EngineName;

use crate::EngineError;

/// An answer that is waited for.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, EngineError>> + Send + 'a>>;

/// A place among the pictures in work; it is given back when dropped.
pub type Place = Box<dyn Send + Sync>;

/// Hears every process that calls an engine's server. Asked on a runtime of the engine's own.
pub trait Sharing: Send + Sync {
    /// Takes the next turn of all, each so long after the last. How long until it comes.
    fn turn<'a>(&'a self, engine: &'a EngineName, interval: Duration) -> Waiting<'a, Duration>;

    /// The vendor asked for quiet: no turn comes before that is over.
    fn be_quiet(&self, engine: &EngineName, wait: Duration);

    /// Waits for one of so many places.
    fn place<'a>(&'a self, engine: &'a EngineName, places: u32) -> Waiting<'a, Place>;
}
