//! The dashboard's shell, its files, and what it is told once a second.

use gantry::metrics;
use serde_json::{Value, json};

use crate::support::http::{Stream, soon};
use crate::support::{Appliance, draft};

/// The data of the next frame of this kind.
async fn next(stream: &mut Stream, kind: &str) -> Value {
    let reached = async {
        loop {
            let frame = stream.next().await.expect("the stream goes on");
            if frame.event == kind {
                return frame.data;
            }
        }
    };
    soon(reached).await
}

#[tokio::test]
async fn the_shell_is_asked_for_each_time_and_its_files_once_for_good() {
    let appliance = Appliance::start().await;
    let shell = appliance.stranger.get("/").await;
    assert_eq!(shell.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(shell.header("cache-control"), "no-cache");
    let page = shell.text();
    let named = page.split('"').filter(|text| text.starts_with("/assets/"));
    let files: Vec<&str> = named.collect();
    assert!(files.iter().any(|file| file.ends_with("/app.js")), "{files:?}");
    for file in &files {
        let plain = appliance.stranger.get(file).await;
        assert_eq!(plain.status, 200, "{file}");
        assert!(plain.header("cache-control").contains("immutable"), "{file}");
        let packing = appliance.stranger.with("accept-encoding", "gzip, br");
        assert!(packing.get(file).await.body.len() < plain.body.len(), "{file}");
        let known = appliance.stranger.with("if-none-match", plain.header("etag"));
        assert_eq!(known.get(file).await.status, 304, "{file}");
    }
    // A file of a build that is no more is this build's, for now.
    let name = files[0].trim_start_matches("/assets/").split_once('/');
    let (_, name) = name.expect("a build");
    let old = format!("/assets/0123456789abcdef/{name}");
    let old = appliance.stranger.get(&old).await;
    assert_eq!((old.status, old.header("cache-control")), (200, "no-cache"));
    for nowhere in [
        "/assets/0123456789abcdef/../Cargo.toml",
        "/assets/0123456789abcdef/",
    ] {
        appliance.stranger.get(nowhere).await.problem(404);
    }
    appliance.public.get(files[0]).await.problem(404);
}

#[tokio::test]
async fn all_who_look_are_told_the_same_and_what_has_changed() {
    let appliance = Appliance::start().await;
    let mut one = appliance.admin.stream("/api/stream").await;
    let now = next(&mut one, "now").await;
    let well = json!({"level": "ok", "text": "All well", "destination": null, "until": null});
    assert_eq!(now["state"], well);
    assert_eq!(now["live"]["queueDepth"], 0);
    let before = next(&mut one, "changed").await;
    let mut other = appliance.admin.stream("/api/stream").await;
    assert_eq!(next(&mut other, "changed").await, before);

    assert_eq!(
        appliance.admin.post("/api/polls", &draft("best")).await.status,
        201
    );
    let mut after = next(&mut one, "changed").await;
    while after == before {
        after = next(&mut one, "changed").await;
    }
    assert_ne!(after["polls"], before["polls"]);
    appliance.stranger.get("/api/stream").await.problem(401);
    let clients = appliance.metrics.sse_clients(metrics::Stream::Dashboard);
    assert_eq!(clients.get(), 2);
}

#[tokio::test]
async fn series_are_read_by_name_within_a_week() {
    let appliance = Appliance::start().await;
    let of = async |query: &str| appliance.admin.get(&format!("/api/series?{query}")).await;
    let answer = of("names=visits,visits,dead_letters").await.json();
    assert_eq!(answer["every"], "1m");
    let series = answer["series"].as_array().expect("series");
    let names: Vec<_> = series.iter().map(|series| &series["name"]).collect();
    assert_eq!(names, ["visits", "dead_letters"]);
    let wrong = of("names=visitors").await.problem(422);
    let detail = wrong["detail"].as_str().expect("why");
    assert!(detail.contains("votes_accepted"), "{detail}");
    let long = of("from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").await;
    long.problem(422);
    let backwards = of("names=visits&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").await;
    assert_eq!(backwards.json()["series"][0]["points"], json!([]));
}
