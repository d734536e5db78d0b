//! Submitting a brief over products: rows, holds, jobs and the first event, in one transaction.

use std::collections::{HashMap, HashSet};

use domain::{
    brief::Brief,
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, ModelId, ProductId, ProjectId, ShootId, WorkspaceId},
    product::Product,
    shot::Shot,
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{
    Result, Store, events, from_json,
    generations::Delivered,
    ids::Ids,
    ledger, products, projects,
    queue::{self, NewJob, Turns},
    to_json,
};

/// A picture to order, or to record as skipped.
#[derive(Clone, Debug)]
pub struct Order {
    /// Index into the submission's products.
    pub product: usize,
    /// What the engine will be given.
    pub shot: Shot,
    /// [`Shot::fingerprint`].
    pub fingerprint: String,
    /// Why it will not be made; `None` when it will.
    pub skip: Option<String>,
}

/// Where the products of a submission come from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// An output folder: its products are written as they are found now, and a later shoot's pictures take the place of an
    /// earlier one's.
    Folder(&'a [Product]),
    /// The catalogue of a service: a shoot of its own beside the others.
    Catalogue {
        /// The products.
        products: &'a [ProductId],
        /// What is kept of who asked for what.
        request: &'a Request,
    },
}

impl Origin<'_> {
    fn priority(&self) -> i64 {
        match self {
            Origin::Folder(_) => 0,
            Origin::Catalogue { request, .. } => request.priority,
        }
    }
}

/// A shoot as it was asked for at a service.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Its project.
    pub project: Option<ProjectId>,
    /// The person who wears the products.
    pub model: Option<ModelId>,
    /// Its name for people.
    pub name: String,
    /// Higher is made first.
    pub priority: i64,
    /// Who asked.
    pub created_by: String,
    /// The call that asked, where it bears a key: it makes one shoot, however often it is sent.
    pub key: Option<String>,
}

/// A brief over products, planned.
#[derive(Clone, Debug)]
pub struct Submission<'a> {
    /// The tenant.
    pub workspace: &'a WorkspaceId,
    /// What was asked.
    pub brief: &'a Brief,
    /// Where its products come from.
    pub origin: Origin<'a>,
    /// Every planned picture.
    pub orders: &'a [Order],
    /// Credits held for each picture in a metered workspace.
    pub price_credits: i64,
    /// How often a picture is tried when the engine fails in passing.
    pub attempts_max: u32,
}

/// What a submission did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The new shoot.
    pub shoot: ShootId,
    /// Pictures to make in this run, those left over from an earlier one included.
    pub to_make: usize,
    /// Of those to make: ordered by an earlier run that was stopped.
    pub resumed: usize,
    /// Already delivered by an earlier run, and the file is still there: not made again.
    pub already_done: usize,
    /// Rejected or refused by an earlier run for the same photos and brief: not made again.
    pub already_decided: usize,
    /// Of the already decided: rejected.
    pub already_rejected: usize,
    /// Cannot truthfully be made: recorded with the reason.
    pub skipped: usize,
    /// Made by an earlier run from other photos or settings, and made again.
    pub made_again: usize,
}

impl Submitted {
    fn nothing(shoot: ShootId) -> Self {
        Self {
            shoot,
            to_make: 0,
            resumed: 0,
            already_done: 0,
            already_decided: 0,
            already_rejected: 0,
            skipped: 0,
            made_again: 0,
        }
    }
}

/// How a current generation stands, as far as a new order cares.
struct Current {
    id: String,
    fingerprint: String,
    status: Status,
    delivered: bool,
    reason: Option<String>,
}

/// What to do with one order.
enum Decision {
    Keep,
    Resume,
    Decided,
    Make { replaces: bool },
    Skip,
}

/// A decision, and the generation it is about.
struct Decided {
    product_id: String,
    decision: Decision,
    current: Option<Current>,
}

