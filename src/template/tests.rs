//! Templates, and what they must not be able to do.

use std::time::{Duration, Instant};

use minijinja::context;
use minijinja::value::Serde;

use super::*;

const NAMES: [&str; 4] = ["id", "type", "source", "payload"];

fn event(payload: serde_json::Value) -> Value {
    context! { id => "e-1", type => "LEAD_CAPTURE", source => "web", payload => Serde(payload) }
}

fn json(text: &str, payload: serde_json::Value) -> Result<String, TemplateError> {
    Template::compile(text, Format::Json, &NAMES)
        .unwrap()
        .render(&event(payload))
}

fn fault_of(text: &str) -> TemplateError {
    Template::compile(text, Format::Json, &NAMES).unwrap_err()
}

#[test]
fn members_of_the_event_are_inserted() {
    let payload = serde_json::json!({ "email": "ada@example.com", "tags": ["a", "b"], "n": 7, "none": null });
    let text = r#"{"email": {{ payload.email | tojson }}, "of": "{{ type }} from {{ source | upper }}",
        "tags": {{ payload.tags }}, "n": {{ payload.n + 1 }}, "none": {{ payload.none }}, "id": {{ id | tojson }},
        "name": {{ payload.name | default("friend") | tojson }},
        "each": [{% for tag in payload.tags %}{{ tag | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]}"#;
    let made: serde_json::Value = serde_json::from_str(&json(text, payload).unwrap()).unwrap();
    let expected = serde_json::json!({
        "email": "ada@example.com", "of": "LEAD_CAPTURE from WEB", "tags": ["a", "b"], "n": 8, "none": null,
        "id": "e-1", "name": "friend", "each": ["a", "b"],
    });
    assert_eq!(made, expected);
}

#[test]
fn what_is_inserted_into_json_stays_where_it_is_put() {
    let nasty = "\", \"admin\": true, \"x\": \"\\\n\u{2028}</script>{{ 7 * 7 }}";
    for text in [
        r#"{"name": {{ payload.name | tojson }}}"#,
        r#"{"name": "{{ payload.name }}"}"#,
    ] {
        let made = json(text, serde_json::json!({ "name": nasty })).unwrap();
        let made: serde_json::Value = serde_json::from_str(&made).unwrap();
        assert_eq!(made, serde_json::json!({ "name": nasty }), "{text}");
    }
    let unquoted = json(
        r#"{"name": {{ payload.name }}}"#,
        serde_json::json!({ "name": "ada" }),
    );
    assert!(unquoted.unwrap_err().message.contains("not JSON"));
    let keys = json(r#"{{ payload | tojson }}"#, serde_json::json!({ nasty: 1 })).unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&keys).unwrap(),
        serde_json::json!({ nasty: 1 })
    );
}

#[test]
fn text_is_inserted_as_it_is() {
    let template = Template::compile("{{ payload.name }} & co", Format::Text, &NAMES).unwrap();
    let made = template
        .render(&event(serde_json::json!({ "name": "<\"Ada\">" })))
        .unwrap();
    assert_eq!(made, "<\"Ada\"> & co");
}

#[test]
fn what_the_event_lacks_is_an_error_with_its_line() {
    for text in [
        "{\n\"a\": {{ payload.email | tojson }}}",
        "{\n\"a\": \"{{ payload.email }}\"}",
        "{\n\"a\": \"{{ payload.a.b }}\"}",
        "{\n\"a\": \"{{ payload.email | upper }}\"}",
        "{\n\"a\": \"{{ payload.email | trim }}\"}",
        "{\n\"a\": \"{{ payload.email | replace('a', 'b') }}\"}",
        "{\n\"a\": \"{{ payload.email | string }}\"}",
        "{\n\"a\": \"{{ payload.email | first }}\"}",
        "{\n\"a\": \"{{ payload.email | join(',') }}\"}",
        "{\n\"a\": \"{{ payload.email | length }}\"}",
        "{\n\"a\": \"{{ payload.email | int }}\"}",
        "{\n\"a\": \"{{ payload.email | bool }}\"}",
        "{\n\"a\": \"{{ 'x' ~ payload.email }}\"}",
        "{\n\"a\": \"{{ payload.n + 1 }}\"}",
        "{\n\"a\": [{% for x in payload.list %}{{ x }}{% endfor %}]}",
    ] {
        let error = json(text, serde_json::json!({})).unwrap_err();
        assert_eq!(error.line, 2, "{text}: {error}");
        assert!(error.message.contains("undefined"), "{text}: {error}");
    }
}

#[test]
fn faults_are_found_when_a_template_is_read_and_have_their_line() {
    for (text, line, words) in [
        ("{\n\n{{ payload. }}", 3, "syntax"),
        ("{\n{% if payload.x %}", 2, "syntax"),
        ("{\n  {{ paylod.email | tojson }}}", 2, "`paylod` is unknown"),
        ("{\n  {{ payload.email | to_json }}}", 2, "to_json"),
        ("{\n  {{ payload.email | safe }}}", 2, "safe"),
        ("\n{{ range(3) }}", 2, "`range` is unknown"),
        ("\n{{ debug() }}", 2, "`debug` is unknown"),
        ("\n{% include 'x' %}", 2, "unknown statement include"),
        ("\n{% import 'x' as y %}", 2, "unknown statement import"),
        ("\n{% extends 'x' %}", 2, "unknown statement extends"),
        ("\n{% macro m() %}{% endmacro %}", 2, "unknown statement macro"),
    ] {
        let error = fault_of(text);
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
    }
}

#[test]
fn a_template_that_works_too_much_is_stopped() {
    let list: Vec<u32> = (0..1000).collect();
    let begun = Instant::now();
    for text in [
        "{% for a in payload %}{% for b in payload %}{% for c in payload %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in payload %}{% for b in payload %}{% set x = a * b %}{% endfor %}{% endfor %}",
        "{% set x = 'x' * 1000000000 %}",
        "{% for a in payload %}{% set x = payload | tojson %}{% endfor %}",
        "{% set x = payload | join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 10000) %}",
        "{% for a in payload %}{% set x = payload | sort | map('string') | join('-') %}{% endfor %}",
        "{% set x = 'a,' * 1000000 | replace('a', 'bbbbbbbbbbbbbb') %}",
        "{% set x = 9 ** 999999999 %}",
    ] {
        let error = json(text, serde_json::json!(list)).unwrap_err();
        assert!(!error.message.is_empty(), "{text}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // A value in which each level holds the one before it twice: small to hold, endless to write.
    let laughs = "{% set x = [x, x] %}".repeat(60);
    for end in ["{{ x }}", "{{ x | tojson }}"] {
        assert!(
            json(
                &format!("{{% set x = [1] %}}{laughs}{end}"),
                serde_json::json!(list)
            )
            .is_err(),
            "{end}"
        );
    }
    let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(Template::compile(&format!("{{{{ {deep} }}}}"), Format::Json, &NAMES).is_err());
}

#[test]
fn a_result_is_bounded() {
    let long = serde_json::json!({ "x": "y".repeat(60 * 1024) });
    let within = format!("[{}1]", r#""{{ payload.x }}","#.repeat(4));
    assert!(json(&within, long.clone()).unwrap().len() > 240 * 1024);
    let beyond = format!("[{}1]", r#""{{ payload.x }}","#.repeat(5));
    let error = json(&beyond, long).unwrap_err();
    assert!(error.message.contains("longer than 256 KiB"), "{error}");
}
