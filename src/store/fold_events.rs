//! The fold of events: from facts to tables, in the transaction that makes them.

use redb::{ReadableTable, WriteTransaction};

use super::desk::Desk;
use super::error::Fault;
use super::event_records::{self as records, MovedFact, RecordedFact, RevivedFact, SettledFact};
use super::queue::{Place, Queue};
use super::tables;
use crate::model::delivery::{Delivery, DestinationNumber, Event, EventState};
use crate::model::event::{DeliveryStatus, EventId, EventStatus, Priority};
use crate::model::time::Millis;

/// The event at `position`.
pub(super) fn event(txn: &WriteTransaction, position: u64) -> Result<Event, Fault> {
    let events = txn.open_table(tables::EVENTS)?;
    let row = events
        .get(position)?
        .ok_or_else(|| Fault::file(format!("the event at {position} is missing")))?;
    records::event_from_row(row.value())
}

/// Where the event at `position` stands.
pub(super) fn state(txn: &WriteTransaction, position: u64) -> Result<EventState, Fault> {
    let states = txn.open_table(tables::EVENT_STATES)?;
    let missing = || Fault::file(format!("the state of the event at {position} is missing"));
    let row = states.get(position)?.ok_or_else(missing)?;
    records::state_from_row(row.value())
}

fn put_state(txn: &WriteTransaction, position: u64, state: &EventState) -> Result<(), Fault> {
    let row = records::state_to_row(state)?;
    txn.open_table(tables::EVENT_STATES)?
        .insert(position, row.as_slice())?;
    Ok(())
}

/// A delivery's place in the queue.
pub(super) fn place(txn: &WriteTransaction, position: u64, destination: u16) -> Result<Place, Fault> {
    Ok(Place {
        event: position,
        destination,
        priority: event(txn, position)?.priority,
    })
}

/// An event was recorded: its deliveries wait, or it is done at once.
pub(super) fn recorded(desk: &mut Desk<'_>, position: u64, fact: &RecordedFact) -> Result<(), Fault> {
    let (id, at, due) = (EventId(fact.id), Millis(fact.at), Millis(fact.due));
    let priority = Priority::new(fact.priority).unwrap_or_default();
    desk.txn
        .open_table(tables::EVENT_IDS)?
        .insert(fact.id, position)?;
    let open = u16::try_from(fact.destinations.len()).map_err(Fault::file)?;
    let status = if open == 0 {
        EventStatus::Completed
    } else {
        EventStatus::Pending
    };
    put_state(
        desk.txn,
        position,
        &EventState {
            status,
            scheduled_at: due,
            open,
            dead: 0,
            updated_at: at,
        },
    )?;
    let mut queue = Queue::open(desk.txn)?;
    for destination in &fact.destinations {
        let delivery = Delivery {
            id: id.delivery(*destination),
            destination: DestinationNumber(*destination),
            status: DeliveryStatus::Pending,
            attempts: 0,
            first_at: None,
            due,
            updated_at: at,
            last_error: None,
        };
        queue.put(
            Place {
                event: position,
                destination: *destination,
                priority,
            },
            &delivery,
        )?;
    }
    Ok(())
}

/// The first attempt of an event has begun.
pub(super) fn begun(txn: &WriteTransaction, position: u64, at: Millis) -> Result<(), Fault> {
    let mut state = state(txn, position)?;
    if state.status == EventStatus::Pending {
        state.status = EventStatus::Processing;
        state.updated_at = at;
        put_state(txn, position, &state)?;
    }
    Ok(())
}

/// An event that nobody has attempted was moved, or called off.
pub(super) fn moved(desk: &mut Desk<'_>, fact: &MovedFact) -> Result<EventState, Fault> {
    let at = Millis(fact.at);
    let mut queue = Queue::open(desk.txn)?;
    for delivery in queue.of_event(fact.event)? {
        let place = place(desk.txn, fact.event, delivery.destination.0)?;
        queue.take_out(place, &delivery)?;
        let next = match fact.due {
            Some(due) => Delivery {
                due: Millis(due),
                updated_at: at,
                ..delivery
            },
            None => Delivery {
                status: DeliveryStatus::Cancelled,
                updated_at: at,
                ..delivery
            },
        };
        queue.put(place, &next)?;
    }
    let mut state = state(desk.txn, fact.event)?;
    state.updated_at = at;
    match fact.due {
        Some(due) => state.scheduled_at = Millis(due),
        None => {
            state.status = EventStatus::Cancelled;
            state.open = 0;
        }
    }
    put_state(desk.txn, fact.event, &state)?;
    Ok(state)
}

/// One delivery of an event was not sent because the event's time ran out.
pub(super) fn expired(desk: &mut Desk<'_>, fact: &MovedFact) -> Result<(), Fault> {
    let mut state = state(desk.txn, fact.event)?;
    state.open = state.open.saturating_sub(1);
    state.updated_at = Millis(fact.at);
    if state.open == 0 {
        state.status = if state.dead > 0 {
            EventStatus::Failed
        } else {
            EventStatus::Expired
        };
    }
    put_state(desk.txn, fact.event, &state)
}

/// A delivery was settled for good.
pub(super) fn settled(desk: &mut Desk<'_>, fact: &SettledFact) -> Result<(), Fault> {
    let mut state = state(desk.txn, fact.event)?;
    state.settled(fact.dead, Millis(fact.at));
    put_state(desk.txn, fact.event, &state)
}

/// A dead letter is tried again.
pub(super) fn revived(desk: &mut Desk<'_>, fact: &RevivedFact) -> Result<(), Fault> {
    let mut state = state(desk.txn, fact.event)?;
    state.revived(Millis(fact.at));
    put_state(desk.txn, fact.event, &state)
}
