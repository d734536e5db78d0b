//! What people decide on pictures, one by one or many at once.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::{generation::Status, ids::GenerationId};
use serde::{Deserialize, Serialize};
use store::{
    reviews::{Decision, NewReview, Review as ReviewRow, delivered_key},
    shoots::Generation as Row,
};
use utoipa::ToSchema;

use super::{Generation, found};
use crate::{
    api::Stamp,
    app::App,
    auth::caller::{Allowed, Caller, Review, Shoot},
    error::{Error, Result},
    extract::{Json, line, text},
};

/// The most pictures that are decided on at once.
const BULK_MAX: usize = 500;

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reviewed {
    /// approved, rejected, redo, undone.
    decision: String,
    /// Approved although a lock had said no.
    anyway: bool,
    /// Why, in a word.
    reason: Option<String>,
    /// Why, in words.
    note: Option<String>,
    /// By whom.
    author_id: String,
    /// When.
    created_ms: Stamp,
}

impl From<ReviewRow> for Reviewed {
    fn from(row: ReviewRow) -> Self {
        Self {
            anyway: row.anyway(),
            decision: row.decision,
            reason: row.reason,
            note: row.note,
            author_id: row.author_id,
            created_ms: row.created_ms,
        }
    }
}

/// What a person decides.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decide {
    /// approve, reject, redo, or undo (takes the last decision back).
    decision: String,
    /// Approve although a lock said no; asks for a note.
    #[serde(default)]
    anyway: bool,
    /// Why, in a word: colour, print, fit, background, person, other.
    reason: Option<String>,
    /// Why, in words.
    note: Option<String>,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The picture.
    id: String,
    /// How it stands in review now: approved, rejected, none.
    review: Option<String>,
    /// The new picture of a redo.
    redone_as: Option<String>,
    /// A second person has to approve it.
    second_needed: bool,
}

pub(crate) struct Parsed {
    decision: Decision,
    anyway: bool,
    reason: Option<String>,
    note: Option<String>,
}

pub(crate) fn parse(body: &Decide) -> Result<Parsed> {
    let decision = match body.decision.as_str() {
        "approve" => Decision::Approved,
        "reject" => Decision::Rejected,
        "redo" => Decision::Redo,
        "undo" => Decision::Undone,
        other => {
            return Err(Error::field(
                "decision",
                format!("`{other}` is no decision: use approve, reject, redo or undo"),
            ));
        }
    };
    let note = body.note.as_deref().filter(|note| !note.trim().is_empty());
    let note = note.map(|note| text("note", note, 2000)).transpose()?;
    if body.anyway && note.is_none() {
        return Err(Error::field(
            "note",
            "say why the picture is taken although a lock said no",
        ));
    }
    let reason = body.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    Ok(Parsed {
        decision,
        anyway: body.anyway,
        reason: reason.map(|reason| line("reason", reason, 60)).transpose()?,
        note,
    })
}

pub(crate) async fn decide(app: &App, caller: &Caller, row: &Row, parsed: &Parsed) -> Result<Decided> {
    if parsed.decision == Decision::Redo && !caller.may(domain::access::Action::Shoot) {
        // Taking one anyway costs some too, and is theirs: see `Action::Review`.
        return Err(Error::forbidden(
            "doing a picture again costs credits, which you may not spend: reject it, and an editor will",
        ));
    }
    if parsed.anyway && parsed.decision == Decision::Approved && row.status == Status::Rejected {
        keep_candidate(app, caller, &row.id).await?;
    }
    let new = NewReview {
        decision: parsed.decision,
        anyway: parsed.anyway,
        reason: parsed.reason.as_deref(),
        note: parsed.note.as_deref(),
        author: caller.id(),
    };
    let reviewed = app
        .store
        .review(&app.ids, &caller.workspace, row, &new, app.now_ms())
        .await?;
    if reviewed.redone.is_some() {
        app.work.notify_one();
    }
    Ok(Decided {
        id: row.id.0.clone(),
        review: reviewed.review,
        redone_as: reviewed.redone.map(|id| id.0),
        second_needed: reviewed.second_needed,
    })
}

