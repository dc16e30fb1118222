//! What of a request is a secret, and taking it out of texts: receivers like to repeat what they were sent.
//!
//! Secrets are header values that are marked sensitive, and the URL's path and query: a chat's webhook is known by these
//! alone. Parts of them count as well, such as the token after `Bearer`, where they are long enough to be no plain word.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderValue};
use url::{Position, Url};

use super::error::SendError;

/// The shortest value of a header that is taken out, in bytes: what is shorter hides nothing, and stands anywhere.
const VALUE_MIN: usize = 4;
/// The shortest part of a secret that is taken out, in bytes.
const PART_MIN: usize = 8;
/// A segment of a path that has no digit and is shorter, in bytes, is a word: it is taken out with the path only.
const WORD_END: usize = 16;
/// The most of a body that is looked at, in bytes; what is kept of it is shorter by far.
const LOOKED_AT_MAX: usize = 16 * 1024;

const MARK: &str = "[secret]";

/// The texts that a request's secrets are known by, the longest first, none empty.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub(super) fn of(headers: &HeaderMap, url: &Url) -> Self {
        let mut texts = Vec::new();
        for value in headers.values().filter(|value| value.is_sensitive()) {
            of_header(value, &mut texts);
        }
        of_url(url, &mut texts);
        Self::of_texts(texts)
    }

    /// Those that are these texts; the short ones hide nothing.
    pub(super) fn of_texts(texts: impl IntoIterator<Item = String>) -> Self {
        let texts: Vec<String> = texts.into_iter().filter(|text| text.len() >= VALUE_MIN).collect();
        let mut spelled: Vec<String> = texts.iter().flat_map(|text| spellings(text)).collect();
        spelled.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spelled.dedup();
        Self(spelled)
    }

    /// The head of `body` as text, without the secrets.
    pub(super) fn out_of_body(&self, body: &[u8]) -> String {
        let head = body.get(..LOOKED_AT_MAX).unwrap_or(body);
        self.out_of(&String::from_utf8_lossy(head))
    }

    /// `error` without the secrets. None is known to repeat one; those of other crates are theirs to word.
    pub(super) fn out_of_error(&self, error: SendError) -> SendError {
        match error {
            SendError::Name(cause) => SendError::Name(self.out_of(&cause)),
            SendError::Connect(cause) => SendError::Connect(self.out_of(&cause)),
            SendError::Tls(cause) => SendError::Tls(self.out_of(&cause)),
            SendError::Broken(cause) => SendError::Broken(self.out_of(&cause)),
            SendError::Refused(_) | SendError::Timeout(_) => error,
        }
    }

    fn out_of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.0 {
            if text.contains(secret) {
                text = text.replace(secret, MARK);
            }
        }
        // A body that was cut or broke off may end within a secret.
        let begun = |secret: &String| {
            let mut lengths = (PART_MIN..secret.len()).rev();
            lengths.find(|n| secret.get(..*n).is_some_and(|head| text.ends_with(head)))
        };
        if let Some(length) = self.0.iter().filter_map(begun).max() {
            text.truncate(text.len() - length);
            text.push_str(MARK);
        }
        text
    }
}

/// The value whole, and its parts but for the scheme: `Bearer X`, `Token token="X"`, `a=X; b=Y`. Of `Basic X` what it says
/// counts, too: the password, by itself and after its name (RFC 7617 §2).
fn of_header(value: &HeaderValue, texts: &mut Vec<String>) {
    let Ok(value) = value.to_str() else { return };
    let is_scheme = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
    };
    let words = value.split([' ', ',', ';', '"']).enumerate();
    for (n, word) in words {
        let value = word.split_once('=').map(|(_, value)| value);
        let whole = (n > 0 || !is_scheme(word)).then_some(word);
        texts.extend(
            [whole, value]
                .into_iter()
                .flatten()
                .filter(|part| is_long(part))
                .map(str::to_owned),
        );
    }
    let basic = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let said = basic.and_then(|(_, word)| BASE64_STANDARD.decode(word.trim()).ok());
    if let Some(pair) = said.and_then(|said| String::from_utf8(said).ok()) {
        let password = pair.split_once(':').map(|(_, password)| password.to_owned());
        let parts = [Some(pair), password].into_iter().flatten();
        texts.extend(parts.filter(|part| part.len() >= VALUE_MIN));
    }
    if value.len() >= VALUE_MIN {
        texts.push(value.to_owned());
    }
}

/// Path and query, together and apart, segments that are no words, and the query's values, as they stand and decoded.
fn of_url(url: &Url, texts: &mut Vec<String>) {
    let is_word = |part: &str| part.len() < WORD_END && !part.bytes().any(|byte| byte.is_ascii_digit());
    let segments = url.path().split('/').filter(|segment| !is_word(segment));
    let query = url.query().unwrap_or_default();
    let values = query.split('&').filter_map(|pair| Some(pair.split_once('=')?.1));
    let whole = [&url[Position::BeforePath..], url.path(), query];
    let written = whole.into_iter().chain(segments).chain(values).map(str::to_owned);
    let decoded = url.query_pairs().map(|(_, value)| value.into_owned());
    texts.extend(written.chain(decoded).filter(|part| is_long(part)));
}

