//! Verify, as far as events and deliveries go.

use std::collections::{HashMap, HashSet};

use redb::{AccessGuard, ReadTransaction, ReadableTable};

use super::codec;
use super::error::Fault;
use super::event_bodies::event_from_row;
use super::event_records::{
    DROPPED, DroppedFact, RECORDED, RecordedFact, RevivedFact, SETTLED, SettledFact, delivery_from_row,
    state_from_row, status_number,
};
use super::tables;
use super::verbs::events::key_digest;
use super::verify::Check;
use crate::model::delivery::Delivery;
use crate::model::event::DeliveryStatus;

/// The invariants of events and deliveries.
pub(super) fn checks(txn: &ReadTransaction) -> Result<Vec<Check>, Fault> {
    Ok(vec![
        events_are_whole(txn)?,
        keys_are_of_events(txn)?,
        facts_are_kept(txn)?,
        deliveries_are_in_place(txn)?,
        places_have_deliveries(txn)?,
        counts_equal_deliveries(txn)?,
    ])
}

fn events_are_whole(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "events",
        "every event has its state and its id, and the state equals its deliveries",
    );
    let (states, ids) = (
        txn.open_table(tables::EVENT_STATES)?,
        txn.open_table(tables::EVENT_IDS)?,
    );
    // Both are in order of the event: they are read side by side.
    let deliveries = txn.open_table(tables::DELIVERIES)?;
    let mut deliveries = deliveries.iter()?.peekable();
    for row in txn.open_table(tables::EVENTS)?.iter()? {
        let (position, bytes) = row?;
        let position = position.value();
        let event = event_from_row(bytes.value())?;
        let indexed = ids.get(event.id.0)?.is_some_and(|p| p.value() == position);
        let state = states
            .get(position)?
            .map(|bytes| state_from_row(bytes.value()))
            .transpose()?;
        let mut counted = (0, 0);
        let until_here = |row: &Result<(AccessGuard<'_, (u64, u16)>, _), _>| {
            row.as_ref().map_or(true, |(key, _)| key.value().0 <= position)
        };
        while let Some(row) = deliveries.next_if(until_here) {
            let (key, bytes) = row?;
            let (event, to) = key.value();
            match delivery_from_row(to, bytes.value())?.status {
                _ if event != position => {}
                DeliveryStatus::Pending | DeliveryStatus::Retrying | DeliveryStatus::Leased => counted.0 += 1,
                DeliveryStatus::Dead => counted.1 += 1,
                DeliveryStatus::Delivered | DeliveryStatus::Cancelled => {}
            }
        }
        let equal = state.is_some_and(|state| (state.open, state.dead) == counted);
        check.see(indexed && equal, || format!("event {}", event.id));
    }
    Ok(check)
}

fn keys_are_of_events(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "idempotency keys",
        "every event has its key, and every key its event",
    );
    let (events, keys) = (
        txn.open_table(tables::EVENTS)?,
        txn.open_table(tables::EVENT_KEYS)?,
    );
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    let cursor = cursor.map_or(0, |position| position.value());
    for row in events.iter()? {
        let (position, bytes) = row?;
        let event = event_from_row(bytes.value())?;
        let kept = keys.get(key_digest(event.key.as_str()))?;
        // Until its key is folded, the mirror has it from the journal.
        let own = kept.map_or(position.value() >= cursor, |kept| {
            kept.value() == position.value()
        });
        check.see(own, || format!("event {}", event.id));
    }
    for row in keys.iter()? {
        let position = row?.1.value();
        check.see(events.get(position)?.is_some(), || {
            format!("a key of the event at {position}")
        });
    }
    Ok(check)
}

/// What the journal says of events still stands in the tables.
fn facts_are_kept(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "event facts",
        "what was recorded is there, and what was settled stands as it was settled last",
    );
    let events = txn.open_table(tables::EVENTS)?;
    let rows = txn.open_table(tables::DELIVERIES)?;
    // Only what does not stand as its last fact says: few, if any.
    let mut otherwise: HashSet<(u64, u16)> = HashSet::new();
    let mut see = |event: u64, to: u16, told: Option<DeliveryStatus>| {
        let row = rows.get((event, to))?;
        let found = row
            .map(|bytes| delivery_from_row(to, bytes.value()))
            .transpose()?;
        let found = found.map(|delivery| delivery.status);
        let ended = [
            DeliveryStatus::Delivered,
            DeliveryStatus::Dead,
            DeliveryStatus::Cancelled,
        ];
        let as_told = match told {
            Some(_) => found == told,
            None => found.is_some_and(|found| !ended.contains(&found)),
        };
        match as_told {
            true => otherwise.remove(&(event, to)),
            false => otherwise.insert((event, to)),
        };
        Ok::<(), Fault>(())
    };
    for row in txn.open_table(tables::JOURNAL)?.iter()? {
        let (position, bytes) = row?;
        let (position, bytes) = (position.value(), bytes.value());
        let (tag, body) = codec::split(bytes)?;
        match tag {
            RECORDED => {
                let fact: RecordedFact = codec::body(body)?;
                let event = events.get(position)?;
                let event = event.map(|bytes| event_from_row(bytes.value())).transpose()?;
                let same = event.is_some_and(|event| {
                    event.id.0 == fact.id
                        && event.fingerprint.0 == fact.fingerprint
                        && key_digest(event.key.as_str()) == fact.key
                });
                check.see(same, || format!("the event at {position}"));
                for to in fact.destinations {
                    let there = rows.get((position, to))?.is_some();
                    check.see(there, || format!("the delivery of {position} to {to}"));
                }
            }
            SETTLED => {
                let fact: SettledFact = codec::body(body)?;
                let status = match fact.dead {
                    true => DeliveryStatus::Dead,
                    false => DeliveryStatus::Delivered,
                };
                see(fact.event, fact.destination, Some(status))?;
            }
            DROPPED => {
                let fact: DroppedFact = codec::body(body)?;
                see(fact.event, fact.destination, Some(DeliveryStatus::Cancelled))?;
            }
            tag if RevivedFact::is(tag) => {
                let fact = RevivedFact::read(tag, body)?;
                see(fact.event, fact.destination, None)?;
            }
            _ => {}
        }
    }
    check.see(otherwise.is_empty(), || format!("the deliveries {otherwise:?}"));
    Ok(check)
}

