//! Where requests come in.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::{TcpListener, UnixListener};

use super::routes::Routes;
use super::{Stopped, socket};
use crate::config::Config;
use crate::runtime::{Shutdown, Tasks};
use crate::store::Store;
use crate::web::accept::{Server, Settings};

/// The kernel's send buffer of a public connection, in bytes: streams are many and their frames small.
const SEND_BUFFER: u32 = 64 * 1024;

/// Where requests will come in, each with its address; nothing is accepted yet.
pub(super) struct Listeners {
    pub(super) public: (TcpListener, SocketAddr),
    pub(super) admin: (TcpListener, SocketAddr),
    pub(super) owner: (UnixListener, PathBuf),
}

impl Listeners {
    pub(super) async fn bind(config: &Config, store: &Store) -> Result<Self, Stopped> {
        Ok(Self {
            public: listen(config.server.public).await?,
            admin: listen(config.server.admin).await?,
            owner: socket::listen(store.path())?,
        })
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
        let (public, admin) = (routes.public(), routes.admin());
        tasks.spawn_vital("public", server(small).run(self.public.0, public));
        tasks.spawn_vital(
            "admin",
            server(Settings::default()).run(self.admin.0, admin.clone()),
        );
        tasks.spawn_vital("socket", server(Settings::default()).run(self.owner.0, admin));
    }
}

async fn listen(at: SocketAddr) -> Result<(TcpListener, SocketAddr), Stopped> {
    let refused = |source| Stopped::Listen {
        what: at.to_string(),
        source,
    };
    let listener = TcpListener::bind(at).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    Ok((listener, address))
}
