//! Cron: the instants of a schedule, from an expression on local time and the rules of a zone.
//!
//! The expression is computed on local dates and times, which know no zone; what instant one of them is, the zone says.
//! The two ways of reading a clock that is moved:
//!
//! * A schedule that names hours of the day means what a clock on the wall shows. A time that does not exist moves to the
//!   first instant that does, one that exists twice means the first, and two that come to one instant are one occurrence.
//! * A schedule of every hour of the day (`*` as hours) means time as it passes. It fires at every minute that matches,
//!   also in an hour that comes twice, and there is nothing to make up for where the clock leaps: no time was passed over.
//!
//! The second is how cron has always treated such jobs (cron(8) of cronie), and croner too: "every 15 minutes" that paused
//! for an hour each autumn would be a surprise.

use std::fmt;
use std::str::FromStr;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use sha2::{Digest, Sha256};

use super::Millis;
use super::zone::{LocalTime, Zone};

/// The longest expression, in bytes. Every minute of the hour written out takes 169.
pub const MAX_EXPRESSION: usize = 256;
/// The most occurrences that are counted as passed over; of more, nobody asks how many.
pub const COUNTED_MOST: u32 = 1_000;

const FIELDS: usize = 5;
const DAY_MS: i64 = 86_400_000;
/// From here on it is tried whether an expression has any occurrence at all. The calendar repeats itself, so that what
/// has none from here on has none from anywhere.
const PROBED_FROM: DateTime = jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0);

/// Why an expression was refused; `Display` finishes the sentence "`0 9 * *` …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCron {
    /// Not five fields, and none of the nicknames.
    #[error("has {0} fields instead of five: minute, hour, day of the month, month, day of the week")]
    Fields(usize),
    /// More than [`MAX_EXPRESSION`] bytes.
    #[error("is longer than {MAX_EXPRESSION} characters")]
    TooLong,
    /// A field is wrong.
    #[error("is no cron expression: {0}")]
    Field(String),
    /// It is well formed, and no date fits it.
    #[error("never comes: no date fits it")]
    Never,
}

/// A cron expression: minute, hour, day of the month, month, day of the week, or `@yearly`, `@annually`, `@monthly`,
/// `@weekly`, `@daily`, `@hourly`.
///
/// Lists, ranges, steps and names are as in Vixie cron, and where both kinds of day are restricted, either counts; `+` before
/// the weekday asks for both. `L` is the last day, `15W` the working day next to the 15th, `5#2` the second Friday, `5L` the
/// last.
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    /// As written, with single spaces.
    text: String,
    parsed: croner::Cron,
}

impl FromStr for Cron {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Self, BadCron> {
        if text.len() > MAX_EXPRESSION {
            return Err(BadCron::TooLong);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let nickname = matches!(fields.as_slice(), [one] if one.starts_with('@'));
        if !nickname && fields.len() != FIELDS {
            return Err(BadCron::Fields(fields.len()));
        }
        if fields.iter().any(|field| field.split(',').any(str::is_empty)) {
            return Err(BadCron::Field("something is missing beside a comma".to_owned()));
        }
        let text = fields.join(" ");
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed);
        let parsed = parser.build().parse(&text).map_err(|error| match nickname {
            true => BadCron::Field("there is no such nickname".to_owned()),
            false => BadCron::Field(said(&error)),
        })?;
        let cron = Self { text, parsed };
        match cron.after(PROBED_FROM) {
            Some(_) => Ok(cron),
            None => Err(BadCron::Never),
        }
    }
}

/// The expression alone: what it was parsed to is thousands of flags.
impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cron").field(&self.text).finish()
    }
}

/// What croner says of a field, without the words that introduce it.
fn said(error: &croner::errors::CronError) -> String {
    let text = error.to_string();
    let text = text.split_once(": ").map_or(text.as_str(), |(_, said)| said);
    text.trim_end_matches('.').to_owned()
}

