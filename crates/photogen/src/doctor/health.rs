//! What the processes that call engines told last: the service of this machine, and a shoot.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::{
    clock::{Clock as _, EpochMs},
    engine::HealthTold,
};
use engines::cards::Cards;
use store::Store;

use super::{Finding, State};
use crate::{clock::SystemClock, home::home, settings, shoot::folder};

/// Where those processes keep their rows.
#[derive(clap::Args)]
pub(crate) struct Places {
    /// Also tell how the engines of a shoot are doing: the folder that it was given as --out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The data folder of the service [default: `data` in PhotoGen's home]
    #[arg(long, env = "PHOTOGEN_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Its database, where that is PostgreSQL
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
}

/// One finding for each engine and process that called it lately. None where nobody did.
pub(super) fn findings(places: &Places) -> Vec<Finding> {
    let broken = |error: anyhow::Error| {
        vec![Finding {
            what: "engines' health".to_owned(),
            state: State::Broken,
            says: format!("cannot be read: {error:#}"),
        }]
    };
    let told = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime")
        .and_then(|runtime| runtime.block_on(places.told()));
    match (told, crate::engines::cards()) {
        (Ok(told), Ok(cards)) => {
            let now_ms = SystemClock.now_ms();
            let finding = |told: &HealthTold| finding(told, &cards, now_ms);
            told.iter().filter_map(finding).collect()
        }
        (Err(error), _) | (_, Err(error)) => broken(error),
    }
}

impl Places {
    async fn told(&self) -> anyhow::Result<Vec<HealthTold>> {
        let mut stores = Vec::new();
        let rows = self
            .data
            .clone()
            .unwrap_or_else(|| home().join("data"))
            .join("photogen.db");
        match self
            .database_url
            .clone()
            .or_else(|| settings::read("DATABASE_URL"))
        {
            Some(url) => stores.push(Store::connect(&url, 1, false).await?),
            None => stores.extend(there(&rows).await?),
        }
        if let Some(out) = &self.out {
            stores.push(folder::existing(out).await?.0);
        }
        let mut told = Vec::new();
        for store in stores {
            told.extend(store.engine_health().await?);
            store.close().await;
        }
        Ok(told)
    }
}

/// The rows of a service, if one was ever here.
async fn there(rows: &Path) -> anyhow::Result<Option<Store>> {
    if !rows.is_file() {
        return Ok(None);
    }
    let opened = Store::open(rows).await;
    opened
        .map(Some)
        .with_context(|| format!("cannot open {}", rows.display()))
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
