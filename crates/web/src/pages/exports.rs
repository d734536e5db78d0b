//! Exports: what is packed for which channel, how far it is, where it is put, and what each channel says of its files.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    delivery::{ExportManifest, ExportRequest, ExportedFile},
    enlargement,
    profile::{self, Outcome, Profile, ProfileName, naming},
};
use serde_json::json;
use store::exports::{Export as Row, report_key};

use super::{
    Page, again, answer, assets,
    form::{Form, Wrong},
    html, input,
    pictures::shoot_name,
    shell::Shell,
    show, to,
    words::Words,
};
use crate::{
    api::{exports as api, media},
    app::App,
    auth::caller::{Allowed, Edit, Read},
    error::{Error, Result},
    extract::{Json, id},
};

/// Exports and shoots that are listed.
const LISTED: u32 = 50;
/// Files with a fault that are told of one by one.
const FAULTS_MAX: usize = 200;

/// An export as the list shows it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) state: String,
    pub(super) channels: String,
    pub(super) total: i64,
    pub(super) done: i64,
    pub(super) failing: i64,
    pub(super) bytes: Option<i64>,
    pub(super) reason: String,
    pub(super) download: Option<String>,
    pub(super) sha256: String,
    pub(super) created_ms: i64,
    pub(super) expires_ms: Option<i64>,
    /// Where it is put; empty: nowhere.
    pub(super) target: String,
    pub(super) to_deliver: i64,
    pub(super) delivered: i64,
}

impl Line {
    pub(super) fn of(app: &App, w: Words, row: &Row) -> Self {
        let request: Option<ExportRequest> = serde_json::from_str(&row.request).ok();
        let titles = request.iter().flat_map(|request| &request.profiles);
        let titles: Vec<String> = titles.map(|name| w.phrase(&name.profile().title)).collect();
        let is_over = row.state == "done" && row.expires_ms.is_some_and(|until| until <= app.now_ms());
        let state = if is_over { "expired" } else { &row.state };
        let name = format!("photogen-export-{}.zip", row.id);
        let file = row.file.as_deref().filter(|_| state == "done");
        Self {
            id: row.id.clone(),
            state: state.to_owned(),
            channels: titles.join(", "),
            total: row.total,
            done: row.done,
            failing: row.failing,
            bytes: row.bytes,
            reason: row.reason.clone().unwrap_or_default(),
            download: file.map(|key| media::url(app, key, "application/zip", Some(&name))),
            sha256: row.sha256.clone().unwrap_or_default(),
            created_ms: row.created_ms,
            expires_ms: row.expires_ms,
            target: row.target.clone().unwrap_or_default(),
            to_deliver: row.to_deliver,
            delivered: row.delivered,
        }
    }

    /// It has ended, and not everything is where it is wanted.
    fn is_short(&self) -> bool {
        matches!(self.state.as_str(), "done" | "expired") && self.delivered < self.to_deliver
    }

    fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "waiting" | "running")
    }
}

#[derive(Template)]
#[template(path = "exports/list.html")]
struct List {
    w: Words,
    shell: Shell,
    rows: Vec<Line>,
    profiles: &'static [Profile],
    shoots: Vec<(String, String)>,
    targets: Vec<String>,
    form: Form,
    wrong: Wrong,
    /// So that its form is taken once.
    key: String,
}

/// A channel's word on its files.
struct Channel {
    title: String,
    files: usize,
    passing: usize,
}

/// A file that a channel would not take.
struct Fault {
    path: String,
    channel: String,
    reasons: Vec<String>,
}

/// What stands in an archive.
#[derive(Default)]
struct Report {
    channels: Vec<Channel>,
    faults: Vec<Fault>,
    more: usize,
    /// Files that are enlarged beyond their pictures.
    enlarged: usize,
    /// The most that one of them is, in times.
    enlarged_most: f64,
    remarks: Vec<String>,
}

impl Report {
    /// One of them is enlarged so much that people mind.
    fn is_minded(&self) -> bool {
        enlargement::is_minded(self.enlarged_most)
    }

    fn of(w: Words, manifest: &ExportManifest) -> Self {
        let mut channels: BTreeMap<&str, Channel> = BTreeMap::new();
        let mut failing = Vec::new();
        for file in &manifest.files {
            let title = title(file);
            let channel = channels.entry(title).or_insert_with(|| Channel {
                title: w.phrase(title),
                files: 0,
                passing: 0,
            });
            channel.files += 1;
            channel.passing += usize::from(file.passes);
            if !file.passes {
                failing.push(file);
            }
        }
        let shown = failing.iter().take(FAULTS_MAX);
        let enlarged = |file: &ExportedFile| file.notes.iter().find_map(|note| enlargement::of_note(note));
        let scales: Vec<f64> = manifest.files.iter().filter_map(enlarged).collect();
        Self {
            enlarged: scales.len(),
            enlarged_most: scales.into_iter().fold(0.0, f64::max),
            channels: channels.into_values().collect(),
            faults: shown.map(|file| Fault::of(w, file)).collect(),
            more: failing.len().saturating_sub(FAULTS_MAX),
            remarks: manifest.remarks.clone(),
        }
    }
}

