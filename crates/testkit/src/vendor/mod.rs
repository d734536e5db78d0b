//! A vendor's server for tests: speaks every dialect, makes pictures from what it is sent, misbehaves on command, and
//! counts every call.

mod asked;
mod calls_back;
mod comfyui;
mod dialect;
mod fashn;
mod form;
mod openai;
mod pictures;
mod replicate;
mod stability;

use std::{
    collections::{HashMap, VecDeque},
    mem,
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::http::{self, Incoming, read};
pub use asked::Order;
pub use calls_back::{CalledBack, WEBHOOK_SECRET};
use dialect::{Answer, Call, Dialect, Trouble};
pub use form::Field;

/// The languages, by the paths they use.
const ALL: &[&dyn Dialect] = &[
    &openai::OpenAi,
    &stability::Stability,
    &replicate::Replicate,
    &fashn::Fashn,
    &comfyui::Comfyui,
];

/// What the server does with the next order for a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// A picture of the product it was sent.
    Well,
    /// 429 with the wait it asks for, where its vendor tells one.
    TooMany {
        /// The wait it asks for.
        retry_after_ms: u64,
    },
    /// 500.
    Error500,
    /// 503 with a page of HTML, as proxies send it.
    ProxyPage,
    /// 504 of a gateway that got no answer: the vendor may be at work all the same.
    GatewayTimeout,
    /// 400 whose words repeat the key that was sent.
    RepeatsKey,
    /// Says nothing for longer than anybody waits, then hangs up.
    Silent,
    /// A good picture, so late.
    Slow {
        /// How late.
        after_ms: u64,
    },
    /// Half of a good answer, then the connection is cut.
    CutStream,
    /// The vendor's rules forbid it.
    Moderation,
    /// Done, and no picture.
    Empty,
    /// HTML where a PNG should be.
    HtmlAsPng,
    /// A picture of one pixel.
    OnePixel,
    /// A picture that stops in the middle.
    HalfPng,
    /// A PNG whose size is no size.
    NoSize,
    /// The first of a moving picture.
    Animated,
    /// A TIFF of ten pages.
    TenPages,
    /// 401.
    Unauthorised,
    /// An empty account.
    NoCredit,
    /// A picture whose prints have melted.
    Garbled,
    /// A picture, its colours turned.
    Recoloured,
    /// A picture with a person in it that nobody gave.
    WrongPerson,
    /// A finished picture whose address leads nowhere any more.
    ExpiredUrl,
    /// A job that fails.
    JobFails,
    /// A job that never ends.
    JobNeverEnds,
    /// A job that nobody knows of any more when it is asked after.
    JobLost,
    /// A job that is done so late, and a webhook that comes twice.
    CallsTwice {
        /// How late.
        after_ms: u64,
    },
    /// A job that is done so late, and webhooks that somebody else signed.
    CallsForged {
        /// How late.
        after_ms: u64,
    },
    /// A webhook before the order is answered; the job is done by then.
    CallsEarly,
}

/// Every way in which an order can go, by the name that `photogen bench vendor --fault` takes.
pub const NAMED: [(&str, Behaviour); 28] = [
    ("well", Behaviour::Well),
    ("too-many", Behaviour::TooMany { retry_after_ms: 300 }),
    ("error-500", Behaviour::Error500),
    ("proxy-page", Behaviour::ProxyPage),
    ("gateway-timeout", Behaviour::GatewayTimeout),
    ("repeats-key", Behaviour::RepeatsKey),
    ("silent", Behaviour::Silent),
    ("slow", Behaviour::Slow { after_ms: 20_000 }),
    ("cut-stream", Behaviour::CutStream),
    ("moderation", Behaviour::Moderation),
    ("empty", Behaviour::Empty),
    ("html-as-png", Behaviour::HtmlAsPng),
    ("one-pixel", Behaviour::OnePixel),
    ("half-png", Behaviour::HalfPng),
    ("no-size", Behaviour::NoSize),
    ("animated", Behaviour::Animated),
    ("ten-pages", Behaviour::TenPages),
    ("unauthorised", Behaviour::Unauthorised),
    ("no-credit", Behaviour::NoCredit),
    ("garbled", Behaviour::Garbled),
    ("recoloured", Behaviour::Recoloured),
    ("wrong-person", Behaviour::WrongPerson),
    ("expired-url", Behaviour::ExpiredUrl),
    ("job-fails", Behaviour::JobFails),
    ("job-never-ends", Behaviour::JobNeverEnds),
    ("job-lost", Behaviour::JobLost),
    ("calls-twice", Behaviour::CallsTwice { after_ms: 2_000 }),
    ("calls-forged", Behaviour::CallsForged { after_ms: 2_000 }),
];

impl Behaviour {
    /// The behaviour of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        let found = NAMED.iter().find(|(known, _)| *known == name);
        found.map(|(_, behaviour)| behaviour.clone())
    }

    /// How late a job is done.
    fn after(&self) -> Duration {
        match self {
            Self::Slow { after_ms } | Self::CallsTwice { after_ms } | Self::CallsForged { after_ms } => {
                Duration::from_millis(*after_ms)
            }
            _ => Duration::ZERO,
        }
    }
}

