//! Records of schedules: how far each was decided on, and its last run.

use serde::{Deserialize, Serialize};

use super::codec::{self, Tag};
use super::error::Fault;
use crate::model::event::EventId;
use crate::model::ids::ScheduleName;
use crate::model::schedule::{Run, ScheduleState};
use crate::model::time::Millis;

const SCHEDULE: Tag = Tag {
    kind: 151,
    version: 1,
};

#[derive(Serialize, Deserialize)]
struct ScheduleRecord {
    timetable: u128,
    decided: i64,
    last: Option<RunRecord>,
}

#[derive(Serialize, Deserialize)]
struct RunRecord {
    at: i64,
    made_at: i64,
    event: Option<u128>,
    missed: u32,
}

pub(super) fn schedule_to_row(state: &ScheduleState) -> Result<Vec<u8>, Fault> {
    let run = |run: Run| RunRecord {
        at: run.at.0,
        made_at: run.made_at.0,
        event: run.event.map(|id| id.0),
        missed: run.missed,
    };
    let record = ScheduleRecord {
        timetable: state.timetable,
        decided: state.decided.0,
        last: state.last.map(run),
    };
    codec::encode(SCHEDULE, &record)
}

pub(super) fn schedule_from_row(name: &str, bytes: &[u8]) -> Result<ScheduleState, Fault> {
    let record: ScheduleRecord = codec::decode(SCHEDULE, bytes)?;
    let run = |run: RunRecord| Run {
        at: Millis(run.at),
        made_at: Millis(run.made_at),
        event: run.event.map(EventId),
        missed: run.missed,
    };
    Ok(ScheduleState {
        name: ScheduleName::parse(name).map_err(Fault::file)?,
        timetable: record.timetable,
        decided: Millis(record.decided),
        last: record.last.map(run),
    })
}

/// Reads a record of schedules; `None` where its tag is none of theirs.
pub(super) fn read(bytes: &[u8]) -> Option<Result<(), Fault>> {
    let (tag, _) = codec::split(bytes).ok()?;
    (tag == SCHEDULE).then(|| codec::decode::<ScheduleRecord>(SCHEDULE, bytes).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_of_a_schedule_keeps_the_bytes_it_had_when_its_version_came() {
        let new = ScheduleState {
            name: ScheduleName::parse("digest").unwrap(),
            timetable: 7,
            decided: Millis(5),
            last: None,
        };
        let run = Run {
            at: Millis(5),
            made_at: Millis(6),
            event: Some(EventId(7)),
            missed: 2,
        };
        let ran = ScheduleState {
            last: Some(run),
            ..new.clone()
        };
        for (state, golden) in [(new, "9701070a00"), (ran, "9701070a010a0c010702")] {
            let row = schedule_to_row(&state).unwrap();
            let hex: String = row.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, golden);
            assert_eq!(schedule_from_row("digest", &row).unwrap(), state);
        }
    }
}
