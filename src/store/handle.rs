//! The handle: the open database, shared by the writer and by readers.
//!
//! Readers hold it only to begin a transaction. So the writer can have the database to itself, to compact or to close it;
//! meanwhile readers are told that the file is busy, and afterwards that it is closed.

use std::sync::{RwLock, TryLockError};

use redb::{CompactionError, Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::error::Fault;
use super::{doubt, filler};

/// What a file is busy with.
pub(super) const COMPACTION: &str = "its compaction";

/// The open database, until it is closed.
pub(super) struct Handle {
    db: RwLock<Option<Database>>,
}

impl Handle {
    pub(super) const fn new(db: Database) -> Self {
        Self {
            db: RwLock::new(Some(db)),
        }
    }

    /// A snapshot of what is durable.
    pub(super) fn begin_read(&self) -> Result<ReadTransaction, Fault> {
        self.with(|db| Ok(db.begin_read()?))
    }

    /// The writer's next transaction.
    pub(super) fn begin_write(&self) -> Result<WriteTransaction, Fault> {
        self.with(|db| Ok(db.begin_write()?))
    }

    fn with<T>(&self, begin: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, Fault> {
        match self.db.try_read() {
            Ok(db) => begin(db.as_ref().ok_or(Fault::Closed)?),
            Err(TryLockError::WouldBlock) => Err(Fault::Busy(COMPACTION)),
            Err(TryLockError::Poisoned(_)) => Err(Fault::Closed),
        }
    }

    /// Gives the file's free pages back to the disk, and writes over those that stay: what was erased is in them still.
    /// `length` tells how long the file is. False: a reader is under way, and nothing was done.
    pub(super) fn compact(&self, length: impl Fn() -> Result<u64, Fault>) -> Result<bool, Fault> {
        let mut db = self.db.write().map_err(|_| Fault::Closed)?;
        let db = db.as_mut().ok_or(Fault::Closed)?;
        if !compact(db)? {
            return Ok(false);
        }
        filler::fill(db, length)?;
        compact(db)
    }

    /// Whether every page in use has the checksum it was written with. Reads all of the file.
    pub(super) fn check_pages(&self) -> Result<bool, Fault> {
        let mut db = self.db.write().map_err(|_| Fault::Closed)?;
        let db = db.as_mut().ok_or(Fault::Closed)?;
        db.check_integrity().map_err(Fault::file)
    }

    /// Whether the writer has it to itself.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self.db.try_read(), Err(TryLockError::WouldBlock))
    }

    /// Closes the file. Readers that are still under way are told so.
    pub(super) fn close(&self) -> Result<(), Fault> {
        let db = self.db.write().map_err(|_| Fault::Closed)?.take();
        let closed = doubt::read(|| db.map_or(Ok(()), |db| db.close().map_err(Fault::file)));
        closed.unwrap_or_else(|| Err(Fault::file(doubt::CONTRADICTION)))
    }
}

fn compact(db: &mut Database) -> Result<bool, Fault> {
    match db.compact() {
        Ok(_) => Ok(true),
        Err(CompactionError::TransactionInProgress) => Ok(false),
        Err(error) => Err(Fault::file(error)),
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A damaged file may be found to be so only now.
        let db = self.db.get_mut().map_or(None, Option::take);
        doubt::read(|| drop(db));
    }
}
