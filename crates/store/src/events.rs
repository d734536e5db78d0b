//! Events: what happened in a shoot, in order, written in the transaction that made it happen.

use std::{collections::BTreeMap, ops::Range};

use domain::{
    clock::EpochMs,
    ids::{ShootId, WorkspaceId},
};
use sqlx::AnyConnection;

use crate::{
    Result, Store, from_json,
    rows::{Value, insert_all},
    webhooks,
};

/// One event of a shoot.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// 1, 2, 3, … within the shoot: who has seen a number has seen all before it.
    pub number: i64,
    /// When, in epoch milliseconds.
    pub created_ms: EpochMs,
    /// `shoot.submitted`, `generation.completed`, …
    pub kind: String,
    /// What the kind carries.
    pub data: serde_json::Value,
}

pub(crate) struct NewEvent<'a> {
    pub(crate) id: String,
    pub(crate) workspace: &'a WorkspaceId,
    pub(crate) shoot: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) data: serde_json::Value,
    pub(crate) now_ms: EpochMs,
}

impl NewEvent<'_> {
    fn row(&self, number: i64) -> Vec<Value> {
        vec![
            number.into(),
            self.id.as_str().into(),
            self.workspace.as_str().into(),
            self.shoot.into(),
            self.kind.into(),
            self.data.to_string().into(),
            self.now_ms.into(),
        ]
    }
}

/// Appends an event under its shoot's row, which stays locked until the transaction ends: so numbers are seen in order.
pub(crate) async fn append(tx: &mut AnyConnection, event: NewEvent<'_>) -> Result<()> {
    append_all(tx, &[event]).await
}

/// Appends events, those of one shoot in the order in which they stand here.
pub(crate) async fn append_all(tx: &mut AnyConnection, events: &[NewEvent<'_>]) -> Result<()> {
    let numbers = reserve(tx, events.iter().map(|event| event.shoot)).await?;
    append_numbered(tx, events, numbers).await
}

/// The numbers of events to come, by their shoots.
pub(crate) type Numbers<'a> = BTreeMap<&'a str, Range<i64>>;

/// Takes the numbers of events to come, of which each names its shoot, and so locks those shoots as [`lock_shoot`] does: in the order
/// of their ids, by the statement that counts their events.
pub(crate) async fn reserve<'a>(
    tx: &mut AnyConnection,
    shoots: impl Iterator<Item = &'a str>,
) -> Result<Numbers<'a>> {
    let mut counts = BTreeMap::<&str, i64>::new();
    for shoot in shoots {
        *counts.entry(shoot).or_default() += 1;
    }
    let mut numbers = Numbers::new();
    for (shoot, count) in counts {
        let (number,): (i64,) = sqlx::query_as(
            "UPDATE shoots SET last_event = last_event + $2 WHERE id = $1 RETURNING last_event",
        )
        .bind(shoot)
        .bind(count)
        .fetch_one(&mut *tx)
        .await?;
        numbers.insert(shoot, number - count + 1..number + 1);
    }
    Ok(numbers)
}

/// Appends events under numbers that were reserved for them. Numbers that are left are given back.
pub(crate) async fn append_numbered(
    tx: &mut AnyConnection,
    events: &[NewEvent<'_>],
    mut numbers: Numbers<'_>,
) -> Result<()> {
    let (mut rows, mut told) = (Vec::with_capacity(events.len()), Vec::with_capacity(events.len()));
    for event in events {
        if let Some(number) = numbers.get_mut(event.shoot).and_then(Iterator::next) {
            rows.push(event.row(number));
            told.push((event, number));
        }
    }
    for (shoot, left) in numbers {
        if !left.is_empty() {
            sqlx::query("UPDATE shoots SET last_event = last_event - $2 WHERE id = $1")
                .bind(shoot)
                .bind(left.end - left.start)
                .execute(&mut *tx)
                .await?;
        }
    }
    let into = "events (number, id, workspace_id, shoot_id, kind, data, created_ms)";
    insert_all(tx, into, rows).await?;
    webhooks::deliver_all(tx, &told).await
}

/// Locks a shoot until the transaction ends. What changes a shoot, its pictures or their jobs takes this lock first, so that
/// two who do never wait for each other in a ring. SQLite has one writer, and nothing to lock.
pub(crate) async fn lock_shoot(tx: &mut AnyConnection, shoot: &str) -> Result<()> {
    sqlx::query("UPDATE shoots SET last_event = last_event WHERE id = $1")
        .bind(shoot)
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// The number of a shoot's last event.
    pub async fn last_event(&self, shoot: &ShootId) -> Result<i64> {
        let row: Option<(i64,)> = sqlx::query_as("SELECT last_event FROM shoots WHERE id = $1")
            .bind(shoot.as_str())
            .fetch_optional(&self.reader)
            .await?;
        Ok(row.map_or(0, |(last,)| last))
    }

    /// At most `limit` events of a shoot after a number (0 for all), oldest first.
    pub async fn events(
        &self,
        workspace: &WorkspaceId,
        shoot: &ShootId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        let rows: Vec<(i64, EpochMs, String, String)> = sqlx::query_as(
            "SELECT number, created_ms, kind, data FROM events
             WHERE workspace_id = $1 AND shoot_id = $2 AND number > $3 ORDER BY number LIMIT $4",
        )
        .bind(workspace.as_str())
        .bind(shoot.as_str())
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.reader)
        .await?;
        rows.into_iter()
            .map(|(number, created_ms, kind, data)| {
                Ok(Event {
                    number,
                    created_ms,
                    kind,
                    data: from_json("event", &data)?,
                })
            })
            .collect()
    }
}
