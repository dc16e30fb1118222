//! `[retention]`: how long what has ended is kept.

use std::time::Duration;

use super::duration::{self, Bounds};
use super::fault::Invalid;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// How long what has ended is kept; `None` keeps it for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events without dead letters, from their end. Their idempotency keys go with them.
    pub events: Option<Duration>,
    /// Polls, from their end.
    pub polls: Option<Duration>,
    /// Events with dead letters, from the last that happened to them.
    pub dead_letters: Option<Duration>,
    /// The key series by the minute.
    pub metrics_1m: Duration,
    /// What was counted of visits and conversions by windows of five seconds. Days are kept for good.
    pub rollups_5s: Duration,
    /// By the minute.
    pub rollups_1m: Duration,
    /// By the hour.
    pub rollups_1h: Duration,
    /// Facts of the journal, from when they were made.
    pub journal: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events: Some(90 * DAY),
            polls: Some(30 * DAY),
            dead_letters: Some(180 * DAY),
            metrics_1m: 7 * DAY,
            rollups_5s: 2 * DAY,
            rollups_1m: 7 * DAY,
            rollups_1h: 90 * DAY,
            journal: Some(2 * DAY),
        }
    }
}

/// Keys of events are promised for thirty days, and go with the events.
pub(super) const EVENTS: Bounds = Bounds {
    least: Duration::from_secs(30 * 86_400),
    most: Duration::from_secs(36_500 * 86_400),
    words: "at least 30d, for which idempotency keys are promised, and at most 36500d",
};
pub(super) const POLLS: Bounds = Bounds {
    least: HOUR,
    most: Duration::from_secs(36_500 * 86_400),
    words: "from 1h to 36500d",
};
pub(super) const METRICS: Bounds = Bounds {
    least: HOUR,
    most: Duration::from_secs(366 * 86_400),
    words: "from 1h to 366d",
};
pub(super) const ROLLUPS: Bounds = Bounds {
    least: HOUR,
    most: Duration::from_secs(3_660 * 86_400),
    words: "from 1h to 3660d",
};
pub(super) const JOURNAL: Bounds = Bounds {
    least: HOUR,
    most: Duration::from_secs(30 * 86_400),
    words: "from 1h to 30d",
};

/// Reads a duration, or "off", which keeps for good.
pub(super) fn or_off(text: &str, bounds: Bounds) -> Result<Option<Duration>, Invalid> {
    match text.trim() {
        "off" => Ok(None),
        text => duration::parse(text, bounds).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_good_is_off_and_keys_are_kept_for_thirty_days() {
        assert_eq!(or_off("off", EVENTS), Ok(None));
        assert_eq!(or_off(" 30d ", EVENTS), Ok(Some(30 * DAY)));
        let refused = or_off("29d", EVENTS).expect_err("refused").to_string();
        assert!(refused.contains("at least 30d"), "{refused}");
        assert!(or_off("59m", POLLS).is_err());
        assert!(or_off("31d", JOURNAL).is_err());
        assert!(or_off("never", POLLS).is_err());
    }
}
