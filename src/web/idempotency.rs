//! The header `Idempotency-Key`: what makes the same request the same when it comes again.

pub mod once;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::ApiError;
use crate::model::ids::IdempotencyKey;

/// Set to `true` on an answer that was given before.
pub const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of the header `Idempotency-Key`, if there is one: a quoted string (draft-ietf-httpapi-idempotency-key-header,
/// RFC 9651 §3.3.3) or bare.
///
/// # Errors
/// 400 when it is not text, its quotes do not match, or two headers differ; 422 when it is no key.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != value) {
        return Err(ApiError::bad_request("there are two `Idempotency-Key` headers"));
    }
    let text = text_of(value).ok_or_else(|| {
        ApiError::bad_request("`Idempotency-Key` is neither a quoted string nor a bare key")
    })?;
    let key = IdempotencyKey::parse(&text)
        .map_err(|bad| ApiError::unprocessable("idempotencyKey", format!("`Idempotency-Key` {bad}")))?;
    Ok(Some(key))
}

/// The text of a value, out of its quotes if it has them.
fn text_of(value: &HeaderValue) -> Option<String> {
    let text = std::str::from_utf8(value.as_bytes())
        .ok()?
        .trim_matches([' ', '\t']);
    let Some(quoted) = text.strip_prefix('"') else {
        return Some(text.to_owned());
    };
    let mut inner = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(inner),
            '\\' => inner.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            plain @ ' '..='~' => inner.push(plain),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, values: &[&[u8]]) -> HeaderMap {
        let value = |bytes: &&[u8]| HeaderValue::from_bytes(bytes).expect("a value");
        values.iter().map(|bytes| (name.clone(), value(bytes))).collect()
    }

    fn key(values: &[&[u8]]) -> Result<Option<String>, u16> {
        let read = idempotency_key(&headers(IDEMPOTENCY_KEY, values));
        read.map(|key| key.map(|key| key.as_str().to_owned()))
            .map_err(|refused| refused.status().as_u16())
    }

    #[test]
    fn a_key_comes_quoted_or_bare() {
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&[b"k-1"]), Ok(Some("k-1".into())));
        assert_eq!(key(&[b"\"k-1\""]), Ok(Some("k-1".into())));
        assert_eq!(key(&[br#""a \"b\" \\ c""#]), Ok(Some(r#"a "b" \ c"#.into())));
        assert_eq!(key(&[b"k-1", b"k-1"]), Ok(Some("k-1".into())));
        assert_eq!(key(&["ключ".as_bytes()]), Ok(Some("ключ".into())));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for value in [
            &b"\"k"[..],
            b"\"k\"x",
            b"\"k\\x\"",
            b"\"",
            b"\"k\";a=1",
            b"\xff",
            b"\"\xc3\xa9\"",
        ] {
            assert_eq!(key(&[value]), Err(400), "{value:?}");
        }
        assert_eq!(key(&[b"a", b"b"]), Err(400));
        let long = "x".repeat(65);
        for value in [&b""[..], b"\"\"", b"a\tb", long.as_bytes()] {
            assert_eq!(key(&[value]), Err(422), "{value:?}");
        }
    }
}
