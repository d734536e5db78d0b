//! Writes what was decided, many rows by one statement.

use std::{
    collections::{BTreeSet, HashSet},
    mem,
};

use domain::{
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, ShootId},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    super::finish_if_done, Current, Decided, Decision, Order, Origin, Submission, Submitted, currents,
    decide, insert_shoot, key_of,
};
use crate::{
    Result, events,
    generations::Delivered,
    ids::Ids,
    ledger, products,
    queue::{self, NewJob, Turns},
    rows::{Value, insert_all, over_all},
    to_json,
};

/// Writes the rows of one shoot.
pub(super) struct Writer<'a> {
    ids: &'a Ids,
    submission: &'a Submission<'a>,
    product_ids: Vec<String>,
    /// Which pictures stand in one place: those of a folder, or of one shoot.
    slot: String,
    pub(super) price: i64,
    turns: Turns,
    now_ms: EpochMs,
    position: i64,
    batch: Batch,
    done: Submitted,
}

/// Rows that are written together.
#[derive(Default)]
struct Batch {
    superseded: Vec<String>,
    generations: Vec<Vec<Value>>,
    /// Of these, those to make, each with its position.
    to_make: Vec<(GenerationId, i64)>,
}

/// Generations that are held in memory until they are written, at most.
const BATCH_MAX: usize = 500;

impl<'a> Writer<'a> {
    /// Writes the shoot and its products.
    pub(super) async fn begin(
        tx: &mut AnyConnection,
        ids: &'a Ids,
        submission: &'a Submission<'a>,
        now_ms: EpochMs,
    ) -> Result<Self> {
        let workspace = submission.workspace;
        let shoot = ids.next();
        insert_shoot(tx, &shoot, submission, now_ms).await?;
        let (product_ids, slot) = match submission.origin {
            Origin::Folder(found) => {
                let mut written = Vec::with_capacity(found.len());
                for product in found {
                    written.push(products::upsert(tx, ids, workspace, product).await?);
                }
                (written, String::new())
            }
            Origin::Catalogue { products, .. } => {
                (products.iter().map(|id| id.0.clone()).collect(), shoot.clone())
            }
        };
        let price = ledger::price_in(tx, workspace, submission.price_credits).await?;
        let turns = Turns::of(tx, workspace, submission.origin.priority(), now_ms).await?;
        let done = Submitted::nothing(ShootId(shoot));
        Ok(Self {
            ids,
            submission,
            product_ids,
            slot,
            price,
            turns,
            now_ms,
            position: 0,
            batch: Batch::default(),
            done,
        })
    }

    pub(super) async fn decide(
        &self,
        tx: &mut AnyConnection,
        is_delivered: &(dyn Fn(&Delivered) -> bool + Sync),
    ) -> Result<Vec<Decided>> {
        let mut currents = currents(tx, self.submission.workspace, &self.slot, is_delivered).await?;
        let decided = self.submission.orders.iter().map(|order| {
            let product_id = self.product_ids[order.product].clone();
            let current = currents.remove(&key_of(&product_id, &order.shot));
            Decided {
                product_id,
                decision: decide(order, current.as_ref()),
                current,
            }
        });
        Ok(decided.collect())
    }

