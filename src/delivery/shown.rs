//! A call, as it is shown to people: whole, but for what is secret.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue};
use schemars::JsonSchema;
use serde::Serialize;

use super::call::Call;
use super::plan::Plan;

/// How much of a body is shown, in bytes: as long as an event may be.
const BODY_MAX: usize = 64 * 1024;

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "MadeRequest")]
pub(super) struct RequestItem {
    method: String,
    /// Scheme, host and port: a path may be a secret.
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl RequestItem {
    pub(super) fn of(call: &Call, plan: &Plan) -> Self {
        let url = plan.origin().to_owned();
        match call {
            Call::Request(request) => Self {
                method: request.method.to_string(),
                url,
                headers: shown(&request.headers),
                body: text(&request.body),
            },
            // Its headers are the letter's, and are shown where they stand in it.
            Call::Mail(mail) => Self {
                method: "MAIL".to_owned(),
                url,
                headers: BTreeMap::new(),
                body: text(mail.letter.bytes()),
            },
        }
    }
}

/// The beginning of a body, to the end of a character.
fn text(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    text.truncate(text.floor_char_boundary(BODY_MAX));
    text
}

/// The headers, without the secrets.
fn shown(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &HeaderValue| match value.is_sensitive() {
        true => "[secret]".to_owned(),
        false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    let each = headers.iter();
    each.map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_shown_to_the_end_of_a_character_within_its_bound() {
        assert_eq!(text(b"{}"), "{}");
        let long = "ü".repeat(BODY_MAX);
        let cut = text(&[b"x", long.as_bytes()].concat());
        assert_eq!((cut.len(), cut.ends_with('ü')), (BODY_MAX - 1, true));
    }

    #[test]
    fn what_is_secret_among_headers_is_named_and_not_shown() {
        let mut headers = HeaderMap::new();
        headers.insert("x-team", HeaderValue::from_static("growth"));
        let mut secret = HeaderValue::from_static("hidden");
        secret.set_sensitive(true);
        headers.insert("authorization", secret);
        let shown: Vec<(String, String)> = shown(&headers).into_iter().collect();
        let expected = [("authorization", "[secret]"), ("x-team", "growth")];
        assert_eq!(
            shown,
            expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }
}
