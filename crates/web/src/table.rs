//! Tables for spreadsheets (CSV, RFC 4180).

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

/// A cell: quoted, and never a formula to the program that opens it.
pub(crate) fn cell(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// A table that is saved as a file. Spreadsheets know by the mark at its head that it is UTF-8.
pub(crate) fn saved(text: &str, disposition: &'static str) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
    ];
    (headers, format!("\u{feff}{text}")).into_response()
}
