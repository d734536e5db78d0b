//! Money for credits: an order becomes a checkout at the payment provider, and what the provider tells becomes credits.
//!
//! Nobody is believed about a payment but the provider: not the address that a buyer comes back to, and a webhook only when it is
//! signed. Without a provider an order is an invoice that who runs the platform marks as paid.

use std::fmt;

use domain::{
    ids::WorkspaceId,
    payment::{self, Checkout, Fact, Package},
};
use payments::{
    Begun, Order,
    stripe::{self, List, Stripe, webhook},
};
use store::{
    purchases::{Joined, NewPurchase, Purchase, Told, Undecided},
    sessions::Standing,
};

use crate::{
    app::App,
    error::{Error, Result},
};

/// The setting that holds what is sold.
pub(crate) const PACKAGES: &str = "packages";
/// What a provider told is asked for again for so long: three days, as long as it tries its webhooks.
const RECONCILE_MS: i64 = 3 * DAY_MS;
const DAY_MS: i64 = 24 * 3_600_000;
/// Things of one kind that it is asked about by their ids in one go.
const ASKED_MAX: u32 = 100;

/// What the provider is asked about by its id until it is decided.
struct Asking {
    of: Undecided,
    list: List,
    /// How long after the purchase. What is told later still counts.
    for_ms: i64,
}

/// An open checkout ends within a day (docs.stripe.com/api/checkout/sessions/create, expires_at), and the slowest ways to pay take about
/// two weeks. A buyer may dispute for four months or so, and the bank then takes months to decide (docs.stripe.com/disputes).
const UNDECIDED: [Asking; 3] = [
    Asking {
        of: Undecided::Checkout,
        list: List::Sessions,
        for_ms: 30 * DAY_MS,
    },
    Asking {
        of: Undecided::Refund,
        list: List::Refunds,
        for_ms: 365 * DAY_MS,
    },
    Asking {
        of: Undecided::Dispute,
        list: List::Disputes,
        for_ms: 365 * DAY_MS,
    },
];

const STRIPE: &str = "stripe";
const INVOICE: &str = "invoice";

/// How this service takes money.
#[derive(Clone, Default)]
pub struct Payments {
    /// The provider; without one, invoices.
    pub stripe: Option<Stripe>,
    /// What signs its webhooks; any of them, so that a new one can be set beside the old.
    pub webhook_secrets: Vec<String>,
}

impl fmt::Debug for Payments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payments")
            .field("stripe", &self.stripe)
            .field("webhook_secrets", &self.webhook_secrets.len())
            .finish()
    }
}

/// What is sold: what the operator set, or what is built in.
pub(crate) async fn packages(app: &App) -> Result<Vec<Package>> {
    let set = app.store.setting_versions(PACKAGES, 1).await?.pop();
    let Some(set) = set else {
        return Ok(payment::packages());
    };
    serde_json::from_value(set.value).map_err(Error::internal)
}

/// Orders a package. At the provider the purchase then says where it is paid.
pub(crate) async fn buy(app: &App, person: &Standing, package: &str) -> Result<Purchase> {
    let packages = packages(app).await?;
    let package = packages.iter().find(|one| one.id == package);
    let package = package.ok_or_else(|| Error::not_found("package"))?;
    let provider = app.config.payments.stripe.as_ref();
    let new = NewPurchase {
        package,
        provider: provider.map_or(INVOICE, |_| STRIPE),
        state: provider.map_or(Checkout::Pending, |_| Checkout::Open),
        created_by: person.user.as_str(),
    };
    let workspace = &person.workspace;
    let purchase = app
        .store
        .add_purchase(&app.ids, workspace, new, app.now_ms())
        .await?;
    let Some(stripe) = provider else {
        return Ok(purchase);
    };
    let customer = app.store.customer(workspace).await?;
    let title = format!("PhotoGen {}, {} credits", package.name, package.credits);
    let back_url = format!("{}/billing?purchase={}", app.config.public_url, purchase.id);
    let order = Order {
        purchase: &purchase.id,
        workspace: workspace.as_str(),
        title: &title,
        price_minor: package.price_minor,
        currency: &package.currency,
        customer: customer.as_deref(),
        email: &person.email,
        back_url: &back_url,
    };
    match begin(app, stripe, workspace, &order).await {
        Ok(begun) => {
            app.store
                .begin_checkout(&purchase.id, &begun.session, &begun.url)
                .await?;
            Ok(Purchase {
                session: Some(begun.session),
                url: Some(begun.url),
                ..purchase
            })
        }
        Err(error) => {
            tracing::error!(%error, purchase = purchase.id, "no checkout could be begun");
            app.store.fail_purchase(&purchase.id, app.now_ms()).await?;
            Err(Error::unavailable(format!(
                "no checkout could be begun: nothing is paid, and the purchase stands as failed. {error}"
            )))
        }
    }
}

