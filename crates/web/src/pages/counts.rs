//! The numbers beside the menu, for pages that stay open while work goes on.

use axum::{extract::State, response::IntoResponse as _};
use serde_json::json;

use super::{Page, shell::Front};
use crate::{
    app::App,
    auth::caller::{Allowed, Read},
    extract::Json,
};

pub(super) async fn get(State(app): State<App>, front: Front, caller: Allowed<Read>) -> Page {
    let counts = app.store.counts(&caller.workspace).await?;
    let w = front.w;
    let shown = json!({
        "workspace": caller.workspace.as_str(),
        "products": w.num(counts.products),
        "models": w.num(counts.models),
        "shoots": w.num(counts.shoots),
        "undecided": w.num(counts.undecided),
    });
    Ok(Json(shown).into_response())
}
