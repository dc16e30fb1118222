//! The appliance with a destination called `crm`, and what tests ask of both.

use std::fmt::Write;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::http::soon;
pub(crate) use crate::support::post_all;
use crate::support::{Appliance, Builder};

/// As fast as it goes, and tried again at once: what most tests want of a destination.
pub(crate) const QUICK: &str = r#"
rate = "1000/s burst 100"
pace_jitter = 0.0
timeout = "2s"
retry = { for = "24h", base = "10ms", cap = "40ms", jitter = 0.0 }
breaker = "off"
"#;

/// Goals, a form and a webhook: where events come from besides the API.
pub(crate) const SOURCES: &str = r#"
[funnel]
goals = [{ name = "signup" }, { name = "lead", event = "LEAD_CAPTURE" }]
[[form]]
name = "waitlist"
fields = { email = "email required" }
event = "LEAD_CAPTURE"
[[webhook]]
source = "shop"
preset = "hmac"
header = "X-Sig"
secret = "env:SHOP"
type = "ORDER_PAID"
key = "{{ body.id }}"
"#;

/// A `[[destination]]`, with further lines.
pub(crate) fn destination(name: &str, url: &str, lines: &str) -> String {
    format!("[[destination]]\nname = \"{name}\"\nurl = \"{url}\"\n{lines}\n")
}

/// Routes every event to these destinations.
pub(crate) fn route(to: &[&str]) -> String {
    format!("[[route]]\ntype = \"*\"\nto = {to:?}\n")
}

/// A configuration that lets events out to this machine.
pub(crate) fn outward(tables: &[String]) -> String {
    let mut toml = "[egress]\nallow = [\"127.0.0.0/8\"]\n\
        [limits]\nvote = \"off\"\npage = \"off\"\nauth = \"off\"\n"
        .to_owned();
    for table in tables {
        let _ = toml.write_str(table);
    }
    toml
}

pub(crate) fn with_crm(url: &str, lines: &str) -> Builder {
    let tables = [destination("crm", url, lines), route(&["crm"])];
    Appliance::build().config(&outward(&tables))
}

/// An appliance whose every event goes to `crm` at `url`.
pub(crate) async fn crm(url: &str, lines: &str) -> Appliance {
    with_crm(url, lines).start().await
}

pub(crate) fn event(key: &str) -> Value {
    json!({ "type": "LEAD_CAPTURE", "source": "web", "idempotencyKey": key, "payload": { "email": "ann@example.com" } })
}

/// Posts an event that is new; its id.
pub(crate) async fn post(appliance: &Appliance, event: &Value) -> String {
    let answer = appliance.admin.post("/api/events", event).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// Asks again and again until the answer is there.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> T {
    let answered = async {
        loop {
            match ask().await {
                Some(answer) => return answer,
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    soon(answered).await
}

/// The deliveries that a query asks for.
pub(crate) async fn deliveries(appliance: &Appliance, query: &str) -> Vec<Value> {
    let answer = appliance.admin.get(&format!("/api/deliveries?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().expect("items").clone()
}

/// Waits until the event has one delivery, which stands so.
pub(crate) async fn settled(appliance: &Appliance, event: &str, status: &str) -> Value {
    until(|| async {
        let all = deliveries(appliance, "").await.into_iter();
        let mut of_event = all.filter(|delivery| delivery["eventId"] == event);
        of_event.find(|delivery| delivery["status"] == status)
    })
    .await
}

/// The event with everything that was tried.
pub(crate) async fn story(appliance: &Appliance, event: &str) -> Value {
    let answer = appliance.admin.get(&format!("/api/events/{event}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// A destination as its owner sees it.
pub(crate) async fn shown(appliance: &Appliance, name: &str) -> Value {
    let answer = appliance.admin.get("/api/destinations").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let items = answer.json()["items"].as_array().expect("items").clone();
    let mut items = items.into_iter();
    items.find(|item| item["name"] == name).expect("the destination")
}

/// Does something that changes nothing but a pause or a delivery, and gives the answer.
pub(crate) async fn done(appliance: &Appliance, path: &str) -> Value {
    let answer = appliance.admin.post(path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// One number of `/metrics`.
pub(crate) async fn metric(appliance: &Appliance, sample: &str) -> f64 {
    let page = appliance.stranger.get("/metrics").await.text();
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{sample} ")));
    let number = line.unwrap_or_else(|| panic!("{sample} in\n{page}"));
    number.parse().expect("a number")
}
