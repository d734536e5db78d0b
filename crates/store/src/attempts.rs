//! Attempts: one engine call each. The row is written before the call, and how far the call came as it goes on, so that an attempt
//! after a crash changes something, or takes up what a vendor already has.

use std::collections::{HashMap, HashSet};

use domain::{
    clock::EpochMs,
    engine::{EngineChoice, EngineName},
    ids::{GenerationId, WorkspaceId},
    manifest::{AttemptEntry, DeliveredFile},
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome, PastAttempt},
    verdict::Verdict,
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, StoreError,
    endings::Ending,
    from_json,
    generations::Delivered,
    ids::Ids,
    queue::{self, Lease},
    rows::{Value, insert_all, over_all},
    shoots::AttemptTold,
    to_json,
};

/// A started attempt.
#[derive(Clone, Debug)]
pub struct StartedAttempt {
    /// Its id.
    pub id: String,
}

/// What an attempt left to be taken up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The vendor's id of a job.
    pub job: Option<String>,
    /// The blob of the vendor's file.
    pub file: Option<String>,
}

/// What the row of an attempt keeps of its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Closing {
    /// What it came to.
    pub outcome: AttemptOutcome,
    /// What the vendor charged, or may have.
    pub cost: MicroUsd,
    /// The file of a picture that was sent back, or of a vendor's that nobody judged.
    pub candidate: Option<DeliveredFile>,
    /// That picture as it would have been delivered, where a person may take it anyway.
    pub made: Option<Box<Delivered>>,
    /// The blob of what is laid over the picture to show where its product differs.
    pub heatmap: Option<String>,
    /// What the locks measured.
    pub verdicts: Vec<Verdict>,
}

impl Closing {
    /// An end that cost nothing and measured nothing.
    pub fn of(outcome: AttemptOutcome) -> Self {
        Self {
            outcome,
            cost: MicroUsd::default(),
            candidate: None,
            made: None,
            heatmap: None,
            verdicts: Vec::new(),
        }
    }
}

/// What is kept of an attempt.
#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    engine: String,
    model: Option<String>,
    seed: String,
    strength: Option<i64>,
    hint: Option<String>,
    price_microusd: i64,
    cost_microusd: i64,
    outcome: String,
    message: Option<String>,
    provider_job: Option<String>,
    received: Option<String>,
    candidate: Option<String>,
}

/// An attempt of a picture among others.
#[derive(sqlx::FromRow)]
pub(crate) struct RowOf {
    pub(crate) generation_id: String,
    #[sqlx(flatten)]
    pub(crate) row: Row,
}

impl Row {
    fn entry(self) -> Result<AttemptEntry> {
        let candidate = self.candidate.as_deref();
        let candidate = candidate.map(|text| from_json("candidate", text)).transpose()?;
        let past = self.past();
        Ok(AttemptEntry {
            engine: past.asked.engine,
            seed: past.asked.seed.to_string(),
            outcome: past.outcome.name().to_owned(),
            reason: past.reason,
            cost_usd: past.cost.usd(),
            candidate,
        })
    }

    /// What it came to. A job or a file that was not written down is nobody's.
    fn outcome(&self) -> AttemptOutcome {
        match AttemptOutcome::from_name(&self.outcome) {
            AttemptOutcome::Pending if self.provider_job.is_none() && self.received.is_none() => {
                AttemptOutcome::Lost
            }
            outcome => outcome,
        }
    }

    /// What the next attempt may take up.
    pub(crate) fn left(&self) -> Left {
        if self.outcome() != AttemptOutcome::Pending {
            return Left::default();
        }
        Left {
            job: self.provider_job.clone(),
            file: self.received.clone(),
        }
    }

    pub(crate) fn past(self) -> PastAttempt {
        let outcome = self.outcome();
        PastAttempt {
            asked: Attempt {
                engine: EngineChoice {
                    name: EngineName(self.engine),
                    model: self.model,
                },
                seed: self.seed.parse().unwrap_or(0),
                strength: self.strength.and_then(|percent| u8::try_from(percent).ok()),
                hint: self.hint,
                price: MicroUsd(self.price_microusd.max(0) as u64),
            },
            outcome,
            reason: self.message,
            cost: MicroUsd(self.cost_microusd.max(0) as u64),
        }
    }
}

