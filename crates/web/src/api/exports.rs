//! Exports: pictures as channels want them, packed in the background, downloaded in ranges until they expire.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::{
    delivery::{ExportRequest, Pictured, plan},
    ids::ShootId,
    profile::{ProfileName, naming},
};
use serde::{Deserialize, Serialize};
use store::exports::{Delivery as Parcel, Destination, Export as Row, NewExport, Selection};
use utoipa::ToSchema;

use super::{Stamp, media};
use crate::{
    app::App,
    auth::caller::{Allowed, Caller, Edit, Read},
    error::{Error, Result},
    extract::{Json, Page, PageQuery, Query, id},
};

/// The most pictures of one export.
const PICTURES_MAX: usize = 20_000;

/// What to pack.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportInput {
    /// Channels: amazon, google_merchant, zalando, walmart, shopify, ebay, tiktok_shop, meta, etsy, web, print.
    profiles: Vec<String>,
    /// Ids of pictures; all that are approved where there are none.
    generation_ids: Option<Vec<String>>,
    /// Of this shoot alone.
    shoot_id: Option<String>,
    /// Names of files without their ending, instead of the channels' own: `{sku}_{pose}_{n}`.
    naming: Option<String>,
    /// Say of generated pictures that they are.
    #[serde(default)]
    disclose: bool,
    /// Where it is put too: a name of `GET /api/exports/targets`.
    deliver_to: Option<String>,
    /// What is put there: the files with their manifest, or the archive.
    #[serde(default)]
    deliver_as: DeliverAs,
}

/// What is put somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliverAs {
    /// The files, and then manifest.json, manifest.csv and report.html.
    #[default]
    Files,
    /// The archive.
    Archive,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The id.
    id: String,
    /// waiting, running, done, failed, expired, cancelled.
    state: String,
    /// For whom.
    profiles: Vec<String>,
    /// Pictures that were asked for.
    pictures: usize,
    /// Files that it has; 0 until they are counted.
    total: i64,
    /// Files that are rendered.
    done: i64,
    /// Of those, what a channel would not take: its report says why.
    failing: i64,
    /// Why it failed.
    reason: Option<String>,
    /// Where the archive is read, in ranges, for an hour or two; ask again for another address.
    download: Option<String>,
    /// Of the archive.
    bytes: Option<i64>,
    /// Of the archive, lower-case hex.
    sha256: Option<String>,
    /// When it was ordered.
    created_ms: Stamp,
    /// When it ended.
    finished_ms: Option<Stamp>,
    /// Until when the archive is kept.
    expires_ms: Option<Stamp>,
    /// Where it is put, and how far that is.
    delivery: Option<Delivery>,
}

/// Where an export is put, and how far that is. What became of each file: `GET /api/exports/{id}/deliveries`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The name of the place.
    target: String,
    /// What is put there.
    deliver_as: DeliverAs,
    /// Files to be put there; 0 until they are counted.
    files: i64,
    /// Of those, what is there. Fewer once the export has ended: some could not be put.
    delivered: i64,
}

