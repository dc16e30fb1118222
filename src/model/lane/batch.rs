//! Batches: several deliveries in one call.
//!
//! A batch leaves when it is full, or when the oldest of what is due has waited long enough for others. Nothing is leased
//! meanwhile: what waits for company may still be moved, discarded, or expire.

use crate::model::time::Millis;

/// The fewest deliveries a batch can be told to hold: one would be no batch.
pub const BATCH_LEAST: usize = 2;
/// The most: what one transaction settles stays bounded.
pub const BATCH_MOST: usize = 1_000;
/// The most that the events of a batch hold together, in bytes, and the longest body made of them, unless a single one
/// is longer: with 256 calls at once, all of it fits into a small machine's memory.
pub const BATCH_BYTES_MAX: usize = 512 * 1024;

/// How deliveries are gathered for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batching {
    /// At most so many, [`BATCH_LEAST`] to [`BATCH_MOST`]; fewer, down to one, while the receiver takes fewer.
    pub most: usize,
    /// How long the first that is due waits for others at most, in milliseconds.
    pub wait_ms: i64,
}

impl Batching {
    /// When `due` deliveries, of which the oldest has been due since `oldest`, stop waiting for others; `None`: they have
    /// already at `now`.
    #[must_use]
    pub fn gathers_until(&self, (due, oldest): (usize, Millis), now: Millis) -> Option<Millis> {
        let until = oldest.plus(self.wait_ms);
        (due < self.most && until > now).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_waits_until_it_is_full_and_never_longer_than_it_may() {
        let batching = Batching {
            most: 3,
            wait_ms: 1_000,
        };
        let until = |due, now| batching.gathers_until((due, Millis(5_000)), Millis(now));
        assert_eq!(until(1, 5_000), Some(Millis(6_000)));
        assert_eq!(until(2, 5_999), Some(Millis(6_000)));
        assert_eq!(until(3, 5_000), None);
        assert_eq!(until(1, 6_000), None);
        let hasty = Batching {
            wait_ms: 0,
            ..batching
        };
        assert_eq!(hasty.gathers_until((1, Millis(5_000)), Millis(5_000)), None);
    }
}
