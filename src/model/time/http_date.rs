//! Dates as HTTP writes them (RFC 9110 §5.6.7): one form in use, two that must still be understood.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Millis;

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A form a date may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one in use.
    Fixdate,
    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    Rfc850,
    /// `Sun Nov  6 08:49:37 1994`
    Asctime,
}

/// Writes the second in which an instant lies; [`parse`] reads it back.
#[must_use]
pub fn write(at: Millis, form: Form) -> String {
    let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::MAX);
    let form = match form {
        Form::Fixdate => "%a, %d %b %Y %H:%M:%S GMT",
        Form::Rfc850 => "%A, %d-%b-%y %H:%M:%S GMT",
        Form::Asctime => "%a %b %e %H:%M:%S %Y",
    };
    at.strftime(form).to_string()
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`; `None` for
/// anything else. A weekday must be one but need not be that day's. A year of two digits is the latest with these that
/// lies at most 50 years after `now`.
#[must_use]
pub fn parse(text: &str, now: Millis) -> Option<Millis> {
    let (weekday, rest) = text.split_once(' ')?;
    let words: Vec<&str> = rest.split(' ').collect();
    match (weekday.strip_suffix(','), words.as_slice()) {
        (Some(name), [day, month, year, time, "GMT"]) if short_weekday(name) => {
            let date = (digits(year, 4)?, month_of(month)?, digits(day, 2)?);
            instant(date, time)
        }
        (Some(name), [date, time, "GMT"]) if WEEKDAYS.contains(&name) => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            let within = (digits(year, 2)?, month_of(month)?, digits(day, 2)?);
            parts.next().is_none().then(|| of_century(within, time, now))?
        }
        (None, [month, "", day, time, year]) if short_weekday(weekday) => {
            let date = (digits(year, 4)?, month_of(month)?, digits(day, 1)?);
            instant(date, time)
        }
        (None, [month, day, time, year]) if short_weekday(weekday) => {
            let date = (digits(year, 4)?, month_of(month)?, digits(day, 2)?);
            instant(date, time)
        }
        _ => None,
    }
}

fn short_weekday(name: &str) -> bool {
    name.len() == 3 && WEEKDAYS.iter().any(|weekday| weekday.starts_with(name))
}

/// 1 for January.
fn month_of(name: &str) -> Option<i16> {
    (1..)
        .zip(MONTHS)
        .find_map(|(number, month)| (month == name).then_some(number))
}

/// Exactly so many digits, and no sign.
fn digits(text: &str, count: usize) -> Option<i16> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The latest date whose year ends in the two digits of `date` and that is at most 50 years after `now`.
fn of_century((digits, month, day): (i16, i16, i16), time: &str, now: Millis) -> Option<Millis> {
    let now = Timestamp::from_millisecond(now.0).ok()?.to_zoned(TimeZone::UTC);
    let latest = now.checked_add(50.years()).ok()?;
    let year = latest.year() - (latest.year() - digits).rem_euclid(100);
    let at = instant((year, month, day), time);
    match at {
        Some(at) if at.0 > latest.timestamp().as_millisecond() => instant((year - 100, month, day), time),
        _ => at,
    }
}

fn instant((year, month, day): (i16, i16, i16), time: &str) -> Option<Millis> {
    let mut parts = time.split(':');
    let mut part = || parts.next().and_then(|text| digits(text, 2));
    let (hour, minute, second) = (part()?, part()?, part()?);
    if part().is_some() || time.len() != 8 {
        return None;
    }
    // A leap second is the first of the next minute to clocks that count none.
    let (second, leap) = if second == 60 { (59, 1_000) } else { (second, 0) };
    let small = |number: i16| i8::try_from(number).ok();
    let civil = DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    // The last hours of the year 9999 lie beyond the last timestamp there is.
    let at = TimeZone::UTC.to_timestamp(civil.ok()?).unwrap_or(Timestamp::MAX);
    Millis::from_number(at.as_millisecond() + leap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, now: &str) -> Option<String> {
        parse(text, Millis::parse_rfc3339(now).unwrap()).map(|at| at.to_string())
    }

    #[test]
    fn all_three_forms_are_the_same_instant() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
        ] {
            let at = read(text, "2026-12-01T00:00:00Z");
            assert_eq!(at.as_deref(), Some("1994-11-06T08:49:37.000Z"), "{text}");
        }
        let leap = read("Sat, 31 Dec 2016 23:59:60 GMT", "2026-12-01T00:00:00Z");
        assert_eq!(leap.as_deref(), Some("2017-01-01T00:00:00.000Z"));
    }

    #[test]
    fn a_date_is_written_in_each_form_and_reads_back() {
        let at = Millis::parse_rfc3339("1994-11-06T08:49:37.999Z").unwrap();
        for (form, text) in [
            (Form::Fixdate, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (Form::Rfc850, "Sunday, 06-Nov-94 08:49:37 GMT"),
            (Form::Asctime, "Sun Nov  6 08:49:37 1994"),
        ] {
            assert_eq!(write(at, form), text);
            assert_eq!(parse(text, at), Some(Millis(at.0 - 999)), "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_at_most_50_years_ahead() {
        let year = |digits: &str, now: &str| {
            let text = format!("Tuesday, 01-Dec-{digits} 08:00:00 GMT");
            read(&text, now).unwrap()[..4].to_owned()
        };
        assert_eq!(year("26", "2026-12-01T00:00:00Z"), "2026");
        assert_eq!(year("27", "2026-12-01T00:00:00Z"), "2027");
        assert_eq!(year("25", "2026-12-01T00:00:00Z"), "2025");
        assert_eq!(
            year("76", "2026-12-01T08:00:00Z"),
            "2076",
            "50 years to the second"
        );
        assert_eq!(year("76", "2026-12-01T07:59:59Z"), "1976");
        assert_eq!(year("77", "2026-12-01T00:00:00Z"), "1977");
        assert_eq!(year("00", "2099-12-31T23:59:59Z"), "2100");
        assert_eq!(year("99", "2100-01-01T00:00:00Z"), "2099");
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in [
            "",
            "Sun",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov -994 08:49:37 GMT",
            "Sux, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06  Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 06-Nov-94-1 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sun Nov  6 08:49:37 94",
            "1994-11-06T08:49:37Z",
            "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(read(text, "2026-12-01T00:00:00Z"), None, "{text}");
        }
    }
}
