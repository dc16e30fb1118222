//! Entity tags (RFC 9110 §8.8.3): one, lists of them, and the two ways to compare.

use http::header::ETAG;
use http::{HeaderMap, HeaderName};

/// An entity tag, of the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EntityTag<'t> {
    is_weak: bool,
    /// What stands between the quotes. There are no escapes within.
    opaque: &'t [u8],
}

impl<'t> EntityTag<'t> {
    /// The tag that `text` is, whitespace around it aside; `None` for anything else.
    pub(super) fn read(text: &'t [u8]) -> Option<Self> {
        let (tag, rest) = Self::first(text.trim_ascii())?;
        rest.is_empty().then_some(tag)
    }

    /// The tag of an answer; `None` if it has none, several, or what is no tag.
    pub(super) fn of(headers: &'t HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(ETAG).iter();
        let tag = Self::read(lines.next()?.as_bytes())?;
        lines.next().is_none().then_some(tag)
    }

    /// Whether both stand for what may be used in the other's place (§8.8.3.2).
    pub(super) fn is_weakly(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// Whether both stand for the same bytes (§8.8.3.2).
    pub(super) fn is_strongly(&self, other: &Self) -> bool {
        self.is_strong() && other.is_strong() && self.opaque == other.opaque
    }

    pub(super) fn is_strong(&self) -> bool {
        !self.is_weak
    }

    /// The tag that `text` begins with, and what follows it. Tags hold commas, so a list cannot be parted first.
    fn first(text: &'t [u8]) -> Option<(Self, &'t [u8])> {
        let (is_weak, quoted) = match text.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        let begun = quoted.strip_prefix(b"\"")?;
        let end = begun.iter().position(|byte| *byte == b'"')?;
        let (opaque, rest) = begun.split_at_checked(end)?;
        let may_stand = |byte: &u8| *byte == 0x21 || *byte >= 0x23 && *byte != 0x7f;
        let tag = Self { is_weak, opaque };
        opaque.iter().all(may_stand).then_some((tag, rest.get(1..)?))
    }
}

/// What a field that lists tags (`If-None-Match`, `If-Match`) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags<'t> {
    /// `*`: whatever there is.
    Any,
    /// One of these. Empty where the field could not be read.
    These(Vec<EntityTag<'t>>),
}

impl<'t> Tags<'t> {
    /// `None` if the field is not there. What of a list cannot be read ends it: what follows is not guessed at.
    pub(super) fn read(headers: &'t HeaderMap, name: &HeaderName) -> Option<Self> {
        let lines: Vec<&[u8]> = headers.get_all(name).iter().map(|line| line.as_bytes()).collect();
        match lines.as_slice() {
            [] => None,
            [line] if line.trim_ascii() == b"*" => Some(Self::Any),
            lines => Some(Self::These(lines.iter().flat_map(|line| list(line)).collect())),
        }
    }
}

fn list(line: &[u8]) -> Vec<EntityTag<'_>> {
    let mut tags = Vec::new();
    let mut rest = line;
    while let Some((tag, behind)) = EntityTag::first(behind_commas(rest)) {
        rest = behind.trim_ascii_start();
        if !rest.is_empty() && !rest.starts_with(b",") {
            break;
        }
        tags.push(tag);
    }
    tags
}

fn behind_commas(text: &[u8]) -> &[u8] {
    let parts = |byte: &u8| matches!(byte, b',' | b' ' | b'\t');
    let start = text.iter().position(|byte| !parts(byte)).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::header::IF_NONE_MATCH;

    use super::*;

    fn tag(text: &str) -> Option<EntityTag<'_>> {
        EntityTag::read(text.as_bytes())
    }

    #[test]
    fn the_two_comparisons_are_those_of_the_table_in_rfc_9110_8_8_3_2() {
        for (one, other, strongly, weakly) in [
            (r#"W/"1""#, r#"W/"1""#, false, true),
            (r#"W/"1""#, r#"W/"2""#, false, false),
            (r#"W/"1""#, r#""1""#, false, true),
            (r#""1""#, r#""1""#, true, true),
            (r#""""#, r#""""#, true, true),
        ] {
            let (one, other) = (tag(one).unwrap(), tag(other).unwrap());
            assert_eq!(one.is_strongly(&other), strongly, "{one:?} {other:?}");
            assert_eq!(one.is_weakly(&other), weakly, "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_is_no_tag_is_none() {
        for text in [
            "", "1", "*", r#""1"#, r#"w/"1""#, r#"W"1""#, r#"W\"1""#, r#""a b""#, r#""1" 2"#,
        ] {
            assert_eq!(tag(text), None, "{text}");
        }
        assert!(tag("\"\u{fc}\"").is_some(), "obs-text may stand in a tag");
    }

    #[test]
    fn lists_are_read_over_all_lines_and_commas_in_tags_are_theirs() {
        let read = |lines: &[&str]| -> Option<Vec<String>> {
            let headers: HeaderMap = lines
                .iter()
                .map(|line| (IF_NONE_MATCH, line.parse().unwrap()))
                .collect();
            match Tags::read(&headers, &IF_NONE_MATCH)? {
                Tags::Any => Some(vec!["any".to_owned()]),
                Tags::These(tags) => {
                    let opaque = tags
                        .iter()
                        .map(|tag| String::from_utf8_lossy(tag.opaque).into_owned());
                    Some(opaque.collect())
                }
            }
        };
        for (lines, expected) in [
            (&[r#""a""#][..], &["a"][..]),
            (&[r#""a" , W/"b","c""#], &["a", "b", "c"]),
            (&[r#""a""#, r#""b""#], &["a", "b"]),
            (&[r#", "a,b", , "c","#], &["a,b", "c"]),
            (&[" * "], &["any"]),
            (&["*", "*"], &[]),
            (&["a"], &[]),
            (&[r#""a" "b""#], &[]),
            (&[r#""a", b, "c""#], &["a"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(read(lines), Some(expected), "{lines:?}");
        }
        assert_eq!(read(&[]), None);
    }
}
