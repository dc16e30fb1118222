//! What is to be exported next, and how far it has come: through the verbs, with what happens between reading and noting.

use std::time::Duration;

use gantry::model::delivery::Settlement;
use gantry::model::event::EventStatus;
use gantry::model::export::{ExportBatch, ExportDone, ExportKey, Exports, Lost, SET_ASIDE_MOST, SetAside};
use gantry::model::funnel::Level;
use gantry::model::poll::PollNumber;
use gantry::model::retention::Horizon;
use gantry::store::Store;
use redb::TableDefinition;

use super::events::{CRM, Ground, draft};
use super::funnel::window;
use super::ground::{assert_clean, ballot, draft as poll, settle, stage};
use super::planted::Plant;

/// For how much longer than otherwise what has not gone is kept.
pub(crate) const HOLD_BACK: Duration = Duration::from_secs(7 * 86_400);
const DAY_MS: i64 = 86_400_000;

/// Each: what is broken, the check that must say so, and how.
pub(crate) const PLANTS: &[(&str, &str, Plant)] = &[
    ("a change of an event that is to come", "export", |txn| {
        let mut table = txn
            .open_table(TableDefinition::<u64, u64>::new("export_stirred"))
            .unwrap();
        table.insert(77_777, 1).unwrap();
    }),
    ("last results that are none", "export", |txn| {
        let mut table = txn
            .open_table(TableDefinition::<u32, &[u8]>::new("export_last"))
            .unwrap();
        table.insert(7, [223, 1, 9].as_slice()).unwrap();
    }),
    ("a cursor without an export", "export", |txn| {
        let mut table = txn
            .open_table(TableDefinition::<&str, &[u8]>::new("export"))
            .unwrap();
        table.remove("state").unwrap();
        let mut table = txn
            .open_table(TableDefinition::<u64, u64>::new("export_stirred"))
            .unwrap();
        table.insert(1, 1).unwrap();
    }),
];

fn ground() -> Ground {
    let mut ground = Ground::new();
    ground.run(|stage| stage.know_export(Exports::Wanted(HOLD_BACK)));
    ground
}

fn next(ground: &Ground) -> ExportBatch {
    ground
        .stage
        .next_export()
        .unwrap()
        .expect("the journal reaches back")
}

/// Has the last results of a poll wait to go.
pub(crate) async fn a_poll_goes(store: &Store) {
    let wanted = Exports::Wanted(HOLD_BACK);
    store.know_export(wanted).await.unwrap();
    store.create_poll(poll("gone")).await.unwrap();
    store.delete_poll(poll("gone").id).await.unwrap();
}

/// Notes that a batch has gone.
fn gone(ground: &mut Ground, batch: &ExportBatch) -> bool {
    let done = ExportDone {
        step: batch.step.clone(),
        rows: batch.events.len() as u64,
        gone: batch
            .events
            .iter()
            .map(|event| ExportKey::Event(event.position))
            .collect(),
        ..ExportDone::default()
    };
    ground.run(|stage| stage.note_exported(done))
}

/// Lets everything go.
fn all_gone(ground: &mut Ground) {
    for _ in 0..10 {
        let batch = next(ground);
        if batch.is_nothing() {
            return;
        }
        assert!(gone(ground, &batch));
    }
    panic!("it does not come to an end");
}

