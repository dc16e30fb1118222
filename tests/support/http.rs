//! A small HTTP client: one connection for each request, one that is kept, or a stream of events. Everything is bounded.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::described;

/// The longest wait for anything that has to come.
pub(crate) const BOUND: Duration = Duration::from_secs(20);

/// Waits for what has to come.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    timeout(BOUND, future).await.expect("it comes in time")
}

/// Where requests go, and what each carries.
#[derive(Clone)]
pub(crate) struct Door {
    place: Place,
    headers: HeaderMap,
}

#[derive(Clone)]
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A connection that is kept.
pub(crate) struct Line {
    requests: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
    headers: HeaderMap,
}

/// One block of an event stream.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) event: String,
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
    pub(crate) retry: Option<u64>,
}

/// An event stream.
pub(crate) struct Stream {
    pub(crate) headers: HeaderMap,
    body: Incoming,
    text: String,
    _line: Line,
}

impl Door {
    pub(crate) fn tcp(address: SocketAddr) -> Self {
        let (place, headers) = (Place::Tcp(address), HeaderMap::new());
        Self { place, headers }
    }

    pub(crate) fn unix(path: &Path) -> Self {
        let (place, headers) = (Place::Unix(path.to_owned()), HeaderMap::new());
        Self { place, headers }
    }

    /// The same door, with one more header on every request.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut door = self.clone();
        let value = HeaderValue::from_str(value).expect("a header's value");
        door.headers.append(HeaderName::from_static(name), value);
        door
    }

    /// What every request says in this header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    pub(crate) fn with_key(&self, key: &str) -> Self {
        self.with("authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match self.place {
            Place::Tcp(address) => address,
            Place::Unix(_) => panic!("a socket has no address"),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Bytes::new()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Bytes::new()).await
    }

    /// Posts JSON; nothing for `null`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, written(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, written(body)).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Bytes) -> Answer {
        self.connect().await.send(method, path, body).await
    }

    pub(crate) async fn connect(&self) -> Line {
        let headers = self.headers.clone();
        match &self.place {
            Place::Tcp(address) => Line::over(TcpStream::connect(address).await, headers).await,
            Place::Unix(path) => Line::over(UnixStream::connect(path).await, headers).await,
        }
    }

    /// Opens an event stream, which must be one.
    pub(crate) async fn stream(&self, path: &str) -> Stream {
        let mut line = self.connect().await;
        let answer = line.begin(Method::GET, path, Bytes::new()).await;
        assert_eq!(answer.status(), 200);
        let (parts, body) = answer.into_parts();
        Stream {
            headers: parts.headers,
            body,
            text: String::new(),
            _line: line,
        }
    }
}

pub(crate) fn written(body: &Value) -> Bytes {
    match body {
        Value::Null => Bytes::new(),
        body => body.to_string().into(),
    }
}

impl Line {
    async fn over<S>(stream: std::io::Result<S>, headers: HeaderMap) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(stream.expect("a connection"));
        let (requests, connection) = http1::handshake(stream).await.expect("a connection");
        let mut driver = JoinSet::new();
        driver.spawn(async { drop(connection.await) });
        Self {
            requests,
            _driver: driver,
            headers,
        }
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, written(body)).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Bytes) -> Answer {
        let (parts, body) = self.begin(method.clone(), path, body).await.into_parts();
        let body = soon(body.collect()).await.expect("a whole body").to_bytes();
        described::check(&method, path, (parts.status.as_u16(), &parts.headers, &body));
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    async fn begin(&mut self, method: Method, path: &str, body: Bytes) -> Response<Incoming> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        *request.headers_mut() = self.headers.clone();
        let host = HeaderValue::from_static("gantry.test");
        request.headers_mut().entry("host").or_insert(host);
        soon(self.requests.ready()).await.expect("the connection is open");
        soon(self.requests.send_request(request))
            .await
            .expect("an answer")
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.unwrap_or(Ok("")).unwrap_or("(not text)")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|fault| panic!("{fault} in {} {:?}", self.status, self.text()))
    }

    /// Fails unless this is a whole problem (RFC 9457) of this status, and gives it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(!self.header("x-request-id").is_empty());
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{member} in {problem}");
        }
        problem
    }
}

impl Stream {
    /// The next block that is not a comment; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let frame = Frame::read(block);
                self.text = rest.to_owned();
                match frame {
                    Some(frame) => return Some(frame),
                    None => continue,
                }
            }
            let piece = soon(self.body.frame()).await?.expect("the stream is whole");
            let bytes = piece.into_data().expect("a piece of the body");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// The next frame of results; `None` when the stream has ended.
    pub(crate) async fn results(&mut self) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.event == "results" {
                return Some(frame);
            }
        }
    }

    /// Reads on until the results are so.
    pub(crate) async fn until(&mut self, so: impl Fn(&Value) -> bool) -> Frame {
        let reached = async {
            loop {
                let frame = self.results().await.expect("the stream goes on");
                if so(&frame.data) {
                    return frame;
                }
            }
        };
        soon(reached).await
    }
}

impl Frame {
    /// Reads a block; `None` for one that holds comments only.
    fn read(block: &str) -> Option<Self> {
        let mut frame = Self::default();
        let mut fields = 0;
        for line in block.lines().filter(|line| !line.starts_with(':')) {
            let (name, value) = line.split_once(": ").expect("a field");
            fields += 1;
            match name {
                "event" => value.clone_into(&mut frame.event),
                "id" => frame.id = value.parse().ok(),
                "retry" => frame.retry = value.parse().ok(),
                "data" => frame.data = serde_json::from_str(value).expect("JSON"),
                other => panic!("a field called {other}"),
            }
        }
        (fields > 0).then_some(frame)
    }
}
