//! Records of spend: entries, and what they add up to.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::funnel::Label;
use crate::model::ids::{IdempotencyKey, SpendNote};
use crate::model::money::Money;
use crate::model::spend::{Entry, Spent};
use crate::model::time::Millis;
use crate::model::time::day::Day;

/// The fact of an entry; its row is the fact, byte for byte.
pub(super) const SPENT: Tag = Tag {
    kind: 170,
    version: 1,
};
pub(super) const SPEND_SUMS: Tag = Tag {
    kind: 171,
    version: 1,
};

/// The fact that an entry was deleted.
pub(super) const SPEND_DELETED: Tag = Tag {
    kind: 172,
    version: 1,
};

/// An entry was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpentFact {
    pub(super) at: i64,
    pub(super) key: String,
    pub(super) day: i32,
    pub(super) source: String,
    pub(super) campaign: String,
    pub(super) amount: i64,
    pub(super) note: Option<String>,
}

/// An entry was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpendDeleted {
    pub(super) at: i64,
    /// Where the fact of the entry stands, or stood.
    pub(super) position: u64,
    pub(super) amount: i64,
}

/// What entries add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SpendSums {
    pub(super) entries: u64,
    /// In ten-thousandths.
    pub(super) amount: i128,
}

impl SpendSums {
    pub(super) fn add(&mut self, fact: &SpentFact) {
        self.entries += 1;
        self.amount += i128::from(fact.amount);
    }

    pub(super) fn take(&mut self, fact: &SpendDeleted) {
        self.entries = self.entries.saturating_sub(1);
        self.amount -= i128::from(fact.amount);
    }
}

impl SpentFact {
    pub(super) fn of(entry: &Entry, at: Millis) -> Self {
        Self {
            at: at.0,
            key: entry.key.to_string(),
            day: entry.day.number(),
            source: entry.source.to_string(),
            campaign: entry.campaign.to_string(),
            amount: entry.amount.0,
            note: entry.note.as_ref().map(SpendNote::to_string),
        }
    }
}

pub(super) fn spent_from_row(position: u64, bytes: &[u8]) -> Result<Spent, Fault> {
    let fact: SpentFact = codec::decode(SPENT, bytes)?;
    let label = |text: &str| Label::exact(text).ok_or_else(|| Fault::file("spend without a label"));
    let entry = Entry {
        key: IdempotencyKey::parse(&fact.key).map_err(Fault::file)?,
        day: Day::from_number(fact.day).ok_or_else(|| Fault::file("spend of no day"))?,
        source: label(&fact.source)?,
        campaign: label(&fact.campaign)?,
        amount: Money(fact.amount),
        note: fact
            .note
            .map(|note| SpendNote::parse(&note).map_err(Fault::file))
            .transpose()?,
    };
    Ok(Spent {
        entry,
        at: Millis(fact.at),
        position,
    })
}

/// When a fact of spend was made; `None` of any other.
pub(super) fn stamp_of(tag: Tag, body: &[u8]) -> Result<Option<Millis>, Fault> {
    Ok(match tag {
        SPENT => Some(Millis(codec::body::<SpentFact>(body)?.at)),
        SPEND_DELETED => Some(Millis(codec::body::<SpendDeleted>(body)?.at)),
        _ => None,
    })
}

/// Reads a record of spend; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    match tag {
        SPENT => Some(codec::body::<SpentFact>(body).map(drop)),
        SPEND_SUMS => Some(codec::body::<SpendSums>(body).map(drop)),
        SPEND_DELETED => Some(codec::body::<SpendDeleted>(body).map(drop)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<T: Serialize>(tag: Tag, record: &T) -> String {
        let bytes = codec::encode(tag, record).unwrap();
        assert!(matches!(read(&bytes), Some(Ok(()))));
        codec::hex(&bytes)
    }

    #[test]
    fn records_of_spend_keep_the_bytes_they_had_when_their_version_came() {
        let entry = Entry {
            key: IdempotencyKey::parse("ad").unwrap(),
            day: Day::from_number(2).unwrap(),
            source: Label::named("x").unwrap(),
            campaign: Label::none(),
            amount: Money(-3),
            note: Some(SpendNote::parse("n").unwrap()),
        };
        let fact = SpentFact::of(&entry, Millis(5));
        assert_eq!(hex(SPENT, &fact), "aa010a026164040178046e6f6e650501016e");
        let row = codec::encode(SPENT, &fact).unwrap();
        let spent = spent_from_row(7, &row).unwrap();
        assert_eq!((spent.entry, spent.at, spent.position), (entry, Millis(5), 7));
        let mut sums = SpendSums::default();
        sums.add(&fact);
        assert_eq!(hex(SPEND_SUMS, &sums), "ab010105");
        let deleted = SpendDeleted {
            at: 6,
            position: 7,
            amount: -3,
        };
        assert_eq!(hex(SPEND_DELETED, &deleted), "ac010c0705");
        sums.take(&deleted);
        assert_eq!(sums, SpendSums::default());
    }
}
