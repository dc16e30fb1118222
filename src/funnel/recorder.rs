//! The worker that takes what was gathered to the data file: goals reached by a path at once, windows when they are over.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::tally::Reached;
use super::{Counting, Parts};
use crate::model::funnel::{Bearer, ConversionDraft, Level, Sameness};
use crate::model::time::Millis;
use crate::model::time::zone::Zone;
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// How long after its end a window is written: requests that began in it have been told of by then.
const AFTER_MS: i64 = 250;
/// How often somebody looks whether a window is over: conversions enter the roll-ups at least as often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long before it a day is made ready for.
const DAY_AHEAD_MS: i64 = 60_000;
/// How long to wait where the store has no time.
const BUSY: Duration = Duration::from_secs(1);

/// Takes what was gathered to the data file.
pub struct Recorder {
    parts: Arc<Parts>,
    counting: Arc<Counting>,
    reached: watch::Receiver<()>,
}

impl Recorder {
    pub(super) fn new(parts: Arc<Parts>, counting: Arc<Counting>) -> Self {
        Self {
            reached: counting.reached_some.subscribe(),
            parts,
            counting,
        }
    }

    async fn step(&self) -> Result<(), Fault> {
        let now = self.parts.clock.now();
        self.make_ready(now).await?;
        write_reached(&self.parts, &self.counting).await?;
        write_windows(&self.parts, &self.counting, now.plus(-AFTER_MS)).await?;
        Ok(())
    }

    /// Sees to the salts of today, and of the day to come when it is near; what belongs to days before goes.
    async fn make_ready(&self, now: Millis) -> Result<(), Fault> {
        let ahead = now.plus(DAY_AHEAD_MS);
        let days = &self.counting.days;
        if days.know(now) && days.know(ahead) && !self.counting.has_old_touches() {
            return Ok(());
        }
        prepare(&self.parts, &self.counting, now).await
    }
}

/// Makes today's visitors known, and those of tomorrow when that is near.
pub(super) async fn prepare(parts: &Parts, counting: &Counting, now: Millis) -> Result<(), Fault> {
    let zone: &Zone = &parts.zone;
    let today = Level::Day.span(now, zone);
    let mut spans = vec![today];
    if now.plus(DAY_AHEAD_MS) >= today.ends {
        spans.push(Level::Day.span(today.ends, zone));
    }
    let mut days = Vec::with_capacity(spans.len());
    for span in &spans {
        days.push((span.starts, chance()?));
    }
    let (salts, left) = parts.store.keep_salts(days).await?;
    counting.note_old_touches(left);
    counting.days.put(spans.into_iter().zip(salts));
    Ok(())
}

fn chance() -> Result<[u8; 16], Fault> {
    let mut salt = [0; 16];
    // Where the system has no chance to give, no key and no id is made either.
    getrandom::fill(&mut salt).map_err(|_| Fault::Closed)?;
    Ok(salt)
}

/// Counts the goals that visits have reached by their paths.
pub(super) async fn write_reached(parts: &Parts, counting: &Counting) -> Result<(), Fault> {
    let mut waiting = counting.take_reached().into_iter();
    while let Some(reached) = waiting.next() {
        if let Err(fault) = parts.store.convert(draft(reached.clone())).await {
            counting.put_back(std::iter::once(reached).chain(waiting));
            return Err(fault);
        }
    }
    Ok(())
}

fn draft(reached: Reached) -> ConversionDraft {
    let Reached {
        goal,
        visitor,
        touches,
    } = reached;
    ConversionDraft {
        goal,
        value: None,
        sameness: visitor.map_or(Sameness::None, Sameness::Visitor),
        bearer: Bearer {
            visitor,
            touches: Some(touches),
        },
    }
}

/// Writes every window that was over by `until`, and lets conversions enter the roll-ups.
pub(super) async fn write_windows(parts: &Parts, counting: &Counting, until: Millis) -> Result<(), Fault> {
    loop {
        let window = counting.tally.take(until);
        let wrote = window.is_some();
        let recorded = parts.store.record_window(window).await?;
        counting.tally.gone();
        if wrote {
            counting.tally.put_known(recorded.known);
        }
        for (goal, count) in recorded.converted {
            counting.count_converted(&goal, count);
        }
        if !wrote && !recorded.more {
            return Ok(());
        }
    }
}

impl Worker for Recorder {
    fn name(&self) -> Cow<'static, str> {
        "funnel".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        self.reached.borrow_and_update();
        match self.step().await {
            Ok(()) => Ok(Next::After(LOOK_EVERY)),
            Err(fault) if fault.is_passing() => Ok(Next::After(BUSY)),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn wait(&mut self) {
        if self.reached.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
