//! Stopping.

use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::fixture::{BOUND, HELLO, patient, start};

#[tokio::test]
async fn draining_answers_what_was_begun_ends_what_rests_and_refuses_what_is_new() {
    let appliance = start(patient()).await;
    let mut resting = appliance.connect().await;
    resting.send(HELLO).await;
    resting.until("hello").await;
    let mut silent = appliance.connect().await;
    let mut begun = appliance.connect().await;
    begun.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    appliance.asked.notified().await;

    appliance.shutdown.drain();
    assert_eq!(resting.rest().await, "");
    assert!(
        TcpStream::connect(appliance.address).await.is_err(),
        "nothing listens"
    );
    appliance.gate.notify_one();
    let answer = begun.rest().await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("slow"),
        "{answer}"
    );
    assert_eq!(silent.rest().await, "");
    timeout(BOUND, appliance.tasks.finished())
        .await
        .expect("everything ends");
}

#[tokio::test]
async fn who_has_just_connected_is_still_answered() {
    let appliance = start(patient()).await;
    let mut fresh = appliance.connect().await;
    // Connections are accepted in their order.
    let mut later = appliance.connect().await;
    later.send(HELLO).await;
    later.until("hello").await;

    appliance.shutdown.drain();
    assert_eq!(later.rest().await, "");
    fresh.send(HELLO).await;
    let answer = fresh.rest().await.to_lowercase();
    assert!(
        answer.starts_with("http/1.1 200") && answer.contains("connection: close"),
        "{answer}"
    );
    timeout(BOUND, appliance.tasks.finished())
        .await
        .expect("everything ends");
}

#[tokio::test]
async fn what_is_not_done_at_the_deadline_is_dropped() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    appliance.asked.notified().await;
    let began = Instant::now();
    appliance.shutdown.drain();
    assert_eq!(client.rest().await, "");
    assert!(
        began.elapsed() >= Duration::from_millis(500),
        "the grace period is given"
    );
    timeout(BOUND, appliance.tasks.finished())
        .await
        .expect("everything ends");
}
