//! How pictures end: made, failed in passing, broken down, refused, rejected.

use std::{
    path::PathBuf,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
};

use domain::{generation::Status, ids::WorkspaceId, shot::Shot, verdict::Outcome};
use engines::{Call, Candidate, EngineError, Reply};
use store::{
    Store,
    ids::Ids,
    thresholds::{Judged, Scope},
};
use worker::{Findings, Judge};

use crate::bench::{Always, Answer, Around, FastClock, SetUp, picture, shoot};

fn one_at_a_time<'a>(skus: &'a [&'a str]) -> SetUp<'a> {
    SetUp {
        skus,
        slots: 1,
        ..SetUp::new(|_, _| picture())
    }
}

/// Takes every job from its worker while the first candidate is judged, and looks whether that worker wrote its file.
struct Thief {
    store: Store,
    ids: Ids,
    file: PathBuf,
    judged: AtomicU32,
    stale_file_seen: AtomicBool,
}

impl Judge for Thief {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        if self.judged.fetch_add(1, Ordering::SeqCst) == 0 {
            let rescue = self.store.rescue_all(&self.ids, 0);
            tokio::runtime::Handle::current().block_on(rescue).unwrap();
        } else {
            self.stale_file_seen.store(self.file.exists(), Ordering::SeqCst);
        }
        Findings::default()
    }
}

