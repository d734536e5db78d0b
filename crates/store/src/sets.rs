//! Sets: the delivered pictures of one product, compared once all of them are there.

use domain::{
    ids::{GenerationId, WorkspaceId},
    pose::{Framing, PoseName},
    verdict::Verdict,
};

use crate::{Result, Store, attempts, from_json, generations::Delivered, to_json};

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

    /// Writes what a set's comparison said of each member. A member with a `doubt` goes to review with that sentence; what an
    /// earlier comparison said is replaced.
    pub async fn record_set(&self, members: &[(SetMember, Verdict, Option<String>)]) -> Result<()> {
        let mut tx = self.write().await?;
        for (member, verdict, doubt) in members {
            sqlx::query("DELETE FROM verdicts WHERE attempt_id = $1 AND lock = $2")
                .bind(&member.attempt)
                .bind(&verdict.lock)
                .execute(&mut *tx)
                .await?;
            attempts::insert_verdict(&mut tx, &member.attempt, verdict).await?;
            let (result,): (String,) = sqlx::query_as("SELECT result FROM generations WHERE id = $1")
                .bind(member.generation.as_str())
                .fetch_one(&mut *tx)
                .await?;
            let mut delivered: Delivered = from_json("result", &result)?;
            let of_lock = format!("{} lock", verdict.lock);
            delivered.notes.retain(|note| !note.starts_with(&of_lock));
            delivered.needs_review |= doubt.is_some();
            delivered
                .notes
                .extend(doubt.iter().map(|doubt| format!("{of_lock}: {doubt}")));
            sqlx::query("UPDATE generations SET result = $2 WHERE id = $1")
                .bind(member.generation.as_str())
                .bind(to_json("result", &delivered)?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// A pose that shows the product as a whole, as it was photographed or worn.
fn whole_view(pose: &str) -> Option<PoseName> {
    let pose: PoseName = pose.parse().ok()?;
    (pose.pose().framing == Framing::Full && pose.pose().in_all).then_some(pose)
}
