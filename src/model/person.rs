//! A person, as they are asked about and erased: by an e-mail address, or by the id that a maker's page gave them.
//!
//! An address is compared as people mean it: without regard to case, to the way its letters are composed (NFKC) and to
//! whether its domain is written in ASCII (RFC 5891). An id is compared as it is.

use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::delivery::{Attempt, Event, EventState};
use super::event::EventId;
use super::ids::{DestinationName, PollId, UserId};
use super::poll::CountedVote;
use super::spend::Spent;
use super::time::Millis;

/// What stands where something of an erased person stood.
pub const ERASED: &str = "erased";
/// The payload of an erased event.
pub const ERASED_PAYLOAD: &str = r#"{"erased":true}"#;
/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, without its brackets).
pub const EMAIL_BYTES_MOST: usize = 254;
/// The most bytes of a text that is compared with an address: one may be written at greater length than it is.
const WRITTEN_BYTES_MOST: usize = 4 * EMAIL_BYTES_MOST;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// By their address, in the form in which addresses are compared.
    Email(Arc<str>),
    /// By their id.
    User(UserId),
}

impl Person {
    /// Whom an address means; `None` where it is none.
    #[must_use]
    pub fn of_email(text: &str) -> Option<Self> {
        let known = normal(text)?;
        (known.len() <= EMAIL_BYTES_MOST).then(|| Self::Email(known.into()))
    }

    /// What they are asked about by: an address in the form in which it is compared, or an id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email,
            Self::User(user) => user.as_str(),
        }
    }

    /// Whether the whole of a text names them.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Email(email) => is_email(email, text),
            Self::User(user) => user.as_str() == text,
        }
    }

    /// Whether a part of a key names them: keys are made of parts, with colons or slashes between.
    #[must_use]
    pub fn is_in_key(&self, key: &str) -> bool {
        self.is(key) || key.split([':', '/']).any(|part| self.is(part)) || self.is_in_text(key)
    }

    /// Whether a word of a text is their address. Ids are words of any kind, and are not looked for.
    #[must_use]
    pub fn is_in_text(&self, text: &str) -> bool {
        let Self::Email(email) = self else { return false };
        if !text.contains('@') {
            return false;
        }
        let mut words = text.split(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
        words.any(|word| is_email(email, word.trim_matches('.')))
    }
}

/// What stands between an address and the rest of a text.
const BETWEEN: [char; 20] = [
    ',', ';', ':', '<', '>', '(', ')', '[', ']', '{', '}', '"', '\'', '`', '/', '\\', '|', '=', '&', '?',
];

fn is_email(email: &str, text: &str) -> bool {
    let text = text.trim();
    if text.eq_ignore_ascii_case(email) {
        return true;
    }
    let plain = text.is_ascii() && !text.to_ascii_lowercase().contains("xn--");
    !plain && text.len() <= WRITTEN_BYTES_MOST && normal(text).is_some_and(|known| known == email)
}

/// An address in the form in which it is compared.
fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > WRITTEN_BYTES_MOST || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let (local, domain) = composed.rsplit_once('@')?;
    if local.is_empty() || domain.is_empty() {
        return None;
    }
    // What is no domain is left as it is, in small letters.
    let (domain, _) = idna::domain_to_unicode(&domain.to_lowercase());
    Some(format!("{}@{domain}", local.to_lowercase()))
}

/// What the store keeps that names a person, thing by thing.
#[derive(Clone, Debug)]
pub enum Kept {
    /// A vote of theirs; `None` where its poll was deleted.
    Vote(Option<PollId>, CountedVote),
    /// An event whose payload or key names them.
    Event(Box<(Event, EventState)>),
    /// An answer of a receiver that names them, to an attempt of this event.
    Attempt(EventId, DestinationName, Attempt),
    /// An entry of spend whose note or key names them.
    Spent(Spent),
    /// A conversion that was told of as theirs: of which goal, and when.
    Converted(String, Millis),
}

/// In which part of the file something is looked for; they are gone through in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Votes.
    Votes,
    /// Votes of deleted polls, of which only the journal tells.
    Journal,
    /// Events, with their deliveries.
    Events,
    /// What receivers answered.
    Attempts,
    /// Entries of spend.
    Spend,
    /// Conversions.
    Conversions,
}

impl Part {
    /// Every value; the order is that of the data file.
    pub const ALL: &'static [Self] = &[
        Self::Votes,
        Self::Journal,
        Self::Events,
        Self::Attempts,
        Self::Spend,
        Self::Conversions,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Votes => "votes",
            Self::Journal => "journal",
            Self::Events => "events",
            Self::Attempts => "attempts",
            Self::Spend => "spend",
            Self::Conversions => "conversions",
        }
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|part| *part == self)?;
        Self::ALL.get(at + 1).copied()
    }
}

/// Where a search stands: in which part, and the first place there that it has not come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonCursor {
    /// The part.
    pub part: Part,
    /// The place within it, as its table sorts.
    pub at: (u64, u64),
}

