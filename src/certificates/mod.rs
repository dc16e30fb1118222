//! Certificates: whose are shown for the names we serve by HTTPS, and how they are kept fresh.
//!
//! Flow: [`Certificates`] puts certificates onto the [`KeyRing`], which `web` asks at each handshake. They come from a pair of
//! files (`files`), which is looked at again once a minute; or from an authority (`acme`), which signs one for each name, and
//! the next before that one ends. Those are kept in the store, with their keys.
//!
//! Invariants: what cannot be used never takes the place of what is in use, and is told in the log, in the status and by a metric.
//!
//! It does not know who is served, and speaks no TLS itself.

mod acme;
mod files;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use acme::{Keeper, KeeperParts};
use files::Follower;

use crate::clock::Clock;
use crate::config::{Fault, Server};
use crate::metrics::Metrics;
use crate::model::certificate::CertificateState;
use crate::model::time::Millis;
use crate::outbound::{Egress, Sender, Senders, SetupError, Transport};
use crate::runtime::{Next, Shutdown, Worker};
use crate::store::{self, Store};
use crate::tls::{Authorities, Certificate, KeyRing};

/// Whether what a configuration says of certificates can be served; faults, where it cannot.
#[must_use]
pub fn check(server: &Server) -> Vec<Fault> {
    let mut faults = files::read(server).err().unwrap_or_default();
    let ca = server.acme.ca.as_ref();
    let unread = ca.and_then(|ca| Some(ca.fault(Authorities::parse(ca.expose()).err()?.to_string())));
    faults.extend(unread);
    faults
}

/// What the slice needs of the rest.
pub struct Parts {
    /// Where certificates are shown.
    pub ring: KeyRing,
    /// The data file, where those are kept that an authority signed.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
    /// The time, by which they expire.
    pub clock: Clock,
    /// When an order is broken off.
    pub shutdown: Shutdown,
}

/// The slice; clones share it.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    ring: KeyRing,
    server: Server,
    store: Store,
    clock: Clock,
    shutdown: Shutdown,
    /// Every name that is served by HTTPS, in the order of the configuration.
    names: Vec<String>,
    troubles: Mutex<BTreeMap<String, Trouble>>,
    metrics: Metrics,
    /// Somebody wants to know whether there is anything new.
    asked: Notify,
}

/// What keeps a name from a new certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Trouble {
    last_error: Option<String>,
    next_try: Option<Millis>,
}

/// How it stands with one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The name.
    pub name: String,
    /// Who signed the certificate that is shown; `None`: there is none yet.
    pub issuer: Option<String>,
    /// From when on that one holds.
    pub holds_from: Option<Millis>,
    /// Until when.
    pub expires_at: Option<Millis>,
    /// When the next is asked for, where an authority makes them.
    pub next_try_at: Option<Millis>,
    /// Why there is no newer one.
    pub last_error: Option<String>,
}

impl Certificates {
    /// The slice of a configuration, which [`check`] has found no fault in. What is there to show is shown from then on.
    ///
    /// # Errors
    /// A fault of the data file.
    pub async fn open(server: &Server, parts: Parts) -> Result<Self, store::Fault> {
        let this = Self::new(server, parts);
        if server.files.is_none() && !this.0.names.is_empty() {
            let kept = this.0.store.certificates().await?;
            kept.iter().for_each(|state| this.0.show_kept(state));
        }
        Ok(this)
    }

    fn new(server: &Server, parts: Parts) -> Self {
        let this = Self(Arc::new(Inner {
            ring: parts.ring,
            server: server.clone(),
            store: parts.store,
            clock: parts.clock,
            shutdown: parts.shutdown,
            names: server.names().map(str::to_owned).collect(),
            troubles: Mutex::default(),
            metrics: parts.metrics,
            asked: Notify::new(),
        }));
        for name in &this.0.names {
            // A name without one is seen from the beginning.
            let _ = this.0.metrics.certificate_expires(name);
        }
        if let Ok(Some(pair)) = files::read(server) {
            this.0.show_everywhere(&pair);
        }
        this
    }

