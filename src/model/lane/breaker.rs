//! The breaker: calls that fail again and again stop, and one at a time finds out whether they would succeed.
//!
//! Closed → open, after so many failures in a row or when the share of failures among the last calls is too high. Open →
//! half-open after a while, with a probe: one delivery that is due. It succeeds: closed; it fails: open for as long again.

use super::{Allowance, Health, Hold, Why};
use crate::model::event::DeliveryId;
use crate::model::time::Millis;

/// Over how many of the last calls the share of failures is reckoned, and how many there must have been.
pub const LAST_CALLS: u32 = 20;

/// The longest reason that is kept, in bytes.
const REASON_MAX: usize = 200;

/// When calls stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakerPolicy {
    /// After so many failures in a row, at least 1.
    pub failures: u32,
    /// When so large a share of the last [`LAST_CALLS`] has failed, above 0 to 1.
    pub error_rate: f64,
    /// From the last failure to the next probe, in milliseconds.
    pub open_for_ms: i64,
}

impl Default for BreakerPolicy {
    /// Five in a row or half of the last calls; a probe every 30 seconds.
    fn default() -> Self {
        Self {
            failures: 5,
            error_rate: 0.5,
            open_for_ms: 30_000,
        }
    }
}

/// Where a breaker stands. The default is: closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls are made.
    #[default]
    Closed,
    /// None is made.
    Open(Open),
    /// One is made.
    HalfOpen {
        /// Since when, and why.
        open: Open,
        /// The delivery that is tried, and the number of the attempt.
        probe: (DeliveryId, u32),
    },
}

/// Since when none is made, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Since when.
    pub since: Millis,
    /// When the next probe may be made.
    pub probe_at: Millis,
    /// What went wrong last.
    pub reason: String,
}

impl BreakerState {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open(_) => "open",
            Self::HalfOpen { .. } => "half-open",
        }
    }

    /// Since when and why it is not closed.
    #[must_use]
    pub const fn open(&self) -> Option<&Open> {
        match self {
            Self::Closed => None,
            Self::Open(open) | Self::HalfOpen { open, .. } => Some(open),
        }
    }
}

/// A breaker: where it stands, and how the last calls went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Where it stands.
    pub state: BreakerState,
    in_a_row: u32,
    /// The last calls, the newest lowest; a bit stands for a failure.
    last: u32,
    calls: u32,
}

impl Breaker {
    /// One that stands so; of earlier calls nothing is known.
    #[must_use]
    pub fn standing(state: BreakerState) -> Self {
        Self {
            state,
            ..Self::default()
        }
    }

    /// How many calls may begin at `now`.
    #[must_use]
    pub fn allow(&self, now: Millis) -> Allowance {
        let until = match &self.state {
            BreakerState::Closed => return Allowance::ALL,
            BreakerState::Open(open) if open.probe_at <= now => return Allowance::Some(1),
            BreakerState::Open(open) => Some(open.probe_at),
            BreakerState::HalfOpen { .. } => None,
        };
        Allowance::None(Hold {
            why: Why::Breaker,
            until,
        })
    }

    /// Notes that a call begins. True where the state changed: it is a probe.
    pub fn begun(&mut self, delivery: DeliveryId, attempt: u32) -> bool {
        let BreakerState::Open(open) = &self.state else {
            return false;
        };
        let open = open.clone();
        let probe = (delivery, attempt);
        self.state = BreakerState::HalfOpen { open, probe };
        true
    }

    /// Notes what the call of a delivery showed. True where the state changed.
    pub fn ended(
        &mut self,
        call: (DeliveryId, u32),
        health: &Health,
        (policy, now): (&BreakerPolicy, Millis),
    ) -> bool {
        match &self.state {
            BreakerState::Closed => {
                let Some(reason) = self.count(health) else {
                    return false;
                };
                if !self.is_too_much(policy) {
                    return false;
                }
                self.state = BreakerState::Open(Open {
                    since: now,
                    probe_at: now.plus(policy.open_for_ms),
                    reason,
                });
                true
            }
            // Begun before it opened: the probe will tell.
            BreakerState::Open(_) => false,
            BreakerState::HalfOpen { probe, .. } if *probe != call => false,
            BreakerState::HalfOpen { open, .. } => {
                let open = open.clone();
                *self = Self::standing(match health {
                    Health::Well => BreakerState::Closed,
                    Health::Ill(reason) => BreakerState::Open(Open {
                        probe_at: now.plus(policy.open_for_ms),
                        reason: short(reason),
                        ..open
                    }),
                    Health::Unknown => BreakerState::Open(Open {
                        probe_at: now,
                        ..open
                    }),
                });
                true
            }
        }
    }

