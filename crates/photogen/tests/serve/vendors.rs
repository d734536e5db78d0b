//! A service whose engine is a vendor's: it calls back, it is called off, and it is told how it is doing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    database::{Engine, TestDatabase},
    vendor::{Behaviour, CalledBack, VendorServer, WEBHOOK_SECRET},
};

use crate::service::{self, Person, Service};

/// A service that knows this vendor as Replicate.
fn start(vendor: &VendorServer, engine: Engine) -> Option<(TestDatabase, Service)> {
    let database = TestDatabase::new(engine)?;
    let settings = [
        ("REPLICATE_BASE_URL", vendor.url.as_str()),
        ("REPLICATE_API_KEY", "r8-test-1234567890"),
        ("REPLICATE_WEBHOOK_SECRET", WEBHOOK_SECRET),
    ];
    let service = Service::with(&database, engine, &settings)?;
    Some((database, service))
}

async fn ordered(anna: &Person) -> String {
    let product = anna.product("TEE1", &service::shirt()).await;
    let order = json!({
        "productIds": [product], "poses": ["FRONT"], "resolution": "RES_1000", "engine": "replicate",
    });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    ordered["shootId"].as_str().unwrap().to_owned()
}

async fn the_only_picture(anna: &Person, shoot: &str) -> Value {
    let (_, pictures) = anna.get(&format!("/api/generate?shootId={shoot}")).await;
    pictures["items"][0].clone()
}

async fn until(what: &str, is: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_mins(2);
    while !is() {
        assert!(Instant::now() < patience, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One order and one picture, whatever is called back; and what was.
async fn called_back(behaviour: Behaviour) -> Option<(VendorServer, Vec<CalledBack>)> {
    let vendor = VendorServer::start([behaviour]);
    let (_database, service) = start(&vendor, Engine::Sqlite)?;
    let anna = service.register("anna@example.com").await;
    let shoot = ordered(&anna).await;
    anna.events_until(&shoot, "shoot.done").await;
    let picture = the_only_picture(&anna, &shoot).await;
    assert_eq!(picture["status"], "COMPLETED", "{picture}");
    let counts = vendor.counts();
    assert_eq!((counts.orders, counts.files), (1, 1), "one call and one picture");
    let asked = vendor.orders()[0].json.clone().unwrap();
    assert_eq!(asked["webhook_events_filter"], json!(["completed"]));
    assert!(
        asked["webhook"]
            .as_str()
            .unwrap()
            .ends_with("/api/engines/replicate/webhook")
    );
    let calls = vendor.called_back();
    Some((vendor, calls))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_comes_twice_is_one_picture_and_ends_the_wait_at_once() {
    // By then the looks are five seconds apart.
    let Some((vendor, calls)) = called_back(Behaviour::CallsTwice { after_ms: 8_000 }).await else {
        return;
    };
    let ordered = vendor.order_times()[0];
    let fetched = vendor.file_times()[0].duration_since(ordered);
    assert!(fetched < Duration::from_millis(9_500), "{fetched:?}");
    let statuses: Vec<_> = calls.iter().map(|call| (call.is_ours, call.status)).collect();
    assert_eq!(statuses.first(), Some(&(true, 200)));
    until("the second webhook is answered", || {
        vendor.called_back().len() == 2
    })
    .await;
    assert_eq!(calls[0].event, vendor.called_back()[1].event);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_is_refused_and_the_picture_comes_by_asking() {
    let Some((_, calls)) = called_back(Behaviour::CallsForged { after_ms: 1_000 }).await else {
        return;
    };
    assert!(!calls.is_empty());
    assert!(
        calls.iter().all(|call| !call.is_ours && call.status == 401),
        "{calls:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_before_the_row_knows_its_job_is_taken_and_loses_nothing() {
    let Some((_, calls)) = called_back(Behaviour::CallsEarly).await else {
        return;
    };
    assert_eq!(calls.iter().map(|call| call.status).collect::<Vec<_>>(), [200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garment_that_is_not_the_product_s_has_a_heat_map_and_one_that_passes_has_none() {
    let vendor = VendorServer::start([Behaviour::Recoloured]);
    let Some((_database, service)) = start(&vendor, Engine::Sqlite) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let shoot = ordered(&anna).await;
    anna.events_until(&shoot, "shoot.done").await;
    let picture = the_only_picture(&anna, &shoot).await;
    let path = format!("/api/generate/{}", picture["id"].as_str().unwrap());
    let (_, told) = anna.get(&path).await;
    let attempts = told["attempts"].as_array().unwrap();
    assert!(
        attempts.len() > 1 && attempts[0]["outcome"] == "rejected",
        "{told}"
    );
    for attempt in attempts {
        let mut verdicts = attempt["verdicts"].as_array().unwrap().iter();
        let product = verdicts.find(|verdict| verdict["lock"] == "product").unwrap();
        let is_wrong = product["outcome"] == "failed" || product["outcome"] == "doubtful";
        assert_eq!(attempt["heatmapUrl"].is_string(), is_wrong, "{attempt}");
    }
    let (status, file) = anna.bytes(attempts[0]["heatmapUrl"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    let map = image::load_from_memory(&file).unwrap().to_rgba8();
    let side = |name: &str| picture["file"][name].as_f64().unwrap();
    let shape = f64::from(map.width()) / f64::from(map.height());
    assert!(
        (shape / (side("width") / side("height")) - 1.0).abs() < 0.02,
        "{shape}"
    );
    let covers =
        |least: u8| map.pixels().filter(|pixel| pixel[3] >= least).count() as f64 / map.pixels().len() as f64;
    assert!(covers(96) > 0.05, "the garment glows");
    assert!(covers(1) < 0.95, "the ground is clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_shoot_is_called_off_at_the_vendor_and_charged_to_nobody_on_sqlite() {
    cancelled(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_shoot_is_called_off_at_the_vendor_and_charged_to_nobody_on_postgres() {
    cancelled(Engine::Postgres).await;
}

async fn cancelled(engine: Engine) {
    let vendor = VendorServer::start([Behaviour::JobNeverEnds]);
    let Some((_database, service)) = start(&vendor, engine) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let (_, before) = anna.get("/api/billing/balance").await;
    let shoot = ordered(&anna).await;
    until("the vendor has the job", || vendor.counts().polls > 0).await;
    let (status, told) = anna
        .post(&format!("/api/shoots/{shoot}/cancellation"), &json!({}))
        .await;
    assert_eq!(status, 200, "{told}");
    until("the vendor is told", || vendor.called_off() == ["job-1"]).await;
    let picture = the_only_picture(&anna, &shoot).await;
    assert_eq!(picture["status"], "CANCELLED", "{picture}");
    let (_, after) = anna.get("/api/billing/balance").await;
    assert_eq!(before, after, "nothing is charged");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(
        (vendor.counts().orders, vendor.called_off().len()),
        (1, 1),
        "told once, ordered once"
    );
}
