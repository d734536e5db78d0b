//! Reviews: what people decide on pictures, every decision kept.

mod anyway;

use domain::{
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, WorkspaceId},
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    audit::{self, NewEntry},
    events::{self, NewEvent},
    ids::Ids,
    shoots::{Generation, redo_in},
};

pub use anyway::{ACCEPTED_ANYWAY, delivered_key};

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is delivered.
    Approved,
    /// It is not.
    Rejected,
    /// Make it again.
    Redo,
    /// Takes the last decision back.
    Undone,
}

impl Decision {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Redo => "redo",
            Self::Undone => "undone",
        }
    }
}

/// A decision to write.
#[derive(Clone, Copy, Debug)]
pub struct NewReview<'a> {
    /// What.
    pub decision: Decision,
    /// Also where a lock said no.
    pub anyway: bool,
    /// Why, in a word.
    pub reason: Option<&'a str>,
    /// Why, in words.
    pub note: Option<&'a str>,
    /// By whom.
    pub author: &'a str,
}

/// A decision that was made.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Review {
    /// Its id.
    pub id: String,
    /// approved, rejected, redo, undone.
    pub decision: String,
    anyway: i64,
    /// Why, in a word.
    pub reason: Option<String>,
    /// Why, in words.
    pub note: Option<String>,
    /// By whom.
    pub author_id: String,
    /// When.
    pub created_ms: EpochMs,
}

impl Review {
    /// Approved although a lock had said no.
    pub fn anyway(&self) -> bool {
        self.anyway == 1
    }
}

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// How the picture stands in review now: approved, rejected, or none.
    pub review: Option<String>,
    /// The new picture of a redo.
    pub redone: Option<GenerationId>,
    /// A second pair of eyes is waited for.
    pub second_needed: bool,
}

impl Store {
    /// Writes a decision and what follows from it, in one transaction.
    ///
    /// Approving a picture that a lock rejected needs `anyway` and makes it a delivered one, whose blob has to be at its
    /// [`delivered_key`] by then; it costs what it would have cost, and counts for its author's spend cap as a redo does. One whose
    /// project asks for a second pair of eyes is approved by the second person who approves it.
    pub async fn review(
        &self,
        ids: &Ids,
        workspace: &WorkspaceId,
        generation: &Generation,
        new: &NewReview<'_>,
        now_ms: EpochMs,
    ) -> Result<Reviewed> {
        check(generation, new)?;
        if costs(generation, new.decision) {
            self.take_missing(ids, Some(workspace), now_ms).await?;
        }
        let mut tx = self.write().await?;
        events::lock_shoot(&mut tx, generation.shoot.as_str()).await?;
        check_stands(&mut tx, &generation.id, new.decision).await?;
        insert(&mut tx, ids, workspace, &generation.id, new, now_ms).await?;
        if new.anyway && new.decision == Decision::Approved {
            let entry = NewEntry {
                workspace: Some(workspace),
                actor: new.author,
                action: "generation.approved_anyway",
                subject: generation.id.as_str(),
                detail: json!({ "reason": generation.reason, "note": new.note }),
            };
            audit::append(&mut tx, ids, &entry, now_ms).await?;
        }
        let mut redone = None;
        let mut second_needed = false;
        let review = match new.decision {
            Decision::Approved => {
                second_needed = needs_second(&mut tx, &generation.id).await?;
                if generation.status == Status::Rejected && !second_needed {
                    anyway::accept(&mut tx, ids, workspace, &generation.id, new, now_ms).await?;
                }
                (!second_needed).then_some("approved")
            }
            Decision::Rejected => Some("rejected"),
            Decision::Redo => {
                redone = Some(redo_in(&mut tx, ids, workspace, generation, new.author, now_ms).await?);
                Some("rejected")
            }
            Decision::Undone => {
                anyway::take_back(&mut tx, ids, workspace, &generation.id, now_ms).await?;
                None
            }
        };
        sqlx::query("UPDATE generations SET review = $2 WHERE id = $1")
            .bind(generation.id.as_str())
            .bind(review)
            .execute(&mut *tx)
            .await?;
        let event = NewEvent {
            id: ids.next(),
            workspace,
            shoot: generation.shoot.as_str(),
            kind: "generation.reviewed",
            data: json!({ "generation": generation.id.as_str(), "decision": new.decision.name(), "review": review }),
            now_ms,
        };
        events::append(&mut tx, event).await?;
        tx.commit().await?;
        Ok(Reviewed {
            review: review.map(str::to_owned),
            redone,
            second_needed,
        })
    }

