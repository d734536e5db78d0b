//! Members of a workspace, and who is invited.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{access::Role, account::Email, ids::UserId};
use serde::{Deserialize, Serialize};
use store::members::NewInvitation;
use utoipa::ToSchema;

use super::{Done, Stamp};
use crate::{
    app::App,
    auth::{
        caller::{Allowed, Caller, Manage, Read},
        secret,
    },
    error::{Error, Result},
    extract::{Json, id},
    pages::shell::Front,
};

/// How long an invitation holds.
const INVITATION_MS: i64 = 7 * 24 * 3_600_000;

/// A member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The person.
    user_id: String,
    /// Their address.
    email: String,
    /// Their name.
    name: String,
    /// owner, editor, reviewer.
    role: &'static str,
    /// Since when.
    created_ms: Stamp,
}

/// What a member shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRole {
    /// owner, editor, reviewer.
    role: String,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invite {
    /// The address.
    email: String,
    /// owner, editor, reviewer.
    role: String,
}

/// An open invitation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Its id.
    id: String,
    /// Who is invited.
    email: String,
    /// As what.
    role: &'static str,
    /// Until when.
    expires_ms: Stamp,
}

fn role(text: &str) -> Result<Role> {
    text.parse().map_err(|error| Error::field("role", error))
}

/// The members of the workspace.
#[utoipa::path(get, path = "/api/members", tag = "members", responses((status = 200, body = Vec<Member>), (status = 401), (status = 403)))]
pub async fn list(State(app): State<App>, caller: Allowed<Read>) -> Result<Json<Vec<Member>>> {
    let members = app.store.members(&caller.workspace).await?;
    let member = |one: store::members::Member| Member {
        user_id: one.user.0,
        email: one.email,
        name: one.name,
        role: one.role.name(),
        created_ms: one.created_ms,
    };
    Ok(Json(members.into_iter().map(member).collect()))
}

/// Makes a member something else.
#[utoipa::path(put, path = "/api/members/{userId}", tag = "members", request_body = NewRole, params(("userId" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The last owner"), (status = 422)))]
pub async fn set_role(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(user): Path<String>,
    Json(body): Json<NewRole>,
) -> Result<Json<Done>> {
    let user = UserId(id(&user, "member")?);
    let there = app
        .store
        .set_role(&caller.workspace, &user, role(&body.role)?)
        .await?;
    Done::if_there(there, "member")
}

/// Takes a member out. Everybody may leave.
#[utoipa::path(delete, path = "/api/members/{userId}", tag = "members", params(("userId" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404), (status = 409, description = "The last owner")))]
pub async fn remove(State(app): State<App>, caller: Caller, Path(user): Path<String>) -> Result<Json<Done>> {
    let user = UserId(id(&user, "member")?);
    if caller.user() != Some(&user) && !caller.may(domain::access::Action::Manage) {
        return Err(Error::forbidden("only an owner takes others out"));
    }
    let there = app.store.remove_member(&caller.workspace, &user).await?;
    Done::if_there(there, "member")
}

/// The invitations that are open.
#[utoipa::path(get, path = "/api/invitations", tag = "members",
    responses((status = 200, body = Vec<Invitation>), (status = 401), (status = 403)))]
pub async fn invitations(State(app): State<App>, caller: Allowed<Manage>) -> Result<Json<Vec<Invitation>>> {
    let open = app.store.invitations(&caller.workspace, app.now_ms()).await?;
    let invitation = |one: store::members::Invitation| Invitation {
        id: one.id,
        email: one.email,
        role: one.role.name(),
        expires_ms: one.expires_ms,
    };
    Ok(Json(open.into_iter().map(invitation).collect()))
}

/// Invites somebody by mail. An older invitation of the same address ends.
#[utoipa::path(post, path = "/api/invitations", tag = "members", request_body = Invite,
    responses((status = 201, body = Invitation), (status = 401), (status = 403), (status = 422)))]
pub async fn invite(
    State(app): State<App>,
    caller: Allowed<Manage>,
    headers: HeaderMap,
    Json(body): Json<Invite>,
) -> Result<(StatusCode, Json<Invitation>)> {
    let person = caller.person()?;
    let email: Email = body.email.parse().map_err(|error| Error::field("email", error))?;
    let role = role(&body.role)?;
    let token = secret::new()?;
    let now_ms = app.now_ms();
    let new = NewInvitation {
        email: &email,
        role,
        token_hash: &secret::hash(&token),
        invited_by: &person.user,
        expires_ms: now_ms + INVITATION_MS,
    };
    let id = app
        .store
        .invite(&app.ids, &caller.workspace, &new, now_ms)
        .await?;
    let workspace = app
        .store
        .workspace(&caller.workspace)
        .await?
        .map_or(String::new(), |one| one.name);
    let link = format!("{}/join?token={token}", app.config.public_url);
    let w = Front::of(&headers).w;
    let to_what = format!("letter-invite-{}", role.name());
    let asked = w.t2(&to_what, "person", &person.name, "workspace", workspace);
    let text = format!("{asked}\n\n{link}\n");
    app.mail(email.as_str(), &w.t("letter-invite"), text).await;
    let made = Invitation {
        id,
        email: email.key(),
        role: role.name(),
        expires_ms: new.expires_ms,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "members", params(("id" = String, Path)),
    responses((status = 200, body = Done), (status = 401), (status = 403), (status = 404)))]
pub async fn withdraw(
    State(app): State<App>,
    caller: Allowed<Manage>,
    Path(invitation): Path<String>,
) -> Result<Json<Done>> {
    let invitation = id(&invitation, "invitation")?;
    let there = app
        .store
        .withdraw_invitation(&caller.workspace, &invitation)
        .await?;
    Done::if_there(there, "invitation")
}
