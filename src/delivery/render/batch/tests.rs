//! Requests as they are made of several events.

use std::time::Duration;

use http::{HeaderMap, Method};

use super::*;
use crate::model::delivery::Event;
use crate::model::event::{EventId, Fingerprint, Priority};
use crate::model::ids::{EventType, IdempotencyKey, Source};
use crate::model::time::Millis;
use crate::template::{Format, Limits, Template};

fn event(n: u128, payload: &str) -> Event {
    Event {
        id: EventId((0x0193_8f5e_2c00_7000_8000 << 48) | (n << 16)),
        kind: EventType::parse("LEAD_CAPTURE").unwrap(),
        source: Source::parse("web").unwrap(),
        key: IdempotencyKey::parse(&format!("k-{n}")).unwrap(),
        payload: payload.to_owned(),
        fingerprint: Fingerprint([0; 32]),
        priority: Priority::default(),
        trace: None,
        created_at: Millis(1_796_112_000_000),
        expires_at: None,
    }
}

fn blueprint(body: Option<&str>) -> Blueprint {
    let compiled = |text| {
        let limits = Limits::of_several(BATCH_BYTES_MAX);
        Template::compile_within(text, Format::Json, (&BATCH_NAMES, limits)).unwrap()
    };
    Blueprint {
        method: Method::POST,
        url: "https://crm.example/hooks".parse().unwrap(),
        target: None,
        headers: HeaderMap::new(),
        header_templates: Vec::new(),
        body: body.map_or(Content::Event, |text| Content::Template(Box::new(compiled(text)))),
        timeout: Duration::from_secs(10),
    }
}

fn packed(blueprint: &Blueprint, events: &[Event]) -> Packed {
    let subjects = events.iter().map(|event| Subject {
        delivery: event.id.delivery(0),
        attempt: 1,
        scheduled_at: Millis(1_796_112_060_000),
        event,
    });
    pack(blueprint, &subjects.collect::<Vec<_>>())
}

fn sent(packed: &Packed) -> (serde_json::Value, Vec<usize>) {
    let (request, positions) = packed.call.as_ref().expect("a request");
    (serde_json::from_slice(&request.body).unwrap(), positions.clone())
}

#[test]
fn by_default_the_whole_events_are_sent_as_a_list_with_their_deliveries() {
    let payload = r#"{"n":12345678901234567890123}"#;
    let packed = packed(&blueprint(None), &[event(1, payload), event(2, "{}")]);
    let (request, positions) = packed.call.unwrap();
    let of = |n: u8, payload| {
        let id = format!("01938f5e-2c00-7000-8000-0000000{n}");
        format!(
            r#"{{"deliveryId":"{id}0001","id":"{id}0000","type":"LEAD_CAPTURE","source":"web","idempotencyKey":"k-{n}","payload":{payload},"scheduledAt":"2026-12-01T08:01:00.000Z","createdAt":"2026-12-01T08:00:00.000Z"}}"#
        )
    };
    assert_eq!(request.body, format!("[{},{}]", of(1, payload), of(2, "{}")));
    assert_eq!(positions, [0, 1]);
    assert!(packed.unfit.is_empty());
}

