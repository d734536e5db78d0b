//! The worker against engines that succeed, fail in passing, break down and refuse.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
};

use domain::{
    brief::Brief,
    category::Category,
    clock::Clock,
    engine::{EngineCard, EngineChoice, EngineName},
    generation::Status,
    ids::WorkspaceId,
    manifest::Entry,
    product::{PhotoRef, Product, View},
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use engines::{Budget, Call, Candidate, Engine, EngineError, Reply};
use imaging::{Picture, provenance::source_type};
use store::{
    Store,
    blobs::local::LocalBlobs,
    ids::Ids,
    shoots::{Order, Submission},
    thresholds::{Judged, Scope},
    workspaces::NewWorkspace,
};
use worker::{Ended, Environment, Judge, Listener, Stop, run_until_idle};

static CARD: LazyLock<EngineCard> = LazyLock::new(|| EngineCard {
    name: EngineName("fake".into()),
    on_model: true,
    price_credits: 2,
    ..EngineCard::default()
});

type Answer = fn(u32) -> Result<Reply, EngineError>;

/// Answers by the number of the call.
struct Fake {
    calls: AtomicU32,
    answer: Answer,
}

impl Engine for Fake {
    fn card(&self) -> &EngineCard {
        &CARD
    }

    fn revision(&self) -> String {
        "1".into()
    }

    fn start(&self, _: &Shot, _: &Call<'_>) -> Result<Reply, EngineError> {
        (self.answer)(self.calls.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "an engine's answer, as the fake engine hands it on"
)]
fn picture() -> Result<Reply, EngineError> {
    Ok(Reply::Done(Box::new(Candidate {
        pixels: Picture::from_pixel(64, 64, image::Rgba([65535; 4])),
        notes: vec![],
        needs_review: false,
        digital_source_type: source_type::TRAINED_ALGORITHMIC_MEDIA,
        recipe: serde_json::json!({}),
        inputs: vec!["hash".into()],
        people: Vec::new(),
        as_made: None,
    })))
}

struct Always(Outcome);

impl Judge for Always {
    fn judge(&self, _: &Shot, _: &Candidate) -> Vec<Verdict> {
        let evidence = serde_json::json!({ "reason": "the sleeve is another colour" });
        vec![Verdict {
            lock: "product".into(),
            score: Some(0.1),
            threshold: 0.5,
            outcome: self.0,
            evidence,
        }]
    }
}

/// A clock that only goes on when it is read, a second each time: backoff needs no waiting.
struct FastClock(AtomicI64);

impl Clock for FastClock {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1_000, Ordering::Relaxed)
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Listener for Heard {
    fn ended(&self, ended: &Ended<'_>) {
        self.0.lock().unwrap().push(format!(
            "{}: {}",
            ended.shot.product.sku,
            ended.end.reason().unwrap_or("done")
        ));
    }
}

struct Ran {
    entries: Vec<Entry>,
    heard: Vec<String>,
    calls: u32,
    available: i64,
    file: Option<Vec<u8>>,
    judged: Vec<Judged>,
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
    fn judge(&self, _: &Shot, _: &Candidate) -> Vec<Verdict> {
        if self.judged.fetch_add(1, Ordering::SeqCst) == 0 {
            let rescue = self.store.rescue_all(&self.ids, 0);
            tokio::runtime::Handle::current().block_on(rescue).unwrap();
        } else {
            self.stale_file_seen.store(self.file.exists(), Ordering::SeqCst);
        }
        Vec::new()
    }
}

/// What a judge may hold on to.
struct Around<'a> {
    store: &'a Store,
    folder: &'a Path,
}

/// Shoots the FRONT of each SKU with a fake engine in a metered workspace of 100 credits.
async fn shoot(skus: &[&str], answer: Answer, outcome: Outcome, strict: bool) -> Ran {
    shoot_judged(skus, answer, strict, 2, |_| Arc::new(Always(outcome))).await
}

async fn shoot_judged(
    skus: &[&str],
    answer: Answer,
    strict: bool,
    slots: usize,
    judge: impl FnOnce(&Around<'_>) -> Arc<dyn Judge>,
) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("state.db")).await.unwrap();
    let clock = Arc::new(FastClock(AtomicI64::new(0)));
    let ids = Ids::new(Arc::clone(&clock) as _);
    let workspace = WorkspaceId("w".into());
    let new = NewWorkspace {
        id: workspace.clone(),
        name: "w",
        metered: true,
    };
    store.ensure_workspace(&new, 0).await.unwrap();
    store.grant(&ids, &workspace, 100, 0).await.unwrap();
    let brief = Brief {
        engine: EngineChoice::of("fake"),
        strict,
        ..Brief::default()
    };
    let products: Vec<Product> = skus.iter().map(|sku| product(sku)).collect();
    let orders: Vec<Order> = products
        .iter()
        .enumerate()
        .map(|(index, product)| order(index, product, &brief))
        .collect();
    let submission = Submission {
        workspace: &workspace,
        brief: &brief,
        products: &products,
        orders: &orders,
        price_credits: CARD.price_credits,
        attempts_max: 3,
    };
    store.submit(&ids, &submission, &|_| true, 0).await.unwrap();
    let engine = Arc::new(Fake {
        calls: AtomicU32::new(0),
        answer,
    });
    let heard = Arc::new(Heard::default());
    let judge = judge(&Around {
        store: &store,
        folder: folder.path(),
    });
    let environment = Arc::new(Environment {
        store,
        blobs: LocalBlobs::open(folder.path(), &folder.path().join("unfinished")).unwrap(),
        engines: vec![Arc::clone(&engine) as _],
        judge,
        clock,
        ids,
        listener: Arc::clone(&heard) as _,
        worker: "w1".into(),
        slots,
        cores: Budget::new(2),
    });
    run_until_idle(&environment, &Stop::default()).await.unwrap();
    let balance = environment.store.balance(&workspace).await.unwrap();
    assert_eq!(balance.open_holds, 0, "every hold is settled or released");
    let entries = environment.store.entries(&workspace).await.unwrap();
    let file = entries[0]
        .file
        .as_ref()
        .map(|file| environment.blobs.get(&file.path).unwrap());
    let heard = heard.0.lock().unwrap().clone();
    Ran {
        entries,
        heard,
        calls: engine.calls.load(Ordering::Relaxed),
        available: balance.available,
        file,
        judged: environment
            .store
            .last_judged(&workspace, "product", 100)
            .await
            .unwrap(),
    }
}

