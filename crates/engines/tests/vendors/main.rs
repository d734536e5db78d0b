//! Engines behind a wire, through their front door: a real server on this machine that misbehaves on command.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod called_off;
mod conformance;
mod drafts;
mod faults;
mod payloads;
mod prompts;
mod requests;
mod schema;
mod specs;
