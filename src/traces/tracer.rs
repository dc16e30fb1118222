//! The tracer, and spots in traces: what is done there becomes spans.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use super::queue::Queue;
use super::span::{Kind, Span, Value};
use crate::clock::Clock;
use crate::model::trace::{Parent, Sampler, State, Trace};

/// Where spans are handed in. A clone is another handle to the same; the default is off, and costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Tracer(Option<Arc<Office>>);

#[derive(Debug)]
struct Office {
    queue: Arc<Queue>,
    sampler: Sampler,
    clock: Clock,
}

/// Where in a trace something is being done, from when it began.
#[derive(Clone, Debug)]
pub struct Spot {
    office: Arc<Office>,
    at: Parent,
    parent: Option<u64>,
    state: Option<State>,
    began: Moment,
}

/// An instant by both clocks: lengths are measured by the one that is never set.
#[derive(Clone, Copy, Debug)]
struct Moment {
    wall_ns: u64,
    at: Instant,
}

impl Moment {
    fn later(self, at: Instant) -> u64 {
        let passed = at.saturating_duration_since(self.at).as_nanos();
        self.wall_ns
            .saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }
}

impl Tracer {
    pub(super) fn new(queue: Arc<Queue>, sampler: Sampler, clock: Clock) -> Self {
        Self(Some(Arc::new(Office {
            queue,
            sampler,
            clock,
        })))
    }

    /// A spot in the trace that came, or in one that begins here. `None` where no traces are told of, or where there is no
    /// chance to be had for its id.
    #[must_use]
    pub fn begin(&self, came: Option<Trace>) -> Option<Spot> {
        let office = Arc::clone(self.0.as_ref()?);
        let (parent, state) = match came {
            Some(came) => (Some(came.parent), came.state),
            None => (None, None),
        };
        let trace = match parent {
            Some(parent) => parent.trace,
            None => u128::from_be_bytes(chance()?).max(1),
        };
        let at = Parent {
            trace,
            span: u64::from_be_bytes(chance()?).max(1),
            sampled: office.sampler.samples(parent.as_ref(), trace),
        };
        let began = Moment {
            wall_ns: office.clock.now_ns(),
            at: Instant::now(),
        };
        Some(Spot {
            office,
            at,
            parent: parent.map(|parent| parent.span),
            state,
            began,
        })
    }

    /// Whether a trace that begins with this id is told of.
    #[must_use]
    pub fn samples(&self, trace: u128) -> bool {
        self.0
            .as_ref()
            .is_some_and(|office| office.sampler.samples(None, trace))
    }

    /// Whether anything is told of.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The present instant, in nanoseconds since the Unix epoch; 0 where nothing is told of.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.0.as_ref().map_or(0, |office| office.clock.now_ns())
    }

    /// Hands in what is over, unless its trace is not told of.
    pub fn record(&self, span: Span) {
        if let Some(office) = self.0.as_ref().filter(|_| span.at.sampled) {
            office.queue.push(span);
        }
    }
}

impl Spot {
    /// The trace as it goes on from here: what is kept with an event.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace {
            parent: self.at,
            state: self.state.clone(),
        }
    }

    /// Whether it is told of.
    #[must_use]
    pub const fn is_told_of(&self) -> bool {
        self.at.sampled
    }

    /// What was done here is over.
    pub fn end(
        self,
        (name, kind): (impl Into<Cow<'static, str>>, Kind),
        attributes: Vec<(&'static str, Value)>,
        failed: Option<&'static str>,
    ) {
        if !self.at.sampled {
            return;
        }
        self.office.queue.push(Span {
            at: self.at,
            parent: self.parent,
            lasted: (self.began.wall_ns, self.began.later(Instant::now())),
            state: self.state,
            links: Vec::new(),
            name: name.into(),
            kind,
            attributes,
            failed,
        });
    }

    /// A part of it that begins now.
    fn part(&self) -> Option<Self> {
        let now = Instant::now();
        Some(Self {
            office: Arc::clone(&self.office),
            at: Parent {
                span: u64::from_be_bytes(chance()?).max(1),
                ..self.at
            },
            parent: Some(self.at.span),
            state: self.state.clone(),
            began: Moment {
                wall_ns: self.began.later(now),
                at: now,
            },
        })
    }
}

/// Does what is done at `spot` by a verb of the store, and tells of it where the trace is told of.
///
/// # Errors
/// Those of `work`.
pub async fn within<T, E>(
    spot: Option<&Spot>,
    verb: &'static str,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let Some(part) = spot.filter(|spot| spot.at.sampled).and_then(Spot::part) else {
        return work.await;
    };
    let done = work.await;
    let failed = done.is_err().then_some("fault");
    part.end(
        ("journal commit", Kind::Internal),
        vec![("gantry.verb", verb.into())],
        failed,
    );
    done
}