impl Cron {
    /// The expression as written, with single spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn is_of_every_hour(&self) -> bool {
        self.parsed.pattern.hours.values().len() == 24
    }

    /// The first local time after `local` that fits.
    fn after(&self, local: DateTime) -> Option<DateTime> {
        self.parsed.find_next_occurrence(&local, false).ok()
    }

    /// The first local time from `local` on that fits.
    fn from(&self, local: DateTime) -> Option<DateTime> {
        self.parsed.find_next_occurrence(&local, true).ok()
    }
}

/// A cron expression in a zone: the instants at which a schedule is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    cron: Cron,
    zone: Zone,
}

/// The occurrences of a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The last of them.
    pub latest: Millis,
    /// How many there are before it; [`COUNTED_MOST`] stands for as many or more.
    pub others: u32,
}

impl Timetable {
    /// The occurrences of `cron` by the clocks of `zone`.
    #[must_use]
    pub const fn new(cron: Cron, zone: Zone) -> Self {
        Self { cron, zone }
    }

    /// The expression.
    #[must_use]
    pub const fn cron(&self) -> &Cron {
        &self.cron
    }

    /// The zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// What tells this timetable from another: the first 128 bits of SHA-256 over expression and zone.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let hash = Sha256::digest(format!("{}\n{}", self.cron.text, self.zone.name()));
        let head = hash.iter().take(16);
        head.fold(0, |acc, byte| (acc << 8) | u128::from(*byte))
    }

    /// The first occurrence after `after`; `None` where there is none before the years end.
    #[must_use]
    pub fn next(&self, after: Millis) -> Option<Millis> {
        match self.cron.is_of_every_hour() {
            true => self.as_time_passes(after),
            false => self.by_the_wall(after),
        }
    }

    /// The occurrences after `after`, up to and with `upto`; `None` where there is none.
    #[must_use]
    pub fn passed(&self, after: Millis, upto: Millis) -> Option<Passed> {
        let next = |after| self.next(after).filter(|at| *at <= upto);
        let mut latest = next(after)?;
        let mut others = 0;
        while others < COUNTED_MOST {
            let Some(at) = next(latest) else {
                return Some(Passed { latest, others });
            };
            latest = at;
            others += 1;
        }
        // The last of very many is looked for from the end.
        let spans = (0..20).map(|doublings| DAY_MS << doublings);
        let mut near_the_end = spans
            .map(|span| upto.plus(-span))
            .take_while(|from| *from > latest);
        latest = near_the_end.find_map(next).unwrap_or(latest);
        while let Some(at) = next(latest) {
            latest = at;
        }
        Some(Passed { latest, others })
    }

    /// The first instant after `after` that some local time means.
    ///
    /// Later local times never mean earlier instants, and none up to what is shown at `after` means one after it. So the
    /// search begins there; only in an hour that comes again are there some to pass over, which meant the first time.
    fn by_the_wall(&self, after: Millis) -> Option<Millis> {
        let mut local = self.zone.local(after)?;
        loop {
            local = self.cron.after(local)?;
            let at = self.zone.instant(LocalTime(local))?;
            if at > after {
                return Some(at);
            }
        }
    }

    /// The first instant after `after` at which clocks show a local time that fits: looked for from one change of the clock
    /// to the next, between which local time passes evenly.
    fn as_time_passes(&self, after: Millis) -> Option<Millis> {
        let mut fits = self.cron.after(self.zone.local(after)?);
        let mut from = after;
        loop {
            let (ahead_ms, changes) = self.zone.offset(from)?;
            let at = Millis(utc_ms(fits?)?.checked_sub(ahead_ms)?);
            match changes {
                Some(change) if at >= change => {
                    from = change;
                    fits = self.cron.from(self.zone.local(change)?);
                }
                _ => return Some(at),
            }
        }
    }
}

/// The instant at which clocks of UTC show `local`, in milliseconds since the epoch.
fn utc_ms(local: DateTime) -> Option<i64> {
    let utc = jiff::tz::TimeZone::UTC.to_timestamp(local).ok()?;
    Some(utc.as_millisecond())
}

#[cfg(test)]
mod tests;