impl Store {
    /// The attempts of each current picture that went out to a vendor, cost something or were sent back, in order; also those of
    /// earlier runs that asked for the same and failed.
    pub(crate) async fn told(&self, workspace: &WorkspaceId) -> Result<HashMap<String, Vec<AttemptEntry>>> {
        let rows: Vec<RowOf> = sqlx::query_as(
            "SELECT now.id AS generation_id, a.engine, a.model, a.seed, a.strength, a.hint, a.price_microusd, a.cost_microusd,
                    a.outcome, a.message, a.provider_job, a.received, a.candidate
             FROM generations now
             JOIN generations g ON g.workspace_id = now.workspace_id AND g.product_id = now.product_id
                  AND g.pose = now.pose AND g.take = now.take AND g.fingerprint = now.fingerprint
             JOIN attempts a ON a.generation_id = g.id
             WHERE now.workspace_id = $1 AND now.superseded = 0 AND (g.id = now.id OR g.status = 'FAILED')
               AND a.outcome IS NOT NULL
               AND (a.cost_microusd > 0 OR a.outcome IN ('rejected', 'withheld', 'lost') OR a.sent_ms IS NOT NULL
                    OR a.provider_job IS NOT NULL OR a.received IS NOT NULL)
             ORDER BY now.id, g.id, a.number",
        )
        .bind(workspace.as_str())
        .fetch_all(&self.reader)
        .await?;
        let mut told: HashMap<String, Vec<AttemptEntry>> = HashMap::new();
        for of in rows {
            told.entry(of.generation_id).or_default().push(of.row.entry()?);
        }
        Ok(told)
    }

    /// Every attempt of a picture, each with its id.
    pub(crate) async fn attempt_rows(
        &self,
        workspace: &WorkspaceId,
        generation: &GenerationId,
    ) -> Result<Vec<(String, AttemptTold)>> {
        #[derive(sqlx::FromRow)]
        struct Of {
            id: String,
            started_ms: EpochMs,
            finished_ms: Option<EpochMs>,
            heatmap: Option<String>,
            #[sqlx(flatten)]
            row: Row,
        }
        let rows: Vec<Of> = sqlx::query_as(
            "SELECT a.id, a.started_ms, a.finished_ms, a.engine, a.model, a.seed, a.strength, a.hint, a.price_microusd,
                    a.cost_microusd, COALESCE(a.outcome, 'running') AS outcome, a.message, a.provider_job, a.received, a.candidate,
                    a.heatmap
             FROM attempts a JOIN generations g ON g.id = a.generation_id
             WHERE g.workspace_id = $1 AND g.id = $2 ORDER BY a.number",
        )
        .bind(workspace.as_str())
        .bind(generation.as_str())
        .fetch_all(&self.reader)
        .await?;
        let told = |of: Of| {
            let mut entry = of.row.entry()?;
            if of.finished_ms.is_none() {
                "running".clone_into(&mut entry.outcome);
            }
            let told = AttemptTold {
                entry,
                started_ms: of.started_ms,
                finished_ms: of.finished_ms,
                heatmap: of.heatmap,
                verdicts: Vec::new(),
            };
            Ok((of.id, told))
        };
        rows.into_iter().map(told).collect()
    }

    /// Marks the generation as processing and writes the attempt's row, before the engine is called. What an earlier attempt
    /// left is this one's now. [`StoreError::LeaseLost`] when the lease is not held.
    pub async fn begin_attempt(
        &self,
        ids: &Ids,
        lease: &Lease,
        asked: &Attempt,
        left: &Left,
        now_ms: EpochMs,
    ) -> Result<StartedAttempt> {
        let beginning = Beginning {
            lease: lease.clone(),
            asked: asked.clone(),
            left: left.clone(),
            now_ms,
        };
        let begun = self.begin_attempts(ids, &[beginning]).await?;
        begun.into_iter().flatten().next().ok_or(StoreError::LeaseLost)
    }

