//! Presets: what each vendor is sent, and what follows its success, its limit and its refusals.

use std::time::Duration;

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{QUICK, deliveries, post, settled, shown, until, with_crm};
use crate::support::Appliance;

/// An appliance whose `crm` is the vendor `preset` names, at a receiver that answers as `script` says.
async fn vendor(
    preset: &str,
    script: impl Fn(usize, &Got) -> Act + Send + Sync + 'static,
) -> (Receiver, Appliance) {
    let receiver = Receiver::start(script).await;
    let lines = format!(
        "{QUICK}\nwindow = []\nconcurrency = 1\npreset = \"{preset}\"\nsigning_secret = \"env:SIGN\""
    );
    let appliance = with_crm(&receiver.url(), &lines)
        .variable("SIGN", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .start()
        .await;
    (receiver, appliance)
}

async fn send(appliance: &Appliance, key: &str, payload: &Value) -> String {
    let event = json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": key, "payload": payload });
    post(appliance, &event).await
}

/// Waits until nothing is under way, and says how deliveries stand, in the order of their events.
async fn standing(appliance: &Appliance, events: &[String]) -> Vec<String> {
    until(|| async {
        let all = deliveries(appliance, "").await;
        let open = |delivery: &Value| delivery["status"] == "PENDING" || delivery["status"] == "LEASED";
        if all.len() < events.len() || all.iter().any(open) {
            return None;
        }
        let status = |event: &String| {
            let found = all.iter().find(|delivery| delivery["eventId"] == *event)?;
            found["status"].as_str().map(str::to_owned)
        };
        events.iter().map(status).collect()
    })
    .await
}

fn gap(got: &[Got]) -> Duration {
    got[1].at - got[0].at
}

#[tokio::test]
async fn slack_is_sent_a_text_waits_as_asked_and_what_it_refuses_is_final() {
    let (receiver, appliance) = vendor("slack", |nth, _| match nth {
        0 => Act::Answer(
            429,
            vec![("Retry-After", "1".to_owned())],
            b"rate_limited".to_vec(),
        ),
        1 => Act::said(200, "ok"),
        2 => Act::said(400, "invalid_payload"),
        3 => Act::said(403, "action_prohibited"),
        4 => Act::said(404, "no_service"),
        _ => Act::said(410, "channel_is_archived"),
    })
    .await;
    let first = send(&appliance, "k-0", &json!({ "text": "Ann \"A\" signed up" })).await;
    settled(&appliance, &first, "DELIVERED").await;
    let got = receiver.got();
    assert_eq!(got[1].json(), json!({ "text": "Ann \"A\" signed up" }));
    assert!(gap(&got) >= Duration::from_secs(1), "{:?}", gap(&got));
    for key in ["k-1", "k-2", "k-3"] {
        let id = send(&appliance, key, &json!({})).await;
        settled(&appliance, &id, "DEAD").await;
        assert_eq!(shown(&appliance, "crm").await["paused"], Value::Null);
    }
    let gone = send(&appliance, "k-4", &json!({})).await;
    settled(&appliance, &gone, "DEAD").await;
    let reason = shown(&appliance, "crm").await["paused"]["reason"].clone();
    assert_eq!(reason, "it answered 410: it is gone for good");
    assert_eq!(receiver.got().len(), 6);
}

#[tokio::test]
async fn mailgun_is_sent_a_form_that_nothing_escapes_from() {
    let (receiver, appliance) = vendor("mailgun", |nth, _| match nth {
        0 => Act::status(429),
        1 => Act::said(200, r#"{"id":"<1@mg>","message":"Queued. Thank you."}"#),
        2 => Act::said(400, "to parameter is not a valid address"),
        _ => Act::said(401, "Forbidden"),
    })
    .await;
    let payload = json!({ "from": "a@mg.example", "to": "b@x.example", "subject": "1 & 2", "text": "x\r\n&bcc=e@x.example", "html": "<p>é" });
    let sent = send(&appliance, "k-0", &payload).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    assert_eq!(got[1].header("content-type"), "application/x-www-form-urlencoded");
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&got[1].body).into_owned().collect();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = [
        field("from", "a@mg.example"),
        field("to", "b@x.example"),
        field("subject", "1 & 2"),
        field("text", "x\r\n&bcc=e@x.example"),
        field("html", "<p>é"),
    ];
    assert_eq!(fields, expected);
    let refused = send(&appliance, "k-1", &payload).await;
    settled(&appliance, &refused, "DEAD").await;
    let kept = send(&appliance, "k-2", &payload).await;
    settled(&appliance, &kept, "RETRYING").await;
    assert!(
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .unwrap()
            .contains("credentials")
    );
}

#[tokio::test]
async fn sendgrid_is_done_with_202_and_its_quota_is_learned() {
    let (receiver, appliance) = vendor("sendgrid", |nth, got| match nth {
        0 => {
            let reset = (got.at_ms.div_euclid(1_000) + 2).to_string();
            let headers = vec![
                ("X-RateLimit-Limit", "600".to_owned()),
                ("X-RateLimit-Remaining", "0".to_owned()),
                ("X-RateLimit-Reset", reset),
            ];
            Act::Answer(
                429,
                headers,
                br#"{"errors":[{"field":null,"message":"too many requests"}]}"#.to_vec(),
            )
        }
        1 => Act::status(202),
        2 => Act::said(
            403,
            r#"{"errors":[{"message":"The from address does not match a verified Sender Identity."}]}"#,
        ),
        _ => Act::said(403, r#"{"errors":[{"message":"access forbidden"}]}"#),
    })
    .await;
    let payload = json!({ "from": "a@x.example", "email": "b@x.example", "subject": "Hi", "text": "Hello" });
    let sent = send(&appliance, "k-0", &payload).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    let reset_ms = (got[0].at_ms.div_euclid(1_000) + 2) * 1_000;
    assert!(got[1].at_ms >= reset_ms, "{} before {reset_ms}", got[1].at_ms);
    let expected = json!({
        "personalizations": [{ "to": [{ "email": "b@x.example" }] }], "from": { "email": "a@x.example" },
        "subject": "Hi", "content": [{ "type": "text/plain", "value": "Hello" }],
    });
    assert_eq!(got[1].json(), expected);
    let refused = send(&appliance, "k-1", &payload).await;
    settled(&appliance, &refused, "DEAD").await;
    let kept = send(&appliance, "k-2", &payload).await;
    settled(&appliance, &kept, "RETRYING").await;
    assert!(
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .unwrap()
            .contains("credentials")
    );
}

#[tokio::test]
async fn x_tells_by_its_quota_when_it_takes_posts_again() {
    let (receiver, appliance) = vendor("x", |nth, got| match nth {
        0 => {
            let reset = (got.at_ms.div_euclid(1_000) + 2).to_string();
            let headers = vec![
                ("x-rate-limit-limit", "100".to_owned()),
                ("x-rate-limit-remaining", "0".to_owned()),
                ("x-rate-limit-reset", reset),
            ];
            Act::Answer(
                429,
                headers,
                br#"{"title":"Too Many Requests","status":429}"#.to_vec(),
            )
        }
        1 => Act::said(201, r#"{"data":{"id":"1"}}"#),
        _ => Act::said(
            403,
            r#"{"detail":"You are not allowed to create a Tweet with duplicate content."}"#,
        ),
    })
    .await;
    let sent = send(&appliance, "k-0", &json!({ "text": "We are live" })).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    let reset_ms = (got[0].at_ms.div_euclid(1_000) + 2) * 1_000;
    assert!(got[1].at_ms >= reset_ms, "{} before {reset_ms}", got[1].at_ms);
    assert_eq!(got[1].json(), json!({ "text": "We are live" }));
    let again = send(&appliance, "k-1", &json!({ "text": "We are live" })).await;
    settled(&appliance, &again, "DEAD").await;
    let lacking = send(&appliance, "k-2", &json!({})).await;
    let dead = settled(&appliance, &lacking, "DEAD").await;
    assert_eq!(dead["lastClass"], "render");
    assert_eq!(receiver.got().len(), 3, "what cannot be made is not sent");
}

#[tokio::test]
async fn errors_within_a_200_of_product_hunt_are_judged() {
    let (receiver, appliance) = vendor("producthunt", |nth, _| match nth {
        0 => Act::said(
            200,
            r#"{"data":null,"errors":[{"error":"rate_limit_reached","details":{"limit":6250,"remaining":0,"reset_in":1}}]}"#,
        ),
        1 => Act::said(200, r#"{"data":{"post":{"votesCount":7}}}"#),
        2 => Act::said(200, r#"{"errors":[{"message":"Field 'x' doesn't exist on type 'Post'"}]}"#),
        _ => Act::said(200, r#"{"data":null,"errors":[{"error":"invalid_oauth_token"}]}"#),
    })
    .await;
    let payload = json!({ "query": "{ post(slug: \"gantry\") { votesCount } }" });
    let sent = send(&appliance, "k-0", &payload).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    assert!(gap(&got) >= Duration::from_secs(1), "{:?}", gap(&got));
    assert_eq!(
        got[1].json(),
        json!({ "query": payload["query"], "variables": {} })
    );
    let refused = send(&appliance, "k-1", &payload).await;
    settled(&appliance, &refused, "DEAD").await;
    let kept = send(&appliance, "k-2", &payload).await;
    settled(&appliance, &kept, "RETRYING").await;
    assert!(
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .unwrap()
            .contains("credentials")
    );
    assert_eq!(receiver.got().len(), 4);
}

#[tokio::test]
async fn hubspot_is_waited_for_by_the_limit_it_names_and_a_conflict_is_final() {
    let (receiver, appliance) = vendor("hubspot", |nth, _| match nth {
        0 => Act::said(200, r#"{"status":"COMPLETE","results":[{"id":"1","new":false}]}"#),
        1 => Act::said(
            409,
            r#"{"message":"Contact already exists. Existing ID: 51","category":"CONFLICT"}"#,
        ),
        2 => Act::said(
            207,
            r#"{"results":[],"numErrors":1,"errors":[{"category":"VALIDATION_ERROR"}]}"#,
        ),
        _ => Act::said(
            429,
            r#"{"status":"error","errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}"#,
        ),
    })
    .await;
    let payload = json!({ "email": "ann@x.example" });
    let mut events = Vec::new();
    for n in 0..4 {
        events.push(send(&appliance, &format!("k-{n}"), &payload).await);
        standing(&appliance, &events).await;
    }
    assert_eq!(
        standing(&appliance, &events).await,
        ["DELIVERED", "DEAD", "DEAD", "RETRYING"]
    );
    let got = receiver.got();
    let expected = json!({ "inputs": [{ "idProperty": "email", "id": "ann@x.example", "properties": { "email": "ann@x.example" } }] });
    assert_eq!(got[0].json(), expected);
    let waiting = settled(&appliance, &events[3], "RETRYING").await;
    let due: jiff::Timestamp = waiting["due"].as_str().unwrap().parse().unwrap();
    assert!(due.as_millisecond() >= got[3].at_ms + 10_000, "{due}");
    assert_eq!(got.len(), 4);
}

#[tokio::test]
async fn standard_webhooks_are_signed_messages_to_the_letter() {
    let (receiver, appliance) = vendor("standard-webhooks", |nth, _| match nth {
        0 => Act::retry_after(429, "1"),
        1 => Act::status(204),
        2 => Act::status(400),
        _ => Act::status(410),
    })
    .await;
    let payload = json!({ "n": 1.5, "deep": { "a": [1, 2] } });
    let sent = send(&appliance, "k-0", &payload).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    assert!(gap(&got) >= Duration::from_secs(1), "{:?}", gap(&got));
    let message = got[1].json();
    assert_eq!(
        (&message["type"], &message["data"]),
        (&json!("LEAD_CAPTURE"), &payload)
    );
    assert!(message["timestamp"].as_str().unwrap().ends_with('Z'), "{message}");
    assert_eq!(message.as_object().unwrap().len(), 3);
    assert!(got[1].header("webhook-signature").starts_with("v1,"));
    let refused = send(&appliance, "k-1", &payload).await;
    settled(&appliance, &refused, "DEAD").await;
    let gone = send(&appliance, "k-2", &payload).await;
    settled(&appliance, &gone, "DEAD").await;
    assert!(
        shown(&appliance, "crm").await["paused"]["reason"]
            .as_str()
            .unwrap()
            .contains("410")
    );
}

#[tokio::test]
async fn an_address_and_headers_are_made_of_the_event_and_lead_nowhere_else() {
    let receiver = Receiver::glad().await;
    let url = format!(
        "http://{}/v1/{{{{ payload.id }}}}/notes?by={{{{ payload.id }}}}",
        receiver.at
    );
    let lines = format!("{QUICK}\nheaders = {{ \"X-Name\" = \"{{{{ payload.name }}}}\" }}");
    let appliance = with_crm(&url, &lines).start().await;
    let sent = send(&appliance, "k-0", &json!({ "id": "a/../b?c#d&e", "name": "Zoë" })).await;
    settled(&appliance, &sent, "DELIVERED").await;
    let got = receiver.got();
    let id = "a%2F..%2Fb%3Fc%23d%26e";
    assert_eq!(got[0].target, format!("/v1/{id}/notes?by={id}"));
    assert_eq!(got[0].header("x-name"), "Zoë");
    for (key, payload, why) in [
        ("k-1", json!({ "id": "..", "name": "Ann" }), "leads elsewhere"),
        (
            "k-2",
            json!({ "id": "7", "name": "Ann\r\nX-Evil: 1" }),
            "line break",
        ),
        ("k-3", json!({ "name": "Ann" }), "undefined"),
    ] {
        let id = send(&appliance, key, &payload).await;
        let dead = settled(&appliance, &id, "DEAD").await;
        assert_eq!(dead["lastClass"], "render");
        assert!(dead["lastError"].as_str().unwrap().contains(why), "{dead}");
    }
    assert_eq!(receiver.got().len(), 1);
}
