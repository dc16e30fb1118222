//! Rates as people write them: `10/s burst 20`, `500/min burst 200`, `1/5min burst 3`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::fault::{Invalid, shown};

/// The most a rate may allow in one period, and the largest burst: more than this limits nothing.
const MOST: u32 = 1_000_000;
/// The longest period of a rate: one week.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// Units of a period: as written, and in seconds. The first of each length is the one that is printed.
const UNITS: [(&str, u64); 5] = [("d", 86_400), ("h", 3_600), ("min", 60), ("m", 60), ("s", 1)];

/// A token bucket: `count` tokens come in every `per`, and at most `burst` of them wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Tokens per period, at most 1,000,000.
    pub count: NonZeroU32,
    /// The period, from one second to seven days.
    pub per: Duration,
    /// Size of the bucket, at most 1,000,000; 1 when it is not written.
    pub burst: NonZeroU32,
}

impl Rate {
    /// The time in which one token comes in; at least a microsecond.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.per / self.count.get()
    }

    /// Reads a rate that may be turned off: `None` for `off`.
    ///
    /// # Errors
    /// When the text is neither `off` nor a rate.
    pub fn parse_or_off(text: &str) -> Result<Option<Self>, Invalid> {
        if text.trim() == "off" {
            return Ok(None);
        }
        text.parse().map(Some)
    }
}

impl Rate {
    /// How a number in a span is written: `300/15min`. A span is given in milliseconds.
    #[must_use]
    pub fn span(count: NonZeroU32, per_ms: i64) -> String {
        let seconds = per_ms.unsigned_abs() / 1_000;
        let unit = UNITS.iter().find(|(_, length)| seconds.is_multiple_of(*length));
        match unit {
            Some((name, length)) if seconds == *length => format!("{count}/{name}"),
            Some((name, length)) => format!("{count}/{}{name}", seconds / length),
            None => format!("{count}/{seconds}s"),
        }
    }
}

impl FromStr for Rate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse(text).ok_or_else(|| {
            Invalid(format!(
                r#"{} is not a rate; write for example "10/s burst 20""#,
                shown(text)
            ))
        })
    }
}

/// As it is written in the configuration; reads back as the same rate.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_ms = i64::try_from(self.per.as_millis()).unwrap_or(i64::MAX);
        write!(f, "{} burst {}", Self::span(self.count, per_ms), self.burst)
    }
}

fn parse(text: &str) -> Option<Rate> {
    let mut words = text.split_whitespace();
    let (count, period) = words.next()?.split_once('/')?;
    let burst = match words.next() {
        None => NonZeroU32::MIN,
        Some("burst") => amount(words.next()?)?,
        Some(_) => return None,
    };
    let end_of_text = words.next().is_none();
    end_of_text.then_some(Rate {
        count: amount(count)?,
        per: parse_period(period)?,
        burst,
    })
}

/// `s`, `5min`: a number, 1 when left out, and a unit.
pub(super) fn parse_period(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(unit_at)?;
    let number = if number.is_empty() {
        1
    } else {
        amount(number)?.get()
    };
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let period = Duration::from_secs(u64::from(number) * seconds);
    (period <= LONGEST).then_some(period)
}

/// A whole number from 1 to [`MOST`], digits only.
pub(super) fn amount(text: &str) -> Option<NonZeroU32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse::<u32>().ok())??;
    NonZeroU32::new(number).filter(|n| n.get() <= MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Option<(u32, u64, u32)> {
        let rate: Rate = text.parse().ok()?;
        Some((rate.count.get(), rate.per.as_secs(), rate.burst.get()))
    }

    #[test]
    fn rates_are_read_as_people_write_them() {
        assert_eq!(rate("10/s burst 20"), Some((10, 1, 20)));
        assert_eq!(rate("500/min burst 200"), Some((500, 60, 200)));
        assert_eq!(rate("1/5min burst 3"), Some((1, 300, 3)));
        assert_eq!(rate(" 300/15m "), Some((300, 900, 1)));
        assert_eq!(rate("2/h"), Some((2, 3_600, 1)));
    }

    #[test]
    fn what_is_not_a_rate_is_refused() {
        let wrong = [
            "",
            "10",
            "10/",
            "/s",
            "10 per second",
            "10/s burst",
            "10/s burst 0",
            "0/s",
            "10/0s",
            "-1/s",
            "+1/s",
            "10/s burst 20 30",
            "10/s 20",
            "10/week",
            "1.5/s",
            "10/8d",
            "1000001/s",
            "99999999999/s",
            "1/99999999999s",
        ];
        for text in wrong {
            assert_eq!(rate(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_printed_rate_reads_back_as_itself() {
        for text in [
            "10/s burst 20",
            "500/min burst 200",
            "1/5min burst 3",
            "7/90s burst 1",
            "1/7d burst 2",
        ] {
            let rate: Rate = text.parse().expect("a rate");
            assert_eq!(rate.to_string(), text);
        }
    }

    #[test]
    fn off_turns_a_limit_off() {
        assert_eq!(Rate::parse_or_off("off"), Ok(None));
        assert!(Rate::parse_or_off("Off").is_err());
    }
}
