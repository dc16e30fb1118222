//! What events bodies make.

use super::super::plan::plans;
use super::*;
use crate::config::{self, ConfigFile, Sources};

fn plan(lines: &str) -> Plan {
    let text = format!("[[webhook]]\nsource = \"shop\"\nsecret = \"env:SECRET\"\n{lines}\n");
    let secret = if lines.contains("\"sendgrid\"") {
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    } else {
        "s3cret"
    };
    let sources = Sources {
        file: Some(ConfigFile {
            path: "gantry.toml".into(),
            bytes: text.into_bytes(),
        }),
        environment: vec![("SECRET".into(), secret.into())],
        ..Sources::none()
    };
    let config = config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"));
    let plans = plans(&config.webhooks).unwrap_or_else(|faults| panic!("{faults}"));
    plans.into_iter().next().unwrap()
}

fn verified(id: Option<&str>) -> Verified {
    Verified {
        id: id.map(str::to_owned),
        token: None,
        digest: [7; 32],
    }
}

fn read_by(lines: &str, id: Option<&str>, body: &str) -> Result<Reading, ApiError> {
    let mut headers = HeaderMap::new();
    headers.insert("x-topic", "orders/create".parse().unwrap());
    headers.insert(AUTHORIZATION, "Bearer hidden".parse().unwrap());
    read(&plan(lines), &verified(id), (&headers, body.as_bytes()))
}

fn one(lines: &str, id: Option<&str>, body: &str) -> Made {
    match read_by(lines, id, body) {
        Ok(Reading::One(made)) => made,
        other => panic!("{other:?}"),
    }
}

fn refused(lines: &str, body: &str) -> (u16, String) {
    let refusal = read_by(lines, None, body).unwrap_err();
    (refusal.status().as_u16(), refusal.detail().to_owned())
}

const HMAC: &str = "preset = \"hmac\"\nheader = \"X-Sig\"\n";

#[test]
fn without_templates_the_body_is_the_payload_as_it_was_sent() {
    let made = one(
        &format!("{HMAC}type = \"ORDER\""),
        Some("o-1"),
        r#"{ "b": 10000000000000000001, "a": [1.0] }"#,
    );
    assert_eq!(
        (made.kind.as_str(), made.key.as_str(), made.payload.as_str()),
        (
            "ORDER",
            "webhook:shop:o-1",
            r#"{"b":10000000000000000001,"a":[1.0]}"#
        )
    );
}

