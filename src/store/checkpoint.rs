//! The checkpoint: what all facts that were cut off the journal add up to.
//!
//! The journal is cut at its head, and each fact that goes is first added here, in the transaction that removes it. So
//! the checkpoint with the facts after it gives, at every instant, how many votes each option of each poll has, how many
//! events there are, and how the deliveries of each destination stand: `verify` compares that with the tables.
//!
//! It is kept by subject, one row each, so that a step writes only what it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use super::event_records::status_number;
use super::facts::Fact;
use super::funnel_records::{FUNNEL_SUMS, FunnelSums};
use super::records::{PollRecord, Voted};
use super::spend_records::{SPEND_SUMS, SpendSums};
use super::tables;
use crate::model::event::DeliveryStatus;

const HEAD: Tag = Tag {
    kind: 136,
    version: 1,
};
const POLL_SUMS: Tag = Tag {
    kind: 137,
    version: 1,
};
const DELIVERY_SUMS: Tag = Tag {
    kind: 138,
    version: 1,
};

/// Subjects, the first part of a row's key.
const OF_JOURNAL: u8 = 0;
const OF_POLL: u8 = 1;
const OF_DESTINATION: u8 = 2;
const OF_FUNNEL: u8 = 3;
const OF_SPEND: u8 = 4;

/// The sums of the facts before a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checkpoint {
    pub(super) head: Head,
    /// By poll that is not deleted.
    pub(super) polls: BTreeMap<u32, PollSums>,
    /// By destination.
    pub(super) deliveries: BTreeMap<u16, DeliverySums>,
    /// Of visits and conversions.
    pub(super) funnel: FunnelSums,
    /// Of entries of spend.
    pub(super) spend: SpendSums,
    changed: BTreeSet<(u8, u32)>,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The position of the first fact that is not in it.
    pub(super) position: u64,
    /// Events recorded and not swept.
    pub(super) events: u64,
}

/// A poll's votes by option, in the poll's order: those counted, and how many of them were voided later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PollSums {
    pub(super) counted: Vec<u64>,
    pub(super) voided: Vec<u64>,
}

/// The deliveries to a destination, those of swept events left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeliverySums {
    pub(super) open: u64,
    pub(super) delivered: u64,
    pub(super) dead: u64,
    pub(super) cancelled: u64,
}

impl PollSums {
    /// Of a poll that nobody has voted in.
    pub(super) fn empty(options: usize) -> Self {
        Self {
            counted: vec![0; options],
            voided: vec![0; options],
        }
    }

    pub(super) fn count(&mut self, option: u16) {
        add(&mut self.counted, option);
    }

    pub(super) fn void(&mut self, option: u16) {
        add(&mut self.voided, option);
    }
}

impl fmt::Display for PollSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} votes, {:?} voided", self.counted, self.voided)
    }
}

impl fmt::Display for DeliverySums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            open,
            delivered,
            dead,
            cancelled,
        } = self;
        write!(
            f,
            "{open} open, {delivered} delivered, {dead} dead, {cancelled} cancelled"
        )
    }
}

/// Moves `by` from one sum to another. What would fall below zero shows up in `verify`, so nothing is lost by stopping there.
const fn shift(from: &mut u64, to: &mut u64, by: u64) {
    *from = from.saturating_sub(by);
    *to += by;
}

fn add(sums: &mut [u64], option: u16) {
    if let Some(sum) = sums.get_mut(usize::from(option)) {
        *sum += 1;
    }
}

