//! Logs for machines, without personal data, and traces where a collector is named (`OTEL_EXPORTER_OTLP_ENDPOINT`).

use anyhow::Context as _;
use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt as _, TraceState, TracerProvider as _},
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{
    Layer as _, filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::settings;

/// What of this program is traced.
const TRACED: [&str; 5] = ["web", "worker", "engines", "store", "photogen"];
/// Who sends, unless OTEL_SERVICE_NAME says otherwise.
const SERVICE: &str = "photogen";

/// What is sent when the program ends.
pub(super) struct Telemetry(Option<SdkTracerProvider>);

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(provider) = &self.0
            && let Err(error) = provider.shutdown()
        {
            eprintln!("the last traces were not sent: {error}");
        }
    }
}

/// Starts both. To be called before there is a runtime: traces are sent by a thread of their own.
pub(super) fn start(level: tracing::Level) -> anyhow::Result<Telemetry> {
    let provider = settings::read("OTEL_EXPORTER_OTLP_ENDPOINT")
        .or_else(|| settings::read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        .map(|_| provider())
        .transpose()?;
    let logs = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(std::io::stderr)
        .with_filter(LevelFilter::from_level(level));
    let traces = provider.as_ref().map(|provider| {
        let ours = tracing_subscriber::filter::filter_fn(|about| {
            *about.level() <= tracing::Level::INFO
                && TRACED
                    .iter()
                    .any(|name| about.target().split("::").next() == Some(name))
        });
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(SERVICE))
            .with_filter(ours)
    });
    let _ = tracing_subscriber::registry().with(logs).with(traces).try_init();
    Ok(Telemetry(provider))
}

fn provider() -> anyhow::Result<SdkTracerProvider> {
    // The address and headers are read from OTEL_EXPORTER_OTLP_*.
    let exporter = SpanExporter::builder()
        .with_http()
        .build()
        .context("traces cannot be sent: OTEL_EXPORTER_OTLP_ENDPOINT")?;
    let resource = Resource::builder();
    let resource = match settings::read("OTEL_SERVICE_NAME") {
        Some(_) => resource,
        None => resource.with_service_name(SERVICE),
    };
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build())
}

/// The trace of what is done now, as W3C's `traceparent` writes it; none where no traces are collected.
pub(super) fn traceparent() -> Option<String> {
    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| {
        let (trace, span_id, flags) = (span.trace_id(), span.span_id(), span.trace_flags().to_u8());
        format!("00-{trace}-{span_id}-{flags:02x}")
    })
}

/// Lets a span go on with a trace.
pub(super) fn go_on(span: &tracing::Span, traceparent: &str) {
    if let Some(context) = parsed(traceparent) {
        let _ = span.set_parent(Context::new().with_remote_span_context(context));
    }
}

fn parsed(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (Some("00"), trace, span, flags) = (parts.next(), parts.next()?, parts.next()?, parts.next()?) else {
        return None;
    };
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        flags,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn a_trace_is_read_as_it_is_written_and_nothing_else_is_one() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = parsed(text).unwrap();
        assert_eq!(
            format!("00-{}-{}-01", context.trace_id(), context.span_id()),
            text
        );
        for none in [
            "",
            "00-1",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-x-y-01",
        ] {
            assert!(parsed(none).is_none(), "{none}");
        }
    }
}
