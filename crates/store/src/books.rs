//! Whether the books agree: what must hold of the rows whatever was killed and when, asked of the rows themselves.
//!
//! Each rule is a question that finds who breaks it. They read whole tables: for an operator who wants to know, and for tests that
//! have just killed something.

use std::collections::BTreeSet;

use domain::manifest::DeliveredFile;
use futures_util::TryStreamExt as _;

use crate::{Result, Store, blobs::Blobs, from_json, generations::Delivered, sweep::SweepError};

/// Folders of pictures: those that were delivered, those that a lock sent back, and what is laid over them.
const PICTURES: [&str; 3] = ["pictures", "candidates", "heatmaps"];

/// An order that went out to a vendor.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SentOrder {
    /// The seed that was asked for, in decimal.
    pub seed: String,
    /// What it came to; `running` while nobody knows.
    pub outcome: String,
}

/// A rule, and the query that counts who breaks it and names one of them.
type Rule = (&'static str, &'static str);

/// What holds at any time.
const ALWAYS: &[Rule] = &[
    (
        "workspaces whose balance is not the sum of their ledger",
        "SELECT COUNT(*), MIN(id) FROM workspaces w
         WHERE credits <> (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries WHERE workspace_id = w.id)",
    ),
    (
        "pictures to be made that have not one open hold",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status IN ('PENDING', 'PROCESSING')
         AND (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind = 'hold')
             - (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind IN ('settle', 'release')) <> 1",
    ),
    (
        "pictures that ended with a hold that did not, or an end without a hold",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status NOT IN ('PENDING', 'PROCESSING')
         AND (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind = 'hold')
             <> (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind IN ('settle', 'release'))",
    ),
    (
        "delivered pictures that nobody paid for",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status = 'COMPLETED'
         AND NOT EXISTS (SELECT 1 FROM ledger_entries WHERE generation_id = g.id AND kind = 'settle')",
    ),
    (
        "pictures that somebody paid for and nobody got",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status IN ('PENDING', 'PROCESSING', 'FAILED', 'CANCELLED', 'SKIPPED')
         AND (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind = 'settle')
             > (SELECT COUNT(*) FROM ledger_entries WHERE generation_id = g.id AND kind = 'refund')",
    ),
    (
        "purchases that are paid without their credits, or have them without being paid",
        "SELECT COUNT(*), MIN(id) FROM purchases p WHERE CASE WHEN state = 'paid' THEN credits ELSE 0 END
         <> (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries WHERE purchase_id = p.id AND kind = 'purchase')",
    ),
    (
        "purchases whose credits that went back are not those of the ledger",
        "SELECT COUNT(*), MIN(id) FROM purchases p WHERE taken_back
         <> -(SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger_entries WHERE purchase_id = p.id AND kind = 'refund')",
    ),
    (
        "shoots whose events have a gap",
        "SELECT COUNT(*), MIN(id) FROM shoots s
         WHERE last_event <> (SELECT COUNT(*) FROM events WHERE shoot_id = s.id)
            OR last_event <> (SELECT COALESCE(MAX(number), 0) FROM events WHERE shoot_id = s.id)",
    ),
    (
        "pictures to be made without a job, or with several",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status IN ('PENDING', 'PROCESSING')
         AND (SELECT COUNT(*) FROM jobs WHERE generation_id = g.id AND state IN ('available', 'paused', 'running')) <> 1",
    ),
    (
        "jobs of pictures that have ended",
        "SELECT COUNT(*), MIN(j.id) FROM jobs j JOIN generations g ON g.id = j.generation_id
         WHERE j.state IN ('available', 'paused', 'running') AND g.status NOT IN ('PENDING', 'PROCESSING')",
    ),
    (
        "jobs that stand in the queue and among the finished ones",
        "SELECT COUNT(*), MIN(j.id) FROM jobs j JOIN finished_jobs f ON f.id = j.id",
    ),
    (
        "attempts under way for which no job runs",
        "SELECT COUNT(*), MIN(a.id) FROM attempts a WHERE a.outcome IS NULL
         AND NOT EXISTS (SELECT 1 FROM jobs WHERE generation_id = a.generation_id AND state = 'running')",
    ),
    (
        "pictures with several attempts under way",
        "SELECT COUNT(*), MIN(generation_id) FROM (SELECT generation_id FROM attempts WHERE outcome IS NULL
         GROUP BY generation_id HAVING COUNT(*) > 1) several",
    ),
    (
        "shoots that run with nothing to make, or are done with something",
        "SELECT COUNT(*), MIN(id) FROM shoots s WHERE (s.state IN ('running', 'paused')) <> EXISTS
         (SELECT 1 FROM generations WHERE shoot_id = s.id AND superseded = 0 AND status IN ('PENDING', 'PROCESSING'))",
    ),
];