impl Checkpoint {
    /// Adds the fact at `position`, which must be the next. `votes` are the folded votes, where voided ones are looked up.
    pub(super) fn add(
        &mut self,
        position: u64,
        fact: &Fact<'_>,
        votes: &impl ReadableTable<(u32, u64), &'static [u8]>,
    ) -> Result<(), Fault> {
        match fact {
            Fact::PollCreated(poll) => {
                *self.of_poll(poll.number()) = PollSums::empty(poll.options());
            }
            Fact::PollDeleted(ended) => {
                self.polls.remove(&ended.poll);
                self.changed.insert((OF_POLL, ended.poll));
            }
            Fact::Voted(voted) => self.of_poll(voted.poll).count(voted.option),
            Fact::Voided(fact) => {
                for at in &fact.positions {
                    // Gone only with its whole poll, whose sums go when that fact comes.
                    if let Some(row) = votes.get((fact.poll, *at))? {
                        let option = Voted::from_row(row.value())?.option;
                        self.of_poll(fact.poll).void(option);
                    }
                }
            }
            Fact::Recorded(fact) => {
                self.head.events += 1;
                for to in &fact.destinations {
                    self.to(*to).open += 1;
                }
            }
            Fact::Settled(fact) => {
                let sums = self.to(fact.destination);
                match fact.dead {
                    true => shift(&mut sums.open, &mut sums.dead, 1),
                    false => shift(&mut sums.open, &mut sums.delivered, 1),
                }
            }
            Fact::Dropped(fact) => {
                let sums = self.to(fact.destination);
                match fact.from_dead {
                    true => shift(&mut sums.dead, &mut sums.cancelled, 1),
                    false => shift(&mut sums.open, &mut sums.cancelled, 1),
                }
            }
            Fact::Revived(fact) => {
                let before = fact.before()?;
                let sums = self.to(fact.destination);
                match before {
                    None => sums.open += 1,
                    Some(DeliveryStatus::Delivered) => shift(&mut sums.delivered, &mut sums.open, 1),
                    Some(DeliveryStatus::Cancelled) => shift(&mut sums.cancelled, &mut sums.open, 1),
                    Some(_) => shift(&mut sums.dead, &mut sums.open, 1),
                }
            }
            Fact::Moved(fact) => {
                for to in &fact.called_off {
                    let sums = self.to(*to);
                    shift(&mut sums.open, &mut sums.cancelled, 1);
                }
            }
            Fact::Swept(fact) => {
                self.head.events = self.head.events.saturating_sub(fact.events);
                for (to, (delivered, dead, cancelled)) in &fact.deliveries {
                    let sums = self.to(*to);
                    sums.delivered = sums.delivered.saturating_sub(*delivered);
                    sums.dead = sums.dead.saturating_sub(*dead);
                    sums.cancelled = sums.cancelled.saturating_sub(*cancelled);
                }
            }
            Fact::Window(fact) => {
                self.funnel.add_window(fact);
                self.changed.insert((OF_FUNNEL, 0));
            }
            Fact::Converted(fact) => {
                self.funnel.add_conversion(fact);
                self.changed.insert((OF_FUNNEL, 0));
            }
            Fact::Spent(fact) => {
                self.spend.add(fact);
                self.changed.insert((OF_SPEND, 0));
            }
            Fact::SpendDeleted(fact) => {
                self.spend.take(fact);
                self.changed.insert((OF_SPEND, 0));
            }
            Fact::PollClosed(_) | Fact::PollChanged(_) => {}
        }
        self.head.position = position + 1;
        self.changed.insert((OF_JOURNAL, 0));
        Ok(())
    }

    fn of_poll(&mut self, number: u32) -> &mut PollSums {
        self.changed.insert((OF_POLL, number));
        self.polls.entry(number).or_default()
    }

    fn to(&mut self, number: u16) -> &mut DeliverySums {
        self.changed.insert((OF_DESTINATION, u32::from(number)));
        self.deliveries.entry(number).or_default()
    }

    /// Reads it from its table.
    pub(super) fn load(table: &impl ReadableTable<(u8, u32), &'static [u8]>) -> Result<Self, Fault> {
        let mut read = Self::default();
        for row in table.iter()? {
            let (key, bytes) = row?;
            let bytes = bytes.value();
            match key.value() {
                (OF_JOURNAL, 0) => read.head = codec::decode(HEAD, bytes)?,
                (OF_FUNNEL, 0) => read.funnel = codec::decode(FUNNEL_SUMS, bytes)?,
                (OF_SPEND, 0) => read.spend = codec::decode(SPEND_SUMS, bytes)?,
                (OF_POLL, number) => drop(read.polls.insert(number, codec::decode(POLL_SUMS, bytes)?)),
                (OF_DESTINATION, number) => {
                    let number = u16::try_from(number).map_err(Fault::file)?;
                    read.deliveries
                        .insert(number, codec::decode(DELIVERY_SUMS, bytes)?);
                }
                (subject, _) => return Err(Fault::file(format!("a checkpoint is of subject {subject}"))),
            }
        }
        if read.head.position == 0 {
            return Err(Fault::file("the checkpoint is missing"));
        }
        Ok(read)
    }

    /// Writes what has changed since it was read or written.
    pub(super) fn save(&mut self, txn: &WriteTransaction) -> Result<(), Fault> {
        let mut table = txn.open_table(tables::CHECKPOINT)?;
        for key in std::mem::take(&mut self.changed) {
            let row = match key {
                (OF_POLL, number) => self.polls.get(&number).map(|sums| codec::encode(POLL_SUMS, sums)),
                (OF_DESTINATION, number) => u16::try_from(number)
                    .ok()
                    .and_then(|number| self.deliveries.get(&number))
                    .map(|sums| codec::encode(DELIVERY_SUMS, sums)),
                (OF_FUNNEL, _) => Some(codec::encode(FUNNEL_SUMS, &self.funnel)),
                (OF_SPEND, _) => Some(codec::encode(SPEND_SUMS, &self.spend)),
                _ => Some(codec::encode(HEAD, &self.head)),
            };
            match row {
                Some(row) => drop(table.insert(key, row?.as_slice())?),
                None => drop(table.remove(key)?),
            }
        }
        Ok(())
    }

