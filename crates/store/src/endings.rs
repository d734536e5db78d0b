//! How attempts end: result, verdicts, credits, job and event, for as many pictures as end at once.
//!
//! A commit to the disk takes longer than all that is written by it, so whoever ends pictures by the dozen ends them together.

use std::collections::{BTreeMap, HashMap};

use domain::{clock::EpochMs, ids::WorkspaceId, verdict::Verdict};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    attempts::{self, Closing, StartedAttempt},
    events::{self, NewEvent, Numbers},
    generations::AttemptEnd,
    ids::Ids,
    ledger::{self, HoldEnd},
    queue::{self, JobEnd, Lease},
    rows::{Value, over_all},
    shoots, sweep, to_json,
};

/// An attempt's end.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The job, held.
    pub lease: Lease,
    /// The attempt.
    pub attempt: StartedAttempt,
    /// What its row keeps.
    pub closing: Closing,
    /// What becomes of the picture.
    pub end: AttemptEnd,
    /// When.
    pub now_ms: EpochMs,
}

impl Ending {
    fn job_end(&self) -> JobEnd<'_> {
        let (state, error, run_at_ms) = match &self.end {
            AttemptEnd::Retry { message, run_at_ms } => {
                ("available", Some(message.as_str()), Some(*run_at_ms))
            }
            AttemptEnd::Failed(message) => ("discarded", Some(message.as_str()), None),
            _ => ("completed", None, None),
        };
        JobEnd {
            lease: &self.lease,
            state,
            error,
            run_at_ms,
        }
    }

    fn hold_end(&self) -> Option<HoldEnd> {
        match self.end {
            AttemptEnd::Completed(_) => Some(HoldEnd::Settle),
            AttemptEnd::Retry { .. } => None,
            _ => Some(HoldEnd::Release),
        }
    }

    /// The blobs that it names.
    fn files(&self) -> impl Iterator<Item = &str> {
        let delivered = match &self.end {
            AttemptEnd::Completed(delivered) => Some(&delivered.file),
            _ => None,
        };
        let files = delivered.into_iter().chain(&self.closing.candidate);
        let pictures = files.map(|file| file.path.as_str());
        pictures.chain(self.closing.heatmap.as_deref())
    }

    fn result(&self) -> Result<Vec<Value>> {
        let (result, needs_review) = match &self.end {
            AttemptEnd::Completed(delivered) => (Some(to_json("result", delivered)?), delivered.needs_review),
            _ => (None, false),
        };
        let status = self.end.status();
        Ok(vec![
            self.lease.generation.as_str().into(),
            status.name().into(),
            self.end.reason().into(),
            result.into(),
            status.is_final().then_some(self.now_ms).into(),
            i64::from(needs_review).into(),
            worst_margin(&self.closing.verdicts).into(),
        ])
    }
}

impl Store {
    /// Ends an attempt. [`StoreError::LeaseLost`], writing nothing, when the lease is not held.
    pub async fn end_attempt(
        &self,
        ids: &Ids,
        lease: &Lease,
        attempt: &StartedAttempt,
        closing: &Closing,
        end: &AttemptEnd,
        now_ms: EpochMs,
    ) -> Result<()> {
        let ending = Ending {
            lease: lease.clone(),
            attempt: attempt.clone(),
            closing: closing.clone(),
            end: end.clone(),
            now_ms,
        };
        match self.end_attempts(ids, &[ending]).await?.as_slice() {
            [true] => Ok(()),
            _ => Err(StoreError::LeaseLost),
        }
    }