fn deliveries_are_in_place(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "deliveries",
        "every delivery has its event, and stands where its status says",
    );
    let events = txn.open_table(tables::EVENTS)?;
    let (waiting, leases) = (txn.open_table(tables::QUEUE)?, txn.open_table(tables::LEASES)?);
    let dead = txn.open_table(tables::DEAD)?;
    for row in txn.open_table(tables::DELIVERIES)?.iter()? {
        let (key, bytes) = row?;
        let (event, to) = key.value();
        let delivery = delivery_from_row(to, bytes.value())?;
        let body = events
            .get(event)?
            .map(|bytes| event_from_row(bytes.value()))
            .transpose()?;
        let rank = body.map(|event| event.priority.rank());
        let placed = match (delivery.status, rank) {
            (_, None) => false,
            (DeliveryStatus::Pending | DeliveryStatus::Retrying, Some(rank)) => {
                waiting.get((to, rank, delivery.due.0, event))?.is_some()
            }
            (DeliveryStatus::Leased, _) => leases.get((to, delivery.due.0, event))?.is_some(),
            (DeliveryStatus::Dead, _) => dead.get((to, delivery.updated_at.0, event))?.is_some(),
            (DeliveryStatus::Delivered | DeliveryStatus::Cancelled, _) => true,
        };
        check.see(placed, || format!("delivery {}", delivery.id));
    }
    Ok(check)
}

fn places_have_deliveries(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "queue",
        "every place in the queue has a delivery that stands there",
    );
    let rows = txn.open_table(tables::DELIVERIES)?;
    let mut see = |event: u64, to: u16, what: &str, stands: &dyn Fn(&Delivery) -> bool| {
        let delivery = rows
            .get((event, to))?
            .map(|bytes| delivery_from_row(to, bytes.value()))
            .transpose()?;
        let there = delivery.is_some_and(|delivery| stands(&delivery));
        check.see(there, || format!("{what}: event at {event}, destination {to}"));
        Ok::<(), Fault>(())
    };
    for row in txn.open_table(tables::QUEUE)?.iter()? {
        let (to, rank, at, event) = row?.0.value();
        see(event, to, "waiting", &|delivery| {
            let waits = matches!(
                delivery.status,
                DeliveryStatus::Pending | DeliveryStatus::Retrying
            );
            waits && delivery.due.0 == at && delivery.priority.rank() == rank
        })?;
    }
    for row in txn.open_table(tables::LEASES)?.iter()? {
        let (to, at, event) = row?.0.value();
        see(event, to, "leased", &|delivery| {
            delivery.status == DeliveryStatus::Leased && delivery.due.0 == at
        })?;
    }
    for row in txn.open_table(tables::DEAD)?.iter()? {
        let (to, at, event) = row?.0.value();
        see(event, to, "dead", &|delivery| {
            delivery.status == DeliveryStatus::Dead && delivery.updated_at.0 == at
        })?;
    }
    Ok(check)
}

fn counts_equal_deliveries(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "delivery counts",
        "every destination has the number of deliveries stored for each status",
    );
    let mut counted: HashMap<(u16, u8), u64> = HashMap::new();
    for row in txn.open_table(tables::DELIVERIES)?.iter()? {
        let (key, bytes) = row?;
        let (_, to) = key.value();
        let status = delivery_from_row(to, bytes.value())?.status;
        *counted.entry((to, status_number(status))).or_default() += 1;
    }
    for row in txn.open_table(tables::DELIVERY_COUNTS)?.iter()? {
        let (key, stored) = row?;
        let votes = counted.remove(&key.value()).unwrap_or(0);
        check.see(votes == stored.value(), || {
            format!("{:?}: {} stored, {votes} counted", key.value(), stored.value())
        });
    }
    check.see(counted.is_empty(), || {
        format!("{} counts are missing", counted.len())
    });
    Ok(check)
}
