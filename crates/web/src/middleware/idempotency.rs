//! `Idempotency-Key`: a POST that is sent twice with one key is done once, and answered the same twice
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Answers hold tokens and keys that we keep nowhere else, so they are kept sealed.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts as _, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use sha2::{Digest as _, Sha256};
use store::idempotency::{Answer, Claim, HeldKey};
use tracing::Instrument as _;

use crate::{
    app::App,
    auth::{caller::Caller, sealed::Seal, standings},
    error::{Error, Result},
    extract::id,
    pages::form::Form,
};

/// The header.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key.
const LENGTH_MAX: usize = 255;
/// Bodies up to here are part of what is compared; longer ones are files on their way in.
const BODY_MAX: usize = 2 << 20;
/// How soon it is looked whether the first of two forms is done, doubled to a second at most, and for how long.
const LOOK: Duration = Duration::from_millis(100);
const LOOK_MAX: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_mins(1);
/// What is kept of an answer beside its body.
const KEPT: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::LOCATION,
    header::ETAG,
    header::RETRY_AFTER,
];

/// Does a POST with a key once.
pub(crate) async fn once(app: &App, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    run(app, request, next)
        .await
        .unwrap_or_else(axum::response::IntoResponse::into_response)
}

/// The key of a request, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(KEY) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim_matches('"');
    if (1..=LENGTH_MAX).contains(&text.len()) {
        Ok(Some(text.to_owned()))
    } else {
        Err(Error::bad_request(format!(
            "an Idempotency-Key has 1 to {LENGTH_MAX} plain characters"
        )))
    }
}

/// Does the form of a page once, however often its button is pressed. Its key stands in its address; what comes after the first
/// waits for it, and leads to where that led.
pub(crate) async fn form_once(app: &App, request: Request, next: Next) -> Response {
    let key = Form::of_query(request.uri().query().unwrap_or_default()).given("key");
    match key.filter(|key| request.method() == Method::POST && id(key, "form").is_ok()) {
        Some(key) => press(app, &key, request, next)
            .await
            .unwrap_or_else(axum::response::IntoResponse::into_response),
        None => next.run(request).await,
    }
}

async fn press(app: &App, key: &str, request: Request, next: Next) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let Ok(caller) = Caller::from_request_parts(&mut parts, app).await else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let (body, fingerprint) = fingerprint(&parts, body).await?;
    // The same page with other words in its form, as a browser keeps it for the way back, is another call.
    let key = format!("form {key} {fingerprint}");
    let (mut look, mut waited) = (LOOK, Duration::ZERO);
    while waited < WAIT_MAX {
        let claim = app
            .store
            .claim_key(caller.id(), &key, &fingerprint, app.now_ms())
            .await?;
        match claim {
            Claim::New(held) => {
                let request = Request::from_parts(parts, body);
                // What is wrong now may be right when it is sent again.
                let is_kept = |status: StatusCode| status == StatusCode::SEE_OTHER;
                return to_its_end(app, held, is_kept, request, next).await;
            }
            Claim::Done(answer) => return replay(app, &format!("{} {key}", caller.id()), &answer),
            Claim::Working | Claim::Other => {
                tokio::time::sleep(look).await;
                waited += look;
                look = (look * 2).min(LOOK_MAX);
            }
        }
    }
    Err(Error::conflict(
        "in_progress",
        "this is still being done; look again in a moment",
    ))
}

/// Does a call whose key is claimed, also where the caller goes away meanwhile: a browser drops the first press of a button at the
/// second. The key is free again where there is no answer to keep.
async fn to_its_end(
    app: &App,
    held: HeldKey,
    is_kept: fn(StatusCode) -> bool,
    request: Request,
    next: Next,
) -> Result<Response> {
    let app = app.clone();
    let harmless = standings::is_harmless(&request);
    let done = async move {
        let answered = match renewed(&app, &held, next.run(request)).await {
            Ok(response) if is_kept(response.status()) => {
                read(&app, &format!("{} {}", held.caller, held.key), response).await
            }
            other => other.map(|response| (response, None)),
        };
        // Who waits for the answer may be gone, and with it what watches the route.
        if !harmless {
            app.standings().forget();
        }
        let answer = answered.as_ref().ok().and_then(|(_, answer)| answer.as_ref());
        app.store.close_key(&held, answer).await?;
        answered.map(|(response, _)| response)
    };
    tokio::spawn(done.in_current_span())
        .await
        .map_err(Error::internal)?
}

