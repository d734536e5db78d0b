//! Pictures: how each was made, and what the locks said.

pub mod reviews;

use axum::extract::{Path, State};
use domain::{format::Format, generation::Status, ids::GenerationId, pose::PoseName, verdict::Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{
    reviews::ACCEPTED_ANYWAY,
    shoots::{AttemptTold, Generation as Row, GenerationFilter},
};
use utoipa::{IntoParams, ToSchema};

use self::reviews::Reviewed;
pub(crate) use self::reviews::{decide, parse};
use super::{Stamp, media};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
};

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
                let media_type = media::type_of(file.format);
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
        candidate_url: candidate.map(|file| media::url(app, &file.path, &media::type_of(file.format), None)),
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
