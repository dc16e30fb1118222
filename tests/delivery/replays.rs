//! Replays through the whole appliance: looked at, begun once, sent under their first ids, ended, gone on with.

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{
    QUICK, crm, deliveries, destination, done, event, outward, post_all, route, settled, until,
};
use crate::support::Appliance;

/// Everything that any test records.
fn ever(more: Value) -> Value {
    let mut filter = json!({ "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z" });
    if let (Value::Object(filter), Value::Object(more)) = (&mut filter, more) {
        filter.extend(more);
    }
    filter
}

async fn look(appliance: &Appliance, filter: Value) -> Value {
    let body = json!({ "filter": ever(filter), "dryRun": true });
    let answer = appliance.admin.post("/api/replay", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Begins a replay: what was answered.
async fn begin(appliance: &Appliance, filter: Value) -> Value {
    let body = json!({ "filter": ever(filter) });
    let answer = appliance.admin.post("/api/replay", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()
}

/// Waits until the replay has ended, and shows it.
async fn ended(appliance: &Appliance, replay: &Value) -> Value {
    let path = format!("/api/replays/{}", replay["id"].as_str().unwrap());
    until(|| async {
        let shown = appliance.admin.get(&path).await.json();
        (shown["status"] != "RUNNING").then_some(shown)
    })
    .await
}

async fn all_are(appliance: &Appliance, status: &str, count: usize) {
    until(|| async {
        let found = deliveries(appliance, &format!("status={status}&limit=1000")).await;
        (found.len() == count).then_some(())
    })
    .await;
}

/// A receiver that takes no key that begins with `bad`.
async fn picky() -> Receiver {
    Receiver::start(|_, got: &Got| Act::status(if got.key().starts_with("bad") { 404 } else { 200 })).await
}

fn keys(prefix: &str, count: usize) -> Vec<Value> {
    (0..count).map(|n| event(&format!("{prefix}-{n}"))).collect()
}

#[tokio::test]
async fn a_look_says_what_would_go_where_and_by_which_rule_and_sends_nothing() {
    let receiver = picky().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    post_all(&appliance, &keys("bad", 12)).await;
    post_all(&appliance, &keys("good", 3)).await;
    all_are(&appliance, "DEAD", 12).await;
    all_are(&appliance, "DELIVERED", 3).await;
    let seen = look(&appliance, json!({})).await;
    assert_eq!(
        (
            &seen["count"],
            &seen["complete"],
            &seen["passedOver"],
            &seen["dryRun"]
        ),
        (&json!(12), &json!(true), &json!(3), &json!(true))
    );
    assert_eq!(
        seen["destinations"],
        json!([{ "destination": "crm", "count": 12 }])
    );
    assert_eq!(seen["examples"].as_array().unwrap().len(), 10);
    assert_eq!(seen["examples"][0]["type"], "LEAD_CAPTURE");
    assert_eq!(seen["examples"][0]["status"], "DEAD");
    let rule = seen["sends"].as_str().unwrap();
    assert!(rule.contains("nothing that was delivered"), "{rule}");
    assert_eq!(look(&appliance, json!({ "status": "ALL" })).await["count"], 15);
    assert_eq!(look(&appliance, json!({ "errorClass": "5xx" })).await["count"], 0);
    assert_eq!(
        look(&appliance, json!({ "type": "LEAD_*", "source": "web" })).await["count"],
        12
    );
    assert_eq!(receiver.got().len(), 15);
    let list = appliance.admin.get("/api/replays").await.json();
    assert_eq!(list, json!({ "items": [], "next": null }));
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_under_its_first_id_and_the_rest_is_not() {
    let receiver = picky().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    post_all(&appliance, &keys("bad", 5)).await;
    post_all(&appliance, &keys("good", 5)).await;
    all_are(&appliance, "DEAD", 5).await;
    all_are(&appliance, "DELIVERED", 5).await;
    receiver.then(|_, _| Act::status(200));
    let begun = begin(&appliance, json!({ "destination": "crm" })).await;
    assert_eq!(
        (&begun["status"], &begun["count"]),
        (&json!("RUNNING"), &json!(5))
    );
    let end = ended(&appliance, &begun).await;
    assert_eq!(
        (&end["status"], &end["done"], &end["passedOver"], &end["progress"]),
        (&json!("DONE"), &json!(5), &json!(5), &json!(1.0))
    );
    all_are(&appliance, "DELIVERED", 10).await;
    let got = receiver.got();
    assert_eq!(got.len(), 15, "what was delivered did not come again");
    for again in &got[10..] {
        let first = got.iter().find(|first| first.key() == again.key()).unwrap();
        assert_eq!(first.header("idempotency-key"), again.header("idempotency-key"));
    }
    let list = appliance.admin.get("/api/replays").await.json();
    assert_eq!(list["items"], json!([end]));
    assert_eq!(end["filter"]["status"], "UNDELIVERED");
    assert_eq!(end["by"], "key admin");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn an_event_of_before_a_route_goes_where_it_leads_now() {
    let receiver = Receiver::glad().await;
    let without = outward(&[destination("crm", &receiver.url(), QUICK)]);
    let mut appliance = Appliance::build().config(&without).start().await;
    post_all(&appliance, &keys("early", 3)).await;
    let seen = look(&appliance, json!({})).await;
    assert_eq!(seen["count"], 0, "nobody is to have them");
    let with = outward(&[destination("crm", &receiver.url(), QUICK), route(&["crm"])]);
    appliance.reload(|_| with).await;
    let seen = look(&appliance, json!({})).await;
    assert_eq!(
        (&seen["count"], &seen["examples"][0]["status"]),
        (&json!(3), &Value::Null)
    );
    let id = seen["examples"][0]["id"].clone();
    let end = ended(&appliance, &begin(&appliance, json!({})).await).await;
    assert_eq!(end["done"], 3);
    let got = receiver.wait(3).await;
    assert!(got.iter().any(|got| id == got.header("idempotency-key")));
    appliance.assert_clean().await;
}

#[tokio::test]
async fn the_same_request_is_the_same_replay() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let once = appliance.admin.with("idempotency-key", "\"once\"");
    let ask = async |filter: Value| {
        let body = json!({ "filter": ever(filter) });
        once.post("/api/replay", &body).await
    };
    let first = ask(json!({ "status": "DEAD" })).await;
    assert_eq!(first.status, 202);
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = ask(json!({ "status": "DEAD" })).await;
    assert_eq!((again.status, &again.json()["id"]), (202, &first.json()["id"]));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = ask(json!({ "status": "ALL" })).await;
    assert_eq!(other.problem(422)["field"], "idempotencyKey");
}

#[tokio::test]
async fn a_replay_is_ended_and_what_it_had_sent_stays() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let begun = begin(&appliance, json!({})).await;
    ended(&appliance, &begun).await;
    let path = format!("/api/replays/{}/cancel", begun["id"].as_str().unwrap());
    assert_eq!(
        done(&appliance, &path).await["status"],
        "DONE",
        "it had ended before"
    );
    appliance
        .admin
        .post("/api/replays/99/cancel", &Value::Null)
        .await
        .problem(404);
    appliance.admin.get("/api/replays/x").await.problem(404);
}

#[tokio::test]
async fn a_request_without_a_time_or_with_a_slip_is_refused_by_its_field() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    for (filter, field) in [
        (json!({ "to": "2100-01-01T00:00:00Z" }), "from"),
        (json!({ "from": "2020-01-01T00:00:00Z" }), "to"),
        (
            json!({ "from": "2020-01-01", "to": "2100-01-01T00:00:00Z" }),
            "from",
        ),
        (
            json!({ "from": "2100-01-01T00:00:00Z", "to": "2020-01-01T00:00:00Z" }),
            "to",
        ),
        (ever(json!({ "status": "LEASED" })), "status"),
        (ever(json!({ "errorClass": "6xx" })), "errorClass"),
        (ever(json!({ "destination": "nobody" })), "destination"),
        (ever(json!({ "type": "*X" })), "type"),
    ] {
        let body = json!({ "filter": filter });
        let answer = appliance.admin.post("/api/replay", &body).await;
        assert_eq!(answer.problem(422)["field"], field, "{filter}");
    }
    appliance
        .stranger
        .post("/api/replay", &json!({}))
        .await
        .problem(401);
}

#[tokio::test]
async fn bulk_retry_takes_the_filters_of_events_too() {
    let receiver = picky().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let mut other = event("bad-other");
    other["type"] = "CONTENT_PUBLISH".into();
    post_all(&appliance, &[event("bad-1"), other]).await;
    all_are(&appliance, "DEAD", 2).await;
    let retry = async |filter: Value| {
        let body = json!({ "filter": filter, "dryRun": true });
        appliance.admin.post("/api/deliveries/retry", &body).await
    };
    let ever = ever(json!({}));
    for (filter, matched) in [
        (json!({ "type": "LEAD_*" }), 1),
        (json!({ "errorClass": "4xx", "source": "web" }), 2),
        (json!({ "class": "4xx", "type": "CONTENT_PUBLISH" }), 1),
        (ever.clone(), 2),
        (json!({ "status": "DEAD", "to": "2020-01-01T00:00:00Z" }), 0),
    ] {
        assert_eq!(retry(filter.clone()).await.json()["matched"], matched, "{filter}");
    }
    let both = retry(json!({ "errorClass": "4xx", "class": "4xx" })).await;
    assert_eq!(both.problem(422)["field"], "class");
    let listed = deliveries(&appliance, "type=CONTENT_*&errorClass=4xx").await;
    assert_eq!(listed.len(), 1);
    receiver.then(|_, _| Act::status(200));
    let body = json!({ "filter": { "type": "LEAD_CAPTURE" } });
    let retried = appliance.admin.post("/api/deliveries/retry", &body).await.json();
    assert_eq!(retried["done"], 1);
    settled(&appliance, listed[0]["eventId"].as_str().unwrap(), "DEAD").await;
    all_are(&appliance, "DELIVERED", 1).await;
}
