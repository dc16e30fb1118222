//! Roll-ups: what was counted, by windows of four lengths and along dimensions.

use std::ops::Range;

use super::Label;
use crate::model::money::Money;
use crate::model::time::Millis;
use crate::model::time::zone::Zone;

/// The most labels of one dimension that a day tells apart; the rest is [`Label::OTHER`].
pub const LABELS_MOST: usize = 256;
/// So many of them are kept for labels that come often, so that a flood of others cannot shut them out.
pub const LABELS_RESERVED: usize = 64;
/// What comes often enough for those: so many visits within one window.
pub const RESERVED_VISITS_LEAST: u64 = 3;

/// How long a window of 5 s, of a minute and of an hour is, in milliseconds.
const FIVE_SECONDS_MS: i64 = 5_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// How long windows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Five seconds: as visits are gathered.
    FiveSeconds,
    /// A minute.
    Minute,
    /// An hour, counted from the beginning of its day, so that no hour lies in two days, whatever the zone.
    Hour,
    /// A day of the launch's zone.
    Day,
}

impl Level {
    /// Every level, the shortest first.
    pub const ALL: [Self; 4] = [Self::FiveSeconds, Self::Minute, Self::Hour, Self::Day];

    /// Its name in requests: `5s`, `1m`, `1h`, `1d`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FiveSeconds => "5s",
            Self::Minute => "1m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// The window in which `at` lies, where clocks are those of `zone`.
    #[must_use]
    pub fn span(self, at: Millis, zone: &Zone) -> Span {
        let even = |from: Millis, length: i64| {
            let starts = from.plus((at.0 - from.0).div_euclid(length) * length);
            Span {
                starts,
                ends: starts.plus(length),
            }
        };
        match self {
            Self::FiveSeconds => even(Millis(0), FIVE_SECONDS_MS),
            Self::Minute => even(Millis(0), MINUTE_MS),
            Self::Hour => {
                let day = Self::Day.span(at, zone);
                let hour = even(day.starts, HOUR_MS);
                Span {
                    ends: hour.ends.min(day.ends),
                    ..hour
                }
            }
            Self::Day => match zone.day(at) {
                Some((starts, ends)) => Span { starts, ends },
                None => even(Millis(0), DAY_MS),
            },
        }
    }
}

/// A window: from its start, up to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first instant.
    pub starts: Millis,
    /// The first after it.
    pub ends: Millis,
}

/// What visits and conversions are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Nothing: one label, [`Dimension::WHOLE`], for all of them.
    All,
    /// Who sent the visitor. Conversions count where the visitor's last touch came from.
    Source,
    /// The campaign; conversions by the last touch.
    Campaign,
    /// The domain of the page before; conversions by the last touch.
    Referrer,
    /// The path; conversions by the path of the last touch.
    Path,
    /// Which page of several was shown; conversions by the last touch.
    Variant,
    /// The goal: conversions alone.
    Goal,
    /// Why requests for pages are no visits: how many, under the names of [`super::Apart`].
    Apart,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 8] = [
        Self::All,
        Self::Source,
        Self::Campaign,
        Self::Referrer,
        Self::Path,
        Self::Variant,
        Self::Goal,
        Self::Apart,
    ];
    /// Those by which each visit has a label, [`Dimension::All`] left out.
    pub const OF_VISITS: [Self; 5] = [
        Self::Source,
        Self::Campaign,
        Self::Referrer,
        Self::Path,
        Self::Variant,
    ];
    /// The one label of [`Dimension::All`].
    pub const WHOLE: &'static str = "all";

    /// Its name in requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Source => "source",
            Self::Campaign => "campaign",
            Self::Referrer => "referrer",
            Self::Path => "path",
            Self::Variant => "variant",
            Self::Goal => "goal",
            Self::Apart => "apart",
        }
    }
}

/// What was counted under a label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many visits.
    pub visits: u64,
    /// How many conversions.
    pub conversions: u64,
    /// What they were worth together, as far as that was said. Held at the ends of its range.
    pub value: Money,
}

