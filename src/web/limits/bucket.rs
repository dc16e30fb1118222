//! The token buckets of one class.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use http::HeaderValue;

use super::{Decision, KEYS_MAX};
use crate::config::Rate;

/// How many checks pass between two looks at the number of keys: at most this many keys come on top of [`KEYS_MAX`].
const LOOK_EVERY: u32 = 8192;
/// The most `RateLimit` values written ahead; larger bursts have theirs written per answer.
const WRITTEN_MAX: u32 = 1024;

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

pub(super) struct Buckets {
    rate: Rate,
    limiter: RwLock<Limiter>,
    clock: DefaultClock,
    checks: AtomicU32,
    headers: Headers,
}

impl std::fmt::Debug for Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buckets")
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

impl Buckets {
    pub(super) fn new(class: &'static str, rate: Rate) -> Self {
        Self {
            rate,
            limiter: RwLock::new(limiter(rate)),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(1),
            headers: Headers::new(class, rate),
        }
    }

    pub(super) const fn rate(&self) -> Rate {
        self.rate
    }

    pub(super) fn take(&self, key: IpAddr) -> Decision {
        if self
            .checks
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(LOOK_EVERY)
            && self.len() > KEYS_MAX
        {
            self.shrink();
        }
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        match limiter.check_key(&key) {
            Ok(state) => Decision {
                allowed: true,
                retry_after_s: 0,
                headers: Some(self.headers.after(state.remaining_burst_capacity())),
            },
            Err(not_until) => Decision {
                allowed: false,
                retry_after_s: whole_seconds(not_until.wait_time_from(self.clock.now())),
                headers: Some(self.headers.after(0)),
            },
        }
    }

    pub(super) fn len(&self) -> usize {
        self.limiter.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn sweep(&self) {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.retain_recent();
        limiter.shrink_to_fit();
    }

    /// Forgets full buckets, and if too many are left, all of them.
    fn shrink(&self) {
        self.sweep();
        if self.len() > KEYS_MAX {
            tracing::warn!(
                limit.keys_max = KEYS_MAX,
                "too many addresses to limit one by one: starting afresh"
            );
            *self.limiter.write().unwrap_or_else(PoisonError::into_inner) = limiter(self.rate);
        }
    }
}

fn limiter(rate: Rate) -> Limiter {
    // A zero period would mean no limit; the nearest expressible one is a token each nanosecond.
    let one = (rate.per / rate.count.get()).max(Duration::from_nanos(1));
    let quota = Quota::with_period(one).unwrap_or(Quota::per_second(NonZeroU32::MAX));
    RateLimiter::keyed(quota.allow_burst(rate.burst)).with_middleware()
}

/// `RateLimit-Policy`, and `RateLimit` by what remains.
struct Headers {
    class: &'static str,
    rate: Rate,
    policy: HeaderValue,
    written: Vec<HeaderValue>,
}

impl Headers {
    fn new(class: &'static str, rate: Rate) -> Self {
        let mut this = Self {
            class,
            rate,
            policy: HeaderValue::from_static(""),
            written: Vec::new(),
        };
        let (quota, window) = (rate.burst, this.seconds_to_refill(rate.burst.get()));
        this.policy = value(&format!("\"{class}\";q={quota};w={window}"));
        this.written = (0..=rate.burst.get().min(WRITTEN_MAX))
            .map(|r| this.write(r))
            .collect();
        this
    }

    fn after(&self, remaining: u32) -> (HeaderValue, HeaderValue) {
        let written = usize::try_from(remaining).ok().and_then(|r| self.written.get(r));
        let state = written.cloned().unwrap_or_else(|| self.write(remaining));
        (self.policy.clone(), state)
    }

    fn write(&self, remaining: u32) -> HeaderValue {
        let used = self.rate.burst.get().saturating_sub(remaining);
        let (class, reset) = (self.class, self.seconds_to_refill(used));
        value(&format!("\"{class}\";r={remaining};t={reset}"))
    }

    /// The time in which `tokens` come back, in whole seconds rounded up.
    fn seconds_to_refill(&self, tokens: u32) -> u64 {
        let all = self.rate.per.saturating_mul(tokens);
        let time = all / self.rate.count.get();
        time.as_secs() + u64::from(time.subsec_nanos() > 0)
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// Rounded up, and at least one: a client told zero would come again at once.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
