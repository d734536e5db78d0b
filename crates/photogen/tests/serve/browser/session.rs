//! A session of the WebDriver protocol (W3C WebDriver 2): the few commands that the tests need. The crates for it are left out: the
//! protocol's types are MPL-licensed (`webdriver`), and `deny.toml` keeps to permissive licences.

use reqwest::{Client, Method};
use serde_json::{Value, json};

/// What stands for an element in answers (W3C WebDriver 2, 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser's session.
pub struct Session {
    client: Client,
    url: String,
}

impl Session {
    /// Opens one.
    pub async fn open(driver: &str, capabilities: &Value) -> Self {
        let opening = Self {
            client: Client::new(),
            url: format!("{driver}/session"),
        };
        let asked = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = opening.send(Method::POST, "", Some(&asked)).await.unwrap();
        let id = opened["sessionId"].as_str().unwrap();
        Self {
            url: format!("{driver}/session/{id}"),
            client: opening.client,
        }
    }

    /// Does something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.send(Method::GET, path, None).await
    }

    /// Removes something; without a path, the session.
    pub async fn delete(&self, path: &str) -> Result<Value, String> {
        self.send(Method::DELETE, path, None).await
    }

    /// The first element of a CSS selector.
    pub async fn element(&self, selector: &str) -> Result<String, String> {
        let asked = json!({ "using": "css selector", "value": selector });
        let found = self.post("/element", &asked).await?;
        Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned())
    }

    /// The element that has the focus.
    pub async fn focused(&self) -> Result<String, String> {
        let found = self.get("/element/active").await?;
        Ok(found[ELEMENT].as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page.
    pub async fn run(&self, script: &str, args: &[Value]) -> Result<Value, String> {
        self.post("/execute/sync", &json!({ "script": script, "args": args }))
            .await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.map_err(|error| error.to_string())?;
        let is_success = response.status().is_success();
        let text = response.text().await.map_err(|error| error.to_string())?;
        let mut told: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        let value = told["value"].take();
        if is_success {
            Ok(value)
        } else {
            Err(value["message"].as_str().unwrap_or(&text).to_owned())
        }
    }
}