/// A place where exports may be put.
#[derive(Debug, Serialize, ToSchema)]
pub struct Target {
    /// What `deliverTo` takes.
    name: String,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredFile {
    /// Where it is put there.
    path: String,
    /// Of the file.
    bytes: i64,
    /// Of the file, lower-case hex.
    sha256: String,
    /// waiting, delivered, failed.
    state: String,
    /// Why the last try failed.
    reason: Option<String>,
    /// When it was there.
    delivered_ms: Option<Stamp>,
}

impl From<Parcel> for DeliveredFile {
    fn from(row: Parcel) -> Self {
        Self {
            path: row.path,
            bytes: row.bytes,
            sha256: row.sha256,
            state: row.state,
            reason: row.reason,
            delivered_ms: row.delivered_ms,
        }
    }
}

fn delivery(row: &Row) -> Option<Delivery> {
    Some(Delivery {
        target: row.target.clone()?,
        deliver_as: if row.whole == 0 {
            DeliverAs::Files
        } else {
            DeliverAs::Archive
        },
        files: row.to_deliver,
        delivered: row.delivered,
    })
}

impl Export {
    fn of(app: &App, row: Row) -> Self {
        let request: Option<ExportRequest> = serde_json::from_str(&row.request).ok();
        let name = format!("photogen-export-{}.zip", row.id);
        let is_there = row.state == "done" && row.expires_ms.is_none_or(|until| until > app.now_ms());
        Self {
            delivery: delivery(&row),
            download: row
                .file
                .as_deref()
                .filter(|_| is_there)
                .map(|key| media::url(app, key, "application/zip", Some(&name))),
            state: if row.state == "done" && !is_there {
                "expired".to_owned()
            } else {
                row.state
            },
            profiles: request
                .iter()
                .flat_map(|request| &request.profiles)
                .map(ToString::to_string)
                .collect(),
            pictures: request.map_or(0, |request| request.generations.len()),
            id: row.id,
            total: row.total,
            done: row.done,
            failing: row.failing,
            reason: row.reason,
            bytes: row.bytes,
            sha256: row.sha256,
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
            expires_ms: row.expires_ms,
        }
    }
}

/// Packs pictures for channels: those named, or all that are approved. It is worked off in the background.
#[utoipa::path(post, path = "/api/exports", tag = "exports", request_body = ExportInput,
    responses((status = 202, body = Export), (status = 401), (status = 403), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Json(input): Json<ExportInput>,
) -> Result<Response> {
    let (to, deliver_as) = (
        target(&app, &caller, input.deliver_to.as_deref())?,
        input.deliver_as,
    );
    let (request, total) = request(&app, &caller, input).await?;
    let told = serde_json::to_string(&request).map_err(Error::internal)?;
    let new = NewExport {
        id: &app.ids.next(),
        request: &told,
        total,
        to: to.as_deref().map(|target| Destination {
            target,
            whole: deliver_as == DeliverAs::Archive,
        }),
        created_by: caller.id(),
    };
    let row = app
        .store
        .add_export(&caller.workspace, &new, app.now_ms())
        .await?;
    let location = HeaderValue::try_from(format!("/api/exports/{}", row.id)).map_err(Error::internal)?;
    let mut response = (StatusCode::ACCEPTED, Json(Export::of(&app, row))).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// A place that the workspace may choose.
fn target(app: &App, caller: &Caller, asked: Option<&str>) -> Result<Option<String>> {
    let Some(asked) = asked else { return Ok(None) };
    let names = app.config.targets.names(&caller.workspace);
    if names.contains(&asked) {
        return Ok(Some(asked.to_owned()));
    }
    Err(Error::field(
        "deliverTo",
        match names.as_slice() {
            [] => "this service has no place to put exports: its operator names them in EXPORT_TARGETS"
                .to_owned(),
            names => format!("use {}", names.join(", ")),
        },
    ))
}

/// What is asked for, with the pictures it means now, and how many files that gives.
async fn request(app: &App, caller: &Caller, input: ExportInput) -> Result<(ExportRequest, usize)> {
    let profiles = profiles(&input.profiles)?;
    if let Some(pattern) = &input.naming {
        naming::check(pattern).map_err(|error| Error::field("naming", error.to_string()))?;
    }
    let named = input.generation_ids.as_ref().map_or(0, Vec::len);
    if named > PICTURES_MAX {
        return Err(Error::field(
            "generationIds",
            format!("at most {PICTURES_MAX} pictures at once"),
        ));
    }
    if let Some(shoot) = &input.shoot_id {
        let unknown = || Error::field("shootId", "there is no such shoot");
        let shoot = ShootId(id(shoot, "shoot").map_err(|_| unknown())?);
        app.store
            .shoot(&caller.workspace, &shoot)
            .await?
            .ok_or_else(unknown)?;
    }
    let selection = Selection {
        generations: input.generation_ids,
        shoot: input.shoot_id,
    };
    let pictures = app
        .store
        .pictures_to_export(&caller.workspace, &selection)
        .await?;
    if let Some(asked) = &selection.generations {
        let missing = asked
            .iter()
            .find(|asked| !pictures.iter().any(|(id, _)| id == *asked));
        if let Some(missing) = missing {
            return Err(Error::field(
                "generationIds",
                format!("`{missing}` is no finished picture here, or it was rejected"),
            ));
        }
    }
    if pictures.is_empty() {
        return Err(Error::field(
            "generationIds",
            "nothing is approved yet: approve pictures, or name those to pack",
        ));
    }
    if pictures.len() > PICTURES_MAX {
        return Err(Error::field(
            "shootId",
            format!("at most {PICTURES_MAX} pictures at once"),
        ));
    }
    let told: Vec<Pictured<'_>> = pictures
        .iter()
        .map(|(_, entry)| Pictured {
            sku: &entry.sku,
            pose: entry.pose,
            take: entry.take,
        })
        .collect();
    let (planned, _) = plan(&told, &profiles, input.naming.as_deref());
    let files = planned.len();
    let generations = pictures.into_iter().map(|(id, _)| id).collect();
    let request = ExportRequest {
        profiles,
        naming: input.naming,
        disclose: input.disclose,
        generations,
    };
    Ok((request, files))
}

fn profiles(asked: &[String]) -> Result<Vec<ProfileName>> {
    let mut profiles: Vec<ProfileName> = Vec::new();
    for name in asked {
        let profile = name
            .parse()
            .map_err(|error: domain::profile::ProfileError| Error::field("profiles", error.to_string()))?;
        if !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    if profiles.is_empty() {
        return Err(Error::field("profiles", "name the channels to pack for"));
    }
    Ok(profiles)
}

/// The exports of the workspace, the newest first.
#[utoipa::path(get, path = "/api/exports", tag = "exports", params(PageQuery),
    responses((status = 200, body = Page<Export>), (status = 401), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    caller: Allowed<Read>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Export>>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .exports(&caller.workspace, before.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.id.clone(),
        |row| Export::of(&app, row),
    )))
}

/// An export: how far it is, and where its archive is read.
#[utoipa::path(get, path = "/api/exports/{id}", tag = "exports", params(("id" = String, Path)),
    responses((status = 200, body = Export), (status = 401), (status = 403), (status = 404)))]
