//! Replays: begun, gone through a step at a time, ended.

use std::sync::Arc;

use redb::{ReadableTable, Table};

use super::Verb;
use super::deliveries::{revive, to_be_made};
use crate::model::delivery::Delivery;
use crate::model::event::{EventId, Priority, Route, destinations};
use crate::model::ids::{EventType, Source};
use crate::model::replay::{Replay, ReplayBegun, ReplayDraft, ReplayNumber, ReplayStatus};
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::event_bodies::event_head;
use crate::store::event_tables::EventTables;
use crate::store::reads_events::first_at_or_after;
use crate::store::replay_records::{replay_from_row, replay_to_row};
use crate::store::tables;

/// The most deliveries one step puts into the queue, but for those of its last event.
pub(crate) const MAX_REVIVED: usize = 200;
/// The most events one step looks at.
const MAX_SEEN: usize = 2_000;
/// The most replays that run at once: one after another is worked on, and who asks for more has made a mistake.
pub(crate) const MAX_RUNNING: usize = 16;
/// The most replays that are kept once they have ended; their keys go with them.
pub(crate) const MAX_ENDED: usize = 1_000;
/// What the row of a delivery and its place in the queue take of the disk, in bytes, with what pages leave empty.
const DELIVERY_BYTES: u64 = 512;

type Replays<'t> = Table<'t, u64, &'static [u8]>;

/// Begin a replay of what is recorded now.
pub(crate) struct BeginReplay {
    pub(crate) draft: ReplayDraft,
}

impl Verb for BeginReplay {
    type Outcome = ReplayBegun;

    fn room(&self) -> u64 {
        4_096
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<ReplayBegun, Fault> {
        let mut replays = desk.txn.open_table(tables::REPLAYS)?;
        let (mut running, mut ended) = (0, Vec::new());
        let mut last = 0;
        for row in replays.iter()? {
            let (number, bytes) = row?;
            last = number.value();
            let known = replay_from_row(last, bytes.value())?;
            if known.draft.key.is_some() && known.draft.key == self.draft.key {
                return Ok(match known.draft.filter == self.draft.filter {
                    true => ReplayBegun::Again(known),
                    false => ReplayBegun::Conflict(known.number),
                });
            }
            match known.status {
                ReplayStatus::Running => running += 1,
                ReplayStatus::Done | ReplayStatus::Cancelled => ended.push(last),
            }
        }
        if running >= MAX_RUNNING {
            return Ok(ReplayBegun::TooMany);
        }
        let excess = (ended.len() + 1).saturating_sub(MAX_ENDED);
        for number in ended.into_iter().take(excess) {
            replays.remove(number)?;
        }
        let range = desk.with_events(|desk, tables| {
            let filter = &self.draft.filter;
            let first = first_at_or_after(&tables.events, filter.from)?;
            let end = first_at_or_after(&tables.events, filter.to)?;
            Ok((first, end.min(desk.memory.next_position).max(first)))
        })?;
        let replay = Replay {
            number: ReplayNumber(last + 1),
            draft: self.draft,
            status: ReplayStatus::Running,
            range,
            cursor: range.0,
            revived: 0,
            passed: 0,
            created_at: desk.stamp,
            updated_at: desk.stamp,
        };
        put(&mut replays, &replay)?;
        drop(replays);
        desk.wrote();
        Ok(ReplayBegun::New(replay))
    }
}

fn put(replays: &mut Replays<'_>, replay: &Replay) -> Result<(), Fault> {
    replays.insert(replay.number.0, replay_to_row(replay)?.as_slice())?;
    Ok(())
}

/// The replay of this number, if it is still known.
fn find(replays: &Replays<'_>, number: ReplayNumber) -> Result<Option<Replay>, Fault> {
    let row = replays.get(number.0)?;
    row.map(|bytes| replay_from_row(number.0, bytes.value()))
        .transpose()
}

/// Go on with a replay: some of its deliveries, and how far it has come, in one transaction.
pub(crate) struct StepReplay {
    pub(crate) number: ReplayNumber,
    /// The routes in force, evaluated within the transaction.
    pub(crate) routes: Arc<Vec<Route>>,
}

impl Verb for StepReplay {
    /// The replay as it stands then; `None` where it is not known.
    type Outcome = Option<Replay>;

    fn weight(&self) -> usize {
        MAX_REVIVED
    }

