//! Limits per client address: a token bucket for each class of request and each address.
//!
//! Answers carry `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10); refusals also
//! `Retry-After`. In a token bucket what remains says when it is full again, so both headers are written once, when the
//! limits are set, and looked up after that.
//!
//! Buckets are found by the key of [`limit_key`](super::client::limit_key). A bucket that is full is
//! forgotten by [`LimitsSweeper`]; when there are more than [`KEYS_MAX`] that is done at once, and if that is not enough
//! the class starts afresh: memory stays bounded, and whoever commands that many addresses is not held by a limit per
//! address anyway.

mod bucket;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use self::bucket::Buckets;
use super::ApiError;
use crate::config::Rate;
use crate::runtime::{Next, Worker};

/// The most addresses tracked per class.
pub const KEYS_MAX: usize = 200_000;
/// How often full buckets are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// What is limited apart from everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitClass {
    /// Casting votes.
    Vote,
    /// Telling of conversions and page views.
    Convert,
    /// Sending forms.
    Form,
    /// Reading: results and pages.
    Page,
    /// Sending webhooks.
    Webhook,
    /// Sending events: one token for each request, however many events it carries.
    Ingest,
    /// Failed attempts to show a key.
    Auth,
}

impl LimitClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Vote,
        Self::Convert,
        Self::Form,
        Self::Page,
        Self::Webhook,
        Self::Ingest,
        Self::Auth,
    ];

    /// The name in headers, configuration and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vote => "vote",
            Self::Convert => "convert",
            Self::Form => "form",
            Self::Page => "page",
            Self::Webhook => "webhook",
            Self::Ingest => "ingest",
            Self::Auth => "auth",
        }
    }
}

/// The limits in force; shared, and replaced as a whole on reload.
#[derive(Debug)]
pub struct Limits {
    now: RwLock<[Option<Arc<Buckets>>; LimitClass::ALL.len()]>,
}

/// The answer for one request.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether the request may go on.
    pub allowed: bool,
    retry_after_s: u64,
    headers: Option<(HeaderValue, HeaderValue)>,
}

impl Decision {
    const UNLIMITED: Self = Self {
        allowed: true,
        retry_after_s: 0,
        headers: None,
    };

    /// Writes the `RateLimit` headers; none where the class is off.
    pub fn apply(&self, answer: &mut HeaderMap) {
        if let Some((policy, state)) = &self.headers {
            answer.insert(RATELIMIT_POLICY, policy.clone());
            answer.insert(RATELIMIT, state.clone());
        }
    }

    /// The 429 for a request that may not go on, with all its headers.
    #[must_use]
    pub fn refusal(&self) -> ApiError {
        let refusal = ApiError::too_many(self.retry_after_s);
        match &self.headers {
            Some((policy, state)) => refusal
                .with_header(RATELIMIT_POLICY, policy.clone())
                .with_header(RATELIMIT, state.clone()),
            None => refusal,
        }
    }
}

impl Limits {
    /// Limits by class; a class that is missing or `None` is off.
    #[must_use]
    pub fn new(rates: &[(LimitClass, Option<Rate>)]) -> Self {
        let this = Self {
            now: RwLock::default(),
        };
        this.replace(rates);
        this
    }

    /// Puts other limits in force. Classes whose rate stays keep their buckets.
    pub fn replace(&self, rates: &[(LimitClass, Option<Rate>)]) {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        for (class, slot) in LimitClass::ALL.iter().zip(now.iter_mut()) {
            let rate = rates.iter().find(|(c, _)| c == class).and_then(|(_, rate)| *rate);
            if slot.as_ref().map(|b| b.rate()) != rate {
                *slot = rate.map(|rate| Arc::new(Buckets::new(class.as_str(), rate)));
            }
        }
    }

    /// Takes one token from the bucket of `key` (see [`limit_key`](super::client::limit_key)).
    #[must_use]
    pub fn check(&self, class: LimitClass, key: IpAddr) -> Decision {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        match now.get(class as usize) {
            Some(Some(buckets)) => buckets.take(key),
            _ => Decision::UNLIMITED,
        }
    }

    /// Counts a failed attempt to show a key: not allowed means that 429 is the answer, not 401. An attempt that
    /// succeeds is never counted, so that nobody is locked out by a neighbour's failures.
    #[must_use]
    pub fn check_failed(&self, key: IpAddr) -> Decision {
        self.check(LimitClass::Auth, key)
    }

    /// How many addresses are tracked, over all classes.
    #[must_use]
    pub fn tracked(&self) -> usize {
        self.in_force().iter().map(|b| b.len()).sum()
    }

    /// Forgets the buckets that are full again.
    pub fn sweep(&self) {
        for buckets in self.in_force() {
            buckets.sweep();
        }
    }

    fn in_force(&self) -> Vec<Arc<Buckets>> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        now.iter().flatten().cloned().collect()
    }
}

/// The worker that keeps the memory of limits bounded.
#[derive(Debug)]
pub struct LimitsSweeper(pub Arc<Limits>);

impl Worker for LimitsSweeper {
    fn name(&self) -> Cow<'static, str> {
        "limits-sweeper".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        self.0.sweep();
        Ok(Next::After(SWEEP_EVERY))
    }
}

#[cfg(test)]
mod tests;
