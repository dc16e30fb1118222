//! What is counted of deliveries: by destination, registered when its lane starts, and over the last minutes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::calls::{CallCounts, Marks, RecentCalls};
use super::labels::{AttemptResult, DeliveryOutcome, PerLabel, QueueState};
use super::numbers::{Counter, Durations, Gauge};
use crate::model::delivery::AttemptClass;
use crate::model::time::Millis;

/// How often the counters are noted, in seconds.
pub const SAMPLE_EVERY_S: u64 = 5;
/// Samples in a minute, and in five.
pub(super) const MINUTE: usize = 12;
const FIVE_MINUTES: usize = 60;

/// The deliveries of one destination. A clone is another handle to the same numbers.
#[derive(Clone, Debug)]
pub struct DestinationMetrics(Arc<Destination>);

#[derive(Debug)]
struct Destination {
    name: String,
    outcomes: PerLabel<DeliveryOutcome, Counter>,
    attempts: PerLabel<AttemptResult, Counter>,
    depth: PerLabel<QueueState, Gauge>,
    dead_letters: Gauge,
    breaker: Gauge,
    took: Durations,
    /// When the last call began, in milliseconds since the Unix epoch; 0: there was none.
    last_call_at: Gauge,
    marks: Marks,
}

impl DestinationMetrics {
    pub(super) fn new(name: &str) -> Self {
        Self(Arc::new(Destination {
            name: name.to_owned(),
            outcomes: PerLabel::default(),
            attempts: PerLabel::default(),
            depth: PerLabel::default(),
            dead_letters: Gauge::default(),
            breaker: Gauge::default(),
            took: Durations::default(),
            last_call_at: Gauge::default(),
            marks: Marks::default(),
        }))
    }

    /// The destination's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// `gantry_deliveries_total{destination,outcome}`: one more attempt that was settled so.
    pub fn count(&self, outcome: DeliveryOutcome) {
        self.0.outcomes.of(outcome).inc();
    }

    /// `gantry_delivery_attempts_total{destination,class}`: one more call, which began then and took so long. What could not
    /// be rendered was no call.
    pub fn count_call(&self, class: AttemptClass, (begun_at, took): (Millis, Duration)) {
        if let Some(result) = AttemptResult::of(class) {
            self.0.attempts.of(result).inc();
            self.0.took.observe(took);
            self.0.last_call_at.set(begun_at.0.max(0).unsigned_abs());
        }
    }

    /// The calls of the last minute and hour.
    #[must_use]
    pub fn recent_calls(&self) -> RecentCalls {
        self.0.marks.recent(self.calls(), &self.0.took.snapshot())
    }

    /// When the last call began, if there was one since the process did.
    #[must_use]
    pub fn last_call_at(&self) -> Option<Millis> {
        Some(Millis(self.0.last_call_at.get())).filter(|at| at.0 > 0)
    }

    /// Notes where the calls stand, for those of the last minute and hour; to be called every [`SAMPLE_EVERY_S`].
    pub(super) fn mark(&self) {
        self.0.marks.mark(self.calls(), self.0.took.snapshot());
    }

    fn calls(&self) -> CallCounts {
        let all = self.attempts().map(|(_, count)| count.get()).sum();
        CallCounts::of(|result| self.0.attempts.of(result).get(), all)
    }

    /// `gantry_queue_depth{destination,state}`: deliveries that stand so.
    #[must_use]
    pub fn depth(&self, state: QueueState) -> &Gauge {
        self.0.depth.of(state)
    }

    /// `gantry_dead_letters{destination}`
    #[must_use]
    pub fn dead_letters(&self) -> &Gauge {
        &self.0.dead_letters
    }

    /// `gantry_breaker_state{destination}`: 0 closed, 1 half-open, 2 open.
    #[must_use]
    pub fn breaker(&self) -> &Gauge {
        &self.0.breaker
    }

    pub(super) fn outcomes(&self) -> impl Iterator<Item = (&'static str, &Counter)> {
        self.0.outcomes.iter()
    }

    pub(super) fn attempts(&self) -> impl Iterator<Item = (&'static str, &Counter)> {
        self.0.attempts.iter()
    }

    #[cfg(test)]
    pub(super) fn marks(&self) -> &Marks {
        &self.0.marks
    }

    pub(super) fn depths(&self) -> impl Iterator<Item = (&'static str, &Gauge)> {
        self.0.depth.iter()
    }
}

impl AttemptResult {
    /// The result of an attempt of this class; `None` where nothing was sent.
    #[must_use]
    pub const fn of(class: AttemptClass) -> Option<Self> {
        match class {
            AttemptClass::Success => Some(Self::Success),
            AttemptClass::Redirect => Some(Self::Redirect),
            AttemptClass::Refused => Some(Self::Refused),
            AttemptClass::Limited => Some(Self::Limited),
            AttemptClass::ServerError => Some(Self::ServerError),
            AttemptClass::Network => Some(Self::Network),
            AttemptClass::Render => None,
        }
    }
}

