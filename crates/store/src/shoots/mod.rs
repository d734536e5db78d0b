//! Shoots: a brief over products, from its submission to its last picture.

mod control;
mod read;
mod submit;

use domain::{clock::EpochMs, ids::WorkspaceId};
use serde_json::json;
use sqlx::AnyConnection;

pub use control::ATTEMPTS_MAX;
pub(crate) use control::redo_in;
pub use read::{AttemptTold, Generation, GenerationFilter, Progress, Shoot};
pub use submit::{Order, Origin, Request, Submission, Submitted};

use crate::{
    Result,
    events::{self, NewEvent},
    ids::Ids,
};

/// Ends a shoot whose last picture has ended. The caller holds the shoot's row.
pub(crate) async fn finish_if_done(
    tx: &mut AnyConnection,
    ids: &Ids,
    workspace: &WorkspaceId,
    shoot: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let done = sqlx::query(
        "UPDATE shoots SET state = 'done', finished_ms = $2 WHERE id = $1 AND state IN ('running', 'paused')
         AND NOT EXISTS (SELECT 1 FROM generations WHERE workspace_id = $3 AND shoot_id = $1 AND superseded = 0
                         AND status IN ('PENDING', 'PROCESSING'))",
    )
    .bind(shoot)
    .bind(now_ms)
    .bind(workspace.as_str())
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    let event = NewEvent {
        id: ids.next(),
        workspace,
        shoot,
        kind: "shoot.done",
        data: json!({}),
        now_ms,
    };
    events::append(tx, event).await
}
