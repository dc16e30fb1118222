//! Alerts on disk: how one stands and the event of what was said of it are one, and each message is recorded once.

use std::sync::Arc;

use gantry::model::alert::{AlertKey, AlertState, AlertStep, EVENT_TYPE, Rule, Stand, Word};
use gantry::model::delivery::DestinationNumber;
use gantry::model::event::{EventDraft, EventId, Pattern, Recorded, Route, Routed};
use gantry::model::ids::EventType;
use gantry::store::Store;
use gantry::store::stage::Stage;
use redb::{ReadableTable, TableDefinition};

use super::disk::{Chance, Trouble};
use super::events::{draft, name as destination};
use super::ground::{START, assert_clean, stage, stage_with_destinations};
use super::planted::Plant;

const KEY: AlertKey = AlertKey {
    rule: Rule::BreakerOpen,
    destination: Some(DestinationNumber(0)),
};

fn firing() -> AlertState {
    AlertState {
        stand: Stand::Firing {
            since: START,
            told_at: START.plus(5_000),
            reminders: 0,
            quiet_since: None,
        },
        value: 700.0,
        ..AlertState::default()
    }
}

/// A step that says something, under an id of its own.
fn told(state: AlertState, word: Word, id: u128) -> AlertStep {
    let message = EventDraft {
        id: EventId(id << 16),
        kind: EventType::parse(EVENT_TYPE).unwrap(),
        key: KEY.message(START, word),
        ..draft(1)
    };
    let route = Route {
        kind: Pattern::Exact(EVENT_TYPE.to_owned()),
        source: Pattern::Any,
        to: vec![destination("log")],
    };
    AlertStep {
        key: KEY,
        state,
        message: Some(Routed {
            draft: message,
            routes: Arc::new(vec![route]),
        }),
    }
}

/// Fires, and says so.
pub(crate) async fn fire(store: &Store) {
    let told = store
        .step_alerts(vec![told(firing(), Word::Firing, 9_000)])
        .await
        .unwrap();
    assert!(matches!(told[..], [(_, Some(Recorded::Accepted { .. }))]));
}

type Bytes = &'static [u8];

const ALERTS: TableDefinition<'_, (&str, u32), Bytes> = TableDefinition::new("alerts");
const PLACE: (&str, u32) = ("breaker_open", 1);

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("an alert that nobody can read", "alerts", |txn| {
        txn.open_table(ALERTS)
            .unwrap()
            .insert(PLACE, [230, 1].as_slice())
            .unwrap();
    }),
    ("an alert that was told before it began", "alerts", |txn| {
        let mut table = txn.open_table(ALERTS).unwrap();
        let mut row = table.get(PLACE).unwrap().unwrap().value().to_vec();
        // The tag, a byte for the stand, one before each instant of eight: the highest of the first.
        row[11] ^= 1;
        table.insert(PLACE, row.as_slice()).unwrap();
    }),
    ("an alert whose message is another's event", "alerts", |txn| {
        let ids: TableDefinition<'_, u128, u64> = TableDefinition::new("event_ids");
        let mut table = txn.open_table(ids).unwrap();
        let own = 9_000 << 16;
        let rows = table.iter().unwrap().map(|row| row.unwrap());
        let others = rows.filter(|(id, _)| id.value() != own);
        let other = others.map(|(_, position)| position.value()).min().unwrap();
        table.insert(own, other).unwrap();
    }),
];

fn step(stage: &mut Stage, step: AlertStep) -> (AlertState, Option<Recorded>) {
    let mut stepped = stage.step_alerts(vec![step]);
    stage.step(START.plus(5_000)).unwrap();
    stepped.answer().unwrap().unwrap().remove(0)
}

#[test]
fn an_alert_stands_after_a_restart_with_the_event_of_its_message_and_quiet_leaves_nothing() {
    let (disk, mut opened) = stage_with_destinations();
    let (state, recorded) = step(&mut opened, told(firing(), Word::Firing, 1_000));
    assert!(matches!(recorded, Some(Recorded::Accepted { .. })));
    assert_eq!(state.event, Some(EventId(1_000 << 16)));
    drop(opened);

    let mut again = stage(&disk.after_exit());
    assert_eq!(again.alerts().unwrap(), [(KEY, state)]);
    // Whoever has forgotten that it was said says it again: it is the same event.
    let (state, recorded) = step(&mut again, told(firing(), Word::Firing, 2_000));
    assert!(matches!(recorded, Some(Recorded::Duplicate { .. })));
    assert_eq!(state.event, Some(EventId(1_000 << 16)));
    assert!(again.event(EventId(2_000 << 16)).unwrap().is_none());

    let over = told(AlertState::default(), Word::Resolved, 3_000);
    let (state, _) = step(&mut again, over);
    // It still says which message was its last.
    assert_eq!(again.alerts().unwrap(), [(KEY, state)]);
    let nothing = AlertStep {
        key: KEY,
        state: AlertState::default(),
        message: None,
    };
    step(&mut again, nothing);
    assert_eq!(again.alerts().unwrap(), []);
    assert_clean(&mut again, START.plus(9_000));
}

#[test]
fn the_power_cut_at_any_operation_leaves_the_alert_with_its_message_or_neither() {
    let mut seen = [0; 2];
    for operation in 1.. {
        let mut reached = false;
        for draw in 0..6 {
            let (disk, mut opened) = stage_with_destinations();
            disk.expect(Trouble::PowerOffAt(operation));
            let mut stepped = opened.step_alerts(vec![told(firing(), Word::Firing, 1_000)]);
            let step_taken = opened.step(START.plus(5_000));
            reached |= step_taken.is_err();
            let is_told = matches!(stepped.answer(), Some(Ok(_)));
            drop(opened);
            disk.expect(Trouble::PowerOffAt(0));
            let after = disk.after_power_cut(&mut Chance::new(operation * 100 + draw));
            let mut after = stage(&after);
            let stands = !after.alerts().unwrap().is_empty();
            let there = after.event(EventId(1_000 << 16)).unwrap().is_some();
            assert_eq!(stands, there, "operation {operation}, draw {draw}");
            assert!(
                stands || !is_told,
                "operation {operation}, draw {draw}: it was acknowledged"
            );
            seen[usize::from(stands)] += 1;
            // Whoever watches looks again, and there is one message either way.
            let (_, recorded) = step(&mut after, told(firing(), Word::Firing, 2_000));
            assert_eq!(matches!(recorded, Some(Recorded::Duplicate { .. })), stands);
            assert_clean(&mut after, START.plus(10_000));
        }
        if !reached {
            break;
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}
