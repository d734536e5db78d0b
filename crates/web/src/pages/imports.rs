//! Imports: files dropped in, a trial run, its report, the import itself.

use std::{collections::BTreeSet, fmt::Write as _};

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
    imports::sent::{Fix, Place, Sent},
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
    /// So that its form is taken once.
    key: String,
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
    can_fix: bool,
    can_confirm: bool,
    /// So that each of its forms is taken once.
    key: String,
}

impl ImportPage {
    /// Whether a row can be put right here.
    fn fixable(&self, row: &ReportRow) -> bool {
        self.can_fix && is_fixable(row)
    }

    /// Whether a row is done, and needs no look.
    fn is_clean(row: &ReportRow) -> bool {
        matches!(row.outcome.as_str(), "created" | "updated" | "unchanged")
    }

    /// SKUs to choose from.
    fn skus(&self) -> BTreeSet<&str> {
        self.rows.iter().filter_map(|row| row.sku.as_deref()).collect()
    }

    /// Photos to choose from.
    fn photos(&self) -> BTreeSet<&str> {
        let photos = self.rows.iter().filter(|row| row.view.is_some());
        photos.filter_map(|row| row.file.as_deref()).collect()
    }
}

/// The views of a form, as tables say them.
const VIEWS: [&str; 7] = ["front", "back", "side", "left", "right", "45", "detail"];

async fn listed(app: &App, shell: Shell, wrong: Wrong) -> Result<List> {
    let rows = app.store.imports(&shell.person.workspace, None, 50).await?;
    Ok(List {
        project: Form::of_query(&shell.query).get("project").to_owned(),
        key: app.ids.next(),
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
        let received = uploads::create_many(&app, &caller, request).await?;
        let sent = SentAgain {
            uploads: received.files.into_iter().map(|file| file.id).collect(),
            fixes: Vec::new(),
        };
        begin(&app, caller, &sent, project, true).await
    };
    match began.await {
        Ok(import) => Ok(to(&format!("/imports/{import}"))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&listed(&app, shell, wrong).await?)
        }
    }
}

/// What an import is made of, so that it can be begun again.
struct SentAgain {
    uploads: Vec<String>,
    fixes: Vec<Fix>,
}

impl SentAgain {
    fn of(import: &Import) -> Self {
        let sent: Vec<Sent> = serde_json::from_str(&import.source).unwrap_or_default();
        let mut again = Self {
            uploads: Vec::new(),
            fixes: Vec::new(),
        };
        for one in sent {
            again.uploads.extend(one.upload);
            if let Place::Fix(fix) = one.place {
                again.fixes.push(fix);
            }
        }
        again
    }

    /// Puts something right, also what was put right before.
    fn fix(&mut self, fix: Fix) {
        match self.fixes.iter().position(|earlier| earlier.is_of(&fix)) {
            Some(at) => self.fixes[at] = fix.after(self.fixes[at].clone()),
            None => self.fixes.push(fix),
        }
    }
}

async fn begin(
    app: &App,
    caller: Allowed<Edit>,
    sent: &SentAgain,
    project: Option<String>,
    dry_run: bool,
) -> Result<String> {
    let body = json!({ "uploads": sent.uploads, "fixes": sent.fixes }).to_string();
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
    let counts = app.store.import_counts(&import).await?;
    let sums = sums(&counts);
    let (filter, rows, next) = page_rows(&app, &import, &sums, &shell.query).await?;
    let can_fix = can_fix(&import);
    html(&ImportPage {
        w: shell.w,
        key: app.ids.next(),
        dry_run: import.dry_run(),
        can_fix: can_fix && shell.may("edit"),
        can_confirm: can_fix && sums.ready + sums.here + sums.noted > 0,
        import,
        sums,
        rows,
        filter,
        next,
        shell,
    })
}

/// A trial run can be gone on with: what was sent is still here.
fn can_fix(import: &Import) -> bool {
    import.dry_run() && import.state == "done" && !SentAgain::of(import).uploads.is_empty()
}

/// The rows that an address shows, by which filter, and where the next page begins.
async fn page_rows(
    app: &App,
    import: &Import,
    sums: &Sums,
    query: &str,
) -> Result<(String, Vec<ReportRow>, Option<i64>)> {
    let query = Form::of_query(query);
    let usual = if sums.to_fix + sums.noted > 0 {
        "look"
    } else {
        "all"
    };
    let filter = query.given("show").unwrap_or_else(|| usual.to_owned());
    let after = query.get("after").parse().unwrap_or(0);
    let (rows, next) = report_rows(app, import, &filter, after).await?;
    Ok((filter, rows, next))
}

