//! Blobs in S3 or a store that speaks its language (MinIO, R2, Ceph).

use std::{env, ffi::OsString, fmt, io, ops::Range, path::Path as FilePath, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future, stream, stream::BoxStream};
use object_store::{
    Attribute, AttributeValue, Attributes, BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, RetryConfig, WriteMultipart,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    signer::{SignedUrlOptions, Signer},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, Url};
use tokio::{fs::File, io::AsyncReadExt};

use super::{
    BlobError, Blobs, Listed, Reading, Result,
    address::Address,
    check_portable_key,
    error::{innermost, io_error},
    key::{check_folder, media_type},
    reading::{SIZE_MAX, is_beyond},
};

/// How an address of S3 is written.
pub(super) const FORM: &str =
    "s3://KEY:SECRET@BUCKET/FOLDER?region=eu-central-1&endpoint=https://s3.example.com";
const OPTIONS: &[&str] = &["region", "endpoint", "path_style", "timeout"];

/// A file up to this size goes in one request, a larger one in parts of it. S3 wants parts of 5 MiB and more.
const PART_BYTES: u64 = 8 << 20;
/// S3 takes this many parts; the size of a part grows before.
const PARTS_MAX: u64 = 10_000;
/// Parts on the way at once; each is in memory.
const PARTS_AT_ONCE: usize = 4;
/// A server that says nothing for so long is given up. Includes the time a part takes to be sent.
const SILENCE_MAX: Duration = Duration::from_mins(2);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that S3 lets a signed address live.
const SIGNED_MAX: Duration = Duration::from_hours(7 * 24);

/// A bucket.
///
/// - `KEY:SECRET` in the address, or from where AWS's own tools have them: `AWS_ACCESS_KEY_ID`,
///   `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, a web identity, the container's or the machine's role.
/// - `region`, or `AWS_REGION`. Stores other than AWS's often take any: `us-east-1` is said unless there is one.
/// - `endpoint` for stores other than AWS's; plain `http://` is spoken when it says so.
/// - `path_style=false` puts the bucket before the endpoint's host instead of into the path; on AWS it is there anyway.
/// - `timeout`: a server that says nothing for so many seconds is given up, 120 unless set.
///
/// A request that fails in passing is sent again, up to five times within a minute; a download that breaks off goes on
/// where it stopped.
///
/// An upload that is killed half way leaves its parts in the bucket: give it a lifecycle rule that aborts incomplete
/// multipart uploads after a day.
pub struct S3 {
    store: Arc<AmazonS3>,
    place: String,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3({})", self.place)
    }
}

impl S3 {
    /// Opens a bucket by its address, and tells the folder that the address names.
    pub(super) fn open(address: &str) -> Result<(Self, String)> {
        let address = Address::parse(address, FORM, OPTIONS)?;
        let bad = |what: &str| BlobError::BadAddress(format!("{what}; the form is {FORM}"));
        let builder = match (&address.user, &address.secret) {
            (Some(key), Some(secret)) => AmazonS3Builder::new()
                .with_access_key_id(key)
                .with_secret_access_key(secret.reveal()),
            (None, None) => from_environment(),
            _ => return Err(bad("the key or the secret is missing before the `@`")),
        };
        let builder = builder
            .with_bucket_name(&address.host)
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: Duration::from_millis(100),
                    max_backoff: Duration::from_secs(10),
                    base: 2.0,
                },
                max_retries: 5,
                retry_timeout: Duration::from_mins(1),
            });
        let silence_max = address.seconds("timeout")?.unwrap_or(SILENCE_MAX);
        let builder = located(builder, &address, silence_max)?;
        // Harmless when the program has already chosen its TLS provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = builder
            .build()
            .map_err(|error| bad(&format!("this bucket cannot be opened: {}", innermost(&error))))?;
        let place = match address.option("endpoint") {
            Some(endpoint) => format!("{} at {endpoint}", address.host),
            None => address.host,
        };
        let storage = Self {
            store: Arc::new(store),
            place,
        };
        Ok((storage, address.folder))
    }

    /// An empty part of a blob that is there.
    async fn nothing(&self, key: &str) -> Result<Reading> {
        let size = self.size(key).await?;
        size.map(Reading::nothing)
            .ok_or_else(|| BlobError::NotFound(key.to_owned()))
    }

    async fn put_parts(&self, key: &str, file: &FilePath, size: u64) -> Result<()> {
        let mut opened = File::open(file).await.map_err(io_error("read", file))?;
        let options = PutMultipartOptions {
            attributes: attributes(key),
            ..PutMultipartOptions::default()
        };
        let upload = self.store.put_multipart_opts(&path(key)?, options).await;
        let upload = upload.map_err(told("write", key))?;
        let part_bytes = PART_BYTES.max(size.div_ceil(PARTS_MAX));
        let mut upload = WriteMultipart::new_with_chunk_size(upload, part_bytes as usize);
        match send_parts(&mut upload, key, (file, &mut opened), size, part_bytes).await {
            Ok(()) => upload.finish().await.map(drop).map_err(told("write", key)),
            Err(error) => {
                // The bucket's own rule removes the parts where this does not.
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }
}

/// What AWS's own tools find in the environment. As with them, a variable that is empty is not set.
fn from_environment() -> AmazonS3Builder {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    from_variables(env::vars_os().filter_map(text))
}

fn from_variables(variables: impl Iterator<Item = (String, String)>) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in variables.filter(|(_, value)| !value.trim().is_empty()) {
        if name.starts_with("AWS_")
            && let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>()
        {
            builder = builder.with_config(key, value);
        }
    }
    builder
}

