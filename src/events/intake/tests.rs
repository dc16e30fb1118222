//! Events that are taken: what is kept of them, when they are due, and what makes two of them the same.

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::model::event::Fingerprint;
use crate::model::trace::Parent;

/// 2026-11-22T20:00:00Z.
const NOW: Millis = Millis(1_795_377_600_000);

pub(super) fn arrival() -> Arrival {
    Arrival {
        id: EventId::new(NOW, [7; 8]),
        now: NOW,
        key: None,
        trace: None,
    }
}

pub(super) fn with_key(key: &str) -> Arrival {
    Arrival {
        key: Some(IdempotencyKey::parse(key).expect("a key")),
        ..arrival()
    }
}

/// An event with these fields added to what each needs, or put in its place.
pub(super) fn with(fields: &Value) -> String {
    let mut event =
        json!({"type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": "k-1", "payload": {"a": 1}});
    for (name, value) in fields.as_object().expect("fields") {
        event[name] = value.clone();
    }
    event.to_string()
}

fn taken(body: &str) -> EventDraft {
    draft(body.as_bytes(), arrival()).unwrap_or_else(|refused| panic!("{body}: {refused}"))
}

fn fingerprint_of(payload: &str) -> Fingerprint {
    let head = r#"{"type":"T","source":"s","idempotencyKey":"k","payload":"#;
    taken(&format!("{head}{payload}}}")).fingerprint
}

#[test]
fn an_event_is_taken_with_all_it_says() {
    let arrival = Arrival {
        trace: Some(Trace {
            parent: Parent {
                trace: 1,
                span: 2,
                sampled: true,
            },
            state: None,
        }),
        ..arrival()
    };
    let body = r#" { "type" : "LEAD_CAPTURE", "source" : "вебсайт", "idempotencyKey" : "k-1", "payload" : { "z" : 12345678901234567, "a" : [ "é" ] },
        "scheduledAt" : "2026-12-01T00:01:00-08:00", "expiresAt" : "2026-12-01T08:01:00.001Z", "priority" : 9, "timezone" : null } "#;
    let expected = EventDraft {
        id: arrival.id,
        kind: EventType::parse("LEAD_CAPTURE").expect("a type"),
        source: Source::parse("вебсайт").expect("a source"),
        key: IdempotencyKey::parse("k-1").expect("a key"),
        payload: r#"{"z":12345678901234567,"a":["é"]}"#.into(),
        fingerprint: Fingerprint(
            Sha256::digest(
                r#"{"payload":{"a":["é"],"z":12345678901234568},"source":"вебсайт","type":"LEAD_CAPTURE"}"#,
            )
            .into(),
        ),
        scheduled_at: Millis::parse_rfc3339("2026-12-01T08:01:00Z"),
        expires_at: Millis::parse_rfc3339("2026-12-01T08:01:00.001Z"),
        priority: Priority::new(9).expect("a priority"),
        trace: arrival.trace.clone(),
    };
    assert_eq!(draft(body.as_bytes(), arrival).expect("an event"), expected);
}

#[test]
fn what_is_left_out_has_its_default() {
    let event = taken(&with(
        &json!({"priority": null, "scheduledAt": null, "expiresAt": null, "timezone": "UTC"}),
    ));
    assert_eq!((event.scheduled_at, event.expires_at), (None, None));
    assert_eq!(event.priority, Priority::default());
    assert_eq!(event.trace, None);
}

