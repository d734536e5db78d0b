//! Shoots: their list, and one of them as it happens.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use domain::ids::ShootId;
use store::{overview::SheetPicture, shoots::Shoot};

use super::{
    Page, assets,
    form::Form,
    html,
    pictures::{Far, Small, Tile, shoot_name},
    projects::ShootRow,
    shell::Shell,
    show, sizes, to,
    words::{Told, Words, cause},
};
use crate::{
    api::shoots as api,
    app::App,
    auth::caller::{Allowed, Read, Shoot as MayShoot},
    error::{Error, Result},
    extract::id,
};

#[derive(Template)]
#[template(path = "shoots/list.html")]
struct List {
    w: Words,
    shell: Shell,
    shoots: Vec<ShootRow>,
    state: String,
}

/// A product's row of the matrix.
struct MatrixRow {
    product: String,
    sku: String,
    name: String,
    photo: Small,
    cells: Vec<Option<Tile>>,
}

/// Pictures that need somebody for one reason.
struct Failure {
    /// The filter of the desk that shows them; unmade: they have a page of their own; out: nothing can be done.
    kind: &'static str,
    title: Told,
    count: usize,
    example: String,
}

/// What of a shoot's page changes while it happens.
struct Live {
    id: String,
    state: String,
    far: Far,
    held: i64,
    used: i64,
    first_try: Option<f64>,
    failures: Vec<Failure>,
    recent: Vec<(i64, String)>,
    undecided: usize,
    finishes_ms: Option<i64>,
    tries: Option<f64>,
}

#[derive(Template)]
#[template(path = "shoots/page.html")]
struct ShootPage {
    w: Words,
    shell: Shell,
    name: String,
    columns: Vec<String>,
    rows: Vec<MatrixRow>,
    live: Live,
    last_event: i64,
    engine: String,
    project: Option<String>,
    now_ms: i64,
}

#[derive(Template)]
#[template(path = "shoots/live.html")]
struct LiveParts {
    w: Words,
    shell: Shell,
    live: Live,
    tiles: Vec<Tile>,
    now_ms: i64,
}

#[derive(Template)]
#[template(path = "shoots/unmade.html")]
struct Unmade {
    w: Words,
    shell: Shell,
    id: String,
    name: String,
    /// Each with its product.
    tiles: Vec<(Tile, String)>,
    /// One was asked for again just now.
    again: bool,
    next: Option<usize>,
    price: i64,
    key: String,
}

/// Pictures of one page of those that could not be made.
const UNMADE_PAGE: usize = 120;

pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let state = Form::of_query(&shell.query).given("state").unwrap_or_default();
    let workspace = &shell.person.workspace;
    let mut shoots = Vec::new();
    for shoot in app.store.shoots(workspace, None, Some(&state), None, 100).await? {
        let progress = app.store.progress(workspace, &shoot.id).await?;
        shoots.push(ShootRow {
            name: shoot_name(shell.w, &shoot),
            id: shoot.id.0,
            state: shoot.state,
            far: Far::of(&progress, app.now_ms()),
            created_ms: shoot.created_ms,
        });
    }
    html(&List {
        w: shell.w,
        shoots,
        state,
        shell,
    })
}

async fn found(app: &App, shell: &Shell, shoot: &str) -> Result<Shoot> {
    let shoot = ShootId(id(shoot, "shoot")?);
    let row = app.store.shoot(&shell.person.workspace, &shoot).await?;
    row.ok_or_else(|| Error::not_found("shoot"))
}

