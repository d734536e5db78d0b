//! Projects: a group of products, shoots and pictures.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use domain::ids::ProjectId;
use serde_json::json;
use store::{
    overview::{ProductCounts, ProductScope},
    projects::Project,
    shoots::GenerationFilter,
};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    pictures::{Far, Tile, shoot_name},
    products::{Card, cards},
    shell::Shell,
    show, sizes, to,
    words::Words,
};
use crate::{
    api::projects as api,
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, id},
};

/// The most projects of a page.
const PAGE: u32 = 100;

struct Row {
    project: Project,
    counts: ProductCounts,
}

#[derive(Template)]
#[template(path = "projects/list.html")]
struct List {
    w: Words,
    shell: Shell,
    rows: Vec<Row>,
    deleted: bool,
    form: Form,
    wrong: Wrong,
}

/// A shoot of a project.
pub(super) struct ShootRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) state: String,
    pub(super) far: Far,
    pub(super) created_ms: i64,
}

#[derive(Template)]
#[template(path = "projects/page.html")]
struct ProjectPage {
    w: Words,
    shell: Shell,
    project: Project,
    counts: ProductCounts,
    cards: Vec<Card>,
    shoots: Vec<ShootRow>,
    tiles: Vec<Tile>,
    form: Form,
    wrong: Wrong,
}

async fn listed(app: &App, shell: Shell, form: Form, wrong: Wrong) -> Result<List> {
    let deleted = Form::of_query(&shell.query).has("deleted");
    let workspace = &shell.person.workspace;
    let mut rows = Vec::new();
    for project in app.store.projects(workspace, None, None, deleted, PAGE).await? {
        let counts = app.store.product_counts(workspace, Some(&project.id)).await?;
        rows.push(Row { project, counts });
    }
    Ok(List {
        w: shell.w,
        rows,
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
    let body = input(&json!({ "name": form.get("name"), "description": form.get("description") }))?;
    match api::create(State(app.clone()), caller, Json(body)).await {
        Ok(made) => {
            let made = answer(axum::response::IntoResponse::into_response(made)).await?;
            Ok(to(&format!(
                "/projects/{}?done=project",
                made["id"].as_str().unwrap_or_default()
            )))
        }
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&listed(&app, shell, form, wrong).await?)
        }
    }
}

async fn shown(
    app: &App,
    shell: Shell,
    project: &str,
    form: Option<Form>,
    wrong: Wrong,
) -> Result<ProjectPage> {
    let project = ProjectId(id(project, "project")?);
    let workspace = &shell.person.workspace;
    let found = app.store.project(workspace, &project).await?;
    let found = found.ok_or_else(|| Error::not_found("project"))?;
    let scope = ProductScope {
        project: Some(&found.id),
        ..ProductScope::default()
    };
    let products = app.store.product_ids(workspace, &scope, None, 12).await?;
    let mut shoots = Vec::new();
    for shoot in app
        .store
        .shoots(workspace, Some(&found.id), None, None, 12)
        .await?
    {
        let progress = app.store.progress(workspace, &shoot.id).await?;
        shoots.push(ShootRow {
            name: shoot_name(shell.w, &shoot),
            id: shoot.id.0,
            state: shoot.state,
            far: Far::of(&progress, app.now_ms()),
            created_ms: shoot.created_ms,
        });
    }
    let filter = GenerationFilter {
        project: Some(&found.id),
        ..GenerationFilter::default()
    };
    let newest = app.store.newest_pictures(workspace, &filter, 24).await?;
    let form = form.unwrap_or_else(|| {
        let mut fields = vec![
            ("name".to_owned(), found.name.clone()),
            ("description".to_owned(), found.description.clone()),
        ];
        if found.second_review() {
            fields.push(("secondReview".to_owned(), "on".to_owned()));
        }
        Form(fields)
    });
    Ok(ProjectPage {
        counts: app.store.product_counts(workspace, Some(&found.id)).await?,
        cards: cards(app, &shell, &products).await?,
        tiles: newest.iter().map(|one| Tile::of(shell.w, one)).collect(),
        w: shell.w,
        project: found,
        shoots,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(project): Path<String>,
) -> Page {
    html(&shown(&app, shell, &project, None, Wrong::default()).await?)
}

pub(super) async fn change(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
    form: Form,
) -> Page {
    let body = input(&json!({
        "name": form.get("name"), "description": form.get("description"), "secondReview": form.has("secondReview"),
    }))?;
    match api::change(
        State(app.clone()),
        caller,
        Path(project.clone()),
        HeaderMap::new(),
        Json(body),
    )
    .await
    {
        Ok(_) => Ok(to(&format!("/projects/{project}?done=saved"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&shown(&app, shell, &project, Some(form), wrong).await?)
        }
    }
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
) -> Page {
    let _ = api::delete(State(app), caller, Path(project)).await?;
    Ok(to("/projects?deleted=yes&done=deleted"))
}

pub(super) async fn restore(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(project): Path<String>,
) -> Page {
    let _ = api::restore(State(app), caller, Path(project.clone())).await?;
    Ok(to(&format!("/projects/{project}?done=restored")))
}
