//! Terms: whether an answer may be stored, and on which (RFC 9111 §3 and §4.2).

use std::time::Duration;

use http::header::{AGE, AUTHORIZATION, DATE, EXPIRES, HeaderName, LAST_MODIFIED};
use http::{HeaderMap, Method, StatusCode};

use super::directives::{Delta, Directives, Source};
use crate::model::time::Millis;
use crate::model::time::http_date;

/// The longest an answer is taken for fresh where nobody said so: a week. RFC 9111 §4.2.2 gives a tenth of its age and
/// leaves the bound to us.
const HEURISTIC_MOST: Duration = Duration::from_secs(7 * 86_400);
/// What stands for every number of seconds above it (§1.2.2).
const SECONDS_MAX: u64 = 1 << 31;
/// The tenth.
const HEURISTIC_SHARE: u32 = 10;

/// On which terms an answer is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pages) struct Terms {
    /// For how long it is fresh, counted from when it was made.
    pub(in crate::pages) lifetime: Duration,
    /// How long after that it may be shown while another is fetched (RFC 5861 §3).
    pub(in crate::pages) stale_while_revalidate: Duration,
    /// How long after that it may be shown while the origin fails (RFC 5861 §4); `None`: nothing was said.
    pub(in crate::pages) stale_if_error: Option<Duration>,
    /// No request may have it shown stale (§5.2.2.2, §5.2.2.8, §5.2.2.10). What its own answer allows beside `s-maxage` stands in
    /// the two above; beside the other two nothing is allowed.
    pub(in crate::pages) must_revalidate: bool,
    /// It is shown only after its origin was asked (§5.2.2.4).
    pub(in crate::pages) no_cache: bool,
    /// How old it was when it came (§4.2.3).
    pub(in crate::pages) initial_age: Duration,
    /// When it came.
    pub(in crate::pages) received_at: Millis,
    /// Its origin said that it is for everybody: `public` or `s-maxage`.
    pub(in crate::pages) is_for_all: bool,
    /// Its origin said for how long.
    pub(in crate::pages) is_explicit: bool,
}

/// Why an answer is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum NotStored {
    /// The method is not one whose answers are stored here.
    Method,
    /// `no-store`, of the request or the answer.
    NoStore,
    /// `private`.
    Private,
    /// The request proved who asks, and nothing says that others may have it (§3.5).
    Authorization,
    /// The status is not one we understand the storing of, or a part.
    Status,
    /// Nothing says for how long, and nothing allows a guess.
    NoLifetime,
}

/// A request and the answer to it.
#[derive(Clone, Copy, Debug)]
pub(in crate::pages) struct Exchange<'a> {
    pub(in crate::pages) method: &'a Method,
    pub(in crate::pages) asked: &'a HeaderMap,
    pub(in crate::pages) status: StatusCode,
    pub(in crate::pages) answered: &'a HeaderMap,
}

impl Terms {
    /// The terms of an answer that was asked for at `times.0` and came at `times.1`.
    ///
    /// # Errors
    /// [`NotStored`].
    pub(in crate::pages) fn of(exchange: &Exchange<'_>, times: (Millis, Millis)) -> Result<Self, NotStored> {
        let Exchange {
            method,
            asked,
            status,
            answered,
        } = *exchange;
        let says = Directives::of_response(answered);
        if *method != Method::GET {
            return Err(NotStored::Method);
        }
        let is_understood = is_understood(status);
        // §5.2.2.3: where the status is understood, `must-understand` goes before `no-store`.
        let no_store = says.no_store && !(says.must_understand && is_understood);
        if no_store || Directives::of_request(asked).no_store {
            return Err(NotStored::NoStore);
        }
        if says.private.is_all() {
            return Err(NotStored::Private);
        }
        if status == StatusCode::PARTIAL_CONTENT
            || status == StatusCode::NOT_MODIFIED
            || status.is_informational()
            || (says.must_understand && !is_understood)
        {
            return Err(NotStored::Status);
        }
        if asked.contains_key(AUTHORIZATION)
            && !(says.public || says.must_revalidate || says.s_maxage.is_some())
        {
            return Err(NotStored::Authorization);
        }
        let (lifetime, is_explicit) = lifetime(&says, exchange, times.1).ok_or(NotStored::NoLifetime)?;
        // §4.2.1: what says of itself in no clear way how fresh it is, is taken for stale.
        let lifetime = age_field(answered).map_or(Duration::ZERO, |_| lifetime);
        // `s-maxage` says `proxy-revalidate` too (§5.2.2.10), but an origin that writes RFC 5861 beside it means that; those who
        // write it out do not.
        let never_stale = says.must_revalidate || says.proxy_revalidate;
        let allowed = |time: Option<Delta>| time.filter(|_| !never_stale).map(Delta::or_none);
        Ok(Self {
            lifetime,
            stale_while_revalidate: allowed(says.stale_while_revalidate).unwrap_or_default(),
            stale_if_error: allowed(says.stale_if_error),
            must_revalidate: never_stale || says.s_maxage.is_some(),
            no_cache: says.no_cache.is_all(),
            initial_age: initial_age(answered, times),
            received_at: times.1,
            is_for_all: says.public || says.s_maxage.is_some(),
            is_explicit,
        })
    }

