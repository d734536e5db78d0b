//! What goes wrong, as callers see it: problem details (RFC 9457) with a code that never changes.
//!
//! The cause stays here: it is logged once, at this border, and never part of an answer.

use std::fmt;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use store::{StoreError, blobs::BlobError};
use utoipa::ToSchema;

/// A refusal or a failure.
#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    code: &'static str,
    detail: String,
    fields: Vec<FieldError>,
    retry_after_s: Option<u64>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// One field of the request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where, as a JSON path: `poses[2]`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub message: String,
}

/// The body of every refusal: problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// For programs: never changes.
    pub code: String,
    /// What happened, and what to do.
    pub detail: String,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A refusal in short, carried beside the answer: what a page says of it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

/// A result of a handler.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after_s: None,
            cause: None,
        }
    }

    /// 401: nobody is signed in, or what proves it does not hold.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: who is signed in may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is none, or it is somebody else's: nobody learns which.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no such {what}"),
        )
    }

    /// 409: it cannot be done as things stand.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 400: the request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 422: the request was read, and a field of it is wrong.
    pub fn field(field: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::fields(vec![FieldError {
            field: field.into(),
            message: message.to_string(),
        }])
    }

    /// 422: fields of the request are wrong.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let told = |one: &FieldError| match one.field.as_str() {
            // All of it is wrong.
            "" => one.message.clone(),
            field => format!("{field}: {}", one.message),
        };
        let detail = fields.iter().map(told).collect::<Vec<_>>().join("; ");
        Self {
            fields,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields", detail)
        }
    }

    /// The same, of fields that stand within another.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for one in &mut self.fields {
            one.field = match one.field.as_str() {
                "" => place.to_owned(),
                field => format!("{place}.{field}"),
            };
        }
        if self.fields.is_empty() {
            self
        } else {
            Self::fields(self.fields)
        }
    }

    /// The same, and where it stands.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.fields.push(FieldError {
            field: field.to_owned(),
            message: self.detail.clone(),
        });
        self
    }

    /// 429: too much, and when it may be asked again.
    pub fn too_many(detail: impl Into<String>, retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
        }
    }

    /// 503: not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self {
            retry_after_s: Some(5),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
        }
    }

    /// 500: our own fault. The cause is logged.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "something went wrong here; it was written down, and trying again is safe",
            )
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Fields that are wrong.
    pub(crate) fn field_errors(&self) -> &[FieldError] {
        &self.fields
    }

    /// What happened.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same for people, who do not know the names of the API's fields.
    fn said(&self) -> String {
        if self.fields.is_empty() {
            return self.detail.clone();
        }
        let messages: Vec<&str> = self.fields.iter().map(|one| one.message.as_str()).collect();
        messages.join("; ")
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotEnoughCredits { needed, balance } => Self::new(
                StatusCode::PAYMENT_REQUIRED,
                "not_enough_credits",
                format!("{needed} credits are needed and {balance} are left; nothing was ordered"),
            ),
            StoreError::Capped {
                of,
                cap,
                spent,
                needed,
            } => Self::new(
                StatusCode::PAYMENT_REQUIRED,
                "spend_cap",
                format!(
                    "this {of} may take {cap} credits in 30 days, {spent} are taken and {needed} are needed; nothing was ordered. An \
                     owner can raise its cap under Billing"
                ),
            ),
            StoreError::Taken(what) => Self::conflict("taken", format!("this {what} is taken already")),
            StoreError::Changed => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed",
                "it was changed meanwhile; load it again, then send your change with its new ETag",
            ),
            StoreError::Refused(why) => Self::conflict("refused", why),
            other if other.is_busy() => Self {
                cause: Some(Box::new(other)),
                ..Self::unavailable("the database is busy; try again")
            },
            other => Self::internal(other),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound(_) => Self::not_found("file"),
            other => Self::internal(other),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code, cause = %Chain(&**cause), "request failed");
        }
        let refusal = Refusal {
            status: self.status,
            code: self.code,
            detail: self.said(),
        };
        let problem = Problem {
            kind: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
            errors: self.fields,
        };
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        response.extensions_mut().insert(refusal);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An error with all that it came from.
struct Chain<'a>(&'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
