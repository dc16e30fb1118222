//! Another configuration while deliveries go on.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::receiver::{Act, Receiver};
use crate::stage::{QUICK, crm, deliveries, destination, event, outward, post, route, settled, shown, until};
use crate::support::Appliance;

async fn worker(appliance: &Appliance, name: &str) -> Option<Value> {
    let status = appliance.owner.get("/api/status").await.json();
    let workers = status["workers"].as_array().unwrap().clone();
    let mut named = workers.into_iter().filter(|worker| worker["name"] == name);
    let found = named.next();
    assert!(named.next().is_none(), "one of each name");
    found
}

#[tokio::test]
async fn a_destination_that_is_added_gets_what_comes_afterwards() {
    let (one, other) = (Receiver::glad().await, Receiver::glad().await);
    let mut appliance = crm(&one.url(), QUICK).await;
    post(&appliance, &event("before")).await;
    one.wait(1).await;
    let both = outward(&[
        destination("crm", &one.url(), QUICK),
        destination("log", &other.url(), QUICK),
        route(&["crm", "log"]),
    ]);
    appliance.reload(|_| both).await;
    post(&appliance, &event("after")).await;
    assert_eq!(other.wait(1).await[0].key(), "after");
    assert_eq!(one.wait(2).await[1].key(), "after");
    assert!(worker(&appliance, "deliver-log").await.is_some());
}

#[tokio::test]
async fn a_destination_that_is_removed_ends_its_call_and_no_more() {
    let receiver = Receiver::start(|_, _| Act::status(200).after(Duration::from_millis(300))).await;
    let mut appliance = crm(&receiver.url(), &format!("{QUICK}\nconcurrency = 1")).await;
    let under_way = post(&appliance, &event("under way")).await;
    let waiting = post(&appliance, &event("waiting")).await;
    receiver.wait(1).await;
    let before = outward(&[
        destination("crm", &receiver.url(), &format!("{QUICK}\nconcurrency = 1")),
        route(&["crm"]),
    ]);
    appliance.reload(|_| outward(&[])).await;
    settled(&appliance, &under_way, "DELIVERED").await;
    until(|| async {
        let worker = worker(&appliance, "deliver-crm").await.unwrap();
        (worker["state"] == "done").then_some(())
    })
    .await;
    let crm = shown(&appliance, "crm").await;
    assert_eq!((&crm["configured"], &crm["pending"]), (&false.into(), &1.into()));
    assert_eq!((&crm["url"], &crm["rate"]), (&Value::Null, &Value::Null));
    assert_eq!(receiver.got().len(), 1);

    appliance.reload(|_| before).await;
    settled(&appliance, &waiting, "DELIVERED").await;
    assert_ne!(worker(&appliance, "deliver-crm").await.unwrap()["state"], "done");
}

#[tokio::test]
async fn a_destination_that_is_changed_is_called_the_new_way() {
    let (one, other) = (Receiver::glad().await, Receiver::glad().await);
    let mut appliance = crm(&one.url(), QUICK).await;
    post(&appliance, &event("before")).await;
    one.wait(1).await;
    let moved = |toml: &str| {
        let toml = toml.replace(&one.url(), &other.url());
        toml.replace("rate =", "method = \"PATCH\"\nrate =")
    };
    appliance.reload(moved).await;
    post(&appliance, &event("after")).await;
    let got = other.wait(1).await;
    assert_eq!(
        (got[0].method.as_str(), got[0].key().as_str()),
        ("PATCH", "after")
    );
    assert_eq!(one.got().len(), 1);
}

#[tokio::test]
async fn another_pace_is_kept_from_the_reload_on() {
    let receiver = Receiver::glad().await;
    let mut appliance = crm(&receiver.url(), "rate = \"1/h\"\nconcurrency = 8").await;
    let id = post(&appliance, &event("k-1")).await;
    let all = deliveries(&appliance, "").await;
    assert_eq!(all[0]["status"], "PENDING", "an hour begins without a token");
    let begun = Instant::now();
    appliance.reload(|toml| toml.replace("\"1/h\"", "\"20/s\"")).await;
    settled(&appliance, &id, "DELIVERED").await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(shown(&appliance, "crm").await["rate"], "20/s burst 1");
}