/// Takes what was put right in the rows of a page, and files that were sent after, and has another look at all of it.
pub(super) async fn fix(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(import): Path<String>,
    request: Request,
) -> Page {
    let trial = found(&app, &shell, &import).await?;
    if !can_fix(&trial) {
        return Err(Error::conflict(
            "ended",
            "this report cannot be put right (any more); send the files again",
        ));
    }
    let sums = sums(&app.store.import_counts(&trial).await?);
    let (_, rows, _) = page_rows(&app, &trial, &sums, &shell.query).await?;
    let received = uploads::create_many(&app, &caller, request).await?;
    let form = Form(received.fields);
    let mut sent = SentAgain::of(&trial);
    let fixable = rows.iter().filter(|row| is_fixable(row));
    for fix in fixable.filter_map(|row| fix_of(row, &form)) {
        sent.fix(fix);
    }
    for file in received.files {
        take_place(&mut sent, &trial, &rows, &file.name);
        sent.uploads.push(file.id);
    }
    let import = begin(&app, caller, &sent, trial.project_id.clone(), true).await?;
    Ok(to(&format!("/imports/{import}")))
}

/// A row of a table, or a photo. What is wrong with a table as a whole goes with a corrected one.
fn is_fixable(row: &ReportRow) -> bool {
    row.kind == "row" || row.view.is_some()
}

/// What a form says otherwise than a row does.
fn fix_of(row: &ReportRow, form: &Form) -> Option<Fix> {
    let field = |name: &str| form.given(&format!("{name}-{}", row.number));
    let other = |name: &str, before: Option<&str>| field(name).filter(|given| Some(given.as_str()) != before);
    let sku = other("sku", row.sku.as_deref());
    let view = other("view", row.view.as_deref());
    let photo = field("photo");
    let leave_out = field("out").is_some();
    if !leave_out && sku.is_none() && view.is_none() && photo.is_none() {
        return None;
    }
    Some(Fix {
        file: row.file.clone()?,
        line: row.line.and_then(|line| u64::try_from(line).ok()),
        sku,
        view,
        photo,
        leave_out,
    })
}

/// A file that is sent after takes the place of what had its name.
fn take_place(sent: &mut SentAgain, trial: &Import, rows: &[ReportRow], name: &str) {
    let before: Vec<Sent> = serde_json::from_str(&trial.source).unwrap_or_default();
    let replaced: Vec<String> = before
        .into_iter()
        .filter(|one| one.name == name)
        .filter_map(|one| one.upload)
        .collect();
    sent.uploads.retain(|upload| !replaced.contains(upload));
    // In an archive it cannot be replaced, but left out.
    let inside = rows.iter().filter(|row| row.kind == "file").filter_map(|row| {
        let file = row.file.as_deref()?;
        let is_gone = file == name && !replaced.is_empty();
        (!is_gone && file.rsplit('/').next() == Some(name)).then(|| file.to_owned())
    });
    for file in inside {
        sent.fix(Fix {
            file,
            leave_out: true,
            ..Fix::default()
        });
    }
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

/// A row of the report as the table has it.
fn report_line(w: Words, row: &ReportRow) -> String {
    let named = |prefix: &str, name: Option<&str>| cell(name.map(|name| w.name(prefix, name)).as_deref());
    let said = row.message.as_deref().map(|message| w.sentence(message));
    [
        row.number.to_string(),
        named("import-kind", Some(row.kind.as_str())),
        cell(row.sku.as_deref()),
        cell(row.file.as_deref()),
        row.line.map(|line| line.to_string()).unwrap_or_default(),
        named("view", row.view.as_deref()),
        named("outcome", Some(row.outcome.as_str())),
        cell(said.as_deref()),
    ]
    .join(w.separator())
}

/// The whole report as a table, in the language of the page that it is saved from.
pub(super) async fn report(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(import): Path<String>,
) -> Page {
    let import = found(&app, &shell, &import).await?;
    let mut text = format!("{}\n", shell.w.t("import-columns"));
    let mut after = 0;
    loop {
        let (rows, next) = report_rows(&app, &import, "all", after).await?;
        for row in rows {
            let _ = writeln!(text, "{}", report_line(shell.w, &row));
        }
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    Ok(saved(&text, "attachment; filename=\"import-report.csv\""))
}

/// Does what the trial run said.
pub(super) async fn confirm(
    State(app): State<App>,
    shell: Shell,
    caller: Allowed<Edit>,
    Path(import): Path<String>,
) -> Page {
    let trial = found(&app, &shell, &import).await?;
    let sent = SentAgain::of(&trial);
    let import = begin(&app, caller, &sent, trial.project_id.clone(), false).await?;
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
