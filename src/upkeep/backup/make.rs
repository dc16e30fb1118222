//! One backup into the directory of backups, by night or because somebody asks.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{Backups, Last, command, keep};
use crate::config::Backup;
use crate::metrics::Metrics;
use crate::model::time::Millis;
use crate::runtime::Shutdown;
use crate::store::{BackupError, Store, sweep_drafts};

/// What is needed to make one.
#[derive(Clone)]
pub(super) struct Workshop {
    /// The data file.
    pub(super) store: Store,
    /// Where the newest backup's age and size are shown.
    pub(super) metrics: Metrics,
    /// What calls a backup off.
    pub(super) shutdown: Shutdown,
    /// Where the last one is noted.
    pub(super) backups: Backups,
}

/// A backup that is there.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) name: String,
    pub(super) at: Millis,
    pub(super) bytes: u64,
    path: PathBuf,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotMade {
    #[error("the directory of backups cannot be made: {0}")]
    Directory(#[from] io::Error),
    #[error(transparent)]
    Backup(#[from] BackupError),
}

impl Workshop {
    /// Where backups are, by the policy.
    pub(super) fn directory(&self, policy: &Backup) -> PathBuf {
        directory(&self.store, policy)
    }

    /// Makes a backup and proves it.
    pub(super) async fn make(&self, policy: &Backup, now: Millis) -> Result<Made, NotMade> {
        let made = self.copy(policy, now).await;
        let (name, error) = match &made {
            Ok(made) => (Some(made.name.clone()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        self.backups.note(Last {
            at: now,
            made: name.ok_or_else(|| error.unwrap_or_default()),
            after: None,
        });
        made
    }

    /// Makes a backup of a name that is none of the nightly ones, so that it stays; or finds it there. With its size.
    pub(super) async fn keep(&self, policy: &Backup, name: &str) -> Result<(PathBuf, u64), NotMade> {
        let path = match self.copy_as(policy, name).await {
            // A copy has its name only once it is whole.
            Err(NotMade::Backup(BackupError::Exists(path))) => path,
            made => made?,
        };
        let bytes = fs::metadata(&path).map_or(0, |file| file.len());
        Ok((path, bytes))
    }

    async fn copy(&self, policy: &Backup, now: Millis) -> Result<Made, NotMade> {
        let name = keep::name(now);
        let path = self.copy_as(policy, &name).await?;
        let bytes = fs::metadata(&path).map_or(0, |file| file.len());
        self.gauge(policy);
        Ok(Made {
            // As its name tells it, to the second.
            at: keep::made_at(&name).unwrap_or(now),
            name,
            bytes,
            path,
        })
    }

    async fn copy_as(&self, policy: &Backup, name: &str) -> Result<PathBuf, NotMade> {
        let directory = self.directory(policy);
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        sweep_drafts(&directory);
        let path = directory.join(name);
        let stopping = self.shutdown.clone();
        let goes_on = move |_| !stopping.is_draining();
        let manifest = self.store.back_up(path.clone(), goes_on).await?;
        let bytes = fs::metadata(&path).map_or(0, |file| file.len());
        tracing::info!(path = %path.display(), bytes, rows = manifest.rows(), "a backup was made and verified");
        Ok(path)
    }

    /// Lets old ones go, and runs the command with the new one.
    pub(super) async fn see_off(&self, policy: &Backup, made: Made) {
        prune(&self.directory(policy), policy);
        if policy.after.is_empty() {
            return;
        }
        if let Err(why) = command::run(&policy.after, &made.path).await {
            tracing::error!(path = %made.path.display(), why, "the command after the backup failed");
            self.backups.note(Last {
                at: made.at,
                made: Ok(made.name),
                after: Some(why),
            });
        }
    }

    /// Shows the newest.
    pub(super) fn gauge(&self, policy: &Backup) {
        let directory = self.directory(policy);
        if let Some((at, name)) = keep::found(&directory).first() {
            let bytes = fs::metadata(directory.join(name)).map_or(0, |file| file.len());
            self.metrics.backup_made_at().set(at.0.unsigned_abs() / 1_000);
            self.metrics.backup_bytes().set(bytes);
        }
    }
}

/// Where backups of the data file are, by the policy.
pub(super) fn directory(store: &Store, policy: &Backup) -> PathBuf {
    let beside = store.path().parent().unwrap_or_else(|| Path::new("."));
    beside.join(&policy.dir)
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
