//! Traces as a collector gets them: from the call that ordered a picture, through the worker that makes it, to the vendor.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span};
use prost::Message as _;
use serde_json::json;
use testkit::vendor::VendorServer;

use crate::service::{self, Service};

/// A collector that takes spans over HTTP.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Span)>>>);

impl Collector {
    /// Its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    fn named(&self, name: &str) -> Vec<Span> {
        let spans = self.0.lock().unwrap();
        spans
            .iter()
            .filter(|(_, span)| span.name == name)
            .map(|(_, span)| span.clone())
            .collect()
    }
}

async fn take(State(collector): State<Collector>, body: Bytes) {
    let sent = ExportTraceServiceRequest::decode(&*body).unwrap();
    for part in sent.resource_spans {
        let attributes = part.resource.unwrap_or_default().attributes;
        let service = attributes.iter().find(|one| one.key == "service.name");
        let service = format!("{:?}", service.and_then(|one| one.value.clone()));
        let spans = part.scope_spans.into_iter().flat_map(|scope| scope.spans);
        let mut kept = collector.0.lock().unwrap();
        kept.extend(spans.map(|span| (service.clone(), span)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_one_trace_from_the_call_to_the_vendor() {
    let (collector, vendor) = (Collector::default(), VendorServer::start([]));
    let endpoint = collector.start().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OPENAI_API_KEY", "sk-test-1234567890"),
        ("OPENAI_BASE_URL", &*vendor.url),
    ];
    let Some(service) = Service::on_sqlite(&settings) else {
        return;
    };
    let anna = service.register("anna@example.com").await;
    let product = anna.product("TEE1", &service::shirt()).await;
    let order = json!({ "productIds": [product], "poses": ["FRONT"], "engine": "openai" });
    let (status, ordered) = anna.post("/api/generate", &order).await;
    assert_eq!(status, 202, "{ordered}");
    anna.events_until(ordered["shootId"].as_str().unwrap(), "shoot.done")
        .await;
    // What is left is sent at the end.
    service.end_gently();
    let called = collector.named("POST /api/generate").remove(0);
    let made = collector.named("generate").remove(0);
    let asked = collector.named("POST vendor");
    assert_eq!(made.trace_id, called.trace_id);
    assert_eq!(made.parent_span_id, called.span_id);
    assert!(!asked.is_empty());
    for asked in &asked {
        assert_eq!(
            (&asked.trace_id, &asked.parent_span_id),
            (&made.trace_id, &made.span_id)
        );
    }
    let all = format!("{:?}", collector.0.lock().unwrap());
    assert!(all.contains("photogen") && !all.contains("sk-test") && !all.contains("anna@example.com"));
}
