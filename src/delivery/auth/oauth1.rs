//! OAuth 1.0a (RFC 5849): a signature by HMAC-SHA1 of method, address and parameters.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use ring::hmac;
use sha2::{Digest, Sha256};
use url::{Position, form_urlencoded};

use super::secret;
use crate::config::OAuth1;
use crate::model::event::DeliveryId;
use crate::model::time::Millis;
use crate::outbound::Request;

/// The bodies whose parameters are signed (§3.4.1.3.1); of others nothing is.
const FORM: &str = "application/x-www-form-urlencoded";

/// A word that no two attempts share, and that tells nobody anything (§3.3).
pub(super) fn nonce((delivery, attempt): (DeliveryId, u32)) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"oauth_nonce");
    hasher.update(delivery.0.to_be_bytes());
    hasher.update(attempt.to_be_bytes());
    let hash = hasher.finalize();
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The header `Authorization` of a request (§3.5.1).
pub(super) fn authorization(request: &Request, keys: &OAuth1, (nonce, at): (&str, Millis)) -> HeaderValue {
    let timestamp = at.0.div_euclid(1_000).to_string();
    let protocol = [
        ("oauth_consumer_key", keys.consumer_key.expose()),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &timestamp),
        ("oauth_token", keys.token.expose()),
        ("oauth_version", "1.0"),
    ];
    let base = base_string(request, &protocol);
    let signature = sign(&base, (keys.consumer_secret.expose(), keys.token_secret.expose()));
    let said: Vec<String> = protocol
        .iter()
        .chain([&("oauth_signature", signature.as_str())])
        .map(|(name, value)| format!("{name}=\"{}\"", encoded(value)))
        .collect();
    secret(&format!("OAuth {}", said.join(", ")))
}

/// HMAC-SHA1 by both secrets, in base64 (§3.4.2).
fn sign(base: &str, (consumer, token): (&str, &str)) -> String {
    let key = format!("{}&{}", encoded(consumer), encoded(token));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, base.as_bytes()))
}

/// What is signed (§3.4.1.1).
fn base_string(request: &Request, protocol: &[(&str, &str)]) -> String {
    // The parser has written scheme and host in lower case, and left out the port that goes without saying (§3.4.1.2).
    let address = &request.url[..Position::AfterPath];
    let parameters = normalized(parameters(request, protocol));
    let parts = [request.method.as_str(), address, &parameters];
    parts.map(encoded).join("&")
}

/// Those of the query, of the protocol and of a form (§3.4.1.3.1).
fn parameters(request: &Request, protocol: &[(&str, &str)]) -> Vec<(String, String)> {
    let content_type = request.headers.get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim();
    let form: &[u8] = match media.eq_ignore_ascii_case(FORM) {
        true => &request.body,
        false => &[],
    };
    let own = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        (name.into_owned(), value.into_owned())
    };
    let query = request.url.query_pairs().map(own);
    let protocol = protocol
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    query
        .chain(protocol)
        .chain(form_urlencoded::parse(form).map(own))
        .collect()
}

/// Encoded, sorted, joined (§3.4.1.3.2).
fn normalized(parameters: Vec<(String, String)>) -> String {
    let mut pairs: Vec<(String, String)> = parameters
        .iter()
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Every byte but the unreserved as `%XX` (§3.6).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, Method};

    use super::*;
    use crate::config::Secret;

    fn request(method: Method, url: &str, form: &'static str) -> Request {
        let mut headers = HeaderMap::new();
        if !form.is_empty() {
            let media = "application/x-www-form-urlencoded; charset=utf-8";
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Request {
            method,
            url: url.parse().unwrap(),
            headers,
            body: form.into(),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_base_string_is_that_of_the_standard() {
        // RFC 5849 §3.4.1.1.
        let url = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
        let request = request(Method::POST, url, "c2&a3=2+q");
        let protocol = [
            ("oauth_consumer_key", "9djdj82h48djs9d2"),
            ("oauth_token", "kkk9d7dh3k39sjv7"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131201"),
            ("oauth_nonce", "7d8f3e4a"),
        ];
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D\
            %25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_\
            signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
        assert_eq!(base_string(&request, &protocol), expected);
    }

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // RFC 5849 §1.2, the last step.
        let url = "http://photos.example.net/photos?file=vacation.jpg&size=original";
        let protocol = [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ];
        let base = base_string(&request(Method::GET, url, ""), &protocol);
        let signature = sign(&base, ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00"));
        assert_eq!(signature, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    #[test]
    fn a_header_is_that_which_x_publishes() {
        // https://docs.x.com/fundamentals/authentication/oauth-1-0a/creating-a-signature, and the page it followed.
        let keys = OAuth1 {
            consumer_key: Secret::new("xvz1evFS4wEEPTGEFPHBog"),
            consumer_secret: Secret::new("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            token: Secret::new("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
            token_secret: Secret::new("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
        };
        let form = "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21";
        let nonce = "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg";
        for (address, signature) in [
            (
                "https://api.x.com/1.1/statuses/update.json",
                "Ls93hJiZbQ3akF3HF3x1Bz8%2FzU4%3D",
            ),
            (
                "https://api.twitter.com/1/statuses/update.json",
                "tnnArxj06cWHq44gCs1OSKk%2FjLY%3D",
            ),
        ] {
            let request = request(Method::POST, &format!("{address}?include_entities=true"), form);
            let header = authorization(&request, &keys, (nonce, Millis(1_318_622_958_999)));
            assert!(header.is_sensitive());
            let expected = format!(
                "OAuth oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\", oauth_nonce=\"{nonce}\", \
                 oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1318622958\", \
                 oauth_token=\"370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb\", oauth_version=\"1.0\", \
                 oauth_signature=\"{signature}\""
            );
            assert_eq!(header, expected);
        }
    }

    #[test]
    fn bodies_that_are_no_forms_are_not_signed() {
        let mut json = request(Method::POST, "https://api.x.com/2/tweets", "");
        json.body = "text=1".into();
        let base = base_string(&json, &[]);
        assert_eq!(base, "POST&https%3A%2F%2Fapi.x.com%2F2%2Ftweets&");
    }

    #[test]
    fn each_attempt_has_a_nonce_of_its_own_and_always_the_same() {
        let of = |delivery, attempt| nonce((DeliveryId(delivery), attempt));
        assert_eq!(of(1, 1), of(1, 1));
        assert_ne!(of(1, 1), of(1, 2));
        assert_ne!(of(1, 1), of(2, 1));
        assert_eq!(of(1, 1).len(), 32);
    }
}
