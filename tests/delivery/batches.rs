//! Several deliveries in one call.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{
    QUICK, crm, deliveries, event, metric, post, post_all, settled, shown, story, until, with_crm,
};

fn lines(batch: &str) -> String {
    format!("{QUICK}\nbatch = {batch}\n")
}

fn events(from: usize, count: usize) -> Vec<Value> {
    (from..from + count).map(|n| event(&format!("k-{n}"))).collect()
}

/// The idempotency keys of the events in a call, in order.
fn keys(got: &Got) -> Vec<String> {
    let all = got.json();
    let each = all.as_array().expect("a list").iter();
    each.map(|event| event["idempotencyKey"].as_str().expect("a key").to_owned())
        .collect()
}

/// The deliveries of a call, in order.
fn ids(got: &Got) -> Vec<Value> {
    let all = got.json();
    all.as_array()
        .expect("a list")
        .iter()
        .map(|event| event["deliveryId"].clone())
        .collect()
}

/// Waits until so many deliveries stand so.
async fn count(appliance: &crate::support::Appliance, status: &str, count: usize) -> Vec<Value> {
    until(|| async {
        let all = deliveries(appliance, &format!("status={status}&limit=200")).await;
        (all.len() == count).then_some(all)
    })
    .await
}

#[tokio::test]
async fn a_batch_leaves_as_soon_as_it_is_full() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), &lines(r#"{ max = 3, wait = "60s" }"#)).await;
    post_all(&appliance, &events(0, 7)).await;
    let got = receiver.wait(2).await;
    // Two calls are made at once: either may arrive first.
    let mut calls = [keys(&got[0]), keys(&got[1])];
    calls.sort();
    assert_eq!(calls, [["k-0", "k-1", "k-2"], ["k-3", "k-4", "k-5"]]);
    count(&appliance, "DELIVERED", 6).await;
    assert_eq!(
        deliveries(&appliance, "status=PENDING").await.len(),
        1,
        "nothing is leased while it waits"
    );
    post_all(&appliance, &events(7, 2)).await;
    assert_eq!(keys(&receiver.wait(3).await[2]), ["k-6", "k-7", "k-8"]);
    count(&appliance, "DELIVERED", 9).await;
    assert_eq!(
        shown(&appliance, "crm").await["batch"],
        json!({ "max": 3, "waitMs": 60_000 })
    );
    let attempts = r#"gantry_delivery_attempts_total{destination="crm",class="2xx"}"#;
    let delivered = r#"gantry_deliveries_total{destination="crm",outcome="delivered"}"#;
    assert_eq!(metric(&appliance, attempts).await, 3.0, "a call is one attempt");
    assert_eq!(metric(&appliance, delivered).await, 9.0);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_batch_leaves_when_the_first_has_waited_and_not_before() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), &lines(r#"{ max = 100, wait = "400ms" }"#)).await;
    let begun = Instant::now();
    post(&appliance, &event("k-0")).await;
    let posted = Instant::now();
    post(&appliance, &event("k-1")).await;
    let got = receiver.wait(1).await;
    assert_eq!(keys(&got[0]), ["k-0", "k-1"]);
    assert!(
        got[0].at - begun >= Duration::from_millis(399),
        "{:?}",
        got[0].at - begun
    );
    assert!(
        got[0].at - posted < Duration::from_millis(1_500),
        "{:?}",
        got[0].at - posted
    );
}

