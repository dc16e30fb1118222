//! Updates: what a 304 changes of what is stored (RFC 9111 §3.2).

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, HeaderName, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// What says how the stored body is to be read, or stands for its very bytes, and so stays with it.
const STAYS: [HeaderName; 9] = [
    CONTENT_ENCODING,
    CONTENT_MD5,
    CONTENT_DIGEST,
    CONTENT_RANGE,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    TRAILER,
    UPGRADE,
];

/// Takes the fields of a 304 in: each replaces what was stored under its name. The tag that the origin was asked by stays, as
/// its bytes do: under another they would be taken for what they are not. Without a `Date`, the answer was made when it came
/// (RFC 9110 §6.6.1), and not when the stored one was.
pub(in crate::pages) fn take_in(stored: &mut HeaderMap, answered: &HeaderMap) {
    let is_tagged = stored.contains_key(ETAG);
    let stays = |name: &HeaderName| STAYS.contains(name) || is_tagged && *name == ETAG;
    stored.remove(DATE);
    for name in answered.keys().filter(|name| !stays(name)) {
        stored.remove(name);
    }
    for (name, value) in answered.iter().filter(|(name, _)| !stays(name)) {
        stored.append(name.clone(), value.clone());
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

    #[test]
    fn a_tag_stays_with_its_bytes_and_the_date_of_the_stored_answer_goes() {
        let mut stored = HeaderMap::new();
        stored.insert(ETAG, HeaderValue::from_static("\"a\""));
        stored.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        let answered = HeaderMap::from_iter([(ETAG, HeaderValue::from_static("\"b\""))]);
        take_in(&mut stored, &answered);
        assert_eq!(stored[ETAG], "\"a\"");
        assert!(!stored.contains_key(DATE));

        let mut untagged = HeaderMap::new();
        take_in(&mut untagged, &answered);
        assert_eq!(untagged[ETAG], "\"b\"");
    }
}
