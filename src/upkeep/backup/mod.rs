//! Backups: sent to whoever asks for one, made into their directory every night or when asked for, and proved again.

mod archive;
mod command;
mod http;
mod keep;
mod make;
mod nightly;

use std::sync::{Arc, Mutex, PoisonError};

pub use archive::Archived;
pub(super) use http::{Item as BackupItem, List as BackupList, Proved, list, make_one, take, verify};
pub use nightly::{Nightly, Parts as NightlyParts};

use tokio::sync::OwnedMutexGuard;

use crate::model::time::Millis;

/// What is known of backups; clones share it.
#[derive(Clone, Default)]
pub struct Backups {
    /// Held by who makes one to be sent.
    sending: Arc<tokio::sync::Mutex<()>>,
    /// Held by who makes one into the directory, until its command has ended.
    making: Arc<tokio::sync::Mutex<()>>,
    /// Held by who reads one again.
    proving: Arc<tokio::sync::Mutex<()>>,
    last: Arc<Mutex<Option<Last>>>,
}

/// What the last backup that was made into the directory came to.
#[derive(Clone, Debug)]
struct Last {
    at: Millis,
    /// The file's name, or why there is none.
    made: Result<String, String>,
    /// Why the command after it has failed.
    after: Option<String>,
}

impl Backups {
    fn last(&self) -> Option<Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The turn to make one into the directory; `None` while somebody has it.
    fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        Arc::clone(&self.making).try_lock_owned().ok()
    }

    /// The turn, once nobody has it any more.
    async fn next_turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.making).lock_owned().await
    }

    fn note(&self, last: Last) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }
}
