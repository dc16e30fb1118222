//! What is kept for the export beyond its time, because it has not gone: windows of five seconds and events, for as long as
//! the configuration says, and the last results of polls that were deleted. What goes all the same is counted.
//!
//! What has gone is told by an instant: every fact made before it has. What changed without a fact is known by its mark.

use redb::ReadableTable;
use redb::ReadableTableMetadata;

use super::book::Entry;
use super::desk::Desk;
use super::error::Fault;
use super::export::state;
use super::export_records::{ExportGone, ExportState, results_to_row};
use super::facts::Fact;
use super::tables;
use crate::model::delivery::EventState;
use crate::model::export::{Exports, LAST_RESULTS_MOST, Lost, PollResults};
use crate::model::retention::Horizon;
use crate::model::time::Millis;

/// How late a fact may speak of a window, in milliseconds: what is counted in memory is written within seconds of a window's
/// end, or with the stop of the process, and a disk may be slow.
const LATE_MS: i64 = 3_600_000;

/// What has not gone yet.
pub(super) struct Waiting {
    /// Every fact made before this has gone.
    upto: Millis,
    /// With what the tables hold, windows before this start have gone,
    windows: Millis,
    /// and events before this position that have not changed since then.
    events: (u64, Millis),
    /// For how much longer than otherwise it is kept, in milliseconds.
    hold_back: i64,
}

impl Waiting {
    /// What waits; `None`: nothing is exported.
    pub(super) fn read(desk: &Desk<'_>) -> Result<Option<Self>, Fault> {
        let Exports::Wanted(hold_back) = desk.memory.exports else {
            return Ok(None);
        };
        let Some(state) = state(desk)? else {
            return Ok(None);
        };
        let backfill = state.backfill();
        Ok(Some(Self {
            upto: Millis(gone(desk)?.upto),
            windows: backfill.map_or(Millis(i64::MIN), |backfill| backfill.windows),
            events: backfill.map_or((0, Millis(i64::MAX)), |of| (of.events, of.begun_at)),
            hold_back: i64::try_from(hold_back.as_millis()).unwrap_or(i64::MAX),
        }))
    }

    /// Before which start windows may go that otherwise may before `before`.
    pub(super) fn windows_before(&self, before: Millis) -> Millis {
        let held = self.upto.plus(-LATE_MS).max(self.windows);
        before.min(held.max(before.plus(-self.hold_back)))
    }

    /// Whether a window that begins and ends so has not gone.
    pub(super) fn has_window(&self, starts: i64, ends: i64) -> bool {
        ends > self.upto.0 && starts >= self.windows.0
    }

    /// Whether the event at `position`, which stands so, has not gone.
    pub(super) fn has_event(
        &self,
        desk: &Desk<'_>,
        position: u64,
        state: &EventState,
    ) -> Result<bool, Fault> {
        let stirred = desk.txn.open_table(tables::EXPORT_STIRRED)?;
        let (passed, begun_at) = self.events;
        let waits = position >= passed || state.updated_at >= begun_at;
        let changed = state.updated_at >= self.upto && waits;
        Ok(changed || stirred.get(position)?.is_some())
    }

    /// When what has not gone may go, of what may at `horizon`.
    pub(super) fn held(&self, horizon: Horizon) -> Horizon {
        horizon.earlier(self.hold_back)
    }
}

/// Notes what a step has brought: with the cursor, and no backfill to come, every fact before it has gone.
pub(super) fn note_gone(desk: &mut Desk<'_>, state: &ExportState) -> Result<(), Fault> {
    if state.backfill().is_some() {
        return Ok(());
    }
    let upto = match state.cursor == desk.memory.next_position {
        true => Some(desk.stamp),
        false => made_at(desk, state.cursor)?,
    };
    let mut gone = gone(desk)?;
    let Some(upto) = upto.filter(|upto| upto.0 > gone.upto) else {
        return Ok(());
    };
    gone.upto = upto.0;
    put_gone(desk, &gone)
}

/// When the last fact before `position` was made, if the journal has it.
fn made_at(desk: &Desk<'_>, position: u64) -> Result<Option<Millis>, Fault> {
    let journal = desk.txn.open_table(tables::JOURNAL)?;
    let last = journal.range(..position)?.next_back().transpose()?;
    last.map(|(_, bytes)| Ok(Fact::read(bytes.value())?.at()))
        .transpose()
}

/// Whatever there is has to go, wherever it went before.
pub(super) fn forget_gone(desk: &mut Desk<'_>) -> Result<(), Fault> {
    let mut gone = gone(desk)?;
    gone.upto = 0;
    put_gone(desk, &gone)
}

/// Counts what was forgotten before it had gone.
pub(super) fn note_lost(desk: &mut Desk<'_>, lost: Lost) -> Result<(), Fault> {
    if lost == Lost::default() {
        return Ok(());
    }
    let mut gone = gone(desk)?;
    gone.set_lost(gone.lost().and(&lost));
    put_gone(desk, &gone)
}

/// Keeps the results of a poll that is deleted until they have gone.
pub(super) fn keep_results(desk: &mut Desk<'_>, number: u32) -> Result<(), Fault> {
    if desk.memory.exports == Exports::Not {
        return Ok(());
    }
    let Some(Entry { poll, tally, .. }) = desk.memory.book.get(number) else {
        return Ok(());
    };
    let row = results_to_row(&PollResults::of(poll, tally))?;
    let mut table = desk.txn.open_table(tables::EXPORT_LAST)?;
    if table.len()? < LAST_RESULTS_MOST {
        table.insert(number, row.as_slice())?;
        return Ok(());
    }
    drop(table);
    note_lost(
        desk,
        Lost {
            polls: 1,
            ..Lost::default()
        },
    )
}

fn gone(desk: &Desk<'_>) -> Result<ExportGone, Fault> {
    read_gone(&desk.txn.open_table(tables::EXPORT)?)
}

/// What of the file may be forgotten.
pub(super) fn read_gone(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<ExportGone, Fault> {
    let row = table.get(tables::EXPORT_GONE)?;
    row.map_or_else(
        || Ok(ExportGone::default()),
        |row| ExportGone::from_row(row.value()),
    )
}

fn put_gone(desk: &mut Desk<'_>, gone: &ExportGone) -> Result<(), Fault> {
    desk.txn
        .open_table(tables::EXPORT)?
        .insert(tables::EXPORT_GONE, gone.to_row()?.as_slice())?;
    desk.wrote();
    Ok(())
}
