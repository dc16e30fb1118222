//! The calls of one destination: how many there were lately, how they went, and how long they took.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::deliveries::MINUTE;
use super::labels::AttemptResult;
use super::numbers::Snapshot;

/// Minutes in an hour.
const HOUR: usize = 60;
const MEDIAN: u64 = 500;
const P95: u64 = 950;

/// Calls, by how they ended. A call that holds several deliveries is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// All of them.
    pub calls: u64,
    /// Those that were answered 2xx.
    pub ok: u64,
    /// Those that were one too many (429).
    pub limited: u64,
}

impl CallCounts {
    /// Those that ended in any other way, or without an answer.
    #[must_use]
    pub const fn failed(self) -> u64 {
        self.calls.saturating_sub(self.ok).saturating_sub(self.limited)
    }

    /// One more of what `count` says of each result.
    pub(super) fn of(count: impl Fn(AttemptResult) -> u64, calls: u64) -> Self {
        Self {
            calls,
            ok: count(AttemptResult::Success),
            limited: count(AttemptResult::Limited),
        }
    }

    const fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            ok: self.ok.saturating_sub(earlier.ok),
            limited: self.limited.saturating_sub(earlier.limited),
        }
    }
}

/// The calls of the last minute and hour, as far as the process is that old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecentCalls {
    /// Of the last 60 to 65 seconds.
    pub last_minute: CallCounts,
    /// Of the last 60 to 61 minutes.
    pub last_hour: CallCounts,
    /// How long half of the last hour's calls took at most; `None` where there were none.
    pub median: Option<Duration>,
    /// How long 95 of 100 of them took at most.
    pub p95: Option<Duration>,
}

/// Where the numbers stood: every few seconds of the last minute, and every minute of the last hour.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The newest last.
    steps: VecDeque<CallCounts>,
    minutes: VecDeque<(CallCounts, Snapshot)>,
    /// Steps since the last minute was marked.
    since_minute: usize,
}

impl Marks {
    /// Notes where the numbers stand; to be called at every step.
    pub(super) fn mark(&self, counts: CallCounts, took: Snapshot) {
        let mut marks = self.lock();
        keep(&mut marks.steps, counts, MINUTE);
        if marks.since_minute == 0 {
            keep(&mut marks.minutes, (counts, took), HOUR);
        }
        marks.since_minute = (marks.since_minute + 1) % MINUTE;
    }

    /// What has come between the marks and now.
    pub(super) fn recent(&self, counts: CallCounts, took: &Snapshot) -> RecentCalls {
        let marks = self.lock();
        let minute = marks.steps.iter().rev().nth(MINUTE).copied();
        let hour = marks.minutes.iter().rev().nth(HOUR);
        let took = hour.map_or_else(|| took.clone(), |(_, then)| took.since(then));
        let quantile = |permille| took.quantile(permille).map(Duration::from_nanos);
        RecentCalls {
            last_minute: counts.since(minute.unwrap_or_default()),
            last_hour: counts.since(hour.map(|(then, _)| *then).unwrap_or_default()),
            median: quantile(MEDIAN),
            p95: quantile(P95),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Appends `mark`, and keeps `most` marks before the newest.
fn keep<T>(marks: &mut VecDeque<T>, mark: T, most: usize) {
    marks.push_back(mark);
    if marks.len() > most + 1 {
        marks.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::super::DestinationMetrics;
    use super::*;
    use crate::model::delivery::AttemptClass;
    use crate::model::time::Millis;

    fn call(metrics: &DestinationMetrics, class: AttemptClass, took_ms: u64) {
        metrics.count_call(class, (Millis(1), Duration::from_millis(took_ms)));
    }

    #[test]
    fn calls_are_counted_by_how_they_ended_and_leave_the_minute_before_the_hour() {
        let metrics = DestinationMetrics::new("crm");
        assert_eq!(metrics.recent_calls(), RecentCalls::default());
        metrics.mark();
        for class in [
            AttemptClass::Success,
            AttemptClass::Limited,
            AttemptClass::Network,
            AttemptClass::Refused,
        ] {
            call(&metrics, class, 20);
        }
        let seen = metrics.recent_calls();
        assert_eq!(
            (
                seen.last_minute.calls,
                seen.last_minute.ok,
                seen.last_minute.limited
            ),
            (4, 1, 1)
        );
        assert_eq!((seen.last_minute.failed(), seen.last_hour), (2, seen.last_minute));
        for _ in 0..=MINUTE {
            metrics.mark();
        }
        call(&metrics, AttemptClass::Success, 20);
        let later = metrics.recent_calls();
        assert_eq!((later.last_minute.calls, later.last_hour.calls), (1, 5));
        for _ in 0..=MINUTE * HOUR + MINUTE {
            metrics.mark();
        }
        assert_eq!(metrics.recent_calls(), RecentCalls::default());
    }

    #[test]
    fn half_and_nearly_all_of_the_hours_calls_took_no_longer() {
        let metrics = DestinationMetrics::new("crm");
        for _ in 0..90 {
            call(&metrics, AttemptClass::Success, 9);
        }
        for _ in 0..10 {
            call(&metrics, AttemptClass::ServerError, 900);
        }
        let seen = metrics.recent_calls();
        let ms = |took: Option<Duration>| took.map(|took| took.as_millis());
        assert!(
            ms(seen.median).is_some_and(|ms| (5..=10).contains(&ms)),
            "{seen:?}"
        );
        assert!(
            ms(seen.p95).is_some_and(|ms| (500..=1_000).contains(&ms)),
            "{seen:?}"
        );
        assert_eq!(metrics.last_call_at(), Some(Millis(1)));
    }

    #[test]
    fn marks_are_no_more_than_an_hours() {
        let metrics = DestinationMetrics::new("crm");
        for _ in 0..3 * MINUTE * HOUR {
            metrics.mark();
        }
        let marks = metrics.marks().lock();
        assert_eq!((marks.steps.len(), marks.minutes.len()), (MINUTE + 1, HOUR + 1));
    }
}
