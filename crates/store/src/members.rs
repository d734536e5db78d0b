//! Members of workspaces, and who is invited.

use domain::{
    access::Role,
    account::Email,
    clock::EpochMs,
    ids::{UserId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{Result, Store, StoreError, ids::Ids};

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are here.
    pub role: Role,
    /// Since when.
    pub created_ms: EpochMs,
}

/// A workspace somebody is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What they are there.
    pub role: Role,
}

/// An open invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// Who is invited.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Until when.
    pub expires_ms: EpochMs,
}

pub(crate) async fn insert(
    tx: &mut AnyConnection,
    workspace: &WorkspaceId,
    user: &UserId,
    role: Role,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO members (workspace_id, user_id, role, created_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(workspace.as_str())
    .bind(user.as_str())
    .bind(role.name())
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// A stored role. The database holds no other words.
pub(crate) fn role(text: &str) -> Role {
    text.parse().unwrap_or(Role::Reviewer)
}

impl Store {
    /// The workspaces of a person, the oldest membership first.
    pub async fn memberships(&self, user: &UserId) -> Result<Vec<Membership>> {
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT w.id, w.name, m.role FROM members m JOIN workspaces w ON w.id = m.workspace_id
             WHERE m.user_id = $1 ORDER BY m.created_ms, w.id",
        )
        .bind(user.as_str())
        .fetch_all(&self.reader)
        .await?;
        let membership = |(id, name, word): (String, String, String)| Membership {
            workspace: WorkspaceId(id),
            name,
            role: role(&word),
        };
        Ok(rows.into_iter().map(membership).collect())
    }

    /// The members of a workspace.
    pub async fn members(&self, workspace: &WorkspaceId) -> Result<Vec<Member>> {
        let rows: Vec<(String, String, String, String, EpochMs)> = sqlx::query_as(
            "SELECT u.id, u.email, u.name, m.role, m.created_ms FROM members m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1 ORDER BY m.created_ms, u.id",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        let member =
            |(id, email, name, word, created_ms): (String, String, String, String, EpochMs)| Member {
                user: UserId(id),
                email,
                name,
                role: role(&word),
                created_ms,
            };
        Ok(rows.into_iter().map(member).collect())
    }

    /// Makes a member something else. `false` when they are no member; [`StoreError::Refused`] for the last owner.
    pub async fn set_role(&self, workspace: &WorkspaceId, user: &UserId, to: Role) -> Result<bool> {
        let mut tx = self.write().await?;
        let set = sqlx::query("UPDATE members SET role = $3 WHERE workspace_id = $1 AND user_id = $2")
            .bind(workspace.as_str())
            .bind(user.as_str())
            .bind(to.name())
            .execute(&mut *tx)
            .await?;
        keep_an_owner(&mut tx, workspace).await?;
        tx.commit().await?;
        Ok(set.rows_affected() == 1)
    }

    /// Takes a member out. `false` when they are no member; [`StoreError::Refused`] for the last owner.
    pub async fn remove_member(&self, workspace: &WorkspaceId, user: &UserId) -> Result<bool> {
        let mut tx = self.write().await?;
        let removed = sqlx::query("DELETE FROM members WHERE workspace_id = $1 AND user_id = $2")
            .bind(workspace.as_str())
            .bind(user.as_str())
            .execute(&mut *tx)
            .await?;
        keep_an_owner(&mut tx, workspace).await?;
        tx.commit().await?;
        Ok(removed.rows_affected() == 1)
    }

    /// Writes an invitation; an older one of the same address ends.
    pub async fn invite(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        invitation: &NewInvitation<'_>,
        now_ms: EpochMs,
    ) -> Result<String> {
        let mut tx = self.write().await?;
        sqlx::query(
            "DELETE FROM invitations WHERE workspace_id = $1 AND email_key = $2 AND accepted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(invitation.email.key())
        .execute(&mut *tx)
        .await?;
        let id = ids.next();
        sqlx::query(
            "INSERT INTO invitations (id, workspace_id, email_key, role, token_hash, invited_by, created_ms, expires_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&id)
        .bind(workspace.as_str())
        .bind(invitation.email.key())
        .bind(invitation.role.name())
        .bind(invitation.token_hash)
        .bind(invitation.invited_by.as_str())
        .bind(now_ms)
        .bind(invitation.expires_ms)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The invitations of a workspace that are open.
    pub async fn invitations(&self, workspace: &WorkspaceId, now_ms: EpochMs) -> Result<Vec<Invitation>> {
        let rows: Vec<(String, String, String, EpochMs)> = sqlx::query_as(
            "SELECT id, email_key, role, expires_ms FROM invitations
             WHERE workspace_id = $1 AND accepted_ms IS NULL AND expires_ms > $2 ORDER BY id",
        )
        .bind(workspace.as_str())
        .bind(now_ms)
        .fetch_all(&self.reader)
        .await?;
        let invitation = |(id, email, word, expires_ms): (String, String, String, EpochMs)| Invitation {
            id,
            email,
            role: role(&word),
            expires_ms,
        };
        Ok(rows.into_iter().map(invitation).collect())
    }

    /// Whether any workspace waits for somebody of this address.
    pub async fn is_invited(&self, email: &Email, token_hash: &str, now_ms: EpochMs) -> Result<bool> {
        let open: Option<(String,)> = sqlx::query_as(
            "SELECT id FROM invitations WHERE email_key = $1 AND token_hash = $3 AND accepted_ms IS NULL AND expires_ms > $2",
        )
        .bind(email.key())
        .bind(now_ms)
        .bind(token_hash)
        .fetch_optional(&self.reader)
        .await?;
        Ok(open.is_some())
    }

    /// Takes an invitation back.
    pub async fn withdraw_invitation(&self, workspace: &WorkspaceId, id: &str) -> Result<bool> {
        let gone = sqlx::query(
            "DELETE FROM invitations WHERE workspace_id = $1 AND id = $2 AND accepted_ms IS NULL",
        )
        .bind(workspace.as_str())
        .bind(id)
        .execute(&self.writer)
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// Accepts an invitation that was sent to this person's address. `None` when it does not hold.
    pub async fn accept_invitation(
        &self,
        token_hash: &str,
        user: &UserId,
        email: &Email,
        now_ms: EpochMs,
    ) -> Result<Option<WorkspaceId>> {
        let mut tx = self.write().await?;
        let accepted: Option<(String, String)> = sqlx::query_as(
            "UPDATE invitations SET accepted_ms = $3
             WHERE token_hash = $1 AND email_key = $2 AND accepted_ms IS NULL AND expires_ms > $3
             RETURNING workspace_id, role",
        )
        .bind(token_hash)
        .bind(email.key())
        .bind(now_ms)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((workspace, word)) = accepted else {
            return Ok(None);
        };
        let workspace = WorkspaceId(workspace);
        insert(&mut tx, &workspace, user, role(&word), now_ms).await?;
        tx.commit().await?;
        Ok(Some(workspace))
    }
}

/// An invitation to write.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation<'a> {
    /// Who.
    pub email: &'a Email,
    /// As what.
    pub role: Role,
    /// Of the secret that is mailed.
    pub token_hash: &'a str,
    /// By whom.
    pub invited_by: &'a UserId,
    /// Until when.
    pub expires_ms: EpochMs,
}

/// A workspace without an owner is nobody's.
async fn keep_an_owner(tx: &mut AnyConnection, workspace: &WorkspaceId) -> Result<()> {
    // The lock: of two owners who go at once, one stays.
    sqlx::query("UPDATE workspaces SET version = version WHERE id = $1")
        .bind(workspace.as_str())
        .execute(&mut *tx)
        .await?;
    let (owners,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM members WHERE workspace_id = $1 AND role = 'owner'")
            .bind(workspace.as_str())
            .fetch_one(tx)
            .await?;
    if owners == 0 {
        return Err(StoreError::Refused("a workspace keeps at least one owner"));
    }
    Ok(())
}
