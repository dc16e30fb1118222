//! `GET /metrics` of what a poll brings.

use serde_json::json;

use crate::support::{Appliance, ballot};

/// Names, each with a sample that must be there once people have voted.
const COUNTED: [(&str, &str); 8] = [
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
async fn what_people_do_with_a_poll_is_counted() {
    let page = page().await;
    for (name, sample) in COUNTED {
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
