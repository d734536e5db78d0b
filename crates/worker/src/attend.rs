//! What is done beside the pictures: vendors are told of jobs that nobody wants any more, and it is told how their servers are
//! doing.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::engine::{Health, HealthTold};
use engines::SharedEngine;
use store::engines::Unwanted;

use crate::Environment;

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// What was told last of each engine.
pub(crate) type Told = HashMap<String, Health>;

/// Attends until it is stopped.
pub(crate) async fn always(environment: Arc<Environment>) {
    let mut told = Told::default();
    loop {
        tokio::time::sleep(EVERY).await;
        once(&environment, &mut told).await;
    }
}

/// Attends now. A fault of the store is nothing to a picture, and it is tried again.
pub(crate) async fn once(environment: &Environment, told: &mut Told) {
    let unwanted = environment.store.unwanted(environment.clock.now_ms()).await;
    for unwanted in unwanted.unwrap_or_default() {
        call_off(environment, &unwanted).await;
    }
    for engine in &environment.engines {
        tell(environment, engine, told).await;
    }
}

/// Tells the vendor, if its engine is here. While it does not answer, it is tried again later.
async fn call_off(environment: &Environment, unwanted: &Unwanted) {
    let mut here = environment.engines.iter();
    let Some(engine) = here.find(|engine| engine.card().name.0 == unwanted.engine) else {
        return;
    };
    let (engine, job) = (Arc::clone(engine), unwanted.provider_job.clone());
    let answer = tokio::task::spawn_blocking(move || engine.call_off(&job)).await;
    if !matches!(answer, Ok(Err(engines::EngineError::Retry(_)))) {
        let _ = environment.store.told_unwanted(unwanted).await;
    }
}

async fn tell(environment: &Environment, engine: &SharedEngine, told: &mut Told) {
    let Some(health) = engine.health() else { return };
    let name = &engine.card().name.0;
    if told.get(name).is_some_and(|last| is_same(last, &health)) {
        return;
    }
    let news = HealthTold {
        engine: name.clone(),
        worker: environment.worker.clone(),
        told_ms: environment.clock.now_ms(),
        health: health.clone(),
    };
    if environment.store.tell_health(&news).await.is_ok() {
        told.insert(name.clone(), health);
    }
}

/// Nothing happened but that time went by.
fn is_same(last: &Health, now: &Health) -> bool {
    last.calls == now.calls
        && last.faults == now.faults
        && last.rests_ms.is_some() == now.rests_ms.is_some()
        && (last.rate_share - now.rate_share).abs() < 1e-9
}
