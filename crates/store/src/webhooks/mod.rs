//! Webhooks: which systems of a workspace are called about what, and every call that is due, tried and made.
//!
//! A call is a row, written in the transaction of the event that it tells of: an event that happened is told, and one that did
//! not is not. Servers claim rows by lease, so each is sent by one of them at a time; a server that dies leaves its rows to the
//! others, and the receiver tells a repeated call by its id.

mod calls;

use domain::{
    clock::{EpochMs, rfc3339},
    ids::WorkspaceId,
};
use serde_json::{Value as Json, json};
use sqlx::AnyConnection;

use calls::give_up;

use crate::{
    Result, Store, StoreError,
    events::NewEvent,
    ids::Ids,
    rows::{Value, over_all},
};

/// What can be told of.
pub const KINDS: [&str; 9] = [
    "shoot.submitted",
    "shoot.paused",
    "shoot.resumed",
    "shoot.cancelled",
    "shoot.done",
    "generation.ended",
    "generation.doubted",
    "generation.reviewed",
    "generation.redone",
];
/// The kind of a call that only shows that calls come through.
pub const PING: &str = "ping";
/// How long a call is tried, and how long a webhook may fail before nothing is sent to it any more.
pub const GIVE_UP_MS: i64 = 3 * 24 * 3_600_000;
/// The most webhooks of one workspace.
const WEBHOOKS_MAX: i64 = 20;
/// Calls of one webhook that are under way at once: one that is slow leaves room for the others.
const AT_ONCE_MAX: i64 = 4;
/// Waits after each try, in seconds; the last one again and again.
const WAITS_S: [i64; 8] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000];

/// Where calls go.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// The address.
    pub url: String,
    secret: String,
    events: String,
    enabled: i64,
    /// Why nothing is sent to it any more.
    pub disabled_why: Option<String>,
    /// Since when no call came through.
    pub failing_ms: Option<EpochMs>,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_ms: EpochMs,
}

// The secret is in no log.
impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Webhook {
    /// Calls are sent to it.
    pub fn is_enabled(&self) -> bool {
        self.enabled == 1
    }

    /// What it is told of; empty: everything.
    pub fn events(&self) -> Vec<String> {
        self.events.split_whitespace().map(str::to_owned).collect()
    }
}

/// A webhook as it shall be.
#[derive(Clone, Copy, Debug)]
pub struct WebhookText<'a> {
    /// The address.
    pub url: &'a str,
    /// What it is told of; empty: everything.
    pub events: &'a [String],
    /// Calls are sent to it.
    pub enabled: bool,
}

/// One call, as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Its id, and the message's.
    pub id: String,
    /// What it tells of.
    pub kind: String,
    /// The message.
    pub body: String,
    /// waiting, delivered, failed.
    pub state: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next, while it waits.
    pub next_ms: EpochMs,
    /// What the receiver last answered.
    pub status_code: Option<i64>,
    /// Why the last try was none that counts.
    pub reason: Option<String>,
    /// How long the last try took.
    pub took_ms: Option<i64>,
    /// When it was written.
    pub created_ms: EpochMs,
    /// When it was last tried.
    pub tried_ms: Option<EpochMs>,
}

/// A call that this server is to make now.
#[derive(Clone)]
pub struct Due {
    /// Its id, and the message's.
    pub id: String,
    /// The message.
    pub body: String,
    /// Where to.
    pub url: String,
    /// What signs it, as it was given to [`Store::add_webhook`].
    pub secret: String,
    /// Whose it is.
    pub workspace: WorkspaceId,
    webhook: String,
    tries: i64,
    until_ms: EpochMs,
    token: String,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What the receiver answered, if it did.
    pub status_code: Option<u16>,
    /// Why it does not count; none: it was taken.
    pub reason: Option<String>,
    /// How long it took.
    pub took_ms: i64,
}

const COLUMNS: &str = "id, url, secret, events, enabled, disabled_why, failing_ms, version, created_ms";
const DELIVERY: &str =
    "id, kind, body, state, tries, next_ms, status_code, reason, took_ms, created_ms, tried_ms";

