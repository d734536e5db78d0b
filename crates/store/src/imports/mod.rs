//! Bulk imports: many products and photos at once, in batches that are whole or absent, with a report row for everything sent.
//!
//! A batch writes its products, their photos, its report rows and how far the import is in one transaction. Whoever continues
//! an import after a crash begins at `done`; a batch that two write is written once.

mod write;

use domain::{
    category::Category,
    clock::EpochMs,
    ids::{ProjectId, WorkspaceId},
    product::{Side, View},
};

use crate::{Result, Store, StoreError, catalogue::PhotoFile};

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub workspace_id: String,
    /// Where its new products go.
    pub project_id: Option<String>,
    /// running, done, failed, cancelled.
    pub state: String,
    dry_run: i64,
    /// What was sent, as JSON.
    pub source: String,
    /// Rows and files that it has.
    pub total: i64,
    /// Rows and files that are reported.
    pub done: i64,
    /// Those among them that want a look.
    pub problems: i64,
    /// Why it failed.
    pub reason: Option<String>,
    /// When it was sent.
    pub created_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
}

impl Import {
    /// It reports what it would do and does nothing.
    pub fn dry_run(&self) -> bool {
        self.dry_run == 1
    }

    /// Whose it is.
    pub fn workspace(&self) -> WorkspaceId {
        WorkspaceId(self.workspace_id.clone())
    }
}

/// What became of a row or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// It is new.
    Created,
    /// It changed what was there.
    Updated,
    /// It was there already.
    Unchanged,
    /// What it speaks of was not sent.
    Missing,
    /// It was sent twice.
    Duplicate,
    /// It is no photo that can be opened.
    Unreadable,
    /// It may mean more than one thing: the message says how it was taken.
    Ambiguous,
    /// It has too few pixels.
    TooSmall,
    /// It is not taken.
    Refused,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Updated,
        Self::Unchanged,
        Self::Missing,
        Self::Duplicate,
        Self::Unreadable,
        Self::Ambiguous,
        Self::TooSmall,
        Self::Refused,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::Ambiguous => "ambiguous",
            Self::TooSmall => "too_small",
            Self::Refused => "refused",
        }
    }

    /// Somebody should look.
    pub fn is_problem(self) -> bool {
        !matches!(self, Self::Created | Self::Updated | Self::Unchanged)
    }
}

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ReportRow {
    /// Its place.
    pub number: i64,
    /// row or file.
    pub kind: String,
    /// The product.
    pub sku: Option<String>,
    /// The photo, or the table that the row stands in.
    pub file: Option<String>,
    /// The line of that table.
    pub line: Option<i64>,
    /// The view that the photo shows.
    pub view: Option<String>,
    /// The product's id, where there is one.
    pub product_id: Option<String>,
    /// What became of it.
    pub outcome: String,
    /// What is wrong and what to do, or what was assumed.
    pub message: Option<String>,
}

/// A line of the report before its outcome is known.
#[derive(Clone, Debug, Default)]
pub struct NewRow {
    /// It speaks of a file, and not of a table's row.
    pub is_file: bool,
    /// The product.
    pub sku: Option<String>,
    /// The photo, or the table.
    pub file: Option<String>,
    /// The line of the table.
    pub line: Option<u64>,
    /// What became of it; none: what becomes of the product or the photo decides.
    pub outcome: Option<Outcome>,
    /// What there is to say.
    pub message: Option<String>,
    /// What to say when the product has no photo: it is missing then.
    pub without_photo: Option<String>,
    /// The photo to attach, where it is one that can be used.
    pub photo: Option<ImportPhoto>,
    /// The view.
    pub view: Option<View>,
}

/// A photo to attach.
#[derive(Clone, Debug)]
pub struct ImportPhoto {
    /// The view.
    pub view: View,
    /// Which way a side is turned.
    pub side: Option<Side>,
    /// The blob.
    pub source: String,
    /// Of its bytes.
    pub sha256: String,
    /// As a file.
    pub file: PhotoFile,
}

/// One product with its rows and files, or what belongs to none.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// The product; none: the rows belong to none.
    pub product: Option<ItemProduct>,
    /// Lines of the report.
    pub rows: Vec<NewRow>,
}

/// What is said of a product. What is not said stays as it is.
#[derive(Clone, Debug)]
pub struct ItemProduct {
    /// The SKU as it is spelt.
    pub sku: String,
    /// The name.
    pub name: Option<String>,
    /// The category.
    pub category: Option<Category>,
    /// The colour.
    pub colour: Option<String>,
}

