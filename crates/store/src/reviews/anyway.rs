//! A picture that a lock sent back and a person takes all the same: it becomes a delivered file like any other, is paid for like
//! any other, and says of itself who took it and why.

use domain::{
    clock::EpochMs,
    ids::{GenerationId, WorkspaceId},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::NewReview;
use crate::{
    Result, Store, StoreError, caps, from_json,
    generations::Delivered,
    ids::Ids,
    ledger::{self, HoldEnd},
    sweep, to_json,
};

/// What a recipe says of a picture that was taken although a lock had said no.
pub const ACCEPTED_ANYWAY: &str = "accepted_anyway";

/// Where the blob of a candidate lies once it is delivered.
pub fn delivered_key(candidate: &str) -> String {
    match candidate.strip_prefix("candidates/") {
        Some(rest) => format!("pictures/{rest}"),
        None => candidate.to_owned(),
    }
}

impl Store {
    /// The last candidate of a picture that was sent back, with all that a delivery needs; none where its file was not kept.
    pub async fn candidate(
        &self,
        workspace: &WorkspaceId,
        generation: &GenerationId,
    ) -> Result<Option<Delivered>> {
        let mut connection = self.reader.acquire().await?;
        candidate_in(&mut connection, workspace, generation).await
    }
}

async fn candidate_in(
    connection: &mut AnyConnection,
    workspace: &WorkspaceId,
    generation: &GenerationId,
) -> Result<Option<Delivered>> {
    let made: Option<(String,)> = sqlx::query_as(
        "SELECT a.made FROM attempts a JOIN generations g ON g.id = a.generation_id
         WHERE g.workspace_id = $1 AND g.id = $2 AND a.made IS NOT NULL ORDER BY a.number DESC LIMIT 1",
    )
    .bind(workspace.as_str())
    .bind(generation.as_str())
    .fetch_optional(connection)
    .await?;
    made.map(|(text,)| from_json("made", &text)).transpose()
}

/// Turns a rejected picture into a delivered one: its result, its credits, which count for who takes it.
pub(super) async fn accept(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &GenerationId,
    new: &NewReview<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    let (reason, project): (Option<String>, Option<String>) = sqlx::query_as(
        "SELECT g.reason, s.project_id FROM generations g JOIN shoots s ON s.id = g.shoot_id WHERE g.id = $1",
    )
    .bind(generation.as_str())
    .fetch_one(&mut *tx)
    .await?;
    let mut delivered = candidate_in(tx, workspace, generation)
        .await?
        .ok_or(StoreError::Refused(
            "the file of this picture was not kept, so there is nothing to take; make it again",
        ))?;
    delivered.file.path = delivered_key(&delivered.file.path);
    delivered.needs_review = false;
    let told = reason.as_deref().unwrap_or("a lock said no");
    delivered.notes.push(format!("taken anyway although {told}"));
    delivered.recipe[ACCEPTED_ANYWAY] =
        json!({ "by": new.author, "at_ms": now_ms, "note": new.note, "reason": reason });
    let accepted = sqlx::query(
        "UPDATE generations SET status = 'COMPLETED', reason = NULL, result = $2, needs_review = 0, asked_by = $3
         WHERE id = $1 AND status = 'REJECTED'",
    )
    .bind(generation.as_str())
    .bind(to_json("result", &delivered)?)
    .bind(new.author)
    .execute(&mut *tx)
    .await?;
    if accepted.rows_affected() == 0 {
        return Err(StoreError::Refused("it was decided on meanwhile; load it again"));
    }
    sweep::spare_all(tx, std::iter::once(delivered.file.path.as_str())).await?;
    let price = ledger::held(tx, generation.as_str()).await?;
    if price > 0 {
        let asked = caps::Asked {
            workspace,
            project: project.as_deref(),
            by: new.author,
        };
        caps::check(tx, asked, price, now_ms).await?;
    }
    ledger::hold_again(tx, ids, workspace, generation.as_str(), now_ms).await?;
    ledger::end_hold(tx, ids, workspace, generation.as_str(), HoldEnd::Settle, now_ms).await
}

/// Takes an acceptance back: the picture is a rejected one again, and its credits return.
pub(super) async fn take_back(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &GenerationId,
    now_ms: EpochMs,
) -> Result<()> {
    let (result,): (Option<String>,) =
        sqlx::query_as("SELECT result FROM generations WHERE id = $1 AND status = 'COMPLETED'")
            .bind(generation.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .unwrap_or_default();
    let delivered: Option<Delivered> = result.map(|text| from_json("result", &text)).transpose()?;
    let Some(accepted) = delivered.as_ref().and_then(|one| one.recipe.get(ACCEPTED_ANYWAY)) else {
        return Ok(());
    };
    sqlx::query("UPDATE generations SET status = 'REJECTED', reason = $2, result = NULL WHERE id = $1")
        .bind(generation.as_str())
        .bind(accepted["reason"].as_str())
        .execute(&mut *tx)
        .await?;
    if let Some(delivered) = &delivered {
        sweep::doom(tx, &delivered.file.path, now_ms).await?;
    }
    ledger::refund(tx, ids, workspace, generation.as_str(), now_ms).await
}
