//! Credits that people buy: what is sold, and what a payment provider says of a payment.
//!
//! A provider tells things late, twice and in any order. Each thing it tells is a [`Fact`], and facts are joined so that their order
//! does not matter: a state never falls back to an earlier one, and what goes back is computed anew from all that is known.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most credits of one package.
pub const CREDITS_MAX: i64 = 10_000_000;
/// The highest price, in the smallest unit of a currency.
const PRICE_MAX: i64 = 99_999_999;
/// The longest id or name of a package, in characters.
const NAME_MAX: usize = 60;
/// Packages that are offered at once.
pub const PACKAGES_MAX: usize = 24;

/// So many credits for a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Package {
    /// What it is asked for by: `starter`.
    pub id: String,
    /// What people read.
    pub name: String,
    /// Credits.
    pub credits: i64,
    /// In the smallest unit of the currency, as the provider counts it: cents; thousandths of KWD; hundredths of ISK, which has none.
    pub price_minor: i64,
    /// ISO 4217, lower-case: `usd`.
    pub currency: String,
}

/// A package that cannot be sold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PackageError {
    /// Its id is none.
    #[error("the id `{0}` is none: use 1 to 60 of a-z, 0-9 and -")]
    Id(String),
    /// Two have one id.
    #[error("two packages have the id `{0}`")]
    Twice(String),
    /// Its name is empty or too long.
    #[error("`{0}` needs a name of 1 to 60 characters")]
    Name(String),
    /// Too few credits, or too many.
    #[error("`{0}` needs 1 to 10,000,000 credits")]
    Credits(String),
    /// Its price is none.
    #[error("`{0}` needs a price of 1 to 99,999,999 in the smallest unit of its currency (cents)")]
    Price(String),
    /// Its currency is none.
    #[error("`{0}` needs a currency of three small letters, such as usd or eur")]
    Currency(String),
    /// Its price is one that nobody can be charged.
    #[error(
        "the price of `{id}` is counted in {unit} of {currency} and has to be a multiple of {step}, such as {example}"
    )]
    Step {
        /// The package.
        id: String,
        /// hundredths, thousandths.
        unit: &'static str,
        /// ISO 4217, in capitals.
        currency: String,
        /// What it is a multiple of.
        step: i64,
        /// The next price that can be charged.
        example: i64,
    },
    /// More than anybody reads.
    #[error("at most 24 packages are offered")]
    TooMany,
}

impl Package {
    fn check(&self) -> Result<(), PackageError> {
        let id = self.id.clone();
        let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.id.is_empty() || self.id.len() > NAME_MAX || !self.id.chars().all(is_id) {
            return Err(PackageError::Id(id));
        }
        if self.name.trim().is_empty()
            || self.name.chars().count() > NAME_MAX
            || self.name.contains(char::is_control)
        {
            return Err(PackageError::Name(id));
        }
        if !(1..=CREDITS_MAX).contains(&self.credits) {
            return Err(PackageError::Credits(id));
        }
        if !(1..=PRICE_MAX).contains(&self.price_minor) {
            return Err(PackageError::Price(id));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(PackageError::Currency(id));
        }
        self.check_step()
    }

    fn check_step(&self) -> Result<(), PackageError> {
        let unit = unit_of(&self.currency);
        let over = self.price_minor % unit.step;
        if over == 0 {
            return Ok(());
        }
        Err(PackageError::Step {
            id: self.id.clone(),
            unit: unit.name,
            currency: self.currency.to_ascii_uppercase(),
            step: unit.step,
            example: self.price_minor - over + unit.step,
        })
    }
}

/// Checks what an operator wants to sell.
pub fn check_packages(packages: &[Package]) -> Result<(), PackageError> {
    if packages.len() > PACKAGES_MAX {
        return Err(PackageError::TooMany);
    }
    for (at, package) in packages.iter().enumerate() {
        package.check()?;
        if packages[..at].iter().any(|other| other.id == package.id) {
            return Err(PackageError::Twice(package.id.clone()));
        }
    }
    Ok(())
}

/// What is sold until the operator says otherwise.
pub fn packages() -> Vec<Package> {
    let package = |id: &str, name: &str, credits, price_minor| Package {
        id: id.to_owned(),
        name: name.to_owned(),
        credits,
        price_minor,
        currency: "usd".to_owned(),
    };
    vec![
        package("starter", "Starter", 50, 999),
        package("pro", "Pro", 200, 2_999),
        package("enterprise", "Enterprise", 1_000, 9_999),
    ]
}

