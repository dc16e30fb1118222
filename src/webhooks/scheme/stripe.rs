//! Stripe: `Stripe-Signature: t=…,v1=…` over `timestamp.body`, a `v1` for each secret while one is rolled
//! (<https://docs.stripe.com/webhooks#verify-manually>).

use http::{HeaderMap, HeaderName};

use super::{
    Message, Refusal, SIGNATURES_MOST, TOLERANCE_S, Verified, check_age, digest, headers, hex, one, same, tag,
};
use crate::config::{HmacAlgorithm, Secret};

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

pub(super) fn verify(secrets: &[Secret], message: &Message<'_>) -> Result<Verified, Refusal> {
    let given = one(message.headers, &SIGNATURE)?;
    let (mut at, mut signatures) = (None, Vec::new());
    for part in given.split(',') {
        match part.split_once('=').ok_or(Refusal::Unsigned)? {
            ("t", _) if at.is_some() => return Err(Refusal::Unsigned),
            ("t", time) => at = Some(time),
            ("v1", signature) => signatures.push(signature),
            // Of other schemes; v0 is for tests.
            _ => {}
        }
    }
    let at = at.ok_or(Refusal::Unsigned)?;
    if !(1..=SIGNATURES_MOST).contains(&signatures.len()) {
        return Err(Refusal::Unsigned);
    }
    let vouches = |secret: &Secret| {
        let expected = signature(secret, at, message.body);
        signatures.iter().any(|given| same(&expected, given))
    };
    if !secrets.iter().any(vouches) {
        return Err(Refusal::Forged);
    }
    check_age(at, message.now, TOLERANCE_S)?;
    Ok(Verified {
        id: None,
        token: None,
        digest: digest(&[at.as_bytes(), b".", message.body]),
    })
}

pub(super) fn sign(secrets: &[Secret], at: &str, body: &[u8]) -> Option<HeaderMap> {
    let signature = signature(secrets.first()?, at, body);
    headers([(&SIGNATURE, &format!("t={at},v1={signature}"))])
}

fn signature(secret: &Secret, at: &str, body: &[u8]) -> String {
    let key = secret.expose().as_bytes();
    hex(tag(HmacAlgorithm::Sha256, key, &[at.as_bytes(), b".", body]).as_ref())
}
