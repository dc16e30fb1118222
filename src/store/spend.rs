//! The store's verb and reads for spend, and its invariant.

use std::ops::Range;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::checkpoint::Checkpoint;
use super::error::Fault;
use super::facts::Fact;
use super::handle::Handle;
use super::spend_records::{SpendSums, SpentFact, spent_from_row};
use super::verbs::events::key_digest;
use super::verbs::spend::{DeleteSpend, RecordSpend};
use super::verify::Check;
use super::{Store, tables};
use crate::model::ids::IdempotencyKey;
use crate::model::page::{Page, PageRequest};
use crate::model::spend::{Entry, Noted, SpendCursor, Spendings, Spent};
use crate::model::time::day::Day;

impl Store {
    /// Records entries of spend, each once: what became of each, in order. At most
    /// [`crate::model::spend::ENTRIES_MOST`] at once.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn record_spend(&self, entries: Vec<Entry>) -> Result<Vec<Noted>, Fault> {
        self.rare(RecordSpend { entries }).await
    }

    /// Deletes the entry of this key: whether there was one. Another may have the key from then on.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn delete_spend(&self, key: IdempotencyKey) -> Result<bool, Fault> {
        self.rare(DeleteSpend { key }).await
    }

    /// One page of the entries of a range of days, oldest day first, and on a day in the order in which they were recorded.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn spend(
        &self,
        days: Range<Day>,
        page: PageRequest<SpendCursor>,
    ) -> Result<Page<Spent, SpendCursor>, Fault> {
        self.read(move |db| list(db, &days, &page)).await
    }

    /// What the entries of a range of days add up to.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn spendings(&self, days: Range<Day>) -> Result<Spendings, Fault> {
        self.read(move |db| {
            let table = db.begin_read()?.open_table(tables::SPEND)?;
            let mut sums = Spendings::default();
            for row in table.range(places(&days))? {
                let (place, bytes) = row?;
                sums.add(&spent_from_row(place.value().1, bytes.value())?.entry);
            }
            Ok(sums)
        })
        .await
    }
}

fn places(days: &Range<Day>) -> Range<(i32, u64)> {
    (days.start.number(), 0)..(days.end.number().max(days.start.number()), 0)
}

pub(super) fn list(
    db: &Handle,
    days: &Range<Day>,
    page: &PageRequest<SpendCursor>,
) -> Result<Page<Spent, SpendCursor>, Fault> {
    let table = db.begin_read()?.open_table(tables::SPEND)?;
    let mut range = places(days);
    if let Some((day, position)) = page.after {
        range.start = range.start.max((day.number(), position.saturating_add(1)));
    }
    let mut items: Vec<Spent> = Vec::new();
    if range.start >= range.end {
        return Ok(Page { items, next: None });
    }
    for row in table.range(range)? {
        if items.len() == page.limit {
            let next = items.last().map(|last| (last.entry.day, last.position));
            return Ok(Page { items, next });
        }
        let (place, bytes) = row?;
        items.push(spent_from_row(place.value().1, bytes.value())?);
    }
    Ok(Page { items, next: None })
}

/// The invariant of spend.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "spend",
        "every entry of spend that is not deleted is one fact, stands on its own day, and its key leads to it; together they are what the facts say",
    );
    let checkpoint = Checkpoint::load(&txn.open_table(tables::CHECKPOINT)?)?;
    let mut told = checkpoint.spend;
    for row in txn
        .open_table(tables::JOURNAL)?
        .range(checkpoint.head.position..)?
    {
        let (_, bytes) = row?;
        match Fact::read(bytes.value())? {
            Fact::Spent(fact) => told.add(&fact),
            Fact::SpendDeleted(fact) => told.take(&fact),
            _ => {}
        }
    }
    let keys = txn.open_table(tables::SPEND_KEYS)?;
    let mut held = SpendSums::default();
    for row in txn.open_table(tables::SPEND)?.iter()? {
        let (place, bytes) = row?;
        let place = place.value();
        let Ok(Spent { entry, at, .. }) = spent_from_row(place.1, bytes.value()) else {
            check.see(false, || format!("position {}", place.1));
            continue;
        };
        let led = keys.get(key_digest(entry.key.as_str()))?;
        let led = led.is_some_and(|led| led.value() == place);
        check.see(led && entry.day.number() == place.0, || {
            format!("position {}", place.1)
        });
        held.add(&SpentFact::of(&entry, at));
    }
    check.see(held == told, || {
        format!("the facts say {told:?}, the table {held:?}")
    });
    let led = keys.len()?;
    check.see(led == held.entries, || {
        format!("{led} keys for {} entries", held.entries)
    });
    Ok(check)
}
