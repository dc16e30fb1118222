//! From the file to memory at a start: polls, tallies, keys, and the votes of the journal's tail.

use std::collections::{HashMap, HashSet};

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, WriteTransaction};

use super::book::Book;
use super::checkpoint::Checkpoint;
use super::codec;
use super::desk::Memory;
use super::error::Fault;
use super::event_records::{RECORDED, RecordedFact};
use super::lanes::Lanes;
use super::mirror::{Mirror, Unfolded};
use super::records::{self, PollRecord, Voted};
use super::sabotage::Owed;
use super::space::Shortage;
use super::{Options, event_bodies, event_records, export, funnel_records, spend_records, tables};
use crate::model::delivery::Destination;
use crate::model::funnel::Goals;
use crate::model::ids::DestinationName;
use crate::model::key::{ApiKey, KeyHash};
use crate::model::time::Millis;

/// Makes every table, so that a reader never meets one that is not there.
pub(super) fn create_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::CURSORS)?.insert(tables::FOLD, 0)?;
    txn.open_table(tables::JOURNAL)?;
    txn.open_table(tables::POLLS)?;
    txn.open_table(tables::TALLIES)?;
    txn.open_table(tables::BALLOTS)?;
    txn.open_table(tables::VOTES)?;
    txn.open_table(tables::VOIDS)?;
    txn.open_table(tables::ADDRESSES)?;
    txn.open_table(tables::KEYS)?;
    txn.open_table(tables::SERIES)?;
    Checkpoint::empty().save(txn)?;
    create_event_tables(txn)?;
    create_lane_tables(txn)?;
    create_plan_tables(txn)?;
    create_funnel_tables(txn)?;
    create_summary_tables(txn)?;
    create_launch_tables(txn)?;
    create_desk_tables(txn)?;
    create_export_tables(txn)
}

pub(super) fn create_export_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::EXPORT)?;
    txn.open_table(tables::EXPORT_STIRRED)?;
    txn.open_table(tables::EXPORT_ASIDE)?;
    txn.open_table(tables::EXPORT_LAST)?;
    Ok(())
}

pub(super) fn create_launch_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::LAUNCH_TICKS)?;
    txn.open_table(tables::LAUNCH_STORY)?;
    txn.open_table(tables::LAUNCH_STEPS)?;
    txn.open_table(tables::ALERTS)?;
    Ok(())
}

/// Tables of what was asked on the admin address, and by which keys.
pub(super) fn create_desk_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::KEY_USES)?;
    txn.open_table(tables::AUDIT)?;
    txn.open_table(tables::AUDIT_REFUSED)?;
    txn.open_table(tables::ANSWERS)?;
    txn.open_table(tables::ANSWER_ORDER)?;
    Ok(())
}

/// Tables that say in a few rows what others hold in many.
pub(super) fn create_summary_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::VOTE_MINUTES)?;
    txn.open_table(tables::EVENT_BLOCKS)?;
    txn.open_table(tables::DEAD_GROUPS)?;
    txn.open_table(tables::DEAD_MEMBERS)?;
    Ok(())
}

pub(super) fn create_funnel_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::ROLLUPS)?;
    txn.open_table(tables::CONVERSIONS)?;
    txn.open_table(tables::CONVERSION_KEYS)?;
    txn.open_table(tables::VISITOR_SALTS)?;
    txn.open_table(tables::VISITOR_TOUCHES)?;
    txn.open_table(tables::SPEND)?;
    txn.open_table(tables::SPEND_KEYS)?;
    Ok(())
}

pub(super) fn create_plan_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::SCHEDULES)?;
    txn.open_table(tables::REPLAYS)?;
    txn.open_table(tables::ERASURES)?;
    txn.open_table(tables::TOKENS)?;
    txn.open_table(tables::CERTIFICATES)?;
    txn.open_table(tables::ACCOUNTS)?;
    Ok(())
}

pub(super) fn create_lane_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::BREAKERS)?;
    txn.open_table(tables::GROUPS)?;
    txn.open_table(tables::SLOTS)?;
    Ok(())
}

pub(super) fn create_event_tables(txn: &WriteTransaction) -> Result<(), Fault> {
    txn.open_table(tables::EVENTS)?;
    txn.open_table(tables::EVENT_STATES)?;
    txn.open_table(tables::EVENT_IDS)?;
    txn.open_table(tables::EVENT_KEYS)?;
    txn.open_table(tables::DESTINATIONS)?;
    txn.open_table(tables::DELIVERIES)?;
    txn.open_table(tables::ATTEMPTS)?;
    txn.open_table(tables::QUEUE)?;
    txn.open_table(tables::LEASES)?;
    txn.open_table(tables::DEAD)?;
    txn.open_table(tables::DELIVERY_COUNTS)?;
    Ok(())
}

