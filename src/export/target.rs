//! Where it goes: the address of a database, and how the way there is secured.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::{ChannelBinding, Host, SslMode};
use tokio_postgres::tls::{self, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Config, Socket};

use crate::config::Postgres;
use crate::outbound::{Secured, Securing, SetupError};
use crate::tls::Authorities;

/// How long connecting to one address may take.
pub(super) const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long what was sent may stay unacknowledged before the connection is given up.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(30);
/// What the database is told that we are.
const NAME: &str = "gantry";

/// A database, and how the way there is secured.
pub struct Target {
    pub(super) config: Config,
    pub(super) securing: Securing,
}

/// Why a database cannot be written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// Its address, which is not repeated.
    #[error("{0}")]
    Url(String),
    /// The certificates of who vouches for it.
    #[error("{0}")]
    Ca(String),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] SetupError),
}

impl Target {
    /// The database that is configured.
    pub(super) fn of(postgres: &Postgres) -> Result<Self, Unusable> {
        let config = config(postgres.url.expose()).map_err(Unusable::Url)?;
        let authorities = postgres.ca.as_ref().map(|pem| Authorities::parse(pem.expose()));
        let authorities = authorities
            .transpose()
            .map_err(|wrong| Unusable::Ca(wrong.to_string()))?;
        Ok(Self {
            config,
            securing: Securing::new(authorities)?,
        })
    }
}

/// Reads an address. What is wrong with it is said without repeating it.
fn config(text: &str) -> Result<Config, String> {
    let text = text.trim();
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Err("does not begin with postgres://".to_owned());
    }
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let mut mode = None;
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(ssl_mode(value)?),
            Some(("sslrootcert", _)) => {
                return Err("names sslrootcert; write tls_ca beside the url".to_owned());
            }
            _ => kept.push(pair),
        }
    }
    let understood = format!("{address}?{}", kept.join("&")).parse::<Config>();
    let mut config = understood
        .map_err(|_| "is not understood; write postgres://user:password@host/database".to_owned())?;
    if config.get_hosts().is_empty() {
        return Err("names no host".to_owned());
    }
    if config.get_channel_binding() == ChannelBinding::Require {
        return Err("asks for channel_binding, which is not spoken; the certificate is verified".to_owned());
    }
    // Where nothing is said, what leaves this machine is encrypted: "prefer" would be talked out of it.
    let near = config.get_hosts().iter().all(is_near);
    config.ssl_mode(mode.unwrap_or(match near {
        true => SslMode::Disable,
        false => SslMode::Require,
    }));
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_MAX);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED_MAX);
    }
    if config.get_application_name().is_none() {
        config.application_name(NAME);
    }
    Ok(config)
}

/// The names that PostgreSQL's own clients know. Each that encrypts verifies here.
fn ssl_mode(text: &str) -> Result<SslMode, String> {
    match text {
        "disable" => Ok(SslMode::Disable),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        "allow" | "prefer" => Err(format!(
            "says sslmode={text}, which whoever stands between can turn off; write require or disable"
        )),
        _ => Err("has an sslmode that is not known; write require or disable".to_owned()),
    }
}

/// Whether a host is this machine.
fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address = name.parse::<IpAddr>();
            address.map_or(name == "localhost", |address| address.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// An error with what it came from, in one line.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let inner = std::iter::successors(error.source(), |cause| cause.source());
    inner.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

/// Encrypts connections to hosts.
#[derive(Clone)]
pub(super) struct Tls(pub(super) Securing);

/// Encrypts a connection to a host.
pub(super) struct ToHost {
    securing: Securing,
    host: String,
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted<Socket>;
    type TlsConnect = ToHost;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<ToHost> {
        Ok(ToHost {
            securing: self.0.clone(),
            host: host.to_owned(),
        })
    }
}

impl TlsConnect<Socket> for ToHost {
    type Stream = Encrypted<Socket>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<Socket>>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move { self.securing.secure(&self.host, stream).await.map(Encrypted) })
    }
}

/// An encrypted connection as the driver wants it.
pub(super) struct Encrypted<S>(Secured<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    fn channel_binding(&self) -> tls::ChannelBinding {
        tls::ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(text: &str) -> SslMode {
        config(text).unwrap().get_ssl_mode()
    }

    #[test]
    fn what_leaves_this_machine_is_encrypted_unless_the_address_says_otherwise() {
        assert_eq!(mode("postgres://u:p@db.example/launch"), SslMode::Require);
        assert_eq!(
            mode("postgresql://u@db.example/launch?sslmode=verify-full"),
            SslMode::Require
        );
        assert_eq!(
            mode("postgres://u@10.0.0.7/launch?sslmode=disable"),
            SslMode::Disable
        );
        assert_eq!(mode("postgres://u@127.0.0.1:6432/launch"), SslMode::Disable);
        assert_eq!(mode("postgres://u@[::1]/launch"), SslMode::Disable);
        assert_eq!(
            mode("postgres://u@/launch?host=/run/postgresql"),
            SslMode::Disable
        );
        assert_eq!(mode("postgres://u@%2Frun%2Fpostgresql/launch"), SslMode::Disable);
        assert_eq!(
            mode("postgres://u@a.example:1,b.example:2/launch"),
            SslMode::Require
        );
        assert_eq!(
            mode("postgres://u@localhost/launch?sslmode=require"),
            SslMode::Require
        );
    }

    #[test]
    fn an_address_that_is_wrong_is_refused_without_being_repeated() {
        for wrong in [
            "hunter2",
            "mysql://u:hunter2@db/launch",
            "postgres:///hunter2",
            "postgres://u:hunter2@db/launch?sslmode=prefer",
            "postgres://u:hunter2@db/launch?sslmode=hunter2",
            "postgres://u:hunter2@db/launch?sslrootcert=ca.pem",
            "postgres://u:hunter2@db/launch?channel_binding=require",
            "postgres://u:hunter2@db/launch?nonsense=1",
        ] {
            let said = config(wrong).expect_err(wrong);
            assert!(!said.is_empty() && !said.contains("hunter2"), "{wrong}: {said}");
        }
    }
}