const COLUMNS: &str = "id, workspace_id, project_id, state, dry_run, source, total, done, problems, reason, created_ms, finished_ms";

/// An import that no server has said to work on for so long is lost: five times what they say it by.
pub const IMPORT_LOST_MS: i64 = 5 * 60_000;
/// One of a server that does not say so may run for a day.
const DAY_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Writes down an import whose files have arrived.
    #[expect(clippy::too_many_arguments, reason = "one column each")]
    pub async fn add_import(
        &self,
        id: &str,
        workspace: &WorkspaceId,
        project: Option<&ProjectId>,
        dry_run: bool,
        source: &str,
        created_by: &str,
        now_ms: EpochMs,
    ) -> Result<Import> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO imports (id, workspace_id, project_id, state, dry_run, source, created_by, created_ms)
             VALUES ($1, $2, $3, 'running', $4, $5, $6, $7) RETURNING {COLUMNS}"
        ));
        Ok(sqlx::query_as(sql)
            .bind(id)
            .bind(workspace.as_str())
            .bind(project.map(ProjectId::as_str))
            .bind(i64::from(dry_run))
            .bind(source)
            .bind(created_by)
            .bind(now_ms)
            .fetch_one(&self.writer)
            .await?)
    }

    /// An import.
    pub async fn import(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE workspace_id = $1 AND id = $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// At most `limit` imports before an id, the newest first.
    pub async fn imports(
        &self,
        workspace: &WorkspaceId,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE workspace_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Imports of any workspace that are not at their end.
    pub async fn running_imports(&self) -> Result<Vec<Import>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM imports WHERE state = 'running' ORDER BY id"
        ));
        Ok(sqlx::query_as(sql).fetch_all(&self.reader).await?)
    }

    /// How often each outcome stands in the report of an import.
    pub async fn import_counts(&self, import: &Import) -> Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(
            "SELECT outcome, COUNT(*) FROM import_rows WHERE import_id = $1 GROUP BY outcome ORDER BY outcome",
        )
        .bind(&import.id)
        .fetch_all(&self.reader)
        .await?)
    }

    /// At most `limit` lines of an import's report after a number, of one outcome or of all.
    pub async fn import_rows(
        &self,
        import: &Import,
        outcome: Option<Outcome>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ReportRow>> {
        Ok(sqlx::query_as(
            "SELECT number, kind, sku, file, line, view, product_id, outcome, message FROM import_rows
             WHERE import_id = $1 AND number > $2 AND ($3 = '' OR outcome = $3) ORDER BY number LIMIT $4",
        )
        .bind(&import.id)
        .bind(after)
        .bind(outcome.map_or("", Outcome::name))
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?)
    }

    /// How many rows and files an import has.
    pub async fn set_import_total(&self, import: &Import, total: i64) -> Result<()> {
        sqlx::query("UPDATE imports SET total = $2 WHERE id = $1")
            .bind(&import.id)
            .bind(total)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Says of imports that a server works on them.
    pub async fn keep_imports(&self, ids: &[String], now_ms: EpochMs) -> Result<()> {
        for id in ids {
            sqlx::query("UPDATE imports SET alive_ms = $2 WHERE id = $1 AND state = 'running'")
                .bind(id)
                .bind(now_ms)
                .execute(&self.writer)
                .await?;
        }
        Ok(())
    }

    /// Ends those that no server has said so of for [`IMPORT_LOST_MS`]. How many they were.
    pub async fn end_lost_imports(&self, reason: &str, now_ms: EpochMs) -> Result<u64> {
        let ended = sqlx::query(
            "UPDATE imports SET state = 'failed', reason = $1, finished_ms = $2 WHERE state = 'running'
             AND (alive_ms BETWEEN 1 AND $3 OR (alive_ms = 0 AND created_ms < $4))",
        )
        .bind(reason)
        .bind(now_ms)
        .bind(now_ms - IMPORT_LOST_MS)
        .bind(now_ms - DAY_MS)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected())
    }

    /// Ends an import that runs: done, failed or cancelled. `false` when it does not run.
    pub async fn end_import(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        state: &str,
        reason: Option<&str>,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE imports SET state = $3, reason = $4, finished_ms = $5
             WHERE workspace_id = $1 AND id = $2 AND state = 'running'",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(state)
        .bind(reason)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected() == 1)
    }
}

impl StoreError {
    /// Somebody wrote the same meanwhile, or the database has no time: the same again may work.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Taken(_)) || self.is_busy()
    }
}
