//! Every route, and what every request goes through.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, State},
    http::{HeaderName, HeaderValue, Method, Request, StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowOrigin, CorsLayer},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    api::{
        admin, audit, auth, billing, brand_presets, engines, exports, generate, generations, imports, keys,
        media, members, models, products, projects, retention, shoots, thresholds, tus, uploads, webhooks,
    },
    app::App,
    error::{Error, Problem},
    middleware::{self, idempotency, metrics},
    pages,
};

/// The most bytes of a body that is no file; files are counted as they are read.
const BODY_MAX: usize = 2 << 20;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(OpenApi)]
#[openapi(
    info(title = "PhotoGen", description = "Product photos in, a finished fashion catalogue out.", license(name = "Apache-2.0")),
    components(schemas(Problem)),
    security(("bearer" = [])),
    modifiers(&Bearer)
)]
struct Description;

/// An access token or an API key.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        api.components
            .get_or_insert_default()
            .add_security_scheme("bearer", bearer);
    }
}

/// Every route of the API, one line each.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(of_people_and_things())
        .merge(of_pictures_and_money())
}

/// People, and what they bring: projects, products, models, files.
fn of_people_and_things() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::profile, auth::change))
        .routes(routes!(auth::passwords::change_password))
        .routes(routes!(auth::passwords::ask_reset, auth::passwords::reset))
        .routes(routes!(
            auth::passwords::ask_verification,
            auth::passwords::verify
        ))
        .routes(routes!(auth::places::sessions))
        .routes(routes!(auth::places::end_session))
        .routes(routes!(auth::places::workspaces))
        .routes(routes!(auth::places::enter))
        .routes(routes!(auth::places::join))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
        .routes(routes!(members::list))
        .routes(routes!(members::set_role, members::remove))
        .routes(routes!(members::invitations, members::invite))
        .routes(routes!(members::withdraw))
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::get, projects::change, projects::delete))
        .routes(routes!(projects::restore))
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::get, products::change, products::delete))
        .routes(routes!(products::restore))
        .routes(routes!(products::put_photo))
        .routes(routes!(products::remove_photo))
        .routes(routes!(imports::create))
        .routes(routes!(imports::list))
        .routes(routes!(imports::get))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::cancel))
        .routes(routes!(uploads::create))
        .routes(routes!(uploads::get, uploads::delete))
        .routes(routes!(tus::options, tus::create))
        .routes(routes!(tus::head, tus::append, tus::terminate))
        .routes(routes!(models::list, models::create))
        .routes(routes!(models::get, models::change, models::delete))
        .routes(routes!(models::restore))
        .routes(routes!(models::consent, models::withdraw_consent))
        .routes(routes!(models::similarity))
        .routes(routes!(models::add_photo))
        .routes(routes!(models::remove_photo))
        .routes(routes!(brand_presets::list, brand_presets::create))
        .routes(routes!(
            brand_presets::get,
            brand_presets::change,
            brand_presets::delete
        ))
}

