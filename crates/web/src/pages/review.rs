//! The review desk: every picture of a shoot, worst first, beside the photo it was made from, decided by one key.

use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use domain::{
    ids::ShootId,
    product::{PhotoRef, View},
    verdict::{Outcome, Verdict},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    overview::{SheetFile, SheetPicture},
    shoots::{AttemptTold, Generation, Shoot},
};

use super::{
    Page, again, assets,
    form::{Form, Wrong},
    html, input,
    pictures::{Tile, full, mark, pose_name, shoot_name},
    shell::Shell,
    show,
    show::{Markup, Part, bar},
    to,
    words::{Count, Words},
};
use crate::{
    api::{generations as api, media},
    app::App,
    auth::caller::{Allowed, Caller, Read, Review},
    error::{Error, Result},
    extract::{Json, id},
};

/// Pictures of a page where scripts do not run.
const PAGE: usize = 120;
/// The most pictures that are told in full at once.
const DETAILS_MAX: usize = 24;
/// The most decisions of one call.
const DECISIONS_MAX: usize = 500;

/// Why a picture is rejected: the word that is kept, in the order of the keys 1 to 8.
pub(super) const REASONS: [&str; 8] = [
    "print",
    "colour",
    "shape",
    "face",
    "hands",
    "pose",
    "background",
    "other",
];

#[derive(Template)]
#[template(path = "review/none.html")]
struct Nothing {
    w: Words,
    shell: Shell,
}

/// A filter of the sheet, with how many it shows.
struct Filter {
    name: &'static str,
    count: usize,
}

#[derive(Template)]
#[template(path = "review/desk.html")]
struct Desk {
    w: Words,
    shell: Shell,
    id: String,
    name: String,
    tiles: Vec<Tile>,
    filters: Vec<Filter>,
    shown: String,
    whole: usize,
    decided: usize,
    bar: Markup,
    next: Option<usize>,
    price: i64,
    words: String,
}

/// A lock's line beside a picture.
#[derive(Clone, Debug, Serialize)]
struct Line {
    lock: String,
    outcome: &'static str,
    score: Option<f64>,
    threshold: f64,
    words: String,
}

/// A try, as the desk shows it.
#[derive(Clone, Debug, Serialize)]
struct Try {
    number: usize,
    engine: String,
    outcome: String,
    reason: String,
    url: Option<String>,
    /// What is laid over it to show where the product differs.
    heatmap: Option<String>,
    lines: Vec<Line>,
    #[serde(rename = "box")]
    worst: Option<[f64; 4]>,
    sentence: String,
}

#[derive(Clone, Debug, Serialize)]
struct Decision {
    words: String,
    who: String,
    note: String,
    #[serde(rename = "atMs")]
    at_ms: i64,
}

/// A picture with all that the desk shows of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    id: String,
    sku: String,
    name: String,
    pose: String,
    status: String,
    review: Option<String>,
    /// failed, doubtful, unverifiable, passed.
    kind: &'static str,
    badge: String,
    sentence: String,
    suggested: Option<usize>,
    needs_note: bool,
    url: Option<String>,
    /// When its files were removed.
    removed_ms: Option<i64>,
    width: u32,
    height: u32,
    source_url: Option<String>,
    source_view: String,
    tries: Vec<Try>,
    decisions: Vec<Decision>,
    notes: Vec<String>,
}

impl Detail {
    /// Whether the checks speak for the reason of this key.
    fn suggests(&self, key: impl Count) -> bool {
        self.suggested
            .is_some_and(|suggested| suggested.count() == key.count())
    }
}

#[derive(Template)]
#[template(path = "review/picture.html")]
struct PicturePage {
    w: Words,
    shell: Shell,
    shoot: String,
    shoot_name: String,
    detail: Detail,
    earlier: Option<String>,
    later: Option<String>,
    form: Form,
    wrong: Wrong,
    price: i64,
}

/// To the shoot with the most to decide.
pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let fullest = app.store.undecided_shoots(&shell.person.workspace).await?;
    match fullest.first() {
        Some((shoot, ..)) => Ok(to(&format!("/review/{shoot}"))),
        None => html(&Nothing { w: shell.w, shell }),
    }
}

