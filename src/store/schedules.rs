//! The store's verbs for schedules.

use std::sync::Arc;

use redb::{ReadTransaction, ReadableTable};

use super::reads_events::EventsById;
use super::schedule_records::schedule_from_row;
use super::verbs::schedules::{FireSchedule, KnowSchedules};
use super::verify::Check;
use super::{Fault, Store, tables};
use crate::model::event::{EventDraft, Recorded, Route};
use crate::model::ids::ScheduleName;
use crate::model::schedule::{Run, ScheduleState};
use crate::model::time::Millis;

impl Store {
    /// Knows these schedules, by the digests of their timetables, and forgets all others: what is remembered of each, in
    /// order. One that is new or has another timetable begins at `now`, by people's clocks.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn know_schedules(
        &self,
        schedules: Vec<(ScheduleName, u128)>,
        now: Millis,
    ) -> Result<Vec<ScheduleState>, Fault> {
        self.rare(KnowSchedules { schedules, now }).await
    }

    /// Makes a run of the schedule of this name and timetable: records its event, and that it is made, in one transaction.
    /// The event is due at once, and says that it was scheduled for the run's time. `None`: the run is made already, or the
    /// schedule is another.
    ///
    /// # Errors
    /// A fault of the file: then the run is not known to be made.
    pub async fn fire_schedule(
        &self,
        (name, timetable): (ScheduleName, u128),
        run: Run,
        (draft, routes): (EventDraft, Arc<Vec<Route>>),
    ) -> Result<Option<Recorded>, Fault> {
        let fire = FireSchedule {
            name,
            timetable,
            run,
            draft,
            routes,
        };
        self.rare(fire).await
    }

    /// What is remembered of every schedule, by name.
    ///
    /// # Errors
    /// A fault of the file.
    pub async fn schedules(&self) -> Result<Vec<ScheduleState>, Fault> {
        self.read(|db| {
            let table = db.begin_read()?.open_table(tables::SCHEDULES)?;
            let state = |row: Result<_, redb::StorageError>| {
                let (name, bytes): (redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>) = row?;
                schedule_from_row(name.value(), bytes.value())
            };
            table.iter()?.map(state).collect()
        })
        .await
    }
}

/// The invariant of schedules.
pub(super) fn check(txn: &ReadTransaction) -> Result<Check, Fault> {
    let mut check = Check::new(
        "schedules",
        "what is remembered of every schedule can be read, and its last run was not before its time and has its own event",
    );
    let events = EventsById::open(txn)?;
    for row in txn.open_table(tables::SCHEDULES)?.iter()? {
        let (name, bytes) = row?;
        let Ok(state) = schedule_from_row(name.value(), bytes.value()) else {
            check.see(false, || format!("the schedule {}", name.value()));
            continue;
        };
        let Some(run) = state.last else {
            check.see(true, String::new);
            continue;
        };
        let event = events.get(run.event)?;
        let own = event.is_none_or(|event| event.key == state.name.key(run.at));
        check.see(own && run.at <= run.made_at, || {
            format!("the schedule {}", state.name)
        });
    }
    Ok(check)
}
