//! What is tried after what, what it costs, and what a crash leaves.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering},
};

use domain::{
    generation::Status, ids::WorkspaceId, manifest::Entry, money::MicroUsd, shot::Shot, verdict::Outcome,
};
use engines::{Candidate, EngineError, Reply, Resume};
use store::{Store, ids::Ids};
use worker::{Findings, Judge};

use crate::bench::{Always, Answer, FastClock, SetUp, paid, picture};

/// Sends the first pictures back, and takes those after them.
struct Until {
    rejected: u32,
    judged: AtomicU32,
}

impl Judge for Until {
    fn judge(&self, shot: &Shot, candidate: &Candidate) -> Findings {
        let outcome = if self.judged.fetch_add(1, Ordering::SeqCst) < self.rejected {
            Outcome::Failed
        } else {
            Outcome::Passed
        };
        Always(outcome).judge(shot, candidate)
    }
}

fn until(rejected: u32) -> Arc<dyn Judge> {
    Arc::new(Until {
        rejected,
        judged: AtomicU32::new(0),
    })
}

fn paid_set_up(answer: Answer) -> SetUp<'static> {
    SetUp {
        cards: vec![paid("one"), paid("two")],
        attempts_max: 100,
        ..SetUp::new(answer)
    }
}

/// Engine, outcome and cost in cents of each try that is told of.
fn told(entry: &Entry) -> Vec<(&str, &str, u32)> {
    let one = entry.attempts.iter();
    one.map(|one| {
        (
            one.engine.name.0.as_str(),
            one.outcome.as_str(),
            (one.cost_usd * 100.0).round() as u32,
        )
    })
    .collect()
}

#[tokio::test]
async fn a_rejected_picture_is_made_again_with_a_change_and_its_file_is_kept() {
    let ran = paid_set_up(|call, asked| {
        assert_eq!(asked.hint.is_some(), call > 1, "a retry says what was wrong");
        picture()
    });
    let ran = ran.shoot(|_| until(2)).await;
    let entry = &ran.entries[0];
    assert_eq!(
        (entry.status, ran.calls, ran.available),
        (Status::Completed, 3, 98)
    );
    assert_eq!(
        told(entry),
        [
            ("one", "rejected", 10),
            ("one", "rejected", 10),
            ("one", "done", 10)
        ]
    );
    let seeds: std::collections::HashSet<_> = entry.attempts.iter().map(|one| &one.seed).collect();
    assert_eq!(seeds.len(), 3);
    let kept: Vec<_> = entry
        .attempts
        .iter()
        .filter_map(|one| one.candidate.as_ref())
        .collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1].path, ".photogen/candidates/A/A_front-2.webp");
}

#[tokio::test]
async fn after_three_retries_the_last_by_the_next_engine_it_is_rejected_and_credits_come_back() {
    let ran = paid_set_up(|_, _| picture()).shoot(|_| until(99)).await;
    let entry = &ran.entries[0];
    assert_eq!(
        (entry.status, ran.calls, ran.available),
        (Status::Rejected, 4, 100)
    );
    assert_eq!(told(entry)[3], ("two", "rejected", 10));
    assert_eq!(
        entry.reason.as_deref(),
        Some("product lock: the sleeve is another colour (4 tries, each with a change)")
    );
}

