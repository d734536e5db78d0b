//! Where an engine is, and the key it takes. A key prints as `***` and is sent to the engine's own server only.

use std::fmt;

use domain::engine::{EngineCard, Server};
use reqwest::Url;

use crate::EngineError;

/// A vendor's key.
#[derive(Clone)]
pub struct Key(String);

impl Key {
    /// The key itself, for the one place that sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An engine's server.
#[derive(Clone, Debug)]
pub struct Address {
    /// Its root.
    pub base: Url,
    /// The key, where one is set.
    pub key: Option<Key>,
    /// Hosts that pictures may be fetched from beside its own.
    pub result_hosts: Vec<String>,
}

/// Reads a setting by the name of its environment variable.
pub type Setting<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Address {
    /// From a card and the settings. `name` is the engine's, for errors.
    pub fn of(card: &EngineCard, setting: Setting<'_>) -> Result<Self, EngineError> {
        let name = &card.name;
        let missing = |what: String| EngineError::Misconfigured(format!("{name}: {what}"));
        let server = card
            .server
            .as_ref()
            .ok_or_else(|| missing("its card names no server".to_owned()))?;
        let text = setting(&server.base_url_env)
            .or_else(|| server.base_url.clone())
            .ok_or_else(|| {
                missing(format!(
                    "set {} to the address of the server",
                    server.base_url_env
                ))
            })?;
        let base = parse(&text).map_err(|reason| missing(format!("{} {reason}", server.base_url_env)))?;
        Ok(Self {
            base,
            key: key(server, setting).map_err(missing)?,
            result_hosts: server.result_hosts.clone(),
        })
    }

    /// It is spoken to without TLS: a server of one's own, or a test's.
    pub fn is_open(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// The address of a path that begins with a slash.
    pub(super) fn join(&self, path: &str) -> Option<Url> {
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).ok()?;
        (url.origin() == self.base.origin()).then_some(url)
    }
}

fn parse(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| format!("is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("is not http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not carry a password; set the key instead".to_owned());
    }
    Ok(url)
}

fn key(server: &Server, setting: Setting<'_>) -> Result<Option<Key>, String> {
    let Some(name) = &server.key_env else {
        return Ok(None);
    };
    let found = setting(name)
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty());
    match found {
        Some(key) if key.bytes().all(|b| b.is_ascii_graphic()) => Ok(Some(Key(key))),
        Some(_) => Err(format!("{name} holds spaces or signs that no key has")),
        None if server.key_optional => Ok(None),
        None => Err(format!(
            "set {name} to your key (or {name}_FILE to a file that holds it)"
        )),
    }
}