    /// What keeps them fresh; `None` where there is no HTTPS.
    ///
    /// # Errors
    /// TLS to the authority could not be set up.
    pub fn keeper(&self) -> Result<Option<impl Worker + use<>>, SetupError> {
        if self.0.names.is_empty() {
            return Ok(None);
        }
        let keeping = match &self.0.server.files {
            Some(files) => Keeping::Files(Follower::new(self.0.clone(), files)),
            None => Keeping::Authority(Box::new(self.orderer()?)),
        };
        Ok(Some(keeping))
    }

    fn orderer(&self) -> Result<Keeper, SetupError> {
        let parts = KeeperParts {
            acme: self.0.server.acme.clone(),
            sender: sender(&self.0.server)?,
            store: self.0.store.clone(),
            clock: self.0.clock.clone(),
            shutdown: self.0.shutdown.clone(),
        };
        Ok(Keeper::new(self.0.clone(), parts))
    }

    /// Has whoever keeps them fresh look at once whether there is anything new.
    pub fn look_again(&self) {
        self.0.asked.notify_one();
    }

    /// How it stands with every name.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let troubles = self.0.troubles();
        let standing = |name: &String| {
            let shown = self.0.ring.shown(name);
            let trouble = troubles.get(name).cloned().unwrap_or_default();
            Standing {
                name: name.clone(),
                issuer: shown.as_ref().map(|shown| shown.issuer.clone()),
                holds_from: shown.as_ref().map(|shown| shown.not_before),
                expires_at: shown.map(|shown| shown.not_after),
                next_try_at: trouble.next_try,
                last_error: trouble.last_error,
            }
        };
        self.0.names.iter().map(standing).collect()
    }
}

/// The way to the authority. It is named by the operator, like an origin, and like one may be near.
fn sender(server: &Server) -> Result<Sender, SetupError> {
    let ca = server.acme.ca.as_ref();
    let transport = Transport {
        authorities: ca.and_then(|ca| Authorities::parse(ca.expose()).ok()),
        ..Transport::default()
    };
    Senders::new(Egress::anywhere()).sender(&transport)
}

/// What keeps certificates fresh, by where they come from.
enum Keeping {
    Files(Follower),
    Authority(Box<Keeper>),
}

impl Worker for Keeping {
    fn name(&self) -> Cow<'static, str> {
        "certificates".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        match self {
            Self::Files(follower) => follower.work().await,
            Self::Authority(keeper) => keeper.work().await,
        }
    }

    async fn wait(&mut self) {
        match self {
            Self::Files(follower) => follower.wait().await,
            Self::Authority(keeper) => keeper.wait().await,
        }
    }
}

impl Inner {
    /// Shows what an authority has signed before, if it is ours to show.
    fn show_kept(&self, state: &CertificateState) {
        let Some(held) = state.held.as_ref().filter(|_| self.names.contains(&state.name)) else {
            return;
        };
        match Certificate::parse(&held.chain, &held.key) {
            Ok(certificate) => self.show(&state.name, &certificate),
            Err(error) => {
                tracing::error!(certificate.name = %state.name, %error, "the certificate that is kept cannot be read");
            }
        }
    }

    /// Shows a certificate for every name.
    fn show_everywhere(&self, certificate: &Certificate) {
        for name in &self.names {
            self.show(name, certificate);
        }
    }

    fn show(&self, name: &str, certificate: &Certificate) {
        self.ring.show(name, certificate);
        let until = u64::try_from(certificate.particulars().not_after.0 / 1_000);
        self.metrics.certificate_expires(name).set(until.unwrap_or(0));
        self.troubles().remove(name);
    }

    fn note(&self, name: &str, trouble: Trouble) {
        self.troubles().insert(name.to_owned(), trouble);
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<String, Trouble>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
