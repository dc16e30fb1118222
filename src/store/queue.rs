//! The queue: what waits, what is leased, what is dead, each in the order it is asked for.
//!
//! A delivery stands in exactly one of three orders, by its status: waiting (pending or retrying) by destination, rank and
//! due time; leased by destination and end; dead by destination and time. What is settled or cancelled stands in none.
//! [`Queue::put`] and [`Queue::take_out`] are the only ways in and out, so that a row and its place cannot part.

use std::collections::{BTreeSet, HashMap};

use redb::{ReadableTable, Table, WriteTransaction};

use super::dead_groups::DeadGroups;
use super::error::Fault;
use super::event_records::{delivery_from_row, delivery_to_row, status_number};
use super::tables;
use crate::model::delivery::{Delivery, DestinationNumber};
use crate::model::event::{DeliveryStatus, Priority};
use crate::model::time::Millis;

/// The queue within one transaction.
pub(super) struct Queue<'t> {
    waiting: Table<'t, (u16, u8, i64, u64), ()>,
    leases: Table<'t, (u16, i64, u64), ()>,
    dead: Table<'t, (u16, i64, u64), ()>,
    groups: DeadGroups<'t>,
    rows: Table<'t, (u64, u16), &'static [u8]>,
    counts: Table<'t, (u16, u8), u64>,
    /// How the counts have changed in this transaction.
    changes: HashMap<(u16, u8), i64>,
    /// Events that changed in this transaction without a fact that says so.
    pub(super) stirred: BTreeSet<u64>,
}

