//! An HMAC in a header, over the body and what else the scheme names: GitHub's, Slack's, and whatever is configured.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue};

use super::{Message, Refusal, Verified, check_age, digest, hex, one, same, tag};
use crate::config::{Encoding, HmacScheme, Secret, SignedPart};

pub(super) fn verify(scheme: &HmacScheme, message: &Message<'_>) -> Result<Verified, Refusal> {
    let given = one(message.headers, &scheme.header)?;
    let timestamp = scheme.timestamp.as_ref();
    let at = timestamp
        .map(|timestamp| one(message.headers, &timestamp.name))
        .transpose()?;
    let id = scheme.id_header.as_ref();
    let id = id.map(|name| one(message.headers, name)).transpose()?;
    let parts = parts(
        scheme,
        (id.unwrap_or_default(), at.unwrap_or_default()),
        message.body,
    );
    let vouches = |secret: &Secret| same(&written(scheme, secret, &parts), given);
    if !scheme.secrets.iter().any(vouches) {
        return Err(Refusal::Forged);
    }
    if let Some((timestamp, at)) = timestamp.zip(at) {
        let tolerance_s = i64::try_from(timestamp.tolerance.as_secs()).unwrap_or(i64::MAX);
        check_age(at, message.now, tolerance_s)?;
    }
    Ok(Verified {
        id: id.map(str::to_owned),
        token: None,
        digest: digest(&parts),
    })
}

pub(super) fn sign(scheme: &HmacScheme, (id, at): (&str, &str), body: &[u8]) -> Option<HeaderMap> {
    let secret = scheme.secrets.first()?;
    let signature = written(scheme, secret, &parts(scheme, (id, at), body));
    let mut headers = HeaderMap::new();
    headers.insert(&scheme.header, HeaderValue::from_str(&signature).ok()?);
    if let Some(timestamp) = &scheme.timestamp {
        headers.insert(&timestamp.name, HeaderValue::from_str(at).ok()?);
    }
    if let Some(name) = &scheme.id_header {
        headers.insert(name, HeaderValue::from_str(id).ok()?);
    }
    Some(headers)
}

fn parts<'p>(scheme: &'p HmacScheme, (id, at): (&'p str, &'p str), body: &'p [u8]) -> Vec<&'p [u8]> {
    let part = |part: &'p SignedPart| match part {
        SignedPart::Text(text) => text.as_bytes(),
        SignedPart::Body => body,
        SignedPart::Timestamp => at.as_bytes(),
        SignedPart::Id => id.as_bytes(),
    };
    scheme.signed.iter().map(part).collect()
}

/// The signature as its header has it.
fn written(scheme: &HmacScheme, secret: &Secret, parts: &[&[u8]]) -> String {
    let tag = tag(scheme.algorithm, secret.expose().as_bytes(), parts);
    let encoded = match scheme.encoding {
        Encoding::Hex => hex(tag.as_ref()),
        Encoding::Base64 => BASE64_STANDARD.encode(tag.as_ref()),
    };
    format!("{}{encoded}", scheme.prefix)
}
