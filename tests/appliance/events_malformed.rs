//! Bodies that are no events: each is refused with a problem, alone and within a batch, and nothing is stored.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::events::{PATH, event, sender};
use crate::support::{Appliance, with};

/// A body and the status it is refused with.
type Case = (Vec<u8>, u16);

const FIELDS: [&str; 8] = [
    "type",
    "source",
    "idempotencyKey",
    "payload",
    "scheduledAt",
    "timezone",
    "priority",
    "expiresAt",
];

#[rustfmt::skip]
const NOT_JSON: &[&[u8]] = &[
    b"\x00", b"{", b"}", b"[", b"]", b"\"", b"nul", b"tru", b"NaN", b"Infinity", b"-", b"+1", b"01", b"1.", b".5", b"0x10",
    b"1e", b"'a'", b"{}{}", b"{} x", b"{,}", b"{\"a\":1,}", b"{\"a\" 1}", b"{a:1}", b"{1:1}", b"{\"a\":}", b"[1 2]", b"[1,]",
    b"\"\\x41\"", b"\"\\u12\"", b"\"\t\"", b"\"\x01\"", b"{}\x00", b"// c {}", b"/* c */{}", b"<xml/>", b"type=T&source=s",
    b"\xef\xbb\xbf{}", b"\xc2\xa0{}", b"\xff", b"{\"type\":\"\xc3\"}", b"{\"\xed\xa0\x80\":1}", b"{}\x80", b"\"\xc0\x80\"",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
];

const NO_OBJECT: &[&str] = &[
    "null",
    "true",
    "0",
    "1e308",
    "\"{}\"",
    "[]",
    "[{}]",
    "[\"T\",\"s\",\"k\",1]",
];

/// Times that need a zone: 400.
#[rustfmt::skip]
const LOCAL: &[&str] = &["2096-12-01T00:01:00", "2096-12-01T00:01", "2096-12-01", "2026-03-08T02:30:00"];

#[rustfmt::skip]
const NO_TIME: &[&str] = &[
    "", " ", "soon", "now", "1795377600000", "2096", "2096-12", "2096-13-01T00:00:00Z", "2097-02-29T00:00:00Z",
    "2096-12-32T00:00:00Z", "2096-12-01T25:00:00Z", "2096-12-01T00:60:00Z", "12/01/2096", "Tue, 01 Dec 2026 00:01:00 GMT",
    "2096-12-01T00:01:00+99:00", "2096-12-01T00:01:00 PST", "2096-12-01T00:01:00\0", "10000-01-01T00:00:00Z", "P1D",
];

#[rustfmt::skip]
const NO_ZONE: &[&str] = &["", " ", "Mars/Base", "GMT+25", "+01:00", "America/Los Angeles", "../etc/passwd", "local", "UTC\0"];

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = NOT_JSON.iter().map(|body| (body.to_vec(), 400)).collect();
    cases.extend(NO_OBJECT.iter().map(|body| (body.as_bytes().to_vec(), 422)));
    cases.extend(broken());
    cases.extend(payloads());
    cases.extend(fields());
    cases.extend(times());
    cases.extend(names());
    cases
}