#[tokio::test]
async fn no_picture_costs_more_than_is_allowed() {
    let set_up = SetUp {
        cost_max: MicroUsd(250_000),
        ..paid_set_up(|_, _| picture())
    };
    let ran = set_up.shoot(|_| until(99)).await;
    assert_eq!(ran.calls, 2);
    let reason = ran.entries[0].reason.clone().unwrap();
    assert!(
        reason.contains("$0.20 is spent, and $0.25 is allowed"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_job_that_cannot_be_asked_after_is_taken_up_by_its_id_and_paid_for_once() {
    let ran = paid_set_up(|call, asked| match call {
        1 => {
            asked.log.sending()?;
            asked.log.accepted("job-7");
            Err(EngineError::Pending("no route to host".into()))
        }
        2 => {
            assert!(matches!(asked.resume, Some(Resume::Job("job-7"))));
            Err(EngineError::Pending("no route to host".into()))
        }
        _ => {
            assert!(matches!(asked.resume, Some(Resume::Job("job-7"))));
            picture()
        }
    });
    let ran = ran.shoot(|_| until(0)).await;
    assert_eq!((ran.entries[0].status, ran.calls), (Status::Completed, 3));
    let expected = [("one", "pending", 10), ("one", "pending", 0), ("one", "done", 0)];
    assert_eq!(told(&ran.entries[0]), expected);
}

#[tokio::test]
async fn an_order_without_an_answer_is_told_of_and_made_again() {
    let ran = paid_set_up(|call, asked| {
        asked.log.sending()?;
        if call == 1 {
            return Err(EngineError::Lost("no answer in time".into()));
        }
        picture()
    });
    let ran = ran.shoot(|_| until(0)).await;
    assert_eq!(told(&ran.entries[0]), [("one", "lost", 10), ("one", "done", 10)]);
    let reason = ran.entries[0].attempts[0].reason.clone().unwrap();
    assert!(reason.contains("maybe billed"), "{reason}");
}

#[tokio::test]
async fn who_refuses_costs_nothing_and_the_next_engine_is_asked() {
    let ran = paid_set_up(|_, asked| {
        asked.log.sending()?;
        Ok(Reply::Refused("not allowed".into()))
    });
    let ran = ran.shoot(|_| until(0)).await;
    let entry = &ran.entries[0];
    assert_eq!(
        (entry.status, ran.calls, ran.available),
        (Status::Skipped, 2, 100)
    );
    assert_eq!(told(entry), [("one", "refused", 0), ("two", "refused", 0)]);
}

#[tokio::test]
async fn an_answer_that_is_no_picture_counts_as_charged_and_one_before_any_does_not() {
    let broken: Answer = |_, asked| {
        asked.log.sending()?;
        asked.log.answered();
        Err(EngineError::Broken("no picture in the answer".into()))
    };
    let ran = paid_set_up(broken).shoot(|_| until(0)).await;
    assert_eq!(
        told(&ran.entries[0]),
        [
            ("one", "broken", 10),
            ("one", "broken", 10),
            ("two", "broken", 10),
            ("two", "broken", 10)
        ]
    );
    let reason = ran.entries[0].reason.clone().unwrap();
    assert_eq!(reason, "no picture in the answer (tried 4 times)");
    let early: Answer = |_, _| Err(EngineError::Broken("the photo cannot be read".into()));
    let ran = paid_set_up(early).shoot(|_| until(0)).await;
    assert_eq!(told(&ran.entries[0]), []);
}

#[tokio::test]
async fn one_answer_that_is_no_picture_is_mended_by_the_same_engine() {
    let ran = paid_set_up(|call, asked| {
        asked.log.sending()?;
        asked.log.answered();
        match call {
            1 => Err(EngineError::Broken("no picture in the answer".into())),
            _ => picture(),
        }
    });
    let ran = ran.shoot(|_| until(0)).await;
    let entry = &ran.entries[0];
    assert_eq!((entry.status, ran.calls), (Status::Completed, 2));
    assert_eq!(told(entry), [("one", "broken", 10), ("one", "done", 10)]);
}

/// Calls the whole shoot off while its picture is judged.
struct CallingOff {
    store: Store,
    ids: Ids,
}

impl Judge for CallingOff {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        let workspace = WorkspaceId("w".into());
        let call_off = async {
            let shoots = self.store.shoots(&workspace, None, None, None, 1).await.unwrap();
            let shoot = &shoots[0].id;
            self.store
                .cancel_shoot(&self.ids, &workspace, shoot, 0)
                .await
                .unwrap()
        };
        assert_eq!(tokio::runtime::Handle::current().block_on(call_off), Some(1));
        Findings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_called_off_leaves_no_file_of_its_vendor() {
    let set_up = paid_set_up(|_, asked| {
        asked.log.sending()?;
        asked.log.received(b"the vendor's file");
        picture()
    });
    let ran = set_up.shoot(|around| {
        Arc::new(CallingOff {
            store: around.store.clone(),
            ids: Ids::new(Arc::new(FastClock(AtomicI64::new(0)))),
        })
    });
    let ran = ran.await;
    assert_eq!(
        (ran.entries[0].status, ran.calls, ran.available, ran.received),
        (Status::Cancelled, 1, 100, 0)
    );
    assert_eq!(told(&ran.entries[0]), [("one", "lost", 10)]);
}

/// A worker is taken for dead while it judges: its vendor's file is worked on by the next, which orders nothing.
struct Dying {
    store: Store,
    ids: Ids,
    judged: AtomicU32,
}

impl Judge for Dying {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        if self.judged.fetch_add(1, Ordering::SeqCst) == 0 {
            let rescue = self.store.rescue_all(&self.ids, 0);
            tokio::runtime::Handle::current().block_on(rescue).unwrap();
        }
        Findings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_s_file_outlives_the_worker_that_fetched_it() {
    let set_up = paid_set_up(|call, asked| {
        if call == 1 {
            asked.log.sending()?;
            asked.log.received(b"the vendor's file");
        } else {
            assert!(matches!(asked.resume, Some(Resume::File(b"the vendor's file"))));
        }
        picture()
    });
    let ran = SetUp { slots: 1, ..set_up }.shoot(|around| {
        Arc::new(Dying {
            store: around.store.clone(),
            ids: Ids::new(Arc::new(FastClock(AtomicI64::new(0)))),
            judged: AtomicU32::new(0),
        })
    });
    let ran = ran.await;
    assert_eq!((ran.entries[0].status, ran.calls), (Status::Completed, 2));
    assert_eq!(
        told(&ran.entries[0]),
        [("one", "pending", 10), ("one", "done", 0)],
        "it is paid for once"
    );
    assert_eq!(ran.received, 0, "nothing is left behind");
}

/// Breaks down over the first picture.
struct Breaking(AtomicU32);

impl Judge for Breaking {
    fn judge(&self, _: &Shot, _: &Candidate) -> Findings {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "a bug in a lock");
        Findings::default()
    }
}

/// A small picture as a vendor sends it.
fn vendor_s_file() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(40, 50, image::Rgb([9, 99, 199]));
    picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breakdown_over_a_paid_picture_keeps_its_file_and_asks_the_next_engine() {
    let set_up = paid_set_up(|_, asked| {
        asked.log.sending()?;
        asked.log.received(&vendor_s_file());
        picture()
    });
    let ran = set_up.shoot(|_| Arc::new(Breaking(AtomicU32::new(0)))).await;
    let entry = &ran.entries[0];
    assert_eq!(told(entry), [("one", "failed", 10), ("two", "done", 10)]);
    let kept = entry.attempts[0].candidate.as_ref().unwrap();
    assert_eq!(
        (kept.path.as_str(), kept.width, kept.height, kept.bytes),
        (
            ".photogen/candidates/A/A_front-as-made.png",
            40,
            50,
            vendor_s_file().len() as u64
        )
    );
    assert_eq!(ran.candidates, [(kept.path.clone(), vendor_s_file())]);
    assert_eq!(ran.received, 0);
}

#[tokio::test]
async fn a_job_that_was_taken_up_and_is_refused_costs_nothing_in_the_end() {
    let set_up = paid_set_up(|call, asked| {
        if call == 1 {
            asked.log.sending()?;
            asked.log.accepted("job-7");
            return Err(EngineError::Pending("no route to host".into()));
        }
        assert!(matches!(asked.resume, Some(Resume::Job("job-7"))));
        Ok(Reply::Refused("not allowed".into()))
    });
    let ran = set_up.shoot(|_| until(0)).await;
    let entry = &ran.entries[0];
    let expected = [
        ("one", "pending", 0),
        ("one", "refused", 0),
        ("two", "pending", 0),
        ("two", "refused", 0),
    ];
    assert_eq!(
        told(entry),
        expected,
        "the vendors said themselves that they made nothing"
    );
    assert_eq!(
        (entry.status, ran.calls, ran.available),
        (Status::Skipped, 4, 100)
    );
}
