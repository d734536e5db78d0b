//! Secrets of webhooks, which sign what is sent and so cannot be hashes: sealed in the database.

use super::sign::PREFIX;
use crate::{app::App, error::Result};

const PURPOSE: &str = "webhooks";

/// What is written into the database.
pub(crate) fn sealed(app: &App, workspace: &str, secret: &str) -> Result<String> {
    app.config.seals(PURPOSE)?.seal(workspace, secret)
}

/// The secret again; none when the service's own secret was changed and its previous one is not set.
pub(super) fn opened(app: &App, workspace: &str, sealed: &str) -> Option<String> {
    // As versions before sealed ones wrote it.
    if sealed.starts_with(PREFIX) {
        return Some(sealed.to_owned());
    }
    app.config.seals(PURPOSE).ok()?.open(workspace, sealed)
}

/// Seals what lies open or was sealed with an earlier secret.
pub(crate) async fn reseal(app: &App) -> Result<()> {
    let seals = app.config.seals(PURPOSE)?;
    for (id, workspace, before) in app.store.webhook_secrets().await? {
        let anew = if before.starts_with(PREFIX) {
            Some(seals.seal(workspace.as_str(), &before)?)
        } else {
            seals.renewed(workspace.as_str(), &before)?
        };
        if let Some(anew) = anew {
            app.store.reseal_webhook_secret(&id, &before, &anew).await?;
        }
    }
    Ok(())
}