impl<'t> Queue<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            waiting: txn.open_table(tables::QUEUE)?,
            leases: txn.open_table(tables::LEASES)?,
            dead: txn.open_table(tables::DEAD)?,
            groups: DeadGroups::open(txn)?,
            rows: txn.open_table(tables::DELIVERIES)?,
            counts: txn.open_table(tables::DELIVERY_COUNTS)?,
            changes: HashMap::new(),
            stirred: BTreeSet::new(),
        })
    }

    /// The delivery of the event at `event` to `to`.
    pub(super) fn get(&self, event: u64, to: u16) -> Result<Option<Delivery>, Fault> {
        let row = self.rows.get((event, to))?;
        row.map(|bytes| delivery_from_row(to, bytes.value())).transpose()
    }

    /// A delivery that some order says is there.
    pub(super) fn expect(&self, event: u64, to: u16) -> Result<Delivery, Fault> {
        let missing = || Fault::file(format!("the delivery of {event} to {to} is missing"));
        self.get(event, to)?.ok_or_else(missing)
    }

    /// The deliveries of an event, in order of destination.
    pub(super) fn of_event(&self, event: u64) -> Result<Vec<Delivery>, Fault> {
        let mut all = Vec::new();
        for row in self.rows.range((event, 0)..=(event, u16::MAX))? {
            let (key, bytes) = row?;
            all.push(delivery_from_row(key.value().1, bytes.value())?);
        }
        Ok(all)
    }

    /// Writes the delivery and gives it the place its status asks for. It must stand in none.
    pub(super) fn put(&mut self, event: u64, delivery: &Delivery) -> Result<(), Fault> {
        let to = delivery.destination.0;
        match delivery.status {
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {
                self.waiting
                    .insert((to, delivery.priority.rank(), delivery.due.0, event), ())?;
            }
            DeliveryStatus::Leased => drop(self.leases.insert((to, delivery.due.0, event), ())?),
            DeliveryStatus::Dead => {
                self.dead.insert((to, delivery.updated_at.0, event), ())?;
                self.groups.put(event, delivery)?;
            }
            DeliveryStatus::Delivered | DeliveryStatus::Cancelled => {}
        }
        let before = self
            .rows
            .insert((event, to), delivery_to_row(delivery)?.as_slice())?;
        let waits_again = matches!(
            delivery.status,
            DeliveryStatus::Pending | DeliveryStatus::Retrying
        );
        if before.is_some() && waits_again {
            self.stirred.insert(event);
        }
        drop(before);
        self.count(to, delivery.status, 1);
        Ok(())
    }

    /// Takes the delivery from its place; what is done with it next is put back.
    pub(super) fn take_out(&mut self, event: u64, delivery: &Delivery) -> Result<(), Fault> {
        let to = delivery.destination.0;
        let there = match delivery.status {
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {
                let key = (to, delivery.priority.rank(), delivery.due.0, event);
                self.waiting.remove(key)?.is_some()
            }
            DeliveryStatus::Leased => self.leases.remove((to, delivery.due.0, event))?.is_some(),
            DeliveryStatus::Dead => {
                self.dead.remove((to, delivery.updated_at.0, event))?.is_some()
                    && self.groups.take_out(event, delivery)?
            }
            DeliveryStatus::Delivered | DeliveryStatus::Cancelled => true,
        };
        if !there {
            return Err(Fault::file(format!(
                "the delivery of {event} to {to} is not in its place"
            )));
        }
        self.count(to, delivery.status, -1);
        Ok(())
    }

    /// Removes the row of a delivery that was taken from its place.
    pub(super) fn forget(&mut self, event: u64, delivery: &Delivery) -> Result<(), Fault> {
        self.rows.remove((event, delivery.destination.0))?;
        Ok(())
    }

    /// At most `limit` deliveries that are due, most urgent first: a seek for each rank that is there.
    pub(super) fn due(&self, to: DestinationNumber, now: Millis, limit: usize) -> Result<Vec<u64>, Fault> {
        let mut events = Vec::new();
        for (rank, first) in self.heads(to)? {
            if first > now || events.len() == limit {
                continue;
            }
            let due = (to.0, rank, i64::MIN, 0)..=(to.0, rank, now.0, u64::MAX);
            for row in self.waiting.range(due)?.take(limit - events.len()) {
                events.push(row?.0.value().3);
            }
        }
        Ok(events)
    }

    /// At most `limit` deliveries whose leases ended by `now`.
    pub(super) fn lapsed(&self, to: DestinationNumber, now: Millis, limit: usize) -> Result<Vec<u64>, Fault> {
        let ended = (to.0, i64::MIN, 0)..=(to.0, now.0, u64::MAX);
        self.leases
            .range(ended)?
            .take(limit)
            .map(|row| Ok(row?.0.value().2))
            .collect()
    }

    /// At most `limit` deliveries under a lease, as (event, destination), whosever.
    pub(super) fn leased(&self, limit: usize) -> Result<Vec<(u64, u16)>, Fault> {
        let leased = self.leases.iter()?.take(limit).map(|row| {
            let (to, _, event) = row?.0.value();
            Ok((event, to))
        });
        leased.collect()
    }

    /// When the next delivery is due.
    pub(super) fn next_due(&self, to: DestinationNumber) -> Result<Option<Millis>, Fault> {
        Ok(self.heads(to)?.into_iter().map(|(_, due)| due).min())
    }

    /// When the next delivery is due that is not yet at `now`.
    pub(super) fn next_due_after(&self, to: DestinationNumber, now: Millis) -> Result<Option<Millis>, Fault> {
        let mut next = None;
        for (rank, _) in self.heads(to)? {
            let later = (to.0, rank, now.0.saturating_add(1), 0)..=(to.0, rank, i64::MAX, u64::MAX);
            let row = self.waiting.range(later)?.next().transpose()?;
            next = next
                .into_iter()
                .chain(row.map(|row| Millis(row.0.value().2)))
                .min();
        }
        Ok(next)
    }

    /// When the next lease ends.
    pub(super) fn next_lapse(&self, to: DestinationNumber) -> Result<Option<Millis>, Fault> {
        let leases = (to.0, i64::MIN, 0)..=(to.0, i64::MAX, u64::MAX);
        let lease = self.leases.range(leases)?.next();
        Ok(lease.transpose()?.map(|row| Millis(row.0.value().1)))
    }

    /// The first due time of each rank that is there, most urgent first.
    fn heads(&self, to: DestinationNumber) -> Result<Vec<(u8, Millis)>, Fault> {
        heads(&self.waiting, to)
    }

    /// Writes the counts that changed.
    pub(super) fn write_counts(&mut self) -> Result<(), Fault> {
        for ((to, status), change) in self.changes.drain().filter(|(_, change)| *change != 0) {
            let before = self.counts.get((to, status))?.map_or(0, |n| n.value());
            let after = before.checked_add_signed(change);
            let below = || Fault::file(format!("deliveries to {to} of status {status} below zero"));
            self.counts.insert((to, status), after.ok_or_else(below)?)?;
        }
        Ok(())
    }

    fn count(&mut self, to: u16, status: DeliveryStatus, by: i64) {
        *self.changes.entry((to, status_number(status))).or_default() += by;
    }
}

/// The first due time of each rank that waits for `to`, most urgent first: one seek a rank.
pub(super) fn heads(
    waiting: &impl ReadableTable<(u16, u8, i64, u64), ()>,
    to: DestinationNumber,
) -> Result<Vec<(u8, Millis)>, Fault> {
    let mut heads = Vec::new();
    let mut from = 0;
    while from <= Priority::MAX {
        let rest = (to.0, from, i64::MIN, 0)..=(to.0, Priority::MAX, i64::MAX, u64::MAX);
        let Some(row) = waiting.range(rest)?.next() else {
            break;
        };
        let (_, rank, due, _) = row?.0.value();
        heads.push((rank, Millis(due)));
        from = rank + 1;
    }
    Ok(heads)
}
