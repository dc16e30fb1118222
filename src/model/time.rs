//! Instants: milliseconds since the Unix epoch, and RFC 3339 in and out.

pub mod cron;
pub mod day;
pub mod http_date;
pub mod zone;

use std::fmt;

/// An instant in milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

/// The first and the last instant that RFC 3339, whose years have four digits, can write.
const YEAR_0000: i64 = -62_167_219_200_000;
const YEAR_9999_ENDS: i64 = 253_402_300_799_999;

impl Millis {
    /// Parses RFC 3339 with an offset (`2026-12-01T08:01:00Z`); `None` when it is anything else.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        // jiff would pass over a zone in brackets (RFC 9557), even one that contradicts the offset.
        if text.contains('[') {
            return None;
        }
        let instant = text.parse::<jiff::Timestamp>().ok()?;
        Self::from_number(instant.as_millisecond())
    }

    /// The instant so many milliseconds after the epoch; `None` where RFC 3339 could not write it.
    #[must_use]
    pub fn from_number(ms: i64) -> Option<Self> {
        (YEAR_0000..=YEAR_9999_ENDS).contains(&ms).then_some(Self(ms))
    }

    /// ISO 8601 without its marks, to the second: `20261201T080100Z`.
    #[must_use]
    pub fn compact(self) -> String {
        let written = jiff::Timestamp::from_millisecond(self.0).map(|at| at.strftime("%Y%m%dT%H%M%SZ"));
        written.map_or_else(|_| self.0.to_string(), |text| text.to_string())
    }

    /// This instant `ms` milliseconds later, held at the ends of the range.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-12-01T08:01:00.000Z`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_as_rfc3339_with_milliseconds_and_read_back() {
        let at = Millis(1_796_112_060_000);
        assert_eq!(at.to_string(), "2026-12-01T08:01:00.000Z");
        assert_eq!(Millis::parse_rfc3339("2026-12-01T00:01:00-08:00"), Some(at));
        assert_eq!(Millis::parse_rfc3339("tomorrow"), None);
        for ends in ["0000-01-01T00:00:00.000Z", "9999-12-30T22:00:00.000Z"] {
            let at = Millis::parse_rfc3339(ends).unwrap();
            assert_eq!(at.to_string(), ends);
            assert_eq!(Millis::from_number(at.0), Some(at));
        }
        for beyond in [YEAR_0000 - 1, YEAR_9999_ENDS + 1, i64::MIN, i64::MAX] {
            assert_eq!(Millis::from_number(beyond), None);
        }
    }
}
