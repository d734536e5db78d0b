//! Retention: how many days a workspace keeps files that nobody took, and what says whose a face is.
//!
//! The sweep enforces it. Only files go: rows forget their names, under the lock of the shoot, and what nothing names any more is
//! removed like every other blob. What the locks measured, decisions and the ledger stay.

use std::collections::BTreeMap;

use domain::{clock::EpochMs, ids::WorkspaceId};
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe};

use crate::{
    Result, Store,
    audit::{self, NewEntry, SYSTEM},
    events,
    ids::Ids,
    sweep::{doom, path_of},
};

/// The longest period, in days: ten years.
pub const DAYS_MAX: i64 = 3650;
const DAY_MS: i64 = 24 * 3_600_000;
/// Rows whose files go in one transaction, at most.
const BATCH: u64 = 200;

/// How many days a workspace keeps things; none: for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Retention {
    /// Files of tries that did not become the picture, once the picture has ended.
    pub candidates: Option<i64>,
    /// Files of pictures that a lock or a person rejected, or that were done again; from the last decision on.
    pub rejected: Option<i64>,
    /// What says whose a face is, once the photo came and the last shoot with the model ended.
    pub biometric: Option<i64>,
}

/// What would go now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Files of tries.
    pub candidates: i64,
    /// Pictures whose files would go.
    pub rejected: i64,
    /// Faces.
    pub biometric: i64,
}

const COLUMNS: &str = "candidates_days AS candidates, rejected_days AS rejected, biometric_days AS biometric";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    #[sqlx(flatten)]
    retention: Retention,
}

/// Pictures of a workspace ($1) that ended by a time ($2) and that no open export packs.
const ENDED: &str =
    "g.workspace_id = $1 AND g.finished_ms <= $2 AND g.status NOT IN ('PENDING', 'PROCESSING')
     AND NOT EXISTS (SELECT 1 FROM exports e WHERE e.workspace_id = $1 AND e.state IN ('waiting', 'running')
                     AND e.request LIKE ('%\"' || g.id || '\"%'))";

/// Their tries that did not become the picture. Where none was delivered at once, the last is the picture: it was taken anyway, or
/// may still be.
const CANDIDATES: &str = "a.candidate IS NOT NULL
     AND (g.status NOT IN ('COMPLETED', 'REJECTED')
          OR EXISTS (SELECT 1 FROM attempts d WHERE d.generation_id = g.id AND d.outcome = 'done')
          OR a.number < (SELECT COALESCE(MAX(CASE WHEN l.made IS NOT NULL THEN l.number END), MAX(l.number)) FROM attempts l
                         WHERE l.generation_id = g.id AND l.candidate IS NOT NULL))";

/// Those that were rejected or done again, with nothing decided since, and have files.
const REJECTED: &str = "(g.status = 'REJECTED' OR g.review = 'rejected' OR g.superseded = 1)
     AND COALESCE(g.review, '') <> 'approved'
     AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.generation_id = g.id AND r.created_ms > $2)
     AND (g.result IS NOT NULL
          OR EXISTS (SELECT 1 FROM attempts a WHERE a.generation_id = g.id AND a.candidate IS NOT NULL))";

/// Photos of a workspace ($1) that came by a time ($2), of whose model no shoot runs or has ended since.
const FACES: &str = "embedding IS NOT NULL AND created_ms <= $2
     AND model_id IN (SELECT m.id FROM models m WHERE m.workspace_id = $1
         AND NOT EXISTS (SELECT 1 FROM shoots s WHERE s.workspace_id = $1 AND s.model_id = m.id
             AND (s.state IN ('running', 'paused') OR COALESCE(s.finished_ms, s.created_ms) > $2)))";

/// Files that a period is about.
#[derive(Clone, Copy, Debug)]
enum Files {
    Candidates,
    Rejected,
}

impl Files {
    fn name(self) -> &'static str {
        match self {
            Self::Candidates => "candidates",
            Self::Rejected => "rejected pictures",
        }
    }

    /// The rows that name what is older than its period.
    fn due(self) -> String {
        let (from, which) = match self {
            Self::Candidates => (
                "attempts a JOIN generations g ON g.id = a.generation_id",
                CANDIDATES,
            ),
            Self::Rejected => ("generations g", REJECTED),
        };
        format!("FROM {from} WHERE {ENDED} AND {which}")
    }
}

/// What is older than a workspace's period.
#[derive(Clone, Copy, Debug)]
struct Past<'a> {
    workspace: &'a WorkspaceId,
    days: i64,
    now_ms: EpochMs,
}

impl Past<'_> {
    fn before_ms(&self) -> EpochMs {
        self.now_ms - self.days * DAY_MS
    }
}

