//! Polls, votes and events come and end for minutes, and are forgotten by times scaled down to seconds. The data
//! file reaches a plateau, and so does memory.

use std::fmt::Write;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use gantry::clock::Clock;
use gantry::config::Retention;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::process::{resident_bytes, size};
use crate::support::Appliance;

/// One look at the appliance.
struct Sample {
    at: f64,
    file: u64,
    resident: u64,
}

/// How long it goes on.
fn lasts() -> Duration {
    Duration::from_secs(size(60, 600))
}

/// A receiver that takes most of what comes and refuses one in ten for good: `http://127.0.0.1:PORT`.
async fn receiver() -> String {
    let answer = |body: String| async move {
        match body.contains("\"refuse\"") {
            true => StatusCode::BAD_REQUEST,
            false => StatusCode::OK,
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await });
    format!("http://{at}/")
}

async fn appliance() -> Appliance {
    let to = receiver().await;
    let config = format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[[destination]]\nname = \"crm\"\nurl = \"{to}\"\n\
         rate = \"10000/s burst 1000\"\npace_jitter = 0.0\nconcurrency = 32\n\
         [[route]]\ntype = \"LEAD_*\"\nto = [\"crm\"]\n"
    );
    let seconds = |n| Some(Duration::from_secs(n));
    let retention = Retention {
        events: seconds(6),
        polls: seconds(4),
        dead_letters: seconds(8),
        metrics_1m: Duration::from_secs(3_600),
        journal: seconds(4),
        ..Retention::default()
    };
    Appliance::build()
        .config(&config)
        .retention(retention)
        .start()
        .await
}

/// Makes a poll that closes after three seconds, and votes in it.
async fn vote(appliance: &Appliance, round: u64) {
    let closes = Clock::System.now().plus(3_000);
    let poll = json!({
        "pollId": format!("poll-{round}"), "question": "Which?", "closesAt": closes.to_string(),
        "options": [{ "id": "a", "label": "A" }, { "id": "b", "label": "B" }],
    });
    let made = appliance.admin.post("/api/polls", &poll).await;
    assert_eq!(made.status, 201, "{}", made.text());
    for user in 0..150 {
        let ballot = json!({
            "pollId": format!("poll-{round}"), "optionId": "a", "userId": format!("user-{user}"),
            "idempotencyKey": format!("key-{user}"),
        });
        let answer = appliance.public.post("/api/vote", &ballot).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
}

/// Sends a batch of events: delivered, refused, and to nobody.
async fn send(appliance: &Appliance, round: u64) {
    let mut lines = String::new();
    for n in 0..200 {
        let kind = if n % 4 == 0 { "PAGE" } else { "LEAD_CAPTURE" };
        let what = if n % 10 == 1 { "refuse" } else { "take" };
        let event = json!({
            "type": kind, "source": "web", "idempotencyKey": format!("{round}-{n}"),
            "payload": { "what": what, "text": "x".repeat(300) },
        });
        writeln!(lines, "{event}").unwrap();
    }
    let answer = appliance
        .admin
        .send(Method::POST, "/api/events/batch", lines.into())
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text().matches("ACCEPTED").count(),
        200,
        "{}",
        answer.text()
    );
}

/// Bytes a second, by least squares over the samples.
fn slope(samples: &[Sample], of: impl Fn(&Sample) -> u64) -> f64 {
    let n = samples.len() as f64;
    let x = samples.iter().map(|s| s.at).sum::<f64>() / n;
    let y = samples.iter().map(|s| of(s) as f64).sum::<f64>() / n;
    let over: f64 = samples.iter().map(|s| (s.at - x) * (of(s) as f64 - y)).sum();
    let under: f64 = samples.iter().map(|s| (s.at - x).powi(2)).sum();
    over / under
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_and_memory_reach_a_plateau() {
    let appliance = appliance().await;
    let begun = Instant::now();
    let mut samples = Vec::new();
    let mut round = 0;
    while begun.elapsed() < lasts() {
        let next = begun + Duration::from_millis(500) * u32::try_from(round + 1).unwrap();
        tokio::join!(vote(&appliance, round), send(&appliance, round));
        round += 1;
        samples.push(Sample {
            at: begun.elapsed().as_secs_f64(),
            file: std::fs::metadata(appliance.store.path()).unwrap().len(),
            resident: resident_bytes(std::process::id()),
        });
        tokio::time::sleep_until(next.into()).await;
    }
    let most = |part: &[Sample]| part.iter().map(|sample| sample.file).max().unwrap();
    let half = samples.len() / 2;
    let (before, after) = (most(&samples[..half]), most(&samples[half..]));
    let warm = &samples[samples.len() / 3..];
    println!(
        "{round} rounds of 150 votes and 200 events in {:.0} s: file {} KiB at most in the first half, {} KiB in the second; \
         resident {} KiB at the end, {:+.1} KiB/s after warm-up",
        begun.elapsed().as_secs_f64(),
        before >> 10,
        after >> 10,
        samples.last().unwrap().resident >> 10,
        slope(warm, |sample| sample.resident) / 1_024.0,
    );
    assert!(round >= 40, "too slow to prove anything: {round} rounds");
    assert!(
        after * 10 <= before * 11,
        "the file goes on growing: {before}, then {after}"
    );

    let status = appliance.admin.get("/api/status").await.json();
    let rows = |table: &str| status["rows"][table].as_u64().unwrap();
    println!("rows at the end: {}", status["rows"]);
    let all = round * 200;
    assert!(
        rows("events") < all / 2,
        "{} of {all} events are left",
        rows("events")
    );
    assert!(
        rows("polls") < round / 2,
        "{} of {round} polls are left",
        rows("polls")
    );
    assert!(rows("journal") < all, "{} facts are left", rows("journal"));
    let report = appliance.admin.post("/api/verify", &Value::Null).await.json();
    assert_eq!(report["clean"], true, "{report:#}");
}
