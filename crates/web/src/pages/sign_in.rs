//! Coming in: signing in, registering (the first by the set-up link), a new password, confirming an address, joining.

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use super::{
    Page, again, assets,
    form::{Form, Wrong},
    html, input,
    shell::{Front, LOOK},
    show, to,
    words::{Language, Words},
};
use crate::{
    api::auth,
    app::App,
    auth::caller::{Caller, check_same_site},
    error::{Error, Result},
    extract::Json,
    middleware::rate::From as Address,
};

const YEAR_S: i64 = 365 * 24 * 3600;

/// A form that came from our own page, so that no other site signs somebody in as somebody else.
pub(crate) struct OwnForm;

impl FromRequestParts<App> for OwnForm {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        check_same_site(parts, app).map(|()| Self)
    }
}

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    w: Words,
    front: Front,
    /// login, register, ask, choose, verify, join, told.
    what: &'static str,
    title: String,
    form: Form,
    wrong: Wrong,
    again: bool,
    /// Who comes has an invitation to follow.
    invited: bool,
    setup: bool,
}

impl FrontPage {
    fn new(front: Front, what: &'static str, form: Form) -> Self {
        let w = front.w;
        Self {
            title: match what {
                "login" => w.t("login-title"),
                "register" if form.given("setup").is_some() => w.t("setup-title"),
                "register" => w.t("register-title"),
                "ask" => w.t("reset-title"),
                "choose" => w.t("choose-title"),
                "verify" => w.t("verify-title"),
                "join" => w.t("join-title"),
                _ => w.t("told-title"),
            },
            again: form.has("again"),
            invited: invitation(&form).is_some(),
            setup: form.given("setup").is_some(),
            wrong: Wrong::default(),
            w,
            front,
            what,
            form,
        }
    }

    /// The way to register, which leads on to the same place.
    fn to_register(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("next", next(&self.form))
            .finish();
        format!("/register?{query}")
    }

    fn wrong(self, error: Error) -> Page {
        let id = format!("refused-{}", error.code().replace('_', "-"));
        let mut wrong = Wrong::by(self.w, error)?;
        if self.w.has(&id) {
            wrong.summary = self.w.t(&id).into();
        }
        again(&Self { wrong, ..self })
    }
}

fn query(parts: &axum::http::Uri) -> Form {
    Form::of_query(parts.query().unwrap_or_default())
}

/// Where to go after coming in: a path of ours, never another site.
fn next(form: &Form) -> &str {
    let next = form.get("next");
    // Browsers leave tabs and line ends out of an address, so `/<tab>/` is `//`.
    let is_plain = !next.contains(|c: char| c == '\\' || c.is_control());
    if next.starts_with('/') && !next.starts_with("//") && is_plain {
        next
    } else {
        "/"
    }
}

/// The token of the invitation that leads here, by way of the page to sign in.
fn invitation(form: &Form) -> Option<String> {
    let query = next(form).strip_prefix("/join?")?.to_owned();
    Form::of_query(&query).given("token")
}

/// Leads on, with the cookie that the API gave.
fn entered(response: &Response, path: &str) -> Response {
    let mut on = to(path);
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        on.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    on
}

pub(super) async fn page(front: Front, uri: axum::http::Uri, caller: Result<Caller>) -> Page {
    let form = query(&uri);
    if caller.is_ok() {
        return Ok(to(next(&form)));
    }
    html(&FrontPage::new(front, "login", form))
}

pub(super) async fn sign_in(
    State(app): State<App>,
    _: OwnForm,
    from: Address,
    front: Front,
    headers: HeaderMap,
    form: Form,
) -> Page {
    let body =
        input(&json!({ "email": form.get("email"), "password": form.get("password"), "cookie": true }))?;
    match auth::login(State(app), from, headers, Json(body)).await {
        Ok(response) => Ok(entered(&response, next(&form))),
        Err(error) => FrontPage::new(front, "login", form).wrong(error),
    }
}

pub(super) async fn sign_out(State(app): State<App>, caller: Caller) -> Page {
    let response = auth::logout(State(app), caller).await?;
    Ok(entered(&response, "/login"))
}

