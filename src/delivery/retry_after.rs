//! When a receiver wants to be called again (`Retry-After`, RFC 9110 §10.2.3).

use http::HeaderMap;
use http::header::RETRY_AFTER;

use crate::model::time::{Millis, http_date};

/// The longest wait a receiver is granted, in milliseconds: a day, after which a mistaken answer is found out. The
/// attempt after it is made even where the time to go on trying has passed meanwhile.
pub const WAIT_MAX_MS: i64 = 86_400_000;

/// The instant before which the answer asks not to be called: the latest, if it says several. `None` if it says none,
/// or nonsense, or an instant that has passed. Held to [`WAIT_MAX_MS`] after `now`.
#[must_use]
pub fn not_before(headers: &HeaderMap, now: Millis) -> Option<Millis> {
    let values = headers.get_all(RETRY_AFTER).iter();
    values.filter_map(|value| read(value.to_str().ok()?, now)).max()
}

/// Seconds as digits alone, or a date in any form of HTTP's.
fn read(text: &str, now: Millis) -> Option<Millis> {
    let text = text.trim_matches([' ', '\t']);
    let at = match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => now.plus(text.parse::<i64>().ok()?.saturating_mul(1_000)),
        false => http_date::parse(text, now)?,
    };
    (at > now).then(|| at.min(now.plus(WAIT_MAX_MS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-12-01T08:00:00Z
    const NOW: Millis = Millis(1_796_112_000_000);

    fn wait(text: &str) -> Option<i64> {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        not_before(&headers, NOW).map(|at| at.0 - NOW.0)
    }

    #[test]
    fn seconds_and_all_forms_of_dates_are_understood() {
        for (text, seconds) in [
            ("1", 1),
            ("120", 120),
            ("0000000000000000000007", 7),
            (" 30\t", 30),
            ("Tue, 01 Dec 2026 08:02:00 GMT", 120),
            ("Tuesday, 01-Dec-26 08:02:00 GMT", 120),
            ("Tue Dec  1 08:02:00 2026", 120),
            ("Wed, 02 Dec 2026 08:00:00 GMT", 86_400),
        ] {
            assert_eq!(wait(text), Some(seconds * 1_000), "{text:?}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_a_day() {
        for text in [
            "86401",
            "31536000",
            "9223372036854775807",
            "Fri, 31 Dec 9999 23:59:59 GMT",
        ] {
            assert_eq!(wait(text), Some(WAIT_MAX_MS), "{text}");
        }
    }

    #[test]
    fn nonsense_and_the_past_ask_for_nothing() {
        for text in [
            "",
            " ",
            "0",
            "-1",
            "+5",
            "1.5",
            "1e3",
            "0x10",
            "5s",
            "1, 2",
            "soon",
            "NaN",
            "null",
            "9223372036854775808",
            "99999999999999999999999999",
            "2026-12-01T08:02:00Z",
            "Tue, 01 Dec 2026 08:00:00 GMT",
            "Tue, 01 Dec 2026 07:00:00 GMT",
            "Tuesday, 01-Dec-99 08:02:00 GMT",
            "Tue, 01 Dec 2026 08:02:00 PST",
        ] {
            assert_eq!(wait(text), None, "{text:?}");
        }
        assert_eq!(not_before(&HeaderMap::new(), NOW), None);
    }

    #[test]
    fn of_several_the_latest_counts() {
        let mut headers = HeaderMap::new();
        for text in ["5", "nonsense", "60", "7"] {
            headers.append(RETRY_AFTER, text.parse().unwrap());
        }
        assert_eq!(not_before(&headers, NOW), Some(NOW.plus(60_000)));
    }
}
