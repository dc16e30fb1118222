//! What can be listened on: TCP and unix sockets.

use std::io;
use std::os::fd::AsFd;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{Peer, Settings};

/// The whole answer for a connection there is no place for.
const TURNED_AWAY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Something connections come from.
pub trait Listener: Send + 'static {
    /// A connection's bytes, both ways.
    type Stream: AsyncRead + AsyncWrite + AsFd + Unpin + Send + 'static;

    /// The next connection. May be dropped at any time without losing one.
    ///
    /// # Errors
    /// Those of accept(2).
    fn accept(&mut self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;

    /// Sets a new connection's socket options.
    ///
    /// # Errors
    /// The connection is gone.
    fn tune(stream: &Self::Stream, settings: &Settings) -> io::Result<()>;

    /// Tells a connection 503, without waiting for its request.
    fn turn_away(stream: &Self::Stream);
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<(TcpStream, Peer)> {
        let (stream, address) = Self::accept(self).await?;
        Ok((stream, Peer::Tcp(address)))
    }

    fn tune(stream: &TcpStream, settings: &Settings) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match settings.send_buffer.map(usize::try_from) {
            Some(Ok(bytes)) => SockRef::from(stream).set_send_buffer_size(bytes),
            _ => Ok(()),
        }
    }

    fn turn_away(stream: &TcpStream) {
        // Best effort: a new socket's buffer is empty and takes it whole, or the peer is gone.
        drop(SockRef::from(stream).send(TURNED_AWAY));
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&mut self) -> io::Result<(UnixStream, Peer)> {
        let (stream, _) = Self::accept(self).await?;
        let user = stream.peer_cred().ok().map(|peer| peer.uid());
        Ok((stream, Peer::Socket(user)))
    }

    fn tune(_: &UnixStream, _: &Settings) -> io::Result<()> {
        Ok(())
    }

    fn turn_away(stream: &UnixStream) {
        drop(SockRef::from(stream).send(TURNED_AWAY));
    }
}
