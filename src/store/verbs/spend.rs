//! Spend: entries, each recorded once, and deleted.

use redb::ReadableTable;

use super::Verb;
use super::events::key_digest;
use crate::model::ids::IdempotencyKey;
use crate::model::spend::{ENTRIES_MOST, Entry, Noted};
use crate::store::codec;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::spend_records::{SPEND_DELETED, SPENT, SpendDeleted, SpentFact, spent_from_row};
use crate::store::tables;

/// How many bytes of the disk an entry takes at most, with its fact and its key.
const ROOM: u64 = 4_096;

/// Record entries, each by itself.
pub(crate) struct RecordSpend {
    /// At most [`ENTRIES_MOST`]; what is beyond is passed over, and has no outcome.
    pub(crate) entries: Vec<Entry>,
}

impl Verb for RecordSpend {
    /// In the order of the entries.
    type Outcome = Vec<Noted>;

    fn weight(&self) -> usize {
        self.entries.len().max(1)
    }

    fn room(&self) -> u64 {
        ROOM * self.entries.len() as u64
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vec<Noted>, Fault> {
        let entries = self.entries.iter().take(ENTRIES_MOST);
        entries.map(|entry| record(desk, entry)).collect()
    }
}

fn record(desk: &mut Desk<'_>, entry: &Entry) -> Result<Noted, Fault> {
    let digest = key_digest(entry.key.as_str());
    let mut keys = desk.txn.open_table(tables::SPEND_KEYS)?;
    let mut spend = desk.txn.open_table(tables::SPEND)?;
    let place = keys.get(digest)?.map(|place| place.value());
    let known = match place {
        Some(place) => {
            let row = spend.get(place)?;
            let row = row.ok_or_else(|| Fault::file("a key of spend leads nowhere"))?;
            Some(spent_from_row(place.1, row.value())?.entry)
        }
        None => None,
    };
    let noted = entry.beside(known.as_ref());
    if noted == Noted::Recorded {
        let fact = SpentFact::of(entry, desk.stamp);
        let position = desk.append(SPENT, &fact)?;
        let place = (entry.day.number(), position);
        spend.insert(place, codec::encode(SPENT, &fact)?.as_slice())?;
        keys.insert(digest, place)?;
    }
    Ok(noted)
}

/// Delete an entry, with its key. Its fact stays for the sums, without what was written in it: nobody would find that there.
pub(crate) struct DeleteSpend {
    pub(crate) key: IdempotencyKey,
}

impl Verb for DeleteSpend {
    /// Whether there was one.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let digest = key_digest(self.key.as_str());
        let mut keys = desk.txn.open_table(tables::SPEND_KEYS)?;
        let mut spend = desk.txn.open_table(tables::SPEND)?;
        let Some(place) = keys.get(digest)?.map(|place| place.value()) else {
            return Ok(false);
        };
        let gone = spend
            .remove(place)?
            .map(|row| spent_from_row(place.1, row.value()));
        let gone = gone.ok_or_else(|| Fault::file("a key of spend leads nowhere"))??;
        keys.remove(digest)?;
        let deleted = SpendDeleted {
            at: desk.stamp.0,
            position: place.1,
            amount: gone.entry.amount.0,
        };
        desk.append(SPEND_DELETED, &deleted)?;
        let mut journal = desk.txn.open_table(tables::JOURNAL)?;
        if journal.get(place.1)?.is_some() {
            let bare = SpentFact {
                key: format!("deleted:{}", place.1),
                note: None,
                ..SpentFact::of(&gone.entry, gone.at)
            };
            journal.insert(place.1, codec::encode(SPENT, &bare)?.as_slice())?;
        }
        Ok(true)
    }
}