/// Of all destinations together.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    pub(super) duration: Durations,
    pub(super) lag: Durations,
    /// How long the oldest delivery that is due has waited, in milliseconds.
    pub(super) waited_ms: Gauge,
    /// Deliveries that wait or are under way.
    pub(super) depth: Gauge,
    pub(super) recent: Recent,
}

/// What only grows, at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) accepted: u64,
    pub(super) attempts: u64,
    pub(super) retried: u64,
    /// Attempts that ended with a 5xx or without an answer.
    pub(super) failed: u64,
    /// Attempts that were one too many.
    pub(super) limited: u64,
}

impl Totals {
    /// Adds what one destination has counted.
    pub(super) fn add(&mut self, destination: &DestinationMetrics) {
        let of = |result| destination.0.attempts.of(result).get();
        self.attempts += destination.attempts().map(|(_, count)| count.get()).sum::<u64>();
        self.retried += destination.0.outcomes.of(DeliveryOutcome::Retried).get();
        self.limited += of(AttemptResult::Limited);
        self.failed += of(AttemptResult::ServerError) + of(AttemptResult::Network);
    }
}

/// The totals of the last five minutes, the newest last.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<Totals>>);

impl Recent {
    pub(super) fn sample(&self, now: Totals) {
        let mut samples = self.lock();
        samples.push_back(now);
        while samples.len() > FIVE_MINUTES + 1 {
            samples.pop_front();
        }
    }

    /// Events accepted per second, over the last minute.
    pub(super) fn ingestion_rate(&self) -> f64 {
        let (now, then) = self.ends(MINUTE);
        share(now.accepted - then.accepted, MINUTE as u64 * SAMPLE_EVERY_S)
    }

    /// Attempts that ended in a retry, of all in the last five minutes.
    pub(super) fn retry_ratio(&self) -> f64 {
        let (now, then) = self.ends(FIVE_MINUTES);
        share(now.retried - then.retried, now.attempts - then.attempts)
    }

    /// Attempts that were one too many, of all in the last five minutes.
    pub(super) fn limited_ratio(&self) -> f64 {
        let (now, then) = self.ends(FIVE_MINUTES);
        share(now.limited - then.limited, now.attempts - then.attempts)
    }

    /// Attempts that failed over there or on the way, of all in the last five minutes.
    pub(super) fn error_rate(&self) -> f64 {
        let (now, then) = self.ends(FIVE_MINUTES);
        share(now.failed - then.failed, now.attempts - then.attempts)
    }

    /// The newest totals, and those so many samples before: nothing, before the first.
    fn ends(&self, samples: usize) -> (Totals, Totals) {
        let recent = self.lock();
        let now = recent.back().copied().unwrap_or_default();
        let then = recent.iter().rev().nth(samples).copied().unwrap_or_default();
        (now, then)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Totals>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Part of whole; nothing of nothing is 0.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => part as f64 / whole as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(n: u64) -> Totals {
        Totals {
            accepted: 60 * n,
            attempts: 10 * n,
            retried: 3 * n,
            failed: 2 * n,
            limited: n,
        }
    }

    #[test]
    fn rates_are_of_the_last_minutes_and_nothing_without_attempts() {
        let recent = Recent::default();
        assert_eq!((recent.ingestion_rate(), recent.retry_ratio()), (0.0, 0.0));
        recent.sample(totals(1));
        assert_eq!(recent.ingestion_rate(), 1.0, "60 events in the first minute");
        assert_eq!((recent.retry_ratio(), recent.error_rate()), (0.3, 0.2));
        assert_eq!(recent.limited_ratio(), 0.1);
        for _ in 0..FIVE_MINUTES {
            recent.sample(totals(1));
        }
        assert_eq!(recent.ingestion_rate(), 0.0);
        assert_eq!((recent.retry_ratio(), recent.error_rate()), (0.0, 0.0));
        for n in 2..100 {
            recent.sample(totals(n));
        }
        assert_eq!(recent.ingestion_rate(), 12.0);
        assert_eq!(recent.lock().len(), FIVE_MINUTES + 1);
    }

    #[test]
    fn what_could_not_be_rendered_is_no_call() {
        let metrics = DestinationMetrics::new("crm");
        for class in AttemptClass::ALL {
            metrics.count_call(class, (Millis(1), Duration::ZERO));
            let label = AttemptResult::of(class).map(super::super::Label::name);
            assert!(label.is_none_or(|label| label == class.as_str()));
        }
        let counted: u64 = metrics.attempts().map(|(_, count)| count.get()).sum();
        assert_eq!(counted, 6);
    }
}
