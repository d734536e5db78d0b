//! Every way a vendor can fail x every engine: what becomes of the order, and how often the vendor was really called.
//! `cargo test -p engines --test vendors -- faults --nocapture` prints the table for the documents.

use std::{
    fmt::Write as _,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use engines::{EngineError, Reply};
use testkit::vendor::{Behaviour, Behaviour as B, Counts, VendorServer};

use crate::bench::{KEY, call, card, opened, shot};

/// Who is asked: each dialect, and the one endpoint of Stability AI that answers with a job.
const ENGINES: [&str; 7] = [
    "openai",
    "openai_compatible",
    "stability:sd3.5-large",
    "stability:relight",
    "replicate",
    "fashn",
    "comfyui",
];

/// A fault, and for each engine what comes of the order and how many orders went out; `-` where it has no such fault.
type Row = (&'static str, Behaviour, [&'static str; 7]);

fn rows() -> Vec<Row> {
    let all = |cell| [cell; 7];
    let job = ["-", "-", "-", "lost 1", "lost 1", "lost 1", "lost 1"];
    vec![
        ("none", B::Well, all("done 1")),
        (
            "429, wait 50 ms",
            B::TooMany { retry_after_ms: 50 },
            all("done 2"),
        ),
        (
            "429, wait 10 min",
            B::TooMany {
                retry_after_ms: 600_000,
            },
            all("retry 1"),
        ),
        ("500", B::Error500, all("done 2")),
        ("503 with HTML", B::ProxyPage, all("done 2")),
        ("504 of a gateway", B::GatewayTimeout, all("lost 1")),
        ("no answer", B::Silent, all("lost 1")),
        ("slow", B::Slow { after_ms: 400 }, all("done 1")),
        ("cut off", B::CutStream, all("lost 1")),
        (
            "moderation",
            B::Moderation,
            [
                "refused 1",
                "refused 1",
                "refused 1",
                "refused 1",
                "refused 1",
                "refused 1",
                "-",
            ],
        ),
        ("done without a picture", B::Empty, all("broken 1")),
        ("HTML as PNG", B::HtmlAsPng, all("broken 1")),
        ("one pixel", B::OnePixel, all("broken 1")),
        ("half a PNG", B::HalfPng, all("broken 1")),
        ("PNG of no size", B::NoSize, all("broken 1")),
        ("animated PNG", B::Animated, all("broken 1")),
        ("TIFF of ten pages", B::TenPages, all("done 1")),
        ("wrong key", B::Unauthorised, all("misconfigured 1")),
        (
            "no credit",
            B::NoCredit,
            [
                "misconfigured 1",
                "misconfigured 1",
                "misconfigured 1",
                "misconfigured 1",
                "misconfigured 1",
                "misconfigured 1",
                "-",
            ],
        ),
        // What is in the picture is for the locks to judge.
        ("other colours", B::Recoloured, all("done 1")),
        ("wrong person", B::WrongPerson, all("done 1")),
        (
            "expired address",
            B::ExpiredUrl,
            [
                "broken 1", "broken 1", "-", "-", "broken 1", "broken 1", "broken 1",
            ],
        ),
        (
            "job fails",
            B::JobFails,
            ["-", "-", "-", "pending 1", "broken 1", "retry 1", "broken 1"],
        ),
        (
            "job never ends",
            B::JobNeverEnds,
            [
                "-",
                "-",
                "-",
                "pending 1",
                "lost 1 called off",
                "pending 1",
                "lost 1 called off",
            ],
        ),
        ("job lost", B::JobLost, job),
    ]
}

