//! `[launch]`: when it is, and by whose clocks.

use std::time::Duration;

use super::duration::Bounds;
use super::fault::{Invalid, shown};
use crate::model::time::Millis;
use crate::model::time::zone::{LocalTime, Zone};

/// When the launch is, and by whose clocks its days are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// When it begins; `None`: that is not known.
    pub at: Option<Millis>,
    /// The zone whose days are the days of everything that is counted.
    pub timezone: Zone,
    /// How long before it pages are made ready.
    pub warm_before: Duration,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            at: None,
            timezone: Zone::default(),
            warm_before: Duration::from_secs(2 * 3_600),
        }
    }
}

/// Longer than a week would keep pages warm that are still being written.
pub(super) const WARM_BEFORE: Bounds = Bounds {
    least: Duration::ZERO,
    most: Duration::from_secs(7 * 86_400),
    words: "from 0s to 7d",
};

/// When the launch is, as it is written: the zone may be written after it.
#[derive(Clone, Debug)]
pub(super) enum Time {
    /// An instant, whatever the zone.
    Instant(Millis),
    /// What clocks of the launch's zone show.
    Local(LocalTime),
}

impl Time {
    /// RFC 3339 with an offset, or a local time.
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let instant = Millis::parse_rfc3339(text).map(Self::Instant);
        let time = instant.or_else(|| LocalTime::parse(text).map(Self::Local));
        time.ok_or_else(|| {
            Invalid(format!(
                r#"{} is no time; write for example "2026-12-01T00:01:00", or with an offset "2026-12-01T00:01:00-08:00""#,
                shown(text)
            ))
        })
    }

    /// The instant that it means by the clocks of `zone`; `None` beyond the years that can be written.
    pub(super) fn instant(&self, zone: &Zone) -> Option<Millis> {
        match self {
            Self::Instant(at) => Some(*at),
            Self::Local(time) => zone.instant(*time),
        }
    }
}

/// The zone of an IANA name.
pub(super) fn zone(text: &str) -> Result<Zone, Invalid> {
    Zone::parse(text).map_err(|_| {
        let example = r#"write for example "America/Los_Angeles" or "UTC""#;
        Invalid(format!(
            "{} is not the IANA name of a zone; {example}",
            shown(text)
        ))
    })
}
