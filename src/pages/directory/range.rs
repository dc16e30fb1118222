//! Parts of files, and files that are known already (RFC 9110 §13 and §14).

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderValue};

use crate::model::time::Millis;
use crate::model::time::http_date;
use crate::web::answer::is_known;

/// Which part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// None: the client has it.
    Known,
    /// All of it.
    Whole,
    /// So many bytes from `from` on, one at least.
    Some { from: u64, bytes: u64 },
    /// What it does not have.
    None,
}

/// Which part of a file with this head and size is asked for. Several ranges at once are answered with the whole, as
/// is whatever is no range (§14.2).
pub(super) fn part(asked: &HeaderMap, head: &HeaderMap, bytes: u64) -> Part {
    if is_unchanged(asked, head) {
        return Part::Known;
    }
    let range = asked.get(RANGE).filter(|_| is_of_this_file(asked, head));
    let Some(range) = range.and_then(|range| range.to_str().ok()) else {
        return Part::Whole;
    };
    let Some((from, to)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.trim().split_once('-'))
    else {
        return Part::Whole;
    };
    match (position(from), position(to)) {
        _ if !plain(from) || !plain(to) => Part::Whole,
        (None, None) => Part::Whole,
        (Some(from), Some(to)) if to < from => Part::Whole,
        (Some(from), _) if from >= bytes => Part::None,
        (Some(from), to) => {
            let end = to.map_or(bytes, |to| to.saturating_add(1).min(bytes));
            Part::Some {
                from,
                bytes: end.saturating_sub(from),
            }
        }
        (None, Some(0)) => Part::None,
        (None, Some(_)) if bytes == 0 => Part::None,
        (None, Some(last)) => Part::Some {
            from: bytes.saturating_sub(last),
            bytes: last.min(bytes),
        },
    }
}

fn plain(digits: &str) -> bool {
    digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn position(digits: &str) -> Option<u64> {
    digits.parse().ok()
}

/// Whether the client has this version: the tag decides where it names one, and the date where it does not (§13.2.2).
fn is_unchanged(asked: &HeaderMap, head: &HeaderMap) -> bool {
    if asked.contains_key(IF_NONE_MATCH) {
        let tag = head.get(ETAG).and_then(|tag| tag.to_str().ok());
        return tag.is_some_and(|tag| is_known(asked, tag));
    }
    date(asked, &IF_MODIFIED_SINCE)
        .zip(date(head, &LAST_MODIFIED))
        .is_some_and(|(known, changed)| changed <= known)
}

/// Whether the part would be one of what the client has the rest of (§13.1.5).
fn is_of_this_file(asked: &HeaderMap, head: &HeaderMap) -> bool {
    match asked.get(IF_RANGE) {
        Some(version) => Some(version) == head.get(ETAG) || Some(version) == head.get(LAST_MODIFIED),
        None => true,
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<Millis> {
    // A year of two digits is of the last century or of this; either is before whatever is served here.
    http_date::parse(headers.get(name)?.to_str().ok()?, Millis(0))
}

/// Takes away what speaks of a body that does not come.
pub(super) fn without_body(headers: &mut HeaderMap) {
    for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
        headers.remove(name);
    }
}

/// `Content-Range` of a part.
pub(super) fn content_range(from: u64, bytes: u64, of: u64) -> Option<(HeaderName, HeaderValue)> {
    let last = from.saturating_add(bytes).saturating_sub(1);
    let value = HeaderValue::from_str(&format!("bytes {from}-{last}/{of}")).ok()?;
    Some((CONTENT_RANGE, value))
}

/// `Content-Range` of what a file does not have.
pub(super) fn content_range_of_none(of: u64) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&format!("bytes */{of}")).ok()?;
    Some((CONTENT_RANGE, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &'static str, bytes: u64) -> Part {
        let asked = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
        part(&asked, &HeaderMap::new(), bytes)
    }

    fn some(from: u64, bytes: u64) -> Part {
        Part::Some { from, bytes }
    }

    #[test]
    fn parts_are_those_that_the_standard_means() {
        assert_eq!(of("bytes=0-0", 10), some(0, 1));
        assert_eq!(of("bytes=2-5", 10), some(2, 4));
        assert_eq!(of("bytes=8-99", 10), some(8, 2));
        assert_eq!(of("bytes=3-", 10), some(3, 7));
        assert_eq!(of("bytes=-3", 10), some(7, 3));
        assert_eq!(of("bytes=-99", 10), some(0, 10));
        assert_eq!(of("bytes=10-", 10), Part::None);
        assert_eq!(of("bytes=-0", 10), Part::None);
        assert_eq!(of("bytes=0-", 0), Part::None);
        assert_eq!(of("bytes=-1", 0), Part::None);
        for whole in [
            "bytes=5-2",
            "bytes=0-1,3-4",
            "bytes=",
            "bytes=-",
            "lines=0-1",
            "bytes=a-b",
            "bytes=+1-2",
            "0-1",
        ] {
            assert_eq!(of(whole, 10), Part::Whole, "{whole}");
        }
    }

    #[test]
    fn a_version_that_is_known_is_not_sent_again() {
        let head = HeaderMap::from_iter([
            (ETAG, HeaderValue::from_static("\"a\"")),
            (
                LAST_MODIFIED,
                HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"),
            ),
        ]);
        let known = |name: HeaderName, value: &'static str| {
            let asked = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            part(&asked, &head, 10) == Part::Known
        };
        assert!(known(IF_NONE_MATCH, "\"b\", W/\"a\"") && known(IF_NONE_MATCH, "*"));
        assert!(!known(IF_NONE_MATCH, "\"b\""));
        assert!(known(IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:37 GMT"));
        assert!(!known(IF_MODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT"));
        assert!(!known(IF_MODIFIED_SINCE, "yesterday"));
    }

    #[test]
    fn a_part_of_another_version_is_not_sent() {
        let head = HeaderMap::from_iter([(ETAG, HeaderValue::from_static("\"a\""))]);
        let with = |version: &'static str| {
            let range = (RANGE, HeaderValue::from_static("bytes=0-1"));
            let asked = HeaderMap::from_iter([range, (IF_RANGE, HeaderValue::from_static(version))]);
            part(&asked, &head, 10)
        };
        assert_eq!(with("\"a\""), some(0, 2));
        assert_eq!(with("\"b\""), Part::Whole);
        assert_eq!(with("W/\"a\""), Part::Whole);
    }
}
