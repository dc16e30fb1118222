//! Events that are not taken: several hundred bodies, each refused with the status promised and a sentence about it.

use serde_json::json;

use super::tests::{arrival, with};
use super::*;

mod bytes;

/// A body, the status it is refused with, and what the sentence must mention.
type Case = (Vec<u8>, u16, &'static str);

fn cases() -> Vec<Case> {
    let mut cases = bytes::no_json();
    cases.extend(bytes::within_payloads());
    cases.extend(bytes::broken_anywhere());
    cases.extend(wrong_types());
    cases.extend(wrong_names());
    cases.extend(wrong_times());
    cases.extend(wrong_priorities());
    cases.extend(unknown_fields());
    cases.extend(missing_fields());
    cases
}

#[test]
fn every_malformed_event_is_refused_with_its_status_and_a_sentence() {
    let cases = cases();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    for (body, status, mention) in &cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]);
        let refused = draft(body, arrival()).expect_err(&shown);
        assert_eq!(refused.status().as_u16(), *status, "{shown}: {refused}");
        assert!(
            refused.detail().contains(mention),
            "{shown}: {refused} does not mention {mention}"
        );
        assert!(refused.detail().len() < 400, "{shown}: {refused}");
        assert!(
            !refused.detail().contains('\0') && !refused.detail().contains('\n'),
            "{refused:?}"
        );
    }
}

fn wrong_types() -> Vec<Case> {
    let texts = [
        "type",
        "source",
        "idempotencyKey",
        "scheduledAt",
        "expiresAt",
        "timezone",
    ];
    let values = [
        json!(true),
        json!(0),
        json!(1.5),
        json!([]),
        json!(["T"]),
        json!({}),
        json!({"a": "T"}),
    ];
    let pairs = texts
        .iter()
        .flat_map(|field| values.iter().map(move |value| (*field, value)));
    pairs
        .map(|(field, value)| (with(&json!({ field: value })).into_bytes(), 422, field))
        .collect()
}

fn wrong_names() -> Vec<Case> {
    let mut cases = Vec::new();
    for (field, most) in [("type", 32), ("source", 64), ("idempotencyKey", 64)] {
        let texts = [
            String::new(),
            "x".repeat(most + 1),
            "é".repeat(most + 1),
            "x".repeat(10_000),
            "\0".into(),
            "a\0b".into(),
            "a\n".into(),
            "\t".into(),
            "a\u{7f}".into(),
            "\u{85}".into(),
            "\u{1b}[31m".into(),
        ];
        for text in texts {
            cases.push((with(&json!({ field: text })).into_bytes(), 422, field));
        }
    }
    cases
}

fn wrong_times() -> Vec<Case> {
    let mut cases = Vec::new();
    for field in ["scheduledAt", "expiresAt"] {
        for local in [
            "2026-12-01T00:01:00",
            "2026-12-01T00:01",
            "2026-12-01",
            "2026-03-08T02:30:00",
            "9998-01-01T00:00:00.5",
        ] {
            cases.push((
                with(&json!({ field: local })).into_bytes(),
                400,
                "needs a `timezone`",
            ));
        }
        for text in [
            "",
            " ",
            "soon",
            "now",
            "tomorrow",
            "1795377600000",
            "2026",
            "2026-12",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-12-32T00:00:00Z",
            "2026-12-01T25:00:00Z",
            "2026-12-01T00:60:00Z",
            "2026-12-01T00:00:61Z",
            "12/01/2026",
            "01.12.2026",
            "Tue, 01 Dec 2026 00:01:00 GMT",
            "2026-12-01T00:01:00+99:00",
            "2026-12-01T00:01:00 PST",
            "2026-12-01T00:01:00\0",
            "10000-01-01T00:00:00Z",
            "-000001-01-01T00:00:00",
            "P1D",
            "T00:01:00",
            "２０２６-12-01T00:01:00Z",
        ] {
            let body = with(&json!({ field: text, "timezone": "America/Los_Angeles" }));
            cases.push((body.into_bytes(), 422, field));
        }
        for zone in [
            "",
            " ",
            "Mars/Base",
            "PST8PDT!",
            "GMT+25",
            "+01:00",
            "America/Los Angeles",
            "../etc/passwd",
            "local",
            "UTC\0",
        ] {
            let body = with(&json!({ field: "2026-12-01T00:01:00", "timezone": zone }));
            cases.push((body.into_bytes(), 422, "timezone"));
        }
    }
    for past in [
        "1970-01-01T00:00:00Z",
        "2026-11-22T19:59:59.999Z",
        "2026-11-22T20:00:00Z",
        "0000-01-01T00:00:00Z",
    ] {
        cases.push((
            with(&json!({ "expiresAt": past })).into_bytes(),
            422,
            "has passed",
        ));
    }
    cases
}

fn wrong_priorities() -> Vec<Case> {
    let values = [
        json!(-1),
        json!(10),
        json!(1.5),
        json!(5.0),
        json!(256),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!("5"),
        json!(""),
        json!("high"),
        json!(true),
        json!([5]),
        json!({}),
    ];
    let case = |value| (with(&json!({ "priority": value })).into_bytes(), 422, "priority");
    values.into_iter().map(case).collect()
}

fn unknown_fields() -> Vec<Case> {
    let near = [
        ("scheduleAt", "did you mean `scheduledAt`?"),
        ("scheduled_at", "did you mean `scheduledAt`?"),
        ("Type", "did you mean `type`?"),
        ("idempotency_key", "did you mean `idempotencyKey`?"),
        ("idempotencykey", "did you mean `idempotencyKey`?"),
        ("timeZone", "did you mean `timezone`?"),
        ("expires", "did you mean `expiresAt`?"),
        ("priorty", "did you mean `priority`?"),
        ("payLoad", "did you mean `payload`?"),
        ("", "known are type, source"),
        ("id", "unknown field"),
        ("status", "unknown field"),
        ("\0", "unknown field"),
        ("__proto__", "unknown field"),
        ("é\n\r\u{2028}", "unknown field"),
    ];
    let case = |(name, mention): (&str, &'static str)| (with(&json!({ name: 1 })).into_bytes(), 422, mention);
    let mut cases: Vec<Case> = near.into_iter().map(case).collect();
    let long = "x".repeat(20_000);
    cases.push((with(&json!({ long.as_str(): 1 })).into_bytes(), 422, "…"));
    cases
}

fn missing_fields() -> Vec<Case> {
    let mut cases: Vec<Case> = vec![
        (b"{}".to_vec(), 400, "there is no key"),
        (
            br#"{"type":"T","source":"s","payload":1}"#.to_vec(),
            400,
            "there is no key",
        ),
        (
            with(&json!({"idempotencyKey": null})).into_bytes(),
            400,
            "there is no key",
        ),
        (br#"{"idempotencyKey":"k"}"#.to_vec(), 422, "`type` is missing"),
        (
            br#"{"idempotencyKey":"k","type":"T"}"#.to_vec(),
            422,
            "`source` is missing",
        ),
        (
            br#"{"idempotencyKey":"k","type":"T","source":"s"}"#.to_vec(),
            422,
            "`payload` is missing",
        ),
    ];
    for field in ["type", "source"] {
        cases.push((with(&json!({ field: null })).into_bytes(), 422, "is missing"));
    }
    cases
}
