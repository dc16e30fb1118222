//! Backups: sent to whoever asks for one, and made by themselves every night.

mod command;
mod http;
mod keep;
mod nightly;

use std::sync::{Arc, Mutex, PoisonError};

pub(super) use http::{List as BackupList, list, take};
pub use nightly::{Nightly, Parts as NightlyParts};

use crate::model::time::Millis;

/// What is known of backups; clones share it.
#[derive(Clone, Default)]
pub struct Backups {
    /// Held by who makes one to be sent.
    sending: Arc<tokio::sync::Mutex<()>>,
    last: Arc<Mutex<Option<Last>>>,
}

/// What the last scheduled backup came to.
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

    fn note(&self, last: Last) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }
}
