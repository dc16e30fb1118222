//! Mailgun: an HMAC over `timestamp` and `token`, all three in the body's `signature`
//! (<https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks>).
//!
//! It does not cover the rest of the body. Whoever sees one could send it again around another body, for as long as its
//! timestamp holds; so its token may be used for one event only.

use serde_json::{Map, Value, json};

use super::{Message, Refusal, TOLERANCE_S, Verified, check_age, digest, hex, same, tag};
use crate::config::{HmacAlgorithm, Secret};
use crate::web::json::{self, Json};

/// The longest of the three, in bytes; a token has 50.
const TEXT_BYTES: usize = 256;

pub(super) fn verify(secrets: &[Secret], message: &Message<'_>) -> Result<Verified, Refusal> {
    let body = json::parse(message.body).map_err(|_| Refusal::Unsigned)?;
    let signature = body.member("signature").ok_or(Refusal::Unsigned)?;
    let at = text(signature.member("timestamp"))?;
    let token = text(signature.member("token"))?;
    let given = text(signature.member("signature"))?;
    let vouches = |secret: &Secret| same(&written(secret, (&token, &at)), &given);
    if !secrets.iter().any(vouches) {
        return Err(Refusal::Forged);
    }
    check_age(&at, message.now, TOLERANCE_S)?;
    let digest = digest(&[at.as_bytes(), token.as_bytes()]);
    Ok(Verified {
        id: None,
        token: Some(token),
        digest,
    })
}

/// The body with its signature, under a token made of `id`; `None` where it is no object.
pub(super) fn sign(secrets: &[Secret], (id, at): (&str, &str), body: &[u8]) -> Option<Vec<u8>> {
    let token = hex(&digest(&[id.as_bytes()]));
    let signature = written(secrets.first()?, (&token, at));
    let mut members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let signature = json!({"timestamp": at, "token": token, "signature": signature});
    members.insert("signature".to_owned(), signature);
    serde_json::to_vec(&members).ok()
}

fn written(secret: &Secret, (token, at): (&str, &str)) -> String {
    let parts = [at.as_bytes(), token.as_bytes()];
    hex(tag(HmacAlgorithm::Sha256, secret.expose().as_bytes(), &parts).as_ref())
}

/// A text, or a whole number as it was written: the page shows timestamps as both.
fn text(member: Option<&Json<'_>>) -> Result<String, Refusal> {
    let text = match member {
        Some(Json::Text(text)) => text.to_string(),
        Some(Json::Number(number)) if number.is_u64() => number.to_string(),
        _ => return Err(Refusal::Unsigned),
    };
    match (1..=TEXT_BYTES).contains(&text.len()) {
        true => Ok(text),
        false => Err(Refusal::Unsigned),
    }
}
