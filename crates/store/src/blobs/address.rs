//! Addresses of storages, in parts: `scheme://user:secret@host/folder?name=value`.

use std::{collections::BTreeMap, fmt, time::Duration};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::{BlobError, Result};

/// A text that is never printed.
#[derive(Clone)]
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An address in parts, everything percent-decoded.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) folder: String,
    pub(super) user: Option<String>,
    pub(super) secret: Option<Secret>,
    options: BTreeMap<String, String>,
}

impl Address {
    /// Takes an address apart. `form` is the form to tell of, `known` are the options it has.
    pub(super) fn parse(text: &str, form: &str, known: &[&str]) -> Result<Self> {
        let wrong = |what: &str| BlobError::BadAddress(format!("{what}; the form is {form}"));
        // The parser's own error is dropped: it could repeat the text.
        let url = Url::parse(text).map_err(|_| wrong("this is not an address"))?;
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let host = url.host_str().filter(|host| !host.is_empty());
        let options: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        if let Some(name) = options.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(wrong(&format!(
                "`{name}` is not an option; there are {}",
                known.join(", ")
            )));
        }
        let user = Some(url.username()).filter(|user| !user.is_empty());
        Ok(Self {
            host: host
                .map(decoded)
                .ok_or_else(|| wrong("the name after `//` is missing"))?,
            folder: decoded(url.path().trim_matches('/')),
            user: user.map(decoded),
            secret: url.password().map(|secret| Secret::new(decoded(secret))),
            options,
        })
    }

    /// An option, if it is there and not empty.
    pub(super) fn option(&self, name: &str) -> Option<&str> {
        let found = self.options.get(name)?;
        Some(found.as_str()).filter(|found| !found.is_empty())
    }

    /// The address of a server to speak to instead of the vendor's own.
    pub(super) fn server(&self, name: &str) -> Result<Option<Url>> {
        let Some(text) = self.option(name) else {
            return Ok(None);
        };
        let url = Url::parse(text).ok().filter(|url| {
            let is_web = matches!(url.scheme(), "http" | "https");
            is_web && url.has_host() && url.username().is_empty() && url.query().is_none()
        });
        url.map(Some).ok_or_else(|| {
            BlobError::BadAddress(format!(
                "`{name}` must be the address of a server, such as https://s3.example.com"
            ))
        })
    }

    /// Seconds.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>> {
        let Some(text) = self.option(name) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(seconds @ 1..=3600) => Ok(Some(Duration::from_secs(seconds))),
            _ => Err(BlobError::BadAddress(format!(
                "`{name}={text}` must be seconds between 1 and 3600"
            ))),
        }
    }

    /// A yes or no.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.option(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(other) => Err(BlobError::BadAddress(format!(
                "`{name}={other}` must be true or false"
            ))),
        }
    }
}