#[test]
fn templates_make_type_key_and_payload_of_body_headers_and_id() {
    let lines = format!(
        "{HMAC}type = \"{{{{ headers['x-topic'] | replace('/', '_') | upper }}}}\"\nkey = '{{{{ body.order.id }}}}-{{{{ id }}}}'\n\
         payload = '{{\"email\": {{{{ body.order.email | tojson }}}}}}'"
    );
    let made = one(
        &lines,
        Some("m-1"),
        r#"{"order":{"id":7,"email":"a\"b@example.com"}}"#,
    );
    assert_eq!(made.kind.as_str(), "ORDERS_CREATE");
    assert_eq!(made.key.as_str(), "webhook:shop:7-m-1");
    assert_eq!(made.payload, r#"{"email":"a\"b@example.com"}"#);
    let secret = format!("{HMAC}type = \"{{{{ headers.authorization }}}}\"");
    let (status, detail) = refused(&secret, "{}");
    assert!(status == 422 && !detail.contains("hidden"), "{detail}");
}

#[test]
fn each_vendors_own_id_is_the_key() {
    for (lines, body, key) in [
        ("preset = \"stripe\"", r#"{"id":"evt_1"}"#, "webhook:shop:evt_1"),
        ("preset = \"slack\"", r#"{"event_id":"Ev1"}"#, "webhook:shop:Ev1"),
        (
            "preset = \"mailgun\"",
            r#"{"event-data":{"id":"m-1"},"signature":{}}"#,
            "webhook:shop:m-1",
        ),
        ("preset = \"github\"", "{}", "webhook:shop:beside-the-body"),
    ] {
        let lines = format!("{lines}\ntype = \"T\"");
        assert_eq!(
            one(&lines, Some("beside-the-body"), body).key.as_str(),
            key,
            "{lines}"
        );
    }
}

#[test]
fn a_long_id_and_a_missing_one_are_hashed_and_never_alike() {
    let lines = format!("{HMAC}type = \"T\"");
    let key = |id: Option<&str>| one(&lines, id, "{}").key.as_str().to_owned();
    let long = |last: char| format!("{}{last}", "x".repeat(60));
    let keys = [
        key(None),
        key(Some(&long('a'))),
        key(Some(&long('b'))),
        key(Some("a\u{1}b")),
    ];
    for (nth, key) in keys.iter().enumerate() {
        assert_eq!(key.len(), 64, "{key}");
        assert!(key.starts_with("webhook:") && !key[8..].contains(':'), "{key}");
        assert!(!keys[..nth].contains(key), "{key}");
    }
    assert_eq!(key(None), key(None));
    assert_eq!(key(Some("")), key(None));
}

#[test]
fn a_list_of_sendgrid_makes_an_event_of_each() {
    let lines = "preset = \"sendgrid\"\ntype = \"MAIL_{{ body.event | upper }}\"";
    let body = r#"[{"sg_event_id":"a","event":"open"},{"event":"click"},{"event":"click"}]"#;
    let Ok(Reading::List(made)) = read_by(lines, None, body) else {
        panic!("a list");
    };
    let kinds: Vec<&str> = made.iter().map(|made| made.kind.as_str()).collect();
    assert_eq!(kinds, ["MAIL_OPEN", "MAIL_CLICK", "MAIL_CLICK"]);
    assert_eq!(made[0].key.as_str(), "webhook:shop:a");
    assert_ne!(made[1].key, made[2].key);
    assert_eq!(refused(lines, "{}").0, 422);
    assert_eq!(refused(lines, "[]").0, 422);
    let many = format!("[{}{{}}]", "{},".repeat(EVENTS_MOST));
    assert_eq!(refused("preset = \"sendgrid\"\ntype = \"T\"", &many).0, 422);
    // All or nothing.
    let (status, detail) = refused(lines, r#"[{"event":"open"},{}]"#);
    assert_eq!(status, 422, "{detail}");
}

#[test]
fn what_mailgun_signs_with_is_not_kept() {
    let lines = "preset = \"mailgun\"\ntype = \"MAIL\"";
    let made = one(
        lines,
        None,
        r#"{"signature":{"token":"t"},"event-data":{"id":"m-1","event":"opened"}}"#,
    );
    assert_eq!(made.payload, r#"{"id":"m-1","event":"opened"}"#);
}

#[test]
fn a_challenge_of_slack_is_no_event() {
    let body = r#"{"type":"url_verification","challenge":"c-1","token":"t"}"#;
    let lines = "preset = \"slack\"\ntype = \"T\"";
    assert_eq!(
        read_by(lines, None, body).unwrap(),
        Reading::Challenge("c-1".into())
    );
    let lines = format!("{HMAC}type = \"T\"");
    assert!(matches!(read_by(&lines, None, body), Ok(Reading::One(_))));
}

#[test]
fn what_makes_no_event_is_told_why() {
    let with = |more: &str| format!("{HMAC}{more}");
    let fixed = with("type = \"T\"");
    for (lines, body, status, said) in [
        (
            fixed.as_str(),
            "token=x&text=y",
            422,
            "it is signed, but its body is not read: not JSON",
        ),
        (&fixed, r#"{"a":1,"a":2}"#, 422, "stands twice"),
        (&fixed, "\u{0}", 422, "not JSON"),
        (&fixed, r#"{"a":"\u0000"}"#, 422, "NUL"),
        (
            &fixed,
            &format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024)),
            413,
            "`payload` is larger",
        ),
        (
            &with("type = \"{{ body.type }}\""),
            "{}",
            422,
            "`type` in its line 1",
        ),
        (
            &with("type = \"{{ body.type }}\""),
            r#"{"type":"customer.subscription.trial_will_end"}"#,
            422,
            "`type` is longer than 32 characters: \"customer.subscription.trial_will_end\"",
        ),
        (
            &with("type = \"T\"\nkey = \"{{ body.a }}\""),
            r#"{"a":" "}"#,
            422,
            "`key` is empty",
        ),
        (
            &with("type = \"T\"\npayload = \"{{ body.a }}\""),
            r#"{"a":"x"}"#,
            422,
            "`payload` in its line 1",
        ),
        (
            &with("type = \"T\"\npayload = '{\"a\":1,\"a\":{{ body.a }}}'"),
            r#"{"a":2}"#,
            422,
            "`payload` is not JSON",
        ),
    ] {
        let (got, detail) = refused(lines, body);
        assert!(got == status && detail.contains(said), "{got} {detail}");
    }
}
