//! Where requests come in.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::{TcpListener, UnixListener};

use super::routes::Routes;
use super::{Stopped, socket};
use crate::config::{Config, Server as Addresses};
use crate::runtime::{Inherited, Shutdown, Tasks};
use crate::store::Store;
use crate::web::accept::{Server, Settings};

/// The kernel's send buffer of a public connection, in bytes: streams are many and their frames small.
const SEND_BUFFER: u32 = 64 * 1024;

/// Sockets that were handed to us and do not fit the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Misfit {
    /// Who connects there would wait for ever.
    #[error(
        "nothing here listens on the socket that was handed over as {0:?}: FileDescriptorName= is public or admin"
    )]
    Unknown(String),
    /// One address is written in two places, and they differ.
    #[error(
        "server.{name} is {configured}, but the socket that was handed over for it is at {given}: write the address \
         into the socket unit alone (ListenStream=), and leave it out here"
    )]
    Elsewhere {
        /// `public` or `admin`.
        name: &'static str,
        /// What the configuration says.
        configured: SocketAddr,
        /// Where the socket is.
        given: SocketAddr,
    },
}

/// Where requests will come in; nothing is accepted yet.
pub(super) struct Listeners {
    pub(super) public: Listening,
    pub(super) admin: Listening,
    pub(super) owner: (UnixListener, PathBuf),
}

/// The sockets of one address, of which there are several where they were handed to us.
pub(super) struct Listening {
    sockets: Vec<TcpListener>,
    /// The first one's.
    pub(super) at: SocketAddr,
}

impl Listeners {
    /// Takes the sockets that were handed to us, and opens those that were not.
    pub(super) async fn bind(
        config: &Config,
        store: &Store,
        mut inherited: Inherited,
    ) -> Result<Self, Stopped> {
        let (server, unwritten) = (&config.server, Addresses::default());
        let bound = Self {
            public: listening("public", (server.public, unwritten.public), &mut inherited).await?,
            admin: listening("admin", (server.admin, unwritten.admin), &mut inherited).await?,
            owner: socket::listen(store.path())?,
        };
        match inherited.left() {
            Some(name) => Err(Misfit::Unknown(name.to_owned()).into()),
            None => Ok(bound),
        }
    }

    /// Begins to accept.
    pub(super) fn serve(self, routes: &Routes, tasks: &Tasks, shutdown: &Shutdown) {
        let server = |settings| Server {
            settings,
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        };
        let small = Settings {
            send_buffer: Some(SEND_BUFFER),
            ..Settings::default()
        };
        for socket in self.public.sockets {
            tasks.spawn_vital("public", server(small).run(socket, routes.public()));
        }
        for socket in self.admin.sockets {
            tasks.spawn_vital("admin", server(Settings::default()).run(socket, routes.admin()));
        }
        let owner = server(Settings::default()).run(self.owner.0, routes.admin());
        tasks.spawn_vital("socket", owner);
    }
}

/// The sockets handed to us as `name`, or else one at the configured address. An address at its default is taken for one
/// that is not written.
async fn listening(
    name: &'static str,
    (configured, default): (SocketAddr, SocketAddr),
    inherited: &mut Inherited,
) -> Result<Listening, Stopped> {
    let handed = inherited.take(name);
    let refused = |source| Stopped::Listen {
        what: configured.to_string(),
        source,
    };
    if handed.is_empty() {
        let socket = TcpListener::bind(configured).await.map_err(refused)?;
        let at = socket.local_addr().map_err(refused)?;
        let sockets = vec![socket];
        return Ok(Listening { sockets, at });
    }
    let sockets: Vec<TcpListener> = handed
        .into_iter()
        .map(adopt)
        .collect::<io::Result<_>>()
        .map_err(refused)?;
    let addresses: Vec<SocketAddr> = sockets
        .iter()
        .map(TcpListener::local_addr)
        .collect::<io::Result<_>>()
        .map_err(refused)?;
    let at = addresses.first().copied().unwrap_or(configured);
    if configured != default && !addresses.contains(&configured) {
        return Err(Misfit::Elsewhere {
            name,
            configured,
            given: at,
        }
        .into());
    }
    Ok(Listening { sockets, at })
}

fn adopt(socket: std::net::TcpListener) -> io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    TcpListener::from_std(socket)
}
