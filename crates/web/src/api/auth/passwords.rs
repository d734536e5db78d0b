//! Passwords that are changed or forgotten, and addresses that are confirmed: what is mailed, and what its links do.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use domain::{
    account::{Email, check_password},
    ids::UserId,
};
use serde::Deserialize;
use store::users::User;
use utoipa::ToSchema;

use super::{super::Done, email};
use crate::{
    app::App,
    auth::{
        caller::Caller,
        password::{self, Check},
        secret,
    },
    error::{Error, Result},
    extract::Json,
    middleware::rate::{From as Address, limit_sign_ins},
    pages::shell::Front,
};

/// How long a link to choose a new password holds.
const RESET_MS: i64 = 3_600_000;
/// How long a link to confirm an address holds.
const VERIFY_MS: i64 = 3 * 24 * 3_600_000;

/// A password for another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPassword {
    /// The one that holds.
    current_password: String,
    /// The one that shall hold.
    #[schema(min_length = 8, max_length = 256)]
    new_password: String,
}

/// Changes the password; every session ends.
#[utoipa::path(put, path = "/api/auth/password", tag = "auth", request_body = NewPassword,
    responses((status = 200, body = Done), (status = 401), (status = 422)))]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Address(from): Address,
    Json(body): Json<NewPassword>,
) -> Result<Json<Done>> {
    limit_sign_ins(&app, &from).await?;
    let person = caller.person()?;
    check_password(&body.new_password, &email("email", &person.email)?)
        .map_err(|error| Error::field("newPassword", error))?;
    let user = app
        .store
        .user(&person.user)
        .await?
        .ok_or_else(|| Error::not_found("user"))?;
    if password::check(body.current_password, Some(user.password_hash)).await? == Check::Wrong {
        return Err(Error::field("currentPassword", "this is not your password"));
    }
    let hash = password::hash(body.new_password).await?;
    app.store.set_password(&person.user, &hash, app.now_ms()).await?;
    Ok(Done::yes())
}

/// An address that a letter is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskReset {
    /// The address.
    email: String,
}

/// Mails a link to choose a new password. The answer is the same whether the address is known or not.
#[utoipa::path(post, path = "/api/auth/password-resets", tag = "auth", request_body = AskReset, security(()),
    responses((status = 202, body = Done), (status = 422)))]
pub async fn ask_reset(
    State(app): State<App>,
    Address(from): Address,
    headers: HeaderMap,
    Json(body): Json<AskReset>,
) -> Result<(StatusCode, Json<Done>)> {
    limit_sign_ins(&app, &from).await?;
    let email = email("email", &body.email)?;
    if let Some(user) = app.store.user_by_email(&email).await?.filter(User::is_active) {
        let link = mail_link(&app, &user.id(), "reset", RESET_MS, "password-reset").await?;
        let w = Front::of(&headers).w;
        let (before, after) = (w.t("letter-reset-text"), w.t("letter-reset-else"));
        let text = format!("{before}\n\n{link}\n\n{after}\n");
        app.mail(&user.email, &w.t("letter-reset"), text).await;
    }
    Ok((StatusCode::ACCEPTED, Done::yes()))
}

/// A mailed token, and the password that shall hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reset {
    /// From the mailed link.
    token: String,
    /// The new password.
    #[schema(min_length = 8, max_length = 256)]
    password: String,
}

/// Chooses a new password by a mailed link; every session ends.
#[utoipa::path(put, path = "/api/auth/password-resets", tag = "auth", request_body = Reset, security(()),
    responses((status = 200, body = Done), (status = 422)))]
pub async fn reset(
    State(app): State<App>,
    Address(from): Address,
    Json(body): Json<Reset>,
) -> Result<Json<Done>> {
    limit_sign_ins(&app, &from).await?;
    // Weak passwords are refused before the link is used up; the address is not known yet.
    let nobody: Email = email("email", "nobody@example.com")?;
    check_password(&body.password, &nobody).map_err(|error| Error::field("password", error))?;
    let now_ms = app.now_ms();
    let used = app
        .store
        .use_mail_token(&secret::hash(&body.token), "reset", now_ms)
        .await?;
    let user = used
        .flatten()
        .ok_or_else(|| Error::field("token", "this link was used, or is too old; ask for another"))?;
    let hash = password::hash(body.password).await?;
    app.store.set_password(&user, &hash, now_ms).await?;
    Ok(Done::yes())
}

/// A mailed token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// From the mailed link.
    pub(super) token: String,
}

/// Confirms an address by a mailed link.
#[utoipa::path(put, path = "/api/auth/verifications", tag = "auth", request_body = Token, security(()),
    responses((status = 200, body = Done), (status = 422)))]
pub async fn verify(State(app): State<App>, Json(body): Json<Token>) -> Result<Json<Done>> {
    let used = app
        .store
        .use_mail_token(&secret::hash(&body.token), "verify", app.now_ms())
        .await?;
    used.ok_or_else(|| Error::field("token", "this link was used, or is too old; ask for another"))?;
    Ok(Done::yes())
}

/// Mails the link that confirms the address again.
#[utoipa::path(post, path = "/api/auth/verifications", tag = "auth",
    responses((status = 202, body = Done), (status = 401)))]
pub async fn ask_verification(
    State(app): State<App>,
    Address(from): Address,
    headers: HeaderMap,
    caller: Caller,
) -> Result<(StatusCode, Json<Done>)> {
    limit_sign_ins(&app, &from).await?;
    let person = caller.person()?;
    send_verification(&app, &headers, &person.user, &person.email).await?;
    Ok((StatusCode::ACCEPTED, Done::yes()))
}

pub(super) async fn send_verification(
    app: &App,
    headers: &HeaderMap,
    user: &UserId,
    address: &str,
) -> Result<()> {
    let link = mail_link(app, user, "verify", VERIFY_MS, "verify").await?;
    let w = Front::of(headers).w;
    let text = format!("{}\n\n{link}\n", w.t("letter-verify-text"));
    app.mail(address, &w.t("letter-verify"), text).await;
    Ok(())
}

async fn mail_link(app: &App, user: &UserId, purpose: &str, valid_ms: i64, page: &str) -> Result<String> {
    let token = secret::new()?;
    let now_ms = app.now_ms();
    app.store
        .add_mail_token(
            &secret::hash(&token),
            Some(user),
            purpose,
            now_ms + valid_ms,
            now_ms,
        )
        .await?;
    Ok(format!("{}/{page}?token={token}", app.config.public_url))
}