#[tokio::test]
async fn a_made_picture_is_a_file_a_row_and_two_credits() {
    let ran = shoot(&["A", "B", "C"], |_, _| picture(), Outcome::Passed, false).await;
    assert!(
        ran.entries
            .iter()
            .all(|entry| entry.status == Status::Completed && !entry.needs_review)
    );
    let file = ran.entries[0].file.as_ref().unwrap();
    assert_eq!((file.path.as_str(), file.width), ("A/A_front.webp", 64));
    assert_eq!(ran.file.unwrap().len() as u64, file.bytes);
    assert_eq!(ran.entries[0].seed, u64::MAX.to_string());
    assert_eq!(ran.available, 100 - 3 * 2);
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_the_tries_are_capped() {
    let healed: Answer = |call, _| {
        if call < 3 {
            Err(EngineError::Retry("busy".into()))
        } else {
            picture()
        }
    };
    let ran = shoot(&["A"], healed, Outcome::Passed, false).await;
    assert_eq!((ran.entries[0].status, ran.calls), (Status::Completed, 3));
    let never = shoot(
        &["A"],
        |_, _| Err(EngineError::Retry("busy".into())),
        Outcome::Passed,
        false,
    )
    .await;
    assert_eq!(
        (never.entries[0].status, never.calls, never.available),
        (Status::Failed, 3, 100)
    );
    assert_eq!(never.entries[0].reason.as_deref(), Some("busy (tried 3 times)"));
}

#[tokio::test]
async fn a_breakdown_is_one_picture_s_failure_alone() {
    let ran = shoot(
        &["A", "B"],
        |call, _| if call == 1 { panic!("a bug") } else { picture() },
        Outcome::Passed,
        false,
    );
    let ran = ran.await;
    let completed = ran
        .entries
        .iter()
        .filter(|entry| entry.status == Status::Completed)
        .count();
    let failed: Vec<_> = ran
        .entries
        .iter()
        .filter(|entry| entry.status == Status::Failed)
        .collect();
    assert_eq!((completed, failed.len()), (1, 1));
    assert!(failed[0].reason.as_deref().unwrap().contains("broke down"));
    assert_eq!((ran.heard.len(), ran.available), (2, 98));
}

#[tokio::test]
async fn a_refusal_is_skipped_with_its_reason_and_costs_nothing() {
    let ran = shoot(
        &["A"],
        |_, _| Ok(Reply::Refused("add a back photo".into())),
        Outcome::Passed,
        false,
    )
    .await;
    assert_eq!((ran.entries[0].status, ran.available), (Status::Skipped, 100));
    assert_eq!(ran.entries[0].reason.as_deref(), Some("add a back photo"));
}

#[tokio::test]
async fn only_a_no_rejects_and_what_cannot_be_checked_goes_to_review() {
    let failed = shoot(&["A"], |_, _| picture(), Outcome::Failed, false).await;
    assert_eq!(
        (failed.entries[0].status, failed.available),
        (Status::Rejected, 100)
    );
    assert_eq!(
        failed.entries[0].reason.as_deref(),
        Some("product lock: the sleeve is another colour")
    );
    assert!(failed.entries[0].file.is_none() && failed.entries[0].verdicts.len() == 1);
    for outcome in [Outcome::Doubtful, Outcome::Unverifiable] {
        let ran = shoot(&["A"], |_, _| picture(), outcome, false).await;
        assert!(ran.entries[0].needs_review && ran.entries[0].status == Status::Completed);
    }
}

#[tokio::test]
async fn strict_takes_nothing_that_wants_a_look() {
    fn doubted(_: u32, _: &Call<'_>) -> Result<Reply, EngineError> {
        let mut reply = picture()?;
        if let Reply::Done(candidate) = &mut reply {
            candidate.needs_review = true;
            candidate.notes = vec!["check the cut-out".into()];
        }
        Ok(reply)
    }
    let cases: [(Answer, Outcome, &str); 3] = [
        (
            |_, _| picture(),
            Outcome::Doubtful,
            "product lock doubtful: the sleeve",
        ),
        (
            |_, _| picture(),
            Outcome::Unverifiable,
            "product lock unverifiable",
        ),
        (doubted, Outcome::Passed, "check the cut-out"),
    ];
    for (answer, outcome, says) in cases {
        let lenient = shoot(&["A"], answer, outcome, false).await;
        assert!(lenient.entries[0].needs_review, "{says}");
        let strict = shoot(&["A"], answer, outcome, true).await;
        assert_eq!(
            (strict.entries[0].status, strict.available),
            (Status::Rejected, 100)
        );
        let reason = strict.entries[0].reason.clone().unwrap();
        assert!(reason.contains("strict") && reason.contains(says), "{reason}");
    }
    let clean = shoot(&["A"], |_, _| picture(), Outcome::Passed, true).await;
    assert_eq!(clean.entries[0].status, Status::Completed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_lease_writes_neither_file_nor_row() {
    let thief: OnceLock<Arc<Thief>> = OnceLock::new();
    let judge = |around: &Around<'_>| {
        let made = Thief {
            store: around.store.clone(),
            ids: Ids::new(Arc::new(FastClock(AtomicI64::new(0)))),
            file: around.folder.join("A/A_front.webp"),
            judged: AtomicU32::new(0),
            stale_file_seen: AtomicBool::new(false),
        };
        Arc::clone(thief.get_or_init(|| Arc::new(made))) as Arc<dyn Judge>
    };
    let ran = one_at_a_time(&["A"]).shoot(judge).await;
    let thief = thief.get().unwrap();
    assert_eq!((ran.calls, thief.judged.load(Ordering::SeqCst)), (2, 2));
    assert!(!thief.stale_file_seen.load(Ordering::SeqCst));
    assert_eq!((ran.entries[0].status, ran.available), (Status::Completed, 98));
    assert_eq!(ran.heard.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_set_while_the_worker_runs_holds_for_the_next_picture() {
    /// Scores 0.1 where 0.5 is asked, and lowers the line to 0.1 once it has judged the first picture.
    struct Lowering {
        store: Store,
        judged: AtomicU32,
    }
    impl Judge for Lowering {
        fn judge(&self, shot: &Shot, candidate: &Candidate) -> Findings {
            if self.judged.fetch_add(1, Ordering::SeqCst) == 0 {
                let workspace = WorkspaceId("w".into());
                let value = Some("0.1".parse().unwrap());
                let set = self
                    .store
                    .set_threshold(Scope::workspace(&workspace), "product", value, 0);
                tokio::runtime::Handle::current().block_on(set).unwrap();
            }
            Always(Outcome::Failed).judge(shot, candidate)
        }
    }
    let judge = |around: &Around<'_>| {
        Arc::new(Lowering {
            store: around.store.clone(),
            judged: AtomicU32::new(0),
        }) as Arc<dyn Judge>
    };
    let ran = one_at_a_time(&["A", "B"]).shoot(judge).await;
    let statuses: Vec<Status> = ran.entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Status::Rejected, Status::Completed]);
    assert_eq!(ran.entries[1].verdicts[0].threshold, 0.1);
    let judged = ran.judged;
    assert_eq!(judged.len(), 2);
    let would_pass = |at: &str| {
        let threshold = at.parse().unwrap();
        let passes = |judged: &&Judged| judged.verdict.outcome_at(threshold) == Outcome::Passed;
        judged.iter().filter(passes).count()
    };
    assert_eq!(
        (would_pass("0.1"), would_pass("0.05"), would_pass("0.2")),
        (2, 2, 0)
    );
}
