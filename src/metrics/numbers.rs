//! The numbers themselves: relaxed atomics behind handles that are cheap to clone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper bounds of durations, 0.1 ms to 10 s, in nanoseconds.
const DURATION_BOUNDS: [u64; 16] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];
/// Upper bounds of amounts: a batch has at least one and at most some thousands.
const AMOUNT_BOUNDS: [u64; 13] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096];

/// A number that only grows; starts at zero with the process.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// One more.
    pub fn inc(&self) {
        self.add(1);
    }

    /// `n` more.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// How many so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Sets it; values beyond `i64::MAX` are held there.
    pub fn set(&self, value: u64) {
        self.0.store(i64::try_from(value).unwrap_or(i64::MAX), Relaxed);
    }

    /// What it is now.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }

    /// One more, until the returned value is dropped.
    #[must_use = "it counts only as long as it is held"]
    pub fn hold(&self) -> Held {
        self.0.fetch_add(1, Relaxed);
        Held(self.clone())
    }
}

/// One in a gauge; dropping it takes it out again.
#[derive(Debug)]
pub struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// A histogram of durations.
#[derive(Clone, Debug)]
pub struct Durations(Arc<Buckets>);

impl Durations {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The duration that so many of a thousand do not exceed; `None` where there are none.
    #[must_use]
    pub fn quantile(&self, permille: u64) -> Option<Duration> {
        self.snapshot().quantile(permille).map(Duration::from_nanos)
    }

    /// Counts one duration. Two atomic additions.
    pub fn observe(&self, duration: Duration) {
        self.0
            .count(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The buckets, in nanoseconds.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.0.snapshot()
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self(Arc::new(Buckets::new(&DURATION_BOUNDS)))
    }
}

/// A histogram of amounts.
#[derive(Clone, Debug)]
pub struct Amounts(Arc<Buckets>);

impl Amounts {
    /// The amount that so many of a thousand do not exceed, 1 at least; `None` where there are none.
    #[must_use]
    pub fn quantile(&self, permille: u64) -> Option<u64> {
        self.snapshot().quantile(permille).map(|amount| amount.max(1))
    }

    /// Counts one amount. Two atomic additions.
    pub fn observe(&self, amount: u64) {
        self.0.count(amount);
    }

    /// The buckets.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.0.snapshot()
    }
}

impl Default for Amounts {
    fn default() -> Self {
        Self(Arc::new(Buckets::new(&AMOUNT_BOUNDS)))
    }
}

#[derive(Debug)]
struct Buckets {
    bounds: &'static [u64],
    /// One for each bound, and one for all that is larger.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Buckets {
    fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    fn count(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(value, Relaxed);
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            bounds: self.bounds,
            counts: self.counts.iter().map(|count| count.load(Relaxed)).collect(),
            sum: self.sum.load(Relaxed),
        }
    }
}

/// A histogram at one moment. Its count is the sum of its buckets, so the two always agree.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) bounds: &'static [u64],
    /// Values in each bucket alone; the last holds what is larger than every bound.
    pub(super) counts: Vec<u64>,
    pub(super) sum: u64,
}

impl Snapshot {
    /// How many values there are.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What came after an earlier snapshot of the same histogram.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts);
        Self {
            bounds: self.bounds,
            counts: counts.map(|(now, then)| now.saturating_sub(*then)).collect(),
            sum: self.sum.wrapping_sub(earlier.sum),
        }
    }

    /// The value below which `permille` of a thousand lie, supposing that a bucket's values are spread evenly; at most
    /// the largest bound. `None` when there are no values.
    pub(super) fn quantile(&self, permille: u64) -> Option<u64> {
        let rank = (self.count() * permille).div_ceil(1_000).max(1);
        let mut below = 0;
        let mut lower = 0;
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            if below + count >= rank {
                let share = (bound - lower).saturating_mul(rank - below) / count;
                return Some(lower + share);
            }
            below += count;
            lower = *bound;
        }
        (below < self.count()).then_some(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_counts_until_it_is_dropped() {
        let gauge = Gauge::default();
        let (first, second) = (gauge.hold(), gauge.hold());
        assert_eq!(gauge.get(), 2);
        drop(first);
        assert_eq!(gauge.get(), 1);
        drop(second);
        assert_eq!(gauge.get(), 0);
    }

    #[test]
    fn a_value_on_a_bound_belongs_below_it() {
        let amounts = Amounts::default();
        for amount in [0, 1, 2, 3, 4_096, 4_097] {
            amounts.observe(amount);
        }
        let snapshot = amounts.snapshot();
        assert_eq!(snapshot.counts, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((snapshot.count(), snapshot.sum), (6, 8_199));
    }

    #[test]
    fn quantiles_lie_within_their_bucket_and_count_only_what_is_new() {
        let durations = Durations::default();
        assert_eq!(durations.snapshot().quantile(990), None);
        durations.observe(Duration::from_secs(3));
        let earlier = durations.snapshot();
        for _ in 0..99 {
            durations.observe(Duration::from_micros(700));
        }
        durations.observe(Duration::from_millis(40));
        let new = durations.snapshot().since(&earlier);
        assert_eq!(new.count(), 100);
        assert_eq!(new.quantile(990), Some(1_000_000));
        assert_eq!(new.quantile(1_000), Some(50_000_000));
        assert!(
            new.quantile(500)
                .is_some_and(|ns| (500_000..1_000_000).contains(&ns))
        );
    }

    #[test]
    fn what_is_beyond_every_bound_is_reported_as_the_largest() {
        let durations = Durations::default();
        durations.observe(Duration::MAX);
        assert_eq!(durations.snapshot().quantile(990), Some(10_000_000_000));
    }
}