#[tokio::test]
async fn each_is_settled_by_its_own_result() {
    let receiver = Receiver::start(|nth, got| {
        let ids = ids(got);
        match nth {
            0 => Act::said(
                207,
                &json!({ "results": [
                    { "id": ids[2], "status": 503 }, { "id": ids[0], "status": 201 },
                    { "id": ids[1], "status": 422, "error": "no such contact" },
                ] })
                .to_string(),
            ),
            _ => Act::status(200),
        }
    })
    .await;
    let appliance = crm(&receiver.url(), &lines(r#"{ max = 4, wait = "60s" }"#)).await;
    post_all(&appliance, &events(0, 4)).await;
    let first = ids(&receiver.wait(1).await[0]);
    let dead = count(&appliance, "DEAD", 1).await;
    assert_eq!(dead[0]["id"], first[1]);
    let error = dead[0]["lastError"].as_str().unwrap();
    assert!(
        error.starts_with("422: one of 4: ") && error.contains("no such contact"),
        "{error}"
    );
    let retrying = count(&appliance, "RETRYING", 2).await;
    assert!(
        retrying.iter().all(|delivery| delivery["attempts"] == 1),
        "and wait for company"
    );
    post_all(&appliance, &events(4, 2)).await;
    let mut second = ids(&receiver.wait(2).await[1]);
    second.retain(|id| first.contains(id));
    assert_eq!(second.len(), 2, "that of which nothing was said goes again");
    count(&appliance, "DELIVERED", 5).await;
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_is_too_much_at_once_goes_in_halves_uncharged() {
    let receiver = Receiver::start(|_, got| match keys(got).len() {
        0..=2 => Act::status(200),
        _ => Act::status(413),
    })
    .await;
    let appliance = crm(
        &receiver.url(),
        &format!("{}concurrency = 1", lines(r#"{ max = 8, wait = "60s" }"#)),
    )
    .await;
    post_all(&appliance, &events(0, 8)).await;
    count(&appliance, "DELIVERED", 8).await;
    let sizes: Vec<usize> = receiver.got().iter().map(|got| keys(got).len()).collect();
    assert_eq!(sizes, [8, 4, 2, 2, 2, 2]);
    post_all(&appliance, &events(8, 8)).await;
    count(&appliance, "DELIVERED", 16).await;
    assert_eq!(
        keys(&receiver.got()[6]).len(),
        8,
        "the whole size is tried again after a rest"
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn one_that_is_refused_does_not_take_the_others_with_it() {
    let receiver = Receiver::start(|_, got| match keys(got).contains(&"k-5".to_owned()) {
        true => Act::said(422, "the sixth is wrong"),
        false => Act::status(200),
    })
    .await;
    let lines = format!(
        "{}retry = {{ for = \"24h\", attempts = 1 }}\n",
        "rate = \"1000/s burst 100\"\nbreaker = \"off\"\nbatch = { max = 16, wait = \"50ms\" }\n"
    );
    let appliance = crm(&receiver.url(), &lines).await;
    post_all(&appliance, &events(0, 16)).await;
    let dead = count(&appliance, "DEAD", 1).await;
    count(&appliance, "DELIVERED", 15).await;
    let id = dead[0]["eventId"].as_str().unwrap();
    assert_eq!(story(&appliance, id).await["idempotencyKey"], "k-5");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn an_event_the_template_does_not_fit_is_dead_alone() {
    let receiver = Receiver::glad().await;
    let body = "body = '{\"n\":{{ count }},\"of\":[{% for e in events %}{{ e.payload.email | tojson }}{% if not loop.last %},{% endif %}{% endfor %}]}'";
    let lines = format!("{}{body}\n", lines(r#"{ max = 5, wait = "60s" }"#));
    let appliance = crm(&receiver.url(), &lines).await;
    let mut all = events(0, 5);
    all[3]["payload"] = json!({ "phone": "1" });
    post_all(&appliance, &all).await;
    let got = receiver.wait(1).await;
    assert_eq!(
        (&got[0].json()["n"], got[0].json()["of"].as_array().map(Vec::len)),
        (&json!(4), Some(4))
    );
    let dead = count(&appliance, "DEAD", 1).await;
    let error = dead[0]["lastError"].as_str().unwrap();
    assert!(
        error.starts_with("the body's template, line 1: undefined"),
        "{error}"
    );
    count(&appliance, "DELIVERED", 4).await;
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_batch_that_was_cut_off_comes_again_under_the_same_ids() {
    let receiver = Receiver::start(|_, _| Act::Silence).await;
    let lines = "rate = \"1000/s burst 100\"\ntimeout = \"100s\"\nbatch = { max = 4, wait = \"60s\" }";
    let appliance = crm(&receiver.url(), lines).await;
    post_all(&appliance, &events(0, 4)).await;
    receiver.wait(1).await;
    let directory = appliance.stop().await;
    receiver.then(|_, _| Act::status(200));
    let appliance = with_crm(&receiver.url(), lines)
        .directory(directory)
        .start()
        .await;
    let got = receiver.wait(2).await;
    assert_eq!(got[0].body, got[1].body);
    for name in ["idempotency-key", "x-request-id"] {
        assert_eq!(got[0].header(name), got[1].header(name));
    }
    assert_ne!(got[0].header("traceparent"), got[1].header("traceparent"));
    let delivered = count(&appliance, "DELIVERED", 4).await;
    assert!(delivered.iter().all(|delivery| delivery["attempts"] == 2));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_fails_together_goes_together_again_under_the_same_id() {
    let receiver = Receiver::start(|nth, _| Act::status(if nth < 2 { 503 } else { 200 })).await;
    let lines = lines(r#"{ max = 3, wait = "0s" }"#).replace("jitter = 0.0 }", "jitter = 0.4 }");
    let appliance = crm(&receiver.url(), &lines).await;
    post_all(&appliance, &events(0, 3)).await;
    let got = receiver.wait(3).await;
    for again in &got[1..] {
        assert_eq!(again.header("idempotency-key"), got[0].header("idempotency-key"));
        assert_eq!(again.body, got[0].body);
    }
    count(&appliance, "DELIVERED", 3).await;
}

#[tokio::test]
async fn a_window_counts_calls_and_not_deliveries() {
    let receiver = Receiver::glad().await;
    let lines = format!("{}window = \"2/1h\"\n", lines(r#"{ max = 3, wait = "60s" }"#));
    let appliance = crm(&receiver.url(), &lines).await;
    post_all(&appliance, &events(0, 9)).await;
    count(&appliance, "DELIVERED", 6).await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!(
        (&crm["windows"][0]["used"], &crm["held"]["why"]),
        (&json!(2), &json!("window"))
    );
    assert_eq!(receiver.got().len(), 2);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_expires_while_it_waits_for_others_is_not_sent() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), &lines(r#"{ max = 9, wait = "600ms" }"#)).await;
    let mut short = event("short");
    let at = jiff::Timestamp::now() + Duration::from_millis(300);
    short["expiresAt"] = json!(at.to_string());
    let id = post(&appliance, &short).await;
    let other = post(&appliance, &event("k-0")).await;
    assert_eq!(keys(&receiver.wait(1).await[0]), ["k-0"]);
    settled(&appliance, &other, "DELIVERED").await;
    assert_eq!(story(&appliance, &id).await["status"], "EXPIRED");
}

#[tokio::test]
async fn a_trial_shows_a_batch_of_one() {
    let receiver = Receiver::start(|_, _| Act::said(207, r#"[{"status":422,"error":"no"}]"#)).await;
    let appliance = crm(&receiver.url(), &lines(r#"{ max = 9, wait = "60s" }"#)).await;
    let answer = appliance
        .admin
        .post("/api/destinations/crm/test", &Value::Null)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let shown = answer.json();
    let body: Value = serde_json::from_str(shown["request"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&shown["verdict"], &shown["answer"]["status"]),
        (&json!("a dead letter"), &json!(422))
    );
}
