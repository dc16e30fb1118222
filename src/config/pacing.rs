//! What holds calls to a destination back besides its rate: windows, quotas and the breaker.

use std::num::NonZeroU32;
use std::time::Duration;

use http::HeaderName;

use super::destination::parse_name;
use super::duration::{self, Bounds};
use super::fault::{Invalid, Place, shown};
use super::fields::Fields;
use super::rate::{amount, parse_period};
use super::written::{Refusal, Value, Written};
use crate::model::lane::breaker::BreakerPolicy;
use crate::model::lane::window::Window;

/// The most windows of one destination.
const WINDOWS_MOST: usize = 4;
/// The most calls a window may hold: each is remembered until it has left the window.
const WINDOW_MOST: u32 = 100_000;
/// The keys of `quota`, where it is a table.
const QUOTA_KEYS: [&str; 4] = ["limit", "remaining", "reset", "unit"];
/// The keys of `breaker`.
const BREAKER_KEYS: [&str; 3] = ["failures", "error_rate", "open_for"];
/// The most failures in a row that can be waited for.
const FAILURES_MOST: i64 = 1_000;

const OPEN_FOR: Bounds = Bounds {
    least: Duration::from_millis(100),
    most: Duration::from_secs(86_400),
    words: "from 100ms to 24h",
};

/// How a receiver speaks of its quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuotaProfile {
    /// X: `x-rate-limit-*`, the reset in seconds since the epoch, and the same of a user's and an application's day.
    X,
    /// Product Hunt: `X-Rate-Limit-*`, points and not calls, the reset in seconds from now.
    ProductHunt,
    /// The fields of draft-ietf-httpapi-ratelimit-headers, in any of the shapes they have had.
    Draft,
    /// Fields of other names.
    Custom(QuotaFields),
}

/// The fields of a quota, by their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaFields {
    /// What there is in every span, if there is such a field.
    pub limit: Option<HeaderName>,
    /// What is left of this one.
    pub remaining: HeaderName,
    /// When the next begins.
    pub reset: HeaderName,
    /// What the reset is written in.
    pub unit: ResetUnit,
}

/// What a reset is written in. It is never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetUnit {
    /// Seconds since the epoch.
    EpochSeconds,
    /// Milliseconds since the epoch.
    EpochMillis,
    /// Seconds from now.
    DeltaSeconds,
    /// A date as HTTP writes it.
    HttpDate,
}

impl ResetUnit {
    const ALL: [(&'static str, Self); 4] = [
        ("epoch-s", Self::EpochSeconds),
        ("epoch-ms", Self::EpochMillis),
        ("delta-s", Self::DeltaSeconds),
        ("http-date", Self::HttpDate),
    ];

    fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, unit)| unit).ok_or_else(|| {
            Invalid(format!(
                r#"{} is not a unit of resets; write "epoch-s", "epoch-ms", "delta-s" or "http-date""#,
                shown(text)
            ))
        })
    }
}

/// Reads one window, or a list of them.
pub(super) fn windows(written: &Written) -> Result<Vec<Window>, Vec<Refusal>> {
    let windows = match &written.value {
        Value::List(_) => written.each(window)?,
        _ => vec![written.one(window)?],
    };
    match windows.len() {
        0..=WINDOWS_MOST => Ok(windows),
        _ => Err(refuse(
            &written.place,
            format!("there are more than {WINDOWS_MOST} windows"),
        )),
    }
}

/// Reads one window: `300/15m`.
pub(super) fn window(text: &str) -> Result<Window, Invalid> {
    let parts = text.trim().split_once('/');
    let read = parts.and_then(|(count, per)| Some((amount(count)?, parse_period(per)?)));
    let (count, per) = read.ok_or_else(|| {
        Invalid(format!(
            r#"{} is not a window; write for example "300/15m""#,
            shown(text)
        ))
    })?;
    if count > NonZeroU32::new(WINDOW_MOST).unwrap_or(NonZeroU32::MAX) {
        return Err(Invalid(format!("a window holds at most {WINDOW_MOST} calls")));
    }
    Ok(Window {
        count,
        per_ms: i64::try_from(per.as_millis()).unwrap_or(i64::MAX),
    })
}