async fn shoot_of(app: &App, shell: &Shell, shoot: &str) -> Result<Shoot> {
    let shoot = ShootId(id(shoot, "shoot")?);
    let row = app.store.shoot(&shell.person.workspace, &shoot).await?;
    row.ok_or_else(|| Error::not_found("shoot"))
}

/// The pictures that were made and can still be looked at, the worst first.
async fn made(app: &App, shell: &Shell, shoot: &Shoot) -> Result<Vec<SheetPicture>> {
    let mut pictures = app.store.sheet(&shell.person.workspace, &shoot.id).await?;
    pictures.retain(|one| {
        matches!(one.status.as_str(), "COMPLETED" | "REJECTED") && one.file_removed_ms.is_none()
    });
    let rank = |one: &SheetPicture| match kind(one) {
        "failed" => 0,
        "doubtful" => 1,
        "unverifiable" => 2,
        _ => 3,
    };
    pictures.sort_by(|a, b| {
        let score = |one: &SheetPicture| one.score.unwrap_or(2.0);
        rank(a)
            .cmp(&rank(b))
            .then(score(a).total_cmp(&score(b)))
            .then_with(|| a.sku.cmp(&b.sku))
    });
    Ok(pictures)
}

/// What the checks came to: failed, doubtful, unverifiable, passed.
fn kind(picture: &SheetPicture) -> &'static str {
    match (picture.status.as_str(), picture.worst) {
        ("REJECTED", _) => "failed",
        (_, "unverifiable") => "unverifiable",
        _ if picture.needs_review => "doubtful",
        _ => "passed",
    }
}

/// Whether a filter shows a picture.
fn shows(filter: &str, picture: &SheetPicture) -> bool {
    match filter {
        "all" => true,
        "approved" | "rejected" => picture.review.as_deref() == Some(filter),
        "undecided" => picture.review.is_none(),
        other => picture.review.is_none() && kind(picture) == other,
    }
}

pub(super) async fn desk(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = shoot_of(&app, &shell, &shoot).await?;
    let pictures = made(&app, &shell, &shoot).await?;
    let query = Form::of_query(&shell.query);
    let shown = query.given("show").unwrap_or_else(|| "undecided".to_owned());
    let from: usize = query.get("from").parse().unwrap_or(0);
    let names = [
        "undecided",
        "failed",
        "doubtful",
        "unverifiable",
        "passed",
        "approved",
        "rejected",
        "all",
    ];
    let filters = names.map(|name| Filter {
        name,
        count: pictures.iter().filter(|one| shows(name, one)).count(),
    });
    let of_filter: Vec<&SheetPicture> = pictures.iter().filter(|one| shows(&shown, one)).collect();
    let count = |word: &str| {
        pictures
            .iter()
            .filter(|one| one.review.as_deref() == Some(word))
            .count() as i64
    };
    let parts = [
        Part {
            kind: "good",
            count: count("approved"),
        },
        Part {
            kind: "failed",
            count: count("rejected"),
        },
    ];
    let w = shell.w;
    html(&Desk {
        id: shoot.id.as_str().to_owned(),
        name: shoot_name(w, &shoot),
        tiles: of_filter
            .iter()
            .skip(from)
            .take(PAGE)
            .map(|one| small(w, one))
            .collect(),
        next: (of_filter.len() > from + PAGE).then_some(from + PAGE),
        bar: bar(&parts, pictures.len() as i64),
        whole: pictures.len(),
        decided: pictures.iter().filter(|one| one.review.is_some()).count(),
        price: shoot.price_credits,
        words: words(w, shoot.price_credits),
        filters: filters.into(),
        w,
        shown,
        shell,
    })
}

/// A tile of the desk, whose addresses hold as long as the session does.
fn small(w: Words, picture: &SheetPicture) -> Tile {
    let pose = pose_name(w, picture.pose.as_str(), picture.take);
    let name = picture.name.clone().unwrap_or_default();
    let mark = mark(picture);
    Tile {
        url: format!("/pictures/{}/thumb?v={}", picture.id, picture.tries),
        label: format!(
            "{} {name}, {pose}, {}",
            picture.sku,
            w.name("mark", if mark.is_empty() { "passed" } else { mark })
        ),
        id: picture.id.clone(),
        sku: picture.sku.clone(),
        width: picture.file.as_ref().map_or(4, |file| file.width),
        height: picture.file.as_ref().map_or(5, |file| file.height),
        state: "picture",
        reason: String::new(),
        started_ms: 0,
        pose,
        mark,
    }
}

