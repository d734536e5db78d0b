//! What a library refused in plain text, as problem details.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::error::Error;

/// A refusal in plain text becomes problem details; everything else stays as it is.
pub(crate) async fn explained(response: Response) -> Response {
    let is_plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let status = response.status();
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::NOT_FOUND => "not_found",
        status if status.is_client_error() => "bad_request",
        _ => "internal",
    };
    let (parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let detail = if text.is_empty() {
        "the request cannot be read"
    } else {
        &*text
    };
    let mut refusal = Error::new(status, code, detail).into_response();
    for (name, value) in &parts.headers {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            refusal.headers_mut().insert(name.clone(), value.clone());
        }
    }
    refusal
}
