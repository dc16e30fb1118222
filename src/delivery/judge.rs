//! What an answer means for the delivery, and for its destination.

use http::header::WWW_AUTHENTICATE;

use super::retry_after;
use crate::model::delivery::AttemptClass;
use crate::model::lane::Health;
use crate::model::time::Millis;
use crate::outbound::{Answer, SendError};

/// How a 403 speaks when it is about who calls and not about what was sent; compared in lower case. A mere "token" may
/// be a contact's or a form's.
const OF_CREDENTIALS: &[&str] = &[
    "credential",
    "api key",
    "api-key",
    "api_key",
    "apikey",
    "access token",
    "access-token",
    "access_token",
    "accesstoken",
    "auth token",
    "bearer",
    "oauth",
    "invalid token",
    "invalid_token",
    "token expired",
    "expired token",
    "token has expired",
    "unauthorized",
    "unauthenticated",
    "not authenticated",
    "authentication",
    "insufficient_scope",
];

/// What becomes of a delivery, and of whom it was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived.
    Delivered,
    /// It is worth another attempt.
    Retry {
        /// The receiver asked not to be called before.
        not_before: Option<Millis>,
    },
    /// Our credentials are refused, which is no fault of this delivery: it goes back uncharged, the destination pauses.
    GiveBack,
    /// It will never be taken: a dead letter.
    Dead,
    /// The receiver is gone for good: a dead letter, and the destination pauses.
    Gone,
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// For counts and filters.
    pub class: AttemptClass,
    /// What follows.
    pub verdict: Verdict,
}

/// Judges an attempt that ended at `now`. A status stands even if its body broke off.
///
/// What could not be sent because the address is refused is tried again like any network fault: the name may resolve
/// elsewhere by then, or the configuration say otherwise.
#[must_use]
pub fn judge(attempt: &Result<Answer, SendError>, now: Millis) -> Judgement {
    match attempt {
        Ok(answer) => judge_answer(answer, now),
        Err(_) => Judgement {
            class: AttemptClass::Network,
            verdict: Verdict::Retry { not_before: None },
        },
    }
}

/// What an attempt shows of the destination itself: a refusal is its own word, no answer and 5xx are not.
#[must_use]
pub fn health(attempt: &Result<Answer, SendError>, class: AttemptClass) -> Health {
    match (attempt, class) {
        (Err(error), _) => Health::Ill(error.to_string()),
        (Ok(answer), AttemptClass::ServerError | AttemptClass::Network) => {
            Health::Ill(format!("it answered {}", answer.status))
        }
        (Ok(_), _) => Health::Well,
    }
}

fn judge_answer(answer: &Answer, now: Millis) -> Judgement {
    use AttemptClass as Class;
    let again = || Verdict::Retry {
        not_before: retry_after::not_before(&answer.headers, now),
    };
    let (class, verdict) = match answer.status {
        200..=299 => (Class::Success, Verdict::Delivered),
        300..=399 => (Class::Redirect, Verdict::Dead),
        401 => (Class::Refused, Verdict::GiveBack),
        403 if speaks_of_credentials(answer) => (Class::Refused, Verdict::GiveBack),
        408 | 425 => (Class::Refused, again()),
        410 => (Class::Refused, Verdict::Gone),
        429 => (Class::Limited, again()),
        400..=499 => (Class::Refused, Verdict::Dead),
        // An unknown status is the first of its class (RFC 9110 §15); beyond 599 there is none, and nothing is lost by
        // asking again. An informational one ends no exchange: what came was no answer.
        ..200 => (Class::Network, again()),
        500.. => (Class::ServerError, again()),
    };
    Judgement { class, verdict }
}

