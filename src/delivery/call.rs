//! A call: a request made by a plan, sent, and what its answer says of each delivery and teaches of the destination.

use super::entries::{self, Told};
use super::judge::{self, Judgement, Verdict};
use super::letter;
use super::plan::Plan;
use super::quota::{self, Exchange};
use super::render::{self, RenderError, Subject};
use super::sign;
use crate::clock::Clock;
use crate::config::Preset;
use crate::model::delivery::AttemptClass;
use crate::model::event::DeliveryId;
use crate::model::lane::Lesson;
use crate::model::lane::quota::Heard;
use crate::model::time::Millis;
use crate::outbound::{Answer, BodyEnd, Excerpts, Mail, Request, SendError};

/// How much of an answer each delivery of several keeps, in bytes: most of them keep the same.
const SHARED_EXCERPT_MAX: usize = 256;

/// What can be sent of the deliveries that were to go together; what is in neither goes another time.
#[derive(Default)]
pub(super) struct Made {
    /// The call, and which deliveries it holds, as positions among those that were given.
    pub(super) call: Option<(Call, Vec<usize>)>,
    /// Those of whose events none can be made.
    pub(super) unfit: Vec<(usize, RenderError)>,
}

impl Made {
    fn of_one(made: Result<Call, RenderError>) -> Self {
        match made {
            Ok(call) => Self {
                call: Some((call, vec![0])),
                unfit: Vec::new(),
            },
            Err(error) => Self {
                call: None,
                unfit: vec![(0, error)],
            },
        }
    }
}

/// What a call came to, before it is known what follows. Instants are by the wall clock.
pub(super) struct Ended {
    /// Of the answer as a whole.
    pub(super) judgement: Judgement,
    pub(super) lesson: Lesson,
    /// Of each delivery in it, in order.
    pub(super) parts: Vec<Part>,
}

/// What a call came to for one delivery.
pub(super) struct Part {
    pub(super) judgement: Judgement,
    pub(super) status: Option<u16>,
    pub(super) excerpt: String,
}

/// What is sent.
pub(super) enum Call {
    /// A request over HTTP.
    Request(Request),
    /// A letter, to a mail server.
    Mail(Mail),
}

/// The call of an attempt that is made at `at`, of one delivery, or of several where the plan says so; a request is signed.
pub(super) fn make(plan: &Plan, subjects: &[Subject<'_>], at: Millis) -> Made {
    let (mut request, unfit) = match (&plan.stationery, plan.batch, subjects) {
        (Some(stationery), _, [subject]) => {
            return Made::of_one(letter::write(stationery, subject).map(Call::Mail));
        }
        (None, None, [subject]) => match render::render(&plan.blueprint, subject) {
            Ok(request) => (Some((request, vec![0])), Vec::new()),
            Err(error) => (None, vec![(0, error)]),
        },
        _ => {
            let packed = render::pack(&plan.blueprint, subjects);
            (packed.call, packed.unfit)
        }
    };
    if let Some((request, positions)) = &mut request {
        let subjects = positions.iter().filter_map(|at| subjects.get(*at));
        let ids: Vec<DeliveryId> = subjects.map(|subject| subject.delivery).collect();
        let id = render::call_id(&ids).to_string();
        sign::sign(&mut request.headers, &plan.signing_keys, (&id, at), &request.body);
    }
    Made {
        call: request.map(|(request, positions)| (Call::Request(request), positions)),
        unfit,
    }
}

/// Makes a call that was made ready at `sent` and holds these deliveries.
pub(super) async fn send(
    plan: &Plan,
    (call, deliveries): (Call, &[DeliveryId]),
    (clock, sent): (&Clock, Millis),
) -> Ended {
    let (answer, excerpts) = match call {
        Call::Request(request) => {
            let excerpts = plan.batch.map(|_| Excerpts::of(&request));
            (plan.sender.send(request).await, excerpts)
        }
        Call::Mail(mail) => (plan.sender.mail(mail).await, None),
    };
    let exchange = Exchange {
        sent,
        received: clock.now(),
    };
    ended(plan, (answer, excerpts), deliveries, exchange)
}

fn ended(
    plan: &Plan,
    (sent, excerpts): (Result<Answer, SendError>, Option<Excerpts>),
    deliveries: &[DeliveryId],
    exchange: Exchange,
) -> Ended {
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
    let told = match (plan.batch, &sent) {
        (Some(_), Ok(answer)) => entries::told(answer, deliveries),
        _ => None,
    };
    let (status, excerpt) = match &sent {
        Ok(answer) => (Some(answer.status), answer.excerpt.clone()),
        Err(error) => (None, error.to_string()),
    };
    let whole = Whole {
        judgement,
        status,
        excerpt: &excerpt,
        count: deliveries.len(),
    };
    let parts = match (told, &excerpts) {
        (Some(told), Some(excerpts)) => whole.apart(&told, (plan.preset, excerpts), exchange.received),
        _ => deliveries.iter().map(|_| whole.alike()).collect(),
    };
    Ended {
        judgement,
        lesson,
        parts,
    }
}

/// What the answer says as a whole, to so many deliveries.
struct Whole<'a> {
    judgement: Judgement,
    status: Option<u16>,
    excerpt: &'a str,
    count: usize,
}

