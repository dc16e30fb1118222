//! Blocks of events: of each run of positions, how many events stand how, and of which types and from which sources they may be.
//!
//! Who looks for events of a status, a type or a source passes over the blocks that have none, and looks at the events of
//! the others; a block that is passed over is one more thing that was looked at, for there may be as many as events. So a few failed ones among a million are found by a few reads, and an event costs no place in an index for each
//! of these: what changes is gathered for the length of a transaction, and written once for each block.

use std::collections::HashMap;
use std::ops::Range;

use redb::{ReadTransaction, ReadableTable, Table, WriteTransaction};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::codec::{self, Tag};
use super::error::Fault;
use super::event_bodies::event_mark;
use super::event_records::{number_of, state_from_row};
use super::tables;
use super::verify::Check;
use crate::model::event::{EventFilter, EventStatus, Pattern};

const BLOCK: Tag = Tag {
    kind: 200,
    version: 1,
};
/// A block has 512 positions: all of its events are looked at for one of them.
const POSITION_BITS: u32 = 9;
/// How many statuses there are.
const STATUSES: usize = EventStatus::ALL.len();

/// What is known of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Block {
    /// Events by status, in the order of [`EventStatus::ALL`].
    counts: [u32; STATUSES],
    /// Marks of the types of events recorded in it; a mark is one bit.
    kinds: u128,
    /// Marks of their sources.
    sources: u128,
}

impl Block {
    /// Whether an event in it may be one that the filter takes.
    fn may_hold(&self, filter: &Wanted) -> bool {
        let has = |status: usize| self.counts.get(status).is_some_and(|count| *count > 0);
        filter.status.is_none_or(has)
            && filter.kind.is_none_or(|mark| self.kinds & mark != 0)
            && filter.source.is_none_or(|mark| self.sources & mark != 0)
    }
}

/// The mark of a type or a source: one of 128 bits.
fn mark(text: &str) -> u128 {
    let hash = Sha256::digest(text.as_bytes());
    let bit = hash.first().copied().unwrap_or(0) % 128;
    1 << bit
}

const fn block_of(position: u64) -> u64 {
    position >> POSITION_BITS
}

const fn positions(block: u64) -> Range<u64> {
    (block << POSITION_BITS)..((block + 1) << POSITION_BITS)
}

/// What changes in a block.
#[derive(Default)]
struct Change {
    counts: [i64; STATUSES],
    kinds: u128,
    sources: u128,
}

/// The blocks within one transaction.
pub(super) struct EventBlocks<'t> {
    table: Table<'t, u64, &'static [u8]>,
    changes: HashMap<u64, Change>,
}

impl<'t> EventBlocks<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            table: txn.open_table(tables::EVENT_BLOCKS)?,
            changes: HashMap::new(),
        })
    }

    /// The event at `position` stands otherwise than before; `None`: it is not there, before or after.
    pub(super) fn stands(
        &mut self,
        position: u64,
        (before, after): (Option<EventStatus>, Option<EventStatus>),
    ) {
        if before == after {
            return;
        }
        let change = self.changes.entry(block_of(position)).or_default();
        for (status, by) in [(before, -1), (after, 1)] {
            let place = status.map(|status| usize::from(number_of(EventStatus::ALL, &status)));
            if let Some(count) = place.and_then(|place| change.counts.get_mut(place)) {
                *count += by;
            }
        }
    }

    /// The event at `position` is of this type and from this source.
    pub(super) fn is_of(&mut self, position: u64, (kind, source): (&str, &str)) {
        let change = self.changes.entry(block_of(position)).or_default();
        change.kinds |= mark(kind);
        change.sources |= mark(source);
    }

    /// Writes what was gathered.
    pub(super) fn write(&mut self) -> Result<(), Fault> {
        for (number, change) in self.changes.drain() {
            let row = self.table.get(number)?;
            let known = row.map(|row| codec::decode(BLOCK, row.value())).transpose()?;
            let mut block: Block = known.unwrap_or_default();
            for (count, by) in block.counts.iter_mut().zip(change.counts) {
                let after = i64::from(*count) + by;
                *count = u32::try_from(after)
                    .map_err(|_| Fault::file(format!("block {number} of events has {after} of a status")))?;
            }
            block.kinds |= change.kinds;
            block.sources |= change.sources;
            match block.counts.iter().all(|count| *count == 0) {
                true => drop(self.table.remove(number)?),
                false => drop(
                    self.table
                        .insert(number, codec::encode(BLOCK, &block)?.as_slice())?,
                ),
            }
        }
        Ok(())
    }
}

/// What a filter asks that blocks know.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    status: Option<usize>,
    kind: Option<u128>,
    source: Option<u128>,
}

impl Wanted {
    fn of(filter: &EventFilter) -> Self {
        let exact = |pattern: &Option<Pattern>| match pattern {
            Some(Pattern::Exact(text)) => Some(mark(text)),
            Some(Pattern::Any | Pattern::Prefix(_)) | None => None,
        };
        let status = filter.status.as_ref();
        Self {
            status: status.map(|status| usize::from(number_of(EventStatus::ALL, status))),
            kind: exact(&filter.kind),
            source: exact(&filter.source),
        }
    }
}