fn speaks_of_credentials(answer: &Answer) -> bool {
    let said = answer.excerpt.to_lowercase();
    answer.headers.contains_key(WWW_AUTHENTICATE) || OF_CREDENTIALS.iter().any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::HeaderMap;
    use http::header::RETRY_AFTER;

    use super::*;
    use crate::outbound::BodyEnd;

    const NOW: Millis = Millis(1_796_112_000_000);

    fn answer(status: u16, excerpt: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            end: BodyEnd::Whole,
            excerpt: excerpt.to_owned(),
            took: Duration::ZERO,
        }
    }

    fn of(status: u16) -> (&'static str, Verdict) {
        let judgement = judge(&Ok(answer(status, "")), NOW);
        (judgement.class.as_str(), judgement.verdict)
    }

    #[test]
    fn every_status_has_its_class_and_its_verdict() {
        const AGAIN: Verdict = Verdict::Retry { not_before: None };
        for status in 100..=999 {
            let expected = match status {
                200..=299 => ("2xx", Verdict::Delivered),
                300..=399 => ("3xx", Verdict::Dead),
                401 => ("4xx", Verdict::GiveBack),
                408 | 425 => ("4xx", AGAIN),
                410 => ("4xx", Verdict::Gone),
                429 => ("429", AGAIN),
                400..=499 => ("4xx", Verdict::Dead),
                500.. => ("5xx", AGAIN),
                _ => ("network", AGAIN),
            };
            assert_eq!(of(status), expected, "{status}");
        }
    }

    #[test]
    fn faults_of_the_network_are_worth_another_attempt() {
        for error in [
            SendError::Name("no such name".to_owned()),
            SendError::Connect("refused".to_owned()),
            SendError::Tls("expired".to_owned()),
            SendError::Timeout(Duration::from_secs(10)),
            SendError::Broken("reset".to_owned()),
            SendError::Refused(crate::outbound::EgressRefusal::NoHost),
        ] {
            let judgement = judge(&Err(error), NOW);
            assert_eq!(judgement.class, AttemptClass::Network);
            assert_eq!(judgement.verdict, Verdict::Retry { not_before: None });
        }
    }

    #[test]
    fn what_is_tried_again_waits_as_asked_and_what_is_not_does_not() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            for text in [
                "90",
                "Tue, 01 Dec 2026 08:01:30 GMT",
                "Tuesday, 01-Dec-26 08:01:30 GMT",
                "Tue Dec  1 08:01:30 2026",
            ] {
                let mut asking = answer(status, "");
                asking.headers.insert(RETRY_AFTER, text.parse().unwrap());
                let not_before = Some(NOW.plus(90_000));
                assert_eq!(
                    judge(&Ok(asking), NOW).verdict,
                    Verdict::Retry { not_before },
                    "{status} {text}"
                );
            }
        }
        let mut moved = answer(301, "");
        moved.headers.insert(RETRY_AFTER, "90".parse().unwrap());
        assert_eq!(judge(&Ok(moved), NOW).verdict, Verdict::Dead);
    }

    #[test]
    fn a_403_pauses_only_where_it_speaks_of_credentials() {
        for said in [
            r#"{"error":"Invalid API key"}"#,
            r#"{"detail":"Authentication credentials were not provided."}"#,
            r#"{"title":"Unauthorized"}"#,
            "OAuth scope missing",
            "The access_token has been revoked",
            "Your token has expired",
        ] {
            assert_eq!(
                judge(&Ok(answer(403, said)), NOW).verdict,
                Verdict::GiveBack,
                "{said}"
            );
        }
        for said in [
            "",
            "Forbidden",
            "This contact has opted out",
            "CSRF token missing",
            "duplicate content",
        ] {
            assert_eq!(
                judge(&Ok(answer(403, said)), NOW).verdict,
                Verdict::Dead,
                "{said}"
            );
        }
        let mut asking = answer(403, "");
        asking.headers.insert(WWW_AUTHENTICATE, "Bearer".parse().unwrap());
        assert_eq!(judge(&Ok(asking), NOW).verdict, Verdict::GiveBack);
        assert_eq!(
            judge(&Ok(answer(404, "invalid api key")), NOW).verdict,
            Verdict::Dead
        );
    }

    #[test]
    fn a_status_stands_whatever_became_of_its_body() {
        for end in [BodyEnd::Cut, BodyEnd::Broken, BodyEnd::Late] {
            let cut = Answer {
                end,
                ..answer(200, "")
            };
            assert_eq!(judge(&Ok(cut), NOW).verdict, Verdict::Delivered, "{end:?}");
        }
    }
}
