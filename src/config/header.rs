//! Headers a destination is sent, and those that are not its author's to write.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::fault::{Invalid, shown};
use super::secret::SecretRef;
use super::sources::Sources;
use super::text::{TemplateText, is_template};
use super::written::{Refusal, Written};

/// The most headers of one destination.
const HEADERS_MOST: usize = 64;
/// The longest value, in bytes: what every server is known to take.
const VALUE_BYTES: usize = 8 * 1024;

/// What the connection decides (RFC 9110 §7.6.1), and what the message's own size does.
const OF_THE_CONNECTION: [&str; 14] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

/// What tells one delivery from another, the same on every attempt.
const OF_THE_DELIVERY: [&str; 4] = ["idempotency-key", "traceparent", "tracestate", "x-request-id"];

/// Parts of a name whose value is a secret.
const SECRET_PARTS: [&str; 4] = ["key", "password", "secret", "token"];

/// Headers that are the same for every call, and those that are made of the event.
pub(super) type Headers = (HeaderMap, Vec<(HeaderName, TemplateText)>);

/// Reads a table of headers. Values that are secrets are marked sensitive, and print as such.
pub(super) fn read(written: &Written, sources: &Sources) -> Result<Headers, Vec<Refusal>> {
    let entries = written.table()?;
    let mut headers = HeaderMap::new();
    let mut templates: Vec<(HeaderName, TemplateText)> = Vec::new();
    let mut refused = Vec::new();
    if entries.len() > HEADERS_MOST {
        let why = Invalid(format!("has more than {HEADERS_MOST} headers"));
        return Err(vec![(written.place.clone(), why)]);
    }
    for (text, value) in entries {
        let at = |why: Invalid| vec![(value.place.clone(), Invalid(format!("{text}: {}", why.0)))];
        match name(text).map_err(at) {
            Ok(name) if headers.contains_key(&name) || templates.iter().any(|(n, _)| *n == name) => {
                refused.extend(at(Invalid("is written twice".to_owned())));
            }
            Ok(name) if may_be_template(&name) && value.one(|text| Ok(is_template(text))) == Ok(true) => {
                templates.push((name, TemplateText::read("destination.headers", value)?));
            }
            Ok(name) => match value.one(|value| header_value(&name, value, sources)) {
                Ok(value) => drop(headers.insert(name, value)),
                Err(why) => refused.extend(why.into_iter().flat_map(|(_, why)| at(why))),
            },
            Err(why) => refused.extend(why),
        }
    }
    if refused.is_empty() {
        Ok((headers, templates))
    } else {
        Err(refused)
    }
}

fn name(text: &str) -> Result<HeaderName, Invalid> {
    let Ok(name) = HeaderName::from_bytes(text.as_bytes()) else {
        return Err(Invalid(
            "is not the name of a header (letters, digits and hyphens)".to_owned(),
        ));
    };
    if OF_THE_CONNECTION.contains(&name.as_str()) {
        return Err(Invalid(
            "is set by the connection itself; leave it out".to_owned(),
        ));
    }
    if OF_THE_DELIVERY.contains(&name.as_str()) {
        return Err(Invalid(
            "is set for every delivery, the same on each attempt; leave it out".to_owned(),
        ));
    }
    Ok(name)
}

/// A value as written, or the secret it names.
fn header_value(name: &HeaderName, text: &str, sources: &Sources) -> Result<HeaderValue, Invalid> {
    if !is_secret(name) && !SecretRef::is_written_as_one(text) {
        return plain_value(text).ok_or_else(|| {
            Invalid(format!(
                "{} is not the value of a header (printable ASCII, 8 KiB at most)",
                shown(text)
            ))
        });
    }
    let secret = text
        .parse::<SecretRef>()
        .map_err(|why| match name.as_str() {
            "authorization" => Invalid(format!(r#"{why} of the whole value, "Bearer …""#)),
            _ => why,
        })?
        .resolve(sources)?;
    let mut value = plain_value(secret.expose()).ok_or_else(|| {
        Invalid(
            "the secret it names is not the value of a header (printable ASCII, 8 KiB at most)".to_owned(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn plain_value(text: &str) -> Option<HeaderValue> {
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text;
    let sent = printable && text.len() <= VALUE_BYTES;
    sent.then(|| HeaderValue::from_str(text).ok())?
}

/// Secrets are made of no event, and what the body is decides how it is made.
fn may_be_template(name: &HeaderName) -> bool {
    !is_secret(name) && *name != CONTENT_TYPE
}

fn is_secret(name: &HeaderName) -> bool {
    let name = name.as_str();
    matches!(name, "authorization" | "cookie") || SECRET_PARTS.iter().any(|part| name.contains(part))
}
