//! Registering, signing in and out, and what a person can change about themselves.

pub mod passwords;
pub mod places;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    account::{Email, check_password},
    ids::{UserId, WorkspaceId},
};
use serde::{Deserialize, Serialize};
use store::{
    sessions::{Kind, NewSession, Refreshed, Standing},
    users::{Registration, User},
};
use utoipa::ToSchema;

use super::Done;
use crate::{
    app::App,
    auth::{
        caller::{Caller, cookie_name},
        password::{self, Check},
        secret,
        token::ACCESS_S,
    },
    error::{Error, Result},
    extract::{Json, line},
    middleware::rate::{From as Address, limit_sign_ins},
    pages::shell::Front,
};

/// How long a refresh token or a cookie holds when it is not used.
const SESSION_MS: i64 = 7 * 24 * 3_600_000;
/// The longest name.
const NAME_MAX: usize = 100;

/// A person who registers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// The address.
    #[schema(example = "anna@example.com")]
    email: String,
    /// 8 characters or more.
    #[schema(min_length = 8, max_length = 256)]
    password: String,
    /// The name that others see; the first part of the address when it is left out.
    name: Option<String>,
    /// The name of the workspace that is made.
    workspace: Option<String>,
    /// The one-time link's token that makes the first person run the platform.
    setup_token: Option<String>,
    /// The token of an invitation to this address, where the service takes who is invited alone. It is still open afterwards: `PUT
    /// /api/auth/invitations` accepts it.
    invitation: Option<String>,
    /// Answer with a cookie, for browsers, instead of tokens.
    #[serde(default)]
    cookie: bool,
}

/// A person who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The address.
    email: String,
    /// The password.
    password: String,
    /// Which of the person's workspaces to work in; the oldest when it is left out.
    workspace_id: Option<String>,
    /// Answer with a cookie, for browsers, instead of tokens.
    #[serde(default)]
    cookie: bool,
}

/// What proves a session to programs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// Send it as `Authorization: Bearer`.
    access_token: String,
    /// Gives the next pair, once.
    refresh_token: String,
    /// Seconds that the access token holds.
    expires_in: i64,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Who is signed in.
    user: Profile,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The id.
    id: String,
    /// The address.
    email: String,
    /// The name that others see.
    name: String,
    /// Runs the platform.
    admin: bool,
    /// The workspace that requests are about.
    workspace_id: String,
    /// What the person is there: owner, editor, reviewer.
    role: String,
}

impl From<Standing> for Profile {
    fn from(standing: Standing) -> Self {
        Self {
            id: standing.user.0,
            email: standing.email,
            name: standing.name,
            admin: standing.admin,
            workspace_id: standing.workspace.0,
            role: standing.role.name().to_owned(),
        }
    }
}

fn email(field: &str, text: &str) -> Result<Email> {
    text.parse().map_err(|error| Error::field(field, error))
}

fn agent(headers: &HeaderMap) -> String {
    let text = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("unknown");
    text.chars().take(200).collect()
}

/// Registers a person, with a workspace of their own.
#[utoipa::path(post, path = "/api/auth/register", tag = "auth", request_body = Register, security(()),
    responses((status = 201, body = Tokens), (status = 409, description = "The address is taken"), (status = 422)))]
pub async fn register(
    State(app): State<App>,
    Address(from): Address,
    headers: HeaderMap,
    Json(body): Json<Register>,
) -> Result<Response> {
    limit_sign_ins(&app, &from).await?;
    let email = email("email", &body.email)?;
    check_password(&body.password, &email).map_err(|error| Error::field("password", error))?;
    let local = email.as_str().split('@').next().unwrap_or_default().to_owned();
    let name = line("name", body.name.as_deref().unwrap_or(&local), NAME_MAX)?;
    let own = Front::of(&headers).w.t1("workspace-own", "name", &name);
    let workspace = line(
        "workspace",
        body.workspace.as_deref().unwrap_or(&own),
        NAME_MAX + 20,
    )?;
    let now_ms = app.now_ms();
    let is_guest = !app.config.registration_open && body.setup_token.is_none();
    if is_guest {
        check_invitation(&app, &email, body.invitation.as_deref()).await?;
    }
    let hash = password::hash(body.password).await?;
    let admin = match &body.setup_token {
        Some(token) => {
            let used = app
                .store
                .use_mail_token(&secret::hash(token), "setup", now_ms)
                .await?;
            used.map(|_| true)
                .ok_or_else(|| Error::field("setupToken", "this set-up link was used, or is too old"))?
        }
        None => false,
    };
    let new = Registration {
        email: &email,
        name: &name,
        password_hash: &hash,
        admin,
        workspace: &workspace,
        // Whoever may invite could otherwise make credits of invented addresses.
        credits: if is_guest { 0 } else { app.config.credits_at_start },
    };
    let (user, workspace) = app.store.register(&app.ids, &new, now_ms).await?;
    passwords::send_verification(&app, &headers, &user, email.as_str()).await?;
    let session = Begin {
        user: &user,
        workspace: &workspace,
        cookie: body.cookie,
    };
    Ok((StatusCode::CREATED, begin(&app, &headers, session).await?).into_response())
}

