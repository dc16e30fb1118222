//! The clock: the only reader of the wall clock. Everything else is told the time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::time::Millis;

/// Where the time comes from: the system, or a hand that a test moves.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The system's wall clock.
    System,
    /// A clock that stands still until a test moves it; milliseconds since the Unix epoch.
    Simulated(Arc<AtomicI64>),
}

impl Clock {
    /// A simulated clock that starts at `at`.
    #[must_use]
    pub fn simulated(at: Millis) -> Self {
        Self::Simulated(Arc::new(AtomicI64::new(at.0)))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Millis {
        match self {
            Self::System => system_now(),
            Self::Simulated(at) => Millis(at.load(Ordering::Relaxed)),
        }
    }

    /// The present instant, in nanoseconds since the Unix epoch: what is done between two of [`Clock::now`] has an order.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        match self {
            Self::System => u64::try_from(system_since().as_nanos()).unwrap_or(u64::MAX),
            Self::Simulated(_) => u64::try_from(ns(self.now())).unwrap_or(0),
        }
    }
}

/// What systemd's time service leaves behind once it has set the clock.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

/// Whether somebody keeps the system's clock by NTP; `None` where nobody tells. Asks `timedatectl`, and blocks meanwhile.
#[must_use]
pub fn is_kept() -> Option<bool> {
    if Path::new(SYNCHRONIZED).exists() {
        return Some(true);
    }
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    match asked.ok()?.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

/// Time that never runs back, for whatever waits.
///
/// It is never behind the wall clock. Where that is set back, this goes on by itself, a sixteenth slower so that the two
/// meet again: what was to happen in a minute happens in a minute, whatever the size of the step.
#[derive(Debug)]
pub struct Steady {
    clock: Clock,
    last: Mutex<Look>,
}

/// What was seen when it was last looked at.
#[derive(Clone, Copy, Debug)]
struct Look {
    steady_ns: i128,
    wall: Millis,
    at: Instant,
}

impl Steady {
    /// A steady time by `clock` that is not before `least` from the beginning.
    #[must_use]
    pub fn new(clock: Clock, least: Millis) -> Self {
        let wall = clock.now();
        let first = Look {
            steady_ns: ns(wall.max(least)),
            wall,
            at: Instant::now(),
        };
        Self {
            clock,
            last: Mutex::new(first),
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.look().0
    }

    /// The present instant, and what the wall clock shows meanwhile.
    #[must_use]
    pub fn look(&self) -> (Millis, Millis) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, at) = (self.clock.now(), Instant::now());
        let passed = match self.clock {
            Clock::System => at.saturating_duration_since(last.at),
            // A hand that is moved on is time that passes.
            Clock::Simulated(_) => {
                let moved = wall.0.saturating_sub(last.wall.0);
                Duration::from_millis(u64::try_from(moved).unwrap_or(0))
            }
        };
        let passed = i128::try_from(passed.as_nanos()).unwrap_or(0);
        let steady_ns = (last.steady_ns + passed - passed / 16).max(ns(wall));
        *last = Look { steady_ns, wall, at };
        let steady = i64::try_from(steady_ns.div_euclid(NS_PER_MS)).unwrap_or(i64::MAX);
        (Millis(steady), wall)
    }
}

const NS_PER_MS: i128 = 1_000_000;

fn ns(at: Millis) -> i128 {
    i128::from(at.0) * NS_PER_MS
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
fn system_since() -> Duration {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default()
}

fn system_now() -> Millis {
    Millis(i64::try_from(system_since().as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    const BEGAN: Millis = Millis(1_796_112_060_000);

    fn hand() -> (Arc<AtomicI64>, Clock) {
        let at = Arc::new(AtomicI64::new(BEGAN.0));
        (Arc::clone(&at), Clock::Simulated(at))
    }

    #[test]
    fn steady_time_is_the_wall_clocks_as_long_as_that_is_not_set_back() {
        let (at, clock) = hand();
        let steady = Steady::new(clock, Millis(0));
        for ms in [0, 1, 0, 17, HOUR_MS, 3] {
            let wall = at.fetch_add(ms, Ordering::Relaxed) + ms;
            assert_eq!(steady.now(), Millis(wall));
        }
        let (before, steady) = (Clock::System.now(), Steady::new(Clock::System, Millis(0)));
        let now = steady.now();
        assert!(before <= now && now <= Clock::System.now(), "{now}");
    }

    #[test]
    fn a_step_back_neither_stops_steady_time_nor_turns_it_and_the_wall_clock_meets_it_again() {
        let (at, clock) = hand();
        let steady = Steady::new(clock, Millis(0));
        at.fetch_sub(HOUR_MS, Ordering::Relaxed);
        assert_eq!(steady.now(), BEGAN);
        at.fetch_add(1_600, Ordering::Relaxed);
        assert_eq!(steady.now(), BEGAN.plus(1_500));
        let mut before = steady.now();
        for _ in 0..15 {
            at.fetch_add(HOUR_MS, Ordering::Relaxed);
            let now = steady.now();
            assert_eq!(now.0 - before.0, HOUR_MS / 16 * 15);
            before = now;
        }
        at.fetch_add(HOUR_MS, Ordering::Relaxed);
        assert_eq!(steady.now(), Millis(at.load(Ordering::Relaxed)));
    }

    #[test]
    fn steady_time_begins_at_the_least_it_may_be_and_goes_on_from_there() {
        let steady = Steady::new(Clock::System, Clock::System.now().plus(HOUR_MS));
        let looked = Instant::now();
        let (first, since) = (steady.now(), Instant::now());
        while since.elapsed() < Duration::from_millis(64) {
            std::hint::spin_loop();
        }
        let (later, passed) = (steady.now(), looked.elapsed());
        let went = Duration::from_millis(u64::try_from(later.0 - first.0).unwrap());
        assert!(went >= Duration::from_millis(59), "{went:?}");
        assert!(
            went <= passed + Duration::from_millis(1),
            "{went:?} in {passed:?}"
        );
    }
}
