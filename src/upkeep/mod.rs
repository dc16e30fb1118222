//! Upkeep: what keeps the appliance itself in order, and what its owner asks of it: keys, status, verify, and the key
//! series of the metrics by the minute.

mod backlog;
mod backup;
mod compact;
mod describe;
mod disk;
mod http;
mod keys;
mod occupied;
mod retention;
mod series;
mod token;
mod uses;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{delete, get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Backup;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::runtime::{Shutdown, Tasks, Workers};
use crate::store::{Fault, Store};
use crate::web::auth::Auth;

pub use backlog::RecentSampler;
pub use backup::{Archived, Backups, Nightly, NightlyParts};
pub use compact::Compactor;
pub use disk::DiskWatch;
pub use retention::Sweeper;
pub use series::SeriesRecorder;
pub use token::first_token;
pub use uses::UsesKeeper;

use occupied::Walked;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Upkeep {
    parts: Arc<Parts>,
    walked: Walked,
}

/// What upkeep needs of the rest.
pub struct Parts {
    /// The data file.
    pub store: Store,
    /// Keys.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The workers to show.
    pub workers: Workers,
    /// The time.
    pub clock: Clock,
    /// What is known of backups.
    pub backups: Backups,
    /// When backups are made, and where.
    pub backup: watch::Receiver<Backup>,
    /// When this process began to serve.
    pub started_at: Millis,
    /// Where it serves.
    pub addresses: Addresses,
    /// How it stands with the certificates of the names it serves.
    pub certificates: Certificates,
    /// How it stands with the post at Product Hunt.
    pub post: PostAtProductHunt,
    /// Where backups are made that somebody asks for.
    pub tasks: Tasks,
    /// What calls them off.
    pub shutdown: Shutdown,
}

/// Tells how it stands with certificates.
pub type Certificates = Arc<dyn Fn() -> Vec<Certificate> + Send + Sync>;

/// How it stands with the certificate of one name.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The name.
    pub name: String,
    /// Who signed it; `None`: there is none.
    pub issuer: Option<String>,
    /// Until when it holds.
    pub expires_at: Option<Millis>,
    /// When the next is asked for, where an authority makes them.
    pub next_try_at: Option<Millis>,
    /// Why there is no newer one.
    pub last_error: Option<String>,
}

/// Tells how it stands with the post at Product Hunt; `None` where none is configured.
pub type PostAtProductHunt = Arc<dyn Fn() -> Option<Post> + Send + Sync>;

/// The post at Product Hunt.
#[derive(Clone, Debug)]
pub struct Post {
    /// Which one.
    pub slug: String,
    /// Its votes; `None`: not known yet.
    pub votes: Option<u64>,
    /// Its comments.
    pub comments: Option<u64>,
    /// When there were so many.
    pub as_of: Option<Millis>,
    /// Why nothing newer is known.
    pub last_error: Option<String>,
}

/// Where it is served, as addresses of pages.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// To visitors, with what stands before our paths.
    pub public: String,
    /// To the owner.
    pub admin: String,
}

impl FromRef<Upkeep> for Auth {
    fn from_ref(upkeep: &Upkeep) -> Self {
        upkeep.parts.auth.clone()
    }
}

impl Upkeep {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            walked: Walked::default(),
        }
    }

    /// Keeps what is left, when nothing is served any more.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn finish(&self) -> Result<(), Fault> {
        uses::keep(&self.parts.store, self.parts.auth.uses()).await
    }

    /// What both addresses serve.
    pub fn public(&self) -> Router {
        let routes = Router::new()
            .route("/healthz", get(http::health))
            .route("/readyz", get(http::ready));
        routes.with_state(self.clone())
    }

    /// What the admin address serves besides.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/metrics", get(http::metrics))
            .route("/api/status", get(http::status))
            .route("/api/backup", post(backup::take))
            .route("/api/backups", get(backup::list).post(backup::make_one))
            .route("/api/backups/{name}/verify", post(backup::verify))
            .route("/api/compact", post(compact::compact))
            .route("/api/verify", post(http::verify))
            .route("/api/keys", get(keys::list).post(keys::create))
            .route("/api/keys/{name}", delete(keys::revoke))
            .route("/api/keys/admin/reset", post(keys::reset));
        routes.with_state(self.clone())
    }
}
