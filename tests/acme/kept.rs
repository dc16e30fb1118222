//! Certificates by themselves, on time that a test moves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use gantry::certificates::{Certificates, Parts, Standing};
use gantry::clock::Clock;
use gantry::config::{self, Config, ConfigFile, Sources};
use gantry::metrics::Metrics;
use gantry::model::time::Millis;
use gantry::runtime::{Next, Shutdown, Tasks, Worker};
use gantry::store::{Options, Store};
use gantry::tls::KeyRing;
use gantry::web::accept::{Server, Settings};
use http::Response;
use tokio::net::TcpListener;
use tokio_rustls::rustls::pki_types::CertificateDer;

use crate::client::Client;
use crate::pebble::Pebble;

pub(crate) const NAME: &str = "shop.example";
/// As [`Pebble::keys`] has it.
const EMAIL: &str = "me@shop.example";
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;

/// What keeps the certificate of [`NAME`], and a server that shows it.
pub(crate) struct Kept {
    pub(crate) clock: Clock,
    store: Store,
    config: Config,
    /// Whom the authority may write to.
    email: &'static str,
    certificates: Certificates,
    keeper: Box<dyn AnyWorker>,
    pub(crate) client: Client,
    shutdown: Shutdown,
    _tasks: Tasks,
}

/// A worker, whichever it is.
trait AnyWorker {
    fn work(&mut self) -> futures_util::future::LocalBoxFuture<'_, Next>;
}

impl<W: Worker> AnyWorker for W {
    fn work(&mut self) -> futures_util::future::LocalBoxFuture<'_, Next> {
        Box::pin(async { Worker::work(self).await.expect("a unit of work") })
    }
}

impl Kept {
    /// At the present instant, with a new data file.
    pub(crate) async fn new(pebble: &Pebble, directory: &Path) -> Self {
        let clock = Clock::simulated(Clock::System.now());
        let path = directory.join("gantry.redb");
        let store = Store::open(&path, &Options::default(), clock.clone()).expect("a file");
        Self::with(pebble, (store, clock), EMAIL).await
    }

    async fn with(pebble: &Pebble, (store, clock): (Store, Clock), email: &'static str) -> Self {
        let keys = pebble.keys().replace(EMAIL, email);
        let text = format!("[server]\ndomains = [{NAME:?}]\n{keys}");
        let sources = Sources {
            file: Some(ConfigFile {
                path: "gantry.toml".into(),
                bytes: text.into_bytes(),
            }),
            read_secret: |path| std::fs::read(path),
            ..Sources::none()
        };
        let config = config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"));
        let (ring, shutdown, tasks) = (
            KeyRing::new().expect("TLS"),
            Shutdown::new(Duration::ZERO),
            Tasks::new(),
        );
        let parts = Parts {
            ring: ring.clone(),
            store: store.clone(),
            metrics: Metrics::new("0"),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
        };
        let certificates = Certificates::open(&config.server, parts).await.expect("opened");
        let keeper = certificates.keeper().expect("TLS").expect("names");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client = Client {
            to: listener.local_addr().expect("an address"),
            roots: pebble.roots().await,
        };
        let server = Server {
            settings: Settings::default(),
            tasks: tasks.clone(),
            shutdown: shutdown.clone(),
        };
        let hello = |_, _| async { Response::new(Body::from("hello")) };
        tasks.spawn("server", server.run_secured(listener, ring, hello));
        pebble.looks_at(client.to);
        Self {
            clock,
            store,
            config,
            email,
            certificates,
            keeper: Box::new(keeper),
            client,
            shutdown,
            _tasks: tasks,
        }
    }

    /// As after a restart of the process: nothing is known but what is in the file.
    pub(crate) async fn restart(self, pebble: &Pebble) -> Self {
        let email = self.email;
        self.restart_as(pebble, email).await
    }

    /// The same, with somebody else whom the authority may write to.
    pub(crate) async fn restart_as(self, pebble: &Pebble, email: &'static str) -> Self {
        assert_eq!(self.config.server.names().count(), 1);
        self.shutdown.cut();
        Self::with(pebble, (self.store, self.clock), email).await
    }

    /// Works until there is nothing to do; how long until there is, in minutes.
    pub(crate) async fn work(&mut self) -> i64 {
        loop {
            match self.keeper.work().await {
                Next::Again => {}
                Next::After(_) => break,
                other => panic!("{other:?}"),
            }
        }
        let next = self.standing().next_try_at.expect("a next try");
        (next.0 - self.clock.now().0) / MINUTE
    }

    pub(crate) fn forward(&self, ms: i64) {
        let Clock::Simulated(at) = &self.clock else {
            panic!("the clock of the tests");
        };
        at.fetch_add(ms, std::sync::atomic::Ordering::Relaxed);
    }

    pub(crate) fn standing(&self) -> Standing {
        self.certificates.standings().remove(0)
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The certificate that a visitor is shown.
    pub(crate) async fn shown(&self) -> CertificateDer<'static> {
        self.client.many(NAME).await.shown
    }
}

/// Trusting the roots that pebble made for itself when it began anew.
pub(crate) async fn trusting_anew(kept: &mut Kept, pebble: &Pebble) {
    kept.client.roots = Arc::clone(&pebble.roots().await);
}
