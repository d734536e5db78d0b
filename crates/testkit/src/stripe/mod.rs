//! Stripe's part of a payment, for tests and trials: checkout sessions, their pay page, refunds, disputes, lists and signed webhooks.
//!
//! It keeps what it is told and refuses what Stripe would: parameters that its published OpenAPI does not have, a key that is used for
//! another call, sessions and customers that are not there. No money moves.

mod books;
mod form;
mod page;

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, SystemTime},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http;
use books::{Books, Refusal};

/// What its webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_stand_in";
/// Tries of a webhook that was not answered well.
const TRIES: u32 = 5;

/// An event, as it was or would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its body, which is signed.
    pub body: String,
}

/// The server. Its threads end with the process.
#[derive(Clone, Debug)]
pub struct StripeServer {
    /// Where it is: `STRIPE_BASE_URL`.
    pub url: String,
    books: Arc<Mutex<Books>>,
}

impl StripeServer {
    /// Starts it on a free port. Its webhooks go to an address, or nowhere.
    pub fn start(webhooks_to: Option<String>) -> std::io::Result<Self> {
        Self::start_at(0, webhooks_to)
    }

    /// Starts it on this port; 0 is a free one.
    pub fn start_at(port: u16, webhooks_to: Option<String>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let url = format!("http://{}", listener.local_addr()?);
        let books = Books::new(url.clone(), webhooks_to);
        let server = Self {
            url,
            books: Arc::new(Mutex::new(books)),
        };
        let own = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.serve(&stream));
            }
        });
        Ok(server)
    }

    /// Every event so far, in the order in which things happened.
    pub fn events(&self) -> Vec<Event> {
        self.books().events.clone()
    }

    /// Calls that were made, by method and path.
    pub fn calls(&self) -> Vec<String> {
        self.books().calls.clone()
    }

    /// The next calls are answered with this status, one each.
    pub fn fail_next(&self, status: u16, times: usize) {
        self.books().faults = vec![status; times];
    }

    /// Calls of a path are answered with this status from now on.
    pub fn break_at(&self, path: &str, status: u16) {
        self.books().broken.push((path.to_owned(), status));
    }

    /// What was broken works again.
    pub fn mend(&self) {
        self.books().broken.clear();
    }

    /// Every list goes on and on from now on.
    pub fn lists_never_end(&self) {
        self.books().endless = true;
    }

    /// Everything so far happened long ago: no list of what is new has it.
    pub fn grow_old(&self) {
        self.books().grow_old();
    }

    /// No customer is known any more: they were deleted, or another account answers.
    pub fn forget_customers(&self) {
        self.books().customers.clear();
    }

    /// The buyer pays at once.
    pub fn pay(&self, session: &str) {
        self.happens(|books| books.pay(session));
    }

    /// The buyer is done; the money is under way.
    pub fn pay_later(&self, session: &str) {
        self.happens(|books| books.pay_later(session));
    }

    /// The money that was under way is there, or will not come.
    pub fn money(&self, session: &str, comes: bool) {
        self.happens(|books| books.money(session, comes));
    }

    /// Nobody paid in time.
    pub fn expire(&self, session: &str) {
        self.happens(|books| books.expire(session));
    }

    /// So much goes back to the buyer. The refund's id.
    pub fn refund(&self, session: &str, amount: i64) -> Option<String> {
        self.happens(|books| books.refund(session, amount, "succeeded"))
    }

    /// So much goes back to the buyer, and is under way. The refund's id.
    pub fn refund_later(&self, session: &str, amount: i64) -> Option<String> {
        self.happens(|books| books.refund(session, amount, "pending"))
    }

    /// The buyer's bank sends a refund back.
    pub fn refund_fails(&self, refund: &str) {
        self.happens(|books| books.refund_fails(refund));
    }

    /// The buyer's bank asks for all of it back. The dispute's id.
    pub fn dispute(&self, session: &str) -> Option<String> {
        self.happens(|books| books.dispute(session, "needs_response"))
    }

    /// The buyer's bank asks what the payment was for; no money moves. The dispute's id.
    pub fn inquire(&self, session: &str) -> Option<String> {
        self.happens(|books| books.dispute(session, "warning_needs_response"))
    }

    /// An inquiry becomes a dispute: the money is away.
    pub fn escalate(&self, dispute: &str) {
        let kinds = ["charge.dispute.updated", "charge.dispute.funds_withdrawn"];
        self.happens(|books| books.dispute_is(dispute, "needs_response", &kinds));
    }

    /// An inquiry ends without one.
    pub fn close_inquiry(&self, dispute: &str) {
        self.happens(|books| books.dispute_is(dispute, "warning_closed", &["charge.dispute.closed"]));
    }

    /// A dispute is decided.
    pub fn close_dispute(&self, dispute: &str, won: bool) {
        let status = if won { "won" } else { "lost" };
        self.happens(|books| books.dispute_is(dispute, status, &["charge.dispute.closed"]));
    }

    /// Lets something happen, and tells of it.
    fn happens<T>(&self, what: impl FnOnce(&mut Books) -> T) -> T {
        let (came, events, to) = {
            let mut books = self.books();
            let before = books.events.len();
            let came = what(&mut books);
            (came, books.events[before..].to_vec(), books.webhooks_to.clone())
        };
        if let Some(to) = to {
            thread::spawn(move || {
                for event in events {
                    deliver(&to, &event);
                }
            });
        }
        came
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, stream: &TcpStream) {
        let Some(incoming) = http::read(stream) else {
            return;
        };
        let mut words = incoming.line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if let Some(session) = path.strip_prefix("/pay/") {
            return self.pay_page(stream, method, session, &incoming.body);
        }
        self.books().calls.push(format!("{method} {path}"));
        let fault = self.books().fault(path);
        let answer = match fault {
            Some(status) => Err(Refusal::new(status, "it does not work now")),
            None if !has_key(&incoming) => Err(Refusal::new(401, "You did not provide an API key.")),
            None => self.books().call(method, path, query, &incoming),
        };
        let (status, body) = match answer {
            Ok(body) => (200, body),
            Err(refusal) => (refusal.status, refusal.body()),
        };
        http::answer(stream, status, &[], body.to_string().as_bytes());
    }

    fn pay_page(&self, stream: &TcpStream, method: &str, session: &str, body: &[u8]) {
        let Some(known) = self.books().session(session) else {
            return http::answer(stream, 404, &[], b"{}");
        };
        if method != "POST" {
            let kind = ("content-type", "text/html; charset=utf-8".to_owned());
            return http::answer(stream, 200, &[kind], page::of(&known).as_bytes());
        }
        let how = String::from_utf8_lossy(body).into_owned();
        let total = known["amount_total"].as_i64().unwrap_or(0);
        match how.as_str() {
            "how=now" => self.pay(session),
            "how=later" => self.pay_later(session),
            "how=comes" => self.money(session, true),
            "how=fails" => self.money(session, false),
            "how=refund" => drop(self.refund(session, total)),
            "how=half" => drop(self.refund(session, total / 2)),
            "how=dispute" => drop(self.dispute(session)),
            _ => {}
        }
        let own = format!("/pay/{session}");
        let location = match how.as_str() {
            "how=now" | "how=later" => known["success_url"].as_str(),
            "how=not" => known["cancel_url"].as_str(),
            _ => None,
        };
        let location = ("location", location.unwrap_or(&own).to_owned());
        http::answer(stream, 303, &[location], b"");
    }
}

