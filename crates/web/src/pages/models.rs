//! Models: the persons who wear products, their photos and what they agreed to.

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::IntoResponse as _,
};
use domain::{ids::ModelId, likeness::Likeness};
use serde_json::json;
use store::models::{Model, PHOTOS_MAX};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    pictures::Small,
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::{media, models as api, uploads},
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, Query, id},
};

const DAY_MS: i64 = 24 * 3_600_000;
/// Consent that ends within so many days is amber.
const SOON_DAYS: i64 = 30;

/// How a person's consent stands.
#[derive(Clone, Debug)]
pub(super) struct Consent {
    /// good, look, failed.
    pub(super) kind: &'static str,
    pub(super) words: String,
    /// The day that the words end with.
    pub(super) until_ms: Option<i64>,
}

impl Consent {
    pub(super) fn of(w: Words, model: &Model, now_ms: i64) -> Self {
        let said = |kind, words| Self {
            kind,
            words,
            until_ms: None,
        };
        match model.consent.as_ref().map(|consent| consent.expires_ms) {
            None => said("failed", w.t("consent-none")),
            Some(None) => said("passed", w.t("consent-open")),
            Some(Some(ends)) if ends <= now_ms => said("failed", w.t("consent-over")),
            Some(Some(ends)) if ends - now_ms < SOON_DAYS * DAY_MS => {
                said("look", w.n("consent-soon", (ends - now_ms) / DAY_MS))
            }
            Some(Some(ends)) => Self {
                until_ms: Some(ends),
                ..said("passed", w.t("consent-until"))
            },
        }
    }
}

/// A day as forms take it.
fn date(ms: i64) -> String {
    domain::clock::day(ms).to_string()
}

/// The end of a day that a form gives.
fn end_of_day(text: &str) -> Option<i64> {
    let day: jiff::civil::Date = text.parse().ok()?;
    let start = day.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(start.timestamp().as_millisecond() + DAY_MS - 1)
}

struct Row {
    id: String,
    name: String,
    photo: Small,
    photos: usize,
    consent: Consent,
}

#[derive(Template)]
#[template(path = "models/list.html")]
struct List {
    w: Words,
    shell: Shell,
    rows: Vec<Row>,
    deleted: bool,
    form: Form,
    wrong: Wrong,
}

struct Photo {
    number: u32,
    small: Small,
    full: String,
    name: String,
    width: i64,
    height: i64,
}

/// How much the photos of a person are alike, each with each.
struct Alike {
    /// What it comes to.
    sentence: String,
    /// good, warn; empty where nothing could be compared.
    kind: &'static str,
    /// Below it two photos look like two people.
    threshold: f64,
    /// A row a photo; empty where nothing could be compared.
    rows: Vec<AlikeRow>,
}

struct AlikeRow {
    number: u32,
    cells: Vec<AlikeCell>,
}

struct AlikeCell {
    words: String,
    is_unlike: bool,
}

impl Alike {
    /// None where there are no two photos.
    fn of(w: Words, model: &Model, likeness: Option<Likeness>) -> Option<Self> {
        if model.photos.len() < 2 {
            return None;
        }
        let Some(likeness) = likeness.filter(|likeness| likeness.compared() > 0) else {
            return Some(Self {
                sentence: w.t("alike-none"),
                kind: "",
                threshold: 0.0,
                rows: Vec::new(),
            });
        };
        let odd = likeness.odd();
        let rows = model.photos.iter().zip(&likeness.similarity).map(|(photo, row)| {
            let cells = row
                .iter()
                .map(|cosine| AlikeCell::of(w, *cosine, likeness.threshold));
            AlikeRow {
                number: photo.number,
                cells: cells.collect(),
            }
        });
        Some(Self {
            rows: rows.collect(),
            kind: if odd.is_empty() && !likeness.unsure() {
                "good"
            } else {
                "warn"
            },
            sentence: alike_sentence(w, model, &likeness, &odd),
            threshold: likeness.threshold,
        })
    }
}

impl AlikeCell {
    fn of(w: Words, cosine: Option<f64>, threshold: f64) -> Self {
        Self {
            words: cosine.map_or_else(|| "–".to_owned(), |cosine| w.decimal(cosine, 2)),
            is_unlike: cosine.is_some_and(|cosine| cosine < threshold),
        }
    }
}

/// Which photos look like somebody else.
fn alike_sentence(w: Words, model: &Model, likeness: &Likeness, odd: &[usize]) -> String {
    let numbers = odd.iter().map(|at| model.photos[*at].number.to_string());
    let numbers = numbers.collect::<Vec<_>>().join(", ");
    match odd.len() {
        0 if likeness.unsure() => w.t1("alike-unsure", "sure", w.decimal(likeness.sure, 2)),
        0 => w.t("alike-all"),
        all if all == likeness.compared() => w.t1("alike-apart", "photos", numbers),
        some => w.n1("alike-odd", some, "photos", numbers),
    }
}

#[derive(Template)]
#[template(path = "models/page.html")]
struct ModelPage {
    w: Words,
    shell: Shell,
    id: String,
    name: String,
    consent: Consent,
    has_consent: bool,
    refusal: Option<String>,
    photos: Vec<Photo>,
    alike: Option<Alike>,
    can_add: bool,
    form: Form,
    wrong: Wrong,
}

