//! What is to be exported next, read of one snapshot: first what changed without a fact, then what the journal has after the
//! cursor, and where that is at its end, what the tables hold.

use std::collections::{BTreeMap, BTreeSet};

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

use super::error::Fault;
use super::event_bodies::event_from_row;
use super::event_records::{delivery_from_row, state_from_row};
use super::export::{end_of, state_of};
use super::export_records::{ExportState, results_from_row};
use super::facts::Fact;
use super::funnel_records::{Rollup, WindowFact, dimension_number, level_number};
use super::records::PollRecord;
use super::tables;
use crate::model::export::{Backfill, ExportBatch, ExportStep, ExportedEvent, PollResults};
use crate::model::funnel::{Dimension, Level, Totals};
use crate::model::poll::PollNumber;
use crate::model::time::Millis;

/// The most events of a batch: what PostgreSQL takes in one statement within a fraction of a second.
const EVENTS_MOST: usize = 5_000;
/// The most bytes of payloads in a batch, but for the last one.
const BYTES_MOST: usize = 4 * 1024 * 1024;
/// The most windows of a batch.
const WINDOWS_MOST: usize = 5_000;
/// The most facts that one batch looks at; most are votes, of which thousands are one row.
const FACTS_MOST: usize = 100_000;
/// The most events of a batch that changed without a fact: the journal has its turn in every batch.
const STIRRED_MOST: usize = 2_500;

/// The most polls of a batch that were deleted.
const DELETED_MOST: usize = 500;

/// What is to go next; `None` where the journal does not reach back to the cursor.
pub(super) fn next(txn: &ReadTransaction) -> Result<Option<ExportBatch>, Fault> {
    let Some(state) = state_of(txn)? else {
        return Ok(Some(ExportBatch::default()));
    };
    if state.cursor < first_of(txn)? {
        return Ok(None);
    }
    let mut gathered = Gathered::new(txn)?;
    let mut step = ExportStep {
        stirred: stirred(txn, &mut gathered)?,
        deleted: deleted(txn, &mut gathered)?,
        ..ExportStep::default()
    };
    let full = step.stirred.len() == STIRRED_MOST || step.deleted.len() == DELETED_MOST;
    let next = journal(txn, &mut gathered, &state)?;
    step.cursor = Some(next).filter(|next| *next != state.cursor);
    let behind = full || next < end_of(txn)?;
    // What the tables hold has time: the journal is cut some day.
    if let Some(backfill) = state.backfill().filter(|_| !behind) {
        step.backfill = Some(tables_hold(txn, &mut gathered, backfill)?);
    }
    let more = behind || matches!(step.backfill, Some(Some(_)));
    Ok(Some(gathered.batch(step, more)))
}

/// The first position that the journal still has.
fn first_of(txn: &ReadTransaction) -> Result<u64, Fault> {
    let journal = txn.open_table(tables::JOURNAL)?;
    match journal.first()? {
        Some((position, _)) => Ok(position.value()),
        None => end_of(txn),
    }
}

/// A batch in the making.
struct Gathered {
    events: BTreeMap<u64, ExportedEvent>,
    seen: BTreeSet<u64>,
    bytes: usize,
    polls: BTreeSet<u32>,
    last_results: Vec<PollResults>,
    windows: BTreeMap<i64, Totals>,
    bodies: ReadOnlyTable<u64, &'static [u8]>,
    states: ReadOnlyTable<u64, &'static [u8]>,
    deliveries: ReadOnlyTable<(u64, u16), &'static [u8]>,
    rollups: ReadOnlyTable<(u8, u8, i64), &'static [u8]>,
}

impl Gathered {
    fn new(txn: &ReadTransaction) -> Result<Self, Fault> {
        Ok(Self {
            events: BTreeMap::new(),
            seen: BTreeSet::new(),
            bytes: 0,
            polls: BTreeSet::new(),
            last_results: Vec::new(),
            windows: BTreeMap::new(),
            bodies: txn.open_table(tables::EVENTS)?,
            states: txn.open_table(tables::EVENT_STATES)?,
            deliveries: txn.open_table(tables::DELIVERIES)?,
            rollups: txn.open_table(tables::ROLLUPS)?,
        })
    }

    fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MOST || self.bytes >= BYTES_MOST || self.windows.len() >= WINDOWS_MOST
    }

    /// The event at `position` as it stands; one that was forgotten meanwhile has no row to go.
    fn event(&mut self, position: u64) -> Result<(), Fault> {
        if !self.seen.insert(position) {
            return Ok(());
        }
        let (Some(body), Some(state)) = (self.bodies.get(position)?, self.states.get(position)?) else {
            return Ok(());
        };
        let event = event_from_row(body.value())?;
        let state = state_from_row(state.value())?;
        let mut deliveries = Vec::new();
        for row in self.deliveries.range((position, 0)..=(position, u16::MAX))? {
            let (place, bytes) = row?;
            deliveries.push(delivery_from_row(place.value().1, bytes.value())?);
        }
        self.bytes += event.payload.len();
        let exported = ExportedEvent::of(position, (event, state), &deliveries);
        self.events.insert(position, exported);
        Ok(())
    }

    /// The window that begins at `start` as it stands; one that was swept has no row to go.
    fn window(&mut self, start: i64) -> Result<(), Fault> {
        if let Some(row) = self.rollups.get(whole_window(start))? {
            self.windows.insert(start, whole(row.value())?);
        }
        Ok(())
    }

    fn windows_of(&mut self, fact: &WindowFact) -> Result<(), Fault> {
        let all = dimension_number(Dimension::All);
        for slice in &fact.slices {
            let [(start, _), ..] = slice.spans;
            if slice.rows.iter().any(|(dimension, _)| *dimension == all) {
                self.window(start)?;
            }
        }
        Ok(())
    }

    fn fact(&mut self, position: u64, fact: Fact<'_>) -> Result<(), Fault> {
        match fact {
            Fact::Voted(fact) => drop(self.polls.insert(fact.poll)),
            Fact::PollCreated(fact) => drop(self.polls.insert(fact.number())),
            Fact::PollClosed(fact) | Fact::PollDeleted(fact) => drop(self.polls.insert(fact.poll)),
            Fact::PollChanged(fact) => drop(self.polls.insert(fact.poll.number())),
            Fact::Voided(fact) => drop(self.polls.insert(fact.poll)),
            Fact::Recorded(_) => self.event(position)?,
            Fact::Settled(fact) => self.event(fact.event)?,
            Fact::Moved(fact) => self.event(fact.event)?,
            Fact::Revived(fact) => self.event(fact.event)?,
            Fact::Dropped(fact) => self.event(fact.event)?,
            Fact::Window(fact) => self.windows_of(&fact)?,
            Fact::Swept(_) | Fact::Converted(_) | Fact::Spent(_) | Fact::SpendDeleted(_) => {}
        }
        Ok(())
    }

    fn batch(self, step: ExportStep, more: bool) -> ExportBatch {
        ExportBatch {
            windows: self
                .windows
                .into_iter()
                .map(|(start, totals)| (Millis(start), totals))
                .collect(),
            polls: self.polls.into_iter().map(PollNumber).collect(),
            last_results: self.last_results,
            events: self.events.into_values().collect(),
            step,
            more,
        }
    }
}

/// What was counted in a window, all together.
fn whole(row: &[u8]) -> Result<Totals, Fault> {
    let counts = Rollup::from_row(row)?.counts;
    Ok(counts
        .iter()
        .fold(Totals::default(), |all, count| all.and(count.totals())))
}

/// The place of the whole window of five seconds that begins at `start`.
pub(super) fn whole_window(start: i64) -> (u8, u8, i64) {
    let (level, dimension) = (Level::FiveSeconds, Dimension::All);
    (level_number(level), dimension_number(dimension), start)
}

/// Events that changed without a fact, with their marks.
fn stirred(txn: &ReadTransaction, gathered: &mut Gathered) -> Result<Vec<(u64, u64)>, Fault> {
    let mut read = Vec::new();
    for row in txn.open_table(tables::EXPORT_STIRRED)?.iter()? {
        if read.len() == STIRRED_MOST || gathered.is_full() {
            break;
        }
        let (event, mark) = row?;
        gathered.event(event.value())?;
        read.push((event.value(), mark.value()));
    }
    Ok(read)
}

/// Polls that were deleted before their last results had gone.
fn deleted(txn: &ReadTransaction, gathered: &mut Gathered) -> Result<Vec<PollNumber>, Fault> {
    let mut read = Vec::new();
    for row in txn.open_table(tables::EXPORT_LAST)?.iter()?.take(DELETED_MOST) {
        let (number, bytes) = row?;
        let results = results_from_row(number.value(), bytes.value())?;
        read.push(results.number);
        gathered.last_results.push(results);
    }
    Ok(read)
}

/// What the journal has after the cursor: the first position that was not read.
fn journal(txn: &ReadTransaction, gathered: &mut Gathered, state: &ExportState) -> Result<u64, Fault> {
    let mut next = state.cursor;
    let table = txn.open_table(tables::JOURNAL)?;
    for row in table.range(state.cursor..)?.take(FACTS_MOST) {
        if gathered.is_full() {
            break;
        }
        let (position, fact) = row?;
        gathered.fact(position.value(), Fact::read(fact.value())?)?;
        next = position.value() + 1;
    }
    Ok(next)
}

/// A part of what the tables hold, and where to go on; `None` at the end.
fn tables_hold(
    txn: &ReadTransaction,
    gathered: &mut Gathered,
    mut backfill: Backfill,
) -> Result<Option<Backfill>, Fault> {
    if backfill.windows == Millis(0) && backfill.events == 0 {
        for row in txn.open_table(tables::POLLS)?.iter()? {
            let (number, bytes) = row?;
            if PollRecord::from_row(bytes.value())?.deleted_at.is_none() {
                gathered.polls.insert(number.value());
            }
        }
    }
    let place = |start| {
        (
            level_number(Level::FiveSeconds),
            dimension_number(Dimension::All),
            start,
        )
    };
    let rollups = txn.open_table(tables::ROLLUPS)?;
    for row in rollups.range(place(backfill.windows.0)..=place(i64::MAX))? {
        if gathered.is_full() {
            return Ok(Some(backfill));
        }
        let (at, bytes) = row?;
        let start = at.value().2;
        gathered.windows.insert(start, whole(bytes.value())?);
        backfill.windows = Millis(start.saturating_add(1));
    }
    let events = txn.open_table(tables::EVENTS)?;
    for row in events.range(backfill.events..backfill.end)? {
        if gathered.is_full() {
            return Ok(Some(backfill));
        }
        let position = row?.0.value();
        gathered.event(position)?;
        backfill.events = position + 1;
        backfill.done += 1;
    }
    Ok(None)
}
