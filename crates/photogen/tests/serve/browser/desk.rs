//! The review desk with thousands of pictures: how soon it is there, how soon it answers a key, and that it loses no decision.
//!
//! `DESK_A_MINUTE=60` strikes keys at that pace instead of as fast as they are taken, `DESK_SLOWED=4` slows the browser's processor;
//! with `--nocapture` it tells what it measured, as docs/BENCHMARKS.md holds it.

use std::{fmt::Write as _, io::Write as _, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use super::{Window, begun, rewrite, shot};

/// Pictures of the sheet.
const PICTURES: usize = 5_000;
/// Decisions by key.
const DECISIONS: usize = 500;
/// Bytes that the page takes without its pictures.
const PAGE_BYTES_MAX: f64 = 100_000.0;
/// How much of the window may move while it loads.
const SHIFT_MAX: f64 = 0.02;
/// Milliseconds until a key is answered on the screen. The bar is 100 on a quiet machine; tests share theirs.
const ANSWER_MS_MAX: f64 = 400.0;

/// Makes the shoot's first picture into thousands, of a product each, with scores and some doubts.
const MULTIPLY: &str = "
import sqlite3, sys
file, shoot, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
books = sqlite3.connect(file, timeout=60)
one = books.execute('SELECT id, product_id FROM generations WHERE shoot_id = ? ORDER BY id LIMIT 1', (shoot,)).fetchone()
attempts = books.execute('SELECT id FROM attempts WHERE generation_id = ? ORDER BY number', (one[0],)).fetchall()
def named(kind, at):
    return f'{kind:08x}-0000-7000-8000-{at:012x}'
def copied(table, key, value, changes):
    rows = books.execute(f'SELECT * FROM {table} WHERE {key} = ?', (value,))
    names = [column[0] for column in rows.description]
    for row in rows.fetchall():
        row = dict(zip(names, row)) | changes
        books.execute(f'INSERT INTO {table} ({\", \".join(names)}) VALUES ({\", \".join(\"?\" * len(names))})', [row[name] for name in names])
for at in range(1, count + 1):
    product, picture = named(1, at), named(2, at)
    copied('products', 'id', one[1], {'id': product, 'sku': f'S-{at:04}', 'sku_key': f's-{at:04}'})
    copied('generations', 'id', one[0], {'id': picture, 'product_id': product, 'score': at % 97 / 97, 'needs_review': int(at % 3 == 0)})
    for number, (attempt,) in enumerate(attempts):
        copied('attempts', 'id', attempt, {'id': named(3 + number, at), 'generation_id': picture})
        copied('verdicts', 'attempt_id', attempt, {'attempt_id': named(3 + number, at)})
books.commit()
";

/// What the browser itself measured of a page: watched from its first line on.
const WATCH: &str = "(() => {
    const seen = window.seen = { largest: 0, shift: 0, keys: new Map(), long: 0 };
    const watch = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
    watch('largest-contentful-paint', (one) => { seen.largest = one.startTime; });
    watch('layout-shift', (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
    watch('longtask', (one) => { seen.long = Math.max(seen.long, one.duration); });
    watch('event', (one) => { if (one.interactionId) seen.keys.set(one.interactionId, Math.max(seen.keys.get(one.interactionId) ?? 0, one.duration)); }, { durationThreshold: 16 });
    return true;
})()";

fn setting(name: &str) -> Option<f64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_pictures_are_decided_by_key_and_none_is_lost() {
    let Some((service, _driver, anna)) = begun().await else {
        return;
    };
    let shoot = shot(&anna).await;
    let id = shoot.rsplit('/').next().unwrap();
    rewrite(&service, MULTIPLY, &[id, &PICTURES.to_string()]);

    if let Some(times) = setting("DESK_SLOWED") {
        anna.slow(times).await;
    }
    anna.go(&format!("/review/{id}")).await;
    anna.of(WATCH).await;
    anna.until("document.querySelector('[data-desk]')?.hasAttribute('data-ready')")
        .await;
    anna.until("document.querySelector('[data-photo]').naturalWidth > 0")
        .await;
    let page = opened(&anna).await;

    let began = Instant::now();
    let pause = setting("DESK_A_MINUTE").map(|pace| Duration::from_secs_f64(60.0 / pace));
    for at in 0..DECISIONS {
        // One in ten is rejected, for its colour.
        anna.keys(if at % 10 == 9 { "2" } else { "a" }).await;
        if let Some(pause) = pause {
            tokio::time::sleep_until(began + pause * (at as u32 + 1)).await;
        }
    }
    let took = began.elapsed().as_secs_f64();
    anna.until("document.querySelector('[data-decided]').textContent === '500'")
        .await;
    anna.until("Object.entries(localStorage).filter(([key]) => key.startsWith('queue ')).every(([, held]) => held === '[]')")
        .await;
    let answers = answers(&anna).await;

    let mut told = format!(
        "\n{PICTURES} pictures; {DECISIONS} decisions at {:.0} a minute\n\n| | |\n|---|---|\n",
        DECISIONS as f64 * 60.0 / took
    );
    for (name, value) in [
        ("bytes without pictures", page.bytes),
        ("largest paint, ms", page.largest),
        ("layout shift", page.shift),
        ("key to paint, ms, 95 of 100", answers.most_95),
        ("key to paint, ms, 98 of 100 (INP)", answers.most_98),
        ("longest task, ms", answers.long),
    ] {
        let _ = writeln!(told, "| {name} | {value:.2} |");
    }
    std::io::stderr().write_all(told.as_bytes()).unwrap();

    // What the browser said was saved is what the service holds, and nobody else was decided.
    let person = service.sign_in("anna@example.com").await;
    let mut decided = std::collections::BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let (_, part) = person
            .get(&format!("/api/generate?shootId={id}&limit=200{cursor}"))
            .await;
        for picture in part["items"].as_array().unwrap() {
            let review = picture["review"].as_str().unwrap_or("none").to_owned();
            *decided.entry(review).or_insert(0) += 1;
        }
        match part["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(decided.get("approved"), Some(&450), "{decided:?}");
    assert_eq!(decided.get("rejected"), Some(&50), "{decided:?}");
    assert_eq!(
        decided.get("none"),
        Some(&(PICTURES + 2 - DECISIONS)),
        "{decided:?}"
    );
    assert_eq!(anna.complaints().await, Vec::<String>::new());
    assert!(page.bytes < PAGE_BYTES_MAX, "{told}");
    assert!(page.shift < SHIFT_MAX, "{told}");
    assert!(answers.most_98 < ANSWER_MS_MAX, "{told}");
    anna.close().await;
}

/// A page once it is there.
struct Opened {
    bytes: f64,
    largest: f64,
    shift: f64,
}

async fn opened(window: &Window) -> Opened {
    let number = |value: Value| value.as_f64().unwrap();
    let bytes = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => !new URL(one.name).pathname.startsWith('/pictures/') && !new URL(one.name).pathname.startsWith('/media/'))
        .reduce((sum, one) => sum + one.transferSize, 0)";
    Opened {
        bytes: number(window.of(bytes).await),
        largest: number(window.of("window.seen.largest").await),
        shift: number(window.of("window.seen.shift").await),
    }
}

/// How soon keys were answered on the screen.
struct Answers {
    most_95: f64,
    most_98: f64,
    long: f64,
}

async fn answers(window: &Window) -> Answers {
    let told = window.of("[...window.seen.keys.values()]").await;
    // What took less than 16 ms is not told of.
    let mut took: Vec<f64> = told
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    took.resize(took.len().max(DECISIONS), 16.0);
    took.sort_by(f64::total_cmp);
    let most = |share: f64| took[(took.len() as f64 * share) as usize];
    Answers {
        most_95: most(0.95),
        most_98: most(0.98),
        long: window.of("window.seen.long").await.as_f64().unwrap(),
    }
}