/// Reads a profile of quotas; nothing where there is none.
pub(super) fn quota(written: &Written) -> Result<Option<QuotaProfile>, Vec<Refusal>> {
    if let Value::Table(entries) = &written.value {
        return custom((&written.place, entries)).map(|fields| Some(QuotaProfile::Custom(fields)));
    }
    written.one(|text| match text {
        "none" => Ok(None),
        "x" => Ok(Some(QuotaProfile::X)),
        "producthunt" => Ok(Some(QuotaProfile::ProductHunt)),
        "draft" => Ok(Some(QuotaProfile::Draft)),
        _ => Err(Invalid(format!(
            r#"{} is not a quota; write "x", "producthunt", "draft", "none", or a table of limit, remaining, reset and unit"#,
            shown(text)
        ))),
    })
}

fn custom(table: (&Place, &[(String, Written)])) -> Result<QuotaFields, Vec<Refusal>> {
    let mut fields = Fields::open("destination.quota", &QUOTA_KEYS, table);
    let limit = fields.optional("limit", |written| written.one(field));
    let remaining = fields.required("remaining", |written| written.one(field));
    let reset = fields.required("reset", |written| written.one(field));
    let unit = fields.required("unit", |written| written.one(ResetUnit::parse));
    fields.into_refusals()?;
    let read = remaining.zip(reset).zip(unit);
    read.map(|((remaining, reset), unit)| QuotaFields {
        limit,
        remaining,
        reset,
        unit,
    })
    .ok_or_else(|| refuse(table.0, "is incomplete".to_owned()))
}

fn field(text: &str) -> Result<HeaderName, Invalid> {
    HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| Invalid(format!("{} is not the name of a header", shown(text))))
}

/// Reads the name of a group; nothing where it is empty.
pub(super) fn group(written: &Written) -> Result<Option<String>, Vec<Refusal>> {
    written.one(|text| match text {
        "" => Ok(None),
        _ => parse_name(text).map(|name| Some(name.to_string())),
    })
}

/// Reads a breaker; nothing where it is off.
pub(super) fn breaker(written: &Written) -> Result<Option<BreakerPolicy>, Vec<Refusal>> {
    if let Value::Text(_) = &written.value {
        return written.one(|text| match text {
            "off" => Ok(None),
            _ => Err(Invalid(format!(
                r#"{} is not a breaker; write {{ failures = 5, error_rate = 0.5, open_for = "30s" }} or "off""#,
                shown(text)
            ))),
        });
    }
    let table = (&written.place, written.table()?);
    let mut fields = Fields::open("destination.breaker", &BREAKER_KEYS, table);
    let default = BreakerPolicy::default();
    let failures = fields.optional("failures", |written| written.integer(1..=FAILURES_MOST));
    let error_rate = fields.optional("error_rate", |written| {
        let share = written.fraction()?;
        match share > 0.0 {
            true => Ok(share),
            false => Err(refuse(&written.place, "is above 0, up to 1".to_owned())),
        }
    });
    let open_for = fields.optional("open_for", |written| {
        written.one(|text| duration::parse(text, OPEN_FOR))
    });
    fields.into_refusals()?;
    Ok(Some(BreakerPolicy {
        failures: failures
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.failures),
        error_rate: error_rate.unwrap_or(default.error_rate),
        open_for_ms: open_for.map_or(default.open_for_ms, |open_for| {
            i64::try_from(open_for.as_millis()).unwrap_or(i64::MAX)
        }),
    }))
}

fn refuse(place: &Place, why: String) -> Vec<Refusal> {
    vec![(place.clone(), Invalid(why))]
}
