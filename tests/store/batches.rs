//! Several deliveries in one call, through the verbs: what they take of windows and quotas, and how they are settled.

use std::collections::HashMap;

use gantry::model::delivery::{Attempt, AttemptClass, CallEnd, Claim, Claimed, Delivery, Settlement, Unsent};
use gantry::model::event::{DeliveryId, DeliveryStatus, EventStatus, Priority};
use gantry::model::lane::batch::{BATCH_BYTES_MAX, Batching};
use gantry::model::lane::breaker::BreakerState;
use gantry::model::lane::quota::{Cost, Heard, Reading};
use gantry::model::lane::{Health, Lesson, Rules};
use gantry::model::time::Millis;

use super::contract::long;
use super::disk::Chance;
use super::ground::assert_clean;
use super::lanes::{CRM, Ground, LEASE, LOG, draft, guarded, ill, most_in_a_span, rules};
use super::power_cut::first_seed;

/// Does not wait.
const HASTY: Batching = Batching { most: 4, wait_ms: 0 };

fn claim(ground: &mut Ground, batching: Batching) -> Claim {
    ground.run(|stage| stage.claim_batch(CRM, batching, LEASE))
}

fn attempt(claimed: &Claimed, at: Millis) -> Attempt {
    Attempt {
        number: claimed.attempt,
        at,
        took_ms: 1,
        class: AttemptClass::Success,
        status: Some(200),
        excerpt: String::new(),
    }
}

/// Settles all of a call alike.
fn settle(ground: &mut Ground, call: &[Claimed], (settlement, lesson): (Settlement, Lesson)) -> Vec<bool> {
    let now = ground.now;
    let each = call.iter();
    let settled = each.map(|claimed| (claimed.id, attempt(claimed, now), settlement.clone()));
    let end = CallEnd {
        settled: settled.collect(),
        unsent: Vec::new(),
        lesson,
    };
    ground.run(|stage| stage.settle_call(end))
}

fn unsent(claimed: &Claimed) -> Unsent {
    Unsent {
        id: claimed.id,
        attempt: claimed.attempt,
        due: claimed.due,
    }
}

fn used(ground: &mut Ground) -> usize {
    ground.lane(CRM).windows[0].1
}

fn stands(ground: &Ground, id: DeliveryId) -> Delivery {
    let story = ground.stage.event(id.event()).unwrap().unwrap();
    let mut deliveries = story.deliveries.into_iter();
    deliveries.find(|(delivery, _)| delivery.id == id).unwrap().0
}

