//! The nightly backup.

use std::borrow::Cow;
use std::time::Duration;

use tokio::sync::watch;

use super::make::Workshop;
use super::{Backups, keep};
use crate::clock::Clock;
use crate::config::Backup;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::runtime::{Next, Shutdown, Worker};
use crate::store::Store;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// From one that failed to the next try.
const AGAIN_MS: i64 = 3_600_000;
/// The longest sleep: the wall clock may be set meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Makes a backup once a day, proves it, and lets old ones go.
pub struct Nightly {
    workshop: Workshop,
    clock: Clock,
    policy: watch::Receiver<Backup>,
    /// When it began: with no backup yet, the first is due at the first such minute after this.
    since: Millis,
    /// An hour after the last failure.
    not_before: Millis,
}

/// What it works with.
pub struct Parts {
    /// The data file.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Where the newest backup's age and size are shown.
    pub metrics: Metrics,
    /// What calls a backup off.
    pub shutdown: Shutdown,
    /// Where the last one is noted.
    pub backups: Backups,
    /// When and where.
    pub policy: watch::Receiver<Backup>,
}

impl Nightly {
    /// One that takes its orders from `policy`.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let since = parts.clock.now();
        Self {
            workshop: Workshop {
                store: parts.store,
                metrics: parts.metrics,
                shutdown: parts.shutdown,
                backups: parts.backups,
            },
            clock: parts.clock,
            policy: parts.policy,
            since,
            not_before: since,
        }
    }
}

/// When the next is due: at `minute` of the day, after the newest; what was missed is due at once. With none yet, the first
/// is due at the first such minute after `since`.
fn due(minute: u16, newest: Option<Millis>, since: Millis) -> Millis {
    let after = newest.unwrap_or(since);
    let offset = i64::from(minute) * MINUTE_MS;
    let day = (after.0 - offset).div_euclid(DAY_MS) + 1;
    Millis(day * DAY_MS + offset)
}

impl Worker for Nightly {
    fn name(&self) -> Cow<'static, str> {
        "backup".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let policy = self.policy.borrow_and_update().clone();
        let Some(minute) = policy.at else {
            return Ok(Next::Wait);
        };
        let workshop = &self.workshop;
        // Whoever makes one now makes the newest.
        let Some(turn) = workshop.backups.turn() else {
            return Ok(Next::After(SLEEP_MAX));
        };
        let now = self.clock.now();
        workshop.gauge(&policy);
        let newest = keep::found(&workshop.directory(&policy))
            .first()
            .map(|(at, _)| *at);
        let due = due(minute, newest, self.since).max(self.not_before);
        if due > now {
            let left = u64::try_from(due.0 - now.0)?;
            return Ok(Next::After(Duration::from_millis(left).min(SLEEP_MAX)));
        }
        let made = match workshop.make(&policy, now).await {
            Ok(made) => made,
            Err(error) => {
                self.not_before = now.plus(AGAIN_MS);
                return Err(error.into());
            }
        };
        workshop.see_off(&policy, made).await;
        drop(turn);
        Ok(Next::Again)
    }

    async fn wait(&mut self) {
        if self.policy.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_due_each_day_and_what_was_missed_at_once() {
        let at = |text: &str| Millis::parse_rfc3339(text).unwrap();
        let begun = at("2026-11-23T03:00:00Z");
        assert_eq!(due(210, None, begun), at("2026-11-23T03:30:00Z"));
        assert_eq!(due(150, None, begun), at("2026-11-24T02:30:00Z"));
        let newest = Some(at("2026-11-20T03:30:00Z"));
        assert_eq!(due(210, newest, begun), at("2026-11-21T03:30:00Z"), "long past");
        let late = Some(at("2026-11-23T03:31:00Z"));
        assert_eq!(due(210, late, begun), at("2026-11-24T03:30:00Z"));
    }
}
