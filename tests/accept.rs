//! The accept loop over real sockets, with its deadlines shortened.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use gantry::runtime::{Shutdown, Tasks};
use gantry::web::accept::{Peer, Server, Settings};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::Notify;
use tokio::time::timeout;

/// No step of a test may take longer.
const BOUND: Duration = Duration::from_secs(3);
/// Deadlines under test are this long, others an hour.
const SHORT: Duration = Duration::from_millis(200);
const HOUR: Duration = Duration::from_secs(3600);

fn patient() -> Settings {
    Settings {
        header_read: HOUR,
        idle: HOUR,
        write_stall: HOUR,
        accept_wait: HOUR,
        ..Settings::default()
    }
}

struct Appliance {
    address: SocketAddr,
    shutdown: Shutdown,
    tasks: Tasks,
    /// Lets `/slow` answer.
    gate: Arc<Notify>,
    /// Tells that `/slow` was asked.
    asked: Arc<Notify>,
}

async fn start(settings: Settings) -> Appliance {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let appliance = Appliance {
        address: listener.local_addr().expect("an address"),
        shutdown: Shutdown::new(Duration::from_millis(500)),
        tasks: Tasks::new(),
        gate: Arc::default(),
        asked: Arc::default(),
    };
    let server = Server {
        settings,
        tasks: appliance.tasks.clone(),
        shutdown: appliance.shutdown.clone(),
    };
    let (gate, asked) = (Arc::clone(&appliance.gate), Arc::clone(&appliance.asked));
    let handler = move |request, _| handle(request, Arc::clone(&gate), Arc::clone(&asked));
    appliance.tasks.spawn("server", server.run(listener, handler));
    appliance
}

async fn handle(request: Request<Incoming>, gate: Arc<Notify>, asked: Arc<Notify>) -> Response<Body> {
    match request.uri().path() {
        "/panic" => panic!("careless"),
        "/slow" => {
            asked.notify_one();
            gate.notified().await;
            Response::new(Body::from("slow"))
        }
        "/endless" => Response::new(Body::new(Endless)),
        "/large" => Response::new(Body::from(vec![b'x'; 64 << 20])),
        "/echo" => {
            let body = request.into_body().collect().await.expect("a body");
            Response::new(Body::from(body.to_bytes()))
        }
        _ => Response::new(Body::from("hello")),
    }
}

/// A body that always has another piece; counts what was taken from it, in bytes.
struct Endless;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        TAKEN.fetch_add(4096, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 4096])))))
    }
}

struct Client(TcpStream);

impl Appliance {
    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("a connection"))
    }

    /// One request on a connection of its own.
    async fn get(&self, path: &str) -> String {
        let mut client = self.connect().await;
        client
            .send(&format!(
                "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            ))
            .await;
        client.rest().await
    }

    async fn stop(self) {
        self.shutdown.cut();
        timeout(BOUND, self.tasks.finished())
            .await
            .expect("everything ends");
    }
}

impl Client {
    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("to send");
    }

    /// Everything until the server closes; a reset counts as closing.
    async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let read = timeout(BOUND, self.0.read_to_end(&mut all)).await;
        let _ = read.expect("the connection is closed in time");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the text ends with `end`.
    async fn until(&mut self, end: &str) -> String {
        let mut all = Vec::new();
        while !all.ends_with(end.as_bytes()) {
            let byte = timeout(BOUND, self.0.read_u8()).await.expect("bytes in time");
            all.push(byte.unwrap_or_else(|e| panic!("{e} after {:?}", String::from_utf8_lossy(&all))));
        }
        String::from_utf8(all).expect("text")
    }
}

const HELLO: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

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
    client.send(&"x".repeat(200_000)).await;
    let mut rest = Vec::new();
    let read = timeout(BOUND, client.0.read_to_end(&mut rest)).await;
    assert_eq!(read.expect("closed in time").expect("not reset"), 0);
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
    assert_eq!(silent.rest().await, "");
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

#[tokio::test]
async fn silent_connections_give_way_to_newcomers_when_all_places_are_taken() {
    let settings = Settings {
        max_connections: 8,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(appliance.connect().await);
    }
    for _ in 0..20 {
        assert!(appliance.get("/").await.ends_with("hello"));
    }
    drop(silent);
    appliance.stop().await;
}

#[tokio::test]
async fn when_everyone_is_being_answered_newcomers_are_told_503_after_a_while() {
    let settings = Settings {
        max_connections: 2,
        accept_wait: SHORT,
        ..patient()
    };
    let appliance = start(settings).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut client = appliance.connect().await;
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
        appliance.asked.notified().await;
        busy.push(client);
    }
    let answer = appliance.get("/").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    for client in &mut busy {
        appliance.gate.notify_one();
        client.until("slow").await;
    }
    assert!(
        appliance.get("/").await.ends_with("hello"),
        "places are free again"
    );
    appliance.stop().await;
}

#[tokio::test]
async fn a_unix_socket_is_served_the_same_way() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("admin.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let (tasks, shutdown) = (Tasks::new(), Shutdown::new(SHORT));
    let server = Server {
        settings: patient(),
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
    };
    let handler = async |_: Request<Incoming>, peer: Peer| Response::new(Body::from(format!("{peer:?}")));
    tasks.spawn(
        "server",
        server.run(listener, move |request, peer| handler(request, peer)),
    );
    let mut client = UnixStream::connect(&path).await.expect("a connection");
    client
        .write_all(b"GET / HTTP/1.0\r\n\r\n")
        .await
        .expect("to send");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.ends_with("Socket"), "{answer}");
    shutdown.drain();
    timeout(BOUND, tasks.finished()).await.expect("everything ends");
}

async fn wait_for(condition: impl Fn() -> bool) {
    let until = Instant::now() + BOUND;
    while !condition() {
        assert!(Instant::now() < until, "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
