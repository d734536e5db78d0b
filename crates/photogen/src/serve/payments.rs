//! How this service takes money, by its settings.

use anyhow::{Context as _, bail, ensure};
use payments::stripe::{BASE_URL, Settings, Stripe};
use web::payments::Payments;

use crate::settings;

/// Stripe where its key is set; invoices by hand where it is not. Beside it, what who serves should be warned of.
pub(super) fn of_settings(public_url: &str) -> anyhow::Result<(Payments, Option<String>)> {
    let secrets = settings::read("STRIPE_WEBHOOK_SECRET").unwrap_or_default();
    let webhook_secrets: Vec<String> = secrets
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|secret| !secret.is_empty())
        .map(str::to_owned)
        .collect();
    let Some(secret_key) = settings::read("STRIPE_SECRET_KEY") else {
        return Ok((Payments::default(), None));
    };
    ensure!(
        !secret_key.starts_with("pk_"),
        "STRIPE_SECRET_KEY is a publishable key (pk_…): set the secret one (sk_…) or a restricted one (rk_…)"
    );
    let warning = webhook_secrets.is_empty().then(|| {
        format!(
            "STRIPE_WEBHOOK_SECRET is not set, so payments are seen within the hour only; make an endpoint for \
             {public_url}/api/billing/webhook in Stripe and set its secret"
        )
    });
    let automatic_tax = match settings::read("STRIPE_AUTOMATIC_TAX").as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => bail!("STRIPE_AUTOMATIC_TAX is `{other}`: use true or false"),
    };
    let stripe = Stripe::new(Settings {
        secret_key,
        base_url: settings::read("STRIPE_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned()),
        automatic_tax,
    });
    let payments = Payments {
        stripe: Some(stripe.context("payments cannot be taken")?),
        webhook_secrets,
    };
    Ok((payments, warning))
}
