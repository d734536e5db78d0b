//! Jobs that ended are moved out of the queue: all of them and no other, and nobody misses one.

use domain::{clock::Clock, product::View};
use sqlx::{AnyConnection, Connection as _};
use store::{StoreError, generations::AttemptEnd};
use testkit::database::TestDatabase;

use crate::bench::{Bench, CLOCK, brief, completed, product};

testkit::on_both_databases! {
    jobs_that_ended_are_moved_after_a_day_and_no_other,
    thousands_are_moved_once_by_two_servers_at_once,
}

const DAY_MS: i64 = 24 * 3_600_000;
const QUEUED: &str = "SELECT state FROM jobs ORDER BY state";
const FINISHED: &str = "SELECT state FROM finished_jobs ORDER BY state";

/// The states of the jobs in a table.
async fn states(database: &TestDatabase, sql: &'static str) -> Vec<String> {
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    let states: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    states.into_iter().map(|(state,)| state).collect()
}

async fn jobs_that_ended_are_moved_after_a_day_and_no_other(database: TestDatabase) {
    let bench = Bench::new(&database, Some(100)).await;
    let Bench {
        store,
        ids,
        workspace,
    } = &bench;
    let products = ["A", "B", "C", "D"].map(|sku| product(sku, &[View::Front]));
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let done = bench.claim().await.unwrap();
    bench.end(&done, &completed()).await.unwrap();
    let failed = bench.claim().await.unwrap();
    let broken = AttemptEnd::Failed("it broke".into());
    bench.end(&failed, &broken).await.unwrap();
    let running = bench.claim().await.unwrap();
    let paused = bench.submit_beside(&brief("front"), &products[..1]).await;
    let pausing = store.pause_shoot(ids, workspace, &paused, CLOCK.now_ms());
    assert!(pausing.await.unwrap());
    let called_off = bench.submit_beside(&brief("front"), &products[..1]).await;
    let cancelling = store.cancel_shoot(ids, workspace, &called_off, CLOCK.now_ms());
    assert_eq!(cancelling.await.unwrap(), Some(1));

    let now_ms = CLOCK.now_ms();
    let move_at = async |now_ms| store.move_finished_jobs(now_ms).await.unwrap();
    assert_eq!(move_at(now_ms).await, 0, "they are of today");
    assert_eq!(move_at(now_ms + DAY_MS).await, 3);
    assert_eq!(move_at(now_ms + DAY_MS).await, 0, "once is enough");
    let live = ["available", "paused", "running"];
    assert_eq!(states(&database, QUEUED).await, live);
    let ended = ["cancelled", "completed", "discarded"];
    assert_eq!(states(&database, FINISHED).await, ended);
    assert_eq!(store.contradictions(false).await.unwrap(), [""; 0]);
    let late = store.heartbeat(&done, 60_000, now_ms).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));

    // What was made and what failed for good is made again, what ran ends, what waited goes on.
    for lease in [&done, &failed] {
        let picture = store.generation(workspace, &lease.generation).await;
        let picture = picture.unwrap().unwrap();
        let redone = store.redo(ids, workspace, &picture, "anna", CLOCK.now_ms());
        redone.await.unwrap();
    }
    bench.end(&running, &completed()).await.unwrap();
    let resuming = store.resume_shoot(ids, workspace, &paused, CLOCK.now_ms());
    assert!(resuming.await.unwrap());
    assert_eq!(bench.drain(&completed()).await, 4);
    assert_eq!(move_at(now_ms + 2 * DAY_MS).await, 5);
    assert_eq!(states(&database, QUEUED).await, [""; 0]);
    assert_eq!(store.contradictions(true).await.unwrap(), [""; 0]);
}

async fn thousands_are_moved_once_by_two_servers_at_once(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let other = Bench::of(&database, "w2", None).await;
    let products = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    sqlx::query(
        "INSERT INTO jobs (id, workspace_id, kind, state, position, run_at_ms, attempts_max)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500)
         SELECT 'job ' || CAST(n AS TEXT), 'w', 'generate', 'completed', n, 0, 3 FROM numbers",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let now_ms = CLOCK.now_ms() + DAY_MS;
    let (one, two) = tokio::join!(
        bench.store.move_finished_jobs(now_ms),
        other.store.move_finished_jobs(now_ms),
    );
    assert_eq!(one.unwrap() + two.unwrap(), 2500);
    assert_eq!(states(&database, QUEUED).await, ["available"]);
    assert_eq!(states(&database, FINISHED).await.len(), 2500);
    assert_eq!(bench.store.contradictions(false).await.unwrap(), [""; 0]);
}
