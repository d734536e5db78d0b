//! The account: its address, its keys, and the calls it takes.

use std::{
    env, fmt,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::clock::Clock;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{
    Body, Client, Method, RequestBuilder, Response, StatusCode, Url,
    header::CONTENT_RANGE,
    multipart::{Form, Part},
    redirect::Policy,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{DELIVERY, Kind, sign, sign::Algorithm};
use crate::blobs::{
    BlobError, Result,
    address::{Address, Secret},
    error::innermost,
};

/// How an address of Cloudinary is written.
pub(in crate::blobs) const FORM: &str = "cloudinary://KEY:SECRET@CLOUD/FOLDER";
const OPTIONS: &[&str] = &["upload_prefix", "delivery", "signature_algorithm", "timeout"];

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that says nothing for so long is given up. Includes the time a piece takes to be sent.
const SILENCE_MAX: Duration = Duration::from_mins(2);

/// An account.
///
/// Pictures are kept as `image`, all else as `raw`, both for `authenticated` delivery: nobody sees them without a
/// signed address. A key is its own public id, with its ending, so that `a.png` and `a.webp` are two blobs.
///
/// - `signature_algorithm=sha256` for an account that signs so.
/// - `upload_prefix=https://api-eu.cloudinary.com` for an account in another region.
/// - `delivery=https://mybrand-res.cloudinary.com` for a private delivery network.
/// - `timeout`: a server that says nothing for so many seconds is given up, 120 unless set.
///
/// What it does not do: an account with an incoming transformation changes pictures as they come, which is refused;
/// plans limit the size of a file; [`list`](crate::blobs::Blobs::list) goes through the Admin API, which takes a few
/// hundred calls an hour.
#[derive(Clone)]
pub struct Cloudinary {
    pub(super) cloud: String,
    pub(super) key: String,
    pub(super) secret: Secret,
    pub(super) algorithm: Algorithm,
    /// `https://api.cloudinary.com/v1_1/CLOUD`.
    pub(super) api: String,
    /// `https://res.cloudinary.com/CLOUD`.
    pub(super) delivery: String,
    client: Client,
    clock: Arc<dyn Clock>,
    uploads: Arc<AtomicU64>,
}

impl fmt::Debug for Cloudinary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cloudinary({})", self.cloud)
    }
}

/// What an upload is answered.
#[derive(Deserialize)]
struct Uploaded {
    /// The size of the whole; absent from the answer to a piece that is not the last.
    bytes: Option<u64>,
}

/// What a removal is answered.
#[derive(Deserialize)]
struct Destroyed {
    result: String,
}

