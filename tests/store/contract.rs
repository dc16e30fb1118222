//! What each verb promises, and a model that random histories are held against.

use std::collections::HashMap;
use std::num::NonZeroU32;

use gantry::model::address::AddressToken;
use gantry::model::key::{KeySecret, Scope};
use gantry::model::poll::{NotOpen, Vote};
use gantry::model::time::Millis;
use gantry::store::stage::Stage;
use gantry::store::{KeyCreated, PollCreated, PollEnd};
use proptest::prelude::*;

use super::disk::Disk;
use super::ground::{START, assert_clean, ballot, draft, settle, stage};

fn vote(stage: &mut Stage, option: &str, user: &str, key: &str) -> Vote {
    let mut answer = stage.cast_vote(ballot("best", option, user, key));
    stage.step(START).unwrap();
    answer.answer().unwrap().unwrap()
}

fn with_poll() -> Stage {
    let mut stage = stage(&Disk::new());
    let mut made = stage.create_poll(draft("best"));
    stage.step(START).unwrap();
    assert_eq!(made.answer().unwrap().unwrap(), PollCreated::New);
    stage
}

#[test]
fn a_vote_counts_once_is_replayed_by_its_key_and_refused_by_another() {
    let mut stage = with_poll();
    assert_eq!(vote(&mut stage, "a", "u1", "k1"), Vote::Accepted { total: 1 });
    for folded in [false, true] {
        if folded {
            settle(&mut stage, START);
        }
        assert_eq!(vote(&mut stage, "a", "u1", "k1"), Vote::Replayed { total: 1 });
        assert_eq!(vote(&mut stage, "a", "u1", "k2"), Vote::Duplicate);
        assert_eq!(vote(&mut stage, "b", "u1", "k1"), Vote::Duplicate);
        assert_eq!(stage.standing("best").unwrap().tally.counts, [1, 0, 0]);
    }
    assert_eq!(vote(&mut stage, "x", "u2", "k1"), Vote::NoOption);
    assert_clean(&mut stage, START);
}

#[test]
fn two_hundred_ballots_of_one_user_in_one_batch_count_once() {
    let mut stage = with_poll();
    let mut answers: Vec<_> = (0..200)
        .map(|i| stage.cast_vote(ballot("best", "a", "u", &format!("k{i}"))))
        .collect();
    stage.step(START).unwrap();
    let answers: Vec<_> = answers.iter_mut().map(|a| a.answer().unwrap().unwrap()).collect();
    assert_eq!(answers[0], Vote::Accepted { total: 1 });
    assert!(answers[1..].iter().all(|a| *a == Vote::Duplicate));
    assert_eq!(stage.standing("best").unwrap().tally.total(), 1);
}

#[test]
fn a_poll_is_made_once_closes_for_good_and_its_id_is_free_after_deletion() {
    let mut stage = with_poll();
    let mut same = stage.create_poll(draft("best"));
    let mut different = stage.create_poll(gantry::model::poll::PollDraft {
        question: "Another?".into(),
        ..draft("best")
    });
    stage.step(START).unwrap();
    assert_eq!(same.answer().unwrap().unwrap(), PollCreated::Same);
    assert_eq!(different.answer().unwrap().unwrap(), PollCreated::Different);

    assert_eq!(vote(&mut stage, "a", "u1", "k1"), Vote::Accepted { total: 1 });
    let id = draft("best").id;
    let mut closed = stage.close_poll(id.clone());
    stage.step(START).unwrap();
    assert_eq!(closed.answer().unwrap().unwrap(), PollEnd::Done);
    assert_eq!(
        vote(&mut stage, "a", "u1", "k1"),
        Vote::Replayed { total: 1 },
        "also after closing"
    );
    assert_eq!(
        vote(&mut stage, "a", "u2", "k1"),
        Vote::NotOpen(NotOpen::Over(START))
    );

    let mut deleted = stage.delete_poll(id);
    let mut anew = stage.create_poll(draft("best"));
    stage.step(START).unwrap();
    assert_eq!(deleted.answer().unwrap().unwrap(), PollEnd::Done);
    assert_eq!(anew.answer().unwrap().unwrap(), PollCreated::New);
    assert_eq!(
        vote(&mut stage, "b", "u1", "k1"),
        Vote::Accepted { total: 1 },
        "its votes went with it"
    );
    settle(&mut stage, START);
    assert_clean(&mut stage, START);
}

#[test]
fn an_address_has_its_cap_before_and_after_the_fold() {
    let mut stage = stage(&Disk::new());
    let _made = stage.create_poll(gantry::model::poll::PollDraft {
        per_address: NonZeroU32::new(3),
        ..draft("best")
    });
    stage.step(START).unwrap();
    let mut outcomes = Vec::new();
    for (i, address) in [7, 7, 8, 7, 7, 8].into_iter().enumerate() {
        let mut ballot = ballot("best", "a", &format!("u{i}"), "k");
        ballot.address = Some(AddressToken(address));
        let mut answer = stage.cast_vote(ballot);
        stage.step(START).unwrap();
        outcomes.push(answer.answer().unwrap().unwrap() == Vote::AddressFull);
        if i == 1 {
            settle(&mut stage, START);
        }
    }
    assert_eq!(outcomes, [false, false, false, false, true, false]);
    settle(&mut stage, START);
    assert_clean(&mut stage, START);
}

