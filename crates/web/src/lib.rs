//! The service's doors: a JSON API, live progress, and pages, over the same store that the worker works from.
//!
//! A request goes through `router`, finds its caller in `auth`, is parsed in `api::<noun>`, and is answered from `store`.
//! Nothing here knows an engine or a pixel: the binary hands in a [`catalog::Catalog`] of what can be chosen and an
//! [`intake::Intake`] that looks at files.

pub mod api;
pub mod app;
pub mod auth;
pub mod catalog;
pub mod error;
pub mod extract;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod imports;
pub mod intake;
pub mod live;
pub mod mail;
pub mod middleware;
mod openapi;
mod pages;
pub mod payments;
mod photos;
mod router;
mod table;
mod thumbnails;
pub mod upkeep;
mod uploads;
pub mod vendors;
pub mod webhooks;

pub use app::{App, Config, Parts};
pub use error::Error;
pub use imports::take_up;
pub use router::{openapi, router};
