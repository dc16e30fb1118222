//! The cookie of a session, and from which pages its browser may ask.

use http::header::{COOKIE, HOST, HeaderName, ORIGIN};
use http::{HeaderMap, HeaderValue, Method};

use crate::web::sessions::Token;

/// Its name where it travels by TLS: a browser takes it from this host alone, and never without TLS (RFC 6265bis, §4.1.3.2).
const SECURE: &str = "__Host-gantry";
/// Its name elsewhere.
const PLAIN: &str = "gantry_session";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a browser came by TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// It did.
    Tls,
    /// It did not, or nobody who is believed says so.
    Plain,
}

/// The cookie that gives a browser its session. It goes with the browser's own end, at the latest when the session does.
#[must_use]
pub fn set(token: &Token, transport: Transport) -> Option<HeaderValue> {
    let text = match transport {
        Transport::Tls => format!(
            "{SECURE}={}; Path=/; Secure; HttpOnly; SameSite=Strict",
            token.expose()
        ),
        Transport::Plain => format!("{PLAIN}={}; Path=/; HttpOnly; SameSite=Strict", token.expose()),
    };
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookie that takes it away again.
#[must_use]
pub const fn clear(transport: Transport) -> HeaderValue {
    match transport {
        Transport::Tls => {
            HeaderValue::from_static("__Host-gantry=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
        }
        Transport::Plain => {
            HeaderValue::from_static("gantry_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
        }
    }
}

/// What a browser shows of a session: the one in the safer cookie, if there are both.
pub(super) fn shown(headers: &HeaderMap) -> Option<&str> {
    let pairs = || {
        let lines = headers.get_all(COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
    };
    let named = |wanted: &str| pairs().find(|(name, _)| *name == wanted);
    let (_, token) = named(SECURE).or_else(|| named(PLAIN))?;
    Some(token)
}

/// Whether a request comes from a page of ours, as far as its browser tells (Fetch Metadata; RFC 6454 §7). What changes something
/// must say so; what only reads must not say otherwise. (`SameSite` does not do: a site is all ports of a host.)
pub(super) fn is_from_our_page(method: &Method, headers: &HeaderMap) -> bool {
    let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    let origin = headers.get(ORIGIN).map(|origin| is_ours(origin, headers));
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    match (site, origin) {
        (_, Some(false)) => false,
        (Some(b"same-origin"), _) => true,
        (Some(b"none"), _) => is_read,
        (Some(_), _) => false,
        (None, Some(true)) => true,
        (None, None) => is_read,
    }
}

/// Whether an origin is the host that is asked. Of the scheme only a proxy in front could tell.
fn is_ours(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let named = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    named
        .zip(host)
        .is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn what_changes_something_must_come_from_our_page() {
        let may = |lines: &[(&'static str, &'static str)]| {
            let headers = headers(lines);
            let read = is_from_our_page(&Method::GET, &headers);
            (read, is_from_our_page(&Method::POST, &headers))
        };
        let host = ("host", "127.0.0.1:8081");
        assert_eq!(may(&[host, ("sec-fetch-site", "same-origin")]), (true, true));
        assert_eq!(may(&[host, ("origin", "http://127.0.0.1:8081")]), (true, true));
        assert_eq!(may(&[host]), (true, false), "nobody says where it comes from");
        assert_eq!(
            may(&[host, ("sec-fetch-site", "none")]),
            (true, false),
            "typed in"
        );
        // Another port of the same host is the same site, and gets the cookie.
        assert_eq!(may(&[host, ("sec-fetch-site", "same-site")]), (false, false));
        assert_eq!(may(&[host, ("sec-fetch-site", "cross-site")]), (false, false));
        for origin in [
            "null",
            "http://evil.example",
            "http://127.0.0.1:3000",
            "http://127.0.0.1:8081.evil.example",
            "file://",
        ] {
            assert_eq!(may(&[host, ("origin", origin)]), (false, false), "{origin}");
        }
        let both = [
            host,
            ("origin", "http://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(may(&both), (false, false));
    }

    #[test]
    fn a_cookie_is_found_among_others_and_the_safer_one_first() {
        let found = |line: &'static str| shown(&headers(&[("cookie", line)])).map(str::to_owned);
        assert_eq!(found("a=b; gantry_session=one; c=d").as_deref(), Some("one"));
        assert_eq!(
            found("gantry_session=one; __Host-gantry=two").as_deref(),
            Some("two")
        );
        assert_eq!(found("xgantry_session=one; gantry_sessions=two"), None);
        assert_eq!(found(""), None);
    }
}
