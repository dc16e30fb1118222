//! Names people give to things, checked once, at the edge.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::time::Millis;

/// The longest name, in characters (not bytes).
pub const MAX_CHARS: usize = 64;
/// The longest type of an event, in characters.
pub const MAX_TYPE_CHARS: usize = 32;
/// The longest note to an entry of spend, in characters.
pub const MAX_NOTE_CHARS: usize = 200;
/// The longest name of a schedule, a goal or a form, in characters: keys of events hold it and more.
pub const MAX_SCHEDULE_CHARS: usize = 32;

/// Why a name was refused; `Display` finishes the sentence "`userId` …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing was given.
    #[error("is empty")]
    Empty,
    /// More than so many characters.
    #[error("is longer than {0} characters")]
    TooLong(usize),
    /// A control character, NUL among them.
    #[error("contains a control character")]
    Control,
    /// A poll's id appears in addresses and keeps to what needs no escaping there.
    #[error("may only contain letters, digits, '-', '_', '.' and ':'")]
    NotInAddress,
    /// Such a name appears in keys and addresses, where colons stand between their parts.
    #[error("may only contain letters, digits, '-', '_' and '.'")]
    NotInKey,
}

fn checked(text: &str, max_chars: usize) -> Result<Arc<str>, BadName> {
    if text.is_empty() {
        return Err(BadName::Empty);
    }
    // A character takes one to four bytes, so short texts need no counting.
    if text.len() > max_chars && text.chars().count() > max_chars {
        return Err(BadName::TooLong(max_chars));
    }
    if text.chars().any(char::is_control) {
        return Err(BadName::Control);
    }
    Ok(Arc::from(text))
}

/// A short name that stands in keys and addresses.
fn plain(text: &str) -> Result<Arc<str>, BadName> {
    let name = checked(text, MAX_SCHEDULE_CHARS)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    match name.bytes().all(plain) {
        true => Ok(name),
        false => Err(BadName::NotInKey),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! free_name {
    ($(#[$doc:meta])* $name:ident) => {
        free_name!($(#[$doc])* $name, MAX_CHARS);
    };
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        name!($(#[$doc])* $name);

        impl $name {
            /// Checks `text`: at least one character, none of them a control character, and no more than the bound.
            ///
            /// # Errors
            /// [`BadName`] says which rule was broken.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                checked(text, $max).map(Self)
            }
        }
    };
}

name!(
    /// A schedule's name, as configured: letters, digits, `-`, `_` and `.`, at most [`MAX_SCHEDULE_CHARS`].
    ScheduleName
);
name!(
    /// A goal's name, as configured: letters, digits, `-`, `_` and `.`, at most [`MAX_SCHEDULE_CHARS`].
    GoalName
);
name!(
    /// A form's name, as it stands in its address: letters, digits, `-`, `_` and `.`, at most [`MAX_SCHEDULE_CHARS`].
    FormName
);
name!(
    /// A poll's id, as it stands in addresses: letters, digits, `-`, `_`, `.` and `:`.
    PollId
);
free_name!(
    /// An option's id within its poll.
    OptionId
);
free_name!(
    /// Whoever votes, as the maker's page names them.
    UserId
);
free_name!(
    /// What makes a request the same request when it is sent again.
    IdempotencyKey
);

free_name!(
    /// What kind of event, such as `LEAD_CAPTURE`: at most [`MAX_TYPE_CHARS`] characters.
    EventType,
    MAX_TYPE_CHARS
);
free_name!(
    /// What is said of an entry of spend besides its figures: at most [`MAX_NOTE_CHARS`] characters.
    SpendNote,
    MAX_NOTE_CHARS
);
free_name!(
    /// Where an event came from, as its sender says.
    Source
);
free_name!(
    /// A destination's name, as configured.
    DestinationName
);

impl PollId {
    /// Checks `text`: 1 to [`MAX_CHARS`] characters that need no escaping in an address.
    ///
    /// # Errors
    /// [`BadName`] says which rule was broken.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let name = checked(text, MAX_CHARS)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':');
        if !name.bytes().all(plain) || matches!(&*name, "." | "..") {
            return Err(BadName::NotInAddress);
        }
        Ok(Self(name))
    }
}

impl ScheduleName {
    /// Checks `text`: 1 to [`MAX_SCHEDULE_CHARS`] letters, digits, `-`, `_` and `.`.
    ///
    /// # Errors
    /// [`BadName`] says which rule was broken.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        plain(text).map(Self)
    }

    /// The key of the event of this schedule's run at `at`: `schedule:daily-digest:20261201T170000Z`. No run has another's.
    #[must_use]
    pub fn key(&self, at: Millis) -> IdempotencyKey {
        IdempotencyKey(format!("schedule:{}:{}", self.0, at.compact()).into())
    }
}

impl IdempotencyKey {
    /// A key that is put together here, of parts that are known to fit.
    pub(super) fn of_parts(text: String) -> Self {
        debug_assert!(text.len() <= MAX_CHARS && !text.is_empty(), "{text} fits");
        Self(text.into())
    }
}

impl GoalName {
    /// Checks `text`: 1 to [`MAX_SCHEDULE_CHARS`] letters, digits, `-`, `_` and `.`.
    ///
    /// # Errors
    /// [`BadName`] says which rule was broken.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        plain(text).map(Self)
    }
}

impl FormName {
    /// Checks `text`: 1 to [`MAX_SCHEDULE_CHARS`] letters, digits, `-`, `_` and `.`.
    ///
    /// # Errors
    /// [`BadName`] says which rule was broken.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        plain(text).map(Self)
    }
}

impl UserId {
    /// What stands for this user in the uniqueness index: the first 128 bits of SHA-256 over the UTF-8 bytes.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let hash = Sha256::digest(self.0.as_bytes());
        hash.iter()
            .take(16)
            .fold(0, |acc, byte| (acc << 8) | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_in_characters_and_refuse_control_characters() {
        assert!(UserId::parse(&"é".repeat(64)).is_ok());
        assert_eq!(UserId::parse(&"é".repeat(65)), Err(BadName::TooLong(64)));
        assert_eq!(UserId::parse(""), Err(BadName::Empty));
        assert_eq!(UserId::parse("a\0b"), Err(BadName::Control));
        assert_eq!(OptionId::parse("Option A").unwrap().as_str(), "Option A");
    }

    #[test]
    fn a_poll_id_needs_no_escaping_in_an_address() {
        assert!(PollId::parse("best-feature_2.0:eu").is_ok());
        for bad in ["a/b", "a b", "ä", "a%2f", "..", "?"] {
            assert_eq!(PollId::parse(bad), Err(BadName::NotInAddress), "{bad}");
        }
    }

    #[test]
    fn the_key_of_a_run_holds_the_longest_name_and_its_instant() {
        let name = ScheduleName::parse(&"x".repeat(MAX_SCHEDULE_CHARS)).unwrap();
        let key = name.key(Millis(1_796_112_060_000));
        assert_eq!(key.as_str(), format!("schedule:{name}:20261201T080100Z"));
        assert_eq!(IdempotencyKey::parse(key.as_str()), Ok(key));
        assert_eq!(ScheduleName::parse("a:b"), Err(BadName::NotInKey));
        assert_eq!(ScheduleName::parse(&"x".repeat(33)), Err(BadName::TooLong(32)));
    }

    #[test]
    fn a_users_digest_is_the_head_of_sha256() {
        let digest = UserId::parse("abc").unwrap().digest();
        assert_eq!(digest, 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223);
    }
}
