//! Who calls the service, and calls again when it is dead.

use std::time::Duration;

use anyhow::ensure;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// How long the service is called until it answers.
const PATIENCE: Duration = Duration::from_mins(3);

/// Who calls the service, and calls again when it is dead.
#[derive(Clone)]
pub(in crate::bench) struct Caller {
    url: String,
    pub(super) token: Option<String>,
    client: Client,
}

impl Caller {
    pub(super) fn new(port: u16) -> Self {
        Self {
            url: format!("http://127.0.0.1:{port}"),
            token: None,
            client: Client::new(),
        }
    }

    /// A call to send.
    pub(in crate::bench) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Calls until there is an answer, which must be a good one.
    pub(in crate::bench) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut request = self.request(method.clone(), path);
            if !body.is_null() {
                request = request
                    .header("content-type", "application/json")
                    .body(body.to_string());
            }
            let answered = match request.send().await {
                Ok(answer) if answer.status().is_server_error() => Err(answer.status().to_string()),
                Ok(answer) => Ok(answer),
                Err(error) => Err(error.to_string()),
            };
            match answered {
                Ok(answer) => {
                    let status = answer.status();
                    let text = answer.text().await?;
                    ensure!(status.is_success(), "{method} {path}: {status} {text}");
                    return Ok(serde_json::from_str(&text).unwrap_or_default());
                }
                Err(error) => ensure!(Instant::now() < until, "{method} {path}: {error}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}