impl Store {
    /// How long a workspace keeps things.
    pub async fn retention(&self, workspace: &WorkspaceId) -> Result<Retention> {
        let sql = AssertSqlSafe(format!("SELECT {COLUMNS} FROM workspaces WHERE id = $1"));
        let found: Option<Retention> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Sets how long a workspace keeps things, with its entry in the audit log. Each period is 1 to [`DAYS_MAX`] days.
    pub async fn set_retention(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        retention: &Retention,
        set_by: &str,
        now_ms: EpochMs,
    ) -> Result<()> {
        let Retention {
            candidates,
            rejected,
            biometric,
        } = *retention;
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE workspaces SET candidates_days = $2, rejected_days = $3, biometric_days = $4, version = version + 1
             WHERE id = $1",
        )
        .bind(workspace.as_str())
        .bind(candidates)
        .bind(rejected)
        .bind(biometric)
        .execute(&mut *tx)
        .await?;
        let entry = NewEntry {
            workspace: Some(workspace),
            actor: set_by,
            action: "retention.set",
            subject: workspace.as_str(),
            detail: json!({ "candidates": candidates, "rejected": rejected, "biometric": biometric }),
        };
        audit::append(&mut tx, ids, &entry, now_ms).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What would go now if a workspace kept things for so long.
    pub async fn retention_due(
        &self,
        workspace: &WorkspaceId,
        retention: &Retention,
        now_ms: EpochMs,
    ) -> Result<Due> {
        let past = |days: i64| Past {
            workspace,
            days,
            now_ms,
        };
        let faces = format!("FROM model_photos WHERE {FACES}");
        Ok(Due {
            candidates: self
                .count_due(&Files::Candidates.due(), retention.candidates.map(past))
                .await?,
            rejected: self
                .count_due(&Files::Rejected.due(), retention.rejected.map(past))
                .await?,
            biometric: self.count_due(&faces, retention.biometric.map(past)).await?,
        })
    }

    async fn count_due(&self, due: &str, past: Option<Past<'_>>) -> Result<i64> {
        let Some(past) = past else { return Ok(0) };
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) {due}"));
        let (count,): (i64,) = sqlx::query_as(sql)
            .bind(past.workspace.as_str())
            .bind(past.before_ms())
            .fetch_one(&self.reader)
            .await?;
        Ok(count)
    }

    /// Forgets what each workspace keeps no longer. How many rows. Several servers may do so at once, and whoever dies halfway
    /// leaves the rest to the next.
    pub(crate) async fn enforce_retention(&self, ids: &Ids, now_ms: EpochMs) -> Result<u64> {
        let sql = AssertSqlSafe(format!(
            "SELECT id, {COLUMNS} FROM workspaces
             WHERE COALESCE(candidates_days, rejected_days, biometric_days) IS NOT NULL ORDER BY id"
        ));
        let kept: Vec<Row> = sqlx::query_as(sql).fetch_all(&self.reader).await?;
        let mut rows = 0;
        for Row { id, retention } in kept {
            let workspace = WorkspaceId(id);
            let past = |days: i64| Past {
                workspace: &workspace,
                days,
                now_ms,
            };
            for (files, days) in [
                (Files::Rejected, retention.rejected),
                (Files::Candidates, retention.candidates),
            ] {
                if let Some(days) = days {
                    rows += self.forget_files(ids, files, past(days)).await?;
                }
            }
            if let Some(days) = retention.biometric {
                rows += self.forget_faces(ids, past(days)).await?;
            }
        }
        Ok(rows)
    }

    async fn forget_files(&self, ids: &Ids, files: Files, past: Past<'_>) -> Result<u64> {
        let sql = AssertSqlSafe(format!(
            "SELECT DISTINCT g.shoot_id {} ORDER BY g.shoot_id",
            files.due()
        ));
        let shoots: Vec<(String,)> = sqlx::query_as(sql)
            .bind(past.workspace.as_str())
            .bind(past.before_ms())
            .fetch_all(&self.reader)
            .await?;
        let mut rows = 0;
        for (shoot,) in shoots {
            loop {
                let forgotten = self.forget_batch(ids, files, past, &shoot).await?;
                rows += forgotten;
                if forgotten < BATCH {
                    break;
                }
            }
        }
        Ok(rows)
    }

