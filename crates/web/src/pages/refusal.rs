//! What goes wrong, as people see it: a page that says what happened and what to do, in place of problem details.

use askama::Template;
use axum::{
    body::Body,
    extract::FromRequestParts as _,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use store::members::Membership;

use super::{
    assets,
    shell::{Front, Shell},
    show, to,
    words::{Told, Words},
    workspace,
};
use crate::{app::App, error::Refusal};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    w: Words,
    shell: Option<Shell>,
    front: Front,
    title: String,
    detail: Told,
    /// For who runs the service; nothing where the title says it all.
    code: Option<&'static str>,
    is_ours: bool,
    /// The workspace that what was sent is for.
    back: Option<Membership>,
}

/// Browsers that ask for a page are answered with one, whatever the handler said.
pub(crate) async fn as_page(app: &App, mut asked: Parts, response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>().cloned() else {
        return response;
    };
    if refusal.status == StatusCode::UNAUTHORIZED {
        return sign_in(&asked.method, &asked.uri.to_string(), &asked.headers);
    }
    let shell = Shell::from_request_parts(&mut asked, app).await.ok();
    let front = Front::of(&asked.headers);
    let other = shell.as_ref().filter(|_| refusal.code == workspace::OTHER);
    let back = other.and_then(|shell| {
        let drawn_for = workspace::drawn_for(&asked.uri)?;
        shell
            .memberships
            .iter()
            .find(|one| one.workspace.as_str() == drawn_for)
            .cloned()
    });
    let changed = other.zip(back.as_ref()).map(|(shell, back)| {
        let (here, there) = (&shell.workspace, &back.name);
        front
            .w
            .t2("error-other-workspace-text", "here", here, "there", there)
    });
    let page = ErrorPage {
        w: front.w,
        title: title(front.w, refusal.status),
        detail: match refusal.code {
            "not_found" => front.w.t("error-not-found-text").into(),
            "forbidden" => front.w.t("error-forbidden-text").into(),
            _ => changed.map_or_else(|| front.w.told(&refusal.detail), Told::from),
        },
        code: match refusal.code {
            "not_found" | "forbidden" | workspace::OTHER => None,
            code => Some(code),
        },
        is_ours: refusal.status.is_server_error(),
        back,
        shell,
        front,
    };
    let mut answer = (refusal.status, super::rendered(&page)).into_response();
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// A script of a page shows what the API refuses it: that is told in the words of the page.
pub(crate) fn as_told(w: Words, response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>() else {
        return response;
    };
    let told = json!({ "detail": w.phrase(&refusal.detail) }).to_string();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(told))
}

/// The words of the page whose script asks, and says so.
pub(crate) fn words_of_script(asked: &Parts) -> Option<Words> {
    let headers = &asked.headers;
    headers.contains_key("x-told").then(|| Front::of(headers).w)
}

/// Whether a browser asks for a page.
pub(crate) fn wants_page(asked: &Parts) -> bool {
    let kinds = asked
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    !asked.uri.path().starts_with("/api/") && kinds.is_some_and(|kinds| kinds.contains("text/html"))
}

fn title(w: Words, status: StatusCode) -> String {
    match status.as_u16() {
        403 => w.t("error-forbidden"),
        404 => w.t("error-not-found"),
        402 => w.t("error-credits"),
        429 => w.t("error-too-many"),
        code if code >= 500 => w.t("error-ours"),
        _ => w.t("error-refused"),
    }
}

/// To the page where people sign in, and back again. What was typed is kept by the browser.
fn sign_in(method: &Method, uri: &str, headers: &HeaderMap) -> Response {
    let from = match *method {
        Method::GET => Some(uri.to_owned()),
        // The page that the form stood on.
        _ => headers
            .get(header::REFERER)
            .and_then(|value| value.to_str().ok()?.parse::<axum::http::Uri>().ok())
            .and_then(|uri| uri.path_and_query().map(ToString::to_string)),
    };
    match from.filter(|from| from != "/") {
        Some(from) => {
            let next: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
            to(&format!("/login?again=1&next={next}"))
        }
        None => to("/login"),
    }
}
