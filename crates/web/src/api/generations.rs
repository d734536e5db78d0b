//! Pictures: how each was made, what the locks said, and what people decide.

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::{format::Format, generation::Status, ids::GenerationId, pose::PoseName, verdict::Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    reviews::{ACCEPTED_ANYWAY, Decision, NewReview, Review as ReviewRow, delivered_key},
    shoots::{AttemptTold, Generation as Row, GenerationFilter},
};
use utoipa::{IntoParams, ToSchema};

use super::{Stamp, media};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Read, Review, Shoot},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id, line, text},
};

/// The most pictures that are decided on at once.
const BULK_MAX: usize = 500;

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generation {
    /// Its id.
    id: String,
    /// Its shoot.
    shoot_id: String,
    /// Its product.
    product_id: String,
    /// The product's SKU.
    sku: String,
    /// What it shows.
    #[schema(value_type = String)]
    pose: PoseName,
    /// 1 for the first picture of the pose.
    take: u32,
    /// PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED, SKIPPED.
    #[schema(value_type = String)]
    status: Status,
    /// Why it did not complete.
    reason: Option<String>,
    /// A person should look.
    needs_review: bool,
    /// A person's word: approved, rejected.
    review: Option<String>,
    /// A lock had said no, and a person took it all the same.
    accepted_anyway: bool,
    /// Where the worst lock stands between its worst (-1), its threshold (0) and its best (1): below 0 it failed.
    score: Option<f64>,
    /// Sentences for the reviewer.
    notes: Vec<String>,
    /// The picture, where it was made.
    file: Option<File>,
    /// When its files were removed, because the workspace keeps rejected pictures no longer (`/api/workspace/retention`).
    file_removed_ms: Option<Stamp>,
    /// The picture that this one was asked to do again.
    replaces: Option<String>,
    /// When it was ordered.
    created_ms: Stamp,
    /// When it ended.
    finished_ms: Option<Stamp>,
}

/// A finished file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// What it is called in a delivery.
    name: String,
    /// Columns.
    width: u32,
    /// Rows.
    height: u32,
    /// Its size.
    bytes: u64,
    /// Of its bytes, in hex.
    sha256: String,
    /// webp, png, jpeg, …
    format: String,
    /// What it says of how it was made: an IPTC DigitalSourceType term.
    digital_source_type: String,
    /// Where it is read, for an hour.
    url: String,
    /// A small copy of at most 480 pixels a side, for an hour; with `?side=160`, `320` or `960` of as many.
    thumbnail_url: String,
}

/// A picture with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    #[serde(flatten)]
    generation: Generation,
    /// The seed, as text: it has 64 bits.
    seed: String,
    /// Everything needed to make the same picture again.
    #[schema(value_type = Object)]
    recipe: Value,
    /// The photos it was made from, by SHA-256.
    inputs: Vec<String>,
    /// Every engine call.
    attempts: Vec<Attempt>,
    /// Every decision of people.
    reviews: Vec<Reviewed>,
}

/// One engine call.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// The engine, with its model.
    engine: String,
    /// The seed.
    seed: String,
    /// running, done, rejected, refused, withheld, fault, lost, broken, pending, failed.
    outcome: String,
    /// Why it is no picture to deliver.
    reason: Option<String>,
    /// What the vendor charged, or may have, in dollars.
    cost_usd: f64,
    /// The file of a picture that was sent back, while it is kept.
    candidate_url: Option<String>,
    /// Where its product differs from its photo, where the product lock failed or doubted it: WebP of the picture's
    /// proportions, from yellow to red on a clear ground, to be laid over the picture.
    heatmap_url: Option<String>,
    /// What the locks measured.
    #[schema(value_type = Vec<Object>)]
    verdicts: Vec<Verdict>,
    /// When it began.
    started_ms: Stamp,
    /// When it ended.
    finished_ms: Option<Stamp>,
}

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

impl Generation {
    pub(crate) fn of(app: &App, row: Row) -> Self {
        let file_key = row.shot.file_key();
        let name = file_key.rsplit('/').next().unwrap_or(&file_key).to_owned();
        let delivered = row.delivered.as_ref();
        let accepted_anyway = delivered.is_some_and(|one| one.recipe.get(ACCEPTED_ANYWAY).is_some());
        let (file, notes) = match row.delivered {
            None => (None, Vec::new()),
            Some(delivered) => {
                let file = delivered.file;
                let media_type = format!(
                    "image/{}",
                    file.format
                        .extension()
                        .replace("jpg", "jpeg")
                        .replace("tif", "tiff")
                );
                let shown = File {
                    url: media::url(app, &file.path, &media_type, Some(&name)),
                    // Browsers show AVIF, and nothing here reads it.
                    thumbnail_url: match file.format {
                        Format::Avif => media::url(app, &file.path, &media_type, None),
                        _ => media::thumbnail_url(app, &file.path),
                    },
                    name,
                    width: file.width,
                    height: file.height,
                    bytes: file.bytes,
                    sha256: file.sha256,
                    format: file.format.to_string(),
                    digital_source_type: file.digital_source_type,
                };
                (Some(shown), delivered.notes)
            }
        };
        Self {
            id: row.id.0,
            shoot_id: row.shoot.0,
            product_id: row.product.0,
            sku: row.shot.product.sku,
            pose: row.shot.pose,
            take: row.shot.take,
            status: row.status,
            reason: row.reason,
            needs_review: row.needs_review,
            review: row.review,
            accepted_anyway,
            score: row.score,
            notes,
            file,
            file_removed_ms: row.file_removed_ms,
            replaces: row.replaces.map(|id| id.0),
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
        }
    }
}

