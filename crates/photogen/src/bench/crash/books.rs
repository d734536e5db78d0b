//! Whether the books of the service, of its vendor and of who listened agree.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::{
    Store,
    blobs::{self, Blobs},
};
use testkit::vendor::Behaviour;

use super::ears::Heard;
use crate::{
    bench::world::{CREDITS, SEED_MAX, World},
    clock::SystemClock,
};

/// Connections that look.
const CONNECTIONS: u32 = 2;
/// How long the last calls of webhooks may take: a server that died left its calls leased for a minute.
const WEBHOOK_PATIENCE: Duration = Duration::from_mins(3);

/// What there was to agree about.
#[derive(Default)]
pub(super) struct Totals {
    statuses: Vec<(String, u64)>,
    /// Orders that the vendor took.
    taken: u64,
    /// Orders that were written down as sent.
    sent: u64,
    /// Of those, told of as maybe billed.
    lost: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses: Vec<String> = self
            .statuses
            .iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect();
        write!(
            f,
            "pictures: {}\norders: {} taken by the vendor, {} written down as sent, {} of them told of as maybe billed",
            statuses.join(", "),
            self.taken,
            self.sent,
            self.lost
        )
    }
}

/// Everything that does not agree after a shoot.
pub(super) async fn check(world: &World, heard: &Heard) -> anyhow::Result<Vec<String>> {
    let store = Store::connect(&world.database_url, CONNECTIONS, false).await?;
    let mut found = store.contradictions(true).await?;
    found.extend(orders(world, &store).await?);
    found.extend(files(world, &store).await?);
    store.close().await;
    found.extend(events(heard, world.products.len()));
    found.extend(credits(world).await?);
    Ok(found)
}

/// What there is to agree about.
pub(super) async fn totals(world: &World) -> anyhow::Result<Totals> {
    let store = Store::connect(&world.database_url, CONNECTIONS, false).await?;
    let sent = store.sent_orders().await?;
    let statuses = store.statuses().await?;
    store.close().await;
    Ok(Totals {
        statuses,
        taken: taken(world).values().sum(),
        sent: sent.len() as u64,
        lost: sent.iter().filter(|order| order.outcome == "lost").count() as u64,
    })
}

/// Orders that the vendor took, by their seed. Those that it refused to take may be sent again.
fn taken(world: &World) -> HashMap<u64, u64> {
    let mut taken = HashMap::new();
    for (seed, met) in world.vendor.seeds_and_met() {
        let is_refused = matches!(
            met,
            Behaviour::TooMany { .. } | Behaviour::Error500 | Behaviour::ProxyPage
        );
        if !is_refused {
            *taken.entry(seed.unwrap_or_default()).or_default() += 1;
        }
    }
    taken
}

/// Each order that the vendor took was written down before, and each that came to something was taken.
async fn orders(world: &World, store: &Store) -> anyhow::Result<Vec<String>> {
    let taken = taken(world);
    let (mut sent, mut sure) = (HashMap::<u64, u64>::new(), HashMap::<u64, u64>::new());
    for order in store.sent_orders().await? {
        let seed = order.seed.parse::<u64>()? % (SEED_MAX + 1);
        let came_to_something = !matches!(order.outcome.as_str(), "lost" | "fault" | "running");
        *sure.entry(seed).or_default() += u64::from(came_to_something);
        *sent.entry(seed).or_default() += 1;
    }
    let mut found = Vec::new();
    for (seed, taken) in &taken {
        let sent = sent.get(seed).copied().unwrap_or(0);
        if *taken > sent {
            found.push(format!(
                "the vendor took {taken} orders with seed {seed}, and {sent} are written down"
            ));
        }
    }
    for (seed, sure) in sure {
        let taken = taken.get(&seed).copied().unwrap_or(0);
        if sure > taken {
            found.push(format!(
                "{sure} orders with seed {seed} came to something, and the vendor took {taken}"
            ));
        }
    }
    Ok(found)
}

/// Every picture has its file, whole; every file of a picture has a row, or will be removed.
async fn files(world: &World, store: &Store) -> anyhow::Result<Vec<String>> {
    let blobs: Arc<dyn Blobs> = blobs::open(&world.storage, Arc::new(SystemClock))?;
    let mut found = Vec::new();
    for file in store.picture_files().await? {
        let bytes = blobs.get(&file.path).await;
        if !bytes.is_ok_and(|bytes| hex::encode(Sha256::digest(&bytes)) == file.sha256) {
            found.push(format!("the file {} is gone or another", file.path));
        }
    }
    for orphan in store.orphans(&*blobs).await? {
        found.push(format!(
            "nothing names the file {orphan}, and nobody will remove it"
        ));
    }
    Ok(found)
}

/// Every event was heard once, in order, and every picture ended once.
fn events(heard: &Heard, pictures: usize) -> Vec<String> {
    let mut found = Vec::new();
    let numbers = heard.events.iter().map(|(number, _)| *number);
    if !numbers.eq(1..=heard.events.len() as i64) {
        found.push(format!(
            "the events of {} were not heard in order, each once",
            heard.shoot
        ));
    }
    let ends = heard
        .events
        .iter()
        .filter(|(_, kind)| kind == "generation.ended")
        .count();
    if ends < pictures {
        found.push(format!("{pictures} pictures, and {ends} ends were heard"));
    }
    found
}

/// The balance that the service tells is what it began with, less one credit for each delivered picture.
async fn credits(world: &World) -> anyhow::Result<Vec<String>> {
    let store = Store::connect(&world.database_url, CONNECTIONS, false).await?;
    let statuses = store.statuses().await?;
    store.close().await;
    let delivered = statuses
        .iter()
        .find(|(status, _)| status == "COMPLETED")
        .map_or(0, |(_, count)| *count as i64);
    let told = world
        .caller()
        .call(Method::GET, "/api/billing/balance", &Value::Null)
        .await?;
    let available = told["available"].as_i64().unwrap_or(-1);
    Ok(if available == CREDITS - delivered {
        Vec::new()
    } else {
        vec![format!(
            "{CREDITS} credits less {delivered} pictures, and the balance is {available}"
        )]
    })
}

/// Every event was told to the webhook, at least once and always by one id.
pub(super) async fn check_webhooks(world: &World) -> anyhow::Result<Vec<String>> {
    let store = Store::connect(&world.database_url, CONNECTIONS, false).await?;
    let until = std::time::Instant::now() + WEBHOOK_PATIENCE;
    let calls = loop {
        let calls = store.webhook_calls().await?;
        if calls.iter().all(|(_, came_through)| *came_through) || std::time::Instant::now() > until {
            break calls;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let events = store.told_events().await?;
    store.close().await;
    let came = world.receiver.calls();
    let mut found = Vec::new();
    if calls.len() as u64 != events {
        found.push(format!("{events} events, and {} calls of webhooks", calls.len()));
    }
    let unheard = calls
        .iter()
        .filter(|(id, came_through)| !came_through || !came.contains_key(id))
        .count();
    if unheard > 0 {
        found.push(format!("{unheard} calls of webhooks did not come"));
    }
    let confused = came
        .values()
        .filter(|bodies| bodies.iter().any(|body| *body != bodies[0]))
        .count();
    if confused > 0 {
        found.push(format!(
            "{confused} calls of webhooks came again with other words"
        ));
    }
    let repeated = came.values().filter(|bodies| bodies.len() > 1).count();
    println!(
        "webhooks: {} calls, {repeated} of them more than once",
        calls.len()
    );
    Ok(found)
}