/// Region, endpoint and time limits.
fn located(builder: AmazonS3Builder, address: &Address, silence_max: Duration) -> Result<AmazonS3Builder> {
    let region = address.option("region").map(str::to_owned).or_else(|| {
        let known = builder.get_config_value(&AmazonS3ConfigKey::Region);
        let region = known.or_else(|| env::var("AWS_REGION").ok());
        region.filter(|region| !region.trim().is_empty())
    });
    let endpoint = address.server("endpoint")?;
    let known = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint];
    let known = known.iter().find_map(|key| builder.get_config_value(key));
    let spoken = endpoint.as_ref().map(Url::as_str).or(known.as_deref());
    if region.is_none() && endpoint.is_none() && known.is_none() {
        return Err(BlobError::BadAddress(format!(
            "which region is the bucket in? Write ?region=.. behind it, or set AWS_REGION; the form is {FORM}"
        )));
    }
    let path_style = address.flag("path_style")?;
    let options = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT_TIMEOUT)
        .with_config(
            object_store::ClientConfigKey::ReadTimeout,
            format!("{}s", silence_max.as_secs()),
        )
        .with_allow_http(spoken.is_some_and(|url| url.starts_with("http:")));
    let builder = builder
        .with_client_options(options)
        .with_region(region.as_deref().unwrap_or("us-east-1"));
    let Some(mut endpoint) = endpoint else {
        let in_path = path_style.unwrap_or(known.is_some());
        return Ok(builder.with_virtual_hosted_style_request(!in_path));
    };
    let in_path = path_style.unwrap_or(true);
    if !in_path {
        let host = endpoint.host_str().unwrap_or_default();
        let host = format!("{}.{host}", address.host);
        endpoint.set_host(Some(&host)).map_err(|_| {
            BlobError::BadAddress(
                "the bucket cannot stand before this endpoint; leave path_style=false out".to_owned(),
            )
        })?;
    }
    Ok(builder
        .with_endpoint(endpoint.as_str().trim_end_matches('/'))
        .with_virtual_hosted_style_request(!in_path))
}

