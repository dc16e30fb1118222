//! App: from a configuration to a running appliance. The one place that knows every part.
//!
//! Construction reads from top to bottom: the data file, what slices share, the slices, their routes, the listeners,
//! the workers. Stopping runs the other way: no new connections, streams end, requests are answered, workers finish
//! their unit, the writer folds and closes the file. A fault of the file skips all that: nothing is answered after it.

mod routes;
pub mod socket;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, UnixListener};

use crate::clock::Clock;
use crate::config::{self, Config, Faults, Overrides, SourceError, Sources};
use crate::events::{self, Events};
use crate::live::Live;
use crate::metrics::Metrics;
use crate::model::key::KeySecret;
use crate::polls::{self, Polls};
use crate::runtime::logs::LogHandle;
use crate::runtime::{self, Shutdown, Tasks, Workers, notify, signals};
use crate::store::{self, Commit, OpenError, Store};
use crate::upkeep::{self, SeriesRecorder, Upkeep};
use crate::web::accept::{Server, Settings};
use crate::web::auth::Auth;
use crate::web::cors::Cors;
use crate::web::front::Front;
use crate::web::limits::LimitsSweeper;
use crate::web::{LimitClass, Limits, Trusted};
use routes::{Routes, Slices};

/// From the order to stop until whatever is left is dropped.
const GRACE: Duration = Duration::from_secs(8);
/// The kernel's send buffer of a public connection, in bytes: streams are many and their frames small.
const SEND_BUFFER: u32 = 64 * 1024;
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What to start.
pub struct Launch {
    /// The configuration in force.
    pub config: Config,
    /// The file it was asked to be read from, to be read again on SIGHUP.
    pub config_path: Option<PathBuf>,
    /// What the command line said, which holds also after a reload.
    pub overrides: Overrides,
    /// The logs, whose level a reload may change.
    pub logs: Option<LogHandle>,
    /// The admin token for a file that has none; `None` makes one.
    pub admin_token: Option<KeySecret>,
    /// What the public address serves beside our own paths.
    pub site: Option<Router>,
}

/// Why the appliance ended, or never began.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The data file was refused.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The configuration asks for what this version does not do yet.
    #[error("{0} is not served by this version yet; take it out of the configuration")]
    NotServed(&'static str),
    /// The data file failed while in use.
    #[error("{0}; stopping, so that nothing is answered that is not on disk")]
    Store(#[from] store::Fault),
    /// An address cannot be listened on.
    #[error("cannot listen on {what}: {source}")]
    Listen {
        /// The address, or the socket's path.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The system refused something else.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A part without which we must not go on has failed.
    #[error(transparent)]
    Part(#[from] runtime::Fault),
}

/// Keys that are read and checked, but that nothing in this version acts on yet: better refused than ignored.
#[must_use]
pub fn not_served(config: &Config) -> Option<&'static str> {
    let asked = [
        (!config.destinations.is_empty(), "[[destination]]"),
        (!config.routes.is_empty(), "[[route]]"),
        (!config.egress.allow.is_empty(), "egress.allow"),
    ];
    asked.into_iter().find_map(|(is, name)| is.then_some(name))
}

impl Stopped {
    /// The process's exit code, after `sysexits.h`.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Open(error) => error.exit_code(),
            Self::NotServed(_) => 78,
            Self::Store(_) | Self::Listen { .. } | Self::System { .. } => 74,
            Self::Part(_) => 1,
        }
    }
}

/// The appliance, running.
pub struct Running {
    /// Where visitors are served.
    pub public: SocketAddr,
    /// Where the owner is served.
    pub admin: SocketAddr,
    /// The owner's unix socket.
    pub socket: PathBuf,
    /// The data file.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
    /// The admin token, where one was made at this start.
    pub new_token: Option<KeySecret>,
    shutdown: Shutdown,
    tasks: Tasks,
    front: Arc<Front>,
    polls: Polls,
}

/// Starts the appliance and runs it until a signal or a fault ends it.
///
/// # Errors
/// [`Stopped`] says what ended it; an ordinary stop is `Ok`.
pub async fn serve(launch: Launch) -> Result<(), Stopped> {
    let shutdown = Shutdown::new(GRACE);
    let tasks = Tasks::new();
    // Signals and watchdog attend to the stopping too: what has to end first does not wait for them.
    let attendants = Tasks::new();
    let listened = signals::listen(&attendants, shutdown.clone());
    let mut reloads = listened.map_err(|source| Stopped::System {
        what: "signal handlers",
        source,
    })?;
    let (config, path) = (launch.config.clone(), launch.config_path.clone());
    let (overrides, logs) = (launch.overrides.clone(), launch.logs.clone());
    let running = start_with(launch, shutdown.clone(), tasks).await?;

    socket::show_token(&running);
    tracing::info!(
        address.public = %running.public, address.admin = %running.admin,
        store.path = %running.store.path().display(), version = VERSION, "ready"
    );
    let probed = running.store.clone();
    notify::watchdog(&attendants, shutdown.clone(), move || {
        let store = probed.clone();
        async move { store.probe().await.is_ok() }
    });
    notify::ready();
    let reload = Reload {
        config,
        path,
        overrides,
        logs,
        front: running.front.clone(),
        polls: running.polls.clone(),
    };
    running.tasks.spawn("reloads", async move {
        let mut reload = reload;
        loop {
            tokio::select! {
                Ok(()) = reloads.changed() => reload.run(),
                () = shutdown.draining() => break,
            }
        }
    });
    running.wait().await
}

