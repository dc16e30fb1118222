//! Labels: the texts that visits are counted under.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The longest label, in characters: what is longer is no name that anybody gave to something.
pub const LABEL_CHARS_MOST: usize = 128;

/// A text that visits are counted under: a source, a campaign, a domain, a path. At most [`LABEL_CHARS_MOST`] characters,
/// none of them a control character; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(Arc<str>);

impl Label {
    /// Under which everything is counted that has no label of its own any more.
    pub const OTHER: &'static str = "other";
    /// The source of a visitor who came from nowhere that is known.
    pub const DIRECT: &'static str = "direct";
    /// For what has no campaign, no referrer, no variant.
    pub const NONE: &'static str = "none";

    /// The label of a name as it came: trimmed, in small letters. `None` of nothing; what cannot be a label counts as
    /// [`Label::OTHER`].
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::kept(&text.to_lowercase()))
    }

    /// The label of a text whose letters matter, such as a path.
    #[must_use]
    pub fn exact(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::kept(text))
    }

    /// [`Label::OTHER`].
    #[must_use]
    pub fn other() -> Self {
        Self(Arc::from(Self::OTHER))
    }

    /// [`Label::DIRECT`].
    #[must_use]
    pub fn direct() -> Self {
        Self(Arc::from(Self::DIRECT))
    }

    /// [`Label::NONE`].
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::from(Self::NONE))
    }

    fn kept(text: &str) -> Self {
        let fits = text.len() <= LABEL_CHARS_MOST || text.chars().count() <= LABEL_CHARS_MOST;
        match fits && !text.chars().any(char::is_control) {
            true => Self(Arc::from(text)),
            false => Self::other(),
        }
    }

    /// It as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Label {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_made_small_and_what_cannot_be_one_is_other() {
        let named = |text: &str| Label::named(text).map(|label| label.to_string());
        assert_eq!(named(" ProductHunt "), Some("producthunt".into()));
        assert_eq!(named(" "), None);
        assert_eq!(named("a\0b"), Some("other".into()));
        assert_eq!(
            named(&"é".repeat(LABEL_CHARS_MOST)),
            Some("é".repeat(LABEL_CHARS_MOST))
        );
        assert_eq!(named(&"x".repeat(LABEL_CHARS_MOST + 1)), Some("other".into()));
        assert_eq!(
            Label::exact("/A").map(|label| label.to_string()),
            Some("/A".into())
        );
    }
}
