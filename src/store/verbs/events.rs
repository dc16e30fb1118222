//! Events in, called off, moved to another time.

use std::sync::Arc;

use redb::ReadableTable;
use sha2::{Digest, Sha256};

use super::{Verb, conversions};
use crate::model::delivery::{DestinationNumber, EventState};
use crate::model::event::{EventDraft, EventId, EventStatus, Recorded, Route, destinations};
use crate::model::funnel::Bearer;
use crate::model::ids::IdempotencyKey;
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_records::{EVENT_MOVED, MovedFact, RECORDED, RecordedFact};
use crate::store::event_tables::EventTables;
use crate::store::{fold, fold_events};

/// Record events with their deliveries, each by its own, in one transaction.
pub(crate) struct RecordEvents {
    pub(crate) drafts: Vec<EventDraft>,
    /// The routes in force, evaluated within the transaction.
    pub(crate) routes: Arc<Vec<Route>>,
}

impl Verb for RecordEvents {
    /// In the order of the drafts.
    type Outcome = Vec<Recorded>;

    /// The bodies, and the rows of each event and its deliveries, with what pages leave empty.
    fn room(&self) -> u64 {
        let bodies = self.drafts.iter().map(|draft| draft.payload.len() as u64);
        bodies.map(|bytes| 2 * bytes + 4_096).sum()
    }

    fn weight(&self) -> usize {
        self.drafts.len()
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vec<Recorded>, Fault> {
        if desk.mirror_is_full() {
            fold::make_room(desk)?;
        }
        desk.with_events(|desk, tables| {
            let record = |draft| record(desk, tables, (draft, &self.routes));
            self.drafts.iter().map(record).collect()
        })
    }
}

/// What stands for an idempotency key in the dedupe set: the first 128 bits of SHA-256.
pub(in crate::store) fn key_digest(key: &str) -> u128 {
    let hash = Sha256::digest(key.as_bytes());
    hash.iter()
        .take(16)
        .fold(0, |acc, byte| (acc << 8) | u128::from(*byte))
}

/// Records one event that was to be at `at`, which has passed: it is due now, and says when it was to be.
pub(super) fn record_late(
    desk: &mut Desk<'_>,
    draft: &EventDraft,
    (routes, at): (&[Route], Millis),
) -> Result<Recorded, Fault> {
    if desk.mirror_is_full() {
        fold::make_room(desk)?;
    }
    let times = (at, desk.stamp);
    desk.with_events(|desk, tables| {
        let recorded = record_for(desk, tables, (draft, routes), times)?;
        if let Recorded::Accepted { .. } = recorded {
            conversions::of_event(desk, draft, &Bearer::default())?;
        }
        Ok(recorded)
    })
}

fn record(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    of: (&EventDraft, &[Route]),
) -> Result<Recorded, Fault> {
    record_borne(desk, tables, of, &Bearer::default())
}

/// Records one event, and counts the goals that it reaches as those of `bearer`, or of whom its payload names.
pub(super) fn record_borne(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    of: (&EventDraft, &[Route]),
    bearer: &Bearer,
) -> Result<Recorded, Fault> {
    let times = due(desk, of.0.scheduled_at);
    let recorded = record_for(desk, tables, of, times)?;
    if let Recorded::Accepted { .. } = recorded {
        conversions::of_event(desk, of.0, bearer)?;
    }
    Ok(recorded)
}

/// Records an event that is to be at an instant by people's clocks, and is due at one of the store's time.
fn record_for(
    desk: &mut Desk<'_>,
    tables: &mut EventTables<'_>,
    (draft, routes): (&EventDraft, &[Route]),
    (scheduled_at, due): (Millis, Millis),
) -> Result<Recorded, Fault> {
    let key = key_digest(draft.key.as_str());
    if let Some(position) = find_key(desk, tables, key)? {
        return same_or_conflict(tables, draft, position);
    }
    let mut numbers = Vec::new();
    for name in destinations(routes, &draft.kind, &draft.source) {
        let known = desk.memory.destinations.get(name).map(|known| known.number.0);
        // Destinations are made known before the routes that name them.
        numbers.push(known.ok_or_else(|| Fault::file(format!("destination {name} has no number")))?);
    }
    let to = numbers.iter().copied().map(DestinationNumber);
    desk.memory.stirred.extend(to);
    let fact = RecordedFact {
        id: draft.id.0,
        key,
        fingerprint: draft.fingerprint.0,
        at: desk.stamp.0,
        scheduled_at: scheduled_at.0,
        due: due.0,
        priority: draft.priority.level(),
        destinations: numbers,
    };
    let position = desk.append(RECORDED, &fact)?;
    tables.put_event(position, draft, desk.stamp)?;
    desk.memory.mirror.growing.push_key(key, position, desk.stamp);
    let status = fold_events::recorded(tables, position, &fact)?;
    Ok(Recorded::Accepted { scheduled_at, status })
}

/// When it is to be, by people's clocks and in the store's time; what has passed, or is not said, is now.
fn due(desk: &Desk<'_>, asked: Option<Millis>) -> (Millis, Millis) {
    let now = desk.stamp;
    match asked.map(|at| (at, desk.of_wall(at))) {
        Some((at, due)) if due > now => (at, due),
        _ => (now, now),
    }
}

fn same_or_conflict(tables: &EventTables<'_>, draft: &EventDraft, position: u64) -> Result<Recorded, Fault> {
    let event = tables.event(position)?;
    if event.fingerprint != draft.fingerprint {
        return Ok(Recorded::Conflict { id: event.id });
    }
    let state = tables.state(position)?;
    Ok(Recorded::Duplicate {
        id: event.id,
        scheduled_at: state.scheduled_at,
        status: state.status,
    })
}

/// Say which event has a key.
pub(crate) struct FindKey {
    pub(crate) key: IdempotencyKey,
}

impl Verb for FindKey {
    type Outcome = Option<EventId>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<EventId>, Fault> {
        desk.with_events(|desk, tables| {
            let position = find_key(desk, tables, key_digest(self.key.as_str()))?;
            position
                .map(|position| Ok(tables.event(position)?.id))
                .transpose()
        })
    }
}

/// The position of the event that has a key.
fn find_key(desk: &Desk<'_>, tables: &EventTables<'_>, key: u128) -> Result<Option<u64>, Fault> {
    match desk.memory.mirror.find_key(key) {
        Some(position) => Ok(Some(position)),
        None => Ok(tables.keys.get(key)?.map(|position| position.value())),
    }
}

/// What became of an event that was to be moved or called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It was.
    Done(EventState),
    /// It is past that.
    TooLate(EventStatus),
    /// There is no such event.
    NoEvent,
}

