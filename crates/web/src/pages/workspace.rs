//! Which workspace a page was drawn for. Its forms say so in their addresses, which are read before any body: a tab that was left open
//! while another changed the workspace would write there.

use std::fmt::Write as _;

use axum::{
    extract::{FromRequestParts as _, Request},
    http::{Method, Uri},
};

use super::form::Form;
use crate::{
    app::App,
    auth::caller::Caller,
    error::{Error, Result},
};

/// The code of a refusal.
pub(crate) const OTHER: &str = "other_workspace";
/// What a person sends from any page, whichever workspace it is of.
const OF_PERSONS: [&str; 3] = ["/workspace", "/look", "/logout"];

/// A page whose forms name the workspace that it says it was drawn for.
pub(super) fn named(page: String) -> String {
    let workspace = page.split_once(" data-workspace=\"");
    let Some((workspace, _)) = workspace.and_then(|(_, rest)| rest.split_once('"')) else {
        return page;
    };
    let mut pieces = page.split("action=\"");
    let mut named = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (address, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let _ = write!(named, "action=\"{address}");
        // What a button does to a menu is called an action too.
        if address.starts_with(['/', '?']) && !OF_PERSONS.contains(&address) {
            let mark = if address.contains('?') { '&' } else { '?' };
            let _ = write!(named, "{mark}workspace={workspace}");
        }
        let _ = write!(named, "\"{rest}");
    }
    named
}

/// The workspace that the page of a form was drawn for: what its page adds stands last.
pub(super) fn drawn_for(address: &Uri) -> Option<String> {
    let query = address.query().unwrap_or_default();
    Form::of_query(query)
        .all("workspace")
        .pop()
        .filter(|workspace| !workspace.is_empty())
}

/// Hands a request on, unless it is sent from a page of another workspace than its caller works in now.
pub(crate) async fn checked(app: &App, request: Request) -> Result<Request> {
    let drawn_for = drawn_for(request.uri()).filter(|_| request.method() == Method::POST);
    let Some(drawn_for) = drawn_for else {
        return Ok(request);
    };
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await;
    if caller.is_ok_and(|caller| caller.workspace.as_str() != drawn_for) {
        return Err(Error::conflict(
            OTHER,
            "you changed to another workspace in another tab; nothing was saved",
        ));
    }
    Ok(Request::from_parts(parts, body))
}
