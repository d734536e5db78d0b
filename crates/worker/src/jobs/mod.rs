//! What the worker can do, one file a kind of job.

pub mod export;
pub mod generate;
