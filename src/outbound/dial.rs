//! Dialling: a connection of our own making, to the first address of a name that takes one, and TLS over it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::client::CONNECT_MAX;
use super::egress::EgressRefusal;
use super::error::{SendError, short};
use super::names::{Guard, NoAddress};

/// Dials; clones share what they trust.
#[derive(Clone)]
pub(super) struct Dial {
    guard: Guard,
    tls: TlsConnector,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial").finish_non_exhaustive()
    }
}

impl Dial {
    /// Goes where `guard` allows, and trusts whom `tls` does.
    pub(super) fn new(guard: Guard, tls: &ClientConfig) -> Self {
        let mut tls = tls.clone();
        // What is spoken then may not be HTTP, and has no name of its own.
        tls.alpn_protocols.clear();
        Self {
            guard,
            tls: TlsConnector::from(Arc::new(tls)),
        }
    }

    /// A connection to the first address that takes one.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, SendError> {
        let addresses = self.guard.addresses(host).await.map_err(|none| match none {
            NoAddress::Refused(refusal) => SendError::Refused(refusal),
            NoAddress::Unknown(error) => SendError::Name(short(&error.to_string())),
        })?;
        let mut last = SendError::Connect("there is no address".to_owned());
        for address in addresses {
            match TcpStream::connect(SocketAddr::new(address, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = SendError::Connect(short(&error.to_string())),
            }
        }
        Err(last)
    }

    /// TLS over it, with whom `host` names.
    pub(super) async fn secure(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, SendError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| EgressRefusal::NoHost)?;
        let secured = self.tls.connect(name, stream).await;
        secured.map_err(|error| SendError::Tls(short(&error.to_string())))
    }

    /// Connects to where `url` (http or https) is, by TLS where it says so, and hangs up. How long it took, at most 5 s.
    pub(super) async fn reach(&self, url: &Url) -> Result<Duration, SendError> {
        let begun = Instant::now();
        let host = host_of(url);
        let port = url.port_or_known_default().ok_or(EgressRefusal::Scheme)?;
        let dialled = async {
            let stream = self.connect(host, port).await?;
            if url.scheme() == "https" {
                self.secure(host, stream).await?;
            }
            Ok(begun.elapsed())
        };
        in_time(dialled).await
    }
}

/// The host, an IPv6 address without its brackets.
pub(super) fn host_of(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}

/// What is done within the time that connecting may take.
pub(super) async fn in_time<T>(dialled: impl Future<Output = Result<T, SendError>>) -> Result<T, SendError> {
    let dialled = timeout(CONNECT_MAX, dialled).await;
    dialled.map_err(|_| SendError::Connect("it took too long".to_owned()))?
}
