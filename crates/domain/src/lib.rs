//! The words and rules of a catalogue shoot: pure types, no I/O, no clock, no randomness.
//!
//! Everything here is a function of its arguments. Doors (command line, API, pages) parse into these types at
//! the border; past it only valid values exist.

pub mod access;
pub mod account;
pub mod background;
pub mod brief;
pub mod category;
pub mod clock;
pub mod delivery;
pub mod engine;
pub mod enlargement;
pub mod format;
pub mod generation;
pub mod ids;
pub mod intake;
pub mod likeness;
pub mod manifest;
pub mod money;
pub mod payment;
pub mod plan;
pub mod pose;
pub mod product;
pub mod profile;
pub mod prompt;
pub mod retry;
pub mod seed;
pub mod shot;
pub mod size;
pub mod threshold;
pub mod thumbnail;
pub mod unseen;
pub mod verdict;
