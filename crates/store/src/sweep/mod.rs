//! The sweep: what was deleted and cannot come back any more, or is older than its workspace keeps it ([`crate::retention`]), is
//! forgotten, and its blobs are removed.
//!
//! A blob is named by its content, so several rows may name one. It goes in two steps. First it is *doomed*: written down in the
//! transaction that forgets its row, or because nothing names it. An hour later, if nothing names it then, it is removed, under a
//! lock on what was written down. Who keeps the same file again ([`Store::spare`]) strikes that out first, and so waits for a
//! removal that is under way and sees that the file is gone. A picture is doomed before it is written and spared by the
//! transaction that writes its row, so that one whose worker dies in between is removed too.

mod forget;

use std::{collections::BTreeSet, time::Duration};

use domain::{clock::EpochMs, thumbnail};
use futures_util::{StreamExt as _, future::try_join_all};
use sqlx::AnyConnection;

use crate::{
    Result, Store,
    blobs::{self, BlobError, Blobs, Listed},
    database::{Engine, places},
    ids::Ids,
    rows::{Value, over_all},
};
pub use forget::CONSENT_GRACE_MS;
pub(crate) use forget::path_of;

const DAY_MS: i64 = 24 * 3_600_000;
/// A blob that was written less than this ago may wait for its row.
const FRESH_MS: i64 = 2 * DAY_MS;
/// How long a doomed blob stays: longer than any call that read its row before takes to write another.
const DOOMED_MS: i64 = 3_600_000;
/// How often to sweep.
pub const EVERY: Duration = Duration::from_hours(1);
/// Blobs that are looked up at once.
const CHUNK: usize = 400;
/// Folders whose blobs may lie unnamed, and the rows that name one.
const LISTED: &[(&str, &[&str])] = &[
    (
        "photos",
        &[
            "SELECT source FROM photos WHERE source",
            "SELECT source FROM model_photos WHERE source",
            "SELECT source FROM uploads WHERE source",
        ],
    ),
    (PARTS, &["SELECT source FROM upload_parts WHERE source"]),
    // A vendor's file waits there for the end of its attempt, or for the one that takes it up.
    (
        "received",
        &["SELECT a.received FROM attempts a JOIN generations g ON g.id = a.generation_id
           WHERE (a.outcome IS NULL OR a.outcome = 'pending') AND g.status IN ('PENDING', 'PROCESSING') AND a.received"],
    ),
];
/// Files that were rendered for channels stay so long after they were written, and while an export of their workspace is open.
const RENDERED_MS: i64 = 90 * DAY_MS;
/// Rendered files, by workspace.
const RENDERS: &str = "renders";
/// Archives and their manifests, by workspace.
const ARCHIVES: &str = "exports";
/// Parts of files on their way in, by workspace.
const PARTS: &str = "uploads";

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows that were forgotten.
    pub rows: u64,
    /// Blobs that were removed.
    pub blobs: u64,
}

