//! A mail server, by the code of its last reply (RFC 5321 §4.2.1; for what is about who calls, RFC 4954 §6).
//!
//! Classes are by meaning, and not by their first digit, which SMTP has the other way round: what has failed over there for
//! now counts as an HTTP 5xx does, what is refused as a 4xx.

use super::{Judgement, Verdict};
use crate::model::delivery::AttemptClass;
use crate::outbound::Answer;

pub(super) fn judge(answer: &Answer) -> Judgement {
    use AttemptClass as Class;
    let (class, verdict) = match answer.status {
        200..=299 => (Class::Success, Verdict::Delivered),
        400..=499 => (Class::ServerError, Verdict::Retry { not_before: None }),
        // Log in; too weak a way to; wrong; not without TLS.
        530 | 534 | 535 | 538 => (Class::Refused, Verdict::GiveBack),
        500..=599 => (Class::Refused, Verdict::Dead),
        // No letter ends in the middle of a conversation.
        _ => (Class::Network, Verdict::Retry { not_before: None }),
    };
    Judgement { class, verdict }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{AGAIN, judged};
    use super::*;
    use crate::config::Preset;

    #[test]
    fn a_reply_is_taken_by_its_code() {
        for code in 200..=600 {
            let expected = match code {
                200..=299 => ("2xx", Verdict::Delivered),
                400..=499 => ("5xx", AGAIN),
                530 | 534 | 535 | 538 => ("4xx", Verdict::GiveBack),
                500..=599 => ("4xx", Verdict::Dead),
                _ => ("network", AGAIN),
            };
            assert_eq!(
                judged(Preset::Smtp, code, "5.7.1 unauthorized bearer"),
                expected,
                "{code}"
            );
        }
    }
}
