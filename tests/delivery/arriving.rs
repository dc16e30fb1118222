//! What arrives: the request, its ids, its order and its time.

use std::collections::HashSet;
use std::time::Duration;

use gantry::model::time::Millis;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::receiver::{Act, Receiver};
use crate::stage::{
    QUICK, crm, destination, done, event, outward, post, post_all, route, settled, story, until, with_crm,
};
use crate::support::{ADMIN_TOKEN, Appliance, with};

fn now() -> Millis {
    gantry::clock::Clock::System.now()
}

#[tokio::test]
async fn an_event_arrives_whole_under_its_deliverys_id() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    let delivery = settled(&appliance, &id, "DELIVERED").await;
    let [got] = &receiver.got()[..] else {
        panic!("one request")
    };
    assert_eq!((got.method.as_str(), got.target.as_str()), ("POST", "/hook"));
    assert_eq!(got.header("content-type"), "application/json");
    assert_eq!(got.header("accept-encoding"), "identity");
    assert!(got.header("user-agent").starts_with("gantry/"));
    assert_eq!(delivery["id"], got.header("x-request-id"));
    assert_eq!(delivery["id"], got.header("idempotency-key"));
    let trace = format!("00-{}-", id.replace('-', ""));
    assert!(got.header("traceparent").starts_with(&trace), "{got:?}");
    let body = got.json();
    assert_eq!(body["id"], id);
    assert_eq!(body["type"], "LEAD_CAPTURE");
    assert_eq!(body["source"], "web");
    assert_eq!(body["idempotencyKey"], "k-1");
    assert_eq!(body["payload"], json!({ "email": "ann@example.com" }));
    let story = story(&appliance, &id).await;
    assert_eq!(story["status"], "COMPLETED");
    let history = &story["deliveries"][0]["history"];
    assert_eq!(
        (&history[0]["class"], &history[0]["status"]),
        (&json!("2xx"), &json!(200))
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_destination_says_how_it_is_called() {
    let receiver = Receiver::glad().await;
    let lines = format!(
        r#"{QUICK}
method = "PUT"
headers = {{ Authorization = "env:CRM", X-Team = "growth" }}
body = '{{"who": {{{{ payload.email | tojson }}}}}}'"#
    );
    let appliance = with_crm(&receiver.url(), &lines)
        .variable("CRM", "Bearer hunter2")
        .start()
        .await;
    post(&appliance, &event("k-1")).await;
    let got = receiver.wait(1).await.remove(0);
    assert_eq!(got.method, "PUT");
    assert_eq!(got.header("authorization"), "Bearer hunter2");
    assert_eq!(got.header("x-team"), "growth");
    assert_eq!(got.json(), json!({ "who": "ann@example.com" }));
}

#[tokio::test]
async fn every_attempt_has_the_same_ids_and_a_span_of_its_own() {
    let receiver = Receiver::start(|nth, _| Act::status(if nth < 3 { 503 } else { 200 })).await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let id = post(&appliance, &event("k-1")).await;
    let delivery = settled(&appliance, &id, "DELIVERED").await;
    assert_eq!(delivery["attempts"], 4);
    let got = receiver.got();
    let distinct = |name| {
        got.iter()
            .map(|got| got.header(name))
            .collect::<HashSet<_>>()
            .len()
    };
    assert_eq!(got.len(), 4);
    assert_eq!((distinct("x-request-id"), distinct("idempotency-key")), (1, 1));
    assert_eq!(distinct("traceparent"), 4);
    let bodies: HashSet<&[u8]> = got.iter().map(|got| got.body.as_slice()).collect();
    assert_eq!(bodies.len(), 1, "the body is the same each time");
    let story = story(&appliance, &id).await;
    let history = story["deliveries"][0]["history"].as_array().unwrap();
    let classes: Vec<_> = history.iter().map(|attempt| &attempt["class"]).collect();
    assert_eq!(classes, ["5xx", "5xx", "5xx", "2xx"]);
}

#[tokio::test]
async fn each_of_several_destinations_gets_it_under_an_id_of_its_own() {
    let (one, other) = (
        Receiver::glad().await,
        Receiver::start(|_, _| Act::status(404)).await,
    );
    let toml = outward(&[
        destination("one", &one.url(), QUICK),
        destination("other", &other.url(), QUICK),
        route(&["one", "other"]),
    ]);
    let appliance = Appliance::build().config(&toml).start().await;
    let id = post(&appliance, &event("k-1")).await;
    settled(&appliance, &id, "DELIVERED").await;
    settled(&appliance, &id, "DEAD").await;
    let (one, other) = (one.wait(1).await, other.wait(1).await);
    assert_ne!(one[0].header("x-request-id"), other[0].header("x-request-id"));
    assert_eq!(story(&appliance, &id).await["status"], "FAILED");
}

#[tokio::test]
async fn nothing_is_sent_before_its_time() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let at = now().plus(800);
    let later = with(event("later"), json!({ "scheduledAt": at.to_string() }));
    post(&appliance, &later).await;
    post(&appliance, &event("now")).await;
    let got = receiver.wait(2).await;
    assert_eq!(
        (got[0].key(), got[1].key()),
        ("now".to_owned(), "later".to_owned())
    );
    assert!(got[1].at_ms >= at.0, "{} ms early", at.0 - got[1].at_ms);
    assert!(got[1].at_ms < at.0 + 2_000, "{} ms late", got[1].at_ms - at.0);
}

