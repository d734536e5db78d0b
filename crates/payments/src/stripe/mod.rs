//! Stripe: a Checkout Session, its webhooks, and the lists that say the same again.
//!
//! A few calls written by hand. async-stripe's 1.0 is a release candidate, its last stable release is of April 2025, and it adds more to
//! a build than these calls to the code.

mod facts;
pub mod webhook;

use std::{fmt, time::Duration};

use domain::payment::Fact;
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{HeaderMap, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;
use thiserror::Error;

use crate::{Begun, Order};

/// The version of the API whose shapes are read here.
pub const API_VERSION: &str = "2026-10-28.endive";
/// Stripe's own server.
pub const BASE_URL: &str = "https://api.stripe.com";

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Tries of one call; each has the same key, so Stripe does it once.
const TRIES: u32 = 3;
/// The wait after the first try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The most of an answer that is read: a page of a list is well below it.
const ANSWER_MAX: usize = 8 << 20;
/// Things on a page of a list, and the most pages that are read at once.
const PAGE: &str = "100";
const PAGES_MAX: usize = 100;
const ENTRIES_MAX: usize = 100 * PAGES_MAX;

/// Why a call did not work.
#[derive(Debug, Error)]
pub enum Error {
    /// The address of the server is none.
    #[error("STRIPE_BASE_URL is no address: write https://host")]
    BaseUrl,
    /// It did not answer.
    #[error("Stripe does not answer ({0}); try again in a moment")]
    Away(String),
    /// It refused.
    #[error("Stripe refused: {message} (status {status})")]
    Refused {
        /// The status code.
        status: u16,
        /// In its words.
        message: String,
        /// Its word for it, for programs.
        code: Option<String>,
        /// The parameter that it is about.
        param: Option<String>,
    },
    /// There is more than is read at once.
    #[error("Stripe's list {0} goes on after {max} entries: what is older was not read", max = ENTRIES_MAX)]
    TooMany(&'static str),
    /// It answered what nobody understands.
    #[error("Stripe answered something else than was asked: {0}")]
    Strange(&'static str),
}

impl Error {
    /// What was asked for by its id is not there: of another account than the key is of, or gone.
    pub fn is_not_there(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// The customer of an order is not there (any more): deleted, or of another account than the key is of now.
    pub fn is_customer_gone(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), param: Some(param), .. }
            if code == "resource_missing" && param == "customer")
    }
}

/// What Stripe lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Checkouts.
    Sessions,
    /// Money that was sent back.
    Refunds,
    /// Money that a bank asks for back.
    Disputes,
}

impl List {
    /// Every list.
    pub const ALL: [Self; 3] = [Self::Sessions, Self::Refunds, Self::Disputes];

    fn path(self) -> &'static str {
        match self {
            Self::Sessions => "/v1/checkout/sessions",
            Self::Refunds => "/v1/refunds",
            Self::Disputes => "/v1/disputes",
        }
    }
}

/// What a list told.
#[derive(Debug)]
pub struct Listed {
    /// Everything up to its end, or to where it broke off.
    pub facts: Vec<Fact>,
    /// Why it broke off; none: it was read to its end.
    pub fault: Option<Error>,
}

/// How Stripe is reached.
#[derive(Clone)]
pub struct Settings {
    /// The secret key: `sk_…` or a restricted `rk_…`.
    pub secret_key: String,
    /// Stripe's server, or one that stands in for it.
    pub base_url: String,
    /// Stripe works out taxes.
    pub automatic_tax: bool,
}

/// Calls Stripe.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    settings: Settings,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe")
            .field("base_url", &self.settings.base_url)
            .finish_non_exhaustive()
    }
}