    /// Counts a call; gives the reason of one that failed.
    fn count(&mut self, health: &Health) -> Option<String> {
        let failed = match health {
            Health::Unknown => return None,
            Health::Well => None,
            Health::Ill(reason) => Some(short(reason)),
        };
        self.in_a_row = match &failed {
            Some(_) => self.in_a_row.saturating_add(1),
            None => 0,
        };
        self.last = (self.last << 1) | u32::from(failed.is_some());
        self.calls = self.calls.saturating_add(1);
        failed
    }

    fn is_too_much(&self, policy: &BreakerPolicy) -> bool {
        let failed = (self.last & ((1 << LAST_CALLS) - 1)).count_ones();
        let share = f64::from(failed) / f64::from(LAST_CALLS);
        self.in_a_row >= policy.failures || (self.calls >= LAST_CALLS && share >= policy.error_rate)
    }
}

fn short(reason: &str) -> String {
    reason[..reason.floor_char_boundary(REASON_MAX)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BreakerPolicy = BreakerPolicy {
        failures: 3,
        error_rate: 0.5,
        open_for_ms: 1_000,
    };

    fn ill() -> Health {
        Health::Ill("503".to_owned())
    }

    fn ended(breaker: &mut Breaker, call: u32, health: &Health, now: i64) -> bool {
        breaker.ended((DeliveryId(1), call), health, (&POLICY, Millis(now)))
    }

    #[test]
    fn it_opens_after_so_many_failures_in_a_row_and_probes_one_by_one() {
        let mut breaker = Breaker::default();
        for health in [ill(), ill(), Health::Well, ill(), Health::Unknown, ill()] {
            assert!(!ended(&mut breaker, 1, &health, 5));
        }
        assert!(ended(&mut breaker, 1, &ill(), 5));
        let hold = |until| {
            Allowance::None(Hold {
                why: Why::Breaker,
                until,
            })
        };
        assert_eq!(breaker.allow(Millis(1_004)), hold(Some(Millis(1_005))));
        assert_eq!(breaker.allow(Millis(1_005)), Allowance::Some(1));
        assert!(!ended(&mut breaker, 1, &Health::Well, 6), "it was begun before");
        assert!(breaker.begun(DeliveryId(2), 1));
        assert_eq!(breaker.allow(Millis(9_999)), hold(None));
        assert!(!ended(&mut breaker, 1, &ill(), 1_010), "it is not the probe");
        let probe = (DeliveryId(2), 1);
        assert!(breaker.ended(probe, &ill(), (&POLICY, Millis(1_020))));
        assert_eq!(breaker.allow(Millis(2_019)), hold(Some(Millis(2_020))));
        assert_eq!(breaker.state.open().map(|open| open.since), Some(Millis(5)));
        assert!(breaker.begun(DeliveryId(2), 2));
        let probe = (DeliveryId(2), 2);
        assert!(breaker.ended(probe, &Health::Unknown, (&POLICY, Millis(2_030))));
        assert_eq!(
            breaker.allow(Millis(2_030)),
            Allowance::Some(1),
            "nothing was learned"
        );
        assert!(breaker.begun(DeliveryId(3), 1));
        assert!(breaker.ended((DeliveryId(3), 1), &Health::Well, (&POLICY, Millis(2_040))));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn it_opens_when_half_of_the_last_calls_failed() {
        let mut breaker = Breaker::default();
        let mut opened = Vec::new();
        for call in 0..60 {
            let health = if call % 2 == 1 { ill() } else { Health::Well };
            if ended(&mut breaker, call, &health, 5) {
                opened.push(call);
            }
        }
        assert_eq!(opened, [19], "not before there were enough");
        let mut breaker = Breaker::default();
        for call in 0..300 {
            let health = if call % 3 == 1 { ill() } else { Health::Well };
            assert!(!ended(&mut breaker, call, &health, 5));
        }
    }
}