/// Knowing an address that is invited is not enough: the letter's token must be there.
async fn check_invitation(app: &App, email: &Email, token: Option<&str>) -> Result<()> {
    let hash = secret::hash(token.unwrap_or_default());
    if app.store.is_invited(email, &hash, app.now_ms()).await? {
        return Ok(());
    }
    Err(Error::new(
        StatusCode::FORBIDDEN,
        "registration_closed",
        "this service takes who is invited alone: open the link of your invitation, or ask a member of a workspace for one to this \
         address",
    ))
}

/// Signs a person in.
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = Login, security(()),
    responses((status = 200, body = Tokens), (status = 401), (status = 429, description = "Too many tries: see Retry-After")))]
pub async fn login(
    State(app): State<App>,
    Address(from): Address,
    headers: HeaderMap,
    Json(body): Json<Login>,
) -> Result<Response> {
    limit_sign_ins(&app, &from).await?;
    let now_ms = app.now_ms();
    let wrong = || {
        Error::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            "the address or the password is wrong",
        )
    };
    let found = match body.email.parse::<Email>() {
        Ok(email) => app.store.user_by_email(&email).await?,
        Err(_) => None,
    };
    check_locked(found.as_ref(), now_ms)?;
    let stored = found.as_ref().map(|user| user.password_hash.clone());
    let check = password::check(body.password, stored).await?;
    let Some(user) = found else { return Err(wrong()) };
    match check {
        Check::Wrong => {
            app.store.password_failed(&user.id(), now_ms).await?;
            return Err(wrong());
        }
        Check::Right => app.store.password_passed(&user.id(), None).await?,
        Check::Rehashed(hash) => app.store.password_passed(&user.id(), Some(&hash)).await?,
    }
    if !user.is_active() {
        return Err(Error::new(
            StatusCode::FORBIDDEN,
            "disabled",
            "this account is disabled; ask who runs the platform",
        ));
    }
    let workspace = home(&app, &user.id(), body.workspace_id.as_deref()).await?;
    let session = Begin {
        user: &user.id(),
        workspace: &workspace,
        cookie: body.cookie,
    };
    begin(&app, &headers, session).await
}

fn check_locked(user: Option<&User>, now_ms: i64) -> Result<()> {
    let until = user.map_or(0, |user| user.locked_until_ms);
    if until <= now_ms {
        return Ok(());
    }
    let wait_s = ((until - now_ms) as u64).div_ceil(1000);
    Err(Error::too_many(
        format!("too many wrong passwords: wait {wait_s} seconds, or choose a new password by mail"),
        wait_s,
    ))
}

/// The workspace asked for, or the person's oldest.
async fn home(app: &App, user: &UserId, asked: Option<&str>) -> Result<WorkspaceId> {
    let memberships = app.store.memberships(user).await?;
    let mut found = memberships
        .into_iter()
        .filter(|one| asked.is_none_or(|asked| one.workspace.as_str() == asked));
    match found.next() {
        Some(membership) => Ok(membership.workspace),
        None if asked.is_some() => Err(Error::not_found("workspace")),
        None => Err(Error::forbidden(
            "you are no member of any workspace; ask to be invited",
        )),
    }
}

struct Begin<'a> {
    user: &'a UserId,
    workspace: &'a WorkspaceId,
    cookie: bool,
}

