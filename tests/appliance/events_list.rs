//! Events as the owner sees them: listed, shown with everything that was tried, called off, moved.

use std::sync::Arc;

use gantry::events::intake::{self, Arrival};
use gantry::model::delivery::{Attempt, AttemptClass, DestinationNumber, Settlement};
use gantry::model::event::{EventId, Pattern, Recorded, Route};
use gantry::model::ids::DestinationName;
use gantry::model::time::Millis;
use serde_json::{Value, json};

use super::events::{PATH, event, sender};
use crate::support::{Appliance, with};

/// Records an event that goes to `crm`, whom nobody serves; its path.
async fn routed(appliance: &Appliance, event: &Value) -> String {
    let crm = DestinationName::parse("crm").expect("a name");
    let known = appliance.store.know_destinations(vec![crm.clone()]).await;
    known.expect("known");
    let arrival = Arrival {
        id: EventId::new(Millis(1_796_112_060_000), [7; 8]),
        now: Millis(0),
        key: None,
        trace: None,
    };
    let draft = intake::draft(event.to_string().as_bytes(), arrival).expect("an event");
    let id = draft.id;
    let route = Route {
        kind: Pattern::Any,
        source: Pattern::Any,
        to: vec![crm],
    };
    let recorded = appliance.store.record_events(vec![draft], Arc::new(vec![route]));
    let recorded = recorded.await.expect("recorded");
    assert!(matches!(recorded[..], [Recorded::Accepted { .. }]));
    format!("{PATH}/{id}")
}

