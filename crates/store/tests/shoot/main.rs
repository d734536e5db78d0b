//! A shoot in the store: submitted once, resumed, fenced, and its books always balanced.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod claims;
#[path = "../world/clock.rs"]
mod clock;
mod faces;
mod finished;
#[path = "../world/histories.rs"]
mod histories;
mod retention;
mod together;
#[path = "../world/workspace.rs"]
mod workspace;

use std::collections::HashSet;

use domain::{
    brief::Brief,
    clock::Clock,
    format::Format,
    generation::Status,
    product::{Product, View},
    retry::AttemptOutcome,
};
use proptest::prelude::*;
use store::{
    StoreError,
    attempts::{Left, StartedAttempt},
    generations::AttemptEnd,
};
use testkit::database::{Engine, TestDatabase};

use bench::*;
use histories::play_many;

testkit::on_both_databases! {
    a_finished_shoot_submitted_again_makes_nothing,
    a_lost_file_or_another_brief_makes_the_picture_again,
    a_stopped_shoot_is_resumed_and_another_brief_calls_it_off,
    too_few_credits_order_nothing,
    a_lease_that_ran_out_passes_on_and_the_old_holder_writes_nothing,
    a_lease_that_is_alive_is_taken_by_nobody,
    a_resumed_picture_is_made_from_where_its_photos_are_now,
    a_dead_worker_s_order_is_taken_up_where_the_vendor_or_we_have_it_and_told_of_where_nobody_has,
    a_picture_that_kills_its_worker_fails_at_last_and_gives_its_credits_back,
    a_file_counts_as_replaced_only_once_its_replacement_is_delivered,
    shoots_that_wait_together_are_served_in_turn,
}

async fn a_finished_shoot_submitted_again_makes_nothing(database: TestDatabase) {
    let bench = Bench::new(&database, Some(1000)).await;
    let products = [product("A", &[View::Front, View::Back])];
    let brief = brief("front,back,walking");
    let first = bench.submit(&brief, &products, true).await.unwrap();
    assert_eq!((first.to_make, first.skipped), (2, 1));
    assert_eq!(bench.drain(&completed()).await, 2);
    let again = bench.submit(&brief, &products, true).await.unwrap();
    assert_eq!((again.to_make, again.already_done, again.skipped), (0, 2, 1));
    assert_eq!(bench.store.contradictions(true).await.unwrap(), [""; 0]);
    assert!(bench.claim().await.is_none());
    let balance = bench.store.balance(&bench.workspace).await.unwrap();
    assert_eq!((balance.available, balance.open_holds), (1000 - 2 * 3, 0));
}

async fn a_lost_file_or_another_brief_makes_the_picture_again(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let products = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    bench.drain(&completed()).await;
    let lost = bench.submit(&brief("front"), &products, false).await.unwrap();
    assert_eq!(lost.made_again, 1);
    bench.drain(&completed()).await;
    let gray = Brief {
        background: domain::background::Background::LIGHT_GRAY,
        ..brief("front")
    };
    assert_eq!(bench.submit(&gray, &products, true).await.unwrap().made_again, 1);
    bench.drain(&completed()).await;
    assert_eq!(bench.store.entries(&bench.workspace).await.unwrap().len(), 1);
}

