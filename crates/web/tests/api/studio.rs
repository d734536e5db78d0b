//! A catalogue of engines for tests, things to shoot, and a worker that is played by hand.

use domain::{
    engine::{EngineCard, EngineChoice, EngineName, PictureQuality, Preset, References},
    format::Format,
    manifest::DeliveredFile,
    money::MicroUsd,
    retry::{Attempt, AttemptOutcome},
    verdict::{Outcome, Verdict},
};
use serde_json::{Value, json};
use store::{
    attempts::Closing,
    generations::{AttemptEnd, Delivered},
    queue::Lease,
};
use web::catalog::{Catalog, EngineEntry};

use crate::app::{Answer, Client, TestApp};

/// An engine on this machine, a vendor that dresses people, and one whose key is missing.
pub fn catalog() -> Catalog {
    let entry = |card: EngineCard, not_set_up: Option<&str>| EngineEntry {
        card,
        not_set_up: not_set_up.map(str::to_owned),
        revision: "1".to_owned(),
    };
    let studio = EngineCard {
        name: EngineName("studio".to_owned()),
        local: true,
        packshot: true,
        needs_photo_of_view: true,
        price_credits: 1,
        ..EngineCard::default()
    };
    let model = r#"{ "id": "m", "sizes": { "rule": "like_input" }, "price_usd": { "medium": 0.2 } }"#;
    let dresser = EngineCard {
        name: EngineName("dresser".to_owned()),
        summary: "OpenAI Images: reads many photos, dresses a person, keeps prints well".to_owned(),
        on_model: true,
        packshot: true,
        references: References {
            max: 8,
            bytes_max: 1 << 20,
            side_max: 2048,
            people: true,
        },
        price_credits: 3,
        models: vec![serde_json::from_str(model).unwrap()],
        ..EngineCard::default()
    };
    let keyless = EngineCard {
        name: EngineName("keyless".to_owned()),
        ..dresser.clone()
    };
    let preset = |name: &str, engine: &str, fallbacks: &[&str]| Preset {
        name: name.to_owned().into(),
        summary: String::new(),
        engine: EngineChoice::of(engine),
        fallbacks: fallbacks.iter().copied().map(EngineChoice::of).collect(),
        quality: PictureQuality::Medium,
    };
    Catalog {
        engines: vec![
            entry(studio, None),
            entry(dresser, None),
            entry(keyless, Some("set KEYLESS_API_KEY")),
        ],
        presets: vec![
            preset("LOCAL", "studio", &[]),
            preset("BALANCED", "dresser", &["keyless"]),
        ],
        locks: ["product", "identity"].map(str::to_owned).to_vec(),
        imaging_revision: "1".to_owned(),
    }
}

impl Client<'_> {
    /// A project.
    pub async fn project(&self, name: &str) -> String {
        let made = self.post("/api/projects", &json!({ "name": name })).await;
        made.expect(201).text("/id")
    }

    /// A product with a photo of each view.
    pub async fn product(&self, sku: &str, project: Option<&str>, views: &[&str]) -> String {
        let body = json!({ "sku": sku, "projectId": project });
        let id = self.post("/api/products", &body).await.expect(201).text("/id");
        for view in views {
            let path = format!("/api/products/{id}/photos/{view}?name={sku}_{view}.jpg");
            self.file("PUT", &path, format!("photo of {sku} {view}").as_bytes())
                .await
                .expect(200);
        }
        id
    }

    /// A person with a photo who agreed to be shown.
    pub async fn model(&self, name: &str) -> String {
        let id = self
            .post("/api/models", &json!({ "name": name }))
            .await
            .expect(201)
            .text("/id");
        let photos = format!("/api/models/{id}/photos");
        self.file("POST", &photos, name.as_bytes()).await.expect(201);
        let consent = json!({ "scope": "web shop" });
        self.put(&format!("/api/models/{id}/consent"), &consent)
            .await
            .expect(200);
        id
    }

    /// Orders pictures; the shoot.
    pub async fn shoot(&self, body: &Value) -> String {
        self.post("/api/generate", body)
            .await
            .expect(202)
            .text("/shootId")
    }

    /// The pictures of a shoot, the oldest first.
    pub async fn pictures(&self, shoot: &str) -> Vec<Value> {
        let path = format!("/api/generate?shootId={shoot}&limit=200");
        let page = self.get(&path).await.expect(200);
        let mut items = page.body["items"].as_array().unwrap().clone();
        items.reverse();
        items
    }

    /// What can be spent.
    pub async fn credits(&self) -> i64 {
        let profile = self.get("/api/auth/profile").await.expect(200);
        let workspace = domain::ids::WorkspaceId(profile.text("/workspaceId"));
        let balance = self.app.store.balance(&workspace).await;
        balance.unwrap().available
    }

    /// Sends a file.
    pub async fn file(&self, method: &str, path: &str, bytes: &[u8]) -> Answer {
        let method = method.parse().unwrap();
        self.raw(method, path, &[], bytes.to_vec()).await
    }
}

