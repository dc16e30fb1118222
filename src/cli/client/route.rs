//! Routes: how a server is reached, and what is said where it is not.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::Unanswered;

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
        /// Name or address, without brackets.
        host: String,
        /// TCP port.
        port: u16,
        /// Both, as the `Host` header wants them.
        authority: String,
    },
}

/// A connection of either kind.
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

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, Unanswered> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let connecting = tokio::time::timeout(CONNECT_WITHIN, self.stream()).await;
        connecting.map_err(late).flatten().map_err(|error| match self {
            Self::Socket { data } => no_socket(data, &error),
            Self::Url { authority, .. } => {
                Unanswered::Absent(format!("no server answers at {authority}: {error}"))
            }
        })
    }

    async fn stream(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Socket { data } => Box::new(UnixStream::connect(socket_of(data)).await?),
            Self::Url { host, port, .. } => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
        })
    }
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
