//! Webhooks, from their senders' side and their owner's.

use std::collections::BTreeSet;

use axum::Router;
use gantry::clock::Clock;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::Appliance;
use crate::support::http::{Answer, Door};

const SHOP: &str = r#"
[[webhook]]
source = "shop"
preset = "hmac"
header = "X-Sig"
prefix = "sha256="
signed = "{id}.{timestamp}.{body}"
timestamp_header = "X-At"
id_header = "X-Id"
secret = ["env:NEW", "env:OLD"]
type = "{{ body.type | default('ORDER_PAID') }}"
"#;
const SLACK: &str =
    "[[webhook]]\nsource = \"slack\"\npreset = \"slack\"\nsecret = \"env:NEW\"\ntype = \"SLACK\"\n";
const MAILGUN: &str =
    "[[webhook]]\nsource = \"mail\"\npreset = \"mailgun\"\nsecret = \"env:NEW\"\ntype = \"MAIL\"\n";
const PATH: &str = "/api/webhooks/shop";

async fn appliance(toml: &str) -> Appliance {
    with(toml).start().await
}

fn with(toml: &str) -> crate::support::Builder {
    let builder = Appliance::build().config(toml);
    builder
        .variable("NEW", "new-secret")
        .variable("OLD", "old-secret")
}

fn now_s() -> i64 {
    Clock::System.now().0.div_euclid(1_000)
}