    /// Every decision on a picture, the oldest first.
    pub async fn reviews(&self, workspace: &WorkspaceId, generation: &GenerationId) -> Result<Vec<Review>> {
        Ok(sqlx::query_as(
            "SELECT id, decision, anyway, reason, note, author_id, created_ms FROM reviews
             WHERE workspace_id = $1 AND generation_id = $2 ORDER BY id",
        )
        .bind(workspace.as_str())
        .bind(generation.as_str())
        .fetch_all(&self.reader)
        .await?)
    }
}

fn check(generation: &Generation, new: &NewReview<'_>) -> Result<()> {
    match (new.decision, generation.status) {
        (Decision::Approved | Decision::Rejected, Status::Completed)
        | (Decision::Redo | Decision::Undone, _) => Ok(()),
        (Decision::Approved, Status::Rejected) if new.anyway => Ok(()),
        (Decision::Approved, Status::Rejected) => Err(StoreError::Refused(
            "a lock rejected this picture; to take it all the same, say so with a note",
        )),
        _ => Err(StoreError::Refused(
            "only a picture that was made can be decided on",
        )),
    }
}

/// Whether credits are held for it: a picture is done again, or taken although a lock said no.
fn costs(generation: &Generation, decision: Decision) -> bool {
    match decision {
        Decision::Redo => true,
        Decision::Approved => generation.status == Status::Rejected,
        Decision::Rejected | Decision::Undone => false,
    }
}

/// What was done again is decided on no more: its decision would be about a picture that nobody gets. Nor is approved what has no
/// file any more.
async fn check_stands(tx: &mut AnyConnection, generation: &GenerationId, decision: Decision) -> Result<()> {
    let (superseded, without_file): (i64, i64) = sqlx::query_as(
        "SELECT superseded, CASE WHEN status = 'COMPLETED' AND result IS NULL THEN 1 ELSE 0 END
         FROM generations WHERE id = $1",
    )
    .bind(generation.as_str())
    .fetch_one(tx)
    .await?;
    if superseded == 1 && decision != Decision::Redo {
        return Err(StoreError::Refused(
            "this picture was done again; decide on the new one",
        ));
    }
    if without_file == 1 && decision == Decision::Approved {
        return Err(StoreError::Refused(
            "the file of this picture was removed, so there is nothing to approve; make it again",
        ));
    }
    Ok(())
}

async fn insert(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    generation: &GenerationId,
    new: &NewReview<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO reviews (id, workspace_id, generation_id, decision, anyway, reason, note, author_id, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(ids.next())
    .bind(workspace.as_str())
    .bind(generation.as_str())
    .bind(new.decision.name())
    .bind(i64::from(new.anyway))
    .bind(new.reason)
    .bind(new.note)
    .bind(new.author)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the project wants two people to approve and only one has since the last other decision.
async fn needs_second(tx: &mut AnyConnection, generation: &GenerationId) -> Result<bool> {
    let (wanted, approved_by): (i64, i64) = sqlx::query_as(
        "SELECT COALESCE(MAX(p.second_review), 0),
                (SELECT COUNT(DISTINCT r.author_id) FROM reviews r WHERE r.generation_id = $1 AND r.decision = 'approved'
                 AND r.id > COALESCE((SELECT MAX(id) FROM reviews o WHERE o.generation_id = $1 AND o.decision <> 'approved'), ''))
         FROM generations g JOIN shoots s ON s.id = g.shoot_id LEFT JOIN projects p ON p.id = s.project_id WHERE g.id = $1",
    )
    .bind(generation.as_str())
    .fetch_one(tx)
    .await?;
    Ok(wanted == 1 && approved_by < 2)
}
