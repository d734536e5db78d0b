//! People, and the wrong passwords that were tried on them.

use domain::{
    account::Email,
    clock::EpochMs,
    ids::{UserId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{Result, Store, StoreError, ids::Ids, ledger, members, workspaces};

/// Wrong passwords in a row that are free.
const FAILURES_FREE: i64 = 5;
/// The lock after the first wrong password past those; it doubles with each.
const LOCK_MS: i64 = 30_000;
/// The longest lock.
const LOCK_MS_MAX: i64 = 3_600_000;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// The id.
    pub id: String,
    /// Where mail goes.
    pub email: String,
    /// For other people.
    pub name: String,
    /// What the password is checked against.
    pub password_hash: String,
    admin: i64,
    status: String,
    /// When the address was shown to be theirs.
    pub verified_ms: Option<EpochMs>,
    /// Nobody signs in before, after too many wrong passwords.
    pub locked_until_ms: EpochMs,
    /// When they registered.
    pub created_ms: EpochMs,
}

impl User {
    /// Runs the platform.
    pub fn is_admin(&self) -> bool {
        self.admin == 1
    }

    /// May sign in.
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// The typed id.
    pub fn id(&self) -> UserId {
        UserId(self.id.clone())
    }
}

const COLUMNS: &str =
    "id, email, name, password_hash, admin, status, verified_ms, locked_until_ms, created_ms";

/// A person who registers.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// The address, of nobody else.
    pub email: &'a Email,
    /// The name for people.
    pub name: &'a str,
    /// What the password is checked against.
    pub password_hash: &'a str,
    /// Runs the platform.
    pub admin: bool,
    /// The name of the workspace that they get.
    pub workspace: &'a str,
    /// Credits that it starts with.
    pub credits: u32,
}

impl Store {
    /// Writes a person, a workspace that they own and its first credits, in one transaction.
    /// [`StoreError::Taken`] when the address is somebody's.
    pub async fn register(
        &self,
        ids: &Ids,
        new: &Registration<'_>,
        now_ms: EpochMs,
    ) -> Result<(UserId, WorkspaceId)> {
        let mut tx = self.write().await?;
        let user = insert(&mut tx, ids, new, now_ms).await?;
        let workspace = WorkspaceId(ids.next());
        workspaces::insert(&mut tx, &workspace, new.workspace, now_ms).await?;
        members::insert(&mut tx, &workspace, &user, domain::access::Role::Owner, now_ms).await?;
        if new.credits > 0 {
            let given = ledger::Given {
                credits: i64::from(new.credits),
                note: "welcome",
                request: None,
            };
            ledger::grant(&mut tx, ids, &workspace, given, now_ms).await?;
        }
        tx.commit().await?;
        Ok((user, workspace))
    }