/// The sentences that the desk's script says.
fn words(w: Words, price: i64) -> String {
    let mut said = serde_json::Map::new();
    for name in [
        "desk-saved",
        "desk-saving",
        "desk-waiting",
        "desk-approved",
        "desk-rejected",
        "desk-redo",
        "desk-undone",
        "desk-anyway",
        "desk-selected",
        "desk-many",
        "desk-conflict",
        "desk-refused",
        "desk-end",
        "desk-nothing",
        "desk-note",
        "desk-attempt",
        "desk-running",
        "desk-new",
        "desk-second",
        "desk-of",
        "desk-pace",
        "desk-other",
        "desk-name",
        "desk-no-redo-undo",
    ] {
        said.insert(name.trim_start_matches("desk-").to_owned(), w.t(name).into());
    }
    for word in [
        "approved",
        "rejected",
        "failed",
        "doubtful",
        "unverifiable",
        "passed",
    ] {
        said.insert(format!("mark-{word}"), w.name("mark", word).into());
        said.insert(format!("worst-{word}"), w.name("worst", word).into());
    }
    for (at, reason) in REASONS.iter().enumerate() {
        said.insert(format!("reason-{}", at + 1), w.name("reason", reason).into());
    }
    said.insert("price".to_owned(), price.into());
    Value::Object(said).to_string()
}

/// The whole sheet as columns: small for thousands of pictures.
pub(super) async fn index(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = shoot_of(&app, &shell, &shoot).await?;
    let last_event = app.store.last_event(&shoot.id).await?;
    let pictures = made(&app, &shell, &shoot).await?;
    let mut products: Vec<(&str, &str, &str)> = Vec::new();
    let mut at = std::collections::HashMap::new();
    for picture in &pictures {
        at.entry(picture.product.as_str()).or_insert_with(|| {
            products.push((
                &picture.product,
                &picture.sku,
                picture.name.as_deref().unwrap_or_default(),
            ));
            products.len() - 1
        });
    }
    let column = |value: &dyn Fn(&SheetPicture) -> Value| Value::Array(pictures.iter().map(value).collect());
    let decision = |one: &SheetPicture| match one.review.as_deref() {
        Some("approved") => "a",
        Some(_) => "r",
        None => "",
    };
    let answer = json!({
        "lastEvent": last_event,
        "products": products.iter().map(|(_, sku, name)| json!([sku, name])).collect::<Vec<_>>(),
        "id": column(&|one| one.id.clone().into()),
        "product": column(&|one| at[one.product.as_str()].into()),
        "pose": column(&|one| pose_name(shell.w, one.pose.as_str(), one.take).into()),
        "score": column(&|one| one.score.map_or(Value::Null, |score| json!((score * 1000.0).round() / 1000.0))),
        "kind": column(&|one| kind(one)[..1].into()),
        "decision": column(&|one| decision(one).into()),
        "version": column(&|one| one.tries.into()),
    });
    Ok(Json(answer).into_response())
}

/// Pictures in full, a few at once.
pub(super) async fn details(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = shoot_of(&app, &shell, &shoot).await?;
    let asked = Form::of_query(&shell.query);
    let mut told = Vec::new();
    for one in asked
        .get("ids")
        .split(',')
        .filter(|one| !one.is_empty())
        .take(DETAILS_MAX)
    {
        let row = api::found(&app, &caller, one).await?;
        if row.shoot == shoot.id {
            told.push(detail(&app, &shell, &row).await?);
        }
    }
    Ok(Json(told).into_response())
}

/// The photo that a picture starts from, or the first there is.
fn source(row: &Generation) -> Option<&PhotoRef> {
    let product = &row.shot.product;
    let view = row.shot.pose.pose().view;
    product
        .photo(view)
        .or_else(|| product.photo(View::Front))
        .or_else(|| product.photos.first())
}