impl Stripe {
    /// With these settings.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        // Harmless when the program has already chosen its TLS provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base_url = settings.base_url.trim_end_matches('/').to_owned();
        let url = reqwest::Url::parse(&base_url).map_err(|_| Error::BaseUrl)?;
        if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(Error::BaseUrl);
        }
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("PhotoGen/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Away(error.without_url().to_string()))?;
        Ok(Self {
            client,
            settings: Settings { base_url, ..settings },
        })
    }

    /// Begins a checkout. Called twice for one purchase and customer it is one checkout; for another customer it is another call, for
    /// Stripe answers a key as it answered it first, refusals too.
    pub async fn checkout(&self, order: &Order<'_>) -> Result<Begun, Error> {
        let form = self.checkout_form(order);
        let key = format!("photogen-{}-{}", order.purchase, order.customer.unwrap_or("new"));
        let session = self
            .call(|| {
                self.request(Method::POST, "/v1/checkout/sessions")
                    .header("idempotency-key", &key)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(form.clone())
            })
            .await?;
        let text = |name: &str| session[name].as_str().map(str::to_owned);
        Ok(Begun {
            session: text("id").ok_or(Error::Strange("a session without an id"))?,
            url: text("url").ok_or(Error::Strange("a session without an address"))?,
        })
    }

    fn checkout_form(&self, order: &Order<'_>) -> String {
        let price = order.price_minor.to_string();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([
            ("mode", "payment"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", order.currency),
            ("line_items[0][price_data][unit_amount]", &price),
            ("line_items[0][price_data][product_data][name]", order.title),
            ("client_reference_id", order.purchase),
            ("metadata[purchase_id]", order.purchase),
            ("metadata[workspace_id]", order.workspace),
            ("payment_intent_data[metadata][purchase_id]", order.purchase),
            ("invoice_creation[enabled]", "true"),
            ("success_url", order.back_url),
            ("cancel_url", order.back_url),
        ]);
        match order.customer {
            Some(customer) => form.append_pair("customer", customer),
            None => form.extend_pairs([("customer_creation", "always"), ("customer_email", order.email)]),
        };
        if self.settings.automatic_tax {
            form.append_pair("automatic_tax[enabled]", "true");
            if order.customer.is_some() {
                form.append_pair("customer_update[address]", "auto");
            }
        }
        form.finish()
    }

    /// How a checkout stands now.
    pub async fn session(&self, id: &str) -> Result<Fact, Error> {
        self.one(List::Sessions, id).await
    }

    /// How one thing of a list stands now, by its id.
    pub async fn one(&self, list: List, id: &str) -> Result<Fact, Error> {
        let path = format!("{}/{}", list.path(), encoded(id));
        let thing = self.call(|| self.request(Method::GET, &path)).await?;
        facts::of_object(&thing).ok_or(Error::Strange("another thing than was asked for"))
    }

    /// Where the invoice of a paid checkout is read; none where there is none.
    pub async fn invoice_url(&self, session: &str) -> Result<Option<String>, Error> {
        let path = format!("/v1/checkout/sessions/{}?expand%5B%5D=invoice", encoded(session));
        let session = self.call(|| self.request(Method::GET, &path)).await?;
        let url = session["invoice"]["hosted_invoice_url"].as_str();
        Ok(url.filter(|url| url.starts_with("http")).map(str::to_owned))
    }

    /// Everything of a list that began since a second of the epoch. What was read before a fault is told with it.
    pub async fn facts_since(&self, list: List, since_s: i64) -> Listed {
        let mut facts = Vec::new();
        let fault = self.pages(list.path(), since_s, &mut facts).await.err();
        Listed { facts, fault }
    }

    async fn pages(&self, list: &'static str, since_s: i64, all: &mut Vec<Fact>) -> Result<(), Error> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let path = format!("{list}?{}", page_query(since_s, after.as_deref()));
            let page = self.call(|| self.request(Method::GET, &path)).await?;
            let things = page["data"]
                .as_array()
                .ok_or(Error::Strange("a list without data"))?;
            all.extend(things.iter().filter_map(facts::of_object));
            after = things
                .last()
                .and_then(|last| Some(last["id"].as_str()?.to_owned()));
            if page["has_more"] != Value::Bool(true) || after.is_none() {
                return Ok(());
            }
        }
        Err(Error::TooMany(list))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.settings.base_url))
            .bearer_auth(&self.settings.secret_key)
            .header("stripe-version", API_VERSION)
    }

    /// Makes a call, again where that may help.
    async fn call(&self, request: impl Fn() -> RequestBuilder) -> Result<Value, Error> {
        let mut wait = FIRST_WAIT;
        for tries in 1.. {
            let (fault, again) = match request().send().await {
                Ok(response) if response.status().is_success() => return read(response).await,
                Ok(response) => {
                    let again = may_try_again(response.status(), response.headers());
                    (refusal(response).await, again)
                }
                Err(error) => (Error::Away(error.without_url().to_string()), true),
            };
            if !again || tries >= TRIES {
                return Err(fault);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        Err(Error::Strange("no answer"))
    }
}

fn page_query(since_s: i64, after: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([("limit", PAGE), ("created[gte]", &since_s.to_string())]);
    if let Some(after) = after {
        query.append_pair("starting_after", after);
    }
    query.finish()
}

/// As Stripe's own libraries decide it.
fn may_try_again(status: StatusCode, headers: &HeaderMap) -> bool {
    let told = headers.get("stripe-should-retry").map(HeaderValue::as_bytes);
    match told {
        Some(b"true") => true,
        Some(b"false") => false,
        _ => {
            matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS) || status.is_server_error()
        }
    }
}

async fn refusal(response: Response) -> Error {
    let status = response.status().as_u16();
    let body = read(response).await.unwrap_or_default();
    let text = |name: &str| body["error"][name].as_str().map(str::to_owned);
    Error::Refused {
        status,
        message: text("message").unwrap_or_else(|| "without a reason".to_owned()),
        code: text("code"),
        param: text("param"),
    }
}

async fn read(mut response: Response) -> Result<Value, Error> {
    let mut body = Vec::new();
    loop {
        let part = response.chunk().await;
        match part.map_err(|error| Error::Away(error.without_url().to_string()))? {
            None => break,
            Some(part) if body.len() + part.len() <= ANSWER_MAX => body.extend_from_slice(&part),
            Some(_) => return Err(Error::Strange("an answer without end")),
        }
    }
    serde_json::from_slice(&body).map_err(|_| Error::Strange("no JSON"))
}

fn encoded(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}