/// Starts the appliance; it runs until [`Running::stop`] or a fault.
///
/// # Errors
/// What kept it from starting.
pub async fn start(launch: Launch) -> Result<Running, Stopped> {
    start_with(launch, Shutdown::new(GRACE), Tasks::new()).await
}

async fn start_with(launch: Launch, shutdown: Shutdown, tasks: Tasks) -> Result<Running, Stopped> {
    let Launch {
        config,
        admin_token,
        site,
        ..
    } = launch;
    if let Some(key) = not_served(&config) {
        return Err(Stopped::NotServed(key));
    }
    let clock = Clock::System;
    let started_at = clock.now();
    let metrics = Metrics::new(VERSION);

    let store = open_store(&config, &metrics, clock.clone())?;
    let listeners = match Listeners::bind(&config, &store).await {
        Ok(listeners) => listeners,
        Err(refused) => {
            // The refusal is what matters; the file is whole either way.
            let _ = store.close().await;
            return Err(refused);
        }
    };
    // Made only now: a token is shown once, by a process that serves.
    let new_token = upkeep::first_token(&store, admin_token).await?;

    let front = Arc::new(Front::new(
        Limits::new(&rates(&config)),
        trusted(&config),
        cors(&config),
    ));
    let auth = Auth::new(store.clone(), front.clone());
    let counted = metrics.clone();
    let count_error = move |worker: &str| counted.worker_errors(worker).inc();
    let workers = Workers::new(tasks.clone(), shutdown.clone(), count_error);

    let live = Live::default();
    let events = Events::new(events::Parts {
        store: store.clone(),
        live: live.clone(),
        front: front.clone(),
        auth: auth.clone(),
        metrics: metrics.clone(),
        clock: clock.clone(),
        routes: RwLock::new(Arc::new(config.routes.clone())),
    });
    let polls = Polls::new(polls::Parts {
        store: store.clone(),
        live,
        front: front.clone(),
        auth: auth.clone(),
        metrics: metrics.clone(),
        clock: clock.clone(),
        tasks: tasks.clone(),
        shutdown: shutdown.clone(),
        voter_secret: RwLock::new(config.polls.voter_secret.clone()),
        streams: polls::Streams::default(),
    });
    let upkeep = Upkeep::new(upkeep::Parts {
        store: store.clone(),
        auth,
        metrics: metrics.clone(),
        workers: workers.clone(),
        clock: clock.clone(),
        started_at,
    });
    let routes = Routes::new(
        &Slices {
            polls: polls.clone(),
            events,
            upkeep,
        },
        &routes::Around {
            front: front.clone(),
            metrics: metrics.clone(),
            prefix: config.server.prefix.clone(),
            site,
        },
    );

    let running = Running {
        public: listeners.public.1,
        admin: listeners.admin.1,
        socket: listeners.owner.1.clone(),
        store: store.clone(),
        metrics: metrics.clone(),
        new_token,
        shutdown: shutdown.clone(),
        tasks: tasks.clone(),
        front: front.clone(),
        polls,
    };
    listeners.serve(&routes, &tasks, &shutdown);

    start_worker(&workers, &metrics, LimitsSweeper(front.limits.clone()));
    start_worker(&workers, &metrics, SeriesRecorder::new(store, &metrics, clock));
    Ok(running)
}

/// Starts a worker whose errors are on the metrics from the beginning: a rate needs the zero before the first one.
fn start_worker<W: runtime::Worker>(workers: &Workers, metrics: &Metrics, worker: W) {
    let _ = metrics.worker_errors(&worker.name());
    workers.start(worker);
}

impl Running {
    /// Begins to stop; [`Running::wait`] resolves when it is done.
    pub fn stop(&self) {
        self.shutdown.drain();
    }

