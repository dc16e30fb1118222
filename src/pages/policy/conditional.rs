//! Conditions: whether the client has what is stored, and how an origin is asked whether it has changed (RFC 9110 §13).

use http::HeaderMap;
use http::header::{
    DATE, ETAG, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    LAST_MODIFIED, RANGE,
};

use super::etag::{EntityTag, Tags};
use crate::model::time::Millis;
use crate::model::time::http_date;

/// What a client asks on its own behalf, and what an origin is not told when all of its answer is to be stored.
pub(in crate::pages) const OWN: [HeaderName; 6] = [
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
    IF_RANGE,
    RANGE,
];

/// Whether the client has what is stored: 304 (§13.2.2, RFC 9111 §4.3.2).
pub(in crate::pages) fn is_known(asked: &HeaderMap, stored: &HeaderMap, now: Millis) -> bool {
    if let Some(tags) = Tags::read(asked, &IF_NONE_MATCH) {
        return match tags {
            Tags::Any => true,
            Tags::These(tags) => {
                let own = EntityTag::of(stored);
                own.is_some_and(|own| tags.iter().any(|tag| tag.is_weakly(&own)))
            }
        };
    }
    // RFC 9111 §4.3.2: what does not say when it changed, may have changed until it was made.
    let changed = date(stored, &LAST_MODIFIED, now).or_else(|| date(stored, &DATE, now));
    let since = date(asked, &IF_MODIFIED_SINCE, now);
    changed
        .zip(since)
        .is_some_and(|(changed, since)| changed <= since)
}

/// Asks an origin, in `asked`, whether what is stored has changed (RFC 9111 §4.3.1). Returns whether there is something
/// to ask by.
pub(in crate::pages) fn ask_by(stored: &HeaderMap, asked: &mut HeaderMap) -> bool {
    let tag = stored.get(ETAG).filter(|_| EntityTag::of(stored).is_some());
    let changed = stored.get(LAST_MODIFIED);
    if let Some(tag) = tag {
        asked.insert(IF_NONE_MATCH, tag.clone());
    }
    if let Some(changed) = changed {
        asked.insert(IF_MODIFIED_SINCE, changed.clone());
    }
    tag.is_some() || changed.is_some()
}

/// Whether a range is asked of what is stored, and not of something else (RFC 9110 §13.1.5): strongly compared.
pub(in crate::pages) fn is_of_this(asked: &HeaderMap, stored: &HeaderMap) -> bool {
    let Some(condition) = asked.get(IF_RANGE) else {
        return true;
    };
    match EntityTag::read(condition.as_bytes()) {
        Some(tag) => EntityTag::of(stored).is_some_and(|own| own.is_strongly(&tag)),
        None => stored
            .get(LAST_MODIFIED)
            .is_some_and(|changed| changed == condition),
    }
}

fn date(headers: &HeaderMap, name: &HeaderName, now: Millis) -> Option<Millis> {
    let mut lines = headers.get_all(name).iter();
    // §13.1.3: several are none.
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return None;
    };
    http_date::parse(line.to_str().ok()?.trim(), now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: &str = "Wed, 25 Nov 2026 10:00:00 GMT";
    const LATER: &str = "Wed, 25 Nov 2026 11:00:00 GMT";

    fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    fn known(asked: &[(HeaderName, &str)], stored: &[(HeaderName, &str)]) -> bool {
        is_known(&headers(asked), &headers(stored), Millis(1_790_000_000_000))
    }

    #[test]
    fn tags_are_compared_weakly_and_go_before_dates() {
        let stored = [(ETAG, r#""a""#), (LAST_MODIFIED, THEN)];
        assert!(known(&[(IF_NONE_MATCH, r#"W/"a""#)], &stored));
        assert!(known(&[(IF_NONE_MATCH, r#""b", "a""#)], &stored));
        assert!(known(&[(IF_NONE_MATCH, "*")], &stored));
        assert!(!known(
            &[(IF_NONE_MATCH, r#""b""#), (IF_MODIFIED_SINCE, LATER)],
            &stored
        ));
        assert!(known(&[(IF_MODIFIED_SINCE, THEN)], &stored));
        assert!(known(&[(IF_MODIFIED_SINCE, LATER)], &stored));
        assert!(!known(&[(IF_MODIFIED_SINCE, THEN)], &[(LAST_MODIFIED, LATER)]));
        assert!(!known(&[(IF_MODIFIED_SINCE, "yesterday")], &stored));
        assert!(known(&[(IF_MODIFIED_SINCE, LATER)], &[(DATE, THEN)]));
        assert!(!known(&[(IF_MODIFIED_SINCE, THEN)], &[(DATE, LATER)]));
        let twice = [(IF_MODIFIED_SINCE, LATER), (IF_MODIFIED_SINCE, LATER)];
        assert!(!known(&twice, &stored));
        assert!(!known(&[], &stored));
    }

    #[test]
    fn an_origin_is_asked_by_what_it_said() {
        let mut asked = HeaderMap::new();
        assert!(ask_by(
            &headers(&[(ETAG, r#""a""#), (LAST_MODIFIED, THEN)]),
            &mut asked
        ));
        assert_eq!(asked[IF_NONE_MATCH], r#""a""#);
        assert_eq!(asked[IF_MODIFIED_SINCE], THEN);
        assert!(!ask_by(&HeaderMap::new(), &mut HeaderMap::new()));
    }

    #[test]
    fn ranges_of_something_else_are_not_given() {
        let stored = headers(&[(ETAG, r#""a""#), (LAST_MODIFIED, THEN)]);
        let of = |condition: &str| is_of_this(&headers(&[(IF_RANGE, condition)]), &stored);
        assert!(of(r#""a""#) && of(THEN));
        assert!(!of(r#"W/"a""#) && !of(r#""b""#) && !of(LATER));
        assert!(is_of_this(&HeaderMap::new(), &stored));
    }
}
