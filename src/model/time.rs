//! Instants: milliseconds since the Unix epoch, and RFC 3339 in and out.

pub mod zone;

use std::fmt;

/// An instant in milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// Parses RFC 3339 with an offset (`2026-12-01T08:01:00Z`); `None` when it is anything else.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|t| Self(t.as_millisecond()))
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
    }
}
