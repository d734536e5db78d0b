//! Jobs that are claimed, begun and ended together, and what is kept of files whose end was never written.

use std::{collections::HashSet, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    generation::Status,
    product::View,
    retry::AttemptOutcome,
    verdict::{Outcome, Verdict},
};
use sqlx::{AnyConnection, Connection as _};
use store::{
    StoreError,
    attempts::{Beginning, Closing, Left},
    blobs::{Blobs as _, Memory},
    endings::Ending,
    generations::AttemptEnd,
    queue::{Lease, NewBlob},
    thresholds::Scope,
};
use testkit::database::{Engine, TestDatabase};

use crate::{
    bench::{Bench, CLOCK, asked, brief, completed_at, product},
    clock::TestClock,
};

testkit::on_both_databases! {
    who_has_lost_the_lease_is_left_out_and_the_others_end,
    ends_of_every_kind_balance_together,
    a_picture_that_nothing_measured_is_followed_by_one_that_something_did,
    who_listens_hears_that_jobs_came,
    a_file_whose_row_never_came_is_removed_and_one_whose_row_came_stays,
    what_many_jobs_are_for_is_told_to_each,
    files_are_announced_together_where_the_lease_is_held,
}

fn beginning(lease: &Lease) -> Beginning {
    Beginning {
        lease: lease.clone(),
        asked: asked(),
        left: Left::default(),
        now_ms: CLOCK.now_ms(),
    }
}

fn closing(score: Option<f64>) -> Closing {
    let verdict = |score| Verdict {
        lock: "product".into(),
        score: Some(score),
        threshold: 0.4,
        outcome: Outcome::Passed,
        evidence: serde_json::json!({}),
    };
    Closing {
        verdicts: score.map(verdict).into_iter().collect(),
        ..Closing::of(AttemptOutcome::Done)
    }
}

/// A shoot of so many products, claimed and begun.
async fn begun(bench: &Bench, count: usize) -> Vec<Ending> {
    let products: Vec<_> = (0..count)
        .map(|number| product(&format!("P{number}"), &[View::Front]))
        .collect();
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let token = bench.ids.next();
    let leases = bench
        .store
        .claim_many("w1", &token, count + 5, 60_000, CLOCK.now_ms())
        .await
        .unwrap();
    assert_eq!(leases.len(), count);
    let beginnings: Vec<Beginning> = leases.iter().map(beginning).collect();
    let begun = bench.store.begin_attempts(&bench.ids, &beginnings).await.unwrap();
    let ending = |(number, (lease, attempt)): (usize, (Lease, _))| Ending {
        lease,
        attempt: Option::unwrap(attempt),
        closing: closing(Some(0.5)),
        end: completed_at(&format!("pictures/w/{number}.webp")),
        now_ms: CLOCK.now_ms(),
    };
    leases.into_iter().zip(begun).enumerate().map(ending).collect()
}

async fn who_has_lost_the_lease_is_left_out_and_the_others_end(database: TestDatabase) {
    let bench = Bench::new(&database, Some(100)).await;
    let mut endings = begun(&bench, 3).await;
    endings[1].lease.token = "another's".into();
    let late = [beginning(&endings[1].lease)];
    assert!(matches!(
        bench
            .store
            .begin_attempts(&bench.ids, &late)
            .await
            .unwrap()
            .as_slice(),
        [None]
    ));
    let ended = bench.store.end_attempts(&bench.ids, &endings).await.unwrap();
    assert_eq!(ended, [true, false, true]);
    let again = bench.store.end_attempts(&bench.ids, &endings).await.unwrap();
    assert_eq!(again, [false; 3], "an end is written once");
    let entries = bench.store.entries(&bench.workspace).await.unwrap();
    let done = entries.iter().filter(|entry| entry.status == Status::Completed);
    assert_eq!(done.count(), 2);
    assert_eq!(bench.store.contradictions(false).await.unwrap(), [""; 0]);
    assert_eq!(bench.store.balance(&bench.workspace).await.unwrap().open_holds, 1);
}

async fn ends_of_every_kind_balance_together(database: TestDatabase) {
    let bench = Bench::new(&database, Some(100)).await;
    let mut endings = begun(&bench, 5).await;
    let retry = AttemptEnd::Retry {
        message: "busy".into(),
        run_at_ms: 0,
    };
    let ends = [
        AttemptEnd::Failed("it broke".into()),
        AttemptEnd::Rejected("the sleeve".into()),
        AttemptEnd::Refused("no back photo".into()),
        retry,
    ];
    for (ending, end) in endings.iter_mut().zip(ends) {
        ending.end = end;
        ending.closing = Closing::of(AttemptOutcome::Fault);
    }
    let ended = bench.store.end_attempts(&bench.ids, &endings).await.unwrap();
    assert_eq!(ended, [true; 5]);
    let balance = bench.store.balance(&bench.workspace).await.unwrap();
    assert_eq!((balance.available, balance.open_holds), (100 - 2 * 3, 1));
    assert_eq!(bench.store.contradictions(false).await.unwrap(), [""; 0]);
    let waiting = bench.claim().await.expect("the one that is tried again");
    assert_eq!(waiting.generation, endings[3].lease.generation);
    bench
        .end(&waiting, &completed_at("pictures/w/3.webp"))
        .await
        .unwrap();
    assert_eq!(bench.store.contradictions(true).await.unwrap(), [""; 0]);
}

