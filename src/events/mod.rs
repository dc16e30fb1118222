//! Events: what happened elsewhere, taken in once and under one id.
//!
//! Bytes → `json` (read strictly, kept in the order sent) → [`intake::draft`] (fields checked, times resolved, the
//! fingerprint taken) → an `EventDraft` that is recorded or recognised. The store says whom the commit concerns.
//! A batch is [`lines`], each of them an event by itself.
//!
//! Invariants: a draft that exists is valid; what is refused leaves no trace; no event is answered for before it is
//! durable. The same payload has the same fingerprint in whatever order and spelling it was written.
//!
//! Events do not know how they are delivered, or when.

pub mod intake;
pub mod lines;

mod admin;
mod batch;
mod describe;
mod ingest;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::model::event::Route;
use crate::store::Store;
use crate::web::auth::Auth;
use crate::web::front::Front;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Events {
    parts: Arc<Parts>,
    places: batch::Places,
}

/// What events need of the rest.
pub struct Parts {
    /// Where events are.
    pub store: Store,
    /// Client addresses and limits.
    pub front: Arc<Front>,
    /// Keys.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// The routes in force, to destinations the store knows.
    pub routes: watch::Receiver<Arc<Vec<Route>>>,
}

impl FromRef<Events> for Auth {
    fn from_ref(events: &Events) -> Self {
        events.parts.auth.clone()
    }
}

impl Events {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            places: batch::Places::default(),
        }
    }

    /// What the admin address serves, besides [`Events::take`] and [`Events::take_batch`], which are routed by hand on
    /// both addresses.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/api/events", get(admin::list))
            .route("/api/events/{id}", get(admin::show))
            .route("/api/events/{id}/cancel", post(admin::cancel))
            .route("/api/events/{id}/reschedule", post(admin::reschedule));
        routes.with_state(self.clone())
    }

    fn routes(&self) -> Arc<Vec<Route>> {
        self.parts.routes.borrow().clone()
    }
}