impl PersonCursor {
    /// Before everything.
    pub const FIRST: Self = Self::begin(Part::Votes);

    /// Before everything of a part.
    #[must_use]
    pub const fn begin(part: Part) -> Self {
        Self { part, at: (0, 0) }
    }
}

/// The number of an erasure, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErasureNumber(pub u64);

/// How many things an erasure has taken a person out of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Votes; they stay counted.
    pub votes: u64,
    /// Events.
    pub events: u64,
    /// Answers of receivers.
    pub attempts: u64,
    /// Entries of spend.
    pub spend: u64,
    /// Conversions; they stay counted.
    pub conversions: u64,
}

/// An erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Its number.
    pub number: ErasureNumber,
    /// Who is erased; `None` once they are.
    pub person: Option<Person>,
    /// Who asked.
    pub by: String,
    /// The first position of the journal that it does not go to: what is recorded later is not erased.
    pub end: u64,
    /// Where it stands.
    pub cursor: PersonCursor,
    /// What it has come to so far.
    pub erased: Erased,
    /// When it began.
    pub created_at: Millis,
    /// When it last went on, or ended.
    pub updated_at: Millis,
}

impl Erasure {
    /// Whether it has gone through everything.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.person.is_none()
    }

    /// How far it has come, in thousandths: its parts count alike.
    #[must_use]
    pub fn progress(&self) -> u32 {
        if self.is_done() {
            return 1_000;
        }
        let (part, at) = (self.cursor.part, self.cursor.at.0);
        let before = Part::ALL.iter().filter(|one| **one < part).count() as u64;
        let within = match part {
            Part::Journal | Part::Events | Part::Attempts | Part::Conversions => {
                (at.min(self.end) * 1_000).checked_div(self.end).unwrap_or(0)
            }
            // They are in the order of polls and of days, not of the journal.
            Part::Votes | Part::Spend => 0,
        };
        let all = Part::ALL.len() as u64;
        u32::try_from((before * 1_000 + within) / all).unwrap_or(1_000)
    }
}

/// What became of an erasure that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErasureBegun {
    /// It begins.
    New(Erasure),
    /// The same person is being erased already.
    Running(Erasure),
    /// So many run already.
    TooMany,
}

/// Something of a person's, by where it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// (poll, position) of a vote.
    Vote(u32, u64),
    /// The position of a vote that only the journal has.
    Fact(u64),
    /// The position of an event.
    Event(u64),
    /// (event, destination, number) of an attempt.
    Attempt(u64, u16, u32),
    /// (day, position) of an entry of spend.
    Spend(i32, u64),
    /// The position of a conversion.
    Conversion(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jane() -> Person {
        Person::of_email(" Jané.Doe@Bücher.Example ").unwrap()
    }

    #[test]
    fn an_address_is_known_however_it_is_written() {
        for same in [
            "jané.doe@bücher.example",
            "JANÉ.DOE@BÜCHER.EXAMPLE",
            "jane\u{301}.doe@bu\u{308}cher.example",
            "jané.doe@xn--bcher-kva.example",
            " Jané.Doe@XN--BCHER-KVA.example\n",
        ] {
            assert!(jane().is(same), "{same:?}");
        }
        for other in [
            "jane.doe@bücher.example",
            "xjané.doe@bücher.example",
            "jané.doe@bücher.example.org",
            "write to jané.doe@bücher.example",
            "",
        ] {
            assert!(!jane().is(other), "{other:?}");
        }
        for none in ["", "jane", "@b.example", "jane@", "ja ne@b.example", "ja\0ne@b"] {
            assert_eq!(Person::of_email(none), None, "{none:?}");
        }
        assert_eq!(Person::of_email(&format!("{}@b.example", "x".repeat(254))), None);
    }

    #[test]
    fn in_a_text_an_address_is_a_word_and_in_a_key_a_part() {
        let ann = Person::of_email("ann@b.example").unwrap();
        for text in [
            "no such user: <Ann@B.example>.",
            r#"{"error":"ann@b.example bounced"}"#,
            "signup:ann@b.example",
        ] {
            assert!(ann.is_in_text(text) && ann.is_in_key(text), "{text}");
        }
        for text in ["joann@b.example", "ann@b.example.org", "ann at b.example"] {
            assert!(!ann.is_in_text(text), "{text}");
        }
        let user = Person::User(UserId::parse("u-7").unwrap());
        assert!(user.is_in_key("vote:best:u-7") && user.is_in_key("u-7"));
        assert!(!user.is_in_key("vote:u-77") && !user.is_in_text("u-7 voted"));
    }

    #[test]
    fn parts_follow_one_another_to_the_end() {
        let mut part = Some(Part::Votes);
        let mut seen = Vec::new();
        while let Some(one) = part {
            seen.push(one);
            part = one.next();
        }
        assert_eq!(seen, Part::ALL);
    }
}
