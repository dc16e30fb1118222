//! A rate, as limits are written: `10/s burst 20`.

use std::num::NonZeroU32;
use std::time::Duration;

/// So many per time, with a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many are let through in each `per`.
    pub count: NonZeroU32,
    /// The time `count` belongs to; more than zero.
    pub per: Duration,
    /// How many may come at once after a silence.
    pub burst: NonZeroU32,
}
