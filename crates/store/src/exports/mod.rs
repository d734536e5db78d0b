//! Packed deliveries: ordered, worked on under a lease, put where the operator says they may be, kept for a while.

mod parcels;

use domain::{
    clock::EpochMs,
    generation::Status,
    ids::{ShootId, WorkspaceId},
    manifest::Entry,
    shot::Shot,
};

use crate::{
    Result, Store,
    database::{Engine, places},
    from_json,
    generations::{Delivered, entry},
    sweep::doom,
};

pub use parcels::{Delivery, DeliveryEnd, Parcel};

/// How often an export is taken up before it is given up.
pub const TRIES_MAX: i64 = 5;

/// The blob of an archive's manifest, beside the archive: what pages tell of it.
pub fn report_key(file: &str) -> String {
    format!("{}.json", file.trim_end_matches(".zip"))
}

/// A packed delivery.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Export {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// waiting, running, done, failed, expired, cancelled.
    pub state: String,
    /// What was asked for, as JSON.
    pub request: String,
    /// Files.
    pub total: i64,
    /// Files that are rendered.
    pub done: i64,
    /// Of those, what a channel would not take.
    pub failing: i64,
    /// Why it failed.
    pub reason: Option<String>,
    /// The archive's blob; there while the export still runs, where it is to be delivered.
    pub file: Option<String>,
    /// Of the archive.
    pub bytes: Option<i64>,
    /// Of the archive, lower-case hex.
    pub sha256: Option<String>,
    /// When it was ordered.
    pub created_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
    /// Until when the archive is kept.
    pub expires_ms: Option<EpochMs>,
    /// How often it was taken up.
    pub tries: i64,
    /// The operator's name of where it is put.
    pub target: Option<String>,
    /// 1: the archive is put there, 0: its files.
    pub whole: i64,
    /// Files to be put there; 0 until they are counted.
    pub to_deliver: i64,
    /// Of those, what is there.
    pub delivered: i64,
}

/// An export to be ordered.
#[derive(Clone, Copy, Debug)]
pub struct NewExport<'a> {
    /// Its id.
    pub id: &'a str,
    /// What is asked for, as JSON.
    pub request: &'a str,
    /// Files.
    pub total: usize,
    /// Where it is put, if anywhere.
    pub to: Option<Destination<'a>>,
    /// Who orders it.
    pub created_by: &'a str,
}

/// Where an export is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination<'a> {
    /// The operator's name of it.
    pub target: &'a str,
    /// The archive, not its files.
    pub whole: bool,
}

impl Export {
    /// Whose it is.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace_id.clone())
    }
}

/// Which pictures go out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// These alone; none: all that are approved.
    pub generations: Option<Vec<String>>,
    /// Of this shoot alone.
    pub shoot: Option<String>,
}

/// How an export ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportEnd {
    /// The archive is there.
    Done {
        /// Its blob.
        file: String,
        /// Its size.
        bytes: u64,
        /// Its hash.
        sha256: String,
        /// Until when it is kept.
        expires_ms: EpochMs,
    },
    /// There will be none.
    Failed(String),
}

const COLUMNS: &str = "id, workspace_id, state, request, total, done, failing, reason, file, bytes, sha256, created_ms, finished_ms, expires_ms, tries, target, whole, to_deliver, delivered";

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE exports SET state = 'running', tries = tries + 1, lease_token = $1, lease_until_ms = $2
             WHERE id = (SELECT id FROM exports
                         WHERE (state = 'waiting' OR (state = 'running' AND lease_until_ms < $3)) AND tries < $4
                         ORDER BY id LIMIT 1 ",
            $lock,
            ") RETURNING id, workspace_id, state, request, total, done, failing, reason, file, bytes, sha256, created_ms,
             finished_ms, expires_ms, tries, target, whole, to_deliver, delivered"
        )
    };
}
const CLAIM_SQLITE: &str = claim!("");
const CLAIM_POSTGRES: &str = claim!("FOR UPDATE SKIP LOCKED");

