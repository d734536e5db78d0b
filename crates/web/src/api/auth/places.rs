//! Where a person is signed in, and the workspaces they work in.

use axum::extract::{Path, State};
use domain::{access::Role, ids::WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    super::{Done, Stamp},
    Profile, email,
    passwords::Token,
    standing,
};
use crate::{
    app::App,
    auth::{caller::Caller, secret},
    error::{Error, Result},
    extract::{Json, id},
};

/// A device that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The session.
    id: String,
    /// What the device says it is.
    agent: String,
    /// This one.
    current: bool,
    /// Since when, in epoch milliseconds.
    created_ms: Stamp,
    /// Last seen, in epoch milliseconds.
    used_ms: Stamp,
}

/// The devices that are signed in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "auth", responses((status = 200, body = Vec<Device>), (status = 401)))]
pub async fn sessions(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Device>>> {
    let person = caller.person()?;
    let devices = app.store.devices(&person.user, app.now_ms()).await?;
    let device = |one: store::sessions::Device| Device {
        current: one.id == person.session,
        id: one.id,
        agent: one.agent,
        created_ms: one.created_ms,
        used_ms: one.used_ms,
    };
    Ok(Json(devices.into_iter().map(device).collect()))
}

/// Signs a device out.
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "auth", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 404)))]
pub async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<Json<Done>> {
    let person = caller.person()?;
    let session = id(&session, "session")?;
    let there = app
        .store
        .end_session(&person.user, &session, app.now_ms())
        .await?;
    Done::if_there(there, "session")
}

/// A workspace of the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The workspace.
    workspace_id: String,
    /// Its name.
    name: String,
    /// What the person is there.
    role: String,
}

/// The workspaces that the person is a member of.
#[utoipa::path(get, path = "/api/auth/workspaces", tag = "auth",
    responses((status = 200, body = Vec<Membership>), (status = 401)))]
pub async fn workspaces(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Membership>>> {
    let memberships = app.store.memberships(&caller.person()?.user).await?;
    let membership = |one: store::members::Membership| Membership {
        workspace_id: one.workspace.0,
        name: one.name,
        role: one.role.name().to_owned(),
    };
    Ok(Json(memberships.into_iter().map(membership).collect()))
}

/// Works in another workspace of the person from now on, with the same cookie or tokens.
#[utoipa::path(put, path = "/api/auth/workspaces/{id}", tag = "auth", params(("id" = String, Path)),
    responses((status = 200, body = Profile), (status = 401), (status = 404)))]
pub async fn enter(
    State(app): State<App>,
    caller: Caller,
    Path(workspace): Path<String>,
) -> Result<Json<Profile>> {
    let person = caller.person()?;
    let workspace = WorkspaceId(id(&workspace, "workspace")?);
    if app.store.move_session(&person.session, &workspace).await? {
        Ok(Json(standing(&app, &person.session).await?.into()))
    } else {
        Err(Error::not_found("workspace"))
    }
}

/// Joins a workspace by a mailed invitation.
#[utoipa::path(put, path = "/api/auth/invitations", tag = "auth", request_body = Token,
    responses((status = 200, body = Membership), (status = 401), (status = 422)))]
pub async fn join(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<Token>,
) -> Result<Json<Membership>> {
    let person = caller.person()?;
    let email = email("email", &person.email)?;
    let joined = app
        .store
        .accept_invitation(&secret::hash(&body.token), &person.user, &email, app.now_ms())
        .await?;
    let workspace = joined.ok_or_else(|| {
        Error::field(
            "token",
            "this invitation was used, is too old, or was sent to another address than yours",
        )
    })?;
    let memberships = app.store.memberships(&person.user).await?;
    let found = memberships.into_iter().find(|one| one.workspace == workspace);
    let (name, role) = found.map_or((String::new(), Role::Reviewer), |one| (one.name, one.role));
    Ok(Json(Membership {
        workspace_id: workspace.0,
        name,
        role: role.name().to_owned(),
    }))
}
