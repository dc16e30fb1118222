//! What the tests tell a server, and what they ask of it.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use crate::process::{Server, Start};

/// The most lines of a batch and of a page.
const TOGETHER: usize = 1_000;

/// Starts it with the configuration that stands beside its data file.
pub(crate) fn start(data: &Path) -> Server {
    let start = Start::new(data).arg("--config").arg(data.with_extension("toml"));
    let started = start.run();
    started.unwrap_or_else(|ended| panic!("it does not start: {ended:?}"))
}

/// Posts an event of a type for each key; all are new.
pub(crate) async fn post(server: &Server, kind: &str, keys: &[String]) {
    for keys in keys.chunks(TOGETHER) {
        let line =
            |key| format!(r#"{{"type":"{kind}","source":"web","idempotencyKey":"{key}","payload":{{}}}}"#);
        let lines: Vec<String> = keys.iter().map(line).collect();
        let answer = server.admin("POST /api/events/batch", &lines.join("\n")).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(text.matches("\"ACCEPTED\"").count(), keys.len(), "{text}");
    }
}

/// The destination as its owner sees it.
pub(crate) async fn destination(server: &Server, name: &str) -> Value {
    let answer = server.admin(&format!("GET /api/destinations/{name}"), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Whether nothing is left for a destination to do.
pub(crate) fn is_settled(destination: &Value) -> bool {
    let under_way = ["pending", "leased", "retrying"];
    under_way.iter().all(|state| destination[state] == 0)
}

/// Waits until a destination has nothing left to do, and shows it.
pub(crate) async fn settled(server: &Server, name: &str) -> Value {
    let (begun, bound) = (Instant::now(), Duration::from_secs(60));
    loop {
        let shown = destination(server, name).await;
        if is_settled(&shown) {
            return shown;
        }
        assert!(begun.elapsed() < bound, "not settled after {bound:?}: {shown}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// All deliveries to a destination.
pub(crate) async fn deliveries(server: &Server, to: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let what = format!("GET /api/deliveries?destination={to}&limit={TOGETHER}{cursor}");
        let page = server.admin(&what, "").await.json();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match &page["next"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return all,
        }
    }
}