    /// The terms of a page that came now and for which the maker has written a rule.
    pub(in crate::pages) fn ruled(
        lifetime: Duration,
        stale_while_revalidate: Duration,
        stale_if_error: Duration,
        received_at: Millis,
    ) -> Self {
        Self {
            lifetime,
            stale_while_revalidate,
            stale_if_error: Some(stale_if_error),
            must_revalidate: false,
            no_cache: false,
            initial_age: Duration::ZERO,
            received_at,
            is_for_all: true,
            is_explicit: true,
        }
    }

    /// How old it is (§4.2.3); a clock that was set back makes nothing younger than it came.
    pub(in crate::pages) fn age(&self, now: Millis) -> Duration {
        self.initial_age + between(self.received_at, now)
    }
}

/// From one instant to a later one; none where it is not later.
pub(in crate::pages) fn between(from: Millis, to: Millis) -> Duration {
    Duration::from_millis(u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0))
}

/// How old an answer was when it came (§4.2.3).
fn initial_age(answered: &HeaderMap, (asked_at, came_at): (Millis, Millis)) -> Duration {
    let said = age_field(answered).unwrap_or(Duration::ZERO);
    let apparent = date(answered, &DATE, came_at).map_or(Duration::ZERO, |made_at| between(made_at, came_at));
    // A `Date` has whole seconds: less than one is no age.
    let apparent = Duration::from_secs(apparent.as_secs());
    apparent.max(said + between(asked_at, came_at))
}

/// `Age`; `None` where it is not one number of seconds (§5.1), so that nobody can say how old the answer is.
fn age_field(answered: &HeaderMap) -> Option<Duration> {
    let mut lines = answered.get_all(AGE).iter();
    let Some(line) = lines.next() else {
        return Some(Duration::ZERO);
    };
    let text = line.to_str().ok().map(str::trim)?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u64>().unwrap_or(SECONDS_MAX).min(SECONDS_MAX);
    (is_number && lines.next().is_none()).then(|| Duration::from_secs(seconds))
}

/// For how long an answer is fresh, and whether its origin said so (§4.2.1, §4.2.2).
fn lifetime(says: &Directives, exchange: &Exchange<'_>, came_at: Millis) -> Option<(Duration, bool)> {
    let answered = exchange.answered;
    if let Some(delta) = says.s_maxage.or(says.max_age) {
        return Some((delta.or_none(), true));
    }
    if says.source == Source::CacheControl && answered.contains_key(EXPIRES) {
        let made_at = date(answered, &DATE, came_at).unwrap_or(came_at);
        let lines = answered.get_all(EXPIRES).iter().count();
        let ends = date(answered, &EXPIRES, came_at).filter(|_| lines == 1);
        return Some((ends.map_or(Duration::ZERO, |ends| between(made_at, ends)), true));
    }
    let may_guess = says.public || is_heuristic(exchange.status);
    let changed_at = date(answered, &LAST_MODIFIED, came_at).filter(|_| may_guess);
    if let Some(changed_at) = changed_at {
        let made_at = date(answered, &DATE, came_at).unwrap_or(came_at);
        let guess = between(changed_at, made_at) / HEURISTIC_SHARE;
        return Some((guess.min(HEURISTIC_MOST), false));
    }
    // What has a validator can at least be asked for again; what has none is of no use.
    let may_ask =
        says.public || says.no_cache.is_all() || may_guess && answered.contains_key(http::header::ETAG);
    may_ask.then_some((Duration::ZERO, says.public || says.no_cache.is_all()))
}

/// The date of a field, where it is one.
fn date(headers: &HeaderMap, name: &HeaderName, now: Millis) -> Option<Millis> {
    let text = headers.get(name)?.to_str().ok()?;
    http_date::parse(text.trim(), now)
}

/// RFC 9110 §15.1: what may be stored although nobody said for how long.
fn is_heuristic(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// The statuses whose storing we understand.
fn is_understood(status: StatusCode) -> bool {
    is_heuristic(status)
        || matches!(
            status.as_u16(),
            302 | 303 | 307 | 400 | 403 | 500 | 502 | 503 | 504
        )
}

#[cfg(test)]
mod tests;