/// Currencies whose smallest unit is the whole one, as the provider counts them (docs.stripe.com/currencies, zero-decimal).
const WHOLE: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
];
/// Currencies without parts that the provider takes in hundredths all the same: 5 ISK are 500 (docs.stripe.com/currencies, special
/// cases; it names UGX there too, although its list of zero-decimal currencies has it).
const WHOLE_IN_HUNDREDTHS: [&str; 2] = ["isk", "ugx"];
/// Currencies of a thousand parts. Card networks take no single one of them: 5.124 KWD are 5120 or 5130 (docs.stripe.com/currencies,
/// three-decimal).
const THOUSANDTHS: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// What amounts of a currency are counted in.
struct Unit {
    /// What it is called.
    name: &'static str,
    /// So many are a whole one.
    parts: u64,
    /// What can be charged is a multiple of it.
    step: i64,
    /// Digits that people read after the point.
    decimals: usize,
}

fn unit_of(currency: &str) -> Unit {
    let (name, parts, step, decimals) = match currency {
        whole if WHOLE.contains(&whole) => ("whole ones", 1, 1, 0),
        whole if WHOLE_IN_HUNDREDTHS.contains(&whole) => ("hundredths", 100, 100, 0),
        fine if THOUSANDTHS.contains(&fine) => ("thousandths", 1000, 10, 3),
        _ => ("hundredths", 100, 1, 2),
    };
    Unit {
        name,
        parts,
        step,
        decimals,
    }
}

/// An amount as people read it: `9.99 USD`, `1000 JPY`, `5.120 KWD`.
pub fn amount(minor: i64, currency: &str) -> String {
    let unit = unit_of(currency);
    let code = currency.to_ascii_uppercase();
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    let (whole, rest) = (minor / unit.parts, minor % unit.parts);
    match unit.decimals {
        0 if rest == 0 => format!("{sign}{whole} {code}"),
        // A part of a currency that has none: told as it is counted.
        0 => format!("{sign}{whole}.{rest:02} {code}"),
        decimals => format!("{sign}{whole}.{rest:0decimals$} {code}"),
    }
}

/// How a checkout stands. A later one overrules an earlier one, and nothing overrules that it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checkout {
    /// It was ordered; nobody has paid.
    Open,
    /// The buyer is done, the money is under way (a bank transfer, an invoice).
    Pending,
    /// Nobody paid in time.
    Expired,
    /// The money did not come.
    Failed,
    /// The money is there.
    Paid,
}

impl Checkout {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Open, Self::Pending, Self::Expired, Self::Failed, Self::Paid];

    /// As rows and the API have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Paid => "paid",
        }
    }

    /// Of its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How a refund stands. It may still fail after it succeeded, when the buyer's bank sends it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refund {
    /// Under way.
    Pending,
    /// Sent.
    Succeeded,
    /// The money is ours again.
    Failed,
}

/// How a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dispute {
    /// A question of the bank: no money has moved.
    Inquiry,
    /// The money is away until it is decided.
    Open,
    /// The buyer keeps it.
    Lost,
    /// It is ours again.
    Won,
}

/// What a provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Of a checkout.
    Checkout {
        /// The provider's id of it.
        session: String,
        /// Our purchase, which the provider was told.
        purchase: Option<String>,
        /// How it stands.
        state: Checkout,
        /// The payment, once there is one.
        payment: Option<String>,
        /// The buyer, as the provider knows them.
        customer: Option<String>,
        /// What was asked for before taxes, and what was paid.
        subtotal_minor: i64,
        /// With taxes.
        total_minor: i64,
        /// ISO 4217, lower-case.
        currency: String,
    },
    /// Of all refunds of a payment together.
    Refunded {
        /// The payment.
        payment: String,
        /// Everything that was sent back so far, in the smallest unit.
        total_minor: i64,
    },
    /// Of one refund.
    Refund {
        /// The provider's id of it.
        id: String,
        /// The payment.
        payment: String,
        /// In the smallest unit.
        amount_minor: i64,
        /// How it stands.
        state: Refund,
    },
    /// Of one dispute.
    Dispute {
        /// The provider's id of it.
        id: String,
        /// The payment.
        payment: String,
        /// In the smallest unit.
        amount_minor: i64,
        /// How it stands.
        state: Dispute,
    },
}