/// Everything the writer remembers.
pub(super) fn memory(db: &Database, options: &Options) -> Result<Memory, Fault> {
    let txn = db.begin_read()?;
    let cursors = txn.open_table(tables::CURSORS)?;
    let cursor = cursors.get(tables::FOLD)?.map_or(0, |p| p.value());
    let next_poll = cursors.get(tables::NEXT_POLL)?.map_or(1, |n| n.value());
    let last = txn
        .open_table(tables::JOURNAL)?
        .last()?
        .map(|(position, _)| position.value());
    let mut memory = Memory {
        book: Book::default(),
        mirror: Mirror::default(),
        keys: keys(&txn)?,
        keys_changed: false,
        destinations: destinations(&txn)?,
        delivery_paused: instant(cursors.get(tables::DELIVERY_PAUSED)?.map(|at| at.value())),
        destinations_changed: false,
        lanes: Lanes::load(&txn)?,
        // Positions begin at 1, so that 0 is before every fact.
        next_position: last.map_or(1, |p| p + 1).max(cursor).max(1),
        cursor,
        checkpoint: Checkpoint::load(&txn.open_table(tables::CHECKPOINT)?)?,
        next_poll: u32::try_from(next_poll).map_err(Fault::file)?,
        last_stamp: last_stamp(&txn)?,
        stirred: HashSet::new(),
        tombstones: Vec::new(),
        says_closed: cursors.get(tables::CLOSED)?.is_some(),
        shortage: Shortage::None,
        fold_slice: options.fold_slice.max(1),
        sabotage: options.sabotage,
        owed: Owed::default(),
        goals: Goals::default(),
        erased: HashSet::new(),
        exports: export::of_file(&txn)?,
        stirs: 0,
    };
    polls(&txn, &mut memory)?;
    tail(&txn, &mut memory, cursor)?;
    Ok(memory)
}

fn keys(txn: &ReadTransaction) -> Result<HashMap<KeyHash, ApiKey>, Fault> {
    let table = txn.open_table(tables::KEYS)?;
    let mut keys = HashMap::new();
    for row in table.iter()? {
        let (hash, bytes) = row?;
        let key = records::key_from_row(*hash.value(), bytes.value())?;
        keys.insert(key.hash, key);
    }
    Ok(keys)
}

fn destinations(txn: &ReadTransaction) -> Result<HashMap<DestinationName, Destination>, Fault> {
    let mut known = HashMap::new();
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        let destination = event_records::destination_from_row(name.value(), bytes.value())?;
        known.insert(destination.name.clone(), destination);
    }
    Ok(known)
}

/// The latest instant that the tables know; what is later stands in the journal's tail.
fn last_stamp(txn: &ReadTransaction) -> Result<Millis, Fault> {
    let cursors = txn.open_table(tables::CURSORS)?;
    let folded = instant(cursors.get(tables::STAMP)?.map(|at| at.value()));
    let events = txn.open_table(tables::EVENTS)?;
    let newest = events.last()?;
    let newest = newest.map(|(_, row)| Ok(event_bodies::event_head(row.value())?.created_at));
    let recorded: Option<Millis> = newest.transpose().map_err(|fault: Fault| fault)?;
    Ok(folded.max(recorded).unwrap_or(Millis(0)))
}

fn instant(at: Option<u64>) -> Option<Millis> {
    at.and_then(|at| i64::try_from(at).ok()).map(Millis)
}

fn polls(txn: &ReadTransaction, memory: &mut Memory) -> Result<(), Fault> {
    let tallies = txn.open_table(tables::TALLIES)?;
    for row in txn.open_table(tables::POLLS)?.iter()? {
        let (number, bytes) = row?;
        let number = number.value();
        let record = PollRecord::from_row(bytes.value())?;
        if record.deleted_at.is_some() {
            memory.tombstones.push(number);
            continue;
        }
        let tally = tallies.get(number)?;
        let tally = tally.ok_or_else(|| Fault::file(format!("poll number {number} has no tally")))?;
        let tally = records::tally_from_row(tally.value())?;
        memory.last_stamp = memory.last_stamp.max(tally.updated_at);
        memory.book.put(record.poll()?, tally);
    }
    Ok(())
}

/// Mirrors what comes from `cursor` on: votes whose voters are not indexed yet, and the keys of events.
fn tail(txn: &ReadTransaction, memory: &mut Memory, cursor: u64) -> Result<(), Fault> {
    let ballots = txn.open_table(tables::BALLOTS)?;
    for row in txn.open_table(tables::JOURNAL)?.range(cursor..)? {
        let (position, bytes) = row?;
        let (position, bytes) = (position.value(), bytes.value());
        let (tag, body) = codec::split(bytes)?;
        let of_funnel = funnel_records::stamp_of(tag, body)?;
        let of_spend = spend_records::stamp_of(tag, body)?;
        if let Some(at) = event_records::stamp_of(tag, body)?.or(of_funnel).or(of_spend) {
            memory.last_stamp = memory.last_stamp.max(at);
        }
        if tag == RECORDED && !memory.sabotage.keeps_keys_apart() {
            let fact: RecordedFact = codec::body(body)?;
            memory
                .mirror
                .growing
                .push_key(fact.key, position, Millis(fact.at));
        }
        if !Voted::is(tag) {
            continue;
        }
        let voted = Voted::read(tag, body)?;
        memory.last_stamp = memory.last_stamp.max(Millis(voted.at));
        let digest = voted.voter()?;
        let indexed = ballots.get((voted.poll, digest))?.is_some();
        let Some(entry) = memory.book.change(voted.poll) else {
            continue;
        };
        if !indexed {
            entry.tally.add(voted.option);
            entry.tally.touched(position, Millis(voted.at));
            let capped = entry.poll.draft.per_address.is_some();
            let vote = Unfolded {
                position,
                digest,
                voted: &voted,
                record: bytes,
                capped,
            };
            memory.mirror.growing.push(&vote);
        }
    }
    Ok(())
}