fn product(sku: &str) -> Product {
    let photo = PhotoRef {
        view: View::Front,
        side: None,
        number: 1,
        source: "a.jpg".into(),
        sha256: "hash".into(),
    };
    Product {
        sku: sku.into(),
        name: None,
        category: Category::Top,
        colour: None,
        photos: vec![photo],
    }
}

fn order(index: usize, product: &Product, brief: &Brief) -> Order {
    let shot = Shot {
        product: product.clone(),
        pose: "FRONT".parse().unwrap(),
        take: 1,
        seed: u64::MAX,
        person: Vec::new(),
        brief: brief.clone(),
    };
    Order {
        product: index,
        fingerprint: shot.fingerprint("1"),
        shot,
        skip: None,
    }
}

#[tokio::test]
async fn a_made_picture_is_a_file_a_row_and_two_credits() {
    let ran = shoot(&["A", "B", "C"], |_| picture(), Outcome::Passed, false).await;
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
    let healed = |call| {
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
        |_| Err(EngineError::Retry("busy".into())),
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
        |call| if call == 1 { panic!("a bug") } else { picture() },
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
        |_| Ok(Reply::Refused("add a back photo".into())),
        Outcome::Passed,
        false,
    )
    .await;
    assert_eq!((ran.entries[0].status, ran.available), (Status::Skipped, 100));
    assert_eq!(ran.entries[0].reason.as_deref(), Some("add a back photo"));
}

#[tokio::test]
async fn only_a_no_rejects_and_what_cannot_be_checked_goes_to_review() {
    let failed = shoot(&["A"], |_| picture(), Outcome::Failed, false).await;
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
        let ran = shoot(&["A"], |_| picture(), outcome, false).await;
        assert!(ran.entries[0].needs_review && ran.entries[0].status == Status::Completed);
    }
}

#[tokio::test]
async fn strict_takes_nothing_that_wants_a_look() {
    fn doubted(_: u32) -> Result<Reply, EngineError> {
        let mut reply = picture()?;
        if let Reply::Done(candidate) = &mut reply {
            candidate.needs_review = true;
            candidate.notes = vec!["check the cut-out".into()];
        }
        Ok(reply)
    }
    let cases: [(Answer, Outcome, &str); 3] = [
        (
            |_| picture(),
            Outcome::Doubtful,
            "product lock doubtful: the sleeve",
        ),
        (|_| picture(), Outcome::Unverifiable, "product lock unverifiable"),
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
    let clean = shoot(&["A"], |_| picture(), Outcome::Passed, true).await;
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
    let ran = shoot_judged(&["A"], |_| picture(), false, 1, judge).await;
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
        fn judge(&self, shot: &Shot, candidate: &Candidate) -> Vec<Verdict> {
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
    let ran = shoot_judged(&["A", "B"], |_| picture(), false, 1, judge).await;
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
