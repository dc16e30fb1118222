//! What waits for destinations, as gauges; and the gauges over the last minutes.

use std::borrow::Cow;
use std::time::Duration;

use crate::metrics::{Metrics, QueueState, SAMPLE_EVERY_S};
use crate::model::event::DeliveryStatus;
use crate::model::lane::breaker::BreakerState;
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::{Fault, Store};

/// Sets the gauges of what waits, as of `now`.
///
/// # Errors
/// A fault of the file.
pub(super) async fn gauge(store: &Store, metrics: &Metrics, now: Millis) -> Result<(), Fault> {
    let (mut waiting, mut oldest_due) = (0, None);
    for backlog in store.backlog().await? {
        let Some(known) = store.destination(backlog.destination) else {
            continue;
        };
        let to = metrics.destination(known.name.as_str());
        for (state, status) in [
            (QueueState::Pending, DeliveryStatus::Pending),
            (QueueState::Leased, DeliveryStatus::Leased),
            (QueueState::Retrying, DeliveryStatus::Retrying),
        ] {
            to.depth(state).set(backlog.of(status));
            waiting += backlog.of(status);
        }
        to.dead_letters().set(backlog.of(DeliveryStatus::Dead));
        oldest_due = oldest_due.into_iter().chain(backlog.oldest_due).min();
    }
    for lane in store.lanes().await? {
        if let Some(known) = store.destination(lane.destination) {
            let to = metrics.destination(known.name.as_str());
            to.breaker().set(match lane.breaker {
                BreakerState::Closed => 0,
                BreakerState::HalfOpen { .. } => 1,
                BreakerState::Open(_) => 2,
            });
        }
    }
    let waited_ms = oldest_due.map_or(0, |due| now.0.saturating_sub(due.0).max(0));
    metrics.event_waited_ms().set(waited_ms.unsigned_abs());
    metrics.queue_depth().set(waiting);
    Ok(())
}

/// Notes every few seconds where the counters stand.
pub struct RecentSampler(pub Metrics);

impl Worker for RecentSampler {
    fn name(&self) -> Cow<'static, str> {
        "recent-sampler".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        self.0.sample_recent();
        Ok(Next::After(Duration::from_secs(SAMPLE_EVERY_S)))
    }
}
