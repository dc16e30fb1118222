//! Ranges of a stored whole (RFC 9110 §14).

use std::ops::Range;

use http::HeaderMap;
use http::header::RANGE;

/// What of a body is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Wanted {
    /// All of it. Several ranges at once are answered so, too, which §14.2 allows.
    Whole,
    /// These bytes: one at least.
    Part(Range<usize>),
    /// None that there are: 416.
    Nothing,
}

/// What of a body of `bytes` bytes is asked for; what is no range is passed over (§14.2).
pub(in crate::pages) fn wanted(asked: &HeaderMap, bytes: usize) -> Wanted {
    let mut lines = asked.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Wanted::Whole;
    };
    let read = line.to_str().ok().and_then(|text| {
        let (unit, ranges) = text.split_once('=')?;
        let (from, to) = ranges.trim().split_once('-')?;
        let is_bytes = unit.trim().eq_ignore_ascii_case("bytes");
        is_bytes.then(|| (from.trim(), to.trim()))
    });
    let Some((from, to)) = read else {
        return Wanted::Whole;
    };
    match (position(from), position(to)) {
        (Some(None), Some(Some(0))) => Wanted::Nothing,
        (Some(None), Some(Some(last))) => part(bytes.saturating_sub(last)..bytes),
        (Some(Some(from)), Some(None)) => part(from..bytes),
        (Some(Some(from)), Some(Some(to))) if from <= to => part(from..to.saturating_add(1).min(bytes)),
        _ => Wanted::Whole,
    }
}

fn part(range: Range<usize>) -> Wanted {
    match range.is_empty() {
        true => Wanted::Nothing,
        false => Wanted::Part(range),
    }
}

/// A position; `Some(None)` where nothing is written, `None` where it is none.
fn position(text: &str) -> Option<Option<usize>> {
    if text.is_empty() {
        return Some(None);
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some(text.parse().unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_cut_out_and_anything_else_is_the_whole_or_nothing() {
        for (text, expected) in [
            ("bytes=0-4", Wanted::Part(0..5)),
            ("bytes=5-", Wanted::Part(5..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-99", Wanted::Part(5..10)),
            ("Bytes=9-9", Wanted::Part(9..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=99999999999999999999-", Wanted::Nothing),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("0-1", Wanted::Whole),
        ] {
            let asked = HeaderMap::from_iter([(RANGE, text.parse().unwrap())]);
            assert_eq!(wanted(&asked, 10), expected, "{text}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::Whole);
    }
}