async fn listed(app: &App, shell: Shell, form: Form, wrong: Wrong) -> Result<List> {
    let deleted = Form::of_query(&shell.query).has("deleted");
    let models = app
        .store
        .models(&shell.person.workspace, None, None, deleted, 200)
        .await?;
    let rows = models.into_iter().map(|model| Row {
        consent: Consent::of(shell.w, &model, app.now_ms()),
        photo: Small::of_first(app, &model.photos, &model.files),
        photos: model.photos.len(),
        id: model.id.0,
        name: model.name,
    });
    Ok(List {
        w: shell.w,
        rows: rows.collect(),
        deleted,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    html(&listed(&app, shell, Form::default(), Wrong::default()).await?)
}

pub(super) async fn create(State(app): State<App>, shell: Shell, caller: Allowed<Edit>, form: Form) -> Page {
    let body = input(&json!({ "name": form.get("name") }))?;
    match api::create(State(app.clone()), caller, Json(body)).await {
        Ok(response) => {
            let made = answer(response).await?;
            Ok(to(&format!(
                "/models/{}?done=model",
                made["id"].as_str().unwrap_or_default()
            )))
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&listed(&app, shell, form, wrong).await?)
        }
    }
}

async fn shown(app: &App, shell: Shell, model: &str, form: Option<Form>, wrong: Wrong) -> Result<ModelPage> {
    let model = app
        .store
        .model(&shell.person.workspace, &ModelId(id(model, "model")?))
        .await?;
    let model = model.ok_or_else(|| Error::not_found("model"))?;
    let likeness = api::likeness(app, &shell.person.workspace, &model).await?;
    let form = form.unwrap_or_else(|| {
        let consent = model.consent.as_ref();
        let ends = consent.and_then(|consent| consent.expires_ms);
        Form(vec![
            ("name".to_owned(), model.name.clone()),
            (
                "scope".to_owned(),
                consent.map(|consent| consent.scope.clone()).unwrap_or_default(),
            ),
            (
                "given".to_owned(),
                date(consent.map_or(app.now_ms(), |consent| consent.given_ms)),
            ),
            ("until".to_owned(), ends.map(date).unwrap_or_default()),
        ])
    });
    let photos = model.photos.iter().zip(&model.files).map(|(photo, file)| Photo {
        number: photo.number,
        small: Small::of_photo(app, photo, file),
        full: media::url(app, &photo.source, &file.media_type, Some(&file.name)),
        name: file.name.clone(),
        width: file.width,
        height: file.height,
    });
    Ok(ModelPage {
        w: shell.w,
        photos: photos.collect(),
        alike: Alike::of(shell.w, &model, likeness),
        can_add: (model.photos.len() as i64) < PHOTOS_MAX,
        consent: Consent::of(shell.w, &model, app.now_ms()),
        has_consent: model.consent.is_some(),
        refusal: model.refusal(app.now_ms()),
        id: model.id.0,
        name: model.name,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(model): Path<String>,
) -> Page {
    html(&shown(&app, shell, &model, None, Wrong::default()).await?)
}

pub(super) async fn rename(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    form: Form,
) -> Page {
    let body = input(&json!({ "name": form.get("name") }))?;
    match api::change(
        State(app.clone()),
        caller,
        Path(model.clone()),
        HeaderMap::new(),
        Json(body),
    )
    .await
    {
        Ok(_) => Ok(to(&format!("/models/{model}?done=saved"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &model, Some(form), wrong).await?)
        }
    }
}

/// Photos that a form sends, one or several.
pub(super) async fn add_photos(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    request: Request,
) -> Page {
    let add = async {
        for upload in uploads::create_many(&app, &caller, request).await?.files {
            let query = input(&json!({ "upload": upload.id }))?;
            api::add_photo(
                State(app.clone()),
                caller.clone(),
                Path(model.clone()),
                Query(query),
                Body::empty(),
            )
            .await?;
        }
        Ok(())
    };
    match add.await {
        Ok(()) => Ok(to(&format!("/models/{model}?done=photo"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &model, None, wrong).await?)
        }
    }
}

pub(super) async fn remove_photo(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path((model, number)): Path<(String, String)>,
) -> Page {
    let _ = api::remove_photo(State(app), caller, Path((model.clone(), number))).await?;
    Ok(to(&format!("/models/{model}?done=deleted")))
}

pub(super) async fn consent(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
    form: Form,
) -> Page {
    let given_ms = end_of_day(form.get("given")).map(|end| (end - DAY_MS + 1).min(app.now_ms()));
    let body = input(&json!({
        "scope": form.get("scope"), "givenMs": given_ms, "expiresMs": end_of_day(form.get("until")),
    }))?;
    match api::consent(State(app.clone()), caller, Path(model.clone()), Json(body)).await {
        Ok(_) => Ok(to(&format!("/models/{model}?done=consent"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &model, Some(form), wrong).await?)
        }
    }
}

pub(super) async fn withdraw(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
) -> Page {
    api::withdraw_consent(State(app), caller, Path(model.clone())).await?;
    Ok(to(&format!("/models/{model}?done=withdrawn")).into_response())
}

pub(super) async fn delete(State(app): State<App>, caller: Allowed<Edit>, Path(model): Path<String>) -> Page {
    let _ = api::delete(State(app), caller, Path(model)).await?;
    Ok(to("/models?deleted=yes&done=deleted"))
}

pub(super) async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(model): Path<String>,
) -> Page {
    let _ = api::restore(State(app), caller, Path(model.clone())).await?;
    Ok(to(&format!("/models/{model}?done=restored")))
}
