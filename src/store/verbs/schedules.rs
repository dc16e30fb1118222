//! Schedules: made known, and run.

use std::collections::HashSet;
use std::sync::Arc;

use redb::ReadableTable;

use super::Verb;
use super::events::record_late;
use crate::model::event::{EventDraft, Recorded, Route};
use crate::model::ids::ScheduleName;
use crate::model::schedule::{Run, ScheduleState};
use crate::model::time::Millis;
use crate::store::desk::Desk;
use crate::store::error::Fault;
use crate::store::schedule_records::{schedule_from_row, schedule_to_row};
use crate::store::tables;

/// Know the schedules that are configured, with the digests of their timetables, and no others. Where nothing is new, nothing
/// is written.
pub(crate) struct KnowSchedules {
    pub(crate) schedules: Vec<(ScheduleName, u128)>,
    /// By people's clocks.
    pub(crate) now: Millis,
}

impl Verb for KnowSchedules {
    /// In the order of the schedules.
    type Outcome = Vec<ScheduleState>;

    fn apply(self, desk: &mut Desk<'_>) -> Result<Vec<ScheduleState>, Fault> {
        let mut table = desk.txn.open_table(tables::SCHEDULES)?;
        let mut states = Vec::with_capacity(self.schedules.len());
        let mut wrote = false;
        for (name, timetable) in self.schedules {
            let row = table.get(name.as_str())?;
            let before = row.map(|row| schedule_from_row(name.as_str(), row.value()));
            let before = before.transpose()?;
            let state = ScheduleState::of((name.clone(), timetable), before.clone(), self.now);
            if before.as_ref() != Some(&state) {
                table.insert(name.as_str(), schedule_to_row(&state)?.as_slice())?;
                wrote = true;
            }
            states.push(state);
        }
        let known: HashSet<&str> = states.iter().map(|state| state.name.as_str()).collect();
        let mut gone = Vec::new();
        for row in table.iter()? {
            let (name, _) = row?;
            if !known.contains(name.value()) {
                gone.push(name.value().to_owned());
            }
        }
        for name in &gone {
            table.remove(name.as_str())?;
        }
        drop(table);
        if wrote || !gone.is_empty() {
            desk.wrote();
        }
        Ok(states)
    }
}

/// Record the event of a run, and that the run is made, in one transaction.
pub(crate) struct FireSchedule {
    pub(crate) name: ScheduleName,
    pub(crate) timetable: u128,
    /// When it was due, when it is made, how many before it were missed; its event is not known yet.
    pub(crate) run: Run,
    /// Its key is the name's for the run.
    pub(crate) draft: EventDraft,
    pub(crate) routes: Arc<Vec<Route>>,
}

impl Verb for FireSchedule {
    /// `None`: it is made already, or the schedule is another.
    type Outcome = Option<Recorded>;

    fn room(&self) -> u64 {
        2 * self.draft.payload.len() as u64 + 8_192
    }

    fn apply(self, desk: &mut Desk<'_>) -> Result<Option<Recorded>, Fault> {
        let mut table = desk.txn.open_table(tables::SCHEDULES)?;
        let row = table.get(self.name.as_str())?;
        let state = row.map(|row| schedule_from_row(self.name.as_str(), row.value()));
        let Some(state) = state
            .transpose()?
            .filter(|state| state.awaits(self.timetable, self.run.at))
        else {
            return Ok(None);
        };
        let recorded = record_late(desk, &self.draft, (&self.routes, self.run.at))?;
        let event = match recorded {
            Recorded::Accepted { .. } => Some(self.draft.id),
            Recorded::Duplicate { id, .. } => Some(id),
            Recorded::Conflict { .. } => None,
        };
        let state = ScheduleState {
            decided: self.run.at,
            last: Some(Run { event, ..self.run }),
            ..state
        };
        table.insert(self.name.as_str(), schedule_to_row(&state)?.as_slice())?;
        drop(table);
        desk.wrote();
        Ok(Some(recorded))
    }
}
