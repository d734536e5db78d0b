//! Decisions of a desk.

use axum::{
    extract::{Path, State},
    response::IntoResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::shoots::Shoot;

use super::{picture_of, shoot_of};
use crate::{
    api::generations as api,
    app::App,
    auth::caller::{Allowed, Review},
    error::{Error, Result},
    extract::Json,
    pages::{Page, input, shell::Shell},
};

/// The most decisions of one call.
const DECISIONS_MAX: usize = 500;

/// A decision that a desk sends, and what it believed before.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::pages) struct Sent {
    seq: u64,
    id: String,
    decision: String,
    #[serde(default)]
    anyway: bool,
    reason: Option<String>,
    note: Option<String>,
    /// How the picture stood in review when the person decided: approved, rejected, or none.
    seen: Option<String>,
    /// The person knows that somebody decided otherwise.
    #[serde(default)]
    over: bool,
}

/// What became of a decision.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Became {
    seq: u64,
    id: String,
    /// saved, conflict, refused.
    state: &'static str,
    review: Option<String>,
    redone_as: Option<String>,
    second_needed: bool,
    detail: String,
}

/// What a desk has decided since it told last.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Decisions {
    entries: Vec<Sent>,
}

/// Decisions of a desk, several at once. Each stands for itself.
pub(in crate::pages) async fn decisions(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Review>,
    Path(shoot): Path<String>,
    Json(Decisions { entries: sent }): Json<Decisions>,
) -> Page {
    let shoot = shoot_of(&app, &shell, &shoot).await?;
    if sent.len() > DECISIONS_MAX {
        return Err(Error::field(
            "entries",
            format!("send {DECISIONS_MAX} decisions or fewer at once"),
        ));
    }
    let mut became = Vec::with_capacity(sent.len());
    for one in &sent {
        became.push(match became_of(&app, &caller, &shoot, one).await {
            Ok(done) => done,
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => Became {
                seq: one.seq,
                id: one.id.clone(),
                state: "refused",
                review: None,
                redone_as: None,
                second_needed: false,
                detail: shell.w.phrase(error.detail()),
            },
        });
    }
    Ok(Json(became).into_response())
}

async fn became_of(app: &App, caller: &Allowed<Review>, shoot: &Shoot, sent: &Sent) -> Result<Became> {
    let row = picture_of(app, caller, shoot.id.as_str(), &sent.id).await?;
    if row.review != sent.seen && !sent.over {
        let reviews = app.store.reviews(&caller.workspace, &row.id).await?;
        let last = reviews.last().filter(|last| last.author_id != caller.id());
        if let Some(last) = last {
            let members = app.store.members(&caller.workspace).await?;
            let who = members
                .into_iter()
                .find(|one| one.user.as_str() == last.author_id);
            return Ok(Became {
                seq: sent.seq,
                id: sent.id.clone(),
                state: "conflict",
                review: row.review.clone(),
                redone_as: None,
                second_needed: false,
                detail: who.map(|one| one.name).unwrap_or_default(),
            });
        }
    }
    let parsed = api::parse(&input(&json!({
        "decision": sent.decision, "anyway": sent.anyway, "reason": sent.reason, "note": sent.note,
    }))?)?;
    let decided =
        serde_json::to_value(api::decide(app, caller, &row, &parsed).await?).map_err(Error::internal)?;
    Ok(Became {
        seq: sent.seq,
        id: sent.id.clone(),
        state: "saved",
        review: decided["review"].as_str().map(str::to_owned),
        redone_as: decided["redoneAs"].as_str().map(str::to_owned),
        second_needed: decided["secondNeeded"].as_bool().unwrap_or_default(),
        detail: String::new(),
    })
}
