//! Spend: what was paid, on which day, and for what.

use std::collections::BTreeMap;

use super::funnel::Label;
use super::ids::{IdempotencyKey, SpendNote};
use super::money::Money;
use super::time::Millis;
use super::time::day::Day;

/// The most entries that are recorded at once, so that one transaction stays short.
pub const ENTRIES_MOST: usize = 1_000;

/// An entry: it is never changed. What was wrong is put right by another, of an amount below nothing, or is deleted.
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

/// Where a list of entries goes on: the day, and the position within it.
pub type SpendCursor = (Day, u64);

/// What entries of a range of days add up to. Sums that cannot be kept are held at the ends of their range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spendings {
    /// All of them; `None` where there is no entry.
    pub whole: Option<Money>,
    /// By source.
    pub by_source: BTreeMap<Label, Money>,
    /// By campaign.
    pub by_campaign: BTreeMap<Label, Money>,
    /// By day.
    pub by_day: BTreeMap<Day, Money>,
}

impl Spendings {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        let add = |sum: &mut Money| *sum = Money(sum.0.saturating_add(entry.amount.0));
        add(self.whole.get_or_insert_default());
        add(self.by_source.entry(entry.source.clone()).or_default());
        add(self.by_campaign.entry(entry.campaign.clone()).or_default());
        add(self.by_day.entry(entry.day).or_default());
    }
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