async fn a_picture_that_nothing_measured_is_followed_by_one_that_something_did(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    for mut ending in begun(&bench, 12).await {
        // On whichever connection: the first leaves none with a wrong idea of what a score is.
        for score in [None, Some(0.5)] {
            ending.closing = closing(score);
            let ended = bench
                .store
                .end_attempts(&bench.ids, std::slice::from_ref(&ending))
                .await
                .unwrap();
            assert_eq!(ended, [score.is_none()]);
        }
    }
    let more = begun_again(&bench).await;
    assert!(
        bench
            .store
            .end_attempts(&bench.ids, &more)
            .await
            .unwrap()
            .iter()
            .all(|ended| *ended)
    );
}

/// Another shoot, some of whose pictures something measured.
async fn begun_again(bench: &Bench) -> Vec<Ending> {
    let products: Vec<_> = (0..6)
        .map(|number| product(&format!("Q{number}"), &[View::Front]))
        .collect();
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let mut endings = Vec::new();
    while let Some(lease) = bench.claim().await {
        let attempt = bench.begin(&lease).await.unwrap();
        let score = (endings.len() % 2 == 1).then_some(0.5);
        endings.push(Ending {
            attempt,
            closing: closing(score),
            end: completed_at(&format!("pictures/w/q{}.webp", endings.len())),
            now_ms: CLOCK.now_ms(),
            lease,
        });
    }
    endings
}

async fn who_listens_hears_that_jobs_came(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let Some(mut wakes) = bench.store.wakes().await.unwrap() else {
        assert!(bench.store.is_alone(), "a server can be listened to");
        return;
    };
    let patience = std::time::Duration::from_secs(10);
    let refused = bench.submit(&brief("front"), &[], true).await.unwrap();
    assert_eq!(refused.to_make, 0);
    bench
        .submit(&brief("front"), &[product("A", &[View::Front])], true)
        .await
        .unwrap();
    tokio::time::timeout(patience, wakes.next())
        .await
        .expect("it is heard")
        .unwrap();
}

async fn a_file_whose_row_never_came_is_removed_and_one_whose_row_came_stays(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let blobs = Memory::new(Arc::new(TestClock(1.into())));
    let mut endings = begun(&bench, 2).await;
    for (number, ending) in endings.iter_mut().enumerate() {
        let heatmap = format!("heatmaps/w/{number}.webp");
        for key in [&format!("pictures/w/{number}.webp"), &heatmap] {
            let now_ms = CLOCK.now_ms();
            bench
                .store
                .announce_blob(&ending.lease, 60_000, key, now_ms)
                .await
                .unwrap();
            blobs.put(key, "picture".into()).await.unwrap();
        }
        ending.closing.heatmap = Some(heatmap);
    }
    // The second worker dies here.
    bench.store.end_attempts(&bench.ids, &endings[..1]).await.unwrap();
    assert_eq!(
        bench.store.orphans(&blobs).await.unwrap(),
        [""; 0],
        "the sweep knows of it"
    );
    let later_ms = CLOCK.now_ms() + 2 * 3_600_000;
    bench.store.sweep(&bench.ids, &blobs, later_ms).await.unwrap();
    for folder in ["pictures", "heatmaps"] {
        let size = async |number: u32| blobs.size(&format!("{folder}/w/{number}.webp")).await.unwrap();
        assert!(size(0).await.is_some(), "{folder}");
        assert_eq!(size(1).await, None, "{folder}");
    }
    // Nor does one go that was doomed once more: its row names it.
    bench.store.announce("heatmaps/w/0.webp", later_ms).await.unwrap();
    let last_ms = later_ms + 2 * 3_600_000;
    bench.store.sweep(&bench.ids, &blobs, last_ms).await.unwrap();
    assert!(blobs.size("heatmaps/w/0.webp").await.unwrap().is_some());
    assert_eq!(bench.store.orphans(&blobs).await.unwrap(), [""; 0]);
    let mut lost = endings[1].lease.clone();
    lost.token = "another's".into();
    let announced = bench
        .store
        .announce_blob(&lost, 60_000, "pictures/w/2.webp", later_ms)
        .await;
    assert!(matches!(announced, Err(StoreError::LeaseLost)));
}