/// Why a sweep stopped; the next goes on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The rows.
    #[error(transparent)]
    Store(#[from] crate::StoreError),
    /// The files.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<sqlx::Error> for SweepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Forgets what has ended and removes blobs that nothing names. Several servers may do so at once.
    pub async fn sweep(
        &self,
        ids: &Ids,
        blobs: &dyn Blobs,
        now_ms: EpochMs,
    ) -> std::result::Result<Swept, SweepError> {
        let ended = self.forget_ended(ids, now_ms).await?;
        let rows = ended + self.enforce_retention(ids, now_ms).await?;
        for listed in LISTED {
            self.doom_unnamed(blobs, *listed, now_ms).await?;
        }
        self.doom_rendered(blobs, now_ms).await?;
        self.doom_archives(blobs, now_ms).await?;
        let mut removed = 0;
        for source in self.doomed(now_ms - DOOMED_MS).await? {
            removed += u64::from(self.remove_doomed(blobs, &source).await?);
        }
        Ok(Swept { rows, blobs: removed })
    }

    /// Keeps a blob that may be doomed: to be called before it is looked whether the blob is there.
    pub async fn spare(&self, source: &str) -> Result<()> {
        let doomed: Option<(i64,)> = sqlx::query_as("SELECT doomed_ms FROM doomed_blobs WHERE source = $1")
            .bind(source)
            .fetch_optional(&self.reader)
            .await?;
        if doomed.is_some() {
            sqlx::query("DELETE FROM doomed_blobs WHERE source = $1")
                .bind(source)
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    /// Dooms a blob that is about to be written, until the row that names it is.
    pub async fn announce(&self, source: &str, now_ms: EpochMs) -> Result<()> {
        doom_again(&mut *self.writer.acquire().await?, [source], now_ms).await
    }

    /// Dooms what no row names: photos that were replaced or removed, files whose picture was called off, and those whose row was
    /// never written.
    async fn doom_unnamed(
        &self,
        blobs: &dyn Blobs,
        (folder, namers): (&str, &[&str]),
        now_ms: EpochMs,
    ) -> std::result::Result<(), SweepError> {
        let mut listed = blobs.list(folder).chunks(CHUNK);
        while let Some(chunk) = listed.next().await {
            let mut old = written_before(chunk, now_ms - FRESH_MS)?;
            let named = self.named_of(namers, &old).await?;
            old.retain(|key| !named.contains(key));
            self.doom_all(&old, now_ms).await?;
        }
        Ok(())
    }

    /// Dooms what was rendered long ago. Who packs it again spares it; while an export of its workspace is open it is named.
    async fn doom_rendered(&self, blobs: &dyn Blobs, now_ms: EpochMs) -> std::result::Result<(), SweepError> {
        let mut listed = blobs.list(RENDERS).chunks(CHUNK);
        while let Some(chunk) = listed.next().await {
            let old = written_before(chunk, now_ms - RENDERED_MS)?;
            self.doom_all(&old, now_ms).await?;
        }
        Ok(())
    }

    /// Dooms archives, and their manifests, that no export names: of those that were called off or whose worker died.
    async fn doom_archives(&self, blobs: &dyn Blobs, now_ms: EpochMs) -> std::result::Result<(), SweepError> {
        let mut listed = blobs.list(ARCHIVES).chunks(CHUNK);
        while let Some(chunk) = listed.next().await {
            let mut old = written_before(chunk, now_ms - FRESH_MS)?;
            let archives: Vec<String> = old.iter().map(|key| archive_of(key)).collect();
            let named = self
                .named_of(
                    &["SELECT file FROM exports WHERE state IN ('running', 'done') AND file"],
                    &archives,
                )
                .await?;
            old.retain(|key| !named.contains(&archive_of(key)));
            self.doom_all(&old, now_ms).await?;
        }
        Ok(())
    }

    async fn doom_all(&self, sources: &[String], now_ms: EpochMs) -> Result<()> {
        if sources.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for source in sources {
            doom(&mut tx, source, now_ms).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Those of some blobs that a row names.
    async fn named_of(&self, namers: &[&str], sources: &[String]) -> Result<Vec<String>> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let places = places(1, sources.len());
        let named: Vec<String> = namers
            .iter()
            .map(|namer| format!("{namer} IN ({places})"))
            .collect();
        let sql = sqlx::AssertSqlSafe(named.join(" UNION "));
        let mut query = sqlx::query_as(sql);
        for source in sources {
            query = query.bind(source);
        }
        let rows: Vec<(String,)> = query.fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(source,)| source).collect())
    }

    async fn doomed(&self, before_ms: EpochMs) -> Result<Vec<String>> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT source FROM doomed_blobs WHERE doomed_ms <= $1 ORDER BY source")
                .bind(before_ms)
                .fetch_all(&self.reader)
                .await?;
        Ok(rows.into_iter().map(|(source,)| source).collect())
    }

    /// Removes a doomed blob that nothing names, and strikes it out. Whether it was removed.
    async fn remove_doomed(&self, blobs: &dyn Blobs, source: &str) -> std::result::Result<bool, SweepError> {
        let mut tx = self.write().await?;
        let lock = match self.engine {
            Engine::Sqlite => "SELECT source FROM doomed_blobs WHERE source = $1",
            Engine::Postgres => "SELECT source FROM doomed_blobs WHERE source = $1 FOR UPDATE",
        };
        let still: Option<(String,)> = sqlx::query_as(lock).bind(source).fetch_optional(&mut *tx).await?;
        if still.is_none() {
            return Ok(false);
        }
        let is_named = is_named(&mut tx, source).await?;
        if !is_named {
            // Before its copies: who writes one looks afterwards whether the blob is still there.
            blobs.remove(source).await?;
            if has_copies(source) {
                let copies = thumbnail::SIDES.map(|side| thumbnail::key(source, side));
                try_join_all(copies.iter().map(|copy| blobs.remove(copy))).await?;
            }
        }
        sqlx::query("DELETE FROM doomed_blobs WHERE source = $1")
            .bind(source)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(!is_named)
    }
}

/// The keys of what was last written before a time.
fn written_before(
    listed: Vec<blobs::Result<Listed>>,
    before_ms: EpochMs,
) -> std::result::Result<Vec<String>, SweepError> {
    let mut old = Vec::new();
    for blob in listed {
        let blob = blob?;
        if blob.modified_ms < before_ms {
            old.push(blob.key);
        }
    }
    Ok(old)
}

