//! A call: a request made by a plan, sent, and what its answer says of each delivery and teaches of the destination.

use std::sync::Arc;

use super::auth::{Access, Account, Auth, NoAccess};
use super::entries::{self, Told};
use super::judge::{self, Judgement, Verdict};
use super::letter;
use super::plan::Plan;
use super::quota::{self, Exchange};
use super::render::{self, RenderError, Subject};
use super::{Parts, sign};
use crate::config::Preset;
use crate::model::delivery::{AttemptClass, CREDENTIALS_REFUSED, GONE_FOR_GOOD};
use crate::model::event::DeliveryId;
use crate::model::lane::quota::Heard;
use crate::model::lane::{Health, Lesson};
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

/// What of a request may turn out to hold no more: an access token, and whose it is.
pub(super) struct Pass<'p>(Option<(&'p Account, Access)>);

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
        let ids: Vec<DeliveryId> = subjects.clone().map(|subject| subject.delivery).collect();
        let attempt = subjects.map(|subject| subject.attempt).max();
        let call = render::call_id(&ids);
        let id = call.to_string();
        sign::sign(&mut request.headers, &plan.signing_keys, (&id, at), &request.body);
        if let Some(auth) = &plan.auth {
            auth.sign(request, (call, attempt.unwrap_or_default()), at);
        }
    }
    Made {
        call: request.map(|(request, positions)| (Call::Request(request), positions)),
        unfit,
    }
}

/// Puts into a call what others have to give before it is made.
///
/// # Errors
/// They do not; [`Ended::without_access`] is what that comes to.
pub(super) async fn authorize<'p>(
    plan: &'p Plan,
    call: &mut Call,
    parts: &Arc<Parts>,
) -> Result<Pass<'p>, NoAccess> {
    let (Some(Auth::OAuth2(account)), Call::Request(request)) = (&plan.auth, call) else {
        return Ok(Pass(None));
    };
    let access = account.authorize(request, parts, &plan.sender).await?;
    Ok(Pass(Some((account, access))))
}

/// Makes a call that holds these deliveries.
pub(super) async fn send(
    plan: &Plan,
    (call, deliveries): (Call, &[DeliveryId]),
    pass: Pass<'_>,
    parts: &Parts,
) -> Ended {
    let sent = parts.clock.now();
    let (answer, excerpts) = match call {
        Call::Request(request) => {
            let excerpts = plan.batch.map(|_| Excerpts::of(&request));
            (plan.sender.send(request).await, excerpts)
        }
        Call::Mail(mail) => (plan.sender.mail(mail).await, None),
    };
    let exchange = Exchange {
        sent,
        received: parts.clock.now(),
    };
    pass.judged(ended(plan, (answer, excerpts), deliveries, exchange))
        .await
}

impl Pass<'_> {
    /// What a call came to, where its receiver may have refused an access token that has only run out.
    async fn judged(self, mut ended: Ended) -> Ended {
        let Some((account, access)) = self.0 else {
            return ended;
        };
        let is_refused = |judgement: &Judgement| judgement.verdict == Verdict::GiveBack;
        let refused =
            is_refused(&ended.judgement) || ended.parts.iter().any(|part| is_refused(&part.judgement));
        if refused && account.refused(&access).await {
            ended.anew();
        }
        let is_judged = matches!(
            ended.judgement.class,
            AttemptClass::Success | AttemptClass::Refused
        );
        if is_judged && !refused {
            account.accepted(&access);
        }
        ended
    }
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

impl Ended {
    /// Nothing was sent of so many deliveries, because there is no access token. That is no fault of theirs.
    pub(super) fn without_access(no: &NoAccess, count: usize) -> Self {
        let (class, verdict, why) = match no {
            NoAccess::Refused(why) => (AttemptClass::Refused, Verdict::GiveBack, why),
            NoAccess::Failed(why, _) => (AttemptClass::Network, Verdict::Anew, why),
        };
        let judgement = Judgement { class, verdict };
        let lesson = match no {
            NoAccess::Refused(_) => Lesson::unsent(),
            NoAccess::Failed(why, until) => Lesson {
                health: Health::Ill(why.clone()),
                hold_until: Some(*until),
                ..Lesson::unsent()
            },
        };
        let part = || Part {
            judgement,
            status: None,
            excerpt: why.clone(),
        };
        Self {
            judgement,
            lesson,
            parts: std::iter::repeat_with(part).take(count).collect(),
        }
    }

    /// What was given back goes anew.
    fn anew(&mut self) {
        let judgements = self.parts.iter_mut().map(|part| &mut part.judgement);
        for judgement in judgements.chain([&mut self.judgement]) {
            if judgement.verdict == Verdict::GiveBack {
                judgement.verdict = Verdict::Anew;
            }
        }
    }
}

impl Part {
    /// Why the destination pauses, where it does.
    pub(super) fn reason(&self) -> Option<String> {
        let why = match self.judgement.verdict {
            Verdict::GiveBack => CREDENTIALS_REFUSED,
            Verdict::Gone => GONE_FOR_GOOD,
            _ => return None,
        };
        Some(match self.status {
            Some(status) => format!("it answered {status}: {why}"),
            None => format!("{}: {why}", self.excerpt),
        })
    }

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
