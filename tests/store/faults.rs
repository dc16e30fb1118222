//! I/O errors at every operation: no false answer, nothing tried again, and the file opens afterwards.

use gantry::model::poll::Vote;
use gantry::store::stage::Stage;

use super::disk::{Disk, Trouble};
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

#[test]
fn an_error_at_any_operation_is_final_and_never_answered_as_success() {
    for errno in [EIO, ENOSPC] {
        for for_good in [false, true] {
            let mut struck = 0;
            for operation in 1..=300 {
                let disk = prepared();
                disk.expect(Trouble::ErrorAt {
                    operation,
                    errno,
                    for_good,
                });
                let (acknowledged, failed) = match Stage::open(disk.clone(), &options()) {
                    Ok(mut stage) => votes(&mut stage),
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

                let disk = disk.after_exit();
                let mut stage = super::ground::stage(&disk);
                for user in &acknowledged {
                    let mut again = stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k"));
                    stage.step(START).unwrap();
                    let answer = again.answer().unwrap().unwrap();
                    assert!(
                        matches!(answer, Vote::Replayed { .. }),
                        "operation {operation}, user {user}: {answer:?}"
                    );
                }
                settle(&mut stage, START);
                assert_clean(&mut stage, START);
            }
            assert!(struck > 250, "only {struck} of 300 operations were reached");
        }
    }
}