/// Begins a session and answers with what proves it.
async fn begin(app: &App, headers: &HeaderMap, asked: Begin<'_>) -> Result<Response> {
    let now_ms = app.now_ms();
    let token = secret::new()?;
    let new = NewSession {
        user: asked.user,
        workspace: asked.workspace,
        kind: if asked.cookie { Kind::Browser } else { Kind::Token },
        agent: &agent(headers),
        token_hash: &secret::hash(&token),
        expires_ms: now_ms + SESSION_MS,
    };
    let session = app.store.begin_session(&app.ids, &new, now_ms).await?;
    if asked.cookie {
        let standing = standing(app, &session).await?;
        let cookie = set_cookie(app, &token, SESSION_MS / 1000)?;
        return Ok(([(header::SET_COOKIE, cookie)], Json(Profile::from(standing))).into_response());
    }
    Ok(Json(tokens(app, &session, token).await?).into_response())
}

async fn standing(app: &App, session: &str) -> Result<Standing> {
    let standing = app.store.standing(session, app.now_ms()).await?;
    standing.ok_or_else(|| Error::unauthorized("this session has ended: sign in again"))
}

async fn tokens(app: &App, session: &str, refresh_token: String) -> Result<Tokens> {
    let standing = standing(app, session).await?;
    let now_s = app.now_ms().div_euclid(1000);
    let access_token = app
        .keys
        .sign(standing.user.as_str(), session, now_s)
        .map_err(Error::internal)?;
    Ok(Tokens {
        access_token,
        refresh_token,
        expires_in: ACCESS_S,
        token_type: "Bearer",
        user: standing.into(),
    })
}

/// The cookie of a browser: for this host alone, never read by scripts, never sent along from other sites' forms.
pub(crate) fn set_cookie(app: &App, value: &str, age_s: i64) -> Result<HeaderValue> {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let name = cookie_name(app);
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age_s}{secure}");
    HeaderValue::try_from(cookie).map_err(Error::internal)
}

/// A refresh token to use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// From the answer before.
    refresh_token: String,
    /// Another of the person's workspaces to work in from now on.
    workspace_id: Option<String>,
}

/// Gives the next pair of tokens. A refresh token holds once: used twice, its whole session ends.
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", request_body = Refresh, security(()),
    responses((status = 200, body = Tokens), (status = 401)))]
pub async fn refresh(
    State(app): State<App>,
    Address(from): Address,
    Json(body): Json<Refresh>,
) -> Result<Json<Tokens>> {
    limit_sign_ins(&app, &from).await?;
    let now_ms = app.now_ms();
    let next = secret::new()?;
    let refreshed = app
        .store
        .refresh(
            &secret::hash(&body.refresh_token),
            &secret::hash(&next),
            now_ms + SESSION_MS,
            now_ms,
        )
        .await?;
    let session = match refreshed {
        Refreshed::Session(session) => session,
        Refreshed::Reused => {
            return Err(Error::new(
                StatusCode::UNAUTHORIZED,
                "refresh_token_reused",
                "this refresh token was used before, so its session has ended: sign in again",
            ));
        }
        Refreshed::Unknown => {
            return Err(Error::unauthorized(
                "this refresh token does not hold: sign in again",
            ));
        }
    };
    if let Some(workspace) = body.workspace_id
        && !app.store.move_session(&session, &WorkspaceId(workspace)).await?
    {
        return Err(Error::not_found("workspace"));
    }
    Ok(Json(tokens(&app, &session, next).await?))
}

/// Ends the session.
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", responses((status = 200, body = Done), (status = 401)))]
pub async fn logout(State(app): State<App>, caller: Caller) -> Result<Response> {
    let person = caller.person()?;
    app.store
        .end_session(&person.user, &person.session, app.now_ms())
        .await?;
    let gone = set_cookie(&app, "", 0)?;
    Ok(([(header::SET_COOKIE, gone)], Done::yes()).into_response())
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/auth/profile", tag = "auth", responses((status = 200, body = Profile), (status = 401)))]
pub async fn profile(caller: Caller) -> Result<Json<Profile>> {
    Ok(Json(caller.person()?.clone().into()))
}

/// What a person changes about themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// The name that others see.
    name: String,
}

/// Gives another name.
#[utoipa::path(put, path = "/api/auth/profile", tag = "auth", request_body = Change,
    responses((status = 200, body = Profile), (status = 401), (status = 422)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<Change>,
) -> Result<Json<Profile>> {
    let person = caller.person()?;
    let name = line("name", &body.name, NAME_MAX)?;
    app.store.rename_user(&person.user, &name).await?;
    Ok(Json(Profile::from(Standing {
        name,
        ..person.clone()
    })))
}
