//! Where requests come in.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use http::Request;
use tokio::net::{TcpListener, UnixListener};

use super::doors::{Door, Names, Side};
use super::routes::Routes;
use super::{Stopped, socket};
use crate::config::{self, Config, PlainHttp};
use crate::runtime::{Inherited, Shutdown, Tasks};
use crate::store::Store;
use crate::tls::KeyRing;
use crate::upkeep;
use crate::web::accept::{Arriving, Peer, Server, Settings};

/// The kernel's send buffer of a public connection, in bytes: streams are many and their frames small.
const SEND_BUFFER: u32 = 64 * 1024;

/// Sockets that were handed to us and do not fit the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Misfit {
    /// Who connects there would wait for ever.
    #[error(
        "nothing here listens on the socket that was handed over as {0:?}: FileDescriptorName= is public, admin or http"
    )]
    Unknown(String),
    /// There is no HTTPS to lead to, or nobody is to be led.
    #[error(
        "nobody is led over to HTTPS at the socket that was handed over as \"http\": name server.domains, and leave server.http \
         out; or: systemctl disable --now gantry-http.socket"
    )]
    NobodyLedOver,
    /// One address is written in two places, and they differ.
    #[error(
        "server.{name} is {configured}, but the socket that was handed over for it is at {given}: write the address \
         into the socket unit alone (ListenStream=), and leave it out here"
    )]
    Elsewhere {
        /// `public`, `admin` or `http`.
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
    /// Where plain HTTP is led over to HTTPS.
    pub(super) plain: Option<Listening>,
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
        let (server, unwritten) = (&config.server, config::Server::default());
        let plain = match plain(server, &inherited)? {
            Some(at) => Some(listening("http", at, &mut inherited).await?),
            None => None,
        };
        let bound = Self {
            public: listening("public", (server.public, unwritten.public), &mut inherited).await?,
            admin: listening("admin", (server.admin, unwritten.admin), &mut inherited).await?,
            plain,
            owner: socket::listen(store.path())?,
        };
        match inherited.left() {
            Some(name) => Err(Misfit::Unknown(name.to_owned()).into()),
            None => Ok(bound),
        }
    }

    /// Where pages are: where visitors are said to come, under a name of ours by HTTPS, or at the address itself.
    pub(super) fn addresses(&self, server: &config::Server) -> upkeep::Addresses {
        let (public, admin) = (self.public.at, self.admin.at);
        let named = |name: &String| match public.port() {
            443 => format!("https://{name}"),
            port => format!("https://{name}:{port}"),
        };
        let own = || server.domains.first().map_or_else(|| page(public), named);
        let said = server.public_url.as_ref().map(|url| url.as_str().to_owned());
        let site = said.unwrap_or_else(own);
        upkeep::Addresses {
            public: format!("{site}{}", server.prefix),
            admin: server.admin_domain.as_ref().map_or_else(|| page(admin), named),
        }
    }

    /// Begins to accept, with `secured` by HTTPS.
    pub(super) fn serve(
        self,
        routes: Routes,
        secured: Option<Secured>,
        (tasks, shutdown): (&Tasks, &Shutdown),
    ) {
        let server = |settings| Server {
            settings,
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        };
        let small = Settings {
            send_buffer: Some(SEND_BUFFER),
            ..Settings::default()
        };
        let plain = server(Settings::default());
        tasks.spawn_vital("socket", plain.clone().run(self.owner.0, routes.admin()));
        let Some(Secured { names, ring }) = secured else {
            for socket in self.public.sockets {
                tasks.spawn_vital("public", server(small).run(socket, routes.public()));
            }
            for socket in self.admin.sockets {
                tasks.spawn_vital("admin", plain.clone().run(socket, routes.admin()));
            }
            return;
        };
        let (routes, names) = (Arc::new(routes), Arc::new(names));
        let door = |side, https| {
            let door = Door::new(&routes, &names, (side, https));
            move |request: Request<Arriving>, peer: Peer| door.answer(request, peer)
        };
        let at = self.public.at;
        for socket in self.plain.into_iter().flat_map(|plain| plain.sockets) {
            tasks.spawn_vital("http", plain.clone().run(socket, door(Side::Plain, at)));
        }
        for socket in self.public.sockets {
            let public = door(Side::Public, at);
            tasks.spawn_vital("public", server(small).run_secured(socket, ring.clone(), public));
        }
        for socket in self.admin.sockets {
            let admin = door(Side::Admin, self.admin.at);
            tasks.spawn_vital("admin", plain.clone().run_secured(socket, ring.clone(), admin));
        }
    }
}

/// What is served by HTTPS.
pub(super) struct Secured {
    /// Under which names.
    pub(super) names: Names,
    /// Whose certificates are shown.
    pub(super) ring: KeyRing,
}

impl Secured {
    /// What a configuration has served by HTTPS, if anything.
    pub(super) fn of(server: &config::Server, ring: KeyRing) -> Option<Self> {
        let names = Names::of(server);
        server.names().next().map(|_| Self { names, ring })
    }
}

/// What a browser on this machine calls an address; one of every interface is that of this machine.
fn page(at: SocketAddr) -> String {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, at.port()))
}

/// Where plain HTTP is led over, if anywhere, and the default of that.
fn plain(server: &config::Server, inherited: &Inherited) -> Result<Option<(SocketAddr, SocketAddr)>, Misfit> {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    match server.http {
        _ if !server.leads_over() && inherited.has("http") => Err(Misfit::NobodyLedOver),
        _ if !server.leads_over() => Ok(None),
        PlainHttp::At(at) => Ok(Some((at, anywhere))),
        _ if inherited.has("http") => Ok(Some((anywhere, anywhere))),
        // Whoever opens `public` for us opens port 80 too, or nobody does.
        _ if inherited.has("public") => Ok(None),
        _ => Ok(server.plain_http().map(|at| (at, at))),
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
