//! Jobs that are called off while they run, and the rate that uploads keep to.

use std::{
    thread,
    time::{Duration, Instant},
};

use domain::shot::Shot;
use engines::{EngineError, Reply, SharedEngine};
use testkit::vendor::{Behaviour, VendorServer};

use crate::bench::{at_rate, call, card, engine, shot};

fn alone(name: &str) -> Shot {
    let mut shot = shot(name);
    shot.brief.size = "400x500".parse().unwrap();
    shot.person.clear();
    shot
}

/// What comes of a job that is called off once the vendor has it.
fn called_off(name: &str, server: &VendorServer, engine: &SharedEngine) -> Result<Reply, EngineError> {
    let shot = alone(name);
    thread::scope(|scope| {
        let made = scope.spawn(|| engine.start(&shot, &call()));
        let patience = Instant::now() + Duration::from_secs(30);
        while server.counts().polls == 0 {
            assert!(Instant::now() < patience, "{name}: the job is never asked after");
            thread::sleep(Duration::from_millis(10));
        }
        assert!(engine.call_off("job-1").unwrap(), "{name}");
        made.join().unwrap()
    })
}

#[test]
fn a_job_that_runs_is_called_off_and_who_waits_for_it_hears_so() {
    for (name, told) in [("replicate", 1), ("comfyui", 2)] {
        let server = VendorServer::start([Behaviour::JobNeverEnds]);
        let engine = engine(name, &server.url, 20);
        let began = Instant::now();
        let made = called_off(name, &server, &engine);
        assert!(
            matches!(made, Err(EngineError::Broken(_) | EngineError::Lost(_))),
            "{name}: {made:?}"
        );
        assert!(began.elapsed() < Duration::from_secs(20), "{name}");
        assert_eq!(server.called_off(), vec!["job-1"; told], "{name}");
        assert_eq!(server.counts().orders, 1, "{name}");
    }
}

#[test]
fn somebody_else_s_job_is_never_interrupted_and_who_has_no_jobs_is_not_asked() {
    let server = VendorServer::start([]);
    engine("comfyui", &server.url, 20).call_off("job-9").unwrap();
    assert_eq!(server.called_off(), ["job-9"], "out of the queue, and no more");
    let server = VendorServer::start([]);
    assert!(!engine("openai", &server.url, 20).call_off("job-9").unwrap());
    assert_eq!(server.counts().cancels, 0);
}

#[test]
fn uploads_keep_to_the_rate_as_orders_do() {
    let server = VendorServer::start([]);
    let mut card = card("comfyui");
    card.limits.requests_per_minute = 240;
    let engine = at_rate(&card, &server.url);
    let (shot, began) = (alone("comfyui"), Instant::now());
    for _ in 0..2 {
        assert!(matches!(engine.start(&shot, &call()), Ok(Reply::Done(_))));
    }
    let counts = server.counts();
    assert_eq!((counts.uploads, counts.orders), (2, 2));
    // Four requests, a quarter of a second apart.
    assert!(
        began.elapsed() >= Duration::from_millis(750),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn health_counts_what_calls_came_to_and_remembers_the_last_fault() {
    let server = VendorServer::start([Behaviour::Well, Behaviour::Moderation, Behaviour::CutStream]);
    let engine = engine("openai", &server.url, 20);
    for _ in 0..3 {
        let _ = engine.start(&alone("openai"), &call());
    }
    let health = engine.health().unwrap();
    let calls: Vec<_> = health
        .calls
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(calls, [("done", 1), ("lost", 1), ("refused", 1)]);
    assert_eq!(
        (health.faults, health.rests_ms, health.recent.len()),
        (1, None, 1)
    );
    assert!(
        health.recent[0].message.contains("broke off"),
        "{:?}",
        health.recent
    );
}