fn line(w: Words, verdict: &Verdict) -> Line {
    let reason = verdict.evidence["reason"].as_str().unwrap_or_default();
    Line {
        lock: w.name("lock", &verdict.lock),
        outcome: verdict.outcome.name(),
        score: verdict.score,
        threshold: verdict.threshold,
        words: if reason.is_empty() {
            w.name("worst", verdict.outcome.name())
        } else {
            reason.to_owned()
        },
    }
}

/// The lock that decides what is said: the worst outcome, then the lowest score.
fn worst(verdicts: &[Verdict]) -> Option<&Verdict> {
    let rank = |verdict: &Verdict| match verdict.outcome {
        Outcome::Failed => 0,
        Outcome::Doubtful => 1,
        Outcome::Unverifiable => 2,
        Outcome::Passed => 3,
        Outcome::NotApplicable => 4,
    };
    verdicts.iter().min_by(|a, b| {
        let score = |verdict: &Verdict| verdict.score.unwrap_or(1.0);
        rank(a).cmp(&rank(b)).then(score(a).total_cmp(&score(b)))
    })
}

/// Which key of the reasons a lock speaks for.
fn suggested(verdict: &Verdict) -> usize {
    let words = verdict.evidence["reason"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    match verdict.lock.as_str() {
        "identity" => 4,
        "background" => 7,
        "colour" => 2,
        _ if words.contains("colour")
            && !words.starts_with("detail")
            && words.find("colour").is_some_and(|at| at < 24) =>
        {
            2
        }
        _ if words.contains("missing") || words.contains("another garment") => 3,
        _ => 1,
    }
}

fn tries(w: Words, row: &Generation, attempts: &[AttemptTold]) -> Vec<Try> {
    let tried = attempts.iter().enumerate().map(|(at, one)| {
        let worst_verdict = worst(&one.verdicts);
        let is_delivered = one.entry.outcome == "done" && row.delivered.is_some();
        let has_file = one.entry.candidate.is_some() || is_delivered;
        let url = |what: &str| format!("/pictures/{}/{what}?try={}", row.id.as_str(), at + 1);
        Try {
            number: at + 1,
            engine: one.entry.engine.to_string(),
            outcome: one.entry.outcome.clone(),
            reason: one.entry.reason.clone().unwrap_or_default(),
            url: has_file.then(|| url("full")),
            heatmap: (has_file && one.heatmap.is_some()).then(|| url("heatmap")),
            lines: one.verdicts.iter().map(|verdict| line(w, verdict)).collect(),
            worst: one
                .verdicts
                .iter()
                .filter(|verdict| matches!(verdict.outcome, Outcome::Failed | Outcome::Doubtful))
                .find_map(|verdict| serde_json::from_value(verdict.evidence["worst"]["box"].clone()).ok()),
            sentence: worst_verdict
                .map(|verdict| line(w, verdict).words)
                .unwrap_or_default(),
        }
    });
    tried.collect()
}

async fn detail(app: &App, shell: &Shell, row: &Generation) -> Result<Detail> {
    let (w, workspace) = (shell.w, &shell.person.workspace);
    let attempts = app.store.attempts_of(workspace, &row.id).await?;
    let reviews = app.store.reviews(workspace, &row.id).await?;
    let people = if reviews.is_empty() {
        Vec::new()
    } else {
        app.store.members(workspace).await?
    };
    let verdicts = attempts
        .last()
        .map(|one| one.verdicts.as_slice())
        .unwrap_or_default();
    let said = worst(verdicts);
    let is_sent_back = row.status.name() == "REJECTED";
    let kind = match said.map(|verdict| verdict.outcome) {
        _ if is_sent_back => "failed",
        Some(Outcome::Unverifiable) => "unverifiable",
        _ if row.needs_review => "doubtful",
        _ => "passed",
    };
    let who = |author: &str| {
        let found = people.iter().find(|one| one.user.as_str() == author);
        found.map_or_else(|| w.t("somebody"), |one| one.name.clone())
    };
    let file = file_of(row, &attempts, None);
    let sentence = match (is_sent_back, &row.reason, said) {
        (true, Some(reason), _) => reason.clone(),
        (_, _, Some(verdict)) if kind != "doubtful" || verdict.outcome != Outcome::Passed => {
            line(w, verdict).words
        }
        _ => row
            .delivered
            .as_ref()
            .map(|made| made.notes.join(" "))
            .unwrap_or_default(),
    };
    Ok(Detail {
        sku: row.shot.product.sku.clone(),
        name: row.shot.product.name.clone().unwrap_or_default(),
        pose: pose_name(w, row.shot.pose.as_str(), i64::from(row.shot.take)),
        status: row.status.name().to_owned(),
        review: row.review.clone(),
        badge: match said {
            Some(verdict) if kind != "passed" && verdict.outcome != Outcome::Passed => {
                w.name("lock", &verdict.lock)
            }
            _ => w.name("worst", kind),
        },
        suggested: said.filter(|_| kind != "passed").map(suggested),
        needs_note: is_sent_back,
        url: file
            .as_ref()
            .map(|_| format!("/pictures/{}/full?v={}", row.id.as_str(), attempts.len())),
        removed_ms: row.file_removed_ms,
        width: file.as_ref().map_or(1, |file| file.width),
        height: file.as_ref().map_or(1, |file| file.height),
        source_url: source(row).map(|_| format!("/pictures/{}/source", row.id.as_str())),
        source_view: source(row)
            .map(|photo| w.name("view", photo.view.name()))
            .unwrap_or_default(),
        tries: tries(w, row, &attempts),
        decisions: reviews
            .iter()
            .map(|one| Decision {
                words: w.name("decision", if one.anyway() { "anyway" } else { &one.decision }),
                who: who(&one.author_id),
                note: [
                    one.reason.as_deref().map(|word| w.name("reason", word)),
                    one.note.clone(),
                ]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(": "),
                at_ms: one.created_ms,
            })
            .collect(),
        notes: row
            .delivered
            .as_ref()
            .map(|made| made.notes.clone())
            .unwrap_or_default(),
        id: row.id.as_str().to_owned(),
        sentence,
        kind,
    })
}

/// The file of a try (none: of what was delivered, or else of the last that was sent back).
fn file_of(row: &Generation, attempts: &[AttemptTold], number: Option<usize>) -> Option<SheetFile> {
    let sheet = |file: &domain::manifest::DeliveredFile| SheetFile {
        path: file.path.clone(),
        width: file.width,
        height: file.height,
        format: file.format,
    };
    let delivered = row.delivered.as_ref().map(|made| sheet(&made.file));
    match number {
        Some(number) => {
            let one = attempts.get(number.checked_sub(1)?)?;
            let own = one.entry.candidate.as_ref().map(sheet);
            own.or(delivered.filter(|_| one.entry.outcome == "done"))
        }
        None => delivered.or_else(|| {
            attempts
                .iter()
                .rev()
                .find_map(|one| one.entry.candidate.as_ref().map(sheet))
        }),
    }
}

/// The heat-map of a try (none: of the last).
fn heatmap_of(attempts: &[AttemptTold], number: Option<usize>) -> Option<&str> {
    let at = number.unwrap_or(attempts.len()).checked_sub(1)?;
    attempts.get(at)?.heatmap.as_deref()
}

/// A file of a picture: `thumb`, `full` and `heatmap` (of a try), or the `source` photo. Asked for by who is signed in, so that a
/// desk that is open for hours does not lose its pictures.
pub(super) async fn file(
    State(app): State<App>,
    caller: Allowed<Read>,
    Path((picture, what)): Path<(String, String)>,
    uri: axum::http::Uri,
) -> Result<Response> {
    let query = Form::of_query(uri.query().unwrap_or_default());
    let row = api::found(&app, &caller, &picture).await?;
    let mut response = match what.as_str() {
        "source" => {
            let photo = source(&row).ok_or_else(|| Error::not_found("photo"))?;
            let url = media::url(
                &app,
                &photo.source,
                &photo_type(&app, &caller, &row, photo).await?,
                None,
            );
            return Ok(Redirect::temporary(&url).into_response());
        }
        "thumb" | "full" => {
            let attempts = app.store.attempts_of(&caller.workspace, &row.id).await?;
            let file = file_of(&row, &attempts, query.get("try").parse().ok())
                .ok_or_else(|| Error::not_found("file"))?;
            let name = row.shot.file_key();
            let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
            if what == "full" || file.format == domain::format::Format::Avif {
                return Ok(Redirect::temporary(&full(&app, &file, &name)).into_response());
            }
            media::small(&app, &file.path).await?
        }
        "heatmap" => {
            let attempts = app.store.attempts_of(&caller.workspace, &row.id).await?;
            let key = heatmap_of(&attempts, query.get("try").parse().ok())
                .ok_or_else(|| Error::not_found("heat-map"))?;
            Body::from(app.blobs.get(key).await?).into_response()
        }
        _ => return Err(Error::not_found("file")),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/webp"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=604800, immutable"),
    );
    Ok(response)
}

