//! Filling: one request to the origin for all who want a page, and what becomes of its answer.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, SET_COOKIE};
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::time::timeout;

use std::sync::Arc;

use super::Inner;
use super::filling::Filling;
use super::flight::{Flight, Landing};
use super::origin::Fault;
use super::policy::{Directives, Exchange, Terms, Vary, conditional};
use super::stored::{Draft, MadeFor, Stored};
use super::target::Mode;
use crate::config::{PageRule, Pages};
use crate::model::time::Millis;
use crate::web::pack::{self, Packed};

/// How long an origin may be silent within an answer.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long it is remembered that a page is not there.
const NEGATIVE: Duration = Duration::from_secs(5);
/// How long it is remembered that the answers under a key are not shared, in milliseconds: Varnish's `hit-for-miss`.
const ALONE_MS: i64 = 120_000;

/// By which rules an answer is judged; a [`Mode`] that outlives its request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Judge {
    Strict,
    Ruled {
        ttl: Duration,
        stale_while_revalidate: Duration,
        stale_if_error: Duration,
        downstream_s: u64,
    },
    Open,
}

/// What an answer may be used for.
#[derive(Debug)]
pub(super) enum Verdict {
    /// To answer all who ask, for a time.
    Keep(Terms),
    /// To answer those who ask at this moment.
    Share,
    /// To answer the one request that it is for.
    Alone,
}

/// One errand to the origin.
pub(super) struct Errand {
    pub(super) pages: Arc<Pages>,
    pub(super) key: String,
    pub(super) judge: Judge,
    /// What the origin is asked for.
    pub(super) target: String,
    pub(super) asked: HeaderMap,
    /// The fields among it that are one client's, outside `strict`.
    pub(super) told: Vec<HeaderName>,
    /// How often pages had been purged when the origin was asked.
    pub(super) purges: u64,
    /// What is stored already, by which the origin is asked whether it has changed.
    pub(super) stored: Option<Arc<Stored>>,
}

impl Judge {
    pub(super) fn of(mode: Mode<'_>) -> Self {
        match mode {
            Mode::Strict => Self::Strict,
            Mode::Open => Self::Open,
            Mode::Ruled(rule) => Self::by(rule),
        }
    }

    fn by(rule: &PageRule) -> Self {
        Self::Ruled {
            ttl: rule.ttl,
            stale_while_revalidate: rule.stale_while_revalidate,
            stale_if_error: rule.stale_if_error,
            downstream_s: rule.downstream_ttl.as_secs(),
        }
    }

    const fn downstream_s(self) -> Option<u64> {
        match self {
            Self::Ruled { downstream_s, .. } => Some(downstream_s),
            Self::Strict | Self::Open => None,
        }
    }

    /// What an answer that was asked for at `times.0` and came at `times.1` may be used for.
    pub(super) fn verdict(self, exchange: &Exchange<'_>, times: (Millis, Millis)) -> Verdict {
        let answered = exchange.answered;
        if Vary::of(answered) == Vary::Any {
            return Verdict::Alone;
        }
        let terms = Terms::of(exchange, times);
        if matches!(self, Self::Strict) {
            return terms.map_or(Verdict::Alone, Verdict::Keep);
        }
        let says = Directives::of_response(answered);
        // A coding that nobody asked for is not one that everybody can read.
        let is_own = answered.contains_key(SET_COOKIE)
            || answered.contains_key(CONTENT_ENCODING)
            || says.no_store
            || !matches!(says.private, super::policy::Extent::Nothing);
        if is_own {
            return Verdict::Alone;
        }
        let status = exchange.status;
        if status.is_server_error() {
            return Verdict::Share;
        }
        let is_missing = matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
        match self {
            Self::Ruled { ttl, .. } if is_missing => {
                let ttl = ttl.min(NEGATIVE);
                Verdict::Keep(Terms::ruled(ttl, Duration::ZERO, Duration::ZERO, times.1))
            }
            Self::Ruled {
                ttl,
                stale_while_revalidate,
                stale_if_error,
                ..
            } if is_kept_by_rule(status) => {
                Verdict::Keep(Terms::ruled(ttl, stale_while_revalidate, stale_if_error, times.1))
            }
            Self::Ruled { .. } => Verdict::Alone,
            Self::Open | Self::Strict => match terms {
                Ok(terms) if terms.is_explicit && !terms.no_cache => Verdict::Keep(terms),
                _ if is_missing && says.max_age.is_none() => {
                    Verdict::Keep(Terms::ruled(NEGATIVE, Duration::ZERO, Duration::ZERO, times.1))
                }
                _ => Verdict::Alone,
            },
        }
    }
}

