//! Stopping: what was begun is finished, what waits is told, and the file is whole.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::http::soon;
use crate::support::{Appliance, ballot};

/// Sends a vote but for the last byte of its body, once the appliance has begun to read it.
async fn begin_to_vote(appliance: &Appliance, user: &str) -> (TcpStream, u8) {
    let body = ballot("best", "a", (user, "k-1")).to_string();
    let (last, first) = body.as_bytes().split_last().expect("a body");
    let mut connection = TcpStream::connect(appliance.public.address())
        .await
        .expect("a connection");
    let head = format!(
        "POST /api/vote HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.expect("the head");
    let mut go_on = [0; 25];
    soon(connection.read_exact(&mut go_on)).await.expect("the answer");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.write_all(first).await.expect("most of the body");
    (connection, *last)
}

async fn rest(mut connection: TcpStream) -> String {
    let mut text = String::new();
    let read = soon(connection.read_to_string(&mut text)).await;
    read.expect("the rest of the answer");
    text
}

/// Resolves when the public address takes no more connections: the appliance is stopping.
async fn closed(appliance: &Appliance) {
    let refused = async { while TcpStream::connect(appliance.public.address()).await.is_ok() {} };
    soon(refused).await;
}

#[tokio::test]
async fn a_vote_that_was_begun_is_answered_after_the_order_to_stop() {
    let mut appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let (mut connection, last) = begin_to_vote(&appliance, "u-1").await;
    appliance.begin_to_stop();
    closed(&appliance).await;
    let waits = tokio::time::timeout(Duration::from_millis(100), connection.read_u8()).await;
    assert!(
        waits.is_err(),
        "the connection is kept for as long as its request comes"
    );
    connection.write_all(&[last]).await.expect("the last byte");
    let answer = rest(connection).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer:?}");
    let directory = appliance.stop().await;
    let again = Appliance::build().directory(directory).start().await;
    assert_eq!(again.total("best").await, 1);
    again.assert_clean().await;
}

#[tokio::test]
async fn streams_end_and_nobody_waits_for_the_deadline() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let mut stream = appliance.public.stream("/api/polls/best/stream").await;
        assert!(stream.results().await.is_some());
        streams.push(stream);
    }
    let began = Instant::now();
    appliance.stop().await;
    assert!(began.elapsed().as_secs() < 5, "it took {:?}", began.elapsed());
    for mut stream in streams {
        assert!(stream.results().await.is_none(), "the stream has ended, whole");
    }
}

#[tokio::test]
async fn what_was_counted_is_there_after_a_restart_and_replays() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    assert_eq!(appliance.vote("best", "a", ("u-1", "k-1")).await.status, 202);
    let before = appliance.public.get("/api/polls/best").await;
    let directory = appliance.stop().await;
    let appliance = Appliance::build().directory(directory).start().await;
    let after = appliance.public.get("/api/polls/best").await;
    assert_eq!(
        (before.text(), before.header("etag")),
        (after.text(), after.header("etag"))
    );
    let again = appliance.vote("best", "a", ("u-1", "k-1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (202, "true"));
    let other = appliance.vote("best", "b", ("u-1", "k-1")).await;
    assert_eq!(other.problem(409)["error"], "Duplicate vote");
}

#[tokio::test]
async fn the_socket_is_gone_after_stopping_and_a_stale_one_is_no_obstacle() {
    let appliance = Appliance::start().await;
    let socket = appliance.socket.clone();
    assert!(socket.exists());
    let directory = appliance.stop().await;
    assert!(!socket.exists());
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a stale socket"));
    let appliance = Appliance::build().directory(directory).start().await;
    assert_eq!(appliance.owner.get("/api/status").await.status, 200);
}