/// What kind of file a photo is: by the product as it stands, or a common one where the photo was changed since.
async fn photo_type(app: &App, caller: &Caller, row: &Generation, photo: &PhotoRef) -> Result<String> {
    let product = app.store.product(&caller.workspace, &row.product).await?;
    let kind = product.and_then(|product| {
        let mut photos = product.product.photos.iter().zip(&product.files);
        photos
            .find(|(one, _)| one.source == photo.source)
            .map(|(_, file)| file.media_type.clone())
    });
    Ok(kind.unwrap_or_else(|| "image/jpeg".to_owned()))
}

/// A decision that a desk sends, and what it believed before.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sent {
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
pub(super) struct Decisions {
    entries: Vec<Sent>,
}

/// Decisions of a desk, several at once. Each stands for itself.
pub(super) async fn decisions(
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
                detail: error.detail().to_owned(),
            },
        });
    }
    Ok(Json(became).into_response())
}

async fn became_of(app: &App, caller: &Allowed<Review>, shoot: &Shoot, sent: &Sent) -> Result<Became> {
    let row = api::found(app, caller, &sent.id).await?;
    if row.shoot != shoot.id {
        return Err(Error::not_found("picture"));
    }
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

async fn pictured(
    app: &App,
    shell: Shell,
    caller: &Caller,
    at: (&str, &str),
    form: Form,
    wrong: Wrong,
) -> Result<PicturePage> {
    let shoot = shoot_of(app, &shell, at.0).await?;
    let row = api::found(app, caller, at.1).await?;
    let pictures = made(app, &shell, &shoot).await?;
    let here = pictures.iter().position(|one| one.id == at.1);
    let neighbour = |at: Option<usize>| at.and_then(|at| pictures.get(at)).map(|one| one.id.clone());
    Ok(PicturePage {
        w: shell.w,
        earlier: neighbour(here.and_then(|at| at.checked_sub(1))),
        later: neighbour(here.map(|at| at + 1)),
        shoot_name: shoot_name(shell.w, &shoot),
        shoot: at.0.to_owned(),
        detail: detail(app, &shell, &row).await?,
        price: shoot.price_credits,
        form,
        wrong,
        shell,
    })
}

/// One picture on a page of its own: what the desk shows, without scripts.
pub(super) async fn picture(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Read>,
    Path((shoot, picture)): Path<(String, String)>,
) -> Page {
    html(
        &pictured(
            &app,
            shell,
            &caller,
            (&shoot, &picture),
            Form::default(),
            Wrong::default(),
        )
        .await?,
    )
}

/// Decides on it and goes on to the next.
pub(super) async fn decide(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Review>,
    Path((shoot, picture)): Path<(String, String)>,
    form: Form,
) -> Page {
    let decided = async {
        let row = api::found(&app, &caller, &picture).await?;
        let parsed = api::parse(&input(&json!({
            "decision": form.get("decision"), "anyway": form.get("decision") == "approve" && row.status.name() == "REJECTED",
            "reason": form.given("reason"), "note": form.given("note"),
        }))?)?;
        api::decide(&app, &caller, &row, &parsed).await
    };
    match decided.await {
        Ok(_) => {
            let next = form.given("later").filter(|later| id(later, "picture").is_ok());
            Ok(to(&match next {
                Some(later) => format!("/review/{shoot}/{later}"),
                None => format!("/review/{shoot}"),
            }))
        }
        Err(error) => {
            let wrong = Wrong::by(error)?;
            again(&pictured(&app, shell, &caller, (&shoot, &picture), form, wrong).await?)
        }
    }
}
