//! The fold of events: from facts to tables, in the transaction that makes them.

use super::error::Fault;
use super::event_records::{DroppedFact, MovedFact, RecordedFact, RevivedFact, SettledFact};
use super::event_tables::EventTables;
use crate::model::delivery::{Delivery, DestinationNumber, Dropped, EventState};
use crate::model::event::{DeliveryStatus, EventId, EventStatus, Priority};
use crate::model::time::Millis;

/// An event was recorded: its deliveries wait, or it is done at once.
pub(super) fn recorded(
    tables: &mut EventTables<'_>,
    position: u64,
    fact: &RecordedFact,
) -> Result<EventStatus, Fault> {
    let (id, at, due) = (EventId(fact.id), Millis(fact.at), Millis(fact.due));
    tables.ids.insert(fact.id, position)?;
    let open = u16::try_from(fact.destinations.len()).map_err(Fault::file)?;
    let status = match open {
        0 => EventStatus::Completed,
        _ => EventStatus::Pending,
    };
    let state = EventState {
        status,
        scheduled_at: Millis(fact.scheduled_at),
        open,
        dead: 0,
        updated_at: at,
    };
    tables.put_state(position, &state)?;
    for destination in &fact.destinations {
        let to = DestinationNumber(*destination);
        let priority = Priority::new(fact.priority).unwrap_or_default();
        let delivery = Delivery::new(id, to, priority, (due, at));
        tables.queue.put(position, &delivery)?;
    }
    Ok(status)
}

/// An attempt of an event has begun: where it stands now.
pub(super) fn begun(tables: &mut EventTables<'_>, position: u64, at: Millis) -> Result<EventState, Fault> {
    let mut state = tables.state(position)?;
    if state.status == EventStatus::Pending {
        state.status = EventStatus::Processing;
        state.updated_at = at;
        tables.put_state(position, &state)?;
    }
    Ok(state)
}

/// An event that nobody has attempted was moved, or called off.
pub(super) fn moved(tables: &mut EventTables<'_>, fact: &MovedFact) -> Result<EventState, Fault> {
    let at = Millis(fact.at);
    for delivery in tables.queue.of_event(fact.event)? {
        tables.queue.take_out(fact.event, &delivery)?;
        let (status, due) = match fact.to {
            Some((_, due)) => (delivery.status, Millis(due)),
            None => (DeliveryStatus::Cancelled, delivery.due),
        };
        let next = Delivery {
            status,
            due,
            updated_at: at,
            ..delivery
        };
        tables.queue.put(fact.event, &next)?;
    }
    let mut state = tables.state(fact.event)?;
    state.updated_at = at;
    match fact.to {
        Some((scheduled_at, _)) => state.scheduled_at = Millis(scheduled_at),
        None => {
            state.status = EventStatus::Cancelled;
            state.open = 0;
        }
    }
    tables.put_state(fact.event, &state)?;
    Ok(state)
}

/// A delivery was dropped without being settled.
pub(super) fn dropped(tables: &mut EventTables<'_>, fact: &DroppedFact) -> Result<(), Fault> {
    let deliveries = tables.queue.of_event(fact.event)?;
    let delivered = deliveries.iter().any(|d| d.status == DeliveryStatus::Delivered);
    let why = match fact.expired {
        true => Dropped::Expired,
        false => Dropped::Discarded,
    };
    let mut state = tables.state(fact.event)?;
    state.dropped(fact.from_dead, (why, delivered), Millis(fact.at));
    tables.put_state(fact.event, &state)
}

/// An event was forgotten, with all that belongs to it.
pub(super) fn swept(tables: &mut EventTables<'_>, position: u64) -> Result<(), Fault> {
    for delivery in tables.queue.of_event(position)? {
        tables.queue.take_out(position, &delivery)?;
        tables.queue.forget(position, &delivery)?;
    }
    tables.forget(position)
}

/// A delivery was settled for good.
pub(super) fn settled(tables: &mut EventTables<'_>, fact: &SettledFact) -> Result<(), Fault> {
    let mut state = tables.state(fact.event)?;
    state.settled(fact.dead, Millis(fact.at));
    tables.put_state(fact.event, &state)
}

/// A delivery is to be made that had ended, or is new.
pub(super) fn revived(tables: &mut EventTables<'_>, fact: &RevivedFact) -> Result<(), Fault> {
    let mut state = tables.state(fact.event)?;
    state.revived(fact.before()?, Millis(fact.at));
    tables.put_state(fact.event, &state)
}
