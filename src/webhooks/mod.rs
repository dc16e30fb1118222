//! Webhooks: events of others, who sign them in their own ways.
//!
//! Raw body and headers → [`scheme`] (is it from whom it says?) → `read` (what events does it make, by which keys?) →
//! drafts that are recorded or recognised → an answer, once that is durable. A [`plan`] is a source as configured, its
//! templates compiled; a source that is not configured is not ours to answer.
//!
//! Invariants: nothing is recorded, or told more than one same 401, that is not signed; a repeat is recognised in the
//! transaction that records, by an idempotency key made of source and sender's id, for as long as its event lives; what
//! is refused leaves no trace. Secrets reach no log, metric or answer.
//!
//! Webhooks do not know where their events go.

pub mod plan;
pub mod scheme;

mod admin;
mod describe;
mod http;
mod read;
mod rehearsal;
mod sample;
mod spent;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::metrics::{Metrics, WebhookMetrics};
use crate::model::event::Route;
use crate::model::ids::Source;
use crate::model::time::Millis;
use crate::store::Store;
use crate::web::auth::Auth;
use crate::web::front::Front;
use plan::Plan;
pub use plan::{check, plans};
use spent::Spent;

/// What stands before a source in its path.
const PATH: &str = "/api/webhooks/";

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Webhooks {
    parts: Arc<Parts>,
    inlets: Arc<RwLock<HashMap<Source, Arc<Inlet>>>>,
    spent: Arc<Spent>,
}

/// What webhooks need of the rest.
pub struct Parts {
    /// Where events are.
    pub store: Store,
    /// Client addresses and limits.
    pub front: Arc<Front>,
    /// Keys, for those who look after webhooks.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// The routes in force, to destinations the store knows.
    pub routes: watch::Receiver<Arc<Vec<Route>>>,
    /// What stands before the public paths.
    pub prefix: String,
}

/// A source in force.
pub struct Inlet {
    plan: Plan,
    metrics: WebhookMetrics,
    seen: Arc<Seen>,
}

/// When a source was heard of last, in milliseconds since the Unix epoch, since the process began; 0: never.
#[derive(Debug, Default)]
struct Seen {
    taken: AtomicI64,
    refused: AtomicI64,
}

impl Seen {
    fn at(instant: &AtomicI64) -> Option<Millis> {
        Some(Millis(instant.load(Ordering::Relaxed))).filter(|at| at.0 > 0)
    }
}

impl FromRef<Webhooks> for Auth {
    fn from_ref(webhooks: &Webhooks) -> Self {
        webhooks.parts.auth.clone()
    }
}

impl Webhooks {
    /// The slice, without a source.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            inlets: Arc::default(),
            spent: Arc::default(),
        }
    }

    /// Puts `plans` in force in the place of those before.
    pub fn put_in_force(&self, plans: Vec<Plan>) {
        let mut inlets = self.inlets.write().unwrap_or_else(PoisonError::into_inner);
        let inlet = |plan: Plan| {
            let source = plan.source.clone();
            let inlet = Inlet {
                metrics: self.parts.metrics.webhook(source.as_str()),
                seen: inlets
                    .get(&source)
                    .map(|known| known.seen.clone())
                    .unwrap_or_default(),
                plan,
            };
            (source, Arc::new(inlet))
        };
        *inlets = plans.into_iter().map(inlet).collect();
    }

    /// The source whose path this is, if it is one.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<Arc<Inlet>> {
        self.inlet(path.strip_prefix(PATH)?)
    }

    /// What the admin address serves, besides [`Webhooks::take`], which is routed by hand on both addresses.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/api/webhooks", get(admin::list))
            .route("/api/webhooks/{source}/test", post(admin::test));
        routes.with_state(self.clone())
    }

    fn inlet(&self, source: &str) -> Option<Arc<Inlet>> {
        let inlets = self.inlets.read().unwrap_or_else(PoisonError::into_inner);
        inlets.get(source).cloned()
    }
}
