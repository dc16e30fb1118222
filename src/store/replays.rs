//! The store's verbs for replays, and what is read of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

use super::error::Fault;
use super::event_bodies::event_head;
use super::event_records::{delivery_from_row, destination_from_row, state_from_row};
use super::handle::Handle;
use super::reads::MAX_SCANNED;
use super::reads_events::{first_at_or_after, not_whole};
use super::replay_records::replay_from_row;
use super::verbs::replays::{BeginReplay, CancelReplay, MAX_ENDED, MAX_RUNNING, StepReplay};
use super::verify::Check;
use super::{Store, tables};
use crate::model::delivery::DestinationNumber;
use crate::model::event::{EventHead, Route, destinations};
use crate::model::ids::{DestinationName, EventType, Source};
use crate::model::page::{Page, PageRequest};
use crate::model::replay::{
    Replay, ReplayBegun, ReplayDraft, ReplayExample, ReplayFilter, ReplayLook, ReplayNumber, ReplayStatus,
};
use crate::model::time::Millis;

/// The most examples that one look gives.
const MAX_EXAMPLES: usize = 10;

impl Store {
    /// Part of what a replay would send now, from the position `from` on, by these routes: at most some ten thousand
    /// events are looked at. `now` is by people's clocks.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn look_at_replay(
        &self,
        filter: ReplayFilter,
        routes: Arc<Vec<Route>>,
        (from, now): (Option<u64>, Millis),
    ) -> Result<ReplayLook, Fault> {
        self.read(move |db| Looker::new(&db.begin_read()?, &filter, &routes)?.look(from, now))
            .await
    }

    /// Begins a replay of what is recorded by now; [`Store::step_replay`] sends it.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn begin_replay(&self, draft: ReplayDraft) -> Result<ReplayBegun, Fault> {
        self.rare(BeginReplay { draft }).await
    }

    /// Goes on with a replay by these routes, a bounded number of deliveries, in one transaction with how far it has come;
    /// the replay as it stands then, `None` where it is not known.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn step_replay(
        &self,
        number: ReplayNumber,
        routes: Arc<Vec<Route>>,
    ) -> Result<Option<Replay>, Fault> {
        self.rare(StepReplay { number, routes }).await
    }

    /// Ends a replay before it is through; the replay as it stands then, `None` where it is not known.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn cancel_replay(&self, number: ReplayNumber) -> Result<Option<Replay>, Fault> {
        self.rare(CancelReplay { number }).await
    }

    /// One page of the replays, newest first; the cursor is a number.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn replays(&self, page: PageRequest<u64>) -> Result<Page<Replay, u64>, Fault> {
        self.read(move |db| replays(db, &page)).await
    }

    /// The replay of this number.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn replay(&self, number: ReplayNumber) -> Result<Option<Replay>, Fault> {
        self.read(move |db| replay(db, number)).await
    }

    /// The replay that is next to go on: the oldest that runs.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn running_replay(&self) -> Result<Option<ReplayNumber>, Fault> {
        self.read(running).await
    }
}

fn replays(db: &Handle, page: &PageRequest<u64>) -> Result<Page<Replay, u64>, Fault> {
    let txn = db.begin_read()?;
    let table = txn.open_table(tables::REPLAYS)?;
    let mut items: Vec<Replay> = Vec::new();
    for row in table.range(..page.after.unwrap_or(u64::MAX))?.rev() {
        if items.len() == page.limit {
            let next = items.last().map(|last| last.number.0);
            return Ok(Page { items, next });
        }
        let (number, bytes) = row?;
        items.push(replay_from_row(number.value(), bytes.value())?);
    }
    Ok(Page { items, next: None })
}

pub(super) fn replay(db: &Handle, number: ReplayNumber) -> Result<Option<Replay>, Fault> {
    let row = db.begin_read()?.open_table(tables::REPLAYS)?.get(number.0)?;
    row.map(|bytes| replay_from_row(number.0, bytes.value()))
        .transpose()
}

fn running(db: &Handle) -> Result<Option<ReplayNumber>, Fault> {
    for row in db.begin_read()?.open_table(tables::REPLAYS)?.iter()? {
        let (number, bytes) = row?;
        let replay = replay_from_row(number.value(), bytes.value())?;
        if replay.status == ReplayStatus::Running {
            return Ok(Some(replay.number));
        }
    }
    Ok(None)
}

/// Looks at what a replay would send, in one snapshot.
pub(super) struct Looker<'f> {
    events: ReadOnlyTable<u64, &'static [u8]>,
    states: ReadOnlyTable<u64, &'static [u8]>,
    deliveries: ReadOnlyTable<(u64, u16), &'static [u8]>,
    numbers: HashMap<DestinationName, DestinationNumber>,
    filter: &'f ReplayFilter,
    routes: &'f [Route],
}

