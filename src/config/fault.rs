//! Faults: what is wrong, where it is written, and what to write instead.

use std::fmt;
use std::sync::Arc;

/// The most characters of a wrong value that a message repeats.
const SHOWN_CHARS: usize = 60;

/// Why one value was refused, as a sentence for its author; the place is added by whoever knows it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub(super) String);

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the configuration file.
    File {
        /// The file's path, as it was given.
        path: Arc<str>,
        /// The line, counted from 1.
        line: usize,
    },
    /// In a variable of the environment, by its name.
    Variable(String),
    /// In a flag of the command line, by its name.
    Flag(&'static str),
    /// Nowhere: the built-in default.
    Default,
}

impl Place {
    /// The place so many lines below, in a file; the same place elsewhere.
    #[must_use]
    pub fn lines_below(&self, lines: usize) -> Self {
        match self {
            Self::File { path, line } => Self::File {
                path: Arc::clone(path),
                line: line.saturating_add(lines),
            },
            other => other.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One fault: `gantry.toml:12: limits.vote: "10 per second" is not a rate; write for example "10/s burst 20"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where it is written.
    pub place: Place,
    /// The key it is about (`limits.vote`); `None` where the text is no TOML.
    pub key: Option<String>,
    /// What is wrong and what to write instead. Never repeats a secret.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{}: {key}: {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

/// Every fault of a configuration, in the order of the file, then of the environment. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Puts faults in order, each once; nothing when there is none.
    ///
    /// # Errors
    /// All of them, if there is one.
    pub fn none_or(mut faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() {
            return Ok(());
        }
        faults.sort();
        faults.dedup();
        Err(Self(faults))
    }

    /// These faults and others, in order.
    #[must_use]
    pub fn and(mut self, others: impl IntoIterator<Item = Fault>) -> Self {
        self.0.extend(others);
        self.0.sort();
        self.0.dedup();
        self
    }

    /// The faults one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// How many there are; at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// One fault per line, without a newline at the end.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A value as messages repeat it: quoted, control characters escaped, cut when long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((at, _)) => format!("{:?}", format!("{}…", text.get(..at).unwrap_or_default())),
        None => format!("{text:?}"),
    }
}