async fn what_many_jobs_are_for_is_told_to_each(database: TestDatabase) {
    let first = Bench::new(&database, None).await;
    let second = Bench::of(&database, "other", None).await;
    let lock = async |bench: &Bench, value: &str| {
        let (scope, value) = (Scope::workspace(&bench.workspace), value.parse().unwrap());
        let set = bench.store.set_threshold(scope, "product", Some(value), 1);
        set.await.unwrap();
    };
    lock(&first, "0.25").await;
    lock(&second, "0.75").await;
    let products = [product("A", &[View::Front]), product("B", &[View::Front])];
    first.submit(&brief("front"), &products, true).await.unwrap();
    let one = &products[..1];
    second.submit(&brief("front"), one, true).await.unwrap();
    // One has been tried before.
    let tried = first.claim().await.unwrap();
    let again = AttemptEnd::Retry {
        message: "busy".into(),
        run_at_ms: 0,
    };
    first.end(&tried, &again).await.unwrap();
    let token = first.ids.next();
    let claiming = first.store.claim_many("w1", &token, 5, 60_000, CLOCK.now_ms());
    let mut leases = claiming.await.unwrap();
    leases.reverse();
    let told = first.store.works(&leases).await.unwrap();
    assert_eq!(told.len(), 3);
    for (lease, work) in leases.iter().zip(&told) {
        let is_tried = lease.generation == tried.generation;
        let line = if lease.workspace == first.workspace {
            0.25
        } else {
            0.75
        };
        assert_eq!(work.past.len(), usize::from(is_tried));
        assert_eq!(work.thresholds["product"].value(), line);
        let found = first.store.generation(&lease.workspace, &lease.generation).await;
        assert_eq!(work.shot, found.unwrap().unwrap().shot);
        assert_eq!(work.refusal(CLOCK.now_ms()), None);
    }
    let mut strange = leases[0].clone();
    strange.workspace = domain::ids::WorkspaceId("nobody".into());
    leases.push(strange);
    assert!(
        first.store.works(&leases).await.is_err(),
        "another workspace's picture is told to nobody"
    );
}

async fn files_are_announced_together_where_the_lease_is_held(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let now_ms = CLOCK.now_ms();
    let blobs = Memory::new(Arc::new(TestClock(1.into())));
    let endings = begun(&bench, 3).await;
    // One is about to run out, two made the same picture, and one is another's by now.
    let heartbeat = bench.store.heartbeat(&endings[0].lease, 10, now_ms);
    heartbeat.await.unwrap();
    let blob = |number: usize, key: &str| NewBlob {
        lease: endings[number].lease.clone(),
        key: format!("pictures/w/{key}.webp"),
    };
    let mut announced = [blob(0, "same"), blob(1, "same"), blob(2, "lost")];
    announced[2].lease.token = "another's".into();
    let held = bench.store.announce_blobs(&announced, 60_000, now_ms).await;
    assert_eq!(held.unwrap(), [true, true, false]);
    for blob in &announced {
        blobs.put(&blob.key, "picture".into()).await.unwrap();
    }
    let orphans = bench.store.orphans(&blobs).await.unwrap();
    assert_eq!(orphans, ["pictures/w/lost.webp"], "a lost lease dooms nothing");
    let later_ms = now_ms + 30_000;
    let rescued = bench
        .store
        .rescue(&bench.ids, &HashSet::new(), later_ms)
        .await
        .unwrap();
    assert_eq!(rescued, 0, "there is time to write the file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_is_called_off_while_it_begins_stays_called_off() {
    let calling_off = [
        "UPDATE generations SET status = 'CANCELLED', finished_ms = 1",
        "UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until_ms = NULL",
    ];
    not_begun_beside(&calling_off, Status::Cancelled).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_taken_from_its_worker_while_it_begins_is_not_begun_by_it() {
    let taking = ["UPDATE jobs SET state = 'available', lease_token = NULL, lease_until_ms = NULL"];
    not_begun_beside(&taking, Status::Pending).await;
}

/// Begins a picture while another transaction has changed it and has not ended yet.
async fn not_begun_beside(changes: &[&'static str], left: Status) {
    let Some(database) = TestDatabase::new(Engine::Postgres) else {
        return;
    };
    let bench = Bench::new(&database, None).await;
    let products = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let lease = bench.claim().await.unwrap();
    let mut caller = AnyConnection::connect(&database.url).await.unwrap();
    let mut looking = AnyConnection::connect(&database.url).await.unwrap();
    let mut tx = caller.begin().await.unwrap();
    for sql in changes {
        sqlx::query(*sql).execute(&mut *tx).await.unwrap();
    }
    let changing = async {
        let waiting = "SELECT COUNT(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                       WHERE NOT l.granted AND a.datname = current_database()";
        loop {
            let (waiting,): (i64,) = sqlx::query_as(waiting).fetch_one(&mut looking).await.unwrap();
            if waiting > 0 {
                break;
            }
        }
        tx.commit().await.unwrap();
    };
    let both = async { tokio::join!(bench.begin(&lease), changing) };
    let (begun, ()) = tokio::time::timeout(Duration::from_secs(30), both)
        .await
        .expect("it waits for who changes it");
    assert!(matches!(begun, Err(StoreError::LeaseLost)));
    let found = bench.store.generation(&bench.workspace, &lease.generation).await;
    assert_eq!(found.unwrap().unwrap().status, left);
    let attempts = bench.store.attempts_of(&bench.workspace, &lease.generation).await;
    assert!(attempts.unwrap().is_empty());
}
