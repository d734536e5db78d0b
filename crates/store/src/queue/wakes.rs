//! Who sleeps is woken when there is something new in the queue: by PostgreSQL's LISTEN and NOTIFY, which reach every process. It
//! is a hint and no more; whoever hears nothing looks now and then.

use sqlx::{AnyConnection, postgres::PgListener};

use crate::{Result, Store};

/// The channel.
const CHANNEL: &str = "photogen_jobs";

/// Tells those who listen that something was put in the queue, once the transaction is committed.
pub(super) async fn tell(tx: &mut AnyConnection) -> Result<()> {
    if tx.backend_name() == "PostgreSQL" {
        sqlx::query("NOTIFY photogen_jobs").execute(tx).await?;
    }
    Ok(())
}

/// Hears of what is put in the queue.
#[derive(Debug)]
pub struct Wakes(PgListener);

impl Wakes {
    /// Waits for the next. A connection that is lost is made again.
    pub async fn next(&mut self) -> Result<()> {
        self.0.recv().await?;
        Ok(())
    }
}

impl Store {
    /// Listens, on a connection of its own; `None` where nobody else could put anything in the queue.
    pub async fn wakes(&self) -> Result<Option<Wakes>> {
        let Some(address) = &self.address else {
            return Ok(None);
        };
        let mut listener = PgListener::connect(&address.0).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Wakes(listener)))
    }
}
