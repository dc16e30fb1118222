//! Signatures of what is sent (Standard Webhooks, <https://github.com/standard-webhooks/standard-webhooks>).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

use crate::config::SigningKey;
use crate::model::time::Millis;

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
pub(super) const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Adds `webhook-id`, the same on every attempt, `webhook-timestamp`, this attempt's in seconds, and
/// `webhook-signature`: one for each key, so that receivers may know either while keys are changed. Without keys nothing
/// is added.
pub(super) fn sign(headers: &mut HeaderMap, keys: &[SigningKey], (id, at): (&str, Millis), body: &[u8]) {
    if keys.is_empty() {
        return;
    }
    let timestamp = at.0.div_euclid(1_000).to_string();
    let signatures: Vec<String> = keys
        .iter()
        .filter_map(|key| signature(key, (id, &timestamp), body))
        .collect();
    for (name, text) in [
        (WEBHOOK_ID, id),
        (WEBHOOK_TIMESTAMP, timestamp.as_str()),
        (WEBHOOK_SIGNATURE, signatures.join(" ").as_str()),
    ] {
        // Digits, hyphens and base64 are always a value.
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    }
}

/// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
fn signature(key: &SigningKey, (id, timestamp): (&str, &str), body: &[u8]) -> Option<String> {
    // A key of any length is one.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).ok()?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    Some(format!("v1,{signature}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn key(text: &str) -> SigningKey {
        SigningKey::parse(&Secret::new(text)).unwrap()
    }

    #[test]
    fn a_message_is_signed_as_the_libraries_of_the_standard_do() {
        // The example of the libraries' own tests.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let message = ("msg_p5jXN8AQM9LWM0D4loKWxJek", Millis(1_614_265_330_999));
        let mut headers = HeaderMap::new();
        sign(&mut headers, &[key], message, br#"{"test": 2432232314}"#);
        let of = |name: &HeaderName| headers[name].to_str().unwrap().to_owned();
        assert_eq!(of(&WEBHOOK_ID), "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(of(&WEBHOOK_TIMESTAMP), "1614265330");
        assert_eq!(
            of(&WEBHOOK_SIGNATURE),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn each_key_signs_and_without_one_nothing_is_said() {
        let keys = [
            key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            key("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"),
        ];
        let message = ("01a2309f-0e60-7fff-bfff-ffffffff0001", Millis(1_796_112_060_000));
        let mut headers = HeaderMap::new();
        sign(&mut headers, &keys, message, br#"{"a":1}"#);
        let expected =
            "v1,zz+EQsCbE6USb7LoUSXwybBReaskDQ4eAKE7o+T95a0= v1,FuUYz30osbEOboEXVLD8aZHva2ZPlDXD+akUHpaF9Bk=";
        assert_eq!(headers[&WEBHOOK_SIGNATURE], expected);
        let mut headers = HeaderMap::new();
        sign(&mut headers, &[], message, b"");
        assert!(headers.is_empty());
    }

    #[test]
    fn a_key_is_24_to_64_bytes_of_base64() {
        for wrong in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "no base64, though long enough to be a key",
        ] {
            assert_eq!(SigningKey::parse(&Secret::new(wrong)), None, "{wrong}");
        }
        assert_eq!(
            format!("{:?}", key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
            "[secret]"
        );
    }
}
