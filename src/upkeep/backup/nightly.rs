//! The nightly backup.

use std::borrow::Cow;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use super::{Backups, Last, command, keep};
use crate::clock::Clock;
use crate::config::Backup;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::runtime::{Next, Shutdown, Worker};
use crate::store::{Store, sweep_drafts};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// From one that failed to the next try.
const AGAIN_MS: i64 = 3_600_000;
/// The longest sleep: the wall clock may be set meanwhile.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// Makes a backup once a day, proves it, and lets old ones go.
pub struct Nightly {
    parts: Parts,
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
            parts,
            since,
            not_before: since,
        }
    }

    fn directory(&self, policy: &Backup) -> PathBuf {
        let beside = self.parts.store.path().parent().unwrap_or_else(|| Path::new("."));
        beside.join(&policy.dir)
    }

    async fn make(&self, policy: &Backup, now: Millis) -> anyhow::Result<()> {
        let directory = self.directory(policy);
        make_directory(&directory)?;
        sweep_drafts(&directory);
        let name = keep::name(now);
        let path = directory.join(&name);
        let stopping = self.parts.shutdown.clone();
        let made = self
            .parts
            .store
            .back_up(path.clone(), move |_| !stopping.is_draining())
            .await;
        let mut last = Last {
            at: now,
            made: made.as_ref().map(|_| name).map_err(ToString::to_string),
            after: None,
        };
        let manifest = match made {
            Ok(manifest) => manifest,
            Err(error) => {
                self.parts.backups.note(last);
                return Err(error.into());
            }
        };
        let bytes = fs::metadata(&path).map_or(0, |file| file.len());
        tracing::info!(path = %path.display(), bytes, rows = manifest.rows(), "a backup was made and verified");
        prune(&directory, policy);
        if !policy.after.is_empty()
            && let Err(why) = command::run(&policy.after, &path).await
        {
            tracing::error!(path = %path.display(), why, "the command after the backup failed");
            last.after = Some(why);
        }
        self.parts.backups.note(last);
        Ok(())
    }

    fn gauge(&self, policy: &Backup) {
        let directory = self.directory(policy);
        if let Some((at, name)) = keep::found(&directory).first() {
            let bytes = fs::metadata(directory.join(name)).map_or(0, |file| file.len());
            self.parts
                .metrics
                .backup_made_at()
                .set(at.0.unsigned_abs() / 1_000);
            self.parts.metrics.backup_bytes().set(bytes);
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

fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Lets old backups go. The newest always stays.
fn prune(directory: &Path, policy: &Backup) {
    let made: Vec<Millis> = keep::found(directory).into_iter().map(|(at, _)| at).collect();
    for at in keep::superfluous(&made, (policy.keep_days, policy.keep_weeks)) {
        let path = directory.join(keep::name(at));
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(path = %path.display(), "an old backup was removed"),
            Err(error) => tracing::warn!(path = %path.display(), %error, "an old backup cannot be removed"),
        }
    }
}

impl Worker for Nightly {
    fn name(&self) -> Cow<'static, str> {
        "backup".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        let policy = self.parts.policy.borrow_and_update().clone();
        let Some(minute) = policy.at else {
            return Ok(Next::Wait);
        };
        let now = self.parts.clock.now();
        self.gauge(&policy);
        let newest = keep::found(&self.directory(&policy)).first().map(|(at, _)| *at);
        let due = due(minute, newest, self.since).max(self.not_before);
        if due > now {
            let left = u64::try_from(due.0 - now.0)?;
            return Ok(Next::After(Duration::from_millis(left).min(SLEEP_MAX)));
        }
        let made = self.make(&policy, now).await;
        self.gauge(&policy);
        match made {
            Ok(()) => Ok(Next::Again),
            Err(error) => {
                self.not_before = now.plus(AGAIN_MS);
                Err(error)
            }
        }
    }

    async fn wait(&mut self) {
        if self.parts.policy.changed().await.is_err() {
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
