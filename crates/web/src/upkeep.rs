//! What a service does for itself from time to time: it forgets what has ended and removes its files, moves jobs that ended out of
//! the queue, and asks the payment provider for what its webhooks did not bring.

use store::sweep::{self, Swept};

use crate::{
    app::App,
    error::{Error, Result},
    payments, uploads,
    webhooks::secret,
};

/// Sweeps at once and then again and again, until it is told to stop. Several servers may do so at once.
pub async fn run(app: App, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        if let Err(error) = payments::reconcile(&app).await {
            tracing::warn!(
                detail = error.detail(),
                "the payment provider was not asked; the next time goes on"
            );
        }
        match once(&app).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(rows = swept.rows, blobs = swept.blobs, "swept"),
            Err(error) => tracing::warn!(?error, "not swept; the next time goes on"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(sweep::EVERY) => {}
        }
    }
}

/// One sweep.
pub async fn once(app: &App) -> Result<Swept> {
    uploads::sweep(app).await?;
    secret::reseal(app).await?;
    app.store.forget_keys(app.now_ms()).await?;
    app.store.forget_buckets(app.now_ms()).await?;
    app.store.move_finished_jobs(app.now_ms()).await?;
    let swept = app.store.sweep(&app.ids, &*app.blobs, app.now_ms()).await;
    swept.map_err(Error::internal)
}
