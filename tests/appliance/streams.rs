//! `GET /api/polls/{poll}/stream`: everyone watching sees the poll move.

use std::time::{Duration, Instant};

use gantry::clock::Clock;
use gantry::metrics::Stream as Kind;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::http::soon;
use crate::support::{Appliance, draft, with};

const PATH: &str = "/api/polls/best/stream";

async fn watched() -> Appliance {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance
}

#[tokio::test]
async fn a_stream_tells_when_to_come_back_and_shows_the_results_at_once() {
    let appliance = watched().await;
    appliance.vote("best", "a", ("u-1", "k-1")).await;
    let mut stream = appliance.public.stream(PATH).await;
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache, no-transform"),
        ("x-accel-buffering", "no"),
    ] {
        assert_eq!(stream.headers[name], value);
    }
    assert!(stream.headers.contains_key("x-request-id"));
    let retry = stream.next().await.expect("a block").retry.expect("a time");
    assert!((1_000..5_000).contains(&retry), "{retry} ms");
    let first = stream.next().await.expect("a frame");
    assert_eq!(first.event, "results");
    assert_eq!(first.data, appliance.results("best").await);
    assert!(first.id.is_some());
}

#[tokio::test]
async fn a_client_that_knows_the_newest_is_shown_it_all_the_same() {
    let appliance = watched().await;
    let first = appliance
        .public
        .stream(PATH)
        .await
        .results()
        .await
        .expect("a frame");
    let id = first.id.expect("an id").to_string();
    let again = appliance
        .public
        .with("last-event-id", &id)
        .stream(PATH)
        .await
        .results()
        .await;
    assert_eq!(again.expect("a frame").id, first.id);
}

#[tokio::test]
async fn clients_that_come_back_are_spread() {
    let appliance = watched().await;
    let mut times = std::collections::HashSet::new();
    for _ in 0..20 {
        let mut stream = appliance.public.stream(PATH).await;
        times.insert(stream.next().await.expect("a block").retry);
    }
    assert!(times.len() > 5, "{times:?}");
}

#[tokio::test]
async fn a_vote_moves_every_stream_and_ids_never_decrease() {
    let appliance = watched().await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(appliance.public.stream(PATH).await);
    }
    let mut last = vec![0; streams.len()];
    for total in 1..=3 {
        appliance.vote("best", "b", (&format!("u-{total}"), "k")).await;
        for (stream, last) in streams.iter_mut().zip(&mut last) {
            let frame = stream.until(|results| results["totalVotes"] == total).await;
            let id = frame.id.expect("an id");
            assert!(id > *last, "{id} after {last}");
            *last = id;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_votes_are_at_most_ten_frames_a_second_and_end_on_the_final_count() {
    const VOTERS: u64 = 10;
    const EACH: u64 = 60;
    let appliance = watched().await;
    let mut stream = appliance.public.stream(PATH).await;
    assert!(stream.results().await.is_some());
    let began = Instant::now();
    let mut voting = JoinSet::new();
    for voter in 0..VOTERS {
        let mut line = appliance.public.connect().await;
        voting.spawn(async move {
            for vote in 0..EACH {
                let body = crate::support::ballot("best", "a", (&format!("u-{voter}-{vote}"), "k"));
                assert_eq!(line.post("/api/vote", &body).await.status, 202);
            }
        });
    }
    let (mut frames, mut last_id) = (0_u128, 0);
    let counted = async {
        loop {
            let frame = stream.results().await.expect("the stream goes on");
            frames += 1;
            assert!(frame.id.expect("an id") >= last_id);
            last_id = frame.id.unwrap_or_default();
            if frame.data["totalVotes"] == VOTERS * EACH {
                break;
            }
        }
    };
    soon(counted).await;
    voting.join_all().await;
    let most = began.elapsed().as_millis() / 100 + 2;
    assert!(frames <= most, "{frames} frames where {most} were allowed");
}

#[tokio::test]
async fn a_poll_opens_and_closes_by_time_and_its_streams_show_it() {
    let appliance = Appliance::start().await;
    let now = Clock::System.now();
    let (opens, closes) = (now.plus(1_200), now.plus(2_400));
    let times = json!({ "opensAt": opens.to_string(), "closesAt": closes.to_string() });
    appliance.create_poll(with(draft("best"), times)).await;
    let mut stream = appliance.public.stream(PATH).await;
    let first = stream.results().await.expect("a frame");
    assert_eq!(first.data["open"], false);
    appliance.vote("best", "a", ("u-1", "k-1")).await.problem(403);
    let opened = stream.until(|results| results["open"] == true).await;
    assert!(Clock::System.now() >= opens);
    assert!(opened.id >= first.id);
    assert_eq!(appliance.vote("best", "a", ("u-1", "k-1")).await.status, 202);
    let closed = stream.until(|results| results["open"] == false).await;
    assert!(Clock::System.now() >= closes);
    assert!(closed.id > opened.id);
    assert_eq!(closed.data["totalVotes"], 1);
    let problem = appliance.vote("best", "a", ("u-2", "k-1")).await.problem(403);
    assert_eq!(problem["error"], "Poll not open");
    let again = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    assert_eq!(
        appliance.admin.get("/api/polls").await.json()["items"][0]["open"],
        false
    );
}

#[tokio::test]
async fn closing_by_hand_is_shown_and_the_stream_stays() {
    let appliance = watched().await;
    let mut stream = appliance.public.stream(PATH).await;
    appliance.admin.post("/api/polls/best/close", &Value::Null).await;
    stream.until(|results| results["open"] == false).await;
}

#[tokio::test]
async fn a_stream_ends_when_its_poll_is_deleted_and_is_refused_where_there_is_none() {
    let appliance = watched().await;
    let mut stream = appliance.public.stream(PATH).await;
    assert!(stream.results().await.is_some());
    assert_eq!(appliance.admin.delete("/api/polls/best").await.status, 204);
    while let Some(frame) = stream.results().await {
        assert_eq!(frame.data["pollId"], "best", "whatever came before the end");
    }
    appliance.public.get(PATH).await.problem(404);
}

#[tokio::test]
async fn streams_are_counted_while_they_are_open() {
    let appliance = watched().await;
    let open = || appliance.metrics.sse_clients(Kind::Poll).get();
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = appliance.public.stream(PATH).await;
        assert!(stream.next().await.is_some());
        streams.push(stream);
    }
    assert_eq!(open(), 3);
    drop(streams);
    let gone = async {
        while open() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(gone).await;
}

#[tokio::test]
async fn the_owner_watches_on_the_admin_address_without_a_key() {
    let appliance = watched().await;
    for door in [&appliance.stranger, &appliance.owner] {
        assert!(door.stream(PATH).await.results().await.is_some());
    }
}
