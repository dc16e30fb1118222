//! Spans: what was done, from when to when, and where in which trace.

use std::borrow::Cow;

use crate::model::trace::{Parent, State};

/// Something that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Where it stands; its own id is the span's.
    pub at: Parent,
    /// Whose part it is; `None`: the trace begins with it.
    pub parent: Option<u64>,
    /// What other tracing systems have added to the trace.
    pub state: Option<State>,
    /// Of whatever else it speaks.
    pub links: Vec<Parent>,
    /// What was done, in words that are the same for all that is alike.
    pub name: Cow<'static, str>,
    /// Whose part in an exchange.
    pub kind: Kind,
    /// When it began and ended, in nanoseconds since the Unix epoch.
    pub lasted: (u64, u64),
    /// What else is said of it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Why it failed, in a few words from a closed set; `None`: it did not.
    pub failed: Option<&'static str>,
}

/// Whose part in an exchange a span is, by the numbers of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Within the process.
    Internal = 1,
    /// Of whoever is asked.
    Server = 2,
    /// Of whoever asks.
    Client = 3,
    /// Of whoever takes up what was left for them.
    Consumer = 5,
}

/// What is said of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// In words.
    Text(Cow<'static, str>),
    /// In a number.
    Number(i64),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
