//! The desk: what a verb works on. One open transaction, the memory ahead of it, and the facts it has made so far.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use redb::{Table, WriteTransaction};
use serde::Serialize;

use super::book::Book;
use super::checkpoint::Checkpoint;
use super::codec::{self, Tag};
use super::error::Fault;
use super::event_tables::EventTables;
use super::lanes::Lanes;
use super::mirror::{MAX_UNFOLDED, Mirror, Unfolded};
use super::records::{VOTED, Voted};
use super::sabotage::{Owed, Sabotage};
use super::space::Shortage;
use super::{export, tables};
use crate::model::delivery::{Destination, DestinationNumber};
use crate::model::export::Exports;
use crate::model::funnel::Goals;
use crate::model::ids::DestinationName;
use crate::model::key::{ApiKey, KeyHash};
use crate::model::time::Millis;

/// What the writer remembers between transactions. After a fault it is never used again, so it needs no undoing.
pub(super) struct Memory {
    pub(super) book: Book,
    pub(super) mirror: Mirror,
    pub(super) keys: HashMap<KeyHash, ApiKey>,
    /// Whether `keys` differs from what readers see.
    pub(super) keys_changed: bool,
    /// The position of the next fact.
    pub(super) next_position: u64,
    /// The first position that is not folded.
    pub(super) cursor: u64,
    /// What the facts that were cut off the journal add up to.
    pub(super) checkpoint: Checkpoint,
    /// The number of the next poll.
    pub(super) next_poll: u32,
    /// The latest instant stamped on anything.
    pub(super) last_stamp: Millis,
    /// Destinations by name, those that are configured no more among them.
    pub(super) destinations: HashMap<DestinationName, Destination>,
    /// Since when nothing is sent to anybody.
    pub(super) delivery_paused: Option<Millis>,
    /// Whether `destinations` or `delivery_paused` differ from what readers see.
    pub(super) destinations_changed: bool,
    /// What holds lanes back.
    pub(super) lanes: Lanes,
    /// Destinations whose lanes are to look again.
    pub(super) stirred: HashSet<DestinationNumber>,
    /// Deleted polls whose votes are still to be swept.
    pub(super) tombstones: Vec<u32>,
    /// Whether the file says that it was closed in order, which is no longer true.
    pub(super) says_closed: bool,
    /// How short the disk is, as of this batch.
    pub(super) shortage: Shortage,
    /// How many votes one slice of folding takes.
    pub(super) fold_slice: usize,
    pub(super) sabotage: Sabotage,
    /// Nothing, but for a planted bug.
    pub(super) owed: Owed,
    /// What events may convert to.
    pub(super) goals: Goals,
    /// Events that were erased while an attempt of them was under way: what it comes to is kept without words.
    pub(super) erased: HashSet<u64>,
    /// Whether anything is exported.
    pub(super) exports: Exports,
    /// Tells the marks of one millisecond apart.
    pub(super) stirs: u64,
}

/// One transaction at work.
pub(super) struct Desk<'t> {
    pub(super) txn: &'t WriteTransaction,
    pub(super) ballots: Table<'t, (u32, u128), u64>,
    pub(super) memory: &'t mut Memory,
    /// The instant of everything in this transaction; it never runs back.
    pub(super) stamp: Millis,
    /// How far that is ahead of the wall clock, in milliseconds: nothing, unless the clock was set back.
    ahead_ms: i64,
    /// Opened by the first verb that needs them.
    events: Option<Box<EventTables<'t>>>,
    facts: Facts,
    wrote: bool,
}

/// Facts made in this transaction, written to the journal in one run at its end.
#[derive(Default)]
struct Facts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl<'t> Desk<'t> {
    pub(super) fn new(
        txn: &'t WriteTransaction,
        memory: &'t mut Memory,
        (stamp, wall): (Millis, Millis),
    ) -> Result<Self, Fault> {
        let ballots = txn.open_table(tables::BALLOTS)?;
        Ok(Self {
            txn,
            ballots,
            memory,
            stamp,
            ahead_ms: stamp.0.saturating_sub(wall.0).max(0),
            events: None,
            facts: Facts::default(),
            wrote: false,
        })
    }

    /// An instant that people named by their clocks, in the store's time: never early.
    pub(super) const fn of_wall(&self, at: Millis) -> Millis {
        at.plus(self.ahead_ms)
    }

    /// The present by people's clocks.
    pub(super) const fn wall(&self) -> Millis {
        self.stamp.plus(-self.ahead_ms)
    }

    /// Appends a fact to the journal: its position.
    pub(super) fn append<T: Serialize>(&mut self, tag: Tag, fact: &T) -> Result<u64, Fault> {
        codec::encode_into(tag, fact, &mut self.facts.bytes)?;
        self.facts.ends.push(self.facts.bytes.len());
        let position = self.memory.next_position;
        self.memory.next_position += 1;
        Ok(position)
    }

    /// Appends a counted vote and mirrors it until it is folded: its position.
    pub(super) fn append_vote(
        &mut self,
        voted: &Voted<'_>,
        digest: u128,
        capped: bool,
    ) -> Result<u64, Fault> {
        let start = self.facts.bytes.len();
        let position = self.append(VOTED, voted)?;
        let record = self.facts.bytes.get(start..).unwrap_or_default();
        self.memory.mirror.growing.push(&Unfolded {
            position,
            digest,
            voted,
            record,
            capped,
        });
        Ok(position)
    }

    /// Works on the tables of events, which stay open for the verbs that follow.
    pub(super) fn with_events<T>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut EventTables<'t>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut tables = match self.events.take() {
            Some(open) => open,
            None => {
                let mut tables = Box::new(EventTables::open(self.txn)?);
                self.wrote |= self.memory.owed.pay(&mut tables)?;
                tables
            }
        };
        let done = work(self, &mut tables)?;
        self.events = Some(tables);
        Ok(done)
    }

    /// Whether the mirror can take no more before some of it is folded.
    pub(super) fn mirror_is_full(&self) -> bool {
        self.memory.mirror.len() >= MAX_UNFOLDED
    }

    /// How many facts this transaction has made so far.
    pub(super) fn facts(&self) -> usize {
        self.facts.ends.len()
    }

    /// Notes that tables were written, so that the transaction is worth a commit.
    pub(super) fn wrote(&mut self) {
        self.wrote = true;
    }

    /// Writes the facts to the journal. True where the transaction has anything to commit.
    pub(super) fn finish(self) -> Result<bool, Fault> {
        let Self {
            txn,
            facts,
            memory,
            wrote,
            events,
            stamp,
            ..
        } = self;
        if let Some(events) = events {
            let stirred = events.finish()?;
            export::stir(txn, memory, (&stirred, stamp))?;
        }
        if facts.ends.is_empty() {
            return Ok(wrote);
        }
        let first = memory.next_position - facts.ends.len() as u64;
        let mut journal = txn.open_table(tables::JOURNAL)?;
        let mut end_of_journal = journal.upper_bound_mut(Bound::<u64>::Unbounded)?;
        let mut start = 0;
        for (position, end) in (first..).zip(facts.ends) {
            let fact = facts.bytes.get(start..end).unwrap_or_default();
            end_of_journal.insert_before(position, fact)?;
            start = end;
        }
        end_of_journal.close()?;
        Ok(true)
    }
}
