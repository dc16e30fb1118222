//! `GET /metrics`: what dashboards hold on to, and Prometheus's own opinion of it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{Appliance, ballot};

/// The promised names that exist so far, each with a sample that must be there once people have voted.
const PROMISED: [(&str, &str); 8] = [
    ("gantry_votes_total", "{outcome=\"accepted\"} 2"),
    ("gantry_events_ingested_total", "{outcome=\"accepted\"} 0"),
    ("gantry_sse_clients", "{stream=\"poll\"} 1"),
    ("gantry_store_commit_seconds", "_count "),
    ("gantry_store_batch_size", "_count "),
    ("gantry_store_file_bytes", " "),
    (
        "gantry_http_request_duration_seconds",
        "_count{route=\"/api/vote\",status=\"202\"} 3",
    ),
    ("gantry_worker_errors_total", "{worker=\"series-recorder\"} 0"),
];

/// An appliance in which everything that is counted has happened, and its page of metrics.
async fn page() -> String {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let mut stream = appliance.public.stream("/api/polls/best/stream").await;
    assert!(stream.results().await.is_some());
    for (option, user, key) in [
        ("a", "u-1", "k-1"),
        ("a", "u-1", "k-1"),
        ("b", "u-1", "k-2"),
        ("b", "u-2", "k"),
    ] {
        appliance.vote("best", option, (user, key)).await;
    }
    let other = ballot("none", "a", ("u-1", "k-1"));
    appliance.public.post("/api/vote", &other).await.problem(404);
    appliance.public.post("/api/vote", &json!([])).await;
    let answer = appliance.stranger.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    answer.text()
}

#[tokio::test]
async fn the_promised_metrics_are_there_and_count() {
    let page = page().await;
    for (name, sample) in PROMISED {
        assert!(page.contains(&format!("# TYPE {name} ")), "{name} in\n{page}");
        assert!(
            page.contains(&format!("\n{name}{sample}")),
            "{name}{sample} in\n{page}"
        );
    }
    for outcome in ["replayed", "duplicate", "unknown", "refused"] {
        let line = format!("\ngantry_votes_total{{outcome=\"{outcome}\"}} 1\n");
        assert!(page.contains(&line), "{line} in\n{page}");
    }
}

#[tokio::test]
async fn prometheus_own_tool_finds_nothing_to_say() {
    let page = page().await;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool is installed (Debian's package `prometheus`)");
    let mut input = promtool.stdin.take().expect("its input");
    input.write_all(page.as_bytes()).expect("it reads the page");
    drop(input);
    let verdict = promtool.wait_with_output().expect("its verdict");
    let said = [verdict.stdout, verdict.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(verdict.status.success() && said.trim().is_empty(), "{said}");
}
