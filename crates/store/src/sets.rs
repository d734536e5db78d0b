//! Sets: the delivered pictures of one product, compared once all of them are there.

use domain::{
    clock::EpochMs,
    ids::{GenerationId, WorkspaceId},
    pose::{Framing, PoseName},
    verdict::Verdict,
};

use serde_json::json;
use sqlx::AnyConnection;

use crate::{
    Result, Store, attempts,
    events::{self, NewEvent},
    from_json,
    generations::Delivered,
    ids::Ids,
    rows::insert_all,
    to_json,
};

/// A delivered whole view of a product.
#[derive(Clone, Debug)]
pub struct SetMember {
    /// The picture.
    pub generation: GenerationId,
    /// What it shows.
    pub pose: PoseName,
    /// Its file.
    pub path: String,
    attempt: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    product_id: String,
    id: String,
    pose: String,
    result: String,
    attempt_id: String,
    checked: i64,
}

impl Store {
    /// Each product's delivered whole views, where there are at least `members_min` and one of them was not compared with the
    /// others yet by the lock of this name.
    pub async fn unchecked_sets(
        &self,
        workspace: &WorkspaceId,
        lock: &str,
        members_min: usize,
    ) -> Result<Vec<Vec<SetMember>>> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT g.product_id, g.id, g.pose, g.result, a.id AS attempt_id,
                    CASE WHEN EXISTS (SELECT 1 FROM verdicts v WHERE v.attempt_id = a.id AND v.lock = $2)
                         THEN 1 ELSE 0 END AS checked
             FROM generations g JOIN attempts a ON a.generation_id = g.id
             WHERE g.workspace_id = $1 AND g.superseded = 0 AND g.status = 'COMPLETED' AND g.result IS NOT NULL
               AND a.number = (SELECT MAX(number) FROM attempts WHERE generation_id = g.id)
             ORDER BY g.product_id, g.id",
        )
        .bind(workspace.as_str())
        .bind(lock)
        .fetch_all(&self.reader)
        .await?;
        let mut sets: Vec<(String, bool, Vec<SetMember>)> = Vec::new();
        for row in rows {
            let Some(pose) = whole_view(&row.pose) else {
                continue;
            };
            let delivered: Delivered = from_json("result", &row.result)?;
            let member = SetMember {
                generation: GenerationId(row.id),
                pose,
                path: delivered.file.path,
                attempt: row.attempt_id,
            };
            match sets.last_mut() {
                Some((product, checked, members)) if *product == row.product_id => {
                    *checked &= row.checked == 1;
                    members.push(member);
                }
                _ => sets.push((row.product_id, row.checked == 1, vec![member])),
            }
        }
        let open = sets
            .into_iter()
            .filter(|(_, checked, members)| !checked && members.len() >= members_min);
        Ok(open.map(|(_, _, members)| members).collect())
    }

    /// The sets of a service that can be compared: of one product in one shoot, where no picture is still to be made, one was
    /// finished since a time, and one was not compared with the others yet.
    pub async fn due_sets(
        &self,
        lock: &str,
        members_min: usize,
        since_ms: EpochMs,
    ) -> Result<Vec<Vec<SetMember>>> {
        let found: Vec<(String, String)> = sqlx::query_as(
            "SELECT DISTINCT g.shoot_id, g.product_id FROM generations g
             WHERE g.finished_ms >= $1 AND g.status = 'COMPLETED' AND g.superseded = 0 AND g.slot <> ''
               AND NOT EXISTS (SELECT 1 FROM generations o WHERE o.shoot_id = g.shoot_id AND o.product_id = g.product_id
                               AND o.superseded = 0 AND o.status IN ('PENDING', 'PROCESSING'))
               AND NOT EXISTS (SELECT 1 FROM attempts a JOIN verdicts v ON v.attempt_id = a.id
                               WHERE a.generation_id = g.id AND v.lock = $2)",
        )
        .bind(since_ms)
        .bind(lock)
        .fetch_all(&self.reader)
        .await?;
        let mut due = Vec::new();
        for (shoot, product) in found {
            let members = self.set_of(&shoot, &product).await?;
            if members.len() >= members_min {
                due.push(members);
            }
        }
        Ok(due)
    }

    /// The delivered whole views of a product in a shoot.
    async fn set_of(&self, shoot: &str, product: &str) -> Result<Vec<SetMember>> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "SELECT g.id, g.pose, g.result, a.id FROM generations g JOIN attempts a ON a.generation_id = g.id
             WHERE g.shoot_id = $1 AND g.product_id = $2 AND g.superseded = 0 AND g.status = 'COMPLETED'
               AND g.result IS NOT NULL AND a.number = (SELECT MAX(number) FROM attempts WHERE generation_id = g.id)
             ORDER BY g.id",
        )
        .bind(shoot)
        .bind(product)
        .fetch_all(&self.reader)
        .await?;
        let mut members = Vec::new();
        for (id, pose, result, attempt) in rows {
            let Some(pose) = whole_view(&pose) else {
                continue;
            };
            let delivered: Delivered = from_json("result", &result)?;
            members.push(SetMember {
                generation: GenerationId(id),
                pose,
                path: delivered.file.path,
                attempt,
            });
        }
        Ok(members)
    }

    /// Writes what a set's comparison said of each member. A member with a `doubt` goes to review with that sentence, and an
    /// event says so; what an earlier comparison said is replaced.
    pub async fn record_set(
        &self,
        ids: &Ids,
        members: &[(SetMember, Verdict, Option<String>)],
        now_ms: EpochMs,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        if let Some((first, ..)) = members.first() {
            let (shoot,): (String,) = sqlx::query_as("SELECT shoot_id FROM generations WHERE id = $1")
                .bind(first.generation.as_str())
                .fetch_one(&mut *tx)
                .await?;
            events::lock_shoot(&mut tx, &shoot).await?;
        }
        for (member, verdict, doubt) in members {
            sqlx::query("DELETE FROM verdicts WHERE attempt_id = $1 AND lock = $2")
                .bind(&member.attempt)
                .bind(&verdict.lock)
                .execute(&mut *tx)
                .await?;
            let row = attempts::verdict_row(&member.attempt, verdict);
            insert_all(&mut tx, attempts::VERDICTS, vec![row]).await?;
            let row: Option<(String,)> =
                sqlx::query_as("SELECT result FROM generations WHERE id = $1 AND result IS NOT NULL")
                    .bind(member.generation.as_str())
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some((result,)) = row else { continue };
            let mut delivered: Delivered = from_json("result", &result)?;
            let of_lock = format!("{} lock", verdict.lock);
            delivered.notes.retain(|note| !note.starts_with(&of_lock));
            delivered.needs_review |= doubt.is_some();
            delivered
                .notes
                .extend(doubt.iter().map(|doubt| format!("{of_lock}: {doubt}")));
            sqlx::query("UPDATE generations SET result = $2, needs_review = $3 WHERE id = $1")
                .bind(member.generation.as_str())
                .bind(to_json("result", &delivered)?)
                .bind(i64::from(delivered.needs_review))
                .execute(&mut *tx)
                .await?;
            if let Some(doubt) = doubt {
                tell(&mut tx, ids, &member.generation, doubt, now_ms).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn tell(
    tx: &mut AnyConnection,
    ids: &Ids,
    generation: &GenerationId,
    doubt: &str,
    now_ms: EpochMs,
) -> Result<()> {
    let (shoot, workspace): (String, String) =
        sqlx::query_as("SELECT shoot_id, workspace_id FROM generations WHERE id = $1")
            .bind(generation.as_str())
            .fetch_one(&mut *tx)
            .await?;
    let event = NewEvent {
        id: ids.next(),
        workspace: &WorkspaceId(workspace),
        shoot: &shoot,
        kind: "generation.doubted",
        data: json!({ "generation": generation.as_str(), "reason": doubt }),
        now_ms,
    };
    events::append(tx, event).await
}

/// A pose that shows the product as a whole, as it was photographed or worn.
fn whole_view(pose: &str) -> Option<PoseName> {
    let pose: PoseName = pose.parse().ok()?;
    (pose.pose().framing == Framing::Full && pose.pose().in_all).then_some(pose)
}
