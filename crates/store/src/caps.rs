//! Spend caps: the most credits that the pictures of a project, or of an API key, may take in 30 days.
//!
//! What is held counts as taken; what comes back does not. A cap is looked at in the transaction that holds, under the lock of the
//! workspace, so two orders at once cannot both take the last of it. A picture counts for who ordered its shoot, and for who asked
//! for it where somebody did later: by having it done again, or by taking it although a lock had said no.

use domain::{clock::EpochMs, ids::WorkspaceId};
use sqlx::AnyConnection;

use crate::{Result, Store, StoreError, ledger};

/// How far back spending counts.
pub const WINDOW_MS: i64 = 30 * 24 * 3_600_000;

/// What a cap is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The shoots of a project.
    Project,
    /// What an API key ordered.
    Key,
}

impl Of {
    /// As rows and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Key => "key",
        }
    }

    /// Of its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Project, Self::Key]
            .into_iter()
            .find(|of| of.name() == name)
    }
}

/// A cap, and how much of it is taken.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Cap {
    /// project, key.
    pub kind: String,
    /// The project, or the key.
    pub subject: String,
    /// What people call it.
    pub name: String,
    /// Credits in 30 days.
    pub credits: i64,
    /// Credits of the last 30 days, those that are held now among them.
    pub spent: i64,
}

/// Credits that pictures of the workspace `$1` took since `$3`: the query of their ids follows, and a parenthesis.
const SPENT: &str = "SELECT CAST(COALESCE(-SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e
     WHERE e.workspace_id = $1 AND e.created_ms >= $3 AND e.generation_id IN (";

/// The pictures of a project, and those that a caller asked for, of the workspace `$1`.
fn pictures_of(of: Of, subject: &str) -> String {
    match of {
        Of::Project => format!(
            "SELECT g.id FROM shoots s JOIN generations g ON g.shoot_id = s.id
             WHERE s.workspace_id = $1 AND s.project_id = {subject}"
        ),
        Of::Key => format!(
            "SELECT g.id FROM shoots s JOIN generations g ON g.shoot_id = s.id
             WHERE s.workspace_id = $1 AND s.created_by = {subject} AND g.asked_by IS NULL
             UNION ALL SELECT a.id FROM generations a WHERE a.workspace_id = $1 AND a.asked_by = {subject}"
        ),
    }
}

/// What an order is of.
pub(crate) struct Asked<'a> {
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) project: Option<&'a str>,
    /// Who asks now.
    pub(crate) by: &'a str,
}

/// Refuses to take more than the caps of an order's project and of its caller allow.
pub(crate) async fn check(
    tx: &mut AnyConnection,
    asked: Asked<'_>,
    needed: i64,
    now_ms: EpochMs,
) -> Result<()> {
    let subjects = [(Of::Project, asked.project), (Of::Key, Some(asked.by))];
    for (of, subject) in subjects {
        let Some(subject) = subject else { continue };
        let cap: Option<(i64,)> = sqlx::query_as(
            "SELECT credits FROM spend_caps WHERE workspace_id = $1 AND kind = $2 AND subject = $3",
        )
        .bind(asked.workspace.as_str())
        .bind(of.name())
        .bind(subject)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((cap,)) = cap else { continue };
        ledger::locked_balance(tx, asked.workspace).await?;
        let sql = sqlx::AssertSqlSafe(format!("{SPENT}{})", pictures_of(of, "$2")));
        let (spent,): (i64,) = sqlx::query_as(sql)
            .bind(asked.workspace.as_str())
            .bind(subject)
            .bind(now_ms - WINDOW_MS)
            .fetch_one(&mut *tx)
            .await?;
        if spent + needed > cap {
            return Err(StoreError::Capped {
                of: of.name(),
                cap,
                spent,
                needed,
            });
        }
    }
    Ok(())
}

impl Store {
    /// Sets the cap of a project or a key, or takes it away. `false` when there is none of this id in the workspace.
    pub async fn set_cap(
        &self,
        workspace: &WorkspaceId,
        of: Of,
        subject: &str,
        credits: Option<i64>,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let known = match of {
            Of::Project => {
                "SELECT id FROM projects WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL"
            }
            Of::Key => "SELECT id FROM api_keys WHERE workspace_id = $1 AND id = $2",
        };
        let known: Option<(String,)> = sqlx::query_as(known)
            .bind(workspace.as_str())
            .bind(subject)
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_none() {
            return Ok(false);
        }
        sqlx::query("DELETE FROM spend_caps WHERE workspace_id = $1 AND kind = $2 AND subject = $3")
            .bind(workspace.as_str())
            .bind(of.name())
            .bind(subject)
            .execute(&mut *tx)
            .await?;
        if let Some(credits) = credits {
            sqlx::query(
                "INSERT INTO spend_caps (workspace_id, kind, subject, credits) VALUES ($1, $2, $3, $4)",
            )
            .bind(workspace.as_str())
            .bind(of.name())
            .bind(subject)
            .bind(credits)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Every cap of a workspace.
    pub async fn caps(&self, workspace: &WorkspaceId, now_ms: EpochMs) -> Result<Vec<Cap>> {
        let (project, key) = (
            pictures_of(Of::Project, "c.subject"),
            pictures_of(Of::Key, "c.subject"),
        );
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT c.kind, c.subject, COALESCE(p.name, k.name, c.subject) AS name, c.credits,
                 (CASE c.kind WHEN 'project' THEN ({SPENT}{project})) ELSE ({SPENT}{key})) END) AS spent
             FROM spend_caps c LEFT JOIN projects p ON c.kind = 'project' AND p.id = c.subject
                 LEFT JOIN api_keys k ON c.kind = 'key' AND k.id = c.subject
             WHERE c.workspace_id = $2 ORDER BY c.kind DESC, c.subject"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(workspace.as_str())
            .bind(now_ms - WINDOW_MS)
            .fetch_all(&self.reader)
            .await?)
    }
}
