//! Clients that are still sending when their answer is there.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::fixture::{Appliance, BOUND, patient, start};

const TIMES: usize = 200;
/// How long a client may go on sending.
const LINGERING: Duration = Duration::from_secs(2);

fn announced(path: &str, bytes: u64) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\n").into_bytes()
}

fn request(path: &str, bytes: usize) -> Vec<u8> {
    let mut request = announced(path, bytes as u64);
    request.resize(request.len() + bytes, b'x');
    request
}

/// A body in chunks of 4 KiB, whose length nobody knows before its end.
fn in_chunks(path: &str, chunks: usize) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    format!("{head}{}0\r\n\r\n", chunk.repeat(chunks)).into_bytes()
}

/// Sends all of it before it reads anything; what it reads.
async fn send_then_read(appliance: &Appliance, request: &[u8]) -> String {
    let mut client = appliance.connect().await.0;
    let sent = timeout(BOUND, client.write_all(request))
        .await
        .expect("it is read");
    sent.expect("nothing breaks while it sends");
    let mut answer = String::new();
    let read = timeout(BOUND, client.read_to_string(&mut answer)).await;
    read.expect("it ends").expect("nothing breaks while it reads");
    answer
}

async fn is_refused_every_time(request: Vec<u8>) {
    let appliance = start(patient()).await;
    for time in 0..TIMES {
        let answer = send_then_read(&appliance, &request).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{time}: {answer}");
    }
    appliance.stop().await;
}

#[tokio::test]
async fn a_body_a_little_too_large_is_told_so_every_time() {
    is_refused_every_time(request("/4KiB", 100 << 10)).await;
}

#[tokio::test]
async fn a_body_in_chunks_that_becomes_too_large_is_told_so_every_time() {
    is_refused_every_time(in_chunks("/4KiB", 100)).await;
}

#[tokio::test]
async fn the_largest_body_and_a_byte_is_told_so_every_time() {
    is_refused_every_time(request("/8MiB", (8 << 20) + 1)).await;
}

#[tokio::test]
async fn who_is_sending_when_draining_begins_still_has_the_answer() {
    let appliance = start(patient()).await;
    let request = request("/slow", 8 << 20);
    let (first, rest) = request.split_at(1 << 10);
    let mut client = appliance.connect().await.0;
    client.write_all(first).await.expect("to send");
    appliance.asked.notified().await;
    appliance.shutdown.drain();
    appliance.gate.notify_one();
    // Until the answer has come at the latest.
    sleep(Duration::from_millis(50)).await;
    client
        .write_all(rest)
        .await
        .expect("nothing breaks while it sends");
    let mut answer = String::new();
    let read = timeout(BOUND, client.read_to_string(&mut answer)).await;
    read.expect("it ends").expect("nothing breaks while it reads");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    timeout(BOUND, appliance.tasks.finished())
        .await
        .expect("everything ends");
}

#[tokio::test]
async fn who_sends_without_end_is_cut() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await.0;
    client.write_all(&announced("/", 1 << 40)).await.expect("to send");
    let pouring = async {
        let piece = vec![b'x'; 64 << 10];
        let mut sent = 0_usize;
        while client.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
        sent
    };
    let sent = timeout(BOUND, pouring).await.expect("it is cut");
    assert!(sent < 64 << 20, "{sent} bytes were taken");

    let mut client = appliance.connect().await.0;
    client.write_all(&announced("/", 1 << 40)).await.expect("to send");
    let began = Instant::now();
    let trickling = async {
        while client.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(BOUND, trickling).await.expect("it is cut");
    let took = began.elapsed();
    assert!(took > LINGERING * 9 / 10, "cut after {took:?}");
    appliance.stop().await;
}
