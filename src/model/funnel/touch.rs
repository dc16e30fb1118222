//! Touches: where a visitor came from, first and last.

use std::fmt;

use super::Label;
use crate::model::time::Millis;

/// A visitor for one day: a keyed hash that nobody can compute any more once the day's salt is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Visitor {
    /// When the day begins.
    pub day: Millis,
    /// The hash.
    pub hash: u128,
}

impl Visitor {
    /// The visitor of `day` who is named so in answers: 32 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str, day: Millis) -> Option<Self> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let hash = digits.then(|| u128::from_str_radix(text, 16).ok())??;
        Some(Self { day, hash })
    }
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.hash)
    }
}

/// Where one visit came from, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Who sent the visitor; [`Label::DIRECT`] where that is not known.
    pub source: Label,
    /// For which campaign; [`Label::NONE`] for none.
    pub campaign: Label,
    /// The domain of the page they came from; [`Label::NONE`] where there was none, or it was the site's own.
    pub referrer: Label,
    /// The path they came to.
    pub path: Label,
    /// Which page of several they were shown there; [`Label::NONE`] where there is one.
    pub variant: Label,
}

impl Origin {
    /// Whether nobody sent them.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.source.as_str() == Label::DIRECT
    }
}

/// A visit that says where its visitor came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// When.
    pub at: Millis,
    /// Where from.
    pub origin: Origin,
}

/// The first touch of a visitor's day, and the last that was not direct; where all were direct, the last is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touches {
    /// The first.
    pub first: Touch,
    /// The last.
    pub last: Touch,
}

impl Touches {
    /// Those of a visitor who was seen once.
    #[must_use]
    pub fn of(touch: Touch) -> Self {
        Self {
            first: touch.clone(),
            last: touch,
        }
    }

    /// With another touch, which may have been earlier.
    #[must_use]
    pub fn with(self, touch: Touch) -> Self {
        self.and(Self::of(touch))
    }

    /// Those of both, in whatever order they were seen.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (early, late) = match other.first.at < self.first.at {
            true => (other, self),
            false => (self, other),
        };
        let last = match (early.last.origin.is_direct(), late.last.origin.is_direct()) {
            (false, false) if early.last.at > late.last.at => early.last,
            (_, false) => late.last,
            (false, true) => early.last,
            // All were direct.
            (true, true) => early.first.clone(),
        };
        Self {
            first: early.first,
            last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(at: i64, source: &str) -> Touch {
        let none = Label::none();
        Touch {
            at: Millis(at),
            origin: Origin {
                source: Label::named(source).unwrap(),
                campaign: none.clone(),
                referrer: none.clone(),
                path: Label::exact("/").unwrap(),
                variant: none,
            },
        }
    }

    fn touches(seen: &[(i64, &str)]) -> (String, String) {
        let mut seen = seen.iter().map(|(at, source)| touch(*at, source));
        let first = Touches::of(seen.next().unwrap());
        let all = seen.fold(first, Touches::with);
        (
            all.first.origin.source.to_string(),
            all.last.origin.source.to_string(),
        )
    }

    #[test]
    fn the_first_touch_stays_and_the_last_that_was_not_direct_counts() {
        let cases = [
            (&[(1, "google")][..], ("google", "google")),
            (&[(1, "google"), (2, "direct")], ("google", "google")),
            (&[(1, "direct"), (2, "google")], ("direct", "google")),
            (&[(1, "google"), (2, "x"), (3, "direct")], ("google", "x")),
            (&[(1, "direct"), (2, "direct")], ("direct", "direct")),
        ];
        for (seen, (first, last)) in cases {
            assert_eq!(touches(seen), (first.to_owned(), last.to_owned()), "{seen:?}");
        }
    }

    #[test]
    fn the_order_in_which_touches_are_put_together_makes_no_difference() {
        let seen = [(1, "direct"), (2, "google"), (3, "x"), (4, "direct")];
        let expected = touches(&seen);
        for first in 0..seen.len() {
            let mut turned = seen;
            turned.rotate_left(first);
            assert_eq!(touches(&turned), expected, "{turned:?}");
            turned.reverse();
            assert_eq!(touches(&turned), expected, "{turned:?}");
        }
    }
}