/// Puts the file of a picture that was sent back where delivered ones lie.
async fn keep_candidate(app: &App, caller: &Caller, generation: &GenerationId) -> Result<()> {
    let Some(candidate) = app.store.candidate(&caller.workspace, generation).await? else {
        return Ok(());
    };
    let key = delivered_key(&candidate.file.path);
    app.store.announce(&key, app.now_ms()).await?;
    if app.blobs.size(&key).await? != Some(candidate.file.bytes) {
        let bytes = app.blobs.get(&candidate.file.path).await?;
        app.blobs.put(&key, bytes).await?;
    }
    Ok(())
}

/// Decides on a picture. One that a lock rejected is taken with `anyway` and a note: it is then delivered and paid for like any
/// other.
#[utoipa::path(post, path = "/api/generations/{id}/review", tag = "generations", request_body = Decide, params(("id" = String, Path)),
    responses((status = 200, body = Decided), (status = 401), (status = 402, description = "Too few credits, or a spend cap"), (status = 403), (status = 404), (status = 409, description = "It cannot be decided on as it stands"), (status = 422)))]
pub async fn review(
    State(app): State<App>,
    caller: Allowed<Review>,
    Path(generation): Path<String>,
    Json(body): Json<Decide>,
) -> Result<Json<Decided>> {
    let parsed = parse(&body)?;
    let row = found(&app, &caller, &generation).await?;
    Ok(Json(decide(&app, &caller, &row, &parsed).await?))
}

/// Makes a picture again with another seed, in place of this one.
#[utoipa::path(post, path = "/api/generations/{id}/redo", tag = "generations", params(("id" = String, Path)),
    responses((status = 202, body = Generation), (status = 401), (status = 402, description = "Too few credits, or a spend cap"), (status = 403), (status = 404), (status = 409, description = "It is being done again already")))]
pub async fn redo(
    State(app): State<App>,
    caller: Allowed<Shoot>,
    Path(generation): Path<String>,
) -> Result<(StatusCode, Json<Generation>)> {
    let row = found(&app, &caller, &generation).await?;
    let new = app
        .store
        .redo(&app.ids, &caller.workspace, &row, caller.id(), app.now_ms())
        .await?;
    app.work.notify_one();
    let new = found(&app, &caller, new.as_str()).await?;
    Ok((StatusCode::ACCEPTED, Json(Generation::of(&app, new))))
}

/// One decision on several pictures.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecideMany {
    /// The pictures, 500 at the most.
    ids: Vec<String>,
    /// approve, reject, redo, or undo.
    decision: String,
    /// Approve although a lock said no; asks for a note.
    #[serde(default)]
    anyway: bool,
    /// Why, in a word.
    reason: Option<String>,
    /// Why, in words.
    note: Option<String>,
}

/// What came of each.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecidedMany {
    /// Those it was done for.
    decided: Vec<Decided>,
    /// Those it could not be done for, and why.
    refused: Vec<Refused>,
}

/// A picture that was not decided on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// The picture.
    id: String,
    /// A stable word.
    code: &'static str,
    /// Why.
    detail: String,
}

/// Decides on several pictures. Each stands for itself: what cannot be decided is told, and the others are.
#[utoipa::path(post, path = "/api/reviews", tag = "generations", request_body = DecideMany,
    responses((status = 200, body = DecidedMany), (status = 401), (status = 403), (status = 422)))]
pub async fn review_many(
    State(app): State<App>,
    caller: Allowed<Review>,
    Json(body): Json<DecideMany>,
) -> Result<Json<DecidedMany>> {
    if body.ids.is_empty() || body.ids.len() > BULK_MAX {
        return Err(Error::field("ids", format!("name 1 to {BULK_MAX} pictures")));
    }
    let parsed = parse(&Decide {
        decision: body.decision,
        anyway: body.anyway,
        reason: body.reason,
        note: body.note,
    })?;
    let mut many = DecidedMany {
        decided: Vec::new(),
        refused: Vec::new(),
    };
    for id in body.ids {
        let one = async {
            let row = found(&app, &caller, &id).await?;
            decide(&app, &caller, &row, &parsed).await
        };
        match one.await {
            Ok(decided) => many.decided.push(decided),
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => many.refused.push(Refused {
                code: error.code(),
                detail: error.detail().to_owned(),
                id,
            }),
        }
    }
    Ok(Json(many))
}
