//! Shoots and their pictures as a service shows them.

use domain::{
    brief::Brief,
    clock::EpochMs,
    generation::Status,
    ids::{GenerationId, ModelId, ProductId, ProjectId, ShootId, WorkspaceId},
    manifest::AttemptEntry,
    shot::Shot,
    verdict::Verdict,
};

use crate::{
    Result, Store, from_json,
    generations::{Delivered, status, verdict},
};

/// A shoot.
#[derive(Clone, Debug, PartialEq)]
pub struct Shoot {
    /// Its id.
    pub id: ShootId,
    /// Its name for people.
    pub name: String,
    /// Its project.
    pub project: Option<ProjectId>,
    /// The person who wears the products.
    pub model: Option<ModelId>,
    /// What was asked.
    pub brief: Brief,
    /// running, paused, done, cancelled.
    pub state: String,
    /// Higher is made first.
    pub priority: i64,
    /// Credits that one picture holds.
    pub price_credits: i64,
    /// Who asked.
    pub created_by: Option<String>,
    /// When.
    pub created_ms: EpochMs,
    /// When its last picture ended.
    pub finished_ms: Option<EpochMs>,
}

/// How far a shoot is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// How many pictures stand at each status.
    pub by_status: Vec<(Status, i64)>,
    /// Delivered, and for a person to look at.
    pub to_review: i64,
    /// Approved by a person.
    pub approved: i64,
    /// What vendors charged, in micro-dollars.
    pub cost_microusd: i64,
    /// When the first attempt began, and the last ended.
    pub worked_ms: Option<(EpochMs, EpochMs)>,
}

impl Progress {
    /// How many pictures stand at a status.
    pub fn at(&self, status: Status) -> i64 {
        self.by_status
            .iter()
            .filter(|(at, _)| *at == status)
            .map(|(_, count)| count)
            .sum()
    }

    /// Pictures that were ordered: all but those that cannot truthfully be made.
    pub fn ordered(&self) -> i64 {
        self.by_status
            .iter()
            .filter(|(at, _)| *at != Status::Skipped)
            .map(|(_, count)| count)
            .sum()
    }

    /// Pictures that have ended.
    pub fn ended(&self) -> i64 {
        self.ordered() - self.at(Status::Pending) - self.at(Status::Processing)
    }

    /// How long the rest will take at the pace so far, in milliseconds; none before the pace is known.
    pub fn left_ms(&self, now_ms: EpochMs) -> Option<i64> {
        let (began_ms, _) = self.worked_ms?;
        let (ended, left) = (self.ended(), self.ordered() - self.ended());
        (ended > 0).then(|| (now_ms - began_ms).max(0) * left / ended)
    }
}

/// A picture in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Its id.
    pub id: GenerationId,
    /// Its shoot.
    pub shoot: ShootId,
    /// Its product.
    pub product: ProductId,
    /// What was asked.
    pub shot: Shot,
    /// How it stands.
    pub status: Status,
    /// Why it did not complete.
    pub reason: Option<String>,
    /// What was delivered.
    pub delivered: Option<Delivered>,
    /// A person should look.
    pub needs_review: bool,
    /// A person's word: approved, rejected.
    pub review: Option<String>,
    /// How far the worst lock is above its threshold.
    pub score: Option<f64>,
    /// The picture that this one was asked to do again.
    pub replaces: Option<GenerationId>,
    /// When its files were removed, because the workspace keeps rejected pictures no longer.
    pub file_removed_ms: Option<EpochMs>,
    /// When it was ordered.
    pub created_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
}

/// One engine call of a picture, with what the locks said.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptTold {
    /// Engine, seed, outcome, cost, candidate.
    pub entry: AttemptEntry,
    /// When it began.
    pub started_ms: EpochMs,
    /// When it ended.
    pub finished_ms: Option<EpochMs>,
    /// The blob of what is laid over its picture to show where the product differs.
    pub heatmap: Option<String>,
    /// What the locks measured.
    pub verdicts: Vec<Verdict>,
}

/// Which pictures are asked for.
#[derive(Clone, Debug, Default)]
pub struct GenerationFilter<'a> {
    /// Those of a shoot.
    pub shoot: Option<&'a str>,
    /// Those of a project.
    pub project: Option<&'a str>,
    /// Those of a product.
    pub product: Option<&'a str>,
    /// Those at a status.
    pub status: Option<Status>,
    /// Those with this word of a person; an empty word: with none.
    pub review: Option<&'a str>,
    /// Those that a person should look at.
    pub needs_review: bool,
    /// Those before an id.
    pub before: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
