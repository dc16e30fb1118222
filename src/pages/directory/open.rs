//! Opening files below a root, and nowhere else.
//!
//! The kernel resolves each path beneath the root (openat2(2), `RESOLVE_BENEATH`), so that no link and no rename in the
//! meantime leads out of it. Where the kernel or a filter does not know that call, no link is followed at all.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::head::{Accepted, Coding};
use super::place::Place;

/// Up to this size a file is read at once, in bytes; larger ones follow as they are read.
pub(super) const WHOLE_BYTES: u64 = 1 << 20;
/// How often a path is resolved anew that was moved meanwhile (`EAGAIN`).
const TRIES: usize = 8;

/// What there is at a place.
#[derive(Debug)]
pub(super) enum Found {
    /// A file.
    File(Box<Opened>),
    /// The page has another path.
    Elsewhere(String),
    /// Nothing, and perhaps what the site says then.
    Nothing(Option<Box<Opened>>),
}

/// An open file.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its name below the root, without what its coding adds.
    pub(super) name: String,
    /// Its size in bytes, as it was opened.
    pub(super) bytes: u64,
    /// What the file system says of it.
    pub(super) stat: Stat,
    /// How it is coded, where a sibling stands for it.
    pub(super) coding: Option<Coding>,
    /// Whether it has siblings that are coded: then the answer turns on what is accepted.
    pub(super) varies: bool,
    /// What it holds.
    pub(super) content: Content,
}

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// All of it.
    Whole(Bytes),
    /// Too much to be read at once.
    Open(File),
}

/// Finds what is at `place`: the file; a directory's `index.html`, under a path that ends with a slash; or the file with
/// `.html` behind it, under a path that does not.
pub(super) fn find(root: &Path, place: &Place, accepted: Accepted) -> io::Result<Found> {
    let root = Root::open(root)?;
    let relative = &place.relative;
    let page = format!("{relative}.html");
    let within = match relative.is_empty() {
        true => "index.html".to_owned(),
        false => format!("{relative}/index.html"),
    };
    if place.is_directory {
        if let Some(opened) = root.file(&within, accepted)? {
            return Ok(Found::File(Box::new(opened)));
        }
        return match !relative.is_empty() && root.regular(&page)?.is_some() {
            true => Ok(Found::Elsewhere(place.sent.clone())),
            false => nothing_in(&root),
        };
    }
    if let Some(opened) = root.file(relative, accepted)? {
        return Ok(Found::File(Box::new(opened)));
    }
    if root.regular(&within)?.is_some() {
        return Ok(Found::Elsewhere(format!("{}/", place.sent)));
    }
    match root.file(&page, accepted)? {
        Some(opened) => Ok(Found::File(Box::new(opened))),
        None => nothing_in(&root),
    }
}

/// What the site says where there is nothing.
pub(super) fn nothing(root: &Path) -> io::Result<Found> {
    nothing_in(&Root::open(root)?)
}

fn nothing_in(root: &Root) -> io::Result<Found> {
    let page = root.file("404.html", Accepted::default())?;
    Ok(Found::Nothing(page.map(Box::new)))
}

/// The root, open.
struct Root(OwnedFd);

impl Root {
    fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(rustix::fs::open(path, flags, Mode::empty())?))
    }

    /// The file of this name, or its sibling in a coding that is accepted.
    fn file(&self, name: &str, accepted: Accepted) -> io::Result<Option<Opened>> {
        let Some((file, stat)) = self.regular(name)? else {
            return Ok(None);
        };
        let (mut chosen, mut coding, mut varies) = ((file, stat), None, false);
        for known in Coding::BEST_FIRST {
            // One that is older than its file was made of another.
            let sibling = self.regular(&format!("{name}.{}", known.extension()))?;
            let Some(sibling) = sibling.filter(|(_, of)| changed(of) >= changed(&stat)) else {
                continue;
            };
            varies = true;
            if coding.is_none() && accepted.takes(known) {
                (chosen, coding) = (sibling, Some(known));
            }
        }
        let (file, stat) = chosen;
        let bytes = u64::try_from(stat.st_size).unwrap_or_default();
        Ok(Some(Opened {
            name: name.to_owned(),
            content: Content::of(file, bytes)?,
            bytes,
            stat,
            coding,
            varies,
        }))
    }

    /// The regular file of this name, open; `None` where there is none that may be shown.
    fn regular(&self, name: &str) -> io::Result<Option<(File, Stat)>> {
        let opened = match self.beneath(name) {
            Err(Errno::NOSYS | Errno::PERM) => self.step_by_step(name),
            opened => opened,
        };
        let file = match opened {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::NXIO | Errno::ISDIR) => {
                return Ok(None);
            }
            // Whoever put it there wants to know; who asks for it does not.
            Err(errno @ (Errno::ACCESS | Errno::XDEV | Errno::LOOP)) => {
                tracing::warn!(pages.file = name, error = %errno, "a file of the site is not shown: it is closed, or a link out");
                return Ok(None);
            }
            Err(errno) => return Err(errno.into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        let is_regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        Ok(is_regular.then(|| (File::from(file), stat)))
    }

    fn beneath(&self, name: &str) -> Result<OwnedFd, Errno> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let mut opened = Err(Errno::AGAIN);
        for _ in 0..TRIES {
            opened = rustix::fs::openat2(&self.0, name, READ, Mode::empty(), resolve);
            if !matches!(opened, Err(Errno::AGAIN | Errno::INTR)) {
                break;
            }
        }
        opened
    }

    /// One name after the other, none of them a link.
    fn step_by_step(&self, name: &str) -> Result<OwnedFd, Errno> {
        let mut at = rustix::io::dup(&self.0)?;
        let mut names = name.split('/').peekable();
        while let Some(name) = names.next() {
            let flags = match names.peek() {
                Some(_) => OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
                None => READ,
            };
            at = rustix::fs::openat(&at, name, flags | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(at)
    }
}

/// Nobody waits for the other end of a pipe, and no terminal becomes ours.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// When a file's content changed last, in seconds.
fn changed(stat: &Stat) -> i64 {
    stat.st_mtime
}

impl Content {
    fn of(mut file: File, bytes: u64) -> io::Result<Self> {
        if bytes > WHOLE_BYTES {
            return Ok(Self::Open(file));
        }
        let size = usize::try_from(bytes).map_err(io::Error::other)?;
        let mut whole = vec![0; size];
        file.read_exact(&mut whole)?;
        Ok(Self::Whole(whole.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn without_the_kernels_help_no_link_is_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("root");
        std::fs::create_dir_all(root.join("a")).expect("directories");
        std::fs::write(root.join("a/b.txt"), "b").expect("a file");
        std::fs::write(directory.path().join("secret"), "s").expect("a file");
        symlink("../secret", root.join("out")).expect("a link");
        symlink("a", root.join("in")).expect("a link");
        let root = Root::open(&root).expect("a root");
        assert!(root.step_by_step("a/b.txt").is_ok());
        assert_eq!(root.step_by_step("out").err(), Some(Errno::LOOP));
        assert_eq!(root.step_by_step("in/b.txt").err(), Some(Errno::NOTDIR));
        assert_eq!(root.step_by_step("none").err(), Some(Errno::NOENT));
    }
}