    /// The person of an address.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users WHERE email_key = $1"));
        Ok(sqlx::query_as(sql)
            .bind(email.key())
            .fetch_optional(&self.reader)
            .await?)
    }

    /// The person of an id.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM users WHERE id = $1"));
        Ok(sqlx::query_as(sql)
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?)
    }

    /// At most `limit` people after an id, the oldest first.
    pub async fn users(&self, after: &str, limit: u32) -> Result<Vec<User>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM users WHERE id > $1 ORDER BY id LIMIT $2"
        ));
        Ok(sqlx::query_as(sql)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?)
    }

    /// Whether anybody runs the platform yet.
    pub async fn has_admin(&self) -> Result<bool> {
        let (admins,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM users WHERE admin = 1")
            .fetch_one(&self.reader)
            .await?;
        Ok(admins > 0)
    }

    /// A wrong password: past a few in a row the person is locked for a while, longer each time.
    pub async fn password_failed(&self, user: &UserId, now_ms: EpochMs) -> Result<()> {
        let mut tx = self.write().await?;
        let (failures,): (i64,) =
            sqlx::query_as("UPDATE users SET failures = failures + 1 WHERE id = $1 RETURNING failures")
                .bind(user.as_str())
                .fetch_one(&mut *tx)
                .await?;
        let past = failures - FAILURES_FREE;
        if past > 0 {
            let lock_ms = (LOCK_MS << (past - 1).min(16)).min(LOCK_MS_MAX);
            sqlx::query("UPDATE users SET locked_until_ms = $2 WHERE id = $1")
                .bind(user.as_str())
                .bind(now_ms + lock_ms)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The right password; with a hash by today's rules where the stored one is older.
    pub async fn password_passed(&self, user: &UserId, rehashed: Option<&str>) -> Result<()> {
        sqlx::query(
            "UPDATE users SET failures = 0, locked_until_ms = 0, password_hash = COALESCE($2, password_hash)
             WHERE id = $1",
        )
        .bind(user.as_str())
        .bind(rehashed)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// A new password: every session ends.
    pub async fn set_password(&self, user: &UserId, hash: &str, now_ms: EpochMs) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE users SET password_hash = $2, failures = 0, locked_until_ms = 0 WHERE id = $1")
            .bind(user.as_str())
            .bind(hash)
            .execute(&mut *tx)
            .await?;
        end_sessions(&mut tx, user, "the password was changed", now_ms).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives another name.
    pub async fn rename_user(&self, user: &UserId, name: &str) -> Result<()> {
        sqlx::query("UPDATE users SET name = $2 WHERE id = $1")
            .bind(user.as_str())
            .bind(name)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Lets a person sign in, or not any more: then every session ends now. `false` when there is no such person.
    pub async fn set_user_active(&self, user: &UserId, active: bool, now_ms: EpochMs) -> Result<bool> {
        let mut tx = self.write().await?;
        let set = sqlx::query("UPDATE users SET status = $2 WHERE id = $1")
            .bind(user.as_str())
            .bind(if active { "active" } else { "disabled" })
            .execute(&mut *tx)
            .await?;
        if !active {
            end_sessions(&mut tx, user, "the account was disabled", now_ms).await?;
        }
        tx.commit().await?;
        Ok(set.rows_affected() == 1)
    }

    /// Makes a person run the platform.
    pub async fn set_user_admin(&self, user: &UserId, admin: bool) -> Result<()> {
        sqlx::query("UPDATE users SET admin = $2 WHERE id = $1")
            .bind(user.as_str())
            .bind(i64::from(admin))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Writes the hash of a link that is mailed to a person, or printed for the first admin.
    pub async fn add_mail_token(
        &self,
        hash: &str,
        user: Option<&UserId>,
        purpose: &str,
        expires_ms: EpochMs,
        now_ms: EpochMs,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO mail_tokens (token_hash, user_id, purpose, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(hash)
        .bind(user.map(UserId::as_str))
        .bind(purpose)
        .bind(now_ms)
        .bind(expires_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Uses a mailed link, once. The person it was for; `None` when it does not hold, whyever.
    pub async fn use_mail_token(
        &self,
        hash: &str,
        purpose: &str,
        now_ms: EpochMs,
    ) -> Result<Option<Option<UserId>>> {
        let mut tx = self.write().await?;
        let used: Option<(Option<String>,)> = sqlx::query_as(
            "UPDATE mail_tokens SET used_ms = $3 WHERE token_hash = $1 AND purpose = $2 AND used_ms IS NULL AND expires_ms > $3
             RETURNING user_id",
        )
        .bind(hash)
        .bind(purpose)
        .bind(now_ms)
        .fetch_optional(&mut *tx)
        .await?;
        if let (Some((Some(user),)), true) = (&used, purpose != "setup") {
            // Who reads mail to an address has shown that it is theirs.
            sqlx::query("UPDATE users SET verified_ms = COALESCE(verified_ms, $2) WHERE id = $1")
                .bind(user)
                .bind(now_ms)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(used.map(|(user,)| user.map(UserId)))
    }
}

async fn insert(
    tx: &mut AnyConnection,
    ids: &Ids,
    new: &Registration<'_>,
    now_ms: EpochMs,
) -> Result<UserId> {
    let id = ids.next();
    let written = sqlx::query(
        "INSERT INTO users (id, email, email_key, name, password_hash, admin, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_key) DO NOTHING",
    )
    .bind(&id)
    .bind(new.email.as_str())
    .bind(new.email.key())
    .bind(new.name)
    .bind(new.password_hash)
    .bind(i64::from(new.admin))
    .bind(now_ms)
    .execute(tx)
    .await?;
    if written.rows_affected() == 0 {
        return Err(StoreError::Taken("email"));
    }
    Ok(UserId(id))
}

pub(crate) async fn end_sessions(
    tx: &mut AnyConnection,
    user: &UserId,
    why: &str,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query("UPDATE sessions SET ended_ms = $2, ended_why = $3 WHERE user_id = $1 AND ended_ms IS NULL")
        .bind(user.as_str())
        .bind(now_ms)
        .bind(why)
        .execute(tx)
        .await?;
    Ok(())
}
