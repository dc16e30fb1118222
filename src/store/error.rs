//! What can go wrong with the data file: one enum for opening it, one for using it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a data file was not opened. Whatever the case, the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{} is in use by {}; stop that process first", path.display(), owner(*pid))]
    InUse {
        /// The data file.
        path: PathBuf,
        /// The process that holds it, where the system tells.
        pid: Option<u32>,
    },
    /// There is no such file and none was to be made.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// A file of no bytes: something has emptied it, or made it for us.
    #[error("{} is empty; restore a backup in its place, or remove it to begin anew", .0.display())]
    Empty(PathBuf),
    /// Not a data file of ours.
    #[error("{} is not a Gantry data file; give another path with --data", .0.display())]
    Foreign(PathBuf),
    /// Ours, but not whole.
    #[error("{} is damaged ({reason}); restore a backup in its place", path.display())]
    Damaged {
        /// The data file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Written by a later version.
    #[error("{} has format {found}, this version reads up to {known}; install a newer Gantry", path.display())]
    Newer {
        /// The data file.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format this version knows.
        known: u32,
    },
    /// The system refused.
    #[error("{} cannot be opened: {source}", path.display())]
    Io {
        /// The data file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl OpenError {
    /// The process's exit code for this error, after `sysexits.h`.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Empty(_) | Self::Foreign(_) | Self::Damaged { .. } | Self::Newer { .. } => 65,
            Self::Missing(_) => 66,
            Self::InUse { .. } => 73,
            Self::Io { .. } => 74,
        }
    }
}

/// Why the store gives no answer. A fault of the file is final for this process; for want of room or of time the same
/// can be asked again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Reading, writing or syncing the data file failed. What was asked may or may not have happened.
    #[error("the data file failed: {0}")]
    File(Arc<str>),
    /// The store is closed or closing.
    #[error("the store is closed")]
    Closed,
    /// The disk has no room for what was asked, and nothing was done.
    #[error("the disk of the data file is full")]
    Full,
    /// The file is being compacted, or something that cannot share it is under way; nothing was done.
    #[error("the data file is busy with {0}")]
    Busy(&'static str),
}

impl Fault {
    /// Whether nothing was done and the store goes on.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Full | Self::Busy(_))
    }

    pub(crate) fn file(error: impl std::fmt::Display) -> Self {
        Self::File(Arc::from(error.to_string()))
    }
}

macro_rules! fault_from {
    ($($error:ty),+) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::file(error)
            }
        })+
    };
}

impl From<redb::StorageError> for Fault {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::DatabaseClosed => Self::Closed,
            error => Self::file(error),
        }
    }
}

fault_from!(
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::CursorError,
    redb::SetDurabilityError
);