#[test]
fn each_event_goes_as_it_stands_and_only_when_it_has_changed() {
    let mut ground = ground();
    all_gone(&mut ground);
    ground.record(draft(1));
    ground.record(draft(2));
    let batch = next(&ground);
    assert_eq!(batch.events.len(), 2);
    assert_eq!(batch.events[0].status, EventStatus::Pending);
    assert_eq!(next(&ground), batch, "what is not noted goes again");
    all_gone(&mut ground);
    let claim = ground.claim(CRM, 1);
    assert!(next(&ground).is_nothing(), "an attempt under way is no change");
    let later = ground.now.plus(60_000);
    ground.settle(&claim, Settlement::Retry(later));
    let batch = next(&ground);
    assert_eq!(batch.events.len(), 1);
    assert_eq!(batch.events[0].status, EventStatus::Processing);
    assert_eq!(batch.events[0].last_error.as_deref(), Some("503: busy"));
    all_gone(&mut ground);
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn what_changes_while_a_row_is_on_its_way_goes_again() {
    let mut ground = ground();
    ground.record(draft(1));
    all_gone(&mut ground);
    let claim = ground.claim(CRM, 1);
    let at_once = ground.now;
    ground.settle(&claim, Settlement::Retry(at_once));
    let batch = next(&ground);
    // The same instant, to the millisecond.
    let claim = ground.claim(CRM, 1);
    ground.settle(&claim, Settlement::Retry(at_once));
    gone(&mut ground, &batch);
    let batch = next(&ground);
    assert_eq!(batch.events[0].retry_count, 1, "{batch:?}");
    all_gone(&mut ground);
}

#[test]
fn votes_by_the_thousand_are_one_poll() {
    let mut ground = ground();
    all_gone(&mut ground);
    ground.run(|stage| stage.create_poll(poll("best")));
    for user in 0..100 {
        let vote = ballot("best", "a", &format!("u{user}"), "k");
        ground.run(|stage| stage.cast_vote(vote));
    }
    let batch = next(&ground);
    assert_eq!(batch.polls, [PollNumber(1)]);
    all_gone(&mut ground);
    assert_eq!(next(&ground), ExportBatch::default());
}

#[test]
fn how_far_it_has_come_and_what_changed_is_kept_across_a_restart() {
    let mut ground = ground();
    ground.record(draft(1));
    all_gone(&mut ground);
    let claim = ground.claim(CRM, 1);
    let later = ground.now.plus(60_000);
    ground.settle(&claim, Settlement::Retry(later));
    ground.record(draft(2));
    let batch = next(&ground);
    assert_eq!(batch.events.len(), 2);
    ground.stage = stage(&ground.disk);
    ground.run(|stage| stage.know_export(Exports::Wanted(HOLD_BACK)));
    assert_eq!(next(&ground), batch);
}

#[test]
fn where_the_journal_was_cut_before_it_went_all_that_the_tables_hold_goes() {
    let mut ground = ground();
    all_gone(&mut ground);
    ground.record(draft(1));
    settle(&mut ground.stage, ground.now);
    let past = ground.now.plus(1);
    ground.run(|stage| stage.cut_journal(past, u64::MAX));
    assert_eq!(ground.stage.next_export().unwrap(), None);
    let backfill = ground.run(|stage| stage.begin_backfill()).unwrap();
    assert_eq!((backfill.done, backfill.of), (0, 1));
    let batch = next(&ground);
    assert_eq!((batch.events.len(), batch.more), (1, false));
    all_gone(&mut ground);
}

#[test]
fn what_is_not_exported_is_not_remembered() {
    let mut ground = Ground::new();
    ground.record(draft(1));
    assert!(next(&ground).is_nothing());
    assert_eq!(ground.run(|stage| stage.begin_backfill()), None);
    ground.run(|stage| stage.know_export(Exports::Wanted(HOLD_BACK)));
    assert_eq!(next(&ground).events.len(), 1, "what was there before goes too");
    ground.run(|stage| stage.know_export(Exports::Not));
    let claim = ground.claim(CRM, 1);
    let later = ground.now.plus(60_000);
    ground.settle(&claim, Settlement::Retry(later));
    assert!(next(&ground).is_nothing());
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn rows_are_set_aside_up_to_a_number_and_no_more() {
    let mut ground = ground();
    all_gone(&mut ground);
    let aside = |position| SetAside {
        key: ExportKey::Event(position),
        name: "e".to_owned(),
        reason: "no (23514)".to_owned(),
        at: ground.now,
    };
    let done = |positions: std::ops::Range<u64>| ExportDone {
        refused: positions.map(aside).collect(),
        ..ExportDone::default()
    };
    let (most, one) = (done(0..SET_ASIDE_MOST), done(SET_ASIDE_MOST..SET_ASIDE_MOST + 1));
    assert!(ground.run(|stage| stage.note_exported(most)));
    assert!(!ground.run(|stage| stage.note_exported(one.clone())));
    // They go again, but for those that the file has no more.
    ground.run(|stage| stage.begin_backfill());
    assert_eq!(lost(&ground).events, SET_ASIDE_MOST);
    assert!(ground.run(|stage| stage.note_exported(one)));
}

fn lost(ground: &Ground) -> Lost {
    let standing = ground.stage.export_standing().unwrap();
    standing.expect("something is exported").lost
}

/// Cuts the journal before this, as far as it is folded.
fn cut(ground: &mut Ground, days_ago: i64) {
    settle(&mut ground.stage, ground.now);
    let before = ground.now.plus(-days_ago * DAY_MS);
    ground.run(|stage| stage.cut_journal(before, u64::MAX));
}

#[test]
fn windows_that_have_not_gone_are_kept_for_longer_and_counted_when_they_go_all_the_same() {
    let mut ground = ground();
    let gone_at = ground.now;
    ground.run(|stage| stage.record_window(Some(window(gone_at, &[("x", 3)]))));
    ground.now = gone_at.plus(2 * 3_600_000);
    ground.record(draft(1));
    all_gone(&mut ground);
    // From here on the database is away.
    let missed = gone_at.plus(4 * 3_600_000);
    ground.now = missed.plus(5_000);
    ground.run(|stage| stage.record_window(Some(window(missed, &[("x", 4)]))));
    let sweep = |ground: &mut Ground, days: i64| {
        ground.now = missed.plus(days * DAY_MS);
        let before = ground.now.plus(-2 * DAY_MS);
        while ground.run(|stage| stage.sweep_rollups(Level::FiveSeconds, before)) {}
    };
    sweep(&mut ground, 3);
    assert_eq!(next(&ground).windows.len(), 1);
    // Also where the journal knows no more of it.
    cut(&mut ground, 2);
    assert_eq!(ground.stage.next_export().unwrap(), None);
    ground.run(|stage| stage.begin_backfill()).unwrap();
    let waits: Vec<_> = next(&ground).windows;
    assert_eq!(
        waits.iter().map(|(_, totals)| totals.visits).collect::<Vec<_>>(),
        [4],
        "what has gone is forgotten in its time: {waits:?}"
    );
    sweep(&mut ground, 8);
    assert_eq!(next(&ground).windows, waits);
    assert_eq!(lost(&ground), Lost::default());
    assert_clean(&mut ground.stage, ground.now);

    ground.restart();
    ground.run(|stage| stage.know_export(Exports::Wanted(HOLD_BACK)));
    sweep(&mut ground, 10);
    assert_eq!(next(&ground).windows, []);
    let one = Lost {
        windows: 1,
        ..Lost::default()
    };
    assert_eq!(lost(&ground), one);
    all_gone(&mut ground);
    assert_eq!(lost(&ground), one, "what is lost stays counted");
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn events_that_have_not_gone_are_kept_for_longer_and_counted_when_they_go_all_the_same() {
    let mut ground = ground();
    let end = |ground: &mut Ground, n: u8| {
        ground.record(draft(n));
        let claim = ground.claim(CRM, 1);
        assert!(ground.settle(&claim, Settlement::Delivered));
        ground.now = ground.now.plus(1);
    };
    end(&mut ground, 1);
    all_gone(&mut ground);
    ground.now = ground.now.plus(1);
    end(&mut ground, 2);
    let ended = ground.now;
    let sweep = |ground: &mut Ground, days: i64| {
        ground.now = ended.plus(days * DAY_MS);
        cut(ground, 2);
        let horizon = Horizon {
            events: Some(ground.now.plus(-30 * DAY_MS)),
            dead_letters: None,
        };
        let (found, _) = ground.stage.past(&horizon, 0).unwrap();
        ground.run(|stage| stage.sweep_events(found, horizon)).events
    };
    assert_eq!(sweep(&mut ground, 31), 1, "the one that has gone");
    assert_eq!(sweep(&mut ground, 36), 0);
    assert_eq!(ground.stage.next_export().unwrap(), None);
    ground.run(|stage| stage.begin_backfill()).unwrap();
    assert_eq!(next(&ground).events.len(), 1);
    assert_eq!(lost(&ground), Lost::default());
    assert_eq!(sweep(&mut ground, 38), 1);
    assert_eq!(lost(&ground).events, 1);
    assert_clean(&mut ground.stage, ground.now);
}

#[test]
fn a_poll_that_is_deleted_leaves_its_last_results_to_go() {
    let mut ground = ground();
    ground.run(|stage| stage.create_poll(poll("best")));
    all_gone(&mut ground);
    ground.run(|stage| stage.cast_vote(ballot("best", "a", "u1", "k")));
    ground.run(|stage| stage.delete_poll(poll("best").id));
    settle(&mut ground.stage, ground.now);
    ground.stage = stage(&ground.disk);
    ground.run(|stage| stage.know_export(Exports::Wanted(HOLD_BACK)));
    let batch = next(&ground);
    let [results] = batch.last_results.as_slice() else {
        panic!("{batch:?}");
    };
    assert_eq!((results.id.as_str(), results.votes[0].1), ("best", 1));
    assert_clean(&mut ground.stage, ground.now);
    all_gone(&mut ground);
    assert!(next(&ground).is_nothing(), "they go once");
    assert_eq!(lost(&ground), Lost::default());
}
