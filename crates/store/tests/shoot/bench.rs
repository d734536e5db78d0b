//! A store with a workspace, and what its shoots are made of.

use std::sync::{Arc, atomic::AtomicI64};

use domain::{
    brief::Brief,
    clock::Clock,
    engine::EngineChoice,
    format::Format,
    ids::{ShootId, WorkspaceId},
    manifest::DeliveredFile,
    money::MicroUsd,
    plan::{Asked, plan},
    product::{PhotoRef, Product, View},
    retry::{Attempt, AttemptOutcome},
    shot::Shot,
    verdict::{Outcome, Verdict},
};
use store::{
    Store, StoreError,
    attempts::{Closing, StartedAttempt},
    generations::{AttemptEnd, Delivered},
    ids::Ids,
    queue::Lease,
    shoots::{Order, Origin, Request, Submission, Submitted},
};
use testkit::database::TestDatabase;

use crate::{clock::TestClock, workspace::workspace};

pub(crate) const PRICE: i64 = 3;

pub(crate) fn card() -> domain::engine::EngineCard {
    domain::engine::EngineCard {
        name: domain::engine::EngineName("studio".into()),
        needs_photo_of_view: true,
        price_credits: PRICE,
        ..domain::engine::EngineCard::default()
    }
}

pub(crate) static CLOCK: TestClock = TestClock(AtomicI64::new(1_000_000));

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    pub(crate) workspace: WorkspaceId,
}

impl Bench {
    pub(crate) async fn new(database: &TestDatabase, credits: Option<u32>) -> Self {
        Self::of(database, "w", credits).await
    }

    pub(crate) async fn of(database: &TestDatabase, id: &str, credits: Option<u32>) -> Self {
        let store = Store::connect(&database.url, 4, true).await.unwrap();
        let workspace = workspace(&store, id, credits.is_some()).await;
        let ids = Ids::new(Arc::new(TestClock(AtomicI64::new(1_000_000))));
        if let Some(credits) = credits {
            store
                .grant(&ids, &workspace, credits, CLOCK.now_ms())
                .await
                .unwrap();
        }
        Self {
            store,
            ids,
            workspace,
        }
    }

    pub(crate) async fn submit(
        &self,
        brief: &Brief,
        products: &[Product],
        files_stand: bool,
    ) -> Result<Submitted, StoreError> {
        self.submit_from(Origin::Folder(products), brief, products, files_stand)
            .await
    }

    /// A shoot beside the others, of products that the store has.
    pub(crate) async fn submit_beside(&self, brief: &Brief, products: &[Product]) -> ShootId {
        let mut ids = Vec::new();
        for product in products {
            let found = self.store.product_by_sku(&self.workspace, &product.sku).await;
            ids.push(found.unwrap().unwrap().id);
        }
        let origin = Origin::Catalogue {
            products: &ids,
            request: &Request::default(),
        };
        let submitted = self.submit_from(origin, brief, products, true).await;
        submitted.unwrap().shoot
    }

    pub(crate) async fn submit_from(
        &self,
        origin: Origin<'_>,
        brief: &Brief,
        products: &[Product],
        files_stand: bool,
    ) -> Result<Submitted, StoreError> {
        let card = card();
        let engines = [(EngineChoice::of("studio"), &card)];
        let asked = Asked {
            engines: &engines,
            has_person: false,
            today: domain::clock::day(0),
        };
        let orders: Vec<Order> = plan(brief, products, &asked)
            .into_iter()
            .map(|planned| {
                let shot = Shot {
                    product: products[planned.product].clone(),
                    pose: planned.pose,
                    take: planned.take,
                    seed: planned.seed,
                    person: Vec::new(),
                    brief: brief.clone(),
                };
                Order {
                    product: planned.product,
                    fingerprint: shot.fingerprint("1"),
                    shot,
                    skip: planned.skip,
                }
            })
            .collect();
        let submission = Submission {
            workspace: &self.workspace,
            brief,
            origin,
            orders: &orders,
            price_credits: PRICE,
            attempts_max: 3,
        };
        self.store
            .submit(&self.ids, &submission, &|_| files_stand, CLOCK.now_ms())
            .await
    }

    pub(crate) async fn claim(&self) -> Option<Lease> {
        self.store
            .claim("w1", &self.ids.next(), 60_000, CLOCK.now_ms())
            .await
            .unwrap()
    }

    pub(crate) async fn shoot_of(&self, lease: &Lease) -> ShootId {
        let found = self.store.generation(&lease.workspace, &lease.generation).await;
        found.unwrap().unwrap().shoot
    }

    pub(crate) async fn end(&self, lease: &Lease, end: &AttemptEnd) -> Result<(), StoreError> {
        let attempt = self.begin(lease).await?;
        let verdict = Verdict {
            lock: "product".into(),
            score: Some(0.5),
            threshold: 0.4,
            outcome: Outcome::Passed,
            evidence: serde_json::json!({ "reason": "alike" }),
        };
        let closing = Closing {
            verdicts: vec![verdict],
            ..Closing::of(AttemptOutcome::Done)
        };
        self.store
            .end_attempt(&self.ids, lease, &attempt, &closing, end, CLOCK.now_ms())
            .await
    }

    /// Begins the first try, or takes up what the last one left.
    pub(crate) async fn begin(&self, lease: &Lease) -> Result<StartedAttempt, StoreError> {
        let work = self.store.work(lease).await?;
        self.store
            .begin_attempt(&self.ids, lease, &asked(), &work.left, CLOCK.now_ms())
            .await
    }

    /// Works the queue empty, each picture ending the same way.
    pub(crate) async fn drain(&self, end: &AttemptEnd) -> usize {
        let mut ended = 0;
        while let Some(lease) = self.claim().await {
            self.end(&lease, end).await.unwrap();
            ended += 1;
        }
        ended
    }
}

pub(crate) fn product(sku: &str, views: &[View]) -> Product {
    let photo = |&view: &View| PhotoRef {
        view,
        number: 1,
        source: format!("{sku}_{view}.jpg"),
        sha256: format!("{sku}{view}"),
        side: None,
    };
    Product {
        sku: sku.to_owned(),
        name: None,
        category: domain::category::Category::Unknown,
        colour: None,
        photos: views.iter().map(photo).collect(),
    }
}

/// What every try asks for.
pub(crate) fn asked() -> Attempt {
    Attempt {
        engine: EngineChoice::of("openai"),
        seed: 7,
        strength: None,
        hint: None,
        price: MicroUsd(130_000),
    }
}

pub(crate) fn brief(poses: &str) -> Brief {
    Brief {
        poses: domain::pose::parse_list(poses).unwrap(),
        ..Brief::default()
    }
}

pub(crate) fn completed() -> AttemptEnd {
    completed_at("A/A_front.webp")
}

pub(crate) fn completed_at(path: &str) -> AttemptEnd {
    AttemptEnd::Completed(delivered(path))
}

pub(crate) fn delivered(path: &str) -> Box<Delivered> {
    Box::new(Delivered {
        file: file(path),
        recipe: serde_json::json!({}),
        inputs: vec!["Afront".into()],
        notes: vec![],
        needs_review: false,
    })
}

pub(crate) fn file(path: &str) -> DeliveredFile {
    DeliveredFile {
        path: path.to_owned(),
        bytes: 1,
        sha256: "0".into(),
        width: 1,
        height: 1,
        format: Format::Webp,
        digital_source_type: "x".into(),
        background_deviation: Some(0),
    }
}
