//! Vendors' allowances by way of the database, which every process that calls them has in common.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use domain::engine::EngineName;
use engines::{
    EngineError,
    sharing::{Place, Sharing, Waiting},
};
use store::{Store, StoreError};
use tokio::{runtime::Handle, time::sleep};

/// A process that is not heard of for so long leaves its places to the others.
const LEASE: Duration = Duration::from_mins(1);
/// How often it is asked for a place while all are taken.
const LOOK: Duration = Duration::from_millis(200);

/// Shares through the store.
pub struct Shared {
    store: Store,
    /// This process: a new id each time it starts.
    holder: String,
    /// Where the store's connections live; engines call from runtimes of their own.
    runtime: Handle,
    /// Engines whose places are made.
    made: Mutex<HashSet<(EngineName, u32)>>,
    /// One asks for a place at a time.
    asking: tokio::sync::Mutex<()>,
}

impl Shared {
    /// For a process of this id. Made on the runtime of the store.
    pub fn start(store: Store, holder: String) -> Arc<Self> {
        let shared = Arc::new(Self {
            store,
            holder,
            runtime: Handle::current(),
            made: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        });
        let keeping = Arc::downgrade(&shared);
        tokio::spawn(async move {
            loop {
                sleep(LEASE / 3).await;
                let Some(shared) = keeping.upgrade() else { return };
                if let Err(error) = shared.store.keep_places(&shared.holder, LEASE).await {
                    tracing::warn!(%error, "places at vendors were not kept");
                }
            }
        });
        shared
    }

    /// Does the store's work where its connections live.
    async fn there<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        let not_sent = |why: String| EngineError::Retry(format!("the order was not sent: {why}"));
        let done = self.runtime.spawn(work).await;
        done.map_err(|error| not_sent(error.to_string()))?
            .map_err(|error| not_sent(error.to_string()))
    }

    async fn make(&self, engine: &EngineName, places: u32) -> Result<(), EngineError> {
        let key = (engine.clone(), places);
        if self
            .made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&key)
        {
            return Ok(());
        }
        let (store, name) = (self.store.clone(), engine.0.clone());
        self.there(async move { store.make_places(&name, places).await })
            .await?;
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key);
        Ok(())
    }

    async fn take(&self, engine: &EngineName, places: u32) -> Result<Place, EngineError> {
        self.make(engine, places).await?;
        let _asking = self.asking.lock().await;
        loop {
            let (store, name, holder) = (self.store.clone(), engine.0.clone(), self.holder.clone());
            let taken = self.there(async move { store.take_place(&name, places, &holder, LEASE).await });
            if let Some(number) = taken.await? {
                return Ok(Box::new(Taken {
                    store: self.store.clone(),
                    runtime: self.runtime.clone(),
                    engine: engine.0.clone(),
                    number,
                    holder: self.holder.clone(),
                }));
            }
            sleep(LOOK).await;
        }
    }
}

impl Sharing for Shared {
    fn turn<'a>(&'a self, engine: &'a EngineName, interval: Duration) -> Waiting<'a, Duration> {
        let (store, name) = (self.store.clone(), engine.0.clone());
        Box::pin(self.there(async move { store.take_turn(&name, interval).await }))
    }

    fn be_quiet(&self, engine: &EngineName, wait: Duration) {
        let (store, name) = (self.store.clone(), engine.0.clone());
        self.runtime.spawn(async move {
            if let Err(error) = store.be_quiet(&name, wait).await {
                tracing::warn!(%error, "a vendor's wish for quiet was not told to other processes");
            }
        });
    }

    fn place<'a>(&'a self, engine: &'a EngineName, places: u32) -> Waiting<'a, Place> {
        Box::pin(self.take(engine, places))
    }
}

/// A place that is given back.
struct Taken {
    store: Store,
    runtime: Handle,
    engine: String,
    number: i64,
    holder: String,
}

impl Drop for Taken {
    fn drop(&mut self) {
        let (store, engine, holder) = (
            self.store.clone(),
            std::mem::take(&mut self.engine),
            std::mem::take(&mut self.holder),
        );
        let number = self.number;
        self.runtime.spawn(async move {
            if let Err(error) = store.free_place(&engine, number, &holder).await {
                tracing::warn!(%error, "a place at a vendor was not given back; it is free in a minute");
            }
        });
    }
}
