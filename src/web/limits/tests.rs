use std::num::NonZeroU32;

use axum::response::IntoResponse;

use super::*;

fn rate(count: u32, per_s: u64, burst: u32) -> Option<Rate> {
    Some(Rate {
        count: NonZeroU32::new(count)?,
        per: Duration::from_secs(per_s),
        burst: NonZeroU32::new(burst)?,
    })
}

fn address(n: u32) -> IpAddr {
    IpAddr::V4(n.into())
}

#[test]
fn a_burst_is_let_through_and_what_follows_refused_until_tokens_return() {
    let limits = Limits::new(&[(LimitClass::Vote, rate(1, 60, 3))]);
    for _ in 0..3 {
        assert!(limits.check(LimitClass::Vote, address(1)).allowed);
    }
    let refused = limits.check(LimitClass::Vote, address(1));
    assert!(!refused.allowed);
    let answer = refused.refusal().into_response();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "60");
    assert_eq!(answer.headers()["ratelimit"], "\"vote\";r=0;t=180");
    assert!(
        limits.check(LimitClass::Vote, address(2)).allowed,
        "another address"
    );
}

#[test]
fn answers_say_the_policy_and_what_remains() {
    let limits = Limits::new(&[(LimitClass::Vote, rate(10, 1, 20))]);
    let mut headers = HeaderMap::new();
    limits.check(LimitClass::Vote, address(1)).apply(&mut headers);
    assert_eq!(headers["ratelimit-policy"], "\"vote\";q=20;w=2");
    assert_eq!(headers["ratelimit"], "\"vote\";r=19;t=1");
}

#[test]
fn a_class_that_is_off_limits_nothing_and_says_nothing() {
    let limits = Limits::new(&[(LimitClass::Vote, None)]);
    let mut headers = HeaderMap::new();
    for _ in 0..1000 {
        let decision = limits.check(LimitClass::Vote, address(1));
        assert!(decision.allowed);
        decision.apply(&mut headers);
    }
    assert!(headers.is_empty());
}

#[test]
fn a_reload_keeps_the_buckets_of_rates_that_stay() {
    let limits = Limits::new(&[
        (LimitClass::Auth, rate(1, 300, 1)),
        (LimitClass::Vote, rate(1, 60, 1)),
    ]);
    assert!(limits.check_failed(address(1)).allowed);
    assert!(limits.check(LimitClass::Vote, address(1)).allowed);
    limits.replace(&[
        (LimitClass::Auth, rate(1, 300, 1)),
        (LimitClass::Vote, rate(2, 60, 1)),
    ]);
    assert!(
        !limits.check_failed(address(1)).allowed,
        "unchanged: still counted"
    );
    assert!(
        limits.check(LimitClass::Vote, address(1)).allowed,
        "changed: afresh"
    );
}

#[test]
fn full_buckets_are_forgotten_and_others_kept() {
    let limits = Limits::new(&[
        (LimitClass::Vote, rate(1_000_000, 1, 5)),
        (LimitClass::Auth, rate(1, 300, 1)),
    ]);
    for n in 0..100 {
        let _ = limits.check(LimitClass::Vote, address(n));
    }
    assert!(limits.check_failed(address(1)).allowed);
    while limits.tracked() > 1 {
        limits.sweep();
    }
    assert!(!limits.check_failed(address(1)).allowed);
}

#[test]
fn the_number_of_addresses_is_bounded() {
    let limits = Limits::new(&[(LimitClass::Vote, rate(1, 3600, 5))]);
    for n in 0..400_000 {
        let _ = limits.check(LimitClass::Vote, address(n));
        assert!(n % 50_000 != 0 || limits.tracked() <= KEYS_MAX + 8192);
    }
    assert!(limits.tracked() <= KEYS_MAX + 8192);
}
