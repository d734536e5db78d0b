//! Who sessions stand for, remembered for a moment: most calls of a program come one after the other, and the database says the
//! same each time.
//!
//! Only where no other server can change it: with SQLite, whose one server this is. Every change of who may what comes through
//! this server's requests and clears all that is remembered before its answer is sent; one from the command line (`photogen admin
//! disable`) is seen within [`KEPT_MS`]. With PostgreSQL every call asks the database, so that a person who is disabled on one
//! server is out on all of them at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use domain::clock::EpochMs;
use store::sessions::Standing;

use crate::{app::App, error::Result};

/// How long a session is remembered.
const KEPT_MS: i64 = 1_000;
/// Sessions that are remembered at once; past that all are forgotten.
const SESSIONS_MAX: usize = 10_000;
/// What changes nothing of who may what, and is called often.
const HARMLESS: [&str; 8] = [
    "/api/generate",
    "/api/generations",
    "/api/reviews",
    "/api/shoots",
    "/api/products",
    "/api/projects",
    "/api/models",
    "/api/uploads",
];

/// What is remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standings(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    sessions: HashMap<String, (Standing, EpochMs)>,
    /// How often all was forgotten: what was asked before that is not remembered after it.
    forgotten: u64,
}

impl Standings {
    /// Who a session stands for.
    pub(crate) async fn of(&self, app: &App, session: &str, now_ms: EpochMs) -> Result<Option<Standing>> {
        if !app.store.is_alone() {
            return Ok(app.store.standing(session, now_ms).await?);
        }
        let forgotten = {
            let known = self.known();
            match known.sessions.get(session) {
                Some((standing, until_ms)) if *until_ms > now_ms => return Ok(Some(standing.clone())),
                _ => known.forgotten,
            }
        };
        let standing = app.store.standing(session, now_ms).await?;
        let mut known = self.known();
        if let Some(standing) = &standing
            && known.forgotten == forgotten
        {
            if known.sessions.len() >= SESSIONS_MAX {
                known.sessions.clear();
            }
            known
                .sessions
                .insert(session.to_owned(), (standing.clone(), now_ms + KEPT_MS));
        }
        Ok(standing)
    }

    fn forget(&self) {
        let mut known = self.known();
        known.sessions.clear();
        known.forgotten += 1;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets what is remembered after every call that may have changed it.
pub(crate) async fn forget(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    let harmless = reads || HARMLESS.iter().any(|prefix| path.starts_with(prefix));
    let response = next.run(request).await;
    if !harmless {
        app.standings().forget();
    }
    response
}
