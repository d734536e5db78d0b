//! API keys: how programs of a workspace sign in. Shown once; only a hash is kept.

use domain::{
    access::Action,
    clock::EpochMs,
    ids::{UserId, WorkspaceId},
};

use crate::{Result, Store, ids::Ids};

/// A key as its workspace sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: String,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// How it begins, to tell it from others.
    pub prefix: String,
    /// What it may.
    pub scopes: Vec<Action>,
    /// Since when.
    pub created_ms: EpochMs,
    /// Until when; none: for ever.
    pub expires_ms: Option<EpochMs>,
    /// When it was last used.
    pub used_ms: Option<EpochMs>,
    /// When it was revoked.
    pub revoked_ms: Option<EpochMs>,
}

/// A key to write.
#[derive(Clone, Debug)]
pub struct NewApiKey<'a> {
    /// What people call it.
    pub name: &'a str,
    /// How it begins.
    pub prefix: &'a str,
    /// Of the whole key.
    pub hash: &'a str,
    /// What it may.
    pub scopes: &'a [Action],
    /// Who made it.
    pub created_by: &'a UserId,
    /// Until when.
    pub expires_ms: Option<EpochMs>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    name: String,
    prefix: String,
    scopes: String,
    created_ms: EpochMs,
    expires_ms: Option<EpochMs>,
    used_ms: Option<EpochMs>,
    revoked_ms: Option<EpochMs>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            workspace: WorkspaceId(row.workspace_id),
            name: row.name,
            prefix: row.prefix,
            scopes: row
                .scopes
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .collect(),
            created_ms: row.created_ms,
            expires_ms: row.expires_ms,
            used_ms: row.used_ms,
            revoked_ms: row.revoked_ms,
        }
    }
}

impl Store {
    /// Writes a key, and gives its id.
    pub async fn add_api_key(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        new: &NewApiKey<'_>,
        now_ms: EpochMs,
    ) -> Result<String> {
        let id = ids.next();
        let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.name()).collect();
        sqlx::query(
            "INSERT INTO api_keys (id, workspace_id, name, prefix, key_hash, scopes, created_by, created_ms, expires_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(workspace.as_str())
        .bind(new.name)
        .bind(new.prefix)
        .bind(new.hash)
        .bind(scopes.join(" "))
        .bind(new.created_by.as_str())
        .bind(now_ms)
        .bind(new.expires_ms)
        .execute(&self.writer)
        .await?;
        Ok(id)
    }

    /// The key of a hash, if it holds now. When it was used is written down at most once a minute.
    pub async fn use_api_key(&self, hash: &str, now_ms: EpochMs) -> Result<Option<ApiKey>> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, workspace_id, name, prefix, scopes, created_ms, expires_ms, used_ms, revoked_ms FROM api_keys
             WHERE key_hash = $1 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > $2)",
        )
        .bind(hash)
        .bind(now_ms)
        .fetch_optional(&self.reader)
        .await?;
        let key = row.map(ApiKey::from);
        if let Some(key) = key
            .as_ref()
            .filter(|key| key.used_ms.is_none_or(|used| now_ms - used > 60_000))
        {
            sqlx::query("UPDATE api_keys SET used_ms = $2 WHERE id = $1")
                .bind(&key.id)
                .bind(now_ms)
                .execute(&self.writer)
                .await?;
        }
        Ok(key)
    }

    /// The keys of a workspace, the newest first.
    pub async fn api_keys(&self, workspace: &WorkspaceId) -> Result<Vec<ApiKey>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, workspace_id, name, prefix, scopes, created_ms, expires_ms, used_ms, revoked_ms FROM api_keys
             WHERE workspace_id = $1 ORDER BY id DESC",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().map(ApiKey::from).collect())
    }

    /// Ends a key. `false` when there is none of that id that holds.
    pub async fn revoke_api_key(&self, workspace: &WorkspaceId, id: &str, now_ms: EpochMs) -> Result<bool> {
        let revoked = sqlx::query(
            "UPDATE api_keys SET revoked_ms = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(revoked.rows_affected() == 1)
    }
}
