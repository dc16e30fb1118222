//! Connections that several requests share: they are held to the same deadlines as others.

use std::time::{Duration, Instant};

use bytes::Bytes;
use gantry::web::accept::Settings;
use http::{HeaderMap, Method};
use http_body_util::BodyExt;
use hyper::client::conn::http2;
use hyper_util::rt::TokioExecutor;

use crate::client::Line;
use crate::handshakes::Hall;
use crate::support::http::{BOUND, soon};

const NAME: &str = "shop.example";
const SHORT: Duration = Duration::from_millis(300);
const HOUR: Duration = Duration::from_secs(3_600);

fn patient() -> Settings {
    Settings {
        header_read: HOUR,
        idle: HOUR,
        write_stall: HOUR,
        ..Settings::default()
    }
}

fn address(path: &str) -> String {
    format!("https://{NAME}{path}")
}

async fn is_over(line: &Line) -> bool {
    let asked = line
        .begin((Method::GET, &address("/")), HeaderMap::new(), Bytes::new())
        .await;
    asked.is_err()
}

async fn ends(line: &Line) {
    let until = Instant::now() + BOUND;
    while !is_over(line).await {
        assert!(Instant::now() < until, "the connection stays");
        tokio::time::sleep(SHORT).await;
    }
}

#[tokio::test]
async fn one_that_rests_too_long_is_closed_and_one_that_is_answered_is_not() {
    let hall = Hall::open(Settings {
        idle: SHORT,
        ..patient()
    })
    .await;
    let busy = hall.client().many(NAME).await;
    let slow = busy.begin(
        (Method::GET, "https://shop.example/slow"),
        HeaderMap::new(),
        Bytes::new(),
    );
    let resting = hall.client().many(NAME).await;
    assert_eq!(resting.get(&address("/")).await.text(), "hello");
    let (slow, ()) = tokio::join!(tokio::time::timeout(3 * SHORT, slow), async {
        // Nothing is asked while it rests.
        tokio::time::sleep(2 * SHORT).await;
        assert!(is_over(&resting).await);
    });
    assert!(slow.is_err(), "it is still being answered");
    assert_eq!(busy.get(&address("/")).await.text(), "hello");
}

#[tokio::test]
async fn one_that_asks_for_nothing_is_closed_like_one_whose_head_does_not_come() {
    let hall = Hall::open(Settings {
        header_read: SHORT,
        ..patient()
    })
    .await;
    let line = hall.client().many(NAME).await;
    tokio::time::sleep(2 * SHORT).await;
    ends(&line).await;
}

#[tokio::test]
async fn one_whose_client_takes_nothing_of_its_answers_is_cut_off() {
    let hall = Hall::open(Settings {
        write_stall: SHORT,
        ..patient()
    })
    .await;
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.initial_stream_window_size(1_024);
    let line = hall.client().many_with(NAME, http).await;
    let large = line.begin(
        (Method::GET, "https://shop.example/large"),
        HeaderMap::new(),
        Bytes::new(),
    );
    let mut large = large.await.expect("an answer").into_body();
    // Its socket is read all the while: only the answer is not.
    let cut = async {
        tokio::time::sleep(4 * SHORT).await;
        loop {
            match large.frame().await {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    };
    soon(cut).await;
    assert!(is_over(&line).await);
}

#[tokio::test]
async fn what_has_begun_is_answered_when_the_server_stops() {
    let (asked, gate) = (
        std::sync::Arc::new(tokio::sync::Notify::new()),
        std::sync::Arc::new(tokio::sync::Notify::new()),
    );
    let (tell, open) = (asked.clone(), gate.clone());
    let hall = Hall::with(patient(), move |_| {
        let (tell, open) = (tell.clone(), open.clone());
        async move {
            tell.notify_one();
            open.notified().await;
            http::Response::new(axum::body::Body::from("in time"))
        }
    })
    .await;
    let line = hall.client().many(NAME).await;
    let answer = async { line.get(&address("/")).await.text() };
    let stop = async {
        soon(asked.notified()).await;
        hall.shutdown.drain();
        tokio::task::yield_now().await;
        gate.notify_one();
    };
    let (answer, ()) = tokio::join!(answer, stop);
    assert_eq!(answer, "in time");
    soon(hall.tasks.finished()).await;
    assert!(is_over(&line).await);
}
