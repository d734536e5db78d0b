//! What handlers are given: parsed bodies whose faults are problem details, pages of lists, versions.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, Result};

/// A JSON body. A field of the wrong type is named.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if !kind.is_some_and(is_json) {
            return Err(Error::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send JSON, with the header Content-Type: application/json",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| Error::new(error.status(), "unreadable_body", error.body_text()))?;
        from_json(&body).map(Self)
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Reads an object of JSON; text that is no JSON is a 400, a value of the wrong type a 422 that names its place.
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // A list would be read as the fields in their order, which nobody means.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Error::field("", "send a JSON object, not a list"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize::<_, T>(&mut reader);
    match value {
        Ok(value) => reader
            .end()
            .map(|()| value)
            .map_err(|error| Error::bad_request(format!("the body is not JSON: {error}"))),
        Err(error) if error.inner().is_data() => {
            let path = error.path().to_string();
            let field = if path == "." { String::new() } else { path };
            Err(Error::field(field, error.inner()))
        }
        Err(error) => Err(Error::bad_request(format!(
            "the body is not JSON: {}",
            error.inner()
        ))),
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => (
                [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
                body,
            )
                .into_response(),
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// The query of an address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|error| Error::field("query", error.body_text()))
    }
}

/// The most items of one page.
pub const PAGE_MAX: u32 = 200;
/// The usual number of items of one page.
pub const PAGE_USUAL: u32 = 50;

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct PageQuery {
    /// Where the last page ended: its `nextCursor`.
    pub cursor: Option<String>,
    /// How many items, 1 to 200; 50 when it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl PageQuery {
    /// How many items are asked for.
    pub fn limit(&self) -> Result<u32> {
        let limit = self.limit.unwrap_or(PAGE_USUAL);
        if (1..=PAGE_MAX).contains(&limit) {
            Ok(limit)
        } else {
            Err(Error::field(
                "limit",
                format!("give a number from 1 to {PAGE_MAX}"),
            ))
        }
    }

    /// What the cursor holds: the last page's last item.
    pub fn after(&self) -> Result<Option<String>> {
        self.cursor.as_deref().map(decode_cursor).transpose()
    }
}

fn decode_cursor(cursor: &str) -> Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    // PostgreSQL keeps no NUL in a text.
    let text = text.filter(|text| !text.contains('\0'));
    text.ok_or_else(|| Error::field("cursor", "use the nextCursor of the page before as it is"))
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where to go on; none at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` items, of which one more was read to see whether there are more.
    pub fn of<R>(mut rows: Vec<R>, limit: u32, key: impl Fn(&R) -> String, item: impl FnMut(R) -> T) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|row| URL_SAFE_NO_PAD.encode(key(row)));
        Self {
            items: rows.into_iter().map(item).collect(),
            next_cursor,
        }
    }
}

/// The version of a thing as its `ETag`.
pub fn etag(version: i64) -> (header::HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""));
    (header::ETAG, value)
}

/// The version that an edit was made from: the `If-Match` of the request. None when it has none, or `*`.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .and_then(|text| text.parse().ok());
    match number {
        Some(version) => Ok(Some(version)),
        None => Err(Error::from(store::StoreError::Changed)),
    }
}

/// An id of ours in a path. Text that is none is nobody's.
pub fn id(text: &str, what: &'static str) -> Result<String> {
    let plain =
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain {
        Ok(text.to_owned())
    } else {
        Err(Error::not_found(what))
    }
}

/// A line of text of a person: trimmed, 1 to `length_max` characters, no control characters.
pub fn line(field: &str, text: &str, length_max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 {
        return Err(Error::field(field, "write something here"));
    }
    if length > length_max {
        return Err(Error::field(
            field,
            format!("use {length_max} characters or fewer; these are {length}"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::field(
            field,
            "line breaks and other control characters do not belong here",
        ));
    }
    Ok(text.to_owned())
}

/// Several lines of text of a person, or none: at most `length_max` characters, no control characters but line breaks and tabs.
pub fn text(field: &str, text: &str, length_max: usize) -> Result<String> {
    let length = text.chars().count();
    if length > length_max {
        return Err(Error::field(
            field,
            format!("use {length_max} characters or fewer; these are {length}"),
        ));
    }
    if text.chars().any(|c| c.is_control() && !"\n\r\t".contains(c)) {
        return Err(Error::field(field, "control characters do not belong here"));
    }
    Ok(text.to_owned())
}
