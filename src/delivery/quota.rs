//! What an answer says of quotas, by the profile of its destination.
//!
//! An answer was made somewhere between the sending of the request and its own arrival, and resets are told in whole
//! seconds: a reset is two instants with the true one between them. Resets told as instants are by the receiver's clock,
//! which its `Date` corrects.

use http::header::{DATE, HeaderMap, HeaderName};

use super::retry_after::WAIT_MAX_MS;
use crate::config::{QuotaFields, QuotaProfile, ResetUnit};
use crate::model::lane::quota::{Cost, QUOTAS_MAX, Reading};
use crate::model::time::{Millis, http_date};

/// X: <https://docs.x.com/x-api/fundamentals/rate-limits>; the limits of a day come with posts.
const X: [[HeaderName; 3]; 3] = [
    [
        HeaderName::from_static("x-rate-limit-limit"),
        HeaderName::from_static("x-rate-limit-remaining"),
        HeaderName::from_static("x-rate-limit-reset"),
    ],
    [
        HeaderName::from_static("x-user-limit-24hour-limit"),
        HeaderName::from_static("x-user-limit-24hour-remaining"),
        HeaderName::from_static("x-user-limit-24hour-reset"),
    ],
    [
        HeaderName::from_static("x-app-limit-24hour-limit"),
        HeaderName::from_static("x-app-limit-24hour-remaining"),
        HeaderName::from_static("x-app-limit-24hour-reset"),
    ],
];
/// The names that draft-ietf-httpapi-ratelimit-headers had up to -06, and has since.
const RATELIMIT_SPLIT: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// When a request was sent and its answer was there, by the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    /// When it was sent.
    pub sent: Millis,
    /// When the answer was there.
    pub received: Millis,
}

/// What a call takes of the quotas of a profile.
#[must_use]
pub const fn cost(profile: &QuotaProfile) -> Cost {
    match profile {
        QuotaProfile::X | QuotaProfile::Draft => Cost::One,
        QuotaProfile::ProductHunt | QuotaProfile::Custom(_) => Cost::Learned,
    }
}

/// What an answer says of each quota of the profile; a quota it does not speak of, or not sensibly, is `None`. Instants
/// are by the wall clock.
#[must_use]
pub fn readings(headers: &HeaderMap, profile: &QuotaProfile, exchange: Exchange) -> Vec<Option<Reading>> {
    let spoken = Spoken {
        headers,
        exchange,
        date: text(headers, &DATE).and_then(|date| http_date::parse(date, exchange.received)),
    };
    match profile {
        QuotaProfile::X => X
            .iter()
            .map(|[limit, remaining, reset]| {
                let names = (Some(limit), remaining, reset);
                spoken.fields(names, ResetUnit::EpochSeconds)
            })
            .collect(),
        // https://api.producthunt.com/v2/docs/rate_limits/headers
        QuotaProfile::ProductHunt => {
            let [limit, remaining, reset] = &X[0];
            vec![spoken.fields((Some(limit), remaining, reset), ResetUnit::DeltaSeconds)]
        }
        QuotaProfile::Draft => spoken.draft(),
        QuotaProfile::Custom(QuotaFields {
            limit,
            remaining,
            reset,
            unit,
        }) => vec![spoken.fields((limit.as_ref(), remaining, reset), *unit)],
    }
}

/// An answer's headers, and when they were said.
struct Spoken<'h> {
    headers: &'h HeaderMap,
    exchange: Exchange,
    /// The receiver's clock, in whole seconds.
    date: Option<Millis>,
}

