//! What goes over the wire: the messages of OTLP for traces, as protobuf
//! (<https://github.com/open-telemetry/opentelemetry-proto>, `collector/trace/v1` and `trace/v1`), as far as they are used.
//! A test reads what is written here by the messages that OpenTelemetry generates.

use prost::Message;

use super::span::{self, Value};
use crate::model::trace::Parent;

/// The name of the scope: whose spans they are.
const SCOPE: &str = "gantry";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// `STATUS_CODE_ERROR`.
const FAILED: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct ExportRequest {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(string, tag = "3")]
    trace_state: String,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, repeated, tag = "13")]
    links: Vec<Link>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
    #[prost(fixed32, tag = "16")]
    flags: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Link {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(fixed32, tag = "6")]
    flags: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

/// One of them is there: a `oneof`, which is written as if it were two fields.
#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(string, optional, tag = "1")]
    text: Option<String>,
    #[prost(int64, optional, tag = "3")]
    number: Option<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct ExportAnswer {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_spans: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

/// A request to take these spans of this resource.
pub(super) fn request(resource: &[(String, String)], spans: &[span::Span]) -> Vec<u8> {
    let own = [
        ("service.version", VERSION),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.name", SCOPE),
        ("telemetry.sdk.version", VERSION),
    ];
    let named = |name: &str| resource.iter().any(|(known, _)| known == name);
    let own = own.into_iter().filter(|(name, _)| !named(name));
    let own = own.map(|(name, text)| attribute(name, text.to_owned().into()));
    let given = resource.iter();
    let given = given.map(|(name, text)| attribute(name, text.clone().into()));
    let request = ExportRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: given.chain(own).collect(),
            }),
            scope_spans: vec![ScopeSpans {
                scope: Some(Scope {
                    name: SCOPE.to_owned(),
                    version: VERSION.to_owned(),
                }),
                spans: spans.iter().map(written).collect(),
            }],
        }],
    };
    request.encode_to_vec()
}

/// How many of the spans that were sent a collector has not taken, by its answer, and why.
pub(super) fn rejected(answer: &[u8]) -> (usize, String) {
    let partial = ExportAnswer::decode(answer)
        .ok()
        .and_then(|answer| answer.partial_success);
    let partial = partial.unwrap_or_default();
    let spans = usize::try_from(partial.rejected_spans).unwrap_or(0);
    (spans, partial.error_message)
}

fn written(span: &span::Span) -> Span {
    let parent = span.parent.map(|parent| parent.to_be_bytes().to_vec());
    Span {
        trace_id: span.at.trace.to_be_bytes().to_vec(),
        span_id: span.at.span.to_be_bytes().to_vec(),
        trace_state: span.state.as_ref().map_or("", |state| state.as_str()).to_owned(),
        parent_span_id: parent.unwrap_or_default(),
        name: span.name.to_string(),
        kind: span.kind as i32,
        start_time_unix_nano: span.lasted.0,
        end_time_unix_nano: span.lasted.1.max(span.lasted.0),
        attributes: span
            .attributes
            .iter()
            .map(|(name, value)| attribute(name, value.clone()))
            .collect(),
        links: span.links.iter().map(link).collect(),
        status: span.failed.map(|why| Status {
            message: why.to_owned(),
            code: FAILED,
        }),
        flags: span.at.sampled.into(),
    }
}

fn link(to: &Parent) -> Link {
    Link {
        trace_id: to.trace.to_be_bytes().to_vec(),
        span_id: to.span.to_be_bytes().to_vec(),
        flags: to.sampled.into(),
    }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    let (text, number) = match value {
        Value::Text(text) => (Some(text.into_owned()), None),
        Value::Number(number) => (None, Some(number)),
    };
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { text, number }),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1 as official;
    use opentelemetry_proto::tonic::common::v1::any_value::Value as OfficialValue;
    use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
    use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

    use super::*;
    use crate::model::trace::State;
    use crate::traces::Kind;

    fn parent(span: u64) -> Parent {
        Parent {
            trace: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            span,
            sampled: true,
        }
    }

    #[test]
    fn what_is_written_is_read_by_the_messages_that_opentelemetry_generates() {
        let span = span::Span {
            at: parent(2),
            parent: Some(1),
            state: State::parse(["a=1,b=2"]),
            links: vec![parent(3)],
            name: "deliver crm".into(),
            kind: Kind::Consumer,
            lasted: (5, 9),
            attributes: vec![
                ("gantry.destination", "crm".into()),
                ("gantry.attempt", 2_u32.into()),
            ],
            failed: Some("5xx"),
        };
        let bytes = request(&[("service.name".to_owned(), "launch".to_owned())], &[span]);
        let read = official::ExportTraceServiceRequest::decode(&bytes[..]).unwrap();
        let [resource] = &read.resource_spans[..] else {
            panic!("{read:?}")
        };
        let texts = |attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]| {
            let each = attributes.iter().map(|pair| {
                let value = pair.value.clone().and_then(|value| value.value);
                match value {
                    Some(OfficialValue::StringValue(text)) => (pair.key.clone(), text),
                    Some(OfficialValue::IntValue(number)) => (pair.key.clone(), number.to_string()),
                    other => panic!("{other:?}"),
                }
            });
            each.collect::<Vec<_>>()
        };
        let of_resource = texts(&resource.resource.as_ref().unwrap().attributes);
        assert_eq!(of_resource[0], ("service.name".to_owned(), "launch".to_owned()));
        assert_eq!(of_resource[1], ("service.version".to_owned(), VERSION.to_owned()));
        assert_eq!(resource.scope_spans[0].scope.as_ref().unwrap().name, "gantry");
        let [span] = &resource.scope_spans[0].spans[..] else {
            panic!("{read:?}")
        };
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex(&span.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(hex(&span.span_id), "0000000000000002");
        assert_eq!(hex(&span.parent_span_id), "0000000000000001");
        assert_eq!(
            (span.name.as_str(), span.trace_state.as_str()),
            ("deliver crm", "a=1,b=2")
        );
        assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (5, 9));
        assert_eq!((span.kind(), span.flags), (SpanKind::Consumer, 1));
        assert_eq!(
            (hex(&span.links[0].span_id).as_str(), span.links[0].flags),
            ("0000000000000003", 1)
        );
        let status = span.status.as_ref().unwrap();
        assert_eq!(
            (status.code(), status.message.as_str()),
            (StatusCode::Error, "5xx")
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            texts(&span.attributes),
            [pair("gantry.destination", "crm"), pair("gantry.attempt", "2")]
        );
    }

    #[test]
    fn what_a_collector_did_not_take_is_counted() {
        let answer = official::ExportTraceServiceResponse {
            partial_success: Some(official::ExportTracePartialSuccess {
                rejected_spans: 3,
                error_message: "too old".to_owned(),
            }),
        };
        assert_eq!(rejected(&answer.encode_to_vec()), (3, "too old".to_owned()));
        for nothing in [&b""[..], b"{}", b"<html>"] {
            assert_eq!(rejected(nothing).0, 0);
        }
    }
}
