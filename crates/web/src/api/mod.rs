//! The JSON API, one file a noun. A handler parses, asks the store, and answers; what it needs of its caller stands in its
//! arguments.

pub mod admin;
pub mod audit;
pub mod auth;
pub mod billing;
pub mod brand_presets;
pub mod engines;
pub mod exports;
pub mod generate;
pub mod generations;
pub mod imports;
pub mod keys;
pub mod media;
pub mod members;
pub mod models;
pub mod products;
pub mod projects;
pub mod retention;
pub mod shoots;
pub mod thresholds;
pub mod tus;
pub mod uploads;
pub mod webhooks;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    error::{Error, Result},
    extract::Json,
};

/// A time as callers see it.
pub(crate) type Stamp = i64;

/// An answer that holds nothing but that it was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Always true.
    pub done: bool,
}

impl Done {
    pub(crate) fn yes() -> Json<Self> {
        Json(Self { done: true })
    }

    /// Done, where there was something to do it to.
    pub(crate) fn if_there(there: bool, what: &str) -> Result<Json<Self>> {
        if there {
            Ok(Self::yes())
        } else {
            Err(Error::not_found(what))
        }
    }
}
