//! `POST /api/events/batch`: a line in, a line out.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::events::{PATH, event, sender};
use crate::support::http::{Answer, Door, soon};
use crate::support::{Appliance, with};

const BATCH: &str = "/api/events/batch";

async fn post(door: &Door, lines: &[String]) -> Answer {
    let body = Bytes::from(lines.join("\n"));
    door.send(Method::POST, BATCH, body).await
}

#[track_caller]
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let text = answer.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
    text.lines().map(line).collect()
}

fn statuses(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["status"].as_str()).collect()
}

#[tokio::test]
async fn each_line_is_answered_by_itself_and_in_order() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let before = sender.post(PATH, &event("k-0")).await.json();
    let other = json!({ "payload": { "email": "\"bob\"" } });
    let sent = [
        event("k-1").to_string(),
        "{".to_owned(),
        event("k-1").to_string(),
        with(event("k-1"), other.clone()).to_string(),
        String::new(),
        with(event("k-2"), json!({ "type": "x".repeat(33) })).to_string() + "\r",
        event("k-0").to_string() + "\r",
        with(event("k-2"), json!({ "a\"b": 1 })).to_string(),
        with(
            event("k-3"),
            json!({ "scheduledAt": "2096-12-01T00:01", "timezone": "America/Vancouver" }),
        )
        .to_string(),
        with(event("k-4"), json!({ "payload": "x".repeat(64 * 1024) })).to_string(),
        with(event("k-0"), other).to_string(),
    ];
    let told = lines(&post(&sender, &sent).await);
    let expected = [
        "ACCEPTED",
        "REJECTED",
        "DUPLICATE",
        "CONFLICT",
        "REJECTED",
        "DUPLICATE",
        "REJECTED",
        "ACCEPTED",
        "REJECTED",
        "CONFLICT",
    ];
    assert_eq!(statuses(&told), expected);
    // The second line of a key speaks of the first, within a batch and from one request to the next.
    for member in ["id", "fingerprint", "scheduledAt"] {
        assert!(told[0][member].is_string());
        assert_eq!(told[2][member], told[0][member], "{member}");
        assert_eq!(told[5][member], before[member], "{member}");
    }
    assert_eq!((&told[3]["id"], &told[9]["id"]), (&told[0]["id"], &before["id"]));
    assert_eq!(told[7]["scheduledAt"], "2096-12-01T07:01:00.000Z");
    let codes: Vec<&Value> = [1, 4, 6, 8].iter().map(|n: &usize| &told[*n]["code"]).collect();
    assert_eq!(codes, [400, 422, 422, 413]);
    assert_eq!(
        (&told[4]["field"], &told[1]["field"]),
        (&json!("type"), &Value::Null)
    );
    assert!(
        told[6]["detail"].as_str().is_some_and(|d| d.contains("a\\\"b")),
        "{}",
        told[6]
    );
    let listed = appliance.admin.get(PATH).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3));
    let page = appliance.stranger.get("/metrics").await.text();
    for (outcome, count) in [("accepted", 3), ("duplicate", 2), ("conflict", 2), ("refused", 4)] {
        let line = format!("gantry_events_ingested_total{{outcome=\"{outcome}\"}} {count}\n");
        assert!(page.contains(&line), "{line} in\n{page}");
    }
}

#[tokio::test]
async fn a_long_batch_is_recorded_whole_with_an_id_of_its_own_for_each() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    // More than some transactions take, their ends among duplicates and lines that are none.
    let sent: Vec<String> = (0..3_000)
        .map(|n| match n % 7 {
            3 => "null".to_owned(),
            5 => event(&format!("k-{}", n - 1)).to_string(),
            _ => event(&format!("k-{n}")).to_string(),
        })
        .collect();
    let told = lines(&post(&sender, &sent).await);
    let expected = |n: usize| match n % 7 {
        3 => "REJECTED",
        5 => "DUPLICATE",
        _ => "ACCEPTED",
    };
    let expected: Vec<&str> = (0..3_000).map(expected).collect();
    assert_eq!(statuses(&told), expected);
    let mut ids: Vec<&str> = told
        .iter()
        .filter(|line| line["status"] == "ACCEPTED")
        .filter_map(|line| line["id"].as_str())
        .collect();
    let accepted = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), accepted);
    let again = lines(&post(&sender, &sent).await);
    assert!(again.iter().all(|line| line["status"] != "ACCEPTED"));
    assert!(
        told.iter()
            .zip(&again)
            .all(|(first, again)| first["id"] == again["id"])
    );
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_batch_over_its_limits_is_refused_as_a_whole() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let many: Vec<String> = (0..10_001)
        .map(|n| event(&format!("k-{n}")).to_string())
        .collect();
    post(&sender, &many).await.problem(413);
    // What says that it is too large is not read.
    let key = sender.header("authorization");
    let head = format!(
        "POST {BATCH} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\ncontent-length: {}\r\n\r\n",
        8 * 1024 * 1024 + 1
    );
    let mut stream = TcpStream::connect(sender.address()).await.expect("a connection");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut line = [0; 12];
    soon(stream.read_exact(&mut line)).await.expect("an answer");
    assert_eq!(&line, b"HTTP/1.1 413");
    let listed = appliance.admin.get(PATH).await.json();
    assert_eq!(listed["items"], json!([]));
    assert_eq!(lines(&post(&sender, &[]).await), [Value::Null; 0]);
}

#[tokio::test]
async fn a_trace_is_every_lines_and_the_headers_key_is_no_lines() {
    let appliance = Appliance::start().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let sender = sender(&appliance)
        .await
        .with("traceparent", trace)
        .with("idempotency-key", "k-0");
    let keyless = with(event("-"), json!({ "idempotencyKey": null }));
    let told = lines(&post(&sender, &[event("k-1").to_string(), keyless.to_string()]).await);
    assert_eq!(statuses(&told), ["ACCEPTED", "REJECTED"]);
    let id = told[0]["id"].as_str().expect("an id");
    let shown = appliance.admin.get(&format!("{PATH}/{id}")).await.json();
    assert_eq!(shown["traceparent"], trace);
}

#[tokio::test]
async fn a_batch_for_which_there_is_no_place_is_refused_before_it_is_read() {
    let appliance = Appliance::start().await;
    let sender = sender(&appliance).await;
    let key = sender.header("authorization");
    let head =
        format!("POST {BATCH} HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\ncontent-length: 5\r\n\r\nnul");
    let mut begun = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(sender.address()).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("sent");
        begun.push(stream);
    }
    // Whether all of them have a place by now cannot be seen from outside, but by this answer.
    let refused = soon(async {
        loop {
            let answer = post(&sender, &[event("k-1").to_string()]).await;
            if answer.status != 200 {
                return answer;
            }
        }
    });
    let refused = refused.await;
    refused.problem(503);
    assert_eq!(refused.header("retry-after"), "5");

    let mut first = begun.remove(0);
    first.write_all(b"l\n").await.expect("sent");
    let mut line = [0; 12];
    soon(first.read_exact(&mut line)).await.expect("an answer");
    assert_eq!(&line, b"HTTP/1.1 200");
    assert_eq!(
        statuses(&lines(&post(&sender, &[event("k-2").to_string()]).await)),
        ["ACCEPTED"]
    );
}