fn chance<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Counter;
    use crate::model::time::Millis;
    use crate::model::trace::Callers;

    const CALLER: Parent = Parent {
        trace: 7,
        span: 9,
        sampled: true,
    };

    fn office(ratio: f64) -> (Tracer, Arc<Queue>) {
        let queue = Arc::new(Queue::new(512, Counter::default()));
        let callers = Callers::Decide;
        let clock = Clock::simulated(Millis(5));
        let tracer = Tracer::new(Arc::clone(&queue), Sampler { callers, ratio }, clock);
        (tracer, queue)
    }

    fn came(parent: Parent) -> Option<Trace> {
        let state = State::parse(["a=1"]);
        Some(Trace { parent, state })
    }

    #[tokio::test]
    async fn a_trace_that_came_goes_on_in_spans_that_hold_one_another() {
        let (tracer, queue) = office(0.0);
        let spot = tracer.begin(came(CALLER)).unwrap();
        let trace = spot.trace();
        assert_eq!((trace.parent.trace, trace.parent.sampled), (7, true));
        let done: Result<u8, u8> = within(Some(&spot), "cast-vote", async { Ok(1) }).await;
        assert_eq!(done, Ok(1));
        let failed: Result<u8, u8> = within(Some(&spot), "cast-vote", async { Err(2) }).await;
        assert_eq!(failed, Err(2));
        spot.end(("POST /api/vote", Kind::Server), Vec::new(), None);
        let spans = queue.take();
        let [commit, fault, whole] = &spans[..] else {
            panic!("{spans:?}")
        };
        assert_eq!((whole.parent, whole.at), (Some(9), trace.parent));
        assert_eq!((commit.parent, commit.failed), (Some(whole.at.span), None));
        assert_eq!(fault.failed, Some("fault"));
        assert!(
            spans
                .iter()
                .all(|span| span.at.trace == 7 && span.state == trace.state)
        );
        assert!(whole.lasted.0 >= 5_000_000 && whole.lasted.0 <= commit.lasted.0);
        assert!(commit.lasted.1 <= fault.lasted.1 && fault.lasted.1 <= whole.lasted.1);
    }

    #[tokio::test]
    async fn what_is_not_told_of_goes_on_without_a_span() {
        let (tracer, queue) = office(0.0);
        let unsampled = Parent {
            sampled: false,
            ..CALLER
        };
        for came in [came(unsampled), None] {
            let spot = tracer.begin(came).unwrap();
            assert!(!spot.trace().parent.sampled);
            let done: Result<(), ()> = within(Some(&spot), "cast-vote", async { Ok(()) }).await;
            assert!(done.is_ok());
            spot.end(("POST /api/vote", Kind::Server), Vec::new(), None);
        }
        assert_eq!(queue.len(), 0);
        assert!(Tracer::default().begin(None).is_none());
    }

    #[test]
    fn a_trace_that_begins_here_has_ids_of_its_own() {
        let (tracer, _) = office(1.0);
        let [one, other] = [(); 2].map(|()| tracer.begin(None).unwrap().trace().parent);
        assert!(one.sampled && one.trace != other.trace && one.span != other.span);
    }
}
