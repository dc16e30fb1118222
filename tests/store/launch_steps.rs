//! Steps of a launch's plan on disk: how one ended and the event of what was said of it are one, and none ends twice.

use std::sync::Arc;

use gantry::model::event::{EventDraft, EventId, Pattern, Recorded, Route, Routed};
use gantry::model::ids::EventType;
use gantry::model::launch::kept::{Kept, StepNews, Written};
use gantry::model::launch::plan::{EVENT_TYPE, Ending, Step};
use gantry::model::time::Millis;
use gantry::store::Store;
use gantry::store::stage::Stage;
use redb::{ReadableTable, TableDefinition};

use super::disk::{Chance, Trouble};
use super::events::{draft, name as destination};
use super::ground::{START, assert_clean, stage, stage_with_destinations};
use super::planted::Plant;

const LAUNCH: Millis = START;

fn tried() -> Kept {
    Kept::tried(None, START)
}

fn done() -> Kept {
    Kept::ended(Some(&tried()), (Ending::Done, "go"), START.plus(5))
}

/// That a step is done, and what is said of it, under an id of its own.
fn told(step: Step, id: u128) -> StepNews {
    let draft = EventDraft {
        id: EventId(id << 16),
        kind: EventType::parse(EVENT_TYPE).unwrap(),
        key: step.message(LAUNCH, Ending::Done),
        ..draft(1)
    };
    let route = Route {
        kind: Pattern::Exact(EVENT_TYPE.to_owned()),
        source: Pattern::Any,
        to: vec![destination("log")],
    };
    StepNews {
        launch: LAUNCH,
        steps: vec![(step, done())],
        message: Some(Routed {
            draft,
            routes: Arc::new(vec![route]),
        }),
    }
}

/// One that was told of, and one that is being tried.
pub(crate) async fn take(store: &Store) {
    let written = store
        .write_launch_steps(told(Step::Archive, 9_500))
        .await
        .unwrap();
    assert!(matches!(written, Written::Kept(Some(Recorded::Accepted { .. }))));
    let begun = StepNews {
        launch: LAUNCH,
        steps: vec![(Step::Warm, tried())],
        message: None,
    };
    assert_eq!(
        store.write_launch_steps(begun).await.unwrap(),
        Written::Kept(None)
    );
    // The checklist knows what was done with it.
    let ticked = store.launch(Some(LAUNCH)).await.unwrap();
    assert_eq!(ticked.ticks.len(), 1);
}

type Bytes = &'static [u8];

const STEPS: TableDefinition<'_, (i64, &str), Bytes> = TableDefinition::new("launch_steps");

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("a step that nobody can read", "launch steps", |txn| {
        let mut table = txn.open_table(STEPS).unwrap();
        table.insert((LAUNCH.0, "warm"), [250, 1].as_slice()).unwrap();
    }),
    ("a step that was neither tried nor ended", "launch steps", |txn| {
        let mut table = txn.open_table(STEPS).unwrap();
        let nothing: &[u8] = &[250, 1, 0, 10, 0, 0, 0, 0];
        table.insert((LAUNCH.0, "warm"), nothing).unwrap();
    }),
    ("a step that was tried too often", "launch steps", |txn| {
        let mut table = txn.open_table(STEPS).unwrap();
        let often: &[u8] = &[250, 1, 6, 10, 0, 0, 0, 0];
        table.insert((LAUNCH.0, "warm"), often).unwrap();
    }),
    ("a step whose message is another's event", "launch steps", |txn| {
        let ids: TableDefinition<'_, u128, u64> = TableDefinition::new("event_ids");
        let mut table = txn.open_table(ids).unwrap();
        let own = 9_500 << 16;
        let rows = table.iter().unwrap().map(|row| row.unwrap());
        let others = rows.filter(|(id, _)| id.value() != own);
        let other = others.map(|(_, position)| position.value()).min().unwrap();
        table.insert(own, other).unwrap();
    }),
];

fn write(stage: &mut Stage, news: StepNews) -> Written {
    let mut written = stage.write_launch_steps(news);
    stage.step(START.plus(5_000)).unwrap();
    written.answer().unwrap().unwrap()
}

#[test]
fn a_step_that_is_over_stays_so_over_a_restart_and_nothing_is_said_of_it_again() {
    let (disk, mut opened) = stage_with_destinations();
    let written = write(&mut opened, told(Step::Report, 1_000));
    assert!(matches!(written, Written::Kept(Some(Recorded::Accepted { .. }))));
    drop(opened);

    let mut again = stage(&disk.after_exit());
    let kept = Kept {
        event: Some(EventId(1_000 << 16)),
        ..done()
    };
    assert_eq!(again.launch_steps(LAUNCH).unwrap(), [(Step::Report, kept)]);
    assert_eq!(write(&mut again, told(Step::Report, 2_000)), Written::Over);
    assert!(again.event(EventId(2_000 << 16)).unwrap().is_none());
    assert_eq!(
        again.launch_steps(LAUNCH.plus(1)).unwrap(),
        [],
        "another launch has none"
    );
    assert_clean(&mut again, START.plus(9_000));
}

#[test]
fn the_power_cut_at_any_operation_leaves_the_step_over_with_its_message_or_neither() {
    let mut seen = [0; 2];
    for operation in 1.. {
        let mut reached = false;
        for draw in 0..6 {
            let (disk, mut opened) = stage_with_destinations();
            disk.expect(Trouble::PowerOffAt(operation));
            let mut written = opened.write_launch_steps(told(Step::Archive, 1_000));
            let taken = opened.step(START.plus(5_000));
            reached |= taken.is_err();
            let is_told = matches!(written.answer(), Some(Ok(_)));
            drop(opened);
            disk.expect(Trouble::PowerOffAt(0));
            let after = disk.after_power_cut(&mut Chance::new(operation * 100 + draw));
            let mut after = stage(&after);
            let stands = !after.launch_steps(LAUNCH).unwrap().is_empty();
            let there = after.event(EventId(1_000 << 16)).unwrap().is_some();
            assert_eq!(stands, there, "operation {operation}, draw {draw}");
            assert!(
                stands || !is_told,
                "operation {operation}, draw {draw}: it was acknowledged"
            );
            seen[usize::from(stands)] += 1;
            // Whoever goes by the plan writes it down again, and there is one message either way.
            let again = write(&mut after, told(Step::Archive, 2_000));
            assert_eq!(again == Written::Over, stands);
            assert_clean(&mut after, START.plus(10_000));
        }
        if !reached {
            break;
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
