//! Standard Webhooks: `webhook-signature: v1,…` over `id.timestamp.body`, one for each key
//! (<https://github.com/standard-webhooks/standard-webhooks>, "Signature scheme"); or the same in headers that begin with
//! `svix-` (<https://docs.svix.com/receiving/verifying-payloads/how-manual>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName};

use super::{
    Message, Refusal, SIGNATURES_MOST, TOLERANCE_S, Verified, check_age, digest, headers, one, same, tag,
};
use crate::config::{HmacAlgorithm, SigningKey};

/// Id, timestamp and signature.
const STANDARD: [HeaderName; 3] = [
    HeaderName::from_static("webhook-id"),
    HeaderName::from_static("webhook-timestamp"),
    HeaderName::from_static("webhook-signature"),
];
const SVIX: [HeaderName; 3] = [
    HeaderName::from_static("svix-id"),
    HeaderName::from_static("svix-timestamp"),
    HeaderName::from_static("svix-signature"),
];
/// What stands before a symmetric signature.
const VERSION: &str = "v1,";

pub(super) fn verify(keys: &[SigningKey], message: &Message<'_>) -> Result<Verified, Refusal> {
    let [id, at, signatures] = match message.headers.contains_key(&STANDARD[0]) {
        true => &STANDARD,
        false => &SVIX,
    };
    let id = one(message.headers, id)?;
    let at = one(message.headers, at)?;
    let given: Vec<&str> = one(message.headers, signatures)?.split(' ').collect();
    if given.len() > SIGNATURES_MOST {
        return Err(Refusal::Unsigned);
    }
    let vouches = |key: &SigningKey| {
        let expected = signature(key, (id, at), message.body);
        given.iter().any(|given| same(&expected, given))
    };
    if !keys.iter().any(vouches) {
        return Err(Refusal::Forged);
    }
    check_age(at, message.now, TOLERANCE_S)?;
    Ok(Verified {
        id: Some(id.to_owned()),
        token: None,
        digest: digest(&[id.as_bytes(), b".", at.as_bytes(), b".", message.body]),
    })
}

pub(super) fn sign(keys: &[SigningKey], (id, at): (&str, &str), body: &[u8]) -> Option<HeaderMap> {
    let signature = signature(keys.first()?, (id, at), body);
    let [id_header, at_header, signature_header] = &STANDARD;
    headers([(id_header, id), (at_header, at), (signature_header, &signature)])
}

fn signature(key: &SigningKey, (id, at): (&str, &str), body: &[u8]) -> String {
    let parts = [id.as_bytes(), b".", at.as_bytes(), b".", body];
    let tag = tag(HmacAlgorithm::Sha256, key.expose(), &parts);
    format!("{VERSION}{}", BASE64_STANDARD.encode(tag.as_ref()))
}
