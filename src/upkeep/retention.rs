//! Retention: what has ended long enough ago is forgotten, a little at a time.
//!
//! A round goes through polls, journal, events, dead letters and roll-ups in small steps, each a transaction of its own, and rests
//! four times as long as each took, so that votes do not wait behind it. The journal comes before events: nothing goes that
//! a fact still speaks of. Dead letters are announced before they go.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::config::Retention;
use crate::model::funnel::Level;
use crate::model::retention::Horizon;
use crate::model::time::Millis;
use crate::runtime::{Next, Worker};
use crate::store::{Fault, Store};

/// The most facts that stay in the journal, however young: about 100 bytes each.
const MOST_FACTS: u64 = 1_000_000;
/// How often a round begins at most and at least.
const ROUNDS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(3_600));
/// The rest after a step, as a multiple of what it took, and at least.
const REST: (u32, Duration) = (4, Duration::from_millis(5));
/// How long to wait where the store has no time.
const BUSY: Duration = Duration::from_secs(2);
/// Dead letters are announced this long before they go, or an eighth of their time if that is less.
const ANNOUNCED: Duration = Duration::from_secs(7 * 86_400);

/// Forgets, in the background.
pub struct Sweeper {
    store: Store,
    policy: watch::Receiver<Retention>,
    at: Step,
}

/// Where a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Polls,
    Journal,
    /// From this position on.
    Events(u64),
    DeadLetters,
    /// Of this level.
    Rollups(Level),
}

impl Sweeper {
    /// A sweeper by what `policy` says, whenever it says it.
    #[must_use]
    pub const fn new(store: Store, policy: watch::Receiver<Retention>) -> Self {
        Self {
            store,
            policy,
            at: Step::Polls,
        }
    }

    /// One step; the next, or `None` at the end of a round.
    async fn step(&self, policy: &Retention) -> Result<Option<Step>, Fault> {
        let now = self.store.now();
        let horizon = Horizon {
            events: before(now, policy.events),
            dead_letters: before(now, policy.dead_letters),
        };
        Ok(match self.at {
            Step::Polls => {
                if let Some(before) = before(now, policy.polls) {
                    self.delete_polls(now, before).await?;
                }
                Some(Step::Journal)
            }
            Step::Journal => {
                let (before, most) = match before(now, policy.journal) {
                    Some(before) => (before, MOST_FACTS),
                    None => (Millis(i64::MIN), u64::MAX),
                };
                match self.store.cut_journal(before, most).await? {
                    true => Some(Step::Journal),
                    false => Some(Step::Events(0)),
                }
            }
            Step::Events(from) => {
                let (past, next) = self.store.past(horizon, from).await?;
                if !past.is_empty() {
                    let swept = self.store.sweep_events(past, horizon).await?;
                    if swept.dead_letters > 0 {
                        tracing::info!(
                            dead_letters = swept.dead_letters,
                            "dead letters were forgotten by their age"
                        );
                    }
                }
                next.map_or(Some(Step::DeadLetters), |next| Some(Step::Events(next)))
            }
            Step::DeadLetters => {
                if let Some(keep) = policy.dead_letters {
                    self.announce(now, keep).await?;
                }
                Some(Step::Rollups(Level::FiveSeconds))
            }
            Step::Rollups(level) => {
                let (keep, then) = match level {
                    Level::FiveSeconds => (policy.rollups_5s, Some(Level::Minute)),
                    Level::Minute => (policy.rollups_1m, Some(Level::Hour)),
                    Level::Hour | Level::Day => (policy.rollups_1h, None),
                };
                let before = before(now, Some(keep)).unwrap_or(Millis(0));
                match level != Level::Day && self.store.sweep_rollups(level, before).await? {
                    true => Some(Step::Rollups(level)),
                    false => then.map(Step::Rollups),
                }
            }
        })
    }

    async fn delete_polls(&self, now: Millis, before: Millis) -> Result<(), Fault> {
        for standing in self.store.standings() {
            let ended = standing.poll.ended_at(now);
            if ended.is_some_and(|ended| ended < before) {
                let id = standing.poll.draft.id.clone();
                tracing::info!(poll.id = %id, votes = standing.tally.total(), "a poll is forgotten by its age");
                self.store.delete_poll(id).await?;
            }
        }
        Ok(())
    }

    /// Says which dead letters will go; those that were said go from the next round on.
    async fn announce(&self, now: Millis, keep: Duration) -> Result<(), Fault> {
        let ahead = ANNOUNCED.min(keep / 8);
        let Some(upto) = before(now, Some(keep.saturating_sub(ahead))) else {
            return Ok(());
        };
        let leaving = self.store.untold_dead_letters(upto).await?;
        if leaving == 0 {
            return Ok(());
        }
        tracing::warn!(
            dead_letters = leaving,
            within_seconds = ahead.as_secs(),
            "dead letters will be forgotten by their age: retry or discard them before"
        );
        self.store.tell_dead_letters(upto).await
    }
}

/// The instant that lies `keep` before `now`.
fn before(now: Millis, keep: Option<Duration>) -> Option<Millis> {
    let keep = i64::try_from(keep?.as_millis()).unwrap_or(i64::MAX);
    Some(Millis(now.0.saturating_sub(keep)))
}

/// From the end of a round to the next: a small part of the shortest time anything is kept.
fn pause(policy: &Retention) -> Duration {
    let kept = [policy.events, policy.polls, policy.dead_letters, policy.journal];
    let shortest = kept.into_iter().flatten().min().unwrap_or(ROUNDS.1);
    (shortest / 50).clamp(ROUNDS.0, ROUNDS.1)
}

impl Worker for Sweeper {
    fn name(&self) -> Cow<'static, str> {
        "retention".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let policy = *self.policy.borrow_and_update();
        let begun = Instant::now();
        match self.step(&policy).await {
            Ok(Some(next)) => {
                self.at = next;
                Ok(Next::After((begun.elapsed() * REST.0).max(REST.1)))
            }
            Ok(None) => {
                self.at = Step::Polls;
                Ok(Next::After(pause(&policy)))
            }
            Err(fault) if fault.is_passing() => Ok(Next::After(BUSY)),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn wait(&mut self) {
        if self.policy.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
