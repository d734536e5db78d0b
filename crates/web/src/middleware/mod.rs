//! What every request goes through, as lists of steps.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::{
    api::tus,
    app::App,
    auth::standings,
    pages::{refusal, workspace},
};

pub(crate) mod idempotency;
pub(crate) mod metrics;
mod plain;
pub(crate) mod rate;
mod security;

/// Around everything: refusals in the words of who asked, and headers that guard browsers.
pub(crate) async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let page_asked = refusal::wants_page(&parts).then(|| parts.clone());
    let script = refusal::words_of_script(&parts);
    let request = Request::from_parts(parts, body);
    let mut response = if tus::is_discovery(&request) {
        tus::options(State(app.clone())).await
    } else {
        plain::explained(next.run(request).await).await
    };
    if let Some(asked) = page_asked {
        response = refusal::as_page(&app, asked, response).await;
    } else if let Some(words) = script {
        response = refusal::as_told(words, response);
    }
    security::guard(&app, response.headers_mut());
    response
}

/// At each route: how long it took, and what its answer may have changed of who may what.
pub(crate) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let measured = metrics::Measured::begin(&request);
    let harmless = standings::is_harmless(&request);
    let response = next.run(request).await;
    if !harmless {
        app.standings().forget();
    }
    measured.end(app.measures(), response.status());
    response
}

/// At each page: a form is sent to the workspace that its page shows, and one whose button is pressed twice is done once.
pub(crate) async fn press(State(app): State<App>, request: Request, next: Next) -> Response {
    match workspace::checked(&app, request).await {
        Ok(request) => idempotency::form_once(&app, request, next).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// At each route of the API: a caller's calls are counted, and a POST with a key is done once.
pub(crate) async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    if !rate::is_counted(&request) {
        // What a vendor tells is known by the vendor's own ids; whoever writes keys into its calls leaves no row.
        return next.run(request).await;
    }
    let (request, stand) = match rate::count(&app, request).await {
        Ok(counted) => counted,
        Err(error) => return error.into_response(),
    };
    let mut response = match stand.refusal() {
        Some(refusal) => refusal.into_response(),
        // Scripts of pages call the API too.
        None => match workspace::checked(&app, request).await {
            Ok(request) => idempotency::once(&app, request, next).await,
            Err(refusal) => refusal.into_response(),
        },
    };
    stand.write(response.headers_mut());
    response
}