/// What is answered to a call that failed.
#[derive(Deserialize)]
struct Failed {
    error: Message,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

impl Cloudinary {
    /// Opens an account by its address, and tells the folder that the address names.
    pub(in crate::blobs) fn open(address: &str, clock: Arc<dyn Clock>) -> Result<(Self, String)> {
        let bad = |what: &str| BlobError::BadAddress(format!("{what}; the form is {FORM}"));
        let address = Address::parse(address, FORM, OPTIONS)?;
        let (Some(key), Some(secret)) = (address.user.clone(), address.secret.clone()) else {
            return Err(bad("the key or the secret is missing before the `@`"));
        };
        let algorithm = match address.option("signature_algorithm") {
            None | Some("sha1") => Algorithm::Sha1,
            Some("sha256") => Algorithm::Sha256,
            Some(_) => return Err(bad("`signature_algorithm` is sha1 or sha256")),
        };
        let server = |name, default: &str| {
            let own = address.server(name)?;
            let text = own.map_or_else(|| default.to_owned(), String::from);
            Ok(text.trim_end_matches('/').to_owned())
        };
        let cloud = address.host.clone();
        let api = server("upload_prefix", "https://api.cloudinary.com")?;
        let delivery = server("delivery", &format!("https://res.cloudinary.com/{cloud}"))?;
        // Harmless when the program has already chosen its TLS provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(address.seconds("timeout")?.unwrap_or(SILENCE_MAX))
            .redirect(Policy::none())
            .user_agent(concat!("photogen/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| bad(&lost(error)))?;
        let account = Self {
            api: format!("{api}/v1_1/{cloud}"),
            delivery,
            cloud,
            key,
            secret,
            algorithm,
            client,
            clock,
            uploads: Arc::default(),
        };
        Ok((account, address.folder))
    }

    /// A picture made smaller. It is made anew, and keeps its IPTC and XMP notes but not its C2PA manifest.
    pub(super) fn smaller_url(&self, key: &str, width: u32) -> String {
        self.delivery_url(key, &format!("c_limit,fl_keep_iptc,w_{width}"), 1)
    }

    /// The address of a blob as it is now: its version is one nobody has asked for, so no cache has it.
    pub(super) fn fresh_url(&self, key: &str) -> String {
        self.delivery_url(key, "", self.clock.now_ms())
    }

    fn delivery_url(&self, key: &str, transformation: &str, version: i64) -> String {
        let kind = Kind::of(key);
        let source = sign::source(key, kind.ending(key));
        let signature = self
            .algorithm
            .delivery(transformation, &source, self.secret.reveal());
        let transformed = match transformation {
            "" => String::new(),
            made => format!("/{made}"),
        };
        let (base, kind) = (&self.delivery, kind.name());
        format!("{base}/{kind}/{DELIVERY}/{signature}{transformed}/v{version}/{source}")
    }

    /// The address of a blob that expires, straight from the account.
    pub(super) fn download_url(&self, key: &str, valid_for: Duration, save: bool) -> String {
        let kind = Kind::of(key);
        let now = self.now();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut parameters = vec![
            ("timestamp", now.to_string()),
            ("public_id", key.to_owned()),
            ("format", text(kind.ending(key))),
            ("type", DELIVERY.to_owned()),
            ("attachment", text(save.then_some("1"))),
            ("expires_at", (now + valid_for.as_secs() as i64).to_string()),
        ];
        parameters.retain(|(_, value)| !value.is_empty());
        self.sign(&mut parameters);
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let query: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        format!("{}/{}/download?{}", self.api, kind.name(), query.join("&"))
    }

    /// Sends a piece of a blob; the last makes it stand.
    pub(super) async fn send(
        &self,
        key: &str,
        id: &str,
        piece: Bytes,
        range: Range<u64>,
        size: u64,
    ) -> Result<()> {
        let mut parameters = vec![
            ("timestamp", self.now().to_string()),
            ("public_id", key.to_owned()),
            ("type", DELIVERY.to_owned()),
            ("overwrite", "true".to_owned()),
            ("invalidate", "true".to_owned()),
        ];
        self.sign(&mut parameters);
        let is_last = range.end == size;
        let is_whole = range == (0..size);
        let file = Part::stream_with_length(Body::from(piece), range.end - range.start).file_name("file");
        let form = parameters
            .into_iter()
            .fold(Form::new(), |form, (name, value)| form.text(name, value))
            .part("file", file);
        let url = format!("{}/{}/upload", self.api, Kind::of(key).name());
        let mut request = self.request(Method::POST, &url).multipart(form);
        if !is_whole {
            request = request
                .header(
                    CONTENT_RANGE,
                    format!("bytes {}-{}/{size}", range.start, range.end - 1),
                )
                .header("x-unique-upload-id", id);
        }
        let uploaded: Uploaded = self.call("write", key, request).await?;
        match uploaded.bytes {
            Some(bytes) if is_last && bytes != size => Err(BlobError::Refused {
                doing: "write",
                key: key.to_owned(),
                reason: format!(
                    "{bytes} bytes stand there instead of {size}; turn off the account's incoming transformation"
                ),
            }),
            _ => Ok(()),
        }
    }

    pub(super) async fn destroy(&self, key: &str) -> Result<()> {
        let mut parameters = vec![
            ("timestamp", self.now().to_string()),
            ("public_id", key.to_owned()),
            ("type", DELIVERY.to_owned()),
            ("invalidate", "true".to_owned()),
        ];
        self.sign(&mut parameters);
        let form = parameters
            .into_iter()
            .fold(Form::new(), |form, (name, value)| form.text(name, value));
        let url = format!("{}/{}/destroy", self.api, Kind::of(key).name());
        let request = self.request(Method::POST, &url).multipart(form);
        let destroyed: Destroyed = self.call("remove", key, request).await?;
        match destroyed.result.as_str() {
            "ok" | "not found" => Ok(()),
            other => Err(BlobError::Refused {
                doing: "remove",
                key: key.to_owned(),
                reason: self.redacted(other),
            }),
        }
    }

    /// One page of the blobs of a kind under a prefix.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        kind: Kind,
        prefix: &str,
        cursor: Option<&str>,
    ) -> Result<T> {
        let url = format!("{}/resources/{}/{DELIVERY}", self.api, kind.name());
        let mut query = vec![("prefix", prefix), ("max_results", "500")];
        query.extend(cursor.map(|cursor| ("next_cursor", cursor)));
        let url = Url::parse_with_params(&url, query).map_or(url, String::from);
        let request = self.request(Method::GET, &url);
        let request = request.basic_auth(&self.key, Some(self.secret.reveal()));
        self.call("list", prefix, request).await
    }

    /// Names one upload: its pieces, and nobody else's.
    pub(super) fn upload_id(&self, key: &str) -> String {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed).to_string();
        let now_ms = self.clock.now_ms().to_string();
        let process = std::process::id().to_string();
        let of = [
            ("key", key.to_owned()),
            ("number", number),
            ("now", now_ms),
            ("process", process),
        ];
        Algorithm::Sha1.call(&of, "")[..16].to_owned()
    }

