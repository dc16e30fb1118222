//! Cookies, as far as pages differ by them.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::config::PageVariant;

/// The cookies of a request that make another page, as `name=value`, joined by `; `; `None` where none does.
pub(super) fn variant(headers: &HeaderMap, variants: &[PageVariant]) -> Option<String> {
    if variants.is_empty() || !headers.contains_key(COOKIE) {
        return None;
    }
    let mut found = String::new();
    for variant in variants {
        let value =
            values(headers, &variant.cookie).find(|value| variant.values.iter().any(|known| known == value));
        let Some(value) = value else { continue };
        if !found.is_empty() {
            found.push_str("; ");
        }
        found.push_str(&variant.cookie);
        found.push('=');
        found.push_str(value);
    }
    (!found.is_empty()).then_some(found)
}

/// What was sent under a name (RFC 6265 §5.4).
fn values<'h>(headers: &'h HeaderMap, name: &'h str) -> impl Iterator<Item = &'h str> {
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line: &HeaderValue| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    pairs.filter_map(move |pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_values_of_listed_cookies_make_another_page() {
        let ab = PageVariant {
            cookie: "ab".to_owned(),
            values: vec!["a".to_owned(), "b".to_owned()],
        };
        let of = |line: &'static str| {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(line))]);
            variant(&headers, std::slice::from_ref(&ab))
        };
        assert_eq!(of("session=1; ab=b"), Some("ab=b".to_owned()));
        assert_eq!(of("ab=c"), None);
        assert_eq!(of("abc=a; xab=a"), None);
        assert_eq!(of("session=1"), None);
        assert_eq!(variant(&HeaderMap::new(), &[ab]), None);
    }
}
