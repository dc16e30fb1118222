//! Listening for TLS, and for what is none on the same port.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

use super::connection::{Guard, Protocol};
use super::house::{House, Place};
use super::stream::Watched;
use super::streams::Streams;
use super::watch::Watch;
use super::{Arriving, Peer, Server};
use crate::tls::{Choice, KeyRing};

/// The first byte of a handshake (RFC 8446 §5.1); no request of HTTP begins with it.
const HANDSHAKE: u8 = 22;
/// A fatal alert, `unrecognized_name` (RFC 6066 §3), as a record.
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];
/// HTTP/2 by TLS, as handshakes name it (RFC 9113 §3.2).
const H2: &[u8] = b"h2";

impl Server {
    /// Serves like [`Server::run`], by TLS with the certificates of `keys` and in plain HTTP on the same port: who comes how is
    /// told by its [`Peer`].
    pub async fn run_secured<H, F>(self, mut listener: TcpListener, keys: KeyRing, handler: H)
    where
        H: Fn(Request<Arriving>, Peer) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let house = Arc::new(House::new(self.settings.max_connections));
        let lobby = Arc::new(house.lobby(self.settings.max_handshakes));
        let entrance = Entrance {
            plain: Protocol::new(self.settings),
            shared: Streams::new(self.settings, self.tasks.clone()),
            house: Arc::clone(&house),
            keys,
        };
        let start = |stream, waiting, peer: Peer| {
            let (entrance, handler) = (entrance.clone(), handler.clone());
            self.tasks.spawn("connection", async move {
                entrance.serve(stream, waiting, (peer, handler)).await;
            });
        };
        tokio::select! {
            () = self.shutdown.draining() => {}
            () = self.accept(&mut listener, &lobby, start) => {}
        }
        drop(listener);
        self.empty(&[&lobby, &house]).await;
    }
}

/// What leads from a new connection to its requests.
#[derive(Clone)]
struct Entrance {
    plain: Protocol,
    shared: Streams,
    house: Arc<House>,
    keys: KeyRing,
}

/// A connection of which it is known what is spoken on it.
enum Arrived {
    Plain(Watched<TcpStream>),
    One(TlsStream<Watched<TcpStream>>),
    Many(TlsStream<Watched<TcpStream>>),
}

impl Entrance {
    async fn serve<H, F>(self, stream: TcpStream, waiting: Place, (peer, handler): (Peer, H))
    where
        H: Fn(Request<Arriving>, Peer) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let settings = self.plain.settings;
        let arriving = pin!(self.arrive(stream, Arc::clone(waiting.watch())));
        let arrived = Guard::new(&settings, &waiting).keep(arriving, |_| {}).await;
        let Some(Some(arrived)) = arrived else { return };
        let Some(place) = self.house.place_of(waiting.watch(), settings.accept_wait).await else {
            return;
        };
        drop(waiting);
        let secured = Peer::Tls(SocketAddr::new(peer.ip(), port_of(peer)));
        match arrived {
            Arrived::Plain(stream) => {
                let handler = |request| handler(request, peer);
                self.plain.serve_watched(stream, place, handler).await;
            }
            Arrived::One(stream) => {
                let handler = |request| handler(request, secured);
                self.plain.serve_watched(stream, place, handler).await;
            }
            Arrived::Many(stream) => {
                let handler = move |request| handler(request, secured);
                self.shared.serve(stream, place, handler).await;
            }
        }
    }

    /// Finds out what is spoken; `None` where nothing is to be served.
    async fn arrive(&self, stream: TcpStream, watch: Arc<Watch>) -> Option<Arrived> {
        let mut first = [0];
        if stream.peek(&mut first).await.ok()? == 0 {
            return None;
        }
        let stream = Watched::new(stream, watch);
        if first != [HANDSHAKE] {
            return Some(Arrived::Plain(stream));
        }
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await;
        let mut begun = begun.map_err(|error| noted(&error)).ok()?;
        match self.keys.choose(&begun.client_hello()) {
            Choice::Serve(config) => {
                let made = begun.into_stream(config).await;
                let made = made.map_err(|error| noted(&error)).ok()?;
                Some(match made.get_ref().1.alpn_protocol() {
                    Some(H2) => Arrived::Many(made),
                    _ => Arrived::One(made),
                })
            }
            Choice::Prove(config) => {
                // The certificate is the proof: with the handshake all is said (RFC 8737 §3).
                let mut made = begun.into_stream(config).await.ok()?;
                let _ = made.shutdown().await;
                None
            }
            Choice::Refuse => {
                let _ = begun.io.write_all(&UNRECOGNIZED_NAME).await;
                None
            }
        }
    }
}

fn port_of(peer: Peer) -> u16 {
    match peer {
        Peer::Tcp(address) | Peer::Tls(address) => address.port(),
        Peer::Socket(_) => 0,
    }
}

/// Strangers who speak something else are no concern of an operator's.
fn noted(error: &std::io::Error) {
    tracing::debug!(%error, "a TLS handshake failed");
}