fn is_long(part: &str) -> bool {
    part.len() >= PART_MIN
}

/// A text as receivers write it: as it is, in JSON as most and as some servers escape it, and in HTML.
fn spellings(text: &str) -> [String; 5] {
    let json = text.replace('\\', r"\\").replace('"', r#"\""#);
    let slashes = json.replace('/', r"\/");
    let hexadecimal = json
        .replace('&', r"\u0026")
        .replace('<', r"\u003c")
        .replace('>', r"\u003e");
    let html = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;");
    [text.to_owned(), json, slashes, hexadecimal, html]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(header: &str, url: &str) -> Secrets {
        let mut value = HeaderValue::from_str(header).unwrap();
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert("authorization", value);
        headers.insert("x-team", HeaderValue::from_static("growth-and-friends"));
        Secrets::of(&headers, &url.parse().unwrap())
    }

    fn told(secrets: &Secrets, said: &str) -> String {
        secrets.out_of_body(said.as_bytes())
    }

    #[test]
    fn what_a_receiver_repeats_of_a_secret_is_taken_out() {
        let url = "https://chat.example/services/T0123456/B0123456?token=q%2Fery-canary&v=2";
        let secrets = secrets("Bearer sk/live+0123456789", url);
        for (said, expected) in [
            (
                "authorization: Bearer sk/live+0123456789;",
                "authorization: [secret];",
            ),
            ("bad token sk/live+0123456789", "bad token [secret]"),
            (r#"{"token":"sk\/live+0123456789"}"#, r#"{"token":"[secret]"}"#),
            (
                "no POST /services/T0123456/B0123456?token=q%2Fery-canary&v=2",
                "no POST [secret]",
            ),
            (
                r#"{"u":"/services/T0123456/B0123456?token=q%2Fery-canary\u0026v=2"}"#,
                r#"{"u":"[secret]"}"#,
            ),
            ("no <b>token=q%2Fery-canary&amp;v=2</b>", "no <b>[secret]</b>"),
            ("no POST /services/T0123456/B0123456", "no POST [secret]"),
            (
                "team T0123456 has no q/ery-canary",
                "team [secret] has no [secret]",
            ),
            (
                "team T0123457 has no q/ery-canopy",
                "team T0123457 has no q/ery-canopy",
            ),
            (
                "services are down, growth-and-friends",
                "services are down, growth-and-friends",
            ),
        ] {
            assert_eq!(told(&secrets, said), expected);
        }
    }

    #[test]
    fn a_secret_that_breaks_off_is_taken_out_as_well() {
        let secrets = secrets("Bearer sk-live-0123456789", "https://crm.example/");
        for n in 8..18 {
            let said = format!("you said {}", &"sk-live-0123456789"[..n]);
            assert_eq!(told(&secrets, &said), "you said [secret]", "{n}");
        }
        let whole = format!("{}sk-live-0123456789", "x".repeat(LOOKED_AT_MAX - 10));
        assert!(told(&secrets, &whole).ends_with("x[secret]"));
    }

    #[test]
    fn parts_of_a_value_are_secrets_and_its_scheme_and_short_ones_are_not() {
        let taken = |header, said: &str| told(&secrets(header, "https://crm.example/hook"), said);
        assert_eq!(
            taken("Negotiate YII0123456", "Negotiate what? YII0123456"),
            "Negotiate what? [secret]"
        );
        assert_eq!(
            taken(r#"Token token="abcdefgh", id=7"#, "abcdefgh 7 Token"),
            "[secret] 7 Token"
        );
        assert_eq!(taken("sid=0123456789; lang=en", "0123456789 en"), "[secret] en");
        assert_eq!(
            taken("Bearer abc", "abc of Bearer abc at /hook"),
            "abc of [secret] at /hook"
        );
        // gantry:hunter2
        assert_eq!(
            taken(
                "Basic Z2FudHJ5Omh1bnRlcjI=",
                "hunter2 of gantry: Z2FudHJ5Omh1bnRlcjI="
            ),
            "[secret] of gantry: [secret]"
        );
        assert_eq!(taken("1234", "1234 words, 56"), "[secret] words, 56");
        assert_eq!(taken("123", "123 words"), "123 words");
    }

    #[test]
    fn errors_repeat_no_secret_either() {
        let secrets = secrets("Bearer sk-live-0123456789", "https://crm.example/");
        let said = |text: &str| SendError::Broken(text.to_owned());
        assert_eq!(
            secrets.out_of_error(said("bad sk-live-0123456789")),
            said("bad [secret]")
        );
    }
}
