//! I/O errors at every operation: no false answer, nothing tried again, and the file opens afterwards.

use gantry::model::delivery::{Attempt, AttemptClass, Claimed, DestinationNumber, Settlement};
use gantry::model::event::{DeliveryId, DeliveryStatus, EventId, Recorded};
use gantry::model::poll::Vote;
use gantry::store::stage::Stage;

use super::disk::{Disk, Trouble};
use super::events::{draft as draft_event, name, routes};
use super::ground::{START, assert_clean, ballot, draft, options, settle};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Forty steps of votes with folding between; the users whose votes were acknowledged.
fn votes(stage: &mut Stage) -> (Vec<usize>, bool) {
    let mut acknowledged = Vec::new();
    let mut failed = false;
    for step in 0..40 {
        let mut promised: Vec<_> = (0..4)
            .map(|i| step * 4 + i)
            .map(|user| {
                (
                    user,
                    stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k")),
                )
            })
            .collect();
        let done = stage.step(START.plus(i64::try_from(step).unwrap() * 700));
        assert!(done.is_err() || !failed, "a store that failed went on");
        failed |= done.is_err();
        for (user, promise) in &mut promised {
            match promise.answer().expect("every ask is answered") {
                Ok(Vote::Accepted { .. }) => acknowledged.push(*user),
                Ok(other) => panic!("a new voter was told {other:?}"),
                Err(_) => assert!(failed, "an answer failed in a step that did not"),
            }
        }
    }
    (acknowledged, failed)
}

fn prepared() -> Disk {
    let disk = Disk::new();
    let mut stage = super::ground::stage(&disk);
    let _made = stage.create_poll(draft("best"));
    stage.step(START).unwrap();
    drop(stage);
    disk.after_exit()
}

/// Errors of each kind, once and for good, at each of 300 operations: `life` says what was acknowledged and whether the
/// store failed, `check` looks for it afterwards.
fn strike<T>(
    prepared: fn() -> Disk,
    life: fn(&mut Stage) -> (Vec<T>, bool),
    check: fn(&mut Stage, &[T], u64),
) {
    for (errno, for_good) in [(EIO, false), (EIO, true), (ENOSPC, false), (ENOSPC, true)] {
        let mut struck = 0;
        for operation in 1..=300 {
            let disk = prepared();
            disk.expect(Trouble::ErrorAt {
                operation,
                errno,
                for_good,
            });
            let (acknowledged, failed) = match Stage::open(disk.clone(), &options()) {
                Ok(mut stage) => life(&mut stage),
                Err(_) => (Vec::new(), true),
            };
            struck += usize::from(failed);
            assert!(
                !disk.was_synced_after_failure(),
                "operation {operation}: a failed sync was tried again"
            );
            assert!(
                !disk.was_written_after_failure(),
                "operation {operation}: written after a failure"
            );
            let mut stage = super::ground::stage(&disk.after_exit());
            check(&mut stage, &acknowledged, operation);
            settle(&mut stage, START);
            assert_clean(&mut stage, START);
        }
        assert!(struck > 250, "only {struck} of 300 operations were reached");
    }
}

#[test]
fn an_error_at_any_operation_is_final_and_never_answered_as_success() {
    strike(prepared, votes, |stage, users, operation| {
        for user in users {
            let mut again = stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k"));
            stage.step(START).unwrap();
            let answer = again.answer().unwrap().unwrap();
            assert!(
                matches!(answer, Vote::Replayed { .. }),
                "operation {operation}, user {user}: {answer:?}"
            );
        }
    });
}

/// What was acknowledged of events.
enum Fact {
    Recorded(EventId),
    Leased(DeliveryId, u32),
    Delivered(DeliveryId),
}

/// Sixty steps of events in, out and settled; what was acknowledged of them.
fn events(stage: &mut Stage) -> (Vec<Fact>, bool) {
    let (mut facts, mut failed) = (Vec::new(), false);
    let mut held: Vec<Claimed> = Vec::new();
    for n in 0..60 {
        let mut recorded = stage.record_events(vec![draft_event(n)], &routes());
        let mut claim = stage.claim(DestinationNumber(0), 2, 60_000);
        let settled: Vec<_> = held
            .drain(..)
            .map(|claimed| {
                let attempt = Attempt {
                    number: claimed.attempt,
                    at: START,
                    took_ms: 1,
                    class: AttemptClass::Success,
                    status: Some(200),
                    excerpt: String::new(),
                };
                let settled = stage.settle_delivery(claimed.id, attempt, Settlement::Delivered);
                (claimed.id, settled)
            })
            .collect();
        let done = stage.step(START.plus(i64::from(n)));
        assert!(done.is_err() || !failed, "a store that failed went on");
        failed |= done.is_err();
        match recorded.answer().expect("every ask is answered") {
            Ok(answers) => {
                assert!(matches!(answers[0], Recorded::Accepted { .. }), "{answers:?}");
                facts.push(Fact::Recorded(draft_event(n).id));
            }
            Err(_) => assert!(failed, "an answer failed in a step that did not"),
        }
        if let Ok(claim) = claim.answer().expect("every ask is answered") {
            facts.extend(claim.taken.iter().map(|c| Fact::Leased(c.id, c.attempt)));
            held = claim.taken;
        }
        for (id, mut settled) in settled {
            if let Ok(true) = settled.answer().expect("every ask is answered") {
                facts.push(Fact::Delivered(id));
            }
        }
    }
    (facts, failed)
}

fn prepared_for_events() -> Disk {
    let disk = Disk::new();
    let mut stage = super::ground::stage(&disk);
    let _known = stage.know_destinations(vec![name("crm"), name("log")]);
    stage.step(START).unwrap();
    drop(stage);
    disk.after_exit()
}

#[test]
fn an_error_at_any_operation_of_events_is_final_and_never_answered_as_success() {
    strike(prepared_for_events, events, |stage, facts, operation| {
        let delivery = |id: DeliveryId| {
            let story = stage.event(id.event()).unwrap().unwrap();
            let found = story.deliveries.into_iter().find(|(d, _)| d.id == id);
            found.unwrap().0
        };
        for fact in facts {
            let kept = match fact {
                Fact::Recorded(id) => stage.event(*id).unwrap().is_some(),
                Fact::Leased(id, attempt) => delivery(*id).attempts >= *attempt,
                Fact::Delivered(id) => delivery(*id).status == DeliveryStatus::Delivered,
            };
            assert!(kept, "operation {operation}: an acknowledged fact is not there");
        }
    });
}
