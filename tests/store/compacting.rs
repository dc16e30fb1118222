//! Compaction: free pages are given back, nothing else changes, and a power cut leaves a whole file.

use std::fs;

use gantry::clock::Clock;
use gantry::store::stage::Stage;
use gantry::store::{Fault, Options, Store};

use super::disk::{Chance, Disk, Trouble};
use super::ground::{START, assert_clean, ballot, draft, settle, stage};

/// A file most of which is free: one poll of two was deleted.
fn holey() -> Disk {
    let disk = Disk::new();
    let mut stage = stage(&disk);
    let _polls = ["best", "gone"].map(|poll| stage.create_poll(draft(poll)));
    stage.step(START).unwrap();
    for user in 0..1_500 {
        let _vote = stage.cast_vote(ballot("gone", "a", &format!("a-user-of-some-length-{user}"), "k"));
        if user % 30 == 0 {
            let _vote = stage.cast_vote(ballot("best", "a", &format!("u{user}"), "k"));
        }
    }
    stage.step(START).unwrap();
    settle(&mut stage, START);
    let _deleted = stage.delete_poll(draft("gone").id);
    let _cut = stage.cut_journal(START.plus(1), u64::MAX);
    stage.step(START).unwrap();
    settle(&mut stage, START);
    for _ in 0..3 {
        let _cut = stage.cut_journal(START.plus(1), u64::MAX);
        stage.step(START).unwrap();
    }
    drop(stage);
    disk.after_exit()
}

fn check(stage: &mut Stage) {
    assert_eq!(stage.standing("best").unwrap().tally.counts, [50, 0, 0]);
    assert!(stage.standing("gone").is_none());
    assert_clean(stage, START);
}

#[test]
fn the_power_cut_at_any_operation_of_a_compaction_leaves_a_whole_file() {
    let first = holey();
    let mut operation = 0;
    let mut shrunk = 0;
    loop {
        operation += 1;
        let disk = first.after_exit();
        let mut stage = stage(&disk);
        disk.expect(Trouble::PowerOffAt(operation));
        let mut promise = stage.compact();
        let done = stage.step(START);
        let answer = promise.answer();
        drop(stage);
        disk.expect(Trouble::PowerOffAt(0));
        let after = disk.after_power_cut(&mut Chance::new(operation));
        check(&mut super::ground::stage(&after));
        if done.is_ok() {
            let compacted = answer.unwrap().unwrap();
            assert!(compacted.after < compacted.before, "{compacted:?}");
            shrunk += 1;
            break;
        }
        assert!(
            !matches!(answer, Some(Ok(_))),
            "answered though the power had gone"
        );
    }
    println!("{operation} operations");
    assert!(operation > 30 && shrunk == 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_deleted_poll_took_up_is_given_back_while_votes_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gantry.redb");
    let store = Store::open(&path, &Options::default(), Clock::System).unwrap();
    for poll in ["best", "gone"] {
        store.create_poll(draft(poll)).await.unwrap();
    }
    let votes = (0..20_000).map(|user| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .cast_vote(ballot("gone", "a", &format!("u{user}"), "k"))
                .await
        })
    });
    for vote in votes.collect::<Vec<_>>() {
        vote.await.unwrap().unwrap();
    }
    store.settle().await.unwrap();
    store.delete_poll(draft("gone").id).await.unwrap();
    let now = store.now().plus(1);
    while store
        .rows()
        .await
        .unwrap()
        .contains(&("votes", 0))
        .then_some(())
        .is_none()
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    while store.cut_journal(now, u64::MAX).await.unwrap() {}
    let before = fs::metadata(&path).unwrap().len();
    assert!(store.occupancy().await.unwrap().used() < before / 2);
    let voting = store.clone();
    let votes = tokio::spawn(async move {
        let (mut counted, mut busy) = (0_u64, 0_u64);
        for user in 0..500 {
            match voting
                .cast_vote(ballot("best", "b", &format!("u{user}"), "k"))
                .await
            {
                Ok(_) => counted += 1,
                Err(Fault::Busy(_)) => busy += 1,
                Err(fault) => panic!("{fault}"),
            }
        }
        (counted, busy)
    });
    let done = store.compact().await.unwrap();
    // Votes go on: redb may have let go of the file's end by itself meanwhile.
    assert!(done.after < done.before && done.after < before / 2, "{done:?}");
    let (counted, busy) = votes.await.unwrap();
    println!("{done:?}; {counted} votes counted, {busy} told to come back");
    assert_eq!(store.standing("best").unwrap().tally.total(), counted);
    assert!(store.verify().await.unwrap().is_clean());
    store.close().await.unwrap();
    assert!(fs::metadata(&path).unwrap().len() < before / 2);
}
