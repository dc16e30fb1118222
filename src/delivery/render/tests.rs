//! Requests as they are made of events.

use super::*;
use crate::model::event::{EventId, Fingerprint, Priority};
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::model::trace::State;
use crate::template::Format;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

fn event(payload: &str, traceparent: Option<&str>) -> Event {
    Event {
        id: EventId::parse("01938f5e-2c00-7000-8000-000000000001").unwrap(),
        kind: EventType::parse("LEAD \"CAPTURE\"").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse("k-1").unwrap(),
        payload: payload.to_owned(),
        fingerprint: Fingerprint([0; 32]),
        priority: Priority::default(),
        trace: traceparent
            .and_then(Parent::parse)
            .map(|parent| Trace { parent, state: None }),
        created_at: Millis(1_796_112_000_000),
        expires_at: None,
    }
}

fn template(text: &str, format: Format) -> Template {
    Template::compile(text, format, &NAMES).unwrap()
}

fn blueprint(body: Option<&str>) -> Blueprint {
    Blueprint {
        method: Method::POST,
        url: "https://crm.example/hooks".parse().unwrap(),
        target: None,
        headers: HeaderMap::new(),
        header_templates: Vec::new(),
        body: body.map_or(Content::Event, |text| {
            Content::Template(Box::new(template(text, Format::Json)))
        }),
        timeout: Duration::from_secs(10),
    }
}

fn request(blueprint: &Blueprint, event: &Event, attempt: u32) -> Result<Request, RenderError> {
    let delivery = event.id.delivery(0);
    let scheduled_at = Millis(1_796_112_060_000);
    render(
        blueprint,
        &Subject {
            delivery,
            attempt,
            scheduled_at,
            event,
        },
    )
}

#[test]
fn by_default_the_whole_event_is_sent_and_its_payload_to_the_letter() {
    let payload = r#"{"z":1,"a":[12345678901234567890123,1.10,{}]}"#;
    let request = request(&blueprint(None), &event(payload, None), 1).unwrap();
    let expected = format!(
        "{}{payload}{}",
        r#"{"id":"01938f5e-2c00-7000-8000-000000000001","type":"LEAD \"CAPTURE\"","source":"web","idempotencyKey":"k-1","payload":"#,
        r#","scheduledAt":"2026-12-01T08:01:00.000Z","createdAt":"2026-12-01T08:00:00.000Z"}"#
    );
    assert_eq!(request.body, expected);
    assert_eq!(request.headers.get("content-type").unwrap(), "application/json");
    let members: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert!(NAMES.iter().all(|name| members.get(name).is_some()));
}