async fn live_now(app: &App, shell: &Shell, shoot: &Shoot, pictures: &[SheetPicture]) -> Result<Live> {
    let w = shell.w;
    let progress = app.store.progress(&shell.person.workspace, &shoot.id).await?;
    let now_ms = app.now_ms();
    let far = Far::of(&progress, now_ms);
    let made = pictures.iter().filter(|one| one.status == "COMPLETED");
    let judged = pictures
        .iter()
        .filter(|one| matches!(one.status.as_str(), "COMPLETED" | "REJECTED"));
    let (judged, first) = judged.fold((0_i64, 0_i64), |(all, first), one| {
        (
            all + 1,
            first + i64::from(one.status == "COMPLETED" && one.tries == 1),
        )
    });
    let tries: i64 = pictures
        .iter()
        .filter(|one| matches!(one.status.as_str(), "COMPLETED" | "REJECTED"))
        .map(|one| one.tries)
        .sum();
    let mut recent: Vec<&SheetPicture> = pictures.iter().filter(|one| one.finished_ms.is_some()).collect();
    recent.sort_by_key(|one| std::cmp::Reverse(one.finished_ms));
    let recent = recent.into_iter().take(6).map(|one| {
        let tile = Tile::of(w, one);
        (one.finished_ms.unwrap_or_default(), tile.label)
    });
    let open = far.ordered - far.ended;
    Ok(Live {
        id: shoot.id.as_str().to_owned(),
        state: shoot.state.clone(),
        used: shoot.price_credits * made.count() as i64,
        held: shoot.price_credits * open,
        first_try: (judged > 0).then(|| first as f64 / judged as f64),
        tries: (judged > 0).then(|| tries as f64 / judged as f64),
        failures: failures(w, pictures),
        recent: recent.collect(),
        undecided: pictures
            .iter()
            .filter(|one| one.review.is_none() && matches!(one.status.as_str(), "COMPLETED" | "REJECTED"))
            .filter(|one| one.file_removed_ms.is_none())
            .count(),
        finishes_ms: far.left_ms.map(|left| now_ms + left),
        far,
    })
}

/// Why a picture was sent back or left out, without what differs from one to the next where the reason is a known one.
fn title(w: Words, picture: &SheetPicture) -> Told {
    let reason = picture.reason.as_deref().unwrap_or_default();
    let view = picture.pose.pose().view.name();
    match cause(reason) {
        Some(id) => w.t1(&id, "view", w.name("view-of", view)).into(),
        None => w.told(reason),
    }
}