fn is_kept_by_rule(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 302 | 303 | 307 | 308
    )
}

/// The bytes of one answer on its way in, within those of all that are to be kept.
struct Coming<'a> {
    all: &'a AtomicU64,
    bytes: u64,
    held: u64,
}

impl<'a> Coming<'a> {
    const fn new(all: &'a AtomicU64) -> Self {
        Self {
            all,
            bytes: 0,
            held: 0,
        }
    }

    /// So many more; gives the bytes of all.
    fn add(&mut self, bytes: usize) -> u64 {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.held = self.held.saturating_add(bytes);
        self.all.fetch_add(bytes, Relaxed).saturating_add(bytes)
    }
}

impl Coming<'_> {
    /// It is not kept, after all.
    fn let_go(&mut self) {
        self.all.fetch_sub(std::mem::take(&mut self.held), Relaxed);
    }
}

impl Drop for Coming<'_> {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Inner {
    /// Asks the origin for `errand` and lands `flight` with what came.
    pub(super) async fn fly(self: Arc<Self>, errand: Errand, flight: Flight) {
        let asked_at = self.clock.now();
        let mut request = Request::new(Body::empty());
        *request.headers_mut() = errand.asked.clone();
        if let Ok(target) = errand.target.parse() {
            *request.uri_mut() = target;
        }
        let stored = errand.stored.as_ref();
        let is_conditional = stored.is_some_and(|stored| {
            stored.draft.status == StatusCode::OK
                && conditional::ask_by(&stored.draft.headers, request.headers_mut())
        });
        let answer = self.origin.ask(&errand.pages, request).await;
        let now = self.clock.now();
        let works = answer
            .as_ref()
            .is_ok_and(|answer| !answer.status().is_server_error());
        self.origin.note(works, now);
        let answer = match answer {
            Ok(answer) => answer,
            Err(Fault::TimedOut) => return flight.land(Landing::TimedOut),
            Err(_) => return flight.land(Landing::Failed),
        };
        match stored {
            Some(stored) if is_conditional && answer.status() == StatusCode::NOT_MODIFIED => {
                self.take_refreshed((&errand, flight), stored, (answer.headers(), (asked_at, now)));
            }
            Some(_) if answer.status().is_server_error() => self.land_alone(flight, answer, Landing::Failed),
            _ => self.take_answer(errand, flight, (answer, (asked_at, now))).await,
        }
    }

    /// What is stored has not changed.
    fn take_refreshed(
        &self,
        (errand, flight): (&Errand, Flight),
        stored: &Arc<Stored>,
        (answered, times): (&HeaderMap, (Millis, Millis)),
    ) {
        let mut whole = stored.draft.headers.clone();
        super::policy::update::take_in(&mut whole, answered);
        let exchange = Exchange {
            method: &Method::GET,
            asked: &errand.asked,
            status: stored.draft.status,
            answered: &whole,
        };
        let Verdict::Keep(terms) = errand.judge.verdict(&exchange, times) else {
            self.cache.leave_alone(&errand.key, times.1.plus(ALONE_MS));
            return flight.land(Landing::Stored(Arc::clone(stored)));
        };
        let made_for = MadeFor {
            asked: &errand.asked,
            told: &errand.told,
            terms: Some(&terms),
            downstream_s: errand.judge.downstream_s(),
            strict: matches!(errand.judge, Judge::Strict),
        };
        let newer = Arc::new(stored.refreshed(answered, made_for));
        if !self.was_purged(errand) {
            self.cache.put(&errand.key, Arc::clone(&newer));
        }
        flight.land(Landing::Stored(newer));
    }

    async fn take_answer(
        self: &Arc<Self>,
        errand: Errand,
        flight: Flight,
        (answer, times): (Response<Body>, (Millis, Millis)),
    ) {
        let exchange = Exchange {
            method: &Method::GET,
            asked: &errand.asked,
            status: answer.status(),
            answered: answer.headers(),
        };
        let terms = match errand.judge.verdict(&exchange, times) {
            Verdict::Keep(terms) => Some(terms),
            Verdict::Share => None,
            Verdict::Alone => {
                self.leave_alone(&errand, times.1);
                return self.land_alone(flight, answer, Landing::Alone);
            }
        };
        let made_for = MadeFor {
            asked: &errand.asked,
            told: &errand.told,
            terms: terms.as_ref(),
            downstream_s: errand.judge.downstream_s().filter(|_| terms.is_some()),
            strict: matches!(errand.judge, Judge::Strict),
        };
        let draft = Arc::new(Draft::new(answer.status(), answer.headers(), made_for));
        if draft.length.is_some_and(|length| length > self.cache.largest()) {
            self.leave_alone(&errand, times.1);
            return self.land_alone(flight, answer, Landing::Alone);
        }
        let filling = Filling::new(draft);
        flight.fill(Arc::clone(&filling));
        match self.pump(&filling, &flight, answer.into_body()).await {
            Err(landing) => flight.land(landing),
            Ok(body) => self.keep(errand, flight, Stored::new(Arc::clone(&filling.draft), body)),
        }
    }

    /// In strict mode each answer is judged by itself, whatever the last one was.
    fn leave_alone(&self, errand: &Errand, now: Millis) {
        if !matches!(errand.judge, Judge::Strict) {
            self.cache.leave_alone(&errand.key, now.plus(ALONE_MS));
        }
    }

    /// The answer goes to whoever asked first, if they wait for one that is theirs alone.
    fn land_alone(&self, mut flight: Flight, answer: Response<Body>, landing: Landing) {
        if let Some(first) = flight.first.take() {
            // Who has left needs none.
            drop(first.send(answer));
        }
        flight.land(landing);
    }

    /// Takes a body in to its end.
    ///
    /// # Errors
    /// What the flight came to, where nothing is kept: the origin failed within its answer, or that has gone by.
    async fn pump(&self, filling: &Arc<Filling>, flight: &Flight, mut body: Body) -> Result<Bytes, Landing> {
        let mut coming = Coming::new(&self.coming);
        let mut passing = false;
        let ends = filling.draft.length;
        loop {
            let frame = match timeout(SILENCE_MAX, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(None) if ends.is_none_or(|length| length == coming.bytes) => {
                    return filling.finish().ok_or(Landing::Gone);
                }
                Ok(None | Some(Err(_))) | Err(_) => {
                    filling.break_off();
                    return Err(Landing::Failed);
                }
            };
            let Ok(chunk) = frame.into_data() else { continue };
            let all = coming.add(chunk.len());
            if passing {
                coming.let_go();
            } else if coming.bytes > self.cache.largest() || all > self.cache.capacity() {
                passing = true;
                flight.close();
                filling.pass();
            }
            if !filling.push(chunk).await {
                filling.break_off();
                return Err(Landing::Gone);
            }
        }
    }

    /// Whether pages were purged since the origin was asked: the answer may be what was to go.
    fn was_purged(&self, errand: &Errand) -> bool {
        self.cache.purges() != errand.purges
    }

    /// Stores a page, and after that its body in other codings.
    fn keep(self: &Arc<Self>, errand: Errand, flight: Flight, stored: Stored) {
        let stored = Arc::new(stored);
        let is_kept = stored.terms().is_some() && !self.was_purged(&errand);
        if is_kept {
            self.cache.put(&errand.key, Arc::clone(&stored));
        }
        flight.land(Landing::Stored(Arc::clone(&stored)));
        if stored.draft.may_pack && is_kept && pack::is_worth_it(&stored.draft.headers, stored.body.len()) {
            let inner = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                let packed = stored.packed(Packed::of(&stored.body));
                inner.cache.swap(&errand.key, &stored, Arc::new(packed));
            });
        }
    }
}