async fn a_stopped_shoot_is_resumed_and_another_brief_calls_it_off(database: TestDatabase) {
    let bench = Bench::new(&database, Some(100)).await;
    let products = [product("A", &[View::Front]), product("B", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    let dead = bench.claim().await.unwrap();
    assert_eq!(
        bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap(),
        1
    );
    let resumed = bench.submit(&brief("front"), &products, true).await.unwrap();
    assert_eq!((resumed.resumed, resumed.to_make), (2, 2));
    // The second shoot has nothing of its own to make, and is done at once.
    assert_eq!(bench.store.contradictions(false).await.unwrap(), [""; 0]);
    assert!(matches!(
        bench.end(&dead, &completed()).await,
        Err(StoreError::LeaseLost)
    ));
    let other = Brief {
        size: "900".parse().unwrap(),
        ..brief("front")
    };
    let called_off = bench.submit(&other, &products, true).await.unwrap();
    assert_eq!((called_off.resumed, called_off.to_make), (0, 2));
    assert_eq!(bench.store.contradictions(false).await.unwrap(), [""; 0]);
    assert_eq!(bench.drain(&completed()).await, 2);
    assert_eq!(bench.store.contradictions(true).await.unwrap(), [""; 0]);
    assert_eq!(bench.store.balance(&bench.workspace).await.unwrap().open_holds, 0);
}

async fn too_few_credits_order_nothing(database: TestDatabase) {
    let bench = Bench::new(&database, Some(5)).await;
    let products = [product("A", &[View::Front]), product("B", &[View::Front])];
    let refused = bench.submit(&brief("front"), &products, true).await;
    assert!(matches!(
        refused,
        Err(StoreError::NotEnoughCredits {
            needed: 6,
            balance: 5
        })
    ));
    assert!(bench.claim().await.is_none());
    assert!(bench.store.entries(&bench.workspace).await.unwrap().is_empty());
}

async fn a_lease_that_ran_out_passes_on_and_the_old_holder_writes_nothing(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    bench
        .submit(&brief("front"), &[product("A", &[View::Front])], true)
        .await
        .unwrap();
    let late = bench
        .store
        .claim("w1", "late", 10, CLOCK.now_ms())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        bench
            .store
            .rescue(&bench.ids, &HashSet::new(), CLOCK.now_ms() + 1_000)
            .await
            .unwrap(),
        1
    );
    let heir = bench.claim().await.unwrap();
    assert_eq!(heir.attempt, 1, "a death is not a try");
    assert!(matches!(
        bench.store.heartbeat(&late, 10, CLOCK.now_ms()).await,
        Err(StoreError::LeaseLost)
    ));
    assert!(matches!(
        bench.end(&late, &AttemptEnd::Failed("x".into())).await,
        Err(StoreError::LeaseLost)
    ));
    bench.end(&heir, &completed()).await.unwrap();
    let entries = bench.store.entries(&bench.workspace).await.unwrap();
    assert_eq!(entries[0].status, Status::Completed);
    assert_eq!(entries[0].verdicts.len(), 1);
}

async fn a_lease_that_is_alive_is_taken_by_nobody(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    bench
        .submit(&brief("front"), &[product("A", &[View::Front])], true)
        .await
        .unwrap();
    let lease = bench.claim().await.unwrap();
    let attempt = bench.begin(&lease).await.unwrap();
    let none = HashSet::new();
    let rescue = bench.store.rescue(&bench.ids, &none, CLOCK.now_ms());
    assert_eq!(rescue.await.unwrap(), 0);
    bench.store.mark_sent(&attempt, 1).await.unwrap();
    bench.end(&lease, &completed()).await.unwrap();
}

async fn a_resumed_picture_is_made_from_where_its_photos_are_now(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let mut products = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    products[0].photos[0].source = "moved/A_front.jpg".into();
    assert_eq!(
        bench
            .submit(&brief("front"), &products, true)
            .await
            .unwrap()
            .resumed,
        1
    );
    let lease = bench.claim().await.unwrap();
    let work = bench.store.work(&lease).await.unwrap();
    assert_eq!(work.shot.product.photos[0].source, "moved/A_front.jpg");
}

async fn a_dead_worker_s_order_is_taken_up_where_the_vendor_or_we_have_it_and_told_of_where_nobody_has(
    database: TestDatabase,
) {
    /// What the worker had written down when it died.
    type Reached = fn(&Bench, StartedAttempt) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;
    let nowhere: Reached = |_, _| Box::pin(async {});
    let sent: Reached =
        |bench, attempt| Box::pin(async move { bench.store.mark_sent(&attempt, 1).await.unwrap() });
    let accepted: Reached = |bench, attempt| {
        Box::pin(async move {
            bench.store.mark_sent(&attempt, 1).await.unwrap();
            bench.store.mark_accepted(&attempt, "job-1", 1).await.unwrap();
        })
    };
    let received: Reached = |bench, attempt| {
        Box::pin(async move {
            bench.store.mark_sent(&attempt, 1).await.unwrap();
            bench.store.mark_received(&attempt, "files/1").await.unwrap();
        })
    };
    let left = |job: Option<&str>, file: Option<&str>| Left {
        job: job.map(str::to_owned),
        file: file.map(str::to_owned),
    };
    let cases = [
        (nowhere, AttemptOutcome::Fault, 0, left(None, None)),
        (sent, AttemptOutcome::Lost, 130_000, left(None, None)),
        (
            accepted,
            AttemptOutcome::Pending,
            130_000,
            left(Some("job-1"), None),
        ),
        (
            received,
            AttemptOutcome::Pending,
            130_000,
            left(None, Some("files/1")),
        ),
    ];
    for (reached, outcome, cost, expected) in cases {
        let database = TestDatabase::new(database.engine).unwrap();
        let bench = Bench::new(&database, Some(10)).await;
        bench
            .submit(&brief("front"), &[product("A", &[View::Front])], true)
            .await
            .unwrap();
        let attempt = bench.begin(&bench.claim().await.unwrap()).await.unwrap();
        reached(&bench, attempt.clone()).await;
        bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap();
        assert!(
            matches!(
                bench.store.mark_sent(&attempt, 2).await,
                Err(StoreError::LeaseLost)
            ),
            "a worker that was taken for dead sends nothing more"
        );
        // Twice, for the second try may die as well.
        for tries in 1..=2 {
            let lease = bench.claim().await.unwrap();
            let work = bench.store.work(&lease).await.unwrap();
            assert_eq!(work.past.len(), tries);
            assert_eq!((work.past[0].outcome, work.past[0].cost.0), (outcome, cost));
            assert_eq!(work.left, expected);
            bench.begin(&lease).await.unwrap();
            bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap();
        }
    }
}

async fn a_picture_that_kills_its_worker_fails_at_last_and_gives_its_credits_back(database: TestDatabase) {
    let bench = Bench::new(&database, Some(10)).await;
    bench
        .submit(&brief("front"), &[product("A", &[View::Front])], true)
        .await
        .unwrap();
    for _ in 0..store::queue::DEATHS_MAX {
        let lease = bench.claim().await.expect("it is tried again");
        bench.begin(&lease).await.unwrap();
        bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap();
    }
    assert!(bench.claim().await.is_none());
    let balance = bench.store.balance(&bench.workspace).await.unwrap();
    assert_eq!((balance.available, balance.open_holds), (10, 0));
    assert_eq!(
        bench.store.entries(&bench.workspace).await.unwrap()[0].status,
        Status::Failed
    );
}

async fn a_file_counts_as_replaced_only_once_its_replacement_is_delivered(database: TestDatabase) {
    let bench = Bench::new(&database, None).await;
    let products = [product("A", &[View::Front])];
    bench.submit(&brief("front"), &products, true).await.unwrap();
    bench.drain(&completed_at("A/A_front.webp")).await;
    let jpeg = Brief {
        format: Format::Jpeg,
        ..brief("front")
    };
    bench.submit(&jpeg, &products, true).await.unwrap();
    let replaced = async || bench.store.replaced_files(&bench.workspace).await.unwrap();
    assert!(
        replaced().await.is_empty(),
        "the old picture is the only one there is"
    );
    bench.drain(&completed_at("A/A_front.jpg")).await;
    let old = replaced().await;
    assert_eq!(old[0].1, "A/A_front.webp");
    bench.store.forget_file(&old[0].0).await.unwrap();
    assert!(replaced().await.is_empty());
}

/// One step of a random history.
#[derive(Clone, Debug)]
enum Step {
    Submit {
        products: usize,
        poses: usize,
        gray: bool,
        files_stand: bool,
    },
    Work(usize),
    Rescue,
    /// Jobs that ended are moved out of the queue.
    Move,
}

async fn shoots_that_wait_together_are_served_in_turn(database: TestDatabase) {
    let many = |prefix: &str, count: usize| -> Vec<Product> {
        let named = |n| product(&format!("{prefix}{n:03}"), &[View::Front]);
        (0..count).map(named).collect()
    };
    let big = Bench::of(&database, "big", None).await;
    let small = Bench::of(&database, "small", None).await;
    let season = many("S", 200);
    big.submit(&brief("front"), &season, true).await.unwrap();
    for _ in 0..20 {
        big.claim().await.unwrap();
    }
    // Claims until so many of a workspace's pictures are claimed.
    let claims_until = async |workspace: &Bench, wanted: usize| {
        let (mut claims, mut got) = (0, 0);
        while got < wanted {
            let lease = big.claim().await.unwrap();
            claims += 1;
            got += usize::from(lease.workspace == workspace.workspace);
        }
        claims
    };
    small.submit(&brief("front"), &many("T", 9), true).await.unwrap();
    let claims = claims_until(&small, 9).await;
    assert!(
        claims <= 2 * 9 + 1,
        "{claims} claims for another workspace's 9 pictures"
    );

    let pilot = big.submit_beside(&brief("front"), &season[..9]).await;
    let mut left = 9;
    let mut claims = 0;
    while left > 0 {
        let lease = big.claim().await.unwrap();
        left -= usize::from(big.shoot_of(&lease).await == pilot);
        claims += 1;
    }
    assert!(
        claims <= 3 * 9 + 1,
        "{claims} claims for 9 pictures of a second shoot"
    );

    let urgent = big.submit_beside(&brief("front"), &season[9..12]).await;
    assert!(
        big.store
            .set_shoot_priority(&big.workspace, &urgent, 5, CLOCK.now_ms())
            .await
            .unwrap()
    );
    for _ in 0..3 {
        let lease = big.claim().await.unwrap();
        assert_eq!(big.shoot_of(&lease).await, urgent);
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let submit = (1..4usize, 0..3usize, any::<bool>(), any::<bool>()).prop_map(
        |(products, poses, gray, files_stand)| Step::Submit {
            products,
            poses,
            gray,
            files_stand,
        },
    );
    let step = prop_oneof![
        2 => submit,
        6 => (0..6usize).prop_map(Step::Work),
        1 => Just(Step::Rescue),
        1 => Just(Step::Move),
    ];
    proptest::collection::vec(step, 1..30)
}

async fn play(database: &TestDatabase, steps: &[Step]) {
    let bench = Bench::new(database, Some(60)).await;
    for step in steps {
        match step {
            Step::Submit {
                products,
                poses,
                gray,
                files_stand,
            } => {
                let products: Vec<Product> = (0..*products)
                    .map(|n| product(&format!("S{n}"), &[View::Front, View::Back]))
                    .collect();
                let mut brief = brief(["front", "front,back", "all"][*poses]);
                if *gray {
                    brief.background = domain::background::Background::LIGHT_GRAY;
                }
                match bench.submit(&brief, &products, *files_stand).await {
                    Ok(_) | Err(StoreError::NotEnoughCredits { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            Step::Work(how) => {
                let Some(lease) = bench.claim().await else {
                    continue;
                };
                let retry = AttemptEnd::Retry {
                    message: "busy".into(),
                    run_at_ms: CLOCK.now_ms(),
                };
                let ends = [
                    completed(),
                    AttemptEnd::Rejected("r".into()),
                    AttemptEnd::Refused("n".into()),
                    AttemptEnd::Failed("f".into()),
                    retry,
                ];
                // The sixth way: the worker dies and never answers.
                if let Some(end) = ends.get(*how) {
                    bench.end(&lease, end).await.unwrap();
                }
            }
            Step::Rescue => {
                bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap();
            }
            Step::Move => {
                bench.store.move_finished_jobs(i64::MAX).await.unwrap();
            }
        }
        let balance = bench.store.balance(&bench.workspace).await.unwrap();
        let entries = bench.store.entries(&bench.workspace).await.unwrap();
        let open = entries.iter().filter(|entry| !entry.status.is_final()).count();
        assert_eq!(
            balance.open_holds, open as i64,
            "a hold stands for each unfinished picture"
        );
        let contradictions = bench.store.contradictions(false).await.unwrap();
        assert_eq!(contradictions, [""; 0], "and for no other");
        assert!(balance.available >= 0);
    }
    bench.store.rescue_all(&bench.ids, CLOCK.now_ms()).await.unwrap();
    bench.drain(&completed()).await;
    let balance = bench.store.balance(&bench.workspace).await.unwrap();
    assert_eq!(balance.open_holds, 0);
    assert!((60 - balance.available) % 3 == 0 && balance.available >= 0);
}

#[test]
fn books_balance_in_every_history_on_sqlite() {
    play_many(Engine::Sqlite, 24, &steps(), play);
}

#[test]
fn books_balance_in_every_history_on_postgres() {
    play_many(Engine::Postgres, 8, &steps(), play);
}
