//! The export's place in the data file: its cursor, what changed without a fact, what of the tables is to go, and the rows
//! that cannot go. What is kept for it beyond its time is `export_kept`'s.
//!
//! What an event came to is a fact, and the cursor comes past it. That a delivery is to be tried again, or that a person was
//! erased, is none: such events are *stirred*, each a row with the mark of its last change, which goes when that change has
//! gone. Nothing of this is written where no export is configured.

use std::collections::BTreeSet;
use std::time::Duration;

use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::desk::{Desk, Memory};
use super::error::Fault;
use super::export_kept::{forget_gone, note_gone, note_lost, read_gone};
use super::export_reads::{self, whole_window};
use super::export_records::{ExportState, aside_from_row, aside_to_row, key_of, place_of, results_from_row};
use super::facts::Fact;
use super::stage::{Promise, Stage};
use super::verbs::Verb;
use super::verify::Check;
use super::{Store, tables};
use crate::model::export::{
    Backfill, ExportBatch, ExportDone, ExportKey, ExportStanding, Exports, Lost, SET_ASIDE_MOST, SetAside,
};
use crate::model::page::{Page, PageRequest};
use crate::model::time::Millis;

/// How many of the lowest bits of a mark tell changes of one millisecond apart.
const MARK_BITS: u32 = 20;

/// Know whether anything is exported. Where it begins, all that is there is to go; where it ends, nothing is kept of it.
pub(super) struct KnowExport {
    pub(super) exports: Exports,
}

impl Verb for KnowExport {
    type Outcome = ();