/// Writes the calls that an event asks for.
pub(crate) async fn deliver_all(tx: &mut AnyConnection, told: &[(&NewEvent<'_>, i64)]) -> Result<()> {
    // A try that another follows is no end that a system could act on.
    let told = told.iter().filter(|(event, _)| event.data["status"] != "PENDING");
    let rows: Vec<Vec<Value>> = told.map(|(event, number)| call(event, *number)).collect();
    // A message of its own for each webhook: an event's id, and the end of the webhook's, which is random.
    let _: Vec<(String,)> = over_all(
        tx,
        "INSERT INTO deliveries (id, workspace_id, webhook_id, kind, body, state, next_ms, until_ms, created_ms)
         SELECT v.column1 || '-' || SUBSTR(w.id, 25), w.workspace_id, w.id, v.column2, v.column3, 'waiting', v.column4,
                v.column5, v.column4 FROM",
        &rows,
        "JOIN webhooks w ON w.workspace_id = v.column6
         WHERE w.enabled = 1 AND w.deleted_ms IS NULL
           AND (w.events = '' OR ' ' || w.events || ' ' LIKE '% ' || v.column2 || ' %') RETURNING id",
    )
    .await?;
    Ok(())
}

/// A call that tells of an event: id, kind, body, when, until when, whose.
fn call(event: &NewEvent<'_>, number: i64) -> Vec<Value> {
    let mut data =
        json!({ "workspaceId": event.workspace.as_str(), "shootId": event.shoot, "number": number });
    if let (Some(data), Json::Object(more)) = (data.as_object_mut(), &event.data) {
        data.extend(more.clone());
    }
    vec![
        event.id.as_str().into(),
        event.kind.into(),
        message(event.kind, event.now_ms, &data).into(),
        event.now_ms.into(),
        (event.now_ms + GIVE_UP_MS).into(),
        event.workspace.as_str().into(),
    ]
}

/// A message as the specification has it (standardwebhooks.com).
fn message(kind: &str, now_ms: EpochMs, data: &Json) -> String {
    json!({ "type": kind, "timestamp": rfc3339(now_ms), "data": data }).to_string()
}

impl Store {
    /// The secret of every webhook, with id and workspace: to seal them anew when the service's own secret changes.
    pub async fn webhook_secrets(&self) -> Result<Vec<(String, WorkspaceId, String)>> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("SELECT id, workspace_id, secret FROM webhooks WHERE deleted_ms IS NULL")
                .fetch_all(&self.reader)
                .await?;
        let row = |(id, workspace, secret)| (id, WorkspaceId(workspace), secret);
        Ok(rows.into_iter().map(row).collect())
    }

    /// Writes the same secret sealed anew, unless another was set meanwhile.
    pub async fn reseal_webhook_secret(&self, id: &str, before: &str, sealed: &str) -> Result<()> {
        sqlx::query("UPDATE webhooks SET secret = $3 WHERE id = $1 AND secret = $2")
            .bind(id)
            .bind(before)
            .bind(sealed)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Makes a webhook, its secret sealed by the caller. Its id. [`StoreError::Refused`] past the most that a workspace has.
    pub async fn add_webhook(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        text: WebhookText<'_>,
        secret: &str,
        now_ms: EpochMs,
    ) -> Result<String> {
        let mut tx = self.write().await?;
        let (count,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM webhooks WHERE workspace_id = $1 AND deleted_ms IS NULL")
                .bind(workspace.as_str())
                .fetch_one(&mut *tx)
                .await?;
        if count >= WEBHOOKS_MAX {
            return Err(StoreError::Refused(
                "a workspace has at most 20 webhooks; remove one first",
            ));
        }
        let id = ids.next();
        sqlx::query(
            "INSERT INTO webhooks (id, workspace_id, url, secret, events, enabled, created_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&id)
        .bind(workspace.as_str())
        .bind(text.url)
        .bind(secret)
        .bind(text.events.join(" "))
        .bind(i64::from(text.enabled))
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A webhook.
    pub async fn webhook(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Webhook>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM webhooks WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// The webhooks of a workspace, the oldest first.
    pub async fn webhooks(&self, workspace: &WorkspaceId) -> Result<Vec<Webhook>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM webhooks WHERE workspace_id = $1 AND deleted_ms IS NULL ORDER BY id"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .fetch_all(&self.reader)
            .await?)
    }

    /// Changes a webhook that stands at this version (none: at any). One that is enabled begins anew. `None` when there is none,
    /// [`StoreError::Changed`] when it was changed meanwhile.
    pub async fn change_webhook(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        version: Option<i64>,
        text: WebhookText<'_>,
    ) -> Result<Option<Webhook>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "UPDATE webhooks SET url = $3, events = $4, enabled = $5, version = version + 1,
                 disabled_why = CASE WHEN $5 = 1 THEN NULL ELSE disabled_why END,
                 failing_ms = CASE WHEN $5 = 1 AND enabled = 0 THEN NULL ELSE failing_ms END
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL AND ($6 = 0 OR version = $6) RETURNING {COLUMNS}"
        ));
        let changed: Option<Webhook> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id)
            .bind(text.url)
            .bind(text.events.join(" "))
            .bind(i64::from(text.enabled))
            .bind(version.unwrap_or(0))
            .fetch_optional(&self.writer)
            .await?;
        if changed.is_none() && self.webhook(workspace, id).await?.is_some() {
            return Err(StoreError::Changed);
        }
        Ok(changed)
    }

    /// Gives a webhook another secret. `false` when there is none.
    pub async fn set_webhook_secret(&self, workspace: &WorkspaceId, id: &str, secret: &str) -> Result<bool> {
        let set = sqlx::query(
            "UPDATE webhooks SET secret = $3, version = version + 1
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(secret)
        .execute(&self.writer)
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Removes a webhook: what waits for it is not sent. `false` when there is none.
    pub async fn delete_webhook(&self, workspace: &WorkspaceId, id: &str, now_ms: EpochMs) -> Result<bool> {
        let mut tx = self.write().await?;
        let deleted = sqlx::query(
            "UPDATE webhooks SET deleted_ms = $3, enabled = 0, secret = ''
             WHERE workspace_id = $1 AND id = $2 AND deleted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id)
        .bind(now_ms)
        .execute(&mut *tx)
        .await?;
        if deleted.rows_affected() == 1 {
            give_up(&mut tx, id, "the webhook was removed").await?;
        }
        tx.commit().await?;
        Ok(deleted.rows_affected() == 1)
    }

    /// Writes a call that only shows that calls come through. Its id; `None` when there is no such webhook.
    pub async fn ping_webhook(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        id: &str,
        now_ms: EpochMs,
    ) -> Result<Option<String>> {
        let delivery = ids.next();
        let data = json!({ "workspaceId": workspace.as_str(), "webhookId": id });
        let written = sqlx::query(
            "INSERT INTO deliveries (id, workspace_id, webhook_id, kind, body, state, next_ms, until_ms, created_ms)
             SELECT $1, workspace_id, id, $2, $3, 'waiting', $4, $5, $4 FROM webhooks
             WHERE workspace_id = $6 AND id = $7 AND deleted_ms IS NULL",
        )
        .bind(&delivery)
        .bind(PING)
        .bind(message(PING, now_ms, &data))
        .bind(now_ms)
        .bind(now_ms + GIVE_UP_MS)
        .bind(workspace.as_str())
        .bind(id)
        .execute(&self.writer)
        .await?;
        Ok((written.rows_affected() == 1).then_some(delivery))
    }

    /// At most `limit` calls of a webhook before an id, the newest first; at a state.
    pub async fn deliveries(
        &self,
        workspace: &WorkspaceId,
        webhook: &str,
        state: Option<&str>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Delivery>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {DELIVERY} FROM deliveries WHERE workspace_id = $1 AND webhook_id = $2 AND ($3 = '' OR state = $3)
             AND ($4 = '' OR id < $4) ORDER BY id DESC LIMIT $5"
        ));
        Ok(sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(webhook)
            .bind(state.unwrap_or_default())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Makes a call again, with the same id. `false` when there is none, or it waits anyway.
    pub async fn replay_delivery(
        &self,
        workspace: &WorkspaceId,
        webhook: &str,
        id: &str,
        now_ms: EpochMs,
    ) -> Result<bool> {
        let again = sqlx::query(
            "UPDATE deliveries SET state = 'waiting', next_ms = $4, until_ms = $5
             WHERE workspace_id = $1 AND webhook_id = $2 AND id = $3
               AND EXISTS (SELECT 1 FROM webhooks WHERE id = $2 AND deleted_ms IS NULL)",
        )
        .bind(workspace.as_str())
        .bind(webhook)
        .bind(id)
        .bind(now_ms)
        .bind(now_ms + GIVE_UP_MS)
        .execute(&self.writer)
        .await?;
        Ok(again.rows_affected() == 1)
    }
}
