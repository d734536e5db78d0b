//! What the pages show at a glance: counts, sheets of pictures, days. Reads only.

use domain::{
    clock::EpochMs,
    format::Format,
    ids::{ProductId, ShootId, WorkspaceId},
    pose::PoseName,
};
use serde::Deserialize;

use crate::{Result, Store, database::places, from_json, generations::status};

const DAY_MS: i64 = 24 * 3_600_000;

/// How much there is of everything in a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Products.
    pub products: i64,
    /// Models.
    pub models: i64,
    /// Shoots that run or are paused.
    pub shoots: i64,
    /// Pictures that were made and that nobody has decided on.
    pub undecided: i64,
}

/// Which products a page shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductScope<'a> {
    /// Those of a project.
    pub project: Option<&'a str>,
    /// Those whose SKU or name holds this text.
    pub text: Option<&'a str>,
    /// `back`: those without a photo of the back; `shot`: those without a picture.
    pub lacks: Option<&'a str>,
}

/// How many products there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ProductCounts {
    /// All.
    pub total: i64,
    /// Those without a photo of the back.
    pub without_back: i64,
    /// Those without a picture.
    pub never_shot: i64,
}

/// A picture of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetPicture {
    /// Its id.
    pub id: String,
    /// Its product.
    pub product: String,
    /// The product's SKU.
    pub sku: String,
    /// The product's name.
    pub name: Option<String>,
    /// What it shows.
    pub pose: PoseName,
    /// 1 for the first picture of the pose.
    pub take: i64,
    /// PENDING, PROCESSING, COMPLETED, FAILED, REJECTED, CANCELLED, SKIPPED.
    pub status: String,
    /// Why it did not complete.
    pub reason: Option<String>,
    /// A person's word: approved, rejected.
    pub review: Option<String>,
    /// A person should look.
    pub needs_review: bool,
    /// Where the worst lock stands between its worst (-1), its threshold (0) and its best (1).
    pub score: Option<f64>,
    /// The worst that a lock said: failed, doubtful, unverifiable, passed.
    pub worst: &'static str,
    /// The file: what was delivered, or else the last that was sent back.
    pub file: Option<SheetFile>,
    /// When its files were removed, because the workspace keeps rejected pictures no longer.
    pub file_removed_ms: Option<EpochMs>,
    /// Tries so far.
    pub tries: i64,
    /// When its last try began.
    pub started_ms: Option<EpochMs>,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
}

/// A picture's file, as far as a sheet needs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SheetFile {
    /// The blob.
    pub path: String,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// webp, png, …
    pub format: Format,
}

/// How often the first try of an engine was taken.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FirstTries {
    /// The engine.
    pub engine: String,
    /// First tries that a lock or a person judged.
    pub tries: i64,
    /// Of those, taken.
    pub good: i64,
}

/// Pictures of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Day {
    /// Days since 1970.
    pub day: i64,
    /// Delivered, and no person has to look.
    pub passed: i64,
    /// Delivered, for a person to decide.
    pub looked: i64,
    /// Sent back or failed.
    pub failed: i64,
}

/// The queue of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WorkspaceQueue {
    /// Its name.
    pub name: String,
    /// Jobs that a worker has.
    pub running: i64,
    /// Jobs that wait.
    pub waiting: i64,
}

/// What a lock measured on a picture that a person may have judged too.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct JudgedByPeople {
    /// What the lock measured.
    pub score: f64,
    /// A person's word: approved, rejected.
    pub review: Option<String>,
}

const SHEET: &str = concat!(
    "g.id, g.product_id, p.sku, p.name, g.pose, g.take, ",
    status!(),
    " AS status, g.reason, g.review, g.needs_review, g.score, g.result, g.finished_ms,
    g.file_removed_ms, (SELECT COUNT(*) FROM attempts a WHERE a.generation_id = g.id) AS tries,
    (SELECT MAX(a.started_ms) FROM attempts a WHERE a.generation_id = g.id) AS started_ms,
    CASE WHEN g.result IS NULL THEN (SELECT a.candidate FROM attempts a WHERE a.generation_id = g.id AND a.candidate IS NOT NULL
        ORDER BY a.number DESC LIMIT 1) END AS candidate,
    (SELECT MAX(CASE v.outcome WHEN 'failed' THEN 3 WHEN 'doubtful' THEN 2 WHEN 'unverifiable' THEN 1 ELSE 0 END)
     FROM verdicts v JOIN attempts a ON a.id = v.attempt_id
     WHERE a.generation_id = g.id AND a.number = (SELECT MAX(b.number) FROM attempts b WHERE b.generation_id = g.id)) AS worst"
);