impl Store {
    /// Writes products, generations, credit holds, jobs and the first event in one transaction.
    ///
    /// An order whose current generation has the same fingerprint is not repeated: delivered pictures (`is_delivered`
    /// says whether the file still stands) are kept, unfinished ones resumed. Unfinished pictures of earlier
    /// shoots that this one does not ask for are cancelled and their holds released.
    pub async fn submit(
        &self,
        ids: &Ids,
        submission: &Submission<'_>,
        is_delivered: &(dyn Fn(&Delivered) -> bool + Sync),
        now_ms: EpochMs,
    ) -> Result<Submitted> {
        let mut tx = self.write().await?;
        let workspace = submission.workspace;
        let mut writer = Writer::begin(&mut tx, ids, submission, now_ms).await?;
        let decisions = writer.decide(&mut tx, is_delivered).await?;
        if matches!(submission.origin, Origin::Folder(_)) {
            writer.cancel_unwanted(&mut tx, &decisions).await?;
        }
        let makes = decisions
            .iter()
            .filter(|made| matches!(made.decision, Decision::Make { .. }))
            .count();
        if writer.price > 0 {
            ledger::check_covers(&mut tx, workspace, writer.price * makes as i64).await?;
        }
        for (order, decided) in submission.orders.iter().zip(decisions) {
            writer.apply(&mut tx, order, decided).await?;
        }
        let done = writer.end(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// The brief of the latest shoot.
    pub async fn latest_brief(&self, workspace: &WorkspaceId) -> Result<Option<Brief>> {
        let row: Option<(String,)> =
            sqlx::query_as("SELECT brief FROM shoots WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1")
                .bind(workspace.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(|(brief,)| from_json("brief", &brief)).transpose()
    }
}

async fn insert_shoot(
    tx: &mut AnyConnection,
    shoot: &str,
    submission: &Submission<'_>,
    now_ms: EpochMs,
) -> Result<()> {
    let none = Request::default();
    let request = match submission.origin {
        Origin::Folder(_) => &none,
        Origin::Catalogue { request, .. } => request,
    };
    sqlx::query(
        "INSERT INTO shoots (id, workspace_id, brief, created_ms, project_id, model_id, name, priority, price_credits,
                             created_by, request_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(shoot)
    .bind(submission.workspace.as_str())
    .bind(to_json("brief", submission.brief)?)
    .bind(now_ms)
    .bind(request.project.as_ref().map(ProjectId::as_str))
    .bind(request.model.as_ref().map(ModelId::as_str))
    .bind(&request.name)
    .bind(request.priority)
    .bind(submission.price_credits)
    .bind(&request.created_by)
    .bind(&request.key)
    .execute(tx)
    .await
    .map_err(|error| projects::taken(error, "Idempotency-Key"))?;
    Ok(())
}

fn decide(order: &Order, current: Option<&Current>) -> Decision {
    if order.skip.is_some() {
        return Decision::Skip;
    }
    let Some(current) = current else {
        return Decision::Make { replaces: false };
    };
    let same = current.fingerprint == order.fingerprint;
    match current.status {
        Status::Completed if same && current.delivered => Decision::Keep,
        Status::Pending | Status::Processing if same => Decision::Resume,
        Status::Rejected | Status::Skipped if same => Decision::Decided,
        Status::Completed => Decision::Make { replaces: true },
        _ => Decision::Make { replaces: false },
    }
}

/// What makes two generations the same slot of the catalogue.
type Key = (String, String, i64);

fn key_of(product_id: &str, shot: &Shot) -> Key {
    (
        product_id.to_owned(),
        shot.pose.as_str().to_owned(),
        i64::from(shot.take),
    )
}

async fn currents(
    tx: &mut AnyConnection,
    workspace: &WorkspaceId,
    slot: &str,
    is_delivered: &(dyn Fn(&Delivered) -> bool + Sync),
) -> Result<HashMap<Key, Current>> {
    type Row = (
        String,
        String,
        i64,
        String,
        String,
        String,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT product_id, pose, take, id, fingerprint, status, reason, result
         FROM generations WHERE workspace_id = $1 AND slot = $2 AND superseded = 0",
    )
    .bind(workspace.as_str())
    .bind(slot)
    .fetch_all(tx)
    .await?;
    let mut currents = HashMap::with_capacity(rows.len());
    for (product, pose, take, id, fingerprint, status, reason, result) in rows {
        let delivered: Option<Delivered> = result.map(|text| from_json("result", &text)).transpose()?;
        let current = Current {
            id,
            fingerprint,
            status: Status::from_name(&status).unwrap_or(Status::Failed),
            delivered: delivered.is_some_and(|delivered| is_delivered(&delivered)),
            reason,
        };
        currents.insert((product, pose, take), current);
    }
    Ok(currents)
}

/// Writes the rows of one shoot.
struct Writer<'a> {
    ids: &'a Ids,
    submission: &'a Submission<'a>,
    product_ids: Vec<String>,
    /// Which pictures stand in one place: those of a folder, or of one shoot.
    slot: String,
    price: i64,
    turns: Turns,
    now_ms: EpochMs,
    position: i64,
    done: Submitted,
}

impl<'a> Writer<'a> {
    /// Writes the shoot and its products.
    async fn begin(
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
            done,
        })
    }

    async fn decide(
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

    /// Cancels the open generations of earlier shoots that no decision resumes.
    async fn cancel_unwanted(&self, tx: &mut AnyConnection, decisions: &[Decided]) -> Result<()> {
        let resumed: HashSet<&str> = decisions
            .iter()
            .filter(|decided| matches!(decided.decision, Decision::Resume))
            .filter_map(|decided| decided.current.as_ref())
            .map(|current| current.id.as_str())
            .collect();
        let open: Vec<(String,)> = sqlx::query_as(
            "SELECT id FROM generations WHERE workspace_id = $1 AND status IN ('PENDING', 'PROCESSING')",
        )
        .bind(self.submission.workspace.as_str())
        .fetch_all(&mut *tx)
        .await?;
        for (id,) in open.iter().filter(|(id,)| !resumed.contains(id.as_str())) {
            self.cancel(tx, id).await?;
        }
        Ok(())
    }

    async fn cancel(&self, tx: &mut AnyConnection, generation: &str) -> Result<()> {
        sqlx::query(
            "UPDATE generations SET status = 'CANCELLED', reason = 'a later shoot asked for something else',
             finished_ms = $2 WHERE id = $1",
        )
        .bind(generation)
        .bind(self.now_ms)
        .execute(&mut *tx)
        .await?;
        queue::cancel(tx, generation, self.now_ms).await?;
        let workspace = self.submission.workspace;
        ledger::end_hold(
            tx,
            self.ids,
            workspace,
            generation,
            ledger::HoldEnd::Release,
            self.now_ms,
        )
        .await
    }

    async fn apply(&mut self, tx: &mut AnyConnection, order: &Order, decided: Decided) -> Result<()> {
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
                let generation = self.insert(tx, order, &decided).await?;
                self.order(tx, generation).await?;
            }
            Decision::Skip => {
                self.done.skipped += 1;
                let recorded =
                    |current: &Current| current.status == Status::Skipped && current.reason == order.skip;
                if !decided.current.as_ref().is_some_and(recorded) {
                    self.insert(tx, order, &decided).await?;
                }
            }
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
            "UPDATE jobs SET attempts_max = $2 WHERE generation_id = $1 AND state IN ('available', 'running')",
        )
        .bind(&current.id)
        .bind(i64::from(self.submission.attempts_max))
        .execute(tx)
        .await?;
        Ok(())
    }

