//! The worker that runs schedules.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;

use super::Parts;
use crate::clock::Clock;
use crate::config::Schedule;
use crate::metrics::{EventOutcome, Metrics};
use crate::model::event::{EventDraft, EventId, Recorded, Route};
use crate::model::schedule::{Run, ScheduleState};
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::{Fault, Store};
use crate::traces::{Kind, Spot, Tracer, within};
use crate::web::{json, payload};

/// The longest sleep until a run: the wall clock may be set on meanwhile, and looking at it costs nothing.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// How long to wait where the store has no room or no time.
const PASSING: Duration = Duration::from_secs(2);

/// Runs what is due, one schedule after the other.
pub struct Timekeeper {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    tracer: Tracer,
    schedules: watch::Receiver<Arc<Vec<Schedule>>>,
    routes: watch::Receiver<Arc<Vec<Route>>>,
    /// The schedules it works by, and what is remembered of each, in the same order; `None` before the first look.
    known: Option<(Arc<Vec<Schedule>>, Vec<ScheduleState>)>,
}

impl Timekeeper {
    pub(super) fn new(parts: &Parts) -> Self {
        Self {
            store: parts.store.clone(),
            clock: parts.clock.clone(),
            metrics: parts.metrics.clone(),
            tracer: parts.tracer.clone(),
            schedules: parts.schedules.clone(),
            routes: parts.routes.clone(),
            known: None,
        }
    }

    /// The schedules in force are known to the store.
    async fn look(&mut self) -> Result<(), Fault> {
        let changed = self.schedules.has_changed().unwrap_or(false);
        let now = self.clock.now();
        let is_held = |(_, states): &(_, Vec<ScheduleState>)| !states.iter().any(|one| one.is_far_ahead(now));
        if !changed && self.known.as_ref().is_some_and(is_held) {
            return Ok(());
        }
        let schedules = self.schedules.borrow_and_update().clone();
        let timetables = schedules
            .iter()
            .map(|one| (one.name.clone(), one.timetable.digest()));
        let states = self.store.know_schedules(timetables.collect(), now).await?;
        self.known = Some((schedules, states));
        Ok(())
    }

    /// Runs what is due now, each at most once: when something is due next.
    async fn run_due(&mut self) -> anyhow::Result<Option<Millis>> {
        let now = self.clock.now();
        let Some((schedules, states)) = &mut self.known else {
            return Ok(None);
        };
        let mut next: Option<Millis> = None;
        for (schedule, state) in schedules.iter().zip(states) {
            if let Some(passed) = schedule.timetable.passed(state.decided, now) {
                let run = Run {
                    at: passed.latest,
                    made_at: now,
                    event: None,
                    missed: passed.others,
                };
                let of = (schedule.name.clone(), state.timetable);
                let spot = self.tracer.begin(None);
                let draft = EventDraft {
                    trace: spot.as_ref().map(Spot::trace),
                    ..draft(schedule, run, now)?
                };
                let routes = self.routes.borrow().clone();
                let firing = self.store.fire_schedule(of, run, (draft, routes));
                let made = within(spot.as_ref(), "fire-schedule", firing).await?;
                if let Some(spot) = spot {
                    let about = vec![("gantry.schedule", schedule.name.to_string().into())];
                    spot.end(("schedule", Kind::Internal), about, None);
                }
                state.decided = run.at;
                if let Some(recorded) = made {
                    self.metrics.events_ingested(told(schedule, run, &recorded)).inc();
                }
            }
            let due = schedule.timetable.next(state.decided.max(now));
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }
}

/// Says in the log what is unusual about a run that was made, and how its event is counted.
fn told(schedule: &Schedule, run: Run, recorded: &Recorded) -> EventOutcome {
    let name = &schedule.name;
    if run.is_late() {
        tracing::warn!(
            schedule = %name, run.at = %run.at, run.missed = run.missed,
            "a run is late; what was missed before it is not made up for"
        );
    }
    match recorded {
        Recorded::Accepted { .. } => EventOutcome::Accepted,
        Recorded::Duplicate { .. } => EventOutcome::Duplicate,
        Recorded::Conflict { id } => {
            tracing::error!(schedule = %name, run.at = %run.at, event.id = %id, "another event has the key of a run");
            EventOutcome::Conflict
        }
    }
}

/// The event of a run. Its key is the schedule's for this time, so that it can never be recorded twice.
fn draft(schedule: &Schedule, run: Run, now: Millis) -> anyhow::Result<EventDraft> {
    let event = &schedule.event;
    let read = json::parse(event.payload.as_bytes());
    let content =
        read.map_err(|bad| anyhow::anyhow!("the payload of {}: {}", schedule.name, bad.detail()))?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).context("no chance to be had")?;
    Ok(EventDraft {
        id: EventId::new(now, random),
        kind: event.kind.clone(),
        source: event.source.clone(),
        key: schedule.name.key(run.at),
        payload: event.payload.clone(),
        fingerprint: payload::fingerprint(&event.kind, &event.source, &content),
        scheduled_at: Some(run.at),
        expires_at: None,
        priority: event.priority,
        trace: None,
    })
}

impl Worker for Timekeeper {
    fn name(&self) -> Cow<'static, str> {
        "schedules".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let done = async {
            self.look().await?;
            self.run_due().await
        };
        match done.await {
            Ok(None) => Ok(Next::Wait),
            Ok(Some(due)) => {
                let wait_ms = due.0.saturating_sub(self.clock.now().0).max(0);
                let wait = Duration::from_millis(wait_ms.unsigned_abs());
                Ok(Next::After(wait.min(SLEEP_MAX)))
            }
            Err(error) => match error.downcast_ref::<Fault>() {
                Some(fault) if fault.is_passing() => Ok(Next::After(PASSING)),
                _ => Err(error),
            },
        }
    }

    async fn wait(&mut self) {
        // An error is a sender that is gone, with the process.
        if self.schedules.changed().await.is_ok() {
            // What `changed` has seen, `look` must see again.
            self.known = None;
        } else {
            std::future::pending::<()>().await;
        }
    }
}
