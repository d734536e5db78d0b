//! What every page has around it: who looks, in which workspace, language and light, and the way to everything else.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use domain::access::Action;
use store::{members::Membership, overview::Counts, projects::Project, sessions::Standing};

use super::{
    form::Form,
    words::{Language, Words},
};
use crate::{
    app::App,
    auth::caller::Caller,
    error::{Error, Result},
};

/// The cookie that holds light and language.
pub(super) const LOOK: &str = "photogen-look";
/// With fewer credits than these people are told.
const CREDITS_LOW: i64 = 20;
/// The most projects that stand beside every page.
const PROJECTS_MAX: u32 = 8;
/// Words of an address that are not taken along to another.
const OF_ONE_PAGE: [&str; 4] = ["cursor", "done", "page", "workspace"];

/// How a page looks and speaks, also to who is not signed in.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    /// Its words.
    pub(crate) w: Words,
    /// light, dark, or empty for what the device says.
    pub(crate) theme: &'static str,
}

impl Front {
    /// By the cookie, then by what the browser says.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let cookies = text(header::COOKIE);
        let look = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == LOOK).then_some(value))
            .unwrap_or_default();
        let (theme, language) = look.split_once('.').unwrap_or((look, ""));
        let language =
            Language::of_tag(language).unwrap_or_else(|| Language::asked(text(header::ACCEPT_LANGUAGE)));
        Self {
            w: Words(language),
            theme: match theme {
                "light" => "light",
                "dark" => "dark",
                _ => "",
            },
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Front {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// What a page of the studio has around it.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// Its words.
    pub(crate) w: Words,
    /// light, dark, or empty.
    pub(crate) theme: &'static str,
    /// Who looks.
    pub(crate) person: Standing,
    /// The workspace's name.
    pub(crate) workspace: String,
    /// Credits that can be spent.
    pub(crate) credits: i64,
    /// Every workspace of the person.
    pub(crate) memberships: Vec<Membership>,
    /// How much there is of everything.
    pub(crate) counts: Counts,
    /// The newest projects.
    pub(crate) projects: Vec<Project>,
    /// Where the page stands.
    pub(crate) path: String,
    /// Its query.
    pub(crate) query: String,
    /// What was just done, as the page before says.
    pub(crate) done: Option<String>,
}

impl Shell {
    /// Whether the viewer may.
    pub(crate) fn may(&self, action: &str) -> bool {
        action
            .parse::<Action>()
            .is_ok_and(|action| self.person.role.may(action))
    }

    /// Whether the credits are nearly spent.
    pub(crate) fn is_low(&self) -> bool {
        self.credits < CREDITS_LOW
    }

    /// `page` for the place of the menu that the page belongs to, else `false`: what `aria-current` takes.
    pub(crate) fn at(&self, place: &str) -> &'static str {
        let here = match place {
            "/" => self.path == "/",
            place => self.path == place || self.path.starts_with(&format!("{place}/")),
        };
        if here { "page" } else { "false" }
    }

    /// The address of this page with one word of its query set.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = Form::of_query(&self.query).0;
        query.extend_pairs(
            kept.iter().filter(|(key, held)| {
                !held.is_empty() && key != name && !OF_ONE_PAGE.contains(&key.as_str())
            }),
        );
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        let query = query.finish();
        if query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{query}", self.path)
        }
    }
}

impl FromRequestParts<App> for Shell {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let person = caller.person()?.clone();
        let front = Front::of(&parts.headers);
        let workspace = app.store.workspace(&person.workspace).await?;
        let workspace = workspace.ok_or_else(|| Error::not_found("workspace"))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let done = Form::of_query(&query)
            .given("done")
            .map(|word| format!("done-{word}"));
        Ok(Self {
            memberships: app.store.memberships(&person.user).await?,
            counts: app.store.counts(&person.workspace).await?,
            projects: app
                .store
                .projects(&person.workspace, None, None, false, PROJECTS_MAX)
                .await?,
            workspace: workspace.name,
            credits: workspace.credits,
            done: done.filter(|id| front.w.has(id)).map(|id| front.w.t(&id)),
            w: front.w,
            theme: front.theme,
            path: parts.uri.path().to_owned(),
            query,
            person,
        })
    }
}