impl Store {
    /// Orders an export.
    pub async fn add_export(
        &self,
        workspace: &WorkspaceId,
        new: &NewExport<'_>,
        now_ms: EpochMs,
    ) -> Result<Export> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO exports (id, workspace_id, state, request, total, target, whole, created_by, created_ms)
             VALUES ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(new.id)
            .bind(workspace.as_str())
            .bind(new.request)
            .bind(new.total as i64)
            .bind(new.to.map(|to| to.target))
            .bind(i64::from(new.to.is_some_and(|to| to.whole)))
            .bind(new.created_by)
            .bind(now_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// Calls an export off that has not ended. Who works on it is told by what it writes next. False: it has ended.
    pub async fn cancel_export(&self, workspace: &WorkspaceId, id: &str, now_ms: EpochMs) -> Result<bool> {
        let cancelled = sqlx::query(
            "UPDATE exports SET state = 'cancelled', finished_ms = $3, lease_token = NULL, lease_until_ms = NULL, file = NULL
             WHERE workspace_id = $1 AND id = $2 AND state IN ('waiting', 'running')",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(cancelled.rows_affected() == 1)
    }

    /// An export.
    pub async fn export(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Export>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM exports WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// At most `limit` exports before an id, the newest first.
    pub async fn exports(
        &self,
        workspace: &WorkspaceId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Export>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM exports WHERE workspace_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Takes the next export that waits, or whose worker is dead. `token` must be new.
    pub async fn claim_export(
        &self,
        token: &str,
        until_ms: EpochMs,
        now_ms: EpochMs,
    ) -> Result<Option<Export>> {
        sqlx::query(
            "UPDATE exports SET state = 'failed', finished_ms = $1, lease_token = NULL, reason = $3
             WHERE state = 'running' AND lease_until_ms < $1 AND tries >= $2",
        )
        .bind(now_ms)
        .bind(TRIES_MAX)
        .bind(format!(
            "the program ended {TRIES_MAX} times while it packed this; order fewer pictures at once"
        ))
        .execute(&self.writer)
        .await?;
        let claim = match self.engine {
            Engine::Sqlite => CLAIM_SQLITE,
            Engine::Postgres => CLAIM_POSTGRES,
        };
        Ok(sqlx::query_as(claim)
            .bind(token)
            .bind(until_ms)
            .bind(now_ms)
            .bind(TRIES_MAX)
            .fetch_optional(&self.writer)
            .await?)
    }

    /// Tells how far a held export is and keeps it held. False: another worker has it.
    pub async fn tell_export(
        &self,
        id: &str,
        token: &str,
        counts: [usize; 3],
        until_ms: EpochMs,
    ) -> Result<bool> {
        let [total, done, failing] = counts.map(|count| count as i64);
        let told = sqlx::query(
            "UPDATE exports SET total = $3, done = $4, failing = $5, lease_until_ms = $6
             WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(token)
        .bind(total)
        .bind(done)
        .bind(failing)
        .bind(until_ms)
        .execute(&self.writer)
        .await?;
        Ok(told.rows_affected() == 1)
    }

    /// Keeps a held export held. False: another worker has it, or it was called off.
    pub async fn keep_export(&self, id: &str, token: &str, until_ms: EpochMs) -> Result<bool> {
        let kept = sqlx::query(
            "UPDATE exports SET lease_until_ms = $3 WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(token)
        .bind(until_ms)
        .execute(&self.writer)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Tells that the archive of a held export is there, before it is delivered: whoever takes the export up packs no other.
    /// False: another worker has it, or it was called off.
    pub async fn tell_archive(
        &self,
        id: &str,
        token: &str,
        file: &str,
        bytes: u64,
        sha256: &str,
    ) -> Result<bool> {
        let told = sqlx::query(
            "UPDATE exports SET file = $3, bytes = $4, sha256 = $5
             WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(token)
        .bind(file)
        .bind(bytes as i64)
        .bind(sha256)
        .execute(&self.writer)
        .await?;
        Ok(told.rows_affected() == 1)
    }

    /// Ends a held export. False: another worker has it.
    pub async fn end_export(&self, id: &str, token: &str, end: &ExportEnd, now_ms: EpochMs) -> Result<bool> {
        let (state, reason, file, bytes, sha256, expires_ms) = match end {
            ExportEnd::Done {
                file,
                bytes,
                sha256,
                expires_ms,
            } => (
                "done",
                None,
                Some(file),
                Some(*bytes as i64),
                Some(sha256),
                Some(*expires_ms),
            ),
            ExportEnd::Failed(reason) => ("failed", Some(reason), None, None, None, None),
        };
        let ended = sqlx::query(
            "UPDATE exports SET state = $3, reason = $4, file = $5, bytes = $6, sha256 = $7, expires_ms = $8,
                 finished_ms = $9, lease_token = NULL, lease_until_ms = NULL
             WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(token)
        .bind(state)
        .bind(reason)
        .bind(file)
        .bind(bytes)
        .bind(sha256)
        .bind(expires_ms)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Puts a held export back, to be taken up again at once: its worker stops.
    pub async fn put_back_export(&self, id: &str, token: &str) -> Result<()> {
        sqlx::query(
            "UPDATE exports SET state = 'waiting', tries = tries - 1, lease_token = NULL, lease_until_ms = NULL
             WHERE id = $1 AND lease_token = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(token)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Forgets archives that were kept long enough, and dooms their blobs: the sweep removes those that no other export
    /// names.
    pub async fn expire_exports(&self, now_ms: EpochMs) -> Result<u64> {
        let mut tx = self.write().await?;
        let files: Vec<(String,)> = sqlx::query_as(
            "UPDATE exports SET state = 'expired' WHERE state = 'done' AND expires_ms < $1 RETURNING file",
        )
        .bind(now_ms)
        .fetch_all(&mut *tx)
        .await?;
        for (file,) in &files {
            doom(&mut tx, file, now_ms).await?;
            doom(&mut tx, &report_key(file), now_ms).await?;
        }
        tx.commit().await?;
        Ok(files.len() as u64)
    }

    /// Whose shoot it is: for the operator.
    pub async fn workspace_of_shoot(&self, shoot: &ShootId) -> Result<Option<WorkspaceId>> {
        let found: Option<(String,)> = sqlx::query_as("SELECT workspace_id FROM shoots WHERE id = $1")
            .bind(shoot.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(found.map(|(workspace,)| WorkspaceId(workspace)))
    }

    /// The ids of every finished picture of the workspace that stands.
    pub async fn finished_generations(&self, workspace: &WorkspaceId) -> Result<Vec<String>> {
        let ids: Vec<(String,)> = sqlx::query_as(
            "SELECT id FROM generations WHERE workspace_id = $1 AND superseded = 0 AND status = 'COMPLETED' ORDER BY id",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        Ok(ids.into_iter().map(|(id,)| id).collect())
    }

    /// Finished pictures to deliver, products in SKU order: those that are approved, or those that are named and not rejected.
    pub async fn pictures_to_export(
        &self,
        workspace: &WorkspaceId,
        selection: &Selection,
    ) -> Result<Vec<(String, Entry)>> {
        type Row = (String, String, Option<String>, Option<String>);
        let named: Vec<&str> = selection
            .generations
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let mut rows: Vec<Row> = Vec::new();
        if selection.generations.is_none() {
            rows = sqlx::query_as(
                "SELECT id, shot, reason, result FROM generations
                 WHERE workspace_id = $1 AND superseded = 0 AND status = 'COMPLETED' AND review = 'approved'
                   AND ($2 = '' OR shoot_id = $2)",
            )
            .bind(workspace.as_str())
            .bind(selection.shoot.as_deref().unwrap_or_default())
            .fetch_all(&self.reader)
            .await?;
        }
        for some in named.chunks(500) {
            let sql = sqlx::AssertSqlSafe(format!(
                "SELECT id, shot, reason, result FROM generations
                 WHERE workspace_id = $1 AND status = 'COMPLETED' AND COALESCE(review, '') <> 'rejected'
                   AND ($2 = '' OR shoot_id = $2) AND id IN ({})",
                places(3, some.len())
            ));
            let mut query = sqlx::query_as(sql)
                .bind(workspace.as_str())
                .bind(selection.shoot.as_deref().unwrap_or_default());
            for id in some {
                query = query.bind(*id);
            }
            let some: Vec<Row> = query.fetch_all(&self.reader).await?;
            rows.extend(some);
        }
        let mut verdicts = self.verdicts(workspace).await?;
        let mut attempts = self.told(workspace).await?;
        let mut pictures = Vec::with_capacity(rows.len());
        for (id, shot, reason, result) in rows {
            let shot: Shot = from_json("shot", &shot)?;
            let delivered: Option<Delivered> = result.map(|text| from_json("result", &text)).transpose()?;
            let entry = entry(
                shot,
                Status::Completed,
                reason,
                delivered,
                verdicts.remove(&id).unwrap_or_default(),
                attempts.remove(&id).unwrap_or_default(),
            );
            if entry.file.is_some() {
                pictures.push((id, entry));
            }
        }
        pictures
            .sort_by_cached_key(|(id, entry)| (entry.sku.to_lowercase(), entry.pose, entry.take, id.clone()));
        pictures.dedup_by(|one, other| one.0 == other.0);
        Ok(pictures)
    }
}
