//! A disk that fills up: nothing new is taken in, what was taken in goes on, and nothing is left of a refusal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gantry::model::delivery::DestinationNumber;
use gantry::model::event::{EventDraft, Recorded};
use gantry::model::poll::Vote;
use gantry::store::stage::{Promise, Stage};
use gantry::store::{Fault, Options};

use super::disk::Disk;
use super::events::{draft as event, name, routes};
use super::ground::{START, assert_clean, ballot, draft, options, settle};

const MIB: u64 = 1 << 20;

fn stage(disk: &Disk) -> (Stage, Arc<AtomicU64>) {
    let free = Arc::new(AtomicU64::new(1_000 * MIB));
    let told = Arc::clone(&free);
    let options = Options {
        space: Some(Arc::new(move || Some(told.load(Ordering::Relaxed)))),
        ..options()
    };
    (Stage::open(disk.clone(), &options).unwrap(), free)
}

#[track_caller]
fn full<T: std::fmt::Debug>(mut promise: Promise<T>) {
    let answer = promise.answer();
    assert!(matches!(answer, Some(Err(Fault::Full))), "{answer:?}");
}

#[test]
fn without_room_nothing_is_taken_in_and_what_was_goes_on() {
    let disk = Disk::new();
    let (mut stage, free) = stage(&disk);
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _poll = stage.create_poll(draft("best"));
    let _events = stage.record_events(vec![event(1), event(2)], &routes());
    for user in 0..20 {
        let _vote = stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k"));
    }
    stage.step(START).unwrap();

    free.store(63 * MIB, Ordering::Relaxed);
    let refused = (
        stage.cast_vote(ballot("best", "a", "late", "k")),
        stage.record_events(vec![event(3)], &routes()),
        stage.create_poll(draft("other")),
    );
    let mut claim = stage.claim(DestinationNumber(0), 1, 30_000);
    stage.step(START).unwrap();
    full(refused.0);
    full(refused.1);
    full(refused.2);
    assert_eq!(claim.answer().unwrap().unwrap().taken.len(), 1);
    settle(&mut stage, START);
    assert_eq!(stage.standing("best").unwrap().tally.total(), 20);
    assert_clean(&mut stage, START);

    free.store(15 * MIB, Ordering::Relaxed);
    let claim = stage.claim(DestinationNumber(0), 1, 30_000);
    let settled = stage.settle();
    let mut closed = stage.close_poll(draft("best").id);
    stage.step(START).unwrap();
    full(claim);
    full(settled);
    assert!(closed.answer().unwrap().is_ok());
    assert!(!stage.is_busy(), "nothing is folded at the wall");
    assert_clean(&mut stage, START);

    free.store(65 * MIB, Ordering::Relaxed);
    let mut recorded = stage.record_events(vec![event(3)], &routes());
    stage.step(START).unwrap();
    assert!(matches!(
        recorded.answer().unwrap().unwrap()[0],
        Recorded::Accepted { .. }
    ));
}

#[test]
fn a_batch_that_would_reach_into_the_reserve_is_refused_as_far_as_it_would() {
    let disk = Disk::new();
    let (mut stage, free) = stage(&disk);
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    let _poll = stage.create_poll(draft("best"));
    stage.step(START).unwrap();
    free.store(64 * MIB + 300_000, Ordering::Relaxed);
    let large = |n| EventDraft {
        payload: format!("\"{}\"", "x".repeat(60_000)),
        ..event(n)
    };
    let mut asked: Vec<_> = (1..=4)
        .map(|n| stage.record_events(vec![large(n)], &routes()))
        .collect();
    let mut vote = stage.cast_vote(ballot("best", "a", "u", "k"));
    stage.step(START).unwrap();
    let taken = asked.iter_mut().map(|promise| promise.answer().unwrap().is_ok());
    assert_eq!(taken.collect::<Vec<bool>>(), [true, true, false, false]);
    assert!(matches!(vote.answer().unwrap().unwrap(), Vote::Accepted { .. }));
    assert!(stage.event(event(3).id).unwrap().is_none());
    assert_clean(&mut stage, START);
}
