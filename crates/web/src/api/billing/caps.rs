//! Spend caps of projects and API keys.

use axum::extract::{Path, State};
use domain::payment::CREDITS_MAX;
use serde::{Deserialize, Serialize};
use store::caps::{Cap as Row, Of};
use utoipa::ToSchema;

use super::super::Done;
use crate::{
    app::App,
    auth::caller::{Allowed, Manage},
    error::{Error, Result},
    extract::{Json, id},
};

/// The most credits that the pictures of a project, or of an API key, may take in 30 days.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpendCap {
    /// project, key.
    of: String,
    /// The project, or the key.
    id: String,
    /// What people call it.
    name: String,
    /// Credits in 30 days.
    credits: i64,
    /// Credits of the last 30 days, those that are held now among them.
    spent: i64,
}

impl From<Row> for SpendCap {
    fn from(row: Row) -> Self {
        Self {
            of: row.kind,
            id: row.subject,
            name: row.name,
            credits: row.credits,
            spent: row.spent,
        }
    }
}

/// Every spend cap of the workspace.
#[utoipa::path(get, path = "/api/billing/caps", tag = "billing",
    responses((status = 200, body = Vec<SpendCap>), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Manage>) -> Result<Json<Vec<SpendCap>>> {
    let caps = app.store.caps(&caller.workspace, app.now_ms()).await?;
    Ok(Json(caps.into_iter().map(SpendCap::from).collect()))
}

/// A cap as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCap {
    /// Credits in 30 days, 0 to 10,000,000; null: no cap.
    credits: Option<i64>,
}

/// Sets the cap of a project or of an API key. An order past it is refused with 402 `spend_cap`.
#[utoipa::path(put, path = "/api/billing/caps/{of}/{id}", tag = "billing", request_body = NewCap,
    params(("of" = String, Path, description = "project, key"), ("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn set(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path((of, subject)): Path<(String, String)>,
    Json(body): Json<NewCap>,
) -> Result<Json<Done>> {
    // A key that sets caps would free itself of its own.
    caller.person()?;
    let of = Of::named(&of).ok_or_else(|| Error::not_found("kind of cap: use project or key"))?;
    let subject = id(&subject, of.name())?;
    if body
        .credits
        .is_some_and(|credits| !(0..=CREDITS_MAX).contains(&credits))
    {
        return Err(Error::field(
            "credits",
            format!("give a number from 0 to {CREDITS_MAX}, or null for no cap"),
        ));
    }
    let there = app
        .store
        .set_cap(&caller.workspace, of, &subject, body.credits)
        .await?;
    Done::if_there(there, of.name())
}
