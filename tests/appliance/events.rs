//! `POST /api/events`: what it answers, who may send, and in which order it looks.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::support::http::{Answer, Door};
use crate::support::{ADMIN_TOKEN, Appliance, with};

pub(crate) const PATH: &str = "/api/events";

/// The public address, with a key that may send.
pub(crate) async fn sender(appliance: &Appliance) -> Door {
    appliance.public.with_key(&new_key(appliance, "ingest").await)
}

async fn new_key(appliance: &Appliance, scope: &str) -> String {
    let wanted = json!({ "name": format!("the {scope} key"), "scope": scope });
    let made = appliance.admin.post("/api/keys", &wanted).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["key"].as_str().expect("a key").to_owned()
}

pub(crate) fn event(key: &str) -> Value {
    json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": key, "payload": { "email": "ann@example.com" } })
}

/// The answer must be of this status and outcome.
#[track_caller]
fn outcome(answer: &Answer, status: u16, outcome: &str) -> Value {
    let said = (answer.status, answer.header("x-event-status"));
    assert_eq!(said, (status, outcome), "{}", answer.text());
    answer.json()
}

async fn count(appliance: &Appliance, outcome: &str) -> u64 {
    let page = appliance.stranger.get("/metrics").await.text();
    let name = format!("gantry_events_ingested_total{{outcome=\"{outcome}\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|number| number.parse().ok()).expect("a count")
}

#[tokio::test]
async fn a_new_event_is_accepted_with_its_id_fingerprint_and_time() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let answer = sender.post(PATH, &event("k-1")).await;
    let told = outcome(&answer, 202, "ACCEPTED");
    assert_eq!(answer.header("content-type"), "application/json");
    let members: Vec<&String> = told.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["fingerprint", "id", "scheduledAt", "status"]);
    // Nobody is to be told of it.
    assert_eq!(told["status"], "COMPLETED");
    // The first 16 digits of `printf '{"payload":{"email":"ann@example.com"},"source":"web","type":"LEAD_CAPTURE"}' | sha256sum`
    assert_eq!(told["fingerprint"], "d956044f464cd40e");
    assert!(told["scheduledAt"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(count(&appliance, "accepted").await, 1);
}

#[tokio::test]
async fn the_same_event_again_is_a_duplicate_with_the_first_id() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let first = outcome(&sender.post(PATH, &event("k-1")).await, 202, "ACCEPTED");
    // In another order, with other spaces, at another time: type, source and payload are what it is.
    let again = br#"{ "payload":{"email":"ann\u0040example.com"}, "idempotencyKey":"k-1","source":"web",
        "type":"LEAD_CAPTURE","priority":9,"scheduledAt":"2096-01-01T00:00:00Z" }"#;
    let again = sender.send(Method::POST, PATH, Bytes::from_static(again)).await;
    let again = outcome(&again, 200, "DUPLICATE");
    for member in ["id", "fingerprint", "scheduledAt", "status"] {
        assert_eq!(again[member], first[member], "{member}");
    }
    assert_eq!(count(&appliance, "duplicate").await, 1);
}

#[tokio::test]
async fn another_event_under_the_same_key_is_a_conflict_that_names_the_first() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let first = outcome(&sender.post(PATH, &event("k-1")).await, 202, "ACCEPTED");
    for other in [
        json!({ "type": "LEAD_CAPTURED" }),
        json!({ "source": "app" }),
        json!({ "payload": {} }),
    ] {
        let answer = sender.post(PATH, &with(event("k-1"), other)).await;
        assert_eq!(answer.header("x-event-status"), "CONFLICT");
        let problem = answer.problem(422);
        assert_eq!(problem["type"], "urn:gantry:problem:idempotency-conflict");
        assert_eq!(problem["id"], first["id"]);
    }
    assert_eq!(count(&appliance, "conflict").await, 3);
    let listed = appliance.admin.get(PATH).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_comes_in_the_header_the_body_or_both_alike() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let keyless = with(event("-"), json!({ "idempotencyKey": null }));
    let bare = sender.with("idempotency-key", "k-1");
    let first = outcome(&bare.post(PATH, &keyless).await, 202, "ACCEPTED");
    let quoted = sender.with("idempotency-key", "\"k-1\"");
    for body in [&keyless, &event("k-1")] {
        let again = outcome(&quoted.post(PATH, body).await, 200, "DUPLICATE");
        assert_eq!(again["id"], first["id"]);
    }
    quoted.post(PATH, &event("k-2")).await.problem(422);
    sender.post(PATH, &keyless).await.problem(400);
    sender
        .with("idempotency-key", "\"k-1")
        .post(PATH, &keyless)
        .await
        .problem(400);
}

