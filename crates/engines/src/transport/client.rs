//! One request over the network: time limits, size limits, and the difference between "never sent" and "no answer".

use std::{error::Error, time::Duration};

use reqwest::{Client, RequestBuilder, Response, Url, header, multipart, redirect::Policy};
use tracing::Instrument as _;

use super::Address;
use crate::vendor::{Body, HttpReply, Method, Part, Request};

/// An address that does not answer is given up.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest reply in bytes: ten pictures of 8 megapixels as base64 PNG.
const REPLY_MAX: usize = 256 << 20;

/// What became of a request without a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The server has not seen it.
    NotSent(String),
    /// It was sent, and no whole reply came: the server may have done the work, and billed it.
    NoReply(String),
}

pub(super) fn client() -> Result<Client, String> {
    // Harmless when the program has already chosen its TLS provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .user_agent(concat!("photogen/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| innermost(&error))
}

/// Sends one request and reads its whole reply, as a span of its own. Neither query nor key is part of it.
pub(super) async fn send(
    client: &Client,
    address: &Address,
    request: &Request,
    timeout: Duration,
) -> Result<HttpReply, Lost> {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let span = tracing::info_span!(
        "vendor",
        otel.name = format!("{method} vendor"),
        otel.kind = "client",
        http.request.method = method,
        server.address = address.base.host_str(),
        url.path = request.path.split('?').next(),
        http.response.status_code = tracing::field::Empty,
    );
    let sent = sent(client, address, request, timeout)
        .instrument(span.clone())
        .await;
    if let Ok(reply) = &sent {
        span.record("http.response.status_code", reply.status);
    }
    sent
}

async fn sent(
    client: &Client,
    address: &Address,
    request: &Request,
    timeout: Duration,
) -> Result<HttpReply, Lost> {
    let not_sent = |reason: &str| Lost::NotSent(reason.to_owned());
    let url = address
        .join(&request.path)
        .ok_or_else(|| not_sent("the request leads away from the engine's own server"))?;
    let mut builder = match request.method {
        Method::Get => client.get(url),
        Method::Post => client.post(url),
    };
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    if let Some(key) = &address.key {
        builder = builder.bearer_auth(key.reveal());
    }
    let builder = with_body(builder, &request.body).map_err(|reason| not_sent(&reason))?;
    let response = builder
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| lost(&error))?;
    read(response, REPLY_MAX).await
}

fn with_body(builder: RequestBuilder, body: &Body) -> Result<RequestBuilder, String> {
    Ok(match body {
        Body::Empty => builder,
        Body::Json(value) => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(value.to_string()),
        Body::Form(parts) => {
            let mut form = multipart::Form::new();
            for part in parts {
                form = match part {
                    Part::Text { name, value } => form.text(name.clone(), value.clone()),
                    Part::File {
                        name,
                        file_name,
                        media_type,
                        bytes,
                    } => {
                        let file = multipart::Part::bytes(bytes.clone())
                            .file_name(file_name.clone())
                            .mime_str(media_type)
                            .map_err(|error| error.to_string())?;
                        form.part(name.clone(), file)
                    }
                };
            }
            builder.multipart(form)
        }
    })
}

/// The whole reply, unless it is longer than `most` bytes.
pub(super) async fn read(mut response: Response, most: usize) -> Result<HttpReply, Lost> {
    let status = response.status().as_u16();
    let text = |value: &header::HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
        .collect();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => {
                return Ok(HttpReply {
                    status,
                    headers,
                    body,
                });
            }
            Err(error) => {
                return Err(Lost::NoReply(format!(
                    "the reply broke off: {}",
                    innermost(&error)
                )));
            }
        }
        if body.len() > most {
            return Err(Lost::NoReply(format!("the reply is longer than {most} bytes")));
        }
    }
}

fn lost(error: &reqwest::Error) -> Lost {
    let told = if error.is_timeout() && !error.is_connect() {
        "no answer in time".to_owned()
    } else {
        innermost(error)
    };
    if error.is_connect() || error.is_builder() {
        Lost::NotSent(told)
    } else {
        Lost::NoReply(told)
    }
}

/// Fetches a public address as it stands: no key, no redirect.
pub(super) async fn fetch(
    client: &Client,
    url: Url,
    timeout: Duration,
    most: usize,
) -> Result<HttpReply, Lost> {
    let response = client
        .get(url)
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| lost(&error))?;
    read(response, most).await
}

/// The cause people can act on: `Connection refused`, not `error sending request`.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
