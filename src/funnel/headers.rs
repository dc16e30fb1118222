//! What a request's headers say of why a page was asked for, and of whether its visitor may be remembered.

use http::header::{DNT, HeaderName};
use http::{HeaderMap, HeaderValue};

use crate::model::funnel::Apart;

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const X_PURPOSE: HeaderName = HeaderName::from_static("x-purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Headers by which browsers say that they ask in case somebody will: <https://wicg.github.io/nav-speculation/prefetch.html>
/// for the first, and what browsers sent before there was one.
const PURPOSES: [HeaderName; 4] = [SEC_PURPOSE, PURPOSE, X_PURPOSE, X_MOZ];
const IN_CASE: [&str; 3] = ["prefetch", "prerender", "preview"];
/// What a page may be fetched to become (<https://fetch.spec.whatwg.org/#concept-request-destination>) when somebody looks at it.
const LOOKED_AT: [&[u8]; 4] = [b"document", b"iframe", b"frame", b"fencedframe"];

/// Why a request for a page is no visit, as far as its headers say.
pub(super) fn apart(headers: &HeaderMap) -> Option<Apart> {
    let in_case = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        IN_CASE.iter().any(|word| value.contains(word))
    };
    if PURPOSES.iter().filter_map(|name| headers.get(name)).any(in_case) {
        return Some(Apart::Prefetch);
    }
    let destination = headers.get(SEC_FETCH_DEST);
    let looked_at = destination.is_none_or(|dest| LOOKED_AT.contains(&dest.as_bytes()));
    (!looked_at).then_some(Apart::NoNavigation)
}

/// Whether whoever asks wants not to be followed: Global Privacy Control, or Do Not Track. They are counted, and not remembered.
pub(super) fn wants_not_to_be_followed(headers: &HeaderMap) -> bool {
    let says = |name: &HeaderName| headers.get(name).is_some_and(|value| value.as_bytes() == b"1");
    says(&SEC_GPC) || says(&DNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn what_nobody_looks_at_is_no_visit() {
        let cases = [
            (&[][..], None),
            (&[("sec-fetch-dest", "document")], None),
            (&[("sec-fetch-dest", "iframe")], None),
            (&[("sec-fetch-dest", "empty")], Some(Apart::NoNavigation)),
            (&[("sec-fetch-dest", "image")], Some(Apart::NoNavigation)),
            (
                &[
                    ("sec-purpose", "prefetch;prerender"),
                    ("sec-fetch-dest", "document"),
                ],
                Some(Apart::Prefetch),
            ),
            (&[("purpose", "prefetch")], Some(Apart::Prefetch)),
            (&[("x-moz", "prefetch")], Some(Apart::Prefetch)),
            (&[("x-purpose", "preview")], Some(Apart::Prefetch)),
        ];
        for (pairs, expected) in cases {
            assert_eq!(apart(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn those_who_say_so_are_not_followed() {
        assert!(wants_not_to_be_followed(&headers(&[("dnt", "1")])));
        assert!(wants_not_to_be_followed(&headers(&[("sec-gpc", "1")])));
        assert!(!wants_not_to_be_followed(&headers(&[
            ("dnt", "0"),
            ("sec-gpc", "0")
        ])));
    }
}