/// Call an event off, or move it to another time, while nothing of it was attempted.
pub(crate) struct MoveEvent {
    pub(crate) id: EventId,
    /// The new time; `None` calls it off.
    pub(crate) to: Option<Millis>,
}

impl Verb for MoveEvent {
    type Outcome = Moved;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Moved, Fault> {
        desk.with_events(|desk, tables| {
            let Some(position) = tables.position(self.id)? else {
                return Ok(Moved::NoEvent);
            };
            let state = tables.state(position)?;
            if state.status != EventStatus::Pending {
                return Ok(Moved::TooLate(state.status));
            }
            let to = self.to.map(|to| due(desk, Some(to)));
            let deliveries = tables.queue.of_event(position)?;
            let open = deliveries.iter().filter(|delivery| delivery.status.is_open());
            let called_off = match to {
                Some(_) => Vec::new(),
                None => open.map(|delivery| delivery.destination.0).collect(),
            };
            let fact = MovedFact {
                event: position,
                to: to.map(|(scheduled_at, due)| (scheduled_at.0, due.0)),
                at: desk.stamp.0,
                called_off,
            };
            desk.append(EVENT_MOVED, &fact)?;
            let stirred = deliveries.iter().map(|delivery| delivery.destination);
            desk.memory.stirred.extend(stirred);
            fold_events::moved(tables, &fact).map(Moved::Done)
        })
    }
}
