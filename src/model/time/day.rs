//! Days of the calendar, wherever they are spent.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;

use super::Millis;
use super::zone::{LocalTime, Zone};

/// A day of the calendar, from year 0 to 9999; in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

const FIRST: Date = jiff::civil::date(1970, 1, 1);

impl Day {
    /// Reads `2026-12-01`; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |(at, byte): (usize, u8)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        let is_plain = text.len() == 10 && text.bytes().enumerate().all(is_plain);
        is_plain.then(|| text.parse().ok().and_then(Self::of_date))?
    }

    /// The day so many days after 1970-01-01; `None` beyond the years that are written with four digits.
    #[must_use]
    pub fn from_number(days: i32) -> Option<Self> {
        let date = FIRST.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        (date.year() >= 0).then_some(Self(days))
    }

    /// How many days after 1970-01-01 it is.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day by clocks of `zone` at `at`.
    #[must_use]
    pub fn at(at: Millis, zone: &Zone) -> Option<Self> {
        Self::of_date(zone.local(at)?.date())
    }

    /// When it begins by clocks of `zone`.
    #[must_use]
    pub fn starts(self, zone: &Zone) -> Option<Millis> {
        zone.instant(LocalTime(self.date()?.at(0, 0, 0, 0)))
    }

    /// The day after it.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Self::from_number(self.0.checked_add(1)?)
    }

    /// It for people, without its year: `1 Dec`.
    #[must_use]
    pub fn short(self) -> String {
        let written = |date: Date| date.strftime("%-d %b").to_string();
        self.date().map_or_else(|| self.0.to_string(), written)
    }

    /// It for people: `1 December 2026`.
    #[must_use]
    pub fn long(self) -> String {
        let written = |date: Date| date.strftime("%-d %B %Y").to_string();
        self.date().map_or_else(|| self.0.to_string(), written)
    }

    fn of_date(date: Date) -> Option<Self> {
        let days = FIRST.until(date).ok()?.get_days();
        Self::from_number(days)
    }

    fn date(self) -> Option<Date> {
        FIRST.checked_add(jiff::Span::new().try_days(self.0).ok()?).ok()
    }
}

/// Which end of a range a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it begins: a day with its beginning.
    First,
    /// Where it ends: a day is within it to its last instant.
    Last,
}

impl End {
    /// Reads an instant (RFC 3339), or a day by clocks of `zone`.
    #[must_use]
    pub fn parse(self, text: &str, zone: &Zone) -> Option<Millis> {
        let Some(day) = Day::parse(text) else {
            return Millis::parse_rfc3339(text);
        };
        match self {
            Self::First => day.starts(zone),
            Self::Last => day.next()?.starts(zone),
        }
    }
}

/// The days that begin within a range, by clocks of `zone`.
#[must_use]
pub fn beginning_within(range: &Range<Millis>, zone: &Zone) -> Option<Range<Day>> {
    let first_from = |at: Millis| {
        let day = Day::at(at, zone)?;
        match day.starts(zone)? < at {
            true => day.next(),
            false => Some(day),
        }
    };
    Some(first_from(range.start)?..first_from(range.end)?)
}

/// ISO 8601: `2026-12-01`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => f.pad(&date.to_string()),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_and_written_as_iso_8601_has_it() {
        for (text, number) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2026-12-01", 20_788),
            ("0000-01-01", -719_528),
            ("9999-12-31", 2_932_896),
        ] {
            let day = Day::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((day.number(), day.to_string().as_str()), (number, text));
            assert_eq!(Day::from_number(number), Some(day));
        }
        for bad in [
            "",
            "2026-12-1",
            "2026-13-01",
            "2026-02-29",
            "2026-12-01T00:00",
            "20261201",
            "-2026-12-0",
        ] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day::from_number(i32::MAX), None);
        let day = Day::parse("2026-12-01").unwrap();
        assert_eq!(
            (day.short().as_str(), day.long().as_str()),
            ("1 Dec", "1 December 2026")
        );
    }

    #[test]
    fn a_day_begins_by_the_clocks_of_its_zone() {
        let zone = Zone::parse("America/Los_Angeles").unwrap();
        let day = Day::parse("2026-12-01").unwrap();
        let starts = day.starts(&zone).unwrap();
        assert_eq!(starts.to_string(), "2026-12-01T08:00:00.000Z");
        assert_eq!(Day::at(starts, &zone), Some(day));
        assert_eq!(Day::at(starts.plus(-1), &zone).and_then(Day::next), Some(day));
    }

    #[test]
    fn a_range_is_named_by_instants_or_by_whole_days() {
        let zone = Zone::parse("America/Los_Angeles").unwrap();
        let read = |end: End, text: &str| end.parse(text, &zone).map(|at| at.to_string());
        let begins = Some("2026-12-01T08:00:00.000Z".to_owned());
        assert_eq!(read(End::First, "2026-12-01"), begins);
        assert_eq!(read(End::Last, "2026-11-30"), begins, "to its last instant");
        assert_eq!(read(End::Last, "2026-12-01T08:00:00Z"), begins);
        assert_eq!(read(End::First, "yesterday"), None);
        let days = |from: &str, to: &str| {
            let at = |text: &str| Millis::parse_rfc3339(text).unwrap();
            let days = beginning_within(&(at(from)..at(to)), &zone).unwrap();
            format!("{} {}", days.start, days.end)
        };
        assert_eq!(
            days("2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"),
            "2026-12-01 2026-12-02"
        );
        assert_eq!(
            days("2026-12-01T08:00:01Z", "2026-12-02T08:00:01Z"),
            "2026-12-02 2026-12-03"
        );
    }
}
