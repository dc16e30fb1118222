//! Durations, counted in buckets about 3 % wide; many tasks may record at once.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Buckets per power of two.
const STEPS: u64 = 32;
const BUCKETS: usize = 40 * STEPS as usize;

pub(crate) struct Histogram {
    buckets: Vec<AtomicU64>,
    max_us: AtomicU64,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| AtomicU64::new(0)).collect(),
            max_us: AtomicU64::new(0),
        }
    }

    pub(crate) fn record(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(us)].fetch_add(1, Ordering::Relaxed);
        self.max_us.fetch_max(us, Ordering::Relaxed);
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().map(|b| b.load(Ordering::Relaxed)).sum()
    }

    pub(crate) fn max(&self) -> Duration {
        Duration::from_micros(self.max_us.load(Ordering::Relaxed))
    }

    /// The duration that `per_mille` of a thousand do not exceed, rounded up to its bucket.
    pub(crate) fn quantile(&self, per_mille: u64) -> Duration {
        let rank = (self.count() * per_mille).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count.load(Ordering::Relaxed);
            if seen >= rank {
                return Duration::from_micros(upper(index)).min(self.max());
            }
        }
        self.max()
    }

    pub(crate) fn p50(&self) -> Duration {
        self.quantile(500)
    }

    pub(crate) fn p99(&self) -> Duration {
        self.quantile(990)
    }
}

impl fmt::Display for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        write!(
            f,
            "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms of {}",
            ms(self.p50()),
            ms(self.p99()),
            ms(self.max()),
            self.count()
        )
    }
}

fn bucket(us: u64) -> usize {
    let index = if us < STEPS {
        us
    } else {
        let power = u64::from(us.ilog2());
        let shift = power - u64::from(STEPS.ilog2());
        (shift + 1) * STEPS + ((us >> shift) - STEPS)
    };
    usize::try_from(index).map_or(BUCKETS - 1, |i| i.min(BUCKETS - 1))
}

/// The largest value of a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < STEPS {
        return bucket;
    }
    let shift = bucket / STEPS - 1;
    ((bucket % STEPS + STEPS + 1) << shift) - 1
}

#[test]
fn a_quantile_is_never_below_and_at_most_a_bucket_above() {
    for us in (0..5_000_000).step_by(997) {
        let top = upper(bucket(us));
        assert!(top >= us && top <= us + us / 16, "{us} in a bucket up to {top}");
    }
}