/// A whole event cut off at every byte, and with every field twice.
fn broken() -> Vec<Case> {
    let whole = r#"{"type":"T","source":"s","idempotencyKey":"k","payload":{"a":[1,"é"]}}"#.as_bytes();
    let cut = (1..whole.len()).map(|at| (whole[..at].to_vec(), 400));
    let twice = FIELDS.iter().map(|field| {
        let again = format!(r#","{field}":1,"{field}":1}}"#);
        ([&whole[..whole.len() - 1], again.as_bytes()].concat(), 400)
    });
    cut.chain(twice).collect()
}

/// An event around what is no payload.
fn payloads() -> Vec<Case> {
    let around = |payload: &str| {
        format!(r#"{{"type":"T","source":"s","idempotencyKey":"k","payload":{payload}}}"#).into_bytes()
    };
    let mut cases = Vec::new();
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[{"a":"#, "}]")] {
        for depth in [32, 33, 64, 1_000, 6_000] {
            cases.push((
                around(&format!("{}1{}", open.repeat(depth), close.repeat(depth))),
                400,
            ));
        }
        cases.push((around(&open.repeat(5_000)), 400));
    }
    for surrogate in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\ud800x",
        r"a\ud83d",
    ] {
        cases.push((around(&format!("\"{surrogate}\"")), 400));
        cases.push((around(&format!("{{\"{surrogate}\":1}}")), 400));
    }
    for number in [
        "1e309",
        "-1e309",
        "1e99999",
        "-2e308",
        "1e9999999999999999999",
        &"9".repeat(400),
    ] {
        cases.push((around(number), 400));
        cases.push((around(&format!("[{number}]")), 400));
    }
    for twice in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"x":{"a":1,"b":2,"a":3}}]"#,
        r#"{"":1,"":2}"#,
    ] {
        cases.push((around(twice), 400));
    }
    for nul in [
        r#""\u0000""#,
        r#"["a\u0000b"]"#,
        r#"{"\u0000":1}"#,
        r#"{"a":[{"b":"\u0000"}]}"#,
    ] {
        cases.push((around(nul), 422));
    }
    cases.push((around(&format!("\"{}\"", "x".repeat(64 * 1024))), 413));
    // Written out, it is larger than what was sent.
    cases.push((around(&format!("[{}1]", "1e15,".repeat(12_000))), 413));
    cases
}

/// Fields of wrong types, misspelt or missing.
fn fields() -> Vec<Case> {
    let mut cases = Vec::new();
    let of = |fields: Value, status| (event_with(fields), status);
    let values = [
        json!(true),
        json!(0),
        json!(1.5),
        json!([]),
        json!(["T"]),
        json!({}),
        json!({ "a": "T" }),
    ];
    for field in FIELDS
        .iter()
        .filter(|field| !["payload", "priority"].contains(field))
    {
        cases.extend(values.iter().map(|value| of(json!({ *field: value }), 422)));
    }
    for priority in [
        json!(-1),
        json!(10),
        json!(1.5),
        json!(u64::MAX),
        json!(1e300),
        json!("5"),
        json!(true),
        json!([5]),
    ] {
        cases.push(of(json!({ "priority": priority }), 422));
    }
    for name in [
        "scheduleAt",
        "scheduled_at",
        "Type",
        "idempotency_key",
        "timeZone",
        "expires",
        "id",
        "",
        "\0",
        "é\n",
    ] {
        cases.push(of(json!({ name: 1 }), 422));
    }
    for field in ["type", "source", "payload"] {
        cases.push(of(json!({ field: null }), 422));
    }
    cases.push(of(json!({ "idempotencyKey": null }), 400));
    cases.push((b"{}".to_vec(), 400));
    cases
}

fn times() -> Vec<Case> {
    let mut cases = Vec::new();
    for field in ["scheduledAt", "expiresAt"] {
        let of = |text: &str, zone: Value| event_with(json!({ field: text, "timezone": zone }));
        cases.extend(LOCAL.iter().map(|text| (of(text, Value::Null), 400)));
        cases.extend(
            NO_TIME
                .iter()
                .map(|text| (of(text, json!("America/Los_Angeles")), 422)),
        );
        cases.extend(
            NO_ZONE
                .iter()
                .map(|zone| (of("2096-12-01T00:01:00", json!(zone)), 422)),
        );
    }
    cases.push((event_with(json!({ "expiresAt": "2020-01-01T00:00:00Z" })), 422));
    let never = json!({ "scheduledAt": "2096-12-01T00:00:00Z", "expiresAt": "2096-12-01T00:00:00Z" });
    cases.push((event_with(never), 422));
    cases
}

