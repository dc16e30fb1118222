//! Verify, as far as single rows go: indices both ways, and rows that nothing else speaks of.

use std::collections::{HashMap, HashSet};

use redb::{ReadTransaction, ReadableTable};

use super::certificates::certificates_fit;
use super::error::Fault;
use super::event_bodies::event_from_row;
use super::event_records::{attempt_from_row, delivery_from_row, destination_from_row, state_from_row};
use super::lane_records::breaker_from_row;
use super::records::{self, PollRecord};
use super::verify::Check;
use super::{tables, tokens};
use crate::model::event::DeliveryStatus;
use crate::model::lane::breaker::BreakerState;

/// The invariants of rows.
pub(super) fn checks(txn: &ReadTransaction) -> Result<Vec<Check>, Fault> {
    Ok(vec![
        polls_are_apart(txn)?,
        events_are_indexed(txn)?,
        attempts_have_deliveries(txn)?,
        destinations_are_known(txn)?,
        cursors_fit(txn)?,
        samples_are_numbers(txn)?,
        leases_have_ended(txn)?,
        lanes_fit(txn)?,
        tokens_fit(txn)?,
        certificates_fit(txn)?,
    ])
}

fn polls_are_apart(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "polls",
        "every poll has its own id and a number below the next, and every tally its poll",
    );
    let polls = txn.open_table(tables::POLLS)?;
    let next = txn.open_table(tables::CURSORS)?.get(tables::NEXT_POLL)?;
    let next = next.map_or(1, |number| number.value());
    let mut ids = HashSet::new();
    for row in polls.iter()? {
        let (number, bytes) = row?;
        let (number, record) = (number.value(), PollRecord::from_row(bytes.value())?);
        let live = record.deleted_at.is_none();
        let own = record.number() == number && u64::from(number) < next;
        let poll = record.poll()?;
        check.see(own && (!live || ids.insert(poll.draft.id.clone())), || {
            format!("poll {number} ({})", poll.draft.id)
        });
    }
    for row in txn.open_table(tables::TALLIES)?.iter()? {
        let (number, bytes) = row?;
        records::tally_from_row(bytes.value())?;
        let of_poll = polls.get(number.value())?.is_some();
        check.see(of_poll, || format!("the tally of poll {}", number.value()));
    }
    Ok(check)
}

fn events_are_indexed(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "event index",
        "every id and every state is of an event that is there",
    );
    let events = txn.open_table(tables::EVENTS)?;
    for row in txn.open_table(tables::EVENT_IDS)?.iter()? {
        let (id, position) = row?;
        let event = events.get(position.value())?;
        let event = event.map(|bytes| event_from_row(bytes.value())).transpose()?;
        let own = event.is_some_and(|event| event.id.0 == id.value());
        check.see(own, || format!("an id of the event at {}", position.value()));
    }
    for row in txn.open_table(tables::EVENT_STATES)?.iter()? {
        let (position, bytes) = row?;
        state_from_row(bytes.value())?;
        let position = position.value();
        let there = events.get(position)?.is_some();
        check.see(there, || format!("a state of the event at {position}"));
    }
    Ok(check)
}

fn attempts_have_deliveries(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "attempts",
        "every attempt is one of a delivery that is there, and that has made so many",
    );
    let deliveries = txn.open_table(tables::DELIVERIES)?;
    for row in txn.open_table(tables::ATTEMPTS)?.iter()? {
        let (key, bytes) = row?;
        let (event, to, number) = key.value();
        attempt_from_row(number, bytes.value())?;
        let of = deliveries.get((event, to))?;
        let of = of.map(|bytes| delivery_from_row(to, bytes.value())).transpose()?;
        let made = of.is_some_and(|delivery| (1..=delivery.attempts).contains(&number));
        check.see(made, || {
            format!("attempt {number} of the event at {event} to {to}")
        });
    }
    Ok(check)
}

fn destinations_are_known(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "destinations",
        "every destination has its own number, and every number in use its destination",
    );
    let mut known: HashMap<u16, String> = HashMap::new();
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        let number = destination_from_row(name.value(), bytes.value())?.number.0;
        let other = known.insert(number, name.value().to_owned());
        check.see(other.is_none(), || format!("{}: number {number}", name.value()));
    }
    for row in txn.open_table(tables::DELIVERY_COUNTS)?.iter()? {
        let (to, _) = row?.0.value();
        check.see(known.contains_key(&to), || format!("destination number {to}"));
    }
    Ok(check)
}

fn cursors_fit(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new("cursors", "no cursor is past the end of the journal");
    let journal = txn.open_table(tables::JOURNAL)?;
    let last = journal.last()?.map(|(position, _)| position.value());
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    if let (Some(last), Some(cursor)) = (last, cursor.map(|cursor| cursor.value())) {
        check.see(cursor <= last + 1, || format!("fold: {cursor}, of {last}"));
    }
    Ok(check)
}

fn samples_are_numbers(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new("series", "every sample is a number");
    for row in txn.open_table(tables::SERIES)?.iter()? {
        let (key, bits) = row?;
        let (series, minute) = key.value();
        check.see(f64::from_bits(bits.value()).is_finite(), || {
            format!("series {series}, minute {minute}")
        });
    }
    Ok(check)
}

fn leases_have_ended(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new("leases", "after a stop in order nothing is leased");
    let closed = txn.open_table(tables::CURSORS)?.get(tables::CLOSED)?.is_some();
    for row in txn.open_table(tables::LEASES)?.iter()? {
        let (to, _, event) = row?.0.value();
        check.see(!closed, || format!("the event at {event} to {to}"));
    }
    Ok(check)
}

fn lanes_fit(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "lanes",
        "every breaker and every slot is of a destination, and every probe is leased",
    );
    let mut known = HashSet::new();
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        known.insert(destination_from_row(name.value(), bytes.value())?.number.0);
    }
    let ids = txn.open_table(tables::EVENT_IDS)?;
    let deliveries = txn.open_table(tables::DELIVERIES)?;
    for row in txn.open_table(tables::BREAKERS)?.iter()? {
        let (number, bytes) = row?;
        let number = number.value();
        check.see(known.contains(&number), || format!("the breaker of {number}"));
        let BreakerState::HalfOpen {
            probe: (id, attempt), ..
        } = breaker_from_row(bytes.value())?
        else {
            continue;
        };
        let event = ids.get(id.event().0)?.map(|position| position.value());
        let row = event
            .map(|event| deliveries.get((event, number)))
            .transpose()?
            .flatten();
        let delivery = row
            .map(|row| delivery_from_row(number, row.value()))
            .transpose()?;
        let leased = delivery.is_some_and(|delivery| {
            delivery.status == DeliveryStatus::Leased && delivery.attempts == attempt
        });
        check.see(leased, || format!("the probe of {number}, {id}"));
    }
    for row in txn.open_table(tables::SLOTS)?.iter()? {
        let key = row?.0;
        let (group, _, event, to) = key.value();
        check.see(known.contains(&to), || {
            format!("a slot of {group}: the event at {event} to {to}")
        });
    }
    Ok(check)
}

fn tokens_fit(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new("tokens", "every token is of a destination");
    let known = txn.open_table(tables::DESTINATIONS)?;
    for row in txn.open_table(tables::TOKENS)?.iter()? {
        let (name, bytes) = row?;
        tokens::from_row(bytes.value())?;
        let there = known.get(name.value())?.is_some();
        check.see(there, || format!("the token of {}", name.value()));
    }
    Ok(check)
}
