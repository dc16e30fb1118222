//! The pace of a destination, or of several that share it: a token bucket, kept as the instant at which it will be full again (GCRA).

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::config::{PACE_JITTER_MOST, Rate};
use crate::model::event::DeliveryId;

/// A period is taken to be this much longer than it is written: a send that leaves late by a timer's or a connection's
/// few milliseconds, followed by one that does not, still keeps to the rate where it arrives.
const SLACK: Duration = Duration::from_millis(5);

/// When to send, so that in no period more leave than the rate allows, and by no rhythm.
///
/// Sends are spaced evenly between `1 − jitter` and `1 + jitter` of their mean, the least of which is the rate's interval. So
/// at a jitter of 0.2 and 10/s they are 100 to 150 ms apart. A burst of `b` lets `b` go at once after a rest.
#[derive(Clone, Debug)]
pub struct Pacer {
    rate: Rate,
    jitter: f64,
    /// When the bucket is full, if nothing is sent until then.
    full_at: Instant,
}

impl Pacer {
    /// An empty bucket: the first send is one interval after `now`. `jitter` is a share of the mean spacing, from 0 to
    /// [`PACE_JITTER_MOST`]; more counts as that.
    #[must_use]
    pub fn new(rate: Rate, jitter: f64, now: Instant) -> Self {
        let full_at = now + interval(&rate) * rate.burst.get();
        Self {
            rate,
            jitter,
            full_at,
        }
    }

    /// Goes on at another rate with as many tokens as there are, or as the new bucket holds; the same rate changes
    /// nothing.
    pub fn replace(&mut self, rate: Rate, jitter: f64, now: Instant) {
        self.jitter = jitter;
        if rate == self.rate {
            return;
        }
        let missing = self.full_at.saturating_duration_since(now).as_secs_f64();
        let tokens = f64::from(self.rate.burst.get()) - missing / interval(&self.rate).as_secs_f64();
        let missing = (f64::from(rate.burst.get()) - tokens).max(0.0);
        self.full_at = now + interval(&rate).mul_f64(missing);
        self.rate = rate;
    }

    /// When the next send may leave; at once, where that has passed.
    #[must_use]
    pub fn ready_at(&self) -> Instant {
        let but_one = interval(&self.rate) * (self.rate.burst.get() - 1);
        self.full_at.checked_sub(but_one).unwrap_or(self.full_at)
    }

    /// How many sends may leave until `until`, without their jitter.
    #[must_use]
    pub fn allows(&self, now: Instant, until: Instant) -> usize {
        let ready = self.ready_at().max(now);
        if ready > until {
            return 0;
        }
        let full_at = self.full_at.max(now);
        let capacity = interval(&self.rate) * self.rate.burst.get();
        let room = (until + capacity).saturating_duration_since(full_at);
        let sends = room.as_nanos() / interval(&self.rate).as_nanos().max(1);
        usize::try_from(sends).unwrap_or(usize::MAX).max(1)
    }

    /// Takes a token, and says when its send may leave: `now` or later. `chance`, in [0, 1), says how much of the
    /// jitter the send after it waits.
    pub fn take(&mut self, now: Instant, chance: f64) -> Instant {
        let (at, interval) = (self.ready_at().max(now), interval(&self.rate));
        self.full_at = self.full_at.max(at) + interval;
        // What goes at once has no rhythm to hide.
        if self.ready_at() > at {
            let jitter = self.jitter.clamp(0.0, PACE_JITTER_MOST);
            self.full_at += interval.mul_f64(2.0 * jitter / (1.0 - jitter) * chance);
        }
        at
    }
}

/// The least time between two sends of a long row.
fn interval(rate: &Rate) -> Duration {
    // A nanosecond more, as division rounds down.
    (rate.per + SLACK) / rate.count.get() + Duration::from_nanos(1)
}

/// A number in [0, 1) that shows no rhythm, the same each time for one attempt of one delivery.
#[must_use]
pub fn chance(delivery: DeliveryId, attempt: u32) -> f64 {
    let mut hasher = Sha256::new();
    hasher.update(b"pace");
    hasher.update(delivery.0.to_be_bytes());
    hasher.update(attempt.to_be_bytes());
    let hash = hasher.finalize();
    let head = hash
        .iter()
        .take(4)
        .fold(0_u32, |acc, byte| (acc << 8) | u32::from(*byte));
    f64::from(head) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests;