    fn apply(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        let before = desk.memory.exports;
        desk.memory.exports = self.exports;
        match (self.exports, before) {
            (Exports::Wanted(_), Exports::Not) => {
                let state = begun_anew(desk, ExportState::new(0))?;
                put_state(desk, &state)
            }
            (Exports::Not, Exports::Wanted(_)) => {
                desk.txn.open_table(tables::EXPORT)?.retain(|_, _| false)?;
                desk.txn
                    .open_table(tables::EXPORT_STIRRED)?
                    .retain(|_, _| false)?;
                desk.txn.open_table(tables::EXPORT_ASIDE)?.retain(|_, _| false)?;
                desk.txn.open_table(tables::EXPORT_LAST)?.retain(|_, _| false)?;
                desk.wrote();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Let everything go that the tables hold, and from here on what the journal will.
pub(super) struct BeginBackfill;

impl Verb for BeginBackfill {
    /// What is to go; `None`: nothing is exported.
    type Outcome = Option<Backfill>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<Backfill>, Fault> {
        let Some(state) = state(desk)? else {
            return Ok(None);
        };
        // All of them go once more, and those that are refused again are set aside again; but for those whose data is no more.
        let lost = forgotten(desk)?;
        note_lost(desk, lost)?;
        desk.txn.open_table(tables::EXPORT_ASIDE)?.retain(|_, _| false)?;
        forget_gone(desk)?;
        let state = begun_anew(desk, state)?;
        put_state(desk, &state)?;
        Ok(state.backfill())
    }
}

/// Note what a step came to.
pub(super) struct NoteExported {
    pub(super) done: ExportDone,
}

impl Verb for NoteExported {
    /// Whether rows that were refused are set aside. False: too many are already, and nothing was noted.
    type Outcome = bool;

    fn apply(self, desk: &mut Desk<'_>) -> Result<bool, Fault> {
        let Some(mut state) = state(desk)? else {
            return Ok(true);
        };
        let ExportDone {
            step,
            rows,
            refused,
            gone,
        } = self.done;
        let mut aside = desk.txn.open_table(tables::EXPORT_ASIDE)?;
        if aside.len()? + refused.len() as u64 > SET_ASIDE_MOST {
            return Ok(false);
        }
        for key in gone {
            aside.remove(place_of(key))?;
        }
        for row in &refused {
            aside.insert(place_of(row.key), aside_to_row(row)?.as_slice())?;
        }
        drop(aside);
        let mut stirred = desk.txn.open_table(tables::EXPORT_STIRRED)?;
        for (event, mark) in step.stirred {
            // Of what changed again meanwhile, the later change has not gone.
            if stirred.get(event)?.is_some_and(|last| last.value() == mark) {
                stirred.remove(event)?;
            }
        }
        drop(stirred);
        let mut last = desk.txn.open_table(tables::EXPORT_LAST)?;
        for poll in step.deleted {
            last.remove(poll.0)?;
        }
        drop(last);
        state.cursor = step.cursor.unwrap_or(state.cursor);
        if let Some(backfill) = step.backfill {
            state.set_backfill(backfill);
        }
        state.rows = state.rows.saturating_add(rows);
        if rows > 0 {
            state.last_at = Some(desk.stamp.0);
        }
        put_state(desk, &state)?;
        note_gone(desk, &state)?;
        Ok(true)
    }
}

/// Of the rows that are set aside, those whose data has been forgotten.
fn forgotten(desk: &mut Desk<'_>) -> Result<Lost, Fault> {
    let mut aside = Vec::new();
    for row in desk.txn.open_table(tables::EXPORT_ASIDE)?.iter()? {
        aside.push(key_of(row?.0.value())?);
    }
    desk.with_events(|desk, tables| {
        let windows = desk.txn.open_table(tables::ROLLUPS)?;
        let mut lost = Lost::default();
        for key in aside {
            match key {
                ExportKey::Event(position) if tables.events.get(position)?.is_none() => lost.events += 1,
                ExportKey::Poll(number) if desk.memory.book.get(number.0).is_none() => lost.polls += 1,
                ExportKey::Window(start) if windows.get(whole_window(start.0))?.is_none() => {
                    lost.windows += 1;
                }
                ExportKey::Event(_) | ExportKey::Poll(_) | ExportKey::Window(_) => {}
            }
        }
        Ok(lost)
    })
}

/// The state, with the cursor at the journal's end and everything before it to go.
fn begun_anew(desk: &mut Desk<'_>, mut state: ExportState) -> Result<ExportState, Fault> {
    let end = desk.memory.next_position;
    let of = desk.with_events(|_, tables| Ok(tables.events.len()?))?;
    state.cursor = end;
    state.set_backfill(Some(Backfill {
        begun_at: desk.stamp,
        windows: Millis(0),
        events: 0,
        end,
        done: 0,
        of,
    }));
    Ok(state)
}

pub(super) fn state(desk: &Desk<'_>) -> Result<Option<ExportState>, Fault> {
    read_state(&desk.txn.open_table(tables::EXPORT)?)
}

fn read_state(table: &impl ReadableTable<&'static str, &'static [u8]>) -> Result<Option<ExportState>, Fault> {
    let row = table.get(tables::EXPORT_STATE)?;
    row.map(|row| ExportState::from_row(row.value())).transpose()
}

fn put_state(desk: &mut Desk<'_>, state: &ExportState) -> Result<(), Fault> {
    desk.txn
        .open_table(tables::EXPORT)?
        .insert(tables::EXPORT_STATE, state.to_row()?.as_slice())?;
    desk.wrote();
    Ok(())
}

/// Whether a file exports, as it is opened.
pub(super) fn of_file(txn: &ReadTransaction) -> Result<Exports, Fault> {
    let state = read_state(&txn.open_table(tables::EXPORT)?)?;
    // For how long is said before anything is forgotten.
    Ok(state.map_or(Exports::Not, |_| Exports::Wanted(Duration::ZERO)))
}

/// Notes events that changed without a fact, in the transaction in which they did.
pub(super) fn stir(
    txn: &WriteTransaction,
    memory: &mut Memory,
    (events, stamp): (&BTreeSet<u64>, Millis),
) -> Result<(), Fault> {
    if events.is_empty() || memory.exports == Exports::Not {
        return Ok(());
    }
    memory.stirs = (memory.stirs + 1) % (1 << MARK_BITS);
    let mark = u64::try_from(stamp.0).unwrap_or(0) << MARK_BITS | memory.stirs;
    let mut table = txn.open_table(tables::EXPORT_STIRRED)?;
    for event in events {
        table.insert(event, mark)?;
    }
    Ok(())
}

impl Store {
    /// Knows from now on whether anything is exported. Where that begins, all that is there is to go; where it ends, nothing
    /// is kept of it.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn know_export(&self, exports: Exports) -> Result<(), Fault> {
        self.rare(KnowExport { exports }).await
    }

    /// Lets everything go that the tables hold; `None`: nothing is exported.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn begin_backfill(&self) -> Result<Option<Backfill>, Fault> {
        self.rare(BeginBackfill).await
    }

    /// What is to go next, a bounded part of it; `None`: the journal does not reach back to the cursor, so that all that the
    /// tables hold is to go. What does not export has nothing to go.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn next_export(&self) -> Result<Option<ExportBatch>, Fault> {
        self.read(|db| export_reads::next(&db.begin_read()?)).await
    }

    /// Notes what a step came to, in one transaction. False: so many rows are set aside that no more are, and nothing was
    /// noted.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn note_exported(&self, done: ExportDone) -> Result<bool, Fault> {
        self.rare(NoteExported { done }).await
    }

