//! Reuse: whether what is stored answers a request now (RFC 9111 §4.2, §5.2.1; RFC 5861).

use std::time::Duration;

use super::directives::{Delta, Directives};
use super::terms::Terms;
use crate::model::time::Millis;

/// What may be done with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pages) enum Reuse {
    /// It answers.
    Fresh,
    /// It answers, and another is to be fetched meanwhile (RFC 5861 §3).
    WhileRevalidating,
    /// The origin is to be asked first.
    Revalidate,
}

/// Whether what is stored on `terms` answers a request that says `asks`.
pub(in crate::pages) fn reuse(terms: &Terms, asks: &Directives, now: Millis) -> Reuse {
    let age = terms.age(now);
    if terms.no_cache || asks.no_cache.is_all() || asks.max_age.is_some_and(|most| age > most.or_none()) {
        return Reuse::Revalidate;
    }
    let spare = asks.min_fresh.map_or(Duration::ZERO, Delta::or_none);
    if age + spare < terms.lifetime {
        return Reuse::Fresh;
    }
    let stale_for = (age + spare).saturating_sub(terms.lifetime);
    let asked_for = asks.max_stale.map(Delta::or_none);
    if !terms.must_revalidate && asked_for.is_some_and(|most| stale_for <= most) {
        return Reuse::Fresh;
    }
    match asks.max_age.is_none() && spare.is_zero() && stale_for < terms.stale_while_revalidate {
        true => Reuse::WhileRevalidating,
        false => Reuse::Revalidate,
    }
}

/// Whether what is stored answers a request while the origin fails: where the answer or the request allows it (RFC 5861
/// §4), and nothing forbids it (RFC 9111 §4.2.4).
pub(in crate::pages) fn may_answer_on_error(terms: &Terms, asks: &Directives, now: Millis) -> bool {
    if terms.no_cache || asks.no_cache.is_all() {
        return false;
    }
    let asked_for = asks.stale_if_error.filter(|_| !terms.must_revalidate);
    let allowed = terms.stale_if_error.or(asked_for.map(Delta::or_none));
    let stale_for = terms.age(now).saturating_sub(terms.lifetime);
    match allowed {
        Some(most) => stale_for < most.max(terms.stale_while_revalidate),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::CACHE_CONTROL;
    use http::{HeaderMap, HeaderValue};

    fn terms() -> Terms {
        let seconds = Duration::from_secs;
        Terms::ruled(seconds(60), seconds(30), seconds(600), Millis(0))
    }

    fn asks(line: &'static str) -> Directives {
        Directives::of_request(&HeaderMap::from_iter([(
            CACHE_CONTROL,
            HeaderValue::from_static(line),
        )]))
    }

    fn at(seconds: i64, line: &'static str) -> Reuse {
        reuse(&terms(), &asks(line), Millis(seconds * 1_000))
    }

    #[test]
    fn a_page_is_fresh_then_shown_while_another_is_fetched_then_asked_for() {
        assert_eq!(at(59, ""), Reuse::Fresh);
        assert_eq!(at(60, ""), Reuse::WhileRevalidating);
        assert_eq!(at(89, ""), Reuse::WhileRevalidating);
        assert_eq!(at(90, ""), Reuse::Revalidate);
    }

    #[test]
    fn a_request_may_ask_for_less_or_more() {
        assert_eq!(at(10, "no-cache"), Reuse::Revalidate);
        assert_eq!(at(10, "max-age=5"), Reuse::Revalidate);
        assert_eq!(at(10, "max-age=10"), Reuse::Fresh);
        assert_eq!(at(10, "min-fresh=51"), Reuse::Revalidate);
        assert_eq!(at(10, "min-fresh=49"), Reuse::Fresh);
        assert_eq!(at(100, "max-stale=40"), Reuse::Fresh);
        assert_eq!(at(100, "max-stale=39"), Reuse::Revalidate);
        assert_eq!(at(100_000, "max-stale"), Reuse::Fresh);
    }

    #[test]
    fn what_must_be_revalidated_is_never_shown_stale() {
        let terms = Terms {
            must_revalidate: true,
            stale_while_revalidate: Duration::ZERO,
            ..terms()
        };
        assert_eq!(
            reuse(&terms, &asks("max-stale"), Millis(61_000)),
            Reuse::Revalidate
        );
    }

    #[test]
    fn a_failing_origin_is_stood_in_for_as_long_as_is_allowed() {
        let on_error = |terms: &Terms, line, seconds: i64| {
            may_answer_on_error(terms, &asks(line), Millis(seconds * 1_000))
        };
        assert!(on_error(&terms(), "", 659));
        assert!(!on_error(&terms(), "", 660));
        assert!(!on_error(&terms(), "no-cache", 61));
        let silent = Terms {
            stale_if_error: None,
            ..terms()
        };
        assert!(!on_error(&silent, "", 61));
        assert!(on_error(&silent, "stale-if-error=10", 61));
        let strict = Terms {
            must_revalidate: true,
            ..silent
        };
        assert!(!on_error(&strict, "stale-if-error=10", 61));
    }
}
