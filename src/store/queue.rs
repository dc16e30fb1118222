//! The queue: what waits, what is leased, what is dead, each in the order it is asked for.
//!
//! A delivery stands in exactly one of three orders, by its status: waiting (pending or retrying) by destination, rank and
//! due time; leased by destination and end; dead by destination and time. What is settled or cancelled stands in none.
//! [`Queue::put`] and [`Queue::take_out`] are the only ways in and out, so that a row and its place cannot part.

use redb::{ReadableTable, Table, WriteTransaction};

use super::error::Fault;
use super::event_records::{delivery_from_row, delivery_to_row};
use super::tables;
use crate::model::delivery::{Delivery, DestinationNumber};
use crate::model::event::{DeliveryStatus, Priority};
use crate::model::time::Millis;

/// The queue within one transaction.
pub(super) struct Queue<'t> {
    waiting: Table<'t, (u16, u8, i64, u64), ()>,
    leases: Table<'t, (u16, i64, u64), ()>,
    dead: Table<'t, (u16, i64, u64), ()>,
    rows: Table<'t, (u64, u16), &'static [u8]>,
    counts: Table<'t, (u16, u8), u64>,
}

/// Which delivery, and how urgent its event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) event: u64,
    pub(super) destination: u16,
    pub(super) priority: Priority,
}

impl<'t> Queue<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            waiting: txn.open_table(tables::QUEUE)?,
            leases: txn.open_table(tables::LEASES)?,
            dead: txn.open_table(tables::DEAD)?,
            rows: txn.open_table(tables::DELIVERIES)?,
            counts: txn.open_table(tables::DELIVERY_COUNTS)?,
        })
    }

    pub(super) fn get(&self, event: u64, destination: u16) -> Result<Option<Delivery>, Fault> {
        let row = self.rows.get((event, destination))?;
        row.map(|bytes| delivery_from_row(destination, bytes.value()))
            .transpose()
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
    pub(super) fn put(&mut self, place: Place, delivery: &Delivery) -> Result<(), Fault> {
        let Place {
            event,
            destination,
            priority,
        } = place;
        match delivery.status {
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {
                self.waiting
                    .insert((destination, priority.rank(), delivery.due.0, event), ())?;
            }
            DeliveryStatus::Leased => drop(self.leases.insert((destination, delivery.due.0, event), ())?),
            DeliveryStatus::Dead => drop(
                self.dead
                    .insert((destination, delivery.updated_at.0, event), ())?,
            ),
            DeliveryStatus::Delivered | DeliveryStatus::Cancelled => {}
        }
        self.rows
            .insert((event, destination), delivery_to_row(delivery)?.as_slice())?;
        self.count(destination, delivery.status, 1)
    }

    /// Takes the delivery from its place; what is done with it next is put back.
    pub(super) fn take_out(&mut self, place: Place, delivery: &Delivery) -> Result<(), Fault> {
        let Place {
            event,
            destination,
            priority,
        } = place;
        let there = match delivery.status {
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {
                let key = (destination, priority.rank(), delivery.due.0, event);
                self.waiting.remove(key)?.is_some()
            }
            DeliveryStatus::Leased => self
                .leases
                .remove((destination, delivery.due.0, event))?
                .is_some(),
            DeliveryStatus::Dead => self
                .dead
                .remove((destination, delivery.updated_at.0, event))?
                .is_some(),
            DeliveryStatus::Delivered | DeliveryStatus::Cancelled => true,
        };
        if !there {
            return Err(Fault::file(format!(
                "the delivery of {event} to {destination} is not in its place"
            )));
        }
        self.count(destination, delivery.status, -1)
    }

    /// At most `limit` deliveries that are due, most urgent first: a seek for each of the ten ranks.
    pub(super) fn due(&self, to: DestinationNumber, now: Millis, limit: usize) -> Result<Vec<u64>, Fault> {
        let mut events = Vec::new();
        for rank in 0..=Priority::MAX {
            let due = (to.0, rank, i64::MIN, 0)..=(to.0, rank, now.0, u64::MAX);
            for row in self.waiting.range(due)? {
                if events.len() == limit {
                    return Ok(events);
                }
                events.push(row?.0.value().3);
            }
        }
        Ok(events)
    }

    /// Leases that ended by `now`.
    pub(super) fn lapsed(&self, to: DestinationNumber, now: Millis, limit: usize) -> Result<Vec<u64>, Fault> {
        let ended = (to.0, i64::MIN, 0)..=(to.0, now.0, u64::MAX);
        self.leases
            .range(ended)?
            .take(limit)
            .map(|row| Ok(row?.0.value().2))
            .collect()
    }

    /// When the next delivery is due or the next lease ends.
    pub(super) fn next_due(&self, to: DestinationNumber) -> Result<Option<Millis>, Fault> {
        let mut next: Option<i64> = None;
        let mut sooner = |at: i64| next = Some(next.map_or(at, |n| n.min(at)));
        for rank in 0..=Priority::MAX {
            let range = (to.0, rank, i64::MIN, 0)..=(to.0, rank, i64::MAX, u64::MAX);
            if let Some(row) = self.waiting.range(range)?.next() {
                sooner(row?.0.value().2);
            }
        }
        if let Some(row) = self
            .leases
            .range((to.0, i64::MIN, 0)..=(to.0, i64::MAX, u64::MAX))?
            .next()
        {
            sooner(row?.0.value().1);
        }
        Ok(next.map(Millis))
    }

    fn count(&mut self, destination: u16, status: DeliveryStatus, by: i64) -> Result<(), Fault> {
        let all = DeliveryStatus::ALL;
        let number = all
            .iter()
            .position(|s| *s == status)
            .and_then(|n| u8::try_from(n).ok())
            .unwrap_or(u8::MAX);
        let key = (destination, number);
        let before = self.counts.get(key)?.map_or(0, |n| n.value());
        let after = before.checked_add_signed(by);
        let after =
            after.ok_or_else(|| Fault::file(format!("{status:?} deliveries to {destination} below zero")))?;
        self.counts.insert(key, after)?;
        Ok(())
    }
}
