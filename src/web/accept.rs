//! Accepting connections and serving HTTP on them, each under deadlines of its own: HTTP/1.1, and by TLS also HTTP/2.
//!
//! A connection is always in one phase, and each phase has an end: it sends a head (10 s from connecting or from the
//! head's first byte), it is being answered (the handler decides; a body has its own deadline), it rests between two
//! requests (60 s), or it reads what we write (20 s without any progress and it is cut). hyper's own header timer is
//! off: it costs an allocation per request and, woken at the wrong moment, ends idle connections early.
//!
//! *Full house.* Connections are counted. When all places are taken, the connections that have waited longest without
//! asking for anything (silent, slow or idle ones, never one that is being answered) are closed to make room, so
//! that such connections cannot keep voters out. If everyone is being answered, a newcomer waits for up to
//! [`Settings::accept_wait`], others behind it in the kernel's queue; then all are told 503 until a place comes free.
//!
//! *TLS.* A listener that speaks it looks at the first byte: a handshake, or plain HTTP (`secured`). Whoever has not come so
//! far yet stands in a lobby with places of its own, so that slow handshakes keep nobody out of the house, and is given as long
//! as a head. HTTP/2 is spoken where a client asks for it in its handshake (`streams`): its requests share a place.
//!
//! *Refusals.* A client that is still sending when its answer is there may finish: our side is closed, and what comes is
//! thrown away, for at most two seconds and 16 MiB. Without that it would find its connection reset, and no answer.
//!
//! *Stopping.* When draining begins the listener is closed, resting connections end, begun requests are answered, and so
//! is the first request of whoever connected within the last second: nobody else has that connection. At the deadline
//! the rest is dropped.

mod connection;
mod deadlines;
mod house;
mod listener;
mod secured;
mod service;
mod stream;
mod streams;
mod watch;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use tokio::time::{sleep, timeout};

use self::connection::Protocol;
use self::house::{House, Place};
pub use self::listener::Listener;
pub use self::service::Arriving;
use self::watch::Order;
use crate::runtime::{Shutdown, Tasks};

/// The pause after an accept that failed for want of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The time connections have to notice that the deadline has passed.
const CUT_WAIT: Duration = Duration::from_secs(1);

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A TCP peer with its address.
    Tcp(SocketAddr),
    /// One that came by TLS to us, with its address.
    Tls(SocketAddr),
    /// A process of this user, whose number it is, or of the machine's owner, over the unix socket. `None`: this process
    /// itself, or one of whom the system does not say whose it is.
    Socket(Option<u32>),
}

impl Peer {
    /// The peer's address; the loopback address for a unix socket.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        match self {
            Self::Tcp(address) | Self::Tls(address) => address.ip(),
            Self::Socket(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    /// Whether it came by TLS, to us and not to a proxy.
    #[must_use]
    pub const fn is_secured(self) -> bool {
        matches!(self, Self::Tls(_))
    }

    /// Whether it came over the unix socket.
    #[must_use]
    pub const fn is_owner(self) -> bool {
        matches!(self, Self::Socket(_))
    }
}

/// The bounds of a listener's connections.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// From connecting, or from the first byte of a further request, to the end of the head.
    pub header_read: Duration,
    /// How long a connection may rest between requests.
    pub idle: Duration,
    /// How long a blocked write may make no progress.
    pub write_stall: Duration,
    /// How long a newcomer waits for a place before it is told 503.
    pub accept_wait: Duration,
    /// The largest head, request line included, in bytes: 431 above it.
    pub max_header_bytes: usize,
    /// The most header lines: 431 above it. hyper itself allows 100.
    pub max_headers: usize,
    /// The most connections at once on this listener.
    pub max_connections: u32,
    /// The most of those who have not come through their TLS handshake yet, beside them.
    pub max_handshakes: u32,
    /// The kernel's send buffer per TCP connection, in bytes; `None` leaves it to the kernel. Small ones keep the memory
    /// of many streams bounded.
    pub send_buffer: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            header_read: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write_stall: Duration::from_secs(20),
            accept_wait: Duration::from_secs(2),
            max_header_bytes: 16 * 1024,
            max_headers: 64,
            max_connections: 16_384,
            max_handshakes: 1_024,
            send_buffer: None,
        }
    }
}

/// What serves a listener.
#[derive(Clone, Debug)]
pub struct Server {
    /// The bounds of its connections.
    pub settings: Settings,
    /// Where its connections run.
    pub tasks: Tasks,
    /// When it stops.
    pub shutdown: Shutdown,
}

impl Server {
    /// Serves until draining begins, then until the last connection is done or the deadline has passed.
    ///
    /// Every answer carries `X-Request-Id`, and the request given to `handler` has it as a header too. A handler that
    /// panics is answered for with 500.
    pub async fn run<L, H, F>(self, mut listener: L, handler: H)
    where
        L: Listener,
        H: Fn(Request<Arriving>, Peer) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let house = Arc::new(House::new(self.settings.max_connections));
        let protocol = Protocol::new(self.settings);
        let start = |stream, place, peer| {
            let (protocol, handler) = (protocol.clone(), handler.clone());
            self.tasks.spawn("connection", async move {
                protocol
                    .serve(stream, place, |request| handler(request, peer))
                    .await;
            });
        };
        tokio::select! {
            () = self.shutdown.draining() => {}
            () = self.accept(&mut listener, &house, start) => {}
        }
        drop(listener);
        self.empty(&[&house]).await;
    }

    async fn accept<L: Listener>(
        &self,
        listener: &mut L,
        house: &Arc<House>,
        start: impl Fn(L::Stream, Place, Peer),
    ) {
        let (mut failing, mut full) = (false, false);
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "cannot accept connections; trying on");
                    }
                    failing = true;
                    house.relieve();
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            failing = false;
            if L::tune(&stream, &self.settings).is_err() {
                continue; // It is gone already.
            }
            // Only the first newcomer to a full house waits: the next would wait behind it for nothing.
            let patience = if full {
                Duration::ZERO
            } else {
                self.settings.accept_wait
            };
            let place = house.place(patience, self.settings.accept_wait).await;
            if place.is_none() != full {
                full = !full;
                tracing::warn!(
                    server.full = full,
                    "whether every connection place is taken has changed"
                );
            }
            match place {
                Some(place) => start(stream, place, peer),
                None => L::turn_away(&stream),
            }
        }
    }

    /// Empties houses, the one in front first: whoever comes through it is in the next.
    async fn empty(&self, houses: &[&House]) {
        houses.iter().for_each(|house| house.tell_all(Order::Drain));
        let all = async {
            for house in houses {
                house.empty().await;
            }
        };
        let mut all = pin!(all);
        tokio::select! {
            () = all.as_mut() => return,
            () = self.shutdown.deadline() => {}
        }
        houses.iter().for_each(|house| house.tell_all(Order::Cut));
        if timeout(CUT_WAIT, all).await.is_err() {
            tracing::warn!("connections are still open after the deadline");
        }
    }
}

/// Errors of the connection that was to be accepted, not of accepting (accept(2)).
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}
