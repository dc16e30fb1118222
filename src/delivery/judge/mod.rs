//! What an answer means for the delivery, and for its destination.
//!
//! Most is as HTTP says. Where a vendor means something else by the same status, or puts what went wrong into a 200, a file
//! of its own says so, from the page it names, and leaves the rest to HTTP. Slack, Mailgun and whoever takes Standard
//! Webhooks need none.

mod hubspot;
mod producthunt;
mod sendgrid;
mod smtp;
mod x;

use http::header::WWW_AUTHENTICATE;

use super::retry_after;
use crate::config::Preset;
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
    /// Of several in one call: it may arrive with fewer, and goes again uncharged. A single delivery is never told so.
    Smaller,
    /// It goes back uncharged and is sent anew: with another access token, or once there is one.
    Anew,
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

/// Judges an attempt at whose API `preset` names, which ended at `now`. A status stands even if its body broke off.
///
/// What could not be sent because the address is refused is tried again like any network fault: the name may resolve
/// elsewhere by then, or the configuration say otherwise.
#[must_use]
pub fn judge(preset: Preset, attempt: &Result<Answer, SendError>, now: Millis) -> Judgement {
    match attempt {
        Ok(answer) => of_vendor(preset, answer, now).unwrap_or_else(|| by_status(answer, now)),
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

/// What a vendor means otherwise than HTTP does.
fn of_vendor(preset: Preset, answer: &Answer, now: Millis) -> Option<Judgement> {
    match preset {
        Preset::SendGrid => sendgrid::judge(answer, now),
        Preset::X => x::judge(answer, now),
        Preset::ProductHunt => producthunt::judge(answer, now),
        Preset::HubSpot => hubspot::judge(answer, now),
        Preset::Smtp => Some(smtp::judge(answer)),
        Preset::Http | Preset::Slack | Preset::Mailgun | Preset::StandardWebhooks => None,
    }
}

fn by_status(answer: &Answer, now: Millis) -> Judgement {
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
    answer.headers.contains_key(WWW_AUTHENTICATE) || is_of_credentials(&answer.excerpt)
}

fn is_of_credentials(said: &str) -> bool {
    let said = said.to_lowercase();
    OF_CREDENTIALS.iter().any(|words| said.contains(words))
}

/// Too many calls: none before `wait_ms` from now, or later where the answer asks for it.
fn limited(answer: &Answer, (now, wait_ms): (Millis, Option<i64>)) -> Judgement {
    let asked = retry_after::not_before(&answer.headers, now);
    let ours = wait_ms.map(|wait_ms| now.plus(wait_ms));
    Judgement {
        class: AttemptClass::Limited,
        verdict: Verdict::Retry {
            // What is not known is before everything.
            not_before: asked.max(ours),
        },
    }
}

#[cfg(test)]
mod tests;