fn hmac(secret: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key is one");
    mac.update(text);
    let tag = mac.finalize().into_bytes();
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The door of the shop, which signs this body under this id at this time.
fn signed(door: &Door, secret: &str, (id, at_s): (&str, i64), body: &[u8]) -> Door {
    let text = [format!("{id}.{at_s}.").as_bytes(), body].concat();
    let signature = format!("sha256={}", hmac(secret, &text));
    door.with("x-id", id)
        .with("x-at", &at_s.to_string())
        .with("x-sig", &signature)
}

async fn send(door: &Door, path: &str, body: &[u8]) -> Answer {
    door.send(Method::POST, path, body.to_vec().into()).await
}

async fn sent(appliance: &Appliance, id: &str, body: &str) -> Answer {
    let door = signed(&appliance.public, "new-secret", (id, now_s()), body.as_bytes());
    send(&door, PATH, body.as_bytes()).await
}

async fn events(appliance: &Appliance) -> Vec<Value> {
    let list = appliance.admin.get("/api/events").await.json();
    list["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn what_is_signed_is_recorded_once_and_a_repeat_is_told_the_first_id() {
    let appliance = appliance(SHOP).await;
    let first = sent(&appliance, "o-1", r#"{ "total": 4800 }"#).await;
    assert_eq!(
        (first.status, first.header("x-event-status")),
        (202, "ACCEPTED"),
        "{}",
        first.text()
    );
    let id = first.json()["id"].as_str().unwrap().to_owned();
    // The same, the same signed by the old secret, and another body under the same id.
    let old = signed(&appliance.public, "old-secret", ("o-1", now_s()), b"{}");
    for again in [
        sent(&appliance, "o-1", r#"{ "total": 4800 }"#).await,
        send(&old, PATH, b"{}").await,
    ] {
        assert_eq!(
            (again.status, again.header("x-event-status")),
            (200, "DUPLICATE"),
            "{}",
            again.text()
        );
        assert_eq!(again.json()["id"], id.as_str());
    }
    let event = appliance.admin.get(&format!("/api/events/{id}")).await.json();
    assert_eq!(
        (&event["type"], &event["source"], &event["payload"]),
        (&json!("ORDER_PAID"), &json!("shop"), &json!({ "total": 4800 }))
    );
    assert_eq!(event["idempotencyKey"], "webhook:shop:o-1");
    assert_eq!(events(&appliance).await.len(), 1);
    let page = appliance.owner.get("/metrics").await.text();
    for line in [
        "gantry_webhooks_total{source=\"shop\",outcome=\"accepted\"} 1",
        "gantry_webhooks_total{source=\"shop\",outcome=\"duplicate\"} 2",
        "gantry_events_ingested_total{outcome=\"accepted\"} 1",
        "gantry_http_request_duration_seconds_count{route=\"/api/webhooks/{source}\",status=\"202\"} 1",
    ] {
        assert!(page.lines().any(|l| l == line), "{line} in\n{page}");
    }
    appliance.assert_clean().await;
}

#[tokio::test]
async fn whatever_is_not_signed_gets_one_same_401_and_leaves_no_trace() {
    let appliance = appliance(&format!("{SHOP}{MAILGUN}")).await;
    let (public, body, now) = (&appliance.public, &b"{\"a\":1}"[..], now_s());
    let right = |id, at| signed(public, "new-secret", (id, at), body);
    let signature = right("o-1", now).header("x-sig").to_owned();
    let tries = [
        (public.clone(), body),
        (right("o-1", now), &b"{\"a\":2}"[..]),
        (right("o-1", now - 301), body),
        (right("o-1", now + 330), body),
        (signed(public, "wrong", ("o-1", now), body), body),
        (right("o-1", now).with("x-sig", &signature), body),
        (
            public
                .with("x-id", "o-2")
                .with("x-at", &now.to_string())
                .with("x-sig", &signature),
            body,
        ),
        (
            public
                .with("x-id", "o-1")
                .with("x-at", &now.to_string())
                .with("x-sig", &signature[..70]),
            body,
        ),
        (
            public
                .with("x-id", "o-1")
                .with("x-at", &now.to_string())
                .with("x-sig", &"a".repeat(5_000)),
            body,
        ),
    ];
    let mut told = BTreeSet::new();
    for (door, body) in tries {
        let answer = send(&door, PATH, body).await;
        answer.problem(401);
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        told.insert((answer.text(), headers));
    }
    // One whose signature stands in the body is told no more.
    for body in [
        &b"{}"[..],
        b"not JSON",
        br#"{"signature":{"timestamp":"1","token":"t","signature":"s"}}"#,
    ] {
        let answer = send(public, "/api/webhooks/mail", body).await;
        answer.problem(401);
        assert!(told.iter().all(|(text, _)| *text == answer.text()));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(events(&appliance).await.is_empty());
    let page = appliance.owner.get("/metrics").await.text();
    for (outcome, count) in [
        ("unsigned", 3),
        ("bad_signature", 4),
        ("stale", 2),
        ("accepted", 0),
    ] {
        let line = format!("gantry_webhooks_total{{source=\"shop\",outcome=\"{outcome}\"}} {count}");
        assert!(page.lines().any(|l| l == line), "{line} in\n{page}");
    }
    for secret in ["new-secret", "old-secret"] {
        for path in ["/api/webhooks", "/metrics"] {
            assert!(!appliance.owner.get(path).await.text().contains(secret), "{path}");
        }
    }
}

#[tokio::test]
async fn what_makes_no_event_is_told_so_only_once_it_is_known_to_be_signed() {
    let appliance = appliance(SHOP).await;
    for body in [
        "token=x&text=y",
        r#"{"a":1,"a":2}"#,
        r#"{"type":"much.too.long.for.the.type.of.an.event"}"#,
    ] {
        let answer = sent(&appliance, "o-1", body).await;
        answer.problem(422);
        send(&appliance.public, PATH, body.as_bytes()).await.problem(401);
    }
    assert!(events(&appliance).await.is_empty());
    assert_eq!(
        sent(&appliance, "o-1", "{}").await.status,
        202,
        "no id was used up"
    );
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_a_payload_as_much_as_an_event() {
    let lines = format!("{SHOP}payload = '{{\"kind\": {{{{ body.kind | tojson }}}}}}'");
    let appliance = appliance(&lines).await;
    let of = |bytes: usize| {
        let head = r#"{"kind":"x","rest":""#;
        format!("{head}{}\"}}", "y".repeat(bytes - head.len() - 2))
    };
    let whole = sent(&appliance, "o-1", &of(1 << 20)).await;
    assert_eq!(whole.status, 202, "{}", whole.text());
    assert_eq!(events(&appliance).await.len(), 1);
    let long = of((1 << 20) + 1);
    let door = signed(&appliance.public, "new-secret", ("o-2", now_s()), long.as_bytes());
    send(&door, PATH, long.as_bytes()).await.problem(413);
    assert_eq!(events(&appliance).await.len(), 1);
    let mut appliance = appliance;
    appliance.reload(|_| SHOP.to_owned()).await;
    sent(&appliance, "o-3", &of(65 * 1024)).await.problem(413);
}

#[tokio::test]
async fn slack_is_answered_its_challenge_once_it_is_known_to_be_slack() {
    let appliance = appliance(SLACK).await;
    let body = r#"{"type":"url_verification","challenge":"3eZbrw1aBm","token":"x"}"#;
    let at = now_s().to_string();
    let signature = format!("v0={}", hmac("new-secret", format!("v0:{at}:{body}").as_bytes()));
    let path = "/api/webhooks/slack";
    send(&appliance.public, path, body.as_bytes()).await.problem(401);
    let door = appliance
        .public
        .with("x-slack-request-timestamp", &at)
        .with("x-slack-signature", &signature);
    let answer = send(&door, path, body.as_bytes()).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "challenge": "3eZbrw1aBm" }))
    );
    assert!(events(&appliance).await.is_empty());
}

#[tokio::test]
async fn a_token_of_mailgun_holds_for_one_event() {
    let appliance = appliance(MAILGUN).await;
    let at = now_s().to_string();
    let body = |token: &str, id: &str| {
        let signature = hmac("new-secret", format!("{at}{token}").as_bytes());
        json!({
            "signature": { "timestamp": at, "token": token, "signature": signature },
            "event-data": { "id": id, "event": "opened" },
        })
    };
    let post = async |body: Value| appliance.public.post("/api/webhooks/mail", &body).await;
    assert_eq!(post(body("t-1", "e-1")).await.status, 202);
    assert_eq!(post(body("t-1", "e-1")).await.status, 200);
    assert_eq!(post(body("t-2", "e-1")).await.status, 200, "signed again");
    post(body("t-1", "e-2")).await.problem(401);
    let second = post(body("t-3", "e-2")).await;
    assert_eq!(second.status, 202);
    let id = second.json()["id"].as_str().unwrap().to_owned();
    let event = appliance.admin.get(&format!("/api/events/{id}")).await.json();
    // What could be used again is not kept.
    assert_eq!(event["payload"], json!({ "id": "e-2", "event": "opened" }));
    assert_eq!(events(&appliance).await.len(), 2);
}

#[tokio::test]
async fn a_source_that_is_not_configured_belongs_to_the_site() {
    let site = Router::new().fallback(|uri: http::Uri| async move { format!("the site at {uri}") });
    let appliance = with(SHOP).site(site).start().await;
    for path in [
        "/api/webhooks/other",
        "/api/webhooks/shop/",
        "/api/webhooks/shop/test",
        "/api/webhooks/",
        "/api/webhooks",
        "/api/webhooks/SHOP",
    ] {
        let answer = send(&appliance.public, path, b"{}").await;
        assert_eq!(answer.text(), format!("the site at {path}"));
        let answer = appliance.public.get(path).await;
        assert_eq!(answer.text(), format!("the site at {path}"));
    }
    appliance.public.get(PATH).await.problem(405);
    send(&appliance.public, PATH, b"{}").await.problem(401);
    // Where there is no site, it is nobody's; and its owner's address takes webhooks too.
    send(&appliance.admin, "/api/webhooks/other", b"{}")
        .await
        .problem(404);
    send(&appliance.stranger, PATH, b"{}").await.problem(401);
    let body = b"{}";
    let door = signed(&appliance.stranger, "new-secret", ("o-1", now_s()), body);
    assert_eq!(send(&door, PATH, body).await.status, 202);
}

#[tokio::test]
async fn a_prefix_stands_before_webhooks_too() {
    let site = Router::new().fallback(|| async { "the site" });
    let toml = format!("[server]\nprefix = \"/_gantry\"\n{SHOP}");
    let appliance = with(&toml).site(site).start().await;
    assert_eq!(send(&appliance.public, PATH, b"{}").await.text(), "the site");
    send(&appliance.public, "/_gantry/api/webhooks/shop", b"{}")
        .await
        .problem(401);
    let list = appliance.admin.get("/api/webhooks").await.json();
    assert_eq!(list["items"][0]["path"], "/_gantry/api/webhooks/shop");
}

#[tokio::test]
async fn one_address_may_send_so_many() {
    let appliance = appliance(&format!("[limits]\nwebhook = \"1/h burst 2\"\n{SHOP}")).await;
    let first = sent(&appliance, "o-1", "{}").await;
    assert_eq!(
        (first.status, first.header("ratelimit-policy")),
        (202, "\"webhook\";q=2;w=7200")
    );
    send(&appliance.public, PATH, b"{}").await.problem(401);
    let third = sent(&appliance, "o-2", "{}").await;
    third.problem(429);
    assert!(!third.header("retry-after").is_empty());
    assert_eq!(events(&appliance).await.len(), 1);
}

#[tokio::test]
async fn sources_and_secrets_are_taken_up_by_a_reload() {
    let mut appliance = appliance(SHOP).await;
    assert_eq!(sent(&appliance, "o-1", "{}").await.status, 202);
    let old = || signed(&appliance.public, "old-secret", ("o-2", now_s()), b"{}");
    assert_eq!(send(&old(), PATH, b"{}").await.status, 202);
    appliance
        .reload(|toml| toml.replace("[\"env:NEW\", \"env:OLD\"]", "[\"env:NEW\"]"))
        .await;
    let old = signed(&appliance.public, "old-secret", ("o-3", now_s()), b"{}");
    send(&old, PATH, b"{}").await.problem(401);
    assert_eq!(sent(&appliance, "o-1", "{}").await.status, 200);
    appliance
        .reload(|toml| toml.replace("\"shop\"", "\"till\""))
        .await;
    send(&appliance.public, PATH, b"{}").await.problem(404);
    let till = signed(&appliance.public, "new-secret", ("o-1", now_s()), b"{}");
    assert_eq!(
        send(&till, "/api/webhooks/till", b"{}").await.status,
        202,
        "ids are each source's own"
    );
}

#[tokio::test]
async fn a_sample_is_signed_and_foretold_and_recorded_only_if_that_is_asked() {
    let appliance = appliance(&format!("{SHOP}{SLACK}{MAILGUN}")).await;
    let test = async |source: &str, trial: Value| {
        let path = format!("/api/webhooks/{source}/test");
        let answer = appliance.admin.post(&path, &trial).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    for source in ["shop", "slack", "mail"] {
        let shown = test(source, json!({})).await;
        assert_eq!(
            (
                &shown["verdict"],
                &shown["status"],
                &shown["sent"],
                &shown["signed"]
            ),
            (&json!("accepted"), &json!(202), &json!(false), &json!(true)),
            "{shown}"
        );
        assert!(shown["events"][0]["id"].is_null());
    }
    assert!(events(&appliance).await.is_empty());
    let sample = json!({ "body": { "event_id": "Ev1" }, "send": true });
    let shown = test("slack", sample.clone()).await;
    let id = shown["events"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&shown["verdict"], &shown["sent"]),
        (&json!("accepted"), &json!(true))
    );
    let again = test("slack", sample).await;
    assert_eq!(
        (&again["verdict"], &again["status"], &again["events"][0]["id"]),
        (&json!("duplicate"), &json!(200), &json!(id))
    );
    assert_eq!(events(&appliance).await.len(), 1);
    let refused = test(
        "shop",
        json!({ "body": { "type": "x".repeat(33) }, "send": true }),
    )
    .await;
    assert_eq!(
        (&refused["verdict"], &refused["status"], &refused["sent"]),
        (&json!("refused"), &json!(422), &json!(false))
    );
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .starts_with("`type` is longer")
    );
    let challenge = json!({ "body": { "type": "url_verification", "challenge": "c" } });
    assert_eq!(test("slack", challenge).await["verdict"], "challenge answered");
    // What was shown could have been sent.
    let shown = test("shop", json!({ "body": { "n": 1 } })).await;
    let mut door = appliance.public.clone();
    for name in ["x-sig", "x-at", "x-id"] {
        door = door.with(name, shown["request"]["headers"][name].as_str().unwrap());
    }
    let body = shown["request"]["body"].as_str().unwrap();
    assert_eq!(send(&door, PATH, body.as_bytes()).await.status, 202);

    let admin = |path: &str| format!("/api/webhooks/{path}/test");
    appliance
        .admin
        .post(&admin("other"), &json!({}))
        .await
        .problem(404);
    appliance
        .stranger
        .post(&admin("shop"), &json!({}))
        .await
        .problem(401);
    appliance.stranger.get("/api/webhooks").await.problem(401);
    appliance
        .admin
        .post(&admin("mail"), &json!({ "body": [] }))
        .await
        .problem(422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_lists_sources_and_tries_one() {
    let appliance = appliance(&format!("{SHOP}{SLACK}")).await;
    let said = |args: &[&str]| {
        let output = appliance.gantry(args);
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let (code, text) = said(&["webhook", "list"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("/api/webhooks/shop") && text.contains("slack") && text.contains("7d"),
        "{text}"
    );
    let (code, text) = said(&["webhook", "test", "shop", "--body", r#"{"type":"PING"}"#]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with("POST /api/webhooks/shop\n")
            && text.contains("x-sig: sha256=")
            && text.contains("PING"),
        "{text}"
    );
    assert!(text.ends_with("It would be accepted (202)\n"), "{text}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{\"n\": 1}\n").unwrap();
    let path = file.path().to_str().unwrap();
    let (code, text) = said(&["webhook", "test", "shop", "--body", path, "--send"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.ends_with("It was accepted (202)\n"), "{text}");
    assert_eq!(events(&appliance).await.len(), 1);
    let long = format!("{{\"type\":\"{}\"}}", "x".repeat(33));
    let (code, text) = said(&["webhook", "test", "shop", "--json", "--body", &long]);
    assert_eq!(code, Some(1), "{text}");
    let shown: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(shown["verdict"], "refused");
    assert_eq!(said(&["webhook", "test", "shop", "--body", "{"]).0, Some(2));
    assert_eq!(
        said(&["webhook", "test", "shop", "--body", "no-such-file"]).0,
        Some(66)
    );
    assert_eq!(said(&["webhook", "test", "other"]).0, Some(1));
    let (_, text) = said(&["webhook", "list", "--json"]);
    let list: Value = serde_json::from_str(&text).unwrap();
    assert!(
        list["items"][0]["lastTakenAt"].is_null(),
        "a trial is nobody's word: {list}"
    );
}
