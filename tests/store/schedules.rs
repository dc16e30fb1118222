//! Runs of schedules: the event and the word that it was made are one, and each is made once.

use std::sync::Arc;

use gantry::model::event::{EventDraft, EventId, Recorded};
use gantry::model::ids::ScheduleName;
use gantry::model::schedule::{Run, ScheduleState};
use gantry::model::time::Millis;
use gantry::store::stage::Stage;

use super::disk::{Chance, Trouble};
use super::events::{draft, routes};
use super::ground::{START, assert_clean, stage, stage_with_destinations};

const TIMETABLE: u128 = 7;

fn name() -> ScheduleName {
    ScheduleName::parse("digest").unwrap()
}

fn run(n: i64) -> Run {
    Run {
        at: START.plus(n * 1_000),
        made_at: START.plus(n * 1_000),
        event: None,
        missed: 0,
    }
}

fn event(n: i64) -> EventDraft {
    EventDraft {
        id: EventId(u128::from(n.unsigned_abs() + 1_000) << 16),
        key: name().key(run(n).at),
        ..draft(1)
    }
}

fn know(stage: &mut Stage, timetable: u128, now: Millis) -> ScheduleState {
    let mut known = stage.know_schedules(vec![(name(), timetable)], now);
    stage.step(now).unwrap();
    known.answer().unwrap().unwrap().remove(0)
}

fn fire(stage: &mut Stage, n: i64) -> Option<Recorded> {
    let mut fired = stage.fire_schedule((name(), TIMETABLE), run(n), (event(n), &routes()));
    stage.step(START.plus(n * 1_000)).unwrap();
    fired.answer().unwrap().unwrap()
}

#[test]
fn a_run_is_made_once_is_due_at_once_and_says_when_it_was_to_be() {
    let (disk, mut opened) = stage_with_destinations();
    assert_eq!(know(&mut opened, TIMETABLE, START).decided, START);
    assert!(
        matches!(fire(&mut opened, 5), Some(Recorded::Accepted { scheduled_at, .. }) if scheduled_at == run(5).at)
    );
    assert_eq!(fire(&mut opened, 5), None, "it is made");
    assert_eq!(fire(&mut opened, 4), None, "what is before it is decided on");
    let story = opened.event(event(5).id).unwrap().unwrap();
    assert_eq!(story.state.scheduled_at, run(5).at);
    drop(opened);

    let mut again = stage(&disk.after_exit());
    let state = know(&mut again, TIMETABLE, START.plus(60_000));
    assert_eq!(state.decided, run(5).at, "it goes on where it was");
    assert_eq!(state.last.and_then(|run| run.event), Some(event(5).id));
    assert_eq!(fire(&mut again, 5), None);

    // Another timetable has missed nothing of this one's, and nobody is told of a schedule that is gone.
    assert_eq!(
        know(&mut again, 8, START.plus(90_000)).decided,
        START.plus(90_000)
    );
    assert_eq!(fire(&mut again, 80), None, "the run is of another timetable");
    let mut none = again.know_schedules(Vec::new(), START);
    again.step(START.plus(91_000)).unwrap();
    assert_eq!(none.answer().unwrap().unwrap(), []);
    assert_eq!(know(&mut again, 8, START.plus(95_000)).last, None);
    assert_clean(&mut again, START.plus(95_000));
}

#[test]
fn the_power_cut_at_any_operation_leaves_the_event_with_its_run_or_neither() {
    let mut seen = [0; 2];
    for operation in 1.. {
        let mut reached = false;
        for draw in 0..6 {
            let (disk, mut opened) = stage_with_destinations();
            know(&mut opened, TIMETABLE, START);
            disk.expect(Trouble::PowerOffAt(operation));
            let mut fired =
                opened.fire_schedule((name(), TIMETABLE), run(5), (event(5), &Arc::clone(&routes())));
            let stepped = opened.step(START.plus(5_000));
            reached |= stepped.is_err();
            let told = matches!(fired.answer(), Some(Ok(Some(_))));
            drop(opened);
            disk.expect(Trouble::PowerOffAt(0));
            let after = disk.after_power_cut(&mut Chance::new(operation * 100 + draw));
            let mut after = stage(&after);
            let made = know(&mut after, TIMETABLE, START.plus(9_000)).decided == run(5).at;
            let there = after.event(event(5).id).unwrap().is_some();
            assert_eq!(made, there, "operation {operation}, draw {draw}");
            assert!(
                made || !told,
                "operation {operation}, draw {draw}: it was acknowledged"
            );
            seen[usize::from(made)] += 1;
            // Whoever keeps the time asks again.
            assert_eq!(fire(&mut after, 5).is_some(), !made);
            assert!(after.event(event(5).id).unwrap().is_some());
            assert_clean(&mut after, START.plus(10_000));
        }
        if !reached {
            break;
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