struct ShootRow {
    id: String,
    name: String,
    project_id: Option<String>,
    model_id: Option<String>,
    brief: String,
    state: String,
    priority: i64,
    price_credits: i64,
    created_by: Option<String>,
    created_ms: EpochMs,
    finished_ms: Option<EpochMs>,
}

const SHOOT: &str = "id, name, project_id, model_id, brief, state, priority, price_credits, created_by, created_ms, finished_ms";

impl ShootRow {
    fn shoot(self) -> Result<Shoot> {
        Ok(Shoot {
            id: ShootId(self.id),
            name: self.name,
            project: self.project_id.map(ProjectId),
            model: self.model_id.map(ModelId),
            brief: from_json("brief", &self.brief)?,
            state: self.state,
            priority: self.priority,
            price_credits: self.price_credits,
            created_by: self.created_by,
            created_ms: self.created_ms,
            finished_ms: self.finished_ms,
        })
    }
}

/// Attempt, lock, score, threshold, outcome, evidence.
type VerdictRow = (String, String, Option<f64>, f64, String, String);

#[derive(sqlx::FromRow)]
struct GenerationRow {
    id: String,
    shoot_id: String,
    product_id: String,
    shot: String,
    status: String,
    reason: Option<String>,
    result: Option<String>,
    needs_review: i64,
    review: Option<String>,
    score: Option<f64>,
    replaces: Option<String>,
    file_removed_ms: Option<EpochMs>,
    created_ms: EpochMs,
    finished_ms: Option<EpochMs>,
}

const GENERATION: &str = concat!(
    "g.id, g.shoot_id, g.product_id, g.shot, ",
    status!(),
    " AS status, g.reason, g.result, g.needs_review, g.review, g.score, g.replaces, g.file_removed_ms, g.created_ms, g.finished_ms"
);

impl GenerationRow {
    fn generation(self) -> Result<Generation> {
        Ok(Generation {
            id: GenerationId(self.id),
            shoot: ShootId(self.shoot_id),
            product: ProductId(self.product_id),
            shot: from_json("shot", &self.shot)?,
            status: Status::from_name(&self.status).unwrap_or(Status::Failed),
            reason: self.reason,
            delivered: self.result.map(|text| from_json("result", &text)).transpose()?,
            needs_review: self.needs_review == 1,
            review: self.review,
            score: self.score,
            replaces: self.replaces.map(GenerationId),
            file_removed_ms: self.file_removed_ms,
            created_ms: self.created_ms,
            finished_ms: self.finished_ms,
        })
    }
}