impl Spoken<'_> {
    fn fields(
        &self,
        (limit, remaining, reset): (Option<&HeaderName>, &HeaderName, &HeaderName),
        unit: ResetUnit,
    ) -> Option<Reading> {
        Some(Reading {
            limit: limit.and_then(|name| first_number(text(self.headers, name)?)?.try_into().ok()),
            remaining: first_number(text(self.headers, remaining)?)?,
            reset: self.reset(text(self.headers, reset)?, unit)?,
        })
    }

    /// `RateLimit: "day";r=50;t=30` with `RateLimit-Policy: "day";q=100;w=60` (from -08 on), `RateLimit: limit=100,
    /// remaining=50, reset=30` (-07), or three fields (before).
    fn draft(&self) -> Vec<Option<Reading>> {
        let [limit, remaining, reset] = &RATELIMIT_SPLIT;
        let Some(said) = text(self.headers, &RATELIMIT) else {
            return vec![self.fields((Some(limit), remaining, reset), ResetUnit::DeltaSeconds)];
        };
        if said.contains("remaining=") {
            let member = |name: &str| {
                let mut members = list(said, ',').filter_map(|member| member.split_once('='));
                members
                    .find(|(found, _)| found.trim() == name)
                    .map(|(_, value)| value)
            };
            let read = || {
                Some(Reading {
                    limit: member("limit")
                        .and_then(first_number)
                        .and_then(|n| n.try_into().ok()),
                    remaining: first_number(member("remaining")?)?,
                    reset: self.reset(member("reset")?, ResetUnit::DeltaSeconds)?,
                })
            };
            return vec![read()];
        }
        let policies = text(self.headers, &RATELIMIT_POLICY).unwrap_or_default();
        let items = list(said, ',').take(QUOTAS_MAX);
        items
            .map(|item| {
                let policy = list(policies, ',').find(|policy| name_of(policy) == name_of(item));
                let of_policy = |name| policy.and_then(|policy| parameter(policy, name));
                let reset = parameter(item, "t").or_else(|| of_policy("w"))?;
                Some(Reading {
                    limit: of_policy("q")
                        .and_then(first_number)
                        .and_then(|n| n.try_into().ok()),
                    remaining: first_number(parameter(item, "r")?)?,
                    reset: self.reset(reset, ResetUnit::DeltaSeconds)?,
                })
            })
            .collect()
    }

    /// Between which instants the next span begins.
    fn reset(&self, written: &str, unit: ResetUnit) -> Option<(Millis, Millis)> {
        let Exchange { sent, received } = self.exchange;
        let written = written.trim();
        let (from, to) = match unit {
            ResetUnit::DeltaSeconds => {
                // Rounded, nobody says which way.
                let left = number(written)?.saturating_mul(1_000);
                (
                    sent.plus(left.saturating_sub(1_000)),
                    received.plus(left.saturating_add(1_000)),
                )
            }
            ResetUnit::EpochSeconds => self.by_date(Millis(number(written)?.saturating_mul(1_000))),
            ResetUnit::EpochMillis => self.by_date(Millis(number(written)?)),
            ResetUnit::HttpDate => self.by_date(http_date::parse(written, received)?),
        };
        let longest = received.plus(WAIT_MAX_MS);
        Some((from.min(longest), to.min(longest)))
    }

    /// An instant of the receiver's clock by ours.
    fn by_date(&self, at: Millis) -> (Millis, Millis) {
        let Exchange { sent, received } = self.exchange;
        match self.date {
            None => (at, at),
            Some(date) => {
                let left = at.0.saturating_sub(date.0);
                (sent.plus(left.saturating_sub(1_000)), received.plus(left))
            }
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A whole number, or the whole part of one that has a fraction.
fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}

/// The number that a value begins with: `100, 100;w=60`.
fn first_number(text: &str) -> Option<i64> {
    number(text.split([',', ';']).next()?)
}

/// The parts of a list, without what stands in quotes being taken apart.
fn list(text: &str, by: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == by && !quoted
    })
    .map(str::trim)
}

fn name_of(item: &str) -> &str {
    let name = list(item, ';').next().unwrap_or_default();
    name.trim_matches('"')
}

