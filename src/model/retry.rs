//! When a failed delivery is tried again.

use sha2::{Digest, Sha256};

use super::event::DeliveryId;
use super::time::Millis;

/// How long to go on trying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// From the first attempt, in milliseconds; an attempt that would follow later by our own wait is not made. A wait
    /// the receiver asked for may lead beyond it, to one more attempt.
    pub keep_trying_ms: i64,
    /// At most this many attempts; `None`: as many as the time allows.
    pub attempts: Option<u32>,
    /// The wait after the first attempt, in milliseconds.
    pub base_ms: i64,
    /// The longest wait, in milliseconds, before jitter.
    pub cap_ms: i64,
    /// How much of the wait is added at most, 0 to 1: jitter only ever delays.
    pub jitter: f64,
}

impl Default for RetryPolicy {
    /// For 24 hours, from one second to one hour apart, 40 % jitter.
    fn default() -> Self {
        Self {
            keep_trying_ms: 86_400_000,
            attempts: None,
            base_ms: 1_000,
            cap_ms: 3_600_000,
            jitter: 0.4,
        }
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Try again at this instant.
    Retry(Millis),
    /// Attempts or time are used up: a dead letter.
    GiveUp,
}

/// One failed attempt.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Whose.
    pub delivery: DeliveryId,
    /// Which, from 1.
    pub attempt: u32,
    /// When the first attempt began.
    pub first_at: Millis,
    /// When this one ended.
    pub ended_at: Millis,
    /// The receiver asked not to be called before this instant.
    pub not_before: Option<Millis>,
}

impl RetryPolicy {
    /// The wait after attempt `n` (from 1): `d = min(cap, base · 2^(n−1))`, spread over `[d, d·(1+jitter)]`, and never
    /// earlier than the receiver asked. Whether there is time left is judged without what it asked: to ask for a wait is
    /// not to refuse.
    #[must_use]
    pub fn plan(&self, failure: &Failure) -> Plan {
        if self.attempts.is_some_and(|most| failure.attempt >= most) {
            return Plan::GiveUp;
        }
        let doublings = failure.attempt.saturating_sub(1).min(40);
        let wait = self
            .base_ms
            .saturating_mul(1 << doublings)
            .min(self.cap_ms)
            .max(0);
        let at = failure.ended_at.plus(wait).plus(self.spread(wait, failure));
        match at.0.saturating_sub(failure.first_at.0) >= self.keep_trying_ms {
            true => Plan::GiveUp,
            false => Plan::Retry(failure.not_before.map_or(at, |asked| at.max(asked))),
        }
    }

    /// Between 0 and `wait · jitter`, the same each time for one attempt of one delivery.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a fraction of at most an hour in milliseconds"
    )]
    fn spread(&self, wait: i64, failure: &Failure) -> i64 {
        let mut hasher = Sha256::new();
        hasher.update(failure.delivery.0.to_be_bytes());
        hasher.update(failure.attempt.to_be_bytes());
        let hash = hasher.finalize();
        let chance = hash
            .iter()
            .take(4)
            .fold(0_u32, |acc, byte| (acc << 8) | u32::from(*byte));
        let fraction = f64::from(chance) / f64::from(u32::MAX);
        (wait as f64 * self.jitter.clamp(0.0, 1.0) * fraction) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(attempt: u32) -> Failure {
        let (first_at, ended_at) = (Millis(0), Millis(1_000));
        Failure {
            delivery: DeliveryId(7),
            attempt,
            first_at,
            ended_at,
            not_before: None,
        }
    }

    fn wait(policy: &RetryPolicy, failure: &Failure) -> i64 {
        match policy.plan(failure) {
            Plan::Retry(at) => at.0 - failure.ended_at.0,
            Plan::GiveUp => panic!("given up"),
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_jitter_only_delays() {
        let policy = RetryPolicy::default();
        for attempt in 1..=20 {
            let plain = (1_000_i64 << (attempt - 1)).min(3_600_000);
            let wait = wait(&policy, &failure(attempt));
            assert!(
                (plain..=plain + plain * 4 / 10).contains(&wait),
                "attempt {attempt}: {wait} ms"
            );
        }
    }

    #[test]
    fn waits_of_different_deliveries_and_attempts_show_no_rhythm() {
        let policy = RetryPolicy::default();
        let waits: std::collections::HashSet<i64> = (0..100)
            .map(|n| {
                wait(
                    &policy,
                    &Failure {
                        delivery: DeliveryId(n),
                        ..failure(5)
                    },
                )
            })
            .collect();
        assert!(waits.len() > 90, "{} different waits of 100", waits.len());
        assert_eq!(
            wait(&policy, &failure(5)),
            wait(&policy, &failure(5)),
            "and the same twice"
        );
    }

    #[test]
    fn a_receiver_that_asks_for_longer_gets_it() {
        let policy = RetryPolicy::default();
        let asked = Failure {
            not_before: Some(Millis(60_000)),
            ..failure(1)
        };
        assert_eq!(policy.plan(&asked), Plan::Retry(Millis(60_000)));
        let sooner = Failure {
            not_before: Some(Millis(1_001)),
            ..failure(1)
        };
        assert!(wait(&policy, &sooner) >= 1_000);
    }

    #[test]
    fn a_wait_that_is_asked_for_is_never_the_end_by_itself() {
        let policy = RetryPolicy::default();
        let asked = |attempt, ended_at, wait| Failure {
            ended_at: Millis(ended_at),
            not_before: Some(Millis(ended_at + wait)),
            ..failure(attempt)
        };
        let (hour, day) = (3_600_000, 86_400_000);
        assert_eq!(
            policy.plan(&asked(1, 1_000, day)),
            Plan::Retry(Millis(1_000 + day))
        );
        assert_eq!(
            policy.plan(&asked(20, 20 * hour, 8 * hour)),
            Plan::Retry(Millis(28 * hour))
        );
        assert_eq!(policy.plan(&asked(2, 1_000 + day, day)), Plan::GiveUp);
    }

    #[test]
    fn attempts_or_time_used_up_is_giving_up() {
        let few = RetryPolicy {
            attempts: Some(3),
            ..RetryPolicy::default()
        };
        assert!(matches!(few.plan(&failure(2)), Plan::Retry(_)));
        assert_eq!(few.plan(&failure(3)), Plan::GiveUp);
        let late = Failure {
            ended_at: Millis(86_400_000),
            ..failure(4)
        };
        assert_eq!(RetryPolicy::default().plan(&late), Plan::GiveUp);
    }
}