    fn room(&self) -> u64 {
        MAX_REVIVED as u64 * DELIVERY_BYTES
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<Replay>, Fault> {
        let mut replays = desk.txn.open_table(tables::REPLAYS)?;
        let Some(replay) = find(&replays, self.number)? else {
            return Ok(None);
        };
        if replay.status != ReplayStatus::Running {
            return Ok(Some(replay));
        }
        let stepped = desk.with_events(|desk, tables| {
            let mut step = Step {
                replay,
                routes: &self.routes,
            };
            step.go_on(desk, tables)?;
            Ok(step.replay)
        })?;
        put(&mut replays, &stepped)?;
        drop(replays);
        desk.wrote();
        Ok(Some(stepped))
    }
}

/// An event that a step has come to.
struct Found {
    position: u64,
    id: EventId,
    kind: EventType,
    source: Source,
    priority: Priority,
}

/// One step of a replay.
struct Step<'r> {
    replay: Replay,
    routes: &'r [Route],
}

impl Step<'_> {
    fn go_on(&mut self, desk: &mut Desk<'_>, tables: &mut EventTables<'_>) -> Result<(), Fault> {
        let (found, next) = self.look(desk, tables)?;
        let before = self.replay.revived;
        let mut cursor = next;
        for event in found {
            // An event goes with all its deliveries, or waits for the next step.
            if self.replay.revived - before >= MAX_REVIVED as u64 {
                cursor = event.position;
                break;
            }
            self.send(desk, tables, &event)?;
        }
        self.replay.cursor = cursor;
        self.replay.updated_at = desk.stamp;
        if cursor >= self.replay.range.1 {
            self.replay.status = ReplayStatus::Done;
        }
        Ok(())
    }

    /// The next events that the replay takes, and where it stands after them.
    fn look(&self, desk: &Desk<'_>, tables: &EventTables<'_>) -> Result<(Vec<Found>, u64), Fault> {
        let end = self.replay.range.1;
        let filter = &self.replay.draft.filter;
        let mut found = Vec::new();
        for (seen, row) in tables.events.range(self.replay.cursor..end)?.enumerate() {
            let (position, bytes) = row?;
            let position = position.value();
            if seen == MAX_SEEN || found.len() == MAX_REVIVED {
                return Ok((found, position));
            }
            let head = event_head(bytes.value())?;
            if filter.takes_event(&head, desk.wall()) {
                found.push(Found {
                    position,
                    id: head.id,
                    kind: EventType::parse(head.kind).map_err(Fault::file)?,
                    source: Source::parse(head.source).map_err(Fault::file)?,
                    priority: head.priority,
                });
            }
        }
        Ok((found, end))
    }

    /// Sends the event to those whom the routes name now, as far as the filter says.
    fn send(
        &mut self,
        desk: &mut Desk<'_>,
        tables: &mut EventTables<'_>,
        event: &Found,
    ) -> Result<(), Fault> {
        let state = tables.state(event.position)?;
        let due = desk.of_wall(state.scheduled_at).max(desk.stamp);
        for name in destinations(self.routes, &event.kind, &event.source) {
            let known = desk.memory.destinations.get(name).map(|known| known.number);
            // Destinations are made known before the routes that name them.
            let to = known.ok_or_else(|| Fault::file(format!("destination {name} has no number")))?;
            let filter = &self.replay.draft.filter;
            if filter.destination.is_some_and(|only| only != to) {
                continue;
            }
            let delivery = tables.queue.get(event.position, to.0)?;
            if !filter.takes(state.status, delivery.as_ref()) {
                self.replay.passed += 1;
                continue;
            }
            match delivery {
                Some(delivery) => revive(desk, tables, event.position, (delivery, due))?,
                None => {
                    let new = Delivery::new(event.id, to, event.priority, (due, desk.stamp));
                    to_be_made(desk, tables, event.position, (&new, None))?;
                }
            }
            self.replay.revived += 1;
        }
        Ok(())
    }
}

/// End a replay before it is through; what it has sent again stays so.
pub(crate) struct CancelReplay {
    pub(crate) number: ReplayNumber,
}

impl Verb for CancelReplay {
    /// The replay as it stands then, ended now or before; `None` where it is not known.
    type Outcome = Option<Replay>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<Replay>, Fault> {
        let mut replays = desk.txn.open_table(tables::REPLAYS)?;
        let Some(mut replay) = find(&replays, self.number)? else {
            return Ok(None);
        };
        if replay.status == ReplayStatus::Running {
            replay.status = ReplayStatus::Cancelled;
            replay.updated_at = desk.stamp;
            put(&mut replays, &replay)?;
            drop(replays);
            desk.wrote();
        }
        Ok(Some(replay))
    }
}