    /// The one of a file that holds nothing.
    pub(super) fn empty() -> Self {
        Self {
            head: Head {
                position: 1,
                events: 0,
            },
            changed: BTreeSet::from([(OF_JOURNAL, 0)]),
            ..Self::default()
        }
    }

    /// What the tables of a file that has no checkpoint add up to; it stands at the journal's end.
    pub(super) fn of_tables(txn: &ReadTransaction) -> Result<Self, Fault> {
        let mut made = Self::of_polls(txn)?;
        made.head.events = txn.open_table(tables::EVENTS)?.len()?;
        for (to, sums) in standing(txn)? {
            *made.to(to) = sums;
        }
        Ok(made)
    }

    /// The same for a file from before events.
    pub(super) fn of_polls(txn: &ReadTransaction) -> Result<Self, Fault> {
        let mut made = Self::empty();
        let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
        let cursor = cursor.map_or(0, |position| position.value());
        let (votes, voids) = (txn.open_table(tables::VOTES)?, txn.open_table(tables::VOIDS)?);
        for row in txn.open_table(tables::POLLS)?.iter()? {
            let (number, bytes) = row?;
            let (number, poll) = (number.value(), PollRecord::from_row(bytes.value())?);
            if poll.deleted_at.is_some() {
                continue;
            }
            let mut sums = PollSums::empty(poll.options());
            // What lies behind the cursor is in the journal still, and counted from there.
            for row in votes.range((number, 0)..(number, cursor))? {
                let (place, bytes) = row?;
                let option = Voted::from_row(bytes.value())?.option;
                sums.count(option);
                if voids.get(place.value())?.is_some() {
                    sums.void(option);
                }
            }
            *made.of_poll(number) = sums;
        }
        let journal = txn.open_table(tables::JOURNAL)?;
        let mut next = cursor.max(1);
        for row in journal.range(cursor..)? {
            let (position, bytes) = row?;
            next = next.max(position.value() + 1);
            if let Fact::Voted(voted) = Fact::read(bytes.value())?
                && made.polls.contains_key(&voted.poll)
            {
                made.of_poll(voted.poll).count(voted.option);
            }
        }
        made.head.position = next;
        Ok(made)
    }
}

/// How the deliveries of each destination stand, as the counters say.
pub(super) fn standing(txn: &ReadTransaction) -> Result<BTreeMap<u16, DeliverySums>, Fault> {
    let mut all: BTreeMap<u16, DeliverySums> = BTreeMap::new();
    for row in txn.open_table(tables::DELIVERY_COUNTS)?.iter()? {
        let (key, count) = row?;
        let (to, number) = key.value();
        let sums = all.entry(to).or_default();
        let status = DeliveryStatus::ALL
            .iter()
            .find(|status| status_number(**status) == number);
        match status {
            Some(DeliveryStatus::Delivered) => sums.delivered += count.value(),
            Some(DeliveryStatus::Dead) => sums.dead += count.value(),
            Some(DeliveryStatus::Cancelled) => sums.cancelled += count.value(),
            Some(_) => sums.open += count.value(),
            None => return Err(Fault::file(format!("deliveries to {to} have status {number}"))),
        }
    }
    all.retain(|_, sums| *sums != DeliverySums::default());
    Ok(all)
}

/// Reads a row of it; `None` where its tag is none of its own.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, body) = codec::split(bytes).ok()?;
    Some(match tag {
        HEAD => codec::body::<Head>(body).map(drop),
        POLL_SUMS => codec::body::<PollSums>(body).map(drop),
        DELIVERY_SUMS => codec::body::<DeliverySums>(body).map(drop),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_keeps_the_bytes_it_had_in_version_1() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let head = Head {
            position: 7,
            events: 300,
        };
        let poll = PollSums {
            counted: vec![3, 0],
            voided: vec![1, 0],
        };
        let deliveries = DeliverySums {
            open: 1,
            delivered: 2,
            dead: 3,
            cancelled: 4,
        };
        assert_eq!(hex(codec::encode(HEAD, &head).unwrap()), "880107fb2c01");
        assert_eq!(hex(codec::encode(POLL_SUMS, &poll).unwrap()), "8901020300020100");
        assert_eq!(
            hex(codec::encode(DELIVERY_SUMS, &deliveries).unwrap()),
            "8a0101020304"
        );
    }
}
