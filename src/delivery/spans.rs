//! What an attempt says of itself in spans: how long its delivery waited, the attempt, and the call.
//!
//! They hold ids, the destination's name, the event's type, and of a call its method, host, port and status: nothing of what
//! was sent or answered, and nothing more of the address, which may be the receiver's secret.

use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::call::{Call, Ended};
use super::render::TRACEPARENT;
use crate::model::delivery::{AttemptClass, Claimed, Settlement};
use crate::model::ids::DestinationName;
use crate::model::time::Millis;
use crate::model::trace::{Parent, State};
use crate::traces::{Kind, Span, Tracer, Value};

const NS_PER_MS: u64 = 1_000_000;

/// What is said of a span.
type Attributes = Vec<(&'static str, Value)>;

/// A call that is being made.
pub(super) struct Calling {
    /// Where it stands, as its receiver is told; letters say nothing of it.
    at: Option<Parent>,
    name: String,
    began_ns: u64,
    attributes: Attributes,
}

/// A call that is over.
pub(super) struct Called {
    at: Option<Parent>,
    name: String,
    lasted: (u64, u64),
    attributes: Attributes,
    failed: Option<&'static str>,
}

/// One attempt that is settled.
pub(super) struct Attempted<'e> {
    pub(super) claimed: &'e Claimed,
    pub(super) class: AttemptClass,
    /// `None`: its lease had ended.
    pub(super) settlement: Option<Settlement>,
}

/// Attempts that were made together, as their destination's errand knows them.
pub(super) struct Errands<'e> {
    pub(super) to: &'e DestinationName,
    /// When they began, in nanoseconds since the Unix epoch.
    pub(super) begun_ns: u64,
    /// `None`: nothing was sent.
    pub(super) called: Option<Called>,
    pub(super) attempts: Vec<Attempted<'e>>,
}

impl Calling {
    /// A call that begins now; `None` where nobody is told.
    pub(super) fn begin(call: &Call, tracer: &Tracer) -> Option<Self> {
        if !tracer.is_on() {
            return None;
        }
        let (at, name, attributes) = match call {
            Call::Request(request) => {
                let method = request.method.as_str().to_owned();
                let mut attributes: Attributes = vec![
                    ("http.request.method", method.clone().into()),
                    ("url.scheme", request.url.scheme().to_owned().into()),
                ];
                let host = request.url.host_str();
                attributes.extend(host.map(|host| ("server.address", host.to_owned().into())));
                let port = request.url.port_or_known_default();
                attributes.extend(port.map(|port| ("server.port", port.into())));
                (parent(&request.headers), method, attributes)
            }
            Call::Mail(_) => (None, "letter".to_owned(), Vec::new()),
        };
        Some(Self {
            at,
            name,
            began_ns: tracer.now_ns(),
            attributes,
        })
    }

    /// It is over, with this.
    pub(super) fn end(self, ended: &Ended, tracer: &Tracer) -> Called {
        let mut attributes = self.attributes;
        let status = ended.parts.first().and_then(|part| part.status);
        let class = ended.judgement.class;
        attributes.extend(status.map(|status| ("http.response.status_code", status.into())));
        let failed = failure(class);
        if let Some(class) = failed {
            let kind = status.map_or_else(|| class.to_owned(), |status| status.to_string());
            attributes.push(("error.type", kind.into()));
        }
        Called {
            at: self.at,
            name: self.name,
            lasted: (self.began_ns, tracer.now_ns()),
            attributes,
            failed,
        }
    }
}