/// How often each kind of call came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// For a picture.
    pub orders: usize,
    /// After a job.
    pub polls: usize,
    /// Jobs that were asked after at all.
    pub jobs_polled: usize,
    /// To end a job.
    pub cancels: usize,
    /// Of a file for a later order.
    pub uploads: usize,
    /// For a finished file.
    pub files: usize,
}

/// A running server; it ends with the test.
pub struct VendorServer {
    /// Its address, without a slash at the end.
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// A job that was taken.
struct Job {
    order: Order,
    behaviour: Behaviour,
    since: Instant,
    is_polled: bool,
    is_called_off: bool,
}

#[derive(Default)]
struct State {
    base: String,
    next: VecDeque<Behaviour>,
    orders: Vec<Order>,
    met: Vec<Behaviour>,
    order_times: Vec<Instant>,
    counts: Counts,
    uploads: HashMap<String, Vec<u8>>,
    jobs: HashMap<String, Job>,
    files: Vec<Vec<u8>>,
    called_back: Vec<CalledBack>,
    called_off: Vec<String>,
    file_times: Vec<Instant>,
}

impl VendorServer {
    /// Starts it on a free port; it does what is listed, one order after the other, and after that behaves well.
    ///
    /// # Panics
    /// If no port is free.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn start(behaviours: impl IntoIterator<Item = Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            base: url.clone(),
            next: behaviours.into_iter().collect(),
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &shared));
            }
        });
        Self { url, state }
    }

    /// Every order for a picture so far.
    pub fn orders(&self) -> Vec<Order> {
        lock(&self.state).orders.clone()
    }

    /// The seed of each of them, and what it met.
    pub fn seeds_and_met(&self) -> Vec<(Option<u64>, Behaviour)> {
        let state = lock(&self.state);
        let seeds = state.orders.iter().map(|order| order.seed);
        seeds.zip(state.met.iter().cloned()).collect()
    }

    /// When each of them came.
    pub fn order_times(&self) -> Vec<Instant> {
        lock(&self.state).order_times.clone()
    }

    /// Every webhook that was sent so far, and how it was answered.
    pub fn called_back(&self) -> Vec<CalledBack> {
        lock(&self.state).called_back.clone()
    }

    /// The jobs that were called off so far, as often as they were.
    pub fn called_off(&self) -> Vec<String> {
        lock(&self.state).called_off.clone()
    }

    /// When each finished file was fetched.
    pub fn file_times(&self) -> Vec<Instant> {
        lock(&self.state).file_times.clone()
    }

    /// How often each kind of call came so far.
    pub fn counts(&self) -> Counts {
        lock(&self.state).counts
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(stream: &TcpStream, answer: &Answer) {
    http::answer(stream, answer.status, &answer.headers, &answer.body);
}

/// One connection, one request.
fn serve(stream: &TcpStream, state: &Arc<Mutex<State>>) {
    let Some(incoming) = read(stream) else { return };
    let mut words = incoming.line.split(' ');
    let (method, path) = (
        words.next().unwrap_or_default().to_owned(),
        words.next().unwrap_or_default().to_owned(),
    );
    let delivered = || dialect::file_number(&path).map(|call| (ALL[0], call));
    let known = ALL
        .iter()
        .find_map(|dialect| dialect.route(&method, &path).map(|call| (*dialect, call)));
    let Some((dialect, call)) = known.or_else(delivered) else {
        return send(stream, &ALL[0].trouble(&Trouble::Unknown));
    };
    match call {
        Call::Probe => http::answer(stream, 200, &[], b"{}"),
        Call::Upload => send(stream, &upload(dialect, &incoming, &mut lock(state))),
        Call::Queue => {
            let state = lock(state);
            let open = state.jobs.iter().filter(|(_, job)| !job.is_called_off);
            let ids: Vec<String> = open.map(|(id, _)| id.clone()).collect();
            send(stream, &dialect.running(&ids));
        }
        Call::Order => order(stream, dialect, &incoming, state),
        Call::Poll(id) => {
            let answer = poll(dialect, &id, &mut lock(state));
            send(stream, &answer);
        }
        Call::Cancel(id) => {
            let id = if id.is_empty() { named(&incoming) } else { id };
            let mut state = lock(state);
            state.counts.cancels += 1;
            if let Some(job) = state.jobs.get_mut(&id) {
                // A server that takes a job out of its queue does not stop the one that runs.
                job.is_called_off = !incoming.line.starts_with("POST /queue ");
            }
            state.called_off.push(id.clone());
            send(stream, &dialect.working(&id));
        }
        Call::File(number) => {
            let mut state = lock(state);
            state.counts.files += 1;
            state.file_times.push(Instant::now());
            let file = state.files.get(number).filter(|file| !file.is_empty());
            let answer = file.map_or_else(
                || dialect.trouble(&Trouble::Unknown),
                |file| Answer::file(file.clone()),
            );
            send(stream, &answer);
        }
    }
}

/// The job that a body names.
fn named(incoming: &Incoming) -> String {
    let body: serde_json::Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
    let id = body["prompt_id"].as_str().or_else(|| body["delete"][0].as_str());
    id.unwrap_or_default().to_owned()
}

fn upload(dialect: &dyn Dialect, incoming: &Incoming, state: &mut State) -> Answer {
    state.counts.uploads += 1;
    let content_type = incoming.header("content-type").unwrap_or_default();
    let fields = form::fields(content_type, &incoming.body);
    let Some(file) = fields.into_iter().find(|field| field.file_name.is_some()) else {
        return dialect.trouble(&Trouble::Unknown);
    };
    let name = file.file_name.unwrap_or_default();
    let (name, answer) = dialect.stored(&state.base, state.counts.uploads, &name);
    state.uploads.insert(name, file.bytes);
    answer
}

fn order(stream: &TcpStream, dialect: &dyn Dialect, incoming: &Incoming, state: &Arc<Mutex<State>>) {
    let (order, behaviour, id) = {
        let mut state = lock(state);
        let order = Order::read(incoming, &state.uploads);
        state.orders.push(order.clone());
        state.order_times.push(Instant::now());
        state.counts.orders += 1;
        let behaviour = state.next.pop_front().unwrap_or(Behaviour::Well);
        state.met.push(behaviour.clone());
        (order, behaviour, format!("job-{}", state.counts.orders))
    };
    let trouble = match &behaviour {
        Behaviour::TooMany { retry_after_ms } => Some(Trouble::TooMany(*retry_after_ms)),
        Behaviour::Error500 => Some(Trouble::Broke),
        Behaviour::Unauthorised => Some(Trouble::Key),
        Behaviour::NoCredit => Some(Trouble::Credit),
        _ => None,
    };
    if let Some(trouble) = trouble {
        return send(stream, &dialect.trouble(&trouble));
    }
    match &behaviour {
        Behaviour::ProxyPage => {
            let html = [("content-type", "text/html".to_owned())];
            return http::answer(stream, 503, &html, b"<html>busy</html>");
        }
        Behaviour::GatewayTimeout => {
            let html = [("content-type", "text/html".to_owned())];
            return http::answer(stream, 504, &html, b"<html>timeout</html>");
        }
        Behaviour::RepeatsKey => {
            let sent = order.authorization.clone().unwrap_or_default();
            let words = format!(r#"{{"error":{{"message":"not this: {sent}","code":"invalid_value"}}}}"#);
            return http::answer(stream, 400, &[], words.as_bytes());
        }
        Behaviour::Silent => return thread::sleep(Duration::from_secs(30)),
        Behaviour::Slow { after_ms } if !dialect.is_job(&order) => {
            thread::sleep(Duration::from_millis(*after_ms));
        }
        _ => {}
    }
    let answer = if dialect.is_job(&order) {
        let webhook = order.webhook.clone();
        let job = Job {
            order,
            behaviour: behaviour.clone(),
            since: Instant::now(),
            is_polled: false,
            is_called_off: false,
        };
        lock(state).jobs.insert(id.clone(), job);
        if let Some(url) = webhook {
            calls_back::call(state, &url, &id, &behaviour);
        }
        dialect.taken(&id)
    } else {
        end(dialect, &id, &order, &behaviour, &mut lock(state))
    };
    if behaviour == Behaviour::CutStream {
        http::half(stream, &answer.body);
    } else {
        send(stream, &answer);
    }
}

fn poll(dialect: &dyn Dialect, id: &str, state: &mut State) -> Answer {
    state.counts.polls += 1;
    let Some(mut job) = state.jobs.remove(id) else {
        return dialect.trouble(&Trouble::Unknown);
    };
    if !mem::replace(&mut job.is_polled, true) {
        state.counts.jobs_polled += 1;
    }
    let answer = match &job.behaviour {
        Behaviour::JobLost => dialect.trouble(&Trouble::Unknown),
        _ if job.is_called_off => dialect.called_off(id),
        Behaviour::JobNeverEnds => dialect.working(id),
        behaviour if job.since.elapsed() < behaviour.after() => dialect.working(id),
        behaviour => end(dialect, id, &job.order, behaviour, state),
    };
    state.jobs.insert(id.to_owned(), job);
    answer
}

/// How an order ends.
fn end(dialect: &dyn Dialect, id: &str, order: &Order, behaviour: &Behaviour, state: &mut State) -> Answer {
    let file = match behaviour {
        Behaviour::Moderation => return dialect.refused(id),
        Behaviour::JobFails => return dialect.failed(id),
        Behaviour::Empty => return dialect.done(id, &state.base, order, None),
        Behaviour::ExpiredUrl => Vec::new(),
        behaviour => pictures::file(order, behaviour),
    };
    state.files.push(file);
    let number = state.files.len() - 1;
    let made = (number, state.files[number].as_slice());
    dialect.done(id, &state.base, order, Some(made))
}