/// What an order came to, in a cell's words; and what was told.
fn outcome(engine: &str, behaviour: &Behaviour) -> (String, String) {
    let (name, model) = engine.split_once(':').unwrap_or((engine, ""));
    let mut card = card(name);
    let short = |is: bool, else_s| if is { 1 } else { else_s };
    card.limits.read_timeout_s = short(*behaviour == Behaviour::Silent, 20);
    card.limits.job_timeout_s = short(*behaviour == Behaviour::JobNeverEnds, 60);
    let server = VendorServer::start([behaviour.clone()]);
    let mut shot = shot(name);
    shot.brief.size = "400x500".parse().unwrap();
    shot.person.clear();
    shot.brief.engine.model = (!model.is_empty()).then(|| model.to_owned());
    let reply = opened(&card, &server.url, &[]).unwrap().start(&shot, &call());
    let (came, told) = match reply {
        Ok(Reply::Done(made)) => ("done", made.notes.join("; ")),
        Ok(Reply::Refused(reason)) => ("refused", reason),
        Err(error @ EngineError::Retry(_)) => ("retry", error.to_string()),
        Err(error @ EngineError::Lost(_)) => ("lost", error.to_string()),
        Err(error @ EngineError::Pending(_)) => ("pending", error.to_string()),
        Err(error @ EngineError::Misconfigured(_)) => ("misconfigured", error.to_string()),
        Err(error @ EngineError::Broken(_)) => ("broken", error.to_string()),
    };
    let Counts { orders, cancels, .. } = server.counts();
    let called_off = if cancels > 0 { " called off" } else { "" };
    (format!("{came} {orders}{called_off}"), told)
}

#[test]
fn every_fault_has_one_outcome_and_a_counted_number_of_calls() {
    let rows = rows();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((name, behaviour, expected)) = rows.get(at / ENGINES.len()) else {
                        return;
                    };
                    let (engine, expected) = (ENGINES[at % ENGINES.len()], expected[at % ENGINES.len()]);
                    let (cell, told) = match expected {
                        "-" => ("-".to_owned(), String::new()),
                        _ => outcome(engine, behaviour),
                    };
                    found
                        .lock()
                        .unwrap()
                        .push((at, *name, engine, expected, cell, told));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|cell| cell.0);
    let mut table = format!("| fault | {} |\n|{}\n", ENGINES.join(" | "), "---|".repeat(8));
    for row in found.chunks(ENGINES.len()) {
        let cells: Vec<&str> = row.iter().map(|cell| cell.4.as_str()).collect();
        let _ = writeln!(table, "| {} | {} |", row[0].1, cells.join(" | "));
    }
    println!("{table}");
    for (_, name, engine, expected, cell, told) in &found {
        assert_eq!(cell, expected, "{name}, {engine}: {told}");
        assert!(!told.contains(KEY), "{name}, {engine}: {told}");
    }
}

#[test]
fn what_is_told_names_the_trouble() {
    for (engine, behaviour, words) in [
        ("openai", B::CutStream, "maybe billed"),
        ("openai", B::NoCredit, "out of credit"),
        ("openai", B::OnePixel, "1x1"),
        ("openai", B::Moderation, "(input): not allowed"),
        ("stability:relight", B::JobLost, "no longer knows it"),
        ("replicate", B::Moderation, "NSFW content detected"),
        ("replicate", B::JobFails, "CUDA out of memory"),
        ("replicate", B::ExpiredUrl, "its address has expired"),
        ("fashn", B::Moderation, "Prohibited content detected"),
        ("fashn", B::JobFails, "PipelineError"),
        (
            "comfyui",
            B::JobFails,
            "node 7 (KSampler \"photogen:seed\") failed: Allocation on device failed",
        ),
        ("comfyui", B::JobNeverEnds, "did not end in time"),
        ("comfyui", B::TenPages, "only the first is used"),
    ] {
        let (cell, told) = outcome(engine, &behaviour);
        assert!(told.contains(words), "{engine}: {cell}: {told}");
    }
}

#[test]
fn nobody_listening_is_not_maybe_billed() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    thread::scope(|scope| {
        for name in ["openai", "openai_compatible", "replicate", "fashn", "comfyui"] {
            scope.spawn(move || {
                let engine = opened(&card(name), &format!("http://{free}"), &[]).unwrap();
                let mut shot = shot(name);
                shot.person.clear();
                let error = engine.start(&shot, &call()).unwrap_err();
                assert!(matches!(error, EngineError::Retry(_)), "{name}: {error}");
            });
        }
    });
}
