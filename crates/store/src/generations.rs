//! Generations: one picture each, how it stands and what was delivered. How it ends: `endings`.

use std::collections::{HashMap, HashSet};

use domain::{
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, WorkspaceId},
    manifest::{AttemptEntry, DeliveredFile, Entry, Input},
    shot::Shot,
    verdict::Verdict,
};
use serde::{Deserialize, Serialize};

use crate::{Result, Store, from_json};

/// How a picture `g` stands. That it is being made is written with its job alone: on its own row it was written anew in each of its
/// indexes for what lasts a moment. Those that run are few, and looked up once a statement. (The release before this one wrote it on
/// the picture too.)
macro_rules! status {
    () => {
        "CASE WHEN g.status NOT IN ('PENDING', 'PROCESSING') THEN g.status
              WHEN g.id IN (SELECT j.generation_id FROM jobs j WHERE j.state = 'running') THEN 'PROCESSING' ELSE 'PENDING' END"
    };
}
pub(crate) use status;

/// What a completed generation delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivered {
    /// The file, its path relative to the blobs' root.
    pub file: DeliveredFile,
    /// How to make it again.
    pub recipe: serde_json::Value,
    /// SHA-256 of the photos it was made from.
    pub inputs: Vec<String>,
    /// Sentences for the reviewer.
    pub notes: Vec<String>,
    /// A person should look.
    pub needs_review: bool,
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum AttemptEnd {
    /// Made, checked and stored.
    Completed(Box<Delivered>),
    /// A lock said no. The reason names the part.
    Rejected(String),
    /// The engine will not make it from these photos.
    Refused(String),
    /// An error that trying again will not change, or the last attempt.
    Failed(String),
    /// Not the last word: another attempt follows at a time.
    Retry {
        /// What happened.
        message: String,
        /// When to try again.
        run_at_ms: EpochMs,
    },
}

impl AttemptEnd {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Completed(_) => Status::Completed,
            Self::Rejected(_) => Status::Rejected,
            Self::Refused(_) => Status::Skipped,
            Self::Failed(_) => Status::Failed,
            Self::Retry { .. } => Status::Pending,
        }
    }

    /// Why it did not complete.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Completed(_) => None,
            Self::Rejected(reason) | Self::Refused(reason) | Self::Failed(reason) => Some(reason),
            Self::Retry { message, .. } => Some(message),
        }
    }
}