/// What is known of money that went back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Back {
    /// The most that was told of all refunds together.
    pub refunded_minor: i64,
    /// Refunds that were told one by one and did not fail.
    pub refunds_minor: i64,
    /// Refunds that failed: they may be in the total that was told before.
    pub failed_minor: i64,
    /// Disputes that took money and were not won.
    pub disputed_minor: i64,
}

impl Back {
    /// Credits that go back, of so many that were sold for an amount: the same part as of the money, rounded down; all of them once
    /// all of the money is back.
    pub fn credits(self, sold: i64, paid_minor: i64) -> i64 {
        let refunded = self.refunds_minor.max(self.refunded_minor - self.failed_minor);
        let back = (refunded + self.disputed_minor).clamp(0, paid_minor.max(0));
        if paid_minor <= 0 {
            return 0;
        }
        let part = i128::from(sold) * i128::from(back) / i128::from(paid_minor);
        part as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sold_by_default_can_be_sold() {
        assert_eq!(check_packages(&packages()), Ok(()));
    }

    #[test]
    fn a_package_that_nobody_can_buy_is_refused() {
        let good = &packages()[0];
        let wrong = |change: fn(&mut Package)| {
            let mut package = good.clone();
            change(&mut package);
            check_packages(&[package]).unwrap_err().to_string()
        };
        assert!(wrong(|p| p.id = "Two words".into()).contains("id"));
        assert!(wrong(|p| p.name = " ".into()).contains("name"));
        assert!(wrong(|p| p.credits = 0).contains("credits"));
        assert!(wrong(|p| p.price_minor = 0).contains("price"));
        assert!(wrong(|p| p.currency = "USD".into()).contains("currency"));
        assert_eq!(
            wrong(|p| p.currency = "kwd".into()),
            "the price of `starter` is counted in thousandths of KWD and has to be a multiple of 10, such as 1000"
        );
        assert!(
            wrong(|p| p.currency = "ugx".into())
                .contains("hundredths of UGX and has to be a multiple of 100")
        );
        let twice = check_packages(&[good.clone(), good.clone()]);
        assert_eq!(twice, Err(PackageError::Twice("starter".into())));
    }

    #[test]
    fn a_price_that_can_be_charged_is_taken_in_every_currency() {
        for (currency, price_minor) in [
            ("kwd", 5_120),
            ("isk", 500),
            ("ugx", 3_700_000),
            ("jpy", 7),
            ("eur", 7),
        ] {
            let package = Package {
                price_minor,
                currency: currency.to_owned(),
                ..packages()[0].clone()
            };
            assert_eq!(check_packages(&[package]), Ok(()), "{currency}");
        }
    }

    #[test]
    fn amounts_are_read_in_their_currency() {
        assert_eq!(amount(999, "usd"), "9.99 USD");
        assert_eq!(amount(-5, "eur"), "-0.05 EUR");
        assert_eq!(amount(1_000, "jpy"), "1000 JPY");
        assert_eq!(amount(-7, "jpy"), "-7 JPY");
        assert_eq!(amount(5_120, "kwd"), "5.120 KWD");
        assert_eq!(amount(-50, "tnd"), "-0.050 TND");
        assert_eq!(amount(500, "isk"), "5 ISK");
        assert_eq!(amount(3_700_000, "ugx"), "37000 UGX");
        assert_eq!(amount(550, "ugx"), "5.50 UGX");
    }

    #[test]
    fn credits_go_back_in_step_with_the_money() {
        let refunded = |minor| Back {
            refunded_minor: minor,
            ..Back::default()
        };
        assert_eq!(refunded(0).credits(50, 999), 0);
        assert_eq!(refunded(500).credits(50, 999), 25);
        assert_eq!(refunded(999).credits(50, 999), 50);
        assert_eq!(refunded(5_000).credits(50, 999), 50);
        let both = Back {
            refunds_minor: 999,
            disputed_minor: 999,
            ..Back::default()
        };
        assert_eq!(both.credits(50, 999), 50);
        let failed = Back {
            refunded_minor: 999,
            failed_minor: 999,
            ..Back::default()
        };
        assert_eq!(failed.credits(50, 999), 0);
    }
}
