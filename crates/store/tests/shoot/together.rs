//! Jobs that are claimed, begun and ended together, and what is kept of files whose end was never written.

use std::sync::Arc;

use domain::{
    clock::Clock,
    generation::Status,
    product::View,
    retry::AttemptOutcome,
    verdict::{Outcome, Verdict},
};
use store::{
    StoreError,
    attempts::{Beginning, Closing, Left},
    blobs::{Blobs as _, Memory},
    endings::Ending,
    generations::AttemptEnd,
    queue::Lease,
};
use testkit::database::TestDatabase;

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
