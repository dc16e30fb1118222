//! How long to rest before it is asked again.

use super::query::{Heard, Said};
use crate::model::time::Millis;

/// The rest after a first failure, in milliseconds; each further one doubles it.
const AGAIN_FIRST_MS: i64 = 30_000;
/// The longest rest after failures, before it is spread, in milliseconds: a token that is mended is noticed within the hour.
const AGAIN_MOST_MS: i64 = 60 * 60 * 1_000;
/// How much longer a rest may be, so that no rhythm shows: 40 %.
const SPREAD_PERCENT: i64 = 40;
/// Where fewer points are left it is not asked before the next span: others share the token, and what they send goes first.
const LEFT_LEAST: i64 = 100;

/// The rest after what was heard, in milliseconds. `failures`: how many calls in a row came to nothing, with this one; `chance`
/// is any number, evenly spread.
pub(super) fn rest_ms(heard: &Heard, (every_ms, failures): (i64, u32), now: Millis, chance: u32) -> i64 {
    let until = |at: Option<Millis>| at.map(|at| at.0.saturating_sub(now.0)).filter(|ms| *ms > 0);
    let reset = heard.quota.map(|quota| quota.reset_at);
    match &heard.said {
        Said::Figures(_) | Said::NoPost(_) => {
            let scarce = heard.quota.filter(|quota| quota.remaining < LEFT_LEAST);
            let scarce = until(scarce.map(|quota| quota.reset_at));
            every_ms.max(scarce.unwrap_or(0))
        }
        // It says when; it is a failure like others besides, so that a reset that is always near is not asked after each time.
        Said::TooMuch(_) => again_ms(failures, chance).max(until(heard.not_before.max(reset)).unwrap_or(0)),
        Said::Trouble(_) => again_ms(failures, chance).max(until(heard.not_before).unwrap_or(0)),
    }
}

fn again_ms(failures: u32, chance: u32) -> i64 {
    let doublings = failures.saturating_sub(1).min(16);
    let least = (AGAIN_FIRST_MS << doublings).min(AGAIN_MOST_MS);
    let spread = least * SPREAD_PERCENT / 100;
    least + spread * i64::from(chance) / i64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::{Figures, Quota};
    use super::*;

    const NOW: Millis = Millis(1_796_112_060_000);
    const MINUTE: i64 = 60_000;

    fn heard(said: Said, left: Option<(i64, i64)>) -> Heard {
        let quota = left.map(|(remaining, reset_ms)| Quota {
            limit: Some(6_250),
            remaining,
            reset_at: NOW.plus(reset_ms),
        });
        Heard {
            said,
            quota,
            not_before: None,
        }
    }

    fn figures() -> Said {
        Said::Figures(Figures {
            votes: 1,
            comments: 0,
        })
    }

    #[test]
    fn it_is_asked_as_often_as_is_written_and_not_before_there_is_room() {
        let rest = |left| rest_ms(&heard(figures(), left), (5 * MINUTE, 0), NOW, 0);
        assert_eq!(rest(None), 5 * MINUTE);
        assert_eq!(rest(Some((6_000, 14 * MINUTE))), 5 * MINUTE);
        assert_eq!(rest(Some((100, 14 * MINUTE))), 5 * MINUTE);
        assert_eq!(rest(Some((99, 14 * MINUTE))), 14 * MINUTE);
        assert_eq!(rest(Some((0, MINUTE))), 5 * MINUTE);
        assert_eq!(rest(Some((-3, 0))), 5 * MINUTE);
    }

    #[test]
    fn one_too_many_waits_for_the_reset_or_for_what_was_said_apart() {
        let rest = |heard: Heard| rest_ms(&heard, (5 * MINUTE, 1), NOW, 0);
        let said = || Said::TooMuch(String::new());
        assert_eq!(rest(heard(said(), Some((0, 14 * MINUTE)))), 14 * MINUTE);
        assert_eq!(rest(heard(said(), Some((0, 0)))), AGAIN_FIRST_MS);
        assert_eq!(rest(heard(said(), Some((0, 1_000)))), AGAIN_FIRST_MS);
        assert_eq!(rest(heard(said(), None)), AGAIN_FIRST_MS);
        let apart = Heard {
            not_before: Some(NOW.plus(7 * MINUTE)),
            ..heard(said(), None)
        };
        assert_eq!(rest(apart), 7 * MINUTE);
    }

    #[test]
    fn failures_are_waited_for_twice_as_long_each_time_up_to_an_hour_and_spread() {
        let trouble = heard(Said::Trouble(String::new()), None);
        let rests: Vec<i64> = (1..=9)
            .map(|failures| rest_ms(&trouble, (5 * MINUTE, failures), NOW, 0) / 1_000)
            .collect();
        assert_eq!(rests, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        for failures in [1, 8, u32::MAX] {
            let least = rest_ms(&trouble, (5 * MINUTE, failures), NOW, 0);
            let most = rest_ms(&trouble, (5 * MINUTE, failures), NOW, u32::MAX);
            assert_eq!(most, least * 14 / 10);
        }
    }
}