    /// Ends attempts in one transaction. Of each, whether its lease was held; nothing is written of the others.
    pub async fn end_attempts(&self, ids: &Ids, endings: &[Ending]) -> Result<Vec<bool>> {
        let mut tx = self.write_rows().await?;
        let shoots = endings.iter().map(|ending| ending.lease.shoot.as_str());
        let numbers = events::reserve(&mut tx, shoots).await?;
        let ends: Vec<JobEnd<'_>> = endings.iter().map(Ending::job_end).collect();
        let held = queue::end_all(&mut tx, &ends).await?;
        let is_held = |ending: &&Ending| held.contains(ending.lease.job.as_str());
        let ended: Vec<&Ending> = endings.iter().filter(is_held).collect();
        if !ended.is_empty() {
            attempts::close_all(&mut tx, &ended).await?;
            write_results(&mut tx, &ended).await?;
            sweep::spare_all(&mut tx, ended.iter().flat_map(|ending| ending.files())).await?;
            end_holds(&mut tx, ids, &ended).await?;
            tell(&mut tx, ids, &ended, numbers).await?;
            tx.commit().await?;
        }
        Ok(endings.iter().map(|ending| is_held(&ending)).collect())
    }
}

async fn write_results(tx: &mut AnyConnection, ended: &[&Ending]) -> Result<()> {
    let rows = ended
        .iter()
        .map(|ending| ending.result())
        .collect::<Result<Vec<_>>>()?;
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE generations SET status = v.column2, reason = v.column3, result = v.column4, finished_ms = v.column5,
             needs_review = v.column6, score = v.column7 FROM",
        &rows,
        "WHERE generations.id = v.column1 RETURNING id",
    )
    .await?;
    Ok(())
}

async fn end_holds(tx: &mut AnyConnection, ids: &Ids, ended: &[&Ending]) -> Result<()> {
    let of = |ending: &&'_ Ending| Some((ending.hold_end()?, ending.now_ms));
    let mut ends = HashMap::<&str, (&WorkspaceId, HoldEnd)>::new();
    let mut now_ms = 0;
    for ending in ended {
        if let Some((end, ended_ms)) = of(ending) {
            ends.insert(ending.lease.generation.as_str(), (&ending.lease.workspace, end));
            now_ms = now_ms.max(ended_ms);
        }
    }
    ledger::end_holds(tx, ids, &ends, now_ms).await
}

/// Tells of each end, and of the shoots that end by it.
async fn tell(tx: &mut AnyConnection, ids: &Ids, ended: &[&Ending], numbers: Numbers<'_>) -> Result<()> {
    let mut touched = BTreeMap::<&str, &Ending>::new();
    let mut news = Vec::with_capacity(ended.len());
    for ending in ended {
        let shoot = ending.lease.shoot.as_str();
        let generation = ending.lease.generation.as_str();
        let status = ending.end.status();
        news.push(NewEvent {
            id: ids.next(),
            workspace: &ending.lease.workspace,
            shoot,
            kind: "generation.ended",
            data: json!({ "generation": generation, "status": status.name(), "reason": ending.end.reason() }),
            now_ms: ending.now_ms,
        });
        if status.is_final() {
            touched.insert(shoot, ending);
        }
    }
    events::append_numbered(tx, &news, numbers).await?;
    for (shoot, ending) in touched {
        shoots::finish_if_done(tx, ids, &ending.lease.workspace, shoot, ending.now_ms).await?;
    }
    Ok(())
}

/// How far the worst of the locks is from its threshold: below 0 it failed. What a reviewer looks at first is the least.
fn worst_margin(verdicts: &[Verdict]) -> Option<f64> {
    let margins = verdicts
        .iter()
        .filter_map(|verdict| Some(margin(verdict.score?, verdict.threshold)));
    margins.min_by(f64::total_cmp)
}

/// Where a score stands between the worst there is (-1), its threshold (0) and the best (1), so that locks with other thresholds
/// compare: a lock that only says yes or no, with a threshold of 1, is at 1 where it says yes.
fn margin(score: f64, threshold: f64) -> f64 {
    if score < threshold {
        (score - threshold) / threshold
    } else if threshold < 1.0 {
        (score - threshold) / (1.0 - threshold)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_from_minus_one_to_one() {
        for (score, threshold, wanted) in [
            (1.0, 1.0, 1.0),
            (0.0, 1.0, -1.0),
            (0.5, 0.5, 0.0),
            (0.75, 0.5, 0.5),
            (0.25, 0.5, -0.5),
            (0.3, 0.0, 0.3),
        ] {
            assert!(
                (margin(score, threshold) - wanted).abs() < 1e-12,
                "{score} at {threshold}"
            );
        }
    }
}