impl Store {
    /// Every current generation of the workspace as manifest entries, products in SKU order.
    pub async fn entries(&self, workspace: &WorkspaceId) -> Result<Vec<Entry>> {
        type Row = (String, String, String, Option<String>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT g.id, g.shot, ",
            status!(),
            " AS status, g.reason, g.result FROM generations g JOIN products p ON p.id = g.product_id
             WHERE g.workspace_id = $1 AND g.superseded = 0 ORDER BY p.sku_key, g.id"
        ))
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        let mut verdicts = self.verdicts(workspace).await?;
        let mut attempts = self.told(workspace).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for (id, shot, status, reason, result) in rows {
            let shot: Shot = from_json("shot", &shot)?;
            let delivered: Option<Delivered> = result.map(|text| from_json("result", &text)).transpose()?;
            let status = Status::from_name(&status).unwrap_or(Status::Failed);
            entries.push(entry(
                shot,
                status,
                reason,
                delivered,
                verdicts.remove(&id).unwrap_or_default(),
                attempts.remove(&id).unwrap_or_default(),
            ));
        }
        entries.sort_by_cached_key(|entry| (entry.sku.to_lowercase(), entry.pose, entry.take));
        Ok(entries)
    }

    /// The verdicts of each current generation's latest attempt.
    pub(crate) async fn verdicts(&self, workspace: &WorkspaceId) -> Result<HashMap<String, Vec<Verdict>>> {
        type Row = (String, String, Option<f64>, f64, String, String);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT g.id, v.lock, v.score, v.threshold, v.outcome, v.evidence
             FROM verdicts v JOIN attempts a ON a.id = v.attempt_id JOIN generations g ON g.id = a.generation_id
             WHERE g.workspace_id = $1 AND g.superseded = 0
               AND a.number = (SELECT MAX(number) FROM attempts WHERE generation_id = g.id)
             ORDER BY g.id, v.lock",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        let mut by_generation: HashMap<String, Vec<Verdict>> = HashMap::new();
        for (generation, lock, score, threshold, outcome, evidence) in rows {
            let verdict = verdict(lock, score, threshold, &outcome, &evidence)?;
            by_generation.entry(generation).or_default().push(verdict);
        }
        Ok(by_generation)
    }

    /// Files that a delivered picture of the same slot has replaced under another name, and that no current
    /// picture bears, not even in other letter case: leftovers of other settings, each with its generation.
    pub async fn replaced_files(&self, workspace: &WorkspaceId) -> Result<Vec<(GenerationId, String)>> {
        let rows: Vec<(String, i64, String, i64)> = sqlx::query_as(
            "SELECT g.id, g.superseded, g.result, CASE WHEN EXISTS (
                 SELECT 1 FROM generations now WHERE now.workspace_id = g.workspace_id
                 AND now.product_id = g.product_id AND now.pose = g.pose AND now.take = g.take
                 AND now.superseded = 0 AND now.status = 'COMPLETED') THEN 1 ELSE 0 END
             FROM generations g WHERE g.workspace_id = $1 AND g.result IS NOT NULL",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        let (mut old, mut current) = (Vec::new(), HashSet::new());
        for (id, superseded, result, replaced) in rows {
            let delivered: Delivered = from_json("result", &result)?;
            if superseded == 0 {
                current.insert(delivered.file.path.to_lowercase());
            } else if replaced == 1 {
                old.push((GenerationId(id), delivered.file.path));
            }
        }
        old.retain(|(_, path)| !current.contains(&path.to_lowercase()));
        Ok(old)
    }

    /// Forgets what a superseded generation delivered, once its file is gone.
    pub async fn forget_file(&self, generation: &GenerationId) -> Result<()> {
        sqlx::query("UPDATE generations SET result = NULL WHERE id = $1 AND superseded = 1")
            .bind(generation.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

pub(crate) fn entry(
    shot: Shot,
    status: Status,
    reason: Option<String>,
    delivered: Option<Delivered>,
    verdicts: Vec<Verdict>,
    attempts: Vec<AttemptEntry>,
) -> Entry {
    let used = |sha256: &str| {
        delivered
            .as_ref()
            .is_none_or(|done| done.inputs.iter().any(|input| input == sha256))
    };
    let view = shot.pose.pose().view;
    let photos = shot.product.photos.iter().filter(|photo| {
        if delivered.is_some() {
            used(&photo.sha256)
        } else {
            photo.view == view
        }
    });
    let inputs = photos
        .map(|photo| Input {
            view: photo.view,
            name: file_name(&photo.source).to_owned(),
            sha256: photo.sha256.clone(),
            preview: None,
        })
        .collect();
    let (file, recipe, notes, needs_review) = match delivered {
        Some(done) => (Some(done.file), done.recipe, done.notes, done.needs_review),
        None => (None, serde_json::Value::Null, Vec::new(), false),
    };
    Entry {
        sku: shot.product.sku,
        name: shot.product.name,
        pose: shot.pose,
        take: shot.take,
        status,
        reason,
        needs_review,
        notes,
        engine: last_asked(&attempts).unwrap_or(shot.brief.engine.name.0),
        seed: shot.seed.to_string(),
        recipe,
        inputs,
        verdicts,
        file,
        attempts,
        channels: Vec::new(),
    }
}

/// The engine of the last attempt that is told of: the one that made it, or would have.
fn last_asked(attempts: &[AttemptEntry]) -> Option<String> {
    attempts.last().map(|attempt| attempt.engine.name.0.clone())
}

fn file_name(source: &str) -> &str {
    source.rsplit(['/', '\\']).next().unwrap_or(source)
}

/// A stored verdict from its columns.
pub(crate) fn verdict(
    lock: String,
    score: Option<f64>,
    threshold: f64,
    outcome: &str,
    evidence: &str,
) -> Result<Verdict> {
    Ok(Verdict {
        lock,
        score,
        threshold,
        outcome: from_json("outcome", &format!("\"{outcome}\""))?,
        evidence: from_json("evidence", evidence)?,
    })
}