/// The archive that a key is of: itself, or the one that a manifest lies beside.
fn archive_of(key: &str) -> String {
    match key.strip_suffix(".json") {
        Some(stem) => format!("{stem}.zip"),
        None => key.to_owned(),
    }
}

pub(crate) async fn doom(tx: &mut AnyConnection, source: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query(
        "INSERT INTO doomed_blobs (source, doomed_ms) VALUES ($1, $2) ON CONFLICT (source) DO NOTHING",
    )
    .bind(source)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// Dooms blobs that are about to be written, from now on, also those that were doomed before. Waits for a removal that is under way.
///
/// Each once, for PostgreSQL writes no row twice in one statement, and in the order of their names, so that two who do this never wait
/// for each other in a ring.
pub(crate) async fn doom_again(
    connection: &mut AnyConnection,
    sources: impl IntoIterator<Item = &str>,
    now_ms: EpochMs,
) -> Result<()> {
    let sources: BTreeSet<&str> = sources.into_iter().collect();
    let row = |source: &str| -> Vec<Value> { vec![source.into(), now_ms.into()] };
    let rows: Vec<Vec<Value>> = sources.into_iter().map(row).collect();
    let _: Vec<(String,)> = over_all(
        connection,
        "INSERT INTO doomed_blobs (source, doomed_ms) SELECT v.column1, v.column2 FROM",
        &rows,
        "WHERE true ON CONFLICT (source) DO UPDATE SET doomed_ms = excluded.doomed_ms RETURNING source",
    )
    .await?;
    Ok(())
}

/// Rows name these blobs now.
pub(crate) async fn spare_all(tx: &mut AnyConnection, sources: impl Iterator<Item = &str>) -> Result<()> {
    let rows: Vec<Vec<Value>> = sources.map(|source| vec![source.into()]).collect();
    let _: Vec<(String,)> = over_all(
        tx,
        "DELETE FROM doomed_blobs WHERE source IN (SELECT v.column1 FROM",
        &rows,
        ") RETURNING source",
    )
    .await?;
    Ok(())
}

/// Whether small copies are made of it, as of photos and pictures.
fn has_copies(source: &str) -> bool {
    !is_of_exports(source) && source.split('/').next() != Some(PARTS)
}

/// What is made for exports alone: no photo and no picture is it.
fn is_of_exports(source: &str) -> bool {
    matches!(source.split('/').next(), Some(RENDERS | ARCHIVES))
}

/// Whether an export names what was made for it: as its archive, or, what was rendered, by being open in that workspace, for it may
/// be about to pack it.
async fn is_exported(tx: &mut AnyConnection, source: &str) -> Result<bool> {
    let (sql, namer) = match source.strip_prefix("renders/") {
        Some(rest) => (
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM exports WHERE workspace_id = $1 AND state IN ('waiting', 'running'))
             THEN 1 ELSE 0 END",
            rest.split('/').next().unwrap_or_default().to_owned(),
        ),
        None => (
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM exports WHERE file = $1 AND state IN ('running', 'done'))
             THEN 1 ELSE 0 END",
            archive_of(source),
        ),
    };
    let (named,): (i64,) = sqlx::query_as(sql).bind(namer).fetch_one(tx).await?;
    Ok(named == 1)
}

/// Whether a row names a blob: as a photo, as a part of a file on its way in, as a picture of its workspace
/// (`pictures/WORKSPACE/HASH.webp`), as a heat-map, or as an export's.
async fn is_named(tx: &mut AnyConnection, source: &str) -> Result<bool> {
    if is_of_exports(source) {
        return is_exported(tx, source).await;
    }
    let workspace = source.split('/').nth(1).unwrap_or_default();
    let (named,): (i64,) = sqlx::query_as(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM photos WHERE source = $1)
                       OR EXISTS (SELECT 1 FROM model_photos WHERE source = $1)
                       OR EXISTS (SELECT 1 FROM uploads WHERE source = $1)
                       OR EXISTS (SELECT 1 FROM upload_parts WHERE source = $1)
                       OR EXISTS (SELECT 1 FROM generations WHERE workspace_id = $2 AND result LIKE $3)
                       OR EXISTS (SELECT 1 FROM generations g JOIN attempts a ON a.generation_id = g.id
                                  WHERE g.workspace_id = $2 AND a.candidate LIKE $3)
                       OR EXISTS (SELECT 1 FROM attempts WHERE heatmap = $1)
                THEN 1 ELSE 0 END",
    )
    .bind(source)
    .bind(workspace)
    .bind(format!("%\"{source}\"%"))
    .fetch_one(tx)
    .await?;
    Ok(named == 1)
}
