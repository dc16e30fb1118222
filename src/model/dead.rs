//! Dead letters together: those of one destination that died of the same.
//!
//! What receivers answer differs from one delivery to the next in its numbers, ids and addresses. What is left without them is its
//! shape, and dead letters of one shape are one group: so a hundred thousand of them are a few lines to look at. No word
//! of an answer is kept for it; a group is known by a digest.

use std::fmt;

use sha2::{Digest, Sha256};

use super::delivery::{AttemptClass, Delivery, DestinationNumber};
use super::time::Millis;

/// The most groups of one destination that are told apart; what comes then is one more group for each class, so that answers that never
/// repeat cannot fill the file.
pub const GROUPS_MOST: usize = 200;
/// The longest shape, in characters: enough for what goes wrong, which stands at the beginning.
const SHAPE_CHARS_MOST: usize = 120;
/// What stands for a word that differs.
const DIFFERS: char = '…';
/// From this length on, in bytes, a word with a digit in it is an id and not the name of an error.
const ID_BYTES_LEAST: usize = 8;
/// The digest of all shapes that are not told apart.
const REST: u64 = 0;
/// The name of the class of a dead letter that nobody attempted.
const NO_CLASS: &str = "none";

/// Which dead letters. What is not in it died of something else, or at another destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeadGroup {
    /// To whom.
    pub destination: DestinationNumber,
    /// The place of what the last attempt came to in [`AttemptClass::ALL`]; the number after them for none.
    class: u8,
    /// Of the shape of what was said; [`REST`] for all that are not told apart.
    shape: u64,
}

impl DeadGroup {
    /// The group that a delivery belongs to, where its destination has room for it.
    #[must_use]
    pub fn of(delivery: &Delivery) -> Self {
        Self {
            destination: delivery.destination,
            class: number_of(delivery.last_class),
            shape: digest(&shape(delivery.last_error.as_deref().unwrap_or_default())),
        }
    }

    /// The group of those of its class that are not told apart.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self { shape: REST, ..self }
    }

    /// Whether it is of those that are not told apart.
    #[must_use]
    pub const fn is_rest(self) -> bool {
        self.shape == REST
    }

    /// What the last attempts of its dead letters came to.
    #[must_use]
    pub fn class(self) -> Option<AttemptClass> {
        AttemptClass::ALL.get(usize::from(self.class)).copied()
    }

    /// What stands for it in keys of the data file: (destination, class, shape).
    #[must_use]
    pub const fn key(self) -> (u16, u8, u64) {
        (self.destination.0, self.class, self.shape)
    }

    /// The group of a key.
    #[must_use]
    pub const fn of_key((destination, class, shape): (u16, u8, u64)) -> Self {
        Self {
            destination: DestinationNumber(destination),
            class,
            shape,
        }
    }

    /// Reads what `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let destination = DestinationNumber(parts.next()?.parse().ok()?);
        let class = match parts.next()? {
            NO_CLASS => None,
            name => Some(AttemptClass::parse(name)?),
        };
        let shape = parts.next().filter(|shape| shape.len() == 16)?;
        Some(Self {
            destination,
            class: number_of(class),
            shape: u64::from_str_radix(shape, 16).ok()?,
        })
    }
}

impl fmt::Display for DeadGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class().map_or(NO_CLASS, AttemptClass::as_str);
        write!(f, "{}.{class}.{:016x}", self.destination.0, self.shape)
    }
}

fn number_of(class: Option<AttemptClass>) -> u8 {
    let place = |class| AttemptClass::ALL.iter().position(|known| *known == class);
    let place = class.and_then(place).unwrap_or(AttemptClass::ALL.len());
    u8::try_from(place).unwrap_or(u8::MAX)
}

/// What is left of what was said without what differs from one delivery to the next: numbers, ids, addresses of people. The status at
/// its beginning stays.
#[must_use]
pub fn shape(said: &str) -> String {
    let mut shape = String::new();
    let (status, rest) = match said.split_once(": ") {
        Some((status, rest)) if status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit()) => {
            (Some(status), rest)
        }
        _ => (None, said),
    };
    if let Some(status) = status {
        shape.push_str(status);
        shape.push_str(": ");
    }
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+');
    let mut rest = rest;
    while let Some(first) = rest.chars().next() {
        let is_word = of_word(first);
        let end = rest.find(|c| of_word(c) != is_word).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        match is_word && differs(piece) {
            true => shape.push(DIFFERS),
            false => shape.push_str(piece),
        }
        rest = after;
        if shape.len() > 4 * SHAPE_CHARS_MOST {
            break;
        }
    }
    shape.chars().take(SHAPE_CHARS_MOST).collect()
}