/// What the work on a call brings, whose key stays claimed for as long as it takes. A panic is a failure, and ends here.
async fn renewed(
    app: &App,
    held: &HeldKey,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response> {
    let mut work = tokio::spawn(work.in_current_span());
    loop {
        if let Ok(done) = tokio::time::timeout(app.config.key_renewal, &mut work).await {
            return done.map_err(Error::internal);
        }
        if let Err(error) = app.store.renew_key(held, app.now_ms()).await {
            tracing::warn!("an Idempotency-Key could not be renewed: {error}");
        }
    }
}

async fn run(app: &App, request: Request, next: Next) -> Result<Response> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?.unwrap_or_default();
    let caller = match Caller::from_request_parts(&mut parts, app).await {
        Ok(caller) => caller.id().to_owned(),
        // Nobody is signed in: whoever registers twice from one place.
        Err(_) => super::rate::address(&parts),
    };
    let (body, fingerprint) = fingerprint(&parts, body).await?;
    match app
        .store
        .claim_key(&caller, &key, &fingerprint, app.now_ms())
        .await?
    {
        Claim::New(held) => {
            let request = Request::from_parts(parts, body);
            to_its_end(app, held, is_lasting, request, next).await
        }
        Claim::Done(answer) => replay(app, &format!("{caller} {key}"), &answer),
        Claim::Working => Err(Error::conflict(
            "in_progress",
            "a call with this Idempotency-Key is still worked on; ask again soon",
        )),
        Claim::Other => Err(Error::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another call; use a new one",
        )),
    }
}

/// Whether a call that is sent again would be answered the same. What a retry may change is not kept, so that the retry is worth it;
/// so may a body that did not arrive whole, and credits that were missing may be bought.
fn is_lasting(status: StatusCode) -> bool {
    !status.is_server_error()
        && !matches!(
            status,
            StatusCode::BAD_REQUEST
                | StatusCode::UNAUTHORIZED
                | StatusCode::PAYMENT_REQUIRED
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::CONFLICT
                | StatusCode::TOO_MANY_REQUESTS
        )
}

/// What two calls must have in common to be one.
async fn fingerprint(parts: &Parts, body: Body) -> Result<(Body, String)> {
    let mut hash = Sha256::new();
    hash.update(parts.uri.to_string());
    // Who works in two workspaces means another thing in each.
    if let Some(caller) = parts.extensions.get::<Caller>() {
        hash.update(caller.workspace.as_str());
    }
    let length = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_none_or(|length| length > BODY_MAX) {
        hash.update(format!("{length:?}"));
        return Ok((body, hex::encode(hash.finalize())));
    }
    let bytes = to_bytes(body, BODY_MAX)
        .await
        .map_err(|error| Error::bad_request(format!("the body did not arrive whole: {error}")))?;
    match parts.headers.get(header::CONTENT_TYPE).and_then(boundary) {
        // Every sending of a form of files marks its parts by another sign.
        Some(boundary) => {
            let letters: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            hash.update(letters.replace(boundary, ""));
        }
        None => hash.update(&bytes),
    }
    Ok((Body::from(bytes), hex::encode(hash.finalize())))
}

/// What stands between the parts of a form of files.
fn boundary(kind: &HeaderValue) -> Option<&str> {
    let (_, boundary) = kind.to_str().ok()?.split_once("boundary=")?;
    let boundary = boundary.split(';').next().unwrap_or_default().trim_matches('"');
    (!boundary.is_empty()).then_some(boundary)
}

fn seal(app: &App) -> Result<Seal> {
    Seal::new(&app.config.media_secret, "idempotency")
}

fn replay(app: &App, owner: &str, answer: &Answer) -> Result<Response> {
    let Some(body) = seal(app)?.open(owner, &answer.body) else {
        let detail = "this call was done, and its answer cannot be given again: the service's secret has changed since";
        return Err(Error::conflict("done_before", detail));
    };
    let status = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    let kept: Vec<(String, String)> = serde_json::from_str(&answer.headers).map_err(Error::internal)?;
    let mut response = (status, body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in kept {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// The answer, read so that it can be kept: whole, however long it is, for its work is done.
async fn read(app: &App, owner: &str, response: Response) -> Result<(Response, Option<Answer>)> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let text = std::str::from_utf8(&bytes).ok();
    let sealed = text.map(|text| seal(app)?.seal(owner, text)).transpose()?;
    let answer = sealed.map(|body| {
        let kept: Vec<(&str, &str)> = KEPT
            .iter()
            .filter_map(|name| Some((name.as_str(), parts.headers.get(name)?.to_str().ok()?)))
            .collect();
        Answer {
            status: parts.status.as_u16(),
            headers: serde_json::to_string(&kept).unwrap_or_default(),
            body,
        }
    });
    Ok((Response::from_parts(parts, Body::from(bytes)), answer))
}