    /// Begins attempts in one transaction. Each one's row; `None` where its lease is not held.
    pub async fn begin_attempts(
        &self,
        ids: &Ids,
        beginnings: &[Beginning],
    ) -> Result<Vec<Option<StartedAttempt>>> {
        let mut tx = self.write_rows().await?;
        // Locks the jobs, so that nobody takes one away between the look and the attempt.
        let leases: Vec<Vec<Value>> = beginnings.iter().map(|one| one.lease.values()).collect();
        let held: Vec<(String,)> = over_all(
            &mut tx,
            "UPDATE jobs SET lease_token = lease_token FROM",
            &leases,
            concat!("WHERE ", queue::still_held!("jobs"), " RETURNING id"),
        )
        .await?;
        let held: HashSet<String> = held.into_iter().map(|(job,)| job).collect();
        let mut begun = Vec::with_capacity(beginnings.len());
        let mut rows = Vec::with_capacity(beginnings.len());
        for one in beginnings {
            if !held.contains(one.lease.job.as_str()) {
                begun.push(None);
                continue;
            }
            let id = ids.next();
            rows.push(one.row(&id));
            begun.push(Some(StartedAttempt { id }));
        }
        let _: Vec<(String,)> = over_all(
            &mut tx,
            "INSERT INTO attempts (id, generation_id, number, engine, model, seed, strength, hint, price_microusd, provider_job,
                                   received, started_ms)
             SELECT v.column1, v.column2, (SELECT COALESCE(MAX(a.number), 0) + 1 FROM attempts a WHERE a.generation_id = v.column2),
                    v.column3, v.column4, v.column5, v.column6, v.column7, v.column8, v.column9, v.column10, v.column11 FROM",
            &rows,
            "RETURNING id",
        )
        .await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// The order goes out: from here on it may be billed. [`StoreError::LeaseLost`] when the attempt is not ours any more;
    /// then it must not go out.
    pub async fn mark_sent(&self, attempt: &StartedAttempt, now_ms: EpochMs) -> Result<()> {
        let marked = sqlx::query("UPDATE attempts SET sent_ms = $2 WHERE id = $1 AND outcome IS NULL")
            .bind(&attempt.id)
            .bind(now_ms)
            .execute(&self.writer)
            .await?;
        if marked.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }

