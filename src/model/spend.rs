//! Spend: what was paid, on which day, and for what.

use super::funnel::Label;
use super::ids::{IdempotencyKey, SpendNote};
use super::money::Money;
use super::time::Millis;
use super::time::day::Day;

/// The most entries that are recorded at once, so that one transaction stays short.
pub const ENTRIES_MOST: usize = 1_000;

/// An entry: it is never changed. What was wrong is put right by another, of an amount below nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What makes it the same entry when it is sent again; no two of one.
    pub key: IdempotencyKey,
    /// On which day, in the launch's zone.
    pub day: Day,
    /// For visitors of which source.
    pub source: Label,
    /// For which campaign.
    pub campaign: Label,
    /// How much; not nothing.
    pub amount: Money,
    /// What else is to be known.
    pub note: Option<SpendNote>,
}

/// An entry as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// What was recorded.
    pub entry: Entry,
    /// When.
    pub at: Millis,
    /// Its place among all facts.
    pub position: u64,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It counts, from now on.
    Recorded,
    /// It was recorded before, and counts once.
    Duplicate,
    /// Another entry has its key; nothing was recorded.
    Conflict,
}

impl Entry {
    /// What becomes of it where `known` has its key.
    #[must_use]
    pub fn beside(&self, known: Option<&Self>) -> Noted {
        match known {
            None => Noted::Recorded,
            Some(known) if known == self => Noted::Duplicate,
            Some(_) => Noted::Conflict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entry_counts_once_and_another_under_its_key_never() {
        let entry = Entry {
            key: IdempotencyKey::parse("ads-1").unwrap(),
            day: Day::parse("2026-12-01").unwrap(),
            source: Label::named("google").unwrap(),
            campaign: Label::none(),
            amount: Money(1),
            note: None,
        };
        let other = Entry {
            amount: Money(2),
            ..entry.clone()
        };
        assert_eq!(entry.beside(None), Noted::Recorded);
        assert_eq!(entry.beside(Some(&entry)), Noted::Duplicate);
        assert_eq!(entry.beside(Some(&other)), Noted::Conflict);
    }
}
