//! What voters and watchers count while they go.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Buckets per doubling: a quantile is off by at most a sixteenth.
const STEPS: u64 = 8;
const STEP_BITS: u32 = STEPS.trailing_zeros();
const BUCKETS: usize = 256;

/// Answers, by what they said.
#[derive(Default)]
pub(super) struct Answers {
    /// Votes acknowledged: 202 for a user who had none.
    pub(super) acknowledged: AtomicU64,
    /// Repeats answered as such.
    pub(super) replayed: AtomicU64,
    /// Second votes refused.
    pub(super) refused: AtomicU64,
    /// Votes sent again because no answer came.
    pub(super) resent: AtomicU64,
    /// Answers that should not have been given.
    pub(super) wrong: AtomicU64,
}

/// Durations, to say which share took how long.
pub(super) struct Times {
    /// By microseconds, eight to a doubling.
    counts: Box<[AtomicU64]>,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            counts: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Times {
    pub(super) fn add(&self, took: Duration) {
        if let Some(count) = self.counts.get(bucket(micros(took))) {
            count.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> Counts {
        Counts(self.counts.iter().map(|count| count.load(Relaxed)).collect())
    }
}

/// Durations at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts(Vec<u64>);

impl Counts {
    /// What came after an earlier snapshot.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let then = earlier.0.iter().copied().chain(std::iter::repeat(0));
        Self(
            self.0
                .iter()
                .zip(then)
                .map(|(now, then)| now.saturating_sub(then))
                .collect(),
        )
    }

    /// The duration that `percent` of a hundred did not exceed; `None` when there is none.
    pub(super) fn percentile(&self, percent: u64) -> Option<Duration> {
        let all: u64 = self.0.iter().sum();
        let rank = (all * percent).div_ceil(100).max(1);
        let mut below = 0;
        let reached = self.0.iter().position(|count| {
            below += count;
            below >= rank
        })?;
        Some(Duration::from_micros(upper(u64::try_from(reached).unwrap_or(0))))
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

/// The bucket of a number of microseconds: the first ones hold one number each, then eight share a doubling.
fn bucket(micros: u64) -> usize {
    let doubling = (micros | STEPS).ilog2() - STEP_BITS;
    let place = u64::from(doubling) * STEPS + (micros >> doubling);
    usize::try_from(place).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// The largest number of microseconds in a bucket.
const fn upper(place: u64) -> u64 {
    if place < 2 * STEPS {
        return place;
    }
    let doubling = place / STEPS - 1;
    ((place % STEPS + STEPS + 1) << doubling) - 1
}

/// A number that is not negative, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float as an integer holds at the ends of the range"
)]
pub(super) fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_at_most_its_upper_end() {
        for micros in (0..5_000).chain([1 << 20, (1 << 30) + 12_345]) {
            let upper = upper(bucket(micros) as u64);
            assert!(
                micros <= upper && upper - micros <= micros / 8,
                "{micros}: {upper}"
            );
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_count_only_what_is_new() {
        let times = Times::default();
        assert_eq!(times.snapshot().percentile(50), None);
        times.add(Duration::from_secs(3));
        let earlier = times.snapshot();
        for ms in 1..=100 {
            times.add(Duration::from_millis(ms));
        }
        let new = times.snapshot().since(&earlier);
        let near = |percent, ms: u128| {
            let found = new.percentile(percent).unwrap().as_millis();
            assert!(found.abs_diff(ms) <= ms / 7, "{percent}: {found}");
        };
        near(50, 50);
        near(99, 99);
        near(100, 100);
    }
}
