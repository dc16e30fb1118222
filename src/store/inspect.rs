//! Inspection: a data file that nobody has open, read without a byte of it changing.

use std::path::{Path, PathBuf};

use super::error::{Fault, OpenError};
use super::handle::Handle;
use super::verify::{self, Check, Report, Snapshot};
use super::{Options, doubt, open};
use crate::model::tally::Tally;

/// A file open to be read. It is locked meanwhile, as if it were in use.
pub struct Inspection {
    db: Handle,
    standings: Vec<(u32, Tally)>,
    path: PathBuf,
}

impl Inspection {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// As [`super::Store::open`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (db, memory) = open::open_to_read(path, &Options::default())?;
        let standings = memory.book.iter();
        let standings = standings.map(|entry| (entry.poll.number.0, entry.tally.clone()));
        Ok(Self {
            standings: standings.collect(),
            db: Handle::new(db),
            path: path.to_owned(),
        })
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks the checksum of every page, and every invariant.
    ///
    /// # Errors
    /// The file cannot be read as far as that.
    pub fn verify(&self) -> Result<Report, OpenError> {
        let mut pages = Check::new("pages", "every page in use has the checksum it was written with");
        let whole = self.guarded(|| self.db.check_pages())?;
        pages.see(whole, || "a page has another: what it held is lost".to_owned());
        let mut report = self.read(verify::verify)?;
        report.checks.insert(0, pages);
        Ok(report)
    }

    /// How many rows each table has.
    ///
    /// # Errors
    /// As [`Inspection::verify`].
    pub fn rows(&self) -> Result<Vec<(&'static str, u64)>, OpenError> {
        self.read(verify::rows)
    }

    /// Has `read` look at a snapshot. What cannot be read is damaged, also where the container gives up over it.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Snapshot) -> Result<T, Fault>) -> Result<T, OpenError> {
        self.guarded(|| {
            let snapshot = Snapshot {
                txn: self.db.begin_read()?,
                standings: self.standings.clone(),
            };
            read(&snapshot)
        })
    }

    fn guarded<T>(&self, look: impl FnOnce() -> Result<T, Fault>) -> Result<T, OpenError> {
        let damaged = |reason: String| OpenError::Damaged {
            path: self.path.clone(),
            reason,
        };
        match doubt::read(look) {
            Some(done) => done.map_err(|fault| damaged(fault.to_string())),
            None => Err(damaged(doubt::CONTRADICTION.into())),
        }
    }
}