/// A block, as far as it is within a range of positions.
pub(super) struct Places {
    pub(super) within: Range<u64>,
    /// Whether an event that is sought may be in it; else it is passed over.
    pub(super) may_hold: bool,
}

/// The blocks within `range`, the newest first.
pub(super) fn places(
    txn: &ReadTransaction,
    range: Range<u64>,
    filter: &EventFilter,
) -> Result<impl Iterator<Item = Result<Places, Fault>> + use<>, Fault> {
    let wanted = Wanted::of(filter);
    let table = txn.open_table(tables::EVENT_BLOCKS)?;
    let blocks = match range.is_empty() {
        true => table.range(0..0)?,
        false => table.range(block_of(range.start)..=block_of(range.end - 1))?,
    };
    Ok(blocks.rev().map(move |row| {
        let (number, bytes) = row?;
        let block: Block = codec::decode(BLOCK, bytes.value())?;
        let all = positions(number.value());
        Ok(Places {
            within: all.start.max(range.start)..all.end.min(range.end),
            may_hold: block.may_hold(&wanted),
        })
    }))
}

/// Makes the blocks of a file that has none, of the events that are there.
pub(super) fn build(txn: &WriteTransaction) -> Result<(), Fault> {
    let mut blocks = EventBlocks::open(txn)?;
    let states = txn.open_table(tables::EVENT_STATES)?;
    for row in txn.open_table(tables::EVENTS)?.iter()? {
        let (position, bytes) = row?;
        let position = position.value();
        let event = event_mark(bytes.value())?;
        if let Some(state) = states.get(position)? {
            let status = state_from_row(state.value())?.status;
            blocks.stands(position, (None, Some(status)));
            blocks.is_of(position, (event.kind, event.source));
        }
    }
    blocks.write()
}

/// The invariant of blocks.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "event blocks",
        "every block has as many events of each status as stand in it, and the marks of their types and sources",
    );
    let events = txn.open_table(tables::EVENTS)?;
    let mut counted: HashMap<u64, Block> = HashMap::new();
    for row in txn.open_table(tables::EVENT_STATES)?.iter()? {
        let (position, bytes) = row?;
        let position = position.value();
        let status = state_from_row(bytes.value())?.status;
        let block = counted.entry(block_of(position)).or_default();
        let place = usize::from(number_of(EventStatus::ALL, &status));
        block
            .counts
            .get_mut(place)
            .into_iter()
            .for_each(|count| *count += 1);
        if let Some(event) = events.get(position)? {
            let event = event_mark(event.value())?;
            block.kinds |= mark(event.kind);
            block.sources |= mark(event.source);
        }
    }
    for row in txn.open_table(tables::EVENT_BLOCKS)?.iter()? {
        let (number, bytes) = row?;
        let number = number.value();
        let stored: Block = codec::decode(BLOCK, bytes.value())?;
        let found = counted.remove(&number).unwrap_or_default();
        // A mark stays when its last event goes.
        let marked = |stored: u128, found: u128| stored & found == found;
        let holds = stored.counts == found.counts
            && marked(stored.kinds, found.kinds)
            && marked(stored.sources, found.sources);
        check.see(holds, || {
            format!(
                "block {number}: {:?} stored, {:?} counted",
                stored.counts, found.counts
            )
        });
    }
    check.see(counted.is_empty(), || {
        format!("{} blocks are missing", counted.len())
    });
    Ok(check)
}

/// Reads a record of blocks; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    (tag == BLOCK).then(|| codec::body::<Block>(body).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_the_bytes_it_had_in_version_1() {
        let block = Block {
            counts: [1, 0, 300, 0, 0, 2],
            kinds: mark("LEAD_CAPTURE"),
            sources: mark("web"),
        };
        let bytes = codec::encode(BLOCK, &block).unwrap();
        assert!(matches!(read(&bytes), Some(Ok(()))));
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "c8010100fb2c01000002fd0000000000040000fe00000000000000000008000000000000"
        );
        assert_eq!(codec::decode::<Block>(BLOCK, &bytes).unwrap(), block);
    }

    #[test]
    fn a_block_is_passed_over_only_where_it_has_nothing_that_is_sought() {
        let block = Block {
            counts: [0, 0, 7, 1, 0, 0],
            kinds: mark("LEAD_CAPTURE"),
            sources: mark("web"),
        };
        let holds = |filter: EventFilter| block.may_hold(&Wanted::of(&filter));
        let kind = |text: &str| EventFilter {
            kind: Pattern::parse(text),
            ..EventFilter::default()
        };
        let status = |status| EventFilter {
            status: Some(status),
            ..EventFilter::default()
        };
        assert!(holds(EventFilter::default()) && holds(kind("LEAD_CAPTURE")) && holds(kind("NONE_*")));
        assert!(!holds(kind("CONTENT_PUBLISH")));
        assert!(holds(status(EventStatus::Failed)) && !holds(status(EventStatus::Pending)));
    }
}
