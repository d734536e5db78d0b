//! Requests and replies as data: what a vendor wants sent, without keys and without sockets.

use serde_json::Value;

use super::Reference;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
}

/// One part of a multipart form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field.
    Text {
        /// The field's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A file.
    File {
        /// The field's name.
        name: String,
        /// The name of the file.
        file_name: String,
        /// Its media type.
        media_type: &'static str,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

impl Part {
    /// A field.
    pub fn text(name: &str, value: impl Into<String>) -> Self {
        Self::Text {
            name: name.to_owned(),
            value: value.into(),
        }
    }

    /// A picture as a file.
    pub fn picture(name: &str, picture: &Reference) -> Self {
        Self::File {
            name: name.to_owned(),
            file_name: picture.file_name.clone(),
            media_type: picture.media_type,
            bytes: picture.bytes.clone(),
        }
    }

    /// The field's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Text { name, .. } | Self::File { name, .. } => name,
        }
    }
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON.
    Json(Value),
    /// A multipart form. Its boundary is chosen when it is sent.
    Form(Vec<Part>),
}

/// A request to a vendor's own server. The transport adds address, key and time limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Path and query below the server's address, from its slash: `/v1/images/edits`.
    pub path: String,
    /// Headers beside those of the body and the key.
    pub headers: Vec<(&'static str, String)>,
    /// What it carries.
    pub body: Body,
}

impl Request {
    /// Reads a path.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            path: path.into(),
            headers: Vec::new(),
            body: Body::Empty,
        }
    }

    /// Sends a body to a path.
    pub fn post(path: impl Into<String>, body: Body) -> Self {
        Self {
            method: Method::Post,
            path: path.into(),
            headers: Vec::new(),
            body,
        }
    }

    /// With a header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A whole reply, read to its end within the transport's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpReply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpReply {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The status is 200..=299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON, if it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body's media type in lower case, without parameters; empty where none is said.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }
}