/// Why the played worker's check sends a picture back.
pub const SENT_BACK: &str = "product lock: this garment, but the print at the top left is missing or garbled";

/// How a picture of a played worker ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// Delivered.
    Done,
    /// Delivered, and for a person to look at.
    Doubtful,
    /// A lock said no.
    Rejected,
    /// It cannot be made.
    Failed,
}

impl TestApp {
    /// Claims the next picture that is due.
    pub async fn claim(&self) -> Option<Lease> {
        let now_ms = domain::clock::Clock::now_ms(&*self.clock);
        self.store
            .claim("w1", &self.ids.next(), 60_000, now_ms)
            .await
            .unwrap()
    }

    /// Ends a picture.
    pub async fn end(&self, lease: &Lease, end: End) {
        let now_ms = domain::clock::Clock::now_ms(&*self.clock);
        let asked = Attempt {
            engine: EngineChoice::of("studio"),
            seed: 7,
            strength: None,
            hint: None,
            price: MicroUsd(130_000),
        };
        let work = self.store.work(lease).await.unwrap();
        let attempt = self
            .store
            .begin_attempt(&self.ids, lease, &asked, &work.left, now_ms)
            .await
            .unwrap();
        let (score, outcome, attempt_outcome) = match end {
            End::Done => (0.9, Outcome::Passed, AttemptOutcome::Done),
            End::Doubtful => (0.5, Outcome::Doubtful, AttemptOutcome::Done),
            End::Rejected => (0.2, Outcome::Failed, AttemptOutcome::Rejected),
            End::Failed => (0.2, Outcome::Failed, AttemptOutcome::Failed),
        };
        let verdict = Verdict {
            lock: "product".to_owned(),
            score: Some(score),
            threshold: 0.6,
            outcome,
            evidence: json!({ "reason": "the same garment (98 % sure), and no fault was found" }),
        };
        let is_rejected = matches!(end, End::Rejected);
        let folder = if is_rejected { "candidates" } else { "pictures" };
        let file = DeliveredFile {
            path: format!("{folder}/{}/{}.webp", lease.workspace, lease.generation),
            bytes: 5,
            sha256: "0".repeat(64),
            width: 1500,
            height: 1500,
            format: Format::Webp,
            digital_source_type: "compositeWithTrainedAlgorithmicMedia".to_owned(),
            background_deviation: Some(0),
        };
        store::blobs::Blobs::put(&*self.blobs, &file.path, (&b"12345"[..]).into())
            .await
            .unwrap();
        let heatmap = matches!(end, End::Doubtful | End::Rejected)
            .then(|| format!("heatmaps/{}/{}.webp", lease.workspace, lease.generation));
        if let Some(key) = &heatmap {
            store::blobs::Blobs::put(&*self.blobs, key, (&b"warm"[..]).into())
                .await
                .unwrap();
        }
        let delivered = Box::new(Delivered {
            recipe: json!({ "engine": "studio" }),
            inputs: Vec::new(),
            notes: Vec::new(),
            needs_review: matches!(end, End::Doubtful),
            file,
        });
        let closing = Closing {
            cost: MicroUsd(130_000),
            verdicts: vec![verdict],
            candidate: is_rejected.then(|| delivered.file.clone()),
            made: is_rejected.then(|| delivered.clone()),
            heatmap,
            ..Closing::of(attempt_outcome)
        };
        let end = match end {
            End::Done | End::Doubtful => AttemptEnd::Completed(delivered),
            End::Rejected => AttemptEnd::Rejected(SENT_BACK.to_owned()),
            End::Failed => AttemptEnd::Failed("the vendor says it is done and sends no picture".to_owned()),
        };
        self.store
            .end_attempt(&self.ids, lease, &attempt, &closing, &end, now_ms)
            .await
            .unwrap();
    }

    /// Works the queue empty. How many pictures ended.
    pub async fn work(&self, end: End) -> usize {
        let mut ended = 0;
        while let Some(lease) = self.claim().await {
            self.end(&lease, end).await;
            ended += 1;
        }
        ended
    }
}
