//! App: from a configuration to a running appliance. The one place that knows every part.
//!
//! Construction reads from top to bottom: the data file, what slices share, the slices, their routes, the workers, the
//! listeners. Stopping runs the other way: no new connections, streams end, requests are answered, workers finish
//! their unit and deliveries their call, the writer folds and closes the file. A fault of the file skips all that:
//! nothing is answered after it.

mod doors;
mod fault;
mod hands;
mod listen;
mod openapi;
mod reload;
mod routes;
mod senses;
mod served;
mod slices;
pub mod socket;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use crate::certificates::{self, Certificates};
use crate::clock::Clock;
use crate::config::{self, Checks, Config, Faults, Overrides};
use crate::dashboard::Dashboard;
use crate::delivery::{self, NoPlans, Ways};
use crate::export;
use crate::funnel::Funnel;
use crate::live::{Live, Topic};
use crate::metrics::Metrics;
use crate::model::key::KeySecret;
use crate::outbound::{Egress, SetupError};
use crate::runtime::logs::LogHandle;
use crate::runtime::{self, Inherited, Shutdown, Tasks, Workers, notify, signals};
use crate::store::{self, Commit, OpenError, Store};
use crate::tls::{self, KeyRing};
use crate::traces::Outlet;
use crate::upkeep::{self, Upkeep};
use crate::web::auth::Auth;
use crate::web::cors::Cors;
use crate::web::front::Front;
use crate::web::idempotency::once::Once;
use crate::web::{LimitClass, Limits, Trusted};
use crate::webhooks;
pub use listen::Misfit;
use listen::{Listeners, Secured};
pub use openapi::document as describe;
use reload::Followed;
pub use reload::{NotReloaded, Reload};
use routes::Routes;
use slices::{Shared, Slices};

/// From the order to stop until whatever is left is dropped.
const GRACE: Duration = Duration::from_secs(8);
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the slices have to say of a configuration.
pub const CHECKS: Checks = Checks {
    destination: delivery::check,
    webhook: webhooks::check,
    postgres: export::check,
    server: certificates::check,
};

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
    /// A site within this process, in the place of the one that is configured.
    pub site: Option<Router>,
    /// Sockets that whoever started us has opened, in the place of those we would open.
    pub inherited: Inherited,
}

