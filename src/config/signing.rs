//! Keys that sign what is sent (Standard Webhooks, <https://github.com/standard-webhooks/standard-webhooks>, "Signature scheme").

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::fault::Invalid;
use super::secret::{Secret, SecretRef};
use super::sources::Sources;
use super::written::{Refusal, Value, Written};

/// What a secret has to be.
pub(super) const FORM: &str = "the secret it names is not whsec_ and base64 of 24 to 64 bytes";
/// What stands before a symmetric key.
const PREFIX: &str = "whsec_";
/// How long a key is, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The most keys at once: the present one, and the one before while receivers change over.
const KEYS_MOST: usize = 4;

/// A symmetric key. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base64 of 24 to 64 bytes; the prefix may be left out.
    #[must_use]
    pub fn parse(secret: &Secret) -> Option<Self> {
        let text = secret.expose();
        let text = text.strip_prefix(PREFIX).unwrap_or(text);
        let key = BASE64_STANDARD.decode(text).ok()?;
        KEY_BYTES.contains(&key.len()).then_some(Self(key))
    }

    /// The key itself. Do not log it, and do not keep a copy.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Reads one key, or a list of them.
pub(super) fn keys(written: &Written, sources: &Sources) -> Result<Vec<SigningKey>, Vec<Refusal>> {
    let read = |text: &str| {
        let secret = text.parse::<SecretRef>()?.resolve(sources)?;
        SigningKey::parse(&secret).ok_or_else(|| Invalid(FORM.to_owned()))
    };
    let keys = match &written.value {
        Value::List(_) => written.each(read)?,
        _ => vec![written.one(read)?],
    };
    match keys.len() {
        0..=KEYS_MOST => Ok(keys),
        _ => {
            let why = Invalid(format!("there are more than {KEYS_MOST} keys"));
            Err(vec![(written.place.clone(), why)])
        }
    }
}
