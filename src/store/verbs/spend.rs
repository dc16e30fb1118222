//! Spend: entries, each recorded once.

use redb::ReadableTable;

use super::Verb;
use super::events::key_digest;
use crate::model::spend::{ENTRIES_MOST, Entry, Noted};
use crate::store::codec;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::spend_records::{SPENT, SpentFact, spent_from_row};
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