    /// Runs until stopped, and stops in order.
    ///
    /// # Errors
    /// The fault that ended it.
    pub async fn wait(self) -> Result<(), Stopped> {
        let mut faults = self.store.fault();
        let stopped = tokio::select! {
            () = self.shutdown.draining() => Ok(()),
            fault = self.tasks.fault() => Err(fault.into()),
            fault = faults.wait_for(Option::is_some) => {
                // A writer that is gone without a word has panicked.
                let fault = fault.ok().and_then(|fault| fault.clone());
                Err(fault.unwrap_or(store::Fault::Closed).into())
            }
        };
        notify::stopping();
        if let Err(Stopped::Store(_)) = &stopped {
            // What is not answered is not acknowledged; what is on disk is found at the next start.
            self.shutdown.cut();
            socket::remove(&self.socket);
            return stopped;
        }
        self.shutdown.drain();
        self.finish().await;
        let closed = self.store.close().await;
        socket::remove(&self.socket);
        if closed.is_ok() && stopped.is_ok() {
            tracing::info!("stopped in order");
        }
        stopped.and(closed.map_err(Stopped::from))
    }

    /// Waits for requests, streams and workers, until the deadline at most.
    async fn finish(&self) {
        tokio::select! {
            () = self.tasks.finished() => {}
            () = self.shutdown.deadline() => {}
        }
        self.shutdown.cut();
        let _ = tokio::time::timeout(Duration::from_secs(1), self.tasks.finished()).await;
    }
}

fn open_store(config: &Config, metrics: &Metrics, clock: Clock) -> Result<Store, OpenError> {
    let counted = metrics.clone();
    let observer: store::Observer = Arc::new(move |commit: Commit| {
        counted.store_commit().observe(commit.took);
        counted.store_batch_size().observe(commit.verbs as u64);
        counted.store_file_bytes().set(commit.file_bytes);
    });
    let options = store::Options {
        cache_mib: usize::from(config.store.cache_mib.get()),
        observer: Some(observer),
        ..store::Options::default()
    };
    let store = Store::open(&config.store.path, &options, clock)?;
    // Until the first commit says it, the file itself does.
    if let Ok(file) = std::fs::metadata(store.path()) {
        metrics.store_file_bytes().set(file.len());
    }
    Ok(store)
}

/// Where requests will come in, each with its address; nothing is accepted yet.
struct Listeners {
    public: (TcpListener, SocketAddr),
    admin: (TcpListener, SocketAddr),
    owner: (UnixListener, PathBuf),
}

impl Listeners {
    async fn bind(config: &Config, store: &Store) -> Result<Self, Stopped> {
        Ok(Self {
            public: listen(config.server.public).await?,
            admin: listen(config.server.admin).await?,
            owner: socket::listen(store.path())?,
        })
    }

    /// Begins to accept.
    fn serve(self, routes: &Routes, tasks: &Tasks, shutdown: &Shutdown) {
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

fn rates(config: &Config) -> [(LimitClass, Option<config::Rate>); 4] {
    let limits = &config.limits;
    [
        (LimitClass::Vote, limits.vote),
        (LimitClass::Page, limits.page),
        (LimitClass::Ingest, limits.ingest),
        (LimitClass::Auth, limits.auth),
    ]
}

fn trusted(config: &Config) -> Trusted {
    Trusted::new(config.server.trusted_proxies.networks().to_vec())
}

fn cors(config: &Config) -> Cors {
    Cors::new(
        config
            .server
            .cors_origins
            .iter()
            .filter_map(|o| o.as_str().parse().ok())
            .collect(),
    )
}

/// What SIGHUP reads again.
struct Reload {
    config: Config,
    path: Option<PathBuf>,
    overrides: Overrides,
    logs: Option<LogHandle>,
    front: Arc<Front>,
    polls: Polls,
}

/// Why a reload changed nothing.
#[derive(Debug, thiserror::Error)]
enum NotReloaded {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Faults(#[from] Faults),
}

impl Reload {
    /// Puts the configuration as it is now in force, as far as that goes without a restart.
    fn run(&mut self) {
        notify::reloading();
        match self.read() {
            Ok(config) => match not_served(&config) {
                None => self.apply(config),
                Some(key) => tracing::error!(
                    key,
                    "not served by this version yet; the configuration before stays in force"
                ),
            },
            Err(error) => {
                tracing::error!(%error, "the configuration is refused; the one before stays in force")
            }
        }
        notify::ready();
    }

    fn read(&self) -> Result<Config, NotReloaded> {
        Ok(config::load(&Sources::from_process(
            self.path.clone(),
            self.overrides.clone(),
        )?)?)
    }

    fn apply(&mut self, config: Config) {
        let difference = config::reload_difference(&self.config, &config);
        self.front.limits.replace(&rates(&config));
        self.front.replace(trusted(&config), cors(&config));
        self.polls.replace_voter_secret(config.polls.voter_secret.clone());
        if let Some(logs) = &self.logs {
            logs.set_level(config.telemetry.level);
        }
        tracing::info!(applied = ?difference.applied, needs_restart = ?difference.needs_restart, "configuration read again");
        self.config = config;
    }
}
