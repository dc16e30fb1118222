//! The worker that goes through replays.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::super::Parts;
use crate::model::replay::{Replay, ReplayNumber, ReplayStatus};
use crate::runtime::{Next, Worker};
use crate::store::Fault;

/// The rest after a step, as a multiple of what it took, and at least and at most: intake comes first.
const REST_TIMES: u32 = 4;
const REST: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));
/// How long to wait where the store has no room or no time for a step.
const PASSING: Duration = Duration::from_secs(2);

/// Goes through replays, the oldest first, those that a stop cut off among them.
pub(in crate::delivery) struct Replayer {
    parts: Arc<Parts>,
    /// Told when a replay begins.
    begun: Arc<Notify>,
    /// The one that it is at.
    current: Option<ReplayNumber>,
}

impl Replayer {
    pub(in crate::delivery) const fn new(parts: Arc<Parts>, begun: Arc<Notify>) -> Self {
        Self {
            parts,
            begun,
            current: None,
        }
    }

    /// One step of the replay it is at, or of the next; `None` where none runs.
    async fn step(&mut self) -> Result<Option<Replay>, Fault> {
        let store = &self.parts.store;
        if self.current.is_none() {
            self.current = store.running_replay().await?;
        }
        let Some(number) = self.current else {
            return Ok(None);
        };
        let routes = self.parts.routes.borrow().clone();
        let stepped = store.step_replay(number, routes).await?;
        if !stepped.as_ref().is_some_and(is_running) {
            self.current = None;
        }
        Ok(stepped)
    }
}

fn is_running(replay: &Replay) -> bool {
    replay.status == ReplayStatus::Running
}

impl Worker for Replayer {
    fn name(&self) -> Cow<'static, str> {
        "replay".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let begun = Instant::now();
        match self.step().await {
            Ok(Some(replay)) if is_running(&replay) => {
                let rest = (begun.elapsed() * REST_TIMES).clamp(REST.0, REST.1);
                Ok(Next::After(rest))
            }
            Ok(Some(replay)) => {
                tracing::info!(
                    replay.id = replay.number.0,
                    replay.revived = replay.revived,
                    replay.passed = replay.passed,
                    status = replay.status.as_str(),
                    "a replay has ended"
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
            None => self.begun.notified().await,
        }
    }
}
