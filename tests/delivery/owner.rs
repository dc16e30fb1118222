//! Deliveries and destinations as their owner sees them, and what he does with them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{
    QUICK, crm, deliveries, done, event, metric, post, post_all, settled, shown, until, with_crm,
};
use crate::support::Appliance;

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A receiver that takes no key that begins with `bad`.
async fn picky() -> Receiver {
    Receiver::start(|_, got: &Got| Act::status(if got.key().starts_with("bad") { 404 } else { 200 })).await
}

async fn all_settled(appliance: &Appliance, events: usize) {
    until(|| async {
        let all = deliveries(appliance, "limit=1000").await;
        let open = all
            .iter()
            .filter(|d| d["status"] != "DELIVERED" && d["status"] != "DEAD");
        (all.len() == events && open.count() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_destination_is_shown_with_its_queue_and_without_its_secrets() {
    let receiver = picky().await;
    let url = format!("http://{}/hidden-path?token=hidden-query", receiver.at);
    let lines = format!("{QUICK}\nheaders = {{ Authorization = \"env:CRM\" }}");
    let appliance = with_crm(&url, &lines)
        .variable("CRM", "hidden-header")
        .start()
        .await;
    post_all(&appliance, &[event("good-1"), event("good-2"), event("bad-1")]).await;
    all_settled(&appliance, 3).await;
    let list = appliance.admin.get("/api/destinations").await.json();
    assert_eq!(members(&list), ["items", "next", "pausedSince"]);
    assert_eq!(
        (&list["next"], &list["pausedSince"]),
        (&Value::Null, &Value::Null)
    );
    let mut crm = list["items"][0].clone();
    let took = |which: &str| crm["lastHour"][which].as_u64().expect("milliseconds");
    assert!(took("p50Ms") > 0 && took("p50Ms") <= took("p95Ms"), "{crm}");
    let dead = deliveries(&appliance, "status=DEAD").await;
    assert_eq!(crm["oldestDead"], dead[0]["updatedAt"]);
    let all = deliveries(&appliance, "").await;
    let taken = all.iter().filter_map(|delivery| delivery["firstAt"].as_str());
    assert!(crm["lastCallAt"].as_str() >= taken.min(), "{crm}");
    for differs in ["lastCallAt", "oldestDead", "lastHour"] {
        crm[differs] = Value::Null;
    }
    assert_eq!(
        crm,
        json!({
            "name": "crm", "url": format!("http://{}", receiver.at), "method": "POST",
            "rate": "1000/s burst 100", "quotaGroup": null, "batch": null, "concurrency": 8, "paused": null, "configured": true,
            "pending": 0, "leased": 0, "retrying": 0, "dead": 1, "delivered": 2, "oldestDue": null,
            "depth": 0, "oldestWaitSeconds": null, "oldestDead": null, "lastHour": null, "lastCallAt": null,
            "lastMinute": { "calls": 3, "ok": 2, "failed": 1, "limited": 0 },
            "held": null, "breaker": null, "windows": [], "quotas": [],
        })
    );
    for path in ["/api/destinations", "/api/deliveries", "/metrics", "/api/status"] {
        let told = appliance.owner.get(path).await.text();
        assert!(!told.contains("hidden"), "{path}: {told}");
    }
}

#[tokio::test]
async fn deliveries_are_listed_filtered_and_paged() {
    let receiver = picky().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let events: Vec<_> = (0..6)
        .map(|n| event(&format!("{}-{n}", if n % 3 == 0 { "bad" } else { "good" })))
        .collect();
    post_all(&appliance, &events).await;
    all_settled(&appliance, 6).await;
    let all = deliveries(&appliance, "").await;
    assert_eq!(
        members(&all[0]),
        [
            "attempts",
            "destination",
            "due",
            "eventId",
            "firstAt",
            "id",
            "lastClass",
            "lastError",
            "priority",
            "status",
            "updatedAt"
        ]
    );
    assert_eq!(all.len(), 6);
    assert_eq!(
        (&all[0]["destination"], &all[0]["priority"]),
        (&json!("crm"), &json!(5))
    );
    for (query, count) in [
        ("status=DEAD", 2),
        ("status=DELIVERED", 4),
        ("class=4xx", 2),
        ("class=2xx&status=DEAD", 0),
        ("destination=crm&status=DELIVERED&class=2xx", 4),
    ] {
        assert_eq!(deliveries(&appliance, query).await.len(), count, "{query}");
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = appliance
            .admin
            .get(&format!("/api/deliveries?limit=4&cursor={cursor}"))
            .await;
        let page = page.json();
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, all);
    for query in [
        "status=LOST",
        "class=6xx",
        "destination=nobody",
        "cursor=x",
        "limit=0",
    ] {
        let answer = appliance.admin.get(&format!("/api/deliveries?{query}")).await;
        let field = query.split('=').next().unwrap();
        assert_eq!(answer.problem(422)["field"], field, "{query}");
    }
}

#[tokio::test]
async fn dead_letters_are_retried_together_after_a_look() {
    let receiver = picky().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let events: Vec<_> = (0..15).map(|n| event(&format!("bad-{n}"))).collect();
    post_all(&appliance, &events).await;
    all_settled(&appliance, 15).await;
    let filter = json!({ "destination": "crm", "status": "DEAD" });
    let look = json!({ "filter": filter, "dryRun": true });
    let seen = appliance.admin.post("/api/deliveries/retry", &look).await.json();
    assert_eq!(members(&seen), ["done", "dryRun", "examples", "matched", "next"]);
    assert_eq!(
        (&seen["matched"], &seen["done"], &seen["dryRun"]),
        (&json!(15), &json!(0), &json!(true))
    );
    assert_eq!(seen["examples"].as_array().unwrap().len(), 10);
    assert_eq!(
        deliveries(&appliance, "status=DEAD").await.len(),
        15,
        "a look changes nothing"
    );
    receiver.then(|_, _| Act::status(200));
    let retried = appliance
        .admin
        .post("/api/deliveries/retry", &json!({ "filter": filter }))
        .await;
    let retried = retried.json();
    assert_eq!((&retried["matched"], &retried["done"]), (&json!(15), &json!(15)));
    until(|| async {
        let delivered = deliveries(&appliance, "status=DELIVERED").await;
        (delivered.len() == 15).then_some(())
    })
    .await;
    let again = appliance
        .admin
        .post("/api/deliveries/retry", &json!({ "filter": filter }))
        .await;
    assert_eq!(again.json()["matched"], 0, "it is safe to repeat");
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_waits_is_discarded_alone_or_together() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    done(&appliance, "/api/destinations/crm/pause").await;
    let id = post(&appliance, &event("k-0")).await;
    let waiting = settled(&appliance, &id, "PENDING").await;
    let path = format!("/api/deliveries/{}/discard", waiting["id"].as_str().unwrap());
    assert_eq!(done(&appliance, &path).await["status"], "CANCELLED");
    assert!(
        appliance.admin.post(&path, &Value::Null).await.problem(409)["detail"]
            .as_str()
            .unwrap()
            .contains("CANCELLED")
    );
    let events: Vec<_> = (1..=3).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    let all = json!({ "filter": { "destination": "crm" } });
    let discarded = appliance.admin.post("/api/deliveries/discard", &all).await.json();
    assert_eq!(
        (&discarded["matched"], &discarded["done"]),
        (&json!(3), &json!(3))
    );
    done(&appliance, "/api/destinations/crm/resume").await;
    post(&appliance, &event("last")).await;
    let keys: Vec<String> = receiver.wait(1).await.iter().map(|got| got.key()).collect();
    assert_eq!(keys, ["last"]);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn more_than_a_request_handles_is_left_to_the_next() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    done(&appliance, "/api/destinations/crm/pause").await;
    let events: Vec<_> = (0..5_003).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    for (dry_run, expected) in [(true, 0), (false, 5_003)] {
        let mut cursor = Value::Null;
        let (mut matched, mut handled) = (Vec::new(), 0);
        loop {
            let body = json!({ "filter": { "destination": "crm" }, "dryRun": dry_run, "cursor": cursor });
            let answer = appliance.admin.post("/api/deliveries/discard", &body).await;
            let answer = answer.json();
            matched.push(answer["matched"].as_u64().unwrap());
            handled += answer["done"].as_u64().unwrap();
            cursor = answer["next"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(
            (matched, handled),
            (vec![5_000, 3], expected),
            "dry run: {dry_run}"
        );
    }
    assert_eq!(deliveries(&appliance, "status=PENDING").await.len(), 0);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let unknown = "01a2309f-0e60-7fff-bfff-ffffffff0001";
    for id in [unknown, "nonsense", "01a2309f-0e60-7fff-bfff-ffffffff0000"] {
        for deed in ["retry", "discard"] {
            let path = format!("/api/deliveries/{id}/{deed}");
            appliance.admin.post(&path, &Value::Null).await.problem(404);
        }
    }
    for (body, field) in [
        (json!({ "filter": {} }), "filter"),
        (json!({ "filter": { "status": "DELIVERED" } }), "status"),
        (json!({ "filter": { "status": "dead" } }), "status"),
        (json!({ "filter": { "class": "teapot" } }), "class"),
        (json!({ "filter": { "destination": "nobody" } }), "destination"),
        (json!({}), "filter"),
        (json!({ "filter": { "status": "DEAD" }, "cursor": "7" }), "cursor"),
    ] {
        for deed in ["retry", "discard"] {
            let answer = appliance
                .admin
                .post(&format!("/api/deliveries/{deed}"), &body)
                .await;
            assert_eq!(answer.problem(422)["field"], field, "{deed} {body}");
        }
    }
    let pending = json!({ "filter": { "status": "PENDING" } });
    appliance
        .admin
        .post("/api/deliveries/retry", &pending)
        .await
        .problem(422);
    let extra = json!({ "filter": { "status": "DEAD", "everything": true } });
    appliance
        .admin
        .post("/api/deliveries/retry", &extra)
        .await
        .problem(422);
    for path in [
        "/api/destinations/nobody/pause",
        "/api/destinations/nobody/resume",
    ] {
        appliance.admin.post(path, &Value::Null).await.problem(404);
    }
    for reason in ["", "two\nlines", &"x".repeat(201)] {
        let answer = appliance
            .admin
            .post("/api/destinations/crm/pause", &json!({ "reason": reason }))
            .await;
        assert_eq!(answer.problem(422)["field"], "reason");
    }
    assert_eq!(shown(&appliance, "crm").await["paused"], Value::Null);
}

#[tokio::test]
async fn readers_look_and_only_admins_act() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let wanted = json!({ "name": "grafana", "scope": "read" });
    let key = appliance.admin.post("/api/keys", &wanted).await.json()["key"].clone();
    let reader = appliance.stranger.with_key(key.as_str().unwrap());
    for path in ["/api/deliveries", "/api/destinations"] {
        assert_eq!(reader.get(path).await.status, 200);
        appliance.stranger.get(path).await.problem(401);
        appliance.public.get(path).await.problem(404);
    }
    for path in [
        "/api/deliveries/retry",
        "/api/deliveries/discard",
        "/api/deliveries/01a2309f-0e60-7fff-bfff-ffffffff0001/retry",
        "/api/deliveries/01a2309f-0e60-7fff-bfff-ffffffff0001/discard",
        "/api/destinations/crm/pause",
        "/api/destinations/crm/resume",
        "/api/delivery/pause",
        "/api/delivery/resume",
    ] {
        reader.post(path, &Value::Null).await.problem(403);
        appliance.stranger.post(path, &Value::Null).await.problem(401);
        appliance.public.post(path, &Value::Null).await.problem(404);
    }
}

#[tokio::test]
async fn everything_is_paused_and_resumed_apart_from_each_destination() {
    let receiver = Receiver::glad().await;
    let appliance = crm(&receiver.url(), QUICK).await;
    let paused = done(&appliance, "/api/delivery/pause").await;
    let since = paused["pausedSince"].as_str().unwrap().to_owned();
    assert_eq!(
        done(&appliance, "/api/delivery/pause").await["pausedSince"],
        since
    );
    let id = post(&appliance, &event("k-1")).await;
    let early = tokio::time::timeout(Duration::from_millis(200), receiver.wait(1)).await;
    assert!(early.is_err(), "nothing leaves");
    assert!(metric(&appliance, "event_processing_lag").await >= 0.1);
    assert_eq!(metric(&appliance, "queue_depth").await, 1.0);
    let depth = "gantry_queue_depth{destination=\"crm\",state=\"pending\"}";
    assert_eq!(metric(&appliance, depth).await, 1.0);
    let reason = json!({ "reason": "they are moving" });
    let item = appliance.admin.post("/api/destinations/crm/pause", &reason).await;
    assert_eq!(item.json()["paused"], json!({ "reason": "they are moving" }));
    assert_eq!(
        done(&appliance, "/api/delivery/resume").await,
        json!({ "pausedSince": null })
    );
    assert_eq!(
        shown(&appliance, "crm").await["paused"]["reason"],
        "they are moving"
    );
    assert!(receiver.got().is_empty());
    assert_eq!(
        done(&appliance, "/api/destinations/crm/resume").await["paused"],
        Value::Null
    );
    settled(&appliance, &id, "DELIVERED").await;
}

#[tokio::test]
async fn attempts_are_counted_by_what_they_came_to() {
    let answers = [503, 429, 404];
    let receiver = Receiver::start(move |nth, _| Act::status(answers.get(nth).copied().unwrap_or(200))).await;
    let appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 1")).await;
    let dead = post(&appliance, &event("k-1")).await;
    settled(&appliance, &dead, "DEAD").await;
    let taken = post(&appliance, &event("k-2")).await;
    settled(&appliance, &taken, "DELIVERED").await;
    for (class, count) in [
        ("2xx", 1.0),
        ("3xx", 0.0),
        ("4xx", 1.0),
        ("429", 1.0),
        ("5xx", 1.0),
        ("network", 0.0),
    ] {
        let sample = format!("gantry_delivery_attempts_total{{destination=\"crm\",class=\"{class}\"}}");
        assert_eq!(metric(&appliance, &sample).await, count, "{class}");
    }
    for (outcome, count) in [
        ("delivered", 1.0),
        ("dead", 1.0),
        ("retried", 2.0),
        ("returned", 0.0),
    ] {
        let sample = format!("gantry_deliveries_total{{destination=\"crm\",outcome=\"{outcome}\"}}");
        assert_eq!(metric(&appliance, &sample).await, count, "{outcome}");
    }
    assert_eq!(
        metric(&appliance, "gantry_delivery_duration_seconds_count").await,
        4.0
    );
    assert_eq!(metric(&appliance, "gantry_event_lag_seconds_count").await, 2.0);
    assert_eq!(
        metric(&appliance, "gantry_worker_errors_total{worker=\"deliver-crm\"}").await,
        0.0
    );
}
