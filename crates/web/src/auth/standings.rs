//! Who access tokens stand for, remembered for a moment: most calls of a program come one after the other, and the database says the
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

use axum::{extract::Request, http::Method};
use domain::clock::EpochMs;
use store::sessions::Standing;

use crate::{
    app::App,
    error::{Error, Result},
};

/// How long an access token is remembered.
const KEPT_MS: i64 = 1_000;
/// Tokens that are remembered at once; past that all are forgotten.
const TOKENS_MAX: usize = 10_000;
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
    /// Who an access token that was checked stands for, and until when that is believed.
    tokens: HashMap<String, (Arc<Standing>, EpochMs)>,
    /// How often all was forgotten: what was asked before that is not remembered after it.
    forgotten: u64,
}

impl Standings {
    /// Who an access token stands for: its signature, its end and its session are looked at.
    pub(crate) async fn of(&self, app: &App, token: &str, now_ms: EpochMs) -> Result<Arc<Standing>> {
        let alone = app.store.is_alone();
        let forgotten = {
            let known = self.known();
            match known.tokens.get(token) {
                Some((standing, until_ms)) if alone && *until_ms > now_ms => return Ok(Arc::clone(standing)),
                _ => known.forgotten,
            }
        };
        let claims = app.keys.verify(token, now_ms.div_euclid(1000));
        let claims = claims
            .ok_or_else(|| Error::unauthorized("the access token does not hold (any more): refresh it"))?;
        let standing = app.store.standing(&claims.sid, now_ms).await?;
        let standing =
            standing.ok_or_else(|| Error::unauthorized("this session has ended: sign in again"))?;
        let standing = Arc::new(standing);
        if alone {
            let until_ms = (now_ms + KEPT_MS).min(claims.exp * 1000);
            self.keep(token, &standing, until_ms, forgotten);
        }
        Ok(standing)
    }

    fn keep(&self, token: &str, standing: &Arc<Standing>, until_ms: EpochMs, forgotten: u64) {
        let mut known = self.known();
        if known.forgotten != forgotten {
            return;
        }
        if known.tokens.len() >= TOKENS_MAX {
            known.tokens.clear();
        }
        let entry = (Arc::clone(standing), until_ms);
        known.tokens.insert(token.to_owned(), entry);
    }

    /// Forgets everybody: after every call that may have changed who may what.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.tokens.clear();
        known.forgotten += 1;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call cannot change who may what.
pub(crate) fn is_harmless(request: &Request) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    reads || HARMLESS.iter().any(|prefix| path.starts_with(prefix))
}
