//! Files for browsers: addresses that hold for an hour, say nothing of who they are for, and are served in ranges.

use std::{ops::Range, time::Duration};

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{format::Format, thumbnail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use utoipa::IntoParams;

use crate::{
    app::App,
    error::{Error, Result},
    extract::Query,
    thumbnails,
};

/// How long an address holds. Addresses made within one of these windows are the same, so that browsers keep what they have.
const VALID_MS: i64 = 3_600_000;

/// What an address says.
#[derive(Debug, Serialize, Deserialize)]
struct Ticket {
    /// The blob.
    k: String,
    /// Until when.
    e: i64,
    /// Its type.
    t: String,
    /// The name to save it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
}

/// Which small copy is asked for.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SmallQuery {
    /// Of a small copy: its longer side in pixels, 160, 320, 480 or 960; 480 where it is left out.
    side: Option<u32>,
}

impl SmallQuery {
    /// The longer side that is asked for.
    pub(crate) fn side(&self) -> Result<u32> {
        let side = self.side.unwrap_or(thumbnail::SIDE_USUAL);
        if thumbnail::SIDES.contains(&side) {
            return Ok(side);
        }
        let sides = thumbnail::SIDES.map(|side| side.to_string()).join(", ");
        Err(Error::field(
            "side",
            format!("small copies have a side of {sides}"),
        ))
    }
}

/// Where a blob is read until between one and two hours from now.
pub(crate) fn url(app: &App, key: &str, media_type: &str, name: Option<&str>) -> String {
    let ticket = Ticket {
        k: key.to_owned(),
        e: (app.now_ms() / VALID_MS + 2) * VALID_MS,
        t: media_type.to_owned(),
        n: name.map(str::to_owned),
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&ticket).unwrap_or_default());
    format!("/api/media/{text}.{}", sign(app, &text))
}

/// The type of a finished file.
pub(crate) fn type_of(format: Format) -> String {
    let subtype = format.extension().replace("jpg", "jpeg").replace("tif", "tiff");
    format!("image/{subtype}")
}

/// Where the small copy of a blob is read, of the usual size; with `side`, of another.
pub(crate) fn thumbnail_url(app: &App, key: &str) -> String {
    let usual = thumbnail::key(key, thumbnail::SIDE_USUAL);
    url(app, &usual, "image/webp", None)
}

fn sign(app: &App, text: &str) -> String {
    URL_SAFE_NO_PAD.encode(mac(app, text).finalize().into_bytes())
}

fn mac(app: &App, text: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&app.config.media_secret).expect("an HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

fn read(app: &App, address: &str) -> Option<Ticket> {
    let (text, signature) = address.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac(app, text).verify_slice(&signature).ok()?;
    let ticket: Ticket = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    (ticket.e > app.now_ms()).then_some(ticket)
}

/// A file, by an address that was given in another answer. Takes ranges. A `thumbnailUrl` takes `side`.
#[utoipa::path(get, path = "/api/media/{signed}", tag = "media", params(("signed" = String, Path), SmallQuery), security(()),
    responses((status = 200, description = "The file"), (status = 206, description = "A range of it"), (status = 304), (status = 404, description = "The address does not hold (any more)"), (status = 416), (status = 422, description = "There is no small copy of that size")))]
