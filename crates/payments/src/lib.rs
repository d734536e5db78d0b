//! Taking money: a checkout at a payment provider, and what the provider tells of it afterwards.
//!
//! Nothing here knows credits or rows: a provider's answers and webhooks become [`domain::payment::Fact`]s, which the store joins.
//! Without a provider purchases are invoiced by hand and marked as paid by who runs the platform.

pub mod stripe;

/// What a buyer is sent to pay for.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// Our id of the purchase; the provider repeats it in all it tells.
    pub purchase: &'a str,
    /// Whose it is.
    pub workspace: &'a str,
    /// What is bought, as the buyer reads it: `PhotoGen Starter, 50 credits`.
    pub title: &'a str,
    /// In the smallest unit.
    pub price_minor: i64,
    /// ISO 4217, lower-case.
    pub currency: &'a str,
    /// The buyer as the provider knows them from before.
    pub customer: Option<&'a str>,
    /// The buyer's address, for one who is new.
    pub email: &'a str,
    /// Where the buyer comes back to, paid or not.
    pub back_url: &'a str,
}

/// A checkout that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The provider's id of it.
    pub session: String,
    /// Where the buyer pays.
    pub url: String,
}