async fn listed(appliance: &Appliance, query: &str) -> Vec<Value> {
    let answer = appliance.admin.get(&format!("{PATH}?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()["items"].as_array().expect("items").clone()
}

fn keys(events: &[Value]) -> Value {
    events
        .iter()
        .map(|event| event["idempotencyKey"].clone())
        .collect()
}

#[tokio::test]
async fn events_are_listed_newest_first_filtered_and_paged() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    for n in 0..5 {
        let (kind, source) = if n % 2 == 0 {
            ("LEAD_CAPTURE", "web")
        } else {
            ("SIGNUP", "app é")
        };
        let fields = json!({ "type": kind, "source": source, "priority": n });
        assert_eq!(
            sender
                .post(PATH, &with(event(&format!("k-{n}")), fields))
                .await
                .status,
            202
        );
    }
    let later = json!({ "scheduledAt": "2096-12-01T00:00:00Z", "expiresAt": "2096-12-02T00:00:00Z" });
    routed(&appliance, &with(event("k-5"), later)).await;

    let all = listed(&appliance, "").await;
    assert_eq!(keys(&all), json!(["k-5", "k-4", "k-3", "k-2", "k-1", "k-0"]));
    assert_eq!(
        (&all[0]["status"], &all[0]["expiresAt"]),
        (&json!("PENDING"), &json!("2096-12-02T00:00:00.000Z"))
    );
    assert_eq!(
        (&all[1]["status"], &all[1]["priority"]),
        (&json!("COMPLETED"), &json!(4))
    );
    assert!(
        all.iter().all(|event| event["payload"].is_null()),
        "a list has no payloads"
    );

    assert_eq!(
        keys(&listed(&appliance, "type=SIGNUP").await),
        json!(["k-3", "k-1"])
    );
    assert_eq!(
        keys(&listed(&appliance, "source=app%20%C3%A9&type=SIGNUP").await),
        json!(["k-3", "k-1"])
    );
    assert_eq!(keys(&listed(&appliance, "status=PENDING").await), json!(["k-5"]));
    assert_eq!(
        keys(&listed(&appliance, "source=web&type=SIGNUP").await),
        json!([])
    );
    let created = all[2]["createdAt"].as_str().expect("an instant");
    assert!(listed(&appliance, &format!("from={created}")).await.len() >= 3);
    assert!(listed(&appliance, &format!("to={created}")).await.len() <= 3);
    for (wrong, field) in [
        ("status=pending", "status"),
        ("status=DELIVERED", "status"),
        ("type=abcdefghijklmnopqrstuvwxyzabcdefg", "type"),
        ("source=%00", "source"),
        ("from=yesterday", "from"),
        ("to=2026-12-01T00:00:00", "to"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let problem = appliance.admin.get(&format!("{PATH}?{wrong}")).await.problem(422);
        assert_eq!(problem["field"], field, "{wrong}");
    }

    let mut seen = Vec::new();
    let mut path = format!("{PATH}?limit=2&source=web");
    loop {
        let page = appliance.admin.get(&path).await.json();
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        seen.extend(items.iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = format!("{PATH}?limit=2&source=web&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(keys(&seen), json!(["k-5", "k-4", "k-2", "k-0"]));
}

#[tokio::test]
async fn an_event_is_shown_to_the_letter_with_every_attempt() {
    let appliance = Appliance::start().await;
    let payload = r#"{"z":12345678901234567,"a":["é",1.50]}"#;
    let body = format!(r#"{{"type":"T","source":"s","idempotencyKey":"k-1","payload":{payload}}}"#);
    let sender = sender(&appliance).await;
    let sent = sender.send(http::Method::POST, PATH, body.into()).await;
    let id = sent.json()["id"].as_str().expect("an id").to_owned();
    let shown = appliance.admin.get(&format!("{PATH}/{id}")).await;
    assert!(
        shown
            .text()
            .contains(r#""payload":{"z":12345678901234567,"a":["é",1.5]}"#),
        "{}",
        shown.text()
    );
    assert_eq!(shown.json()["deliveries"], json!([]));

    let path = routed(&appliance, &event("k-2")).await;
    let claim = appliance
        .store
        .claim(DestinationNumber(0), 1, 60_000)
        .await
        .expect("a claim");
    let taken = claim.taken.first().expect("it is due");
    let attempt = Attempt {
        number: 1,
        at: Millis(1_796_112_060_000),
        took_ms: 12,
        class: AttemptClass::ServerError,
        status: Some(503),
        excerpt: "down \"now\"".into(),
    };
    let retry = Settlement::Retry(Millis(4_000_000_000_000));
    let settled = appliance.store.settle_delivery(taken.id, attempt, retry).await;
    assert!(settled.expect("settled"));
    let shown = appliance.admin.get(&path).await.json();
    assert_eq!(
        (&shown["status"], &shown["payload"]),
        (&json!("PROCESSING"), &event("-")["payload"])
    );
    let delivery = &shown["deliveries"][0];
    assert_eq!(delivery["id"], taken.id.to_string());
    assert_eq!(
        (
            &delivery["destination"],
            &delivery["status"],
            &delivery["attempts"]
        ),
        (&json!("crm"), &json!("RETRYING"), &json!(1))
    );
    assert_eq!(delivery["due"], "2096-10-02T07:06:40.000Z");
    assert_eq!(
        (&delivery["lastClass"], &delivery["lastError"]),
        (&json!("5xx"), &json!("503: down \"now\""))
    );
    let history = json!([{
        "number": 1, "at": "2026-12-01T08:01:00.000Z", "tookMs": 12, "class": "5xx", "status": 503, "excerpt": "down \"now\"",
    }]);
    assert_eq!(delivery["history"], history);
    for none in ["00000000-0000-7000-8000-000000000000", "x", "%00"] {
        appliance.admin.get(&format!("{PATH}/{none}")).await.problem(404);
    }
}

#[tokio::test]
async fn an_event_is_called_off_while_it_is_pending() {
    let appliance = Appliance::start().await;
    let later = json!({ "scheduledAt": "2096-12-01T00:00:00Z" });
    let path = routed(&appliance, &with(event("k-1"), later)).await;
    let cancel = async || {
        appliance
            .admin
            .post(&format!("{path}/cancel"), &Value::Null)
            .await
    };
    let cancelled = cancel().await;
    assert_eq!(
        (cancelled.status, &cancelled.json()["status"]),
        (200, &json!("CANCELLED"))
    );
    let shown = appliance.admin.get(&path).await.json();
    assert_eq!(
        (&shown["status"], &shown["deliveries"][0]["status"]),
        (&json!("CANCELLED"), &json!("CANCELLED"))
    );
    let problem = cancel().await.problem(409);
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("CANCELLED"))
    );
    let to = json!({ "scheduledAt": "2096-12-02T00:00:00Z" });
    appliance
        .admin
        .post(&format!("{path}/reschedule"), &to)
        .await
        .problem(409);
    let none = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    appliance
        .admin
        .post(&format!("{none}/cancel"), &Value::Null)
        .await
        .problem(404);
    appliance
        .admin
        .post(&format!("{none}/reschedule"), &to)
        .await
        .problem(404);
    // Its key stays its own.
    let again = sender(&appliance).await.post(PATH, &event("k-1")).await;
    assert_eq!(
        (again.status, &again.json()["status"]),
        (200, &json!("CANCELLED"))
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn an_event_is_moved_by_the_rules_of_its_arrival() {
    let appliance = Appliance::start().await;
    let times = json!({ "scheduledAt": "2096-12-01T00:00:00Z", "expiresAt": "2096-12-24T00:00:00Z" });
    let path = routed(&appliance, &with(event("k-1"), times)).await;
    let to = async |body: Value| appliance.admin.post(&format!("{path}/reschedule"), &body).await;
    for (body, instant) in [
        (
            json!({ "scheduledAt": "2096-12-02T00:00:00+01:00" }),
            "2096-12-01T23:00:00.000Z",
        ),
        (
            json!({ "scheduledAt": "2096-11-04T01:30", "timezone": "America/Los_Angeles" }),
            "2096-11-04T08:30:00.000Z",
        ),
        (
            json!({ "scheduledAt": "2096-03-11T02:30", "timezone": "America/Los_Angeles" }),
            "2096-03-11T10:00:00.000Z",
        ),
    ] {
        let moved = to(body).await;
        assert_eq!(
            (moved.status, &moved.json()["scheduledAt"]),
            (200, &json!(instant))
        );
        let due = appliance.admin.get(&path).await.json()["deliveries"][0]["due"].clone();
        assert_eq!(due, instant);
    }
    to(json!({ "scheduledAt": "2096-12-01T00:00:00" }))
        .await
        .problem(400);
    for (wrong, field) in [
        (json!({}), "scheduledAt"),
        (json!({ "scheduledAt": "soon" }), "scheduledAt"),
        (json!({ "scheduledAt": "2096-12-24T00:00:00Z" }), "scheduledAt"),
        (
            json!({ "scheduledAt": "2096-12-01T00:00:00", "timezone": "Mars/Base" }),
            "timezone",
        ),
    ] {
        assert_eq!(to(wrong.clone()).await.problem(422)["field"], field, "{wrong}");
    }
    to(json!({ "scheduledAt": "2096-12-02T00:00:00Z", "at": 1 }))
        .await
        .problem(422);
    // A time that has passed is now.
    let moved = to(json!({ "scheduledAt": "2020-01-01T00:00:00Z" })).await.json();
    assert!(
        moved["scheduledAt"]
            .as_str()
            .is_some_and(|at| ("2026".."2096").contains(&at)),
        "{moved}"
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn events_are_found_by_what_their_names_hold_and_at_once_by_id_or_key() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let mut ids = Vec::new();
    for (kind, source, key) in [
        ("LEAD_CAPTURE", "Landing page", "order-1"),
        ("LEAD_LOST", "app", "order-12"),
        ("SIGNUP", "app", "lead-9"),
    ] {
        let fields = json!({ "type": kind, "source": source });
        let answer = sender.post(PATH, &with(event(key), fields)).await;
        ids.push(answer.json()["id"].as_str().expect("an id").to_owned());
    }
    for (query, expected) in [
        ("q=order", json!(["order-12", "order-1"])),
        ("q=LANDING", json!(["order-1"])),
        ("q=lead", json!(["lead-9", "order-12", "order-1"])),
        ("q=order-1", json!(["order-1"])),
        ("q=order-1&source=app", json!([])),
        ("q=nobody", json!([])),
        ("type=LEAD_*", json!(["order-12", "order-1"])),
        ("type=LEAD_*&q=app", json!(["order-12"])),
        ("source=a*", json!(["lead-9", "order-12"])),
        (&format!("q={}", ids[1]), json!(["order-12"])),
        ("q=01a2309f-0e60-7fff-bfff-ffffffff0000", json!([])),
    ] {
        assert_eq!(keys(&listed(&appliance, query).await), expected, "{query}");
    }
    let long = "x".repeat(101);
    for (wrong, field) in [
        ("type=LEAD_*_X", "type"),
        ("type=**", "type"),
        (&format!("q={long}"), "q"),
    ] {
        let problem = appliance.admin.get(&format!("{PATH}?{wrong}")).await.problem(422);
        assert_eq!(problem["field"], field, "{wrong}");
    }
}
