//! Templates as they were written: whoever sends compiles them, and tells their faults by these places.

use super::fault::{Fault, Place};
use super::written::{Refusal, Written};

/// The text of a template, and where it stands.
#[derive(Clone, Debug)]
pub struct TemplateText {
    /// The template.
    pub text: String,
    /// The key it is the value of: `destination.body`.
    pub key: &'static str,
    /// Where its first line stands.
    pub place: Place,
}

impl TemplateText {
    /// The value of `key`.
    pub(super) fn read(key: &'static str, written: &Written) -> Result<Self, Vec<Refusal>> {
        let text = written.one(|text| Ok(text.to_owned()))?;
        Ok(Self::new(key, text, written.text_place.clone()))
    }

    /// A template that stands at `place`.
    #[must_use]
    pub fn new(key: &'static str, text: impl Into<String>, place: Place) -> Self {
        let text = text.into();
        Self { text, key, place }
    }

    /// Whether it has anything that is filled in.
    #[must_use]
    pub fn is_template(&self) -> bool {
        is_template(&self.text)
    }

    /// A fault of the template, in its line `line`, counted from 1.
    #[must_use]
    pub fn fault(&self, line: usize, message: impl Into<String>) -> Fault {
        Fault {
            place: self.place.lines_below(line.saturating_sub(1)),
            key: Some(self.key.to_owned()),
            message: message.into(),
        }
    }
}

/// The same text is the same template, wherever it stands: a reload is not about lines.
impl PartialEq for TemplateText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Whether a text that need not be a template is written as one.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|begins| text.contains(begins))
}