/// What is made of it, where it goes, what it costs, and who runs it.
fn of_pictures_and_money() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(generate::generate, generations::list))
        .routes(routes!(generations::get))
        .routes(routes!(generations::reviews::review))
        .routes(routes!(generations::reviews::redo))
        .routes(routes!(generations::reviews::review_many))
        .routes(routes!(shoots::list))
        .routes(routes!(shoots::get))
        .routes(routes!(shoots::pause))
        .routes(routes!(shoots::resume))
        .routes(routes!(shoots::cancel))
        .routes(routes!(shoots::set_priority))
        .routes(routes!(shoots::events))
        .routes(routes!(exports::list, exports::create))
        .routes(routes!(exports::targets))
        .routes(routes!(exports::get))
        .routes(routes!(exports::cancel))
        .routes(routes!(exports::deliveries))
        .routes(routes!(media::get))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::get, webhooks::change, webhooks::delete))
        .routes(routes!(webhooks::renew_secret))
        .routes(routes!(webhooks::ping))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::replay))
        .routes(routes!(engines::list))
        .routes(routes!(engines::webhook))
        .routes(routes!(audit::list))
        .routes(routes!(thresholds::get, thresholds::set))
        .routes(routes!(thresholds::preview))
        .routes(routes!(retention::get, retention::set))
        .routes(routes!(billing::balance))
        .routes(routes!(billing::history))
        .routes(routes!(billing::history_csv))
        .routes(routes!(billing::purchases::packages))
        .routes(routes!(billing::purchases::checkout))
        .routes(routes!(billing::purchases::purchases))
        .routes(routes!(billing::purchases::purchase))
        .routes(routes!(billing::purchases::invoice))
        .routes(routes!(billing::purchases::webhook))
        .routes(routes!(billing::caps::list))
        .routes(routes!(billing::caps::set))
        .routes(routes!(admin::metrics::metrics))
        .routes(routes!(admin::users))
        .routes(routes!(admin::set_user_status))
        .routes(routes!(admin::config::config, admin::config::set_config))
        .routes(routes!(admin::engines))
        .routes(routes!(admin::generations))
        .routes(routes!(admin::grant))
        .routes(routes!(admin::purchases::list))
        .routes(routes!(admin::purchases::settle))
        .routes(routes!(admin::purchases::reconcile))
        .routes(routes!(admin::audit))
}

/// The API's description, OpenAPI 3.1.
pub fn openapi() -> serde_json::Value {
    let (_, mut description) = api().split_for_parts();
    env!("CARGO_PKG_VERSION").clone_into(&mut description.info.version);
    crate::openapi::completed(&description)
}

/// The whole service: what every request goes through, around the routes.
///
/// It stands around the router as one service. A layer of a router is a box around each route, which a request clones with
/// everything below it; only what must know the route is one.
pub fn router(app: App) -> Router {
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), middleware::dress))
        .layer(cors(&app.config.cors_origins))
        .layer(CatchPanicLayer::custom(panicked))
        .service(routes(app));
    Router::new().fallback_service(around)
}

/// Every address, with what must know which it is.
fn routes(app: App) -> Router {
    let (api, _) = api().split_for_parts();
    let api = api
        .layer(from_fn_with_state(app.clone(), middleware::admit))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let pages = pages::router()
        .layer(from_fn_with_state(app.clone(), middleware::press))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    let watched = ServiceBuilder::new()
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(told)
                .on_failure(()),
        )
        .layer(from_fn_with_state(app.clone(), middleware::watch));
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::metrics))
        .merge(api)
        .merge(pages)
        .merge(SwaggerUi::new("/api/docs").external_url_unchecked("/api/openapi.json", openapi()))
        .fallback(async || Error::not_found("page"))
        .method_not_allowed_fallback(async || {
            Error::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address takes other methods: see Allow",
            )
        })
        .layer(watched)
        .with_state(app)
}

/// A request as a span: method and route, and nothing of who calls.
fn span(request: &Request<Body>) -> Span {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("other", MatchedPath::as_str);
    tracing::info_span!(
        "http",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.request.method = %request.method(),
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    )
}

fn told(response: &Response, _: Duration, span: &Span) {
    span.record("http.response.status_code", response.status().as_u16());
}

/// Whether requests can be answered: the database is there.
async fn ready(State(app): State<App>) -> Response {
    match tokio::time::timeout(Duration::from_secs(2), app.store.ping()).await {
        Ok(Ok(())) => "ready".into_response(),
        _ => Error::unavailable("the database does not answer").into_response(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic");
    Error::internal(text.to_owned()).into_response()
}

/// No other site's pages may call, but those the operator names.
fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::HEAD,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            idempotency::KEY,
            tus::RESUMABLE,
            tus::LENGTH,
            tus::METADATA,
            tus::OFFSET,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            tus::RESUMABLE,
            tus::VERSION,
            tus::EXTENSION,
            tus::MAX_SIZE,
            tus::LENGTH,
            tus::OFFSET,
            tus::EXPIRES,
        ])
        .max_age(Duration::from_hours(1))
}