fn has_key(incoming: &http::Incoming) -> bool {
    let key = incoming.header("authorization").unwrap_or_default();
    key.starts_with("Bearer sk_") || key.starts_with("Bearer rk_")
}

/// Seconds since the epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is a program of its own, with its own clock"
)]
fn now_s() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// What `Stripe-Signature` holds of a body that was signed at a second of the epoch.
pub fn signed(secret: &str, at_s: u64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new(); // HMAC takes keys of any length.
    };
    mac.update(format!("{at_s}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let mut header = format!("t={at_s},v1=");
    for byte in bytes {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

/// Sends an event, again while it is not answered well.
fn deliver(to: &str, event: &Event) {
    for tries in 1..=TRIES {
        if post(to, &event.body).is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        thread::sleep(Duration::from_millis(200) * tries);
    }
}

/// The status of the answer.
fn post(url: &str, body: &str) -> Option<u16> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let signature = signed(WEBHOOK_SECRET, now_s(), body);
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = format!(
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n\
         stripe-signature: {signature}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// A list of the API, the newest first.
fn list(things: Vec<Value>, query: &str) -> Value {
    let asked = form::pairs(query);
    let get = |name: &str| {
        asked
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let since: u64 = get("created[gte]")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let limit: usize = get("limit").and_then(|text| text.parse().ok()).unwrap_or(10);
    let mut rest: Vec<Value> = things
        .into_iter()
        .rev()
        .filter(|thing| thing["created"].as_u64().unwrap_or(0) >= since)
        .collect();
    if let Some(after) = get("starting_after") {
        let at = rest.iter().position(|thing| thing["id"] == after);
        rest.drain(..at.map_or(0, |at| at + 1));
    }
    let more = rest.len() > limit;
    rest.truncate(limit);
    json!({ "object": "list", "data": rest, "has_more": more, "url": "/v1" })
}