fn attempt(app: &App, told: AttemptTold) -> Attempt {
    let candidate = told.entry.candidate.as_ref();
    Attempt {
        candidate_url: candidate.map(|file| media::url(app, &file.path, "image/webp", None)),
        heatmap_url: told.heatmap.map(|key| media::url(app, &key, "image/webp", None)),
        engine: told.entry.engine.to_string(),
        seed: told.entry.seed,
        outcome: told.entry.outcome,
        reason: told.entry.reason,
        cost_usd: told.entry.cost_usd,
        verdicts: told.verdicts,
        started_ms: told.started_ms,
        finished_ms: told.finished_ms,
    }
}

/// Which pictures are asked for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
pub struct GenerationQuery {
    /// Those of a shoot.
    shoot_id: Option<String>,
    /// Those of a project.
    project_id: Option<String>,
    /// Those of a product.
    product_id: Option<String>,
    /// PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED, SKIPPED.
    status: Option<String>,
    /// approved, rejected, or none.
    review: Option<String>,
    /// Those that a person should look at.
    #[serde(default)]
    needs_review: bool,
    /// Where the last page ended.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

pub(crate) async fn found(app: &App, caller: &Caller, generation: &str) -> Result<Row> {
    let generation = GenerationId(id(generation, "picture")?);
    let row = app.store.generation(&caller.workspace, &generation).await?;
    row.ok_or_else(|| Error::not_found("picture"))
}

/// The pictures of the workspace, the newest first.
#[utoipa::path(get, path = "/api/generate", tag = "generations", params(GenerationQuery),
    responses((status = 200, body = Page<Generation>), (status = 401), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(query): Query<GenerationQuery>,
) -> Result<Json<Page<Generation>>> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, before) = (page.limit()?, page.after()?);
    let status = query.status.as_deref().map(|word| {
        Status::from_name(&word.to_ascii_uppercase()).ok_or_else(|| {
            Error::field(
                "status",
                "use PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED or SKIPPED",
            )
        })
    });
    let review = match query.review.as_deref() {
        None => None,
        Some("none") => Some(""),
        Some(word @ ("approved" | "rejected")) => Some(word),
        Some(_) => return Err(Error::field("review", "use approved, rejected or none")),
    };
    let plain = |text: Option<String>, what| text.map(|text| id(&text, what)).transpose();
    let shoot = plain(query.shoot_id, "shoot")?;
    let project = plain(query.project_id, "project")?;
    let product = plain(query.product_id, "product")?;
    let filter = GenerationFilter {
        shoot: shoot.as_deref(),
        project: project.as_deref(),
        product: product.as_deref(),
        status: status.transpose()?,
        review,
        needs_review: query.needs_review,
        before: before.as_deref(),
    };
    let rows = app
        .store
        .generations(&caller.workspace, &filter, limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.0.clone(),
        |row| Generation::of(&app, row),
    )))
}

/// A picture with its attempts, verdicts, recipe and reviews.
#[utoipa::path(get, path = "/api/generate/{id}", tag = "generations", params(("id" = String, Path)),
    responses((status = 200, body = Detail), (status = 401), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(generation): Path<String>,
) -> Result<Json<Detail>> {
    let row = found(&app, &caller, &generation).await?;
    let attempts = app.store.attempts_of(&caller.workspace, &row.id).await?;
    let reviews = app.store.reviews(&caller.workspace, &row.id).await?;
    let (recipe, inputs) = match &row.delivered {
        Some(delivered) => (delivered.recipe.clone(), delivered.inputs.clone()),
        None => (Value::Null, Vec::new()),
    };
    Ok(Json(Detail {
        seed: row.shot.seed.to_string(),
        recipe,
        inputs,
        attempts: attempts.into_iter().map(|told| attempt(&app, told)).collect(),
        reviews: reviews.into_iter().map(Reviewed::from).collect(),
        generation: Generation::of(&app, row),
    }))
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
