//! What the processes that call engines told last: the service of this machine, and a shoot.

use std::path::Path;

use anyhow::ensure;
use domain::{clock::EpochMs, engine::HealthTold};
use engines::cards::Cards;
use store::Store;

use super::{Finding, State};
use crate::{clock, shoot::folder};

/// One finding for each engine and process that called it lately; none where nobody did, or where the service has no database that
/// can be opened, which is a finding of its own. `out`: the folder of a shoot.
pub(super) async fn findings(service: Option<&Store>, out: Option<&Path>) -> Vec<Finding> {
    let cards = crate::engines::cards();
    let told = match told(service, out).await {
        Ok(told) => told,
        Err(error) => {
            return vec![Finding {
                what: "engines' health".to_owned(),
                state: State::Broken,
                says: format!("cannot be read: {error:#}"),
            }];
        }
    };
    let Ok(cards) = cards else {
        return Vec::new(); // Its own check tells.
    };
    told.iter()
        .filter_map(|(told, now_ms)| finding(told, &cards, *now_ms))
        .collect()
}

/// Each with the time now, by the clock that it was told by.
async fn told(service: Option<&Store>, out: Option<&Path>) -> anyhow::Result<Vec<(HealthTold, EpochMs)>> {
    let mut told = Vec::new();
    if let Some(store) = service
        && store.migrations().await?.agree()
    {
        told.extend(told_to(store).await?);
    }
    if let Some(out) = out {
        let store = folder::as_it_is(out).await?;
        ensure!(
            store.migrations().await?.agree(),
            "the catalogue in {} is of another version; an earlier one is brought to this by the next shoot into it",
            out.display()
        );
        told.extend(told_to(&store).await?);
        store.close().await;
    }
    Ok(told)
}

async fn told_to(store: &Store) -> store::Result<Vec<(HealthTold, EpochMs)>> {
    let now_ms = clock::of(store).await?.now_ms();
    let told = store.engine_health().await?;
    Ok(told.into_iter().map(|told| (told, now_ms)).collect())
}

fn finding(told: &HealthTold, cards: &Cards, now_ms: EpochMs) -> Option<Finding> {
    let card = cards.engines.iter().find(|card| card.name.0 == told.engine)?;
    let rests = told.rests_ms(now_ms);
    let health = &told.health;
    let breaker = match rests {
        Some(rests_ms) => format!(
            "the breaker is open after {} faults in a row and closes in {} s",
            health.faults,
            rests_ms / 1000 + 1
        ),
        None => "the breaker is closed".to_owned(),
    };
    let most = card.limits.requests_per_minute;
    let rate = told.rate_per_minute(most);
    let mut says = vec![
        format!("{} s ago: {breaker}", (now_ms - told.told_ms).max(0) / 1000),
        format!("asked up to {rate:.0} of {most} times a minute"),
    ];
    let calls: Vec<String> = health
        .calls
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    if !calls.is_empty() {
        says.push(format!("calls: {}", calls.join(", ")));
    }
    if let Some(last) = health.recent.last() {
        says.push(format!("last fault: {}", last.message));
    }
    Some(Finding {
        what: format!("calls of {}", told.engine),
        state: if rests.is_some() {
            State::Broken
        } else {
            State::Good
        },
        says: says.join("; "),
    })
}
