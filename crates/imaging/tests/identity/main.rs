//! The identity lock: on sightings made by hand, through tiny networks made here, and on the sample people.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod own_model;
mod people;
mod tamper;
mod verdicts;
