//! An errand: one attempt to deliver, from its lease to its settlement.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::call::{self, Ended};
use super::judge::Verdict;
use super::lane::{Desk, Slot};
use super::plan::Plan;
use super::render::Subject;
use super::{Parts, REFUSED};
use crate::metrics::DeliveryOutcome;
use crate::model::delivery::{Attempt, AttemptClass, Claimed, Ending, Settlement};
use crate::model::retry::{Failure, Plan as Then};
use crate::store::Fault;

/// One delivery under way.
pub(super) struct Errand {
    pub(super) plan: Arc<Plan>,
    pub(super) desk: Arc<Desk>,
    pub(super) slot: Slot,
    pub(super) claimed: Claimed,
    pub(super) leaves_at: Instant,
}

impl Errand {
    /// Sends, judges and settles. What is still under way when the process has to end is left to its lease.
    pub(super) async fn run(self) {
        let Self { desk, claimed, .. } = &self;
        let settled = tokio::select! {
            settled = self.attempt() => settled,
            () = desk.parts.shutdown.deadline() => return,
        };
        if let Err(fault) = settled {
            // A fault of the file ends the process, which says so; what was sent is not settled, and is sent again.
            tracing::debug!(delivery.id = %claimed.id, error = %fault, "a delivery was not settled");
        }
        drop(self.slot);
    }

    async fn attempt(&self) -> Result<(), Fault> {
        let parts = &self.desk.parts;
        sleep_until(self.leaves_at).await;
        let (at, begun) = (parts.clock.now(), Instant::now());
        if self.claimed.attempt == 1 {
            let lag = parts.store.now().0.saturating_sub(self.claimed.due.0).max(0);
            let lag = Duration::from_millis(lag.unsigned_abs());
            parts.metrics.event_lag().observe(lag);
        }
        let ended = self.send().await;
        let took = begun.elapsed();
        let class = ended.judgement.class;
        if class != AttemptClass::Render {
            parts.metrics.delivery_duration().observe(took);
            self.desk.metrics.count_attempt(class);
        }
        let verdict = ended.judgement.verdict;
        let attempt = Attempt {
            number: self.claimed.attempt,
            at,
            took_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
            class,
            status: ended.status,
            excerpt: ended.excerpt,
        };
        self.pause(verdict, attempt.status).await?;
        let settlement = self.settlement(verdict);
        let lesson = ended.lesson.later_by(self.ahead_ms());
        self.settle(attempt, Ending { settlement, lesson }).await
    }

    async fn send(&self) -> Ended {
        let Claimed {
            id,
            attempt,
            scheduled_at,
            ..
        } = self.claimed;
        let subject = Subject {
            delivery: id,
            attempt,
            scheduled_at,
            event: &self.claimed.event,
        };
        let clock = &self.desk.parts.clock;
        let at = clock.now();
        match call::make(&self.plan, &subject, at) {
            Ok(call) => call::send(&self.plan, call, (clock, at)).await,
            Err(error) => Ended::unmade(&error),
        }
    }

    /// Where the answer was about the destination and not about this delivery, nothing more is sent to it for now.
    async fn pause(&self, verdict: Verdict, status: Option<u16>) -> Result<(), Fault> {
        let why = match verdict {
            Verdict::GiveBack => REFUSED,
            Verdict::Gone => "it is gone for good",
            Verdict::Delivered | Verdict::Retry { .. } | Verdict::Dead => return Ok(()),
        };
        let Desk { to, parts, .. } = &*self.desk;
        if to.paused(&parts.store).is_some() {
            return Ok(());
        }
        let reason = match status {
            Some(status) => format!("it answered {status}: {why}"),
            None => why.to_owned(),
        };
        tracing::warn!(destination = %to.name, delivery.id = %self.claimed.id, reason, "a destination is paused");
        parts
            .store
            .pause_destination(to.name.clone(), Some(reason))
            .await?;
        Ok(())
    }

    fn settlement(&self, verdict: Verdict) -> Settlement {
        let not_before = match verdict {
            Verdict::Delivered => return Settlement::Delivered,
            Verdict::GiveBack => return Settlement::GivenBack,
            Verdict::Dead | Verdict::Gone => return Settlement::Dead,
            Verdict::Retry { not_before } => not_before.map(|at| at.plus(self.ahead_ms())),
        };
        let failure = Failure {
            delivery: self.claimed.id,
            attempt: self.claimed.tries,
            first_at: self.claimed.first_at,
            ended_at: self.desk.parts.store.now(),
            not_before,
        };
        match self.plan.retry.plan(&failure) {
            Then::Retry(at) => Settlement::Retry(at),
            Then::GiveUp => Settlement::Dead,
        }
    }

    /// How far the store's time is ahead of the wall clock, by which receivers speak; in milliseconds.
    fn ahead_ms(&self) -> i64 {
        let Parts { store, clock, .. } = &*self.desk.parts;
        // In this order: the store's is never behind.
        let wall = clock.now();
        store.now().0 - wall.0
    }

    async fn settle(&self, attempt: Attempt, ending: Ending) -> Result<(), Fault> {
        let Desk {
            to, parts, metrics, ..
        } = &*self.desk;
        let (id, class, number) = (self.claimed.id, attempt.class, attempt.number);
        let store = &parts.store;
        let settlement = ending.settlement.clone();
        if !store.settle_delivery(id, attempt, ending).await? {
            metrics.count(DeliveryOutcome::Returned);
            tracing::warn!(destination = %to.name, delivery.id = %id, "an answer came after the lease had ended");
            return Ok(());
        }
        metrics.count(match settlement {
            Settlement::Delivered => DeliveryOutcome::Delivered,
            Settlement::Retry(_) => DeliveryOutcome::Retried,
            Settlement::Dead => DeliveryOutcome::Dead,
            Settlement::GivenBack => DeliveryOutcome::Returned,
        });
        match settlement {
            Settlement::Delivered => {}
            Settlement::Retry(at) => self.desk.put_off(at),
            Settlement::GivenBack => self.desk.put_off(store.now()),
            Settlement::Dead => tracing::warn!(
                destination = %to.name, delivery.id = %id, event.id = %self.claimed.event.id,
                attempt = number, class = class.as_str(), "a delivery is a dead letter"
            ),
        }
        Ok(())
    }
}