/// What holds besides once everything has ended.
const AT_REST: &[Rule] = &[
    (
        "pictures without an end",
        "SELECT COUNT(*), MIN(id) FROM generations WHERE superseded = 0 AND status IN ('PENDING', 'PROCESSING')",
    ),
    (
        "jobs without an end",
        "SELECT COUNT(*), MIN(id) FROM jobs WHERE state IN ('available', 'running')",
    ),
    (
        "delivered pictures that were made twice",
        "SELECT COUNT(*), MIN(id) FROM generations g WHERE status = 'COMPLETED'
         AND (SELECT COUNT(*) FROM attempts WHERE generation_id = g.id AND outcome = 'done') > 1",
    ),
];

impl Store {
    /// What contradicts itself, a sentence each; `at_rest`: nothing is being made. Empty where the books agree.
    pub async fn contradictions(&self, at_rest: bool) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let more = if at_rest { AT_REST } else { &[] };
        for (rule, sql) in ALWAYS.iter().chain(more) {
            let (count, one): (i64, Option<String>) = sqlx::query_as(*sql).fetch_one(&self.reader).await?;
            if count > 0 {
                found.push(format!("{count} {rule}: {}", one.unwrap_or_default()));
            }
        }
        Ok(found)
    }

    /// Every order that went out to a vendor.
    pub async fn sent_orders(&self) -> Result<Vec<SentOrder>> {
        Ok(sqlx::query_as(
            "SELECT seed, COALESCE(outcome, 'running') AS outcome FROM attempts WHERE sent_ms IS NOT NULL",
        )
        .fetch_all(&self.reader)
        .await?)
    }

    /// How many pictures stand how.
    pub async fn statuses(&self) -> Result<Vec<(String, u64)>> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("SELECT status, COUNT(*) FROM generations GROUP BY status ORDER BY status")
                .fetch_all(&self.reader)
                .await?;
        Ok(rows
            .into_iter()
            .map(|(status, count)| (status, count as u64))
            .collect())
    }

    /// How many events are told to webhooks: all but the ends of tries that others follow.
    pub async fn told_events(&self) -> Result<u64> {
        let sql = r#"SELECT COUNT(*) FROM events WHERE data NOT LIKE '%"status":"PENDING"%'"#;
        let (count,): (i64,) = sqlx::query_as(sql).fetch_one(&self.reader).await?;
        Ok(count as u64)
    }

    /// The calls of webhooks: each one's id, and whether it came through.
    pub async fn webhook_calls(&self) -> Result<Vec<(String, bool)>> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, state FROM deliveries")
            .fetch_all(&self.reader)
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, state)| (id, state == "delivered"))
            .collect())
    }

    /// Every file that a picture was delivered as, or sent back as.
    pub async fn picture_files(&self) -> Result<Vec<DeliveredFile>> {
        let delivered: Vec<(String,)> =
            sqlx::query_as("SELECT result FROM generations WHERE result IS NOT NULL")
                .fetch_all(&self.reader)
                .await?;
        let sent_back: Vec<(String,)> =
            sqlx::query_as("SELECT candidate FROM attempts WHERE candidate IS NOT NULL")
                .fetch_all(&self.reader)
                .await?;
        let delivered = delivered
            .iter()
            .map(|(result,)| from_json::<Delivered>("result", result).map(|delivered| delivered.file));
        let sent_back = sent_back.iter().map(|(file,)| from_json("candidate", file));
        delivered.chain(sent_back).collect()
    }

    /// Blobs of pictures that no row names and no sweep will remove.
    pub async fn orphans(&self, blobs: &dyn Blobs) -> std::result::Result<Vec<String>, SweepError> {
        let mut orphans = BTreeSet::new();
        for folder in PICTURES {
            let mut listed = blobs.list(folder);
            while let Some(blob) = listed.try_next().await? {
                orphans.insert(blob.key);
            }
        }
        for file in self.picture_files().await? {
            orphans.remove(&file.path);
        }
        let others: Vec<(String,)> = sqlx::query_as(
            "SELECT source FROM doomed_blobs UNION SELECT heatmap FROM attempts WHERE heatmap IS NOT NULL",
        )
        .fetch_all(&self.reader)
        .await?;
        for (key,) in others {
            orphans.remove(&key);
        }
        Ok(orphans.into_iter().collect())
    }
}
