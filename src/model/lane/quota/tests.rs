use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

fn reading(limit: u64, remaining: i64, reset: i64) -> Option<Reading> {
    Some(Reading {
        limit: Some(limit),
        remaining,
        reset: (Millis(reset), Millis(reset)),
    })
}

const fn hold(until: Option<i64>) -> Allowance {
    Allowance::None(Hold {
        why: Why::Quota,
        until: match until {
            Some(until) => Some(Millis(until)),
            None => None,
        },
    })
}

#[test]
fn one_call_finds_out_and_silence_limits_nothing() {
    let mut quota = Quota::default();
    assert_eq!(quota.allow(0, Millis(0)), Allowance::Some(1));
    assert_eq!(quota.allow(1, Millis(0)), hold(None));
    quota.learn(None, Cost::One, Millis(5));
    assert_eq!(quota, Quota::Unknown, "no answer tells nothing");
    quota.learn(Some(None), Cost::One, Millis(5));
    assert_eq!(quota.allow(100, Millis(6)), Allowance::ALL);
    quota.learn(Some(reading(9, 4, 100)), Cost::One, Millis(7));
    assert_eq!(quota.allow(1, Millis(7)), Allowance::Some(3));
}

#[test]
fn nothing_is_left_until_the_reset_and_then_there_is_the_limit() {
    let mut quota = Quota::default();
    quota.learn(Some(reading(9, 1, 1_000)), Cost::One, Millis(5));
    assert_eq!(
        quota.allow(1, Millis(6)),
        hold(None),
        "what is under way may tell more"
    );
    quota.learn(Some(reading(9, -3, 1_000)), Cost::One, Millis(7));
    assert_eq!(quota.allow(0, Millis(999)), hold(Some(1_000)));
    assert_eq!(quota.allow(2, Millis(1_000)), Allowance::Some(7));
}

#[test]
fn the_least_of_a_span_counts_and_what_got_no_answer_is_taken_as_counted() {
    let mut quota = Quota::default();
    for remaining in [7, 5, 6] {
        quota.learn(Some(reading(9, remaining, 1_000)), Cost::One, Millis(5));
    }
    assert_eq!(quota.allow(0, Millis(5)), Allowance::Some(5));
    quota.learn(None, Cost::One, Millis(6));
    assert_eq!(quota.allow(0, Millis(6)), Allowance::Some(4));
    quota.learn(Some(reading(9, 8, 2_000)), Cost::One, Millis(7));
    assert_eq!(quota.allow(0, Millis(7)), Allowance::Some(8), "a new span");
    quota.learn(Some(reading(9, 1, 1_000)), Cost::One, Millis(8));
    assert_eq!(
        quota.allow(0, Millis(8)),
        Allowance::Some(8),
        "an answer of the old one"
    );
}

#[test]
fn an_answer_that_comes_after_its_span_is_no_news() {
    let mut quota = Quota::default();
    quota.learn(Some(reading(9, 2, 1_000)), Cost::One, Millis(5));
    quota.learn(Some(reading(9, 0, 1_000)), Cost::One, Millis(1_050));
    assert_eq!(quota.allow(0, Millis(1_050)), Allowance::Some(9));
    quota.learn(Some(None), Cost::One, Millis(1_060));
    assert_eq!(quota, Quota::Silent);
}

/// A receiver with fixed spans that counts points.
struct Receiver {
    span_ms: i64,
    limit: i64,
    cost: i64,
    used: (i64, i64),
    refused: u32,
    taken: u32,
}

impl Receiver {
    /// What it answers to a call at `now`; `whole_seconds`: how it speaks of the reset.
    fn answer(&mut self, now: Millis, (whole_seconds, took): (bool, i64)) -> Reading {
        let span = now.0.div_euclid(self.span_ms);
        if self.used.0 != span {
            self.used = (span, 0);
        }
        // Points may be overdrawn by the last call, as long as any are left.
        if self.used.1 >= self.limit {
            self.refused += 1;
        } else {
            self.used.1 += self.cost;
            self.taken += 1;
        }
        let reset = (span + 1) * self.span_ms;
        let left = (reset - now.0).div_euclid(1_000) * 1_000;
        Reading {
            limit: u64::try_from(self.limit).ok(),
            remaining: self.limit - self.used.1,
            reset: match whole_seconds {
                true => (now.plus(left), now.plus(left + 1_000 + took)),
                false => (Millis(reset), Millis(reset)),
            },
        }
    }
}