pub async fn get(
    State(app): State<App>,
    Path(signed): Path<String>,
    Query(asked): Query<SmallQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let side = asked.side()?;
    let ticket = read(&app, &signed)
        .ok_or_else(|| Error::not_found("file, or its address holds no more: load the page again"))?;
    // A key is content-addressed or unique, so what it names never changes.
    let tag = format!("\"{}-{side}\"", &signed[signed.len().saturating_sub(43)..]);
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes())
    {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let small_of = ticket.k.strip_prefix(&thumbnail::key("", thumbnail::SIDE_USUAL));
    let mut response = match small_of {
        Some(of) => small(&app, of, side).await?,
        // An AVIF is its own small copy.
        None if asked.side.is_some() && ticket.t != "image/avif" => {
            return Err(Error::field(
                "side",
                "this address is of the whole file: a thumbnailUrl takes a side",
            ));
        }
        None => file(&app, &ticket, &headers).await?,
    };
    let sent = response.headers_mut();
    sent.insert(
        header::CONTENT_TYPE,
        HeaderValue::try_from(&ticket.t).map_err(Error::internal)?,
    );
    sent.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600, immutable"),
    );
    sent.insert(header::ETAG, HeaderValue::try_from(tag).map_err(Error::internal)?);
    // Whatever the bytes are, a browser runs nothing of them.
    sent.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    if let Some(name) = &ticket.n {
        sent.insert(header::CONTENT_DISPOSITION, disposition(name)?);
    }
    Ok(response)
}

/// The name a file is saved under (RFC 6266), plain and in full.
fn disposition(name: &str) -> Result<HeaderValue> {
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
    let full: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-_.".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    HeaderValue::try_from(format!("inline; filename=\"{plain}\"; filename*=UTF-8''{full}"))
        .map_err(Error::internal)
}

async fn file(app: &App, ticket: &Ticket, headers: &HeaderMap) -> Result<Response> {
    if let Some(address) = app
        .blobs
        .presign(&ticket.k, Duration::from_mins(10), ticket.n.as_deref())
        .await?
    {
        return Ok((StatusCode::FOUND, [(header::LOCATION, address)]).into_response());
    }
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let Some(asked) = asked else {
        let reading = app.blobs.read(&ticket.k, None).await?;
        let size = reading.size;
        let mut response = Body::from_stream(reading.bytes).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        response
            .headers_mut()
            .insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        return Ok(response);
    };
    let size = app
        .blobs
        .size(&ticket.k)
        .await?
        .ok_or_else(|| Error::not_found("file"))?;
    let Some(range) = range(asked, size) else {
        let mut response = Error::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range",
            format!("the file has {size} bytes"),
        )
        .into_response();
        let told = HeaderValue::try_from(format!("bytes */{size}")).map_err(Error::internal)?;
        response.headers_mut().insert(header::CONTENT_RANGE, told);
        return Ok(response);
    };
    let told = format!("bytes {}-{}/{size}", range.start, range.end - 1);
    let length = range.end - range.start;
    let reading = app.blobs.read(&ticket.k, Some(range)).await?;
    let mut response = (StatusCode::PARTIAL_CONTENT, Body::from_stream(reading.bytes)).into_response();
    response.headers_mut().insert(
        header::CONTENT_RANGE,
        HeaderValue::try_from(told).map_err(Error::internal)?,
    );
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

/// The first range that is asked for, cut to what there is; none when nothing of it is.
fn range(asked: &str, size: u64) -> Option<Range<u64>> {
    let spec = asked.strip_prefix("bytes=")?.split(',').next()?.trim();
    let (from, to) = spec.split_once('-')?;
    let range = match (from.parse::<u64>().ok(), to.parse::<u64>().ok()) {
        (Some(from), Some(to)) => from..to.saturating_add(1).min(size),
        (Some(from), None) if to.is_empty() => from..size,
        (None, Some(last)) if from.is_empty() => size.saturating_sub(last)..size,
        _ => return None,
    };
    (range.start < range.end).then_some(range)
}

/// The small copy of a blob, as a body.
pub(crate) async fn small(app: &App, of: &str, side: u32) -> Result<Response> {
    Ok(Body::from(thumbnails::of(app, of, side).await?).into_response())
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_cut_to_what_there_is() {
        for (asked, expected) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=5-50", Some(5..10)),
            ("bytes=10-", None),
            ("bytes=5-2", None),
            ("bytes=-0", None),
            ("bytes=-", None),
            ("lines=1-2", None),
            ("bytes=0-18446744073709551615", Some(0..10)),
        ] {
            assert_eq!(range(asked, 10), expected, "{asked}");
        }
    }
}
