//! What a worker is told of the jobs that it has claimed, for as many as begin at once.
//!
//! Asked for one by one it was five questions a picture, each with its way there and back.

use std::collections::{BTreeSet, HashMap};

use domain::{clock::EpochMs, ids::WorkspaceId, retry::PastAttempt, shot::Shot, threshold::Thresholds};

use crate::{
    Result, Store, StoreError,
    attempts::{Left, Row, RowOf},
    from_json,
    models::Shown,
    queue::Lease,
    rows::{Value, over_all},
    thresholds::Scope,
};

/// What a lease is for.
#[derive(Clone, Debug)]
pub struct Work {
    /// What is asked for.
    pub shot: Shot,
    /// The attempts that have ended, in order.
    pub past: Vec<PastAttempt>,
    /// What the last of them left at the vendor or here.
    pub left: Left,
    /// The lines that its verdicts are held to.
    pub thresholds: Thresholds,
    /// The trace of the call that ordered it (W3C traceparent).
    pub traceparent: Option<String>,
    shown: Option<Shown>,
}

impl Work {
    /// Why the picture may not be made any more: the consent of the person whom it shows has ended, or the person was deleted.
    pub fn refusal(&self, now_ms: EpochMs) -> Option<String> {
        self.shown.as_ref()?.refusal(now_ms)
    }
}

/// By the id of its picture.
type Keyed<T> = HashMap<String, T>;

/// A picture as it was ordered, and the person whom it shows.
#[derive(sqlx::FromRow)]
struct Ordered {
    id: String,
    shot: String,
    traceparent: Option<String>,
    name: Option<String>,
    consent_scope: Option<String>,
    consent_expires_ms: Option<EpochMs>,
    deleted_ms: Option<EpochMs>,
    /// The number of its last attempt that has ended.
    ended: Option<i64>,
}

impl Ordered {
    fn work(self, attempts: Vec<Row>, thresholds: Thresholds) -> Result<Work> {
        Ok(Work {
            shot: from_json("shot", &self.shot)?,
            left: attempts.last().map(Row::left).unwrap_or_default(),
            past: attempts.into_iter().map(Row::past).collect(),
            thresholds,
            traceparent: self.traceparent,
            shown: self.name.map(|name| Shown {
                name,
                consent_scope: self.consent_scope,
                consent_expires_ms: self.consent_expires_ms,
                deleted_ms: self.deleted_ms,
            }),
        })
    }
}

impl Store {
    /// What a held job is for, and what was tried so far.
    pub async fn work(&self, lease: &Lease) -> Result<Work> {
        let mut works = self.works(std::slice::from_ref(lease)).await?;
        works.pop().ok_or_else(none_such)
    }

    /// What held jobs are for, each another picture's, in their order; or nothing, if one of them cannot be told.
    pub async fn works(&self, leases: &[Lease]) -> Result<Vec<Work>> {
        let (mut ordered, mut attempts) = self.ordered(leases).await?;
        let workspaces: BTreeSet<&WorkspaceId> = leases.iter().map(|lease| &lease.workspace).collect();
        let mut thresholds = HashMap::new();
        for workspace in workspaces {
            let held = self.thresholds(Scope::workspace(workspace)).await?;
            thresholds.insert(workspace, held);
        }
        let work = |lease: &Lease| {
            let generation = lease.generation.as_str();
            let ordered = ordered.remove(generation).ok_or_else(none_such)?;
            let attempts = attempts.remove(generation).unwrap_or_default();
            let thresholds = thresholds.get(&lease.workspace).cloned();
            ordered.work(attempts, thresholds.unwrap_or_default())
        };
        leases.iter().map(work).collect()
    }

    /// The pictures, and their attempts that have ended. The connection goes back before another is asked for.
    async fn ordered(&self, leases: &[Lease]) -> Result<(Keyed<Ordered>, Keyed<Vec<Row>>)> {
        let row = |lease: &Lease| -> Vec<Value> {
            let (generation, workspace) = (lease.generation.as_str(), lease.workspace.as_str());
            vec![generation.into(), workspace.into()]
        };
        let rows: Vec<Vec<Value>> = leases.iter().map(row).collect();
        let mut connection = self.reader.acquire().await?;
        let ordered: Vec<Ordered> = over_all(
            &mut connection,
            "SELECT g.id, g.shot, s.traceparent, m.name, m.consent_scope, m.consent_expires_ms, m.deleted_ms,
                    (SELECT MAX(a.number) FROM attempts a WHERE a.generation_id = g.id AND a.outcome IS NOT NULL) AS ended FROM",
            &rows,
            "JOIN generations g ON g.id = v.column1 AND g.workspace_id = v.column2
             JOIN shoots s ON s.id = g.shoot_id LEFT JOIN models m ON m.id = s.model_id",
        )
        .await?;
        // Most are tried for the first time: nothing more is asked of them.
        let tried = ordered.iter().filter(|one| one.ended.is_some());
        let tried: Vec<Vec<Value>> = tried.map(|one| vec![one.id.as_str().into()]).collect();
        let ended: Vec<RowOf> = over_all(
            &mut connection,
            "SELECT a.generation_id, a.engine, a.model, a.seed, a.strength, a.hint, a.price_microusd, a.cost_microusd, a.outcome,
                    a.message, a.provider_job, a.received, a.candidate FROM",
            &tried,
            "JOIN attempts a ON a.generation_id = v.column1 WHERE a.outcome IS NOT NULL ORDER BY a.generation_id, a.number",
        )
        .await?;
        let mut attempts = Keyed::<Vec<Row>>::new();
        for RowOf { generation_id, row } in ended {
            attempts.entry(generation_id).or_default().push(row);
        }
        let ordered = ordered.into_iter().map(|one| (one.id.clone(), one)).collect();
        Ok((ordered, attempts))
    }
}

fn none_such() -> StoreError {
    StoreError::Database(sqlx::Error::RowNotFound)
}
