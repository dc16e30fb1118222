//! SendGrid: ECDSA on P-256 with SHA-256, over the timestamp and the body with nothing between them
//! (<https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderName;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::{Message, Refusal, TOLERANCE_S, Verified, check_age, digest, one};
use crate::config::VerifyingKey;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-email-event-webhook-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-twilio-email-event-webhook-timestamp");

pub(super) fn verify(keys: &[VerifyingKey], message: &Message<'_>) -> Result<Verified, Refusal> {
    let given = one(message.headers, &SIGNATURE)?;
    let at = one(message.headers, &TIMESTAMP)?;
    let signature = BASE64_STANDARD.decode(given).map_err(|_| Refusal::Unsigned)?;
    let signed = [at.as_bytes(), message.body].concat();
    let vouches = |key: &VerifyingKey| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.point());
        key.verify(&signed, &signature).is_ok()
    };
    if !keys.iter().any(vouches) {
        return Err(Refusal::Forged);
    }
    check_age(at, message.now, TOLERANCE_S)?;
    Ok(Verified {
        id: None,
        token: None,
        digest: digest(&[&signed]),
    })
}