#[derive(sqlx::FromRow)]
struct SheetRow {
    id: String,
    product_id: String,
    sku: String,
    name: Option<String>,
    pose: String,
    take: i64,
    status: String,
    reason: Option<String>,
    review: Option<String>,
    needs_review: i64,
    score: Option<f64>,
    result: Option<String>,
    finished_ms: Option<EpochMs>,
    file_removed_ms: Option<EpochMs>,
    tries: i64,
    started_ms: Option<EpochMs>,
    candidate: Option<String>,
    worst: Option<i64>,
}

#[derive(Deserialize)]
struct ResultFile {
    file: SheetFile,
}

impl SheetRow {
    fn picture(self) -> Result<Option<SheetPicture>> {
        let Ok(pose) = self.pose.parse() else {
            return Ok(None);
        };
        let file = match (&self.result, &self.candidate) {
            (Some(result), _) => Some(from_json::<ResultFile>("result", result)?.file),
            (None, Some(candidate)) => Some(from_json("candidate", candidate)?),
            (None, None) => None,
        };
        Ok(Some(SheetPicture {
            id: self.id,
            product: self.product_id,
            sku: self.sku,
            name: self.name,
            pose,
            take: self.take,
            worst: match self.worst {
                Some(3) => "failed",
                Some(2) => "doubtful",
                Some(1) => "unverifiable",
                _ => "passed",
            },
            status: self.status,
            reason: self.reason,
            review: self.review,
            needs_review: self.needs_review == 1,
            score: self.score,
            file,
            file_removed_ms: self.file_removed_ms,
            tries: self.tries,
            started_ms: self.started_ms,
            finished_ms: self.finished_ms,
        }))
    }
}

