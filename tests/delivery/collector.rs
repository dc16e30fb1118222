//! A collector on 127.0.0.1, which reads what it is sent by the messages that OpenTelemetry generates.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1 as otlp;
use prost::Message;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::until;

/// A span, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty: the trace begins with it.
    pub(crate) parent: String,
    pub(crate) state: String,
    pub(crate) name: String,
    pub(crate) kind: otlp::span::SpanKind,
    pub(crate) lasted: (u64, u64),
    pub(crate) attributes: BTreeMap<String, String>,
    /// The ids of the spans it speaks of.
    pub(crate) links: Vec<String>,
    pub(crate) error: Option<String>,
    /// What is said of the process.
    pub(crate) resource: BTreeMap<String, String>,
}

impl Span {
    pub(crate) fn says(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Listens until it is dropped.
pub(crate) struct Collector(pub(crate) Receiver);

impl Collector {
    /// Takes everything.
    pub(crate) async fn glad() -> Self {
        Self(Receiver::glad().await)
    }

    /// Answers the `n`th request as `script` says.
    pub(crate) async fn start(script: impl Fn(usize, &Got) -> Act + Send + Sync + 'static) -> Self {
        Self(Receiver::start(script).await)
    }

    /// The section that has spans sent to it, with further lines.
    pub(crate) fn config(&self, lines: &str) -> String {
        format!("[telemetry]\notlp_endpoint = \"http://{}\"\n{lines}\n", self.0.at)
    }

    /// Every span it was sent, in their order.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.0.got().iter().flat_map(read).collect()
    }

    /// Waits until those of a trace are as they should be.
    pub(crate) async fn of_trace(&self, trace: &str, whole: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        until(|| async {
            let spans = self.spans().into_iter().filter(|span| span.trace == trace);
            let spans: Vec<Span> = spans.collect();
            whole(&spans).then_some(spans)
        })
        .await
    }
}

/// The spans of one request.
pub(crate) fn read(got: &Got) -> Vec<Span> {
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/v1/traces"));
    assert_eq!(got.header("content-type"), "application/x-protobuf");
    let body = match got.header("content-encoding") {
        "gzip" => {
            let mut body = Vec::new();
            GzDecoder::new(&got.body[..])
                .read_to_end(&mut body)
                .expect("gzip");
            body
        }
        _ => got.body.clone(),
    };
    let request = ExportTraceServiceRequest::decode(&body[..]).expect("a request of OTLP");
    let mut spans = Vec::new();
    for of_resource in request.resource_spans {
        let resource = texts(&of_resource.resource.expect("a resource").attributes);
        let all = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(all.map(|span| seen(&span, &resource)));
    }
    spans
}

fn seen(span: &otlp::Span, resource: &BTreeMap<String, String>) -> Span {
    assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
    assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{span:?}");
    assert_eq!(span.flags & 1, 1, "only what is sampled is told of: {span:?}");
    let status = span.status.clone().unwrap_or_default();
    let failed = status.code() == otlp::status::StatusCode::Error;
    Span {
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        state: span.trace_state.clone(),
        name: span.name.clone(),
        kind: span.kind(),
        lasted: (span.start_time_unix_nano, span.end_time_unix_nano),
        attributes: texts(&span.attributes),
        links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
        error: failed.then_some(status.message),
        resource: resource.clone(),
    }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.clone().and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    attributes
        .iter()
        .map(|pair| (pair.key.clone(), text(pair)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