impl Whole<'_> {
    /// The same for each. What is refused together for what it holds, or for its length, may be taken in parts, and the one
    /// that is at fault is found so.
    fn alike(&self) -> Part {
        let Judgement { class, verdict } = self.judgement;
        let verdict = match (verdict, self.status) {
            (Verdict::Dead, Some(400 | 413 | 422)) if self.count > 1 => Verdict::Smaller,
            _ => verdict,
        };
        self.part(Judgement { class, verdict }, self.status, self.excerpt)
    }

    /// To each its own, judged as a whole answer would be.
    fn apart(&self, told: &Told<'_>, (preset, excerpts): (Preset, &Excerpts), now: Millis) -> Vec<Part> {
        let rest = match told.rest.verdict(self.judgement.verdict) {
            Verdict::Smaller if self.count < 2 => Verdict::Retry { not_before: None },
            verdict => verdict,
        };
        let judgement = Judgement {
            class: self.judgement.class,
            verdict: rest,
        };
        let each = told.entries.iter().map(|entry| {
            let Some(entry) = entry else {
                return self.part(judgement, self.status, self.excerpt);
            };
            let answer = Answer {
                status: entry.status,
                headers: http::HeaderMap::new(),
                body: bytes::Bytes::copy_from_slice(entry.said.as_bytes()),
                end: BodyEnd::Whole,
                excerpt: excerpts.excerpt(entry.said.as_bytes()),
                took: std::time::Duration::ZERO,
            };
            let excerpt = answer.excerpt.clone();
            let mut judged = judge::judge(preset, &Ok(answer), now);
            // Gone is what was asked for, and not who was asked.
            if judged.verdict == Verdict::Gone {
                judged.verdict = Verdict::Dead;
            }
            self.part(judged, Some(entry.status), &excerpt)
        });
        each.collect()
    }

    fn part(&self, judgement: Judgement, status: Option<u16>, excerpt: &str) -> Part {
        let excerpt = match self.count {
            0 | 1 => excerpt.to_owned(),
            count => {
                let head = excerpt.floor_char_boundary(SHARED_EXCERPT_MAX);
                format!("one of {count}: {}", excerpt.get(..head).unwrap_or_default())
            }
        };
        Part {
            judgement,
            status,
            excerpt,
        }
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

impl Part {
    /// Nothing was sent, because no request can be made of the event.
    pub(super) fn unmade(error: &RenderError) -> Self {
        Self {
            judgement: Judgement {
                class: AttemptClass::Render,
                verdict: Verdict::Dead,
            },
            status: None,
            excerpt: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
