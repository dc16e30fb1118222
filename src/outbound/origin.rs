//! The way to the maker's own site: a plain HTTP/1.1 client, with streams, trailers and upgrades.
//!
//! Not guarded by [`Egress`](super::Egress): an origin is named by the operator and is private as a rule. Nothing of a request or of
//! an answer is kept here, and no time is set but for connecting: what a page may take is for the pages to say.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::uri::Scheme;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::client::SetupError;
use super::tls;
use super::transport::Transport;

/// How long connecting may take, TLS included: an origin is near, and visitors wait.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// How long a connection is kept for the next request: less than the 5 s after which Node's server closes it
/// (nodejs.org, `server.keepAliveTimeout`), so that no request is written to one that is being closed.
const IDLE_MAX: Duration = Duration::from_secs(4);

/// The most idle connections kept to one origin.
const IDLE_CONNECTIONS_MAX: usize = 128;

/// Sends requests to origins, keeping connections for the next; clones share them.
#[derive(Clone, Debug)]
pub struct OriginClient(Client<Connector, Body>);

/// Why an origin gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// There is no connection to it.
    #[error("it cannot be reached: {0}")]
    Connect(String),
    /// A connection that had been idle was closed before anything of an answer came: whoever may, can ask again.
    #[error("it closed the connection")]
    Closed,
    /// What it sent is not HTTP, or it broke off.
    #[error("its answer is broken: {0}")]
    Broken(String),
}

impl OriginClient {
    /// A client; reads the system's root certificates.
    ///
    /// # Errors
    /// TLS could not be set up.
    pub fn new() -> Result<Self, SetupError> {
        let tls = tls::client(&Transport::default()).map_err(|error| SetupError::of(error.into()))?;
        let connector = Connector(TlsConnector::from(Arc::new(tls)));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector);
        Ok(Self(client))
    }

    /// Sends `request`, whose target is absolute (`http://127.0.0.1:3000/launch`), and gives the answer as soon as its head
    /// is there. `Host` is kept where it is set.
    ///
    /// # Errors
    /// [`OriginError`]; nothing was answered.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, OriginError> {
        self.0.request(request).await.map_err(|error| {
            if error.is_connect() {
                return OriginError::Connect(innermost(&error));
            }
            let source = std::error::Error::source(&error).and_then(|s| s.downcast_ref::<hyper::Error>());
            match source {
                Some(source) if source.is_incomplete_message() || source.is_canceled() => OriginError::Closed,
                _ => OriginError::Broken(innermost(&error)),
            }
        })
    }
}

/// The error at the bottom of a chain: what the system or the parser said.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(deeper) = at.source() {
        at = deeper;
    }
    at.to_string()
}

/// Opens connections.
#[derive(Clone)]
struct Connector(TlsConnector);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl Service<Uri> for Connector {
    type Response = Wire;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Wire>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let tls = self.0.clone();
        Box::pin(async move {
            let connected = timeout(CONNECT_MAX, connect(tls, &target)).await;
            connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        })
    }
}

async fn connect(tls: TlsConnector, target: &Uri) -> io::Result<Wire> {
    let host = target.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let secure = target.scheme() == Some(&Scheme::HTTPS);
    let port = target.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((bare, port)).await?;
    stream.set_nodelay(true)?;
    if !secure {
        return Ok(Wire::Plain(TokioIo::new(stream)));
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(io::Error::other)?;
    let stream = tls.connect(name, stream).await?;
    Ok(Wire::Tls(Box::new(TokioIo::new(stream))))
}

/// A connection's bytes.
enum Wire {
    Plain(TokioIo<TcpStream>),
    Tls(Box<TokioIo<TlsStream<TcpStream>>>),
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_read(cx, buf),
            Self::Tls(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_write(cx, buf),
            Self::Tls(io) => Pin::new(io).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_flush(cx),
            Self::Tls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_shutdown(cx),
            Self::Tls(io) => Pin::new(io).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_write_vectored(cx, bufs),
            Self::Tls(io) => Pin::new(io).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(io) => io.is_write_vectored(),
            Self::Tls(io) => io.is_write_vectored(),
        }
    }
}
