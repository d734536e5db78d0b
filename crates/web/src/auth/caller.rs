//! Who calls, found from the request: a program with an access token or an API key, or a browser with its cookie.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use domain::{
    access::{Action, Role},
    ids::{UserId, WorkspaceId},
};
use store::sessions::Standing;

use crate::{
    app::App,
    auth::secret,
    error::{Error, Result},
};

/// The cookie's name where browsers reach us over TLS: bound to this host, never sent elsewhere (RFC 6265bis, 4.1.3.2).
pub const COOKIE: &str = "__Host-photogen";
/// Its name on a private network without TLS, where browsers keep no `__Host-` cookie.
pub const COOKIE_PLAIN: &str = "photogen";

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The workspace that the request is about.
    pub workspace: WorkspaceId,
    /// How it was found out.
    pub by: By,
}

/// How a caller was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A person who is signed in.
    Person(Arc<Standing>),
    /// A key, and what it may.
    Key {
        /// Its id.
        id: String,
        /// What it may.
        scopes: Vec<Action>,
    },
}

impl Caller {
    /// Whether it may.
    pub fn may(&self, action: Action) -> bool {
        match &self.by {
            By::Person(person) => person.role.may(action),
            By::Key { scopes, .. } => scopes.contains(&action),
        }
    }

    /// Whether names of the service's settings are for it: an owner's, and whose who runs the service.
    pub fn sees_settings(&self) -> bool {
        self.may(Action::Manage) || matches!(&self.by, By::Person(person) if person.admin)
    }

    /// The person, where it is one.
    pub fn person(&self) -> Result<&Standing> {
        match &self.by {
            By::Person(person) => Ok(person),
            By::Key { .. } => Err(Error::forbidden("an API key is no person: sign in for this")),
        }
    }

    /// For audit, limits and who made what: a person's or a key's id.
    pub fn id(&self) -> &str {
        match &self.by {
            By::Person(person) => person.user.as_str(),
            By::Key { id, .. } => id,
        }
    }

    /// The id of the person, where it is one.
    pub fn user(&self) -> Option<&UserId> {
        match &self.by {
            By::Person(person) => Some(&person.user),
            By::Key { .. } => None,
        }
    }

    /// What the person is here, where it is one.
    pub fn role(&self) -> Option<Role> {
        match &self.by {
            By::Person(person) => Some(person.role),
            By::Key { .. } => None,
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let caller = find(parts, app).await?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

async fn find(parts: &Parts, app: &App) -> Result<Caller> {
    let now_ms = app.now_ms();
    if let Some(bearer) = bearer(&parts.headers)? {
        if bearer.starts_with(secret::KEY_PREFIX) {
            let key = app.store.use_api_key(&secret::hash(bearer), now_ms).await?;
            let key = key.ok_or_else(|| Error::unauthorized("this API key does not hold (any more)"))?;
            return Ok(Caller {
                workspace: key.workspace,
                by: By::Key {
                    id: key.id,
                    scopes: key.scopes,
                },
            });
        }
        return Ok(person(app.standings().of(app, bearer, now_ms).await?));
    }
    let cookie =
        cookie(&parts.headers, app).ok_or_else(|| Error::unauthorized("sign in, or send an API key"))?;
    check_same_site(parts, app)?;
    let standing = app
        .store
        .standing_of_cookie(&secret::hash(cookie), now_ms)
        .await?;
    standing
        .map(|standing| person(Arc::new(standing)))
        .ok_or_else(|| Error::unauthorized("this session has ended: sign in again"))
}

fn person(standing: Arc<Standing>) -> Caller {
    Caller {
        workspace: standing.workspace.clone(),
        by: By::Person(standing),
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().unwrap_or_default();
    let wrong = || Error::unauthorized("send the header Authorization: Bearer TOKEN");
    let (scheme, token) = value.split_once(' ').ok_or_else(wrong)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(wrong())
    }
}

/// The name of the session's cookie here.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.is_https() {
        COOKIE
    } else {
        COOKIE_PLAIN
    }
}

fn cookie<'a>(headers: &'a HeaderMap, app: &App) -> Option<&'a str> {
    let name = cookie_name(app);
    let mut pairs = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        pair.trim()
            .split_once('=')
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value)
    })
}

/// A browser sends its cookie along with what other sites make it send, so those are refused: by what the browser says of where
/// the request comes from (Fetch Metadata), and where it says nothing, by its origin.
pub(crate) fn check_same_site(parts: &Parts, app: &App) -> Result<()> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == app.config.public_url,
        (None, None) => true,
    };
    if ours {
        Ok(())
    } else {
        Err(Error::new(
            axum::http::StatusCode::FORBIDDEN,
            "cross_site",
            "this came from another site; it is only taken from our own pages",
        ))
    }
}

/// A kind of action, as a type: handlers say in their arguments what their caller must be allowed to do.
pub trait Allowance: Send + Sync {
    /// The action.
    const ACTION: Action;
}

macro_rules! allowances {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Allowance for $name {
            const ACTION: Action = Action::$name;
        }
    )*};
}

allowances! {
    /// May see.
    Read
    /// May decide on pictures.
    Review
    /// May change the catalogue.
    Edit
    /// May order pictures.
    Shoot
    /// May manage the workspace.
    Manage
}

/// A caller who may.
#[derive(Clone, Debug)]
pub struct Allowed<A>(pub Caller, PhantomData<A>);

impl<A> std::ops::Deref for Allowed<A> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl<A: Allowance> FromRequestParts<App> for Allowed<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.may(A::ACTION) {
            return Ok(Self(caller, PhantomData));
        }
        Err(Error::forbidden(match caller.role() {
            Some(role) => format!("as {role} you may not {} here; ask an owner", A::ACTION),
            None => format!("this API key has no scope `{}`", A::ACTION),
        }))
    }
}

/// Who runs the platform.
#[derive(Clone, Debug)]
pub struct Admin(pub Standing);

impl FromRequestParts<App> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let person = caller.person()?;
        if person.admin {
            Ok(Self(person.clone()))
        } else {
            Err(Error::forbidden("only who runs the platform may do this"))
        }
    }
}
