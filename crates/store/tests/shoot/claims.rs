//! Claims: always the next in order, each job once, whoever claims at the same time.

use std::collections::{BTreeMap, HashSet};

use domain::{clock::Clock, product::View};
use proptest::prelude::*;
use sqlx::{AnyConnection, Connection as _};
use store::StoreError;
use testkit::database::{Engine, TestDatabase};

use crate::{
    bench::{Bench, CLOCK, brief, product},
    histories::play_many,
};

testkit::on_both_databases! {
    jobs_that_many_claim_at_once_are_claimed_once,
    empty_jobs_are_no_worker_s_and_end_once,
    a_shoot_that_is_called_off_gives_everything_back,
}

/// When claims are made.
const NOW_MS: i64 = 1_000;

/// A job as it waits, or does not.
#[derive(Clone, Debug)]
struct Job {
    kind: &'static str,
    state: &'static str,
    /// What decides the order: priority, turn, due, position.
    rank: (i64, i64, i64, i64),
}

impl Job {
    fn is_due(&self) -> bool {
        let (_, _, run_at_ms, _) = self.rank;
        self.kind == "generate" && self.state == "available" && run_at_ms <= NOW_MS
    }

    /// The lowest is next.
    fn key(&self) -> (i64, i64, i64, i64) {
        let (priority, turn, run_at_ms, position) = self.rank;
        (-priority, turn, run_at_ms, position)
    }
}

fn jobs() -> impl Strategy<Value = Vec<Job>> {
    let state = prop_oneof![
        8 => Just("available"),
        1 => Just("paused"),
        1 => Just("completed"),
        1 => Just("cancelled"),
    ];
    let kind = prop_oneof![9 => Just("generate"), 1 => Just("empty")];
    let rank = (-1..3i64, 0..9i64, NOW_MS - 3..NOW_MS + 2, 0..5i64);
    let job = (kind, state, rank).prop_map(|(kind, state, rank)| Job { kind, state, rank });
    proptest::collection::vec(job, 1..80)
}

async fn put(database: &TestDatabase, jobs: &[Job]) {
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    for (number, job) in jobs.iter().enumerate() {
        let (priority, turn, run_at_ms, position) = job.rank;
        sqlx::query(
            "INSERT INTO jobs (id, workspace_id, kind, state, priority, turn, run_at_ms, position, attempts_max)
             VALUES ($1, 'w', $2, $3, $4, $5, $6, $7, 3)",
        )
        .bind(number.to_string())
        .bind(job.kind)
        .bind(job.state)
        .bind(priority)
        .bind(turn)
        .bind(run_at_ms)
        .bind(position)
        .execute(&mut connection)
        .await
        .unwrap();
    }
    connection.close().await.unwrap();
}

/// Claims one, two, three at a time and so on, until none is left.
async fn claim_all_in_order(database: &TestDatabase, jobs: &[Job]) {
    let bench = Bench::new(database, None).await;
    put(database, jobs).await;
    let mut waiting: Vec<_> = jobs.iter().filter(|job| job.is_due()).map(Job::key).collect();
    waiting.sort_unstable();
    let mut claimed = HashSet::new();
    for most in 1.. {
        let token = bench.ids.next();
        let leases = bench.store.claim_many("w1", &token, most, 60_000, NOW_MS).await;
        let leases = leases.unwrap();
        // Which of two that are alike comes first is nobody's business, nor in what order those of one claim are told.
        let mut keys = Vec::new();
        for lease in &leases {
            let number: usize = lease.job.as_str().parse().unwrap();
            assert!(claimed.insert(number), "{number} is claimed twice");
            keys.push(jobs[number].key());
        }
        keys.sort_unstable();
        let next: Vec<_> = waiting.drain(..most.min(waiting.len())).collect();
        assert_eq!(keys, next);
        if leases.is_empty() {
            break;
        }
    }
}

#[test]
fn claims_are_the_next_in_order_on_sqlite() {
    play_many(Engine::Sqlite, 24, &jobs(), claim_all_in_order);
}

#[test]
fn claims_are_the_next_in_order_on_postgres() {
    play_many(Engine::Postgres, 12, &jobs(), claim_all_in_order);
}

async fn jobs_that_many_claim_at_once_are_claimed_once(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let job = |position: i64| Job {
        kind: "generate",
        state: "available",
        rank: (0, position / 7, 0, position),
    };
    put(&database, &(0..300).map(job).collect::<Vec<_>>()).await;
    let claiming = (0..4).map(|worker| {
        let store = bench.store.clone();
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            for round in 0.. {
                let token = format!("{worker} {round}");
                let leases = store.claim_many("w1", &token, 7, 60_000, NOW_MS).await.unwrap();
                if leases.is_empty() {
                    break;
                }
                claimed.extend(leases);
            }
            claimed
        })
    });
    let mut times = BTreeMap::<String, usize>::new();
    for claiming in claiming.collect::<Vec<_>>() {
        for lease in claiming.await.unwrap() {
            *times.entry(lease.job.as_str().to_owned()).or_default() += 1;
            bench.store.heartbeat(&lease, 60_000, NOW_MS).await.unwrap();
        }
    }
    assert_eq!(times.len(), 300);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

async fn empty_jobs_are_no_worker_s_and_end_once(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let (store, now_ms) = (&bench.store, CLOCK.now_ms());
    let told = ["one", "two", "three"].map(str::to_owned);
    let putting = store.put_empty_jobs(&bench.ids, &bench.workspace, &told, now_ms);
    putting.await.unwrap();
    assert!(bench.claim().await.is_none(), "they make no picture");
    let claim = async |token: &str, most: usize| {
        let claimed = store.claim_empty_jobs("w1", token, most, 60_000, now_ms).await;
        claimed.unwrap()
    };
    let (first, rest) = (claim("a", 1).await, claim("b", 5).await);
    assert_eq!((first.len(), rest.len()), (1, 2));
    assert_eq!(first[0].1, "one");
    let mut leases: Vec<_> = first.into_iter().chain(rest).map(|(lease, _)| lease).collect();
    leases[2].token = "another's".into();
    assert_eq!(store.end_empty_jobs(&leases).await.unwrap(), 2);
    assert_eq!(
        store.end_empty_jobs(&leases).await.unwrap(),
        0,
        "an end is written once"
    );
    let late = store.heartbeat(&leases[0], 60_000, now_ms).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
}

async fn a_shoot_that_is_called_off_gives_everything_back(database: TestDatabase) {
    let bench = Bench::new(&database, Some(1000)).await;
    let Bench {
        store,
        ids,
        workspace,
    } = &bench;
    let products = ["A", "B", "C"].map(|sku| product(sku, &[View::Front]));
    let ordered = bench.submit(&brief("front"), &products, true).await.unwrap();
    let lease = bench.claim().await.unwrap();
    bench.begin(&lease).await.unwrap();
    let cancelling = store.cancel_shoot(ids, workspace, &ordered.shoot, CLOCK.now_ms());
    assert_eq!(cancelling.await.unwrap(), Some(3));
    assert_eq!(store.contradictions(true).await.unwrap(), [""; 0]);
    let balance = store.balance(workspace).await.unwrap();
    assert_eq!((balance.available, balance.open_holds), (1000, 0));
    assert!(matches!(bench.begin(&lease).await, Err(StoreError::LeaseLost)));
    assert!(bench.claim().await.is_none());
}
