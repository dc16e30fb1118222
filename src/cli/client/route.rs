//! Routes: how a server is reached, and what is said where it is not.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::Unanswered;
use crate::outbound::{Securing, SetupError};

/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The way to a server.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Route {
    /// The socket beside this data file.
    Socket {
        /// The data file.
        data: PathBuf,
    },
    /// An admin address.
    Url {
        /// How it is spoken to.
        scheme: Scheme,
        /// Name or address, without brackets.
        host: String,
        /// TCP port.
        port: u16,
        /// Both, as the `Host` header wants them.
        authority: String,
    },
}

/// How an admin address is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Scheme {
    Http,
    Https,
}

/// A connection of any kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Route {
    /// What the `Host` header says.
    pub(super) fn host(&self) -> &str {
        match self {
            Self::Socket { .. } => "localhost",
            Self::Url { authority, .. } => authority,
        }
    }

    /// What encrypts its connections, where they have to be: whoever is trusted is read now.
    pub(super) fn securing(&self) -> Result<Option<Securing>, SetupError> {
        match self {
            Self::Url {
                scheme: Scheme::Https,
                ..
            } => Securing::new(None).map(Some),
            _ => Ok(None),
        }
    }

    /// A new connection; encrypted by `securing`, if that is given.
    pub(super) async fn connect(&self, securing: Option<&Securing>) -> Result<Box<dyn Stream>, Unanswered> {
        match self {
            Self::Socket { data } => {
                let stream = within(UnixStream::connect(socket_of(data))).await;
                Ok(Box::new(stream.map_err(|error| no_socket(data, &error))?))
            }
            Self::Url {
                host,
                port,
                authority,
                ..
            } => {
                let stream = within(TcpStream::connect((host.as_str(), *port))).await;
                let stream = stream.map_err(|error| no_server(authority, &error))?;
                let Some(securing) = securing else {
                    return Ok(Box::new(stream));
                };
                let secured = within(securing.secure(host, stream)).await;
                Ok(Box::new(secured.map_err(|error| not_secured(authority, &error))?))
            }
        }
    }
}

async fn within<T>(connecting: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    tokio::time::timeout(CONNECT_WITHIN, connecting)
        .await
        .map_err(late)
        .flatten()
}

/// The socket beside a data file: its path with `.sock` at its end.
fn socket_of(data: &Path) -> PathBuf {
    let mut path = data.as_os_str().to_owned();
    path.push(".sock");
    path.into()
}

fn no_socket(data: &Path, error: &io::Error) -> Unanswered {
    let socket = socket_of(data);
    let (data, socket) = (data.display(), socket.display());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Unanswered::Absent(format!(
            "no server is running on {data} ({socket}): start one with `gantry serve`, or name its data file with --data"
        )),
        io::ErrorKind::PermissionDenied => Unanswered::Broken(format!(
            "{socket} is another user's: run this as the owner of {data}"
        )),
        _ => Unanswered::Broken(format!("cannot connect to {socket}: {error}")),
    }
}

fn no_server(authority: &str, error: &io::Error) -> Unanswered {
    Unanswered::Absent(format!("no server answers at {authority}: {error}"))
}

fn not_secured(authority: &str, error: &io::Error) -> Unanswered {
    Unanswered::Broken(match Securing::is_unproven(error) {
        true => format!(
            "{authority} does not prove who it is: {error} (an authority of your own: its certificate in a file that SSL_CERT_FILE names)"
        ),
        false => {
            format!("there is no TLS at {authority}: {error} (without server.admin_domain it is http://)")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_stands_beside_the_file() {
        assert_eq!(
            socket_of(Path::new("a/gantry.redb")),
            Path::new("a/gantry.redb.sock")
        );
    }
}
