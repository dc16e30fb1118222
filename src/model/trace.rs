//! Traces: which trace an event belongs to, by W3C Trace Context, Level 1 (Recommendation of 23 November 2021,
//! <https://www.w3.org/TR/trace-context-1/>).

use std::fmt;

/// The longest trace state that is sent on, in characters: what §3.3.1.5 asks for at least.
pub const STATE_MAX: usize = 512;
/// Entries longer than this go first where it is longer (§3.3.1.5).
const ENTRY_LONG: usize = 128;
/// The most entries of a trace state (§3.3.1.1).
const ENTRIES_MOST: usize = 32;
/// The longest value of an entry (§3.3.1.3.2).
const VALUE_MAX: usize = 256;
/// `00-` with 32, 16 and 2 digits: what versions to come only add to (§3.2.4).
const KNOWN_LENGTH: usize = 55;
/// The one flag there is: whoever calls may have recorded the call (§3.2.2.5.1).
const SAMPLED: u8 = 1;

/// Where in which trace: the header `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The trace; not zero.
    pub trace: u128,
    /// The span whose child comes next; not zero.
    pub span: u64,
    /// Whether it may have been recorded.
    pub sampled: bool,
}

impl Parent {
    /// Reads `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. Of a later version the parts of this one count
    /// (§3.2.4); `None` for whatever is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let version = text.get(..2)?;
        let known = match version {
            "ff" => return None,
            "00" => text,
            _ => {
                let (known, rest) = text.split_at_checked(KNOWN_LENGTH)?;
                (rest.is_empty() || rest.starts_with('-')).then_some(known)?
            }
        };
        let mut parts = known.split('-');
        let mut digits = |count| hex(parts.next()?, count);
        digits(2)?;
        let (trace, span, flags) = (digits(32)?, digits(16)?, digits(2)?);
        if parts.next().is_some() || trace == 0 || span == 0 {
            return None;
        }
        Some(Self {
            trace,
            span: u64::try_from(span).ok()?,
            sampled: u8::try_from(flags).ok()? & SAMPLED != 0,
        })
    }
}

/// In version 00. Flags that are not known are not sent on (§3.2.2.5.2).
impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled) * SAMPLED;
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace, self.span)
    }
}

/// So many hexadecimal digits, in lower case.
fn hex(text: &str, count: usize) -> Option<u128> {
    let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (text.len() == count && digits).then(|| u128::from_str_radix(text, 16).ok())?
}

/// What tracing systems along the way have added: the header `tracestate`. Not empty, at most [`STATE_MAX`] characters of
/// ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State(String);

impl State {
    /// Reads the values of the header, in their order. Whole entries are left out where they are longer together than is
    /// sent on, the longest and the last first. `None` where there is nothing, and where something in it is wrong: then all
    /// of it is.
    #[must_use]
    pub fn parse<'t>(values: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let entries = values.into_iter().flat_map(|value| value.split(','));
        let blank = [' ', '\t'];
        let entries = entries
            .map(|entry| entry.trim_matches(blank))
            .filter(|entry| !entry.is_empty());
        let mut kept: Vec<(&str, &str)> = Vec::new();
        for entry in entries {
            let (key, value) = entry.split_once('=')?;
            let once = kept.iter().all(|(other, _)| *other != key);
            if !once || !is_key(key) || !is_value(value) || kept.len() == ENTRIES_MOST {
                return None;
            }
            kept.push((key, value));
        }
        let length = |entries: &[(&str, &str)]| -> usize {
            let entry = |(key, value): &(&str, &str)| key.len() + value.len() + 2;
            entries.iter().map(entry).sum::<usize>().saturating_sub(1)
        };
        if length(&kept) > STATE_MAX {
            kept.retain(|(key, value)| key.len() + value.len() < ENTRY_LONG);
        }
        while length(&kept) > STATE_MAX {
            kept.pop();
        }
        let texts: Vec<String> = kept.iter().map(|(key, value)| format!("{key}={value}")).collect();
        (!texts.is_empty()).then(|| Self(texts.join(",")))
    }

    /// The header's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `vendor`, or `tenant@vendor` (§3.3.1.3.1).
fn is_key(key: &str) -> bool {
    let part = |text: &str, most: usize| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-*/".contains(&b);
        (1..=most).contains(&text.len()) && text.bytes().all(plain)
    };
    let (tenant, vendor) = match key.split_once('@') {
        None => return part(key, 256) && key.starts_with(|c: char| c.is_ascii_lowercase()),
        Some(parts) => parts,
    };
    part(tenant, 241)
        && tenant.starts_with(|c: char| c.is_ascii_alphanumeric())
        && part(vendor, 14)
        && vendor.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Printable ASCII without `,` and `=`, and not a blank at its end.
fn is_value(value: &str) -> bool {
    let printable = |b: u8| (b' '..=b'~').contains(&b) && b != b'=' && b != b',';
    !value.is_empty() && value.len() <= VALUE_MAX && value.bytes().all(printable) && !value.ends_with(' ')
}

/// The trace an event came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Where in it.
    pub parent: Parent,
    /// What else belongs to it.
    pub state: Option<State>,
}

/// Which traces are told of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// What the flag of whoever calls is worth.
    pub callers: Callers,
    /// Of those that nobody decides for, from 0 to 1.
    pub ratio: f64,
}

/// What the flag of whoever calls is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// They decide.
    Decide,
    /// Nothing: their traces are chosen from like all others.
    AreIgnored,
}

impl Sampler {
    /// Whether this trace, which came from `caller` or begins here, is told of. Everybody who asks with the same ratio comes
    /// to the same answer, since it depends on the trace's lower 63 bits alone, as other libraries have it
    /// (OpenTelemetry, "TraceIdRatioBased").
    #[must_use]
    pub fn samples(&self, caller: Option<&Parent>, trace: u128) -> bool {
        match (self.callers, caller) {
            (Callers::Decide, Some(caller)) => caller.sampled,
            _ => lower_share(trace) < self.ratio,
        }
    }
}

/// What the default is: whoever calls decides, and what begins here is told of.
impl Default for Sampler {
    fn default() -> Self {
        Self {
            callers: Callers::Decide,
            ratio: 1.0,
        }
    }
}

/// Where the lower 63 bits lie between 0 and 1; the 53 upper ones of them, so that it is never 1.
#[expect(clippy::cast_precision_loss, reason = "there are no more than 53 bits")]
fn lower_share(trace: u128) -> f64 {
    const KEPT: u64 = (1 << 53) - 1;
    let share = u64::try_from((trace >> 10) & u128::from(KEPT)).unwrap_or(KEPT);
    share as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
