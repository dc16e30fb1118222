//! Fields that are of one connection and go no further (RFC 9110 §7.6.1).

use http::HeaderMap;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderName,
    PROXY_AUTHENTICATE, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
};

use super::list;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

const OF_A_CONNECTION: [HeaderName; 8] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What `Connection` may not take out: who named these would take them away from whoever comes after us.
const NEVER: [HeaderName; 8] = [
    HOST,
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    COOKIE,
    SET_COOKIE,
    VARY,
];

/// Takes out what goes no further.
pub(in crate::pages) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = list::members(headers, &CONNECTION)
        .filter_map(|member| HeaderName::from_bytes(member).ok())
        .filter(|name| !NEVER.contains(name) && !name.as_str().starts_with("x-forwarded-"))
        .collect();
    for name in OF_A_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn fields_of_the_connection_and_those_it_names_are_taken_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, X-Own, cookie, x-forwarded-for"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("te", "trailers"),
            ("x-own", "1"),
            ("cookie", "a=1"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-other", "1"),
        ] {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        strip(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["cookie", "x-forwarded-for", "x-other"]);
    }
}