impl Totals {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            visits: self.visits.saturating_add(other.visits),
            conversions: self.conversions.saturating_add(other.conversions),
            value: Money(self.value.0.saturating_add(other.value.0)),
        }
    }
}

/// What is asked of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelQuery {
    /// Windows that begin within this.
    pub range: Range<Millis>,
    /// How long they are.
    pub every: Level,
    /// What is told apart in them.
    pub by: Dimension,
}

/// What was counted under one label in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelRow {
    /// When the window begins.
    pub start: Millis,
    /// The label.
    pub key: Label,
    /// What was counted.
    pub totals: Totals,
}

/// Whether a label that comes with so many visits becomes one that the day tells apart, of which there are `known`.
#[must_use]
pub const fn admitted(known: usize, visits: u64) -> bool {
    let free = if visits >= RESERVED_VISITS_LEAST {
        LABELS_MOST
    } else {
        LABELS_MOST - LABELS_RESERVED
    };
    known < free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(level: Level, at: &str, zone: &str) -> (String, i64) {
        let zone = Zone::parse(zone).unwrap();
        let span = level.span(Millis::parse_rfc3339(at).unwrap(), &zone);
        (span.starts.to_string(), (span.ends.0 - span.starts.0) / 60_000)
    }

    #[test]
    fn a_day_is_one_of_the_launchs_zone_and_as_long_as_it_is_there() {
        let angeles = "America/Los_Angeles";
        let cases = [
            ("2026-12-01T07:59:59.999Z", "2026-11-30T08:00:00.000Z", 1_440),
            ("2026-12-01T08:00:00.000Z", "2026-12-01T08:00:00.000Z", 1_440),
            ("2026-03-08T12:00:00.000Z", "2026-03-08T08:00:00.000Z", 1_380),
            ("2026-11-01T12:00:00.000Z", "2026-11-01T07:00:00.000Z", 1_500),
        ];
        for (at, starts, minutes) in cases {
            assert_eq!(
                span(Level::Day, at, angeles),
                (starts.to_owned(), minutes),
                "{at}"
            );
        }
    }

    #[test]
    fn hours_are_counted_from_their_days_beginning_and_end_with_it() {
        let hour = |at, zone| span(Level::Hour, at, zone);
        let kathmandu = hour("2026-12-01T12:00:00Z", "Asia/Kathmandu");
        assert_eq!(kathmandu, ("2026-12-01T11:15:00.000Z".to_owned(), 60));
        // Clocks are set forward by half an hour there: that day's last hour is half of one.
        let howe = hour("2026-10-04T12:59:00Z", "Australia/Lord_Howe");
        assert_eq!(howe, ("2026-10-04T12:30:00.000Z".to_owned(), 30));
    }

    #[test]
    fn every_level_lies_within_the_next() {
        for zone in [
            "UTC",
            "America/Los_Angeles",
            "Asia/Kathmandu",
            "Australia/Lord_Howe",
        ] {
            let zone = Zone::parse(zone).unwrap();
            for step in 0..40_000_i64 {
                let at = Millis(1_790_000_000_000 + step * 777_777);
                let spans = Level::ALL.map(|level| level.span(at, &zone));
                for pair in spans.windows(2) {
                    assert!(
                        pair[1].starts <= pair[0].starts && pair[0].ends <= pair[1].ends,
                        "{pair:?}"
                    );
                }
                assert!(spans[0].starts <= at && at < spans[0].ends);
            }
        }
    }

    #[test]
    fn the_last_places_of_a_day_are_for_labels_that_come_often() {
        assert!(admitted(LABELS_MOST - LABELS_RESERVED - 1, 1));
        assert!(!admitted(LABELS_MOST - LABELS_RESERVED, 1));
        assert!(admitted(LABELS_MOST - 1, RESERVED_VISITS_LEAST));
        assert!(!admitted(LABELS_MOST, u64::MAX));
    }
}
