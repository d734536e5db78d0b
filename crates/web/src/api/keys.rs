//! API keys of a workspace.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::access::Action;
use serde::{Deserialize, Serialize};
use store::keys::{ApiKey, NewApiKey};
use utoipa::ToSchema;

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::{
        caller::{Allowed, Manage},
        secret,
    },
    error::{Error, FieldError, Result},
    extract::{Json, id, line},
};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewKey {
    /// What people call it.
    #[schema(example = "shop system")]
    name: String,
    /// What it may: any of read, review, edit, shoot, manage.
    scopes: Vec<String>,
    /// When it ends, in epoch milliseconds; never when it is left out.
    expires_ms: Option<Stamp>,
}

/// A key, without what makes it one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// How it begins.
    prefix: String,
    /// What it may.
    scopes: Vec<&'static str>,
    /// Since when.
    created_ms: Stamp,
    /// Until when.
    expires_ms: Option<Stamp>,
    /// When it was last used.
    used_ms: Option<Stamp>,
    /// When it was revoked.
    revoked_ms: Option<Stamp>,
}

/// A key that was made: the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeKey {
    /// Its id.
    id: String,
    /// The key. Keep it: it is not shown again.
    key: String,
}

impl From<ApiKey> for Key {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes.into_iter().map(Action::name).collect(),
            created_ms: key.created_ms,
            expires_ms: key.expires_ms,
            used_ms: key.used_ms,
            revoked_ms: key.revoked_ms,
        }
    }
}

/// The keys of the workspace.
#[utoipa::path(get, path = "/api/keys", tag = "keys", responses((status = 200, body = Vec<Key>), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Manage>) -> Result<Json<Vec<Key>>> {
    let keys = app.store.api_keys(&caller.workspace).await?;
    Ok(Json(keys.into_iter().map(Key::from).collect()))
}

/// Makes a key. It is shown once.
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = NewKey,
    responses((status = 201, body = MadeKey), (status = 401), (status = 403), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Json(body): Json<NewKey>,
) -> Result<(StatusCode, Json<MadeKey>)> {
    // A key that makes keys would outlive its own end.
    let person = caller.person()?;
    let name = line("name", &body.name, 100)?;
    let scopes = scopes(&body.scopes)?;
    let now_ms = app.now_ms();
    if body.expires_ms.is_some_and(|ends| ends <= now_ms) {
        return Err(Error::field("expiresMs", "this time has passed"));
    }
    let key = secret::new_key()?;
    let new = NewApiKey {
        name: &name,
        prefix: secret::shown(&key),
        hash: &secret::hash(&key),
        scopes: &scopes,
        created_by: &person.user,
        expires_ms: body.expires_ms,
    };
    let id = app
        .store
        .add_api_key(&app.ids, &caller.workspace, &new, now_ms)
        .await?;
    Ok((StatusCode::CREATED, Json(MadeKey { id, key })))
}

fn scopes(words: &[String]) -> Result<Vec<Action>> {
    let mut scopes = Vec::new();
    let mut wrong = Vec::new();
    for (number, word) in words.iter().enumerate() {
        match word.parse::<Action>() {
            Ok(scope) if scopes.contains(&scope) => {}
            Ok(scope) => scopes.push(scope),
            Err(error) => wrong.push(FieldError {
                field: format!("scopes[{number}]"),
                message: error.to_string(),
            }),
        }
    }
    if !wrong.is_empty() {
        return Err(Error::fields(wrong));
    }
    if scopes.is_empty() {
        return Err(Error::field(
            "scopes",
            "name at least one: read, review, edit, shoot, manage",
        ));
    }
    Ok(scopes)
}

/// Ends a key at once.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "keys", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(key): Path<String>,
) -> Result<Json<Done>> {
    let key = id(&key, "key")?;
    let there = app
        .store
        .revoke_api_key(&caller.workspace, &key, app.now_ms())
        .await?;
    Done::if_there(there, "key")
}