/// Why the appliance ended, or never began.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The data file was refused.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The configuration is wrong in what only we can tell, such as a template.
    #[error(transparent)]
    Config(#[from] Faults),
    /// Nothing can be sent.
    #[error(transparent)]
    Outbound(#[from] SetupError),
    /// Nothing can be served by HTTPS.
    #[error(transparent)]
    Tls(#[from] tls::SetupError),
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
    /// The sockets that were handed to us are not those the configuration speaks of.
    #[error(transparent)]
    Sockets(#[from] Misfit),
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

impl From<NoPlans> for Stopped {
    fn from(error: NoPlans) -> Self {
        match error {
            NoPlans::Faults(faults) => faults.into(),
            NoPlans::Outbound(error) => error.into(),
        }
    }
}

impl Stopped {
    /// The process's exit code, after `sysexits.h`.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Open(error) => error.exit_code(),
            Self::Config(_) | Self::Sockets(_) => 78,
            Self::Outbound(_) | Self::Tls(_) | Self::Store(_) | Self::Listen { .. } | Self::System { .. } => {
                74
            }
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
    /// Where plain HTTP is led over to HTTPS.
    pub plain: Option<SocketAddr>,
    /// The owner's unix socket.
    pub socket: PathBuf,
    /// The data file.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
    /// The admin token, where one was made at this start.
    pub new_token: Option<KeySecret>,
    /// The dashboard, whose owner a link of its own signs in.
    pub dashboard: Dashboard,
    /// What puts another configuration in force.
    pub reload: Reload,
    spans: Option<Arc<Outlet>>,
    funnel: Funnel,
    upkeep: Upkeep,
    shutdown: Shutdown,
    tasks: Tasks,
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
    let (path, overrides) = (launch.config_path.clone(), launch.overrides.clone());
    let running = start_with(launch, shutdown.clone(), tasks).await?;

    socket::show_token(&running);
    tracing::info!(
        address.public = %running.public, address.admin = %running.admin,
        store.path = %running.store.path().display(), version = VERSION, "ready"
    );
    let probed = running.store.clone();
    notify::watchdog(&attendants, shutdown.clone(), move || {
        let store = probed.clone();
        async move { store.is_compacting() || store.probe().await.is_ok() }
    });
    notify::ready();
    let reload = running.reload.clone();
    running.tasks.spawn("reloads", async move {
        loop {
            tokio::select! {
                Ok(()) = reloads.changed() => reload.run(path.clone(), overrides.clone()).await,
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
        logs,
        admin_token,
        site,
        inherited,
        ..
    } = launch;
    let clock = Clock::System;
    let started_at = clock.now();
    let metrics = Metrics::new(VERSION);
    let (tracer, spans) = Outlet::open(config.telemetry.otlp.as_ref(), (&metrics, &clock))?;
    let ways = Ways::new(Egress::new(config.egress.allow.clone()));
    let plans = delivery::plans(&config.destinations, &ways)?;
    let inlets = webhooks::plans(&config.webhooks)?;
    let exported_to = export::target(config.export.postgres.as_ref())?;
    let ring = KeyRing::new()?;

    let live = Live::default();
    let store = open_store(&config, (&metrics, &live), clock.clone())?;
    let listeners = match Listeners::bind(&config, &store, inherited).await {
        Ok(listeners) => listeners,
        Err(refused) => {
            // The refusal is what matters; the file is whole either way.
            let _ = store.close().await;
            return Err(refused);
        }
    };
    // Made only now: a token is shown once, by a process that serves.
    let new_token = upkeep::first_token(&store, admin_token).await?;
    // By the rules of today: a probe that was cut off is one that failed.
    store.rule_lanes(delivery::rules(&config.destinations)).await?;
    // Nobody has them: this process has sent nothing yet, and the file is ours alone.
    store.return_leases().await?;

    let front = Arc::new(Front::new(
        Limits::new(&rates(&config)),
        trusted(&config),
        cors(&config),
    ));
    let counted = metrics.clone();
    let count_error = move |worker: &str| counted.worker_errors(worker).inc();
    let certificates = open_certificates(&config, &ring, (&store, &metrics), (&clock, &shutdown)).await?;
    let shared = Shared {
        auth: Auth::new(store.clone(), front.clone(), clock.clone()),
        store,
        live,
        front,
        metrics,
        tracer,
        spans,
        clock,
        workers: Workers::new(tasks.clone(), shutdown.clone(), count_error),
        tasks,
        shutdown,
        followed: Followed::new(&config),
        backups: upkeep::Backups::default(),
        exported_to,
        addresses: listeners.addresses(&config.server),
        certificates,
    };
    let slices = Slices::new(&shared, &config, started_at)?;
    let around = routes::Around {
        front: shared.front.clone(),
        metrics: shared.metrics.clone(),
        tracer: shared.tracer.clone(),
        once: Once::new(shared.store.clone(), shared.auth.clone(), shared.tasks.clone()),
        prefix: config.server.prefix.clone(),
        auth: shared.auth.clone(),
        site: Some(match site {
            Some(router) => routes::Site::Within(router),
            None => routes::Site::Pages(slices.pages.clone()),
        }),
    };
    let routes = Routes::new(&slices, &around);

    slices.delivery.put_in_force(plans).await?;
    slices.webhooks.put_in_force(inlets);
    slices.funnel.put_in_force(config.funnel.goals.clone()).await?;
    slices.export.put_in_force().await?;
    shared.start_workers(&slices)?;
    let secured = Secured::of(&config.server, ring);
    let running = Running {
        public: listeners.public.at,
        admin: listeners.admin.at,
        plain: listeners.plain.as_ref().map(|plain| plain.at),
        socket: listeners.owner.1.clone(),
        store: shared.store,
        metrics: shared.metrics,
        spans: shared.spans,
        funnel: slices.funnel.clone(),
        upkeep: slices.upkeep.clone(),
        new_token,
        dashboard: slices.dashboard.clone(),
        reload: Reload::new(
            config,
            (ways, logs),
            (slices, shared.front, shared.certificates),
            shared.followed,
        ),
        shutdown: shared.shutdown,
        tasks: shared.tasks,
    };
    listeners.serve(routes, secured, (&running.tasks, &running.shutdown));
    Ok(running)
}

/// The certificates of the names that are served by HTTPS. What is there to show is shown from now on.
async fn open_certificates(
    config: &Config,
    ring: &KeyRing,
    (store, metrics): (&Store, &Metrics),
    (clock, shutdown): (&Clock, &Shutdown),
) -> Result<Certificates, store::Fault> {
    let parts = certificates::Parts {
        ring: ring.clone(),
        store: store.clone(),
        metrics: metrics.clone(),
        clock: clock.clone(),
        shutdown: shutdown.clone(),
    };
    Certificates::open(&config.server, parts).await
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
        if let Err(Stopped::Store(fault)) = &stopped {
            fault::leave_word(self.store.path(), self.store.now(), fault);
            // What is not answered is not acknowledged; what is on disk is found at the next start.
            self.shutdown.cut();
            socket::remove(&self.socket);
            return stopped;
        }
        self.shutdown.drain();
        self.finish().await;
        // Nothing is served any more: what was counted last is all there is.
        let counted = self.funnel.finish().await.and(self.upkeep.finish().await);
        let told = async {
            if let Some(spans) = &self.spans {
                spans.finish().await;
            }
        };
        let (closed, ()) = tokio::join!(self.store.close(), told);
        let closed = closed.and(counted);
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

fn open_store(config: &Config, (metrics, live): (&Metrics, &Live), clock: Clock) -> Result<Store, OpenError> {
    let counted = metrics.clone();
    let observer: store::Observer = Arc::new(move |commit: Commit| {
        counted.store_commit().observe(commit.took);
        counted.store_batch_size().observe(commit.verbs as u64);
        counted.store_file_bytes().set(commit.file_bytes);
    });
    let live = live.clone();
    // Told by the writer, not by whoever asked: a request may be gone before its verb is done.
    let listener: store::Listener = Arc::new(move |changes: store::Changes<'_>| {
        let polls = changes.polls.iter().cloned().map(Topic::Poll);
        let destinations = changes.destinations.iter().copied().map(Topic::Destination);
        polls.chain(destinations).for_each(|topic| live.touch(&topic));
    });
    let options = store::Options {
        cache_mib: usize::from(config.store.cache_mib.get()),
        observer: Some(observer),
        listener: Some(listener),
        ..store::Options::default()
    };
    fault::prove_after_one(&config.store.path)?;
    let store = Store::open(&config.store.path, &options, clock)?;
    let directory = config
        .store
        .path
        .parent()
        .filter(|path| !path.as_os_str().is_empty());
    store::sweep_drafts(directory.unwrap_or_else(|| Path::new(".")));
    // Until the first commit says it, the file itself does.
    if let Ok(file) = std::fs::metadata(store.path()) {
        metrics.store_file_bytes().set(file.len());
    }
    Ok(store)
}

fn rates(config: &Config) -> [(LimitClass, Option<config::Rate>); 7] {
    let limits = &config.limits;
    [
        (LimitClass::Vote, limits.vote),
        (LimitClass::Convert, limits.convert),
        (LimitClass::Form, limits.form),
        (LimitClass::Page, limits.page),
        (LimitClass::Webhook, limits.webhook),
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
