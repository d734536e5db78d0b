//! Retention: how many days the workspace keeps files that nobody took, and what says whose a face is.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::retention::{DAYS_MAX, Retention as Row};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::caller::{Allowed, Manage, Read},
    error::{Error, Result},
    extract::Json,
};

/// How many days the workspace keeps things; null: for ever. Rows, verdicts, decisions and credits stay, and approved pictures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retention {
    /// Files of tries that did not become the picture, once the picture has ended.
    candidates: Option<i64>,
    /// Files of pictures that a lock or a person rejected, or that were done again; from the last decision on.
    rejected: Option<i64>,
    /// What says whose a face is, once the photo came and the last shoot with the model ended. The photos stay.
    biometric: Option<i64>,
}

impl From<Row> for Retention {
    fn from(row: Row) -> Self {
        Self {
            candidates: row.candidates,
            rejected: row.rejected,
            biometric: row.biometric,
        }
    }
}

/// How long the workspace keeps things.
#[utoipa::path(get, path = "/api/workspace/retention", tag = "retention",
    responses((status = 200, body = Retention), (status = 401), (status = 403)))]
pub async fn get(State(app): State<App>, caller: Allowed<Read>) -> Result<Json<Retention>> {
    Ok(Json(app.store.retention(&caller.workspace).await?.into()))
}

/// Periods as they shall be: days, 1 to 3650; null or left out: for ever.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRetention {
    /// Files of tries that did not become the picture.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    candidates: Value,
    /// Files of pictures that a lock or a person rejected, or that were done again.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    rejected: Value,
    /// What says whose a face is.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    biometric: Value,
}

fn days(field: &str, value: &Value) -> Result<Option<i64>> {
    if value.is_null() {
        return Ok(None);
    }
    let days = value.as_i64().filter(|days| (1..=DAYS_MAX).contains(days));
    let wrong = || {
        let detail = format!("give a whole number of days from 1 to {DAYS_MAX}, or nothing to keep for ever");
        Error::new(StatusCode::BAD_REQUEST, "invalid_retention", detail).at(field)
    };
    days.map(Some).ok_or_else(wrong)
}

pub(crate) fn parse(body: &NewRetention) -> Result<Row> {
    Ok(Row {
        candidates: days("candidates", &body.candidates)?,
        rejected: days("rejected", &body.rejected)?,
        biometric: days("biometric", &body.biometric)?,
    })
}

/// Sets how long the workspace keeps things, all three periods at once. What is older goes within the hour, and does not come back.
#[utoipa::path(put, path = "/api/workspace/retention", tag = "retention", request_body = NewRetention,
    responses((status = 200, body = Retention), (status = 400, description = "No number of days from 1 to 3650"), (status = 401), (status = 403), (status = 422)))]
pub async fn set(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Json(body): Json<NewRetention>,
) -> Result<Json<Retention>> {
    let row = parse(&body)?;
    app.store
        .set_retention(&app.ids, &caller.workspace, &row, caller.id(), app.now_ms())
        .await?;
    Ok(Json(row.into()))
}