    /// The vendor has taken the order, under this id. When the attempt has ended meanwhile, nobody will take the job up: it is to
    /// be called off.
    pub async fn mark_accepted(&self, attempt: &StartedAttempt, job: &str, now_ms: EpochMs) -> Result<()> {
        sqlx::query(
            "UPDATE attempts SET provider_job = $2, call_off_ms = CASE WHEN outcome IS NULL THEN NULL
                                                                      ELSE CAST($3 AS BIGINT) END
             WHERE id = $1",
        )
        .bind(&attempt.id)
        .bind(job)
        .bind(now_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Whether an attempt is open, or ended so that the next takes up what it left.
    pub async fn is_to_be_taken_up(&self, attempt: &StartedAttempt) -> Result<bool> {
        let found: Option<(i64,)> = sqlx::query_as(
            "SELECT number FROM attempts WHERE id = $1 AND (outcome IS NULL OR outcome = 'pending')",
        )
        .bind(&attempt.id)
        .fetch_optional(&self.reader)
        .await?;
        Ok(found.is_some())
    }

    /// The vendor's file is here, under this key.
    pub async fn mark_received(&self, attempt: &StartedAttempt, key: &str) -> Result<()> {
        sqlx::query("UPDATE attempts SET received = $2 WHERE id = $1")
            .bind(&attempt.id)
            .bind(key)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// An attempt to begin.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The job, held.
    pub lease: Lease,
    /// What is asked for.
    pub asked: Attempt,
    /// What an earlier attempt left.
    pub left: Left,
    /// When.
    pub now_ms: EpochMs,
}

impl Beginning {
    fn row(&self, id: &str) -> Vec<Value> {
        vec![
            id.into(),
            self.lease.generation.as_str().into(),
            self.asked.engine.name.0.as_str().into(),
            self.asked.engine.model.clone().into(),
            self.asked.seed.to_string().into(),
            self.asked.strength.map(i64::from).into(),
            self.asked.hint.clone().into(),
            (self.asked.price.0 as i64).into(),
            self.left.job.clone().into(),
            self.left.file.clone().into(),
            self.now_ms.into(),
        ]
    }
}

/// Writes the ends of attempts.
pub(crate) async fn close_all(tx: &mut AnyConnection, endings: &[&Ending]) -> Result<()> {
    let mut rows = Vec::with_capacity(endings.len());
    let mut verdicts = Vec::new();
    for ending in endings {
        let closing = &ending.closing;
        let made = closing.made.as_ref();
        let made = made.map(|made| to_json("made", made)).transpose()?;
        let candidate = closing.candidate.as_ref();
        let candidate = candidate.map(|file| to_json("candidate", file)).transpose()?;
        rows.push(vec![
            ending.attempt.id.as_str().into(),
            ending.now_ms.into(),
            closing.outcome.name().into(),
            ending.end.reason().into(),
            (closing.cost.0 as i64).into(),
            candidate.into(),
            made.into(),
            closing.heatmap.clone().into(),
        ]);
        verdicts.extend(
            closing
                .verdicts
                .iter()
                .map(|verdict| verdict_row(&ending.attempt.id, verdict)),
        );
    }
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE attempts SET finished_ms = v.column2, outcome = v.column3, message = v.column4, cost_microusd = v.column5,
             candidate = v.column6, made = v.column7, heatmap = v.column8 FROM",
        &rows,
        "WHERE attempts.id = v.column1 RETURNING id",
    )
    .await?;
    for ending in endings {
        if matches!(
            ending.closing.outcome,
            AttemptOutcome::Refused | AttemptOutcome::Fault
        ) {
            forget_pending_cost(tx, &ending.attempt).await?;
        }
    }
    insert_all(tx, VERDICTS, verdicts).await
}

/// A job that was taken up and came to nothing by the vendor's own word was not charged by the attempt that ordered it.
async fn forget_pending_cost(tx: &mut AnyConnection, attempt: &StartedAttempt) -> Result<()> {
    sqlx::query(
        "UPDATE attempts SET cost_microusd = 0 WHERE outcome = 'pending' AND provider_job IS NOT NULL
         AND provider_job = (SELECT provider_job FROM attempts WHERE id = $1)
         AND generation_id = (SELECT generation_id FROM attempts WHERE id = $1)",
    )
    .bind(&attempt.id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends the open attempt of a generation whose worker died: what was ordered may have been billed, and is taken up again where
/// the vendor's id or its file is known.
pub(crate) async fn close_dead(tx: &mut AnyConnection, generation: &str, now_ms: EpochMs) -> Result<()> {
    sqlx::query(
        "UPDATE attempts SET finished_ms = $2,
             outcome = CASE WHEN provider_job IS NOT NULL OR received IS NOT NULL THEN 'pending'
                            WHEN sent_ms IS NOT NULL THEN 'lost' ELSE 'fault' END,
             message = CASE WHEN provider_job IS NOT NULL OR received IS NOT NULL OR sent_ms IS NULL
                            THEN 'the worker died'
                            ELSE 'maybe billed: the worker died before the answer came' END,
             cost_microusd = CASE WHEN sent_ms IS NULL THEN 0 ELSE price_microusd END
         WHERE generation_id = $1 AND outcome IS NULL",
    )
    .bind(generation)
    .bind(now_ms)
    .execute(tx)
    .await?;
    Ok(())
}

/// Where verdicts are written.
pub(crate) const VERDICTS: &str = "verdicts (attempt_id, lock, score, threshold, outcome, evidence)";

pub(crate) fn verdict_row(attempt: &str, verdict: &Verdict) -> Vec<Value> {
    vec![
        attempt.into(),
        verdict.lock.as_str().into(),
        verdict.score.into(),
        verdict.threshold.into(),
        verdict.outcome.name().into(),
        verdict.evidence.to_string().into(),
    ]
}
