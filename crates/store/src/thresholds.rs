//! Thresholds of the locks: set per workspace or per project, read before every picture, every version kept.

use domain::{
    clock::EpochMs,
    ids::WorkspaceId,
    threshold::{Threshold, Thresholds},
    verdict::Verdict,
};

use crate::{Result, Store, StoreError, generations::verdict, rows::insert_all};

/// The setting that holds the thresholds of workspaces without their own.
pub const DEFAULTS: &str = "thresholds";

/// Whose threshold it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The workspace.
    pub workspace: &'a WorkspaceId,
    /// One of its projects, whose thresholds come before the workspace's; none means the workspace's own.
    pub project: Option<&'a str>,
}

impl<'a> Scope<'a> {
    /// The whole workspace.
    pub fn workspace(workspace: &'a WorkspaceId) -> Self {
        Self {
            workspace,
            project: None,
        }
    }
}

/// One version of a threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct ThresholdVersion {
    /// The lock.
    pub lock: String,
    /// 1, 2, 3, …
    pub version: i64,
    /// The value; none when it went back to the lock's own.
    pub value: Option<Threshold>,
    /// When.
    pub set_ms: EpochMs,
}

/// A stored verdict with the picture it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The SKU.
    pub sku: String,
    /// The pose.
    pub pose: String,
    /// What the lock measured.
    pub verdict: Verdict,
}

impl Store {
    /// Sets a lock's threshold, or with `None` gives the lock its own back. Returns the new version's number.
    pub async fn set_threshold(
        &self,
        scope: Scope<'_>,
        lock: &str,
        value: Option<Threshold>,
        now_ms: EpochMs,
    ) -> Result<i64> {
        let mut tx = self.write().await?;
        let project = scope.project.unwrap_or_default();
        let (last,): (i64,) = sqlx::query_as(
            "SELECT COALESCE(MAX(version), 0) FROM thresholds
             WHERE workspace_id = $1 AND project_id = $2 AND lock = $3",
        )
        .bind(scope.workspace.as_str())
        .bind(project)
        .bind(lock)
        .fetch_one(&mut *tx)
        .await?;
        let row = vec![
            scope.workspace.as_str().into(),
            project.into(),
            lock.into(),
            (last + 1).into(),
            value.map(Threshold::value).into(),
            now_ms.into(),
        ];
        let into = "thresholds (workspace_id, project_id, lock, version, value, set_ms)";
        insert_all(&mut tx, into, vec![row]).await?;
        tx.commit().await?;
        Ok(last + 1)
    }

    /// The thresholds that the operator set for workspaces without their own.
    pub async fn default_thresholds(&self) -> Result<Thresholds> {
        let set = self.setting_versions(DEFAULTS, 1).await?.pop();
        let read = |set: crate::settings::Version| {
            serde_json::from_value(set.value).map_err(|source| StoreError::Row {
                what: "setting",
                source,
            })
        };
        set.map_or_else(|| Ok(Thresholds::new()), read)
    }

    /// The thresholds that hold now: the project's where it has one, else the workspace's, else the operator's.
    pub async fn thresholds(&self, scope: Scope<'_>) -> Result<Thresholds> {
        let mut thresholds = self.default_thresholds().await?;
        thresholds.extend(current(
            self.threshold_versions(Scope::workspace(scope.workspace)).await?,
        ));
        if scope.project.is_some() {
            thresholds.extend(current(self.threshold_versions(scope).await?));
        }
        Ok(thresholds)
    }

    /// Every version set in exactly this scope, oldest first.
    pub async fn threshold_versions(&self, scope: Scope<'_>) -> Result<Vec<ThresholdVersion>> {
        let rows: Vec<(String, i64, Option<f64>, EpochMs)> = sqlx::query_as(
            "SELECT lock, version, value, set_ms FROM thresholds
             WHERE workspace_id = $1 AND project_id = $2 ORDER BY lock, version",
        )
        .bind(scope.workspace.as_str())
        .bind(scope.project.unwrap_or_default())
        .fetch_all(&self.reader)
        .await?;
        let version =
            |(lock, version, value, set_ms): (String, i64, Option<f64>, EpochMs)| ThresholdVersion {
                lock,
                version,
                value: value.and_then(|value| Threshold::try_from(value).ok()),
                set_ms,
            };
        Ok(rows.into_iter().map(version).collect())
    }

    /// What a lock measured on the last `count` attempts that it judged, newest first.
    pub async fn last_judged(&self, workspace: &WorkspaceId, lock: &str, count: u32) -> Result<Vec<Judged>> {
        type Row = (String, String, String, Option<f64>, f64, String, String);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT p.sku, g.pose, v.lock, v.score, v.threshold, v.outcome, v.evidence
             FROM verdicts v JOIN attempts a ON a.id = v.attempt_id JOIN generations g ON g.id = a.generation_id
             JOIN products p ON p.id = g.product_id
             WHERE g.workspace_id = $1 AND v.lock = $2 ORDER BY a.started_ms DESC, a.id DESC LIMIT $3",
        )
        .bind(workspace.as_str())
        .bind(lock)
        .bind(i64::from(count))
        .fetch_all(&self.reader)
        .await?;
        let judged = |(sku, pose, lock, score, threshold, outcome, evidence): Row| {
            let verdict = verdict(lock, score, threshold, &outcome, &evidence)?;
            Ok(Judged { sku, pose, verdict })
        };
        rows.into_iter().map(judged).collect()
    }
}

fn current(versions: Vec<ThresholdVersion>) -> Thresholds {
    let mut thresholds = Thresholds::new();
    for version in versions {
        match version.value {
            Some(value) => thresholds.insert(version.lock, value),
            None => thresholds.remove(&version.lock),
        };
    }
    thresholds
}
