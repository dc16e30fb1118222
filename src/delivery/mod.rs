//! Delivery: getting events to other people's APIs, at their pace.
//!
//! A lane serves one destination by its [`plan`]: it leases what is due at the destination's [`pace`], as far as its
//! windows, quota and breaker allow, which the store decides at the claim. An errand makes a request of each event, or one of
//! several where the plan says so ([`render`], by the destination's template), sends it, judges the answer ([`judge`], with the wait it asks for,
//! [`retry_after`], and what it says of a [`quota`]) and settles the lease. Everything between lease and
//! settlement may be lost to a crash; the delivery then returns under the same id.
//!
//! What is decided before and after a call are rules without I/O: the same event and answer give the same request and
//! judgement on every machine. A delivery's request is the same on every attempt but for its `traceparent`: receivers
//! know repeats by its id.
//!
//! A replay puts what was recorded once into the queue again; from there on it is a delivery like all others.
//!
//! Lanes do not know where events come from, and never look at another lane's queue. No transaction is open across a
//! call.

mod auth;
mod bulk;
mod call;
mod describe;
mod entries;
mod groups;
mod http;
pub mod judge;
mod lane;
mod lanes;
pub mod letter;
pub mod pace;
pub mod plan;
pub mod quota;
pub mod render;
mod replay;
pub mod retry_after;
mod send;
mod shown;
mod sign;
mod spans;
mod story;
mod transport;
mod trial;
mod view;
mod which;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::model::delivery::{CREDENTIALS_REFUSED, DestinationNumber};
use crate::model::event::Route;
use crate::model::ids::DestinationName;
use crate::outbound::SendError;
use crate::runtime::{Shutdown, Tasks, Worker, Workers};
use crate::store::{Fault, Store};
use crate::traces::Tracer;
use crate::web::auth::Auth;
use lane::Lane;
use lanes::Lanes;
pub use plan::{NoPlans, Plan, Ways, check, plans, rules};
use replay::Replayer;

/// What the slice works with; clones share it.
#[derive(Clone)]
pub struct Delivery {
    parts: Arc<Parts>,
    lanes: Lanes,
    /// Told when a replay begins.
    replay_begun: Arc<Notify>,
}

/// What deliveries need of the rest.
pub struct Parts {
    /// Where deliveries wait.
    pub store: Store,
    /// Who says that some do.
    pub live: Live,
    /// Keys.
    pub auth: Auth,
    /// What is counted.
    pub metrics: Metrics,
    /// Where spans are handed in.
    pub tracer: Tracer,
    /// The time.
    pub clock: Clock,
    /// Where calls run.
    pub tasks: Tasks,
    /// When they end.
    pub shutdown: Shutdown,
    /// Where lanes run.
    pub workers: Workers,
    /// The routes in force, to destinations the store knows, which a replay asks anew.
    pub routes: watch::Receiver<Arc<Vec<Route>>>,
}

/// Whom a lane serves.
#[derive(Clone, Debug)]
struct Whom {
    number: DestinationNumber,
    name: DestinationName,
}

impl Whom {
    /// Why nothing is sent to it now, if so.
    fn paused(&self, store: &Store) -> Option<String> {
        store.destination(self.number).and_then(|known| known.paused)
    }
}

impl FromRef<Delivery> for Auth {
    fn from_ref(delivery: &Delivery) -> Self {
        delivery.parts.auth.clone()
    }
}

impl Delivery {
    /// The slice, without a lane.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            lanes: Lanes::default(),
            replay_begun: Arc::default(),
        }
    }

    /// Puts `plans` in force in the place of those before. Destinations that are new get their number and a lane, lanes
    /// that go on keep their pace, and lanes that are in no plan end after what they have under way. Routes that name
    /// new destinations are to be put in force afterwards.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn put_in_force(&self, plans: Vec<(DestinationName, Arc<Plan>)>) -> Result<(), Fault> {
        let planned: Vec<DestinationName> = plans.iter().map(|(name, _)| name.clone()).collect();
        self.parts.store.know_destinations(planned.clone()).await?;
        let rules = plans
            .iter()
            .map(|(name, plan)| (name.clone(), plan.rules.clone()));
        self.parts.store.rule_lanes(rules.collect()).await?;
        let known = self.parts.store.destinations();
        let new = self.lanes.replace(plans);
        // Others may be in force now; a lane that goes on has them by now, and does not try the old ones once more.
        for to in &known {
            let refused = to
                .paused
                .as_deref()
                .is_some_and(|reason| reason.ends_with(CREDENTIALS_REFUSED));
            if refused && planned.contains(&to.name) {
                tracing::info!(destination = %to.name, "its credentials are tried again");
                self.parts.store.pause_destination(to.name.clone(), None).await?;
            }
        }
        for (name, orders) in new {
            let Some(known) = known.iter().find(|known| known.name == name) else {
                continue;
            };
            let to = Whom {
                number: known.number,
                name,
            };
            let lane = Lane::new(Arc::clone(&self.parts), to, (self.lanes.clone(), orders));
            if let Some(lane) = lane {
                // On the metrics from the beginning: a rate needs the zero before the first error.
                let _ = self.parts.metrics.worker_errors(&lane.name());
                self.parts.workers.start(lane);
            }
        }
        Ok(())
    }

    /// The worker that goes through replays. To be started once the destinations of all routes are known.
    #[must_use]
    pub fn replayer(&self) -> impl Worker + use<> {
        Replayer::new(Arc::clone(&self.parts), Arc::clone(&self.replay_begun))
    }

    /// Calls on every destination, all at once: connects, and hangs up. How long each took, at most 5 s, by name.
    pub async fn reach(&self) -> Vec<(DestinationName, Result<Duration, SendError>)> {
        let mut calls = JoinSet::new();
        for (name, plan) in self.lanes.plans() {
            calls.spawn(async move { (name, plan.reach().await) });
        }
        let mut reached = calls.join_all().await;
        reached.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        reached
    }

    /// What the admin address serves.
    pub fn admin(&self) -> Router {
        let routes = Router::new()
            .route("/api/deliveries", get(http::list))
            .route("/api/deliveries/groups", get(groups::list))
            .route("/api/deliveries/retry", post(bulk::retry))
            .route("/api/deliveries/discard", post(bulk::discard))
            .route("/api/deliveries/{delivery}", get(story::show))
            .route("/api/deliveries/{delivery}/retry", post(http::retry))
            .route("/api/deliveries/{delivery}/discard", post(http::discard))
            .route("/api/destinations", get(view::destinations))
            .route("/api/destinations/{destination}", get(view::destination))
            .route("/api/destinations/{destination}/pause", post(http::pause))
            .route("/api/destinations/{destination}/resume", post(http::resume))
            .route("/api/destinations/{destination}/test", post(trial::test))
            .route("/api/replay", post(replay::begin))
            .route("/api/replays", get(replay::list))
            .route("/api/replays/{replay}", get(replay::show))
            .route("/api/replays/{replay}/cancel", post(replay::cancel))
            .route("/api/delivery/pause", post(http::pause_all))
            .route("/api/delivery/resume", post(http::resume_all));
        routes.with_state(self.clone())
    }
}
