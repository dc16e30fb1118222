//! Alerts: what goes wrong, told before somebody has to find it.
//!
//! Every few seconds the [`Watcher`] looks around (`sight`), measures each rule by its terms (`measure`, pure), and takes each
//! alert to its next state by the rules of `model/alert`. A state that changes is written together with the event of what
//! is said of it, in one transaction; from there the event goes the way of all events. So nothing is said twice and nothing
//! is forgotten, wherever the process is killed. The [`Heartbeat`] calls somebody elsewhere for as long as the store commits:
//! they miss it where nothing here can tell anybody any more.
//!
//! Invariants: alerts about a destination do not go to it; a state stands in memory only once it stands on disk; what is
//! said holds nothing that a stranger wrote.
//!
//! It does not know how its messages travel, nor what others do about what they are told. How far the export is behind and until
//! when certificates hold it is told by those who know.

mod describe;
mod heartbeat;
mod http;
mod measure;
mod sight;
#[cfg(test)]
mod tests;
mod watcher;
mod words;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{self, Backup, Launch, Retention};
use crate::metrics::Metrics;
use crate::model::alert::{AlertKey, AlertState};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::notice::Notices;
use crate::runtime::Shutdown;
use crate::store::Store;
use crate::web::auth::Auth;
pub use heartbeat::Heartbeat;
pub use watcher::Watcher;

/// Tells how far the export is behind; `None` where nothing is exported.
pub type ExportLag = Arc<dyn Fn() -> Option<Duration> + Send + Sync>;

/// Tells of the certificate of each name that is served by HTTPS.
pub type Certificates = Arc<dyn Fn() -> Vec<Certificate> + Send + Sync>;

/// The certificate of a name.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The name.
    pub name: String,
    /// From when until when it holds; `None`: there is none.
    pub validity: Option<(Millis, Millis)>,
}

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Alerts {
    parts: Arc<Parts>,
    board: Board,
}

/// What alerts need of the rest.
pub struct Parts {
    /// Where alerts are kept, and much of what is looked at.
    pub store: Store,
    /// Keys, for those who look at alerts.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// When the heartbeat ends.
    pub shutdown: Shutdown,
    /// Whom alerts go to.
    pub notices: Notices,
    /// What is watched.
    pub alerts: watch::Receiver<Arc<config::Alerts>>,
    /// Where calls may go.
    pub egress: watch::Receiver<config::Egress>,
    /// When the launch is.
    pub launch: watch::Receiver<Launch>,
    /// Whether backups are made.
    pub backup: watch::Receiver<Backup>,
    /// How long dead letters are kept.
    pub retention: watch::Receiver<Retention>,
    /// How far the export is behind.
    pub export_lag: ExportLag,
    /// Until when certificates hold.
    pub certificates: Certificates,
}

/// An alert as it stood at the last look.
#[derive(Clone, Debug)]
struct Shown {
    key: AlertKey,
    /// The destination of the key.
    destination: Option<DestinationName>,
    /// The name whose certificate it is about.
    certificate: Option<String>,
    state: AlertState,
    /// What was measured; `None`: there was nothing to measure.
    value: Option<f64>,
}

/// What the last look saw; clones share it.
#[derive(Clone, Default)]
struct Board(Arc<Mutex<Vec<Shown>>>);

impl Board {
    fn shown(&self) -> MutexGuard<'_, Vec<Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromRef<Alerts> for Auth {
    fn from_ref(alerts: &Alerts) -> Self {
        alerts.parts.auth.clone()
    }
}

impl Alerts {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            board: Board::default(),
        }
    }

    /// The worker that watches.
    #[must_use]
    pub fn watcher(&self) -> Watcher {
        Watcher::new(self)
    }

    /// The worker that gives the sign of life.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        Heartbeat::new(&self.parts)
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/alerts", get(http::list))
            .route("/api/alerts/test", post(http::test))
            .with_state(self.clone())
    }
}