    /// Cancels the open generations of earlier shoots that no decision resumes; a shoot that is left without one is done.
    pub(super) async fn cancel_unwanted(&self, tx: &mut AnyConnection, decisions: &[Decided]) -> Result<()> {
        let resumed: HashSet<&str> = decisions
            .iter()
            .filter(|decided| matches!(decided.decision, Decision::Resume))
            .filter_map(|decided| decided.current.as_ref())
            .map(|current| current.id.as_str())
            .collect();
        let open: Vec<(String, String)> = sqlx::query_as(
            "SELECT id, shoot_id FROM generations
             WHERE workspace_id = $1 AND status IN ('PENDING', 'PROCESSING')",
        )
        .bind(self.submission.workspace.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let (mut unwanted, mut shoots) = (Vec::new(), BTreeSet::new());
        for (id, shoot) in open {
            if !resumed.contains(id.as_str()) {
                unwanted.push(id);
                shoots.insert(shoot);
            }
        }
        self.cancel(tx, &unwanted).await?;
        for shoot in shoots {
            finish_if_done(tx, self.ids, self.submission.workspace, &shoot, self.now_ms).await?;
        }
        Ok(())
    }

    async fn cancel(&self, tx: &mut AnyConnection, generations: &[String]) -> Result<()> {
        let rows: Vec<Vec<Value>> = generations
            .iter()
            .map(|generation| vec![generation.as_str().into(), self.now_ms.into()])
            .collect();
        let _: Vec<(String,)> = over_all(
            tx,
            "UPDATE generations SET status = 'CANCELLED', reason = 'a later shoot asked for something else',
                 finished_ms = v.column2 FROM",
            &rows,
            "WHERE generations.id = v.column1 RETURNING id",
        )
        .await?;
        let workspace = self.submission.workspace;
        queue::cancel(tx, self.ids, workspace, generations, self.now_ms).await
    }

    pub(super) async fn apply(
        &mut self,
        tx: &mut AnyConnection,
        order: &Order,
        decided: Decided,
    ) -> Result<()> {
        match decided.decision {
            Decision::Keep => self.done.already_done += 1,
            Decision::Decided => {
                let rejected = decided
                    .current
                    .is_some_and(|current| current.status == Status::Rejected);
                self.done.already_decided += 1;
                self.done.already_rejected += usize::from(rejected);
            }
            Decision::Resume => {
                self.done.resumed += 1;
                self.done.to_make += 1;
                self.renew(tx, order, &decided).await?;
            }
            Decision::Make { replaces } => {
                self.done.to_make += 1;
                self.done.made_again += usize::from(replaces);
                let generation = self.insert(order, &decided)?;
                self.position += 1;
                self.batch.to_make.push((generation, self.position));
            }
            Decision::Skip => {
                self.done.skipped += 1;
                let recorded =
                    |current: &Current| current.status == Status::Skipped && current.reason == order.skip;
                if !decided.current.as_ref().is_some_and(recorded) {
                    self.insert(order, &decided)?;
                }
            }
        }
        if self.batch.generations.len() >= BATCH_MAX {
            self.flush(tx).await?;
        }
        Ok(())
    }

    /// Gives an unfinished generation the shot as it is now, for its photos may have moved, and its job today's cap.
    async fn renew(&self, tx: &mut AnyConnection, order: &Order, decided: &Decided) -> Result<()> {
        let Some(current) = &decided.current else {
            return Ok(());
        };
        sqlx::query("UPDATE generations SET shot = $2 WHERE id = $1")
            .bind(&current.id)
            .bind(to_json("shot", &order.shot)?)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "UPDATE jobs SET attempts_max = $2
             WHERE generation_id = $1 AND state IN ('available', 'paused', 'running')",
        )
        .bind(&current.id)
        .bind(i64::from(self.submission.attempts_max))
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Adds the generation to the batch, in place of the one that stood in its slot.
    fn insert(&mut self, order: &Order, decided: &Decided) -> Result<GenerationId> {
        if let Some(replaced) = &decided.current {
            self.batch.superseded.push(replaced.id.clone());
        }
        let id = self.ids.next();
        let status = if order.skip.is_some() {
            Status::Skipped
        } else {
            Status::Pending
        };
        self.batch.generations.push(vec![
            id.as_str().into(),
            self.submission.workspace.as_str().into(),
            self.done.shoot.as_str().into(),
            decided.product_id.as_str().into(),
            order.shot.pose.as_str().into(),
            i64::from(order.shot.take).into(),
            order.fingerprint.as_str().into(),
            to_json("shot", &order.shot)?.into(),
            status.name().into(),
            order.skip.clone().into(),
            self.now_ms.into(),
            order.skip.as_ref().map(|_| self.now_ms).into(),
            self.slot.as_str().into(),
        ]);
        Ok(GenerationId(id))
    }

    /// Writes the batch: the generations, the credits held for them, and their jobs.
    async fn flush(&mut self, tx: &mut AnyConnection) -> Result<()> {
        let batch = mem::take(&mut self.batch);
        let workspace = self.submission.workspace;
        supersede(tx, &batch.superseded).await?;
        let into = "generations (id, workspace_id, shoot_id, product_id, pose, take, fingerprint, shot, status, reason, \
                                 created_ms, finished_ms, slot)";
        insert_all(tx, into, batch.generations).await?;
        let (generations, positions): (Vec<GenerationId>, Vec<i64>) = batch.to_make.into_iter().unzip();
        ledger::hold_all(tx, self.ids, workspace, &generations, self.price, self.now_ms).await?;
        let job = |(generation, position): (_, &i64)| NewJob {
            id: self.ids.next(),
            workspace,
            generation,
            shoot: self.done.shoot.as_str(),
            priority: self.submission.origin.priority(),
            turn: self.turns.at(*position),
            position: *position,
            attempts_max: self.submission.attempts_max,
            now_ms: self.now_ms,
        };
        let jobs: Vec<NewJob<'_>> = generations.iter().zip(&positions).map(job).collect();
        queue::enqueue(tx, &jobs).await
    }

    pub(super) async fn end(mut self, tx: &mut AnyConnection) -> Result<Submitted> {
        self.flush(tx).await?;
        let done = self.done;
        let data =
            json!({ "toMake": done.to_make, "alreadyDone": done.already_done, "skipped": done.skipped });
        let event = events::NewEvent {
            id: self.ids.next(),
            workspace: self.submission.workspace,
            shoot: done.shoot.as_str(),
            kind: "shoot.submitted",
            data,
            now_ms: self.now_ms,
        };
        events::append(tx, event).await?;
        // What is resumed belongs to the shoot that ordered it, and ends that one.
        if done.to_make == done.resumed {
            finish_if_done(
                tx,
                self.ids,
                self.submission.workspace,
                done.shoot.as_str(),
                self.now_ms,
            )
            .await?;
        }
        Ok(done)
    }
}

async fn supersede(tx: &mut AnyConnection, generations: &[String]) -> Result<()> {
    let rows: Vec<Vec<Value>> = generations.iter().map(|id| vec![id.as_str().into()]).collect();
    let _: Vec<(String,)> = over_all(
        tx,
        "UPDATE generations SET superseded = 1 WHERE id IN (SELECT v.column1 FROM",
        &rows,
        ") RETURNING id",
    )
    .await?;
    Ok(())
}
