//! The studio: pages that people work in. One file a noun; a page reads from the store and renders a template, a form calls the same
//! function as the API does and leads to the next page.

mod admin;
mod assets;
mod billing;
mod checks;
mod counts;
mod exports;
pub(crate) mod form;
mod home;
mod imports;
mod models;
mod new_shoot;
mod pictures;
mod presets;
mod product;
mod products;
mod projects;
mod purchases;
pub(crate) mod refusal;
mod retention;
mod review;
mod settings;
pub(crate) mod shell;
mod shoots;
mod show;
mod sign_in;
mod sizes;
mod words;
pub(crate) mod workspace;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    app::App,
    error::{Error, Result},
};

/// Every page, one line each.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/assets/{hash}/{*name}", get(assets::get))
        .route("/login", get(sign_in::page).post(sign_in::sign_in))
        .route("/logout", post(sign_in::sign_out))
        .route("/register", get(sign_in::register_page).post(sign_in::register))
        .route("/password-reset", get(sign_in::reset_page).post(sign_in::reset))
        .route("/verify", get(sign_in::verify_page).post(sign_in::verify))
        .route("/join", get(sign_in::join_page).post(sign_in::join))
        .route("/look", post(sign_in::look))
        .route("/workspace", post(sign_in::enter))
        .route("/", get(home::page))
        .route("/counts", get(counts::get))
        .route("/projects", get(projects::list).post(projects::create))
        .route("/projects/{id}", get(projects::page).post(projects::change))
        .route("/projects/{id}/deletion", post(projects::delete))
        .route("/projects/{id}/restoration", post(projects::restore))
        .route("/products", get(products::list).post(products::create))
        .route("/products/selection", post(products::selection))
        .route("/products/{id}", get(product::page).post(product::change))
        .route("/products/{id}/photos", post(product::add_photo))
        .route(
            "/products/{id}/photos/{view}/{number}/deletion",
            post(product::remove_photo),
        )
        .route("/products/{id}/deletion", post(product::delete))
        .route("/products/{id}/restoration", post(product::restore))
        .route("/imports", get(imports::list).post(imports::create))
        .route("/imports/{id}", get(imports::page))
        .route("/imports/{id}/report.csv", get(imports::report))
        .route("/imports/{id}/confirmation", post(imports::confirm))
        .route("/imports/{id}/fixes", post(imports::fix))
        .route("/imports/{id}/cancellation", post(imports::cancel))
        .route("/models", get(models::list).post(models::create))
        .route("/models/{id}", get(models::page).post(models::rename))
        .route("/models/{id}/photos", post(models::add_photos))
        .route(
            "/models/{id}/photos/{number}/deletion",
            post(models::remove_photo),
        )
        .route("/models/{id}/consent", post(models::consent))
        .route("/models/{id}/consent/withdrawal", post(models::withdraw))
        .route("/models/{id}/deletion", post(models::delete))
        .route("/models/{id}/restoration", post(models::restore))
        .route("/shoots", get(shoots::list).post(new_shoot::submit))
        .route("/shoots/new", get(new_shoot::page))
        .route("/shoots/plan", post(new_shoot::plan))
        .route("/shoots/{id}", get(shoots::page))
        .route("/shoots/{id}/live", get(shoots::live))
        .route("/shoots/{id}/unmade", get(shoots::unmade))
        .route("/shoots/{id}/{action}", post(shoots::act))
        .route("/review", get(review::list))
        .route("/review/{shoot}", get(review::desk))
        .route("/review/{shoot}/index", get(review::index))
        .route("/review/{shoot}/details", get(review::details))
        .route("/review/{shoot}/decisions", post(review::decisions))
        .route(
            "/review/{shoot}/{picture}",
            get(review::picture).post(review::decide),
        )
        .route("/pictures/{id}/{what}", get(review::file))
        .route("/exports", get(exports::list).post(exports::create))
        .route("/exports/{id}", get(exports::page))
        .route("/exports/{id}/cancellation", post(exports::cancel))
        .route("/billing", get(billing::page))
        .route("/billing/checkout", post(billing::buy))
        .route("/billing/caps", post(billing::set_cap))
        .route("/billing/purchases/{id}/invoice", get(billing::invoice))
        .route("/settings", get(settings::page).post(settings::rename))
        .route("/settings/password", post(settings::password))
        .route("/settings/sessions/{id}/deletion", post(settings::end_session))
        .route("/settings/members", get(settings::members).post(settings::invite))
        .route("/settings/members/{id}", post(settings::set_role))
        .route("/settings/members/{id}/deletion", post(settings::remove_member))
        .route("/settings/invitations/{id}/deletion", post(settings::withdraw))
        .route("/settings/keys", get(settings::keys).post(settings::make_key))
        .route("/settings/keys/{id}/deletion", post(settings::revoke_key))
        .route(
            "/settings/webhooks",
            get(settings::webhooks).post(settings::make_webhook),
        )
        .route("/settings/webhooks/{id}/{action}", post(settings::webhook_action))
        .route("/settings/presets", get(presets::page).post(new_shoot::keep))
        .route("/settings/presets/{id}/deletion", post(presets::delete))
        .route("/settings/checks", get(checks::page).post(checks::set))
        .route("/settings/retention", get(retention::page).post(retention::set))
        .route("/admin", get(admin::page))
        .route("/admin/users", get(admin::users))
        .route("/admin/users/{id}", post(admin::set_status))
        .route("/admin/engines", get(admin::engines))
        .route("/admin/checks", get(admin::checks).post(admin::set_checks))
        .route("/admin/queue", get(admin::queue))
        .route(
            "/admin/purchases",
            get(purchases::page).post(purchases::set_packages),
        )
        .route("/admin/purchases/{id}", post(purchases::settle))
        // Addresses of the studio before this one.
        .route("/dashboard", get(async || to("/")))
        .route("/auth", get(async || to("/login")))
        .route("/generate", get(async || to("/shoots/new")))
}

/// A rendered page.
pub(crate) type Page = Result<Response>;

/// Renders a template as a page.
fn html(page: &impl askama::Template) -> Page {
    page.render()
        .map(|text| axum::response::Html(workspace::named(text)).into_response())
        .map_err(Error::internal)
}

/// Renders a template with a status of its own, as a form that is wrong is shown again.
fn again(page: &impl askama::Template) -> Page {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, html(page)?).into_response())
}

/// A page where nothing more can be said of a failure.
fn rendered(page: &impl askama::Template) -> Response {
    html(page).unwrap_or_else(axum::response::IntoResponse::into_response)
}

/// Leads to another page.
fn to(path: &str) -> Response {
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// The words of a form as the input of an API function, whose rules read them.
fn input<T: DeserializeOwned>(fields: &Value) -> Result<T> {
    crate::extract::from_json(fields.to_string().as_bytes())
}

/// What an API function answered, as JSON.
async fn answer(response: Response) -> Result<Value> {
    let body = axum::body::to_bytes(response.into_body(), 4 << 20)
        .await
        .map_err(Error::internal)?;
    serde_json::from_slice(&body).map_err(Error::internal)
}