impl Fault {
    fn of(w: Words, file: &ExportedFile) -> Self {
        let demands = file
            .checks
            .iter()
            .filter(|check| !matches!(check.outcome, Outcome::Passed | Outcome::Advised));
        let reasons = demands.map(|check| {
            let (found, wanted) = (w.phrase(&check.found), w.phrase(&check.wanted));
            format!("{}: {found} ({wanted})", w.name("check", &check.name))
        });
        Self {
            path: file.path.clone(),
            channel: w.phrase(title(file)),
            reasons: reasons.collect(),
        }
    }
}

fn title(file: &ExportedFile) -> &str {
    file.profile
        .as_ref()
        .map_or("", |profile: &ProfileName| profile.profile().title.as_str())
}

#[derive(Template)]
#[template(path = "exports/page.html")]
struct ExportPage {
    w: Words,
    shell: Shell,
    export: Line,
    report: Option<Report>,
    /// Files that are not where they are wanted, and why; a few.
    undelivered: Vec<(String, String)>,
}

async fn listed(app: &App, shell: Shell, form: Form, wrong: Wrong) -> Result<List> {
    let workspace = &shell.person.workspace;
    let rows = app.store.exports(workspace, None, LISTED).await?;
    let shoots = app.store.shoots(workspace, None, None, None, LISTED).await?;
    Ok(List {
        rows: rows.iter().map(|row| Line::of(app, shell.w, row)).collect(),
        profiles: profile::all(),
        targets: app
            .config
            .targets
            .names(workspace)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        shoots: shoots
            .into_iter()
            .map(|shoot| (shoot.id.as_str().to_owned(), shoot_name(shell.w, &shoot)))
            .collect(),
        key: app.ids.next(),
        w: shell.w,
        form,
        wrong,
        shell,
    })
}

pub(super) async fn list(State(app): State<App>, shell: Shell, _: Allowed<Read>) -> Page {
    let form = Form::of_query(&shell.query);
    html(&listed(&app, shell, form, Wrong::default()).await?)
}

/// Orders an export by the rules of the API.
pub(super) async fn create(State(app): State<App>, shell: Shell, caller: Allowed<Edit>, form: Form) -> Page {
    let shoot = form.given("shoot").filter(|shoot| shoot != "all");
    let fields = json!({
        "profiles": form.all("profile"),
        "shootId": shoot,
        "naming": form.given("naming"),
        "disclose": form.has("disclose"),
        "deliverTo": form.given("target"),
        "deliverAs": form.given("as").unwrap_or_else(|| "files".to_owned()),
    });
    let ordered =
        async { answer(api::create(State(app.clone()), caller, Json(input(&fields)?)).await?).await };
    match ordered.await {
        Ok(export) => Ok(to(&format!(
            "/exports/{}",
            export["id"].as_str().unwrap_or_default()
        ))),
        Err(error) => {
            let wrong = Wrong::by(shell.w, error)?;
            again(&listed(&app, shell, form, wrong).await?)
        }
    }
}

pub(super) async fn page(
    State(app): State<App>,
    shell: Shell,
    _: Allowed<Read>,
    Path(export): Path<String>,
) -> Page {
    let row = app
        .store
        .export(&shell.person.workspace, &id(&export, "export")?)
        .await?;
    let row = row.ok_or_else(|| Error::not_found("export"))?;
    let export = Line::of(&app, shell.w, &row);
    html(&ExportPage {
        w: shell.w,
        report: report(&app, shell.w, &export, &row).await,
        undelivered: undelivered(&app, &export).await?,
        export,
        shell,
    })
}

/// Calls an export off by the rules of the API. One that has ended meanwhile is shown as it ended.
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Allowed<Edit>,
    Path(export): Path<String>,
) -> Page {
    match api::cancel(State(app), caller, Path(export.clone())).await {
        Err(error) if error.status() != StatusCode::CONFLICT => Err(error),
        _ => Ok(to(&format!("/exports/{export}"))),
    }
}

async fn undelivered(app: &App, export: &Line) -> Result<Vec<(String, String)>> {
    let mut missing = Vec::new();
    if export.is_short() {
        missing = app.store.undelivered_parcels(&export.id).await?;
        missing.truncate(FAULTS_MAX);
    }
    let told = |(path, reason): (String, Option<String>)| (path, reason.unwrap_or_default());
    Ok(missing.into_iter().map(told).collect())
}

/// What stands in the archive, where it is kept.
async fn report(app: &App, w: Words, export: &Line, row: &Row) -> Option<Report> {
    let file = row.file.as_deref().filter(|_| export.state == "done")?;
    let manifest = app.blobs.get(&report_key(file)).await.ok()?;
    let manifest: ExportManifest = serde_json::from_slice(&manifest).ok()?;
    Some(Report::of(w, &manifest))
}
