use std::collections::VecDeque;
use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

fn rate(count: u32, per_s: u64, burst: u32) -> Rate {
    Rate {
        count: NonZeroU32::new(count).unwrap(),
        per: Duration::from_secs(per_s),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// The offsets from `start` of `sends` sends that are asked for one after the other without a pause.
fn row(pacer: &mut Pacer, start: Instant, sends: u32) -> Vec<Duration> {
    let mut now = start;
    let mut offsets = Vec::new();
    for n in 0..sends {
        now = pacer.take(now, chance(DeliveryId(u128::from(n)), 1));
        offsets.push(now - start);
    }
    offsets
}

#[test]
fn the_first_send_is_one_interval_after_the_start_whatever_the_burst() {
    for burst in [1, 5, 100] {
        let start = Instant::now();
        let mut pacer = Pacer::new(rate(10, 1, burst), 0.0, start);
        let offsets = row(&mut pacer, start, 3);
        for (n, offset) in (1_u32..).zip(offsets) {
            let exact = Duration::from_millis(100) * n;
            assert!(
                (exact..exact + Duration::from_millis(3)).contains(&offset),
                "{offset:?}"
            );
        }
    }
}

#[test]
fn a_burst_goes_at_once_after_a_rest_and_no_more_than_it() {
    let start = Instant::now();
    let mut pacer = Pacer::new(rate(10, 1, 5), 0.2, start);
    let rested = start + Duration::from_secs(60);
    assert_eq!(pacer.allows(rested, rested), 5);
    let offsets = row(&mut pacer, rested, 7);
    assert_eq!(offsets.iter().filter(|offset| offset.is_zero()).count(), 5);
    assert!(offsets[5] >= Duration::from_millis(100));
    assert!(offsets[6] - offsets[5] >= Duration::from_millis(100));
}

#[test]
fn spacing_varies_by_the_jitter_either_way_and_is_never_less_than_the_interval() {
    let start = Instant::now();
    let mut pacer = Pacer::new(rate(100, 1, 1), 0.2, start);
    let offsets = row(&mut pacer, start, 500);
    let spacings: Vec<Duration> = offsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (least, most) = (spacings.iter().min().unwrap(), spacings.iter().max().unwrap());
    assert!(*least >= Duration::from_millis(10), "{least:?}");
    assert!(*most <= Duration::from_micros(15_090), "{most:?}");
    let mean = offsets[499].div_f64(500.0);
    let (under, over) = (mean.saturating_sub(*least), most.saturating_sub(mean));
    let share = under.min(over).div_duration_f64(mean);
    assert!(share >= 0.18, "there is a rhythm: {least:?} to {most:?}");
}

#[test]
fn another_rate_keeps_the_tokens() {
    let start = Instant::now();
    let hourly = Pacer::new(rate(1, 3_600, 1), 0.0, start);
    let mut faster = hourly.clone();
    faster.replace(rate(10, 1, 1), 0.0, start);
    let wait = faster.ready_at() - start;
    assert!(
        wait <= Duration::from_millis(101),
        "an hour is not waited for: {wait:?}"
    );
    let mut wider = hourly;
    wider.replace(rate(1, 3_600, 50), 0.0, start);
    assert!(
        wider.ready_at() - start >= Duration::from_secs(3_600),
        "a larger bucket is not filled by enlarging it"
    );
    let mut rested = Pacer::new(rate(10, 1, 5), 0.0, start);
    let later = start + Duration::from_secs(9);
    rested.replace(rate(20, 1, 2), 0.0, later);
    assert_eq!(rested.allows(later, later), 2);
}

#[test]
fn what_is_allowed_ahead_is_what_can_be_taken() {
    for (count, burst) in [(10, 1), (300, 1), (10_000, 1), (50, 20)] {
        let start = Instant::now();
        let mut pacer = Pacer::new(rate(count, 1, burst), 0.0, start);
        let now = start + Duration::from_secs(3);
        let until = now + Duration::from_millis(20);
        let allowed = pacer.allows(now, until);
        for _ in 0..allowed {
            assert!(pacer.take(now, 0.0) <= until, "{count}/s burst {burst}");
        }
        assert!(pacer.take(now, 0.0) > until, "{count}/s burst {burst}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_period_holds_more_than_the_rate_allows(
        (count, per_s, burst) in (1_u32..=300, 1_u64..=60, 1_u32..=20),
        jitter in 0.0_f64..=PACE_JITTER_MOST,
        gaps in prop::collection::vec((0_u64..=3_000, 1_u32..=40), 1..60),
    ) {
        let rate = rate(count, per_s, burst);
        let start = Instant::now();
        let mut pacer = Pacer::new(rate, jitter, start);
        let most = (count + burst - 1) as usize;
        let (mut now, mut sent, mut n) = (start, VecDeque::new(), 0_u128);
        for (gap_ms, asked) in gaps {
            now += Duration::from_millis(gap_ms);
            for _ in 0..asked {
                n += 1;
                let at = pacer.take(now, chance(DeliveryId(n), 1));
                prop_assert!(at >= now);
                now = at;
                sent.push_back(at);
                while sent.front().is_some_and(|first| *first + rate.per <= at) {
                    sent.pop_front();
                }
                prop_assert!(sent.len() <= most, "{} within {per_s} s at {rate}", sent.len());
            }
        }
    }
}