/// An hour at full speed: `places` calls at once, each of 20 to 200 ms. How many were taken and refused.
fn hour(receiver: &mut Receiver, cost: Cost, (places, whole_seconds): (usize, bool)) -> (u32, u32) {
    let (mut now, mut quota) = (Millis(0), Quota::default());
    // (when, what: it is counted, or its answer is there; which call), the soonest on top.
    let mut to_come = BinaryHeap::new();
    let (mut calls, mut under_way, mut chance) = (Vec::new(), 0, 7_u64);
    while now.0 < 3_600_000 {
        while let Some(Reverse((at, answered, call))) = to_come.peek().copied()
            && at <= now.0
        {
            to_come.pop();
            let (took, said): &mut (i64, Option<Reading>) = &mut calls[call];
            if answered {
                quota.learn(Some(said.take()), cost, now);
                under_way -= 1;
            } else {
                *said = Some(receiver.answer(now, (whole_seconds, *took)));
            }
        }
        let mut wake = to_come.peek().map(|next| next.0.0);
        match quota.allow(under_way, now) {
            Allowance::Some(allowed) => {
                for _ in 0..allowed.min(places - under_way) {
                    chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let took = 20 + i64::try_from((chance >> 33) % 180).unwrap();
                    // It is counted somewhere on the way.
                    let counted = took * i64::try_from((chance >> 20) % 100).unwrap() / 100;
                    to_come.push(Reverse((now.0 + counted, false, calls.len())));
                    to_come.push(Reverse((now.0 + took, true, calls.len())));
                    calls.push((took, None));
                    under_way += 1;
                }
                wake = to_come.peek().map(|next| next.0.0);
            }
            Allowance::None(hold) => wake = wake.into_iter().chain(hold.until.map(|at| at.0)).min(),
        }
        now = Millis(wake.expect("something is to come").max(now.0));
    }
    (receiver.taken, receiver.refused)
}

#[test]
fn an_hour_at_full_speed_meets_no_refusal_and_leaves_little_unused() {
    for (name, limit, cost, rule, whole_seconds) in [
        ("calls until an instant", 300, 1, Cost::One, false),
        ("points and seconds left", 6_250, 100, Cost::Learned, true),
        ("dear points", 6_250, 700, Cost::Learned, true),
    ] {
        for places in [1, 8, 64] {
            let mut receiver = Receiver {
                span_ms: 900_000,
                limit,
                cost,
                used: (0, 0),
                refused: 0,
                taken: 0,
            };
            let (taken, refused) = hour(&mut receiver, rule, (places, whole_seconds));
            // Whole calls only: nothing is overdrawn on purpose.
            let allowed = 4 * (limit / cost);
            assert_eq!(refused, 0, "{name}, {places} at once: {taken} of {allowed}");
            assert!(
                i64::from(taken) * 100 >= allowed * 95,
                "{name}, {places} at once: {taken} of {allowed}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_quota_is_overdrawn_once_it_is_known(
        (span_s, limit) in (20_i64..=1_000, 1_i64..=500),
        cost in 1_i64..=40,
        (places, whole_seconds) in (1_usize..=40, any::<bool>()),
    ) {
        let mut receiver = Receiver {
            span_ms: span_s * 1_000, limit: limit * cost, cost, used: (0, 0), refused: 0, taken: 0,
        };
        let rule = if cost == 1 { Cost::One } else { Cost::Learned };
        let (taken, refused) = hour(&mut receiver, rule, (places, whole_seconds));
        prop_assert_eq!(refused, 0);
        prop_assert!(taken > 0);
    }
}