impl Errands<'_> {
    /// Tells of everything in them that belongs to a trace that is told of.
    pub(super) fn tell(self, tracer: &Tracer) {
        let ended_ns = tracer.now_ns();
        let mut told = Vec::new();
        for attempted in &self.attempts {
            let whole = Whole::of(attempted.claimed, tracer);
            if whole.at.sampled {
                tracer.record(self.wait(attempted, &whole));
                tracer.record(self.delivery(attempted, &whole, ended_ns));
                told.push((attempted, whole));
            }
        }
        let (Some(called), Some((attempted, whole))) = (&self.called, told.first()) else {
            return;
        };
        let mut attributes = called.attributes.clone();
        attributes.push(("gantry.destination", self.to.to_string().into()));
        if let Some(again) = attempted
            .claimed
            .attempt
            .checked_sub(1)
            .filter(|again| *again > 0)
        {
            attributes.push(("http.request.resend_count", again.into()));
        }
        let is_of_one = self.attempts.len() == 1;
        let at = called.at.unwrap_or(Parent {
            span: id(attempted.claimed, "call"),
            ..whole.at
        });
        let (parent, state, links) = match is_of_one {
            true => (Some(whole.own), whole.state.clone(), Vec::new()),
            false => (None, None, told.iter().map(|(_, whole)| whole.own_at()).collect()),
        };
        tracer.record(Span {
            at,
            parent,
            state,
            links,
            name: called.name.clone().into(),
            kind: Kind::Client,
            lasted: called.lasted,
            attributes,
            failed: called.failed,
        });
    }

    /// From when the delivery was due until the attempt began.
    fn wait(&self, attempted: &Attempted<'_>, whole: &Whole) -> Span {
        let due_ns = ns(attempted.claimed.due).min(self.begun_ns);
        Span {
            at: Parent {
                span: id(attempted.claimed, "wait"),
                ..whole.at
            },
            parent: whole.parent,
            state: whole.state.clone(),
            links: Vec::new(),
            name: "queue wait".into(),
            kind: Kind::Internal,
            lasted: (due_ns, self.begun_ns),
            attributes: self.about(attempted.claimed),
            failed: None,
        }
    }

    /// The attempt, from its beginning until it was settled.
    fn delivery(&self, attempted: &Attempted<'_>, whole: &Whole, ended_ns: u64) -> Span {
        let claimed = attempted.claimed;
        let mut attributes = self.about(claimed);
        attributes.push(("gantry.event.id", claimed.event.id.to_string().into()));
        attributes.push(("gantry.event.type", claimed.event.kind.to_string().into()));
        attributes.push(("gantry.outcome", outcome(attempted.settlement.as_ref()).into()));
        // A call of several is a trace of its own.
        let apart = self.called.as_ref().filter(|_| self.attempts.len() > 1);
        Span {
            at: whole.own_at(),
            parent: whole.parent,
            state: whole.state.clone(),
            links: apart.and_then(|called| called.at).into_iter().collect(),
            name: "deliver".into(),
            kind: Kind::Consumer,
            lasted: (self.begun_ns, ended_ns),
            attributes,
            failed: failure(attempted.class),
        }
    }

    fn about(&self, claimed: &Claimed) -> Attributes {
        vec![
            ("gantry.destination", self.to.to_string().into()),
            ("gantry.delivery.id", claimed.id.to_string().into()),
            ("gantry.attempt", claimed.attempt.into()),
        ]
    }
}

/// The trace of a delivery, and the place of an attempt in it.
struct Whole {
    at: Parent,
    /// `None`: it begins with the delivery.
    parent: Option<u64>,
    state: Option<State>,
    own: u64,
}

impl Whole {
    /// That of the event, or one that is named by the event's id, as its receivers are told.
    fn of(claimed: &Claimed, tracer: &Tracer) -> Self {
        let own = id(claimed, "deliver");
        match &claimed.event.trace {
            Some(trace) => Self {
                at: trace.parent,
                parent: Some(trace.parent.span),
                state: trace.state.clone(),
                own,
            },
            None => Self {
                at: Parent {
                    trace: claimed.event.id.0.max(1),
                    span: own,
                    sampled: tracer.samples(claimed.event.id.0),
                },
                parent: None,
                state: None,
                own,
            },
        }
    }

    fn own_at(&self) -> Parent {
        Parent {
            span: self.own,
            ..self.at
        }
    }
}

/// Where a request says that its receiver stands.
fn parent(headers: &HeaderMap) -> Option<Parent> {
    Parent::parse(headers.get(TRACEPARENT)?.to_str().ok()?)
}

/// The id of a part of an attempt: the same whenever it is asked for, and not zero.
fn id(claimed: &Claimed, part: &str) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(part.as_bytes());
    hasher.update(claimed.id.0.to_be_bytes());
    hasher.update(claimed.attempt.to_be_bytes());
    let hash = hasher.finalize();
    let head = hash.iter().take(8);
    head.fold(0_u64, |id, byte| (id << 8) | u64::from(*byte)).max(1)
}

fn failure(class: AttemptClass) -> Option<&'static str> {
    (class != AttemptClass::Success).then(|| class.as_str())
}

/// By the words of `gantry_deliveries_total`.
const fn outcome(settlement: Option<&Settlement>) -> &'static str {
    match settlement {
        Some(Settlement::Delivered) => "delivered",
        Some(Settlement::Retry(_)) => "retried",
        Some(Settlement::Dead) => "dead",
        Some(Settlement::GivenBack) | None => "returned",
    }
}

fn ns(at: Millis) -> u64 {
    u64::try_from(at.0).unwrap_or(0).saturating_mul(NS_PER_MS)
}
