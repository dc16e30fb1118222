//! Schemes: whether a message is from whom it says, and how one is signed for a trial.
//!
//! A message is the raw body with its headers and the present. [`verify`] says what vouches for it, or why nothing does; it
//! parses no more than the signature needs. Everything here is pure.
//!
//! Signatures are compared as texts, in constant time: what differs in one bit is another signature, whatever it may stand
//! for. A header that is there twice, or is longer than 4 KiB, is none.

mod hmac;
mod mailgun;
mod sendgrid;
mod standard;
mod stripe;

use http::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac as mac;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::{HmacAlgorithm, WebhookScheme};
use crate::model::time::Millis;

/// The longest header that is looked at, in bytes.
const HEADER_BYTES: usize = 4 * 1024;
/// The most signatures of one message: more than any sender has keys at once.
const SIGNATURES_MOST: usize = 16;
/// How far a timestamp may be from now, either way, in seconds: what every vendor's library takes.
const TOLERANCE_S: i64 = 300;
/// The most digits of a timestamp in seconds; twelve reach the year 33658.
const TIMESTAMP_DIGITS: usize = 12;

/// What came.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    /// Its headers.
    pub headers: &'m HeaderMap,
    /// Its body, to the byte.
    pub body: &'m [u8],
    /// The present.
    pub now: Millis,
}

/// A message that its sender vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The sender's id, where it stands beside the body.
    pub id: Option<String>,
    /// What may be used once: the token of a signature that does not cover the body.
    pub token: Option<String>,
    /// SHA-256 over what was signed.
    pub digest: [u8; 32],
}

impl Verified {
    /// What the owner of the machine vouches for.
    #[must_use]
    pub fn by_owner(body: &[u8]) -> Self {
        Self {
            id: None,
            token: None,
            digest: digest(&[body]),
        }
    }
}

/// Why nothing vouches for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What has to be there is missing, twice there, or not of its form.
    #[error("it is not signed as it should be")]
    Unsigned,
    /// The signature is nobody's.
    #[error("its signature is wrong")]
    Forged,
    /// It was signed too long ago, or too far ahead.
    #[error("it was signed at another time")]
    Stale,
}

/// A message that was signed for a trial.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The headers that make the signature.
    pub headers: HeaderMap,
    /// The body, where the signature stands in it.
    pub body: Vec<u8>,
}

/// Whether the message is from whom it says.
///
/// # Errors
/// [`Refusal`]; whoever sent it is not told which.
pub fn verify(scheme: &WebhookScheme, message: &Message<'_>) -> Result<Verified, Refusal> {
    match scheme {
        WebhookScheme::Hmac(scheme) => hmac::verify(scheme, message),
        WebhookScheme::Stripe(secrets) => stripe::verify(secrets, message),
        WebhookScheme::Mailgun(secrets) => mailgun::verify(secrets, message),
        WebhookScheme::Sendgrid(keys) => sendgrid::verify(keys, message),
        WebhookScheme::StandardWebhooks(keys) => standard::verify(keys, message),
    }
}

/// Signs a body with the first secret, as its sender would at this moment, under this id. `None` where only the sender can,
/// or where the body cannot hold a signature.
#[must_use]
pub fn sign(scheme: &WebhookScheme, (id, at): (&str, Millis), body: &[u8]) -> Option<Signed> {
    let at = seconds(at).to_string();
    let signed = |headers| Signed {
        headers,
        body: body.to_vec(),
    };
    match scheme {
        WebhookScheme::Hmac(scheme) => hmac::sign(scheme, (id, &at), body).map(signed),
        WebhookScheme::Stripe(secrets) => stripe::sign(secrets, &at, body).map(signed),
        WebhookScheme::StandardWebhooks(keys) => standard::sign(keys, (id, &at), body).map(signed),
        WebhookScheme::Mailgun(secrets) => mailgun::sign(secrets, (id, &at), body).map(|body| Signed {
            headers: HeaderMap::new(),
            body,
        }),
        WebhookScheme::Sendgrid(_) => None,
    }
}

fn seconds(at: Millis) -> i64 {
    at.0.div_euclid(1_000)
}

/// The one value of a header.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<&'h str, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|_| values.next().is_none());
    value
        .and_then(|value| value.to_str().ok())
        .filter(|text| (1..=HEADER_BYTES).contains(&text.len()))
        .ok_or(Refusal::Unsigned)
}

/// Whether a timestamp in seconds is within `tolerance_s` of now.
fn check_age(timestamp: &str, now: Millis, tolerance_s: i64) -> Result<(), Refusal> {
    let digits = timestamp.len() <= TIMESTAMP_DIGITS && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let at: i64 = timestamp
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or(Refusal::Unsigned)?;
    match (seconds(now) - at).abs() <= tolerance_s {
        true => Ok(()),
        false => Err(Refusal::Stale),
    }
}

/// The HMAC of several parts, one after the other.
fn tag(algorithm: HmacAlgorithm, key: &[u8], parts: &[&[u8]]) -> mac::Tag {
    let algorithm = match algorithm {
        HmacAlgorithm::Sha256 => mac::HMAC_SHA256,
        HmacAlgorithm::Sha1 => mac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        HmacAlgorithm::Sha512 => mac::HMAC_SHA512,
    };
    let mut context = mac::Context::with_key(&mac::Key::new(algorithm, key));
    for part in parts {
        context.update(part);
    }
    context.sign()
}

/// Small hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Headers of these texts; `None` where one is no value.
fn headers<const N: usize>(texts: [(&HeaderName, &str); N]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, text) in texts {
        headers.insert(name, HeaderValue::from_str(text).ok()?);
    }
    Some(headers)
}

#[cfg(test)]
mod tests;
