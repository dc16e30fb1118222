//! Export: what the data file holds, written to a PostgreSQL database for others to read.
//!
//! The [`Exporter`] reads what has changed since its cursor (`store`) → makes rows of it, purely (`rows`) → writes them in one
//! transaction of the database (`session`) → notes how far it has come, in one transaction of the file. It goes by how things
//! stand and not by what happened to them, and every statement is an upsert: so whatever is cut off where, the rows go again
//! and are the same. What a journal that was cut holds no more comes from the tables (a backfill).
//!
//! Invariants: nothing in the appliance waits for the database. The cursor moves only past what has gone, or was set aside with
//! the reason, because the database refuses it whatever stands beside it. One connection writes at a time, so that an old
//! state never comes after a new one: each transaction holds the row of the schema's version, which names the data file whose
//! tables they are, so that two never mix. Statements are unnamed and typed, so that PgBouncer may give every transaction to
//! another server. What is forgotten before it has gone is held back first, and then counted (`store`).
//!
//! It does not know how anything is counted. It alone knows the driver, and SQL.

mod describe;
mod http;
mod rows;
mod schema;
mod sender;
mod session;
mod target;
mod worker;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::config::{Fault, Faults, Funnel, Postgres};
use crate::metrics::Metrics;
use crate::model::export::Exports;
use crate::model::time::Millis;
use crate::runtime::Shutdown;
use crate::store::{self, Store};
use crate::web::auth::Auth;
pub use schema::script;
pub use target::Target;
use target::Unusable;
pub use worker::Exporter;

/// What the slice is made of.
pub struct Parts {
    /// Where what is exported is.
    pub store: Store,
    /// Keys, for those who ask how it stands.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// When to stop waiting for the database.
    pub shutdown: Shutdown,
    /// What a visit costs, for who reckons.
    pub funnel: watch::Receiver<Funnel>,
    /// How often it is looked whether something is to go.
    pub every: Duration,
    /// For how much longer than otherwise what has not gone is kept.
    pub hold_back: Duration,
    /// Where it goes; `None`: nothing is exported.
    pub target: Option<Arc<Target>>,
}

/// The slice. Cheap to clone.
#[derive(Clone)]
pub struct Export {
    parts: Arc<Parts>,
    /// Told when there may be something to go before its time.
    stirred: Arc<Notify>,
    failing: Arc<Mutex<Option<Failing>>>,
    /// One at a time changes the schema.
    changing: Arc<tokio::sync::Mutex<()>>,
}

/// Why nothing goes.
#[derive(Clone, Debug)]
struct Failing {
    since: Millis,
    at: Millis,
    why: String,
}

impl FromRef<Export> for Auth {
    fn from_ref(export: &Export) -> Self {
        export.parts.auth.clone()
    }
}

/// What is wrong with a database that is configured.
#[must_use]
pub fn check(postgres: &Postgres) -> Vec<Fault> {
    match Target::of(postgres) {
        Ok(_) => Vec::new(),
        Err(Unusable::Url(why)) => vec![postgres.url_fault(why)],
        Err(Unusable::Ca(why)) => vec![postgres.ca_fault(why)],
        Err(Unusable::Tls(error)) => vec![postgres.url_fault(error.to_string())],
    }
}

/// The database that is configured.
///
/// # Errors
/// What [`check`] says is wrong with it.
pub fn target(postgres: Option<&Postgres>) -> Result<Option<Arc<Target>>, Faults> {
    let Some(postgres) = postgres else {
        return Ok(None);
    };
    match Target::of(postgres) {
        Ok(target) => Ok(Some(Arc::new(target))),
        Err(_) => Faults::none_or(check(postgres)).map(|()| None),
    }
}

impl Export {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            stirred: Arc::default(),
            failing: Arc::default(),
            changing: Arc::default(),
        }
    }

    /// Makes known to the data file whether anything is exported. To be called at the start, before anything is recorded.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn put_in_force(&self) -> Result<(), store::Fault> {
        let exports = match self.parts.target {
            Some(_) => Exports::Wanted(self.parts.hold_back),
            None => Exports::Not,
        };
        self.parts.store.know_export(exports).await
    }

    /// The worker that exports; `None`: nothing is exported.
    #[must_use]
    pub fn exporter(&self) -> Option<Exporter> {
        let target = self.parts.target.clone()?;
        Some(Exporter::new(self.clone(), target))
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        Router::new()
            .route("/api/postgres", get(http::show))
            .route("/api/postgres/aside", get(http::aside))
            .route("/api/postgres/init", post(http::init))
            .route("/api/postgres/backfill", post(http::backfill))
            .with_state(self.clone())
    }

    /// Notes that nothing goes, and why.
    fn note_failure(&self, why: String) {
        let at = self.parts.clock.now();
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let since = failing.as_ref().map_or(at, |failing| failing.since);
        *failing = Some(Failing { since, at, why });
    }

    /// Notes that rows go; since when none did, if none did.
    fn note_success(&self) -> Option<Failing> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn failing(&self) -> Option<Failing> {
        self.failing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
