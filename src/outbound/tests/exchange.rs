//! Requests as they are written, answers as they are read, and deadlines.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::super::{BODY_MAX, BodyEnd, SendError};
use super::receiver::{Receiver, exchange, post, request, sender, until_closed};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-rate: 7\r\n\r\nok";
const LOOPBACK: &[&str] = &["127.0.0.0/8"];
/// What stalled receivers are given, and how late the end may be noticed on a busy machine.
const SHORT: Duration = Duration::from_millis(300);
const SLACK: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_request_asks_for_identity_and_says_who_calls() {
    let (seen, heads) = mpsc::channel();
    let receiver = Receiver::start(move |stream| {
        while let Some(text) = exchange(&stream, OK) {
            seen.send(text).unwrap();
        }
    });
    let mut asked = post(&receiver.url());
    asked
        .headers
        .insert("accept-encoding", "gzip, br".parse().unwrap());
    asked.headers.insert("x-request-id", "d-1".parse().unwrap());
    let answer = sender(LOOPBACK).send(asked).await.unwrap();
    assert_eq!(
        (answer.status, answer.excerpt.as_str(), answer.end),
        (200, "ok", BodyEnd::Whole)
    );
    assert_eq!(answer.headers.get("x-rate").unwrap(), "7");

    let text = heads.recv().unwrap();
    assert!(text.starts_with("POST /hook HTTP/1.1\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n{}"), "{text}");
    let count = |line: &str| text.lines().filter(|l| l.starts_with(line)).count();
    assert_eq!(count("accept-encoding: identity"), 1, "{text}");
    assert_eq!(count("accept-encoding"), 1, "{text}");
    assert_eq!(
        count(&format!("user-agent: gantry/{}", env!("CARGO_PKG_VERSION"))),
        1,
        "{text}"
    );
    assert_eq!(count(&format!("host: {}", receiver.at)), 1, "{text}");
    assert_eq!(count("x-request-id: d-1"), 1, "{text}");
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let receiver = Receiver::answering(OK);
    let sender = sender(LOOPBACK);
    for _ in 0..20 {
        sender.clone().send(post(&receiver.url())).await.unwrap();
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced_and_no_request_is_written_twice() {
    let (seen, requests) = mpsc::channel();
    let (closed, mut is_closed) = mpsc::channel();
    let receiver = Receiver::start(move |stream| {
        seen.send(exchange(&stream, OK)).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
        drop(stream);
        closed.send(()).unwrap();
    });
    let sender = sender(LOOPBACK);
    for _ in 0..20 {
        assert_eq!(sender.send(post(&receiver.url())).await.unwrap().status, 200);
        is_closed = heard(is_closed).await;
    }
    assert_eq!(receiver.connections(), 20);
    assert_eq!(requests.try_iter().flatten().count(), 20);
}

#[tokio::test]
async fn a_request_whose_connection_breaks_unanswered_is_not_repeated() {
    let (seen, requests) = mpsc::channel();
    let receiver = Receiver::start(move |stream| {
        // The first request of a connection is answered, the second is read and dropped.
        seen.send(exchange(&stream, OK)).unwrap();
        seen.send(request(&stream)).unwrap();
    });
    let sender = sender(LOOPBACK);
    sender.send(post(&receiver.url())).await.unwrap();
    let error = sender.send(post(&receiver.url())).await.unwrap_err();
    assert!(matches!(error, SendError::Broken(_)), "{error}");
    assert_eq!(receiver.connections(), 1);
    assert_eq!(requests.try_iter().flatten().count(), 2);
}

#[tokio::test]
async fn redirects_are_answers() {
    let hidden = Receiver::answering(OK);
    let to = hidden.url();
    let receiver = Receiver::start(move |stream| {
        let answer = format!("HTTP/1.1 307 Elsewhere\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        while exchange(&stream, answer.as_bytes()).is_some() {}
    });
    let answer = sender(LOOPBACK).send(post(&receiver.url())).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(hidden.connections(), 0);
}

#[tokio::test]
async fn of_an_endless_body_64_kib_are_read_and_the_connection_closes() {
    let (broke, is_broken) = mpsc::channel();
    let receiver = Receiver::start(move |stream| {
        exchange(&stream, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").unwrap();
        let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
        while (&stream).write_all(&chunk).is_ok() {}
        broke.send(()).unwrap();
    });
    let answer = sender(LOOPBACK).send(post(&receiver.url())).await.unwrap();
    assert_eq!((answer.status, answer.end), (200, BodyEnd::Cut));
    assert_eq!((answer.body.len(), answer.excerpt.len()), (BODY_MAX, 1024));
    heard(is_broken).await;
}

#[tokio::test]
async fn a_body_of_64_kib_is_whole() {
    let receiver = Receiver::start(|stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {BODY_MAX}\r\n\r\n");
        let answer = [head.into_bytes(), vec![b'x'; BODY_MAX]].concat();
        while exchange(&stream, &answer).is_some() {}
    });
    let sender = sender(LOOPBACK);
    for _ in 0..2 {
        let answer = sender.send(post(&receiver.url())).await.unwrap();
        assert_eq!((answer.body.len(), answer.end), (BODY_MAX, BodyEnd::Whole));
    }
    assert_eq!(receiver.connections(), 1);
}

/// Waits for a word from a receiver's thread, while connections go on here.
async fn heard(word: mpsc::Receiver<()>) -> mpsc::Receiver<()> {
    let waited = tokio::task::spawn_blocking(move || {
        word.recv_timeout(SLACK).unwrap();
        word
    });
    waited.await.unwrap()
}

/// Sends with [`SHORT`] to a receiver that writes `said` and then nothing, and asks that the connection closes in time.
async fn stalled(said: &'static [u8]) -> Result<super::super::Answer, SendError> {
    let (closed, is_closed) = mpsc::channel();
    let receiver = Receiver::start(move |stream| {
        exchange(&stream, said).unwrap();
        until_closed(&stream);
        closed.send(()).unwrap();
    });
    let mut asked = post(&receiver.url());
    asked.timeout = SHORT;
    let begun = Instant::now();
    let result = sender(LOOPBACK).send(asked).await;
    assert!(
        begun.elapsed() >= SHORT && begun.elapsed() < SLACK,
        "{:?}",
        begun.elapsed()
    );
    heard(is_closed).await;
    result
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    for said in [
        "",
        "HTTP/1.1 200 OK\r\nx-slow: ",
        "HTTP/1.1 102 Processing\r\n\r\n",
    ] {
        let error = stalled(said.as_bytes()).await.unwrap_err();
        assert_eq!(error, SendError::Timeout(SHORT), "{said:?}");
    }
}

#[tokio::test]
async fn a_status_stands_when_its_body_stalls_or_breaks() {
    let answer = stalled(b"HTTP/1.1 503 Busy\r\nretry-after: 7\r\ncontent-length: 9\r\n\r\nwait")
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.end, answer.excerpt.as_str()),
        (503, BodyEnd::Late, "wait")
    );
    assert_eq!(answer.headers.get("retry-after").unwrap(), "7");

    let broken = Receiver::start(|stream| {
        exchange(&stream, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok").unwrap();
    });
    let answer = sender(LOOPBACK).send(post(&broken.url())).await.unwrap();
    assert_eq!((answer.status, answer.end), (200, BodyEnd::Broken));
}

#[tokio::test]
async fn what_drips_ends_at_the_deadline_too() {
    let receiver = Receiver::start(|stream| {
        request(&stream).unwrap();
        // One byte of a header for each millisecond of silence from the other side, until that side is gone.
        stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\nx-slow: ");
        while (&stream).write_all(b"x").is_ok() && !matches!((&stream).read(&mut [0]), Ok(0)) {}
    });
    let mut asked = post(&receiver.url());
    asked.timeout = SHORT;
    let begun = Instant::now();
    assert_eq!(
        sender(LOOPBACK).send(asked).await.unwrap_err(),
        SendError::Timeout(SHORT)
    );
    assert!(begun.elapsed() < SLACK);
}

#[tokio::test]
async fn what_is_no_http_is_a_broken_connection() {
    for said in [
        b"SSH-2.0-OpenSSH_9.2\r\n".as_slice(),
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n12",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"",
    ] {
        let receiver = Receiver::start(move |stream| drop(exchange(&stream, said)));
        let error = sender(LOOPBACK).send(post(&receiver.url())).await.unwrap_err();
        assert!(matches!(error, SendError::Broken(_)), "{said:?}: {error:?}");
    }
}

#[tokio::test]
async fn errors_do_not_repeat_what_was_sent() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let broken = Receiver::start(drop);
    let urls = [
        format!("http://{closed}/canary?key=canary"),
        format!("{}/canary?key=canary", broken.url()),
        "http://canary:canary@127.0.0.1/".to_owned(),
        "http://10.0.0.1/canary?key=canary".to_owned(),
        "https://127.0.0.1:1/canary".to_owned(),
    ];
    for url in urls {
        let mut asked = post(&url);
        asked
            .headers
            .insert("authorization", "Bearer canary".parse().unwrap());
        asked.body = "canary".into();
        let error = sender(LOOPBACK).send(asked).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    }
}
