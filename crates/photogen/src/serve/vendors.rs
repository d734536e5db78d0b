//! Vendors that call this service, and the engines of this process that wait for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::engine::EngineName;
use engines::{SharedEngine, vendor::webhook};
use web::vendors::{Message, Refusal, Vendors};

use crate::settings;

/// The engines that the worker of this process has opened; none before its first picture.
#[derive(Clone, Default)]
pub(crate) struct Working(Arc<Mutex<Vec<SharedEngine>>>);

impl Working {
    /// These work from now on.
    pub(crate) fn set(&self, engines: Vec<SharedEngine>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = engines;
    }

    fn engine(&self, name: &EngineName) -> Option<SharedEngine> {
        let engines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        engines.iter().find(|engine| engine.card().name == *name).cloned()
    }
}

/// The vendors whose secret is set, and who waits for them.
pub(crate) struct Callers {
    secrets: HashMap<EngineName, String>,
    working: Working,
}

impl Callers {
    /// Of the cards and settings of this process.
    pub(crate) fn new(working: Working) -> anyhow::Result<Self> {
        let cards = crate::engines::cards()?;
        let secrets = cards.engines.iter().filter_map(|card| {
            let secret = webhook::secret(card, &settings::read)?;
            Some((card.name.clone(), secret))
        });
        Ok(Self {
            secrets: secrets.collect(),
            working,
        })
    }
}

impl Vendors for Callers {
    fn check(&self, engine: &EngineName, message: &Message<'_>, now_s: i64) -> Result<String, Refusal> {
        let secret = self.secrets.get(engine).ok_or(Refusal::NotExpected)?;
        let Message {
            id,
            timestamp,
            signatures,
            body,
        } = *message;
        let message = webhook::Message {
            id,
            timestamp,
            signatures,
            body,
        };
        webhook::verify(secret, &message, now_s).map_err(|error| Refusal::Unsigned(error.to_string()))?;
        webhook::job(body).ok_or(Refusal::Unknown)
    }

    fn wake(&self, engine: &EngineName, provider_job: &str) {
        if let Some(engine) = self.working.engine(engine) {
            engine.wake(provider_job);
        }
    }
}
