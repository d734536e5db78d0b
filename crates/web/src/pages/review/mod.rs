//! The review desk: every picture of a shoot, worst first, beside the photo it was made from, decided by one key.

mod decisions;
mod detail;
mod files;
mod index;
mod picture;

use askama::Template;
use axum::extract::{Path, State};
use domain::ids::ShootId;
use serde_json::Value;
use store::{
    overview::SheetPicture,
    shoots::{Generation, Shoot},
};

pub(super) use self::{
    decisions::decisions,
    detail::details,
    files::file,
    index::index,
    picture::{decide, picture},
};
use super::{
    Page, assets,
    form::Form,
    html,
    pictures::{Small, Tile, mark, pose_name, shoot_name},
    shell::Shell,
    show,
    show::{Markup, Part, bar},
    sizes, to,
    words::Words,
};
use crate::{
    api::generations,
    app::App,
    auth::caller::{Allowed, Caller, Read},
    error::{Error, Result},
    extract::id,
};

/// Pictures of a page where scripts do not run.
const PAGE: usize = 120;

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
    /// The picture that the desk opens with.
    first: Option<String>,
    whole: usize,
    decided: usize,
    bar: Markup,
    next: Option<usize>,
    price: i64,
    words: String,
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

/// A picture of a shoot.
async fn picture_of(app: &App, caller: &Caller, shoot: &str, picture: &str) -> Result<Generation> {
    let row = generations::found(app, caller, picture).await?;
    if row.shoot.as_str() == shoot {
        Ok(row)
    } else {
        Err(Error::not_found("picture"))
    }
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
    let open = of_filter.iter().find(|one| one.review.is_none());
    html(&Desk {
        first: open.or_else(|| of_filter.first()).map(|one| one.id.clone()),
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
        small: Small::of_picture(picture),
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
        "desk-none",
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
