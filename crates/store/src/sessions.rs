//! Sessions: one device of one person. A browser proves it by a cookie that stays, a program by a refresh token that is new
//! each time.

use domain::{
    access::Role,
    clock::EpochMs,
    ids::{UserId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{Result, Store, ids::Ids, members};

/// How a session is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By a cookie.
    Browser,
    /// By refresh tokens.
    Token,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Token => "token",
        }
    }
}

/// A session to begin.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// Where it works.
    pub workspace: &'a WorkspaceId,
    /// How it is proved.
    pub kind: Kind,
    /// What the device says it is.
    pub agent: &'a str,
    /// Of its first secret.
    pub token_hash: &'a str,
    /// When it ends if it is not used.
    pub expires_ms: EpochMs,
}

/// Who a session stands for, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The session.
    pub session: String,
    /// The person.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Runs the platform.
    pub admin: bool,
    /// Where they work.
    pub workspace: WorkspaceId,
    /// What they are there.
    pub role: Role,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Device {
    /// The session.
    pub id: String,
    /// What the device says it is.
    pub agent: String,
    /// Since when.
    pub created_ms: EpochMs,
    /// Last seen.
    pub used_ms: EpochMs,
}

/// What came of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// It holds, and is used up now.
    Session(String),
    /// It was used before: somebody else has it, so the whole session has ended.
    Reused,
    /// Nobody's, or its session has ended.
    Unknown,
}

type StandingRow = (String, String, String, String, i64, String, String);

const STANDING: &str = "SELECT s.id, u.id, u.email, u.name, u.admin, s.workspace_id, m.role
     FROM sessions s JOIN users u ON u.id = s.user_id
     JOIN members m ON m.user_id = s.user_id AND m.workspace_id = s.workspace_id";

fn standing((session, user, email, name, admin, workspace, role): StandingRow) -> Standing {
    Standing {
        session,
        user: UserId(user),
        email,
        name,
        admin: admin == 1,
        workspace: WorkspaceId(workspace),
        role: members::role(&role),
    }
}

impl Store {
    /// Begins a session, and gives its id.
    pub async fn begin_session(&self, ids: &Ids, new: &NewSession<'_>, now_ms: EpochMs) -> Result<String> {
        let mut tx = self.write().await?;
        let id = ids.next();
        sqlx::query(
            "INSERT INTO sessions (id, user_id, workspace_id, kind, agent, created_ms, used_ms, expires_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        )
        .bind(&id)
        .bind(new.user.as_str())
        .bind(new.workspace.as_str())
        .bind(new.kind.name())
        .bind(new.agent)
        .bind(now_ms)
        .bind(new.expires_ms)
        .execute(&mut *tx)
        .await?;
        add_token(&mut tx, &id, new.token_hash, now_ms).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Who the session of an access token stands for; `None` when it, the person or the membership has ended.
    pub async fn standing(&self, session: &str, now_ms: EpochMs) -> Result<Option<Standing>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{STANDING} WHERE s.id = $1 AND s.ended_ms IS NULL AND s.expires_ms > $2 AND u.status = 'active'"
        ));
        let row: Option<StandingRow> = sqlx::query_as(sql)
            .bind(session)
            .bind(now_ms)
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map(standing))
    }

    /// Who a browser's cookie stands for.
    pub async fn standing_of_cookie(&self, token_hash: &str, now_ms: EpochMs) -> Result<Option<Standing>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{STANDING} JOIN session_tokens t ON t.session_id = s.id
             WHERE t.token_hash = $1 AND s.kind = 'browser' AND s.ended_ms IS NULL AND s.expires_ms > $2
               AND u.status = 'active'"
        ));
        let row: Option<StandingRow> = sqlx::query_as(sql)
            .bind(token_hash)
            .bind(now_ms)
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map(standing))
    }

    /// Uses a refresh token and gives its session another. A token that is used twice ends its session.
    pub async fn refresh(
        &self,
        token_hash: &str,
        next_hash: &str,
        expires_ms: EpochMs,
        now_ms: EpochMs,
    ) -> Result<Refreshed> {
        let mut tx = self.write().await?;
        let used: Option<(String,)> = sqlx::query_as(
            "UPDATE session_tokens SET used_ms = $2 WHERE token_hash = $1 AND used_ms IS NULL
             AND session_id IN (SELECT id FROM sessions WHERE kind = 'token' AND ended_ms IS NULL AND expires_ms > $2)
             RETURNING session_id",
        )
        .bind(token_hash)
        .bind(now_ms)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((session,)) = used else {
            let reused = sqlx::query(
                "UPDATE sessions SET ended_ms = $2, ended_why = 'a refresh token was used twice' WHERE ended_ms IS NULL
                 AND id IN (SELECT session_id FROM session_tokens WHERE token_hash = $1 AND used_ms IS NOT NULL)",
            )
            .bind(token_hash)
            .bind(now_ms)
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            let reused = reused.rows_affected() > 0;
            return Ok(if reused {
                Refreshed::Reused
            } else {
                Refreshed::Unknown
            });
        };
        add_token(&mut tx, &session, next_hash, now_ms).await?;
        sqlx::query("UPDATE sessions SET used_ms = $2, expires_ms = $3 WHERE id = $1")
            .bind(&session)
            .bind(now_ms)
            .bind(expires_ms)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Refreshed::Session(session))
    }

    /// A browser was here: its session goes on.
    pub async fn touch_session(&self, session: &str, expires_ms: EpochMs, now_ms: EpochMs) -> Result<()> {
        sqlx::query("UPDATE sessions SET used_ms = $2, expires_ms = $3 WHERE id = $1 AND ended_ms IS NULL")
            .bind(session)
            .bind(now_ms)
            .bind(expires_ms)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The session works in another workspace of its person from now on. `false` when they are no member there.
    pub async fn move_session(&self, session: &str, workspace: &WorkspaceId) -> Result<bool> {
        let moved = sqlx::query(
            "UPDATE sessions SET workspace_id = $2 WHERE id = $1 AND ended_ms IS NULL
             AND EXISTS (SELECT 1 FROM members WHERE workspace_id = $2 AND user_id = sessions.user_id)",
        )
        .bind(session)
        .bind(workspace.as_str())
        .execute(&self.writer)
        .await?;
        Ok(moved.rows_affected() == 1)
    }

    /// Ends a session of a person.
    pub async fn end_session(&self, user: &UserId, session: &str, now_ms: EpochMs) -> Result<bool> {
        let ended = sqlx::query(
            "UPDATE sessions SET ended_ms = $3, ended_why = 'signed out' WHERE id = $1 AND user_id = $2 AND ended_ms IS NULL",
        )
        .bind(session)
        .bind(user.as_str())
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// The open sessions of a person.
    pub async fn devices(&self, user: &UserId, now_ms: EpochMs) -> Result<Vec<Device>> {
        Ok(sqlx::query_as(
            "SELECT id, agent, created_ms, used_ms FROM sessions
             WHERE user_id = $1 AND ended_ms IS NULL AND expires_ms > $2 ORDER BY id",
        )
        .bind(user.as_str())
        .bind(now_ms)
        .fetch_all(&self.reader)
        .await?)
    }
}

async fn add_token(tx: &mut AnyConnection, session: &str, hash: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query("INSERT INTO session_tokens (token_hash, session_id, created_ms) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(session)
        .bind(now_ms)
        .execute(tx)
        .await?;
    Ok(())
}