    /// Forgets files of one shoot, in one transaction. How many rows named some.
    async fn forget_batch(&self, ids: &Ids, files: Files, past: Past<'_>, shoot: &str) -> Result<u64> {
        let mut tx = self.write().await?;
        events::lock_shoot(&mut tx, shoot).await?;
        let forgotten = match files {
            Files::Candidates => forget_candidates(&mut tx, past, shoot).await?,
            Files::Rejected => forget_rejected(&mut tx, past, shoot).await?,
        };
        if forgotten == 0 {
            return Ok(0);
        }
        let why = format!("{} are kept {} days", files.name(), past.days);
        let entry = NewEntry {
            workspace: Some(past.workspace),
            actor: SYSTEM,
            action: "shoot.files_removed",
            subject: shoot,
            detail: json!({ "why": why, "count": forgotten }),
        };
        audit::append(&mut tx, ids, &entry, past.now_ms).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// Forgets whose the faces in photos are, as when a consent ends.
    async fn forget_faces(&self, ids: &Ids, past: Past<'_>) -> Result<u64> {
        let sql = AssertSqlSafe(format!(
            "UPDATE model_photos SET embedding = NULL WHERE {FACES} RETURNING model_id"
        ));
        let mut tx = self.write().await?;
        let forgotten: Vec<(String,)> = sqlx::query_as(sql)
            .bind(past.workspace.as_str())
            .bind(past.before_ms())
            .fetch_all(&mut *tx)
            .await?;
        let mut photos = BTreeMap::<&str, u64>::new();
        for (model,) in &forgotten {
            *photos.entry(model.as_str()).or_default() += 1;
        }
        for (model, count) in photos {
            let entry = NewEntry {
                workspace: Some(past.workspace),
                actor: SYSTEM,
                action: "model.face_forgotten",
                subject: model,
                detail: json!({ "why": format!("faces are kept {} days", past.days), "photos": count }),
            };
            audit::append(&mut tx, ids, &entry, past.now_ms).await?;
        }
        tx.commit().await?;
        Ok(forgotten.len() as u64)
    }
}

async fn forget_candidates(tx: &mut AnyConnection, past: Past<'_>, shoot: &str) -> Result<u64> {
    let sql = AssertSqlSafe(format!(
        "SELECT a.id, a.candidate, a.heatmap {} AND g.shoot_id = $3 ORDER BY a.id LIMIT $4",
        Files::Candidates.due()
    ));
    let tries: Vec<(String, String, Option<String>)> = sqlx::query_as(sql)
        .bind(past.workspace.as_str())
        .bind(past.before_ms())
        .bind(shoot)
        .bind(BATCH as i64)
        .fetch_all(&mut *tx)
        .await?;
    for (attempt, candidate, heatmap) in &tries {
        let file = path_of(Some(candidate), "/path");
        for path in file.iter().chain(heatmap) {
            doom(tx, path, past.now_ms).await?;
        }
        sqlx::query("UPDATE attempts SET candidate = NULL, made = NULL, heatmap = NULL WHERE id = $1")
            .bind(attempt)
            .execute(&mut *tx)
            .await?;
    }
    Ok(tries.len() as u64)
}

async fn forget_rejected(tx: &mut AnyConnection, past: Past<'_>, shoot: &str) -> Result<u64> {
    let sql = AssertSqlSafe(format!(
        "SELECT g.id, g.result {} AND g.shoot_id = $3 ORDER BY g.id LIMIT $4",
        Files::Rejected.due()
    ));
    let pictures: Vec<(String, Option<String>)> = sqlx::query_as(sql)
        .bind(past.workspace.as_str())
        .bind(past.before_ms())
        .bind(shoot)
        .bind(BATCH as i64)
        .fetch_all(&mut *tx)
        .await?;
    for (picture, result) in &pictures {
        forget_picture(tx, picture, result.as_deref(), past.now_ms).await?;
    }
    Ok(pictures.len() as u64)
}

/// Forgets every file of a picture.
async fn forget_picture(
    tx: &mut AnyConnection,
    picture: &str,
    result: Option<&str>,
    now_ms: EpochMs,
) -> Result<()> {
    let tries: Vec<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT candidate, heatmap FROM attempts WHERE generation_id = $1")
            .bind(picture)
            .fetch_all(&mut *tx)
            .await?;
    let delivered = path_of(result, "/file/path");
    let of_tries = tries
        .into_iter()
        .flat_map(|(candidate, heatmap)| path_of(candidate.as_deref(), "/path").into_iter().chain(heatmap));
    let paths: Vec<String> = delivered.into_iter().chain(of_tries).collect();
    for path in &paths {
        doom(tx, path, now_ms).await?;
    }
    sqlx::query("UPDATE generations SET result = NULL, file_removed_ms = $2 WHERE id = $1")
        .bind(picture)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE attempts SET candidate = NULL, made = NULL, heatmap = NULL WHERE generation_id = $1")
        .bind(picture)
        .execute(&mut *tx)
        .await?;
    Ok(())
}
