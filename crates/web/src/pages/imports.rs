//! Imports: files dropped in, a trial run, its report, the import itself.

use std::fmt::Write as _;

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::header,
};
use serde_json::json;
use store::imports::{Import, Outcome, ReportRow};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::{imports as api, uploads},
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, Query, id},
    imports::sent::Sent,
    table::{cell, saved},
};

/// Rows of a report on one page.
const PAGE: u32 = 200;

#[derive(Template)]
#[template(path = "imports/list.html")]
struct List {
    w: Words,
    shell: Shell,
    rows: Vec<Import>,
    project: String,
    wrong: Wrong,
}

/// Counts of a report as people think of them.
#[derive(Default)]
struct Sums {
    ready: i64,
    noted: i64,
    to_fix: i64,
    here: i64,
}

#[derive(Template)]
#[template(path = "imports/page.html")]
struct ImportPage {
    w: Words,
    shell: Shell,
    import: Import,
    dry_run: bool,
    sums: Sums,
    rows: Vec<ReportRow>,
    filter: String,
    next: Option<i64>,
    can_confirm: bool,
}

async fn listed(app: &App, shell: Shell, wrong: Wrong) -> Result<List> {
    let rows = app.store.imports(&shell.person.workspace, None, 50).await?;
    Ok(List {
        project: Form::of_query(&shell.query).get("project").to_owned(),
        w: shell.w,
        rows,
        wrong,
        shell,
    })
}

pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    html(&listed(&app, shell, Wrong::default()).await?)
}

/// Takes every file of a form in as an upload of its own, then runs the import over them: a trial keeps them for the import itself.
pub(super) async fn create(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    request: Request,
) -> Page {
    let query = Form::of_query(request.uri().query().unwrap_or_default());
    let project = query.given("project");
    let began = async {
        let ids = uploads::create_many(&app, &caller, request).await?;
        begin(&app, caller, &ids, project, true).await
    };
    match began.await {
        Ok(import) => Ok(to(&format!("/imports/{import}"))),
        Err(error) => again(&listed(&app, shell, Wrong::by(error)?).await?),
    }
}

async fn begin(
    app: &App,
    caller: Allowed<Edit>,
    uploads: &[String],
    project: Option<String>,
    dry_run: bool,
) -> Result<String> {
    let body = json!({ "uploads": uploads }).to_string();
    let request = Request::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(axum::body::Body::from(body))
        .map_err(Error::internal)?;
    let query = input(&json!({ "dry_run": dry_run, "project_id": project }))?;
    let response = api::create(State(app.clone()), caller, Query(query), request).await?;
    let made = answer(response).await?;
    Ok(made["importId"].as_str().unwrap_or_default().to_owned())
}

async fn found(app: &App, shell: &Shell, import: &str) -> Result<Import> {
    let row = app
        .store
        .import(&shell.person.workspace, &id(import, "import")?)
        .await?;
    row.ok_or_else(|| Error::not_found("import"))
}

/// The uploads that an import was made of.
fn uploads_of(import: &Import) -> Vec<String> {
    let sent: Vec<Sent> = serde_json::from_str(&import.source).unwrap_or_default();
    sent.into_iter().filter_map(|one| one.upload).collect()
}

fn sums(counts: &[(String, i64)]) -> Sums {
    let mut sums = Sums::default();
    for (outcome, count) in counts {
        match outcome.as_str() {
            "created" => sums.ready += count,
            "updated" | "unchanged" => sums.here += count,
            "ambiguous" | "missing" | "duplicate" => sums.noted += count,
            _ => sums.to_fix += count,
        }
    }
    sums
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(import): Path<String>,
) -> Page {
    let import = found(&app, &shell, &import).await?;
    let query = Form::of_query(&shell.query);
    let counts = app.store.import_counts(&import).await?;
    let sums = sums(&counts);
    let filter = query.given("show").unwrap_or_else(|| {
        if sums.to_fix + sums.noted > 0 {
            "look".to_owned()
        } else {
            "all".to_owned()
        }
    });
    let after = query.get("after").parse().unwrap_or(0);
    let (rows, next) = report_rows(&app, &import, &filter, after).await?;
    let uploads = uploads_of(&import);
    html(&ImportPage {
        w: shell.w,
        dry_run: import.dry_run(),
        can_confirm: import.dry_run()
            && import.state == "done"
            && !uploads.is_empty()
            && sums.ready + sums.here + sums.noted > 0,
        import,
        sums,
        rows,
        filter,
        next,
        shell,
    })
}

/// Rows of a report: all, or those that want a look.
async fn report_rows(
    app: &App,
    import: &Import,
    filter: &str,
    after: i64,
) -> Result<(Vec<ReportRow>, Option<i64>)> {
    let mut rows = Vec::new();
    if filter == "look" {
        for outcome in Outcome::ALL.into_iter().filter(|outcome| outcome.is_problem()) {
            rows.extend(
                app.store
                    .import_rows(import, Some(outcome), after, PAGE + 1)
                    .await?,
            );
        }
        rows.sort_by_key(|row| row.number);
    } else {
        rows = app.store.import_rows(import, None, after, PAGE + 1).await?;
    }
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.number);
    Ok((rows, next))
}

/// The whole report as a table.
pub(super) async fn report(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(import): Path<String>,
) -> Page {
    let import = found(&app, &shell, &import).await?;
    let mut text = "number,kind,sku,file,line,view,outcome,message\n".to_owned();
    let mut after = 0;
    loop {
        let (rows, next) = report_rows(&app, &import, "all", after).await?;
        for row in rows {
            let line = row.line.map(|line| line.to_string());
            let _ = writeln!(
                text,
                "{},{},{},{},{},{},{},{}",
                row.number,
                row.kind,
                cell(row.sku.as_deref()),
                cell(row.file.as_deref()),
                line.unwrap_or_default(),
                row.view.unwrap_or_default(),
                row.outcome,
                cell(row.message.as_deref())
            );
        }
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(saved(text, "attachment; filename=\"import-report.csv\""))
}

/// Does what the trial run said.
pub(super) async fn confirm(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(import): Path<String>,
) -> Page {
    let trial = found(&app, &shell, &import).await?;
    let import = begin(&app, caller, &uploads_of(&trial), trial.project_id.clone(), false).await?;
    Ok(to(&format!("/imports/{import}")))
}

pub(super) async fn cancel(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(import): Path<String>,
) -> Page {
    let Json(_) = api::cancel(State(app), caller, Path(import.clone())).await?;
    Ok(to(&format!("/imports/{import}")))
}
