//! A call: a request made by a plan, sent, and what its answer says of the delivery and teaches of the destination.

use super::judge::{self, Judgement, Verdict};
use super::letter;
use super::plan::Plan;
use super::quota::{self, Exchange};
use super::render::{self, RenderError, Subject};
use super::sign;
use crate::clock::Clock;
use crate::model::delivery::AttemptClass;
use crate::model::lane::Lesson;
use crate::model::lane::quota::Heard;
use crate::model::time::Millis;
use crate::outbound::{Answer, Mail, Request, SendError};

/// What an attempt came to, before it is known what follows. Instants are by the wall clock.
pub(super) struct Ended {
    pub(super) judgement: Judgement,
    pub(super) status: Option<u16>,
    pub(super) excerpt: String,
    pub(super) lesson: Lesson,
}

/// What is sent.
pub(super) enum Call {
    /// A request over HTTP.
    Request(Request),
    /// A letter, to a mail server.
    Mail(Mail),
}

/// The call of an attempt that is made at `at`; a request is signed.
pub(super) fn make(plan: &Plan, subject: &Subject<'_>, at: Millis) -> Result<Call, RenderError> {
    if let Some(stationery) = &plan.stationery {
        return letter::write(stationery, subject).map(Call::Mail);
    }
    let mut request = render::render(&plan.blueprint, subject)?;
    let id = subject.delivery.to_string();
    sign::sign(&mut request.headers, &plan.signing_keys, (&id, at), &request.body);
    Ok(Call::Request(request))
}

/// Makes a call that was made ready at `sent`.
pub(super) async fn send(plan: &Plan, call: Call, (clock, sent): (&Clock, Millis)) -> Ended {
    let answer = match call {
        Call::Request(request) => plan.sender.send(request).await,
        Call::Mail(mail) => plan.sender.mail(mail).await,
    };
    let exchange = Exchange {
        sent,
        received: clock.now(),
    };
    ended(plan, answer, exchange)
}

fn ended(plan: &Plan, sent: Result<Answer, SendError>, exchange: Exchange) -> Ended {
    let judgement = judge::judge(plan.preset, &sent, exchange.received);
    let lesson = Lesson {
        health: judge::health(&sent, judgement.class),
        heard: match (&sent, &plan.quota) {
            (Ok(answer), Some(profile)) => Heard::Answer(quota::readings(&answer.headers, profile, exchange)),
            _ => Heard::Nothing,
        },
        hold_until: hold(plan, (&sent, judgement), exchange.received),
        unsent: matches!(&sent, Err(error) if error.is_unsent()),
    };
    let (status, excerpt) = match sent {
        Ok(answer) => (Some(answer.status), answer.excerpt),
        Err(error) => (None, error.to_string()),
    };
    Ended {
        judgement,
        status,
        excerpt,
        lesson,
    }
}

/// Until when the whole lane waits: as long as a 429 or 503 asks, and the first wait of a retry where a 429, or what means
/// the same, does not say.
fn hold(
    plan: &Plan,
    (sent, judgement): (&Result<Answer, SendError>, Judgement),
    now: Millis,
) -> Option<Millis> {
    let Verdict::Retry { not_before } = judgement.verdict else {
        return None;
    };
    match (judgement.class, sent.as_ref().ok()?.status) {
        (AttemptClass::Limited, _) => Some(not_before.unwrap_or(now.plus(plan.retry.base_ms))),
        (_, 503) => not_before,
        _ => None,
    }
}

impl Ended {
    /// Nothing was sent, because no request can be made of the event.
    pub(super) fn unmade(error: &RenderError) -> Self {
        Self {
            judgement: Judgement {
                class: AttemptClass::Render,
                verdict: Verdict::Dead,
            },
            status: None,
            excerpt: error.to_string(),
            lesson: Lesson {
                unsent: true,
                ..Lesson::default()
            },
        }
    }
}
