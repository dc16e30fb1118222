//! Bodies that are wrong before any field is looked at.

use serde_json::json;

use super::super::tests::with;
use super::super::{FIELDS, MAX_EVENT};
use super::Case;

/// Bodies that are no JSON object.
pub(super) fn no_json() -> Vec<Case> {
    let texts = [
        "",
        " ",
        "{",
        "}",
        "{\"",
        "{\"type",
        "{\"type\"",
        "{\"type\":",
        "{\"type\":\"",
        "nul",
        "tru",
        "falsee",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "1.",
        ".5",
        "0x10",
        "1e",
        "1e+",
        "'a'",
        "{'type':'T'}",
        "{type:\"T\"}",
        "{\"type\":\"T\",}",
        "{,}",
        "{\"type\" \"T\"}",
        "{\"type\":}",
        "{:1}",
        "{1:1}",
        "{null:1}",
        "[1,]",
        "[1 2]",
        "[1",
        "]",
        "{}}",
        "{}{}",
        "{} x",
        "// c\n{}",
        "/* c */{}",
        "{\"a\":1}\u{feff}",
        "\u{feff}{}",
        "type=T&source=s",
        "<xml/>",
        "\"\\x41\"",
        "\"\\u12\"",
        "\"\\u{41}\"",
        "\"\n\"",
        "\"\t\"",
        "\"\u{1}\"",
        "\"",
        "\"\\\"",
        "\u{0}",
        "{}\u{0}",
        "\u{a0}{}",
    ];
    let mut cases: Vec<Case> = texts
        .iter()
        .map(|text| (text.as_bytes().to_vec(), 400, "not JSON: "))
        .collect();
    for value in [
        "null",
        "true",
        "1",
        "\"{}\"",
        "[]",
        "[{}]",
        "[\"T\",\"s\",\"k\",1]",
    ] {
        cases.push((value.as_bytes().to_vec(), 422, "must be a JSON object"));
    }
    for bytes in [
        &b"\xff"[..],
        b"{\"type\":\"\xc3\"}",
        b"\xfe\xff{}",
        b"{\"\xed\xa0\x80\":1}",
        b"{}\x80",
        b"{\"a\":\"\xc0\x80\"}",
    ] {
        cases.push((bytes.to_vec(), 400, "UTF-8"));
    }
    let mut large = with(&json!({})).into_bytes();
    large.resize(MAX_EVENT + 1, b' ');
    cases.push((large, 413, "larger than 65536"));
    cases
}

/// An event around a payload in any spelling.
fn around(payload: &str) -> Vec<u8> {
    format!(r#"{{"type":"T","source":"s","idempotencyKey":"k","payload":{payload}}}"#).into_bytes()
}

pub(super) fn within_payloads() -> Vec<Case> {
    let mut cases = Vec::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        for depth in [32, 33, 64, 128, 1_000, 6_000] {
            let payload = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            cases.push((around(&payload), 400, "deeper than 32"));
        }
        cases.push((around(&open.repeat(5_000)), 400, "deeper than 32"));
    }
    for surrogate in [
        r"\ud800",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\ud800x",
        r"\ud800\n",
        r"\ud800\u0041",
        r"a\ud83d",
        r"\ud83d\\ude00",
    ] {
        cases.push((around(&format!("\"{surrogate}\"")), 400, "not JSON: "));
        cases.push((around(&format!("{{\"{surrogate}\":1}}")), 400, "not JSON: "));
    }
    for number in [
        "1e309",
        "-1e309",
        "1e400",
        "1e99999",
        "-2e308",
        "1.7976931348623159e308",
        "1e9999999999999999999",
    ] {
        cases.push((around(number), 400, "number out of range"));
        cases.push((
            around(&format!("{{\"a\":[{number}]}}")),
            400,
            "number out of range",
        ));
    }
    cases.push((around(&"9".repeat(400)), 400, "number out of range"));
    for nul in [
        r#""\u0000""#,
        r#"["a\u0000b"]"#,
        r#"{"\u0000":1}"#,
        r#"{"a":{"b":[{"c":"\u0000"}]}}"#,
    ] {
        cases.push((around(nul), 422, "NUL"));
    }
    for twice in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"[{"x":{"a":1,"b":2,"a":3}}]"#,
        r#"{"":1,"":2}"#,
        r#"{"é":1,"\u00e9":2}"#,
        r#"{"a":{},"a":[]}"#,
    ] {
        cases.push((around(twice), 400, "stands twice"));
    }
    cases
}

/// A whole event, cut off at every byte, and with every one of its fields twice.
pub(super) fn broken_anywhere() -> Vec<Case> {
    let whole = r#"{"type":"T","source":"s","idempotencyKey":"k","payload":{"a":[1,"é"]}}"#.as_bytes();
    let cut = (0..whole.len()).map(|at| (whole[..at].to_vec(), 400, ""));
    let twice = FIELDS.iter().map(|field| {
        let again = format!(r#","{field}":1,"{field}":1}}"#);
        let body = [&whole[..whole.len() - 1], again.as_bytes()].concat();
        (body, 400, "stands twice")
    });
    cut.chain(twice).collect()
}