fn differs(word: &str) -> bool {
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    // The name of an error begins with a letter; a time, an amount or a count does not.
    let begins_with_digit = word
        .trim_start_matches(['+', '-'])
        .starts_with(|c: char| c.is_ascii_digit());
    word.contains('@') || begins_with_digit || (has_digit && word.len() >= ID_BYTES_LEAST)
}

/// The first 64 bits of SHA-256, never [`REST`].
fn digest(shape: &str) -> u64 {
    let hash = Sha256::digest(shape.as_bytes());
    let head = hash
        .iter()
        .take(8)
        .fold(0, |head, byte| (head << 8) | u64::from(*byte));
    head.max(REST + 1)
}

/// A group as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetters {
    /// Which.
    pub group: DeadGroup,
    /// How many.
    pub count: u64,
    /// Since when the first of them is dead.
    pub oldest: Millis,
    /// The last of them.
    pub newest: Delivery,
}

/// Where a page of groups ended: how many the last one had, and which it is. Those with most come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadGroupCursor {
    /// How many dead letters it had.
    pub count: u64,
    /// Which group.
    pub group: DeadGroup,
}

impl DeadGroupCursor {
    /// Reads what `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (count, group) = text.split_once('.')?;
        Some(Self {
            count: count.parse().ok()?,
            group: DeadGroup::parse(group)?,
        })
    }
}

impl fmt::Display for DeadGroupCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.count, self.group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{EventId, Priority};

    fn dead(class: Option<AttemptClass>, error: &str) -> Delivery {
        let at = Millis(1_796_112_060_000);
        let new = Delivery::new(
            EventId::new(at, [7; 8]),
            DestinationNumber(3),
            Priority::default(),
            (at, at),
        );
        Delivery {
            last_class: class,
            last_error: Some(error.to_owned()),
            ..new
        }
    }

    #[test]
    fn what_differs_from_one_to_the_next_is_no_part_of_a_shape() {
        let same = [
            (
                "503: busy, try again in 12 s",
                "503: busy, try again in 7.5 s",
                "503: busy, try again in … s",
            ),
            (
                r#"404: {"error":"no contact ann@example.com"}"#,
                r#"404: {"error":"no contact bob+x@example.org"}"#,
                r#"404: {"error":"no contact …"}"#,
            ),
            (
                "request 01a2309f-0e60-7fff at 2026-11-25T20:04:18.123Z",
                "request 9f2e-aaaa-00000000 at 2026-11-25T21:00:00Z",
                "request … at …:…:…",
            ),
        ];
        for (one, other, expected) in same {
            assert_eq!(shape(one), expected);
            assert_eq!(shape(other), expected);
        }
        assert_ne!(
            shape("422: E1001"),
            shape("422: E2002"),
            "the name of an error stays"
        );
        assert_ne!(shape("502: busy"), shape("503: busy"), "and so does its status");
        assert_eq!(shape(&"ä".repeat(5_000)).chars().count(), SHAPE_CHARS_MOST);
        assert_eq!(shape(""), "");
    }

    #[test]
    fn a_group_is_of_one_destination_class_and_shape_and_is_read_as_it_is_written() {
        let group = DeadGroup::of(&dead(Some(AttemptClass::ServerError), "503: busy 1"));
        assert_eq!(
            group,
            DeadGroup::of(&dead(Some(AttemptClass::ServerError), "503: busy 2"))
        );
        assert_ne!(
            group,
            DeadGroup::of(&dead(Some(AttemptClass::Network), "503: busy 1"))
        );
        assert_ne!(group, group.rest());
        assert_eq!(group.class(), Some(AttemptClass::ServerError));
        for group in [group, group.rest(), DeadGroup::of(&dead(None, ""))] {
            assert_eq!(DeadGroup::parse(&group.to_string()), Some(group));
            assert_eq!(DeadGroup::of_key(group.key()), group);
            let cursor = DeadGroupCursor { count: 12, group };
            assert_eq!(DeadGroupCursor::parse(&cursor.to_string()), Some(cursor));
        }
        for bad in [
            "",
            "3",
            "3.5xx",
            "3.5xx.1",
            "3.6xx.0000000000000001",
            "x.5xx.0000000000000001",
        ] {
            assert_eq!(DeadGroup::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_digest_of_a_shape_is_what_data_files_hold() {
        let group = DeadGroup::of(&dead(Some(AttemptClass::ServerError), "503: busy"));
        assert_eq!(group.to_string(), "3.5xx.bcb4572da49aa8eb");
    }
}