pub async fn get(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(export): Path<String>,
) -> Result<Json<Export>> {
    let export = id(&export, "export")?;
    let row = app.store.export(&caller.workspace, &export).await?;
    let row = row.ok_or_else(|| Error::not_found("export"))?;
    Ok(Json(Export::of(&app, row)))
}

/// Calls an export off. One that is worked on stops with the file it is at; what was put somewhere stays there.
#[utoipa::path(post, path = "/api/exports/{id}/cancellation", tag = "exports", params(("id" = String, Path)),
    responses((status = 200, body = Export), (status = 401), (status = 403), (status = 404), (status = 409, description = "It has ended already")))]
pub async fn cancel(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(export): Path<String>,
) -> Result<Json<Export>> {
    let export = id(&export, "export")?;
    let found = || async { app.store.export(&caller.workspace, &export).await };
    found().await?.ok_or_else(|| Error::not_found("export"))?;
    if !app
        .store
        .cancel_export(&caller.workspace, &export, app.now_ms())
        .await?
    {
        return Err(Error::conflict("ended", "this export has ended already"));
    }
    let row = found().await?.ok_or_else(|| Error::not_found("export"))?;
    Ok(Json(Export::of(&app, row)))
}

/// Where exports may be put: places that the operator of the service named for this workspace.
#[utoipa::path(get, path = "/api/exports/targets", tag = "exports",
    responses((status = 200, body = Vec<Target>), (status = 401), (status = 403)))]
pub async fn targets(State(app): State<App>, caller: Allowed<Read>) -> Json<Vec<Target>> {
    let names = app.config.targets.names(&caller.workspace);
    let target = |name: &str| Target {
        name: name.to_owned(),
    };
    Json(names.into_iter().map(target).collect())
}

/// What became of each file that an export puts somewhere, by path.
#[utoipa::path(get, path = "/api/exports/{id}/deliveries", tag = "exports", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<DeliveredFile>), (status = 401), (status = 403), (status = 404), (status = 422)))]
pub async fn deliveries(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path(export): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<DeliveredFile>>> {
    let export = id(&export, "export")?;
    let found = app.store.export(&caller.workspace, &export).await?;
    found.ok_or_else(|| Error::not_found("export"))?;
    let (limit, after) = (page.limit()?, page.after()?);
    let rows = app
        .store
        .parcels(&caller.workspace, &export, after.as_deref(), limit + 1)
        .await?;
    Ok(Json(Page::of(
        rows,
        limit,
        |row| row.path.clone(),
        DeliveredFile::from,
    )))
}