fn names() -> Vec<Case> {
    let mut cases = Vec::new();
    for (field, most) in [("type", 32), ("source", 64), ("idempotencyKey", 64)] {
        let long = ["x".repeat(most + 1), "é".repeat(most + 1), "x".repeat(10_000)];
        let odd = ["", "\0", "a\0b", "a\n", "\t", "a\u{7f}", "\u{85}", "\u{1b}[31m"];
        let texts = long.into_iter().chain(odd.map(str::to_owned));
        cases.extend(texts.map(|text| (event_with(json!({ field: text })), 422)));
    }
    cases
}

/// An event with these fields in the place of its own.
fn event_with(fields: Value) -> Vec<u8> {
    with(event("k"), fields).to_string().into_bytes()
}

/// What is stored: facts, events and their deliveries among it.
async fn rows(appliance: &Appliance) -> Vec<(&'static str, u64)> {
    let rows = appliance.store.rows().await.expect("the rows");
    for table in ["journal", "events", "deliveries"] {
        assert!(rows.iter().any(|(name, _)| *name == table), "{rows:?}");
    }
    rows
}

#[tokio::test]
async fn every_malformed_event_is_refused_alone_and_in_a_batch_and_nothing_is_stored() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let before = rows(&appliance).await;
    let cases = cases();
    assert!(cases.len() >= 300, "{} cases", cases.len());
    for body in [&b""[..], b" ", b"\n"] {
        let answer = sender
            .send(Method::POST, PATH, Bytes::copy_from_slice(body))
            .await;
        answer.problem(400);
    }
    for (body, status) in &cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]);
        let answer = sender
            .send(Method::POST, PATH, Bytes::copy_from_slice(body))
            .await;
        assert_eq!(answer.status, *status, "{shown}: {}", answer.text());
        let problem = answer.problem(*status);
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(
            detail.len() < 400 && !detail.contains(['\0', '\n']),
            "{shown}: {detail}"
        );
        assert_eq!(answer.header("x-event-status"), "");
    }
    // Lines are the same bodies, but that a line has no end within it, and one of another length is another line.
    let lines: Vec<&Case> = cases.iter().filter(|(body, _)| !body.contains(&b'\n')).collect();
    assert!(lines.len() >= 300, "{} lines", lines.len());
    for lines in lines.chunks(100) {
        let bodies: Vec<&[u8]> = lines.iter().map(|(body, _)| &body[..]).collect();
        let body = Bytes::from(bodies.join(&b'\n'));
        let answer = sender.send(Method::POST, "/api/events/batch", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        assert_eq!(text.lines().count(), lines.len());
        for (told, (body, status)) in text.lines().zip(lines) {
            let told: Value = serde_json::from_str(told).unwrap_or_else(|fault| panic!("{fault}: {told}"));
            let shown = String::from_utf8_lossy(&body[..body.len().min(200)]);
            assert_eq!(
                (&told["status"], &told["code"]),
                (&json!("REJECTED"), &json!(status)),
                "{shown}: {told}"
            );
        }
    }
    assert_eq!(rows(&appliance).await, before);
    assert_eq!(appliance.admin.get(PATH).await.json()["items"], json!([]));
}

#[tokio::test]
async fn no_header_makes_a_malformed_key_one() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let before = rows(&appliance).await;
    let keyless = with(event("-"), json!({ "idempotencyKey": null }));
    for (value, status) in [
        ("\"k", 400),
        ("\"k\"x", 400),
        ("\"k\";a=1", 400),
        ("\"k\\x\"", 400),
        ("", 422),
        ("\"\"", 422),
        ("a\tb", 422),
    ] {
        let door = sender.with("idempotency-key", value);
        door.post(PATH, &keyless).await.problem(status);
    }
    let twice = sender.with("idempotency-key", "a").with("idempotency-key", "b");
    twice.post(PATH, &keyless).await.problem(400);
    sender
        .with("idempotency-key", &"k".repeat(65))
        .post(PATH, &keyless)
        .await
        .problem(422);
    assert_eq!(rows(&appliance).await, before);
}
