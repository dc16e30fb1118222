//! The tables of events, open for the length of one transaction.
//!
//! A batch holds hundreds of verbs; opening fourteen tables for each would cost more than what is done with them. What
//! changes with every delivery and need not be read meanwhile, the counts, is gathered and written once, at the end.

use std::collections::BTreeSet;

use redb::{ReadableTable, Table, WriteTransaction};

use super::error::Fault;
use super::event_blocks::EventBlocks;
use super::event_bodies::{event_from_row, event_to_row};
use super::event_records as records;
use super::queue::Queue;
use super::tables;
use super::verbs::events::key_digest;
use crate::model::delivery::{Attempt, Event, EventState};
use crate::model::event::{EventDraft, EventId};
use crate::model::time::Millis;

/// The attempts of a delivery that are kept: its first ten, and its last ninety.
const FIRST_ATTEMPTS: u32 = 10;
const LAST_ATTEMPTS: u32 = 90;

/// Events, and the queue of their deliveries.
pub(super) struct EventTables<'t> {
    pub(super) events: Table<'t, u64, &'static [u8]>,
    pub(super) keys: Table<'t, u128, u64>,
    pub(super) ids: Table<'t, u128, u64>,
    pub(super) queue: Queue<'t>,
    blocks: EventBlocks<'t>,
    states: Table<'t, u64, &'static [u8]>,
    attempts: Table<'t, (u64, u16, u32), &'static [u8]>,
}

impl<'t> EventTables<'t> {
    pub(super) fn open(txn: &'t WriteTransaction) -> Result<Self, Fault> {
        Ok(Self {
            events: txn.open_table(tables::EVENTS)?,
            keys: txn.open_table(tables::EVENT_KEYS)?,
            ids: txn.open_table(tables::EVENT_IDS)?,
            queue: Queue::open(txn)?,
            blocks: EventBlocks::open(txn)?,
            states: txn.open_table(tables::EVENT_STATES)?,
            attempts: txn.open_table(tables::ATTEMPTS)?,
        })
    }

    /// Writes what was gathered; the events that changed without a fact.
    pub(super) fn finish(mut self) -> Result<BTreeSet<u64>, Fault> {
        self.queue.write_counts()?;
        self.blocks.write()?;
        Ok(self.queue.stirred)
    }

    /// The position of the event of this id.
    pub(super) fn position(&self, id: EventId) -> Result<Option<u64>, Fault> {
        Ok(self.ids.get(id.0)?.map(|position| position.value()))
    }

    /// The event at `position`.
    pub(super) fn event(&self, position: u64) -> Result<Event, Fault> {
        let row = self.events.get(position)?;
        let row = row.ok_or_else(|| Fault::file(format!("the event at {position} is missing")))?;
        event_from_row(row.value())
    }

    /// Where the event at `position` stands.
    pub(super) fn state(&self, position: u64) -> Result<EventState, Fault> {
        let missing = || Fault::file(format!("the state of the event at {position} is missing"));
        self.find_state(position)?.ok_or_else(missing)
    }

    /// Where the event at `position` stands, if there is one.
    pub(super) fn find_state(&self, position: u64) -> Result<Option<EventState>, Fault> {
        let row = self.states.get(position)?;
        row.map(|bytes| records::state_from_row(bytes.value()))
            .transpose()
    }

    /// Removes the event at `position`, its state, id, key and attempts.
    pub(super) fn forget(&mut self, position: u64) -> Result<(), Fault> {
        let event = self.event(position)?;
        let key = key_digest(event.key.as_str());
        if self.keys.get(key)?.is_some_and(|of| of.value() == position) {
            self.keys.remove(key)?;
        }
        self.ids.remove(event.id.0)?;
        let state = self.states.remove(position)?;
        let state = state
            .map(|row| records::state_from_row(row.value()))
            .transpose()?;
        self.blocks
            .stands(position, (state.map(|state| state.status), None));
        let attempts = (position, 0, 0)..=(position, u16::MAX, u32::MAX);
        self.attempts.retain_in(attempts, |_, _| false)?;
        self.events.remove(position)?;
        Ok(())
    }

    /// Takes the words of an attempt away, and says whether it had any.
    pub(super) fn forget_excerpt(&mut self, place: (u64, u16, u32)) -> Result<bool, Fault> {
        let attempt = self.attempts.get(place)?;
        let attempt = attempt.map(|row| records::attempt_from_row(place.2, row.value()));
        let Some(attempt) = attempt.transpose()? else {
            return Ok(false);
        };
        let had_words = !attempt.excerpt.is_empty();
        let silent = Attempt {
            excerpt: String::new(),
            ..attempt
        };
        let row = records::attempt_to_row(&silent)?;
        self.attempts.remove(place)?;
        self.attempts.insert(place, row.as_slice())?;
        Ok(had_words)
    }

    /// Takes the words of every attempt of an event away.
    pub(super) fn forget_excerpts(&mut self, event: u64) -> Result<(), Fault> {
        let all = (event, 0, 0)..=(event, u16::MAX, u32::MAX);
        let places: Vec<(u64, u16, u32)> = self
            .attempts
            .range(all)?
            .map(|row| row.map(|(place, _)| place.value()))
            .collect::<Result<_, _>>()?;
        for place in places {
            self.forget_excerpt(place)?;
        }
        Ok(())
    }

    pub(super) fn put_state(&mut self, position: u64, state: &EventState) -> Result<(), Fault> {
        let row = records::state_to_row(state)?;
        let before = self.states.insert(position, row.as_slice())?;
        let before = before
            .map(|row| records::state_from_row(row.value()))
            .transpose()?;
        let statuses = (before.map(|before| before.status), Some(state.status));
        self.blocks.stands(position, statuses);
        Ok(())
    }

    /// Puts the body of an event at `position`, where there is none.
    pub(super) fn put_event(&mut self, position: u64, draft: &EventDraft, at: Millis) -> Result<(), Fault> {
        let row = event_to_row(draft, at)?;
        self.events.insert(position, row.as_slice())?;
        self.blocks
            .is_of(position, (draft.kind.as_str(), draft.source.as_str()));
        Ok(())
    }

    /// Keeps what an attempt came to: of each delivery, the first and the last.
    pub(super) fn put_attempt(&mut self, (event, to): (u64, u16), attempt: &Attempt) -> Result<(), Fault> {
        let row = records::attempt_to_row(attempt)?;
        self.attempts
            .insert((event, to, attempt.number), row.as_slice())?;
        let falls_out = attempt.number.saturating_sub(LAST_ATTEMPTS);
        if falls_out > FIRST_ATTEMPTS {
            self.attempts.remove((event, to, falls_out))?;
        }
        Ok(())
    }
}