impl<'f> Looker<'f> {
    pub(super) fn new(
        txn: &ReadTransaction,
        filter: &'f ReplayFilter,
        routes: &'f [Route],
    ) -> Result<Self, Fault> {
        let mut numbers = HashMap::new();
        for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
            let (name, bytes) = row?;
            let known = destination_from_row(name.value(), bytes.value())?;
            numbers.insert(known.name, known.number);
        }
        Ok(Self {
            events: txn.open_table(tables::EVENTS)?,
            states: txn.open_table(tables::EVENT_STATES)?,
            deliveries: txn.open_table(tables::DELIVERIES)?,
            numbers,
            filter,
            routes,
        })
    }

    pub(super) fn look(&self, from: Option<u64>, now: Millis) -> Result<ReplayLook, Fault> {
        let first = match from {
            Some(from) => from,
            None => first_at_or_after(&self.events, self.filter.from)?,
        };
        let end = first_at_or_after(&self.events, self.filter.to)?.max(first);
        let mut look = ReplayLook::default();
        for (seen, row) in self.events.range(first..end)?.enumerate() {
            let (position, bytes) = row?;
            if seen == MAX_SCANNED {
                look.next = Some(position.value());
                break;
            }
            let head = event_head(bytes.value())?;
            if self.filter.takes_event(&head, now) {
                self.see(position.value(), &head, &mut look)?;
            }
        }
        Ok(look)
    }

    fn see(&self, position: u64, head: &EventHead<'_>, look: &mut ReplayLook) -> Result<(), Fault> {
        let kind = EventType::parse(head.kind).map_err(Fault::file)?;
        let source = Source::parse(head.source).map_err(Fault::file)?;
        let state = self.states.get(position)?.ok_or_else(|| not_whole(position))?;
        let state = state_from_row(state.value())?;
        for name in destinations(self.routes, &kind, &source) {
            // One that the file does not know yet has nothing, and gets its number before the replay begins.
            let Some(to) = self.numbers.get(name).copied() else {
                continue;
            };
            if self.filter.destination.is_some_and(|only| only != to) {
                continue;
            }
            let row = self.deliveries.get((position, to.0))?;
            let delivery = row.map(|bytes| delivery_from_row(to.0, bytes.value()));
            let delivery = delivery.transpose()?;
            if !self.filter.takes(state.status, delivery.as_ref()) {
                look.passed += 1;
                continue;
            }
            *look.by_destination.entry(to).or_default() += 1;
            if look.examples.len() < MAX_EXAMPLES {
                look.examples.push(ReplayExample {
                    id: head.id.delivery(to.0),
                    destination: to,
                    status: delivery.map(|delivery| delivery.status),
                    kind: head.kind.to_owned(),
                    created_at: head.created_at,
                });
            }
        }
        Ok(())
    }
}

/// The invariant of replays.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "replays",
        "every replay is of a time that is recorded, stands within it, and is done at its end; few run, and few are kept",
    );
    let mut known = HashSet::new();
    for row in txn.open_table(tables::DESTINATIONS)?.iter()? {
        let (name, bytes) = row?;
        known.insert(destination_from_row(name.value(), bytes.value())?.number);
    }
    let cursor = txn.open_table(tables::CURSORS)?.get(tables::FOLD)?;
    let journal = txn.open_table(tables::JOURNAL)?;
    let next = journal.last()?.map_or(1, |(position, _)| position.value() + 1);
    let next = next.max(cursor.map_or(1, |cursor| cursor.value()));
    let (mut running, mut ended) = (0, 0);
    for row in txn.open_table(tables::REPLAYS)?.iter()? {
        let (number, bytes) = row?;
        let replay = replay_from_row(number.value(), bytes.value())?;
        let (first, end) = replay.range;
        let through = replay.cursor == end;
        let stands = match replay.status {
            ReplayStatus::Running => replay.cursor < end || (through && first == end),
            ReplayStatus::Done => through,
            ReplayStatus::Cancelled => true,
        };
        let within = first <= replay.cursor && replay.cursor <= end && end <= next;
        let to = replay.draft.filter.destination;
        let to_known = to.is_none_or(|to| known.contains(&to));
        match replay.status {
            ReplayStatus::Running => running += 1,
            ReplayStatus::Done | ReplayStatus::Cancelled => ended += 1,
        }
        check.see(within && stands && to_known, || {
            format!(
                "replay {}: at {} of {first} to {end}",
                number.value(),
                replay.cursor
            )
        });
    }
    let few = running <= MAX_RUNNING && ended <= MAX_ENDED + MAX_RUNNING;
    check.see(few, || format!("{running} run, {ended} have ended"));
    Ok(check)
}