fn parameter<'i>(item: &'i str, name: &str) -> Option<&'i str> {
    let mut parameters = list(item, ';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    parameters
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: i64 = 1_796_112_060_000;
    const EXCHANGE: Exchange = Exchange {
        sent: Millis(NOW),
        received: Millis(NOW + 300),
    };

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        lines.iter().map(line).collect()
    }

    fn reading(limit: Option<u64>, remaining: i64, (from, to): (i64, i64)) -> Option<Reading> {
        let reset = (Millis(NOW + from), Millis(NOW + to));
        Some(Reading {
            limit,
            remaining,
            reset,
        })
    }

    fn read(lines: &[(&'static str, &'static str)], profile: &QuotaProfile) -> Vec<Option<Reading>> {
        readings(&headers(lines), profile, EXCHANGE)
    }

    #[test]
    fn x_tells_an_instant_and_its_own_clock_corrects_it() {
        let lines = [
            ("x-rate-limit-limit", "300"),
            ("x-rate-limit-remaining", "299"),
            ("x-rate-limit-reset", "1796112960"),
            ("x-user-limit-24hour-remaining", "7"),
            ("x-user-limit-24hour-reset", "1796115660"),
        ];
        let minutes = 60_000;
        let expected = vec![
            reading(Some(300), 299, (15 * minutes, 15 * minutes)),
            reading(None, 7, (60 * minutes, 60 * minutes)),
            None,
        ];
        assert_eq!(read(&lines, &QuotaProfile::X), expected);
        // Its clock is a minute ahead of ours.
        let dated = [&lines[..3], &[("date", "Tue, 01 Dec 2026 08:02:00 GMT")]].concat();
        let corrected = reading(Some(300), 299, (14 * minutes - 1_000, 14 * minutes + 300));
        assert_eq!(read(&dated, &QuotaProfile::X)[0], corrected);
    }

    #[test]
    fn product_hunt_tells_seconds_left_and_may_be_overdrawn() {
        let lines = [
            ("x-rate-limit-limit", "6250"),
            ("x-rate-limit-remaining", "-50"),
            ("x-rate-limit-reset", "540"),
        ];
        let expected = vec![reading(Some(6_250), -50, (539_000, 541_300))];
        assert_eq!(read(&lines, &QuotaProfile::ProductHunt), expected);
        assert_eq!(cost(&QuotaProfile::ProductHunt), Cost::Learned);
    }

    #[test]
    fn the_draft_is_read_in_every_shape_it_has_had() {
        let draft = |lines: &[_]| read(lines, &QuotaProfile::Draft);
        let one = |limit| vec![reading(limit, 50, (29_000, 31_300))];
        let split = [
            ("ratelimit-limit", "100, 100;w=60"),
            ("ratelimit-remaining", "50"),
            ("ratelimit-reset", "30"),
        ];
        assert_eq!(draft(&split), one(Some(100)));
        assert_eq!(
            draft(&[("ratelimit", "limit=100, remaining=50, reset=30")]),
            one(Some(100))
        );
        let named = ("ratelimit", r#""a, b";r=50;t=30, "day";r=400"#);
        let policy = ("ratelimit-policy", r#""day";q=1000;w=86400, "a, b";q=100;w=60"#);
        let day = Some(Reading {
            limit: Some(1_000),
            remaining: 400,
            reset: (Millis(NOW + 86_399_000), Millis(NOW + 86_400_300)),
        });
        assert_eq!(draft(&[named, policy]), [one(Some(100))[0], day]);
        assert_eq!(draft(&[("ratelimit", "default;r=50;t=30")]), one(None));
    }

    #[test]
    fn a_unit_is_taken_at_its_word_and_nonsense_is_nothing() {
        let fields = |unit| {
            QuotaProfile::Custom(QuotaFields {
                limit: None,
                remaining: HeaderName::from_static("left"),
                reset: HeaderName::from_static("again"),
                unit,
            })
        };
        let with = |again, unit| read(&[("left", "5"), ("again", again)], &fields(unit))[0];
        assert_eq!(
            with("1796112090000", ResetUnit::EpochMillis),
            reading(None, 5, (30_000, 30_000))
        );
        assert_eq!(
            with("Tue, 01 Dec 2026 08:01:30 GMT", ResetUnit::HttpDate),
            reading(None, 5, (30_000, 30_000))
        );
        assert_eq!(
            with("12.5", ResetUnit::DeltaSeconds),
            reading(None, 5, (11_000, 13_300))
        );
        let day = reading(None, 5, (WAIT_MAX_MS + 300, WAIT_MAX_MS + 300));
        assert_eq!(
            with("99999999999999", ResetUnit::EpochSeconds),
            day,
            "no longer than a day"
        );
        assert_eq!(with("soon", ResetUnit::DeltaSeconds), None);
        assert_eq!(
            read(
                &[("left", "many"), ("again", "5")],
                &fields(ResetUnit::DeltaSeconds)
            ),
            [None]
        );
        assert_eq!(read(&[("left", "5")], &fields(ResetUnit::DeltaSeconds)), [None]);
    }
}
