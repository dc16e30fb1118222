//! The worker that goes through erasures.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::Instant;

use super::People;
use crate::model::person::{Erasure, ErasureNumber};
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// The rest after a step, as a multiple of what it took, and at most: intake comes first.
const REST_TIMES: u32 = 1;
const REST_MOST: Duration = Duration::from_secs(1);
/// How long to wait where the store has no room or no time for a step.
const PASSING: Duration = Duration::from_secs(2);

/// Goes through erasures, the oldest first, those that a stop cut off among them.
pub struct Eraser {
    people: People,
    /// The one that it is at.
    current: Option<ErasureNumber>,
}

impl Eraser {
    pub(super) const fn new(people: People) -> Self {
        Self {
            people,
            current: None,
        }
    }

    /// One step of the erasure it is at, or of the next; `None` where none runs.
    async fn step(&mut self) -> Result<Option<Erasure>, Fault> {
        let store = &self.people.parts.store;
        if self.current.is_none() {
            self.current = store.running_erasure().await?;
        }
        let Some(number) = self.current else {
            return Ok(None);
        };
        let stepped = store.step_erasure(number).await?;
        if stepped.as_ref().is_none_or(Erasure::is_done) {
            self.current = None;
            self.people.ended.send_replace(number.0);
        }
        Ok(stepped)
    }
}

impl Worker for Eraser {
    fn name(&self) -> Cow<'static, str> {
        "erasure".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let begun = Instant::now();
        match self.step().await {
            Ok(Some(erasure)) if !erasure.is_done() => {
                Ok(Next::After((begun.elapsed() * REST_TIMES).min(REST_MOST)))
            }
            Ok(Some(erasure)) => {
                tracing::info!(
                    erasure.id = erasure.number.0,
                    erasure.votes = erasure.erased.votes,
                    erasure.events = erasure.erased.events,
                    "an erasure has ended"
                );
                Ok(Next::Again)
            }
            Ok(None) => Ok(Next::Wait),
            Err(fault) if fault.is_passing() => Ok(Next::After(PASSING)),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn wait(&mut self) {
        // While it is at one, the next can wait: a rest is not cut short.
        match self.current {
            Some(_) => std::future::pending().await,
            None => self.people.begun.notified().await,
        }
    }
}