impl Store {
    /// How much there is of everything in a workspace.
    pub async fn counts(&self, workspace: &WorkspaceId) -> Result<Counts> {
        Ok(sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM products WHERE workspace_id = $1 AND deleted_ms IS NULL) AS products,
                    (SELECT COUNT(*) FROM models WHERE workspace_id = $1 AND deleted_ms IS NULL) AS models,
                    (SELECT COUNT(*) FROM shoots WHERE workspace_id = $1 AND state IN ('running', 'paused')) AS shoots,
                    (SELECT COUNT(*) FROM generations WHERE workspace_id = $1 AND superseded = 0 AND review IS NULL
                     AND status IN ('COMPLETED', 'REJECTED') AND file_removed_ms IS NULL) AS undecided",
        )
        .bind(workspace.as_str())
        .fetch_one(&self.reader)
        .await?)
    }

    /// How many products there are of each kind, in a project where one is named.
    pub async fn product_counts(
        &self,
        workspace: &WorkspaceId,
        project: Option<&str>,
    ) -> Result<ProductCounts> {
        Ok(sqlx::query_as(
            "SELECT COUNT(*) AS total,
                    COUNT(CASE WHEN NOT EXISTS (SELECT 1 FROM photos f WHERE f.product_id = p.id AND f.view = 'back') THEN 1 END)
                        AS without_back,
                    COUNT(CASE WHEN NOT EXISTS (SELECT 1 FROM generations g WHERE g.product_id = p.id AND g.status = 'COMPLETED')
                        THEN 1 END) AS never_shot
             FROM products p WHERE p.workspace_id = $1 AND p.deleted_ms IS NULL AND ($2 = '' OR p.project_id = $2)",
        )
        .bind(workspace.as_str())
        .bind(project.unwrap_or_default())
        .fetch_one(&self.reader)
        .await?)
    }

    /// At most `limit` products of a scope before an id, the newest first.
    pub async fn product_ids(
        &self,
        workspace: &WorkspaceId,
        scope: &ProductScope<'_>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<ProductId>> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT p.id FROM products p WHERE p.workspace_id = $1 AND p.deleted_ms IS NULL AND ($2 = '' OR p.project_id = $2)
             AND ($3 = '' OR LOWER(p.sku) LIKE $3 ESCAPE '!' OR LOWER(COALESCE(p.name, '')) LIKE $3 ESCAPE '!')
             AND ($4 <> 'back' OR NOT EXISTS (SELECT 1 FROM photos f WHERE f.product_id = p.id AND f.view = 'back'))
             AND ($4 <> 'shot' OR NOT EXISTS (SELECT 1 FROM generations g WHERE g.product_id = p.id AND g.status = 'COMPLETED'))
             AND ($5 = '' OR p.id < $5) ORDER BY p.id DESC LIMIT $6",
        )
        .bind(workspace.as_str())
        .bind(scope.project.unwrap_or_default())
        .bind(scope.text.map(crate::projects::holds).unwrap_or_default())
        .bind(scope.lacks.unwrap_or_default())
        .bind(before.unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(|(id,)| ProductId(id)).collect())
    }

    /// How many finished pictures products have.
    pub async fn picture_counts(
        &self,
        workspace: &WorkspaceId,
        products: &[ProductId],
    ) -> Result<Vec<(String, i64)>> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT product_id, COUNT(*) FROM generations WHERE workspace_id = $1 AND superseded = 0 AND status = 'COMPLETED'
             AND product_id IN ({}) GROUP BY product_id",
            places(2, products.len())
        ));
        let mut query = sqlx::query_as(sql).bind(workspace.as_str());
        for product in products {
            query = query.bind(product.as_str());
        }
        Ok(query.fetch_all(&self.reader).await?)
    }

    /// Every picture of a shoot that stands, products in the order of their SKUs, poses in that of the catalogue.
    pub async fn sheet(&self, workspace: &WorkspaceId, shoot: &ShootId) -> Result<Vec<SheetPicture>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {SHEET} FROM generations g JOIN products p ON p.id = g.product_id
             WHERE g.workspace_id = $1 AND g.shoot_id = $2 AND g.superseded = 0"
        ));
        let rows: Vec<SheetRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(shoot.as_str())
            .fetch_all(&self.reader)
            .await?;
        let mut pictures = rows
            .into_iter()
            .filter_map(|row| row.picture().transpose())
            .collect::<Result<Vec<_>>>()?;
        pictures
            .sort_by(|a, b| (&a.sku, &a.product, a.pose, a.take).cmp(&(&b.sku, &b.product, b.pose, b.take)));
        Ok(pictures)
    }

    /// The newest pictures that have a file: of a shoot, a product, or a project.
    pub async fn newest_pictures(
        &self,
        workspace: &WorkspaceId,
        of: &crate::shoots::GenerationFilter<'_>,
        limit: u32,
    ) -> Result<Vec<SheetPicture>> {
        // Each by an index of its own: pictures of a shoot or a product are few, those of a workspace may be a season's.
        let (which, id) = match (of.shoot, of.product, of.project) {
            (Some(shoot), ..) => ("s.workspace_id = $1 AND g.shoot_id = $2", shoot),
            (_, Some(product), _) => ("s.workspace_id = $1 AND g.product_id = $2", product),
            (_, _, Some(project)) => ("g.workspace_id = $1 AND s.project_id = $2", project),
            _ => ("g.workspace_id = $1 AND $2 = ''", ""),
        };
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {SHEET} FROM generations g JOIN products p ON p.id = g.product_id JOIN shoots s ON s.id = g.shoot_id
             WHERE {which} AND g.superseded = 0 AND g.status = 'COMPLETED' AND g.result IS NOT NULL
             ORDER BY g.finished_ms DESC, g.id DESC LIMIT $3"
        ));
        let rows: Vec<SheetRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter()
            .filter_map(|row| row.picture().transpose())
            .collect()
    }

    /// Shoots with pictures that nobody has decided on: their id, how many, how many of those a lock sent back; the fullest first.
    pub async fn undecided_shoots(&self, workspace: &WorkspaceId) -> Result<Vec<(String, i64, i64)>> {
        Ok(sqlx::query_as(
            "SELECT shoot_id, COUNT(*), COUNT(CASE WHEN status = 'REJECTED' THEN 1 END) FROM generations
             WHERE workspace_id = $1 AND superseded = 0 AND review IS NULL AND status IN ('COMPLETED', 'REJECTED')
             AND file_removed_ms IS NULL GROUP BY shoot_id ORDER BY COUNT(*) DESC, shoot_id LIMIT 50",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?)
    }

    /// Those of some shoots that have pictures that could not be made, and how many; the most first.
    pub async fn unmade_shoots(
        &self,
        workspace: &WorkspaceId,
        shoots: &[ShootId],
    ) -> Result<Vec<(String, i64)>> {
        if shoots.is_empty() {
            return Ok(Vec::new());
        }
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT g.shoot_id, COUNT(*) FROM shoots s JOIN generations g ON g.shoot_id = s.id
             WHERE s.workspace_id = $1 AND s.id IN ({}) AND g.status = 'FAILED' AND g.superseded = 0
             GROUP BY g.shoot_id ORDER BY COUNT(*) DESC, g.shoot_id",
            places(2, shoots.len())
        ));
        let mut query = sqlx::query_as(sql).bind(workspace.as_str());
        for shoot in shoots {
            query = query.bind(shoot.as_str());
        }
        Ok(query.fetch_all(&self.reader).await?)
    }

    /// How often first tries were taken since a time, by engine.
    pub async fn first_tries(
        &self,
        workspace: Option<&WorkspaceId>,
        since_ms: EpochMs,
    ) -> Result<Vec<FirstTries>> {
        Ok(sqlx::query_as(
            "SELECT a.engine AS engine, COUNT(*) AS tries, COUNT(CASE WHEN a.outcome = 'done' THEN 1 END) AS good
             FROM attempts a JOIN generations g ON g.id = a.generation_id
             WHERE ($1 = '' OR g.workspace_id = $1) AND a.number = 1 AND a.started_ms >= $2
             AND a.outcome IN ('done', 'rejected', 'withheld') GROUP BY a.engine ORDER BY a.engine",
        )
        .bind(workspace.map(WorkspaceId::as_str).unwrap_or_default())
        .bind(since_ms)
        .fetch_all(&self.reader)
        .await?)
    }

    /// What a workspace's credits changed by on each day since a time: days since 1970.
    pub async fn credit_days(&self, workspace: &WorkspaceId, since_ms: EpochMs) -> Result<Vec<(i64, i64)>> {
        Ok(sqlx::query_as(
            "SELECT created_ms / $3, CAST(SUM(amount) AS BIGINT) FROM ledger_entries
             WHERE workspace_id = $1 AND created_ms >= $2 GROUP BY 1 ORDER BY 1",
        )
        .bind(workspace.as_str())
        .bind(since_ms)
        .bind(DAY_MS)
        .fetch_all(&self.reader)
        .await?)
    }

    /// Credits that pictures hold while they are made.
    pub async fn held_credits(&self, workspace: &WorkspaceId) -> Result<i64> {
        let (held,): (i64,) = sqlx::query_as(
            "SELECT CAST(COALESCE(-SUM(h.amount), 0) AS BIGINT) FROM generations g
             JOIN ledger_entries h ON h.generation_id = g.id AND h.kind = 'hold'
             WHERE g.workspace_id = $1 AND g.status IN ('PENDING', 'PROCESSING')",
        )
        .bind(workspace.as_str())
        .fetch_one(&self.reader)
        .await?;
        Ok(held)
    }

    /// Pictures that ended on each day since a time, of the whole platform.
    pub async fn picture_days(&self, since_ms: EpochMs) -> Result<Vec<Day>> {
        Ok(sqlx::query_as(
            "SELECT finished_ms / $2 AS day, COUNT(CASE WHEN status = 'COMPLETED' AND needs_review = 0 THEN 1 END) AS passed,
                    COUNT(CASE WHEN status = 'COMPLETED' AND needs_review = 1 THEN 1 END) AS looked,
                    COUNT(CASE WHEN status IN ('REJECTED', 'FAILED') THEN 1 END) AS failed
             FROM generations WHERE finished_ms >= $1 AND status IN ('COMPLETED', 'REJECTED', 'FAILED') GROUP BY 1 ORDER BY 1",
        )
        .bind(since_ms)
        .bind(DAY_MS)
        .fetch_all(&self.reader)
        .await?)
    }

    /// The workspaces that have something in the queue.
    pub async fn workspace_queues(&self) -> Result<Vec<WorkspaceQueue>> {
        Ok(sqlx::query_as(
            "SELECT w.name AS name, COUNT(CASE WHEN j.state = 'running' THEN 1 END) AS running,
                    COUNT(CASE WHEN j.state <> 'running' THEN 1 END) AS waiting
             FROM jobs j JOIN workspaces w ON w.id = j.workspace_id WHERE j.state IN ('available', 'running', 'paused')
             GROUP BY w.id, w.name ORDER BY COUNT(*) DESC, w.name LIMIT 20",
        )
        .fetch_all(&self.reader)
        .await?)
    }

    /// The last pictures that a lock measured, with what people said of them; of a workspace, or of all.
    pub async fn judged_by_people(
        &self,
        workspace: Option<&WorkspaceId>,
        lock: &str,
        count: u32,
    ) -> Result<Vec<JudgedByPeople>> {
        Ok(sqlx::query_as(
            "SELECT v.score AS score, g.review AS review FROM verdicts v JOIN attempts a ON a.id = v.attempt_id
             JOIN generations g ON g.id = a.generation_id
             WHERE v.lock = $1 AND ($2 = '' OR g.workspace_id = $2) AND v.score IS NOT NULL
             AND v.outcome IN ('passed', 'doubtful', 'failed') ORDER BY a.id DESC LIMIT $3",
        )
        .bind(lock)
        .bind(workspace.map(WorkspaceId::as_str).unwrap_or_default())
        .bind(i64::from(count))
        .fetch_all(&self.reader)
        .await?)
    }
}
