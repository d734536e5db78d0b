//! Submitting a brief over products: rows, holds, jobs and the first event, in one transaction.

mod writer;

use std::collections::HashMap;

use domain::{
    brief::Brief,
    clock::EpochMs,
    generation::Status,
    ids::{ModelId, ProductId, ProjectId, ShootId, WorkspaceId},
    product::Product,
    shot::Shot,
};
use sqlx::AnyConnection;

use self::writer::Writer;
use crate::{Result, Store, caps, from_json, generations::Delivered, ids::Ids, ledger, projects, to_json};

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
        self.take_missing(ids, Some(submission.workspace), now_ms).await?;
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
            let needed = writer.price * makes as i64;
            ledger::check_covers(&mut tx, workspace, needed).await?;
            if let Origin::Catalogue { request, .. } = submission.origin {
                let asked = caps::Asked {
                    workspace,
                    project: request.project.as_ref().map(ProjectId::as_str),
                    by: &request.created_by,
                };
                caps::check(&mut tx, asked, needed, now_ms).await?;
            }
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
