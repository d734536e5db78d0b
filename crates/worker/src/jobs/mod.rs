//! What the worker can do, one file a kind of job.

mod composite;
mod deliver;
pub mod generate;
pub(crate) mod record;
mod verdicts;
