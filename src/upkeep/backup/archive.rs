//! A backup that is kept for good, and the file compacted after it.

use std::path::PathBuf;

use super::make::Workshop;
use crate::upkeep::{Upkeep, compact};

/// What was archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// The backup, proved when it was made.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// How long the data file was, and how long it is now, in bytes.
    pub file: (u64, u64),
}

impl Upkeep {
    /// Makes a backup of this name among the others, which no policy lets go, and compacts the file. One that is there already
    /// is taken as it is: whoever was ended after it goes on from there.
    ///
    /// # Errors
    /// In words, why there is none, or why the file is not compacted.
    pub async fn archive(&self, name: &str) -> Result<Archived, String> {
        let parts = &self.parts;
        let turn = tokio::select! {
            turn = parts.backups.next_turn() => turn,
            () = parts.shutdown.draining() => return Err("it was broken off by the end of the process".to_owned()),
        };
        let workshop = Workshop {
            store: parts.store.clone(),
            metrics: parts.metrics.clone(),
            shutdown: parts.shutdown.clone(),
            backups: parts.backups.clone(),
        };
        let policy = parts.backup.borrow().clone();
        let made = workshop.keep(&policy, name).await;
        let (path, bytes) = made.map_err(|error| error.to_string())?;
        drop(turn);
        let compacted = parts.store.compact().await;
        let compacted = compacted.map_err(|fault| format!("the data file was not compacted: {fault}"))?;
        compact::told(&parts.metrics, compacted, "the plan of the launch");
        Ok(Archived {
            path,
            bytes,
            file: (compacted.before, compacted.after),
        })
    }
}
