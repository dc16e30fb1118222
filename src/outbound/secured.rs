//! TLS on a connection that somebody else has made, in a protocol of its own.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::SetupError;
use super::tls;
use super::transport::Transport;
use crate::tls::Authorities;

/// Encrypts connections, and makes sure who is at the other end; clones share what they trust.
#[derive(Clone)]
pub struct Securing(TlsConnector);

impl Securing {
    /// Trusts these authorities; `None`: Mozilla's and the system's, which are read now.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(authorities: Option<Authorities>) -> Result<Self, SetupError> {
        let transport = Transport {
            authorities,
            ..Transport::default()
        };
        let mut tls = tls::client(&transport).map_err(|error| SetupError::of(error.into()))?;
        // What is spoken is not HTTP, and names itself where it has to.
        tls.alpn_protocols.clear();
        Ok(Self(TlsConnector::from(Arc::new(tls))))
    }

    /// Encrypts `stream`, whose other end proves that it is `host`.
    ///
    /// # Errors
    /// Where it does not, or the connection breaks.
    pub async fn secure<S>(&self, host: &str, stream: S) -> io::Result<Secured<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.0.connect(name, stream).await.map(Secured)
    }

    /// Whether this is why a connection was not encrypted: the other end did not prove who it is.
    #[must_use]
    pub fn is_unproven(error: &io::Error) -> bool {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
    }
}

/// A connection that is encrypted.
pub struct Secured<S>(TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