#[test]
fn a_call_of_many_takes_one_slot_which_comes_free_one_window_after_it_ended() {
    let mut ground = Ground::new(rules(&[(2, 60_000)]));
    ground.record("crm", 20);
    let one = claim(&mut ground, HASTY).taken;
    let two = claim(&mut ground, HASTY).taken;
    assert_eq!((one.len(), two.len(), used(&mut ground)), (4, 4, 2));
    let full = claim(&mut ground, HASTY);
    assert_eq!(full.taken, []);
    assert_eq!(
        full.next_due,
        Some(ground.now.plus(LEASE)),
        "no lease has ended yet"
    );
    ground.now = ground.now.plus(100);
    let delivered = || (Settlement::Delivered, Lesson::default());
    assert_eq!(settle(&mut ground, &one, delivered()), [true; 4]);
    assert_eq!(settle(&mut ground, &one, delivered()), [false; 4], "once");
    let nothing_sent = (Settlement::Dead, Lesson::unsent());
    assert_eq!(settle(&mut ground, &two, nothing_sent), [true; 4]);
    assert_eq!(used(&mut ground), 1, "what was not sent takes no room");
    let ended_at = ground.now;
    let three = claim(&mut ground, HASTY).taken;
    assert_eq!(three.len(), 4);
    ground.restart(&mut Chance::new(2));
    assert_eq!(used(&mut ground), 2, "a call that was cut off holds its slot");
    assert_eq!(claim(&mut ground, HASTY).taken, []);
    ground.now = ended_at.plus(60_001);
    assert_eq!(claim(&mut ground, HASTY).taken.len(), 4);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn each_delivery_of_a_call_is_settled_by_itself() {
    let mut ground = Ground::new(rules(&[]));
    ground.record("crm", 4);
    let call = claim(&mut ground, HASTY).taken;
    let (now, later) = (ground.now, ground.now.plus(5_000));
    let wanted = [
        Settlement::Delivered,
        Settlement::Dead,
        Settlement::Retry(later),
        Settlement::GivenBack,
    ];
    let settled = call.iter().zip(wanted);
    let settled = settled.map(|(claimed, then)| (claimed.id, attempt(claimed, now), then));
    let end = CallEnd {
        settled: settled.collect(),
        unsent: Vec::new(),
        lesson: Lesson::default(),
    };
    assert_eq!(ground.run(|stage| stage.settle_call(end)), [true; 4]);
    let stand: Vec<_> = call.iter().map(|claimed| stands(&ground, claimed.id)).collect();
    let statuses: Vec<_> = stand
        .iter()
        .map(|delivery| (delivery.status, delivery.due))
        .collect();
    use DeliveryStatus::{Dead, Delivered, Retrying};
    assert_eq!(
        statuses,
        [(Delivered, now), (Dead, now), (Retrying, later), (Retrying, now)]
    );
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_did_not_go_goes_back_as_if_it_had_not_been_taken() {
    let mut ground = Ground::new(rules(&[(1, 60_000)]));
    ground.record("crm", 3);
    let (first, due) = (claim(&mut ground, HASTY).taken, ground.now);
    let retry = ground.now.plus(1_000);
    ground.now = ground.now.plus(10);
    assert_eq!(
        settle(
            &mut ground,
            &first[..1],
            (Settlement::Retry(retry), Lesson::unsent())
        ),
        [true]
    );
    let put_back = |ground: &mut Ground, call: &[Claimed]| {
        let end = CallEnd {
            settled: Vec::new(),
            unsent: call.iter().map(unsent).collect(),
            lesson: Lesson::unsent(),
        };
        assert!(ground.run(|stage| stage.settle_call(end)).is_empty());
    };
    put_back(&mut ground, &first[1..]);
    for claimed in &first[1..] {
        let delivery = stands(&ground, claimed.id);
        let expected = (DeliveryStatus::Pending, 0, None, due);
        let stands = (
            delivery.status,
            delivery.attempts,
            delivery.first_at,
            delivery.due,
        );
        assert_eq!(stands, expected);
    }
    ground.now = ground.now.plus(5_000);
    let before = stands(&ground, first[0].id);
    let again = claim(&mut ground, HASTY).taken;
    assert_eq!(again.len(), 3);
    put_back(&mut ground, &again);
    let after = stands(&ground, first[0].id);
    let updated_at = before.updated_at;
    assert_eq!(
        Delivery { updated_at, ..after },
        before,
        "with the time it had left to try"
    );
    put_back(&mut ground, &again);
    let last = claim(&mut ground, HASTY).taken;
    let ids = |call: &[Claimed]| {
        call.iter()
            .map(|claimed| (claimed.id, claimed.attempt))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&last), ids(&again), "the same attempts in the same order");
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_batch_leaves_when_it_is_full_or_the_first_has_waited() {
    let patient = Batching {
        most: 3,
        wait_ms: 1_000,
    };
    let mut ground = Ground::new(rules(&[]));
    ground.record("crm", 1);
    let first = ground.now;
    let nothing_until = |at: Millis| Claim {
        taken: Vec::new(),
        next_due: Some(at),
    };
    assert_eq!(claim(&mut ground, patient), nothing_until(first.plus(1_000)));
    let scheduled = draft(900);
    let at = first.plus(700);
    ground.record_all(
        "crm",
        vec![gantry::model::event::EventDraft {
            scheduled_at: Some(at),
            priority: Priority::new(0).unwrap(),
            ..scheduled
        }],
    );
    ground.now = first.plus(200);
    ground.record("crm", 1);
    assert_eq!(
        claim(&mut ground, patient),
        nothing_until(at),
        "it will be full then"
    );
    ground.now = at;
    assert_eq!(claim(&mut ground, patient).taken.len(), 3);
    ground.record("crm", 1);
    let second = ground.now;
    ground.now = second.plus(999);
    assert_eq!(claim(&mut ground, patient), nothing_until(second.plus(1_000)));
    ground.now = second.plus(1_000);
    assert_eq!(claim(&mut ground, patient).taken.len(), 1);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn what_expires_while_it_waits_for_others_is_not_taken() {
    let patient = Batching {
        most: 3,
        wait_ms: 1_000,
    };
    let mut ground = Ground::new(rules(&[]));
    let short = gantry::model::event::EventDraft {
        expires_at: Some(ground.now.plus(500)),
        ..draft(900)
    };
    let id = short.id;
    ground.record_all("crm", vec![short]);
    ground.record("crm", 1);
    assert_eq!(claim(&mut ground, patient).taken, []);
    ground.now = ground.now.plus(1_000);
    let taken = claim(&mut ground, patient).taken;
    assert_eq!(taken.len(), 1);
    assert_ne!(taken[0].event.id, id);
    let story = ground.stage.event(id).unwrap().unwrap();
    assert_eq!(story.state.status, EventStatus::Expired);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_probe_risks_one_delivery_and_does_not_wait_for_others() {
    let patient = Batching {
        most: 4,
        wait_ms: 60_000,
    };
    let mut ground = Ground::new(guarded());
    ground.record("crm", 40);
    for _ in 0..3 {
        let call = claim(&mut ground, patient).taken;
        assert_eq!(call.len(), 4);
        let later = ground.now.plus(1_000);
        assert_eq!(
            settle(&mut ground, &call, (Settlement::Retry(later), ill())),
            [true; 4]
        );
    }
    assert!(
        matches!(ground.lane(CRM).breaker, BreakerState::Open(_)),
        "three calls, and not three deliveries"
    );
    assert_eq!(claim(&mut ground, patient).taken, []);
    ground.now = ground.now.plus(10_000);
    let probe = claim(&mut ground, patient).taken;
    assert_eq!(probe.len(), 1);
    assert_eq!(claim(&mut ground, patient).taken, []);
    let well = Lesson {
        health: Health::Well,
        ..Lesson::default()
    };
    assert_eq!(settle(&mut ground, &probe, (Settlement::Delivered, well)), [true]);
    assert_eq!(claim(&mut ground, patient).taken.len(), 4);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_call_that_is_cut_off_has_used_up_one_of_the_quota() {
    let mut ground = Ground::new(Rules {
        quota: Some(Cost::One),
        ..rules(&[])
    });
    ground.record("crm", 20);
    let reset = ground.now.plus(900_000);
    let reading = Reading {
        limit: Some(10),
        remaining: 9,
        reset: (reset, reset),
    };
    let lesson = Lesson {
        heard: Heard::Answer(vec![Some(reading)]),
        health: Health::Well,
        ..Lesson::default()
    };
    let call = claim(&mut ground, HASTY).taken;
    assert_eq!(
        settle(&mut ground, &call, (Settlement::Delivered, lesson)),
        [true; 4]
    );
    assert_eq!(claim(&mut ground, HASTY).taken.len(), 4);
    ground.restart(&mut Chance::new(4));
    assert_eq!(ground.lane(CRM).quotas[0].remaining, 8);
    assert_eq!(claim(&mut ground, HASTY).taken.len(), 4);
    ground.now = ground.now.plus(LEASE);
    assert_eq!(claim(&mut ground, HASTY).taken.len(), 4);
    assert_eq!(
        ground.lane(LOG).quotas[0].remaining,
        7,
        "nor where the lease ran out"
    );
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

#[test]
fn a_batch_holds_no_more_bytes_than_may_go_in_one_call() {
    let mut ground = Ground::new(rules(&[]));
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000));
    let drafts = (0..30).map(|n| gantry::model::event::EventDraft {
        payload: long.clone(),
        ..draft(n)
    });
    ground.record_all("crm", drafts.collect());
    let wide = Batching {
        most: 1_000,
        wait_ms: 0,
    };
    let mut calls = Vec::new();
    loop {
        let taken = claim(&mut ground, wide).taken;
        if taken.is_empty() {
            break;
        }
        let bytes: usize = taken.iter().map(|claimed| claimed.event.payload.len()).sum();
        assert!(bytes <= BATCH_BYTES_MAX, "{bytes}");
        calls.push(taken.len());
    }
    assert_eq!(calls, [8, 8, 8, 6]);
    let now = ground.now;
    assert_clean(&mut ground.stage, now);
}

/// Calls under way, by when they are answered.
struct Batch {
    ends: Millis,
    claimed: Vec<Claimed>,
}

/// A lane at full speed with batches of `batching`, cut off now and then; when its calls arrived, and how many deliveries
/// were settled.
fn drive(
    ground: &mut Ground,
    (until, batching): (Millis, Batching),
    chance: &mut Chance,
) -> (Vec<Millis>, usize) {
    let (mut arrived, mut delivered) = (Vec::new(), HashMap::new());
    let mut calls: Vec<Batch> = Vec::new();
    let mut next = Some(ground.now);
    while ground.now < until {
        calls.sort_by_key(|call| std::cmp::Reverse(call.ends));
        while calls.last().is_some_and(|call| call.ends <= ground.now) {
            let Some(Batch { claimed, .. }) = calls.pop() else {
                break;
            };
            let now = ground.now;
            let (mut settled, mut left) = (Vec::new(), Vec::new());
            for claimed in &claimed {
                let then = match chance.below(10) {
                    0 => Settlement::Retry(now.plus(i64::try_from(chance.below(5_000)).unwrap())),
                    1 => Settlement::GivenBack,
                    2 => {
                        left.push(unsent(claimed));
                        continue;
                    }
                    _ => {
                        *delivered.entry(claimed.id).or_insert(0) += 1;
                        Settlement::Delivered
                    }
                };
                settled.push((claimed.id, attempt(claimed, now), then));
            }
            let count = settled.len();
            let end = CallEnd {
                settled,
                unsent: left,
                lesson: Lesson::default(),
            };
            assert_eq!(ground.run(|stage| stage.settle_call(end)), vec![true; count]);
            next = Some(now);
        }
        if chance.one_in(60) {
            calls.clear();
            ground.restart(chance);
            next = Some(ground.now);
        }
        if chance.one_in(2) {
            ground.record("crm", chance.below(20));
            next = Some(ground.now);
        }
        if next.is_some_and(|at| at <= ground.now) && calls.len() < 8 {
            let claim = claim(ground, batching);
            next = match claim.taken.is_empty() {
                true => claim.next_due,
                false => Some(ground.now),
            };
            if !claim.taken.is_empty() {
                assert!(claim.taken.len() <= batching.most);
                let took = 20 + i64::try_from(chance.below(600)).unwrap();
                let at = i64::try_from(chance.below(u64::try_from(took).unwrap())).unwrap();
                arrived.push(ground.now.plus(at));
                calls.push(Batch {
                    ends: ground.now.plus(took),
                    claimed: claim.taken,
                });
                continue;
            }
        }
        let soonest = calls.iter().map(|call| call.ends).chain(next).min();
        let soonest = soonest.unwrap_or(ground.now).min(ground.now.plus(2_000));
        ground.now = soonest.max(ground.now.plus(1));
    }
    assert!(
        delivered.values().all(|times| *times == 1),
        "each is settled once"
    );
    (arrived, delivered.len())
}

#[test]
fn no_window_is_exceeded_by_batches_across_restarts() {
    let seeds = if long() { 40 } else { 6 };
    let (mut calls, mut deliveries) = (0, 0);
    for seed in first_seed()..first_seed() + seeds {
        let mut chance = Chance::new(seed);
        let count = 1 + u32::try_from(chance.below(30)).unwrap();
        let per_ms = 1_000 * i64::try_from(1 + chance.below(60)).unwrap();
        let batching = Batching {
            most: 2 + usize::try_from(chance.below(40)).unwrap(),
            wait_ms: i64::try_from(chance.below(1_500)).unwrap(),
        };
        let mut ground = Ground::new(rules(&[(count, per_ms)]));
        let until = ground.now.plus(300_000);
        let (mut arrived, delivered) = drive(&mut ground, (until, batching), &mut chance);
        let most = most_in_a_span(&mut arrived, per_ms);
        assert!(
            most <= count as usize,
            "seed {seed}: {most} within {per_ms} ms, of {count}"
        );
        assert_clean(&mut ground.stage, until);
        calls += arrived.len();
        deliveries += delivered;
    }
    println!("{deliveries} deliveries in {calls} calls");
}
