//! Drafts: a file is made under a name of its own, beside where it is to be, and gets its name when it is whole.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// A file in the making; removed when dropped, unless it was kept.
///
/// Its directory is locked, shared, for as long as it is there, so that nobody takes it for one that a crash has left. A lock
/// of the file itself would not do: whoever writes to it as to a data file ends that lock before it has its name.
pub struct Draft {
    path: PathBuf,
    directory: PathBuf,
    file: File,
    _making: File,
    /// How many bytes were added since the disk was waited for.
    unsynced: Cell<usize>,
}

/// After so many bytes the disk is waited for.
const SYNC_EVERY: usize = 256 << 10;

impl Draft {
    /// Makes an empty file beside `to`, its owner's alone.
    ///
    /// # Errors
    /// The system's.
    pub fn beside(to: &Path) -> io::Result<Self> {
        let directory = directory_of(to);
        let making = File::open(&directory)?;
        // Where directories cannot be locked, nobody sweeps them either.
        let _ = making.lock_shared();
        let name = to.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut tag = [0; 4];
        getrandom::fill(&mut tag).map_err(|e| io::Error::other(e.to_string()))?;
        let tag = u32::from_be_bytes(tag);
        let path = directory.join(format!(".{}.{tag:08x}.new", name.to_string_lossy()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        let file = options.open(&path)?;
        Ok(Self {
            path,
            directory,
            file,
            _making: making,
            unsynced: Cell::new(0),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory that it is in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file, to write to.
    ///
    /// # Errors
    /// The system's.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Adds to its end. Now and then that waits for the disk: what is left for it to write at once would hold up
    /// everybody else's commits.
    ///
    /// # Errors
    /// The system's.
    pub fn append(&self, bytes: &[u8]) -> io::Result<()> {
        (&self.file).write_all(bytes)?;
        let unsynced = self.unsynced.get() + bytes.len();
        self.unsynced.set(unsynced % SYNC_EVERY);
        match unsynced >= SYNC_EVERY {
            true => self.file.sync_data(),
            false => Ok(()),
        }
    }

    /// Has the disk hold all of it, its length and dates too.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives it its name, for good. What has that name is replaced, or else is an error.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(&self, to: &Path, replace: bool) -> io::Result<()> {
        match replace {
            true => fs::rename(&self.path, to)?,
            false => self.link(to)?,
        }
        File::open(&self.directory)?.sync_all()
    }
}

impl Draft {
    /// Renames it to what must not be there.
    fn link(&self, to: &Path) -> io::Result<()> {
        match renameat_with(CWD, &self.path, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system knows how to.
            Err(Errno::INVAL) => {
                fs::hard_link(&self.path, to)?;
                fs::remove_file(&self.path)
            }
            renamed => Ok(renamed?),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was kept there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Removes drafts that a crash has left in a directory: how many. None while one is being made there, whoever makes it.
pub fn sweep_drafts(directory: &Path) -> usize {
    let Ok(entries) = fs::read_dir(directory) else {
        return 0;
    };
    let unused =
        File::open(directory).and_then(|lock| lock.try_lock().map(|()| lock).map_err(io::Error::from));
    let Ok(_unused) = unused else {
        return 0;
    };
    let drafts = entries
        .flatten()
        .filter(|entry| is_draft(&entry.file_name().to_string_lossy()));
    drafts
        .filter(|draft| fs::remove_file(draft.path()).is_ok())
        .count()
}

/// `.NAME.XXXXXXXX.new`
fn is_draft(name: &str) -> bool {
    let Some(tag) = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".new")) else {
        return false;
    };
    let tag = tag.rsplit_once('.').map_or("", |(_, tag)| tag);
    tag.len() == 8 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_gone_unless_it_was_kept_and_nothing_is_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("a.redb");
        drop(Draft::beside(&to).unwrap());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
        for (replace, kept) in [(false, true), (false, false), (true, true)] {
            let draft = Draft::beside(&to).unwrap();
            assert_eq!(draft.keep(&to, replace).is_ok(), kept);
            drop(draft);
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn drafts_that_were_left_are_swept_when_none_is_in_the_making() {
        let directory = tempfile::tempdir().unwrap();
        let to = directory.path().join("a.redb");
        let making = Draft::beside(&to).unwrap();
        let left = directory.path().join(".a.redb.0123cdef.new");
        fs::write(&left, "half").unwrap();
        fs::write(directory.path().join(".a.redb.new"), "not ours").unwrap();
        assert_eq!(sweep_drafts(directory.path()), 0);
        assert!(making.path().exists() && left.exists());
        drop(making);
        assert_eq!(sweep_drafts(directory.path()), 1);
        assert!(!left.exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
