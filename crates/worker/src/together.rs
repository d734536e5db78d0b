//! Many who want the same of the store at once are served by one transaction: a commit to the disk takes longer than what it
//! writes. Nobody waits for others to come; whoever comes while a transaction is under way shares the next.

use std::sync::Arc;

use store::{
    Store, StoreError,
    attempts::{Beginning, StartedAttempt},
    endings::Ending,
    queue::{Lease, NewBlob},
    work::Work,
};
use tokio::sync::{mpsc, oneshot};

use crate::Environment;

/// The most that share a transaction.
const MOST: usize = 100;

/// Who waits for an answer.
type Asked<I, O> = (I, oneshot::Sender<O>);

/// One kind of wish.
struct Together<I, O>(mpsc::UnboundedSender<Asked<I, O>>);

impl<I: Send + 'static, O: Send + 'static> Together<I, O> {
    /// `serve` answers wishes in their order, or fails all of them.
    fn start<F>(serve: impl Fn(Vec<I>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Vec<O>, StoreError>> + Send,
    {
        let (ask, mut asked) = mpsc::unbounded_channel::<Asked<I, O>>();
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while asked.recv_many(&mut batch, MOST).await > 0 {
                let (wishes, waiting): (Vec<I>, Vec<oneshot::Sender<O>>) = batch.drain(..).unzip();
                match serve(wishes).await {
                    Ok(answers) => {
                        for (waits, answer) in waiting.into_iter().zip(answers) {
                            let _ = waits.send(answer);
                        }
                    }
                    // They hear that nobody answers.
                    Err(error) => tracing::warn!(%error, "a shared transaction failed"),
                }
            }
        });
        Self(ask)
    }

    /// The answer; `None` when the transaction failed, for whatever reason: then go alone.
    async fn ask(&self, wish: I) -> Option<O> {
        let (answer, answered) = oneshot::channel();
        self.0.send((wish, answer)).ok()?;
        answered.await.ok()
    }
}

/// What the slots of a run ask of the store together.
pub(crate) struct Asking {
    environment: Arc<Environment>,
    claims: Together<(), Option<Lease>>,
    works: Together<Lease, Work>,
    beginnings: Together<Beginning, Option<StartedAttempt>>,
    blobs: Together<NewBlob, bool>,
    endings: Together<Ending, bool>,
}

impl Asking {
    /// For the worker of an environment.
    pub(crate) fn start(environment: &Arc<Environment>) -> Self {
        let claiming = Arc::clone(environment);
        let claims = Together::start(move |wishes: Vec<()>| {
            let environment = Arc::clone(&claiming);
            async move {
                let (token, now_ms) = (environment.ids.next(), environment.clock.now_ms());
                let claimed = environment
                    .store
                    .claim_many(
                        &environment.worker,
                        &token,
                        wishes.len(),
                        environment.lease_ms(),
                        now_ms,
                    )
                    .await?;
                let some = claimed.into_iter().map(Some);
                Ok(some.chain(std::iter::repeat(None)).take(wishes.len()).collect())
            }
        });
        let working = Arc::clone(environment);
        let works = Together::start(move |wishes: Vec<Lease>| {
            let environment = Arc::clone(&working);
            async move { environment.store.works(&wishes).await }
        });
        let beginning = Arc::clone(environment);
        let beginnings = Together::start(move |wishes: Vec<Beginning>| {
            let environment = Arc::clone(&beginning);
            async move { environment.store.begin_attempts(&environment.ids, &wishes).await }
        });
        let announcing = Arc::clone(environment);
        let blobs = Together::start(move |wishes: Vec<NewBlob>| {
            let environment = Arc::clone(&announcing);
            async move {
                let (lease_ms, now_ms) = (environment.lease_ms(), environment.clock.now_ms());
                environment.store.announce_blobs(&wishes, lease_ms, now_ms).await
            }
        });
        let ending = Arc::clone(environment);
        let endings = Together::start(move |wishes: Vec<Ending>| {
            let environment = Arc::clone(&ending);
            async move { environment.store.end_attempts(&environment.ids, &wishes).await }
        });
        Self {
            environment: Arc::clone(environment),
            claims,
            works,
            beginnings,
            blobs,
            endings,
        }
    }

    fn store(&self) -> &Store {
        &self.environment.store
    }

    /// [`Store::claim`].
    pub(crate) async fn claim(&self) -> Result<Option<Lease>, StoreError> {
        if let Some(claimed) = self.claims.ask(()).await {
            return Ok(claimed);
        }
        let environment = &self.environment;
        let (token, now_ms) = (environment.ids.next(), environment.clock.now_ms());
        self.store()
            .claim(&environment.worker, &token, environment.lease_ms(), now_ms)
            .await
    }

    /// [`Store::work`].
    pub(crate) async fn work(&self, lease: &Lease) -> Result<Work, StoreError> {
        match self.works.ask(lease.clone()).await {
            Some(work) => Ok(work),
            None => self.store().work(lease).await,
        }
    }

    /// [`Store::begin_attempt`].
    pub(crate) async fn begin(&self, beginning: Beginning) -> Result<StartedAttempt, StoreError> {
        let begun = match self.beginnings.ask(beginning.clone()).await {
            Some(begun) => begun,
            None => self
                .store()
                .begin_attempts(&self.environment.ids, &[beginning])
                .await?
                .pop()
                .flatten(),
        };
        begun.ok_or(StoreError::LeaseLost)
    }

    /// [`Store::announce_blob`].
    pub(crate) async fn announce(&self, lease: &Lease, key: &str) -> Result<(), StoreError> {
        let blob = NewBlob {
            lease: lease.clone(),
            key: key.to_owned(),
        };
        let Some(is_held) = self.blobs.ask(blob).await else {
            let (lease_ms, now_ms) = (self.environment.lease_ms(), self.environment.clock.now_ms());
            return self.store().announce_blob(lease, lease_ms, key, now_ms).await;
        };
        if is_held {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }

    /// [`Store::end_attempt`].
    pub(crate) async fn end(&self, ending: &Ending) -> Result<(), StoreError> {
        let ended = if let Some(ended) = self.endings.ask(ending.clone()).await {
            ended
        } else {
            let alone = std::slice::from_ref(ending);
            self.store().end_attempts(&self.environment.ids, alone).await? == [true]
        };
        if ended { Ok(()) } else { Err(StoreError::LeaseLost) }
    }
}
