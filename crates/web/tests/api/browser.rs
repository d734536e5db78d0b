//! A browser, as far as pages see it: a cookie and what it accepts.

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt as _;

use crate::app::TestApp;

/// It belongs to whom its cookie says.
pub struct Browser<'a> {
    pub app: &'a TestApp,
    pub cookie: String,
}

/// What a browser got.
pub struct Seen {
    pub status: StatusCode,
    pub location: String,
    pub cookie: String,
    pub text: String,
}

impl<'a> Browser<'a> {
    /// Nobody's.
    pub fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookie: String::new(),
        }
    }

    /// Somebody's who registers by the page.
    pub async fn register(app: &'a TestApp, email: &str) -> Self {
        let form = [
            ("email", email),
            ("password", "a long password"),
            ("name", "Anna Berg"),
        ];
        let seen = Self::new(app).send("POST", "/register", &form).await;
        assert_eq!(
            (seen.status.as_u16(), seen.location.as_str()),
            (303, "/"),
            "{}",
            seen.text
        );
        Self {
            app,
            cookie: seen.cookie,
        }
    }

    /// Somebody's who registered before.
    pub async fn sign_in(app: &'a TestApp, email: &str) -> Self {
        let form = [("email", email), ("password", "a long password")];
        let seen = Self::new(app).send("POST", "/login", &form).await;
        assert_eq!(seen.status, 303, "{}", seen.text);
        Self {
            app,
            cookie: seen.cookie,
        }
    }

    /// Sends the fields of a form.
    pub async fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Seen {
        let mut body = String::new();
        for (name, value) in form {
            let value = value
                .replace('%', "%25")
                .replace('&', "%26")
                .replace('#', "%23")
                .replace('+', "%2B");
            let _ = write!(body, "{name}={value}&");
        }
        self.ask(method, path, "application/x-www-form-urlencoded", body)
            .await
    }

    /// Sends a body of a kind.
    pub async fn ask(&self, method: &str, path: &str, kind: &str, body: String) -> Seen {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("accept", "text/html,*/*")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", kind)
            .header("content-length", body.len())
            .header("cookie", &self.cookie)
            .body(Body::from(body))
            .unwrap();
        let response = self.app.open(request).await;
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (status, location, cookie) = (response.status(), header("location"), header("set-cookie"));
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Seen {
            status,
            location,
            cookie: cookie.split(';').next().unwrap_or_default().to_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    pub async fn page(&self, path: &str) -> String {
        let seen = self.send("GET", path, &[]).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        seen.text
    }
}