#[tokio::test]
async fn only_a_key_for_it_sends_events_and_the_owner() {
    let appliance = Appliance::start().await;
    let (ingest, read) = (
        new_key(&appliance, "ingest").await,
        new_key(&appliance, "read").await,
    );
    for path in [PATH, "/api/events/batch"] {
        let send = async |door: &Door| door.post(path, &event("k-1")).await;
        let (public, admin) = (&appliance.public, &appliance.stranger);
        for door in [public, admin] {
            send(door).await.problem(401);
            send(&door.with_key("gty_no")).await.problem(401);
            send(&door.with_key(&read)).await.problem(403);
            assert!([200, 202].contains(&send(&door.with_key(&ingest)).await.status));
        }
        // The admin's token is not for the public address.
        send(&public.with_key(ADMIN_TOKEN)).await.problem(403);
        assert_eq!(send(&admin.with_key(ADMIN_TOKEN)).await.status, 200);
        assert_eq!(send(&appliance.owner).await.status, 200);
    }
    assert_eq!(count(&appliance, "accepted").await, 1);
    assert_eq!(count(&appliance, "unauthorized").await, 14);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_promised_order() {
    let limits = "[limits]\ningest = \"1/h burst 4\"\nauth = \"off\"";
    let appliance = Appliance::build().config(limits).start().await;
    let sender = sender(&appliance).await;
    let large = || Bytes::from(vec![b'{'; 64 * 1024 + 1]);
    let post = async |door: &Door, body: Bytes| door.send(Method::POST, PATH, body).await;
    // 401 takes no token.
    for _ in 0..5 {
        post(&appliance.public, large()).await.problem(401);
    }
    let first = post(&sender, large()).await;
    first.problem(413);
    assert_eq!(first.header("ratelimit-policy"), "\"ingest\";q=4;w=14400");
    assert_eq!(first.header("ratelimit"), "\"ingest\";r=3;t=3600");
    let long = sender.with("idempotency-key", &"k".repeat(65));
    post(&long, Bytes::from_static(b"{")).await.problem(400);
    post(&long, Bytes::from_static(b"{}")).await.problem(422);
    assert_eq!(sender.post(PATH, &event("k-1")).await.status, 202);
    let refused = post(&sender, large()).await;
    refused.problem(429);
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|s| s <= 3_600)
    );
    // One bucket for single events and batches; the socket has none.
    sender.post("/api/events/batch", &event("k-2")).await.problem(429);
    assert_eq!(appliance.owner.post(PATH, &event("k-2")).await.status, 202);
    for (outcome, times) in [
        ("unauthorized", 5),
        ("refused", 3),
        ("accepted", 2),
        ("limited", 2),
    ] {
        assert_eq!(count(&appliance, outcome).await, times, "{outcome}");
    }
}

#[tokio::test]
async fn an_event_fills_64_kib_and_no_more() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let frame = event("k-1").to_string().len() - "ann@example.com".len();
    let of = |bytes: usize| {
        with(
            event("k-1"),
            json!({ "payload": { "email": "x".repeat(bytes - frame) } }),
        )
    };
    sender.post(PATH, &of(64 * 1024 + 1)).await.problem(413);
    assert_eq!(sender.post(PATH, &of(64 * 1024)).await.status, 202);
}

#[tokio::test]
async fn a_local_time_is_answered_with_the_instant_that_was_chosen() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let at = async |local: &str, zone: Value| {
        let key = format!("{local} {zone}");
        let times = json!({ "scheduledAt": local, "timezone": zone });
        sender.post(PATH, &with(event(&key), times)).await
    };
    for (local, zone, instant) in [
        // Clocks go from 02:00 to 03:00: the first instant that exists.
        (
            "2096-03-11T02:30:00",
            "America/Los_Angeles",
            "2096-03-11T10:00:00.000Z",
        ),
        // 01:30 comes twice: the first.
        (
            "2096-11-04T01:30",
            "America/Los_Angeles",
            "2096-11-04T08:30:00.000Z",
        ),
        // No winter time in British Columbia, nor summer time in Morocco, since 2026.
        (
            "2096-12-01T00:01:00",
            "America/Vancouver",
            "2096-12-01T07:01:00.000Z",
        ),
        (
            "2096-12-01T00:01:00",
            "Africa/Casablanca",
            "2096-12-01T00:01:00.000Z",
        ),
        // An offset needs no zone, and wins.
        (
            "2096-12-01T00:01:00-08:00",
            "Africa/Casablanca",
            "2096-12-01T08:01:00.000Z",
        ),
    ] {
        let told = outcome(&at(local, json!(zone)).await, 202, "ACCEPTED");
        assert_eq!(told["scheduledAt"], instant, "{local} in {zone}");
        // Sent again, it says the same.
        let again = outcome(&at(local, json!(zone)).await, 200, "DUPLICATE");
        assert_eq!(again["scheduledAt"], instant);
    }
    at("2096-12-01T00:01:00", Value::Null).await.problem(400);
    at("2096-12-01T00:01:00", json!("Mars/Base")).await.problem(422);
    // A time that has passed is now.
    let past = outcome(&at("2020-01-01T00:00:00Z", Value::Null).await, 202, "ACCEPTED");
    assert!(past["scheduledAt"].as_str().is_some_and(|at| at > "2026"));
}

#[tokio::test]
async fn on_the_public_address_every_other_method_is_the_sites() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for path in [PATH, "/api/events/batch"] {
            let answer = sender.send(method.clone(), path, Bytes::new()).await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
}