/// Pictures that did not come to be, by reason.
fn failures(w: Words, pictures: &[SheetPicture]) -> Vec<Failure> {
    let mut groups: BTreeMap<(&'static str, Told), (usize, String)> = BTreeMap::new();
    for picture in pictures {
        let kind = match picture.status.as_str() {
            "FAILED" => "unmade",
            "SKIPPED" => "out",
            _ if picture.review.is_some() || picture.file_removed_ms.is_some() => continue,
            "REJECTED" => "failed",
            "COMPLETED" if picture.needs_review && picture.worst == "unverifiable" => "unverifiable",
            "COMPLETED" if picture.needs_review => "doubtful",
            _ => continue,
        };
        let reason = match kind {
            "unverifiable" => w.t("worst-unverifiable").into(),
            "doubtful" => w.t("worst-doubtful").into(),
            _ => title(w, picture),
        };
        let group = groups.entry((kind, reason)).or_default();
        group.0 += 1;
        if group.1.is_empty() {
            group.1.clone_from(&picture.sku);
        }
    }
    let mut failures: Vec<Failure> = groups
        .into_iter()
        .map(|((kind, title), (count, example))| Failure {
            kind,
            title,
            count,
            example,
        })
        .collect();
    failures.sort_by_key(|one| (one.kind == "out", std::cmp::Reverse(one.count)));
    failures.truncate(8);
    failures
}

async fn matrix(
    app: &App,
    shell: &Shell,
    pictures: &[SheetPicture],
) -> Result<(Vec<String>, Vec<MatrixRow>)> {
    let w = shell.w;
    let mut columns: Vec<(domain::pose::PoseName, i64)> =
        pictures.iter().map(|one| (one.pose, one.take)).collect();
    columns.sort_unstable();
    columns.dedup();
    let mut products: Vec<domain::ids::ProductId> = Vec::new();
    for picture in pictures {
        if products
            .last()
            .is_none_or(|last| last.as_str() != picture.product)
        {
            products.push(domain::ids::ProductId(picture.product.clone()));
        }
    }
    let mut photos: BTreeMap<String, Small> = BTreeMap::new();
    for part in products.chunks(500) {
        for row in app.store.products_by_id(&shell.person.workspace, part).await? {
            let photo = Small::of_first(app, &row.product.photos, &row.files);
            photos.insert(row.id.0, photo);
        }
    }
    let mut rows: Vec<MatrixRow> = Vec::new();
    for picture in pictures {
        if rows.last().is_none_or(|row| row.product != picture.product) {
            rows.push(MatrixRow {
                product: picture.product.clone(),
                sku: picture.sku.clone(),
                name: picture.name.clone().unwrap_or_default(),
                photo: photos.get(&picture.product).cloned().unwrap_or_default(),
                cells: columns.iter().map(|_| None).collect(),
            });
        }
        let at = columns
            .iter()
            .position(|column| *column == (picture.pose, picture.take));
        if let (Some(row), Some(at)) = (rows.last_mut(), at) {
            row.cells[at] = Some(Tile::of(w, picture));
        }
    }
    let names = columns
        .iter()
        .map(|(pose, take)| super::pictures::pose_name(w, pose.as_str(), *take));
    Ok((names.collect(), rows))
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = found(&app, &shell, &shoot).await?;
    let last_event = app.store.last_event(&shoot.id).await?;
    let pictures = app.store.sheet(&shell.person.workspace, &shoot.id).await?;
    let (columns, rows) = matrix(&app, &shell, &pictures).await?;
    html(&ShootPage {
        w: shell.w,
        name: shoot_name(shell.w, &shoot),
        live: live_now(&app, &shell, &shoot, &pictures).await?,
        engine: shoot.brief.engine.to_string(),
        project: shoot.project.as_ref().map(|project| project.as_str().to_owned()),
        now_ms: app.now_ms(),
        columns,
        rows,
        last_event,
        shell,
    })
}

/// The parts that change, and the cells that are named or run.
pub(super) async fn live(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = found(&app, &shell, &shoot).await?;
    let asked = Form::of_query(&shell.query);
    let ids: Vec<&str> = asked.get("ids").split(',').collect();
    let pictures = app.store.sheet(&shell.person.workspace, &shoot.id).await?;
    let tiles = pictures
        .iter()
        .filter(|one| one.status == "PROCESSING" || ids.contains(&one.id.as_str()))
        .map(|one| Tile::of(shell.w, one));
    html(&LiveParts {
        w: shell.w,
        tiles: tiles.collect(),
        live: live_now(&app, &shell, &shoot, &pictures).await?,
        now_ms: app.now_ms(),
        shell,
    })
}

/// The pictures that could not be made: why, and a form to ask for each again.
pub(super) async fn unmade(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(shoot): Path<String>,
) -> Page {
    let shoot = found(&app, &shell, &shoot).await?;
    let query = Form::of_query(&shell.query);
    let from: usize = query.get("from").parse().unwrap_or(0);
    let mut pictures = app.store.sheet(&shell.person.workspace, &shoot.id).await?;
    pictures.retain(|one| one.status == "FAILED");
    // They become fewer while somebody asks for them again.
    let from = if from < pictures.len() { from } else { 0 };
    let until = from + UNMADE_PAGE;
    let shown = pictures.iter().skip(from).take(UNMADE_PAGE);
    html(&Unmade {
        w: shell.w,
        name: shoot_name(shell.w, &shoot),
        tiles: shown
            .map(|one| (Tile::of(shell.w, one), one.product.clone()))
            .collect(),
        again: query.has("again"),
        next: (pictures.len() > until).then_some(until),
        price: shoot.price_credits,
        key: app.ids.next(),
        id: shoot.id.0,
        shell,
    })
}

/// Pauses, goes on, or calls off.
pub(super) async fn act(
    State(app): State<App>,
    caller: Allowed<MayShoot>,
    Path((shoot, action)): Path<(String, String)>,
) -> Page {
    let path = Path(shoot.clone());
    match action.as_str() {
        "pause" => drop(api::pause(State(app), caller, path).await?),
        "resume" => drop(api::resume(State(app), caller, path).await?),
        "cancellation" => drop(api::cancel(State(app), caller, path).await?),
        _ => return Err(Error::not_found("page")),
    }
    Ok(to(&format!("/shoots/{shoot}")))
}
