//! Space: how much the disk of the data file has left, and what is done about it.
//!
//! Below the *reserve* nothing new is taken in: votes, events, polls and keys are refused, without a trace, before the
//! transaction begins. What was taken in goes on: it folds, is delivered, settled, swept and deleted, in the room that was
//! kept for it. A full mirror folds into about 100 MB at the most, a fresh one into far less, and mostly into pages of the
//! file that are free. Below a quarter of the reserve nothing is claimed any more either.

use std::io;
use std::path::Path;
use std::sync::Arc;

/// The least reserve, in bytes.
const RESERVE: u64 = 64 << 20;

/// Tells how many bytes the disk has left; `None` where nobody can tell.
pub type Gauge = Arc<dyn Fn() -> Option<u64> + Send + Sync>;

/// What the disk has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that are free.
    pub free: u64,
    /// Below this nothing new is taken in: a tenth of the file, 64 MiB at least.
    pub reserve: u64,
}

/// How short it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shortage {
    /// There is room.
    None,
    /// Nothing new is taken in.
    Tight,
    /// Nothing is claimed either.
    Wall,
}

impl Space {
    /// What `free` bytes are to a file of `file_bytes`.
    #[must_use]
    pub fn of(free: u64, file_bytes: u64) -> Self {
        Self {
            free,
            reserve: RESERVE.max(file_bytes / 10),
        }
    }

    /// How short it is.
    #[must_use]
    pub const fn shortage(&self) -> Shortage {
        if self.free < self.reserve / 4 {
            Shortage::Wall
        } else if self.free < self.reserve {
            Shortage::Tight
        } else {
            Shortage::None
        }
    }
}

impl Shortage {
    /// The word for it, as in status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "ok",
            Self::Tight => "tight",
            Self::Wall => "full",
        }
    }
}

/// How many bytes are to be free where a copy of a file of `file_bytes` is made: it, and the reserve beside it.
pub(super) fn room_for_copy(file_bytes: u64) -> u64 {
    file_bytes.saturating_add(Space::of(0, file_bytes).reserve)
}

/// Bytes that are free, to everybody, on the disk that `path` is on.
pub(super) fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The gauge of the disk that `path` is on.
pub(super) fn gauge(path: &Path) -> Gauge {
    let path = path.to_owned();
    Arc::new(move || free_bytes(&path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_a_tenth_of_the_file_and_at_least_64_mib() {
        let mib = |n: u64| n << 20;
        let shortage = |free, file| Space::of(mib(free), mib(file)).shortage();
        assert_eq!(shortage(64, 1), Shortage::None);
        assert_eq!(shortage(63, 1), Shortage::Tight);
        assert_eq!(shortage(16, 640), Shortage::Tight);
        assert_eq!(shortage(15, 1), Shortage::Wall);
        assert_eq!(shortage(100, 1_000), Shortage::None);
        assert_eq!(shortage(99, 1_000), Shortage::Tight);
        assert_eq!(shortage(24, 1_000), Shortage::Wall);
    }
}