pub(super) async fn register_page(front: Front, uri: axum::http::Uri) -> Page {
    html(&FrontPage::new(front, "register", query(&uri)))
}

pub(super) async fn register(
    State(app): State<App>,
    _: OwnForm,
    from: Address,
    front: Front,
    headers: HeaderMap,
    form: Form,
) -> Page {
    let body = input(&json!({
        "email": form.get("email"), "password": form.get("password"), "name": form.given("name"),
        "workspace": form.given("workspace"), "setupToken": form.given("setup"), "invitation": invitation(&form),
        "cookie": true,
    }))?;
    match auth::register(State(app), from, headers, Json(body)).await {
        Ok(response) => Ok(entered(&response, next(&form))),
        Err(error) => FrontPage::new(front, "register", form).wrong(error),
    }
}

pub(super) async fn reset_page(front: Front, uri: axum::http::Uri) -> Page {
    let form = query(&uri);
    let what = if form.has("token") { "choose" } else { "ask" };
    html(&FrontPage::new(front, what, form))
}

pub(super) async fn reset(
    State(app): State<App>,
    _: OwnForm,
    from: Address,
    front: Front,
    headers: HeaderMap,
    form: Form,
) -> Page {
    if let Some(token) = form.given("token") {
        let body = input(&json!({ "token": token, "password": form.get("password") }))?;
        return match auth::passwords::reset(State(app), from, Json(body)).await {
            Ok(_) => Ok(to("/login?done=password")),
            Err(error) => FrontPage::new(front, "choose", form).wrong(error),
        };
    }
    let body = input(&json!({ "email": form.get("email") }))?;
    match auth::passwords::ask_reset(State(app), from, headers, Json(body)).await {
        Ok(_) => html(&FrontPage::new(front, "told", form)),
        Err(error) => FrontPage::new(front, "ask", form).wrong(error),
    }
}

pub(super) async fn verify_page(front: Front, uri: axum::http::Uri) -> Page {
    html(&FrontPage::new(front, "verify", query(&uri)))
}

pub(super) async fn verify(State(app): State<App>, _: OwnForm, front: Front, form: Form) -> Page {
    let body = input(&json!({ "token": form.get("token") }))?;
    match auth::passwords::verify(State(app), Json(body)).await {
        Ok(_) => Ok(to("/?done=verified")),
        Err(error) => FrontPage::new(front, "verify", form).wrong(error),
    }
}

pub(super) async fn join_page(front: Front, uri: axum::http::Uri, _: Caller) -> Page {
    html(&FrontPage::new(front, "join", query(&uri)))
}

pub(super) async fn join(State(app): State<App>, caller: Caller, front: Front, form: Form) -> Page {
    let body = input(&json!({ "token": form.get("token") }))?;
    match auth::places::join(State(app.clone()), caller.clone(), Json(body)).await {
        Ok(Json(joined)) => {
            let joined = serde_json::to_value(joined).map_err(Error::internal)?;
            let workspace = joined["workspaceId"].as_str().unwrap_or_default().to_owned();
            let _ = auth::places::enter(State(app), caller, axum::extract::Path(workspace)).await?;
            Ok(to("/?done=joined"))
        }
        Err(error) => FrontPage::new(front, "join", form).wrong(error),
    }
}

/// Works in another workspace from now on.
pub(super) async fn enter(State(app): State<App>, caller: Caller, form: Form) -> Page {
    let workspace = form.get("workspace").to_owned();
    let _ = auth::places::enter(State(app), caller, axum::extract::Path(workspace)).await?;
    Ok(to("/"))
}

/// Another light or language.
pub(super) async fn look(State(app): State<App>, _: OwnForm, front: Front, form: Form) -> Page {
    let theme = match form.get("theme") {
        word @ ("light" | "dark") => word,
        "" if !form.has("theme") => front.theme,
        _ => "",
    };
    let language = Language::of_tag(form.get("language")).map_or(front.w.tag(), Language::tag);
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    let cookie = format!("{LOOK}={theme}.{language}; Path=/; SameSite=Lax; Max-Age={YEAR_S}{secure}");
    let mut response = to(next(&form)).into_response();
    let cookie = HeaderValue::try_from(cookie).map_err(Error::internal)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