    pub(super) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request; without an answer it may be sent again.
    pub(super) async fn sent(
        &self,
        doing: &'static str,
        key: &str,
        request: RequestBuilder,
    ) -> Result<Response> {
        request.send().await.map_err(|error| BlobError::Unavailable {
            doing,
            key: key.to_owned(),
            reason: lost(error),
        })
    }

    /// An answer of the delivery network, if it is good.
    pub(super) fn delivered(&self, doing: &'static str, key: &str, response: Response) -> Result<Response> {
        if response.status().is_success() {
            return Ok(response);
        }
        let told = response.headers().get("x-cld-error");
        let told = told.and_then(|value| value.to_str().ok()).unwrap_or_default();
        Err(self.failure(doing, key, response.status(), told))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        doing: &'static str,
        key: &str,
        request: RequestBuilder,
    ) -> Result<T> {
        let response = self.sent(doing, key, request).await?;
        let status = response.status();
        let broken = |reason: String| BlobError::Unavailable {
            doing,
            key: key.to_owned(),
            reason,
        };
        let body = response.bytes().await.map_err(|error| broken(lost(error)))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| broken("the answer cannot be read".to_owned()));
        }
        let told = serde_json::from_slice::<Failed>(&body).map(|failed| failed.error.message);
        Err(self.failure(doing, key, status, &told.unwrap_or_default()))
    }

    fn failure(&self, doing: &'static str, key: &str, status: StatusCode, told: &str) -> BlobError {
        let key = key.to_owned();
        let reason = match told {
            "" => format!("it answers {status}"),
            told => format!("it answers {status}: {}", self.redacted(told)),
        };
        match status.as_u16() {
            404 if doing != "list" => BlobError::NotFound(key),
            408 | 420 | 429 | 500.. => BlobError::Unavailable { doing, key, reason },
            _ => BlobError::Refused { doing, key, reason },
        }
    }

    /// The vendor repeats what was signed, never the secret; should it do so one day, it is not told on.
    fn redacted(&self, text: &str) -> String {
        text.replace(self.secret.reveal(), "***")
    }

    fn sign(&self, parameters: &mut Vec<(&'static str, String)>) {
        let signature = self.algorithm.call(parameters, self.secret.reveal());
        parameters.push(("signature", signature));
        parameters.push(("api_key", self.key.clone()));
    }

    fn now(&self) -> i64 {
        self.clock.now_ms() / 1000
    }
}

/// Why there is no answer, without the address: it holds a signature.
pub(super) fn lost(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    innermost(&error.without_url())
}

/// The account's address as the environment tells it: `CLOUDINARY_URL`, or its parts.
pub(in crate::blobs) fn from_environment() -> Result<String> {
    from_variables(|name| env::var(name).ok().filter(|value| !value.trim().is_empty()))
}

fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<String> {
    if let Some(url) = variable("CLOUDINARY_URL") {
        return Ok(url);
    }
    let part = |name: &str| {
        let value = variable(name).ok_or_else(|| {
            BlobError::BadAddress(format!(
                "{name} is not set; set CLOUDINARY_URL={FORM}, or CLOUDINARY_CLOUD_NAME, CLOUDINARY_API_KEY and \
                 CLOUDINARY_API_SECRET"
            ))
        })?;
        Ok::<_, BlobError>(utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string())
    };
    let cloud = variable("CLOUDINARY_CLOUD_NAME").map_or_else(|| part("CLOUDINARY_CLOUD_NAME"), Ok)?;
    let (key, secret) = (part("CLOUDINARY_API_KEY")?, part("CLOUDINARY_API_SECRET")?);
    Ok(format!("cloudinary://{key}:{secret}@{cloud}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_the_address_whole_or_in_parts() {
        let parts = [
            ("CLOUDINARY_CLOUD_NAME", "demo"),
            ("CLOUDINARY_API_KEY", "123"),
            ("CLOUDINARY_API_SECRET", "a/b"),
        ];
        let url = [("CLOUDINARY_URL", "cloudinary://1:s@demo")];
        let of = |known: &[(&str, &str)]| {
            from_variables(|name| {
                let found = known.iter().find(|(known, _)| *known == name)?;
                Some(found.1.to_owned())
            })
        };
        assert_eq!(of(&url).unwrap(), "cloudinary://1:s@demo");
        assert_eq!(of(&parts).unwrap(), "cloudinary://123:a%2Fb@demo");
        let error = of(&parts[..2]).unwrap_err().to_string();
        assert!(
            error.starts_with("CLOUDINARY_API_SECRET is not set; set CLOUDINARY_URL="),
            "{error}"
        );
    }
}
