//! A picture in full: what the checks said, its tries, who decided what.

use axum::{
    extract::{Path, State},
    response::IntoResponse as _,
};
use domain::{
    product::{PhotoRef, View},
    verdict::{Outcome, Verdict},
};
use serde::Serialize;
use store::shoots::{AttemptTold, Generation};

use super::{files::file_of, shoot_of};
use crate::{
    api::generations as api,
    app::App,
    auth::caller::{Allowed, Read},
    error::Result,
    extract::Json,
    pages::{
        Page,
        form::Form,
        pictures::pose_name,
        shell::Shell,
        words::{Count, Told, Words},
    },
};

/// The most pictures that are told in full at once.
const DETAILS_MAX: usize = 24;

/// A lock's line beside a picture.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) lock: String,
    pub(super) outcome: &'static str,
    pub(super) score: Option<f64>,
    pub(super) threshold: f64,
    pub(super) words: Told,
}

/// A try, as the desk shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Try {
    pub(super) number: usize,
    pub(super) engine: String,
    pub(super) outcome: String,
    pub(super) reason: Told,
    pub(super) url: Option<String>,
    /// What is laid over it to show where the product differs.
    pub(super) heatmap: Option<String>,
    pub(super) lines: Vec<Line>,
    #[serde(rename = "box")]
    pub(super) worst: Option<[f64; 4]>,
    pub(super) sentence: Told,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Decision {
    pub(super) words: String,
    pub(super) who: String,
    pub(super) note: String,
    #[serde(rename = "atMs")]
    pub(super) at_ms: i64,
}

/// A picture with all that the desk shows of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Detail {
    pub(super) id: String,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) pose: String,
    pub(super) status: String,
    pub(super) review: Option<String>,
    /// failed, doubtful, unverifiable, passed; open where there is no picture to judge.
    pub(super) kind: &'static str,
    pub(super) badge: String,
    pub(super) sentence: Told,
    pub(super) suggested: Option<usize>,
    pub(super) needs_note: bool,
    pub(super) url: Option<String>,
    /// When its files were removed.
    pub(super) removed_ms: Option<i64>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) source_url: Option<String>,
    pub(super) source_view: String,
    pub(super) tries: Vec<Try>,
    pub(super) decisions: Vec<Decision>,
    pub(super) notes: Vec<String>,
}

impl Detail {
    /// Whether the checks speak for the reason of this key.
    pub(super) fn suggests(&self, key: impl Count) -> bool {
        self.suggested
            .is_some_and(|suggested| suggested.count() == key.count())
    }
}

/// Pictures in full, a few at once.
pub(in crate::pages) async fn details(
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
pub(super) fn source(row: &Generation) -> Option<&PhotoRef> {
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
            w.name("worst", verdict.outcome.name()).into()
        } else {
            w.told(reason)
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
            engine: w.name("engine-name", &one.entry.engine.to_string()),
            outcome: w.name("attempt", &one.entry.outcome),
            reason: w.told(one.entry.reason.as_deref().unwrap_or_default()),
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

pub(super) async fn detail(app: &App, shell: &Shell, row: &Generation) -> Result<Detail> {
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
    let is_made = matches!(row.status.name(), "COMPLETED" | "REJECTED");
    let kind = match said.map(|verdict| verdict.outcome) {
        _ if !is_made => "open",
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
    let sentence = match (is_sent_back || !is_made, &row.reason, said) {
        (true, Some(reason), _) => w.told(reason),
        (_, _, Some(verdict)) if kind != "doubtful" || verdict.outcome != Outcome::Passed => {
            line(w, verdict).words
        }
        _ => row
            .delivered
            .as_ref()
            .map(|made| w.told_each(made.notes.iter().map(String::as_str)))
            .unwrap_or_default(),
    };
    Ok(Detail {
        sku: row.shot.product.sku.clone(),
        name: row.shot.product.name.clone().unwrap_or_default(),
        pose: pose_name(w, row.shot.pose.as_str(), i64::from(row.shot.take)),
        status: row.status.name().to_owned(),
        review: row.review.clone(),
        badge: match said {
            Some(verdict) if !matches!(kind, "passed" | "open") && verdict.outcome != Outcome::Passed => {
                w.name("lock", &verdict.lock)
            }
            _ => w.name("worst", kind),
        },
        suggested: said.filter(|_| !matches!(kind, "passed" | "open")).map(suggested),
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