impl Store {
    /// A shoot.
    pub async fn shoot(&self, workspace: &WorkspaceId, id: &ShootId) -> Result<Option<Shoot>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {SHOOT} FROM shoots WHERE workspace_id = $1 AND id = $2"
        ));
        let row: Option<ShootRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.map(ShootRow::shoot).transpose()
    }

    /// The shoot that a call with this key made.
    pub async fn shoot_of_request(&self, workspace: &WorkspaceId, key: &str) -> Result<Option<Shoot>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {SHOOT} FROM shoots WHERE workspace_id = $1 AND request_key = $2"
        ));
        let row: Option<ShootRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(key)
            .fetch_optional(&self.reader)
            .await?;
        row.map(ShootRow::shoot).transpose()
    }

    /// At most `limit` shoots before an id, the newest first; of a project, at a state.
    pub async fn shoots(
        &self,
        workspace: &WorkspaceId,
        project: Option<&str>,
        state: Option<&str>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Shoot>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {SHOOT} FROM shoots WHERE workspace_id = $1 AND ($2 = '' OR project_id = $2)
             AND ($3 = '' OR state = $3) AND ($4 = '' OR id < $4) ORDER BY id DESC LIMIT $5"
        ));
        let rows: Vec<ShootRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(project.unwrap_or_default())
            .bind(state.unwrap_or_default())
            .bind(before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(ShootRow::shoot).collect()
    }

    /// How far a shoot is.
    pub async fn progress(&self, workspace: &WorkspaceId, shoot: &ShootId) -> Result<Progress> {
        let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(concat!(
            "SELECT ",
            status!(),
            ", COUNT(*), COUNT(CASE WHEN needs_review = 1 AND review IS NULL THEN 1 END),
             COUNT(CASE WHEN review = 'approved' THEN 1 END)
             FROM generations g WHERE workspace_id = $1 AND shoot_id = $2 AND superseded = 0 GROUP BY 1"
        ))
        .bind(workspace.as_str())
        .bind(shoot.as_str())
        .fetch_all(&self.reader)
        .await?;
        let (cost_microusd, began_ms, ended_ms): (i64, Option<EpochMs>, Option<EpochMs>) = sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(a.cost_microusd), 0) AS BIGINT), MIN(a.started_ms), MAX(a.finished_ms)
             FROM attempts a JOIN generations g ON g.id = a.generation_id
             WHERE g.shoot_id = (SELECT id FROM shoots WHERE workspace_id = $1 AND id = $2)",
        )
        .bind(workspace.as_str())
        .bind(shoot.as_str())
        .fetch_one(&self.reader)
        .await?;
        let mut progress = Progress {
            cost_microusd,
            worked_ms: began_ms.map(|began| (began, ended_ms.unwrap_or(began))),
            ..Progress::default()
        };
        for (status, count, to_review, approved) in rows {
            let status = Status::from_name(&status).unwrap_or(Status::Failed);
            progress.by_status.push((status, count));
            progress.approved += approved;
            if status == Status::Completed {
                progress.to_review += to_review;
            }
        }
        Ok(progress)
    }

    /// A picture.
    pub async fn generation(&self, workspace: &WorkspaceId, id: &GenerationId) -> Result<Option<Generation>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {GENERATION} FROM generations g WHERE g.workspace_id = $1 AND g.id = $2"
        ));
        let row: Option<GenerationRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(id.as_str())
            .fetch_optional(&self.reader)
            .await?;
        row.map(GenerationRow::generation).transpose()
    }

    /// At most `limit` pictures, the newest first, without those that were done again.
    pub async fn generations(
        &self,
        workspace: &WorkspaceId,
        filter: &GenerationFilter<'_>,
        limit: u32,
    ) -> Result<Vec<Generation>> {
        // By the index of what is few: the pictures of a shoot or a product, where one is named.
        let of = if filter.shoot.is_some() {
            "s.workspace_id = $1 AND g.shoot_id = $2"
        } else if filter.product.is_some() {
            "s.workspace_id = $1 AND g.product_id = $4"
        } else {
            "g.workspace_id = $1"
        };
        let status = status!();
        let sql = sqlx::AssertSqlSafe(format!(
            "SELECT {GENERATION} FROM generations g JOIN shoots s ON s.id = g.shoot_id
             WHERE {of} AND g.superseded = 0 AND ($2 = '' OR g.shoot_id = $2) AND ($3 = '' OR s.project_id = $3)
               AND ($4 = '' OR g.product_id = $4) AND ($5 = '' OR {status} = $5)
               AND ($6 = 'any' OR COALESCE(g.review, '') = $6) AND ($7 = 0 OR g.needs_review = 1) AND ($8 = '' OR g.id < $8)
             ORDER BY g.id DESC LIMIT $9"
        ));
        let rows: Vec<GenerationRow> = sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(filter.shoot.unwrap_or_default())
            .bind(filter.project.unwrap_or_default())
            .bind(filter.product.unwrap_or_default())
            .bind(filter.status.map_or("", Status::name))
            .bind(filter.review.unwrap_or("any"))
            .bind(i64::from(filter.needs_review))
            .bind(filter.before.unwrap_or_default())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(GenerationRow::generation).collect()
    }

    /// Every engine call of a picture, in order.
    pub async fn attempts_of(&self, workspace: &WorkspaceId, id: &GenerationId) -> Result<Vec<AttemptTold>> {
        let mut told = self.attempt_rows(workspace, id).await?;
        let rows: Vec<VerdictRow> = sqlx::query_as(
            "SELECT v.attempt_id, v.lock, v.score, v.threshold, v.outcome, v.evidence
             FROM verdicts v JOIN attempts a ON a.id = v.attempt_id JOIN generations g ON g.id = a.generation_id
             WHERE g.workspace_id = $1 AND g.id = $2 ORDER BY v.lock",
        )
        .bind(workspace.as_str())
        .bind(id.as_str())
        .fetch_all(&self.reader)
        .await?;
        for (attempt, lock, score, threshold, outcome, evidence) in rows {
            if let Some((_, one)) = told.iter_mut().find(|(id, _)| *id == attempt) {
                one.verdicts
                    .push(verdict(lock, score, threshold, &outcome, &evidence)?);
            }
        }
        Ok(told.into_iter().map(|(_, one)| one).collect())
    }
}