#[test]
fn any_value_is_a_payload() {
    for payload in ["null", "true", "0", "-1.5", "\"\"", "[]", "{}", "[{\"\":null}]"] {
        let body = format!(r#"{{"type":"T","source":"s","idempotencyKey":"k","payload":{payload}}}"#);
        assert_eq!(taken(&body).payload, payload);
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    let event = taken(&with(
        &json!({"type": "ж".repeat(32), "source": "🚀".repeat(64), "idempotencyKey": "é".repeat(64)}),
    ));
    assert_eq!(event.source.as_str().chars().count(), 64);
}

#[test]
fn the_key_may_come_in_the_header_and_must_agree_with_the_body() {
    let without = r#"{"type":"T","source":"s","payload":1}"#;
    let event = draft(without.as_bytes(), with_key("k-9")).expect("an event");
    assert_eq!(event.key.as_str(), "k-9");
    let null = with(&json!({"idempotencyKey": null}));
    assert!(draft(null.as_bytes(), with_key("k-9")).is_ok());
    assert!(draft(with(&json!({})).as_bytes(), with_key("k-1")).is_ok());
    let differs = draft(with(&json!({})).as_bytes(), with_key("k-2")).expect_err("they differ");
    assert_eq!(differs.status(), 422);
    let none = draft(without.as_bytes(), arrival()).expect_err("no key");
    assert_eq!(none.status(), 400);
}

#[test]
fn local_times_are_resolved_in_their_zone() {
    // The second of each pair is what the clocks of that zone mean (time zone data of 2026f).
    for (local, zone, instant) in [
        (
            "2026-12-01T00:01:00",
            "America/Los_Angeles",
            "2026-12-01T08:01:00.000Z",
        ),
        // In the spring gap: the first instant that exists. In the autumn overlap: the first of the two.
        (
            "2027-03-14T02:30:00",
            "America/Los_Angeles",
            "2027-03-14T10:00:00.000Z",
        ),
        (
            "2026-03-08T02:30:00",
            "America/Los_Angeles",
            "2026-03-08T10:00:00.000Z",
        ),
        (
            "2026-11-01T01:30:00",
            "America/Los_Angeles",
            "2026-11-01T08:30:00.000Z",
        ),
        (
            "2026-12-15T12:00:00",
            "America/Vancouver",
            "2026-12-15T19:00:00.000Z",
        ),
        (
            "2026-12-15T12:00:00",
            "Africa/Casablanca",
            "2026-12-15T12:00:00.000Z",
        ),
        ("2026-12-15T12:00", "Europe/Berlin", "2026-12-15T11:00:00.000Z"),
        ("2026-12-15T12:00:00.25", "UTC", "2026-12-15T12:00:00.250Z"),
        // An offset says it all; the zone is not asked.
        (
            "2026-12-15T12:00:00+05:30",
            "America/Los_Angeles",
            "2026-12-15T06:30:00.000Z",
        ),
    ] {
        let event = taken(&with(&json!({"scheduledAt": local, "timezone": zone})));
        let at = event.scheduled_at.map(|at| at.to_string());
        assert_eq!(at.as_deref(), Some(instant), "{local} in {zone}");
    }
    let event = taken(&with(
        &json!({"scheduledAt": "2026-12-01T00:01:00", "expiresAt": "2026-12-01T00:02:00", "timezone": "Asia/Tokyo"}),
    ));
    assert_eq!(event.expires_at, event.scheduled_at.map(|at| at.plus(60_000)));
}

#[test]
fn an_event_expires_after_it_is_due_and_not_before_now() {
    let refused = |fields: Value| {
        let refused = draft(with(&fields).as_bytes(), arrival()).expect_err("expired");
        (refused.status().as_u16(), refused.detail().to_owned())
    };
    let passed = (422, "`expiresAt` has passed".to_owned());
    let before = (422, "`expiresAt` is not after `scheduledAt`".to_owned());
    let (past, now, later) = (NOW.plus(-60_000), NOW, NOW.plus(60_000));
    assert_eq!(refused(json!({"expiresAt": now.to_string()})), passed);
    assert_eq!(refused(json!({"expiresAt": past.to_string()})), passed);
    assert_eq!(
        refused(json!({"scheduledAt": past.plus(-1).to_string(), "expiresAt": past.to_string()})),
        passed
    );
    assert_eq!(
        refused(json!({"scheduledAt": later.to_string(), "expiresAt": later.to_string()})),
        before
    );
    assert_eq!(
        refused(json!({"scheduledAt": later.to_string(), "expiresAt": now.plus(1).to_string()})),
        before
    );
    taken(&with(&json!({"expiresAt": now.plus(1).to_string()})));
    taken(&with(
        &json!({"scheduledAt": past.to_string(), "expiresAt": later.to_string()}),
    ));
}

#[test]
fn the_same_payload_has_the_same_fingerprint_however_it_is_written() {
    let first = fingerprint_of(r#"{"a":1,"b":[100,"é/"],"c":0}"#);
    for same in [
        r#"{"b":[100,"é/"],"a":1,"c":0}"#,
        r#"{"a":1.0,"b":[1e2,"é/"],"c":-0}"#,
        r#" { "c" : 0.0 , "b" : [ 100.0 , "\u00e9\/" ] , "\u0061" : 10E-1 } "#,
    ] {
        assert_eq!(fingerprint_of(same), first, "{same}");
    }
    for other in [
        r#"{"a":1,"b":["é/",100],"c":0}"#,
        r#"{"a":"1","b":[100,"é/"],"c":0}"#,
        r#"{"a":1,"b":[100,"é/"]}"#,
        r#"{"a":1,"b":[100,"e\u0301/"],"c":0}"#,
    ] {
        assert_ne!(fingerprint_of(other), first, "{other}");
    }
}

#[test]
fn the_fingerprint_is_over_type_source_and_payload_alone() {
    let first = taken(&with(&json!({})));
    let same = taken(&with(
        &json!({"idempotencyKey": "k-2", "priority": 1, "scheduledAt": NOW.plus(1).to_string()}),
    ));
    assert_eq!(same.fingerprint, first.fingerprint);
    assert_ne!(
        taken(&with(&json!({"type": "LEAD"}))).fingerprint,
        first.fingerprint
    );
    assert_ne!(
        taken(&with(&json!({"source": "app"}))).fingerprint,
        first.fingerprint
    );
    let canonical = json!({"type": "LEAD_CAPTURE", "source": "web", "payload": {"a": 1}});
    let text = serde_json_canonicalizer::to_string(&canonical).expect("canonical");
    assert_eq!(
        first.fingerprint,
        Fingerprint(Sha256::digest(text.as_bytes()).into())
    );
    assert_eq!(first.fingerprint.to_string().len(), 16);
}

#[test]
fn an_event_may_fill_its_body_to_the_last_byte() {
    let frame = with(&json!({"payload": ""})).len();
    let full = with(&json!({"payload": "x".repeat(MAX_EVENT - frame)}));
    assert_eq!(full.len(), MAX_EVENT);
    taken(&full);
    // Numbers are written out, so a payload may outgrow its body: refused, not cut.
    let grows = format!("[{}1]", "1e15,".repeat(12_000));
    let body = format!(r#"{{"type":"T","source":"s","idempotencyKey":"k","payload":{grows}}}"#);
    let refused = draft(body.as_bytes(), arrival()).expect_err("too large");
    assert_eq!(refused.status(), 413);
}

proptest! {
    #[test]
    fn no_body_makes_intake_panic(bytes: Vec<u8>, text: String) {
        for bytes in [bytes, text.into_bytes()] {
            if let Err(refused) = draft(&bytes, arrival()) {
                prop_assert!(refused.status().is_client_error());
            }
        }
    }

    #[test]
    fn no_fields_make_intake_panic(field in 0_usize..FIELDS.len(), text: String, number: f64) {
        let field = FIELDS[field];
        for value in [json!(text), json!(number), json!([text]), json!({ text.as_str(): number })] {
            if let Err(refused) = draft(with(&json!({ field: value })).as_bytes(), arrival()) {
                prop_assert!(refused.status().is_client_error());
                prop_assert!(refused.detail().len() < 1_024);
            }
        }
    }

    #[test]
    fn a_body_cut_or_changed_anywhere_makes_no_panic(at in 0_usize..80, byte: u8) {
        let mut body = with(&json!({"scheduledAt": "2026-12-01T00:01:00Z"})).into_bytes();
        let _ = draft(&body[..at.min(body.len())], arrival());
        body[at] = byte;
        let _ = draft(&body, arrival());
    }

    #[test]
    fn the_kept_payload_has_the_fingerprint_of_the_one_sent(text: String, number: f64, whole: i64) {
        let payload = json!({"b": [number, whole], "a": text}).to_string().replace("\\u0000", "");
        let body = format!(r#"{{"type":"T","source":"s","idempotencyKey":"k","payload":{payload}}}"#);
        let event = taken(&body);
        prop_assert_eq!(fingerprint_of(&event.payload), event.fingerprint);
    }
}