#[async_trait]
impl Blobs for S3 {
    async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        let path = path(key)?;
        let options = PutOptions {
            attributes: attributes(key),
            ..PutOptions::default()
        };
        let put = self.store.put_opts(&path, bytes.into(), options).await;
        put.map(drop).map_err(told("write", key))
    }

    async fn put_file(&self, key: &str, file: &FilePath) -> Result<()> {
        check_portable_key(key)?;
        let size = tokio::fs::metadata(file)
            .await
            .map_err(io_error("read", file))?
            .len();
        if size <= PART_BYTES {
            let bytes = tokio::fs::read(file).await.map_err(io_error("read", file))?;
            return self.put(key, bytes.into()).await;
        }
        match self.put_parts(key, file, size).await {
            // The last request may have been carried out although its answer was lost; asked again, the server does
            // not know the upload any more. Nobody can tell this from an upload that is gone, so it is made again.
            Err(BlobError::NotFound(_)) => self.put_parts(key, file, size).await,
            other => other,
        }
        .map_err(|error| match error {
            BlobError::NotFound(key) => BlobError::Unavailable {
                doing: "write",
                key,
                reason: "the upload was lost twice".to_owned(),
            },
            other => other,
        })
    }

    async fn read(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        let path = path(key)?;
        if range.as_ref().is_some_and(is_beyond) {
            return self.nothing(key).await;
        }
        let options = GetOptions {
            range: range.map(|range| match range.end {
                ..=SIZE_MAX => GetRange::Bounded(range),
                _ => GetRange::Offset(range.start),
            }),
            ..GetOptions::default()
        };
        let got = match self.store.get_opts(&path, options).await {
            // Past the end; the answer does not tell the size.
            Err(error) if status(&error.to_string()) == Some(416) => return self.nothing(key).await,
            got => got.map_err(told("read", key))?,
        };
        let (size, range) = (got.meta.size, got.range.clone());
        let named = key.to_owned();
        let bytes = got
            .into_stream()
            .map_err(move |error| told("read", &named)(error));
        Ok(Reading {
            size,
            range,
            bytes: bytes.boxed(),
        }
        .whole(key))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>> {
        match self.store.head(&path(key)?).await.map_err(told("read", key)) {
            Ok(found) => Ok(Some(found.size)),
            Err(BlobError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        match self.store.delete(&path(key)?).await.map_err(told("remove", key)) {
            Err(BlobError::NotFound(_)) => Ok(()),
            other => other,
        }
    }

    fn list(&self, folder: &str) -> BoxStream<'static, Result<Listed>> {
        let folder = match check_folder(folder) {
            Ok(()) => folder.to_owned(),
            Err(error) => return stream::iter([Err(error)]).boxed(),
        };
        let path = Path::parse(&folder).ok().filter(|path| !path.as_ref().is_empty());
        let listed = self.store.list(path.as_ref());
        let listed = listed.map_err(move |error| told("list", &folder)(error));
        let ours = listed.try_filter_map(|found| {
            let key = found.location.to_string();
            // What others keep in the bucket has no key.
            let ours = check_portable_key(&key).is_ok();
            future::ok(ours.then(|| Listed {
                key,
                size: found.size,
                modified_ms: found.last_modified.timestamp_millis(),
            }))
        });
        ours.boxed()
    }

    async fn presign(
        &self,
        key: &str,
        valid_for: Duration,
        file_name: Option<&str>,
    ) -> Result<Option<String>> {
        let path = path(key)?;
        let mut options = SignedUrlOptions::new();
        if let Some(name) = file_name {
            options = options.with_query([("response-content-disposition", attachment(name))]);
        }
        let valid_for = valid_for.clamp(Duration::from_secs(1), SIGNED_MAX);
        let signed = self
            .store
            .signed_url_opts(Method::GET, &path, valid_for, &options);
        signed
            .await
            .map(|url| Some(url.into()))
            .map_err(told("sign an address of", key))
    }
}

fn path(key: &str) -> Result<Path> {
    check_portable_key(key)?;
    Path::parse(key).map_err(|_| BlobError::BadKey(key.to_owned()))
}

async fn send_parts(
    upload: &mut WriteMultipart,
    key: &str,
    (path, file): (&FilePath, &mut File),
    size: u64,
    part_bytes: u64,
) -> Result<()> {
    let mut left = size;
    while left > 0 {
        upload
            .wait_for_capacity(PARTS_AT_ONCE)
            .await
            .map_err(told("write", key))?;
        let mut part = Vec::with_capacity(part_bytes.min(left) as usize);
        let read = (&mut *file)
            .take(part_bytes.min(left))
            .read_to_end(&mut part)
            .await;
        if read.map_err(io_error("read", path))? == 0 {
            let short = io::Error::other("it became shorter while it was sent");
            return Err(io_error("read", path)(short));
        }
        left -= part.len() as u64;
        upload.put(part.into());
    }
    Ok(())
}

/// What a browser is told of a file it gets by a signed address.
fn attributes(key: &str) -> Attributes {
    let mut attributes = Attributes::new();
    if let Some(media_type) = media_type(key) {
        attributes.insert(Attribute::ContentType, AttributeValue::from(media_type));
    }
    attributes
}

/// `Content-Disposition` for a file to be saved (RFC 6266), with the name for browsers old and new.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// What an error means for a caller.
fn told(doing: &'static str, key: &str) -> impl FnOnce(object_store::Error) -> BlobError + use<> {
    let key = key.to_owned();
    move |error| {
        let text = error.to_string();
        let reason = words(&text).unwrap_or_else(|| innermost(&error));
        let refused = |key, reason| BlobError::Refused { doing, key, reason };
        match error {
            _ if text.contains("<Code>NoSuchBucket</Code>") => {
                refused(key, "there is no such bucket".to_owned())
            }
            object_store::Error::NotFound { .. } => BlobError::NotFound(key),
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                refused(key, reason)
            }
            _ if status(&text).is_some_and(is_final) => refused(key, reason),
            _ => BlobError::Unavailable { doing, key, reason },
        }
    }
}

/// An answer that the same request will get again.
fn is_final(status: u16) -> bool {
    (300..500).contains(&status) && status != 408 && status != 429
}

/// The status in a message of `object_store`, whose errors do not tell it otherwise.
fn status(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

/// The server's own words: code and message of its error document.
fn words(text: &str) -> Option<String> {
    let within = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>"))
            .map(|(found, _)| found.to_owned())
    };
    let code = within("Code")?;
    Some(match within("Message") {
        Some(message) => format!("{code}: {message}"),
        None => code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_empty_is_not_set() {
        let variables = [
            ("AWS_ENDPOINT", ""),
            ("AWS_ACCESS_KEY_ID", " "),
            ("AWS_REGION", "eu-central-1"),
            ("HOME", "/"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let builder = from_variables(variables.into_iter());
        assert_eq!(builder.get_config_value(&AmazonS3ConfigKey::Endpoint), None);
        assert_eq!(builder.get_config_value(&AmazonS3ConfigKey::AccessKeyId), None);
        let region = builder.get_config_value(&AmazonS3ConfigKey::Region);
        assert_eq!(region.as_deref(), Some("eu-central-1"));
    }
}
