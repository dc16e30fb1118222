//! Clients: HTTP/1.1, kept alive, one request at a time; with a key or without.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, HeaderValue};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::model::key::KeySecret;
use crate::runtime::Tasks;

/// How long an answer may take.
const ANSWER_WAIT: Duration = Duration::from_secs(20);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    /// `X-Event-Status`
    pub(super) event_status: String,
    pub(super) body: Bytes,
}

/// One connection, opened when it is needed.
pub(super) struct Connection {
    to: SocketAddr,
    tasks: Tasks,
    requests: Option<SendRequest<Full<Bytes>>>,
}

/// What came back, whole.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Somebody with a key.
pub(super) struct Client {
    connection: Connection,
    authorization: HeaderValue,
}

impl Client {
    pub(super) fn new(to: SocketAddr, key: &KeySecret, tasks: Tasks) -> anyhow::Result<Self> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.expose()))?;
        authorization.set_sensitive(true);
        Ok(Self {
            connection: Connection::new(to, tasks),
            authorization,
        })
    }

    /// Sends a request and reads the whole answer. After an error whether it was heeded is unknown.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Answer> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.connection.to.to_string())
            .header(AUTHORIZATION, &self.authorization)
            .body(Full::new(body.into()))?;
        let reply = self.connection.send(request).await?;
        let said = reply.headers.get("x-event-status");
        Ok(Answer {
            status: reply.status,
            event_status: said
                .and_then(|said| said.to_str().ok())
                .unwrap_or_default()
                .to_owned(),
            body: reply.body,
        })
    }
}

impl Connection {
    pub(super) const fn new(to: SocketAddr, tasks: Tasks) -> Self {
        Self {
            to,
            tasks,
            requests: None,
        }
    }

    /// Sends a request and reads the whole answer. After an error whether it was heeded is unknown.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        timeout(ANSWER_WAIT, self.exchange(request))
            .await
            .context("no answer in time")?
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Reply> {
        let mut requests = match self.requests.take() {
            Some(requests) if !requests.is_closed() => requests,
            _ => self.open().await?,
        };
        requests.ready().await?;
        let (head, body) = requests.send_request(request).await?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        // A connection that failed is not used again.
        self.requests = Some(requests);
        Ok(Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    async fn open(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.to).await?;
        stream.set_nodelay(true)?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        self.tasks.spawn("demo-client", async move {
            // How it ended shows in the answers.
            let _ = connection.await;
        });
        Ok(requests)
    }
}
