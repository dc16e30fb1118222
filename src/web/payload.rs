//! Payloads of events: what is kept of one, and what tells one event from another.

use http::StatusCode;
use sha2::{Digest, Sha256};

use super::ApiError;
use super::json::{self, Form, Json};
use crate::model::event::{Fingerprint, MAX_PAYLOAD};
use crate::model::ids::{EventType, Source};

/// The text of a payload as it is kept.
///
/// # Errors
/// 422 where it contains NUL, 413 over [`MAX_PAYLOAD`].
pub fn kept(payload: &Json<'_>) -> Result<String, ApiError> {
    if payload.has_nul() {
        return Err(ApiError::unprocessable("payload", "`payload` contains NUL"));
    }
    let mut text = String::new();
    payload.write(Form::AsSent, &mut text);
    // A number may take more digits than it was sent with: 1e9.
    if text.len() > MAX_PAYLOAD {
        let detail = format!("`payload` is larger than {MAX_PAYLOAD} bytes");
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    Ok(text)
}

/// SHA-256 over RFC 8785 of `{payload, source, type}`: in the order of their names.
#[must_use]
pub fn fingerprint(kind: &EventType, source: &Source, payload: &Json<'_>) -> Fingerprint {
    let mut text = String::from(r#"{"payload":"#);
    payload.write(Form::Canonical, &mut text);
    text.push_str(r#","source":"#);
    json::write_text(source.as_str(), &mut text);
    text.push_str(r#","type":"#);
    json::write_text(kind.as_str(), &mut text);
    text.push('}');
    Fingerprint(Sha256::digest(text.as_bytes()).into())
}
