//! A service for one test, and callers of it.

mod client;
mod intake;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{Router, body::Body, http::Request};
use domain::clock::Clock;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use store::{Store, ids::Ids, targets::Targets};
use testkit::database::TestDatabase;
use tower::ServiceExt as _;
use web::{
    App, Config, Parts,
    auth::token::Keys,
    mail::{Letter, Mailer},
    router,
};

pub use client::{Answer, Client, Person};
use intake::{AnyPhoto, Copied};

/// A clock that stands until a test turns it.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Letters that were sent.
#[derive(Default)]
pub struct Letters(std::sync::Mutex<Vec<Letter>>);

impl Mailer for Letters {
    fn send(&self, letter: &Letter) -> Result<(), String> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

/// The service of a test.
pub struct TestApp {
    pub store: Store,
    pub clock: Arc<TestClock>,
    pub letters: Arc<Letters>,
    pub ids: Ids,
    pub app: App,
    pub blobs: Arc<store::blobs::Memory>,
    pub copied: Arc<Copied>,
    pub scratch: tempfile::TempDir,
    router: Router,
    config: Config,
}

impl TestApp {
    pub async fn new(database: &TestDatabase) -> Self {
        Self::with(database, |_| {}).await
    }

    /// A service with other settings.
    pub async fn with(database: &TestDatabase, set: impl FnOnce(&mut Config)) -> Self {
        let store = Store::connect(&database.url, 8, true).await.unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_000_000_000)));
        let blobs = Arc::new(store::blobs::Memory::new(Arc::clone(&clock) as _));
        let scratch = tempfile::tempdir().unwrap();
        let mut config = Config {
            public_url: "http://studio.test".to_owned(),
            scratch: scratch.path().to_owned(),
            calls_per_minute: 10_000,
            sign_ins_per_minute: 10_000,
            registration_open: true,
            credits_at_start: 10,
            retries_max: domain::brief::RETRIES_MAX,
            upload_bytes_max: 50 << 20,
            import_bytes_max: 1 << 30,
            cors_origins: Vec::new(),
            media_secret: b"a secret of thirty-two bytes, or so".to_vec(),
            media_secrets_before: Vec::new(),
            webhooks_to_private_networks: false,
            traceparent: || None,
            key_renewal: store::idempotency::RENEWAL,
            targets: Arc::new(Targets::new(Vec::new(), "memory:", Arc::clone(&clock) as _).unwrap()),
            metrics_token: None,
            payments: web::payments::Payments::default(),
        };
        set(&mut config);
        let letters = Arc::new(Letters::default());
        let copied = Arc::new(Copied::default());
        let app = Self::app(&store, &clock, &blobs, &letters, &copied, &config);
        Self {
            store,
            letters,
            copied,
            ids: Ids::new(Arc::clone(&clock) as _),
            clock,
            blobs,
            router: router(app.clone()),
            app,
            config,
            scratch,
        }
    }

    fn app(
        store: &Store,
        clock: &Arc<TestClock>,
        blobs: &Arc<store::blobs::Memory>,
        letters: &Arc<Letters>,
        copied: &Arc<Copied>,
        config: &Config,
    ) -> App {
        App::new(Parts {
            store: store.clone(),
            blobs: Arc::clone(blobs) as _,
            catalog: crate::studio::catalog(),
            intake: Arc::new(AnyPhoto(Arc::clone(copied))),
            mailer: Arc::clone(letters) as _,
            keys: Keys::from_secrets(&["a secret of thirty-two bytes, or so".to_owned()]).unwrap(),
            clock: Arc::clone(clock) as _,
            ids: Ids::new(Arc::clone(clock) as _),
            config: config.clone(),
            vendors: Arc::new(crate::engines::Signed),
            work: Arc::default(),
        })
    }

    /// The same service as another process would begin it: same rows, blobs and scratch folder, nothing in memory.
    pub fn restart(&mut self) {
        self.app = Self::app(
            &self.store,
            &self.clock,
            &self.blobs,
            &self.letters,
            &self.copied,
            &self.config,
        );
        self.router = router(self.app.clone());
    }

    /// Another server of the same service: same rows and blobs, a scratch folder of its own, nothing in memory.
    pub fn beside(&self) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let config = Config {
            scratch: scratch.path().to_owned(),
            ..self.config.clone()
        };
        let app = Self::app(
            &self.store,
            &self.clock,
            &self.blobs,
            &self.letters,
            &self.copied,
            &config,
        );
        Self {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            letters: Arc::clone(&self.letters),
            ids: Ids::new(Arc::clone(&self.clock) as _),
            blobs: Arc::clone(&self.blobs),
            copied: Arc::clone(&self.copied),
            router: router(app.clone()),
            app,
            scratch,
            config,
        }
    }

    /// The same service with other settings.
    pub fn change(&mut self, set: impl FnOnce(&mut Config)) {
        set(&mut self.config);
        self.restart();
    }

    /// Lets time pass.
    pub fn pass_ms(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Sends a request as it is; the answer, of which nothing is read yet.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Calls without signing in.
    pub fn nobody(&self) -> Client<'_> {
        Client {
            app: self,
            token: None,
        }
    }

    /// Registers somebody, who then owns a workspace.
    pub async fn register(&self, email: &str) -> Person<'_> {
        let body = json!({ "email": email, "password": "a long password" });
        let answer = self.nobody().post("/api/auth/register", &body).await.expect(201);
        Person {
            client: Client {
                app: self,
                token: Some(answer.text("/accessToken")),
            },
            id: answer.text("/user/id"),
            workspace: answer.text("/user/workspaceId"),
            refresh_token: answer.text("/refreshToken"),
        }
    }

    /// Registers somebody who runs the platform.
    pub async fn register_admin(&self, email: &str) -> Person<'_> {
        let person = self.register(email).await;
        let id = domain::ids::UserId(person.id.clone());
        self.store.set_user_admin(&id, true).await.unwrap();
        person
    }

    /// Registers somebody and makes them a member of an owner's workspace, where they then work.
    pub async fn register_member(&self, owner: &Client<'_>, email: &str, role: &str) -> Person<'_> {
        let person = self.register(email).await;
        let body = json!({ "email": email, "role": role });
        owner.post("/api/invitations", &body).await.expect(201);
        let token = json!({ "token": self.mailed_token(email) });
        person.put("/api/auth/invitations", &token).await.expect(200);
        let owners = owner
            .get("/api/auth/profile")
            .await
            .expect(200)
            .text("/workspaceId");
        let enter = format!("/api/auth/workspaces/{owners}");
        person.put(&enter, &json!({})).await.expect(200);
        person
    }

    /// A reviewer of somebody's workspace.
    pub async fn reviewer_of(&self, owner: &Client<'_>) -> Client<'_> {
        let ben = self
            .register_member(owner, "reviewer@example.com", "reviewer")
            .await;
        ben.client
    }

    /// Somebody who registered, in another session: one ends when time passes.
    pub async fn sign_in(&self, email: &str) -> Client<'_> {
        let body = json!({ "email": email, "password": "a long password" });
        let answer = self.nobody().post("/api/auth/login", &body).await.expect(200);
        self.nobody().with_token(&answer.text("/accessToken"))
    }

    /// The last letter to an address.
    pub fn letter_to(&self, to: &str) -> Letter {
        let letters = self.letters.0.lock().unwrap();
        letters.iter().rfind(|letter| letter.to == to).unwrap().clone()
    }

    /// The link of the last letter to an address.
    pub fn mailed_token(&self, to: &str) -> String {
        let letter = self.letter_to(to);
        let (_, rest) = letter.body.split_once("token=").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// How many letters an address has got.
    pub fn letters_to(&self, to: &str) -> usize {
        self.letters
            .0
            .lock()
            .unwrap()
            .iter()
            .filter(|letter| letter.to == to)
            .count()
    }
}
