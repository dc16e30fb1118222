//! An errand: one call, from the leases of its deliveries to their settlement.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Parts;
use super::call::{self, Call, Ended, Made, Part};
use super::judge::Verdict;
use super::lane::{Desk, Slot};
use super::plan::Plan;
use super::render::Subject;
use super::spans::{Attempted, Called, Calling, Errands};
use crate::metrics::DeliveryOutcome;
use crate::model::delivery::{Attempt, AttemptClass, CallEnd, Claimed, Settlement, Unsent};
use crate::model::event::DeliveryId;
use crate::model::lane::Lesson;
use crate::model::retry::{Failure, Plan as Then};
use crate::model::time::Millis;
use crate::store::Fault;

/// A call under way.
pub(super) struct Errand {
    pub(super) plan: Arc<Plan>,
    pub(super) desk: Arc<Desk>,
    pub(super) slot: Slot,
    /// One delivery, or several where the plan says so.
    pub(super) claimed: Vec<Claimed>,
    pub(super) leaves_at: Instant,
}

/// What came of a call, and when.
struct Outcome<'e> {
    /// By the wall clock.
    begun_at: Millis,
    /// As spans say it.
    begun_ns: u64,
    took: Duration,
    /// Of each delivery that was attempted.
    parts: Vec<(&'e Claimed, Part)>,
    /// Those that did not go with it.
    unsent: Vec<&'e Claimed>,
    lesson: Lesson,
    /// What spans say of it.
    called: Option<Called>,
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
            let first = claimed.first().map(|claimed| claimed.id.to_string());
            tracing::debug!(delivery.id = first, error = %fault, "a delivery was not settled");
        }
        drop(self.slot);
    }

    async fn attempt(&self) -> Result<(), Fault> {
        sleep_until(self.leaves_at).await;
        self.observe_lag();
        let outcome = self.call().await;
        self.pause(&outcome.parts).await?;
        self.settle(outcome).await
    }

    fn observe_lag(&self) {
        let Parts { store, metrics, .. } = &*self.desk.parts;
        let now = store.now();
        for claimed in self.claimed.iter().filter(|claimed| claimed.attempt == 1) {
            let lag = now.0.saturating_sub(claimed.due.0).max(0);
            metrics
                .event_lag()
                .observe(Duration::from_millis(lag.unsigned_abs()));
        }
    }

    /// Sends what can be sent. An event whose time ran out since it was taken is not: the next claim drops it.
    async fn call(&self) -> Outcome<'_> {
        let Desk { parts, metrics, .. } = &*self.desk;
        let (at, begun) = (parts.clock.now(), Instant::now());
        let has_expired = |claimed: &&Claimed| claimed.event.expires_at.is_some_and(|end| end <= at);
        let (mut unsent, going): (Vec<&Claimed>, Vec<&Claimed>) = self.claimed.iter().partition(has_expired);
        let subjects: Vec<Subject<'_>> = going.iter().map(|claimed| subject(claimed)).collect();
        let Made { call, unfit } = match subjects.is_empty() {
            true => Made::default(),
            false => call::make(&self.plan, &subjects, at),
        };
        let mut outcome = Outcome {
            begun_at: at,
            begun_ns: parts.tracer.now_ns(),
            took: Duration::ZERO,
            parts: Vec::new(),
            unsent: Vec::new(),
            lesson: Lesson::unsent(),
            called: None,
        };
        let mut left: Vec<Option<&Claimed>> = going.into_iter().map(Some).collect();
        let mut take = |position: usize| left.get_mut(position).and_then(Option::take);
        for (position, error) in unfit {
            let part = take(position).map(|claimed| (claimed, Part::unmade(&error)));
            outcome.parts.extend(part);
        }
        if let Some((call, positions)) = call {
            let sent: Vec<&Claimed> = positions.into_iter().filter_map(take).collect();
            let ids: Vec<DeliveryId> = sent.iter().map(|claimed| claimed.id).collect();
            let (ended, called) = self.send(call, &ids).await;
            outcome.took = begun.elapsed();
            parts.metrics.delivery_duration().observe(outcome.took);
            metrics.count_call(ended.judgement.class, (at, outcome.took));
            outcome.called = called;
            outcome.lesson = ended.lesson;
            outcome.parts.extend(sent.into_iter().zip(ended.parts));
        }
        let left: Vec<&Claimed> = left.into_iter().flatten().collect();
        if !left.is_empty() {
            self.desk.narrow(self.claimed.len() - left.len());
        }
        unsent.extend(left);
        outcome.unsent = unsent;
        outcome
    }

    async fn send(&self, mut call: Call, ids: &[DeliveryId]) -> (Ended, Option<Called>) {
        let parts = &self.desk.parts;
        match call::authorize(&self.plan, &mut call, parts).await {
            Ok(pass) => {
                let calling = Calling::begin(&call, &parts.tracer);
                let ended = call::send(&self.plan, (call, ids), pass, parts).await;
                let called = calling.map(|calling| calling.end(&ended, &parts.tracer));
                (ended, called)
            }
            Err(no) => (Ended::without_access(&no, ids.len()), None),
        }
    }

    /// Where the answer was about the destination and not about these deliveries, nothing more is sent to it for now.
    async fn pause(&self, parts: &[(&Claimed, Part)]) -> Result<(), Fault> {
        let mut reasons = parts.iter();
        let found = reasons.find_map(|(claimed, part)| Some((claimed, part.reason()?)));
        let Some((claimed, reason)) = found else {
            return Ok(());
        };
        let Desk { to, parts, .. } = &*self.desk;
        if to.paused(&parts.store).is_some() {
            return Ok(());
        }
        tracing::warn!(destination = %to.name, delivery.id = %claimed.id, reason, "a destination is paused");
        parts
            .store
            .pause_destination(to.name.clone(), Some(reason))
            .await?;
        Ok(())
    }

    fn settlement(&self, claimed: &Claimed, verdict: Verdict) -> Settlement {
        let not_before = match verdict {
            Verdict::Delivered => return Settlement::Delivered,
            Verdict::GiveBack | Verdict::Anew | Verdict::Smaller => return Settlement::GivenBack,
            Verdict::Dead | Verdict::Gone => return Settlement::Dead,
            Verdict::Retry { not_before } => not_before.map(|at| at.plus(self.ahead_ms())),
        };
        let failure = Failure {
            // What failed together waits alike, and goes together again.
            delivery: self.claimed.first().unwrap_or(claimed).id,
            attempt: claimed.tries,
            first_at: claimed.first_at,
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

    async fn settle(&self, outcome: Outcome<'_>) -> Result<(), Fault> {
        let too_many = |(_, part): &&(&Claimed, Part)| part.judgement.verdict == Verdict::Smaller;
        match outcome.parts.iter().filter(too_many).count() {
            0 => {}
            many => self.desk.narrow(many / 2),
        }
        let took_ms = u32::try_from(outcome.took.as_millis()).unwrap_or(u32::MAX);
        let mut settled = Vec::with_capacity(outcome.parts.len());
        let mut claims = Vec::with_capacity(outcome.parts.len());
        for (claimed, part) in outcome.parts {
            let settlement = self.settlement(claimed, part.judgement.verdict);
            claims.push((claimed, part.judgement.class, settlement.clone()));
            let attempt = Attempt {
                number: claimed.attempt,
                at: outcome.begun_at,
                took_ms,
                class: part.judgement.class,
                status: part.status,
                excerpt: part.excerpt,
            };
            settled.push((claimed.id, attempt, settlement));
        }
        let store = &self.desk.parts.store;
        let end = CallEnd {
            settled,
            unsent: outcome.unsent.iter().map(|claimed| unsent(claimed)).collect(),
            lesson: outcome.lesson.later_by(self.ahead_ms()),
        };
        let outcomes = store.settle_call(end).await?;
        self.tell(&claims, &outcomes, (outcome.begun_ns, outcome.called));
        for ((claimed, class, settlement), is_settled) in claims.into_iter().zip(outcomes) {
            match is_settled {
                true => self.note(claimed, (class, settlement)),
                false => self.note_late(claimed),
            }
        }
        if !outcome.unsent.is_empty() {
            self.desk.put_off(store.now());
        }
        Ok(())
    }

    /// Tells of it in spans.
    fn tell(
        &self,
        claims: &[(&Claimed, AttemptClass, Settlement)],
        settled: &[bool],
        (begun_ns, called): (u64, Option<Called>),
    ) {
        let Desk { to, parts, .. } = &*self.desk;
        if !parts.tracer.is_on() {
            return;
        }
        let attempts = claims.iter().zip(settled);
        let attempts = attempts.map(|((claimed, class, settlement), is_settled)| Attempted {
            claimed,
            class: *class,
            settlement: is_settled.then(|| settlement.clone()),
        });
        let errands = Errands {
            to: &to.name,
            begun_ns,
            called,
            attempts: attempts.collect(),
        };
        errands.tell(&parts.tracer);
    }

    fn note_late(&self, claimed: &Claimed) {
        let Desk { to, metrics, .. } = &*self.desk;
        metrics.count(DeliveryOutcome::Returned);
        tracing::warn!(destination = %to.name, delivery.id = %claimed.id, "an answer came after the lease had ended");
    }

    fn note(&self, claimed: &Claimed, (class, settlement): (AttemptClass, Settlement)) {
        let Desk {
            to, parts, metrics, ..
        } = &*self.desk;
        metrics.count(match settlement {
            Settlement::Delivered => DeliveryOutcome::Delivered,
            Settlement::Retry(_) => DeliveryOutcome::Retried,
            Settlement::Dead => DeliveryOutcome::Dead,
            Settlement::GivenBack => DeliveryOutcome::Returned,
        });
        match settlement {
            Settlement::Delivered => {}
            Settlement::Retry(at) => self.desk.put_off(at),
            Settlement::GivenBack => self.desk.put_off(parts.store.now()),
            Settlement::Dead => tracing::warn!(
                destination = %to.name, delivery.id = %claimed.id, event.id = %claimed.event.id,
                attempt = claimed.attempt, class = class.as_str(), "a delivery is a dead letter"
            ),
        }
    }
}

const fn subject(claimed: &Claimed) -> Subject<'_> {
    Subject {
        delivery: claimed.id,
        attempt: claimed.attempt,
        scheduled_at: claimed.scheduled_at,
        event: &claimed.event,
    }
}

const fn unsent(claimed: &Claimed) -> Unsent {
    Unsent {
        id: claimed.id,
        attempt: claimed.attempt,
        due: claimed.due,
    }
}
