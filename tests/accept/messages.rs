//! What is answered.

use crate::fixture::{HELLO, patient, start};

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    let echo = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\none";
    let last = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    client.send(&format!("{HELLO}{echo}{HELLO}{last}")).await;
    let all = client.rest().await;
    assert_eq!(all.matches("HTTP/1.1 200").count(), 4, "{all}");
    let bodies: Vec<_> = all.split("\r\n\r\n").skip(1).map(|part| &part[..3]).collect();
    assert_eq!(bodies, ["hel", "one", "hel", "hel"]);
    appliance.stop().await;
}

#[tokio::test]
async fn heads_over_the_bounds_are_431() {
    let appliance = start(patient()).await;
    let long = "x".repeat(17 * 1024);
    let lines = |n: usize| (0..n).map(|i| format!("X-{i}: y\r\n")).collect::<String>();
    for (head, status) in [
        (format!("X-Long: {long}\r\n"), "431"),
        (lines(65), "431"),
        (lines(200), "431"),
        (lines(60), "200"),
    ] {
        let mut client = appliance.connect().await;
        let request = format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n");
        client.send(&request).await;
        let answer = client.rest().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    appliance.stop().await;
}

#[tokio::test]
async fn an_answer_given_early_reaches_a_client_that_is_still_sending() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    // The handler answers without reading the body; the connection cannot be reused and is closed, but not reset.
    client
        .send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n")
        .await;
    client.until("hello").await;
    assert_eq!(client.rest().await, "", "the server has closed its side");
    for _ in 0..4 {
        client.send(&"x".repeat(50_000)).await;
        tokio::task::yield_now().await;
    }
    appliance.stop().await;
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    client.send("GET / HTTP/1.0\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert!(answer.ends_with("hello"));
    appliance.stop().await;
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let appliance = start(patient()).await;
    assert!(appliance.get("/").await.contains("\r\nx-request-id: "));
    let mut client = appliance.connect().await;
    client
        .send("GET /panic HTTP/1.1\r\nX-Request-Id: mine\r\n\r\n")
        .await;
    assert!(client.until("}").await.contains("\r\nx-request-id: mine\r\n"));
    appliance.stop().await;
}

#[tokio::test]
async fn a_handler_that_panics_is_a_500_and_the_connection_goes_on() {
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    client.send("GET /panic HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = client.until("}").await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(answer.contains("application/problem+json") && !answer.contains("careless"));
    client.send(HELLO).await;
    client.until("hello").await;
    appliance.stop().await;
}