    /// Writes the generation, in place of the one that stood in its slot.
    async fn insert(&self, tx: &mut AnyConnection, order: &Order, decided: &Decided) -> Result<GenerationId> {
        if let Some(replaced) = &decided.current {
            sqlx::query("UPDATE generations SET superseded = 1 WHERE id = $1")
                .bind(&replaced.id)
                .execute(&mut *tx)
                .await?;
        }
        let id = self.ids.next();
        let status = if order.skip.is_some() {
            Status::Skipped
        } else {
            Status::Pending
        };
        sqlx::query(
            "INSERT INTO generations (id, workspace_id, shoot_id, product_id, pose, take, fingerprint, shot, status,
                                      reason, created_ms, finished_ms, slot)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(&id)
        .bind(self.submission.workspace.as_str())
        .bind(self.done.shoot.as_str())
        .bind(&decided.product_id)
        .bind(order.shot.pose.as_str())
        .bind(i64::from(order.shot.take))
        .bind(&order.fingerprint)
        .bind(to_json("shot", &order.shot)?)
        .bind(status.name())
        .bind(&order.skip)
        .bind(self.now_ms)
        .bind(order.skip.as_ref().map(|_| self.now_ms))
        .bind(&self.slot)
        .execute(tx)
        .await?;
        Ok(GenerationId(id))
    }

    /// Holds the credits and enqueues the job.
    async fn order(&mut self, tx: &mut AnyConnection, generation: GenerationId) -> Result<()> {
        let workspace = self.submission.workspace;
        ledger::hold(
            tx,
            self.ids,
            workspace,
            generation.as_str(),
            self.price,
            self.now_ms,
        )
        .await?;
        self.position += 1;
        let job = NewJob {
            id: self.ids.next(),
            workspace,
            generation: &generation,
            shoot: self.done.shoot.as_str(),
            priority: self.submission.origin.priority(),
            turn: self.turns.at(self.position),
            position: self.position,
            attempts_max: self.submission.attempts_max,
            now_ms: self.now_ms,
        };
        queue::enqueue(tx, &job).await
    }

    async fn end(self, tx: &mut AnyConnection) -> Result<Submitted> {
        let done = self.done;
        let data =
            json!({ "to_make": done.to_make, "already_done": done.already_done, "skipped": done.skipped });
        let event = events::NewEvent {
            id: self.ids.next(),
            workspace: self.submission.workspace,
            shoot: done.shoot.as_str(),
            kind: "shoot.submitted",
            data,
            now_ms: self.now_ms,
        };
        events::append(tx, event).await?;
        if done.to_make == 0 {
            super::finish_if_done(
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
