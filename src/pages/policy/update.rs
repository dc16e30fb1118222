//! Updates: what a 304 changes of what is stored (RFC 9111 §3.2).

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What says how the stored body is to be read, or stands for its very bytes, and so stays with it.
const STAYS: [HeaderName; 10] = [
    CONTENT_ENCODING,
    CONTENT_MD5,
    CONTENT_DIGEST,
    ETAG,
    CONTENT_RANGE,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    TRAILER,
    UPGRADE,
];

/// Takes the fields of a 304 in: each replaces what was stored under its name.
pub(in crate::pages) fn take_in(stored: &mut HeaderMap, answered: &HeaderMap) {
    for name in answered.keys().filter(|name| !STAYS.contains(name)) {
        stored.remove(name);
    }
    for (name, value) in answered {
        if !STAYS.contains(name) {
            stored.append(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use http::header::{CACHE_CONTROL, SET_COOKIE};

    #[test]
    fn fields_of_a_304_replace_stored_ones_but_for_those_of_the_body() {
        let mut stored = HeaderMap::new();
        stored.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=1"));
        stored.insert(CONTENT_LENGTH, HeaderValue::from_static("10"));
        stored.insert("x-kept", HeaderValue::from_static("kept"));
        let mut answered = HeaderMap::new();
        answered.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=9"));
        answered.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        answered.append(SET_COOKIE, HeaderValue::from_static("a=1"));
        answered.append(SET_COOKIE, HeaderValue::from_static("b=1"));
        take_in(&mut stored, &answered);
        assert_eq!(stored[CACHE_CONTROL], "max-age=9");
        assert_eq!(stored[CONTENT_LENGTH], "10");
        assert_eq!(stored["x-kept"], "kept");
        assert_eq!(stored.get_all(SET_COOKIE).iter().count(), 2);
    }
}
