//! Schedules: events that come by the clock.
//!
//! A timetable says when → the [`Timekeeper`] sleeps until the next run of any → the run's event and the word that it was made
//! are recorded in one transaction → its routes take it on as they take any other.
//!
//! Each occurrence is run once, never before its time. What was missed while nothing ran comes once, as the latest of what was
//! missed, and is marked late. A schedule that is new, or whose timetable was changed, has missed nothing. Time is people's:
//! a clock that is set back is waited for, for a day at most.
//!
//! Schedules do not know where their events go.

mod describe;
mod http;
mod timekeeper;

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Schedule;
use crate::metrics::Metrics;
use crate::model::event::Route;
use crate::store::Store;
use crate::traces::Tracer;
use crate::web::auth::Auth;
pub use timekeeper::Timekeeper;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Schedules {
    parts: Arc<Parts>,
}

/// What schedules need of the rest.
pub struct Parts {
    /// Where events are.
    pub store: Store,
    /// Keys, for those who look at schedules.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// Where spans are handed in.
    pub tracer: Tracer,
    /// The time.
    pub clock: Clock,
    /// The schedules in force.
    pub schedules: watch::Receiver<Arc<Vec<Schedule>>>,
    /// The routes in force, to destinations the store knows.
    pub routes: watch::Receiver<Arc<Vec<Route>>>,
}

impl FromRef<Schedules> for Auth {
    fn from_ref(schedules: &Schedules) -> Self {
        schedules.parts.auth.clone()
    }
}

impl Schedules {
    /// The slice.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
        }
    }

    /// The worker that runs them.
    #[must_use]
    pub fn timekeeper(&self) -> Timekeeper {
        Timekeeper::new(&self.parts)
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let routes = Router::new().route("/api/schedules", get(http::list));
        routes.with_state(self.clone())
    }
}