    /// How the export stands; `None`: nothing is exported.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn export_standing(&self) -> Result<Option<ExportStanding>, Fault> {
        self.read(|db| standing(&db.begin_read()?)).await
    }

    /// One page of the rows that are set aside; the cursor is a place.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn set_aside(&self, page: PageRequest<(u8, u64)>) -> Result<Page<SetAside, (u8, u64)>, Fault> {
        self.read(move |db| {
            let table = db.begin_read()?.open_table(tables::EXPORT_ASIDE)?;
            let (mut items, mut seen) = (Vec::new(), page.after);
            let from = page
                .after
                .map_or((0, 0), |(kind, which)| (kind, which.saturating_add(1)));
            for row in table.range(from..)? {
                let (place, bytes) = row?;
                if items.len() == page.limit {
                    return Ok(Page { items, next: seen });
                }
                items.push(aside_from_row(place.value(), bytes.value())?);
                seen = Some(place.value());
            }
            Ok(Page { items, next: None })
        })
        .await
    }
}

impl Stage {
    /// Puts the word of whether anything is exported into the next step.
    pub fn know_export(&mut self, exports: Exports) -> Promise<()> {
        self.rare(KnowExport { exports })
    }

    /// Puts the beginning of a backfill into the next step.
    pub fn begin_backfill(&mut self) -> Promise<Option<Backfill>> {
        self.rare(BeginBackfill)
    }

    /// Puts what a step of the export came to into the next step.
    pub fn note_exported(&mut self, done: ExportDone) -> Promise<bool> {
        self.rare(NoteExported { done })
    }

    /// What is to go next, as the file has it.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn next_export(&self) -> Result<Option<ExportBatch>, Fault> {
        export_reads::next(&self.read()?)
    }

    /// How the export stands, as the file has it.
    ///
    /// # Errors
    /// A fault of the file.
    pub fn export_standing(&self) -> Result<Option<ExportStanding>, Fault> {
        standing(&self.read()?)
    }
}

/// How far it has come, as the file has it.
pub(super) fn state_of(txn: &ReadTransaction) -> Result<Option<ExportState>, Fault> {
    read_state(&txn.open_table(tables::EXPORT)?)
}

fn standing(txn: &ReadTransaction) -> Result<Option<ExportStanding>, Fault> {
    let Some(state) = state_of(txn)? else {
        return Ok(None);
    };
    let journal = txn.open_table(tables::JOURNAL)?;
    let deleted = txn.open_table(tables::EXPORT_LAST)?.len()?;
    let stirred = txn.open_table(tables::EXPORT_STIRRED)?.len()? + deleted;
    let waiting = journal.range(state.cursor..)?.next().transpose()?;
    let waiting = waiting.map(|(_, fact)| Ok::<_, Fault>(Fact::read(fact.value())?.at()));
    let last_at = state.last_at.map(Millis);
    let begun = state.backfill().map(|backfill| backfill.begun_at);
    let stirred_since = last_at.filter(|_| stirred > 0);
    Ok(Some(ExportStanding {
        cursor: state.cursor,
        end: end_of(txn)?,
        stirred,
        waits_since: [waiting.transpose()?, begun, stirred_since]
            .into_iter()
            .flatten()
            .min(),
        backfill: state.backfill(),
        last_at,
        rows: state.rows,
        aside: txn.open_table(tables::EXPORT_ASIDE)?.len()?,
        lost: read_gone(&txn.open_table(tables::EXPORT)?)?.lost(),
    }))
}

/// The position of the next fact.
pub(super) fn end_of(txn: &ReadTransaction) -> Result<u64, Fault> {
    let journal = txn.open_table(tables::JOURNAL)?;
    let last = journal.last()?.map(|(position, _)| position.value() + 1);
    let cursors = txn.open_table(tables::CURSORS)?;
    let folded = cursors.get(tables::FOLD)?.map_or(1, |position| position.value());
    Ok(last.unwrap_or(1).max(folded))
}

/// The invariant of the export.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "export",
        "its cursor is within the journal, and only where there is one is anything kept for it",
    );
    let state = state_of(txn)?;
    let end = end_of(txn)?;
    if let Some(state) = &state {
        check.see(state.cursor <= end, || {
            format!("the cursor is at {}", state.cursor)
        });
    }
    for row in txn.open_table(tables::EXPORT_STIRRED)?.iter()? {
        let event = row?.0.value();
        check.see(state.is_some() && event < end, || format!("event {event}"));
    }
    for row in txn.open_table(tables::EXPORT_ASIDE)?.iter()? {
        let place = row?.0.value();
        let holds = match key_of(place)? {
            ExportKey::Event(position) => position < end,
            ExportKey::Window(_) | ExportKey::Poll(_) => true,
        };
        check.see(state.is_some() && holds, || {
            format!("what is set aside at {place:?}")
        });
    }
    for row in txn.open_table(tables::EXPORT_LAST)?.iter()? {
        let (poll, bytes) = row?;
        let poll = poll.value();
        let is_read = results_from_row(poll, bytes.value()).is_ok();
        check.see(state.is_some() && is_read, || {
            format!("the last results of poll {poll}")
        });
    }
    Ok(check)
}
