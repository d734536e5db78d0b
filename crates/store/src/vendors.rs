//! What vendors allow, shared by every process that calls them: turns at a rate, and places for pictures in work.
//!
//! All times are by the clock of the database: machines do not agree on theirs, and one of them may be set while they work.

use std::time::Duration;

use crate::{Result, Store, database::Engine};

/// The time by SQLite's clock, which is the machine's, and by PostgreSQL's.
macro_rules! by_clock {
    ($($part:expr),+) => {
        [
            by_clock!(@ "((julianday('now') - 2440587.5) * 86400000.0)", $($part),+),
            by_clock!(@ "(CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION) * 1000)", $($part),+),
        ]
    };
    (@ $now:literal, $first:expr $(, $more:expr)*) => {
        concat!($first $(, $now, $more)*)
    };
}

/// The generic cell rate algorithm without a burst (ITU-T I.371): the row holds when the next may go, and one statement moves it.
const TURN: [&str; 2] = by_clock!(
    "INSERT INTO vendor_turns (engine, next_ms) VALUES ($1, ",
    " + $2) ON CONFLICT (engine) DO UPDATE SET next_ms = $2 + CASE WHEN vendor_turns.next_ms > ",
    " THEN vendor_turns.next_ms ELSE ",
    " END RETURNING next_ms - $2 - ",
    ""
);
const QUIET: [&str; 2] = by_clock!(
    "INSERT INTO vendor_turns (engine, next_ms) VALUES ($1, ",
    " + $2) ON CONFLICT (engine) DO UPDATE SET next_ms = excluded.next_ms WHERE vendor_turns.next_ms < excluded.next_ms"
);
const PLACE_SQLITE: &str = by_clock!(
    "UPDATE vendor_places SET holder = $2, until_ms = $3 + ",
    " WHERE engine = $1 AND number = (SELECT number FROM vendor_places WHERE engine = $1 AND number <= $4 AND until_ms < ",
    " ORDER BY number LIMIT 1) RETURNING number"
)[0];
const PLACE_POSTGRES: &str = by_clock!(
    "UPDATE vendor_places SET holder = $2, until_ms = $3 + ",
    " WHERE engine = $1 AND number = (SELECT number FROM vendor_places WHERE engine = $1 AND number <= $4 AND until_ms < ",
    " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING number"
)[1];
const KEEP: [&str; 2] = by_clock!("UPDATE vendor_places SET until_ms = $2 + ", " WHERE holder = $1");

impl Store {
    fn of<'a>(&self, [sqlite, postgres]: [&'a str; 2]) -> &'a str {
        match self.engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        }
    }

    /// Takes the next turn at an engine's vendor, each so long after the last. How long until it comes.
    pub async fn take_turn(&self, engine: &str, interval: Duration) -> Result<Duration> {
        let (wait_ms,): (f64,) = sqlx::query_as(self.of(TURN))
            .bind(engine)
            .bind(interval.as_secs_f64() * 1000.0)
            .fetch_one(&self.writer)
            .await?;
        Ok(Duration::from_secs_f64(wait_ms.max(0.0) / 1000.0))
    }

    /// No turn at an engine's vendor comes before this is over.
    pub async fn be_quiet(&self, engine: &str, wait: Duration) -> Result<()> {
        sqlx::query(self.of(QUIET))
            .bind(engine)
            .bind(wait.as_secs_f64() * 1000.0)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Makes the places of an engine's vendor, as far as they are not there.
    pub async fn make_places(&self, engine: &str, places: u32) -> Result<()> {
        let mut tx = self.write().await?;
        for number in 1..=i64::from(places) {
            sqlx::query("INSERT INTO vendor_places (engine, number) VALUES ($1, $2) ON CONFLICT (engine, number) DO NOTHING")
                .bind(engine)
                .bind(number)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes one of the first so many places, for so long. `None` when all are taken.
    pub async fn take_place(
        &self,
        engine: &str,
        places: u32,
        holder: &str,
        lease: Duration,
    ) -> Result<Option<i64>> {
        let place: Option<(i64,)> = sqlx::query_as(self.of([PLACE_SQLITE, PLACE_POSTGRES]))
            .bind(engine)
            .bind(holder)
            .bind(lease.as_secs_f64() * 1000.0)
            .bind(i64::from(places))
            .fetch_optional(&self.writer)
            .await?;
        Ok(place.map(|(number,)| number))
    }

    /// Keeps every place of a holder for so long from now on.
    pub async fn keep_places(&self, holder: &str, lease: Duration) -> Result<()> {
        sqlx::query(self.of(KEEP))
            .bind(holder)
            .bind(lease.as_secs_f64() * 1000.0)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Gives a place back, if the holder has it still.
    pub async fn free_place(&self, engine: &str, number: i64, holder: &str) -> Result<()> {
        sqlx::query(
            "UPDATE vendor_places SET holder = NULL, until_ms = 0 WHERE engine = $1 AND number = $2 AND holder = $3",
        )
        .bind(engine)
        .bind(number)
        .bind(holder)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