#[tokio::test]
async fn what_has_expired_is_not_sent() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    done(&appliance, "/api/destinations/crm/pause").await;
    let at = now().plus(100);
    let short = with(event("short"), json!({ "expiresAt": at.to_string() }));
    let id = post(&appliance, &short).await;
    until(|| async { (now() > at).then_some(()) }).await;
    post(&appliance, &event("long")).await;
    done(&appliance, "/api/destinations/crm/resume").await;
    settled(&appliance, &id, "CANCELLED").await;
    let keys: Vec<String> = receiver.wait(1).await.iter().map(|got| got.key()).collect();
    assert_eq!(keys, ["long"]);
    assert_eq!(story(&appliance, &id).await["status"], "EXPIRED");
}

/// Lanes that share a pace take their deliveries at one moment, and send them half a second apart.
#[tokio::test]
async fn what_expires_after_it_was_taken_is_not_sent_either() {
    let receiver = Receiver::glad().await;
    let names = ["a", "b", "c", "d"];
    let lines = "rate = \"2/s\"\npace_jitter = 0.0\nquota_group = \"token\"";
    let mut tables: Vec<String> = names.map(|name| destination(name, &receiver.url(), lines)).into();
    tables.push(route(&names));
    let appliance = Appliance::build().config(&outward(&tables)).start().await;
    let at = now().plus(600);
    let short = with(event("short"), json!({ "expiresAt": at.to_string() }));
    let id = post(&appliance, &short).await;
    let dropped = until(|| async {
        let story = story(&appliance, &id).await;
        let deliveries = story["deliveries"].as_array().unwrap();
        let stand = |status| deliveries.iter().filter(move |one| one["status"] == status);
        let open = deliveries.len() - stand("DELIVERED").count() - stand("CANCELLED").count();
        (open == 0).then(|| stand("CANCELLED").cloned().collect::<Vec<_>>())
    })
    .await;
    assert!(dropped.len() >= 2, "{dropped:?}");
    assert!(
        dropped.iter().all(|delivery| delivery["attempts"] == 0),
        "{dropped:?}"
    );
    assert!(receiver.got().iter().all(|got| got.at_ms <= at.0 + 100));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn among_what_is_due_the_most_urgent_goes_first() {
    let receiver = Receiver::glad().await;
    let lines = format!("{QUICK}\nconcurrency = 1");
    let appliance = crm(&receiver.url(), &lines).await;
    done(&appliance, "/api/destinations/crm/pause").await;
    let events: Vec<_> = [3, 0, 9, 5, 9]
        .iter()
        .enumerate()
        .map(|(n, priority)| with(event(&format!("{priority}-{n}")), json!({ "priority": priority })))
        .collect();
    post_all(&appliance, &events).await;
    done(&appliance, "/api/destinations/crm/resume").await;
    let keys: Vec<String> = receiver.wait(5).await.iter().map(|got| got.key()).collect();
    assert_eq!(keys, ["9-2", "9-4", "5-3", "3-0", "0-1"]);
}

#[tokio::test]
async fn a_receiver_that_was_down_gets_everything_once_it_is_up() {
    let receiver = Receiver::glad().await;
    let url = receiver.url();
    let at = receiver.close().await;
    let appliance = crm(&url, QUICK).await;
    let events: Vec<_> = (0..20).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    until(|| async {
        let waiting = crate::stage::deliveries(&appliance, "status=RETRYING&class=network").await;
        (waiting.len() == 20).then_some(())
    })
    .await;
    let receiver = Receiver::listen(at, |_, _| Act::status(204)).await;
    let got = receiver.wait(20).await;
    let ids: HashSet<&str> = got.iter().map(|got| got.header("x-request-id")).collect();
    assert_eq!((got.len(), ids.len()), (20, 20));
    until(|| async {
        let delivered = crate::stage::deliveries(&appliance, "status=DELIVERED").await;
        (delivered.len() == 20).then_some(())
    })
    .await;
    appliance.assert_clean().await;
}

#[tokio::test]
async fn an_idle_lane_sends_at_once() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    post(&appliance, &event("first")).await;
    receiver.wait(1).await;
    let mut waits = Vec::new();
    for n in 1..=20 {
        post(&appliance, &event(&format!("k-{n}"))).await;
        let acknowledged = std::time::Instant::now();
        let got = receiver.wait(n + 1).await;
        waits.push(got[n].at.saturating_duration_since(acknowledged));
    }
    waits.sort();
    assert!(waits[10] < Duration::from_millis(100), "{waits:?}");
}

#[tokio::test]
async fn an_event_whose_sender_hung_up_is_delivered_all_the_same() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 64")).await;
    let at = appliance.admin_url().replace("http://", "");
    for n in 0..60 {
        let body = event(&format!("k-{n}")).to_string();
        let request = format!(
            "POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ADMIN_TOKEN}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut sender = tokio::net::TcpStream::connect(&at).await.unwrap();
        sender.write_all(request.as_bytes()).await.unwrap();
        // Gone before, while or after it is recorded.
        tokio::time::sleep(Duration::from_micros(n * 40)).await;
        drop(sender);
    }
    // Nothing else comes that would wake the lane.
    until(|| async {
        let all = appliance.admin.get("/api/events?limit=100").await.json();
        let all = all["items"].as_array().unwrap().clone();
        let done = all.iter().filter(|event| event["status"] == "COMPLETED").count();
        (done == all.len() && receiver.got().len() == done).then_some(())
    })
    .await;
}
