//! Who calls a service, and what comes back.

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use serde_json::Value;

use super::TestApp;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:#}", self.body);
        self
    }

    /// A text of the body, by its JSON pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{pointer}: {:#}", self.body))
            .to_owned()
    }
}

/// Somebody who is signed in.
pub struct Person<'a> {
    pub client: Client<'a>,
    pub id: String,
    pub workspace: String,
    pub refresh_token: String,
}

impl<'a> std::ops::Deref for Person<'a> {
    type Target = Client<'a>;

    fn deref(&self) -> &Client<'a> {
        &self.client
    }
}

/// Sends requests with one token.
#[derive(Clone)]
pub struct Client<'a> {
    pub app: &'a TestApp,
    pub token: Option<String>,
}

impl Client<'_> {
    /// The same with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            app: self.app,
            token: Some(token.to_owned()),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None, &[]).await
    }

    /// Sends bytes, with headers.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.app.send(request.body(body.into()).unwrap()).await
    }

    /// Sends a form of files, and of texts where the name begins with `=`.
    pub async fn form(&self, path: &str, files: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, bytes) in files {
            let about = match name.strip_prefix('=') {
                Some(field) => format!("name=\"{field}\"\r\n"),
                None => format!(
                    "name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n"
                ),
            };
            body.extend(format!("--edge\r\nContent-Disposition: form-data; {about}\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let kind = ("content-type", "multipart/form-data; boundary=edge");
        self.raw(Method::POST, path, &[kind], body).await
    }

    /// Any call, with headers.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let Some(body) = body else {
            return self.raw(method, path, headers, Body::empty()).await;
        };
        let text = body.to_string();
        let length = text.len().to_string();
        let own = [
            ("content-type", "application/json"),
            ("content-length", length.as_str()),
        ];
        self.raw(method, path, &[headers, &own].concat(), text).await
    }
}