#[test]
fn a_template_sees_every_name_of_the_event() {
    let all = NAMES.map(|name| format!("{{{{ {name} | tojson }}}}")).join(",");
    let blueprint = blueprint(Some(&format!("[{all}]")));
    let made = request(&blueprint, &event(r#"{"a":1}"#, None), 1).unwrap();
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let expected = serde_json::json!([
        "01938f5e-2c00-7000-8000-000000000001", "LEAD \"CAPTURE\"", "web", "k-1", { "a": 1 },
        "2026-12-01T08:01:00.000Z", "2026-12-01T08:00:00.000Z",
    ]);
    assert_eq!(made, expected);
}

#[test]
fn an_event_the_template_does_not_fit_is_not_sent() {
    let blueprint = blueprint(Some("{{ payload.email | tojson }}"));
    let error = request(&blueprint, &event("{}", None), 1).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the body's template, line 1: undefined"),
        "{error}"
    );
    assert_eq!(
        request(&blueprint, &event("{", None), 1).unwrap_err(),
        RenderError::Payload
    );
}

#[test]
fn every_attempt_has_the_same_ids_and_a_span_of_its_own() {
    let event = event("{}", None);
    let attempts = [1, 2].map(|attempt| request(&blueprint(None), &event, attempt).unwrap());
    let [first, second] = &attempts;
    assert_eq!(first.body, second.body);
    let id = event.id.delivery(0).to_string();
    for attempt in &attempts {
        assert_eq!(attempt.headers.get("x-request-id").unwrap(), id.as_str());
        assert_eq!(attempt.headers.get("idempotency-key").unwrap(), id.as_str());
    }
    let trace = |request: &Request| {
        request
            .headers
            .get("traceparent")
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_ne!(trace(first), trace(second));
    assert!(
        trace(first).starts_with("00-01938f5e2c0070008000000000000001-"),
        "{}",
        trace(first)
    );
    assert!(Parent::parse(&trace(first)).is_some());
}

#[test]
fn the_trace_an_event_came_with_goes_on() {
    let headers = request(&blueprint(None), &event("{}", Some(TRACE)), 1)
        .unwrap()
        .headers;
    let made = headers.get("traceparent").unwrap().to_str().unwrap();
    assert!(
        made.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && made.ends_with("-00"),
        "{made}"
    );
    assert!(!made.contains("00f067aa0ba902b7"), "{made}");
    assert_eq!(headers.get("tracestate"), None);
    let state = State::parse(["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"]);
    let event = Event {
        trace: Parent::parse(TRACE).map(|parent| Trace { parent, state }),
        ..event("{}", None)
    };
    let made = request(&blueprint(None), &event, 1).unwrap();
    assert_eq!(
        made.headers["tracestate"],
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
    );
}

#[test]
fn configured_headers_win_but_for_the_deliverys_own() {
    let mut blueprint = blueprint(None);
    for (name, value) in [
        ("content-type", "application/cloudevents+json"),
        ("authorization", "Bearer x"),
        ("idempotency-key", "mine"),
    ] {
        blueprint.headers.insert(name, value.parse().unwrap());
    }
    let made = request(&blueprint, &event("{}", None), 1).unwrap().headers;
    assert_eq!(made.get("content-type").unwrap(), "application/cloudevents+json");
    assert_eq!(made.get("authorization").unwrap(), "Bearer x");
    assert_ne!(made.get("idempotency-key").unwrap(), "mine");
    assert_eq!(made.len(), 5);
}

#[test]
fn a_message_of_standard_webhooks_holds_the_payload_to_the_letter() {
    let blueprint = Blueprint {
        body: Content::Webhook,
        ..blueprint(None)
    };
    let made = request(&blueprint, &event(r#"{"n":12345678901234567890123}"#, None), 1).unwrap();
    let expected = r#"{"type":"LEAD \"CAPTURE\"","timestamp":"2026-12-01T08:00:00.000Z","data":{"n":12345678901234567890123}}"#;
    assert_eq!(made.body, expected);
}

#[test]
fn path_query_and_headers_are_made_of_the_event_and_the_origin_is_not() {
    let note = (
        HeaderName::from_static("x-note"),
        template("of {{ payload.name }}", Format::Line),
    );
    let blueprint = Blueprint {
        url: "https://crm.example:8443/".parse().unwrap(),
        target: Some(template(
            "/v1/{{ payload.id }}/notes?of={{ source }}&x={{ payload.id }}",
            Format::Target,
        )),
        header_templates: vec![note],
        ..blueprint(None)
    };
    let made = |id: &str, name: &str| {
        let payload = serde_json::json!({ "id": id, "name": name }).to_string();
        request(&blueprint, &event(&payload, None), 1)
    };
    let plain = made("7", "Zoë").unwrap();
    assert_eq!(
        plain.url.as_str(),
        "https://crm.example:8443/v1/7/notes?of=web&x=7"
    );
    assert_eq!(
        plain.headers.get("x-note").unwrap().as_bytes(),
        "of Zoë".as_bytes()
    );
    for nasty in [
        "../../admin",
        "a/b?c#d",
        "@evil.example/",
        "//evil.example",
        "\\evil",
        "a\r\nHost: e",
    ] {
        let url = made(nasty, "Ann").unwrap().url;
        assert_eq!(
            &url[..url::Position::BeforePath],
            "https://crm.example:8443",
            "{nasty}"
        );
        assert_eq!(url.path_segments().unwrap().count(), 3, "{nasty}: {url}");
    }
    let error = made("..", "Ann").unwrap_err().to_string();
    assert!(
        error.starts_with("the url's template, line 1: the result has a segment"),
        "{error}"
    );
    let error = made("7", "Ann\r\nX-Evil: 1").unwrap_err().to_string();
    assert!(
        error.starts_with("the header x-note's template, line 1:") && error.contains("line break"),
        "{error}"
    );
}