#[test]
fn voided_votes_leave_the_tally_and_their_voters_stay_counted_as_having_voted() {
    let mut stage = with_poll();
    for i in 0..10 {
        vote(&mut stage, if i < 6 { "a" } else { "b" }, &format!("u{i}"), "k");
    }
    settle(&mut stage, START);
    let number = stage.standing("best").unwrap().poll.number;
    // Position 1 is the poll's creation.
    let mut voided = stage.void_votes(number, vec![2, 3, 3, 99]);
    stage.step(START).unwrap();
    assert_eq!(voided.answer().unwrap().unwrap(), 2);
    let mut again = stage.void_votes(number, vec![2, 3]);
    stage.step(START).unwrap();
    assert_eq!(again.answer().unwrap().unwrap(), 0);
    assert_eq!(stage.standing("best").unwrap().tally.counts, [4, 4, 0]);
    assert_eq!(vote(&mut stage, "c", "u0", "k9"), Vote::Duplicate);
    assert_clean(&mut stage, START);
}

#[test]
fn keys_are_unique_by_name_and_go_when_revoked() {
    let mut stage = stage(&Disk::new());
    let hash = |n| KeySecret::from_random([n; 32]).hash();
    let mut new = stage.create_key("ci".into(), Scope::Read, hash(1));
    let mut taken = stage.create_key("ci".into(), Scope::Admin, hash(2));
    let mut revoked = stage.revoke_key("ci".into());
    let mut gone = stage.revoke_key("ci".into());
    stage.step(START).unwrap();
    assert_eq!(new.answer().unwrap().unwrap(), KeyCreated::New);
    assert_eq!(taken.answer().unwrap().unwrap(), KeyCreated::NameTaken);
    assert!(revoked.answer().unwrap().unwrap());
    assert!(!gone.answer().unwrap().unwrap());
}

/// What the store should remember of one poll.
#[derive(Default)]
struct Model {
    votes: HashMap<u8, (u8, u8)>,
    closed: bool,
}

#[derive(Clone, Debug)]
enum Act {
    Vote { user: u8, option: u8, key: u8 },
    Step { later_ms: i64 },
    Reopen,
    Close,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => (0..12_u8, 0..3_u8, 0..2_u8).prop_map(|(user, option, key)| Act::Vote { user, option, key }),
        8 => (0..3_000_i64).prop_map(|later_ms| Act::Step { later_ms }),
        1 => Just(Act::Reopen),
        1 => Just(Act::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if long() { 5_000 } else { 256 }))]

    #[test]
    fn any_history_of_votes_folds_and_restarts_equals_the_model(acts in prop::collection::vec(act(), 1..120)) {
        let mut disk = Disk::new();
        let mut stage = stage(&disk);
        let _made = stage.create_poll(draft("best"));
        stage.step(START).unwrap();
        let (mut model, mut now, mut promised) = (Model::default(), START, Vec::new());
        for act in acts {
            match act {
                Act::Vote { user, option, key } => {
                    let name = ["a", "b", "c"][usize::from(option)];
                    let promise = stage.cast_vote(ballot("best", name, &format!("u{user}"), &format!("k{key}")));
                    let expected = match model.votes.get(&user) {
                        Some(same) if *same == (option, key) => "replayed",
                        Some(_) => "duplicate",
                        None if model.closed => "closed",
                        None => { model.votes.insert(user, (option, key)); "accepted" }
                    };
                    promised.push((promise, expected));
                }
                Act::Step { later_ms } => {
                    now = Millis(now.0 + later_ms);
                    stage.step(now).unwrap();
                    for (mut promise, expected) in promised.drain(..) {
                        let got = match promise.answer().unwrap().unwrap() {
                            Vote::Accepted { .. } => "accepted",
                            Vote::Replayed { .. } => "replayed",
                            Vote::Duplicate => "duplicate",
                            Vote::NotOpen(_) => "closed",
                            _ => "other",
                        };
                        prop_assert_eq!(got, expected);
                    }
                }
                Act::Reopen => {
                    stage.step(now).unwrap();
                    promised.clear();
                    drop(stage);
                    disk = disk.after_exit();
                    stage = super::ground::stage(&disk);
                }
                Act::Close => {
                    let _closed = stage.close_poll(draft("best").id);
                    model.closed = true;
                }
            }
        }
        stage.step(now).unwrap();
        let mut counts = [0; 3];
        model.votes.values().for_each(|(option, _)| counts[usize::from(*option)] += 1);
        prop_assert_eq!(&stage.standing("best").unwrap().tally.counts, &counts);
        let report = stage.verify(now).unwrap();
        prop_assert!(report.is_clean(), "{:#?}", report);
        settle(&mut stage, now);
        let report = stage.verify(now).unwrap();
        prop_assert!(report.is_clean(), "{:#?}", report);
        prop_assert_eq!(&stage.standing("best").unwrap().tally.counts, &counts);
    }
}

/// Whether this is the run of full sizes.
#[expect(
    clippy::disallowed_methods,
    reason = "the runner speaks to tests through the environment"
)]
pub(crate) fn long() -> bool {
    std::env::var_os("GANTRY_TEST_LONG").is_some()
}
