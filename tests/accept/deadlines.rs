//! When connections are closed, and when they are not.

use gantry::web::Settings;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::fixture::{BOUND, HELLO, SHORT, TAKEN, patient, start, wait_for};

/// The connection sends `sent`, and is then closed without an answer, not before its deadline.
async fn is_closed_at_its_deadline(sent: &str) {
    let appliance = start(Settings {
        header_read: SHORT,
        ..patient()
    })
    .await;
    let began = Instant::now();
    let mut client = appliance.connect().await;
    client.send(sent).await;
    assert_eq!(client.rest().await, "");
    assert!(began.elapsed() >= SHORT, "closed after {:?}", began.elapsed());
    appliance.stop().await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_at_its_deadline() {
    is_closed_at_its_deadline("").await;
}

#[tokio::test]
async fn a_partial_first_line_is_closed_at_its_deadline() {
    is_closed_at_its_deadline("GE").await;
}

#[tokio::test]
async fn an_http2_preface_is_refused_or_closed_at_its_deadline() {
    is_closed_at_its_deadline("PRI * HT").await;
    let appliance = start(patient()).await;
    let mut client = appliance.connect().await;
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(!answer.contains(" 200 "), "{answer}");
    appliance.stop().await;
}

#[tokio::test]
async fn a_head_that_trickles_in_is_closed_at_its_deadline() {
    let appliance = start(Settings {
        header_read: SHORT,
        ..patient()
    })
    .await;
    let (mut reads, mut writes) = appliance.connect().await.0.into_split();
    let trickle = async {
        writes.write_all(b"GET / HTTP/1.1\r\n").await.expect("to send");
        for _ in 0..1000 {
            if writes.write_all(b"X-A: b\r\n").await.is_err() {
                return;
            }
            tokio::time::sleep(SHORT / 20).await;
        }
    };
    let mut all = Vec::new();
    let began = Instant::now();
    tokio::select! {
        _ = reads.read_to_end(&mut all) => {}
        () = trickle => panic!("still open"),
    }
    assert!(began.elapsed() < SHORT * 5, "closed after {:?}", began.elapsed());
    assert!(all.is_empty());
    appliance.stop().await;
}

#[tokio::test]
async fn a_second_head_that_does_not_end_is_closed_at_the_head_deadline() {
    let appliance = start(Settings {
        header_read: SHORT,
        ..patient()
    })
    .await;
    let mut client = appliance.connect().await;
    client.send(HELLO).await;
    client.until("hello").await;
    client.send("GET /").await;
    assert_eq!(client.rest().await, "");
    appliance.stop().await;
}

#[tokio::test]
async fn a_connection_rests_between_requests_as_long_as_idle_says() {
    let settings = Settings {
        header_read: SHORT / 4,
        idle: SHORT,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut client = appliance.connect().await;
    for _ in 0..3 {
        client.send(HELLO).await;
        client.until("hello").await;
        // Longer than the head deadline: resting is not sending a head.
        tokio::time::sleep(SHORT / 2).await;
    }
    client.send(HELLO).await;
    client.until("hello").await;
    let began = Instant::now();
    assert_eq!(client.rest().await, "");
    assert!(
        began.elapsed() >= SHORT * 9 / 10,
        "closed after {:?}",
        began.elapsed()
    );
    appliance.stop().await;
}

#[tokio::test]
async fn an_answer_may_take_longer_than_head_and_idle_allow() {
    let settings = Settings {
        header_read: SHORT / 4,
        idle: SHORT / 4,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut client = appliance.connect().await;
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    appliance.asked.notified().await;
    tokio::time::sleep(SHORT).await;
    appliance.gate.notify_one();
    assert!(client.until("slow").await.starts_with("HTTP/1.1 200"));
    appliance.stop().await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_cut_and_costs_little_until_then() {
    let settings = Settings {
        write_stall: SHORT * 2,
        send_buffer: Some(64 * 1024),
        ..patient()
    };
    let appliance = start(settings).await;
    let mut client = appliance.connect().await;
    client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    // The server and this connection; then the server alone.
    wait_for(|| appliance.tasks.running() == 1).await;
    assert!(
        TAKEN.load(Ordering::SeqCst) < 16 << 20,
        "the body was not read ahead"
    );
    appliance.stop().await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_steadily_is_not_cut() {
    let settings = Settings {
        write_stall: SHORT,
        idle: SHORT,
        header_read: SHORT,
        send_buffer: Some(64 * 1024),
        ..patient()
    };
    let appliance = start(settings).await;
    let mut client = appliance.connect().await;
    client.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let (began, mut read, mut piece) = (Instant::now(), 0, vec![0; 512 * 1024]);
    while began.elapsed() < SHORT * 6 {
        let got = timeout(BOUND, client.0.read(&mut piece))
            .await
            .expect("bytes in time");
        let got = got.expect("the connection stays");
        assert!(got > 0, "cut after {:?} and {read} bytes", began.elapsed());
        read += got;
        tokio::time::sleep(SHORT / 20).await;
    }
    appliance.stop().await;
}