#[test]
fn a_template_sees_the_events_their_deliveries_and_how_many_there_are() {
    let text = r#"{"n": {{ count }}, "of": [{% for e in events %}
        [{{ e.payload.email | tojson }}, {{ e.deliveryId | tojson }}, {{ e.type | tojson }}]
        {%- if not loop.last %},{% endif %}{% endfor %}]}"#;
    let events = [event(1, r#"{"email":"a\"b"}"#), event(2, r#"{"email":null}"#)];
    let (body, _) = sent(&packed(&blueprint(Some(text)), &events));
    let ids = events.each_ref().map(|event| event.id.delivery(0).to_string());
    let expected = serde_json::json!({
        "n": 2, "of": [["a\"b", ids[0], "LEAD_CAPTURE"], [null, ids[1], "LEAD_CAPTURE"]],
    });
    assert_eq!(body, expected);
}

#[test]
fn one_event_that_does_not_fit_stays_and_the_others_go() {
    let text =
        "[{% for e in events %}{{ e.payload.email | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]";
    let mut events: Vec<Event> = (0..40).map(|n| event(n, r#"{"email":"a"}"#)).collect();
    events[7].payload = "{}".to_owned();
    events[9].payload = "{".to_owned();
    let packed = packed(&blueprint(Some(text)), &events);
    let (body, positions) = sent(&packed);
    assert_eq!(body.as_array().map(Vec::len), Some(38));
    assert!(!positions.contains(&7) && !positions.contains(&9));
    let unfit: Vec<_> = packed
        .unfit
        .iter()
        .map(|(at, error)| (*at, error.to_string()))
        .collect();
    assert!(
        unfit[0].1.starts_with("the body's template, line 1: undefined"),
        "{unfit:?}"
    );
    assert_eq!(unfit[1], (9, "the payload is not JSON".to_owned()));
    assert_eq!((unfit[0].0, unfit.len()), (7, 2));
}

#[test]
fn where_none_fits_a_bounded_number_is_found_at_once() {
    let events: Vec<Event> = (0..100).map(|n| event(n, "{}")).collect();
    let text = "{{ events[0].payload.email | tojson }}";
    let packed = packed(&blueprint(Some(text)), &events);
    assert!(packed.call.is_none());
    assert_eq!(packed.unfit.len(), UNFIT_MOST);
}

#[test]
fn what_is_too_long_together_goes_in_part() {
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000));
    let events: Vec<Event> = (0..12).map(|n| event(n, &long)).collect();
    let all = "[{% for e in events %}{{ e.payload | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]";
    for body in [None, Some(all), Some("{{ events | tojson }}")] {
        let packed = packed(&blueprint(body), &events);
        let (request, positions) = packed.call.as_ref().unwrap();
        assert!(request.body.len() <= BATCH_BYTES_MAX, "{}", request.body.len());
        let first: Vec<usize> = (0..positions.len()).collect();
        assert!(
            *positions == first && positions.len() >= 3 && positions.len() < 12,
            "{positions:?}"
        );
        assert!(packed.unfit.is_empty(), "none is at fault");
    }
}

#[test]
fn a_call_is_known_by_the_set_of_its_deliveries() {
    let ids: Vec<DeliveryId> = (1..=5).map(|n| EventId(n << 16).delivery(0)).collect();
    let mut turned = ids.clone();
    turned.reverse();
    let id = call_id(&ids);
    assert_eq!(call_id(&turned), id);
    assert_ne!(call_id(&ids[..4]), id);
    assert_eq!(call_id(&ids[..1]), ids[0], "one is known by its own");
    let text = id.to_string();
    assert_eq!(
        (&text[14..15], "89ab".contains(&text[19..20])),
        ("8", true),
        "{text}"
    );
    assert_eq!(text, "446fdbc1-5a46-8172-ad6a-043d8b6a544b");
}

#[test]
fn the_same_deliveries_make_the_same_request_but_for_the_span() {
    let events = [event(1, "{}"), event(2, "{}")];
    let request = |attempt| {
        let subjects = events.each_ref().map(|event| Subject {
            delivery: event.id.delivery(0),
            attempt,
            scheduled_at: event.created_at,
            event,
        });
        pack(&blueprint(None), &subjects).call.unwrap().0
    };
    let [first, second] = [1, 2].map(request);
    let id = call_id(&events.each_ref().map(|event| event.id.delivery(0))).to_string();
    for request in [&first, &second] {
        assert_eq!(request.headers["idempotency-key"], id.as_str());
        assert_eq!(request.headers["x-request-id"], id.as_str());
    }
    assert_eq!(first.body, second.body);
    assert_ne!(first.headers["traceparent"], second.headers["traceparent"]);
}
