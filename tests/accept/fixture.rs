//! A server on a port of its own, and clients that speak bytes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use gantry::runtime::{Shutdown, Tasks};
use gantry::web::accept::{Arriving, Server, Settings};
use gantry::web::body;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

/// No step of a test may take longer.
pub(crate) const BOUND: Duration = Duration::from_secs(3);
/// Deadlines under test are this long, others an hour.
pub(crate) const SHORT: Duration = Duration::from_millis(200);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn patient() -> Settings {
    Settings {
        header_read: HOUR,
        idle: HOUR,
        write_stall: HOUR,
        accept_wait: HOUR,
        ..Settings::default()
    }
}

pub(crate) struct Appliance {
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) tasks: Tasks,
    /// Lets `/slow` answer.
    pub(crate) gate: Arc<Notify>,
    /// Tells that `/slow` was asked.
    pub(crate) asked: Arc<Notify>,
}

pub(crate) async fn start(settings: Settings) -> Appliance {
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

async fn handle(request: Request<Arriving>, gate: Arc<Notify>, asked: Arc<Notify>) -> Response<Body> {
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
        "/4KiB" => take(request, 4 << 10).await,
        "/8MiB" => take(request, 8 << 20).await,
        _ => Response::new(Body::from("hello")),
    }
}

async fn take(request: Request<Arriving>, limit_bytes: usize) -> Response<Body> {
    let taken = body::read(request.into_body(), limit_bytes, HOUR).await;
    taken.map_or_else(IntoResponse::into_response, |_| {
        Response::new(Body::from("taken"))
    })
}

/// A body that always has another piece; counts what was taken from it, in bytes.
struct Endless;

pub(crate) static TAKEN: AtomicUsize = AtomicUsize::new(0);

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

pub(crate) struct Client(pub(crate) TcpStream);

impl Appliance {
    pub(crate) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("a connection"))
    }

    /// One request on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> String {
        let mut client = self.connect().await;
        client
            .send(&format!(
                "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            ))
            .await;
        client.rest().await
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cut();
        timeout(BOUND, self.tasks.finished())
            .await
            .expect("everything ends");
    }
}

impl Client {
    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("to send");
    }

    /// Everything until the server closes; a reset counts as closing.
    pub(crate) async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let read = timeout(BOUND, self.0.read_to_end(&mut all)).await;
        let _ = read.expect("the connection is closed in time");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Reads until the text ends with `end`.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let mut all = Vec::new();
        while !all.ends_with(end.as_bytes()) {
            let byte = timeout(BOUND, self.0.read_u8()).await.expect("bytes in time");
            all.push(byte.unwrap_or_else(|e| panic!("{e} after {:?}", String::from_utf8_lossy(&all))));
        }
        String::from_utf8(all).expect("text")
    }
}

pub(crate) const HELLO: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

pub(crate) async fn wait_for(condition: impl Fn() -> bool) {
    let until = Instant::now() + BOUND;
    while !condition() {
        assert!(Instant::now() < until, "it did not come to pass");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