/// Begins a checkout: without the customer of before where the provider does not know them any more.
async fn begin(
    app: &App,
    stripe: &Stripe,
    workspace: &WorkspaceId,
    order: &Order<'_>,
) -> std::result::Result<Begun, stripe::Error> {
    let begun = stripe.checkout(order).await;
    let (Err(error), Some(customer)) = (&begun, order.customer) else {
        return begun;
    };
    if !error.is_customer_gone() {
        return begun;
    }
    tracing::warn!(%error, workspace = workspace.as_str(), "the customer of before is forgotten");
    if let Err(error) = app.store.forget_customer(workspace, customer).await {
        // They are forgotten the next time.
        tracing::warn!(?error, "the customer of before was not forgotten");
    }
    let order = Order {
        customer: None,
        ..order.clone()
    };
    stripe.checkout(&order).await
}

/// A purchase as it stands now: while it is not decided, the provider is asked.
pub(crate) async fn as_it_stands(app: &App, purchase: Purchase) -> Result<Purchase> {
    let (Some(stripe), Some(session)) = (&app.config.payments.stripe, &purchase.session) else {
        return Ok(purchase);
    };
    if purchase.checkout() > Checkout::Pending {
        return Ok(purchase);
    }
    match stripe.session(session).await {
        Ok(fact) => join(app, None, Some(&fact)).await?,
        // Its webhook will tell, or the next look.
        Err(error) => tracing::warn!(%error, purchase = purchase.id, "the payment provider was not asked"),
    }
    let workspace = WorkspaceId(purchase.workspace_id.clone());
    let now = app.store.purchase(&workspace, &purchase.id).await?;
    Ok(now.unwrap_or(purchase))
}

/// Takes a webhook of the provider.
pub(crate) async fn told(app: &App, signature: Option<&str>, body: &[u8]) -> Result<()> {
    let now_s = app.now_ms().div_euclid(1000);
    let secrets = &app.config.payments.webhook_secrets;
    let event = webhook::event(secrets, signature, body, now_s).map_err(|refusal| match refusal {
        webhook::Refusal::NotExpected => Error::not_found("address: no payment provider is set up here"),
        refusal => Error::bad_request(refusal.to_string()),
    })?;
    let told = Told {
        event: &event.id,
        kind: &event.kind,
    };
    join(app, Some(told), event.fact.as_ref()).await
}

async fn join(app: &App, told: Option<Told<'_>>, fact: Option<&Fact>) -> Result<()> {
    let joined = app.store.join_payment(&app.ids, told, fact, app.now_ms()).await?;
    if joined == Joined::Odd {
        tracing::error!(
            ?fact,
            "a checkout was paid with another amount than its purchase has: no credits were given"
        );
    }
    Ok(())
}

/// Asks the provider for everything of the last three days, and how stands what it has not decided, and makes up for webhooks that did
/// not come. How many things it told. What it told before a fault stands; the first fault is returned at the end.
pub async fn reconcile(app: &App) -> Result<usize> {
    app.store.take_missing(&app.ids, None, app.now_ms()).await?;
    let Some(stripe) = &app.config.payments.stripe else {
        return Ok(0);
    };
    let since_s = (app.now_ms() - RECONCILE_MS).div_euclid(1000);
    let mut told = 0;
    let mut faults: Vec<stripe::Error> = Vec::new();
    for list in List::ALL {
        let listed = stripe.facts_since(list, since_s).await;
        for fact in &listed.facts {
            join(app, None, Some(fact)).await?;
        }
        told += listed.facts.len();
        faults.extend(listed.fault);
    }
    for asking in &UNDECIDED {
        // Who does not answer is not asked on.
        if matches!(faults.last(), Some(stripe::Error::Away(_))) {
            break;
        }
        let (more, fault) = ask(app, stripe, asking).await?;
        told += more;
        faults.extend(fault);
    }
    match faults.into_iter().next() {
        None => Ok(told),
        Some(fault) => Err(Error::unavailable(fault.to_string())),
    }
}

/// Asks about what is not decided, one by one. How many things were told, and why nothing more was asked.
async fn ask(app: &App, stripe: &Stripe, asking: &Asking) -> Result<(usize, Option<stripe::Error>)> {
    let since_ms = app.now_ms() - asking.for_ms;
    let mut told = 0;
    for id in app.store.undecided(asking.of, since_ms, ASKED_MAX).await? {
        app.store.asked(asking.of, &id, app.now_ms()).await?;
        match stripe.one(asking.list, &id).await {
            Ok(fact) => {
                join(app, None, Some(&fact)).await?;
                told += 1;
            }
            Err(error) if error.is_not_there() => {
                tracing::warn!(%error, id, "the payment provider does not know what it told before");
            }
            Err(error) => return Ok((told, Some(error))),
        }
    }
    Ok((told, None))
}
